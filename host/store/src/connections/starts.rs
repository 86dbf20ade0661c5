//! Flows that were started and not finished: each is found by the keyed hash of its state, and used once.

use crate::db::{Error, Tx, sql};

/// How long a used or expired start is still known, so that its page can say what became of it: a day, in milliseconds.
const KNOWN_MS: i64 = 24 * 60 * 60 * 1000;

/// A flow that was started.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Start {
    /// Keyed hash of the state.
    pub state_hash: String,
    /// The installation that it is for.
    pub installation_id: String,
    /// The connection's name.
    pub name: String,
    /// The version whose manifest and settings count.
    pub version: i64,
    /// The code verifier of PKCE, sealed; empty where there is none.
    pub verifier_sealed: String,
    /// The actor who started it.
    pub started_by: String,
    /// Unix milliseconds.
    pub expires_at: i64,
    /// When it was finished or came back in vain, Unix milliseconds.
    pub used_at: Option<i64>,
}

const PUT: &str = "
INSERT INTO connection_starts (state_hash, installation_id, name, version, verifier_sealed, started_by, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)";
const PRUNE: &str = "DELETE FROM connection_starts WHERE installation_id = $1 AND expires_at < $2";

/// Keeps a new start, and forgets the installation's old ones.
pub async fn put(tx: &mut Tx, start: &Start, now: i64) -> Result<(), Error> {
    sql(PRUNE).bind(&start.installation_id).bind(now - KNOWN_MS).run(tx).await?;
    sql(PUT)
        .bind(&start.state_hash)
        .bind(&start.installation_id)
        .bind(&start.name)
        .bind(start.version)
        .bind(&start.verifier_sealed)
        .bind(&start.started_by)
        .bind(start.expires_at)
        .run(tx)
        .await?;
    Ok(())
}

macro_rules! columns {
    () => {
        "state_hash, installation_id, name, version, verifier_sealed, started_by, expires_at, used_at"
    };
}

const BY_STATE: &str = concat!("SELECT ", columns!(), " FROM connection_starts WHERE state_hash = $1");

/// The start with this state.
pub async fn by_state(tx: &mut Tx, state_hash: &str) -> Result<Option<Start>, Error> {
    sql(BY_STATE).bind(state_hash).optional(tx).await
}

const USE: &str = "
UPDATE connection_starts SET used_at = $2, verifier_sealed = '' WHERE state_hash = $1 AND used_at IS NULL AND expires_at > $2";

/// Uses it up; `false`: it was used before, or its time is over.
pub async fn use_up(tx: &mut Tx, state_hash: &str, now: i64) -> Result<bool, Error> {
    Ok(sql(USE).bind(state_hash).bind(now).run(tx).await? == 1)
}

const FORGET: &str = "DELETE FROM connection_starts WHERE installation_id = $1 AND name = $2";

/// Forgets the starts of a connection: they can be finished no more.
pub async fn forget(tx: &mut Tx, installation_id: &str, name: &str) -> Result<(), Error> {
    sql(FORGET).bind(installation_id).bind(name).run(tx).await?;
    Ok(())
}

const FORGET_ALL: &str = "DELETE FROM connection_starts WHERE installation_id = $1";

/// Forgets all starts of an installation.
pub async fn forget_all(tx: &mut Tx, installation_id: &str) -> Result<(), Error> {
    sql(FORGET_ALL).bind(installation_id).run(tx).await?;
    Ok(())
}

pub(crate) const CATALOGUE: &[&str] = &[PUT, PRUNE, BY_STATE, USE, FORGET, FORGET_ALL];
