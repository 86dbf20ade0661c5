//! The rows of the status table about what people decide: each ruling, what opens the question again, what a second person
//! has to say. Each line is also told backwards; what a decision settles stays as it was when it was taken.

use crate::notation::{REVIEW, TERMS, TWO, attempts_of, check, check_doings, facts, folded};
use kamurj_domain::{Policy, fold};

/// What the facts come to, in whichever order they come.
#[track_caller]
fn decided(told: &str, now: i64, expected: &str) {
    let mut known = facts(told);
    assert_eq!(folded(&known, REVIEW, now), expected, "facts: {told}");
    known.reverse();
    assert_eq!(folded(&known, REVIEW, now), expected, "backwards: {told}");
    known.rotate_left(1);
    assert_eq!(folded(&known, REVIEW, now), expected, "turned: {told}");
}

const CONTRADICTED: &str = "a signed approved @20; a lookup declined @30";

#[test]
fn b14_a_person_decides_what_the_statements_leave_open() {
    let ruled = |ruling: &str, expected: &str| {
        decided(&format!("{CONTRADICTED}; - manual decided @40 !{ruling}"), 60, expected);
    };
    ruled("paid", "paid 1000+0 at 40");
    ruled("failed", "failed 0+0 timer 100");
    ruled("cancelled", "cancelled 0+0");
    ruled("refunded", "refunded 1000+0 back 1000 at 40");
    // Found unpaid, it is as any unpaid payment.
    let failed = format!("{CONTRADICTED}; - manual decided @40 !failed");
    decided(&failed, 100, "expired 0+0");
    decided(&format!("{failed}; b own started"), 60, "pending 0+0");
    decided(&format!("{failed}; - own reopened @150 >300"), 160, "created 0+0 timer 300");
    decided(&format!("{failed}; - own cancelled @50"), 60, "cancelled 0+0");
    // The newest word counts, whoever says it.
    decided(&format!("{failed}; - manual decided @41 !paid/davit"), 60, "paid 1000+0 at 41");
    decided(&format!("{failed}; - manual decided @39 !paid/davit"), 60, "failed 0+0 timer 100");
    // Neither a browser nor an unsigned message decides.
    check(&format!("{CONTRADICTED}; - claim decided @40 !paid"), 60, "manual_review 0+0; contradiction a");
    check(&format!("{CONTRADICTED}; - notice decided @40 !paid"), 60, "manual_review 0+0; contradiction a");
    // A decision without a ruling decides nothing.
    check(&format!("{CONTRADICTED}; - manual decided @40"), 60, "manual_review 0+0; contradiction a");
}

#[test]
fn a_ruling_that_no_money_came_says_so_until_its_time_runs_out() {
    let told = facts(&format!("{CONTRADICTED}; - manual decided @40 !failed"));
    let rule = |now| fold(&TERMS, &attempts_of(&told), &told, &REVIEW, now).rule;
    assert_eq!(rule(60), "a person found that no money came");
    assert_eq!(rule(100), "its time ran out unpaid");
}

#[test]
fn a_ruling_counts_the_money_that_attempts_hold() {
    let ruled = |told: &str, ruling: &str, expected: &str, doings: &str| {
        let told = format!("{told}; - manual decided @110 !{ruling}");
        decided(&told, 200, expected);
        check_doings(REVIEW, &told, 200, doings);
    };
    let late = "a lookup approved @101";
    ruled(late, "paid", "paid 1000+0 at 101", "may a 1000 order");
    ruled(late, "refunded", "refunded 1000+0 back 1000 at 101", "");
    // What a person does not want may go back.
    ruled(late, "cancelled", "cancelled 0+1000", "may a 1000 surplus");
    ruled(late, "failed", "expired 0+1000", "may a 1000 surplus");
    let wrong = "a lookup approved @20 =10";
    ruled(wrong, "paid", "paid 10+0 at 20", "may a 10 order");
    ruled(wrong, "failed", "expired 0+10", "may a 10 surplus");
    // Another currency cannot be counted.
    ruled("a lookup approved @20 =9RUB", "paid", "paid 1000+0 at 20", "");
    ruled("a lookup approved @20 =9XTS", "paid", "paid 1000+0 at 20", "");
    ruled("a lookup approved @20 =none", "paid", "paid 1000+0 at 20", "");
    let reversed = "a lookup approved @20; a lookup reversed @30";
    ruled(reversed, "paid", "paid 1000+0 at 20", "");
    ruled(reversed, "refunded", "refunded 1000+0 back 1000 at 20", "");
    ruled(reversed, "failed", "expired 0+0", "");
    // A second payment stays one.
    let two = "a lookup approved @101; b lookup approved @102";
    ruled(two, "paid", "paid 1000+1000 at 101; duplicate_payment b", "may a 1000 order; may b 1000 surplus");
    ruled(two, "refunded", "refunded 1000+1000 back 1000 at 101; duplicate_payment b", "may b 1000 surplus");
    // By amounts, as ever.
    let back = "a lookup approved @101; a lookup refunded =400 @105";
    ruled(back, "paid", "partially_refunded 1000+0 back 400 at 101", "may a 600 order");
    // Live attempts of what a person withdraws are closed.
    ruled("a own gave_up; b own started", "cancelled", "cancelled 0+0", "close b");
}

#[test]
fn a_newer_statement_opens_the_question_again() {
    let after = |ruling: &str, newer: &str, expected: &str| {
        decided(&format!("{CONTRADICTED}; - manual decided @40 !{ruling}; {newer}"), 60, expected);
    };
    // In favour of what was decided, or at least not against it.
    after("paid", "a lookup approved @50", "paid 1000+0 at 50");
    after("failed", "a lookup declined @50", "failed 0+0 timer 100");
    after("failed", "a lookup approved @50", "paid 1000+0 at 50");
    // What a person called paid is not called unpaid without a person.
    after("paid", "a lookup declined @50", "manual_review 0+0; contradiction a");
    after("paid", "b own gave_up", "manual_review 0+0; contradiction a; indeterminate b");
    decided(
        "a own gave_up; - manual decided @40 !paid; a lookup declined @50",
        60,
        "manual_review 0+0; contradiction a",
    );
    decided(
        "a lookup approved @20; - manual decided @40 !refunded; b lookup approved @45",
        60,
        "manual_review 1000+1000 at 20; duplicate_payment b; contradiction b",
    );
    decided(
        "a lookup approved @20; - manual decided @40 !refunded; a lookup reversed @45",
        60,
        "manual_review 1000+0 at 20; reversed a",
    );
    decided("a lookup approved @20; - manual decided @40 !paid; - own over_cap @45", 60, "paid 1000+0 at 20");
    // Decided again with all of it in view.
    after("paid", "a lookup declined @50; - manual decided @55 !paid", "paid 1000+0 at 55");
    after("paid", "a lookup declined @50; - manual decided @55 !failed", "failed 0+0 timer 100");
}

#[test]
fn what_is_no_news_leaves_a_decision_in_force() {
    let stands = |more: &str| {
        decided(&format!("{CONTRADICTED}; - manual decided @40 !paid; {more}"), 60, "paid 1000+0 at 40");
    };
    // Said before, in other words or with less weight.
    stands("a signed approved @20 =1000");
    stands("a signed declined @30");
    stands("a signed approved @20; a lookup declined @30");
    // Nobody has to believe it, or it speaks of nothing of ours.
    for weak in
        ["claim approved @50", "notice declined @50", "claim gave_up", "notice reversed @50", "own approved @50"]
    {
        stands(&format!("a {weak}"));
    }
    stands("- notice over_cap @50");
    stands("x lookup approved @50 =1000; x own gave_up");
    // It is about no money, or about refunds.
    stands("b own started; b claim returned; b own refused; - own cancelled @50; a own refund_failed #ref_1");
    // The same statement with more weight, another amount, another time or about another attempt is news.
    let is_news = |more: &str| {
        let told = facts(&format!("{CONTRADICTED}; - manual decided @40 !paid; {more}"));
        let outcome = fold(&TERMS, &attempts_of(&told), &told, &REVIEW, 60);
        assert!(outcome.deciding.is_none_or(|fact| fact.decision.is_none()), "{more}");
    };
    is_news("a lookup approved @20");
    is_news("a signed approved @20 =999");
    is_news("a signed approved @20 =1000XTS");
    is_news("a signed approved @21");
    is_news("b signed approved @20");
    is_news("a bank_report declined @30");
}

#[test]
fn money_from_the_bank_after_cash_is_a_second_payment() {
    decided("- manual decided @40 !paid", 60, "paid 1000+0 at 40");
    decided("- manual decided @40 !paid; b lookup approved @45", 60, "paid 1000+1000 at 40; duplicate_payment b");
    decided(
        "a lookup declined @30; - manual decided @40 !paid; a lookup approved @45",
        60,
        "paid 1000+1000 at 40; duplicate_payment a",
    );
    let back = "- manual decided @40 !paid; b lookup approved @45; b own refund_asked =1000 #ref_1 %surplus";
    decided(back, 60, "paid 1000+1000 reserved 1000 at 40; duplicate_payment b");
    decided(&format!("{back}; b lookup refunded #ref_1"), 60, "paid 1000+0 at 40");
    check_doings(REVIEW, "- manual decided @40 !paid; b lookup approved @45", 60, "may b 1000 surplus");
    // Not what was asked, or in question.
    decided(
        "- manual decided @40 !paid; b lookup approved @45 =10",
        60,
        "paid 1000+10 at 40; duplicate_payment b; amount_mismatch b",
    );
    decided(
        "b lookup declined @50; - manual decided @55 !paid; b signed approved @45",
        60,
        "paid 1000+0 at 55; contradiction b",
    );
    // A person who knows of it may say that it is the same money.
    decided("- manual decided @40 !paid; b lookup approved @45; - manual decided @50 !paid", 60, "paid 1000+0 at 45");
    // Where the bank's money was in question when they decided, it is that money.
    decided("b own gave_up; - manual decided @40 !paid; b lookup approved @45", 60, "paid 1000+0 at 45");
    // A decline says nothing about cash, but a person has to look.
    decided("- manual decided @40 !paid; b lookup declined @45", 60, "manual_review 0+0; contradiction b");
    decided("- manual decided @40 !cancelled; b lookup approved @35", 60, "paid 1000+0 at 35");
}

#[test]
fn a_ruling_that_it_is_cancelled_ends_its_time() {
    let after = |newer: &str, expected: &str| {
        decided(&format!("a own gave_up; - manual decided @40 !cancelled; {newer}"), 60, expected);
    };
    after("a lookup declined @30", "cancelled 0+0");
    after("b lookup approved @35", "paid 1000+0 at 35");
    after("b lookup approved @40", "paid 1000+0 at 40");
    after("b lookup approved @41", "manual_review 1000+0 at 41; late_payment b");
    // Only as long as that is the ruling.
    after("- manual decided @50 !failed; a lookup approved @45", "paid 1000+0 at 45");
}

/// What the facts come to where two persons must decide, and whether one of them is waited for.
#[track_caller]
fn two(told: &str, expected: &str, waits: bool) {
    let mut known = facts(told);
    for _ in 0..2 {
        let outcome = fold(&TERMS, &attempts_of(&known), &known, &TWO, 60);
        assert_eq!(
            (crate::notation::line(&outcome).as_str(), outcome.awaits_second_person),
            (expected, waits),
            "{told}"
        );
        known.reverse();
    }
}

#[test]
fn above_an_amount_two_persons_must_agree() {
    let open = "manual_review 0+0; contradiction a";
    let paid = |at: i64| format!("paid 1000+0 at {at}");
    let after = |told: &str, expected: &str, waits: bool| two(&format!("{CONTRADICTED}; {told}"), expected, waits);
    after("- manual decided @40 !paid/ani", open, true);
    after("- manual decided @40 !paid/ani; - manual decided @41 !paid/ani", open, true);
    after("- manual decided @40 !paid/ani; - manual decided @41 !failed/davit", open, true);
    after("- manual decided @40 !paid/ani; - manual decided @41 !paid/davit", &paid(41), false);
    // Once the bank has answered, nobody is waited for.
    after("- manual decided @40 !paid/ani; a lookup approved @50", &paid(50), false);
    after("- manual decided @40 !paid/ani; a signed approved @20 =1000; x lookup approved =1000", open, true);
    // Whoever changed their mind has not agreed; a third may.
    let changed = "- manual decided @40 !paid/ani; - manual decided @41 !failed/ani; - manual decided @42 !paid/davit";
    after(changed, open, true);
    after(&format!("{changed}; - manual decided @43 !failed/gor"), "failed 0+0 timer 100", false);
    after(&format!("{changed}; - manual decided @43 !paid/gor"), &paid(43), false);
    // One person does not undo what two decided.
    let both = "- manual decided @40 !paid/ani; - manual decided @41 !paid/davit";
    after(&format!("{both}; - manual decided @42 !failed/ani"), &paid(41), true);
    after(
        &format!("{both}; - manual decided @42 !failed/ani; - manual decided @43 !failed/davit"),
        "failed 0+0 timer 100",
        false,
    );
    // At the amount itself, and below, one is enough.
    let told = facts(&format!("{CONTRADICTED}; - manual decided @40 !paid/ani"));
    let limit = Policy { second_person_above_minor: Some(1_000), ..REVIEW };
    assert_eq!(folded(&told, limit, 60), paid(40));
}

#[test]
fn a_second_person_agrees_about_what_is_known_and_not_about_what_comes() {
    let both = format!("{CONTRADICTED}; - manual decided @40 !failed/ani; - manual decided @41 !failed/davit");
    two(&both, "failed 0+0 timer 100", false);
    // New money: the old agreement does not cover it, and one person's new word waits for another's.
    let newer = format!("{both}; b lookup approved @50 =10");
    let open = "manual_review 0+0; amount_mismatch b; contradiction a";
    two(&newer, open, false);
    two(&format!("{newer}; - manual decided @55 !failed/ani"), open, true);
    two(
        &format!("{newer}; - manual decided @55 !failed/ani; - manual decided @56 !failed/davit"),
        "failed 0+10 timer 100",
        false,
    );
    // What the second knew and the first did not, the first has to see.
    let between = format!(
        "{CONTRADICTED}; - manual decided @40 !paid/ani; a lookup declined @45; - manual decided @50 !paid/davit"
    );
    two(&between, "failed 0+0 timer 100", true);
    two(&format!("{between}; - manual decided @51 !paid/ani"), "paid 1000+0 at 51", false);
    // What the second did not know opens the question.
    let mut told = facts(&format!(
        "{CONTRADICTED}; b own gave_up; - manual decided @40 !paid/ani; - manual decided @41 !paid/davit"
    ));
    told[4].decision.as_mut().unwrap().settles.remove("b own gave_up");
    let outcome = fold(&TERMS, &attempts_of(&told), &told, &TWO, 60);
    assert_eq!(crate::notation::line(&outcome), "manual_review 0+0; contradiction a; indeterminate b");
}
