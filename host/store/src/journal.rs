//! The journal: what happened to each payment, hash-chained, append-only.

pub mod exported;

use crate::db::{Error, Tx, sql};
use crate::payments::Payment;
use kamurj_domain::journal::{Entry, hash};

#[derive(sqlx::FromRow)]
struct Row {
    payment_id: String,
    sequence: i64,
    at: i64,
    kind: String,
    actor: String,
    body: String,
    previous: String,
    hash: String,
}

impl From<Row> for Entry {
    fn from(row: Row) -> Self {
        Self {
            payment: row.payment_id,
            sequence: row.sequence,
            at: row.at,
            kind: row.kind,
            actor: row.actor,
            body: row.body,
            previous: row.previous,
            hash: row.hash,
        }
    }
}

const INSERT: &str = "
INSERT INTO journal (payment_id, sequence, at, kind, actor, body, previous, hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Appends an entry and moves the head in the payment at hand; the caller holds the payment's lock and writes the head.
pub(crate) async fn append(
    tx: &mut Tx,
    payment: &mut Payment,
    at: i64,
    kind: &str,
    actor: &str,
    body: &serde_json::Value,
) -> Result<(), Error> {
    let sequence = payment.journal_length + 1;
    let body = body.to_string();
    let hash = hash(&payment.id, sequence, at, kind, actor, &body, &payment.journal_head);
    sql(INSERT)
        .bind(&payment.id)
        .bind(sequence)
        .bind(at)
        .bind(kind)
        .bind(actor)
        .bind(body)
        .bind(&payment.journal_head)
        .bind(&hash)
        .run(tx)
        .await?;
    payment.journal_length = sequence;
    payment.journal_head = hash;
    Ok(())
}

const PAGE: &str = "
SELECT payment_id, sequence, at, kind, actor, body, previous, hash
FROM journal
WHERE payment_id = $1 AND sequence > $2
ORDER BY sequence
LIMIT $3";

/// The entries after this place, in order.
pub async fn page(tx: &mut Tx, payment_id: &str, after: i64, limit: i64) -> Result<Vec<Entry>, Error> {
    let rows: Vec<Row> = sql(PAGE).bind(payment_id).bind(after).bind(limit).all(tx).await?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

pub(crate) const CATALOGUE: &[&str] = &[INSERT, PAGE];
