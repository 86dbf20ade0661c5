//! A payment machine as it is usually written, one message after the other, and the sets of facts on which it gives a
//! different answer for each order of arrival while the fold gives one. It shows that the fold's indifference to order
//! is work and not an accident; the product does not run it.

use crate::alphabet::{letters, multisets, spell};
use crate::notation::{REVIEW, TERMS, attempt, attempts_of, facts};
use kamurj_domain::{Fact, FactKind, Ruling, Status, fold};
use std::collections::HashSet;

/// Applies the messages in the order in which they came: strong ones move the status, `paid` is kept against declines.
fn step_by_step(facts: &[Fact]) -> Status {
    let mut refunded = 0;
    facts.iter().fold(Status::Created, |status, fact| {
        let is_taken = matches!(status, Status::Paid | Status::PartiallyRefunded | Status::Refunded);
        let is_unpaid = matches!(status, Status::Created | Status::Pending | Status::Failed);
        match fact.kind {
            FactKind::Cancelled if is_unpaid => return Status::Cancelled,
            FactKind::Reopened if matches!(status, Status::Expired | Status::Cancelled) => return Status::Created,
            FactKind::OverCap if status == Status::Paid => return Status::ManualReview,
            FactKind::Decided if status == Status::ManualReview => {
                return match fact.decision.as_ref().map(|decision| decision.ruling) {
                    Some(Ruling::Paid) => Status::Paid,
                    Some(Ruling::Failed) => Status::Failed,
                    Some(Ruling::Cancelled) => Status::Cancelled,
                    Some(Ruling::Refunded) => Status::Refunded,
                    None => status,
                };
            }
            _ => {}
        }
        let Some(asked) = fact.attempt.as_deref().and_then(attempt) else { return status };
        let is_asked = fact.amount == Some(asked.amount);
        match (status, fact.kind) {
            (Status::Created | Status::Failed, FactKind::Started) => Status::Pending,
            (Status::Created | Status::Pending | Status::Failed, FactKind::Refused) => Status::Failed,
            (Status::Pending, FactKind::GaveUp) => Status::ManualReview,
            (_, FactKind::Reversed | FactKind::ChargedBack | FactKind::RefundInDoubt) if is_taken => {
                Status::ManualReview
            }
            (_, FactKind::Refunded) if is_taken => {
                refunded += fact.amount.map_or(0, |amount| amount.minor);
                if refunded < asked.amount.minor { Status::PartiallyRefunded } else { Status::Refunded }
            }
            (Status::PartiallyRefunded, FactKind::RefundFailed) => Status::Paid,
            (Status::Paid | Status::PartiallyRefunded | Status::Refunded | Status::Cancelled, _) => status,
            (_, FactKind::Approved) if fact.evidence.decides() && is_asked => Status::Paid,
            (_, FactKind::Approved) if fact.evidence.decides() => Status::ManualReview,
            (_, FactKind::Declined | FactKind::Abandoned) if fact.evidence.decides() => Status::Failed,
            _ => status,
        }
    })
}

fn whole(facts: &[Fact]) -> Status {
    fold(&TERMS, &attempts_of(facts), facts, &REVIEW, 60).status
}

#[test]
fn in_plain_stories_both_agree() {
    let check = |told: &str, expected: Status| {
        let facts = facts(told);
        assert_eq!(step_by_step(&facts), expected, "step by step: {told}");
        assert_eq!(whole(&facts), expected, "as a whole: {told}");
    };
    check("", Status::Created);
    check("a own started", Status::Pending);
    check("a own started; a lookup declined @10", Status::Failed);
    check("a own started; a lookup declined @10; b own started", Status::Pending);
    check("a own started; a lookup declined @10; b own started; b lookup approved @20", Status::Paid);
    check("a own started; a signed approved @20 =10", Status::ManualReview);
    check("a own started; a own gave_up", Status::ManualReview);
    check("a own started; a signed approved @20; a signed declined @10", Status::Paid);
}

/// The facts in the order written and in the opposite one, and what each machine makes of them: first, second, whole.
#[track_caller]
fn differs(told: &str, [forward, backward, all]: [Status; 3]) {
    let mut facts = facts(told);
    assert_eq!((step_by_step(&facts), whole(&facts)), (forward, all), "forward: {told}");
    facts.reverse();
    assert_eq!((step_by_step(&facts), whole(&facts)), (backward, all), "backward: {told}");
    assert_ne!(forward, backward, "the steps depend on order: {told}");
}

#[test]
fn a3_where_steps_depend_on_order_the_fold_does_not() {
    use Status::{Failed, ManualReview, Paid, Pending};
    // The answer outran the message about the start.
    differs("a own started; a lookup declined @10", [Failed, Pending, Failed]);
    differs("a own started; a own refused", [Failed, Pending, Failed]);
    // The decline of the first attempt comes after the start of the second.
    differs("a lookup declined @10; b own started", [Pending, Failed, Pending]);
    // We gave up, and an answer was there all the same.
    differs("a own started; a own gave_up; a lookup abandoned @50", [Failed, Pending, Failed]);
    // Declined, then another amount was taken; and a decline that contradicts it.
    differs("a lookup declined @10; a lookup approved @20 =10", [ManualReview, Failed, ManualReview]);
    differs("a signed declined @30; a lookup approved @20 =10", [ManualReview, Failed, ManualReview]);
    // An approval that the bank twice took back: steps keep "paid" for ever.
    steps_err_alike("a lookup approved @20; a lookup declined @30; a lookup declined @40", Paid, Failed);
}

/// Both orders of the steps agree on something that the facts together do not say.
#[track_caller]
fn steps_err_alike(told: &str, steps: Status, all: Status) {
    let mut facts = facts(told);
    assert_eq!((step_by_step(&facts), whole(&facts)), (steps, all), "forward: {told}");
    facts.reverse();
    assert_eq!((step_by_step(&facts), whole(&facts)), (steps, all), "backward: {told}");
}

#[test]
fn where_steps_guess_the_fold_asks_a_person() {
    // Steps say "paid" in either order, and never see that the bank took it back.
    for told in ["a signed approved @20; a lookup declined @30", "a lookup declined @30; a signed approved @20"] {
        let facts = facts(told);
        assert_eq!(step_by_step(&facts), Status::Paid);
        assert_eq!(whole(&facts), Status::ManualReview);
    }
    // Steps take any approval; the fold sees that the money moved after the payment's expiry.
    let late = facts("a own started; a lookup approved @101");
    assert_eq!((step_by_step(&late), whole(&late)), (Status::Paid, Status::ManualReview));
}

#[test]
fn a3_steps_depend_on_order_in_sets_of_every_kind_and_the_fold_does_not() {
    let letters = letters();
    let (mut sets, mut differing) = (0_usize, 0_usize);
    let mut kinds_that_differ: HashSet<FactKind> = HashSet::new();
    for size in 2..=4 {
        multisets(letters.len(), size, &mut |kinds| {
            let set = spell(&letters, kinds);
            let mut answers = HashSet::new();
            // Turned and turned round: eight of the orders are enough to show it.
            let mut order = set.clone();
            for _ in 0..2 {
                for _ in 0..size {
                    answers.insert(step_by_step(&order));
                    assert_eq!(whole(&order), whole(&set));
                    order.rotate_left(1);
                }
                order.reverse();
            }
            sets += 1;
            if answers.len() > 1 {
                differing += 1;
                // Of two or three facts hardly any is a bystander.
                if size <= 3 {
                    kinds_that_differ.extend(set.iter().map(|fact| fact.kind));
                }
            }
        });
    }
    assert!(differing * 5 > sets, "{differing} of {sets}");
    assert!(FactKind::ALL.iter().all(|kind| kinds_that_differ.contains(kind)), "{kinds_that_differ:?}");
}
