//! What the outside is told between two folds: each status when it is reached, "paid" once in a payment's life, and one
//! word when something new waits for a person.

use crate::notation::{ACCEPT, EXPIRES_AT, REVIEW, TERMS, attempts_of, facts};
use kamurj_domain::event::Before;
use kamurj_domain::{Event, Fact, Status, events_between, fold};

/// Tells the facts one by one, then lets the payment's time run out, and lists what was announced at each step.
fn announced(told: &str) -> Vec<&'static str> {
    let facts = facts(told);
    let mut before =
        Before { status: Status::Created, announced_paid: false, refunded_minor: 0, exceptions: Vec::new() };
    let mut names = Vec::new();
    for count in 1..=facts.len() {
        names.extend(step(&mut before, &facts[..count], 60));
    }
    names.extend(step(&mut before, &facts, EXPIRES_AT));
    names
}

fn step(before: &mut Before, known: &[Fact], now: i64) -> Vec<&'static str> {
    let outcome = fold(&TERMS, &attempts_of(known), known, &REVIEW, now);
    let events = events_between(before, &outcome);
    before.announced_paid |= events.contains(&Event::of(Status::Paid));
    before.status = outcome.status;
    before.refunded_minor = outcome.refunded_minor;
    before.exceptions.clone_from(&outcome.exceptions);
    assert!(events_between(before, &outcome).is_empty(), "the same outcome again is no news");
    events.into_iter().map(Event::name).collect()
}

#[track_caller]
fn check(told: &str, expected: &[&str]) {
    assert_eq!(announced(told), expected, "{told}");
}

#[test]
fn each_status_is_told_when_it_is_reached() {
    check("", &["payment.expired"]);
    check("a own started", &["payment.pending"]);
    check("a own started; a lookup approved @20", &["payment.pending", "payment.paid"]);
    check("a own started; a lookup declined @20", &["payment.pending", "payment.failed", "payment.expired"]);
    check(
        "a own started; a lookup declined @20; b own started; b lookup declined @30",
        &["payment.pending", "payment.failed", "payment.pending", "payment.failed", "payment.expired"],
    );
}

#[test]
fn a1_a_repeated_message_is_no_news() {
    check(
        "a own started; a signed approved @20; a signed approved @20; a lookup approved @20; a signed approved @20",
        &["payment.pending", "payment.paid"],
    );
    check("a own started; a claim returned; a notice approved @20; a claim returned", &["payment.pending"]);
}

#[test]
fn a3_paid_is_told_once_whatever_happens_between() {
    check(
        "a signed approved @20; a lookup declined @30; a lookup approved @40; a lookup declined @50; \
         a signed approved @60; a lookup approved @70",
        &[
            "payment.paid",
            "payment.manual_review",
            "exception.opened",
            "payment.paid_again",
            "exception.resolved",
            "payment.manual_review",
            "exception.opened",
            "payment.paid_again",
            "exception.resolved",
        ],
    );
}

#[test]
fn d1_each_part_that_goes_back_is_told_and_none_twice() {
    let first =
        "a lookup approved @20; a own refund_asked =300 #ref_1; a lookup refunded #ref_1; a lookup refunded #ref_1";
    check(first, &["payment.paid", "payment.partially_refunded"]);
    check(
        &format!("{first}; a own refund_asked =200 #ref_2; a lookup refunded #ref_2"),
        &["payment.paid", "payment.partially_refunded", "payment.partially_refunded"],
    );
}

#[test]
fn a_new_exception_is_told_and_an_old_one_is_not() {
    check(
        "a own started; a signed approved @20 =10",
        &["payment.pending", "payment.manual_review", "exception.opened"],
    );
    check("a lookup approved @20; b signed approved @30 =10", &["payment.paid", "exception.opened"]);
    // One in the place of another is new, and the other is settled.
    check(
        "a own gave_up; a lookup approved @101",
        &["payment.manual_review", "exception.opened", "exception.opened", "exception.resolved"],
    );
    // Two at once are told together; a second one later is told again.
    check(
        "a lookup declined @30; a signed approved @20 =10",
        &["payment.failed", "payment.manual_review", "exception.opened"],
    );
    check("a own gave_up; b own gave_up", &["payment.manual_review", "exception.opened", "exception.opened"]);
    check(
        "a signed approved @20 =10; a lookup declined @30",
        &["payment.manual_review", "exception.opened", "exception.opened"],
    );
}

#[test]
fn b1_a_duplicate_opens_an_exception_and_does_not_say_paid_again() {
    check("a lookup approved @20; b lookup approved @30", &["payment.paid", "exception.opened"]);
    check(
        "a lookup approved @20; b lookup approved @30; b signed approved @30; a signed approved @20",
        &["payment.paid", "exception.opened"],
    );
}

#[test]
fn a4_late_money_is_told_with_its_exception() {
    check("a lookup approved @101", &["payment.manual_review", "exception.opened"]);
    let late = facts("a lookup approved @101");
    let before = Before { status: Status::Expired, announced_paid: false, refunded_minor: 0, exceptions: Vec::new() };
    let accepted = fold(&TERMS, &attempts_of(&late), &late, &ACCEPT, 200);
    let names: Vec<&str> = events_between(&before, &accepted).into_iter().map(Event::name).collect();
    assert_eq!(names, ["payment.paid", "exception.opened"]);
}

#[test]
fn every_status_has_a_name_of_its_own() {
    let names: std::collections::BTreeSet<&str> = Status::ALL.map(|status| Event::of(status).name()).into();
    assert_eq!(names.len(), Status::ALL.len());
    for status in Status::ALL {
        assert_eq!(Event::of(status).name(), format!("payment.{}", status.word()));
    }
}
