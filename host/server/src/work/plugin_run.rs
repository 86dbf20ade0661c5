//! One run of a plugin: puts together what the runtime needs from the record of earlier tries, and writes down what it
//! left. Deliveries and inbound messages share it.

use super::given::{Given, Input};
use super::ports::{RunPorts, step_place};
use super::remotes;
use super::{Fault, records, upload};
use crate::app::App;
use crate::connections::runs::HandedOut;
use crate::seal::Purpose;
use crate::shelf::ShelfError;
use kamurj_plugins::contract::{Call, Outcome};
use kamurj_plugins::{Answer, Grants, LoadError, LogLine, RunContext, RunCost, RunFailure, Step, StepState};
use kamurj_store::installations::Installation;
use kamurj_store::jobs::Job;
use kamurj_store::runs::kept::{self, Ended, NewRun};
use kamurj_store::runs::{self, RunOf};
use kamurj_store::{Error, Tx};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

/// Which run of whose.
#[derive(Debug, Clone)]
pub struct Which {
    /// Delivery or inbox entry.
    pub owner: String,
    /// From 1.
    pub run: i64,
    /// When it began, Unix milliseconds: the run's clock.
    pub started_at: i64,
    /// The plugin version that runs.
    pub digest: String,
    /// The first run whose effects count as done; 1 unless it was sent again since.
    pub counts_from: i64,
}

/// What a run left.
pub struct Left {
    /// How it ended.
    pub end: End,
    /// Whether it broke through the plugin's own doing: a trap, a limit, a deadline.
    pub is_plugins_fault: bool,
    /// The tokens that it was given: their generations, by the connection's name.
    pub handed_out: BTreeMap<String, i64>,
    /// What it answered beside its end: what a set-up found, what can be chosen.
    pub answer: Answer,
    steps: Vec<Step>,
    logs: Vec<LogLine>,
    cost: RunCost,
}

/// How a run ended, for whoever decides what follows.
#[derive(Debug)]
pub enum End {
    /// The plugin said so.
    Outcome(Outcome),
    /// The plugin broke off: trapped, ran out of time, memory or its rights.
    Broke(RunFailure),
    /// The component is not there or does not load.
    NoPlugin(String),
}

impl From<ShelfError> for End {
    fn from(error: ShelfError) -> Self {
        Self::NoPlugin(error.to_string())
    }
}

impl End {
    /// The end in one word, as runs are listed by it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Outcome(outcome) => outcome.kind.word(),
            Self::Broke(failure) => failure.code(),
            Self::NoPlugin(_) => "no-plugin",
        }
    }

    /// What else there is to say of it.
    pub fn detail(&self) -> String {
        match self {
            Self::Outcome(outcome) => [outcome.code.trim(), outcome.message.trim()].join(" ").trim().to_owned(),
            Self::Broke(failure) => failure.to_string(),
            Self::NoPlugin(reason) => reason.clone(),
        }
    }
}

/// A run that has begun: its row is written.
pub struct Begun {
    /// Which one.
    pub which: Which,
    call: Call,
    settings: String,
}

/// Takes a run up in the caller's transaction. One that has begun before goes on with what it was given then, on the version
/// that it began on: what changed meanwhile, such as a setting, is for the next run.
pub async fn begin(
    app: &App,
    tx: &mut Tx,
    installation: &Installation,
    which: Which,
    call: Call,
) -> Result<Begun, Fault> {
    if let Some(known) = kept::one(tx, &which.owner, which.run).await?.filter(|known| !known.given.is_empty()) {
        let given = Given::open(app, &known)?;
        let call = given.input.call().unwrap_or(call);
        return Ok(Begun { which: Which { digest: known.digest, ..which }, call, settings: given.settings });
    }
    let given =
        Given { input: Input::of(&call), settings: installation.settings.clone(), grants: installation.grants.clone() };
    let new = NewRun {
        owner_id: &which.owner,
        run: which.run,
        installation_id: &installation.id,
        digest: &which.digest,
        call: given.input.word(),
        at: which.started_at,
        given: &given.seal(app, &which.owner, which.run),
    };
    kept::begin(tx, &new).await?;
    Ok(Begun { which, call, settings: given.settings })
}

/// Runs the plugin, resuming this run's record where there is one.
pub async fn run(app: &Arc<App>, job: &Job, installation: &Installation, begun: Begun) -> Result<Left, Fault> {
    let broken = |what: &str| Fault::Broken(format!("{what} of installation {} cannot be read", installation.id));
    let Begun { which, call, settings } = begun;
    // A compilation may take longer than the lease. It goes on when nobody waits for it, and its result is kept.
    let loading = tokio::time::timeout(upload::beat(app.lease_ms), app.shelf.get(&app.runtime, &which.digest));
    let Ok(loaded) = loading.await else {
        return Err(Fault::NotYet(format!("the plugin {} is being compiled", which.digest)));
    };
    let plugin = match loaded {
        Ok(plugin) => plugin,
        // Nothing is known to be wrong with the component: it is tried again.
        Err(ShelfError::Load(LoadError::Host(error))) => return Err(Fault::Broken(error)),
        Err(error) => {
            return Ok(Left {
                end: error.into(),
                is_plugins_fault: false,
                handed_out: BTreeMap::new(),
                answer: Answer::default(),
                steps: Vec::new(),
                logs: Vec::new(),
                cost: RunCost::default(),
            });
        }
    };
    // Rights are those of this moment: what was taken away does not count any more, also for a run that is resumed.
    let grants: Grants = serde_json::from_str(&installation.grants).map_err(|_| broken("the grants"))?;
    let (recorded, carried) = record_of(app, &which).await?;
    let ports = Arc::new(RunPorts {
        app: app.clone(),
        job: Some(job.clone()),
        installation: installation.clone(),
        owner: which.owner.clone(),
        run: which.run,
        grants: grants.clone(),
        lease_until: AtomicI64::new(0),
        handed_out: HandedOut::default(),
    });
    let merchant = installation.merchant_id.clone();
    let context = RunContext { merchant, recorded, carried, settings, grants, ..context(app, &which) };
    let report = app.runtime.call(&plugin, call, context, ports.clone()).await;
    let is_plugins_fault = matches!(
        report.end,
        Err(RunFailure::Cpu { .. }
            | RunFailure::Wall(_)
            | RunFailure::Memory { .. }
            | RunFailure::Stack { .. }
            | RunFailure::Output { .. }
            | RunFailure::Trap(_)
            | RunFailure::Diverged { .. })
    );
    let end = match report.end {
        Ok(outcome) => {
            remotes::heed(app, &installation.id, &outcome).await;
            End::Outcome(outcome)
        }
        // The record could not be kept: nothing is known to be wrong with the plugin, and the run can be resumed.
        Err(RunFailure::Port(error)) => return Err(Fault::Broken(error)),
        Err(failure) => End::Broke(failure),
    };
    Ok(Left {
        end,
        is_plugins_fault,
        handed_out: ports.handed_out.all(),
        answer: report.answer,
        steps: report.steps,
        logs: report.logs,
        cost: report.cost,
    })
}

/// What follows from which run it is alone: its clock and its chance.
pub(super) fn context(app: &App, which: &Which) -> RunContext {
    RunContext {
        merchant: String::new(),
        owner: which.owner.clone(),
        number: u32::try_from(which.run).unwrap_or(u32::MAX),
        started_at: which.started_at,
        seed: app.sealer.hash(Purpose::RunSeed, format!("{}/{}", which.owner, which.run).as_bytes()),
        recorded: Vec::new(),
        carried: Vec::new(),
        settings: String::new(),
        grants: Grants::default(),
    }
}

/// The steps of this run, and before them those of earlier runs.
async fn record_of(app: &App, which: &Which) -> Result<(Vec<Step>, Vec<Step>), Fault> {
    let mut tx = app.db.read().await?;
    let stored = runs::of_owner(&mut tx, &which.owner).await?;
    drop(tx);
    let (mut recorded, mut carried) = (Vec::new(), Vec::new());
    for step in stored {
        let opened = opened_step(app, &which.owner, &step)?;
        if step.run < which.counts_from {
            continue;
        }
        if step.run == which.run {
            recorded.push(opened);
        } else if opened.name.is_some() {
            carried.push(opened);
        }
    }
    Ok((recorded, carried))
}

/// A recorded step with its seal opened.
pub fn opened_step(app: &App, owner: &str, step: &runs::Step) -> Result<Step, Fault> {
    let bytes = app.sealer.open(&step_place(owner, step.run, step.place), &step.sealed)?;
    serde_json::from_slice(&bytes).map_err(|_| Fault::Broken(format!("step {} of {owner} cannot be read", step.place)))
}

/// Writes the run's last steps, its log, its end and its cost into the transaction that keeps its outcome.
pub async fn keep(app: &App, tx: &mut Tx, installation: &str, which: &Which, left: &Left) -> Result<(), Error> {
    keep_steps(app, tx, &which.owner, which.run, &left.steps).await?;
    let lines = records::bounded(app, installation, log_lines(&left.logs));
    let of = RunOf { owner_id: &which.owner, installation_id: installation, run: which.run, at: which.started_at };
    runs::log(tx, of, &lines).await?;
    let cost = &left.cost;
    let ended = Ended {
        ended: left.end.word().to_owned(),
        spends: left.end.spends(),
        detail: left.end.detail(),
        took_ms: i64::try_from(cost.took_ms).unwrap_or(i64::MAX),
        slices: cost.slices.into(),
        memory_bytes: i64::try_from(cost.memory_bytes).unwrap_or(i64::MAX),
        calls: cost.calls.into(),
        http_requests: cost.http_requests.into(),
        refused: cost.refused.into(),
        steps: cost.steps.into(),
        size_bytes: i64::try_from(cost.record_bytes).unwrap_or(i64::MAX),
    };
    kept::end(tx, &which.owner, which.run, &ended).await
}

fn log_lines(logs: &[LogLine]) -> Vec<runs::LogLine> {
    (0i64..)
        .zip(logs)
        .map(|(place, line)| {
            let fields = line.fields.iter().flat_map(|(name, value)| [" ", name, "=", value]).collect::<String>();
            runs::LogLine { place, level: line.level.clone(), line: format!("{}{fields}", line.message) }
        })
        .collect()
}

/// Writes steps, sealed.
pub(super) async fn keep_steps(app: &App, tx: &mut Tx, owner: &str, run: i64, steps: &[Step]) -> Result<(), Error> {
    for step in steps {
        let place = i64::from(step.index);
        let json = serde_json::to_vec(step).expect("a step is made of JSON values");
        let row = runs::Step {
            run,
            place,
            name: step.name.clone(),
            state: match step.state {
                StepState::Sent => "sent",
                StepState::Answered => "answered",
            }
            .to_owned(),
            sealed: app.sealer.seal(&step_place(owner, run, place), &json),
        };
        runs::put(tx, owner, &row).await?;
    }
    Ok(())
}
