//! `kamurj-simulate`: runs worlds and says what came of them.

use clap::Parser;
use kamurj_simulation::run::{Run, Sum, run};
use kamurj_simulation::say;
use kamurj_simulation::world::Report;
use kamurj_store::defect::Defect;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Runs the whole host under a seeded scheduler with faults, and audits what is left.
#[derive(Parser)]
struct Options {
    /// Orders in all.
    #[arg(long, default_value_t = 1_000)]
    orders: u64,
    /// The seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Replays this world alone and prints every step.
    #[arg(long)]
    world: Option<u64>,
    /// Orders in each world.
    #[arg(long, default_value_t = 250)]
    per_world: u64,
    /// One buyer in so many buys in the shop that has plugins; 0: none.
    #[arg(long, default_value_t = 20)]
    bakery: u64,
    /// Nothing goes wrong.
    #[arg(long)]
    calm: bool,
    /// Threads; as many as there are cores.
    #[arg(long)]
    threads: Option<usize>,
    /// Seeds a defect into the host.
    #[arg(long, value_parser = defect)]
    defect: Option<Defect>,
}

fn defect(name: &str) -> Result<Defect, String> {
    Defect::ALL
        .into_iter()
        .find(|defect| format!("{defect:?}") == name)
        .ok_or_else(|| format!("one of {:?}", Defect::ALL))
}

#[expect(clippy::disallowed_methods, reason = "the run time of the command is part of what it says")]
fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    if words.next().as_deref() == Some(kamurj_plugins::COMPILE_COMMAND) {
        return kamurj_plugins::compile_plugin(words);
    }
    let options = Options::parse();
    let mut plan = Run::of(options.orders, options.seed);
    plan.per_world = options.per_world.max(1);
    plan.world = options.world;
    plan.shown = options.world.is_some();
    plan.bakery = options.bakery;
    plan.rough = !options.calm;
    plan.defect = options.defect;
    plan.threads = options.threads.unwrap_or(plan.threads);
    let began = Instant::now();
    let told = |report: &Report| {
        if report.world % 20 == 19 {
            say(&format!("     world {} is done after {}", report.world, took(began.elapsed())));
        }
    };
    let sum = run(plan, told);
    tell(&options, &sum, began.elapsed())
}

fn tell(options: &Options, sum: &Sum, time: Duration) -> ExitCode {
    for (name, count) in &sum.counts {
        say(&format!("{count:>10} {name}"));
    }
    let worlds = sum.worlds.len();
    let kinds = ["LOST", "DUPLICATED"]
        .map(|kind| sum.failed().flat_map(|report| &report.violations).filter(|line| line.contains(kind)).count());
    let all: usize = sum.failed().map(|report| report.violations.len()).sum();
    let [lost, duplicated] = kinds;
    for report in sum.failed().take(2) {
        say(&format!("FAIL world {} with seed {}; its last steps:", report.world, options.seed));
        for line in &report.tail {
            say(&format!("     {line}"));
        }
        for line in report.violations.iter().take(20) {
            say(&format!("FAIL {line}"));
        }
        let Options { orders, seed, per_world, bakery, .. } = options;
        let world = report.world;
        say(&format!(
            "Replay: kamurj-simulate --orders {orders} --seed {seed} --per-world {per_world} --bakery {bakery} --world {world}"
        ));
    }
    if let [only] = sum.worlds.as_slice() {
        say(&format!("trace {}", only.trace));
    }
    let rest = all - lost - duplicated;
    say(&format!(
        "{} orders in {worlds} worlds with seed {}: {lost} lost, {duplicated} duplicated, {rest} invariants broken; took {}",
        sum.counts.get("orders").copied().unwrap_or_default(),
        options.seed,
        took(time)
    ));
    if all == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn took(time: Duration) -> String {
    format!("{}.{:01} s", time.as_secs(), time.subsec_millis() / 100)
}
