//! The rows of the status table about money that the bank takes back.

use crate::notation::{REFUND, REVIEW, check, check_doings, check_under};

const REVERSED: &str = "manual_review 1000+0 at 20; reversed a";

#[test]
fn c10_money_that_the_bank_took_back_goes_to_a_person() {
    for evidence in ["signed", "lookup", "bank_report"] {
        check(&format!("a lookup approved @20; a {evidence} reversed @30"), 60, REVERSED);
        check(
            &format!("a lookup approved @20; a {evidence} charged_back @30"),
            60,
            "manual_review 1000+0 at 20; chargeback a",
        );
    }
    for evidence in ["claim", "notice", "own"] {
        for kind in ["reversed", "charged_back"] {
            check(&format!("a lookup approved @20; a {evidence} {kind} @30"), 60, "paid 1000+0 at 20");
        }
    }
    // Whichever was told first, and when its time is over.
    check("a lookup reversed @30; a lookup approved @20", 500, REVERSED);
    check_doings(REVIEW, "a lookup approved @20; a lookup reversed @30", 60, "");
    // A dispute weighs more than a reversal.
    check(
        "a lookup approved @20; a lookup reversed @40; a signed charged_back @30",
        60,
        "manual_review 1000+0 at 20; chargeback a",
    );
    // The money was never reported, only that it went back.
    check("a own started; a lookup reversed @30", 60, "manual_review 0+0; reversed a");
    check("a lookup approved @20 =10; a lookup reversed @30", 60, "manual_review 0+0; amount_mismatch a; reversed a");
}

#[test]
fn c10_only_a_newer_word_as_strong_says_that_the_money_is_there_again() {
    check("a lookup reversed @30; a lookup approved @40", 60, "paid 1000+0 at 40");
    check("a signed charged_back @30; a lookup approved @40", 60, "paid 1000+0 at 40");
    check("a lookup reversed @30; a lookup approved @30", 60, "manual_review 1000+0 at 30; reversed a");
    check("a lookup reversed @30; a signed approved @40", 60, "manual_review 1000+0 at 40; reversed a");
    check("a lookup reversed; a lookup approved @40", 60, "manual_review 1000+0 at 40; reversed a");
    check("a lookup reversed @30; a lookup approved", 60, "manual_review 1000+0 at 50; reversed a");
    // Of two reversals the newer has to be overtaken.
    check(
        "a lookup reversed @30; a lookup reversed @50; a lookup approved @40",
        60,
        "manual_review 1000+0 at 40; reversed a",
    );
    check("a lookup reversed @30; a lookup approved @40; a lookup approved @20", 60, "paid 1000+0 at 40");
    // The money is there again, but not what was asked.
    check("a lookup reversed @30; a lookup approved @40 =10", 60, "manual_review 0+0; amount_mismatch a");
}

#[test]
fn c10_what_we_asked_the_provider_to_take_back_is_no_news() {
    check("a own started; - own cancelled @30; a lookup reversed @31", 60, "cancelled 0+0");
    check("- own cancelled @30; a lookup approved @31; a lookup reversed @32", 60, "cancelled 0+0");
    check("a lookup approved @101; a lookup reversed @110", 200, "expired 0+0");
    // One statement puts the money in time: it had counted, and its going back is news.
    check(
        "a lookup approved @20; a lookup approved @101; a signed reversed @101",
        60,
        "manual_review 1000+0 at 101; reversed a",
    );
    // It was paid, and the withdrawal came after that.
    check("a lookup approved @20; - own cancelled @30; a lookup reversed @40", 60, REVERSED);
    check(
        "a lookup approved @20; - own cancelled @30; a lookup charged_back @40",
        60,
        "manual_review 1000+0 at 20; chargeback a",
    );
}

#[test]
fn c10_another_attempt_may_still_hold_the_money() {
    check("a lookup approved @20; a lookup reversed @30; b lookup approved @25", 60, "paid 1000+0 at 25");
    check(
        "a lookup approved @20; a lookup charged_back @30; b lookup approved @25",
        60,
        "manual_review 1000+0 at 25; chargeback a",
    );
    check(
        "a lookup approved @20; a lookup reversed @30; b lookup approved @25; b lookup reversed @35",
        60,
        "manual_review 1000+0 at 20; reversed a; reversed b",
    );
    check_under(
        REFUND,
        "a lookup approved @20; a lookup charged_back @30; b lookup approved @130",
        200,
        "manual_review 0+1000; late_payment b; chargeback a",
    );
}

#[test]
fn d5_after_a_dispute_nothing_goes_back_twice() {
    let refunded = "a lookup approved @20; a own refund_asked @25 =300 #ref_1";
    let both = format!("{refunded}; a lookup refunded @26 #ref_1; a lookup charged_back @30");
    check(&both, 60, "manual_review 1000+0 back 300 at 20; chargeback a");
    check_doings(REVIEW, &both, 60, "");
    let under_way = format!("{refunded}; a lookup charged_back @30");
    check(&under_way, 60, "manual_review 1000+0 reserved 300 at 20; chargeback a");
    check_doings(REVIEW, &under_way, 60, "");
    check_doings(REFUND, "a lookup approved @101; b lookup approved @102; b lookup charged_back @110", 200, "");
    // A person may decide, and the provider still holds nothing.
    let ruled = format!("{under_way}; - manual decided @40 !paid");
    check(&ruled, 60, "paid 1000+0 reserved 300 at 20");
    check_doings(REVIEW, &ruled, 60, "");
}
