//! When a setting names what the service does not have (a stage that was removed, a sheet that is not shared): what is owed waits and is
//! tried now and then, one exception says which setting and what to do, and putting other settings in force wakes what waits.

use super::activation;
use crate::app::App;
use crate::work::plugin_run::{End, Left};
use kamurj_domain::ExceptionKind;
use kamurj_plugins::contract::{OutcomeKind, Scope};
use kamurj_store::deliveries::again;
use kamurj_store::exceptions::{self, Exception};
use kamurj_store::installations::Installation;
use kamurj_store::{Error, Tx};

fn subject(installation: &str) -> String {
    format!("{installation}/settings")
}

/// Whether the run ended because a setting is wrong.
pub fn is_told(end: &End) -> bool {
    matches!(end, End::Outcome(outcome) if outcome.kind == OutcomeKind::BadRequest && outcome.scope == Scope::Connection)
}

/// Learns from how this run ended, in the transaction that keeps its end. `owner`: the delivery, or what else ran. Only a run that is not
/// the first of its work can show that the settings fit again.
pub async fn after_run(
    app: &App,
    tx: &mut Tx,
    installation: &Installation,
    (owner, run, left): (&str, i64, &Left),
) -> Result<(), Error> {
    let id = &installation.id;
    let End::Outcome(outcome) = &left.end else { return Ok(()) };
    if is_told(&left.end) {
        // The next run is made with whatever settings are in force then.
        again::unpin(tx, owner).await?;
        let exception = Exception {
            id: app.ids.new_id("exc"),
            merchant_id: installation.merchant_id.clone(),
            mode: installation.mode,
            payment_id: None,
            kind: ExceptionKind::SettingsWrong.word().to_owned(),
            subject: subject(id),
            detail: format!(
                "{}: {}. What it is owed waits: change the settings with PATCH /v1/installations/{id} and activate them, or mend it at \
                 the service",
                installation.plugin,
                outcome.message.trim_end_matches('.')
            ),
        };
        if exceptions::open(tx, &exception, app.now()).await? {
            tracing::error!(installation.id = id, outcome.code, "a setting does not fit its service");
        }
        return Ok(());
    }
    if outcome.kind == OutcomeKind::Done && run > 1 {
        settle(app, tx, id, "facts", "what waited for it was done").await?;
    }
    Ok(())
}

/// Other settings are in force: what waited for them is tried now.
pub async fn changed(app: &App, tx: &mut Tx, installation: &str, actor: &str) -> Result<(), Error> {
    if settle(app, tx, installation, actor, "other settings were put in force").await? {
        activation::wake(app, tx, installation).await?;
    }
    Ok(())
}

async fn settle(app: &App, tx: &mut Tx, installation: &str, actor: &str, how: &str) -> Result<bool, Error> {
    let kind = ExceptionKind::SettingsWrong.word();
    exceptions::close(tx, kind, &subject(installation), actor, how, app.now()).await
}
