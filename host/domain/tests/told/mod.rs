//! Facts in few words: `a:approved/notice+@10=10` is attempt `a`, approved, by a signed notice, at the provider's minute 10,
//! for another amount. `notice` is unsigned, `notice+` signed; `=RUB`, `=XYZ` name another currency, `=none` no amount.

use kamurj_domain::verdict::Asked;
use kamurj_domain::{Currency, Evidence, Fact, FactKind, Money, Policy, Source, Status, Terms, fold};

/// What every attempt asks for, in minor units.
pub const ASKED: i64 = 1_250_000;
/// The payment's expiry.
pub const EXPIRY: i64 = 1000;
/// The end of an attempt's session; the attempt `late` has one after expiry.
pub const SESSION_END: i64 = 500;

/// The unit of time in these tests is the unit of `now`.
pub const fn at(minute: i64) -> i64 {
    minute
}

/// What a fold needs.
pub struct Fold {
    pub terms: Terms,
    pub attempts: Vec<Asked>,
    pub facts: Vec<Fact>,
}

/// Reads facts and the attempts that they name.
pub fn told(words: &str) -> Fold {
    let facts: Vec<Fact> = words.split_whitespace().zip(1..).map(|(word, number)| fact(word, number)).collect();
    let mut names: Vec<&str> = facts.iter().map(|fact| fact.attempt.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let attempts = names
        .into_iter()
        .map(|name| Asked {
            attempt: name.to_owned(),
            amount: Money::new(ASKED, Currency::Amd),
            session_ends_at: if name == "late" { EXPIRY + 1 } else { SESSION_END },
        })
        .collect();
    Fold { terms: Terms { amount: Money::new(ASKED, Currency::Amd), expires_at: EXPIRY }, attempts, facts }
}

/// Folds these facts at this time and compares status and exceptions. What must hold of every fold is checked as well.
#[expect(dead_code, reason = "each test file takes what it needs")]
pub fn check(words: &str, now: i64, status: Status, exceptions: &[&str]) {
    let Fold { terms, attempts, facts } = told(words);
    let outcome = fold(&terms, &attempts, &facts, &Policy::default(), now);
    assert_eq!(outcome.status, status, "{words}: {}", outcome.rule);
    let kinds: Vec<&str> = outcome.exceptions.iter().map(|exception| exception.kind.word()).collect();
    assert_eq!(kinds, exceptions, "{words}");
    if outcome.status == Status::Paid {
        assert!(outcome.deciding.is_some_and(|fact| fact.evidence.decides()), "{words}: paid rests on something");
        assert_eq!(outcome.captured_minor, ASKED, "{words}");
    }
}

fn fact(word: &str, number: i64) -> Fact {
    let (attempt, rest) = word.split_once(':').expect("attempt:kind");
    let (rest, named) = rest.split_once('=').map_or((rest, None), |(rest, named)| (rest, Some(named)));
    let (rest, time) = rest.split_once('@').map_or((rest, None), |(rest, time)| (rest, Some(time)));
    let (kind, evidence) = rest.split_once('/').unwrap_or((rest, "own"));
    let amd = |minor| Some(Money::new(minor, Currency::Amd));
    let (amount, foreign_currency) = match named {
        None => (amd(ASKED), None),
        Some("none") => (None, None),
        Some("RUB") => (Some(Money::new(ASKED, Currency::Rub)), None),
        Some("XYZ") => (None, Some("XYZ".to_owned())),
        Some(minor) => (amd(minor.parse().expect("minor units")), None),
    };
    Fact {
        id: format!("fct_{number}"),
        attempt: attempt.to_owned(),
        kind: FactKind::from_word(kind).expect("a kind"),
        evidence: match evidence {
            "own" => Evidence::Own,
            "claim" => Evidence::Claim,
            "notice" => Evidence::Notice,
            "notice+" => Evidence::SignedNotice,
            "lookup" => Evidence::Lookup,
            other => panic!("no evidence is called {other}"),
        },
        // A repetition of a statement has the statement's key.
        source: Source { name: evidence.to_owned(), key: word.to_owned() },
        amount,
        foreign_currency,
        provider_time: time.map(|time| time.parse().expect("a time")),
        received_at: number,
        reference: None,
        reason: None,
    }
}
