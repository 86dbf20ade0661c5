//! Erasing a customer's personal data: who they are (`person.rs`), where they may be spoken of (`found.rs`), and what goes (`gone.rs`).
//! The order itself is the road's. Of an erasure is kept who had it done, when and of how much, never what it was.

pub mod found;
pub mod gone;
mod person;

pub use person::Person;

use crate::db::{Error, Tx, sql};
use kamurj_domain::Mode;

/// One erasure.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Erasure {
    /// `era_…`.
    pub id: String,
    /// When, Unix milliseconds.
    pub at: i64,
    /// Who had it done, as in the journal.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// Of how many payments.
    pub payments: i64,
    /// Values that stood in orders, answers and keys.
    pub fields: i64,
    /// Inbound messages whose text is gone.
    pub messages: i64,
    /// Runs of plugins whose record is gone.
    pub runs: i64,
    /// Entries that plugins kept.
    pub states: i64,
}

const INSERT: &str = "
INSERT INTO erasures (id, merchant_id, mode, at, actor, reason, payments, fields, messages, runs, states)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

/// Keeps that it was done.
pub async fn add(tx: &mut Tx, (merchant_id, mode): (&str, Mode), erasure: &Erasure) -> Result<(), Error> {
    sql(INSERT)
        .bind(&erasure.id)
        .bind(merchant_id)
        .bind(mode.word())
        .bind(erasure.at)
        .bind(&erasure.actor)
        .bind(&erasure.reason)
        .bind(erasure.payments)
        .bind(erasure.fields)
        .bind(erasure.messages)
        .bind(erasure.runs)
        .bind(erasure.states)
        .run(tx)
        .await?;
    Ok(())
}

const PAGE: &str = "
SELECT id, at, actor, reason, payments, fields, messages, runs, states FROM erasures
WHERE merchant_id = $1 AND mode = $2 AND (at < $3 OR (at = $3 AND id < $4))
ORDER BY at DESC, id DESC
LIMIT $5";

/// A page of the merchant's erasures in this mode, the newest first.
pub async fn page(
    tx: &mut Tx,
    (merchant_id, mode): (&str, Mode),
    before: Option<(i64, String)>,
    limit: i64,
) -> Result<Vec<Erasure>, Error> {
    let (before, id) = before.unwrap_or((i64::MAX, String::new()));
    sql(PAGE).bind(merchant_id).bind(mode.word()).bind(before).bind(id).bind(limit).all(tx).await
}

#[derive(sqlx::FromRow)]
struct At {
    at: i64,
}

const ERASED_AT: &str = "SELECT at FROM erased_payments WHERE payment_id = $1";

/// When the payment's customer was erased, Unix milliseconds, where they were.
pub async fn erased_at(tx: &mut Tx, payment_id: &str) -> Result<Option<i64>, Error> {
    Ok(sql(ERASED_AT).bind(payment_id).optional::<At>(tx).await?.map(|row| row.at))
}

const MARK: &str = "
INSERT INTO erased_payments (payment_id, at) VALUES ($1, $2)
ON CONFLICT (payment_id) DO UPDATE SET at = excluded.at";

/// Keeps that the payment's customer was erased.
pub(crate) async fn mark(tx: &mut Tx, payment_id: &str, at: i64) -> Result<(), Error> {
    sql(MARK).bind(payment_id).bind(at).run(tx).await?;
    Ok(())
}

pub(crate) const CATALOGUE: &[&str] = &[INSERT, PAGE, ERASED_AT, MARK];
