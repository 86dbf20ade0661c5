//! API keys, and who asks with one or from the console. A key is kept by its hash; it belongs to one merchant and mode.

use crate::db::{Error, Tx, sql};
use crate::merchants::mode;
use kamurj_domain::Mode;

/// Who is asking: an API key, or an operator who is signed in.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The key's id or the operator's, for the journal.
    pub key_id: String,
    /// The merchant.
    pub merchant_id: String,
    /// The mode.
    pub mode: Mode,
    /// What they may do.
    pub scopes: Vec<String>,
    /// Whose hand a key stands for (`integration`, …), or the operator's role.
    pub role: String,
    /// Where an operator asks: how and from where.
    pub session: Option<Session>,
}

/// How an operator asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// `ses_…`.
    pub id: String,
    /// Whether they proved lately who they are.
    pub is_confirmed: bool,
    /// A keyed hash of the network from which they ask.
    pub origin: Option<String>,
    /// The id of the request.
    pub request_id: String,
    /// What is done: method and path of the route.
    pub action: String,
}

impl Caller {
    /// The caller as the journal names them.
    pub fn actor(&self) -> String {
        let kind = if self.session.is_some() { "operator" } else { "api" };
        format!("{kind} {} ({})", self.key_id, self.role)
    }
}

/// A key to keep.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// `key_…`.
    pub id: String,
    /// Whose.
    pub merchant_id: String,
    /// Test or live.
    pub mode: Mode,
    /// Hash of its text.
    pub hash: String,
    /// The beginning of its text, by which people tell keys apart.
    pub prefix: String,
    /// What it is for.
    pub label: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Whose hand it stands for.
    pub role: String,
    /// Who made it.
    pub created_by: String,
    /// When it ends by itself, Unix milliseconds.
    pub expires_at: Option<i64>,
}

const INSERT: &str = "
INSERT INTO api_keys (id, merchant_id, mode, hash, label, created_at, scopes, role, prefix, created_by, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

/// Adds an API key by the hash of its text.
pub async fn insert(tx: &mut Tx, key: &NewKey, now: i64) -> Result<(), Error> {
    sql(INSERT)
        .bind(&key.id)
        .bind(&key.merchant_id)
        .bind(key.mode.word())
        .bind(&key.hash)
        .bind(&key.label)
        .bind(now)
        .bind(key.scopes.join(" "))
        .bind(&key.role)
        .bind(&key.prefix)
        .bind(&key.created_by)
        .bind(key.expires_at)
        .run(tx)
        .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    merchant_id: String,
    mode: String,
    scopes: String,
    role: String,
    last_used_at: Option<i64>,
}

const BY_HASH: &str = "SELECT id, merchant_id, mode, scopes, role, last_used_at FROM api_keys
WHERE hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)";

/// The caller whose key has this hash, unless it was revoked or has expired; and when it was last seen.
pub async fn caller(tx: &mut Tx, hash: &str, now: i64) -> Result<Option<(Caller, Option<i64>)>, Error> {
    let Some(row) = sql(BY_HASH).bind(hash).bind(now).optional::<Row>(tx).await? else {
        return Ok(None);
    };
    let mode = mode(&row.mode, "api_keys", &row.id)?;
    let scopes = words(&row.scopes);
    let caller = Caller { key_id: row.id, merchant_id: row.merchant_id, mode, scopes, role: row.role, session: None };
    Ok(Some((caller, row.last_used_at)))
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

const USED: &str =
    "UPDATE api_keys SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)";

/// Notes that a key was used.
pub async fn used(tx: &mut Tx, id: &str, now: i64) -> Result<(), Error> {
    sql(USED).bind(id).bind(now).run(tx).await?;
    Ok(())
}

/// A key as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Listed {
    /// `key_…`.
    pub id: String,
    /// The beginning of its text; empty for keys of before this was kept.
    pub prefix: String,
    /// What it is for.
    pub label: String,
    /// What it may do, with spaces between.
    pub scopes: String,
    /// Whose hand it stands for.
    pub role: String,
    /// Who made it.
    pub created_by: String,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Unix milliseconds, to the minute.
    pub last_used_at: Option<i64>,
    /// Unix milliseconds.
    pub expires_at: Option<i64>,
    /// Unix milliseconds.
    pub revoked_at: Option<i64>,
}

const OF_MERCHANT: &str = "
SELECT id, prefix, label, scopes, role, created_by, created_at, last_used_at, expires_at, revoked_at FROM api_keys
WHERE merchant_id = $1 AND mode = $2 ORDER BY created_at DESC, id DESC LIMIT 200";

/// The merchant's keys in this mode, the newest first; at most two hundred.
pub async fn of_merchant(tx: &mut Tx, merchant_id: &str, mode: Mode) -> Result<Vec<Listed>, Error> {
    sql(OF_MERCHANT).bind(merchant_id).bind(mode.word()).all(tx).await
}

const REVOKE: &str = "
UPDATE api_keys SET revoked_at = COALESCE(revoked_at, $4) WHERE id = $1 AND merchant_id = $2 AND mode = $3";

/// Revokes a key; answers whether the merchant has it.
pub async fn revoke(tx: &mut Tx, merchant_id: &str, mode: Mode, id: &str, now: i64) -> Result<bool, Error> {
    Ok(sql(REVOKE).bind(id).bind(merchant_id).bind(mode.word()).bind(now).run(tx).await? == 1)
}

pub(crate) const CATALOGUE: &[&str] = &[INSERT, BY_HASH, USED, OF_MERCHANT, REVOKE];
