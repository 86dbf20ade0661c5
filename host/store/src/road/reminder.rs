//! Reminding the customer of a payment that waits: when, and what is owed then.

use super::Road;
use super::settle::{Cause, Held};
use crate::db::{Error, Tx};
use crate::jobs::{self, Kind};
use crate::{facts, reminders};
use kamurj_domain::reminder::{LEAST_GAP_MINUTES, Unpaid};
use kamurj_domain::{Fact, FactKind, Status};

impl Road {
    /// Reminds the customer if it is time and the payment still waits for them; else sets the next time, if there is one.
    /// Answers whether the customer is reminded.
    pub async fn remind(&self, tx: &mut Tx, payment_id: &str) -> Result<bool, Error> {
        let Some(mut payment) = self.folded(tx, payment_id).await? else { return Ok(false) };
        let known = facts::of_payment(tx, payment_id).await?;
        let mut held = Held { road: self, payment: &mut payment };
        match held.next_reminder(tx, &known, self.now).await? {
            Some(due) if due <= self.now => {
                reminders::add(tx, payment_id, self.now).await?;
                held.settle(tx, Vec::new(), Cause::Reminded).await?;
                Ok(true)
            }
            Some(due) => {
                jobs::put_at(tx, Kind::Reminder, payment_id, due).await?;
                Ok(false)
            }
            None => Ok(false),
        }
    }
}

impl Held<'_> {
    /// Sets or withdraws the next reminder, in the transaction that changes what it depends on: nobody is reminded of what
    /// is paid.
    pub(super) async fn set_reminder(&self, tx: &mut Tx, known: &[Fact]) -> Result<(), Error> {
        if self.payment.particulars.channel.is_none() {
            return Ok(());
        }
        // Who just tried is told of it in other words; the reminder waits.
        let not_before = match self.payment.status {
            Status::Failed => self.road.now + LEAST_GAP_MINUTES * 60 * 1000,
            _ => i64::MIN,
        };
        match self.next_reminder(tx, known, not_before).await? {
            Some(due) => jobs::put_at(tx, Kind::Reminder, &self.payment.id, due).await,
            None => jobs::withdraw(tx, Kind::Reminder, &self.payment.id).await,
        }
    }

    async fn next_reminder(&self, tx: &mut Tx, known: &[Fact], not_before: i64) -> Result<Option<i64>, Error> {
        if !matches!(self.payment.status, Status::Created | Status::Failed) {
            return Ok(None);
        }
        let rules = reminders::rules(tx, &self.payment.merchant_id).await?;
        if rules.after_minutes.is_empty() {
            return Ok(None);
        }
        let reopened =
            known.iter().filter(|fact| fact.kind == FactKind::Reopened).filter_map(|fact| fact.provider_time);
        let opened_at = reopened.max().unwrap_or(self.payment.created_at);
        let reminded_at = &reminders::since(tx, &self.payment.id, opened_at).await?;
        Ok(rules.next(&Unpaid { opened_at, reminded_at, closes_at: self.payment.open_until }, not_before))
    }
}
