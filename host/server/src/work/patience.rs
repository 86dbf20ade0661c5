//! What follows from the way a run ended: nothing more, another run, or a person. A message that breaks its plugin is given up soon;
//! a service that is away is waited for; whoever only waits for a turn loses no patience at all.

use super::plugin_run::{End, Which};
use crate::app::App;
use kamurj_plugins::RunFailure;
use kamurj_plugins::contract::{Outcome, OutcomeKind, Scope};
use kamurj_store::runs::kept::{self, Spends, Spent};
use kamurj_store::{Error, Tx};

const SECOND: i64 = 1_000;
const HOUR: i64 = 3_600 * SECOND;

/// How long work whose credentials or settings were refused waits at least, milliseconds.
const REFUSED_WAIT_MS: u64 = 5 * 60 * 1000;
/// How a run ends that our own budget of requests to a service had no room for: the word of `http.failure`.
const OWN_BUDGET: &str = "rate-limited";
/// The longest wait for a turn under that budget, milliseconds.
const LONGEST_TURN_MS: i64 = 60 * SECOND;

/// How often work is tried before a person is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Runs that failed by themselves.
    pub failures: i64,
    /// Runs that the service, or the account there, refused as it would have refused any other.
    pub outages: i64,
    /// Runs in all, whatever they were waiting for.
    pub runs: i64,
}

/// Deliveries: with the back-off, four days of failures or a fortnight in which nothing works at the service.
pub const DELIVERY: Patience = Patience { failures: 100, outages: 340, runs: 10_000 };
/// Inbound messages: four minutes of failures, so that one which breaks its plugin does not hold up its conversation for long, or
/// a day in which nothing works at the service.
pub const HOOK: Patience = Patience { failures: 7, outages: 33, runs: 1_000 };
/// What is done by the clock: as for messages. The next time comes by itself.
pub const SCHEDULE: Patience = Patience { failures: 7, outages: 33, runs: 1_000 };

/// What follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Nothing is owed any more.
    Done,
    /// A new run at this time.
    Again {
        /// Unix milliseconds.
        at: i64,
        /// Why, for people.
        reason: String,
    },
    /// It will never work by itself: a person must look.
    GiveUp {
        /// Why, for people.
        reason: String,
    },
}

impl End {
    /// Whose patience such a run costs, as runs are kept with it.
    pub fn spends(&self) -> Spends {
        match self {
            Self::Outcome(outcome) if waits(outcome) => Spends::Nothing,
            Self::Outcome(outcome) if is_everybodys(outcome) => Spends::Outage,
            Self::Outcome(_) | Self::Broke(_) | Self::NoPlugin(_) => Spends::Failure,
        }
    }

    /// Whether the run did a part of its work and the rest is for another: the contract's code `more`.
    pub fn goes_on(&self) -> bool {
        matches!(self, Self::Outcome(outcome) if outcome.kind == OutcomeKind::Retry && outcome.code == "more")
    }
}

/// Whether nothing went wrong: the run waits for its turn under our own budget, or for the turn of its next part.
fn waits(outcome: &Outcome) -> bool {
    outcome.code == OWN_BUDGET || outcome.kind == OutcomeKind::Retry && outcome.code == "more"
}

/// Whether every other piece of work would have ended so: a service that is away, credentials or settings that are refused.
fn is_everybodys(outcome: &Outcome) -> bool {
    match outcome.kind {
        OutcomeKind::AuthNeeded => true,
        OutcomeKind::Retry | OutcomeKind::BadRequest => outcome.scope == Scope::Connection,
        _ => false,
    }
}

/// Decides, after the run was kept.
pub async fn next(app: &App, tx: &mut Tx, end: &End, which: &Which, patience: Patience) -> Result<Next, Error> {
    let spent = kept::spent(tx, &which.owner, which.counts_from).await?;
    Ok(decide(app, end, which.run, &spent, patience))
}

fn decide(app: &App, end: &End, run: i64, spent: &Spent, patience: Patience) -> Next {
    let (reason, told) = match end {
        End::Outcome(outcome) => {
            let reason = [outcome.kind.word(), &outcome.code, &outcome.message].map(str::trim).join(" ");
            match outcome.kind {
                OutcomeKind::Done => return Next::Done,
                OutcomeKind::Retry | OutcomeKind::Ambiguous => (reason, outcome.retry_after_ms),
                // Every other piece of work would be refused as well: they wait for a person together.
                OutcomeKind::AuthNeeded => (reason, Some(outcome.retry_after_ms.unwrap_or(0).max(REFUSED_WAIT_MS))),
                OutcomeKind::BadRequest if outcome.scope == Scope::Connection => (reason, Some(REFUSED_WAIT_MS)),
                OutcomeKind::WindowClosed
                | OutcomeKind::Unreachable
                | OutcomeKind::BadRequest
                | OutcomeKind::InDoubt => return Next::GiveUp { reason },
            }
        }
        // A new run would know what the remote accepted, but not what this plugin means by its steps: it told them otherwise
        // a moment ago. Whatever it might repeat is for a person to weigh.
        // And what is too large for its guest is as large the next time.
        End::Broke(failure @ (RunFailure::Diverged { .. } | RunFailure::Input { .. })) => {
            return Next::GiveUp { reason: failure.to_string() };
        }
        End::Broke(failure) => (failure.to_string(), None),
        End::NoPlugin(reason) => (reason.clone(), None),
    };
    if spent.failures >= patience.failures || spent.outages >= patience.outages || run >= patience.runs {
        return Next::GiveUp { reason: format!("given up after {run} runs: {reason}") };
    }
    let told = told.and_then(|wait| i64::try_from(wait).ok()).unwrap_or(0);
    let at = if end.spends() == Spends::Nothing {
        app.now() + told + backoff(app, run).min(LONGEST_TURN_MS)
    } else {
        app.now() + backoff(app, spent.failures + spent.outages).max(told)
    };
    Next::Again { at, reason }
}

/// Two seconds, doubled with every run that was spent, an hour at most, up to a fifth more or less.
fn backoff(app: &App, runs: i64) -> i64 {
    let doublings = u32::try_from(runs - 1).unwrap_or(0).min(20);
    let plain = (2 * SECOND).saturating_mul(1 << doublings).min(HOUR);
    let [chance] = app.ids.bytes::<1>();
    plain * (80 + i64::from(chance) * 40 / 255) / 100
}
