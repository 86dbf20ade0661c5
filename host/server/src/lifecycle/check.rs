//! A plugin's self-test, asked for by a person who waits for the answer: a recorded run like any other, of any version, also of
//! one that is not in force.

use super::versions::{json, manifest_in_force};
use crate::app::App;
use crate::connections::runs as connections;
use crate::work::Fault;
use crate::work::plugin_run::{self, End, Left, Which};
use kamurj_plugins::contract::{Call, OutcomeKind};
use kamurj_store::installations::standing;
use kamurj_store::installations::versions::Version;
use kamurj_store::installations::{self, Installation};
use kamurj_store::jobs::{self, Job, Kind};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a self-test said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The version that was checked.
    pub version: i64,
    /// Whether it can work.
    pub ok: bool,
    /// `done`, another outcome of the contract, `broke`, `does-not-load`, `not-connected`, or `no-self-test`.
    pub outcome: String,
    /// The remote's own error code, or the plugin's.
    pub code: String,
    /// In words.
    pub message: String,
    /// When, Unix milliseconds.
    pub at: i64,
}

/// Runs the self-test of this version. `None`: another one of the same installation is under way.
pub async fn run(app: &Arc<App>, installation: &Installation, version: &Version) -> Result<Option<Said>, Fault> {
    let told = |ok: bool, outcome: &str, code: String, message: String| Said {
        version: version.number,
        ok,
        outcome: outcome.to_owned(),
        code,
        message,
        at: app.now(),
    };
    match app.shelf.get(&app.runtime, &version.digest).await {
        Ok(plugin) if plugin.exports.self_test => {}
        Ok(_) => {
            let message = "This plugin has no self-test.".to_owned();
            return keep(app, installation, told(true, "no-self-test", String::new(), message)).await.map(Some);
        }
        Err(error) => {
            let said = told(false, "does-not-load", String::new(), error.to_string());
            return keep(app, installation, said).await.map(Some);
        }
    }
    let of_version = of_version(installation, version)?;
    let said = match asked(app, &of_version, "chk", Call::Check).await? {
        Err(NotAsked::Busy) => return Ok(None),
        Err(NotAsked::Account(why)) => told(false, "not-connected", String::new(), why),
        Ok(Left { end: End::Outcome(outcome), .. }) => {
            told(outcome.kind == OutcomeKind::Done, outcome.kind.word(), outcome.code, outcome.message)
        }
        Ok(Left { end: End::Broke(reason), .. }) => told(false, "broke", String::new(), reason.to_string()),
        Ok(Left { end: End::NoPlugin(reason), .. }) => told(false, "does-not-load", String::new(), reason),
    };
    keep(app, installation, said).await.map(Some)
}

/// Why nothing was asked of a plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NotAsked {
    /// Something that a person waits for is under way.
    Busy,
    /// An account is missing; in words.
    Account(String),
}

impl NotAsked {
    /// In words.
    pub(super) fn words(self) -> String {
        match self {
            Self::Busy => "A check or a set-up of this installation is under way.".to_owned(),
            Self::Account(why) => why,
        }
    }
}

/// Makes a recorded run that a person waits for. `prefix`: of its owner's id.
pub(super) async fn asked(
    app: &Arc<App>,
    of_version: &Installation,
    prefix: &str,
    call: Call,
) -> Result<Result<Left, NotAsked>, Fault> {
    if let Some(obstacle) = connections::obstacle(app, of_version).await? {
        let what = if obstacle.needs_person { "is not connected" } else { "cannot be renewed at this moment" };
        return Ok(Err(NotAsked::Account(format!("The connection `{}` {what}: see `connections`.", obstacle.name))));
    }
    let Some(job) = begin(app, &of_version.id).await? else { return Ok(Err(NotAsked::Busy)) };
    let which = Which {
        owner: app.ids.new_id(prefix),
        run: 1,
        started_at: app.now(),
        digest: of_version.digest.clone(),
        counts_from: 1,
    };
    let mut tx = app.db.write().await?;
    let begun = plugin_run::begin(app, &mut tx, of_version, which.clone(), call).await?;
    tx.commit().await?;
    let left = plugin_run::run(app, &job, of_version, begun).await;
    let mut tx = app.db.write().await?;
    jobs::finish(&mut tx, &job).await?;
    if let Ok(left) = &left {
        plugin_run::keep(app, &mut tx, &of_version.id, &which, left).await?;
        // Whoever asks again asks with a fresh token.
        connections::after_run(app, &mut tx, of_version, (&which, left), 1).await?;
    }
    tx.commit().await?;
    left.map(Ok)
}

/// The installation as it is with this version in force.
pub(super) fn of_version(installation: &Installation, version: &Version) -> Result<Installation, Fault> {
    Ok(Installation {
        version: version.number,
        digest: version.digest.clone(),
        sink: version.sink,
        settings: version.settings.clone(),
        grants: version.grants.clone(),
        manifest: json(&manifest_in_force(version)?),
        ..installation.clone()
    })
}

/// Takes the installation's place for what a person waits for. `None`: somebody has it.
pub(super) async fn begin(app: &App, id: &str) -> Result<Option<Job>, Fault> {
    let now = app.now();
    let mut tx = app.db.write().await?;
    jobs::put(&mut tx, Kind::Check, id, now).await?;
    let job = jobs::claim_one(&mut tx, Kind::Check, id, now, now + app.lease_ms).await?;
    tx.commit().await?;
    Ok(job)
}

async fn keep(app: &App, installation: &Installation, said: Said) -> Result<Said, Fault> {
    let mut tx = app.db.write().await?;
    standing::checked(&mut tx, &installation.id, &json(&said)).await?;
    tx.commit().await?;
    Ok(said)
}

/// A self-test whose server is gone: nobody waits for its answer any more.
pub async fn cut_off(app: &App, job: &Job) -> Result<(), Fault> {
    let mut tx = app.db.write().await?;
    jobs::finish(&mut tx, job).await?;
    tx.commit().await?;
    Ok(())
}

/// What the installation's self-test said last.
pub fn last(installation: &installations::Installation) -> Option<Said> {
    installation.last_check.as_deref().and_then(|said| serde_json::from_str(said).ok())
}
