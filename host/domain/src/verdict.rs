//! What the facts about one attempt say, taken together. A function of the set: neither the order of arrival nor a
//! repetition can change the answer, because only evidence, provider times and the statements themselves are compared.

use crate::{Evidence, Fact, FactKind, Money};
use std::cmp::Ordering;

/// The part of an attempt that facts are compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The attempt's id.
    pub attempt: String,
    /// What the provider was asked to take.
    pub amount: Money,
    /// The end of the provider's session: the time of a payment whose provider names none.
    pub session_ends_at: i64,
}

/// What the facts about one attempt come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict<'f> {
    /// Nothing that decides is known yet.
    Open,
    /// The money was taken, all of it and in the right currency.
    Approved(&'f Fact),
    /// The provider says paid, but not what was asked.
    Mismatched(&'f Fact),
    /// This attempt took no money.
    Unpaid(&'f Fact),
    /// Two strong statements exclude each other; the stronger comes first.
    Contradicted(&'f Fact, &'f Fact),
    /// The look-ups ran out.
    Indeterminate(&'f Fact),
    /// The bank took the payment back.
    Reversed(&'f Fact),
    /// The customer's bank took the money back.
    ChargedBack(&'f Fact),
}

/// Reads the facts about one attempt.
pub fn verdict<'f>(asked: &Asked, facts: &'f [Fact]) -> Verdict<'f> {
    let about = || facts.iter().filter(|fact| fact.is_about(&asked.attempt));
    let approvals: Vec<&Fact> = about().filter(|fact| takes(fact)).collect();
    let is_told = |line: &Fact| {
        about()
            .any(|fact| fact.evidence.confirms() && fact.kind == line.kind && fact.provider_time >= line.provider_time)
    };
    let taken_back = |kind| {
        about()
            .filter(|fact| fact.evidence.decides() && fact.kind == kind)
            // Only what is known to have come can go back by a report's word, and what is known to have gone goes once.
            .filter(|fact| fact.evidence.confirms() || (!approvals.is_empty() && !is_told(fact)))
            .filter(|fact| !approvals.iter().any(|approval| comes_after(approval, fact)))
            .max_by_key(|fact| (fact.evidence, rank(fact)))
    };
    if let Some(fact) = taken_back(FactKind::ChargedBack) {
        return Verdict::ChargedBack(fact);
    }
    if let Some(fact) = taken_back(FactKind::Reversed) {
        return Verdict::Reversed(fact);
    }
    let denials: Vec<&Fact> = about()
        .filter(|fact| denies(fact))
        .filter(|denial| !approvals.iter().any(|approval| overtakes(approval, denial)))
        .collect();
    match (strongest(&approvals), strongest(&denials)) {
        (Some(approval), None) => approvals
            .iter()
            .copied()
            .filter(|fact| fact.evidence == approval.evidence && is_what_was_asked(fact, asked))
            .max_by_key(|fact| rank(fact))
            .map_or(Verdict::Mismatched(approval), Verdict::Approved),
        // What went back had been taken: no denial undoes that.
        (Some(approval), Some(denial)) if about().any(went_back) || !settles(&denials, &approvals, asked) => {
            if denial.evidence > approval.evidence {
                Verdict::Contradicted(denial, approval)
            } else {
                Verdict::Contradicted(approval, denial)
            }
        }
        (_, Some(denial)) => Verdict::Unpaid(denial),
        (None, None) => {
            // Nobody spoke of money; what we concluded ourselves stands until somebody does.
            let concluded = |kind| {
                about()
                    .filter(|fact| fact.kind == kind && (fact.evidence == Evidence::Own || fact.evidence.decides()))
                    .max_by_key(|fact| rank(fact))
            };
            match (concluded(FactKind::Refused), concluded(FactKind::GaveUp)) {
                (Some(fact), _) => Verdict::Unpaid(fact),
                (None, Some(fact)) => Verdict::Indeterminate(fact),
                (None, None) => Verdict::Open,
            }
        }
    }
}

/// What such statements say was taken, but not as asked. They are shown to a person whatever the verdict: something at
/// the provider, or between it and us, is wrong.
pub(crate) fn mismatches<'f>(asked: &Asked, facts: &'f [Fact]) -> impl Iterator<Item = &'f Fact> {
    facts.iter().filter(move |fact| fact.is_about(&asked.attempt) && takes(fact) && !is_what_was_asked(fact, asked))
}

/// When the money of an approval moved: by the provider's clock, or, where it names no time, by its session's end.
pub fn money_time(fact: &Fact, asked: &Asked) -> i64 {
    fact.provider_time.unwrap_or(asked.session_ends_at)
}

/// When the money moved, where other approvals of the same attempt are known too: a confirmation that names no time does
/// not hide the time that the provider named in a weaker one.
pub(crate) fn paid_at(approval: &Fact, asked: &Asked, facts: &[Fact]) -> i64 {
    let named = || {
        facts
            .iter()
            .filter(|fact| fact.is_about(&asked.attempt) && takes(fact) && is_what_was_asked(fact, asked))
            .filter(|fact| fact.provider_time.is_some())
            .max_by_key(|fact| (fact.evidence, rank(fact)))
    };
    if approval.provider_time.is_some() {
        money_time(approval, asked)
    } else {
        money_time(named().unwrap_or(approval), asked)
    }
}

/// The times that strong statements name for the attempt's money, as far as it was not taken back since.
pub(crate) fn named_times(asked: &Asked, facts: &[Fact]) -> impl Iterator<Item = i64> {
    let about = || facts.iter().filter(|fact| fact.is_about(&asked.attempt) && fact.evidence.decides());
    let is_back = |fact: &Fact| matches!(fact.kind, FactKind::Reversed | FactKind::ChargedBack);
    let gone = about().filter(|fact| is_back(fact)).map(|fact| fact.provider_time).max();
    told_times(asked, facts).filter(move |time| gone.is_none_or(|gone| Some(*time) > gone))
}

/// The times that strong statements name for the attempt's money, whatever became of it later.
pub(crate) fn told_times(asked: &Asked, facts: &[Fact]) -> impl Iterator<Item = i64> {
    facts
        .iter()
        .filter(|fact| fact.is_about(&asked.attempt) && takes(fact) && is_what_was_asked(fact, asked))
        .filter_map(|fact| fact.provider_time)
}

/// The strongest statement that the attempt's money was taken as asked, whatever became of it later.
pub(crate) fn confirmation<'f>(asked: &Asked, facts: &'f [Fact]) -> Option<&'f Fact> {
    facts
        .iter()
        .filter(|fact| fact.is_about(&asked.attempt) && takes(fact) && is_what_was_asked(fact, asked))
        .max_by_key(|fact| (fact.evidence, rank(fact)))
}

/// Whether an approval is newer than the money's going back, by a time that both name, and can be believed as much.
fn comes_after(approval: &Fact, back: &Fact) -> bool {
    approval.evidence >= back.evidence && back.provider_time.is_some() && approval.provider_time > back.provider_time
}

/// A statement that can be believed that the bank took money, be it the right amount or not.
pub(crate) fn takes(fact: &Fact) -> bool {
    fact.evidence.confirms() && fact.kind == FactKind::Approved
}

/// A strong statement that money of the attempt was given back.
fn went_back(fact: &Fact) -> bool {
    fact.evidence.decides() && fact.kind == FactKind::Refunded
}

/// A strong statement that the bank took none.
fn denies(fact: &Fact) -> bool {
    fact.evidence.decides() && matches!(fact.kind, FactKind::Declined | FactKind::Abandoned)
}

fn strongest<'f>(facts: &[&'f Fact]) -> Option<&'f Fact> {
    facts.iter().copied().max_by_key(|fact| (fact.evidence, rank(fact)))
}

/// Among equals in evidence the provider's later time wins; no time is older than any. What follows the time only breaks
/// ties, and breaks them by what the statement says, never by when or in which order it came.
fn rank(fact: &Fact) -> (Option<i64>, bool, Option<i64>, &str) {
    let is_declined = fact.kind == FactKind::Declined;
    (fact.provider_time, is_declined, fact.amount.map(|amount| amount.minor), &fact.source.key)
}

/// Whether a denial is only an older moment of the session in which the money was then taken: declined, tried again,
/// paid. Of equals the approval wins a tie; a weaker denial must be older; a stronger one is never overtaken, so that a
/// look-up which denies what a signed notice confirms goes to a person, whichever of the two is newer.
fn overtakes(approval: &Fact, denial: &Fact) -> bool {
    match denial.evidence.cmp(&approval.evidence) {
        Ordering::Equal => denial.provider_time <= approval.provider_time,
        Ordering::Less => denial.provider_time < approval.provider_time,
        Ordering::Greater => false,
    }
}

/// Whether the denials outweigh the approvals. One message never turns paid into unpaid: it takes two that differ in time
/// or in evidence, both of a time after all of the money, and a look-up or stronger among them.
fn settles(denials: &[&Fact], approvals: &[&Fact], asked: &Asked) -> bool {
    let taken = approvals.iter().map(|approval| money_time(approval, asked)).max();
    let newer: Vec<&&Fact> = denials.iter().filter(|denial| denial.provider_time > taken).collect();
    let another = |one: &Fact, other: &Fact| (one.evidence, one.provider_time) != (other.evidence, other.provider_time);
    newer.iter().any(|one| one.evidence >= Evidence::Lookup && newer.iter().any(|other| another(one, other)))
}

fn is_what_was_asked(fact: &Fact, asked: &Asked) -> bool {
    fact.foreign_currency.is_none() && fact.amount == Some(asked.amount)
}
