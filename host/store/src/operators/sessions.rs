//! Sessions of operators, by the hash of what the browser keeps. How long one lasts is judged elsewhere.

use crate::db::{Error, Tx, sql};

/// A session that nobody has ended.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Session {
    /// `ses_…`.
    pub id: String,
    /// Whose.
    pub operator_id: String,
    /// The merchant whose data it shows.
    pub merchant_id: Option<String>,
    /// What the browser calls itself, shortened.
    pub device: String,
    /// Unix milliseconds.
    pub created_at: i64,
    /// When it was last used, Unix milliseconds.
    pub seen_at: i64,
    /// When the operator last proved who they are, Unix milliseconds.
    pub confirmed_at: i64,
}

macro_rules! columns {
    () => {
        "id, operator_id, merchant_id, device, created_at, seen_at, confirmed_at"
    };
}

const INSERT: &str = "
INSERT INTO sessions (id, hash, operator_id, merchant_id, device, created_at, seen_at, confirmed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Begins a session.
pub async fn insert(tx: &mut Tx, hash: &str, session: &Session) -> Result<(), Error> {
    sql(INSERT)
        .bind(&session.id)
        .bind(hash)
        .bind(&session.operator_id)
        .bind(session.merchant_id.as_deref())
        .bind(&session.device)
        .bind(session.created_at)
        .bind(session.seen_at)
        .bind(session.confirmed_at)
        .run(tx)
        .await?;
    Ok(())
}

const BY_HASH: &str = concat!("SELECT ", columns!(), " FROM sessions WHERE hash = $1 AND ended_at IS NULL");

/// The session with this hash, unless somebody ended it.
pub async fn by_hash(tx: &mut Tx, hash: &str) -> Result<Option<Session>, Error> {
    sql(BY_HASH).bind(hash).optional(tx).await
}

const OF_OPERATOR: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM sessions WHERE operator_id = $1 AND ended_at IS NULL AND seen_at > $2 ORDER BY seen_at DESC, id LIMIT 100"
);

/// Somebody's sessions that were used after a time, the latest first; at most a hundred.
pub async fn of_operator(tx: &mut Tx, operator_id: &str, seen_after: i64) -> Result<Vec<Session>, Error> {
    sql(OF_OPERATOR).bind(operator_id).bind(seen_after).all(tx).await
}

const SEEN: &str = "UPDATE sessions SET seen_at = $2 WHERE id = $1 AND seen_at < $2";

/// Notes that it was used.
pub async fn seen(tx: &mut Tx, id: &str, now: i64) -> Result<(), Error> {
    sql(SEEN).bind(id).bind(now).run(tx).await?;
    Ok(())
}

const RENEW: &str = "
UPDATE sessions SET hash = $2, merchant_id = $3, confirmed_at = $4 WHERE id = $1 AND ended_at IS NULL";

/// Gives a session another secret, and says whose data it shows and when its operator last proved who they are.
pub async fn renew(
    tx: &mut Tx,
    id: &str,
    hash: &str,
    merchant_id: Option<&str>,
    confirmed_at: i64,
) -> Result<bool, Error> {
    Ok(sql(RENEW).bind(id).bind(hash).bind(merchant_id).bind(confirmed_at).run(tx).await? == 1)
}

const CONFIRM: &str = "UPDATE sessions SET confirmed_at = $2 WHERE id = $1 AND ended_at IS NULL";

/// Notes that its operator proved who they are.
pub async fn confirm(tx: &mut Tx, id: &str, now: i64) -> Result<(), Error> {
    sql(CONFIRM).bind(id).bind(now).run(tx).await?;
    Ok(())
}

const END: &str = "UPDATE sessions SET ended_at = $3 WHERE id = $1 AND operator_id = $2 AND ended_at IS NULL";

/// Ends one of somebody's sessions; answers whether there was one.
pub async fn end(tx: &mut Tx, id: &str, operator_id: &str, now: i64) -> Result<bool, Error> {
    Ok(sql(END).bind(id).bind(operator_id).bind(now).run(tx).await? == 1)
}

const END_ALL: &str = "
UPDATE sessions SET ended_at = $3 WHERE operator_id = $1 AND id <> $2 AND ended_at IS NULL";

/// Ends all of somebody's sessions but one; an empty `but` spares none.
pub async fn end_all(tx: &mut Tx, operator_id: &str, but: &str, now: i64) -> Result<u64, Error> {
    sql(END_ALL).bind(operator_id).bind(but).bind(now).run(tx).await
}

const END_AT: &str = "
UPDATE sessions SET ended_at = $3 WHERE operator_id = $1 AND merchant_id = $2 AND ended_at IS NULL";

/// Ends somebody's sessions with one merchant.
pub async fn end_at(tx: &mut Tx, operator_id: &str, merchant_id: &str, now: i64) -> Result<u64, Error> {
    sql(END_AT).bind(operator_id).bind(merchant_id).bind(now).run(tx).await
}

const PRUNE: &str = "DELETE FROM sessions WHERE created_at < $1";

/// Removes sessions that began before a time.
pub async fn prune(tx: &mut Tx, before: i64) -> Result<u64, Error> {
    sql(PRUNE).bind(before).run(tx).await
}

pub(crate) const CATALOGUE: &[&str] =
    &[INSERT, BY_HASH, OF_OPERATOR, SEEN, RENEW, CONFIRM, END, END_ALL, END_AT, PRUNE];
