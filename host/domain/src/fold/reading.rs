//! The verdicts of all attempts and the merchant's acts, sorted into what the rules ask for. Every list is in an order
//! that the facts themselves give, so that the first of a list is a property of the set.

use super::money::Holding;
use crate::decision::{Standing, standing};
use crate::payment::LatePayment;
use crate::refund::{GivenBack, Refund, RefundEnd, refunds};
use crate::report::differences;
use crate::verdict::{Asked, Verdict, confirmation, mismatches, named_times, paid_at, told_times, verdict};
use crate::window::Windows;
use crate::{Exception, ExceptionKind, Fact, FactKind, Money, Policy, Terms};

pub(super) struct Reading<'f> {
    pub(super) windows: Windows<'f>,
    pub(super) standing: Standing<'f>,
    /// Attempts that hold money as asked, the earliest money first.
    pub(super) holdings: Vec<Holding<'f>>,
    pub(super) contradicted: Vec<&'f Fact>,
    pub(super) charged_back: Vec<&'f Fact>,
    /// Taken back by the bank though nobody here asked for it.
    pub(super) reversed: Vec<&'f Fact>,
    /// Taken, but not as asked: the statement, and the money where it can be counted.
    pub(super) mismatched: Vec<Holding<'f>>,
    /// What attempts held before the bank took it back: the history stays.
    pub(super) lost: Vec<Holding<'f>>,
    pub(super) indeterminate: Vec<&'f Fact>,
    /// What says last that an attempt took no money.
    pub(super) unpaid: Option<&'f Fact>,
    pub(super) open: Vec<String>,
    pub(super) over_cap: Option<&'f Fact>,
    /// Shown to a person whatever the status.
    pub(super) shown: Vec<Exception>,
    /// What is wrong with refunds: no ruling about the payment settles that.
    pub(super) of_refunds: Vec<Exception>,
    /// What reports say otherwise, as far as no decision in force had it before it.
    pub(super) of_reports: Vec<Exception>,
    /// What attempts had taken before the bank took it back, also where it never counted, each with who says so.
    pub(super) gone: Vec<(Holding<'f>, &'f Fact)>,
}

impl<'f> Reading<'f> {
    pub(super) fn of(terms: &Terms, attempts: &[Asked], facts: &'f [Fact], policy: &Policy) -> Self {
        let mut sorted: Vec<&Asked> = attempts.iter().collect();
        sorted.sort_by(|a, b| a.attempt.cmp(&b.attempt));
        sorted.dedup_by(|a, b| a.attempt == b.attempt);
        let standing = standing(terms, attempts, facts, policy);
        let mut read = Self {
            windows: Windows::of(terms, facts, standing.withdrawal()),
            standing,
            holdings: Vec::new(),
            contradicted: Vec::new(),
            charged_back: Vec::new(),
            reversed: Vec::new(),
            mismatched: Vec::new(),
            lost: Vec::new(),
            indeterminate: Vec::new(),
            unpaid: None,
            open: Vec::new(),
            over_cap: facts
                .iter()
                .filter(|fact| fact.kind == FactKind::OverCap && !fact.evidence.is_hearsay())
                .min_by_key(|fact| (fact.provider_time, &fact.source.key)),
            shown: Vec::new(),
            of_refunds: Vec::new(),
            of_reports: Vec::new(),
            gone: Vec::new(),
        };
        for asked in sorted {
            read.add(asked, facts, policy);
        }
        read.holdings.sort_by(|a, b| a.order().cmp(&b.order()));
        read.lost.sort_by(|a, b| a.order().cmp(&b.order()));
        read
    }

    /// Whether money of an attempt is the order's: the first of it came in time, or late where the policy does not send it
    /// back, and the link had a place for it.
    pub(super) fn counts(&self, policy: &Policy) -> bool {
        let is_in_time = |first: &Holding<'_>| first.in_time || policy.late_payment != LatePayment::Refund;
        self.over_cap.is_none() && self.holdings.first().is_some_and(is_in_time)
    }

    /// The first money that the bank took back. What it took back beyond that is not beyond the order: it is gone.
    pub(super) fn first_lost(&self) -> &[Holding<'f>] {
        self.lost.get(..1).unwrap_or_default()
    }

    fn add(&mut self, asked: &Asked, facts: &'f [Fact], policy: &Policy) {
        self.shown.extend(mismatches(asked, facts).map(|fact| wrong_money(fact, asked)));
        self.of_refunds.extend(refunds(&asked.attempt, facts).iter().filter_map(|refund| wrong_refund(refund, asked)));
        let verdict = verdict(asked, facts);
        let differing = differences(asked, &verdict, facts).filter(|(line, _)| !self.standing.settles(line));
        self.of_reports.extend(differing.map(|(_, exception)| exception));
        if let (Verdict::ChargedBack(fact) | Verdict::Reversed(fact), Some(approval)) =
            (&verdict, confirmation(asked, facts))
        {
            self.gone.push((self.measured(asked, approval, asked.amount, facts, policy), fact));
        }
        match verdict {
            Verdict::Open => self.open.push(asked.attempt.clone()),
            Verdict::Approved(fact) => {
                let holding = self.holding(asked, fact, asked.amount, facts, policy);
                self.holdings.push(holding);
            }
            Verdict::Mismatched(fact) => {
                // Another currency cannot be counted in the payment's.
                let taken = fact.amount.filter(|amount| amount.currency == asked.amount.currency);
                let taken = taken.filter(|_| fact.foreign_currency.is_none());
                let taken = taken.unwrap_or(Money::new(0, asked.amount.currency));
                let holding = self.holding(asked, fact, taken, facts, policy);
                self.mismatched.push(holding);
            }
            Verdict::Unpaid(fact) => self.unpaid = Some(later(self.unpaid, fact)),
            Verdict::Contradicted(stronger, _) => self.contradicted.push(stronger),
            Verdict::Indeterminate(fact) => self.indeterminate.push(fact),
            Verdict::ChargedBack(fact) => {
                self.lose(asked, facts, policy);
                self.charged_back.push(fact);
            }
            Verdict::Reversed(fact) => {
                // Money that never counted, or of which nobody spoke before the merchant withdrew the payment, went back
                // because we asked for that.
                let counted = confirmation(asked, facts).map_or(!self.windows.is_cancelled(), |approval| {
                    let last = paid_at(approval, asked, facts);
                    told_times(asked, facts).chain([last]).any(|at| self.windows.took_at(at, policy))
                });
                if counted && self.over_cap.is_none() {
                    self.lose(asked, facts, policy);
                    self.reversed.push(fact);
                } else {
                    self.unpaid = Some(later(self.unpaid, fact));
                }
            }
        }
    }

    /// Remembers what an attempt held before the bank took it back.
    fn lose(&mut self, asked: &Asked, facts: &'f [Fact], policy: &Policy) {
        if let Some(approval) = confirmation(asked, facts) {
            let holding = self.holding(asked, approval, asked.amount, facts, policy);
            self.lost.push(holding);
        }
    }

    fn holding(
        &mut self,
        asked: &Asked,
        fact: &'f Fact,
        taken: Money,
        facts: &'f [Fact],
        policy: &Policy,
    ) -> Holding<'f> {
        let holding = self.measured(asked, fact, taken, facts, policy);
        if holding.back.done() > holding.taken {
            // The provider says that more went back than came.
            self.shown.push(Exception { kind: ExceptionKind::Contradiction, subject: asked.attempt.clone() });
        }
        holding
    }

    fn measured(&self, asked: &Asked, fact: &'f Fact, taken: Money, facts: &'f [Fact], policy: &Policy) -> Holding<'f> {
        let refunds = refunds(&asked.attempt, facts);
        let at = paid_at(fact, asked, facts);
        let back = GivenBack::of(&asked.attempt, taken, facts, &refunds);
        let (taken, currency) = (taken.minor.max(0), taken.currency);
        // Money that a statement puts in time is not made late by another about the same money.
        let is_in_time = |at: &i64| self.windows.took_at(*at, policy);
        let at =
            Some(at).filter(is_in_time).or_else(|| named_times(asked, facts).filter(is_in_time).max()).unwrap_or(at);
        let in_time = is_in_time(&at);
        Holding { attempt: asked.attempt.clone(), fact, at, taken, currency, back, in_time }
    }
}

/// What a person must see of a refund.
fn wrong_refund(refund: &Refund<'_>, asked: &Asked) -> Option<Exception> {
    let is_foreign = refund.is_foreign || refund.currency.is_some_and(|currency| currency != asked.amount.currency);
    let kind = match refund.end {
        RefundEnd::InDoubt(_) => ExceptionKind::RefundInDoubt,
        RefundEnd::Done(_) if is_foreign => ExceptionKind::CurrencyMismatch,
        RefundEnd::Done(_) if refund.asked_minor.is_some_and(|minor| minor != refund.minor) => {
            ExceptionKind::AmountMismatch
        }
        RefundEnd::Reserved | RefundEnd::Done(_) | RefundEnd::Failed(_) => return None,
    };
    Some(Exception { kind, subject: refund.id.to_owned() })
}

fn wrong_money(fact: &Fact, asked: &Asked) -> Exception {
    let other_currency =
        fact.foreign_currency.is_some() || fact.amount.is_some_and(|amount| amount.currency != asked.amount.currency);
    let kind = if other_currency { ExceptionKind::CurrencyMismatch } else { ExceptionKind::AmountMismatch };
    Exception { kind, subject: asked.attempt.clone() }
}

/// The one of two facts that has the later provider time.
fn later<'f>(known: Option<&'f Fact>, other: &'f Fact) -> &'f Fact {
    let place = |fact: &'f Fact| (fact.provider_time, &fact.attempt);
    known.filter(|known| place(known) >= place(other)).unwrap_or(other)
}
