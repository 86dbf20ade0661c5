//! Refunds on the road: reserved before the provider is called, and what was learned about them since.

use super::settle::{Held, asked};
use super::{NewRefund, RefundAsked, RefundTold, Road};
use crate::db::{Error, Tx};
use crate::defect::{self, Defect};
use crate::jobs::{self, Kind};
use crate::payments::Payment;
use crate::refunds::{self, Refund};
use crate::{attempts, facts};
use kamurj_domain::fold::Refundable;
use kamurj_domain::{Action, Evidence, Fact, FactKind, Money, Purpose, Source, Status, fold};

impl Road {
    /// Reserves a refund, so that no other can take the same money; the provider is called after the commit.
    pub async fn ask_refund(&self, tx: &mut Tx, payment_id: &str, new: NewRefund) -> Result<RefundAsked, Error> {
        let Some(mut payment) = self.folded(tx, payment_id).await? else { return Ok(RefundAsked::NoPayment) };
        let currency = payment.terms.amount.currency;
        if new.amount.is_some_and(|amount| amount.currency != currency) {
            return Ok(RefundAsked::OtherCurrency);
        }
        let stored = attempts::of_payment(tx, payment_id).await?;
        let mut known = facts::of_payment(tx, payment_id).await?;
        if defect::has(Defect::ReservationOff) {
            known.retain(|fact| fact.kind != FactKind::RefundAsked);
        }
        let outcome = fold(&payment.terms, &asked(&stored), &known, &payment.policy, self.now);
        let is_settled = matches!(outcome.status, Status::Paid | Status::PartiallyRefunded | Status::Refunded);
        if outcome.refundable.is_empty() && !is_settled {
            return Ok(RefundAsked::NotNow(outcome.status));
        }
        let minor = new.amount.map(|amount| amount.minor);
        let Some(part) = choose(&outcome.refundable, new.attempt.as_deref(), minor) else {
            return Ok(RefundAsked::TooMuch(outcome.refundable));
        };
        let part = Refundable { minor: minor.unwrap_or(part.minor), ..part.clone() };
        let (refund, fact) = self.reserve(tx, &payment, &part, &new.reason).await?;
        self.settle(tx, &mut payment, vec![fact]).await?;
        Ok(RefundAsked::Made(Box::new(refund)))
    }

    /// Adds what was learned about a refund. Answers the payment as it stands then.
    pub async fn refund_told(&self, tx: &mut Tx, told: RefundTold) -> Result<Payment, Error> {
        let missing = || Error::Inconsistent { table: "refunds", id: told.refund.clone(), what: "not there" };
        let refund = refunds::by_id(tx, &told.refund).await?.ok_or_else(missing)?;
        let mut payment = self.locked(tx, &refund.payment_id).await?;
        let fact = Fact {
            attempt: Some(refund.attempt_id),
            refund: Some(refund.id),
            amount: told.amount,
            provider_time: told.provider_time,
            reference: told.reference,
            reason: told.reason,
            message: told.message,
            purpose: Some(refund.purpose),
            ..Fact::plain(&self.ids.new_id("fct"), told.kind, told.evidence, told.source, self.now)
        };
        self.settle(tx, &mut payment, vec![fact]).await?;
        Ok(payment)
    }

    /// Writes a refund down with the job that calls the provider. Answers it with the fact that reserves its amount.
    async fn reserve(
        &self,
        tx: &mut Tx,
        payment: &Payment,
        part: &Refundable,
        reason: &str,
    ) -> Result<(Refund, Fact), Error> {
        let refund = Refund {
            id: self.ids.new_id("ref"),
            payment_id: payment.id.clone(),
            attempt_id: part.attempt.clone(),
            amount: Money::new(part.minor, payment.terms.amount.currency),
            purpose: part.purpose,
            reason: reason.to_owned(),
            asked_by: self.actor.clone(),
            asked_at: self.now,
            dispatched_at: None,
            before_minor: None,
            state: "pending".to_owned(),
        };
        refunds::insert(tx, &refund).await?;
        jobs::put(tx, Kind::Refund, &refund.id, self.now).await?;
        let source = Source { name: self.actor.clone(), key: format!("refund-asked:{}", refund.id) };
        let fact = Fact {
            attempt: Some(refund.attempt_id.clone()),
            refund: Some(refund.id.clone()),
            amount: Some(refund.amount),
            purpose: Some(refund.purpose),
            provider_time: Some(self.now),
            reason: Some(reason.to_owned()),
            ..Fact::plain(&self.ids.new_id("fct"), FactKind::RefundAsked, Evidence::Own, source, self.now)
        };
        Ok((refund, fact))
    }
}

impl Held<'_> {
    /// Reserves what the policy sends back by itself. Answers the facts about it.
    pub(super) async fn give_back(&mut self, tx: &mut Tx, actions: &[Action]) -> Result<Vec<Fact>, Error> {
        let mut reserved = Vec::new();
        for action in actions {
            if let Action::Refund { attempt, minor, purpose } = action {
                let part = Refundable { attempt: attempt.clone(), minor: *minor, purpose: *purpose };
                let reason = "paid after its time: the policy sends it back";
                reserved.push(self.road.reserve(tx, self.payment, &part, reason).await?.1);
            }
        }
        Ok(reserved)
    }
}

/// The part that a refund is taken from: of the attempt that was named, what lies beyond the order first; otherwise the
/// order's money. `None`: no part has as much.
fn choose<'r>(parts: &'r [Refundable], attempt: Option<&str>, minor: Option<i64>) -> Option<&'r Refundable> {
    let fits = |part: &&Refundable| minor.is_none_or(|minor| minor <= part.minor);
    let of = |purpose| {
        parts
            .iter()
            .filter(move |part| part.purpose == purpose)
            .filter(move |part| attempt.is_none_or(|attempt| part.attempt == attempt))
    };
    match attempt {
        Some(_) => of(Purpose::Surplus).chain(of(Purpose::Order)).find(fits),
        None => of(Purpose::Order).find(fits),
    }
}
