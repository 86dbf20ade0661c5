//! The simulation as tests: worlds in which everything goes wrong keep their promises, the same seed makes the same world,
//! and every defect that is seeded on purpose is seen.

use kamurj_simulation::defects::caught_within;
use kamurj_simulation::run::{Run, Sum, run};
use kamurj_store::defect::Defect;
use std::process::Command;

fn told(sum: &Sum) -> String {
    let lines = sum.failed().flat_map(|report| {
        report
            .tail
            .iter()
            .cloned()
            .chain(report.violations.iter().map(|line| format!("world {}: {line}", report.world)))
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn j6_no_order_is_lost_or_doubled_and_no_invariant_broken_whatever_goes_wrong() {
    let sum = run(Run::of(1_500, 20_261_121), |_| {});
    assert_eq!(sum.failed().count(), 0, "{}", told(&sum));
    assert_eq!(sum.counts["orders"], 1_500);
    let happened = |name: &str| {
        assert!(sum.counts.get(name).is_some_and(|count| *count > 0), "no {name} in {:?}", sum.counts);
    };
    for name in [
        "messages lost requests",
        "messages lost answers",
        "messages refused connections",
        "messages delayed",
        "messages repeated",
        "messages lost for ever",
        "forged messages",
        "tasks parked",
        "payments paid",
        "payments expired",
        "payments manual_review",
    ] {
        happened(name);
    }
    let crashes = sum.counts.keys().filter(|name| name.starts_with("crashes at ")).count();
    assert!(crashes >= 5, "the plug is pulled at {crashes} kinds of points only");
}

#[test]
fn a_world_in_which_nothing_goes_wrong_pays_and_rests() {
    let sum = run(Run { rough: false, bakery: 4, ..Run::of(40, 7) }, |_| {});
    assert_eq!(sum.failed().count(), 0, "{}", told(&sum));
    assert!(sum.counts.keys().all(|name| !name.starts_with("crashes at ")));
    assert!(sum.counts["payments paid"] > 10);
}

#[test]
fn the_same_seed_makes_the_same_world_here_and_in_another_process() {
    let of = |seed| Run { bakery: 4, threads: 2, per_world: 40, ..Run::of(80, seed) };
    let traces = |seed| run(of(seed), |_| {}).worlds.into_iter().map(|report| report.trace).collect::<Vec<_>>();
    let first = traces(5);
    assert_eq!(first.len(), 2);
    assert_ne!(first[0], first[1], "every world of a run is another");
    assert_eq!(first, traces(5));
    assert_ne!(first, traces(6));
    let words = "--orders 80 --seed 5 --per-world 40 --bakery 4 --world 1";
    let output = Command::new(env!("CARGO_BIN_EXE_kamurj-simulate")).args(words.split(' ')).output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains(&format!("trace {}", first[1])), "the other process tells another world");
}

fn is_seen(defect: Defect) {
    let (orders, bakery) = caught_within(defect);
    let sum = run(Run { defect: Some(defect), bakery, per_world: 50, ..Run::of(orders, 1) }, |_| {});
    assert!(sum.failed().count() > 0, "{defect:?} was not seen in {orders} orders");
}

macro_rules! seen {
    ($($name:ident: $defect:ident),+ $(,)?) => {
        $(#[test]
        fn $name() {
            is_seen(Defect::$defect);
        })+

        #[test]
        fn every_defect_has_its_test() {
            let tested = [$(Defect::$defect),+];
            assert!(Defect::ALL.iter().all(|defect| tested.contains(defect)));
        }
    };
}

seen! {
    a_host_that_takes_every_message_for_new_is_seen: DedupOff,
    a_host_that_forgets_forms_is_seen: FormKeyIgnored,
    a_host_that_compares_no_amounts_is_seen: AmountUnchecked,
    a_host_that_sends_before_it_writes_is_seen: RecordSkipped,
    a_host_whose_workers_ignore_fences_is_seen: FenceIgnored,
    a_host_that_checks_no_signature_is_seen: SignatureUnchecked,
    a_host_that_believes_browsers_is_seen: ClaimBelieved,
    a_host_that_forgets_idempotency_keys_is_seen: IdempotencyOff,
    a_host_that_mixes_up_sessions_is_seen: ReferencesUnchecked,
    a_host_that_reserves_no_refunds_is_seen: ReservationOff,
    a_host_that_folds_old_facts_is_seen: StaleFold,
    a_host_that_writes_no_status_is_seen: StaleProjection,
    a_host_that_leaves_out_of_its_journal_is_seen: JournalSkipped,
    a_host_that_tells_again_is_seen: ToldAgain,
    a_host_that_counts_no_places_is_seen: CapIgnored,
}
