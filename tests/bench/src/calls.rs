//! The rows about calls: a fresh instance with 1 KiB in and out, the same with three recorded host calls, and how both
//! share cores. All contenders take turns, round by round, so that what else the machine does meets all of them.

use std::path::Path;
use std::sync::Arc;

use kamurj_egress::Egress;
use kamurj_plugins::{Call, CompileSettings, Grants, InboundRequest, Plugin, RunContext, Runtime, RuntimeSettings};
use tempfile::TempDir;
use tokio::runtime;
use zeroize::Zeroizing;

use crate::bare::{self, Bare};
use crate::extism::Extism;
use crate::ports::InMemory;
use crate::row::{Book, Row, say, sig};
use crate::times::{Times, nanos, now};
use crate::{Failed, process, threads};

/// What goes in, and in capitals comes out.
pub(crate) const BYTES: usize = 1024;
const FRESH_AIM: &str = "≤ 1.3 ×";

/// The runtimes that all rows about calls use.
pub(crate) struct Lane {
    pub(crate) runtime: Runtime,
    pub(crate) plugin: Arc<Plugin>,
    pub(crate) bare: Arc<Bare>,
    /// Where the server's part would run.
    pub(crate) host: runtime::Runtime,
    pub(crate) component: Vec<u8>,
    folder: TempDir,
}

impl Lane {
    fn open(component: &[u8]) -> Result<Self, Failed> {
        let host = runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let folder = TempDir::new()?;
        let runtime = with_threads(1, folder.path(), &host, Egress::new(Vec::new()))?;
        let plugin = host.block_on(runtime.load(component.to_vec()))?;
        bare::runs_the_same(folder.path(), component)?;
        Ok(Self { runtime, plugin, bare: Arc::new(Bare::new(component)?), host, component: component.to_vec(), folder })
    }

    /// A runtime beside the first, with so many threads for guests.
    pub(crate) fn another(&self, threads: usize) -> Result<Runtime, Failed> {
        with_threads(threads, self.folder.path(), &self.host, Egress::new(Vec::new()))
    }
}

/// A runtime with so many threads for guests, which keeps what it compiles in `folder`.
pub(crate) fn with_threads(
    threads: usize,
    folder: &Path,
    host: &runtime::Runtime,
    egress: Egress,
) -> Result<Runtime, Failed> {
    let settings = RuntimeSettings { threads: Some(threads), ..RuntimeSettings::default() };
    let compile = CompileSettings::new(folder.to_owned(), Zeroizing::new([1; 32]));
    Ok(Runtime::new(settings, compile, egress, host.handle().clone())?)
}

/// The text that goes in.
pub(crate) fn body() -> Vec<u8> {
    b"kamurj, a bridge; ".iter().copied().cycle().take(BYTES).collect()
}

/// What a run depends on besides its call.
pub(crate) fn context(merchant: &str) -> RunContext {
    RunContext {
        merchant: merchant.to_owned(),
        owner: "inb_1".to_owned(),
        number: 1,
        started_at: 1_700_000_000_123,
        seed: [7; 32],
        recorded: Vec::new(),
        carried: Vec::new(),
        settings: "{}".to_owned(),
        grants: Grants::default(),
    }
}

pub(crate) fn message(path: &str) -> Call {
    Call::Inbound(InboundRequest {
        id: "inb_1".to_owned(),
        path: path.to_owned(),
        method: "POST".to_owned(),
        query: Vec::new(),
        headers: Vec::new(),
        body: body(),
        received_at: 1_700_000_000_123,
        run: 1,
        extra: Vec::new(),
    })
}

/// Measures those of the three rows that are wanted.
pub(crate) fn measure(
    book: &mut Book,
    component: &[u8],
    other: Option<(&Path, &Path)>,
    quick: bool,
    wants: &impl Fn(&str) -> bool,
) -> Result<(), Failed> {
    say("     start the runtimes, compile the guest …");
    let lane = Lane::open(component)?;
    let mut other = other.map(|(program, plugin)| Extism::start(program, plugin)).transpose()?;
    let (rounds, count) = if quick { (5, 300) } else { (25, 1_000) };
    if wants("fresh") {
        say(&format!("     fresh: {rounds} rounds of {count} calls …"));
        let seen = contend(&lane, "echo", other.as_mut(), rounds, count)?;
        tell(book, "fresh", "fresh call, 1 KiB in and out", &seen)?;
    }
    if wants("recorded") {
        say(&format!("     recorded: {rounds} rounds of {count} calls …"));
        let seen = contend(&lane, "state", other.as_mut(), rounds, count)?;
        tell(book, "recorded", "fresh call with three recorded host calls", &seen)?;
    }
    if wants("threads") {
        threads::measure(book, &lane, quick)?;
    }
    Ok(())
}

/// Everybody's times.
#[derive(Default)]
struct Seen {
    /// As the server calls: guests on their own threads.
    ours: Times,
    /// Guests on the caller's thread.
    here: Times,
    bare: Times,
    /// The bare call, handed to a thread of another tokio runtime and waited for.
    handed: Times,
    extism: Times,
    reused: Times,
}

fn contend(
    lane: &Lane,
    path: &'static str,
    mut other: Option<&mut Extism>,
    rounds: usize,
    count: usize,
) -> Result<Seen, Failed> {
    let alone = runtime::Builder::new_current_thread().enable_all().build()?;
    let guests = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let here = lane.runtime.beside(Egress::new(Vec::new()), alone.handle().clone());
    let request = Arc::new(bare::request(path, &body()));
    let expected = String::from_utf8(body())?.to_ascii_uppercase();
    let mut seen = Seen::default();
    // The first round warms everything up and does not count.
    for round in 0..=rounds {
        let ours = timed(count, |times| lane.host.block_on(call(&lane.runtime, lane, path, &expected, times)))?;
        let same = timed(count, |times| alone.block_on(call(&here, lane, path, &expected, times)))?;
        let bare = timed(count, |times| {
            alone.block_on(async {
                for time in times {
                    let began = now();
                    let answer = lane.bare.call(&request).await?;
                    *time = nanos(began.elapsed());
                    is_right(&answer, &expected)?;
                }
                Ok(())
            })
        })?;
        let handed = timed(count, |times| {
            lane.host.block_on(async {
                for time in times {
                    let (bare, request) = (Arc::clone(&lane.bare), Arc::clone(&request));
                    let began = now();
                    let answer = guests.spawn(async move { bare.call(&request).await }).await??;
                    *time = nanos(began.elapsed());
                    is_right(&answer, &expected)?;
                }
                Ok(())
            })
        })?;
        let extism = other.as_mut().map(|other| other.calls(path, count)).transpose()?;
        let reused = other.as_mut().map(|other| other.calls("reused", count)).transpose()?;
        if round == 0 {
            continue;
        }
        let named =
            [(&mut seen.ours, ours), (&mut seen.here, same), (&mut seen.bare, bare), (&mut seen.handed, handed)];
        for (times, (round, cpu)) in named {
            times.add(round, cpu);
        }
        for (times, round) in [(&mut seen.extism, extism), (&mut seen.reused, reused)] {
            if let Some((round, cpu)) = round {
                times.add(round, cpu);
            }
        }
    }
    Ok(seen)
}

/// The runtime's whole call, so many times.
async fn call(runtime: &Runtime, lane: &Lane, path: &str, expected: &str, times: &mut [u64]) -> Result<(), Failed> {
    let ports = Arc::new(InMemory::default());
    for time in times {
        let (message, context) = (message(path), context("mer_1"));
        let began = now();
        let report = runtime.call(&lane.plugin, message, context, ports.clone()).await;
        *time = nanos(began.elapsed());
        let outcome = report.end?;
        is_right(outcome.extra.first().map_or("", |(_, text)| text), expected)?;
        if path == "state" && report.steps.len() != 3 {
            return Err(format!("{} steps were recorded", report.steps.len()).into());
        }
    }
    Ok(())
}

/// So many times of `work`, in nanoseconds, and the processor time of the whole process meanwhile.
pub(crate) fn timed(
    count: usize,
    work: impl FnOnce(&mut [u64]) -> Result<(), Failed>,
) -> Result<(Vec<u64>, u64), Failed> {
    let mut times = vec![0; count];
    let before = process::cpu(process::SELF, None);
    work(&mut times)?;
    Ok((times, process::cpu(process::SELF, None) - before))
}

fn is_right(answer: &str, expected: &str) -> Result<(), Failed> {
    if answer == expected { Ok(()) } else { Err(format!("the guest answered {answer:?}").into()) }
}

fn tell(book: &mut Book, name: &'static str, what: &str, seen: &Seen) -> Result<(), Failed> {
    let us = |nanos: f64| nanos / 1e3;
    let spread =
        |times: &Times| format!("p99 {} µs, {} µs of processor time", sig(us(times.p99())), sig(us(times.cpu_each())));
    let row = |what: &str, times: &Times, name_of: &str, baseline: &Times| {
        let note = format!("{}; {name_of}: {}", spread(times), spread(baseline));
        Row::new(name, what, us(times.median()), "µs").beside(name_of, us(baseline.median())).noting(note)
    };
    let aim = |row: Row| if name == "fresh" { row.aiming(FRESH_AIM, |ratio| ratio <= 1.3) } else { row };
    let here = format!("{what}, on the caller's thread");
    book.write(&aim(row(what, &seen.ours, "bare wasmtime", &seen.bare)))?;
    book.write(&row(what, &seen.ours, "bare wasmtime, handed to another thread", &seen.handed))?;
    book.write(&aim(row(&here, &seen.here, "bare wasmtime", &seen.bare)))?;
    if seen.extism.median() > 0.0 {
        book.write(&row(what, &seen.ours, "Extism, fresh plugin", &seen.extism))?;
        book.write(&row(&here, &seen.here, "Extism, fresh plugin", &seen.extism))?;
        if name == "fresh" {
            book.write(&row(what, &seen.ours, "Extism, one plugin reused", &seen.reused))?;
        }
    }
    Ok(())
}
