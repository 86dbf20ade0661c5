//! Payments inside the CRM: a manager adds them to a deal or an invoice, and calls read and mark them. It must not know who paid.

use serde::Serialize;
use serde_json::{Value, json};

use super::items::{Key, kind};
use super::refusal::{Found, Refusal, integer, object};
use super::{Asked, State};
use crate::rfc3339;

/// A payment of a deal or an invoice.
pub(super) struct Payment {
    pub(super) of: Key,
    sum: Value,
    currency: String,
    paid_at: Option<i64>,
}

/// A payment as the play page shows it.
#[derive(Clone, Debug, Serialize)]
pub struct PaymentView {
    /// Id in the portal.
    pub id: i64,
    /// `entityTypeId` of what it belongs to.
    pub entity_type_id: i64,
    /// Id of what it belongs to.
    pub entity_id: i64,
    /// The sum, as the portal writes it.
    pub sum: Value,
    /// ISO 4217 code.
    pub currency: String,
    /// Whether it is marked as paid.
    pub is_paid: bool,
}

impl Payment {
    pub(super) fn view(&self, id: i64) -> PaymentView {
        PaymentView {
            id,
            entity_type_id: self.of.0.number(),
            entity_id: self.of.1,
            sum: self.sum.clone(),
            currency: self.currency.clone(),
            is_paid: self.paid_at.is_some(),
        }
    }

    fn row(&self, id: i64, user: i64) -> serde_json::Map<String, Value> {
        let row = json!({
            "id": id, "accountNumber": format!("{}/{id}", self.of.1), "paid": if self.paid_at.is_some() { "Y" } else { "N" },
            "datePaid": self.paid_at.map(rfc3339), "empPaidId": self.paid_at.map(|_| user), "paySystemId": 1,
            "sum": self.sum, "currency": self.currency, "paySystemName": "Cash",
        });
        row.as_object().cloned().unwrap_or_default()
    }
}

impl State {
    /// A manager adds a payment; returns its id where the item exists.
    pub(super) fn make_payment(&mut self, of: Key, sum: Value, currency: &str) -> Option<i64> {
        self.items.get(&of)?;
        let id = self.payments.last_key_value().map_or(1, |(last, _)| last + 1);
        self.payments.insert(id, Payment { of, sum, currency: currency.to_owned(), paid_at: None });
        Some(id)
    }

    pub(super) fn list_payments(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        let parameters = asked.parameters;
        let id = integer(parameters.get("entityId")).ok_or_else(|| Refusal::missing("entityId"))?;
        let key = (kind(parameters)?, id);
        if !self.items.contains_key(&key) {
            return Err(Refusal::new(400, 0, "Access denied"));
        }
        let filter = super::filter::Filter::read(&object(parameters, "filter"));
        let user = self.user_id();
        let of_item = self.payments.iter().filter(|(_, payment)| payment.of == key);
        let rows = of_item.map(|(id, payment)| payment.row(*id, user)).filter(|row| filter.admits(row));
        Ok(Found::one(rows.map(Value::Object).collect()))
    }

    /// `crm.item.payment.pay`: sets, so that it may be said twice.
    pub(super) fn pay_payment(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        self.mark_payment(asked, Some(asked.now))
    }

    pub(super) fn unpay_payment(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        self.mark_payment(asked, None)
    }

    fn mark_payment(&mut self, asked: &Asked, paid_at: Option<i64>) -> Result<Found, Refusal> {
        let id = integer(asked.parameters.get("id")).ok_or_else(|| Refusal::missing("id"))?;
        let payment = self.payments.get_mut(&id).ok_or_else(|| Refusal::new(400, 0, "Payment not found"))?;
        payment.paid_at = match (payment.paid_at, paid_at) {
            (Some(before), Some(_)) => Some(before),
            (_, now) => now,
        };
        Ok(Found::one(json!(true)))
    }
}
