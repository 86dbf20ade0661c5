//! The movements of money agree with the fold's sums, whatever was learned and in whichever order, and each is there once.

use crate::case::{Case, always};
use crate::notation::{ACCEPT, REFUND, REVIEW, TERMS, arrive, attempts_of, facts};
use kamurj_domain::{Evidence, Fact, Movement, MovementKind, Outcome, Policy, Purpose, fold, movements};
use std::cell::Cell;

fn of(case: &Case) -> Vec<Movement> {
    movements("pay_1", &TERMS, &case.attempts, &case.facts, &case.policy)
}

/// The sum of those that are chosen.
fn sum(movements: &[Movement], chosen: impl Fn(&Movement) -> bool) -> i64 {
    movements.iter().filter(|movement| chosen(movement)).map(|movement| movement.amount.minor).sum()
}

fn is_refund(movement: &Movement, purpose: Purpose) -> bool {
    (movement.kind, movement.purpose) == (MovementKind::Refund, purpose)
}

/// What an attempt took less what went back of it.
fn left(movements: &[Movement], attempt: &str) -> i64 {
    let about = |movement: &Movement| movement.attempt.as_deref() == Some(attempt);
    sum(movements, |one| about(one) && one.kind.comes())
        - sum(movements, |one| about(one) && one.kind == MovementKind::Refund)
}

/// The attempts that took money which the bank did not take back.
fn keeping(movements: &[Movement]) -> Vec<&str> {
    let lost = |attempt: &str| {
        let is_back = |one: &&Movement| matches!(one.kind, MovementKind::Reversal | MovementKind::Chargeback);
        movements.iter().filter(is_back).any(|one| one.attempt.as_deref() == Some(attempt))
    };
    let taken = movements.iter().filter(|one| one.kind.comes());
    taken.filter_map(|one| one.attempt.as_deref()).filter(|attempt| !lost(attempt)).collect()
}

fn agree(movements: &[Movement], outcome: &Outcome<'_>, told: &dyn Fn() -> String) {
    assert_eq!(sum(movements, |one| one.kind == MovementKind::Capture), outcome.captured_minor, "captured {}", told());
    let back = sum(movements, |one| is_refund(one, Purpose::Order));
    assert_eq!(back.min(outcome.captured_minor), outcome.refunded_minor, "refunded {}", told());
    assert!(movements.iter().filter(|one| one.kind == MovementKind::Capture).count() <= 1, "{}", told());
    let purposes = movements.iter().all(|one| match one.kind {
        MovementKind::Capture => one.purpose == Purpose::Order,
        MovementKind::Surplus => one.purpose == Purpose::Surplus,
        MovementKind::Refund | MovementKind::Reversal | MovementKind::Chargeback => true,
    });
    assert!(purposes, "{}", told());
    let of_order = movements.iter().any(|one| one.purpose == Purpose::Order);
    assert!(outcome.captured_minor > 0 || !of_order, "no money is the order's, nor what went back: {}", told());
}

#[test]
fn the_movements_of_any_set_of_facts_make_the_sums_of_the_fold() {
    let (with_money, plain) = (Cell::new(0), Cell::new(0));
    always(|case, outcome, _| {
        let movements = of(case);
        let told = || format!("{movements:?} of {outcome:?}: {:?}", case.keys());
        agree(&movements, outcome, &told);
        with_money.update(|count| count + i32::from(!movements.is_empty()));
        // Where nobody says that more went back than came, and the bank took nothing back, and no person speaks of other
        // money, the sums are the plain ones.
        let keeping = keeping(&movements);
        let taken_back =
            movements.iter().any(|one| matches!(one.kind, MovementKind::Reversal | MovementKind::Chargeback));
        let by_hand = movements.iter().any(|one| one.attempt.is_none());
        let too_much = case.attempts.iter().any(|asked| left(&movements, &asked.attempt) < 0);
        let surplus = sum(&movements, |one| one.kind == MovementKind::Surplus)
            - sum(&movements, |one| is_refund(one, Purpose::Surplus));
        let order = sum(&movements, |one| is_refund(one, Purpose::Order));
        if !taken_back && !by_hand && !too_much && order <= outcome.captured_minor {
            assert_eq!(surplus.max(0), outcome.surplus_minor, "surplus {}", told());
            plain.update(|count| count + 1);
        }
        // In any case, what is still held beyond what the order keeps is the surplus.
        let held: i64 = keeping.iter().map(|attempt| left(&movements, attempt).max(0)).sum();
        let main =
            movements.iter().find(|one| one.kind == MovementKind::Capture).and_then(|one| one.attempt.as_deref());
        if main.is_some_and(|main| keeping.contains(&main)) && !by_hand {
            let wanted = outcome.captured_minor - outcome.refunded_minor;
            assert_eq!((held - wanted).max(0), outcome.surplus_minor, "held {}", told());
        }
    });
    let (with_money, plain) = (with_money.get(), plain.get());
    assert!(with_money > 2_000 && plain > 5_000, "too few cases have money: {with_money}, {plain}");
}

#[test]
fn every_movement_has_an_id_of_its_own_an_amount_and_a_time() {
    always(|case, _, _| {
        let movements = of(case);
        let mut ids: Vec<&str> = movements.iter().map(|one| one.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), movements.len(), "{movements:?}");
        assert!(movements.iter().all(|one| one.amount.minor > 0), "{movements:?}");
        assert!(movements.windows(2).all(|pair| pair[0].at <= pair[1].at), "{movements:?}");
        let heard = |one: &Movement| !one.evidence.is_hearsay();
        assert!(movements.iter().all(heard), "{movements:?}");
        // That money came is never known from a report.
        let reported = |one: &Movement| one.kind.comes() && one.evidence == Evidence::BankReport;
        assert!(!movements.iter().any(reported), "{movements:?}");
    });
}

/// All of a movement that is not ours to choose.
fn essence(mut movements: Vec<Movement>) -> Vec<Movement> {
    for one in movements.iter_mut().filter(|one| !one.is_providers_time) {
        one.at = 0;
    }
    movements.sort_by(|a, b| a.id.cmp(&b.id));
    movements
}

#[test]
fn a3_the_movements_are_the_same_in_any_order_with_any_repetition() {
    always(|case, _, chance| {
        let before = essence(of(case));
        let mut again = case.facts.clone();
        if let Some(one) = again.first().cloned() {
            again.push(one);
        }
        chance.shuffle(&mut again);
        (0..).zip(&mut again).for_each(|(place, fact)| arrive(fact, place));
        let mut attempts = case.attempts.clone();
        attempts.reverse();
        let after = movements("pay_1", &TERMS, &attempts, &again, &case.policy);
        assert_eq!(essence(after), before, "{:?}", case.keys());
    });
}

#[test]
fn time_alone_and_hearsay_move_no_money() {
    always(|case, _, _| {
        let solid: Vec<Fact> = case.facts.iter().filter(|fact| !fact.evidence.is_hearsay()).cloned().collect();
        assert_eq!(movements("pay_1", &TERMS, &case.attempts, &solid, &case.policy), of(case), "{:?}", case.keys());
        for now in [0, i64::MAX] {
            let outcome = fold(&TERMS, &case.attempts, &case.facts, &case.policy, now);
            agree(&of(case), &outcome, &|| format!("{:?} at {now}", case.keys()));
        }
    });
}

/// Facts, and their movements, each as `KIND AMOUNT PURPOSE @TIME SUBJECT`; our own times are written `~`.
#[track_caller]
fn check(policy: Policy, told: &str, expected: &[&str]) {
    let facts = facts(told);
    let found = movements("pay_1", &TERMS, &attempts_of(&facts), &facts, &policy);
    let line = |one: &Movement| {
        let sign = if one.is_providers_time { '@' } else { '~' };
        let subject = one.id.trim_start_matches("mov_");
        format!("{} {} {} {sign}{} {subject}", one.kind.word(), one.amount.minor, one.purpose.word(), one.at)
    };
    assert_eq!(found.iter().map(line).collect::<Vec<_>>(), expected, "facts: {told}");
}

const TAKEN: &str = "capture 1000 order @20 taken_a";

#[test]
fn captures_and_refunds_are_told_one_by_one() {
    check(REVIEW, "a own started", &[]);
    check(REVIEW, "a lookup approved @20", &[TAKEN]);
    check(REVIEW, "a signed approved", &["capture 1000 order ~50 taken_a"]);
    let refunded = "a lookup approved @20; a own refund_asked @31 =300 #ref_1; a own refund_asked @32 =200 #ref_2";
    check(REVIEW, refunded, &[TAKEN]);
    check(
        REVIEW,
        &format!("{refunded}; a lookup refunded @40 #ref_1; a lookup refunded #ref_2"),
        &[TAKEN, "refund 200 order ~32 back_ref_2", "refund 300 order @40 back_ref_1"],
    );
    check(REVIEW, &format!("{refunded}; a own refund_failed @40 #ref_1"), &[TAKEN]);
    let unasked = "refund 400 order @41 unasked_a";
    check(REVIEW, "a lookup approved @20; a lookup refunded @41 =400", &[TAKEN, unasked]);
    check(REVIEW, "a lookup approved @20; a claim refunded @41 =400", &[TAKEN]);
}

#[test]
fn what_lies_beyond_the_order_is_a_surplus_and_goes_back_as_one() {
    let twice = "a lookup approved @20; b lookup approved @30; b own refund_asked @40 =1000 #ref_1 %surplus";
    let surplus = "surplus 1000 surplus @30 taken_b";
    check(REVIEW, twice, &[TAKEN, surplus]);
    let back = "refund 1000 surplus @45 back_ref_1";
    check(REVIEW, &format!("{twice}; b lookup refunded @45 #ref_1"), &[TAKEN, surplus, back]);
    // Late money that went back moved all the same.
    let late = "a lookup approved @101; a own refund_asked @110 =1000 #ref_1 %surplus; a lookup refunded @120 #ref_1";
    check(REFUND, late, &["surplus 1000 surplus @101 taken_a", "refund 1000 surplus @120 back_ref_1"]);
    check(ACCEPT, "a lookup approved @101", &["capture 1000 order @101 taken_a"]);
    let full = "a lookup approved @20; - own over_cap @20";
    check(REVIEW, full, &["surplus 1000 surplus @20 taken_a"]);
    check(REVIEW, &format!("{full}; a lookup refunded =1000 @30"), &[TAKEN, "refund 1000 order @30 unasked_a"]);
}

#[test]
fn what_the_bank_took_back_stands_beside_what_it_had_taken() {
    let reversed = "reversal 1000 order @30 lost_a";
    check(REVIEW, "a lookup approved @20; a lookup reversed @30", &[TAKEN, reversed]);
    check(
        REVIEW,
        "a lookup approved @20; a bank_report charged_back @30 =400",
        &[TAKEN, "chargeback 400 order @30 lost_a"],
    );
    // What was given back before cannot be taken back too.
    check(
        REVIEW,
        "a lookup approved @20; a lookup refunded =300 @25; a lookup charged_back @30 =1000",
        &[TAKEN, "refund 300 order @25 unasked_a", "chargeback 700 order @30 lost_a"],
    );
    // Another attempt pays the order.
    check(
        REVIEW,
        "a lookup approved @20; a lookup reversed @30; b lookup approved @25",
        &["surplus 1000 surplus @20 taken_a", "capture 1000 order @25 taken_b", "reversal 1000 surplus @30 lost_a"],
    );
    // It is there again.
    let again = "a lookup approved @20; a lookup reversed @30; a lookup approved @40";
    check(REVIEW, again, &["capture 1000 order @40 taken_a"]);
    // We asked for that, after the end of its time.
    check(
        REVIEW,
        "a lookup approved @101; a lookup reversed @110",
        &["surplus 1000 surplus @101 taken_a", "reversal 1000 surplus @110 lost_a"],
    );
    check(REVIEW, "a own started; a lookup reversed @30", &[]);
}

#[test]
fn what_is_in_dispute_is_no_movement_before_a_person_rules() {
    let mismatched = "a lookup approved @20 =10";
    check(REVIEW, mismatched, &[]);
    check(REVIEW, &format!("{mismatched}; - manual decided @40 !paid"), &["capture 10 order @20 taken_a"]);
    check(REVIEW, &format!("{mismatched}; - manual decided @40 !failed"), &["surplus 10 surplus @20 taken_a"]);
    let contradicted = "a signed approved @20; a lookup declined @30";
    check(REVIEW, contradicted, &[]);
    // What was given back as the order's is not the order's where no money is.
    let back = "a signed approved @20; a own refund_asked @25 =300 #ref_1; a lookup refunded @26 #ref_1";
    let none = ["surplus 1000 surplus @20 taken_a", "refund 300 surplus @26 back_ref_1"];
    check(REVIEW, &format!("{back}; - manual decided @40 !failed"), &none);
    check(REVIEW, &format!("{contradicted}; - manual decided @40 !paid"), &["capture 1000 order ~40 ruled_pay_1"]);
    check(REVIEW, "a bank_report approved @20", &[]);
}

#[test]
fn what_a_person_found_moved_outside_the_bank_is_told_as_that() {
    let cash = "- manual decided @40 !paid";
    let ruled = "capture 1000 order ~40 ruled_pay_1";
    check(REVIEW, cash, &[ruled]);
    check(REVIEW, &format!("{cash}; b lookup approved @45"), &[ruled, "surplus 1000 surplus @45 taken_b"]);
    let found = "a lookup approved @20; a lookup refunded @30 =300; - manual decided @40 !refunded";
    let back = ["refund 300 order @30 unasked_a", "refund 700 order ~40 ruled_back_pay_1"];
    check(REVIEW, found, &[TAKEN, back[0], back[1]]);
    let facts = facts(cash);
    let found = movements("pay_1", &TERMS, &[], &facts, &REVIEW);
    assert!(found.iter().all(|one| one.evidence == Evidence::Manual && one.attempt.is_none()), "{found:?}");
}

#[test]
fn a_reference_is_the_deciding_statements_or_the_best_that_is_known_of_the_attempt() {
    let mut told = facts("a signed approved @20; a lookup approved @20; a claim returned @10");
    for (fact, reference) in told.iter_mut().zip([Some("signed"), None, Some("claimed")]) {
        fact.reference = reference.map(str::to_owned);
    }
    let reference = |told: &[Fact]| movements("pay_1", &TERMS, &attempts_of(told), told, &REVIEW).remove(0).reference;
    assert_eq!(reference(&told).as_deref(), Some("signed"));
    told[1].reference = Some("looked up".into());
    assert_eq!(reference(&told).as_deref(), Some("looked up"));
}
