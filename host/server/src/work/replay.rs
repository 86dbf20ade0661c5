//! A past run once more, from its record alone: whether the plugin makes the same host calls, byte for byte, and ends in the same
//! way. Nothing is sent and nothing is written.

use super::given::Given;
use super::plugin_run::{self, End, Which};
use super::ports::RunPorts;
use super::{Fault, plugin_run::opened_step};
use crate::app::App;
use crate::connections::runs::HandedOut;
use crate::shelf::ShelfError;
use kamurj_plugins::contract::Call;
use kamurj_plugins::{Grants, Plugin, RunContext, RunFailure, Step};
use kamurj_store::runs::kept::{self, Run};
use kamurj_store::{installations, runs};
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use utoipa::ToSchema;

/// What a replay found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Replayed {
    /// What the plugin was called for: `dlv_…`, `inb_…`.
    pub owner: String,
    /// Which of its runs.
    pub run: i64,
    /// SHA-256 of the plugin that ran.
    pub digest: String,
    /// Whether every host call was the same, byte for byte, and the end too.
    pub identical: bool,
    /// Host calls in the record.
    pub calls: usize,
    /// How the run ended then.
    pub ended: String,
    /// How it ends now.
    pub ends: String,
    /// The first difference, in words; absent where there is none.
    pub difference: Option<String>,
}

/// Why a run cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum NoReplay {
    /// There is no such run, or its record was removed after its time.
    #[error("there is no record of such a run: it never was, or its record has had its time")]
    NoRecord,
    /// It has not ended.
    #[error("this run is under way; it can be replayed once it has ended")]
    UnderWay,
    /// An older version of the server ran it and did not keep what it was given.
    #[error("this run was made by an older version of the server, which did not keep what it was given")]
    TooOld,
    /// The plugin is not there.
    #[error(transparent)]
    Plugin(#[from] ShelfError),
    /// The server could not do its part.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<kamurj_store::Error> for NoReplay {
    fn from(error: kamurj_store::Error) -> Self {
        Self::Fault(error.into())
    }
}

/// A recorded run with everything that it was given and did.
pub(super) struct Recorded {
    pub(super) given: Given,
    pub(super) call: Call,
    pub(super) steps: Vec<Step>,
}

/// Replays a run of this owner: the one with this number, or else the last that has ended.
pub async fn replay(app: &Arc<App>, owner: &str, run: Option<i64>) -> Result<Replayed, NoReplay> {
    let row = find(app, owner, run).await?;
    let recorded = read(app, &row).await?;
    let plugin = app.shelf.get(&app.runtime, &row.digest).await?;
    let calls = recorded.steps.len();
    let (plugin, context, ports, call) = prepared(app, &row, recorded, plugin).await?;
    let report = app.runtime.replay(&plugin, call, context, ports).await;
    let end = report.end.map_or_else(End::Broke, End::Outcome);
    let difference = difference(&row, calls, &end);
    Ok(Replayed {
        identical: difference.is_none(),
        calls,
        ended: told(row.ended.as_deref().unwrap_or_default(), &row.detail),
        ends: told(end.word(), &end.detail()),
        difference,
        owner: row.owner_id,
        run: row.run,
        digest: row.digest,
    })
}

async fn find(app: &App, owner: &str, run: Option<i64>) -> Result<Run, NoReplay> {
    let mut tx = app.db.read().await?;
    let rows = kept::of_owner(&mut tx, owner).await?;
    let wanted = |row: &Run| run.map_or(row.ended.is_some(), |run| row.run == run);
    let under_way = rows.iter().any(|row| row.ended.is_none());
    match rows.into_iter().rfind(wanted) {
        Some(row) if row.ended.is_none() => Err(NoReplay::UnderWay),
        Some(row) if row.given.is_empty() => Err(NoReplay::TooOld),
        Some(row) => Ok(row),
        None if under_way && run.is_none() => Err(NoReplay::UnderWay),
        None => Err(NoReplay::NoRecord),
    }
}

/// Reads what a run was given and did.
pub(super) async fn read(app: &App, row: &Run) -> Result<Recorded, Fault> {
    let given = Given::open(app, row)?;
    let mut tx = app.db.read().await?;
    let call = given.call(app, &mut tx, row).await?;
    let stored = runs::of_run(&mut tx, &row.owner_id, row.run).await?;
    let steps = stored.iter().map(|step| opened_step(app, &row.owner_id, step)).collect::<Result<_, _>>()?;
    Ok(Recorded { given, call, steps })
}

/// Puts together what a repeated run is given: all as it was then, but for secrets, which nobody keeps.
pub(super) async fn prepared(
    app: &Arc<App>,
    row: &Run,
    recorded: Recorded,
    plugin: Arc<Plugin>,
) -> Result<(Arc<Plugin>, RunContext, Arc<RunPorts>, Call), Fault> {
    let gone = || Fault::Broken(format!("installation {} is gone", row.installation_id));
    let installation = {
        let mut tx = app.db.read().await?;
        installations::by_id(&mut tx, &row.installation_id).await?.ok_or_else(gone)?
    };
    let Recorded { given, call, steps } = recorded;
    let grants: Grants = serde_json::from_str(&given.grants)
        .map_err(|_| Fault::Broken(format!("the grants of run {} of {} cannot be read", row.run, row.owner_id)))?;
    let ports = Arc::new(RunPorts {
        app: app.clone(),
        job: None,
        installation,
        owner: row.owner_id.clone(),
        run: row.run,
        grants: grants.clone(),
        lease_until: AtomicI64::new(i64::MIN),
        handed_out: HandedOut::default(),
    });
    let which = Which {
        owner: row.owner_id.clone(),
        run: row.run,
        started_at: row.at,
        digest: row.digest.clone(),
        counts_from: 1,
    };
    let context = RunContext { recorded: steps, settings: given.settings, grants, ..plugin_run::context(app, &which) };
    Ok((plugin, context, ports, call))
}

/// A run that the host stopped from outside may have stood anywhere when it was stopped.
fn was_stopped(row: &Run) -> bool {
    matches!(row.ended.as_deref(), Some("deadline" | "cpu-limit"))
}

fn difference(row: &Run, calls: usize, end: &End) -> Option<String> {
    match end {
        // The record ends there: so did the run.
        End::Broke(RunFailure::Unanswered { .. }) => None,
        End::Broke(RunFailure::Diverged { index, .. }) if was_stopped(row) && *index as usize == calls => None,
        End::Broke(RunFailure::Diverged { index, detail }) => Some(format!("host call {}: {detail}", index + 1)),
        end => {
            let then = told(row.ended.as_deref().unwrap_or_default(), &row.detail);
            let now = told(end.word(), &end.detail());
            (then != now).then(|| format!("the same host calls, but it ends {now} instead of {then}"))
        }
    }
}

pub(super) fn told(word: &str, detail: &str) -> String {
    if detail.is_empty() { format!("`{word}`") } else { format!("`{word}` ({detail})") }
}
