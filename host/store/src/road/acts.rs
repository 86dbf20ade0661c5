//! The merchant's acts on a payment: withdrawing it, giving it a new end, changing the order, a person's ruling.

use super::settle::{Cause, Held};
use super::{Acted, Change, Changed, NewDecision, Renewed, Road};
use crate::db::{Error, Tx};
use crate::links::{places, renewals};
use crate::payments::{self, Payment};
use crate::{attempts, facts};
use kamurj_domain::decision::questions;
use kamurj_domain::order::FiscalReceipt;
use kamurj_domain::{Decision, Evidence, Fact, FactKind, Ruling, Status};
use serde_json::json;

impl Road {
    /// Withdraws the payment. Money that moved before this moment still counts.
    /// `message`: what the customer reads.
    pub async fn cancel(
        &self,
        tx: &mut Tx,
        payment_id: &str,
        reason: Option<&str>,
        message: Option<&str>,
    ) -> Result<Acted, Error> {
        let Some(mut payment) = self.folded(tx, payment_id).await? else { return Ok(Acted::NoPayment) };
        match payment.status {
            Status::Created | Status::Pending | Status::Failed => {}
            Status::Cancelled => return Ok(Acted::Known(Box::new(payment))),
            Status::Paid | Status::Expired | Status::ManualReview | Status::PartiallyRefunded | Status::Refunded => {
                return Ok(Acted::NotNow(payment.status));
            }
        }
        if let Some(message) = message {
            payment.particulars.cancel_message = Some(message.to_owned());
            payments::change_order(tx, &payment).await?;
        }
        let fact = Fact {
            reason: reason.map(str::to_owned),
            ..self.act_of(tx, &payment, FactKind::Cancelled, Evidence::Own).await?
        };
        self.settle(tx, &mut payment, vec![fact]).await?;
        Ok(Acted::Done(Box::new(payment)))
    }

    /// Changes what the merchant may change of an order: all that is asked for, or nothing.
    pub async fn change(&self, tx: &mut Tx, payment_id: &str, change: &Change) -> Result<Changed, Error> {
        let Some(mut payment) = self.folded(tx, payment_id).await? else { return Ok(Changed::NoPayment) };
        let takes_time = matches!(payment.status, Status::Created | Status::Pending | Status::Failed | Status::Expired);
        if !takes_time {
            return Ok(Changed::NotNow(payment.status));
        }
        let mut changed = serde_json::Map::new();
        if let Some(amount) = change.amount.filter(|amount| *amount != payment.terms.amount) {
            if !attempts::of_payment(tx, payment_id).await?.is_empty() {
                return Ok(Changed::AmountFixed);
            }
            if !payment.particulars.items.is_empty() {
                return Ok(Changed::HasItems);
            }
            changed.insert("amount".into(), json!([payment.terms.amount.to_string(), amount.to_string()]));
            payment.terms.amount = amount;
        }
        if let Some(text) = change.description.as_ref().filter(|text| **text != payment.particulars.description) {
            // That it changed, not what it says: merchants write customers' names there, and the journal stays for ever.
            changed.insert("description".into(), json!("changed"));
            payment.particulars.description.clone_from(text);
        }
        let mut acts = Vec::new();
        if let Some(until) = change.expires_at.filter(|until| *until != payment.open_until) {
            let act = self.act_of(tx, &payment, FactKind::Reopened, Evidence::Own).await?;
            acts.push(Fact { expires_at: Some(until), ..act });
        }
        let returns = payment.status == Status::Expired && !acts.is_empty();
        if returns && !places::could_return(tx, payment_id).await? {
            return Ok(Changed::NoPlace);
        }
        if !changed.is_empty() {
            payments::change_order(tx, &payment).await?;
            let cause = Cause::Changed(changed.into());
            Held { road: self, payment: &mut payment }.settle(tx, Vec::new(), cause).await?;
        }
        if !acts.is_empty() {
            self.settle(tx, &mut payment, acts).await?;
        }
        Ok(Changed::Done(Box::new(payment)))
    }

    /// Opens an expired payment again because its payer asks: the same payment, with a new end. Whoever asks twice finds it
    /// open. A place in its link is taken as at a press.
    pub async fn renew(&self, tx: &mut Tx, payment_id: &str) -> Result<Renewed, Error> {
        let Some(mut payment) = self.folded(tx, payment_id).await? else { return Ok(Renewed::Not) };
        if payment.status != Status::Expired {
            return Ok(Renewed::Open(Box::new(payment)));
        }
        // First, because it takes the link's lock: what is read of the link after it stays so.
        if !places::could_return(tx, payment_id).await? {
            return Ok(Renewed::Not);
        }
        let Some(until) = renewals::until(tx, &payment, self.now).await? else { return Ok(Renewed::Not) };
        let act = self.act_of(tx, &payment, FactKind::Reopened, Evidence::Own).await?;
        self.settle(tx, &mut payment, vec![Fact { expires_at: Some(until), ..act }]).await?;
        Ok(Renewed::Open(Box::new(payment)))
    }

    /// Keeps the receipt of the tax system with a payment that holds money, or held some: another one takes its place.
    pub async fn attach_receipt(&self, tx: &mut Tx, payment_id: &str, receipt: FiscalReceipt) -> Result<Acted, Error> {
        let Some(mut payment) = self.folded(tx, payment_id).await? else { return Ok(Acted::NoPayment) };
        if !matches!(payment.status, Status::Paid | Status::PartiallyRefunded | Status::Refunded) {
            return Ok(Acted::NotNow(payment.status));
        }
        if payment.particulars.fiscal_receipt.as_ref() == Some(&receipt) {
            return Ok(Acted::Known(Box::new(payment)));
        }
        let told = json!({ "number": receipt.number, "url": receipt.url });
        payment.particulars.fiscal_receipt = Some(receipt);
        payments::change_order(tx, &payment).await?;
        let cause = Cause::Noted("payment.fiscal_receipt", told);
        Held { road: self, payment: &mut payment }.settle(tx, Vec::new(), cause).await?;
        Ok(Acted::Done(Box::new(payment)))
    }

    /// Takes a person's ruling down. It settles every statement that is known now.
    pub async fn decide(&self, tx: &mut Tx, payment_id: &str, new: NewDecision) -> Result<Acted, Error> {
        let Some(mut payment) = self.folded(tx, payment_id).await? else { return Ok(Acted::NoPayment) };
        let may = match payment.status {
            Status::ManualReview => true,
            // Paid outside the bank: in cash, by transfer.
            Status::Created | Status::Failed | Status::Expired | Status::Cancelled => new.ruling == Ruling::Paid,
            // Given back outside the provider.
            Status::Paid | Status::PartiallyRefunded => new.ruling == Ruling::Refunded,
            Status::Pending | Status::Refunded => false,
        };
        if !may {
            return Ok(Acted::NotNow(payment.status));
        }
        let known = facts::of_payment(tx, payment_id).await?;
        let decision = Decision {
            ruling: new.ruling,
            settles: questions(&known),
            by: new.by,
            role: new.role,
            evidence: new.evidence,
        };
        let fact = Fact {
            reason: Some(new.reason),
            decision: Some(decision),
            ..self.act_of(tx, &payment, FactKind::Decided, Evidence::Manual).await?
        };
        self.settle(tx, &mut payment, vec![fact]).await?;
        Ok(Acted::Done(Box::new(payment)))
    }

    /// An act of the merchant's on this payment. Its time is later than that of every act before it, also within one
    /// millisecond and where the clock was set back: which act came last is never left to chance.
    async fn act_of(&self, tx: &mut Tx, payment: &Payment, kind: FactKind, evidence: Evidence) -> Result<Fact, Error> {
        let is_act = |fact: &&Fact| matches!(fact.kind, FactKind::Cancelled | FactKind::Reopened | FactKind::Decided);
        let known = facts::of_payment(tx, &payment.id).await?;
        let last = known.iter().filter(is_act).filter_map(|fact| fact.provider_time).max();
        let at = last.map_or(self.now, |last| self.now.max(last.saturating_add(1)));
        Ok(Fact { provider_time: Some(at), ..self.act(kind, evidence) })
    }

    /// The payment under its lock, folded at this moment, so that an act is judged by how things stand now.
    pub(super) async fn folded(&self, tx: &mut Tx, payment_id: &str) -> Result<Option<Payment>, Error> {
        let Some(mut payment) = payments::lock(tx, payment_id).await? else { return Ok(None) };
        Held { road: self, payment: &mut payment }.settle(tx, Vec::new(), Cause::Time).await?;
        Ok(Some(payment))
    }

    pub(super) async fn settle(&self, tx: &mut Tx, payment: &mut Payment, facts: Vec<Fact>) -> Result<(), Error> {
        Held { road: self, payment }.settle(tx, facts, Cause::Learned).await
    }
}
