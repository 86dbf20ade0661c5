//! Connections: an installation's accounts at services, with sealed tokens. A token is refreshed by whoever holds the row's
//! lease; the new pair is kept here before anybody may use it. This module sees only sealed text.

pub mod revocations;
pub mod starts;

use crate::db::{Error, Tx, sql};

/// A connection that was made and not forgotten.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Connection {
    /// Whose it is.
    pub installation_id: String,
    /// The name that the manifest gives it.
    pub name: String,
    /// `connected`, or `broken`: it must be authorised anew.
    pub state: String,
    /// Where its tokens come from.
    pub token_url: String,
    /// The client that it was connected for.
    pub client_id: String,
    /// Name of the secret that is the client's.
    pub client_secret: String,
    /// Where its tokens are revoked.
    pub revoke_url: Option<String>,
    /// The access token, sealed; empty once it is broken.
    pub access_sealed: String,
    /// The refresh token, sealed, where the service gave one.
    pub refresh_sealed: Option<String>,
    /// When the access token dies, Unix milliseconds, where the service said so.
    pub expires_at: Option<i64>,
    /// From when on it is refreshed before use, Unix milliseconds.
    pub refresh_at: Option<i64>,
    /// Which access token this is; grows with each.
    pub generation: i64,
    /// Whether the service refused it.
    pub stale: i64,
    /// Until when somebody refreshes it, Unix milliseconds.
    pub lease_until: i64,
    /// Before this time refreshing is not tried again, Unix milliseconds.
    pub retry_at: i64,
    /// How often refreshing failed in a row.
    pub failures: i64,
    /// What is wrong, in words; empty where nothing is.
    pub failure: String,
    /// The actor who connected it.
    pub connected_by: String,
    /// Unix milliseconds.
    pub connected_at: i64,
    /// When its tokens were refreshed last, Unix milliseconds.
    pub refreshed_at: Option<i64>,
}

impl Connection {
    /// Whether its tokens count until further notice.
    pub fn is_connected(&self) -> bool {
        self.state == "connected"
    }
}

/// Tokens as a service gave them, sealed.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// The access token.
    pub access_sealed: String,
    /// The refresh token; none where the one before goes on.
    pub refresh_sealed: Option<String>,
    /// When the access token dies, Unix milliseconds.
    pub expires_at: Option<i64>,
    /// From when on it is refreshed before use, Unix milliseconds.
    pub refresh_at: Option<i64>,
}

/// A connection to keep.
#[derive(Debug, Clone)]
pub struct New<'a> {
    /// Whose it is.
    pub installation_id: &'a str,
    /// The name that the manifest gives it.
    pub name: &'a str,
    /// Where its tokens come from.
    pub token_url: &'a str,
    /// The client that it was connected for.
    pub client_id: &'a str,
    /// Name of the secret that is the client's.
    pub client_secret: &'a str,
    /// Where its tokens are revoked.
    pub revoke_url: Option<&'a str>,
    /// Its tokens.
    pub tokens: &'a Tokens,
    /// The actor who connected it.
    pub by: &'a str,
}

macro_rules! columns {
    () => {
        "installation_id, name, state, token_url, client_id, client_secret, revoke_url, access_sealed, refresh_sealed,
    expires_at, refresh_at, generation, stale, lease_until, retry_at, failures, failure, connected_by, connected_at, refreshed_at"
    };
}

// A generation is never below the time at which it began: what was connected anew is never taken for what it was.
const PUT: &str = "
INSERT INTO connections
    (installation_id, name, state, token_url, client_id, revoke_url, access_sealed, refresh_sealed, expires_at, refresh_at,
     generation, connected_by, connected_at, client_secret)
VALUES ($1, $2, 'connected', $3, $4, $5, $6, $7, $8, $9, $10, $11, $10, $12)
ON CONFLICT (installation_id, name) DO UPDATE SET
    state = 'connected', token_url = excluded.token_url, client_id = excluded.client_id,
    client_secret = excluded.client_secret, revoke_url = excluded.revoke_url, access_sealed = excluded.access_sealed, refresh_sealed = excluded.refresh_sealed,
    expires_at = excluded.expires_at, refresh_at = excluded.refresh_at,
    generation = CASE WHEN connections.generation < excluded.generation
        THEN excluded.generation ELSE connections.generation + 1 END,
    stale = 0, refusals = 0, lease_until = 0, fence = connections.fence + 1, failures = 0, failure = '', retry_at = 0,
    connected_by = excluded.connected_by, connected_at = excluded.connected_at, refreshed_at = NULL";

/// Keeps a connection in place of what stood there. Whoever refreshes the old one can store nothing any more.
pub async fn put(tx: &mut Tx, new: &New<'_>, now: i64) -> Result<(), Error> {
    sql(PUT)
        .bind(new.installation_id)
        .bind(new.name)
        .bind(new.token_url)
        .bind(new.client_id)
        .bind(new.revoke_url)
        .bind(&new.tokens.access_sealed)
        .bind(new.tokens.refresh_sealed.as_deref())
        .bind(new.tokens.expires_at)
        .bind(new.tokens.refresh_at)
        .bind(now)
        .bind(new.by)
        .bind(new.client_secret)
        .run(tx)
        .await?;
    Ok(())
}

const ONE: &str = concat!("SELECT ", columns!(), " FROM connections WHERE installation_id = $1 AND name = $2");

/// The installation's connection of this name.
pub async fn one(tx: &mut Tx, installation_id: &str, name: &str) -> Result<Option<Connection>, Error> {
    sql(ONE).bind(installation_id).bind(name).optional(tx).await
}

const OF: &str = concat!("SELECT ", columns!(), " FROM connections WHERE installation_id = $1");

/// The installation's connections, by name.
pub async fn of(tx: &mut Tx, installation_id: &str) -> Result<Vec<Connection>, Error> {
    let mut rows: Vec<Connection> = sql(OF).bind(installation_id).all(tx).await?;
    // The engines order text differently.
    rows.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(rows)
}

const FORGET: &str = "DELETE FROM connections WHERE installation_id = $1 AND name = $2";

/// Forgets a connection and its tokens; answers whether there was one.
pub async fn forget(tx: &mut Tx, installation_id: &str, name: &str) -> Result<bool, Error> {
    Ok(sql(FORGET).bind(installation_id).bind(name).run(tx).await? == 1)
}

#[derive(sqlx::FromRow)]
struct Fence {
    fence: i64,
}

const CLAIM: &str = "
UPDATE connections SET lease_until = $4, fence = CASE WHEN fence < $3 THEN $3 ELSE fence + 1 END
WHERE installation_id = $1 AND name = $2 AND state = 'connected' AND generation = $5 AND lease_until <= $3
    AND retry_at <= $3
RETURNING fence";

/// Takes the lease for refreshing this very token, unless somebody holds it or it is too early. Answers the fence.
pub async fn claim(tx: &mut Tx, seen: &Connection, now: i64, lease_until: i64) -> Result<Option<i64>, Error> {
    let claimed: Option<Fence> = sql(CLAIM)
        .bind(&seen.installation_id)
        .bind(&seen.name)
        .bind(now)
        .bind(lease_until)
        .bind(seen.generation)
        .optional(tx)
        .await?;
    Ok(claimed.map(|claimed| claimed.fence))
}

const STORE: &str = "
UPDATE connections
SET access_sealed = $4, refresh_sealed = COALESCE($5, refresh_sealed), expires_at = $6, refresh_at = $7,
    generation = CASE WHEN generation < $8 THEN $8 ELSE generation + 1 END, stale = 0, lease_until = 0, failures = 0,
    failure = '', retry_at = 0, refreshed_at = $8
WHERE installation_id = $1 AND name = $2 AND fence = $3 AND state = 'connected'";

/// Keeps refreshed tokens, under the fence of the lease. `false`: the lease was lost, or the connection is another by now.
pub async fn store(tx: &mut Tx, seen: &Connection, fence: i64, tokens: &Tokens, now: i64) -> Result<bool, Error> {
    let rows = sql(STORE)
        .bind(&seen.installation_id)
        .bind(&seen.name)
        .bind(fence)
        .bind(&tokens.access_sealed)
        .bind(tokens.refresh_sealed.as_deref())
        .bind(tokens.expires_at)
        .bind(tokens.refresh_at)
        .bind(now)
        .run(tx)
        .await?;
    Ok(rows == 1)
}

const FAILED: &str = "
UPDATE connections SET lease_until = 0, failures = failures + 1, failure = $4, retry_at = $5
WHERE installation_id = $1 AND name = $2 AND fence = $3 AND state = 'connected'";

/// Gives the lease back after a refresh that did not succeed and says nothing about the tokens.
pub async fn failed(tx: &mut Tx, seen: &Connection, fence: i64, why: &str, retry_at: i64) -> Result<(), Error> {
    sql(FAILED).bind(&seen.installation_id).bind(&seen.name).bind(fence).bind(why).bind(retry_at).run(tx).await?;
    Ok(())
}

const BROKE: &str = "
UPDATE connections
SET state = 'broken', access_sealed = '', refresh_sealed = NULL, failure = $4, lease_until = 0, fence = fence + 1
WHERE installation_id = $1 AND name = $2 AND generation = $3 AND state = 'connected'";

/// Marks the connection with this very token as broken and forgets its tokens; answers whether that is news.
pub async fn broke(tx: &mut Tx, seen: &Connection, why: &str) -> Result<bool, Error> {
    let query = sql(BROKE).bind(&seen.installation_id).bind(&seen.name).bind(seen.generation).bind(why);
    Ok(query.run(tx).await? == 1)
}

#[derive(sqlx::FromRow)]
struct Refusals {
    refusals: i64,
}

const REFUSE: &str = "
UPDATE connections SET stale = 1, refusals = refusals + 1, retry_at = 0
WHERE installation_id = $1 AND name = $2 AND generation = $3 AND stale = 0 AND state = 'connected'
RETURNING refusals";

/// Notes that the service refused this very token. Answers how many it refused in a row; none where the connection has another
/// token by now, or this was known.
pub async fn refuse(tx: &mut Tx, installation_id: &str, name: &str, generation: i64) -> Result<Option<i64>, Error> {
    let row: Option<Refusals> = sql(REFUSE).bind(installation_id).bind(name).bind(generation).optional(tx).await?;
    Ok(row.map(|row| row.refusals))
}

const TAKEN: &str = "
UPDATE connections SET refusals = 0
WHERE installation_id = $1 AND name = $2 AND generation = $3 AND refusals > 0 AND stale = 0";

/// Notes that the service took this very token.
pub async fn taken(tx: &mut Tx, installation_id: &str, name: &str, generation: i64) -> Result<(), Error> {
    sql(TAKEN).bind(installation_id).bind(name).bind(generation).run(tx).await?;
    Ok(())
}

pub(crate) const CATALOGUE: &[&str] = &[PUT, ONE, OF, FORGET, CLAIM, STORE, FAILED, BROKE, REFUSE, TAKEN];
