//! When what is told of a payment changed last, and what changed in a span of time.

use crate::db::{Error, Tx, sql};
use kamurj_domain::Mode;

#[derive(sqlx::FromRow)]
struct ChangedAt {
    updated_at: i64,
}

const CHANGED_AT: &str = "SELECT updated_at FROM payments WHERE id = $1";

/// When what is told of the payment changed last, Unix milliseconds.
pub async fn last(tx: &mut Tx, id: &str) -> Result<i64, Error> {
    let row: Option<ChangedAt> = sql(CHANGED_AT).bind(id).optional(tx).await?;
    row.map(|row| row.updated_at).ok_or_else(|| Error::Inconsistent {
        table: "payments",
        id: id.to_owned(),
        what: "not there",
    })
}

/// A payment that changed.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Changed {
    /// `pay_…`.
    pub id: String,
    /// When, Unix milliseconds.
    pub updated_at: i64,
}

const BETWEEN: &str = "
SELECT id, updated_at FROM payments
WHERE merchant_id = $1 AND mode = $2 AND updated_at >= $3 AND (updated_at > $3 OR id > $4) AND updated_at < $5
ORDER BY updated_at, id
LIMIT $6";

/// The merchant's payments that changed after this time and id, and before `until`, the oldest change first.
pub async fn between(
    tx: &mut Tx,
    (merchant_id, mode): (&str, Mode),
    (after, id): (i64, &str),
    until: i64,
    limit: i64,
) -> Result<Vec<Changed>, Error> {
    sql(BETWEEN).bind(merchant_id).bind(mode.word()).bind(after).bind(id).bind(until).bind(limit).all(tx).await
}

pub(crate) const CATALOGUE: &[&str] = &[CHANGED_AT, BETWEEN];
