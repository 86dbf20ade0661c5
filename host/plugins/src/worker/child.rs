//! Inside the worker: takes every right away from itself, then compiles what it reads, or makes an instance of it. It holds
//! nothing but the component.

use std::{
    io::{self, Read, Write},
    process::ExitCode,
};

use super::frame::{self, Head, Wrong};
use crate::{
    compiled::Verified,
    engine::{self, Flavour},
    load::LoadError,
    trial::{self, Terms},
};

/// How far the worker stands back for the server.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// What the parent asks for on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) flavour: Flavour,
    pub(super) cpu_seconds: u64,
    pub(super) task: Task,
}

/// What is to be done with the bytes from standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// They are a component, to be compiled.
    Compile {
        /// Address space.
        memory_bytes: u64,
    },
    /// They are an artefact, of which an instance is to be made. The address space has no limit, because an instance reserves
    /// far more of it than it may ever use; what it uses is bounded by its own limits.
    Try(Box<Terms>),
}

impl Order {
    pub(super) fn arguments(&self) -> [String; 4] {
        let (word, terms) = match &self.task {
            Task::Compile { memory_bytes } => ("compile", memory_bytes.to_string()),
            Task::Try(terms) => ("try", serde_json::to_string(terms).expect("terms are numbers")),
        };
        [self.flavour.word().to_owned(), self.cpu_seconds.to_string(), word.to_owned(), terms]
    }

    fn read(mut arguments: impl Iterator<Item = String>) -> Option<Self> {
        let flavour = Flavour::from_word(&arguments.next()?)?;
        let cpu_seconds = arguments.next()?.parse().ok()?;
        let (word, terms) = (arguments.next()?, arguments.next()?);
        let task = match word.as_str() {
            "compile" => Task::Compile { memory_bytes: terms.parse().ok()? },
            "try" => Task::Try(serde_json::from_str(&terms).ok()?),
            _ => return None,
        };
        arguments.next().is_none().then_some(Self { flavour, cpu_seconds, task })
    }
}

pub(super) fn run(arguments: impl Iterator<Item = String>) -> ExitCode {
    let Some(order) = Order::read(arguments) else {
        return complain("compile-plugin is started by the server alone");
    };
    match work(&order) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&format!("the compile worker cannot work: {error}")),
    }
}

fn work(order: &Order) -> io::Result<()> {
    let mut unconfined = bound(order);
    let mut given = Vec::new();
    io::stdin().lock().read_to_end(&mut given)?;
    let done = match &order.task {
        Task::Compile { .. } => {
            let engine = engine::compiling(order.flavour).map_err(io::Error::other)?;
            // Last, just before the first byte from outside is looked at: the compiler needs memory and nothing else.
            unconfined.extend(confined());
            engine.precompile_component(&given).map_err(|error| Wrong::Invalid(frame::shortened(&format!("{error:#}"))))
        }
        Task::Try(terms) => {
            let engine = engine::trying(order.flavour, terms.stack_bytes).map_err(io::Error::other)?;
            let runtime = tokio::runtime::Builder::new_current_thread().build()?;
            unconfined.extend(confined());
            // These bytes are the answer of the worker before this one, from the server's own hand.
            let artefact = Verified::from_worker(given);
            runtime.block_on(trial::attempt(&engine, terms, &artefact)).map(|()| Vec::new()).map_err(wrong)
        }
    };
    let (wrong, artefact) = match done {
        Ok(artefact) => (None, artefact),
        Err(wrong) => (Some(wrong), Vec::new()),
    };
    let head = Head { wrong, artefact_bytes: artefact.len(), unconfined };
    frame::write(&mut io::stdout().lock(), &head, &artefact)
}

fn wrong(error: LoadError) -> Wrong {
    match error {
        LoadError::DoesNotStart(why) => Wrong::DoesNotStart(frame::shortened(&why)),
        LoadError::Incompatible(why) => Wrong::Incompatible(frame::shortened(&why)),
        other => Wrong::Incompatible(frame::shortened(&other.to_string())),
    }
}

fn complain(line: &str) -> ExitCode {
    // Nobody is left to tell if stderr is gone.
    let _ = writeln!(io::stderr(), "{line}");
    ExitCode::FAILURE
}

/// Takes limits; answers those that the system did not set.
#[cfg(target_os = "linux")]
fn bound(order: &Order) -> Vec<String> {
    use rustix::process::{
        Resource, Rlimit, Signal, nice, set_dumpable_behavior, set_parent_process_death_signal, setrlimit,
    };
    let limit = |name: &str, resource, most: u64| {
        let set = setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
        set.err().map(|error| format!("{name}: {error}"))
    };
    // The hard limit kills without a word that could be told apart; so it comes a second after the soft one.
    let memory_bytes = match &order.task {
        Task::Compile { memory_bytes } => Some(*memory_bytes),
        Task::Try(_) => None,
    };
    let cpu = Rlimit { current: Some(order.cpu_seconds), maximum: Some(order.cpu_seconds + 1) };
    [
        setrlimit(Resource::Cpu, cpu).err().map(|error| format!("CPU time: {error}")),
        memory_bytes.and_then(|most| limit("address space", Resource::As, most)),
        limit("open files", Resource::Nofile, 64),
        limit("core dumps", Resource::Core, 0),
        // A memory's first contents count as a file.
        memory_bytes.and_then(|_| limit("file size", Resource::Fsize, 0)),
        nice(NICE).err().map(|error| format!("priority: {error}")),
        // A server that dies leaves no worker behind.
        set_parent_process_death_signal(Some(Signal::KILL)).err().map(|error| format!("end with the server: {error}")),
        // Nobody of the same user may look into it.
        set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)
            .err()
            .map(|error| format!("closed memory: {error}")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(target_os = "linux")]
fn confined() -> Option<String> {
    super::confined::confine_this_thread().err().map(|error| format!("system calls: {error}"))
}

#[cfg(not(target_os = "linux"))]
fn bound(_: &Order) -> Vec<String> {
    vec!["limits: only Linux has them".to_owned()]
}

#[cfg(not(target_os = "linux"))]
fn confined() -> Option<String> {
    Some("system calls: only Linux can refuse them".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{contract::Class, limits::RuntimeSettings};

    #[test]
    fn the_order_survives_the_command_line() {
        let terms = Terms::of(&RuntimeSettings::default(), Class::Script);
        for task in [Task::Compile { memory_bytes: 7 }, Task::Try(Box::new(terms))] {
            let order = Order { flavour: Flavour::Fuel, cpu_seconds: 9, task };
            assert_eq!(Order::read(order.arguments().into_iter()), Some(order));
        }
        assert_eq!(Order::read(["slices"].map(str::to_owned).into_iter()), None);
        assert_eq!(Order::read(["slices", "1", "compile", "1", "--help"].map(str::to_owned).into_iter()), None);
    }
}
