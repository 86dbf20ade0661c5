//! The sealer: covers the heads of journals that grew with a keyed checkpoint, in a chain of its own. What it costs depends
//! on how many payments changed, never on how much happened before.

use crate::db::{Error, Tx, sql};
use kamurj_domain::journal::checkpoint::{Anchor, Covered, GENESIS, Keyed, mac, seal as seal_of};

/// How many payments one checkpoint covers at most.
pub const BATCH: i64 = 500;

#[derive(sqlx::FromRow)]
struct Newest {
    number: i64,
    mac: String,
}

#[derive(sqlx::FromRow)]
struct Head {
    id: String,
    journal_length: i64,
    journal_head: String,
}

const NEWEST: &str = "SELECT number, mac FROM journal_checkpoints ORDER BY number DESC LIMIT 1";

/// The newest checkpoint, where there is one.
pub async fn newest(tx: &mut Tx) -> Result<Option<Anchor>, Error> {
    let newest: Option<Newest> = sql(NEWEST).optional(tx).await?;
    Ok(newest.map(|newest| Anchor { number: newest.number, mac: newest.mac }))
}

#[derive(sqlx::FromRow)]
struct Count {
    count: i64,
}

const HAS: &str = "SELECT COUNT(*) AS count FROM journal_checkpoints WHERE number = $1 AND mac = $2";

/// Whether the list of checkpoints has this one.
pub async fn has(tx: &mut Tx, anchor: &Anchor) -> Result<bool, Error> {
    let found: Option<Count> = sql(HAS).bind(anchor.number).bind(&anchor.mac).optional(tx).await?;
    Ok(found.is_some_and(|found| found.count == 1))
}

// The partial index holds exactly these rows.
const UNSEALED: &str = "
SELECT id, journal_length, journal_head
FROM payments
WHERE journal_length > sealed_length
ORDER BY id
LIMIT $1";

// Two servers that seal at once ask for the same number: one of them gets it.
const INSERT: &str = "
INSERT INTO journal_checkpoints (number, at, previous, mac)
VALUES ($1, $2, $3, $4)
ON CONFLICT (number) DO NOTHING";

const COVER: &str = "
INSERT INTO journal_seals (checkpoint, payment_id, length, head, mac)
VALUES ($1, $2, $3, $4, $5)";

// Last, because it takes the payments' locks.
const MARK: &str = "
UPDATE payments
SET sealed_length = (SELECT length FROM journal_seals WHERE checkpoint = $1 AND payment_id = payments.id)
WHERE id IN (SELECT payment_id FROM journal_seals WHERE checkpoint = $1)";

/// Seals one batch of what is not sealed: answers the new checkpoint and how many payments it covers, or `None` where
/// everything is sealed. `Busy` when another server made the checkpoint meanwhile: the whole step may be tried again.
pub async fn seal(tx: &mut Tx, key: &dyn Keyed, at: i64) -> Result<Option<(Anchor, usize)>, Error> {
    // The newest is read first: whoever seals between the two reads takes the number away.
    let before = newest(tx).await?.unwrap_or_else(|| Anchor { number: 0, mac: GENESIS.to_owned() });
    let unsealed: Vec<Head> = sql(UNSEALED).bind(BATCH).all(tx).await?;
    if unsealed.is_empty() {
        return Ok(None);
    }
    let number = before.number + 1;
    let seals: Vec<(Covered, String)> = unsealed
        .into_iter()
        .map(|head| Covered { payment: head.id, length: head.journal_length, head: head.journal_head })
        .map(|covered| {
            let mac = seal_of(key, number, &covered);
            (covered, mac)
        })
        .collect();
    let macs = seals.iter().map(|(_, mac)| mac.as_str()).collect();
    let anchor = Anchor { number, mac: mac(key, number, at, &before.mac, macs) };
    if sql(INSERT).bind(number).bind(at).bind(&before.mac).bind(&anchor.mac).run(tx).await? == 0 {
        return Err(Error::Busy);
    }
    for (covered, mac) in &seals {
        sql(COVER)
            .bind(number)
            .bind(&covered.payment)
            .bind(covered.length)
            .bind(&covered.head)
            .bind(mac)
            .run(tx)
            .await?;
    }
    sql(MARK).bind(number).run(tx).await?;
    Ok(Some((anchor, seals.len())))
}

/// A checkpoint as it is stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Stored {
    pub(crate) number: i64,
    pub(crate) at: i64,
    pub(crate) previous: String,
    pub(crate) mac: String,
}

const PAGE: &str = "
SELECT number, at, previous, mac
FROM journal_checkpoints
WHERE number > $1
ORDER BY number
LIMIT $2";

/// The checkpoints after this number, in order.
pub(crate) async fn page(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<Stored>, Error> {
    sql(PAGE).bind(after).bind(limit).all(tx).await
}

/// A seal as it is stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Seal {
    pub(crate) checkpoint: i64,
    pub(crate) payment_id: String,
    pub(crate) length: i64,
    pub(crate) head: String,
    pub(crate) mac: String,
    /// Whether what it refers to is there: the payment, or the checkpoint.
    pub(crate) anchored: i64,
}

impl Seal {
    /// Whether it was made with the key and is as it was made.
    pub(crate) fn is_genuine(&self, key: &dyn Keyed) -> bool {
        let covered = Covered { payment: self.payment_id.clone(), length: self.length, head: self.head.clone() };
        seal_of(key, self.checkpoint, &covered) == self.mac
    }
}

const OF_CHECKPOINT: &str = "
SELECT checkpoint, payment_id, length, head, mac,
    (SELECT COUNT(*) FROM payments WHERE payments.id = payment_id) AS anchored
FROM journal_seals
WHERE checkpoint = $1
ORDER BY payment_id
LIMIT $2";

/// The seals of a checkpoint, one more than a checkpoint can have at most.
pub(crate) async fn of_checkpoint(tx: &mut Tx, number: i64) -> Result<Vec<Seal>, Error> {
    sql(OF_CHECKPOINT).bind(number).bind(BATCH + 1).all(tx).await
}

const OF_PAYMENT: &str = "
SELECT checkpoint, payment_id, length, head, mac,
    (SELECT COUNT(*) FROM journal_checkpoints WHERE number = checkpoint) AS anchored
FROM journal_seals
WHERE payment_id = $1
ORDER BY length, checkpoint";

/// The seals over a payment's journal, the shortest first.
pub(crate) async fn of_payment(tx: &mut Tx, payment_id: &str) -> Result<Vec<Seal>, Error> {
    sql(OF_PAYMENT).bind(payment_id).all(tx).await
}

pub(crate) const CATALOGUE: &[&str] = &[NEWEST, HAS, UNSEALED, INSERT, COVER, MARK, PAGE, OF_CHECKPOINT, OF_PAYMENT];
