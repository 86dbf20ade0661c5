//! The movements of money behind a payment's sums. They agree with the fold because they are read from the same holdings:
//! captures make `captured_minor`, refunds of the order's money `refunded_minor`, and what came beyond the order less what of
//! that went back `surplus_minor`, as long as no provider says that more went back than came.

use super::money::Holding;
use super::reading::Reading;
use super::rules::{Finding, find};
use crate::refund::{Refund, RefundEnd, refunds};
use crate::verdict::{Asked, takes};
use crate::{Evidence, Fact, FactKind, Money, Movement, MovementKind, Policy, Purpose, Terms};
use std::collections::BTreeSet;

/// Derives the movements of a payment, the earliest first: all that its attempts took and all that went back, in the state in
/// which the facts leave it. Money that a provider names otherwise than it was asked for is none before a person has ruled
/// what it is, nor is what two statements contradict each other about. Time plays no part in it.
pub fn movements(payment: &str, terms: &Terms, attempts: &[Asked], facts: &[Fact], policy: &Policy) -> Vec<Movement> {
    let read = Reading::of(terms, attempts, facts, policy);
    // The moment decides about expiry alone, and no sum depends on that.
    let found = find(&read, terms, policy, i64::MIN);
    let mut account = Account { facts, found: Vec::new() };
    let held = &found.sums.held;
    for (place, holding) in held.iter().enumerate() {
        account.add(holding, place == 0 && found.sums.is_main, found.sums.is_main);
    }
    let mut told: BTreeSet<&str> = held.iter().map(|holding| holding.attempt.as_str()).collect();
    // What came and went back whole counts for nothing any more, and moved all the same.
    for holding in read.holdings.iter().chain(read.gone.iter().map(|(holding, _)| holding)) {
        if told.insert(&holding.attempt) {
            account.add(holding, false, false);
        }
    }
    for (holding, fact) in &read.gone {
        let is_order = found.sums.is_main && held.first().is_some_and(|first| first.attempt == holding.attempt);
        account.lose(holding, fact, is_order);
    }
    account.add_by_hand(payment, terms, &found);
    let mut movements = account.found;
    movements.retain(|movement| movement.amount.minor > 0);
    movements.sort_by(|a, b| (a.at, a.kind, &a.id).cmp(&(b.at, b.kind, &b.id)));
    movements
}

struct Account<'f> {
    facts: &'f [Fact],
    found: Vec<Movement>,
}

impl Account<'_> {
    /// What an attempt took and what of it went back. `counts`: whether any money is the order's; if not, what went back was
    /// not the order's either.
    fn add(&mut self, holding: &Holding<'_>, is_main: bool, counts: bool) {
        let (kind, purpose) =
            if is_main { (MovementKind::Capture, Purpose::Order) } else { (MovementKind::Surplus, Purpose::Surplus) };
        let about = |fact: &&Fact| fact.is_about(&holding.attempt) && takes(fact);
        let is_providers_time = self.facts.iter().filter(about).any(|fact| fact.provider_time == Some(holding.at));
        let others = || self.facts.iter().filter(about).filter(|fact| fact.reference.is_some());
        let reference = holding.fact.reference.clone().or_else(|| {
            let best = others().max_by_key(|fact| (fact.evidence, fact.provider_time, &fact.source.key))?;
            best.reference.clone()
        });
        let movement = Movement {
            id: format!("mov_taken_{}", holding.attempt),
            kind,
            attempt: Some(holding.attempt.clone()),
            refund: None,
            amount: Money::new(holding.taken, holding.currency),
            purpose,
            at: holding.at,
            is_providers_time,
            reference,
            evidence: holding.fact.evidence,
        };
        self.found.push(movement);
        for refund in refunds(&holding.attempt, self.facts) {
            if let RefundEnd::Done(fact) = refund.end
                && refund.currency.is_none_or(|currency| currency == holding.currency)
            {
                let purpose = if counts { refund.purpose } else { Purpose::Surplus };
                self.give_back(holding, &refund, fact, purpose);
            }
        }
        self.give_back_unasked(holding, purpose);
    }

    fn give_back(&mut self, holding: &Holding<'_>, refund: &Refund<'_>, fact: &Fact, purpose: Purpose) {
        let (at, is_providers_time) = match (fact.provider_time, refund.asked_at) {
            (Some(at), _) => (at, fact.evidence.decides()),
            (None, Some(asked_at)) => (asked_at, false),
            (None, None) => (self.heard_at(fact), false),
        };
        self.found.push(Movement {
            id: format!("mov_back_{}", refund.id),
            kind: MovementKind::Refund,
            attempt: Some(holding.attempt.clone()),
            refund: Some(refund.id.to_owned()),
            amount: Money::new(refund.minor, holding.currency),
            purpose,
            at,
            is_providers_time,
            reference: fact.reference.clone(),
            evidence: fact.evidence,
        });
    }

    /// What went back by the provider's own count, beyond the refunds that are known: as one sum, of the newest such count.
    fn give_back_unasked(&mut self, holding: &Holding<'_>, purpose: Purpose) {
        let counts = |fact: &&Fact| {
            fact.is_about(&holding.attempt)
                && fact.kind == FactKind::Refunded
                && fact.refund.is_none()
                && (fact.evidence.confirms() || fact.evidence == Evidence::Manual)
        };
        let newest = self.facts.iter().filter(counts);
        let newest = newest.max_by_key(|fact| (fact.provider_time, fact.evidence, &fact.source.key));
        let Some(fact) = newest else { return };
        self.found.push(Movement {
            id: format!("mov_unasked_{}", holding.attempt),
            kind: MovementKind::Refund,
            attempt: Some(holding.attempt.clone()),
            refund: None,
            amount: Money::new(holding.back.unasked, holding.currency),
            purpose,
            at: fact.provider_time.unwrap_or_else(|| self.heard_at(fact)),
            is_providers_time: fact.provider_time.is_some() && fact.evidence.decides(),
            reference: fact.reference.clone(),
            evidence: fact.evidence,
        });
    }

    /// What the bank took back: what was left there, or the part of it that the statement names. Nothing goes twice.
    fn lose(&mut self, holding: &Holding<'_>, fact: &Fact, is_order: bool) {
        let named = fact.amount.filter(|amount| amount.currency == holding.currency && amount.minor > 0);
        let named = named.filter(|_| fact.foreign_currency.is_none()).map_or(i64::MAX, |amount| amount.minor);
        let kind = if fact.kind == FactKind::ChargedBack { MovementKind::Chargeback } else { MovementKind::Reversal };
        self.found.push(Movement {
            id: format!("mov_lost_{}", holding.attempt),
            kind,
            attempt: Some(holding.attempt.clone()),
            refund: None,
            amount: Money::new(holding.kept().min(named), holding.currency),
            purpose: if is_order { Purpose::Order } else { Purpose::Surplus },
            at: fact.provider_time.unwrap_or_else(|| self.heard_at(fact)),
            is_providers_time: fact.provider_time.is_some(),
            reference: fact.reference.clone(),
            evidence: fact.evidence,
        });
    }

    /// What a person found to have moved outside of what the provider says.
    fn add_by_hand(&mut self, payment: &str, terms: &Terms, found: &Finding<'_>) {
        let Some(fact) = found.deciding.filter(|fact| fact.decision.is_some()) else { return };
        let sums = &found.sums;
        let taken = sums.held.first().filter(|_| sums.is_main).map_or(0, |first| first.taken);
        let back = |movement: &&Movement| (movement.kind, movement.purpose) == (MovementKind::Refund, Purpose::Order);
        let back = self.found.iter().filter(back).map(|movement| movement.amount.minor).fold(0, i64::saturating_add);
        let parts = [
            ("mov_ruled", MovementKind::Capture, sums.captured.saturating_sub(taken), found.paid_at),
            ("mov_ruled_back", MovementKind::Refund, sums.refunded.saturating_sub(back), fact.provider_time),
        ];
        for (word, kind, minor, at) in parts {
            let at = at.or(fact.provider_time).unwrap_or_else(|| self.heard_at(fact));
            self.found.push(Movement {
                id: format!("{word}_{payment}"),
                kind,
                attempt: None,
                refund: None,
                amount: Money::new(minor, terms.amount.currency),
                purpose: Purpose::Order,
                at,
                is_providers_time: false,
                reference: None,
                evidence: fact.evidence,
            });
        }
    }

    /// When a statement first reached us, also where it came more than once.
    fn heard_at(&self, fact: &Fact) -> i64 {
        let same = self.facts.iter().filter(|known| known.source.key == fact.source.key);
        same.map(|known| known.received_at).min().unwrap_or(fact.received_at)
    }
}
