//! The row about cores: how many fresh calls a second one thread for guests gets through, and two.

use std::sync::Arc;

use kamurj_plugins::{Plugin, Runtime};
use tokio::runtime;
use tokio::task::JoinSet;

use crate::Failed;
use crate::bare::{self, Bare};
use crate::calls::{Lane, body, context, message};
use crate::ports::InMemory;
use crate::row::{Book, Row, say};
use crate::times::{as_float, nanos, now};

/// Callers at once, each a merchant of its own; the gate lets in so many of one plugin.
const CALLERS: usize = 16;

/// Measures the row.
pub(crate) fn measure(book: &mut Book, lane: &Lane, quick: bool) -> Result<(), Failed> {
    let (rounds, count) = if quick { (3, 2_000) } else { (9, 8_000) };
    say(&format!("     threads: {rounds} rounds of {count} calls …"));
    let two = lane.another(2)?;
    // A plugin belongs to the runtime that loaded it; its code is kept from the first time.
    let theirs = lane.host.block_on(two.load(lane.component.clone()))?;
    let (mut ours, mut bares) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    for round in 0..=rounds {
        let seen =
            [runtime_rate(lane, (&lane.runtime, &lane.plugin), count)?, runtime_rate(lane, (&two, &theirs), count)?];
        let baseline = [bare_rate(&lane.bare, 1, count)?, bare_rate(&lane.bare, 2, count)?];
        if round > 0 {
            for at in 0..2 {
                ours[at].push(seen[at]);
                bares[at].push(baseline[at]);
            }
        }
    }
    let [one, two] = ours.map(middle);
    let [bare_one, bare_two] = bares.map(middle);
    let row = |what: &str, figure| Row::new("threads", what, figure, "calls/s");
    book.write(
        &row("fresh calls, two threads for guests", two)
            .beside("one thread", one)
            .aiming("≥ 1.3 ×", |ratio| ratio >= 1.3)
            .noting(format!("{CALLERS} callers at once")),
    )?;
    book.write(&row("bare wasmtime, two threads", bare_two).beside("one thread", bare_one))?;
    book.write(&row("fresh calls, one thread for guests", one).beside("bare wasmtime, one thread", bare_one))
}

fn middle(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or(0.0)
}

fn runtime_rate(lane: &Lane, (runtime, plugin): (&Runtime, &Arc<Plugin>), count: usize) -> Result<f64, Failed> {
    lane.host.block_on(async {
        let began = now();
        let mut callers = JoinSet::new();
        for caller in 0..CALLERS {
            let (runtime, plugin) = (runtime.clone(), Arc::clone(plugin));
            callers.spawn(async move {
                let (ports, merchant) = (Arc::new(InMemory::default()), format!("mer_{caller}"));
                for _ in 0..count / CALLERS {
                    let report = runtime.call(&plugin, message("echo"), context(&merchant), ports.clone()).await;
                    report.end?;
                }
                Ok::<(), Failed>(())
            });
        }
        while let Some(ended) = callers.join_next().await {
            ended??;
        }
        Ok(rate(count, nanos(began.elapsed())))
    })
}

fn bare_rate(bare: &Bare, threads: usize, count: usize) -> Result<f64, Failed> {
    let began = now();
    let request = bare::request("echo", &body());
    std::thread::scope(|scope| {
        let work = || {
            let alone = runtime::Builder::new_current_thread().build()?;
            alone.block_on(async {
                for _ in 0..count / threads {
                    bare.call(&request).await?;
                }
                Ok::<(), Failed>(())
            })
        };
        let started: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        started.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a thread broke")?)
    })?;
    Ok(rate(count, nanos(began.elapsed())))
}

fn rate(count: usize, nanos: u64) -> f64 {
    as_float(count as u64) * 1e9 / as_float(nanos)
}
