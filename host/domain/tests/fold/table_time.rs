//! The rows of the status table about the merchant's acts and about lateness: withdrawal, a new end, grace, what the policy
//! does with late money, and money for which the link had no place.

use crate::notation::{ACCEPT, GRACE, REFUND, REVIEW, check, check_doings, check_under};
use kamurj_domain::Policy;

#[test]
fn the_merchant_withdraws_it() {
    check("- own cancelled @30", 40, "cancelled 0+0");
    check("- own cancelled @30", 500, "cancelled 0+0");
    check("a own started; a lookup declined @10; - own cancelled @30", 40, "cancelled 0+0");
    check_doings(REVIEW, "a own started; a lookup declined @10; - own cancelled @30", 40, "");
    // An attempt that may still take money is closed at the provider.
    check("a own started; b own started; - own cancelled @30", 40, "cancelled 0+0");
    check_doings(REVIEW, "a own started; b own started; - own cancelled @30", 40, "close a; close b");
    check_doings(REVIEW, "a own started; b own started", 40, "");
    // Neither a browser nor an unsigned message withdraws anything, nor does a withdrawal without a time.
    check("- claim cancelled @30", 40, "created 0+0 timer 100");
    check("- notice cancelled @30", 40, "created 0+0 timer 100");
}

#[test]
fn b7_money_is_judged_by_the_moment_of_withdrawal() {
    check("a lookup approved @20; - own cancelled @30", 40, "paid 1000+0 at 20");
    check("- own cancelled @30; a lookup approved @30", 40, "paid 1000+0 at 30");
    check("- own cancelled @30; a lookup approved @31", 40, "manual_review 1000+0 at 31; late_payment a");
    // It names no time, and its session ended after the withdrawal.
    check("- own cancelled @30; a lookup approved", 40, "manual_review 1000+0 at 50; late_payment a");
    check("- own cancelled @30; a signed approved @20; a lookup approved", 40, "paid 1000+0 at 20");
    // The first withdrawal is the one that counts.
    check(
        "- own cancelled @40; - own cancelled @30; a lookup approved @35",
        60,
        "manual_review 1000+0 at 35; late_payment a",
    );
    check_under(ACCEPT, "- own cancelled @30; a lookup approved @31", 40, "paid 1000+0 at 31; late_payment a");
    check_under(REFUND, "- own cancelled @30; a lookup approved @31", 40, "cancelled 0+1000; late_payment a");
    check_doings(
        REFUND,
        "- own cancelled @30; a lookup approved @31; b own started",
        40,
        "refund a 1000 surplus; close b; may a 1000 surplus",
    );
}

#[test]
fn a_new_end_opens_it_again() {
    check("- own reopened @150 >300", 160, "created 0+0 timer 300");
    check("- own reopened @150 >300", 299, "created 0+0 timer 300");
    check("- own reopened @150 >300", 300, "expired 0+0");
    // What failed before the new end is history.
    check("a lookup declined @10; - own reopened @150 >300", 160, "created 0+0 timer 300");
    check("a lookup declined @150; - own reopened @150 >300", 160, "failed 0+0 timer 300");
    check("a lookup declined @160; - own reopened @150 >300", 170, "failed 0+0 timer 300");
    check("a own started; - own reopened @150 >300", 160, "pending 0+0");
    // The later act counts, whichever was told first.
    check("- own reopened @160 >200; - own reopened @150 >300", 250, "expired 0+0");
    check("- own cancelled @170; - own reopened @150 >300", 180, "cancelled 0+0");
    check("- own cancelled @140; - own reopened @150 >300", 180, "created 0+0 timer 300");
    // At one moment the withdrawal counts.
    check("- own cancelled @150; - own reopened @150 >300", 180, "cancelled 0+0");
    check("- own reopened @150 >300; - own cancelled @150", 180, "cancelled 0+0");
    // A new end that names none, or that anybody could have sent, is none.
    check("- own reopened @150", 160, "expired 0+0");
    check("- own reopened >300", 160, "expired 0+0");
    check("- claim reopened @150 >300", 160, "expired 0+0");
}

#[test]
fn a4_money_is_in_time_in_each_span_and_late_between_them() {
    let reopened = |money: &str, expected: &str| {
        check(&format!("- own reopened @150 >300; a lookup approved @{money}"), 400, expected);
    };
    reopened("100", "paid 1000+0 at 100");
    reopened("101", "manual_review 1000+0 at 101; late_payment a");
    reopened("149", "manual_review 1000+0 at 149; late_payment a");
    reopened("150", "paid 1000+0 at 150");
    reopened("300", "paid 1000+0 at 300");
    reopened("301", "manual_review 1000+0 at 301; late_payment a");
    // Withdrawn, and opened again.
    check(
        "- own cancelled @30; - own reopened @150 >300; a lookup approved @90",
        400,
        "manual_review 1000+0 at 90; late_payment a",
    );
    check("- own cancelled @30; - own reopened @150 >300; a lookup approved @29", 400, "paid 1000+0 at 29");
    // Longer or shorter while it was open.
    check("- own reopened @50 >300; a lookup approved @200", 400, "paid 1000+0 at 200");
    check("- own reopened @50 >60; a lookup approved @50", 400, "paid 1000+0 at 50");
    check("- own reopened @50 >60; a lookup approved @20", 400, "paid 1000+0 at 20");
    check("- own reopened @50 >60; a lookup approved @61", 400, "manual_review 1000+0 at 61; late_payment a");
    check("- own reopened @50 >60", 60, "expired 0+0");
}

#[test]
fn a4_grace_is_for_money_and_not_for_the_status() {
    check_under(GRACE, "", 99, "created 0+0 timer 100");
    check_under(GRACE, "", 100, "expired 0+0");
    check_under(GRACE, "a lookup approved @110", 200, "paid 1000+0 at 110");
    check_under(GRACE, "a lookup approved @111", 200, "manual_review 1000+0 at 111; late_payment a");
    check_under(GRACE, "- own reopened @150 >300; a lookup approved @110", 400, "paid 1000+0 at 110");
    check_under(
        GRACE,
        "- own reopened @150 >300; a lookup approved @111",
        400,
        "manual_review 1000+0 at 111; late_payment a",
    );
    check_under(GRACE, "- own reopened @50 >60; a lookup approved @70", 400, "paid 1000+0 at 70");
    check_under(
        GRACE,
        "- own reopened @50 >60; a lookup approved @71",
        400,
        "manual_review 1000+0 at 71; late_payment a",
    );
    // Withdrawal has none; after expiry it changes nothing about it.
    check_under(GRACE, "- own cancelled @30; a lookup approved @31", 200, "manual_review 1000+0 at 31; late_payment a");
    check_under(GRACE, "- own cancelled @100; a lookup approved @105", 200, "paid 1000+0 at 105");
    check_under(
        GRACE,
        "- own cancelled @99; a lookup approved @105",
        200,
        "manual_review 1000+0 at 105; late_payment a",
    );
    let endless = Policy { grace_ms: i64::MAX, ..REVIEW };
    check_under(endless, "a lookup approved @5000", 9_000, "paid 1000+0 at 5000");
    let senseless = Policy { grace_ms: -50, ..REVIEW };
    check_under(senseless, "a lookup approved @100", 200, "paid 1000+0 at 100");
}

#[test]
fn a4_late_money_is_given_back_once_where_the_policy_says_so() {
    let late = "a lookup approved @101";
    check_under(REFUND, late, 200, "expired 0+1000; late_payment a");
    check_doings(REFUND, late, 200, "refund a 1000 surplus; may a 1000 surplus");
    let asked = format!("{late}; a own refund_asked @201 =1000 #ref_1 %surplus");
    check_under(REFUND, &asked, 210, "expired 0+1000 reserved 1000; late_payment a");
    check_doings(REFUND, &asked, 210, "");
    check_under(REFUND, &format!("{asked}; a lookup refunded @202 #ref_1"), 210, "expired 0+0");
    check_doings(REFUND, &format!("{asked}; a lookup refunded @202 #ref_1"), 210, "");
    // One that failed is not repeated by itself, nor one in doubt.
    let failed = format!("{asked}; a own refund_failed @202 #ref_1");
    check_under(REFUND, &failed, 210, "expired 0+1000; late_payment a");
    check_doings(REFUND, &failed, 210, "may a 1000 surplus");
    let in_doubt = format!("{asked}; a own refund_in_doubt @202 #ref_1");
    check_under(REFUND, &in_doubt, 210, "expired 0+1000 reserved 1000; late_payment a; refund_in_doubt ref_1");
    check_doings(REFUND, &in_doubt, 210, "");
    // Of two late payments each goes back, and each has its place in the inbox as long as it has not.
    let two = "a lookup approved @101; b lookup approved @102";
    check_under(REFUND, two, 200, "expired 0+2000; late_payment a; late_payment b");
    check_doings(
        REFUND,
        two,
        200,
        "refund a 1000 surplus; refund b 1000 surplus; may a 1000 surplus; may b 1000 surplus",
    );
    let one_back = format!("{two}; a own refund_asked @201 =1000 #ref_1 %surplus; a lookup refunded @202 #ref_1");
    check_under(REFUND, &one_back, 210, "expired 0+1000; late_payment b");
    check_doings(REFUND, &one_back, 210, "refund b 1000 surplus; may b 1000 surplus");
    // What the provider gave back by itself is not given back again.
    check_doings(
        REFUND,
        "a lookup approved @101; a lookup refunded @105 =400",
        200,
        "refund a 600 surplus; may a 600 surplus",
    );
}

#[test]
fn a4_money_in_time_and_in_grace_is_not_given_back() {
    check_under(REFUND, "a lookup approved @100", 200, "paid 1000+0 at 100");
    check_doings(REFUND, "a lookup approved @100", 200, "may a 1000 order");
    let grace = Policy { grace_ms: 10, ..REFUND };
    check_under(grace, "a lookup approved @110", 200, "paid 1000+0 at 110");
    check_under(grace, "a lookup approved @111", 200, "expired 0+1000; late_payment a");
    // A late second payment is a duplicate, and that is for a person.
    let second = "a lookup approved @20; b lookup approved @130";
    check_under(REFUND, second, 200, "paid 1000+1000 at 20; duplicate_payment b");
    check_doings(REFUND, second, 200, "may a 1000 order; may b 1000 surplus");
}

#[test]
fn a4_late_money_does_not_hide_what_else_is_open() {
    let beside = |more: &str, expected: &str, doings: &str| {
        let told = format!("a lookup approved @101; {more}");
        check_under(REFUND, &told, 200, expected);
        check_doings(REFUND, &told, 200, doings);
    };
    let back = "refund a 1000 surplus; may a 1000 surplus";
    beside("b own started", "pending 0+1000; late_payment a", back);
    beside("b own started; b lookup declined @102", "expired 0+1000; late_payment a", back);
    // While a person has a question to answer nothing goes back by itself.
    beside("b own started; b own gave_up", "manual_review 0+1000; late_payment a; indeterminate b", "");
    beside("b lookup approved @20 =10", "manual_review 0+1000; amount_mismatch b; late_payment a", "");
    beside("b signed approved @20; b lookup declined @30", "manual_review 0+1000; late_payment a; contradiction b", "");
    beside("b lookup approved @20; b lookup reversed @30", "manual_review 0+1000; late_payment a; reversed b", "");
    let given_back = "a own refund_asked @102 =1000 #ref_1 %surplus; a lookup refunded @103 #ref_1";
    beside(given_back, "expired 0+0", "");
    beside(
        &format!("{given_back}; b lookup approved @20; b lookup reversed @30"),
        "manual_review 1000+0 at 20; reversed b",
        "",
    );
    beside(&format!("{given_back}; b own gave_up"), "manual_review 0+0; indeterminate b", "");
}

#[test]
fn a4_late_money_that_a_person_gave_back_is_no_question_any_more() {
    let refunded = |minor: i64| {
        format!("a lookup approved @101; a own refund_asked @201 ={minor} #ref_1; a lookup refunded @202 #ref_1")
    };
    check(&refunded(400), 210, "manual_review 1000+0 back 400 at 101; late_payment a");
    check(&refunded(1000), 210, "refunded 1000+0 back 1000 at 101");
    check_under(ACCEPT, &refunded(400), 210, "partially_refunded 1000+0 back 400 at 101; late_payment a");
    check_under(ACCEPT, &refunded(1000), 210, "refunded 1000+0 back 1000 at 101");
}

#[test]
fn b5_money_for_which_the_link_had_no_place_is_beyond_the_order() {
    let over = "a lookup approved @20; - own over_cap @20";
    for policy in [REVIEW, ACCEPT, REFUND] {
        check_under(policy, over, 60, "manual_review 0+1000; duplicate_payment a");
        check_doings(policy, over, 60, "may a 1000 surplus");
    }
    // Nobody has paid, or the money is in question anyway.
    check("- own over_cap @20", 60, "created 0+0 timer 100");
    check("- own over_cap @20; a signed approved @20; a lookup declined @30", 60, "manual_review 0+0; contradiction a");
    // Anybody could say that.
    check("a lookup approved @20; - notice over_cap @20", 60, "paid 1000+0 at 20");
    let asked =
        |minor: i64| format!("{over}; a own refund_asked @30 ={minor} #ref_1 %surplus; a lookup refunded @31 #ref_1");
    check(&asked(400), 60, "manual_review 0+600; duplicate_payment a");
    // It is over then; the link has no place for another try.
    check(&asked(1000), 60, "refunded 1000+0 back 1000 at 20");
    check_doings(REVIEW, &asked(1000), 60, "");
    // Or the merchant makes a place.
    check(&format!("{over}; - manual decided @40 !paid"), 60, "paid 1000+0 at 20");
    // The bank took it back: nothing is left to decide.
    check(&format!("{over}; a lookup reversed @30"), 60, "failed 0+0 timer 100");
}
