//! A customer's data leaves a payment: what was sold, amounts, times, references and evidence stay, and so does the journal, which has
//! an entry more. Nothing that is under way, and nothing whose money is in doubt, is touched.

use super::settle::Held;
use super::{Road, can_be_paid};
use crate::db::{Error, Tx};
use crate::deliveries;
use crate::erasures::{self, Person, gone};
use crate::{exceptions, journal, payments, search};
use kamurj_domain::{ExceptionKind, Status};
use serde_json::json;

/// Why a payment's customer cannot be erased now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hindrance {
    /// It can still be paid.
    UnderWay(Status),
    /// A person has to decide what it is.
    Undecided,
    /// An attempt is under way whose end is not known.
    Attempt,
    /// Money is going back.
    Refund,
    /// An exception is open: its id.
    Exception(String),
    /// A chat or a back office has not been told: the delivery's id.
    Delivery(String),
}

/// What came of erasing a payment's customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Erased {
    /// So many values and records of runs are gone.
    Done {
        /// Values.
        fields: i64,
        /// Records of runs.
        runs: i64,
    },
    /// Nothing is changed.
    Hindered(Hindrance),
    /// There is no such payment.
    NoPayment,
}

impl Road {
    /// Takes a person out of a payment, as part of this erasure.
    pub async fn erase(&self, tx: &mut Tx, payment_id: &str, person: &Person, erasure: &str) -> Result<Erased, Error> {
        let Some(mut payment) = self.folded(tx, payment_id).await? else { return Ok(Erased::NoPayment) };
        if let Some(hindrance) = self.hindrance(tx, &mut payment).await? {
            return Ok(Erased::Hindered(hindrance));
        }
        let mut fields = person.erased_from(&mut payment.particulars);
        payments::change_order(tx, &payment).await?;
        search::forget_customer(tx, payment_id).await?;
        fields += gone::keys(tx, person, payment_id).await?;
        gone::told(tx, person, payment_id).await?;
        let runs = gone::deliveries(tx, person, payment_id).await?;
        erasures::mark(tx, payment_id, self.now).await?;
        let body = json!({ "erasure": erasure, "fields": fields, "runs": runs });
        journal::append(tx, &mut payment, self.now, "customer.erased", &self.actor, &body).await?;
        payments::head(tx, &payment).await?;
        Ok(Erased::Done { fields, runs })
    }

    /// What stands in the way of erasing the payment's customer.
    async fn hindrance(&self, tx: &mut Tx, payment: &mut payments::Payment) -> Result<Option<Hindrance>, Error> {
        if can_be_paid(payment.status) {
            return Ok(Some(Hindrance::UnderWay(payment.status)));
        }
        if payment.status == Status::ManualReview {
            return Ok(Some(Hindrance::Undecided));
        }
        if payment.reserved_minor > 0 {
            return Ok(Some(Hindrance::Refund));
        }
        if (Held { road: self, payment: &mut *payment }).open_attempt(tx).await?.is_some() {
            return Ok(Some(Hindrance::Attempt));
        }
        // What was given up for a chat or a back office says nothing about money.
        let is_open = |exception: &&exceptions::Listed| {
            exception.resolved_at.is_none() && exception.kind != ExceptionKind::DeliveryFailed.word()
        };
        if let Some(open) = exceptions::of_payment(tx, &payment.id).await?.iter().find(is_open) {
            return Ok(Some(Hindrance::Exception(open.id.clone())));
        }
        let owed = deliveries::of_payment(tx, &payment.id).await?;
        let owed = owed.into_iter().find(|delivery| delivery.state == "owed");
        Ok(owed.map(|delivery| Hindrance::Delivery(delivery.id)))
    }
}
