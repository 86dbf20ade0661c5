//! What was announced, in order. Only the commit road adds to it.

use crate::db::{Error, Tx, sql};
use crate::payments::Payment;
use kamurj_domain::{Event, Mode};

/// The most events of one change, and more than one ever has.
const OF_ONE_CHANGE: i64 = 8;

/// An event that was announced.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Announced {
    /// Of this payment.
    pub payment_id: String,
    /// Grows within a payment.
    pub place: i64,
    /// `payment.paid`.
    pub kind: String,
    /// Unix milliseconds.
    pub at: i64,
}

const INSERT: &str = "
INSERT INTO events (payment_id, place, merchant_id, mode, kind, at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING";

/// Keeps what this version of the payment announces.
pub(crate) async fn add(tx: &mut Tx, payment: &Payment, events: &[Event], now: i64) -> Result<(), Error> {
    for (place, event) in (0..OF_ONE_CHANGE).zip(events) {
        sql(INSERT)
            .bind(&payment.id)
            .bind(payment.version * OF_ONE_CHANGE + place)
            .bind(&payment.merchant_id)
            .bind(payment.mode.word())
            .bind(event.name())
            .bind(now)
            .run(tx)
            .await?;
    }
    Ok(())
}

/// A place in the order of a merchant's events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct After {
    /// Unix milliseconds.
    pub at: i64,
    /// The payment of the last event at that time; empty before all of that time.
    pub payment_id: String,
    /// Its place within the payment.
    pub place: i64,
}

const PAGE: &str = "
SELECT payment_id, place, kind, at
FROM events
WHERE merchant_id = $1 AND mode = $2
    AND at >= $3
    AND (at > $3 OR payment_id > $4 OR (payment_id = $4 AND place > $5))
    AND at <= $6
    AND (CAST($7 AS TEXT) IS NULL OR CAST($7 AS TEXT) LIKE '%,' || kind || ',%')
ORDER BY at, payment_id, place
LIMIT $8";

/// The merchant's events in this mode after a place and until a time, in order; of these kinds alone, where any are named.
pub async fn page(
    tx: &mut Tx,
    merchant_id: &str,
    mode: Mode,
    after: &After,
    until: i64,
    kinds: &[String],
    limit: i64,
) -> Result<Vec<Announced>, Error> {
    let kinds = (!kinds.is_empty()).then(|| format!(",{},", kinds.join(",")));
    sql(PAGE)
        .bind(merchant_id)
        .bind(mode.word())
        .bind(after.at)
        .bind(&after.payment_id)
        .bind(after.place)
        .bind(until)
        .bind(kinds)
        .bind(limit)
        .all(tx)
        .await
}

pub(crate) const CATALOGUE: &[&str] = &[INSERT, PAGE];
