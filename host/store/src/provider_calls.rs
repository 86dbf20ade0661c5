//! Calls to providers, as they are written down: who was called when, what for, and how it ended. What was said is sealed.

use crate::db::{Error, Tx, sql};

/// One call.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ProviderCall {
    /// `cal_…`.
    pub id: String,
    /// The provider account.
    pub account_id: String,
    /// The attempt that it was about, where it was about one.
    pub attempt_id: Option<String>,
    /// What it was for, by the provider's own name of it.
    pub operation: String,
    /// The HTTP status, where there was an answer.
    pub status: Option<i64>,
    /// When it began, Unix milliseconds.
    pub began_at: i64,
    /// How long it took, milliseconds.
    pub took_ms: i64,
    /// Address, request and answer, with secrets masked, sealed.
    pub exchange_sealed: String,
}

const INSERT: &str = "
INSERT INTO provider_calls (id, account_id, attempt_id, operation, status, began_at, took_ms, exchange_sealed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Writes a call down.
pub async fn insert(tx: &mut Tx, call: &ProviderCall) -> Result<(), Error> {
    sql(INSERT)
        .bind(&call.id)
        .bind(&call.account_id)
        .bind(call.attempt_id.as_deref())
        .bind(&call.operation)
        .bind(call.status)
        .bind(call.began_at)
        .bind(call.took_ms)
        .bind(&call.exchange_sealed)
        .run(tx)
        .await?;
    Ok(())
}

const OF_ACCOUNT: &str = "
SELECT id, account_id, attempt_id, operation, status, began_at, took_ms, exchange_sealed
FROM provider_calls
WHERE account_id = $1 AND (began_at < $2 OR (began_at = $2 AND id < $3))
ORDER BY began_at DESC, id DESC
LIMIT $4";

/// The account's calls before this place, the newest first.
pub async fn of_account(
    tx: &mut Tx,
    account_id: &str,
    before: (i64, &str),
    limit: i64,
) -> Result<Vec<ProviderCall>, Error> {
    sql(OF_ACCOUNT).bind(account_id).bind(before.0).bind(before.1).bind(limit).all(tx).await
}

const PRUNE: &str = "
DELETE FROM provider_calls WHERE id IN (SELECT id FROM provider_calls WHERE began_at < $1 ORDER BY began_at LIMIT $2)";

/// Removes so many calls from before this time; answers how many there were.
pub async fn prune(tx: &mut Tx, before: i64, limit: i64) -> Result<u64, Error> {
    sql(PRUNE).bind(before).bind(limit).run(tx).await
}

const FORGET: &str = "DELETE FROM provider_calls WHERE account_id = $1";

/// Removes all of an account's calls, with the account.
pub(crate) async fn forget(tx: &mut Tx, account_id: &str) -> Result<(), Error> {
    sql(FORGET).bind(account_id).run(tx).await?;
    Ok(())
}

pub(crate) const CATALOGUE: &[&str] = &[INSERT, OF_ACCOUNT, PRUNE, FORGET];
