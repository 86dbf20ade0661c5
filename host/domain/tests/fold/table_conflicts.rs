//! The rows of the status table where messages about one attempt disagree: older and weaker ones are ignored, strong ones
//! that exclude each other go to a person, and newer look-ups settle them. Each line is also read backwards.

use crate::notation::{REVIEW, check, facts, folded};

/// What the facts come to, in the order written and in the opposite one.
#[track_caller]
fn both_ways(told: &str, expected: &str) {
    let turned: Vec<&str> = told.split(';').rev().collect();
    check(told, 60, expected);
    check(&turned.join(";"), 60, expected);
}

const PAID: &str = "paid 1000+0 at 20";
const FAILED: &str = "failed 0+0 timer 100";
const CONTRADICTED: &str = "manual_review 0+0; contradiction a";

#[test]
fn a3_older_and_repeated_messages_leave_paid() {
    both_ways("a signed approved @20; a signed declined @10", PAID);
    both_ways("a signed approved @20; a signed abandoned @10", PAID);
    both_ways("a lookup approved @20; a lookup declined @10", PAID);
    both_ways("a lookup approved @20; a lookup abandoned @20", PAID);
    both_ways("a lookup approved @20; a signed declined @10", PAID);
    both_ways("a lookup approved @20; a signed declined", PAID);
    both_ways("a signed approved @20; a signed approved @20", PAID);
    both_ways("a own started; a lookup approved @20; a own started; a own refused; a own gave_up", PAID);
}

#[test]
fn a3_weaker_messages_leave_paid_however_new_they_are() {
    for strong in ["lookup", "signed"] {
        for weak in ["claim", "notice", "own"] {
            for kind in ["declined @90", "abandoned @90", "returned @90", "declined", "refused @90", "gave_up @90"] {
                both_ways(&format!("a {strong} approved @20; a {weak} {kind}"), PAID);
            }
        }
    }
}

#[test]
fn a3_between_equals_the_later_time_wins() {
    both_ways("a signed declined @10; a signed approved @20", PAID);
    both_ways("a lookup abandoned @10; a lookup approved @20", PAID);
    both_ways("a lookup approved @10; a lookup approved @20", PAID);
    both_ways("a lookup approved; a lookup approved @20", PAID);
}

#[test]
fn a_lookup_that_contradicts_a_signed_notice_goes_to_a_person() {
    both_ways("a signed approved @20; a lookup declined @30", CONTRADICTED);
    both_ways("a signed approved @20; a lookup abandoned @30", CONTRADICTED);
    both_ways("a signed approved @20; a lookup declined @20", CONTRADICTED);
    both_ways("a signed approved @20; a lookup declined @10", CONTRADICTED);
    both_ways("a signed declined @30; a lookup approved @20", CONTRADICTED);
    both_ways("a signed declined @20; a lookup approved @20", CONTRADICTED);
    both_ways("a signed abandoned @30; a lookup approved @20", CONTRADICTED);
    // Without times nobody can say which is older.
    both_ways("a signed approved @20; a lookup declined", CONTRADICTED);
    both_ways("a signed approved; a lookup declined", CONTRADICTED);
    both_ways("a signed declined; a lookup approved", CONTRADICTED);
    both_ways("a signed declined @10; a lookup approved", CONTRADICTED);
    // Neither our own conclusion nor a weak message settles it.
    both_ways("a signed approved @20; a lookup declined @30; a own gave_up", CONTRADICTED);
    both_ways(
        "a signed approved @20; a lookup declined @30; a notice approved @40; a claim declined @40",
        CONTRADICTED,
    );
}

#[test]
fn a3_no_single_message_turns_paid_into_unpaid() {
    // Strong and newer than the approval: a refusal to guess, never a silent "failed" that invites a second payment.
    both_ways("a signed approved @20; a signed declined @30", CONTRADICTED);
    both_ways("a lookup approved @20; a lookup declined @30", CONTRADICTED);
    both_ways("a lookup approved @20; a lookup abandoned @30", CONTRADICTED);
    both_ways("a signed approved @20; a signed declined @30; a signed abandoned @40", CONTRADICTED);
}

#[test]
fn a_newer_lookup_settles_a_contradiction() {
    // In favour of the money.
    both_ways("a signed approved @10; a lookup declined @15; a lookup approved @20", PAID);
    both_ways("a signed approved @15; a lookup declined @10; a lookup approved @20", PAID);
    both_ways("a lookup approved @10; a signed declined @15; a lookup approved @20", PAID);
    both_ways("a lookup approved @10; a lookup declined @15; a lookup approved @20", PAID);
    both_ways("a signed approved @10; a signed declined @15; a lookup approved @20", PAID);
    // Against it: two strong statements after the money, one of them a look-up.
    both_ways("a signed approved @20; a lookup declined @30; a lookup declined @40", FAILED);
    both_ways("a signed approved @20; a lookup declined @30; a lookup abandoned @40", FAILED);
    both_ways("a lookup approved @20; a signed declined @30; a lookup declined @40", FAILED);
    both_ways("a lookup approved @20; a signed declined @30; a lookup declined @30", FAILED);
    // The same look-up again is not a second one.
    both_ways("a signed approved @20; a lookup declined @30; a lookup declined @30", CONTRADICTED);
    // One of the two is no newer than the money.
    both_ways("a signed approved @20; a lookup declined @20; a lookup declined @30", CONTRADICTED);
    both_ways("a signed approved @20; a lookup declined @10; a lookup declined @30", CONTRADICTED);
    // An approval without a time may be as late as its session's end.
    both_ways("a signed approved; a lookup declined @30; a lookup declined @40", CONTRADICTED);
    both_ways("a signed approved; a lookup declined @51; a lookup declined @52", FAILED);
    // Money of which some went back had been taken, whoever denies it.
    let denied = "a signed approved @20; a lookup declined @30; a lookup declined @40";
    both_ways(&format!("{denied}; a lookup refunded =300 @25"), CONTRADICTED);
    both_ways(&format!("{denied}; a lookup refunded #ref_1"), CONTRADICTED);
    both_ways(&format!("{denied}; a notice refunded =300 @25"), FAILED);
    both_ways(&format!("{denied}; b lookup refunded =300 @25"), "pending 0+0");
    // A person still sees what the bank once said about the wrong amount.
    both_ways(
        "a signed approved @20 =10; a lookup declined @30; a lookup declined @40",
        "failed 0+0 timer 100; amount_mismatch a",
    );
}

#[test]
fn a_settled_attempt_can_be_contradicted_again() {
    both_ways(
        "a signed approved @10; a lookup declined @15; a lookup approved @20; a lookup declined @30",
        CONTRADICTED,
    );
    both_ways(
        "a signed approved @20; a lookup declined @30; a lookup declined @40; a lookup approved @50",
        "paid 1000+0 at 50",
    );
}

#[test]
fn a_contradiction_shows_on_each_attempt_and_beside_other_money() {
    both_ways(
        "a signed approved @20; a lookup declined @30; b signed approved @20; b lookup declined @30",
        "manual_review 0+0; contradiction a; contradiction b",
    );
    both_ways(
        "a lookup approved @20; b signed approved @20; b lookup declined @30",
        "manual_review 1000+0 at 20; contradiction b",
    );
    both_ways(
        "a signed approved @20 =10; a lookup declined @30",
        "manual_review 0+0; amount_mismatch a; contradiction a",
    );
}

#[test]
fn the_time_and_the_policy_do_not_touch_a_contradiction() {
    let told = facts("a signed approved @20; a lookup declined @30");
    for now in [0, 99, 100, 5_000] {
        assert_eq!(folded(&told, REVIEW, now), CONTRADICTED);
        assert_eq!(folded(&told, crate::notation::ACCEPT, now), CONTRADICTED);
    }
}
