//! The row about the first-party plugins: how large each component is, before and after it is compiled, and what one call
//! takes that does something, in a fresh instance, as the server makes it. Beside the least guest, in turns. Whom a plugin
//! calls answers at once and in this process, so that no network is in the figures.

use std::fs;
use std::sync::Arc;

use kamurj_egress::Egress;
use kamurj_plugin_build::FIRST_PARTY;
use kamurj_plugins::{Call, OutcomeKind, Plugin, RunContext, RunCost, RunReport, Runtime};
use tempfile::TempDir;
use tokio::runtime;

use crate::ports::InMemory;
use crate::row::{Book, Row, say, sig};
use crate::services::{self, Services};
use crate::times::{Times, as_float, nanos, now};
use crate::{Failed, bare, calls};

/// What the others stand beside: a guest that answers its input in capitals.
const LEAST: &str = "the least guest";

/// A component, what it is asked, and what that took.
struct Guest {
    name: &'static str,
    /// What a call of it does, for people.
    does: &'static str,
    plugin: Arc<Plugin>,
    call: Call,
    context: RunContext,
    /// HTTP requests that a call makes if all goes well.
    requests: u32,
    /// Its size, and that of its machine code.
    bytes: (usize, usize),
    times: Times,
    cost: RunCost,
}

/// Measures the row.
pub(crate) fn measure(book: &mut Book, measured: &[u8], quick: bool) -> Result<(), Failed> {
    let host = runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let folder = TempDir::new()?;
    let egress = Egress::through(Vec::new(), Arc::new(Services));
    let runtime = calls::with_threads(1, folder.path(), &host, egress)?;
    let load = |component: &[u8]| -> Result<_, Failed> {
        let plugin = host.block_on(runtime.load(component.to_vec()))?;
        Ok((plugin, (component.len(), bare::compiled(folder.path(), component)?.len())))
    };
    say(&format!("     plugins: build and compile {} …", FIRST_PARTY.join(", ")));
    let (plugin, bytes) = load(measured)?;
    let (call, context) = (calls::message("echo"), calls::context("mer_1"));
    let (times, cost) = (Times::default(), RunCost::default());
    let mut guests =
        vec![Guest { name: LEAST, does: "1 KiB in and out", plugin, call, context, requests: 0, bytes, times, cost }];
    for name in FIRST_PARTY {
        let component = fs::read(kamurj_plugin_build::build(&format!("kamurj-plugin-{name}"))?)?;
        let asked = services::asked(name)?;
        let grants = services::granted(&kamurj_manifest::read(&component)?, &asked);
        let context = RunContext { settings: asked.settings.to_string(), grants, ..calls::context("mer_1") };
        let (plugin, bytes) = load(&component)?;
        guests.push(Guest {
            name,
            does: asked.does,
            plugin,
            call: asked.call,
            context,
            requests: asked.requests,
            bytes,
            times: Times::default(),
            cost: RunCost::default(),
        });
    }
    let (rounds, count) = if quick { (5, 100) } else { (15, 400) };
    say(&format!("     plugins: {rounds} rounds of {count} calls of each …"));
    // The first round warms everything up and does not count.
    for round in 0..=rounds {
        for guest in &mut guests {
            let (times, cpu) = calls::timed(count, |times| host.block_on(guest.called(&runtime, times)))?;
            if round > 0 {
                guest.times.add(times, cpu);
            }
        }
    }
    tell(book, &guests)
}

impl Guest {
    /// Each call meets an installation that was never called before.
    async fn called(&mut self, runtime: &Runtime, times: &mut [u64]) -> Result<(), Failed> {
        for time in times {
            let (call, context, ports) = (self.call.clone(), self.context.clone(), Arc::new(InMemory::default()));
            let began = now();
            let report = runtime.call(&self.plugin, call, context, ports).await;
            *time = nanos(began.elapsed());
            self.cost = report.cost;
            self.did_it(report)?;
        }
        Ok(())
    }

    /// A call that did not reach its service would be a fast one.
    fn did_it(&self, report: RunReport) -> Result<(), Failed> {
        let outcome = report.end?;
        if outcome.kind != OutcomeKind::Done {
            return Err(format!("{}: a call ended {:?}: {}", self.name, outcome.kind, outcome.message).into());
        }
        if report.cost.http_requests != self.requests {
            return Err(format!("{}: {} requests were sent", self.name, report.cost.http_requests).into());
        }
        match report.logs.iter().find(|line| matches!(line.level.as_str(), "warn" | "error")) {
            Some(line) => Err(format!("{}: {} {:?}", self.name, line.message, line.fields).into()),
            None => Ok(()),
        }
    }

    fn spread(&self) -> String {
        let us = |nanos: f64| sig(nanos / 1e3);
        format!("p99 {} µs, {} µs of processor time", us(self.times.p99()), us(self.times.cpu_each()))
    }
}

fn tell(book: &mut Book, guests: &[Guest]) -> Result<(), Failed> {
    let Some((least, plugins)) = guests.split_first() else { return Ok(()) };
    let size = |bytes: usize| as_float(bytes as u64);
    for guest in plugins {
        let name = guest.name;
        book.write(
            &Row::new("plugins", format!("{name}: its component"), size(guest.bytes.0), "bytes")
                .beside(LEAST, size(least.bytes.0)),
        )?;
        book.write(
            &Row::new("plugins", format!("{name}: its component compiled"), size(guest.bytes.1), "bytes")
                .beside(LEAST, size(least.bytes.1)),
        )?;
        let cost = &guest.cost;
        let note = format!(
            "{}; {LEAST}: {}; {} host calls, of which {} HTTP, answered at once in the process; {} KiB of guest memory",
            guest.spread(),
            least.spread(),
            cost.calls,
            cost.http_requests,
            cost.memory_bytes / 1024,
        );
        book.write(
            &Row::new("plugins", format!("{name}: fresh call, {}", guest.does), guest.times.median() / 1e3, "µs")
                .beside(format!("{LEAST}, {}", least.does), least.times.median() / 1e3)
                .noting(note),
        )?;
    }
    Ok(())
}
