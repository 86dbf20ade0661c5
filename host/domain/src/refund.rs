//! Refunds: what was asked to go back, what went back and what is still reserved, from the facts about one attempt.

use crate::{Currency, Evidence, Fact, FactKind, Money, report};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which money a refund gives back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// What was paid for the order.
    Order,
    /// What was paid beyond it: a second payment, or one that came too late to count.
    Surplus,
}

impl Purpose {
    /// The word kept in storage.
    pub fn word(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Surplus => "surplus",
        }
    }

    /// The purpose with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Order, Self::Surplus].into_iter().find(|purpose| purpose.word() == word)
    }
}

/// How a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundEnd<'f> {
    /// Asked for, its end not known: the amount is reserved.
    Reserved,
    /// Nobody could find out: the amount stays reserved until somebody does.
    InDoubt(&'f Fact),
    /// The money went back.
    Done(&'f Fact),
    /// It did not: the amount is free again.
    Failed(&'f Fact),
}

impl RefundEnd<'_> {
    /// The word of the API.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Reserved => "pending",
            Self::InDoubt(_) => "in_doubt",
            Self::Done(_) => "done",
            Self::Failed(_) => "failed",
        }
    }
}

impl<'f> RefundEnd<'f> {
    /// The statement that it rests on.
    fn fact(&self) -> Option<&'f Fact> {
        match *self {
            Self::Reserved => None,
            Self::InDoubt(fact) | Self::Done(fact) | Self::Failed(fact) => Some(fact),
        }
    }
}

/// One refund of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund<'f> {
    /// `ref_…`.
    pub id: &'f str,
    /// Minor units: what the provider says went back, and what was asked where it does not say.
    pub minor: i64,
    /// Minor units that were asked for, where our own request is known.
    pub asked_minor: Option<i64>,
    /// When it was asked for, Unix milliseconds, where our own request is known and has a time.
    pub asked_at: Option<i64>,
    /// The currency of the minor units, where any is known.
    pub currency: Option<Currency>,
    /// Whether the provider says that another currency went back than was asked.
    pub is_foreign: bool,
    /// Which money it gives back.
    pub purpose: Purpose,
    /// How it stands.
    pub end: RefundEnd<'f>,
}

/// The refunds of an attempt, by id.
pub fn refunds<'f>(attempt: &str, facts: &'f [Fact]) -> Vec<Refund<'f>> {
    let mut by_id: BTreeMap<&str, Vec<&Fact>> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| fact.is_about(attempt)) {
        if let Some(id) = fact.refund.as_deref() {
            by_id.entry(id).or_default().push(fact);
        }
    }
    by_id.into_iter().filter_map(|(id, told)| refund(id, &told)).collect()
}

fn refund<'f>(id: &'f str, told: &[&'f Fact]) -> Option<Refund<'f>> {
    let of_kind = |kind| told.iter().copied().filter(move |fact| fact.kind == kind && !fact.evidence.is_hearsay());
    let asked = of_kind(FactKind::RefundAsked).max_by_key(|fact| rank(fact));
    let believed = believed(told);
    let made = || of_kind(FactKind::Refunded).filter(|fact| counts(fact) && report::agrees(fact, believed));
    let end = end(
        &made().collect::<Vec<_>>(),
        // That it failed may be our own conclusion: the provider refused, or has never heard of it.
        &of_kind(FactKind::RefundFailed).collect::<Vec<_>>(),
    );
    let end = end.unwrap_or_else(|| {
        of_kind(FactKind::RefundInDoubt).max_by_key(|fact| rank(fact)).map_or(RefundEnd::Reserved, RefundEnd::InDoubt)
    });
    let said = match end {
        RefundEnd::Done(fact) => Some(fact),
        RefundEnd::Reserved | RefundEnd::InDoubt(_) | RefundEnd::Failed(_) => None,
    };
    let known = asked.or(made().max_by_key(|fact| rank(fact)))?;
    let asked_money = asked.and_then(|fact| fact.amount);
    let currency = known.amount.map(|amount| amount.currency);
    let said_money = said.and_then(|fact| fact.amount);
    let is_foreign = said.is_some_and(|fact| fact.foreign_currency.is_some())
        || said_money.is_some_and(|said| currency.is_some_and(|currency| currency != said.currency));
    // What went back in another currency cannot be counted in the payment's: what was asked is taken for it.
    let money = said_money.filter(|_| !is_foreign).or(asked_money);
    Some(Refund {
        id,
        minor: money.map_or(0, |money| money.minor.max(0)),
        asked_minor: asked_money.map(|money| money.minor.max(0)),
        asked_at: asked.and_then(|fact| fact.provider_time),
        currency: money.map(|money| money.currency),
        is_foreign,
        purpose: known.purpose.unwrap_or(Purpose::Order),
        end,
    })
}

/// What a line of the bank's report about a refund is held against: what the provider says of it, or what was asked for.
/// `None`: nobody but reports speaks of the refund.
pub(crate) fn believed<'f>(told: &[&'f Fact]) -> Option<&'f Fact> {
    let of_kind = |kind| told.iter().copied().filter(move |fact| fact.kind == kind && !fact.evidence.is_hearsay());
    let said = of_kind(FactKind::Refunded).filter(|fact| counts(fact) && fact.evidence != Evidence::BankReport);
    said.filter(|fact| fact.amount.is_some())
        .max_by_key(|fact| rank(fact))
        .or(of_kind(FactKind::RefundAsked).max_by_key(|fact| rank(fact)))
}

/// How a refund ended, by those who say that it was made and those who say that it was not. `None`: nobody says anything.
/// What only we or a person say stands where the provider says nothing, or speaks against itself.
fn end<'f>(done: &[&'f Fact], failed: &[&'f Fact]) -> Option<RefundEnd<'f>> {
    fn verified<'f>(told: &[&'f Fact]) -> Vec<&'f Fact> {
        told.iter().copied().filter(|fact| fact.evidence.decides()).collect()
    }
    fn unverified<'f>(told: &[&'f Fact]) -> Vec<&'f Fact> {
        told.iter().copied().filter(|fact| !fact.evidence.decides()).collect()
    }
    let by_provider = settled(&verified(done), &verified(failed));
    let by_us = || settled(&unverified(done), &unverified(failed));
    let Some(RefundEnd::InDoubt(conflict)) = by_provider else { return by_provider.or_else(by_us) };
    let is_newer = |fact: &&Fact| {
        let provider = done.iter().chain(failed).filter(|told| told.evidence.decides());
        fact.evidence == Evidence::Manual
            && provider.map(|told| told.provider_time).all(|time| fact.provider_time > time)
    };
    by_us().filter(|end| end.fact().as_ref().is_some_and(is_newer)).or(Some(RefundEnd::InDoubt(conflict)))
}

/// Weighs statements of one sort. One side wins with a statement that is at least as strong as each of the other side, and
/// as new. Of equals, money that went back is not given back once more. Where neither wins it is in doubt.
fn settled<'f>(done: &[&'f Fact], failed: &[&'f Fact]) -> Option<RefundEnd<'f>> {
    let best = |told: &[&'f Fact]| told.iter().copied().max_by_key(|fact| rank(fact));
    let (made, not_made) = match (best(done), best(failed)) {
        (None, None) => return None,
        (Some(made), None) => return Some(RefundEnd::Done(made)),
        (None, Some(not_made)) => return Some(RefundEnd::Failed(not_made)),
        (Some(made), Some(not_made)) => (made, not_made),
    };
    let holds = |made: &Fact, not: &Fact| made.evidence >= not.evidence && made.provider_time >= not.provider_time;
    let undoes = |not: &Fact, made: &Fact| not.evidence >= made.evidence && not.provider_time > made.provider_time;
    Some(if done.iter().any(|made| failed.iter().all(|not| holds(made, not))) {
        RefundEnd::Done(made)
    } else if failed.iter().any(|not| done.iter().all(|made| undoes(not, made))) {
        RefundEnd::Failed(not_made)
    } else {
        RefundEnd::InDoubt(best(&[made, not_made]).unwrap_or(made))
    })
}

/// What went back of an attempt and what is reserved to go back, minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct GivenBack {
    pub(crate) order: i64,
    pub(crate) surplus: i64,
    /// Went back by the provider's count, beyond what we asked for.
    pub(crate) unasked: i64,
    pub(crate) reserved: i64,
    /// Whether we ever asked for a refund.
    pub(crate) was_asked: bool,
}

impl GivenBack {
    /// Adds up the refunds of an attempt of which `taken` was taken.
    pub(crate) fn of(attempt: &str, taken: Money, facts: &[Fact], refunds: &[Refund<'_>]) -> Self {
        let mut sum = Self { was_asked: !refunds.is_empty(), ..Self::default() };
        let is_of_currency = |refund: &&Refund<'_>| refund.currency.is_none_or(|currency| currency == taken.currency);
        for refund in refunds.iter().filter(is_of_currency) {
            let place = match (refund.end, refund.purpose) {
                (RefundEnd::Done(_), Purpose::Order) => &mut sum.order,
                (RefundEnd::Done(_), Purpose::Surplus) => &mut sum.surplus,
                (RefundEnd::Reserved | RefundEnd::InDoubt(_), _) => &mut sum.reserved,
                (RefundEnd::Failed(_), _) => continue,
            };
            *place = place.saturating_add(refund.minor);
        }
        let counted: Vec<&Fact> = facts
            .iter()
            .filter(|fact| fact.is_about(attempt) && fact.kind == FactKind::Refunded && fact.refund.is_none())
            // A line of a report is one refund and not the sum of all.
            .filter(|fact| counts(fact) && fact.evidence != Evidence::BankReport && fact.foreign_currency.is_none())
            .filter(|fact| fact.amount.is_some_and(|amount| amount.currency == taken.currency))
            .collect();
        // A count only grows, unless a newer statement that is as strong says less.
        let falls = |fact: &Fact| {
            let is_newer = |other: &Fact| other.evidence >= fact.evidence && other.provider_time > fact.provider_time;
            counted.iter().any(|other| is_newer(other) && minor(other) < minor(fact))
        };
        // Ours are in the provider's count, done or under way, unless they were asked for after it was taken. One that the
        // provider itself dates before its count is in it, whatever our clock said when it was asked for.
        let is_in = |refund: &Refund<'_>, at: Option<i64>| {
            let made_at = match refund.end {
                RefundEnd::Done(fact) if fact.evidence.decides() => fact.provider_time,
                _ => None,
            };
            at.is_none() || refund.asked_at <= at || made_at.is_some_and(|made| Some(made) <= at)
        };
        let ours = |at: Option<i64>| {
            refunds
                .iter()
                .filter(is_of_currency)
                .filter(|refund| !matches!(refund.end, RefundEnd::Failed(_)))
                .filter(|refund| is_in(refund, at))
                .map(|refund| refund.minor)
                .fold(0, i64::saturating_add)
        };
        let beyond = |fact: &&Fact| minor(fact).unwrap_or(0).saturating_sub(ours(fact.provider_time));
        sum.unasked = counted.iter().filter(|fact| !falls(fact)).map(beyond).max().unwrap_or(0).max(0);
        sum
    }

    /// All that went back.
    pub(crate) fn done(&self) -> i64 {
        self.order.saturating_add(self.surplus).saturating_add(self.unasked)
    }
}

fn counts(fact: &Fact) -> bool {
    fact.evidence.decides() || fact.evidence == Evidence::Manual
}

fn minor(fact: &Fact) -> Option<i64> {
    fact.amount.map(|amount| amount.minor)
}

fn rank(fact: &Fact) -> (Evidence, Option<i64>, Option<i64>, &str) {
    (fact.evidence, fact.provider_time, minor(fact), &fact.source.key)
}
