//! What people decide: a ruling with its reason, in force until something new is learned, and, above an amount, only with
//! a second person's word.

use crate::report;
use crate::verdict::Asked;
use crate::{Evidence, Fact, FactKind, Policy, Terms};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What the status of a payment rests on where a person decided it, for everybody outside. Who they are is in the journal.
pub const BY_HAND: &str = "the merchant's decision";

/// What a person made of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    /// It counts as paid.
    Paid,
    /// No money came; the customer may try again while the payment is open.
    Failed,
    /// It is withdrawn.
    Cancelled,
    /// The money went back.
    Refunded,
}

impl Ruling {
    /// The word of the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Refunded => "refunded",
        }
    }

    /// The ruling with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Paid, Self::Failed, Self::Cancelled, Self::Refunded].into_iter().find(|ruling| ruling.word() == word)
    }
}

/// A person's decision. It holds for the statements that it names: one that comes later opens the question again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What the payment is.
    pub ruling: Ruling,
    /// The keys (`Source::key`) of the statements that the person had before them.
    pub settles: BTreeSet<String>,
    /// Who decided.
    pub by: String,
    /// In which role.
    pub role: String,
    /// What it rests on: a bank statement's line, a call with the bank.
    pub evidence: String,
}

/// How the decisions about a payment stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing<'f> {
    /// The newest decision that counts, with its fact.
    pub(crate) newest: Option<(&'f Fact, &'f Decision)>,
    /// The strongest statement that it does not settle.
    pub(crate) newer: Option<&'f Fact>,
    /// Whether it found the payment paid outside the bank, and all that came since is money from the bank.
    pub(crate) is_joined: bool,
    /// Whether a newer decision waits for a second person.
    pub(crate) waits: bool,
}

impl<'f> Standing<'f> {
    /// Whether the decision in force had this statement before it.
    pub(crate) fn settles(&self, fact: &Fact) -> bool {
        self.newest.is_some_and(|(_, decision)| decision.settles.contains(&fact.source.key))
    }

    /// The decision in force that withdrew the payment.
    pub(crate) fn withdrawal(&self) -> Option<&'f Fact> {
        self.newest.filter(|(_, decision)| decision.ruling == Ruling::Cancelled).map(|(fact, _)| fact)
    }
}

/// Reads the decisions among the facts. The newest one that counts is in force until a statement comes that it does not
/// settle.
pub(crate) fn standing<'f>(terms: &Terms, attempts: &[Asked], facts: &'f [Fact], policy: &Policy) -> Standing<'f> {
    let mut decided: Vec<(&Fact, &Decision)> = facts
        .iter()
        .filter(|fact| fact.kind == FactKind::Decided && !fact.evidence.is_hearsay())
        .filter_map(|fact| Some((fact, fact.decision.as_ref()?)))
        .collect();
    decided.sort_by_key(|(fact, _)| (fact.provider_time, &fact.source.key));
    let needs_two = policy.second_person_above_minor.is_some_and(|most| terms.amount.minor > most);
    let newest = (0..decided.len()).rev().find(|place| !needs_two || is_seconded(&decided[..=*place]));
    let is_ours = |fact: &Fact| {
        fact.attempt.as_ref().is_none_or(|attempt| attempts.iter().any(|asked| asked.attempt == *attempt))
    };
    let questions: Vec<&Fact> =
        facts.iter().filter(|fact| is_question(fact) && !report::is_line(fact) && is_ours(fact)).collect();
    let settled = |decision: &Decision| -> (Vec<&'f Fact>, Vec<&'f Fact>) {
        let is_named = |fact: &&Fact| decision.settles.contains(&fact.source.key);
        let (settled, newer): (Vec<&Fact>, Vec<&Fact>) = questions.iter().copied().partition(is_named);
        let is_news = |fact: &&Fact| !settled.iter().any(|settled| repeats(fact, settled));
        let newer = newer.into_iter().filter(is_news).collect();
        (settled, newer)
    };
    // One person's word about what has changed since waits for nobody.
    let last = decided.len().checked_sub(1).filter(|last| newest != Some(*last));
    let waits = last.is_some_and(|last| settled(decided[last].1).1.is_empty());
    let newest = newest.map(|place| decided[place]);
    let mut standing = Standing { newest, newer: None, is_joined: false, waits };
    if let Some((_, decision)) = newest {
        let (settled, newer) = settled(decision);
        let is_denial = |fact: &&Fact| matches!(fact.kind, FactKind::Declined | FactKind::Abandoned);
        standing.is_joined = decision.ruling == Ruling::Paid
            && settled.iter().all(is_denial)
            && newer.iter().all(|fact| fact.kind == FactKind::Approved);
        standing.newer = newer.into_iter().max_by_key(|fact| (fact.evidence, fact.provider_time, &fact.source.key));
    }
    standing
}

/// Whether a statement says once more, and with no more weight, what another has said: that is no news.
fn repeats(fact: &Fact, known: &Fact) -> bool {
    let said = |fact: &'_ Fact| (fact.kind, fact.amount, fact.provider_time);
    fact.attempt == known.attempt
        && fact.foreign_currency == known.foreign_currency
        && said(fact) == said(known)
        && fact.evidence <= known.evidence
}

/// Whether another person's last word before the last of these decisions says the same, and knew of all that it settles:
/// a word about the past is not one about what came since.
fn is_seconded(decided: &[(&Fact, &Decision)]) -> bool {
    let Some(((_, last), before)) = decided.split_last() else { return false };
    let mut heard = BTreeSet::from([&last.by]);
    before.iter().rev().any(|(_, earlier)| {
        heard.insert(&earlier.by) && earlier.ruling == last.ruling && earlier.settles.is_superset(&last.settles)
    })
}

/// The keys of the statements that a decision taken now would settle.
pub fn questions(facts: &[Fact]) -> BTreeSet<String> {
    facts.iter().filter(|fact| is_question(fact)).map(|fact| fact.source.key.clone()).collect()
}

/// Whether a person who decides must have had this before them: whatever says that money came, did not come or went back
/// by the bank's doing, and that nobody could find out. A report's line about money that came, or was given back, opens no
/// decision again; one that differs is shown until a decision has had it before it.
fn is_question(fact: &Fact) -> bool {
    if report::is_line(fact) {
        return true;
    }
    match fact.kind {
        FactKind::Approved | FactKind::Declined | FactKind::Abandoned | FactKind::Reversed | FactKind::ChargedBack => {
            fact.evidence.decides()
        }
        FactKind::GaveUp => fact.evidence == Evidence::Own || fact.evidence.decides(),
        FactKind::Started
        | FactKind::Refused
        | FactKind::Returned
        | FactKind::RefundAsked
        | FactKind::Refunded
        | FactKind::RefundFailed
        | FactKind::RefundInDoubt
        | FactKind::Cancelled
        | FactKind::Reopened
        | FactKind::Decided
        | FactKind::OverCap => false,
    }
}
