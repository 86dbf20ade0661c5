//! Journals of many payments page by page, with the seals over them, for whoever takes them out to prove them elsewhere.

use super::Row;
use crate::db::{Error, Tx, sql};
use kamurj_domain::Mode;
use kamurj_domain::journal::Entry;

const ENTRIES: &str = "
SELECT payment_id, sequence, journal.at, kind, actor, body, previous, hash
FROM journal
JOIN payments ON payments.id = journal.payment_id
WHERE payments.merchant_id = $1 AND payments.mode = $2 AND journal.at < $4
    AND payment_id >= $5 AND (payment_id > $5 OR sequence > $6)
    AND EXISTS (SELECT 1 FROM journal AS own WHERE own.payment_id = payments.id AND own.at >= $3 AND own.at < $4)
ORDER BY payment_id, sequence
LIMIT $7";

/// Entries of every payment to which something happened from a time until before another, Unix milliseconds: each from its first
/// entry on, so that its chain can be followed. After this payment and place, by payment and place.
pub async fn entries(
    tx: &mut Tx,
    (merchant_id, mode): (&str, Mode),
    (from, to): (i64, i64),
    (payment, sequence): (&str, i64),
    limit: i64,
) -> Result<Vec<Entry>, Error> {
    let query = sql(ENTRIES).bind(merchant_id).bind(mode.word()).bind(from).bind(to);
    let rows: Vec<Row> = query.bind(payment).bind(sequence).bind(limit).all(tx).await?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

/// A checkpoint's word about the journal of one payment.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Seal {
    /// The checkpoint's number.
    pub checkpoint: i64,
    /// When it was made, Unix milliseconds.
    pub at: i64,
    /// How many entries it covers.
    pub length: i64,
    /// The hash of the last of them.
    pub head: String,
    /// The seal, with a key of the server's.
    pub mac: String,
    /// The checkpoint itself, which covers all that it seals and the one before.
    pub checkpoint_mac: String,
}

const SEALS: &str = "
SELECT checkpoint, journal_checkpoints.at, length, head, journal_seals.mac, journal_checkpoints.mac AS checkpoint_mac
FROM journal_seals
JOIN journal_checkpoints ON journal_checkpoints.number = journal_seals.checkpoint
WHERE payment_id = $1
ORDER BY length, checkpoint";

/// The seals over a payment's journal, the shortest first.
pub async fn seals(tx: &mut Tx, payment_id: &str) -> Result<Vec<Seal>, Error> {
    sql(SEALS).bind(payment_id).all(tx).await
}

pub(crate) const CATALOGUE: &[&str] = &[ENTRIES, SEALS];
