//! When a service refuses what an installation proves itself with: what is owed waits and is tried now and then, one exception asks a
//! person for another secret, and entering it wakes what waits. Connections by OAuth have their own way, which comes first.

use super::activation;
use crate::app::App;
use crate::work::plugin_run::{End, Left};
use kamurj_domain::ExceptionKind;
use kamurj_plugins::contract::OutcomeKind;
use kamurj_store::connections;
use kamurj_store::exceptions::{self, Exception};
use kamurj_store::installations::Installation;
use kamurj_store::{Error, Tx};

fn subject(installation: &str) -> String {
    format!("{installation}/credentials")
}

/// Learns from how this run ended, in the transaction that keeps its end. Only a run that is not the first of its work can show
/// that the service takes the credentials again.
pub async fn after_run(app: &App, tx: &mut Tx, installation: &Installation, of: (i64, &Left)) -> Result<(), Error> {
    let (run, left) = of;
    let End::Outcome(outcome) = &left.end else { return Ok(()) };
    let id = &installation.id;
    match outcome.kind {
        // Whoever is asked to connect the account anew need not be asked twice.
        OutcomeKind::AuthNeeded if connections::of(tx, id).await?.iter().any(|one| !one.is_connected()) => Ok(()),
        OutcomeKind::AuthNeeded => {
            let exception = Exception {
                id: app.ids.new_id("exc"),
                merchant_id: installation.merchant_id.clone(),
                mode: installation.mode,
                payment_id: None,
                kind: ExceptionKind::ReauthorisationNeeded.word().to_owned(),
                subject: subject(id),
                detail: format!(
                    "{} is refused by its service ({} {}). What it is owed waits: enter its secret anew with PATCH \
                     /v1/installations/{id}, or mend the account",
                    installation.plugin, outcome.code, outcome.message
                ),
            };
            if exceptions::open(tx, &exception, app.now()).await? {
                tracing::error!(installation.id = id, outcome.code, "a service refuses an installation's credentials");
            }
            Ok(())
        }
        OutcomeKind::Done if run > 1 => settle(app, tx, id, "facts", "the service takes the credentials again").await,
        _ => Ok(()),
    }
}

/// Other secrets were entered: what waited for them is tried now.
pub async fn entered(app: &App, tx: &mut Tx, installation: &str, actor: &str) -> Result<(), Error> {
    settle(app, tx, installation, actor, "other secrets were entered").await?;
    activation::wake(app, tx, installation).await
}

async fn settle(app: &App, tx: &mut Tx, installation: &str, actor: &str, how: &str) -> Result<(), Error> {
    let kind = ExceptionKind::ReauthorisationNeeded.word();
    exceptions::close(tx, kind, &subject(installation), actor, how, app.now()).await?;
    Ok(())
}
