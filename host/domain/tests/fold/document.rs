//! `docs/payment-status.md`, written from what the fold answers: the table of statuses and things learned, the rules in
//! their order, the exceptions with their ways out. `KAMURJ_BLESS=1` writes the file, any other run compares it.

use crate::notation::{REFUND, REVIEW, TERMS, attempts_of, check_under, facts};
use kamurj_domain::{ExceptionKind, Outcome, Policy, Status, fold};
use std::fmt::Write as _;

const INTRO: &str = "\
<!-- Written by the tests of host/domain from the code. KAMURJ_BLESS=1 cargo test -p kamurj-domain writes it anew. -->

# Payment status

A payment's status is worked out from everything that was learned about it, and is the same in whichever order it was
learned. Nobody sets it. This page says what each status becomes when one more thing is learned, which rule decides where
several could, and what to do about an exception.

## What becomes of a status

Columns are what the payment is, rows are what is learned. “Verified” means a signed notice or a look-up.
A dot means that nothing changes, a dash that there is no attempt of which it could be said. Exceptions in parentheses are
all that the payment has open then. Late money goes to a person here, as it does unless the merchant chose otherwise. What
the merchant and the staff do is shown for every status, also where the API refuses to do it.
";

/// How a payment gets into each status, and the time at which it is looked at.
const REACHED: [(Status, &str, i64); 9] = [
    (Status::Created, "", 60),
    (Status::Pending, "a own started", 60),
    (Status::Failed, "a own started; a lookup declined @10", 60),
    (Status::Expired, "a own started; a lookup declined @10", 200),
    (Status::Cancelled, "a own started; a lookup declined @10; - own cancelled @30", 60),
    (Status::Paid, "a own started; a lookup approved @20", 60),
    (Status::PartiallyRefunded, "a own started; a lookup approved @20; a lookup refunded =300 @25", 60),
    (Status::Refunded, "a own started; a lookup approved @20; a lookup refunded =1000 @25", 60),
    (Status::ManualReview, "a own started; a signed approved @20; a lookup declined @21", 60),
];

/// What is learned, in words and in facts.
const LEARNED: [(&str, &str); 29] = [
    ("an attempt is started", "b own started"),
    ("verified: its attempt paid as asked, in time", "a lookup approved @22"),
    ("verified: its attempt paid as asked, after its time", "a lookup approved @130"),
    ("verified: another attempt paid as asked, in time", "b lookup approved @23"),
    ("verified: its attempt paid another amount", "a lookup approved @22 =10"),
    ("verified: its attempt paid another currency", "a lookup approved @22 =1000USD"),
    ("an older decline, verified", "a lookup declined @5"),
    ("a newer decline, by look-up", "a lookup declined @28"),
    ("two newer declines, by look-up", "a lookup declined @28; a lookup declined @29"),
    ("an unsigned notice or a browser says “paid”", "a notice approved @22; a claim approved @22"),
    ("an unsigned notice or a browser says “declined”", "a notice declined @28; a claim declined @28"),
    ("the look-ups of a new attempt ran out", "b own started; b own gave_up"),
    ("the bank takes the payment back", "a lookup reversed @28"),
    ("the customer's bank charges it back", "a lookup charged_back @28"),
    ("a part went back in all", "a lookup refunded =400 @26"),
    ("all of it went back", "a lookup refunded =1000 @26"),
    ("a refund is in doubt", "a own refund_asked @27 =100 #ref_1; a own refund_in_doubt #ref_1"),
    ("the bank's report: its attempt paid as asked", "a bank_report approved @22"),
    ("the bank's report: its attempt paid another amount", "a bank_report approved @22 =10"),
    ("the bank's report: money of it went back", "a bank_report refunded =400 @26"),
    ("the bank's report: taken back by the bank", "a bank_report reversed @28"),
    ("the bank's report: charged back", "a bank_report charged_back @28"),
    ("the merchant withdraws it", "- own cancelled @59"),
    ("it gets a new end", "- own reopened @59 >300"),
    ("its link has no place left", "- own over_cap @20"),
    ("a person decides: paid", "- manual decided @59 !paid"),
    ("a person decides: failed", "- manual decided @59 !failed"),
    ("a person decides: cancelled", "- manual decided @59 !cancelled"),
    ("a person decides: refunded", "- manual decided @59 !refunded"),
];

/// The rules, the strongest first, each with facts about one attempt that bring it about.
const RULES: [(&str, &str, Policy); 15] = [
    ("a person's ruling", "a own gave_up; - manual decided @90 !paid", REVIEW),
    ("two verified statements exclude each other", "a signed approved @20; a lookup declined @30", REVIEW),
    ("a dispute", "a lookup approved @20; a lookup charged_back @30", REVIEW),
    ("money as asked, in time", "a lookup approved @20", REVIEW),
    ("money as asked, late; where the policy says “accept” it is paid", "a lookup approved @130", REVIEW),
    ("money that the bank took back", "a lookup approved @20; a lookup reversed @30", REVIEW),
    ("money, but not what was asked", "a lookup approved @20 =10", REVIEW),
    ("nobody could find out", "a own started; a own gave_up", REVIEW),
    ("the link had no place left", "a lookup approved @20; - own over_cap @20", REVIEW),
    ("money as asked, late, where the policy says “refund”", "a lookup approved @130", REFUND),
    ("the merchant's withdrawal", "- own cancelled @30", REVIEW),
    ("an attempt under way", "a own started", REVIEW),
    ("the end of its time", "a own refused @200; - own reopened @150 >190", REVIEW),
    ("the last attempt took no money", "a lookup declined @10", REVIEW),
    ("nothing was learned", "", REVIEW),
];

fn outcome_of<R>(told: &str, policy: Policy, now: i64, see: impl FnOnce(&Outcome<'_>) -> R) -> R {
    let facts = facts(told);
    see(&fold(&TERMS, &attempts_of(&facts), &facts, &policy, now))
}

/// A status with its exceptions: `manual_review (contradiction)`.
fn cell(outcome: &Outcome<'_>) -> String {
    let mut kinds: Vec<&str> = outcome.exceptions.iter().map(|open| open.kind.word()).collect();
    kinds.dedup();
    let status = outcome.status.word();
    if kinds.is_empty() { format!("`{status}`") } else { format!("`{status}` ({})", kinds.join(", ")) }
}

fn table() -> String {
    let mut page = String::from("| learned |");
    for (status, told, now) in REACHED {
        outcome_of(told, REVIEW, now, |outcome| assert_eq!(outcome.status, status, "{told}"));
        write!(page, " `{}` |", status.word()).unwrap();
    }
    page += "\n|---|";
    page += &"---|".repeat(REACHED.len());
    for (words, more) in LEARNED {
        write!(page, "\n| {words} |").unwrap();
        for (_, told, now) in REACHED {
            // What people do, they do now.
            let more = more.replace("@59", &format!("@{}", now - 1));
            if told.is_empty() && more.starts_with("a ") {
                page += " – |";
                continue;
            }
            let before = outcome_of(told, REVIEW, now, cell);
            let after = outcome_of(&format!("{told}; {more}"), REVIEW, now, cell);
            write!(page, " {} |", if after == before { "·" } else { &after }).unwrap();
        }
    }
    page += "\n| its time runs out |";
    for (_, told, now) in REACHED {
        let (before, after) = (outcome_of(told, REVIEW, now, cell), outcome_of(told, REVIEW, 9_000, cell));
        write!(page, " {} |", if after == before { "·" } else { &after }).unwrap();
    }
    page + "\n"
}

fn rules() -> String {
    let mut page = String::from(
        "\n## The rules, the strongest first\n\nThe first that applies decides. Beside it, what `explain` says and what the status is \
         then.\n\n",
    );
    for (place, (words, told, policy)) in (1..).zip(RULES) {
        let now = if policy == REFUND || told.contains(">190") { 210 } else { 60 };
        outcome_of(told, policy, now, |outcome| {
            writeln!(page, "{place}. {words}: “{}” → {}", outcome.rule, cell(outcome)).unwrap();
        });
    }
    page + "\nOf statements about one attempt the stronger evidence wins, between equals the provider's later time. Where the\n\
            stronger is not the newer, a person decides.\n\n\
            A line of the bank's report comes from a file that a person hands in: nobody signed it, and no question of ours\n\
            brought it. So it makes nothing paid, alone or beside others, and counts no refund that neither we asked for nor the\n\
            provider told. It ends a refund that we asked for, where it names its amount. That the bank took back what was\n\
            paid, it may say alone: a person looks then, and a person alone settles it. Where a line says what the provider did\n\
            not, `report_difference` shows it. A line that says what is known changes nothing.\n"
}

fn exceptions() -> String {
    let mut page = String::from(
        "\n## Exceptions and their ways out\n\n| exception | ways out, the one to try first at the front |\n|---|---|\n",
    );
    for kind in ExceptionKind::ALL {
        let ways: Vec<String> = kind.proposals().iter().map(|way| format!("`{}`", way.word())).collect();
        writeln!(page, "| `{}` | {} |", kind.word(), ways.join(", ")).unwrap();
    }
    page
}

#[test]
fn the_page_about_payment_status_says_what_the_code_does() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/payment-status.md");
    let page = format!("{INTRO}\n{}{}{}", table(), rules(), exceptions());
    if std::env::var_os("KAMURJ_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/payment-status.md is not what the code does: run with KAMURJ_BLESS=1 and read the change"
    );
}

#[test]
fn of_two_rules_the_one_listed_first_decides() {
    for (place, (_, told, policy)) in RULES.iter().enumerate() {
        for (_, weaker, other) in &RULES[place + 1..] {
            let policy = if *other == REFUND { REFUND } else { *policy };
            let rule = |told: &str| outcome_of(told, policy, 60, |outcome| outcome.rule);
            // The weaker one is about another attempt; an act that concerns the payment as a whole is another story.
            if weaker.contains('-') || told.contains('-') || weaker == told {
                continue;
            }
            let both = format!("{}; {told}", weaker.replace("a ", "b "));
            assert_eq!(rule(&both), rule(told), "{both}");
        }
    }
    // The acts that concern the payment as a whole.
    let check = |told: &str, expected: &str| check_under(REVIEW, told, 60, expected);
    check(
        "a signed approved @20; a lookup declined @30; - manual decided @50 !failed; - own cancelled @55",
        "cancelled 0+0",
    );
    check(
        "a lookup approved @20; - own over_cap @20; b signed approved @20; b lookup declined @30",
        "manual_review 0+1000; duplicate_payment a; contradiction b",
    );
    check("- own cancelled @30; a own started; a own gave_up", "manual_review 0+0; indeterminate a");
    check("- own cancelled @30; a own started", "cancelled 0+0");
    check("- own cancelled @30; a lookup declined @10", "cancelled 0+0");
}
