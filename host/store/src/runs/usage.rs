//! What an installation has used of late: sums over its runs, and how much it keeps.

use crate::db::{Error, Tx, sql};

/// Runs of an installation that ended in the same way, and what they cost together.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Used {
    /// The outcome's word, or why there is none; empty for those under way.
    pub ended: String,
    /// How many.
    pub runs: i64,
    /// CPU time in slices of 5 ms.
    pub slices: i64,
    /// The most memory that one of them held.
    pub memory_bytes: i64,
    /// Host calls.
    pub calls: i64,
    /// HTTP requests among them.
    pub http_requests: i64,
    /// Calls that were not granted.
    pub refused: i64,
}

// The sum of integers is a decimal in PostgreSQL.
const SINCE: &str = "
SELECT COALESCE(ended, '') AS ended, COUNT(*) AS runs, CAST(SUM(slices) AS BIGINT) AS slices,
    MAX(memory_bytes) AS memory_bytes, CAST(SUM(calls) AS BIGINT) AS calls,
    CAST(SUM(http_requests) AS BIGINT) AS http_requests, CAST(SUM(refused) AS BIGINT) AS refused
FROM plugin_runs WHERE installation_id = $1 AND at >= $2
GROUP BY COALESCE(ended, '')";

/// What the installation's runs since then used, by how they ended. Unix milliseconds.
pub async fn since(tx: &mut Tx, installation_id: &str, at: i64) -> Result<Vec<Used>, Error> {
    let mut used: Vec<Used> = sql(SINCE).bind(installation_id).bind(at).all(tx).await?;
    // The engines order text differently.
    used.sort_unstable_by(|one, other| one.ended.cmp(&other.ended));
    Ok(used)
}

/// How much an installation keeps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Kept {
    /// Keys.
    pub keys: i64,
    /// Bytes of all values together.
    pub bytes: i64,
}

// Values are base64 there: four letters for three bytes, the last ones filled up with `=`.
const KEPT: &str = "
SELECT COUNT(*) AS keys,
    CAST(COALESCE(SUM(LENGTH(value) / 4 * 3 - (LENGTH(value) - LENGTH(REPLACE(value, '=', '')))), 0) AS BIGINT) AS bytes
FROM plugin_state WHERE installation_id = $1 AND (expires_at IS NULL OR expires_at > $2)";

/// How much the installation keeps now, Unix milliseconds.
pub async fn kept(tx: &mut Tx, installation_id: &str, now: i64) -> Result<Kept, Error> {
    Ok(sql(KEPT).bind(installation_id).bind(now).optional(tx).await?.unwrap_or_default())
}

pub(crate) const CATALOGUE: &[&str] = &[SINCE, KEPT];
