//! The small key-value store of an installation, with versions for compare-and-set and optional expiry.

use crate::db::{Error, Tx, sql};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A live entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The bytes.
    pub value: Vec<u8>,
    /// Grows with each write.
    pub version: i64,
}

/// What must stand at the key for a write to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Whatever there is.
    Any,
    /// Nothing.
    Absent,
    /// An entry of this version.
    Version(i64),
}

#[derive(sqlx::FromRow)]
struct Row {
    value: String,
    version: i64,
}

#[derive(sqlx::FromRow)]
struct Written {
    version: i64,
}

#[derive(sqlx::FromRow)]
struct Count {
    count: i64,
}

const GET: &str = "
SELECT value, version FROM plugin_state
WHERE installation_id = $1 AND name = $2 AND (expires_at IS NULL OR expires_at > $3)";

/// The entry that lives at `now`.
pub async fn get(tx: &mut Tx, installation_id: &str, name: &str, now: i64) -> Result<Option<Entry>, Error> {
    let row: Option<Row> = sql(GET).bind(installation_id).bind(name).bind(now).optional(tx).await?;
    row.map(|row| {
        let value = STANDARD.decode(&row.value).map_err(|_| Error::Inconsistent {
            table: "plugin_state",
            id: format!("{installation_id}/{name}"),
            what: "an unreadable value",
        })?;
        Ok(Entry { value, version: row.version })
    })
    .transpose()
}

const SWEEP: &str = "DELETE FROM plugin_state WHERE installation_id = $1 AND expires_at <= $2";
const COUNT: &str = "SELECT COUNT(*) AS count FROM plugin_state WHERE installation_id = $1 AND name <> $2";
const INSERT: &str = "
INSERT INTO plugin_state (installation_id, name, value, version, expires_at) VALUES ($1, $2, $3, 1, $4)
ON CONFLICT (installation_id, name) DO NOTHING
RETURNING version";
const UPSERT: &str = "
INSERT INTO plugin_state (installation_id, name, value, version, expires_at) VALUES ($1, $2, $3, 1, $4)
ON CONFLICT (installation_id, name)
DO UPDATE SET value = excluded.value, version = plugin_state.version + 1, expires_at = excluded.expires_at
RETURNING version";
const REPLACE: &str = "
UPDATE plugin_state SET value = $3, version = version + 1, expires_at = $4
WHERE installation_id = $1 AND name = $2 AND version = $5
RETURNING version";

/// A write to the store.
#[derive(Debug, Clone, Copy)]
pub struct Write<'a> {
    /// The key.
    pub name: &'a str,
    /// The bytes.
    pub value: &'a [u8],
    /// What must stand there.
    pub expected: Expected,
    /// When it vanishes, Unix milliseconds.
    pub expires_at: Option<i64>,
}

/// What a write came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// Written, now at this version.
    Version(i64),
    /// Something else stood there.
    Conflict,
    /// The installation has as many keys as it may.
    Full,
}

/// Writes an entry, unless the installation would have more than `max_keys` then.
pub async fn put(tx: &mut Tx, installation_id: &str, write: Write<'_>, max_keys: i64, now: i64) -> Result<Put, Error> {
    sql(SWEEP).bind(installation_id).bind(now).run(tx).await?;
    let others: Option<Count> = sql(COUNT).bind(installation_id).bind(write.name).optional(tx).await?;
    if others.is_some_and(|others| others.count >= max_keys) {
        return Ok(Put::Full);
    }
    let text = match write.expected {
        Expected::Any => UPSERT,
        Expected::Absent => INSERT,
        Expected::Version(_) => REPLACE,
    };
    let mut query =
        sql(text).bind(installation_id).bind(write.name).bind(STANDARD.encode(write.value)).bind(write.expires_at);
    if let Expected::Version(version) = write.expected {
        query = query.bind(version);
    }
    let written: Option<Written> = query.optional(tx).await?;
    Ok(written.map_or(Put::Conflict, |written| Put::Version(written.version)))
}

const DELETE: &str = "DELETE FROM plugin_state WHERE installation_id = $1 AND name = $2";

/// Removes the entry, if there is one.
pub async fn delete(tx: &mut Tx, installation_id: &str, name: &str) -> Result<(), Error> {
    sql(DELETE).bind(installation_id).bind(name).run(tx).await?;
    Ok(())
}

pub(crate) const CATALOGUE: &[&str] = &[GET, SWEEP, COUNT, INSERT, UPSERT, REPLACE, DELETE];
