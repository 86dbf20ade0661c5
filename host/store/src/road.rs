//! The one road: the only code that writes payment state and the only code that owes deliveries.
//!
//! Every function takes the payment's lock, adds what was learned, folds, and writes facts, journal entries, projection
//! and the deliveries owed into the caller's transaction. Nothing here calls the outside.

mod settle;

use crate::attempts::{self, Stored};
use crate::db::{Error, Tx};
use crate::jobs::{self, Kind};
use crate::payments::{self, Keys, Payment};
use kamurj_domain::attempt::{Answer, Call, Step, apply};
use kamurj_domain::{
    Attempt, Evidence, Fact, FactKind, Ids, Mode, Money, Particulars, Policy, Source, Status, Terms, journal,
};
use serde_json::json;
use settle::{Cause, Held};

/// What every step on the road needs: ids, the time, the merchant's policy, and who caused the step.
#[derive(Clone)]
pub struct Road {
    /// Makes ids.
    pub ids: Ids,
    /// Now, Unix milliseconds.
    pub now: i64,
    /// The merchant's policy.
    pub policy: Policy,
    /// Who or what caused it, for the journal: `api key_…`, `vpos webhook`, `timer`.
    pub actor: String,
}

/// A payment that is asked for.
#[derive(Debug, Clone)]
pub struct NewPayment {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub merchant_id: String,
    /// Test or live.
    pub mode: Mode,
    /// The merchant's order number.
    pub order_id: String,
    /// What is due.
    pub amount: Money,
    /// Until when, Unix milliseconds.
    pub expires_at: i64,
    /// What is sold and to whom.
    pub particulars: Particulars,
    /// The link's token, sealed.
    pub token_sealed: String,
    /// Keys under which it is found again.
    pub keys: Keys,
}

/// What came of asking for a payment.
#[derive(Debug, Clone)]
pub enum Created {
    /// It is new.
    Made(Box<Payment>),
    /// The same request made it before.
    Known(Box<Payment>),
    /// Another payment has this order number.
    OrderTaken(Box<Payment>),
}

/// What came of asking for an attempt.
#[derive(Debug, Clone)]
pub enum Started {
    /// It is committed; now the provider may be called.
    Made,
    /// This form made it before.
    SameForm(Box<Stored>),
    /// An attempt is under way whose end is not known; a second could take the money twice.
    UnderWay(Box<Stored>),
    /// The payment takes no attempts any more.
    Closed(Status),
    /// There is no such payment.
    NoPayment,
}

/// Something learned about an attempt, before it has an id and a time of arrival.
#[derive(Debug, Clone)]
pub struct Learned {
    /// The attempt.
    pub attempt: String,
    /// What.
    pub kind: FactKind,
    /// How far it can be believed.
    pub evidence: Evidence,
    /// Who said it, and the key of a repetition.
    pub source: Source,
    /// The amount named.
    pub amount: Option<Money>,
    /// The currency named, where Kamurj does not know it.
    pub foreign_currency: Option<String>,
    /// The provider's own time.
    pub provider_time: Option<i64>,
    /// The provider's reference.
    pub reference: Option<String>,
    /// A short reason.
    pub reason: Option<String>,
}

impl Learned {
    /// A fact without amount, time or reference.
    pub fn plain(attempt: &str, kind: FactKind, evidence: Evidence, source: Source) -> Self {
        Self {
            attempt: attempt.to_owned(),
            kind,
            evidence,
            source,
            amount: None,
            foreign_currency: None,
            provider_time: None,
            reference: None,
            reason: None,
        }
    }
}

impl Road {
    /// Makes a payment, or finds the one that the same request made.
    pub async fn create(&self, tx: &mut Tx, new: NewPayment) -> Result<Created, Error> {
        let mut payment = Payment {
            id: new.id,
            merchant_id: new.merchant_id,
            mode: new.mode,
            order_id: new.order_id,
            terms: Terms { amount: new.amount, expires_at: new.expires_at },
            particulars: new.particulars,
            token_sealed: new.token_sealed,
            created_at: self.now,
            status: Status::Created,
            version: 0,
            captured_minor: 0,
            surplus_minor: 0,
            refunded_minor: 0,
            paid_at: None,
            announced_paid: false,
            rule: String::new(),
            evidence: String::new(),
            provider_reference: None,
            exceptions: Vec::new(),
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
        let particulars = json!({
            "order_id": payment.order_id,
            "amount": payment.terms.amount.decimal(),
            "currency": payment.terms.amount.currency.code(),
            "expires_at": payment.terms.expires_at,
        });
        let mut held = Held { road: self, payment: &mut payment };
        held.settle(tx, Vec::new(), Cause::Created(particulars)).await?;
        Ok(Created::Made(Box::new(payment)))
    }

    /// Commits an attempt, so that an unanswered call to the provider can be looked up later. `lookup_at`: when the
    /// reconciler first asks about it.
    pub async fn start_attempt(
        &self,
        tx: &mut Tx,
        payment_id: &str,
        attempt: &Attempt,
        keys: &attempts::Keys,
        lookup_at: i64,
    ) -> Result<Started, Error> {
        let Some(mut payment) = payments::lock(tx, payment_id).await? else { return Ok(Started::NoPayment) };
        if let Some(known) = attempts::by_form(tx, payment_id, &keys.form_key).await? {
            return Ok(Started::SameForm(Box::new(known)));
        }
        let mut held = Held { road: self, payment: &mut payment };
        held.settle(tx, Vec::new(), Cause::Time).await?;
        if !payment.status.takes_attempts() {
            return Ok(Started::Closed(payment.status));
        }
        if payment.status == Status::Pending
            && let Some(open) = (Held { road: self, payment: &mut payment }).open_attempt(tx).await?
        {
            return Ok(Started::UnderWay(Box::new(open)));
        }
        if !attempts::insert(tx, payment_id, attempt, keys).await? {
            return Err(Error::Taken);
        }
        jobs::put(tx, Kind::Lookup, &attempt.id, lookup_at).await?;
        let fact = self.fact(Learned {
            amount: Some(attempt.asked),
            ..Learned::plain(
                &attempt.id,
                FactKind::Started,
                Evidence::Own,
                Source { name: "checkout".into(), key: format!("started:{}", attempt.id) },
            )
        });
        Held { road: self, payment: &mut payment }.settle(tx, vec![fact], Cause::Learned).await?;
        Ok(Started::Made)
    }

    /// Writes what the provider answered to the call that opens its session.
    pub async fn answered(&self, tx: &mut Tx, attempt_id: &str, answer: &Answer) -> Result<Step, Error> {
        let missing = || Error::Inconsistent { table: "attempts", id: attempt_id.to_owned(), what: "not there" };
        let payment_id = attempts::by_id(tx, attempt_id).await?.ok_or_else(missing)?.payment_id;
        let mut payment = payments::lock(tx, &payment_id).await?.ok_or_else(missing)?;
        // Read again under the lock: somebody else may have learned the same meanwhile.
        let stored = attempts::by_id(tx, attempt_id).await?.ok_or_else(missing)?;
        let step = apply(&stored.attempt.call, answer);
        let Step::Moved(call) = &step else { return Ok(step) };
        attempts::set_call(tx, attempt_id, call).await?;
        let facts = match call {
            Call::Refused { reason } => vec![self.fact(Learned {
                provider_time: Some(self.now),
                reason: Some(reason.clone()),
                ..Learned::plain(
                    attempt_id,
                    FactKind::Refused,
                    Evidence::Own,
                    Source { name: stored.attempt.provider.clone(), key: format!("refused:{attempt_id}") },
                )
            })],
            Call::Open { .. } | Call::Dispatched => Vec::new(),
        };
        let body = json!({ "attempt": attempt_id, "call": call });
        Held { road: self, payment: &mut payment }.settle(tx, facts, Cause::Noted("attempt.answered", body)).await?;
        Ok(step)
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

    async fn locked(&self, tx: &mut Tx, payment_id: &str) -> Result<Payment, Error> {
        payments::lock(tx, payment_id).await?.ok_or_else(|| Error::Inconsistent {
            table: "payments",
            id: payment_id.to_owned(),
            what: "not there",
        })
    }

    fn fact(&self, learned: Learned) -> Fact {
        Fact {
            id: self.ids.new_id("fct"),
            attempt: learned.attempt,
            kind: learned.kind,
            evidence: learned.evidence,
            source: learned.source,
            amount: learned.amount,
            foreign_currency: learned.foreign_currency,
            provider_time: learned.provider_time,
            received_at: self.now,
            reference: learned.reference,
            reason: learned.reason,
        }
    }
}
