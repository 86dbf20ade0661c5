//! The product's status table, row by row, for the facts that exist. A test's name begins with the id of the failure
//! class that it guards against, where it has one.

use crate::notation::{ACCEPT, REVIEW, check, facts, folded};
use kamurj_domain::fold;

#[test]
fn nobody_has_tried_to_pay() {
    check("", 0, "created 0+0 timer 100");
    check("", 99, "created 0+0 timer 100");
    check("", 100, "expired 0+0");
}

#[test]
fn an_attempt_makes_it_pending() {
    check("a own started", 0, "pending 0+0");
    check("a own started; a claim returned", 0, "pending 0+0");
    check("a own started; b own started", 0, "pending 0+0");
    // Again after a decline.
    check("a own started; a lookup declined @10; b own started", 20, "pending 0+0");
}

#[test]
fn an_attempt_that_took_no_money_makes_it_failed_until_expiry() {
    check("a own started; a signed declined @10", 20, "failed 0+0 timer 100");
    check("a own started; a lookup declined @10", 20, "failed 0+0 timer 100");
    check("a own started; a signed abandoned @50", 60, "failed 0+0 timer 100");
    check("a own started; a lookup abandoned", 60, "failed 0+0 timer 100");
    check("a own started; a own refused @10", 20, "failed 0+0 timer 100");
    check("a own started; a lookup declined @10", 100, "expired 0+0");
    check("a own started; a own refused @10; b own started; b lookup declined @20", 99, "failed 0+0 timer 100");
}

#[test]
fn b3_a_decline_does_not_stand_in_the_way_of_a_second_try() {
    check("a own started; a lookup declined @10; b own started; b lookup approved @20", 30, "paid 1000+0 at 20");
    check("a own started; a own refused @10; b own started; b signed approved @20", 30, "paid 1000+0 at 20");
    // Declined and paid within one session, whoever tells the one and the other.
    check("a signed declined @10; a signed approved @20", 30, "paid 1000+0 at 20");
    check("a signed declined @10; a lookup approved @20", 30, "paid 1000+0 at 20");
    check("a lookup declined @10; a lookup approved @20", 30, "paid 1000+0 at 20");
}

#[test]
fn a_confirmation_that_equals_what_was_asked_makes_it_paid() {
    check("a own started; a signed approved @20", 30, "paid 1000+0 at 20");
    check("a own started; a lookup approved @20", 30, "paid 1000+0 at 20");
    check("a own started; a signed approved @20; a lookup approved @20", 30, "paid 1000+0 at 20");
    // Paid stays paid when its time is over.
    check("a own started; a signed approved @20", 500, "paid 1000+0 at 20");
    // Nothing but the approval has reached us.
    check("a lookup approved @20", 30, "paid 1000+0 at 20");
}

#[test]
fn b8_an_attempt_is_compared_with_what_it_asked() {
    check("c lookup approved @20", 30, "paid 700+0 at 20");
    check("c lookup approved @20 =1000", 30, "manual_review 0+0; amount_mismatch c");
    check("a lookup approved @20 =700", 30, "manual_review 0+0; amount_mismatch a");
}

#[test]
fn a9_another_amount_is_not_this_payment() {
    check("a own started; a signed approved @20 =10", 30, "manual_review 0+0; amount_mismatch a");
    check("a own started; a lookup approved @20 =10", 30, "manual_review 0+0; amount_mismatch a");
    check("a own started; a lookup approved @20 =1001", 30, "manual_review 0+0; amount_mismatch a");
    check("a own started; a lookup approved @20 =none", 30, "manual_review 0+0; amount_mismatch a");
    // Nor when its time is over, or after a decline.
    check("a own started; a lookup approved @20 =10", 500, "manual_review 0+0; amount_mismatch a");
    check("a lookup declined @10; a lookup approved @20 =10", 30, "manual_review 0+0; amount_mismatch a");
    // Each attempt has its own place in the operator's inbox.
    check(
        "a lookup approved @20 =10; b lookup approved @30 =20",
        40,
        "manual_review 0+0; amount_mismatch a; amount_mismatch b",
    );
}

#[test]
fn a9_what_confirms_the_right_amount_must_be_as_strong() {
    check("a lookup approved @20 =10; a lookup approved @20", 30, "paid 1000+0 at 20; amount_mismatch a");
    check("a signed approved @20 =10; a signed approved @20", 30, "paid 1000+0 at 20; amount_mismatch a");
    check("a signed approved @20 =10; a lookup approved @20", 30, "paid 1000+0 at 20; amount_mismatch a");
    // The later time does not help the wrong amount.
    check("a lookup approved @10; a lookup approved @20 =10", 30, "paid 1000+0 at 10; amount_mismatch a");
    // Weaker is not enough.
    check("a lookup approved @20 =10; a signed approved @20", 30, "manual_review 0+0; amount_mismatch a");
    check("a signed approved @20 =10; a notice approved @20", 30, "manual_review 0+0; amount_mismatch a");
}

#[test]
fn a9_a_mismatch_on_another_attempt_leaves_paid_and_is_shown() {
    check("a lookup approved @20; b signed approved @10 =10", 30, "paid 1000+0 at 20; amount_mismatch b");
    check("a lookup approved @20; b lookup approved @30 =1000RUB", 30, "paid 1000+0 at 20; currency_mismatch b");
    check("a lookup approved @20; a signed approved @30 =10RUB", 30, "paid 1000+0 at 20; currency_mismatch a");
}

#[test]
fn a10_another_currency_is_not_this_payment() {
    check("a own started; a signed approved @20 =1000RUB", 30, "manual_review 0+0; currency_mismatch a");
    check("a own started; a lookup approved @20 =1000USD", 30, "manual_review 0+0; currency_mismatch a");
    // A code that Kamurj does not know.
    check("a own started; a lookup approved @20 =1000XTS", 30, "manual_review 0+0; currency_mismatch a");
    check(
        "a lookup approved @20 =1000RUB; a lookup approved @20 =10",
        30,
        "manual_review 0+0; amount_mismatch a; currency_mismatch a",
    );
}

#[test]
fn a10_a_currency_that_is_named_beside_the_right_number_is_another_currency() {
    let mut told = facts("a lookup approved @20");
    told[0].foreign_currency = Some("XTS".into());
    assert_eq!(folded(&told, REVIEW, 30), "manual_review 0+0; currency_mismatch a");
}

#[test]
fn it_expires_when_its_time_is_over_and_no_attempt_is_undetermined() {
    check("a own started", 99, "pending 0+0");
    check("a own started", 100, "pending 0+0");
    check("a own started; a claim returned", 5_000, "pending 0+0");
    check("a own started; a lookup abandoned @50", 100, "expired 0+0");
    check("a own started; b own started; a lookup abandoned @50", 100, "pending 0+0");
    check("a own started; b own started; a lookup abandoned @50; b own refused", 100, "expired 0+0");
}

#[test]
fn a4_late_is_the_money_and_not_its_message() {
    // The message came after expiry, the money before it.
    check("a lookup approved @20", 40_000, "paid 1000+0 at 20");
    check("a lookup approved @100", 40_000, "paid 1000+0 at 100");
    // The money came after expiry.
    for now in [101, 40_000] {
        check("a lookup approved @101", now, "manual_review 1000+0 at 101; late_payment a");
        check("a signed approved @101", now, "manual_review 1000+0 at 101; late_payment a");
    }
    // Another message about the same money, with a later time, does not make it late; its going back in between does.
    check("a signed approved @20; a lookup approved @101", 200, "paid 1000+0 at 20");
    check("a lookup approved @20; a lookup approved @30; a lookup approved @101", 200, "paid 1000+0 at 30");
    check(
        "a lookup approved @20; a lookup reversed @30; a lookup approved @101",
        200,
        "manual_review 1000+0 at 101; late_payment a",
    );
    check(
        "a lookup approved @20; a lookup reversed @20; a lookup approved @101",
        200,
        "manual_review 1000+0 at 101; late_payment a",
    );
    check("a lookup reversed @10; a lookup approved @20; a lookup approved @101", 200, "paid 1000+0 at 20");
    check(
        "a notice approved @20; a lookup approved @30 =10; a lookup approved @101",
        200,
        "manual_review 1000+0 at 101; amount_mismatch a; late_payment a",
    );
    // The provider's clock may run ahead of ours: its word counts all the same.
    check("a lookup approved @101", 99, "manual_review 1000+0 at 101; late_payment a");
}

#[test]
fn a4_where_the_provider_names_no_time_the_end_of_its_session_counts() {
    check("a lookup approved", 40_000, "paid 1000+0 at 50");
    check("a signed approved", 10, "paid 1000+0 at 50");
    check("b lookup approved", 40_000, "manual_review 1000+0 at 120; late_payment b");
    check("b signed approved", 40_000, "manual_review 1000+0 at 120; late_payment b");
    // A confirmation without a time does not make late what was in time.
    check("b signed approved @90; b lookup approved", 40_000, "paid 1000+0 at 90");
    // Nor does the time of a notice that anybody could have sent make anything be in time.
    check("b notice approved @90; b lookup approved", 40_000, "manual_review 1000+0 at 120; late_payment b");
    check(
        "b signed approved @90 =10; b lookup approved",
        200,
        "manual_review 1000+0 at 120; amount_mismatch b; late_payment b",
    );
}

#[test]
fn a4_late_money_counts_where_the_merchant_said_so() {
    let accepted = |told: &str| folded(&facts(told), ACCEPT, 200);
    assert_eq!(accepted("a lookup approved @101"), "paid 1000+0 at 101; late_payment a");
    assert_eq!(accepted("b lookup approved"), "paid 1000+0 at 120; late_payment b");
    assert_eq!(accepted("a lookup approved @20"), "paid 1000+0 at 20");
    assert_eq!(accepted("a lookup approved @101 =10"), "manual_review 0+0; amount_mismatch a");
    assert_eq!(
        accepted("a lookup approved @101; b lookup approved @102"),
        "paid 1000+1000 at 101; duplicate_payment b; late_payment a"
    );
}

#[test]
fn b1_the_second_payment_is_surplus() {
    check("a lookup approved @20; b lookup approved @30", 40, "paid 1000+1000 at 20; duplicate_payment b");
    check("a signed approved @20; b signed approved @30", 40, "paid 1000+1000 at 20; duplicate_payment b");
    // The first is the one whose money moved first, whichever message was first.
    check("a lookup approved @30; b lookup approved @20", 40, "paid 1000+1000 at 20; duplicate_payment a");
    check("b lookup approved @20; a lookup approved @20", 40, "paid 1000+1000 at 20; duplicate_payment b");
    // A second payment after expiry is a duplicate, not late: the order was paid in time.
    check("a lookup approved @20; b lookup approved @130", 40, "paid 1000+1000 at 20; duplicate_payment b");
    check("a lookup approved @20; b lookup approved", 40, "paid 1000+1000 at 20; duplicate_payment b");
    // Three tabs.
    check(
        "a lookup approved @20; b lookup approved @30; c lookup approved @40",
        50,
        "paid 1000+1700 at 20; duplicate_payment b; duplicate_payment c",
    );
    // The same payment told twice is one payment.
    check("a signed approved @20; a lookup approved @21", 40, "paid 1000+0 at 21");
}

#[test]
fn b4_an_open_attempt_beside_a_paid_one_changes_nothing() {
    check("a lookup approved @20; b own started", 40, "paid 1000+0 at 20");
    check("a lookup approved @20; b lookup declined @30", 40, "paid 1000+0 at 20");
    check("a lookup approved @20; b own started; b own gave_up", 40, "paid 1000+0 at 20");
    check("a own started; a own gave_up; b own started", 40, "manual_review 0+0; indeterminate a");
}

#[test]
fn c5_an_answer_that_cannot_be_known_goes_to_a_person_and_is_settled_by_a_later_one() {
    check("a own started; a own gave_up", 200, "manual_review 0+0; indeterminate a");
    check("a own gave_up; b own gave_up", 200, "manual_review 0+0; indeterminate a; indeterminate b");
    check("a own started; a own gave_up; a lookup approved @20", 200, "paid 1000+0 at 20");
    check("a own started; a own gave_up; a signed approved @20", 200, "paid 1000+0 at 20");
    check("a own started; a own gave_up; a lookup declined @20", 90, "failed 0+0 timer 100");
    check("a own started; a own gave_up; a lookup declined @20", 200, "expired 0+0");
    check("a own started; a own gave_up; a claim approved @20", 200, "manual_review 0+0; indeterminate a");
    // A call that was found never to have reached the provider is no open question.
    check("a own started; a own gave_up; a own refused", 200, "expired 0+0");
}

#[test]
fn a8_claims_and_unsigned_notices_move_nothing() {
    for evidence in ["claim", "notice"] {
        for kind in ["approved @20", "approved @20 =10", "declined @90", "abandoned @90", "refused @90", "gave_up @90"]
        {
            let weak = format!("a {evidence} {kind}");
            check(&format!("a own started; {weak}"), 30, "pending 0+0");
            check(&format!("a own started; {weak}"), 300, "pending 0+0");
            check(&format!("a lookup approved @20; {weak}"), 300, "paid 1000+0 at 20");
            check(&format!("a lookup declined @20; {weak}"), 30, "failed 0+0 timer 100");
            check(&format!("a own gave_up; {weak}"), 300, "manual_review 0+0; indeterminate a");
            check(&format!("a lookup approved @20 =10; {weak}"), 300, "manual_review 0+0; amount_mismatch a");
        }
    }
    // What we did ourselves proves that we asked, never that money moved.
    check("a own started; a own approved @20", 30, "pending 0+0");
    check("a own started; a own declined @20", 30, "pending 0+0");
}

#[test]
fn a20_what_speaks_of_no_attempt_of_ours_changes_nothing() {
    check("x lookup approved @20 =1000", 30, "created 0+0 timer 100");
    check("x lookup approved @20 =1000; x own gave_up", 100, "expired 0+0");
    check("x lookup approved @20 =1000; a own started; a lookup declined @20", 30, "failed 0+0 timer 100");
    check("x lookup declined @30; a lookup approved @20", 30, "paid 1000+0 at 20");
}

#[test]
fn the_deciding_fact_is_the_one_that_explains_the_status() {
    let decides = |told: &str, expected: Option<&str>| {
        let facts = facts(told);
        let outcome = fold(&crate::notation::TERMS, &crate::notation::attempts_of(&facts), &facts, &REVIEW, 30);
        assert_eq!(outcome.deciding.map(|fact| fact.source.key.as_str()), expected, "{told}");
    };
    decides("", None);
    decides("a own started", None);
    decides("a signed approved @20; a lookup approved @20", Some("a lookup approved @20"));
    decides("a lookup approved @20; b lookup approved @10", Some("b lookup approved @10"));
    decides("a lookup approved @20 =10; a lookup approved @10", Some("a lookup approved @10"));
    decides("b signed approved @90; b lookup approved", Some("b lookup approved"));
    decides("a lookup declined @10; b lookup declined @20", Some("b lookup declined @20"));
    decides("a lookup declined @10; a lookup abandoned @20", Some("a lookup abandoned @20"));
    decides("a signed declined @20; a lookup abandoned @10", Some("a lookup abandoned @10"));
    decides("a lookup abandoned @20; a lookup declined @20", Some("a lookup declined @20"));
    decides("a own gave_up", Some("a own gave_up"));
    // Of two that contradict each other, the stronger.
    decides("a signed approved @20; a lookup declined @30", Some("a lookup declined @30"));
    decides("a lookup approved @20; a signed declined @30", Some("a lookup approved @20"));
    // Of two equals, the one that says that there is money.
    decides("a lookup declined @30; a lookup approved @20", Some("a lookup approved @20"));
    // A person, an act, the merchant's count of places.
    decides("a own gave_up; - manual decided @20 !paid", Some("- manual decided @20 !paid"));
    decides("- own cancelled @20; - own cancelled @10", Some("- own cancelled @10"));
    decides("a lookup approved @20; - own over_cap @25; - own over_cap @21", Some("- own over_cap @21"));
    decides("a own gave_up; - manual decided @20 !paid; b own gave_up; a lookup declined @25", Some("b own gave_up"));
}
