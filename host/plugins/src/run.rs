//! One call of a plugin from start to end: a fresh instance, its budgets, and a report whatever happens. It never
//! decides what an end means for a delivery.

use wasmtime::{Engine, Store, Trap, UpdateDeadline, component::ResourceTable};

use crate::{
    adapter::{
        findings_bytes, findings_from_wire, inbound_to_wire, items_bytes, items_from_wire, outcome_bytes,
        outcome_from_wire,
    },
    bindings::{
        exported::{choices, setup},
        imported::types as wire,
    },
    class::Limits,
    contract::{Call, Class, Finding, ListItem, Outcome},
    failure::RunFailure,
    grants::Grants,
    host::{Outside, RunState},
    limits::{Limiter, RESOURCES, RuntimeSettings},
    load::{Bound, LoadError, Untried},
    logbook::{LogLine, Logbook, Printed},
    record::{Divergence, Step, Tape},
    secrets::Keyring,
    trial::Terms,
    wasi,
};

/// Everything that a run depends on besides its call. With the same context and the same answers of the outside, a
/// plugin does the same.
#[derive(Clone, Debug)]
pub struct RunContext {
    /// Whose payment or message it is: calls for one merchant wait for each other before they wait for anybody's.
    pub merchant: String,
    /// Id of the delivery or inbox entry.
    pub owner: String,
    /// Number of the run, from 1.
    pub number: u32,
    /// When this run began, in Unix milliseconds; its clock stands there, also when it is resumed.
    pub started_at: i64,
    /// All randomness of the run.
    pub seed: [u8; 32],
    /// This very run's steps from before a crash, in order.
    pub recorded: Vec<Step>,
    /// The effect steps of the owner's earlier runs, oldest first.
    pub carried: Vec<Step>,
    /// The installation's settings, a JSON object.
    pub settings: String,
    /// The installation's rights.
    pub grants: Grants,
}

impl RunContext {
    /// Of a component that is only tried.
    fn nobodys() -> Self {
        Self {
            merchant: String::new(),
            owner: String::new(),
            number: 1,
            started_at: 0,
            seed: [0; 32],
            recorded: Vec::new(),
            carried: Vec::new(),
            settings: "{}".to_owned(),
            grants: Grants::default(),
        }
    }
}

/// What a run used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunCost {
    /// CPU slices of 5 ms.
    pub slices: u32,
    /// The most guest memory that it held at once, in bytes: memories never shrink.
    pub memory_bytes: usize,
    /// HTTP requests, those answered from the record among them.
    pub http_requests: u32,
    /// Host calls of every kind.
    pub calls: u32,
    /// Those that were answered with `not-granted`.
    pub refused: u32,
    /// Those that are in the record.
    pub steps: u32,
    /// What the record takes, in bytes of JSON.
    pub record_bytes: usize,
    /// From its start to its end, waits for its turn not counted, in milliseconds.
    pub took_ms: u64,
}

/// What a plugin answers beside an outcome; empty for calls that ask for nothing, and where it ended with an outcome of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// What a [`Call::Connect`] found.
    pub findings: Vec<Finding>,
    /// What a [`Call::Offer`] named.
    pub items: Vec<ListItem>,
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunReport {
    /// The plugin's outcome, or why there is none.
    pub end: Result<Outcome, RunFailure>,
    /// What it answered beside its outcome.
    pub answer: Answer,
    /// Steps that did not pass through [`crate::Ports::record`] yet, by index; to be kept with the end.
    pub steps: Vec<Step>,
    /// The run's log.
    pub logs: Vec<LogLine>,
    /// What it used.
    pub cost: RunCost,
}

impl RunReport {
    pub(crate) fn failed(failure: RunFailure) -> Self {
        Self {
            end: Err(failure),
            answer: Answer::default(),
            steps: Vec::new(),
            logs: Vec::new(),
            cost: RunCost::default(),
        }
    }
}

/// What a plugin said at the end of a call.
enum Said {
    End(wire::Outcome),
    Found(Vec<setup::Finding>),
    Offered(Vec<choices::ListItem>),
}

impl Said {
    fn bytes(&self) -> usize {
        match self {
            Self::End(outcome) => outcome_bytes(outcome),
            Self::Found(findings) => findings_bytes(findings),
            Self::Offered(items) => items_bytes(items),
        }
    }
}

/// What one call may use.
#[derive(Clone, Copy)]
pub(crate) struct Budget<'a> {
    limits: &'a Limits,
    stack_bytes: usize,
    fuel: Option<u64>,
}

impl<'a> Budget<'a> {
    pub(crate) fn of(settings: &'a RuntimeSettings, class: Class) -> Self {
        Self { limits: settings.limits(class), stack_bytes: settings.stack_bytes, fuel: settings.fuel }
    }
}

/// Runs one call in a fresh instance.
pub(crate) async fn call(
    budget: Budget<'_>,
    engine: &Engine,
    bound: &Bound,
    call: Call,
    context: RunContext,
    outside: Outside,
    keyring: Keyring,
) -> RunReport {
    let (bytes, most) = (call.bytes(), budget.limits.input_bytes);
    if bytes > most {
        return RunReport::failed(RunFailure::Input { bytes, most });
    }
    // Only how long it took: nothing is decided by it, and the guest never sees it.
    let started = tokio::time::Instant::now();
    let mut run = Run::new(budget, engine, Input { outside, keyring, context });
    let work = async {
        let state = run.store.data();
        let said = match call {
            Call::Deliver(delivery) => bound.deliver(&mut run.store, delivery.into()).await.map(Said::End),
            Call::Sync(delivery) => bound.sync(&mut run.store, delivery.into()).await.map(Said::End),
            Call::Inbound(request) => {
                let request = inbound_to_wire(request, &state.keyring);
                bound.handle(&mut run.store, request).await.map(Said::End)
            }
            Call::Tick(occurrence) => bound.tick(&mut run.store, occurrence.into()).await.map(Said::End),
            Call::Check => bound.check(&mut run.store).await.map(Said::End),
            Call::Connect(wish) => {
                let found = bound.connect(&mut run.store, wish.into()).await;
                found.map(|found| found.map_or_else(Said::End, Said::Found))
            }
            Call::Offer(wanted) => {
                let offered = bound.offer(&mut run.store, wanted.into()).await;
                offered.map(|offered| offered.map_or_else(Said::End, Said::Offered))
            }
        };
        let state = run.store.data_mut();
        said.map(|said| {
            let (bytes, most) = (said.bytes(), budget.limits.output_bytes);
            if bytes > most {
                state.failure = Some(RunFailure::Output { bytes, most });
            }
            match said {
                Said::End(outcome) => (Answer::default(), outcome_from_wire(outcome, &state.keyring)),
                Said::Found(findings) => {
                    let (findings, outcome) = findings_from_wire(findings, &state.keyring);
                    (Answer { findings, items: Vec::new() }, outcome)
                }
                Said::Offered(items) => {
                    let (items, outcome) = items_from_wire(items, &state.keyring);
                    (Answer { findings: Vec::new(), items }, outcome)
                }
            }
        })
    };
    let ended = tokio::time::timeout(budget.limits.wall, work).await;
    let mut report = run.report(budget, ended.ok());
    report.cost.took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    report
}

/// Makes an instance and calls nothing. What its start may compute is bounded by the process around it.
pub(crate) async fn attempt(terms: &Terms, engine: &Engine, bound: &Bound, outside: Outside) -> Result<(), LoadError> {
    let Terms { limits, stack_bytes, fuel } = terms;
    let budget = Budget { limits, stack_bytes: *stack_bytes, fuel: *fuel };
    let mut run =
        Run::new(budget, engine, Input { outside, keyring: Keyring::default(), context: RunContext::nobodys() });
    match bound.attempt(&mut run.store).await {
        Ok(()) => Ok(()),
        Err(Untried::Start(error)) => Err(LoadError::DoesNotStart(run.why(budget, &error).to_string())),
        Err(Untried::Shape(error)) => Err(LoadError::Incompatible(format!("{error:#}"))),
    }
}

struct Input {
    outside: Outside,
    keyring: Keyring,
    context: RunContext,
}

struct Run {
    store: Store<RunState>,
    output: Printed,
    errors: Printed,
}

impl Run {
    fn new(budget: Budget<'_>, engine: &Engine, input: Input) -> Self {
        let room = budget.limits.log_lines * budget.limits.log_line_bytes;
        let (output, errors) = (Printed::new(room), Printed::new(room));
        let context = input.context;
        let mut table = ResourceTable::new();
        table.set_max_capacity(RESOURCES);
        let state = RunState {
            wasi: wasi::context(context.started_at, context.seed, &output, &errors),
            table,
            limiter: Limiter::new(budget.limits),
            tape: Tape::new(input.outside.mode, context.recorded, context.carried),
            logbook: Logbook::new(budget.limits.log_lines, budget.limits.log_line_bytes),
            keyring: input.keyring,
            grants: context.grants,
            settings: context.settings,
            now: context.started_at,
            outside: input.outside,
            steps_max: budget.limits.steps,
            record_max: budget.limits.record_bytes,
            requests_left: budget.limits.http_requests,
            calls: 0,
            refused: 0,
            slices_left: budget.limits.cpu_slices,
            waited: false,
            failure: None,
        };
        let mut store = Store::new(engine, state);
        store.limiter(|state| &mut state.limiter);
        store.set_hostcall_fuel(budget.limits.hostcall_bytes);
        store.set_max_component_handles(budget.limits.handles);
        match budget.fuel {
            Some(fuel) => store.set_fuel(fuel).expect("the engine counts fuel where the settings say so"),
            None => cut_into_slices(&mut store, budget.limits.cpu_slices),
        }
        Self { store, output, errors }
    }

    /// `ended` is none when the deadline passed first.
    fn report(mut self, budget: Budget<'_>, ended: Option<wasmtime::Result<(Answer, Outcome)>>) -> RunReport {
        let mut answer = Answer::default();
        let end = match ended {
            None => Err(RunFailure::Wall(budget.limits.wall)),
            Some(Err(error)) => Err(self.why(budget, &error)),
            Some(Ok((said, outcome))) => match self.store.data().tape.finish() {
                Ok(()) => match self.store.data_mut().failure.take() {
                    None => {
                        answer = said;
                        Ok(outcome)
                    }
                    Some(failure) => Err(failure),
                },
                Err(Divergence { index, detail }) => Err(RunFailure::Diverged { index, detail }),
            },
        };
        let mut state = self.store.into_data();
        for (level, printed) in [("info", &self.output), ("warn", &self.errors)] {
            for line in printed.text().lines().filter(|line| !line.is_empty()) {
                state.logbook.write(level, line.to_owned(), Vec::new(), &state.keyring);
            }
        }
        let cost = RunCost {
            slices: budget.limits.cpu_slices - state.slices_left,
            memory_bytes: state.limiter.memory_bytes(),
            http_requests: budget.limits.http_requests - state.requests_left,
            calls: state.calls,
            refused: state.refused,
            steps: state.tape.length(),
            record_bytes: state.tape.bytes(),
            took_ms: 0,
        };
        RunReport { end, answer, steps: state.tape.take_unrecorded(), logs: state.logbook.finish(), cost }
    }

    fn why(&mut self, budget: Budget<'_>, error: &wasmtime::Error) -> RunFailure {
        let state = self.store.data_mut();
        if let Some(failure) = state.failure.take() {
            return failure;
        }
        if let Some(missing) = error.downcast_ref::<NotOffered>() {
            return RunFailure::NotOffered(missing.0);
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => return RunFailure::Cpu { slices: budget.limits.cpu_slices },
            Some(Trap::StackOverflow) => return RunFailure::Stack { bytes: budget.stack_bytes },
            _ => {}
        }
        if state.limiter.refused() {
            return RunFailure::Memory { bytes: budget.limits.memory_bytes };
        }
        RunFailure::Trap(state.keyring.scrub(format!("{:#}", error.root_cause())))
    }
}

/// Bounds a guest by slices of time, and lets others work between two of them.
fn cut_into_slices(store: &mut Store<RunState>, budget: u32) {
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(move |mut context| {
        let state = context.data_mut();
        // The slice in which the guest waited is the host's; steps are counted, so this cannot be had for ever.
        if std::mem::take(&mut state.waited) {
            return Ok(UpdateDeadline::Continue(1));
        }
        if state.slices_left == 0 {
            state.failure = Some(RunFailure::Cpu { slices: budget });
            return Err(wasmtime::Error::msg("CPU budget used up"));
        }
        state.slices_left -= 1;
        // A real yield: the engine's own would wake at once, and timers and sockets would starve.
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
    });
}

/// The plugin exports no such interface.
#[derive(Debug, thiserror::Error)]
#[error("this plugin does not offer `{0}`")]
pub(crate) struct NotOffered(pub(crate) &'static str);
