//! What has to be looked at once more after the database was restored from a copy: what the copy knows last, and which attempts
//! somebody outside may know more of.

use crate::db::{Error, Tx, sql};
use kamurj_domain::journal::RESTORED;

#[derive(sqlx::FromRow)]
struct At {
    at: Option<i64>,
}

const NEWEST: &str = "SELECT MAX(at) AS at FROM journal";

/// When the newest thing happened that the journal tells, Unix milliseconds; `None` where it is empty. Reads all of it.
pub async fn newest(tx: &mut Tx) -> Result<Option<i64>, Error> {
    let row: Option<At> = sql(NEWEST).optional(tx).await?;
    Ok(row.and_then(|row| row.at))
}

#[derive(sqlx::FromRow)]
struct Count {
    count: i64,
}

const STARTED: &str = "SELECT COUNT(*) AS count FROM attempts WHERE started_at > $1 AND started_at <= $2";

/// How many attempts were started after the first and until the second of these times, Unix milliseconds.
pub async fn started(tx: &mut Tx, after: i64, until: i64) -> Result<i64, Error> {
    let row: Option<Count> = sql(STARTED).bind(after).bind(until).optional(tx).await?;
    Ok(row.map_or(0, |row| row.count))
}

/// An attempt, by its id, and its payment's.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Outside {
    /// The attempt.
    pub id: String,
    /// The payment.
    pub payment_id: String,
}

const OUTSIDE: &str = "
SELECT id, payment_id FROM attempts
WHERE started_at > $1 AND (payment_id > $2 OR (payment_id = $2 AND id > $3))
ORDER BY payment_id, id
LIMIT $4";

/// Attempts that were started after this time, Unix milliseconds, payment by payment, so many behind this one at most.
pub async fn outside(
    tx: &mut Tx,
    started_after: i64,
    behind: Option<&Outside>,
    most: i64,
) -> Result<Vec<Outside>, Error> {
    let (payment, attempt) = behind.map_or(("", ""), |one| (one.payment_id.as_str(), one.id.as_str()));
    sql(OUTSIDE).bind(started_after).bind(payment).bind(attempt).bind(most).all(tx).await
}

const IS_MARKED: &str = "SELECT COUNT(*) AS count FROM journal WHERE payment_id = $1 AND kind = $2";

/// Whether a gap is noted in the payment's journal: somebody may have heard more of it than is known here.
pub async fn is_marked(tx: &mut Tx, payment_id: &str) -> Result<bool, Error> {
    let row: Option<Count> = sql(IS_MARKED).bind(payment_id).bind(RESTORED).optional(tx).await?;
    Ok(row.is_some_and(|row| row.count > 0))
}

pub(crate) const CATALOGUE: &[&str] = &[NEWEST, STARTED, OUTSIDE, IS_MARKED];
