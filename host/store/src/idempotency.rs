//! Answers kept by idempotency key. The answer is written in the transaction that does the work, so there is never a
//! key without its answer, nor work done whose answer is lost.

use crate::db::{Error, Tx, sql};

/// How long an answer is kept: 30 days, in milliseconds.
pub const KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// A kept answer.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Answer {
    /// Hash of the request that it answered.
    pub fingerprint: String,
    /// HTTP status.
    pub status: i64,
    /// The body, sealed.
    pub answer_sealed: String,
}

const CLAIM: &str = "
INSERT INTO idempotency (scope, key, fingerprint, status, answer_sealed, created_at) VALUES ($1, $2, $3, 0, '', $4)
ON CONFLICT (scope, key) DO UPDATE SET
    fingerprint = excluded.fingerprint, status = 0, answer_sealed = '', created_at = excluded.created_at
WHERE idempotency.created_at <= $5";
const GET: &str = "SELECT fingerprint, status, answer_sealed FROM idempotency WHERE scope = $1 AND key = $2";

/// Takes the key for this request, waiting for another transaction that has it; `Some`: it was answered before.
pub async fn claim(tx: &mut Tx, scope: &str, key: &str, fingerprint: &str, now: i64) -> Result<Option<Answer>, Error> {
    let rows = sql(CLAIM).bind(scope).bind(key).bind(fingerprint).bind(now).bind(now - KEPT_MS).run(tx).await?;
    if rows == 1 {
        return Ok(None);
    }
    sql(GET).bind(scope).bind(key).optional(tx).await
}

const STORE: &str = "UPDATE idempotency SET status = $3, answer_sealed = $4 WHERE scope = $1 AND key = $2";

/// Keeps the answer of the request that holds the key.
pub async fn store(tx: &mut Tx, scope: &str, key: &str, status: i64, answer_sealed: &str) -> Result<(), Error> {
    sql(STORE).bind(scope).bind(key).bind(status).bind(answer_sealed).run(tx).await?;
    Ok(())
}

pub(crate) const CATALOGUE: &[&str] = &[CLAIM, GET, STORE];
