//! Putting a version in force, and taking an installation out of service. Everything here happens in the caller's transaction,
//! so that what is in flight sees either all of it or nothing.

use super::versions::{json, manifest_in_force};
use super::wrong_settings;
use crate::app::App;
use crate::connections::ending;
use crate::work::schedule;
use kamurj_domain::ExceptionKind;
use kamurj_store::installations::standing::{self, InForce};
use kamurj_store::installations::versions::Version;
use kamurj_store::installations::{Installation, Sink};
use kamurj_store::jobs::{self, Kind};
use kamurj_store::{Error, Tx, deliveries, exceptions, inbox, secrets, state};

/// How a version comes into force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Going back leads to what was active until now.
    Forward,
    /// Going back leads to where it led before.
    Back,
}

/// Puts the version in force. What waited because the installation was halted goes on, on this version.
pub async fn activate(
    app: &App,
    tx: &mut Tx,
    installation: &Installation,
    version: &Version,
    way: Way,
    actor: &str,
) -> Result<(), Error> {
    let manifest = manifest_in_force(version)?;
    let leaves = installation.active && installation.version != version.number;
    let after = (way == Way::Forward && leaves).then_some(installation.version);
    let in_force = InForce { events: &manifest.events, manifest: &json(&manifest) };
    standing::activate(tx, version, in_force, after, app.now()).await?;
    if installation.halted.is_some() {
        deliveries::release(tx, &installation.id).await?;
        inbox::release(tx, &installation.id).await?;
        wake(app, tx, &installation.id).await?;
    } else if !manifest.connections.is_empty() {
        // What waited for an account that only this version names.
        wake(app, tx, &installation.id).await?;
    }
    schedule::plan(app, tx, &installation.id, &manifest.schedule).await?;
    wrong_settings::changed(app, tx, &installation.id, actor).await?;
    close(app, tx, &installation.id, actor, "activated").await
}

/// Switches the installation off. What is owed to it ends with a note, as the workers come to it.
pub async fn switch_off(app: &App, tx: &mut Tx, id: &str, actor: &str) -> Result<(), Error> {
    standing::switch_off(tx, id).await?;
    schedule::plan(app, tx, id, &[]).await?;
    wake(app, tx, id).await?;
    close(app, tx, id, actor, "switched off").await
}

/// Removes the installation: its connections, secrets and state are forgotten, the row stays for the history.
pub async fn remove(app: &App, tx: &mut Tx, id: &str, actor: &str) -> Result<(), Error> {
    standing::remove(tx, id, app.now()).await?;
    schedule::plan(app, tx, id, &[]).await?;
    ending::forget_all(app, tx, id, actor).await?;
    secrets::forget(tx, id).await?;
    state::forget(tx, id).await?;
    wake(app, tx, id).await?;
    close(app, tx, id, actor, "removed").await
}

/// Lets what waits for the installation be looked at now.
pub(super) async fn wake(app: &App, tx: &mut Tx, id: &str) -> Result<(), Error> {
    for kind in [Kind::Delivery, Kind::Hook] {
        jobs::wake(tx, kind, id, app.now()).await?;
    }
    Ok(())
}

async fn close(app: &App, tx: &mut Tx, id: &str, actor: &str, how: &str) -> Result<(), Error> {
    exceptions::close(tx, ExceptionKind::PluginSuspended.word(), id, actor, how, app.now()).await?;
    Ok(())
}

/// The row of an installation that was never active, with the contents of its first version.
pub fn row(version: &Version, of: (&str, kamurj_domain::Mode, &str), now: i64) -> Result<Installation, Error> {
    let (merchant_id, mode, plugin) = of;
    let manifest = manifest_in_force(version)?;
    let sink: Sink = version.sink;
    Ok(Installation {
        id: version.installation_id.clone(),
        merchant_id: merchant_id.to_owned(),
        mode,
        plugin: plugin.to_owned(),
        digest: version.digest.clone(),
        sink,
        events: manifest.events.clone(),
        manifest: json(&manifest),
        settings: version.settings.clone(),
        grants: version.grants.clone(),
        active: false,
        version: version.number,
        halted: None,
        removed_at: None,
        last_check: None,
        created_at: now,
    })
}
