//! The rows of the status table about money that goes back: by amounts, reserved before the provider is asked, free again
//! when it failed, in doubt where nobody knows. All of it about an attempt that was paid at 20.

use crate::notation::{REVIEW, check, check_doings};

/// What was told of the refunds of a payment, and what it comes to.
#[track_caller]
fn paid_then(told: &str, expected: &str) {
    check(&format!("a lookup approved @20; {told}"), 60, expected);
    let turned: Vec<&str> = told.split(';').rev().collect();
    check(&format!("{}; a lookup approved @20", turned.join(";")), 60, expected);
}

/// The same for one refund of 300.
#[track_caller]
fn one(told: &str, expected: &str) {
    let told = told.replace(';', " #ref_1;");
    paid_then(&format!("a own refund_asked @25 =300 #ref_1; {told} #ref_1"), expected);
}

const RESERVED: &str = "paid 1000+0 reserved 300 at 20";
const DONE: &str = "partially_refunded 1000+0 back 300 at 20";
const FREE: &str = "paid 1000+0 at 20";
const IN_DOUBT: &str = "paid 1000+0 reserved 300 at 20; refund_in_doubt ref_1";

#[test]
fn d1_a_refund_is_reserved_before_the_provider_is_asked() {
    paid_then("a own refund_asked =300 #ref_1", RESERVED);
    let reserved = "a lookup approved @20; a own refund_asked =300 #ref_1";
    check_doings(REVIEW, reserved, 60, "may a 700 order");
    check_doings(REVIEW, &format!("{reserved}; a own refund_asked =700 #ref_2"), 60, "");
    check(&format!("{reserved}; a own refund_asked =700 #ref_2"), 60, "paid 1000+0 reserved 1000 at 20");
    check_doings(
        REVIEW,
        &format!("{reserved}; a own refund_asked =200 #ref_2; a lookup refunded #ref_1"),
        60,
        "may a 500 order",
    );
    // Anybody could have sent that.
    check_doings(REVIEW, "a lookup approved @20; a claim refund_asked =300 #ref_1", 60, "may a 1000 order");
}

#[test]
fn refunds_are_judged_by_their_amounts() {
    one("a lookup refunded @30", DONE);
    one("a signed refunded @30 =300", DONE);
    one("a bank_report refunded", DONE);
    paid_then("a own refund_asked =1000 #ref_1; a lookup refunded #ref_1", "refunded 1000+0 back 1000 at 20");
    // What a person says of a refund's time does not tell whether the provider's own count has it.
    let by_hand = "a own refund_asked =300 #ref_1 @40; a manual refunded #ref_1 @25";
    paid_then(&format!("{by_hand}; a lookup refunded =300 @30"), "partially_refunded 1000+0 back 600 at 20");
    let two = "a own refund_asked =300 #ref_1; a lookup refunded #ref_1; a own refund_asked =700 #ref_2";
    paid_then(two, "partially_refunded 1000+0 back 300 reserved 700 at 20");
    paid_then(&format!("{two}; a lookup refunded #ref_2"), "refunded 1000+0 back 1000 at 20");
    // What a refund of nothing, or of less than nothing, asks for is nothing.
    paid_then("a own refund_asked =-300 #ref_1; a lookup refunded #ref_1", FREE);
    // The provider speaks of a refund whose request is not among the facts.
    paid_then("a lookup refunded =300 #ref_1", DONE);
    paid_then("a lookup refund_failed #ref_1", FREE);
    paid_then("a own refund_in_doubt #ref_1", FREE);
}

#[test]
fn a8_weak_words_move_no_refund() {
    for weak in ["claim", "notice"] {
        for kind in ["refunded", "refund_failed", "refund_in_doubt"] {
            one(&format!("a {weak} {kind} @50"), RESERVED);
            one(&format!("a lookup refunded @30; a {weak} {kind} @50"), DONE);
        }
        paid_then(&format!("a {weak} refunded =300 @30"), FREE);
    }
    // That we asked does not prove that it went back.
    one("a own refunded @30", RESERVED);
}

#[test]
fn d3_a_failure_frees_the_amount_and_a_late_one_does_too() {
    one("a own refund_failed @30", FREE);
    one("a lookup refund_failed @30", FREE);
    one("a signed refund_failed @30", FREE);
    one("a own refund_failed @30; a own refund_in_doubt @40", FREE);
    // Failed after it had been reported done.
    one("a lookup refunded @30; a lookup refund_failed @40", FREE);
    one("a signed refunded @30; a lookup refund_failed @40", FREE);
    one("a lookup refunded; a lookup refund_failed @40", FREE);
    // Older than the success, or as old; or only our own conclusion.
    one("a lookup refunded @30; a lookup refund_failed @30", DONE);
    one("a lookup refunded @30; a lookup refund_failed @20", DONE);
    one("a lookup refunded @30; a signed refund_failed @30", DONE);
    one("a lookup refunded @30; a signed refund_failed", DONE);
    one("a lookup refunded; a lookup refund_failed", DONE);
    one("a signed refunded @30; a own refund_failed @40", DONE);
    one("a lookup refunded @30; a lookup refund_failed @40; a lookup refunded @50", DONE);
}

#[test]
fn d3_words_that_exclude_each_other_leave_it_in_doubt() {
    // The stronger is not the newer.
    one("a lookup refunded @30; a signed refund_failed @40", IN_DOUBT);
    one("a signed refunded @40; a lookup refund_failed @30", IN_DOUBT);
    one("a signed refunded @30; a lookup refund_failed @30", IN_DOUBT);
    one("a signed refunded; a lookup refund_failed", IN_DOUBT);
    one("a lookup refunded; a signed refund_failed @40", IN_DOUBT);
    // One more on one side does not settle it while the other has a newer word or a stronger one.
    one("a lookup refunded @30; a signed refunded @50; a lookup refund_failed @40", IN_DOUBT);
    // A newer look-up settles it.
    one("a lookup refunded @30; a signed refund_failed @40; a lookup refunded @50", DONE);
    one("a lookup refunded @30; a signed refund_failed @40; a lookup refunded @40", DONE);
    one("a lookup refunded @30; a signed refund_failed @40; a lookup refund_failed @50", FREE);
    // Or a person, who has to be newer than the words; ours does not.
    one("a lookup refunded @30; a signed refund_failed @40; a manual refunded @50", DONE);
    one("a lookup refunded @30; a signed refund_failed @40; a manual refund_failed @50", FREE);
    one("a lookup refunded @30; a signed refund_failed @40; a manual refund_failed @40", IN_DOUBT);
    one("a lookup refunded @30; a signed refund_failed @40; a manual refunded @35", IN_DOUBT);
    one("a lookup refunded @30; a signed refund_failed @40; a own refund_failed @50", IN_DOUBT);
}

#[test]
fn d3_a_refund_in_doubt_stays_reserved_until_somebody_knows() {
    one("a own refund_in_doubt @40", IN_DOUBT);
    one("a own refund_in_doubt @40; a lookup refunded @30", DONE);
    one("a own refund_in_doubt @40; a lookup refund_failed @30", FREE);
    one("a own refund_in_doubt @40; a manual refunded @50", DONE);
    one("a own refund_in_doubt @40; a manual refund_failed @50", FREE);
    // People correct themselves, and the provider corrects people.
    one("a manual refunded @50; a manual refund_failed @60", FREE);
    one("a manual refunded @50; a manual refund_failed @50", DONE);
    one("a manual refunded @50; a lookup refund_failed @30", FREE);
    one("a manual refund_failed @50; a signed refunded @30", DONE);
    one("a own refund_failed @30; a manual refunded @50", DONE);
    one("a own refund_failed @30; a manual refunded @20", IN_DOUBT);
    // It is shown whatever else is in question, and where a person has ruled.
    let doubt = "a own refund_asked =300 #ref_1; a own refund_in_doubt #ref_1";
    check(&format!("a own started; {doubt}"), 60, "pending 0+0; refund_in_doubt ref_1");
    let contradicted = format!("a signed approved @20; a lookup declined @30; {doubt}");
    check(&contradicted, 60, "manual_review 0+0; contradiction a; refund_in_doubt ref_1");
    check(&format!("{contradicted}; - manual decided @40 !paid"), 60, "paid 1000+0 at 40; refund_in_doubt ref_1");
}

#[test]
fn what_the_provider_gave_back_by_itself_is_counted_once() {
    paid_then("a lookup refunded =300 @30", DONE);
    paid_then("a manual refunded =300 @30", DONE);
    paid_then("a lookup refunded =1000 @30", "refunded 1000+0 back 1000 at 20");
    paid_then("a lookup refunded @30", FREE);
    paid_then("a lookup refunded =-5 @30", FREE);
    // Ours is in its count.
    let ours = "a own refund_asked =300 #ref_1; a lookup refunded @30 #ref_1";
    paid_then(&format!("{ours}; a lookup refunded =300 @40"), DONE);
    paid_then(&format!("{ours}; a lookup refunded =200 @40"), DONE);
    paid_then(&format!("{ours}; a lookup refunded =500 @40"), "partially_refunded 1000+0 back 500 at 20");
    // Ours was asked for after the count was taken: both went back, and neither hides the other.
    let later = "a lookup refunded =300 @30; a own refund_asked @40 =300 #ref_1";
    paid_then(later, "partially_refunded 1000+0 back 300 reserved 300 at 20");
    paid_then(&format!("{later}; a lookup refunded @50 #ref_1"), "partially_refunded 1000+0 back 600 at 20");
    paid_then(
        &format!("{later}; a lookup refunded @50 #ref_1; a lookup refunded =600 @60"),
        "partially_refunded 1000+0 back 600 at 20",
    );
    paid_then(&format!("{later}; a own refund_failed @50 #ref_1"), DONE);
    // A count that has not grown since does not say that one of the two was not made.
    paid_then(
        &format!("{later}; a lookup refunded @50 #ref_1; a lookup refunded =300 @60"),
        "partially_refunded 1000+0 back 600 at 20",
    );
    // Our clock may run ahead of the bank's: what the bank dates before its count is in the count.
    paid_then("a own refund_asked @40 =300 #ref_1; a lookup refunded @35 #ref_1; a lookup refunded @35 =300", DONE);
    // Asked for at the moment of the count, it may be in it.
    paid_then("a own refund_asked @40 =300 #ref_1; a lookup refunded =300 @40", RESERVED);
    // What is under way may be in it already.
    paid_then("a own refund_asked =300 #ref_1; a lookup refunded =300 @40", RESERVED);
    paid_then(
        "a own refund_asked =300 #ref_1; a lookup refunded =500 @40",
        "partially_refunded 1000+0 back 200 reserved 300 at 20",
    );
    paid_then("a own refund_asked =300 #ref_1; a own refund_failed #ref_1; a lookup refunded =300 @40", DONE);
    // A count grows; only a newer word that is as strong makes it less.
    paid_then("a lookup refunded =300 @30; a signed refunded =500 @40", "partially_refunded 1000+0 back 500 at 20");
    paid_then("a lookup refunded =500 @30; a signed refunded =300 @40", "partially_refunded 1000+0 back 500 at 20");
    paid_then("a lookup refunded =500 @30; a lookup refunded =300 @30", "partially_refunded 1000+0 back 500 at 20");
    paid_then("a lookup refunded =500 @30; a lookup refunded =300 @40", DONE);
    // Another currency cannot be counted.
    paid_then("a lookup refunded =300RUB @30", FREE);
    paid_then("a lookup refunded =300XTS @30", FREE);
}

#[test]
fn more_than_was_taken_or_asked_is_shown_and_never_counted_beyond_the_money() {
    paid_then("a lookup refunded =1001 @30", "refunded 1000+0 back 1000 at 20; contradiction a");
    let all = "a own refund_asked =1000 #ref_1; a lookup refunded #ref_1";
    paid_then(
        &format!("{all}; a own refund_asked =300 #ref_2; a lookup refunded #ref_2"),
        "refunded 1000+0 back 1000 at 20; contradiction a",
    );
    one("a lookup refunded =400 @30", "partially_refunded 1000+0 back 400 at 20; amount_mismatch ref_1");
    one("a lookup refunded =200 @30", "partially_refunded 1000+0 back 200 at 20; amount_mismatch ref_1");
    // A ruling about the payment does not settle what is wrong with its refund.
    check(
        "a lookup approved @101; a own refund_asked =300 #ref_1; a lookup refunded =400 #ref_1; - manual decided !paid",
        200,
        "partially_refunded 1000+0 back 400 at 101; amount_mismatch ref_1",
    );
}

#[test]
fn d7_a_refund_in_another_currency_is_shown_and_taken_for_what_was_asked() {
    one("a lookup refunded =300RUB @30", "partially_refunded 1000+0 back 300 at 20; currency_mismatch ref_1");
    one("a lookup refunded =9XTS @30", "partially_refunded 1000+0 back 300 at 20; currency_mismatch ref_1");
    one("a lookup refund_failed =300RUB @30", FREE);
    paid_then("a own refund_asked =300RUB #ref_1", FREE);
    paid_then(
        "a own refund_asked =300RUB #ref_1; a lookup refunded #ref_1",
        "paid 1000+0 at 20; currency_mismatch ref_1",
    );
    paid_then("a lookup refunded =300RUB #ref_1", "paid 1000+0 at 20; currency_mismatch ref_1");
    paid_then("a lookup refunded =300XTS #ref_1", "paid 1000+0 at 20; currency_mismatch ref_1");
}

#[test]
fn d6_giving_the_surplus_back_leaves_it_paid() {
    let second = |told: &str, expected: &str| paid_then(&format!("b lookup approved @30; {told}"), expected);
    second("b own refund_asked =1000 #ref_1 %surplus", "paid 1000+1000 reserved 1000 at 20; duplicate_payment b");
    second("b own refund_asked =1000 #ref_1 %surplus; b lookup refunded #ref_1", FREE);
    second(
        "b own refund_asked =400 #ref_1 %surplus; b lookup refunded #ref_1",
        "paid 1000+600 at 20; duplicate_payment b",
    );
    second("b lookup refunded =1000 @40", FREE);
    // The first goes back instead: the second is the order's then.
    second("a own refund_asked =1000 #ref_1 %surplus; a lookup refunded #ref_1", FREE);
    let both = "a lookup approved @20; b lookup approved @30";
    check_doings(REVIEW, both, 60, "may a 1000 order; may b 1000 surplus");
    let asked = "b own refund_asked =1000 #ref_1 %surplus";
    check_doings(REVIEW, &format!("{both}; {asked}"), 60, "may a 1000 order");
    check_doings(
        REVIEW,
        &format!("{both}; {}", asked.replace("1000", "400")),
        60,
        "may a 1000 order; may b 600 surplus",
    );
}

#[test]
fn giving_the_order_back_leaves_the_surplus_to_be_given_back_too() {
    let second = |told: &str, expected: &str| paid_then(&format!("b lookup approved @30; {told}"), expected);
    second(
        "a own refund_asked =1000 #ref_1; a lookup refunded #ref_1",
        "refunded 1000+1000 back 1000 at 20; duplicate_payment b",
    );
    second(
        "b own refund_asked =1000 #ref_1; b lookup refunded #ref_1",
        "refunded 1000+1000 back 1000 at 20; duplicate_payment a",
    );
    second(
        "a own refund_asked =300 #ref_1; a lookup refunded #ref_1",
        "partially_refunded 1000+1000 back 300 at 20; duplicate_payment b",
    );
    second(
        "a own refund_asked =1000 #ref_1; a lookup refunded #ref_1; b own refund_asked =1000 #ref_2 %surplus; b lookup refunded #ref_2",
        "refunded 1000+0 back 1000 at 20",
    );
    // A refund of 300 of the order, taken from the second payment: what is kept of both is 1700, of which 700 is the order's.
    let from_second =
        "a lookup approved @20; b lookup approved @30; b own refund_asked =300 #ref_1; b lookup refunded #ref_1";
    check(from_second, 60, "partially_refunded 1000+1000 back 300 at 20; duplicate_payment a; duplicate_payment b");
    check_doings(REVIEW, from_second, 60, "may a 300 surplus; may a 700 order; may b 700 surplus");
}
