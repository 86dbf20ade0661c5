//! A plugin's set-up, asked for by a person who waits: the service is made to call this installation, or it is looked whether it
//! does. A recorded run of the version that is in force, like any other.

use super::check;
use super::versions::manifest_in_force;
use crate::app::App;
use crate::connections::runs as connections;
use crate::install;
use crate::work::Fault;
use crate::work::plugin_run::{self, End, Which};
use kamurj_plugins::contract::{Call, Finding, Wish};
use kamurj_store::installations::Installation;
use kamurj_store::installations::versions::Version;
use kamurj_store::jobs;
use std::sync::Arc;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connected {
    /// The plugin has no set-up.
    NoSetup,
    /// Something stands against it before it begins; in words.
    NotNow(String),
    /// It ran.
    Ran(Told),
}

/// What a set-up told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The version that ran.
    pub version: i64,
    /// Whether it found out everything, and nothing is left to be done.
    pub ok: bool,
    /// What it found.
    pub findings: Vec<Finding>,
    /// How it ended where it found nothing out: the outcome's word, code and message.
    pub outcome: Option<Ended>,
    /// When, Unix milliseconds.
    pub at: i64,
}

/// The end of a set-up that found nothing out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// A word of the contract, `broke` or `does-not-load`.
    pub outcome: String,
    /// The remote's own error code, or the plugin's.
    pub code: String,
    /// In words.
    pub message: String,
}

/// Runs it with the version that is in force.
pub async fn run(
    app: &Arc<App>,
    installation: &Installation,
    version: &Version,
    only_look: bool,
) -> Result<Connected, Fault> {
    match app.shelf.get(&app.runtime, &version.digest).await {
        Ok(plugin) if plugin.exports.setup => {}
        Ok(_) => return Ok(Connected::NoSetup),
        Err(error) => return Ok(Connected::NotNow(error.to_string())),
    }
    let manifest = manifest_in_force(version)?;
    let of_version = check::of_version(installation, version)?;
    if let Some(obstacle) = connections::obstacle(app, &of_version).await? {
        let what = if obstacle.needs_person { "is not connected" } else { "cannot be renewed at this moment" };
        return Ok(Connected::NotNow(format!("The connection `{}` {what}: see `connections`.", obstacle.name)));
    }
    let Some(job) = check::begin(app, &installation.id).await? else {
        return Ok(Connected::NotNow("A check or a set-up of this installation is under way.".to_owned()));
    };
    let addresses = install::addresses(app, &installation.id, &manifest);
    let wish = Wish { addresses, only_look, extra: Vec::new() };
    let which = Which { owner: app.ids.new_id("stp"), run: 1, started_at: app.now(), digest: version.digest.clone() };
    let mut tx = app.db.write().await?;
    let begun = plugin_run::begin(app, &mut tx, &of_version, which.clone(), Call::Connect(wish)).await?;
    tx.commit().await?;
    let left = plugin_run::run(app, &job, &of_version, begun).await;
    let mut tx = app.db.write().await?;
    jobs::finish(&mut tx, &job).await?;
    let left = match left {
        Ok(left) => left,
        Err(fault) => {
            tx.commit().await?;
            return Err(fault);
        }
    };
    plugin_run::keep(app, &mut tx, &installation.id, &which, &left).await?;
    // Whoever asks again asks with a fresh token.
    connections::after_run(app, &mut tx, &of_version, (&which, &left), 1).await?;
    tx.commit().await?;
    let ended = match left.end {
        // What was found is the whole end, also where that is nothing: then nothing has to be set up.
        End::Outcome(outcome) if !left.findings.is_empty() || outcome.kind.word() == "done" => None,
        End::Outcome(outcome) => {
            Some(Ended { outcome: outcome.kind.word().to_owned(), code: outcome.code, message: outcome.message })
        }
        End::Broke(reason) => {
            Some(Ended { outcome: "broke".to_owned(), code: String::new(), message: reason.to_string() })
        }
        End::NoPlugin(message) => Some(Ended { outcome: "does-not-load".to_owned(), code: String::new(), message }),
    };
    Ok(Connected::Ran(Told {
        version: version.number,
        ok: ended.is_none() && left.findings.iter().all(|finding| finding.state.is_settled()),
        findings: left.findings,
        outcome: ended,
        at: app.now(),
    }))
}
