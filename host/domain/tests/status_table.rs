//! The product's status table, line by line: what was learned, in as few words as possible, and what the payment is then.

mod told;

use kamurj_domain::event::{Before, events_between};
use kamurj_domain::payment::LatePayment;
use kamurj_domain::{Event, Policy, Status, fold};
use told::{ASKED, Fold, SESSION_END, at, check, told};

/// The payment's expiry in these tests.
const EXPIRY: i64 = told::EXPIRY;

#[test]
fn nobody_has_paid_yet() {
    check("", 0, Status::Created, &[]);
    check("a:started", 1, Status::Pending, &[]);
    check("a:started a:returned/claim", 1, Status::Pending, &[]);
    check("", EXPIRY - 1, Status::Created, &[]);
    check("", EXPIRY, Status::Expired, &[]);
}

#[test]
fn b3_declined_or_abandoned_is_not_final() {
    check("a:started a:declined/notice+@10", 11, Status::Failed, &[]);
    check("a:started a:abandoned/lookup@10", 11, Status::Failed, &[]);
    check("a:started a:refused/own", 11, Status::Failed, &[]);
    check("a:started a:declined/notice+@10 b:started", 12, Status::Pending, &[]);
    check("a:started a:declined/notice+@10 b:started b:approved/lookup@20", 21, Status::Paid, &[]);
    check("a:started a:declined/notice+@10", EXPIRY, Status::Expired, &[]);
}

#[test]
fn confirmed_paid_needs_a_signed_notice_or_a_look_up() {
    check("a:started a:approved/lookup@10", 11, Status::Paid, &[]);
    check("a:started a:approved/notice+@10", 11, Status::Paid, &[]);
    check("a:started a:approved/notice@10", 11, Status::Pending, &[]);
    check("a:started a:approved/claim@10", 11, Status::Pending, &[]);
    check("a:started a:declined/notice@10", 11, Status::Pending, &[]);
    check("a:started a:declined/claim@10", EXPIRY, Status::Pending, &[]);
}

#[test]
fn a9_a10_another_amount_or_currency_is_for_a_person() {
    check("a:started a:approved/notice+@10=10", 11, Status::ManualReview, &["amount_mismatch"]);
    check("a:started a:approved/lookup@10=10", 11, Status::ManualReview, &["amount_mismatch"]);
    check("a:started a:approved/lookup@10=RUB", 11, Status::ManualReview, &["currency_mismatch"]);
    check("a:started a:approved/lookup@10=XYZ", 11, Status::ManualReview, &["currency_mismatch"]);
    check("a:started a:approved/lookup@10=none", 11, Status::ManualReview, &["amount_mismatch"]);
    // What is as strong, or stronger, and right settles it.
    check("a:started a:approved/notice+@10=10 a:approved/lookup@11", 12, Status::Paid, &[]);
    check("a:started a:approved/notice+@10=10 a:approved/notice+@10", 12, Status::Paid, &[]);
    // What is weaker does not.
    check("a:started a:approved/lookup@10=10 a:approved/notice+@11", 12, Status::ManualReview, &["amount_mismatch"]);
}

#[test]
fn expiry_waits_for_attempts_whose_end_is_not_known() {
    check("a:started", EXPIRY + 1, Status::Pending, &[]);
    check("a:started a:gave_up/own", EXPIRY + 1, Status::ManualReview, &["indeterminate"]);
    check("a:started a:gave_up/own a:approved/lookup@10", EXPIRY + 1, Status::Paid, &[]);
    check("a:started a:gave_up/own a:declined/lookup@10", EXPIRY + 1, Status::Expired, &[]);
    check("a:started a:gave_up/own a:declined/lookup@10", 11, Status::Failed, &[]);
}

#[test]
fn a4_late_is_judged_by_the_providers_payment_time() {
    check("a:started a:approved/lookup@999", EXPIRY + 1_000_000, Status::Paid, &[]);
    check("a:started a:approved/lookup@1000", EXPIRY, Status::Paid, &[]);
    check("a:started a:approved/lookup@1001", 1002, Status::ManualReview, &["late_payment"]);
    // Where the provider names no time, by the end of its session.
    assert!(SESSION_END < EXPIRY);
    check("a:started a:approved/lookup", EXPIRY + 5, Status::Paid, &[]);
    check("late:started late:approved/lookup", EXPIRY + 5, Status::ManualReview, &["late_payment"]);
}

#[test]
fn a4_a_merchant_may_accept_late_money() {
    let Fold { terms, attempts, facts } = told("a:started a:approved/lookup@1001");
    let policy = Policy { late_payment: LatePayment::Accept };
    let outcome = fold(&terms, &attempts, &facts, &policy, EXPIRY);
    assert_eq!(outcome.status, Status::Paid);
    assert_eq!(outcome.exceptions.len(), 1, "the exception stays");
}

#[test]
fn b1_a_second_payment_is_surplus_and_the_first_stays() {
    let both = "a:started a:approved/lookup@10 b:started b:approved/notice+@20";
    check(both, 21, Status::Paid, &["duplicate_payment"]);
    let Fold { terms, attempts, facts } = told(both);
    let outcome = fold(&terms, &attempts, &facts, &Policy::default(), 21);
    assert_eq!((outcome.captured_minor, outcome.surplus_minor), (ASKED, ASKED));
    assert_eq!(outcome.paid_at, Some(at(10)));
    assert_eq!(outcome.exceptions[0].attempt, "b", "the later one is proposed for refund");
    check(
        "a:started a:approved/lookup@10 b:started b:approved/lookup@1001",
        1002,
        Status::Paid,
        &["duplicate_payment"],
    );
    check("a:started a:approved/lookup@10 b:started b:approved/lookup@20=10", 21, Status::Paid, &["amount_mismatch"]);
}

#[test]
fn paid_is_not_moved_by_what_is_older_or_weaker() {
    check("a:started a:approved/lookup@10 a:declined/notice+@9", 11, Status::Paid, &[]);
    check("a:started a:approved/lookup@10 a:declined/notice@12", 13, Status::Paid, &[]);
    check("a:started a:approved/lookup@10 a:declined/claim@12 a:returned/claim", 13, Status::Paid, &[]);
    check("a:started a:approved/notice+@10 a:abandoned/notice+@9", 11, Status::Paid, &[]);
    check("a:started a:approved/notice+@10 a:refused/own a:gave_up/own", 11, Status::Paid, &[]);
    check("a:started a:approved/lookup@10 b:started", 11, Status::Paid, &[]);
    check("a:started a:approved/lookup@10 b:started b:declined/lookup@20", EXPIRY, Status::Paid, &[]);
}

#[test]
fn a_contradiction_among_the_strong_is_for_a_person_until_a_newer_look_up() {
    check("a:started a:approved/notice+@10 a:declined/lookup@11", 12, Status::ManualReview, &["contradiction"]);
    check("a:started a:approved/lookup@10 a:declined/notice+@11", 12, Status::ManualReview, &["contradiction"]);
    check("a:started a:declined/lookup@10 a:approved/notice+@11", 12, Status::ManualReview, &["contradiction"]);
    check("a:started a:declined/lookup@10 a:approved/notice+@11 a:approved/lookup@12", 13, Status::Paid, &[]);
    check("a:started a:approved/notice+@10 a:declined/lookup@11 a:approved/lookup@12", 13, Status::Paid, &[]);
    check("a:started a:approved/notice+@10 a:declined/lookup@11 a:declined/lookup@12", 13, Status::Failed, &[]);
    // The same look-up twice is one statement, not two.
    check(
        "a:started a:approved/notice+@10 a:declined/lookup@11 a:declined/lookup@11",
        13,
        Status::ManualReview,
        &["contradiction"],
    );
}

#[test]
fn only_time_that_can_change_the_status_sets_a_timer() {
    for (facts, expected) in [
        ("", Some(at(1000))),
        ("a:started a:declined/lookup@10", Some(at(1000))),
        ("a:started", None),
        ("a:started a:approved/lookup@10", None),
        ("a:started a:gave_up/own", None),
    ] {
        let Fold { terms, attempts, facts } = told(facts);
        assert_eq!(fold(&terms, &attempts, &facts, &Policy::default(), 1).next_timer, expected);
    }
}

#[test]
fn a_payment_is_announced_paid_once_in_its_life() {
    let names = |status, announced_paid, facts: &str| {
        let Fold { terms, attempts, facts } = told(facts);
        let outcome = fold(&terms, &attempts, &facts, &Policy::default(), at(500));
        let before = Before { status, announced_paid, exceptions: Vec::new() };
        events_between(&before, &outcome).into_iter().map(Event::name).collect::<Vec<_>>()
    };
    let paid = "a:started a:approved/lookup@10";
    assert_eq!(names(Status::Pending, false, paid), ["payment.paid"]);
    assert_eq!(names(Status::Paid, true, paid), Vec::<&str>::new());
    assert_eq!(names(Status::ManualReview, true, paid), Vec::<&str>::new(), "said before");
    assert_eq!(names(Status::ManualReview, false, paid), ["payment.paid"]);
    let review = "a:started a:approved/notice+@10 a:declined/lookup@11";
    assert_eq!(names(Status::Paid, true, review), ["payment.manual_review", "exception.opened"]);
    assert_eq!(names(Status::Created, false, "a:started"), ["payment.pending"]);
    assert_eq!(names(Status::Pending, false, "a:started"), Vec::<&str>::new());
}
