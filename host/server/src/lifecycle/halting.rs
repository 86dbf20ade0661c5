//! When a plugin breaks again and again, or does not load any more, its installation is halted with one exception: what is owed
//! to it waits, what arrives for it is kept, and nobody else is touched. Activating it again lifts this.

use crate::app::App;
use crate::work::plugin_run::{End, Left};
use kamurj_domain::ExceptionKind;
use kamurj_store::exceptions::{self, Exception};
use kamurj_store::installations::standing::{self, Breaks};
use kamurj_store::installations::{Halt, Installation};
use kamurj_store::{Error, Tx};

/// Runs in a row that broke …
const MOST_BREAKS: i64 = 20;
/// … over at least so many deliveries and messages: fewer may be the fault of what was delivered.
const FEWEST_OWNERS: usize = 3;

/// How long what is owed to a halted installation waits before it is looked at again. Activating wakes it at once; this is for
/// whatever missed that.
pub const WAIT_MS: i64 = 60 * 60 * 1000;

/// Counts how a run ended, in the transaction that keeps its end. `installation`: as the version that ran has it.
pub async fn after_run(
    app: &App,
    tx: &mut Tx,
    installation: &Installation,
    owner: &str,
    left: &Left,
) -> Result<(), Error> {
    match &left.end {
        End::Outcome(_) => standing::went_well(tx, installation).await,
        End::NoPlugin(reason) => {
            let reason = format!("{reason}. Activate the installation again when this is mended");
            halt(app, tx, installation, Halt::Broken, &reason).await
        }
        End::Broke(reason) if left.is_plugins_fault => match standing::broke(tx, installation, owner).await? {
            Some(Breaks { runs, owners }) if runs >= MOST_BREAKS && owners >= FEWEST_OWNERS => {
                let reason = format!("{runs} runs in a row broke, the last with: {reason}");
                halt(app, tx, installation, Halt::Suspended, &reason).await
            }
            _ => Ok(()),
        },
        End::Broke(_) => Ok(()),
    }
}

async fn halt(app: &App, tx: &mut Tx, installation: &Installation, how: Halt, reason: &str) -> Result<(), Error> {
    if !standing::halt(tx, installation, how, reason).await? {
        return Ok(());
    }
    tracing::error!(installation.id = installation.id, how = how.word(), reason, "a plugin is halted");
    let exception = Exception {
        id: app.ids.new_id("exc"),
        merchant_id: installation.merchant_id.clone(),
        mode: installation.mode,
        payment_id: None,
        kind: ExceptionKind::PluginSuspended.word().to_owned(),
        subject: installation.id.clone(),
        detail: format!("{} is {}: {reason}", installation.plugin, how.word()),
    };
    exceptions::open(tx, &exception, app.now()).await?;
    Ok(())
}
