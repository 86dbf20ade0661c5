//! Facts against the journal that tells them: every `fact.…` entry has its row, every row says what its entry says, and no
//! row is without its entry. Rows are read raw, since here nothing about them is taken for granted.

use crate::db::{Error, Tx, sql};
use kamurj_domain::journal::Entry;
use kamurj_domain::{Currency, Money};
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    attempt_id: Option<String>,
    kind: String,
    evidence: String,
    source_name: String,
    source_key: String,
    amount_minor: Option<i64>,
    currency: Option<String>,
    foreign_currency: Option<String>,
    provider_time: Option<i64>,
    received_at: i64,
    reference: Option<String>,
    reason: Option<String>,
    refund_id: Option<String>,
    purpose: Option<String>,
    expires_at: Option<i64>,
    decision: Option<String>,
    message_digest: Option<String>,
}

const OF_PAYMENT: &str = "
SELECT id, attempt_id, kind, evidence, source_name, source_key, amount_minor, currency, foreign_currency,
    provider_time, received_at, reference, reason, refund_id, purpose, expires_at, decision, message_digest
FROM facts
WHERE payment_id = $1";

/// The facts of a payment that no entry has told yet.
pub(super) struct Facts(BTreeMap<String, Row>);

/// Reads a payment's facts.
pub(super) async fn of_payment(tx: &mut Tx, payment_id: &str) -> Result<Facts, Error> {
    let rows: Vec<Row> = sql(OF_PAYMENT).bind(payment_id).all(tx).await?;
    Ok(Facts(rows.into_iter().map(|row| (row.id.clone(), row)).collect()))
}

impl Facts {
    /// Takes the fact that this entry tells, if it tells one; answers what is wrong between the two.
    pub(super) fn tells(&mut self, entry: &Entry) -> Option<String> {
        let kind = entry.kind.strip_prefix("fact.")?;
        let body: Value = serde_json::from_str(&entry.body).unwrap_or(Value::Null);
        let id = body["fact"].as_str().unwrap_or_default();
        let Some(row) = self.0.remove(id) else {
            return Some(format!("the fact {id} that the entry tells was removed"));
        };
        let wrong = row.says().into_iter().find(|(name, value)| match *name {
            "kind" => value != kind,
            "received_at" => *value != entry.at,
            name => *value != body[name],
        });
        wrong.map(|(name, _)| format!("the fact {id} that the entry tells was changed: its {name} is another"))
    }

    /// The ids of the facts that no entry has told.
    pub(super) fn untold(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl Row {
    /// What the entry that tells this fact must say, by the names that it says it under.
    fn says(&self) -> [(&'static str, Value); 16] {
        let currency = self.currency.as_deref();
        let amount = match (self.amount_minor, currency, currency.and_then(Currency::from_code)) {
            (Some(minor), _, Some(currency)) => json!(Money::new(minor, currency).to_string()),
            (None, None, _) => Value::Null,
            // No entry says this.
            (minor, code, None | Some(_)) => json!([minor, code]),
        };
        [
            ("kind", json!(self.kind)),
            ("received_at", json!(self.received_at)),
            ("attempt", json!(self.attempt_id)),
            ("evidence", json!(self.evidence)),
            ("source", json!(self.source_name)),
            ("key", json!(self.source_key)),
            ("amount", amount),
            ("foreign_currency", json!(self.foreign_currency)),
            ("provider_time", json!(self.provider_time)),
            ("reference", json!(self.reference)),
            ("reason", json!(self.reason)),
            ("refund", json!(self.refund_id)),
            ("purpose", json!(self.purpose)),
            ("expires_at", json!(self.expires_at)),
            // What cannot be read is what no entry says.
            (
                "decision",
                self.decision
                    .as_deref()
                    .map_or(Value::Null, |text| serde_json::from_str(text).unwrap_or_else(|_| json!([text]))),
            ),
            ("message", json!(self.message_digest)),
        ]
    }
}

pub(crate) const CATALOGUE: &[&str] = &[OF_PAYMENT];
