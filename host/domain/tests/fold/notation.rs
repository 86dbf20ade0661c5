//! A short notation for facts and outcomes, so that a rule fits on a line, and the one scene in which all these tests
//! play. It knows how facts are written down, never what they come to.
//!
//! A fact is `ATTEMPT EVIDENCE KIND [@PROVIDER_TIME] [=AMOUNT[CURRENCY]] [#REFUND] [%surplus] [>END] [!RULING[/PERSON]]`,
//! facts are parted by `;`. The attempt `-` is the payment as a whole. An approval that names no amount names the one that
//! its attempt asked for; `=none` leaves it out. A decision settles what stands before it in the line.

use kamurj_domain::decision::questions;
use kamurj_domain::payment::LatePayment;
use kamurj_domain::verdict::Asked;
use kamurj_domain::{
    Action, Currency, Decision, Evidence, Fact, FactKind, Money, Outcome, Policy, Purpose, Ruling, Source, Terms, fold,
};

/// When the payment stops taking attempts.
pub(crate) const EXPIRES_AT: i64 = 100;
/// What is due, minor units.
pub(crate) const DUE: i64 = 1_000;

/// What the payment asks for.
pub(crate) const TERMS: Terms = Terms { amount: Money { minor: DUE, currency: Currency::Amd }, expires_at: EXPIRES_AT };
/// Late money goes to a person.
pub(crate) const REVIEW: Policy =
    Policy { late_payment: LatePayment::Review, grace_ms: 0, second_person_above_minor: None, renewals: 3 };
/// Late money counts.
pub(crate) const ACCEPT: Policy = Policy { late_payment: LatePayment::Accept, ..REVIEW };
/// Late money goes back.
pub(crate) const REFUND: Policy = Policy { late_payment: LatePayment::Refund, ..REVIEW };
/// Money counts as in time for a while after the end.
pub(crate) const GRACE: Policy = Policy { grace_ms: 10, ..REVIEW };
/// A decision about this payment needs a second person.
pub(crate) const TWO: Policy = Policy { second_person_above_minor: Some(DUE - 1), ..REVIEW };

/// The attempts that exist in the scene. `a` and `b` ask for what is due; the session of `a` ends before the payment's
/// expiry, that of `b` after it. `c` was started before the merchant changed the amount. `x` is nobody's.
pub(crate) fn attempt(letter: &str) -> Option<Asked> {
    let (minor, session_ends_at) = match letter {
        "a" => (DUE, 50),
        "b" => (DUE, 120),
        "c" => (700, 50),
        _ => return None,
    };
    let amount = Money::new(minor, Currency::Amd);
    Some(Asked { attempt: letter.to_owned(), amount, session_ends_at })
}

/// The attempts of which these facts speak, so far as they are ours.
pub(crate) fn attempts_of(facts: &[Fact]) -> Vec<Asked> {
    let mut letters: Vec<&str> = facts.iter().filter_map(|fact| fact.attempt.as_deref()).collect();
    letters.sort_unstable();
    letters.dedup();
    letters.into_iter().filter_map(attempt).collect()
}

/// The facts of a line, numbered in the order of their arrival.
pub(crate) fn facts(line: &str) -> Vec<Fact> {
    let statements = line.split(';').map(str::trim).filter(|statement| !statement.is_empty());
    settled((0..).zip(statements).map(|(place, statement)| fact(statement, place)).collect())
}

/// Lets each decision settle the questions that stand before it.
pub(crate) fn settled(mut facts: Vec<Fact>) -> Vec<Fact> {
    for place in 0..facts.len() {
        let before = questions(&facts[..place]);
        if let Some(decision) = &mut facts[place].decision {
            decision.settles = before;
        }
    }
    facts
}

/// One fact that came as the `place`-th.
pub(crate) fn fact(statement: &str, place: i64) -> Fact {
    let mut words = statement.split_whitespace();
    let mut word = || words.next().unwrap_or_else(|| panic!("too short: {statement}"));
    let (letter, evidence, kind) = (word(), word(), word());
    let evidence = if evidence == "signed" { "signed_notice" } else { evidence };
    let kind = FactKind::from_word(kind).unwrap_or_else(|| panic!("no such kind: {statement}"));
    let evidence = Evidence::from_word(evidence).unwrap_or_else(|| panic!("no such evidence: {statement}"));
    let source = Source { name: "test".into(), key: statement.to_owned() };
    let mut fact = Fact::plain("", kind, evidence, source, 0);
    fact.attempt = (letter != "-").then(|| letter.to_owned());
    fact.amount = attempt(letter).filter(|_| kind == FactKind::Approved).map(|asked| asked.amount);
    for word in words {
        match word.split_at(1) {
            ("@", time) => fact.provider_time = Some(time.parse().expect("a time is a number")),
            ("=", amount) => name_amount(&mut fact, amount),
            ("#", refund) => fact.refund = Some(refund.to_owned()),
            ("%", purpose) => fact.purpose = Purpose::from_word(purpose),
            (">", end) => fact.expires_at = Some(end.parse().expect("an end is a number")),
            ("!", ruling) => fact.decision = Some(decision(ruling)),
            _ => panic!("what is this: {word}"),
        }
    }
    arrive(&mut fact, place);
    fact
}

/// Lets a fact arrive as the `place`-th: its id and its time of arrival are all that is ours to choose.
pub(crate) fn arrive(fact: &mut Fact, place: i64) {
    fact.id = format!("fct_{place:03}");
    fact.received_at = 1_000 + place;
}

fn decision(ruling: &str) -> Decision {
    let (ruling, by) = ruling.split_once('/').unwrap_or((ruling, "ani"));
    Decision {
        ruling: Ruling::from_word(ruling).expect("a ruling"),
        settles: std::collections::BTreeSet::new(),
        by: by.to_owned(),
        role: "operator".to_owned(),
        evidence: "the bank's letter".to_owned(),
    }
}

fn name_amount(fact: &mut Fact, amount: &str) {
    let digits = amount.trim_end_matches(char::is_alphabetic);
    let code = &amount[digits.len()..];
    let currency = if code.is_empty() { Some(Currency::Amd) } else { Currency::from_code(code) };
    fact.amount = None;
    if let Ok(minor) = digits.parse() {
        fact.amount = currency.map(|currency| Money::new(minor, currency));
        fact.foreign_currency = currency.is_none().then(|| code.to_owned());
    }
}

/// An outcome in one line: status, captured and surplus, when the money moved, the timer, the open exceptions.
pub(crate) fn line(outcome: &Outcome<'_>) -> String {
    let mut line = format!("{} {}+{}", outcome.status.word(), outcome.captured_minor, outcome.surplus_minor);
    for (word, minor) in [("back", outcome.refunded_minor), ("reserved", outcome.reserved_minor)] {
        line += &Some(minor).filter(|minor| *minor != 0).map_or_else(String::new, |minor| format!(" {word} {minor}"));
    }
    for (word, time) in [("at", outcome.paid_at), ("timer", outcome.next_timer)] {
        line += &time.map_or_else(String::new, |time| format!(" {word} {time}"));
    }
    for exception in &outcome.exceptions {
        line += &["; ", exception.kind.word(), " ", &exception.subject].concat();
    }
    line
}

/// The outcome's line for the attempts that the facts speak of.
pub(crate) fn folded(facts: &[Fact], policy: Policy, now: i64) -> String {
    line(&fold(&TERMS, &attempts_of(facts), facts, &policy, now))
}

/// Facts, the time, and what they come to while late money goes to a person.
#[track_caller]
pub(crate) fn check(told: &str, now: i64, expected: &str) {
    assert_eq!(folded(&facts(told), REVIEW, now), expected, "facts: {told}; now: {now}");
}

/// Facts, the policy, the time, and what they come to.
#[track_caller]
pub(crate) fn check_under(policy: Policy, told: &str, now: i64, expected: &str) {
    assert_eq!(folded(&facts(told), policy, now), expected, "facts: {told}; now: {now}");
}

/// What is done about the facts, and what may be given back: `refund a 1000 surplus; close b; may a 300 order`.
pub(crate) fn doings(outcome: &Outcome<'_>) -> String {
    let action = |action: &Action| match action {
        Action::Refund { attempt, minor, purpose } => format!("refund {attempt} {minor} {}", purpose.word()),
        Action::CloseSession { attempt } => format!("close {attempt}"),
    };
    let may =
        outcome.refundable.iter().map(|part| format!("may {} {} {}", part.attempt, part.minor, part.purpose.word()));
    outcome.actions.iter().map(action).chain(may).collect::<Vec<_>>().join("; ")
}

/// Facts, the policy, the time, and what is done about them.
#[track_caller]
pub(crate) fn check_doings(policy: Policy, told: &str, now: i64, expected: &str) {
    let facts = facts(told);
    let outcome = fold(&TERMS, &attempts_of(&facts), &facts, &policy, now);
    assert_eq!(doings(&outcome), expected, "facts: {told}; now: {now}");
}
