//! The floor on which the host's tasks run one at a time. A task that reaches a named point outside of a transaction may be
//! parked there while others go on; at any point the whole server may die.

use crate::dice::Dice;
use async_trait::async_trait;
use kamurj_server::milestones::{Milestone, Milestones};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, oneshot};

/// Tasks that may stand parked at once.
const PARKED_AT_MOST: usize = 8;

/// How eventful the floor is: one in so many passings; `None`: never.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Hazards {
    /// A task is parked.
    pub(crate) park: Option<u64>,
    /// The server dies.
    pub(crate) crash: Option<u64>,
}

/// Where a task stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It waits at this point until it is let go.
    Parked(Milestone),
    /// The server died at this point.
    Crashed(Milestone),
}

/// What becomes of a task that passes a point.
enum Passing {
    GoesOn,
    Dies,
    Waits(oneshot::Receiver<()>),
}

/// Shared by the scheduler and the host.
pub(crate) struct Floor {
    state: Mutex<State>,
    stopped: Notify,
}

struct State {
    dice: Dice,
    hazards: Hazards,
    running: u64,
    stop: Option<Stop>,
    parked: BTreeMap<u64, oneshot::Sender<()>>,
    passed: BTreeMap<&'static str, u64>,
}

impl Floor {
    /// An empty floor on which nothing happens.
    pub(crate) fn new(dice: Dice) -> Self {
        let hazards = Hazards::default();
        let state = State { dice, hazards, running: 0, stop: None, parked: BTreeMap::new(), passed: BTreeMap::new() };
        Self { state: Mutex::new(state), stopped: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From here on it is this eventful.
    pub(crate) fn set(&self, hazards: Hazards) {
        self.state().hazards = hazards;
    }

    /// Sets the task that runs now, and lets it go on where it was parked.
    pub(crate) fn runs(&self, task: u64) {
        let mut state = self.state();
        state.running = task;
        state.stop = None;
        if let Some(parked) = state.parked.remove(&task) {
            // Nobody waits any more where the task has died, which makes no difference.
            let _ = parked.send(());
        }
    }

    /// Resolves when the running task has stopped at a point.
    pub(crate) async fn stopped(&self) -> Stop {
        loop {
            if let Some(stop) = self.state().stop.take() {
                return stop;
            }
            self.stopped.notified().await;
        }
    }

    /// The parked tasks.
    pub(crate) fn parked(&self) -> Vec<u64> {
        self.state().parked.keys().copied().collect()
    }

    /// Forgets the parked, who are dead.
    pub(crate) fn clear(&self) {
        let parked = std::mem::take(&mut self.state().parked);
        drop(parked);
    }

    /// How often each point was passed.
    pub(crate) fn passed(&self) -> BTreeMap<&'static str, u64> {
        self.state().passed.clone()
    }

    fn passes(&self, point: Milestone) -> Passing {
        let mut state = self.state();
        *state.passed.entry(point.name()).or_default() += 1;
        let Hazards { park, crash } = state.hazards;
        if crash.is_some_and(|sides| state.dice.one_in(sides)) {
            state.stop = Some(Stop::Crashed(point));
            return Passing::Dies;
        }
        // Inside a transaction nobody may wait: everybody else would wait for the writer.
        let may_park = point != Milestone::BeforeCommit && state.parked.len() < PARKED_AT_MOST;
        if may_park && park.is_some_and(|sides| state.dice.one_in(sides)) {
            let (go, wait) = oneshot::channel();
            let task = state.running;
            state.parked.insert(task, go);
            state.stop = Some(Stop::Parked(point));
            return Passing::Waits(wait);
        }
        Passing::GoesOn
    }
}

#[async_trait]
impl Milestones for Floor {
    async fn reached(&self, point: Milestone) {
        let wait = match self.passes(point) {
            Passing::GoesOn => return,
            Passing::Dies => None,
            Passing::Waits(wait) => Some(wait),
        };
        self.stopped.notify_one();
        let let_go = match wait {
            Some(wait) => wait.await.is_ok(),
            None => false,
        };
        if !let_go {
            // The server is dead: nothing after this point happens.
            std::future::pending::<()>().await;
        }
    }
}
