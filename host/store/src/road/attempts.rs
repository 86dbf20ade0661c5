//! Attempts on the road: committed before the provider is called, and what the provider answered to that call.

use super::settle::{Cause, Held};
use super::{Learned, Road, Started};
use crate::attempts::{self};
use crate::db::{Error, Tx};
use crate::jobs::{self, Kind};
use crate::payments;
use kamurj_domain::attempt::{Answer, Call, Step, apply};
use kamurj_domain::{Attempt, Evidence, FactKind, Source, Status};
use serde_json::json;

impl Road {
    /// Commits an attempt, so that an unanswered call to the provider can be looked up later. `lookup_at`: when the
    /// reconciler first asks about it. `again`: the attempt under way that the customer leaves for this one.
    pub async fn start_attempt(
        &self,
        tx: &mut Tx,
        payment_id: &str,
        attempt: &Attempt,
        keys: &attempts::Keys,
        lookup_at: i64,
        again: Option<&str>,
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
            // The newest one only: of two tabs that both start again, the second finds the first's.
            if again != Some(open.attempt.id.as_str()) {
                return Ok(Started::UnderWay(Box::new(open)));
            }
            jobs::put(tx, Kind::Close, &open.attempt.id, self.now).await?;
        }
        // Which attempt is the newest must be certain, also where the clock stands still or was set back.
        let last = attempts::of_payment(tx, payment_id).await?.iter().map(|stored| stored.attempt.started_at).max();
        let started_at = last.map_or(attempt.started_at, |last| attempt.started_at.max(last + 1));
        let attempt = &Attempt { started_at, ..attempt.clone() };
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
        if matches!(call, Call::Open { .. }) {
            // An answer may come after the attempt was given up and nobody asks about it any more.
            jobs::put(tx, Kind::Lookup, attempt_id, self.now).await?;
        }
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
}
