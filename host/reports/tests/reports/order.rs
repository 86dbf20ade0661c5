//! What holds for any lines and movements: their order changes nothing, each is told once, and what surely agrees is found.

use crate::{
    chance::Chance,
    comparing::{DAY, PERIOD},
};
use kamurj_domain::{Currency, Money};
use kamurj_reports::{Comparison, Kind, Line, Movement, compare};
use std::collections::BTreeSet;

const NAMES: [&str; 6] = ["1", "01", "2", "r3", "R3", "r4"];

fn movements(chance: &mut Chance, count: usize) -> Vec<Movement> {
    let one = |place: usize| Movement {
        id: format!("m{place}"),
        payment_id: "pay".to_owned(),
        order_id: "order".to_owned(),
        attempt_number: chance.pick(&NAMES).to_owned(),
        references: (0..chance.below(3)).map(|_| chance.pick(&NAMES).to_owned()).collect(),
        kind: chance.pick(&Kind::ALL),
        amount: amount(chance),
        at_ms: PERIOD.from_ms - DAY + DAY / 2 * i64::try_from(chance.below(24)).unwrap(),
    };
    (0..count).map(one).collect()
}

fn lines(chance: &mut Chance, count: usize) -> Vec<Line> {
    let one = |place: usize| {
        let name = |chance: &mut Chance| (chance.below(3) > 0).then(|| chance.pick(&NAMES).to_owned());
        Line {
            row: place + 2,
            reference: name(chance),
            order_number: name(chance),
            kind: chance.pick(&Kind::ALL),
            amount: amount(chance),
            fee: None,
            time_ms: (chance.below(2) > 0).then(|| PERIOD.from_ms + DAY * i64::try_from(chance.below(10)).unwrap()),
        }
    };
    (0..count).map(one).collect()
}

fn amount(chance: &mut Chance) -> Money {
    Money::new(chance.pick(&[100, 100, 200, 300]), chance.pick(&[Currency::Amd, Currency::Amd, Currency::Usd]))
}

/// The rows and ids that a comparison tells, each as often as it does.
fn told(comparison: &Comparison<'_>) -> (Vec<usize>, Vec<String>) {
    let pairs = comparison.matched.iter().map(|pair| (pair.line, pair.movement));
    let pairs = pairs.chain(comparison.differing.iter().map(|pair| (pair.line, pair.movement)));
    let (mut lines, mut movements): (Vec<&Line>, Vec<&Movement>) = pairs.unzip();
    lines.extend(comparison.theirs_only.iter().chain(&comparison.duplicate_lines));
    movements.extend(comparison.ours_only.iter().chain(&comparison.edge));
    let mut rows: Vec<_> = lines.iter().map(|line| line.row).collect();
    let mut ids: Vec<_> = movements.iter().map(|movement| movement.id.clone()).collect();
    rows.sort_unstable();
    ids.sort_unstable();
    (rows, ids)
}

#[test]
fn the_order_of_lines_and_of_movements_changes_nothing() {
    for seed in 0..400 {
        let mut chance = Chance::seeded(seed);
        let (ours, theirs) = (chance.below(12), chance.below(12));
        let (mut ours, mut theirs) = (movements(&mut chance, ours), lines(&mut chance, theirs));
        let (first_ours, first_theirs) = (ours.clone(), theirs.clone());
        let first = compare(PERIOD, &first_ours, &first_theirs);
        for _ in 0..8 {
            chance.shuffle(&mut ours);
            chance.shuffle(&mut theirs);
            for movement in &mut ours {
                chance.shuffle(&mut movement.references);
            }
            let again = compare(PERIOD, &ours, &theirs);
            let first_ids = serialised(&first);
            assert_eq!(serialised(&again), first_ids, "seed {seed}");
        }
    }
}

/// A comparison without the order of references, which is no part of it.
fn serialised(comparison: &Comparison<'_>) -> String {
    let pairs: Vec<_> = comparison.matched.iter().map(|pair| (pair.line.row, &pair.movement.id)).collect();
    let differing: Vec<_> =
        comparison.differing.iter().map(|pair| (pair.line.row, &pair.movement.id, &pair.what)).collect();
    let ours: Vec<_> = comparison.ours_only.iter().map(|movement| &movement.id).collect();
    let edge: Vec<_> = comparison.edge.iter().map(|movement| &movement.id).collect();
    let theirs: Vec<_> = comparison.theirs_only.iter().map(|line| line.row).collect();
    let twice: Vec<_> = comparison.duplicate_lines.iter().map(|line| line.row).collect();
    format!("{pairs:?} {differing:?} {ours:?} {edge:?} {theirs:?} {twice:?}")
}

#[test]
fn each_line_is_told_once_and_each_movement_at_most_once() {
    for seed in 0..400 {
        let mut chance = Chance::seeded(seed);
        let (ours, theirs) = (movements(&mut chance, 10), lines(&mut chance, 10));
        let comparison = compare(PERIOD, &ours, &theirs);
        let (rows, ids) = told(&comparison);
        assert_eq!(rows, (2..12).collect::<Vec<_>>(), "seed {seed}");
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "seed {seed}");
        for movement in &ours {
            let inside = PERIOD.from_ms <= movement.at_ms && movement.at_ms < PERIOD.to_ms;
            assert!(!inside || ids.contains(&movement.id), "seed {seed}: {} is lost", movement.id);
        }
        for pair in &comparison.matched {
            assert_eq!((pair.line.kind, pair.line.amount), (pair.movement.kind, pair.movement.amount), "seed {seed}");
        }
        assert!(comparison.differing.iter().all(|pair| !pair.what.is_empty()), "seed {seed}");
    }
}

#[test]
fn a_report_made_from_our_own_movements_agrees_with_all_of_them() {
    for seed in 0..200 {
        let mut chance = Chance::seeded(seed);
        let mut ours = movements(&mut chance, 12);
        for (place, movement) in ours.iter_mut().enumerate() {
            movement.references = vec![format!("bank-{place}")];
            movement.at_ms = PERIOD.from_ms + DAY;
        }
        let by_reference = chance.below(2) == 0;
        let mut theirs: Vec<_> = ours
            .iter()
            .enumerate()
            .map(|(place, movement)| Line {
                row: place + 2,
                reference: by_reference.then(|| movement.references[0].clone()),
                order_number: Some(movement.attempt_number.clone()),
                kind: movement.kind,
                amount: movement.amount,
                fee: None,
                time_ms: None,
            })
            .collect();
        chance.shuffle(&mut theirs);
        let comparison = compare(PERIOD, &ours, &theirs);
        assert_eq!(comparison.matched.len(), 12, "seed {seed}: {comparison:?}");
    }
}

#[test]
fn a_whole_months_report_is_compared_at_once() {
    let mut chance = Chance::seeded(1);
    let mut ours = movements(&mut chance, 50_000);
    let mut theirs = lines(&mut chance, 50_000);
    for (place, (movement, line)) in ours.iter_mut().zip(&mut theirs).enumerate() {
        movement.references = vec![format!("bank-{place}")];
        movement.attempt_number = format!("k-{place}");
        line.reference = Some(format!("BANK-{place}"));
        (line.kind, line.amount) = (movement.kind, movement.amount);
    }
    assert_eq!(compare(PERIOD, &ours, &theirs).matched.len(), 50_000);
}
