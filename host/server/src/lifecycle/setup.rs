//! A plugin's set-up, asked for by a person who waits: the service is made to call this installation, or it is looked whether it
//! does. A recorded run of the version that is in force, like any other.

use super::versions::manifest_in_force;
use super::{check, wrong_settings};
use crate::app::App;
use crate::install;
use crate::work::Fault;
use crate::work::plugin_run::End;
use kamurj_plugins::contract::{Call, Finding, Wish};
use kamurj_store::installations::Installation;
use kamurj_store::installations::versions::Version;
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

impl Ended {
    /// The end of a run that told nothing else.
    pub fn of(end: End) -> Self {
        match end {
            End::Outcome(outcome) => {
                Self { outcome: outcome.kind.word().to_owned(), code: outcome.code, message: outcome.message }
            }
            End::Broke(reason) => {
                Self { outcome: "broke".to_owned(), code: String::new(), message: reason.to_string() }
            }
            End::NoPlugin(message) => Self { outcome: "does-not-load".to_owned(), code: String::new(), message },
        }
    }
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
    let addresses = install::addresses(app, &installation.id, &manifest);
    let wish = Wish { addresses, only_look, extra: Vec::new() };
    let left = match check::asked(app, &of_version, "stp", Call::Connect(wish)).await? {
        Ok(left) => left,
        Err(not_asked) => return Ok(Connected::NotNow(not_asked.words())),
    };
    let ended = match left.end {
        // What was found is the whole end, also where that is nothing: then nothing has to be set up.
        End::Outcome(outcome) if !left.answer.findings.is_empty() || outcome.kind.word() == "done" => None,
        end => Some(Ended::of(end)),
    };
    let ok = ended.is_none() && left.answer.findings.iter().all(|finding| finding.state.is_settled());
    if ok && !only_look {
        // What was missing at the service may be there now.
        let mut tx = app.db.write().await?;
        wrong_settings::changed(app, &mut tx, &installation.id, "the set-up").await?;
        app.commit(tx).await?;
    }
    Ok(Connected::Ran(Told {
        version: version.number,
        ok,
        findings: left.answer.findings,
        outcome: ended,
        at: app.now(),
    }))
}
