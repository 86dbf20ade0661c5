//! The one road: the only code that writes payment state and the only code that owes deliveries.
//!
//! Every function takes the payment's lock, adds what was learned, folds, and writes facts, journal entries, projection
//! and the deliveries owed into the caller's transaction. Nothing here calls the outside.

mod acts;
mod attempts;
mod erase;
mod movements;
mod refunds;
mod reminder;
mod send;
mod settle;
mod words;

pub use erase::{Erased, Hindrance};
pub use send::can_be_paid;
pub use words::{
    Acted, Change, Changed, Created, Learned, NewDecision, NewPayment, NewRefund, RefundAsked, RefundTold, Renewed,
    Reported, Sending, Started,
};

use crate::db::{Error, Tx};
use crate::payments::{self, Payment};
use crate::{merchants, search};
use kamurj_domain::{Event, Evidence, Fact, FactKind, Ids, Source, Status, Terms, journal};
use serde_json::json;
use settle::{Cause, Held};

/// What every step on the road needs: ids, the time, and who caused the step.
#[derive(Clone)]
pub struct Road {
    /// Makes ids.
    pub ids: Ids,
    /// Now, Unix milliseconds.
    pub now: i64,
    /// Who or what caused it, for the journal: `api key_…`, `vpos webhook`, `timer`.
    pub actor: String,
}

impl Road {
    /// Makes a payment, or finds the one that the same request made.
    pub async fn create(&self, tx: &mut Tx, new: NewPayment) -> Result<Created, Error> {
        let policy = merchants::policy(tx, &new.merchant_id).await?;
        let mut payment = Payment {
            id: new.id,
            merchant_id: new.merchant_id,
            mode: new.mode,
            order_id: new.order_id,
            terms: Terms { amount: new.amount, expires_at: new.expires_at },
            policy,
            particulars: new.particulars,
            provider_account: new.provider_account,
            token_sealed: new.token_sealed,
            created_at: self.now,
            status: Status::Created,
            version: 0,
            captured_minor: 0,
            surplus_minor: 0,
            refunded_minor: 0,
            reserved_minor: 0,
            open_until: new.expires_at,
            paid_at: None,
            announced_paid: false,
            rule: String::new(),
            evidence: String::new(),
            provider_reference: None,
            exceptions: Vec::new(),
            actions: Vec::new(),
            journal_length: 0,
            journal_head: journal::GENESIS.to_owned(),
        };
        if !payments::insert(tx, &payment, &new.keys).await? {
            let merchant = &payment.merchant_id;
            if let Some(key) = &new.keys.request_key
                && let Some(known) = payments::by_request(tx, merchant, payment.mode, key).await?
            {
                return Ok(Created::Known(Box::new(known)));
            }
            return match payments::by_order(tx, merchant, payment.mode, &payment.order_id).await? {
                Some(known) => Ok(Created::OrderTaken(Box::new(known))),
                None => Err(Error::Taken),
            };
        }
        search::add(tx, &payment).await?;
        let mut particulars = json!({
            "order_id": payment.order_id,
            "amount": payment.terms.amount.decimal(),
            "currency": payment.terms.amount.currency.code(),
            "expires_at": payment.terms.expires_at,
        });
        if let Some(account) = &payment.provider_account {
            particulars["provider_account"] = account.as_str().into();
        }
        let mut held = Held { road: self, payment: &mut payment };
        held.settle(tx, Vec::new(), Cause::Created(particulars)).await?;
        Ok(Created::Made(Box::new(payment)))
    }

    /// Adds what was learned to the payment and folds it. Answers the payment as it stands then.
    pub async fn learn(&self, tx: &mut Tx, payment_id: &str, learned: Vec<Learned>) -> Result<Payment, Error> {
        let mut payment = self.locked(tx, payment_id).await?;
        let facts = learned.into_iter().map(|learned| self.fact(learned)).collect();
        Held { road: self, payment: &mut payment }.settle(tx, facts, Cause::Learned).await?;
        Ok(payment)
    }

    /// Folds the payment again because time has passed.
    pub async fn tick(&self, tx: &mut Tx, payment_id: &str) -> Result<Payment, Error> {
        let mut payment = self.locked(tx, payment_id).await?;
        Held { road: self, payment: &mut payment }.settle(tx, Vec::new(), Cause::Time).await?;
        Ok(payment)
    }

    /// Writes a journal entry that changes nothing about money, such as what became of a delivery.
    pub async fn note(&self, tx: &mut Tx, payment_id: &str, kind: &str, body: &serde_json::Value) -> Result<(), Error> {
        let mut payment = self.locked(tx, payment_id).await?;
        crate::journal::append(tx, &mut payment, self.now, kind, &self.actor, body).await?;
        payments::head(tx, &payment).await
    }

    /// Tells that something about the payment was put before a person, or settled, which no fact says: with a journal entry, and to
    /// whoever is told of exceptions.
    pub async fn excepted(
        &self,
        tx: &mut Tx,
        payment_id: &str,
        event: Event,
        body: serde_json::Value,
    ) -> Result<(), Error> {
        let mut payment = self.locked(tx, payment_id).await?;
        Held { road: self, payment: &mut payment }.settle(tx, Vec::new(), Cause::Excepted(event, body)).await
    }

    async fn locked(&self, tx: &mut Tx, payment_id: &str) -> Result<Payment, Error> {
        payments::lock(tx, payment_id).await?.ok_or_else(|| Error::Inconsistent {
            table: "payments",
            id: payment_id.to_owned(),
            what: "not there",
        })
    }

    fn fact(&self, learned: Learned) -> Fact {
        Fact {
            attempt: Some(learned.attempt),
            amount: learned.amount,
            foreign_currency: learned.foreign_currency,
            provider_time: learned.provider_time,
            reference: learned.reference,
            reason: learned.reason,
            refund: learned.refund,
            message: learned.message,
            ..Fact::plain(&self.ids.new_id("fct"), learned.kind, learned.evidence, learned.source, self.now)
        }
    }

    /// A fact of our own doing, now, about the payment as a whole.
    fn act(&self, kind: FactKind, evidence: Evidence) -> Fact {
        let id = self.ids.new_id("fct");
        let source = Source { name: self.actor.clone(), key: format!("{}:{id}", kind.word()) };
        Fact { provider_time: Some(self.now), ..Fact::plain(&id, kind, evidence, source, self.now) }
    }
}
