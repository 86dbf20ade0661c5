//! Inside the compile worker: takes every right away from itself, then compiles what it reads. It holds nothing but the
//! component, and it never runs one.

use std::{
    io::{self, Read, Write},
    process::ExitCode,
};

use super::frame::{self, Head};
use crate::engine::{self, Flavour};

/// How far the worker stands back for the server.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// What the parent asks for on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) flavour: Flavour,
    pub(super) memory_bytes: u64,
    pub(super) cpu_seconds: u64,
}

impl Order {
    pub(super) fn arguments(self) -> [String; 3] {
        [self.flavour.word().to_owned(), self.memory_bytes.to_string(), self.cpu_seconds.to_string()]
    }

    fn read(mut arguments: impl Iterator<Item = String>) -> Option<Self> {
        let order = Self {
            flavour: Flavour::from_word(&arguments.next()?)?,
            memory_bytes: arguments.next()?.parse().ok()?,
            cpu_seconds: arguments.next()?.parse().ok()?,
        };
        arguments.next().is_none().then_some(order)
    }
}

pub(super) fn run(arguments: impl Iterator<Item = String>) -> ExitCode {
    let Some(order) = Order::read(arguments) else {
        return complain("compile-plugin is started by the server alone");
    };
    match work(order) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&format!("the compile worker cannot work: {error}")),
    }
}

fn work(order: Order) -> io::Result<()> {
    let mut unconfined = bound(order);
    let mut component = Vec::new();
    io::stdin().lock().read_to_end(&mut component)?;
    let engine = engine::compiling(order.flavour).map_err(io::Error::other)?;
    // Last, just before the first byte from outside is looked at: the compiler needs memory and nothing else.
    unconfined.extend(confined());
    let compiled = engine.precompile_component(&component);
    let (invalid, artefact) = match compiled {
        Ok(artefact) => (None, artefact),
        Err(error) => (Some(frame::shortened(&format!("{error:#}"))), Vec::new()),
    };
    let head = Head { invalid, artefact_bytes: artefact.len(), unconfined };
    frame::write(&mut io::stdout().lock(), &head, &artefact)
}

fn complain(line: &str) -> ExitCode {
    // Nobody is left to tell if stderr is gone.
    let _ = writeln!(io::stderr(), "{line}");
    ExitCode::FAILURE
}

/// Takes limits; answers those that the system did not set.
#[cfg(target_os = "linux")]
fn bound(order: Order) -> Vec<String> {
    use rustix::process::{
        Resource, Rlimit, Signal, nice, set_dumpable_behavior, set_parent_process_death_signal, setrlimit,
    };
    let limit = |name: &str, resource, most: u64| {
        let set = setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
        set.err().map(|error| format!("{name}: {error}"))
    };
    // The hard limit kills without a word that could be told apart; so it comes a second after the soft one.
    let cpu = Rlimit { current: Some(order.cpu_seconds), maximum: Some(order.cpu_seconds + 1) };
    [
        setrlimit(Resource::Cpu, cpu).err().map(|error| format!("CPU time: {error}")),
        limit("address space", Resource::As, order.memory_bytes),
        limit("open files", Resource::Nofile, 8),
        limit("core dumps", Resource::Core, 0),
        limit("file size", Resource::Fsize, 0),
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
fn bound(_: Order) -> Vec<String> {
    vec!["limits: only Linux has them".to_owned()]
}

#[cfg(not(target_os = "linux"))]
fn confined() -> Option<String> {
    Some("system calls: only Linux can refuse them".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_survives_the_command_line() {
        let order = Order { flavour: Flavour::Fuel, memory_bytes: 7, cpu_seconds: 9 };
        assert_eq!(Order::read(order.arguments().into_iter()), Some(order));
        assert_eq!(Order::read(["slices"].map(str::to_owned).into_iter()), None);
        assert_eq!(Order::read(["slices", "1", "1", "--help"].map(str::to_owned).into_iter()), None);
    }
}
