//! Where a customer may be spoken of: their payments, by the search index, and pages of what is sealed, for whoever can open it.

use super::Person;
use crate::db::{Error, Tx, sql};
use crate::payments::{Payment, Row, columns};
use kamurj_domain::Mode;
use std::collections::BTreeMap;

/// Rows of a page of what is sealed.
const PAGE: i64 = 200;

/// A customer's payments by their ids, each with what says that it is theirs.
pub type Theirs = BTreeMap<String, (Payment, Vec<&'static str>)>;

const BY_LEAD: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM payments
WHERE id IN (SELECT payment_id FROM payment_search WHERE merchant_id = $1 AND mode = $2 AND field = $3 AND value = $4)
ORDER BY created_at, id
LIMIT $5"
);

/// All payments of this payment's customer: those that are the same by number, address, id or conversation, and those that are the same
/// as one of these. At most so many and one, so that more are told from all.
pub async fn payments(tx: &mut Tx, first: Payment, most: usize) -> Result<(Person, Theirs), Error> {
    let (merchant, mode) = (first.merchant_id.clone(), first.mode);
    let mut person = Person::of(&first.particulars);
    let mut theirs = Theirs::from([(first.id.clone(), (first, Vec::new()))]);
    let limit = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
    loop {
        let known = person.clone();
        for (field, value) in known.leads() {
            let rows: Vec<Row> =
                sql(BY_LEAD).bind(&merchant).bind(mode.word()).bind(field).bind(value).bind(limit).all(tx).await?;
            for row in rows {
                let payment = row.into_payment()?;
                let same = person.same(&payment.particulars);
                if same.is_empty() || theirs.contains_key(&payment.id) {
                    continue;
                }
                person.take(&payment.particulars);
                theirs.insert(payment.id.clone(), (payment, same));
                if theirs.len() > most {
                    return Ok((person, theirs));
                }
            }
        }
        if known == person {
            return Ok((person, theirs));
        }
    }
}

/// An inbound message of a plugin.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Message {
    /// `inb_…`.
    pub id: String,
    /// The query, JSON.
    pub query: String,
    /// The raw bytes, sealed.
    pub body_sealed: String,
    /// `waiting`, `done` or `quarantined`.
    pub state: String,
}

const MESSAGES: &str = "
SELECT id, query, body_sealed, state FROM inbox
WHERE door = 'hook' AND owner_id IN (SELECT id FROM installations WHERE merchant_id = $1 AND mode = $2) AND id > $3
ORDER BY id
LIMIT $4";

/// Messages to the merchant's plugins in this mode, after this id.
pub async fn messages(tx: &mut Tx, (merchant_id, mode): (&str, Mode), after: &str) -> Result<Vec<Message>, Error> {
    sql(MESSAGES).bind(merchant_id).bind(mode.word()).bind(after).bind(PAGE).all(tx).await
}

/// A run that no payment owes.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RunOf {
    /// Message or occurrence.
    pub owner_id: String,
    /// The run.
    pub run: i64,
}

// What is still being worked on needs its record.
const RUNS: &str = "
SELECT owner_id, run FROM plugin_runs
WHERE installation_id IN (SELECT id FROM installations WHERE merchant_id = $1 AND mode = $2)
    AND call NOT IN ('deliver', 'sync') AND ended IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM occurrences WHERE occurrences.id = plugin_runs.owner_id)
    AND NOT EXISTS (SELECT 1 FROM inbox WHERE inbox.id = plugin_runs.owner_id AND inbox.state = 'waiting')
    AND (owner_id > $3 OR (owner_id = $3 AND run > $4))
ORDER BY owner_id, run
LIMIT $5";

/// Ended runs of the merchant's plugins in this mode that no payment owes, after this one.
pub async fn runs(tx: &mut Tx, (merchant_id, mode): (&str, Mode), after: &RunOf) -> Result<Vec<RunOf>, Error> {
    sql(RUNS).bind(merchant_id).bind(mode.word()).bind(&after.owner_id).bind(after.run).bind(PAGE).all(tx).await
}

/// An answer that is kept for its key.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Answer {
    /// The key.
    pub key: String,
    /// HTTP status.
    pub status: i64,
    /// The body, sealed.
    pub answer_sealed: String,
}

const ANSWERS: &str = "
SELECT key, status, answer_sealed FROM idempotency WHERE scope = $1 AND key > $2 AND status > 0
ORDER BY key
LIMIT $3";

/// Answers in this scope, after this key.
pub async fn answers(tx: &mut Tx, scope: &str, after: &str) -> Result<Vec<Answer>, Error> {
    sql(ANSWERS).bind(scope).bind(after).bind(PAGE).all(tx).await
}

pub(crate) const CATALOGUE: &[&str] = &[BY_LEAD, MESSAGES, RUNS, ANSWERS];
