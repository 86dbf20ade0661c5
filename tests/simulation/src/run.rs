//! A run: worlds side by side on as many threads as there are cores, each with a seed of its own, and the sum of what
//! came of them.

use crate::secrets::read_the_log;
use crate::world::{Plan, Report, World};
use kamurj_egress::Egress;
use kamurj_plugins::{Class, Limits, Runtime as Plugins, RuntimeSettings};
use kamurj_store::defect::Defect;
use kamurj_tests::plugins::compiled_by;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// Instructions that a guest's call may take: far more than the time that production allows would let it.
const FUEL: u64 = 1_000_000_000;

/// What is to be run.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// The seed.
    pub seed: u64,
    /// Orders in all.
    pub orders: u64,
    /// Orders in each world.
    pub per_world: u64,
    /// This world alone.
    pub world: Option<u64>,
    /// One buyer in so many buys in the bakery, which has plugins; 0: none.
    pub bakery: u64,
    /// Whether anything ever goes wrong.
    pub rough: bool,
    /// A defect that is seeded into the host.
    pub defect: Option<Defect>,
    /// Every step is printed, and the log.
    pub shown: bool,
    /// Threads.
    pub threads: usize,
}

impl Run {
    /// So many orders with this seed, in the usual way.
    pub fn of(orders: u64, seed: u64) -> Self {
        Self {
            seed,
            orders,
            per_world: 250,
            world: None,
            bakery: 20,
            rough: true,
            defect: None,
            shown: false,
            threads: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        }
    }
}

/// The sum of a run.
#[derive(Debug, Clone)]
pub struct Sum {
    /// Every world, by its number.
    pub worlds: Vec<Report>,
    /// Their counts together.
    pub counts: BTreeMap<String, u64>,
}

impl Sum {
    /// The worlds in which something is true that must not be.
    pub fn failed(&self) -> impl Iterator<Item = &Report> {
        self.worlds.iter().filter(|report| !report.violations.is_empty())
    }
}

/// The program that compiles plugins for every world: the simulation's own.
pub(crate) const PROGRAM: &str = "kamurj-simulate";

/// The engine for every world of this process. Guests are bounded by instructions, and never by time.
pub fn plugins() -> Plugins {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let limits = Limits { wall: Duration::from_hours(24), ..Limits::of(Class::Small) };
    let settings = RuntimeSettings {
        small: limits,
        calls_at_once: 256,
        calls_at_once_per_plugin: 256,
        calls_at_once_per_merchant: 256,
        threads: Some(1),
        fuel: Some(FUEL),
        ..RuntimeSettings::default()
    };
    let handle = runtime.handle().clone();
    Plugins::new(settings, compiled_by(PROGRAM), Egress::new(Vec::new()), handle).expect("the engine starts")
}

/// Runs it; stops soon after a world has failed. `told` hears of each world's end.
pub fn run(run: Run, told: impl Fn(&Report) + Sync) -> Sum {
    read_the_log(run.shown);
    let plugins = plugins();
    let worlds = run.orders.div_ceil(run.per_world);
    let (next, failed) = (AtomicU64::new(0), AtomicBool::new(false));
    let reports = Mutex::new(Vec::new());
    let work = || {
        while !failed.load(Ordering::SeqCst) {
            let world = next.fetch_add(1, Ordering::SeqCst);
            if world >= worlds {
                return;
            }
            if run.world.is_some_and(|only| only != world) {
                continue;
            }
            let orders = run.per_world.min(run.orders - world * run.per_world);
            let Run { seed, bakery, rough, defect, shown, .. } = run;
            let report = World::tell(Plan { seed, world, orders, bakery, rough, defect, shown }, &plugins);
            told(&report);
            failed.fetch_or(!report.violations.is_empty(), Ordering::SeqCst);
            reports.lock().expect("nobody panics over the list").push(report);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..run.threads.max(1) {
            scope.spawn(work);
        }
    });
    let mut worlds = reports.into_inner().expect("nobody panics over the list");
    worlds.sort_by_key(|report: &Report| report.world);
    let mut counts = BTreeMap::new();
    for (name, count) in worlds.iter().flat_map(|report| &report.counts) {
        *counts.entry(name.clone()).or_default() += count;
    }
    Sum { worlds, counts }
}
