//! The rows of the status table about what stands in the bank's report: it confirms, it warns, and money that nobody else
//! spoke of it only shows to a person.

use crate::notation::{ACCEPT, REVIEW, TERMS, attempts_of, check, check_doings, check_under, facts};
use kamurj_domain::fold;

const PAID: &str = "paid 1000+0 at 20";

#[test]
fn c9_a_reports_line_alone_makes_nothing_paid_and_is_shown() {
    check("a own started; a bank_report approved @20", 60, "pending 0+0; report_difference a");
    check("b own started; a bank_report approved @20 =10", 60, "pending 0+0; report_difference a");
    check("a lookup declined @10; a bank_report approved @20", 60, "failed 0+0 timer 100; report_difference a");
    check("a lookup declined @10; a bank_report approved @20", 200, "expired 0+0; report_difference a");
    check("- own cancelled @30; a bank_report approved @20", 60, "cancelled 0+0; report_difference a");
    check("a own gave_up; a bank_report approved @20", 60, "manual_review 0+0; indeterminate a; report_difference a");
    check_under(ACCEPT, "a own refused; a bank_report approved @101", 200, "expired 0+0; report_difference a");
    // The look-up that a person asks for settles it, whichever of the two came first.
    check("a own started; a bank_report approved @20; a lookup approved @20", 60, PAID);
    check("a own started; a signed approved @20; a bank_report approved @20", 60, PAID);
}

#[test]
fn c9_a_line_that_confirms_what_is_known_changes_nothing_at_all() {
    let confirmed = |told: &str, line: &str| {
        let before = facts(told);
        let after = facts(&format!("{told}; {line}"));
        let of = |facts| fold(&TERMS, &attempts_of(&before), facts, &REVIEW, 60);
        let (before, after) = (of(&before), of(&after));
        assert_eq!(before, after, "{line} after {told}");
    };
    for time in ["", " @1", " @20", " @99", " @5000"] {
        confirmed("a signed approved @20", &format!("a bank_report approved{time}"));
        confirmed("a lookup approved @20", &format!("a bank_report approved{time} =1000"));
        confirmed("a lookup approved @20 =10", &format!("a bank_report approved{time} =10"));
        confirmed("a lookup approved @20; a lookup reversed @30", &format!("a bank_report approved{time}"));
        confirmed("a signed approved @20; a lookup declined @30", &format!("a bank_report approved{time}"));
        confirmed("a lookup approved @101", &format!("a bank_report approved{time}"));
    }
    for kind in ["reversed", "charged_back"] {
        for time in ["", " @1", " @30"] {
            confirmed(&format!("a lookup approved @20; a lookup {kind} @30"), &format!("a bank_report {kind}{time}"));
        }
        // The money is there again since, and the report tells the old story.
        let again = format!("a lookup approved @20; a lookup {kind} @30; a lookup approved @40");
        confirmed(&again, &format!("a bank_report {kind} @30"));
    }
    // Made in the provider's own office: the provider's count has it, or both of them.
    confirmed("a lookup approved @20; a lookup refunded =300 @30", "a bank_report refunded =300 @30");
    let two = "a bank_report refunded =100 @30; a bank_report refunded =200 @31";
    confirmed("a lookup approved @20; a lookup refunded =300 @40", two);
    let ruled = "a signed approved @20; a lookup declined @30; - manual decided @40 !paid";
    confirmed(ruled, "a bank_report approved @20");
}

#[test]
fn c9_a_line_with_another_amount_is_shown_and_moves_nothing() {
    let differing = "paid 1000+0 at 20; report_difference a";
    for amount in ["10", "1001", "1000USD", "1000XTS"] {
        check(&format!("a lookup approved @20; a bank_report approved @20 ={amount}"), 60, differing);
    }
    check_doings(REVIEW, "a lookup approved @20; a bank_report approved @20 =10", 60, "may a 1000 order");
    let other = "manual_review 0+0; amount_mismatch a; report_difference a";
    check("a lookup approved @20 =10; a bank_report approved @20", 60, other);
    // Confirmed, and then something else again: what was said once stays said.
    check("a lookup approved @20; a bank_report approved @20; a bank_report approved @20 =10", 60, differing);
}

#[test]
fn c9_a_report_settles_no_contradiction() {
    let open = "manual_review 0+0; contradiction a";
    check("a signed approved @20; a lookup declined @30; a bank_report approved @40", 60, open);
    check("a lookup approved @20; a bank_report declined @30", 60, open);
    check("a bank_report approved @20; a lookup declined @30", 60, "failed 0+0 timer 100; report_difference a");
}

#[test]
fn c10_what_the_report_says_was_taken_back_goes_to_a_person_who_alone_can_settle_it() {
    let reversed = "manual_review 1000+0 at 20; reversed a";
    check("a lookup approved @20; a bank_report reversed @30", 60, reversed);
    check("a lookup approved @20; a bank_report reversed", 60, reversed);
    check(
        "a lookup approved @20; a bank_report reversed @30; a lookup approved @40",
        60,
        "manual_review 1000+0 at 40; reversed a",
    );
    let charged_back = "manual_review 1000+0 at 20; chargeback a";
    check("a lookup approved @20; a bank_report charged_back @30 =400", 60, charged_back);
    check("a bank_report charged_back @30; a signed approved @20", 60, charged_back);
    check("a lookup approved @20; a bank_report charged_back @30; - manual decided @50 !paid", 60, "paid 1000+0 at 20");
    // Money of which nobody else ever spoke cannot have gone.
    for kind in ["reversed", "charged_back"] {
        check(&format!("a own started; a bank_report {kind} @30"), 60, "pending 0+0; report_difference a");
        check(
            &format!("a lookup declined @5; a bank_report {kind} @30"),
            60,
            "failed 0+0 timer 100; report_difference a",
        );
    }
    // It went back because we asked for that.
    check("- own cancelled @30; a lookup approved @31; a bank_report reversed @32", 60, "cancelled 0+0");
}

#[test]
fn c9_a_report_ends_a_refund_that_was_asked_for_and_counts_no_other() {
    let then = |told: &str, expected: &str| check(&format!("a lookup approved @20; {told}"), 60, expected);
    let back = "partially_refunded 1000+0 back 300 at 20";
    let asked = "a own refund_asked =300 #ref_1";
    then(&format!("{asked}; a bank_report refunded =300 #ref_1"), back);
    then(&format!("{asked}; a bank_report refunded #ref_1"), back);
    then(&format!("{asked}; a own refund_in_doubt #ref_1; a bank_report refunded =300 @40 #ref_1"), back);
    then(&format!("{asked}; a own refund_failed @35 #ref_1; a bank_report refunded =300 @40 #ref_1"), back);
    then(&format!("{asked}; a lookup refunded @40 #ref_1; a bank_report refunded =300 @41 #ref_1"), back);
    // Another amount than the refund's.
    then(
        &format!("{asked}; a bank_report refunded =299 #ref_1"),
        "paid 1000+0 reserved 300 at 20; report_difference ref_1",
    );
    then(
        &format!("{asked}; a lookup refunded #ref_1; a bank_report refunded =299 #ref_1"),
        &format!("{back}; report_difference ref_1"),
    );
    // Nobody asked for it, and the provider never spoke of it.
    for line in ["a bank_report refunded =300 #ref_9", "a bank_report refunded =300", "a bank_report refunded =300XTS"]
    {
        then(line, "paid 1000+0 at 20; report_difference a");
    }
    then("a lookup refunded =300 @30; a bank_report refunded =301", &format!("{back}; report_difference a"));
    // The provider's count of what went back, taken later, has it.
    then("a bank_report refunded =300 @25; a lookup refunded =300 @30", back);
}

#[test]
fn what_a_report_said_differently_is_shown_until_a_person_decides_with_it_before_them() {
    check("a bank_report approved @20; - manual decided @40 !paid", 60, "paid 1000+0 at 40");
    let failed = "a own gave_up; - manual decided @40 !failed";
    check(&format!("{failed}; a bank_report approved @20"), 60, "failed 0+0 timer 100; report_difference a");
    check("- manual decided @40 !paid; a bank_report approved @20", 60, "paid 1000+0 at 40; report_difference a");
}
