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
struct Ticked {
    version: i64,
}

#[derive(sqlx::FromRow)]
struct Known {
    version: i64,
    written_by: String,
}

#[derive(sqlx::FromRow)]
struct Others {
    keys: i64,
    letters: i64,
}

#[derive(sqlx::FromRow)]
struct Named {
    name: String,
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
const OTHERS: &str = "
SELECT COUNT(*) AS keys, COALESCE(SUM(LENGTH(value)), 0) AS letters
FROM plugin_state WHERE installation_id = $1 AND name <> $2";
const KNOWN: &str = "
SELECT version, written_by FROM plugin_state WHERE installation_id = $1 AND name = $2";
pub(crate) const TICK: &str = "
UPDATE installations SET state_clock = state_clock + 1 WHERE id = $1 RETURNING state_clock AS version";
const UPSERT: &str = "
INSERT INTO plugin_state (installation_id, name, value, version, expires_at, written_by) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (installation_id, name) DO UPDATE SET
    value = excluded.value, version = excluded.version, expires_at = excluded.expires_at,
    written_by = excluded.written_by";

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
    /// Names this very write. Made again it answers what it answered, as long as nobody has written the key since.
    pub written_by: &'a str,
}

/// How much an installation may keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Keys.
    pub keys: i64,
    /// Bytes of all values together.
    pub bytes: i64,
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

/// Writes an entry, unless the installation would keep more than it may then.
pub async fn put(tx: &mut Tx, installation_id: &str, write: Write<'_>, room: Room, now: i64) -> Result<Put, Error> {
    sql(SWEEP).bind(installation_id).bind(now).run(tx).await?;
    // The clock's row is the installation's lock: of two writes at once the second sees what the first left.
    let ticked: Option<Ticked> = sql(TICK).bind(installation_id).optional(tx).await?;
    let Some(Ticked { version }) = ticked else { return Ok(Put::Conflict) };
    let known: Option<Known> = sql(KNOWN).bind(installation_id).bind(write.name).optional(tx).await?;
    if let Some(known) = known.as_ref().filter(|known| known.written_by == write.written_by) {
        return Ok(Put::Version(known.version));
    }
    let fits = match write.expected {
        Expected::Any => true,
        Expected::Absent => known.is_none(),
        Expected::Version(wanted) => known.is_some_and(|known| known.version == wanted),
    };
    if !fits {
        return Ok(Put::Conflict);
    }
    let value = STANDARD.encode(write.value);
    let others: Option<Others> = sql(OTHERS).bind(installation_id).bind(write.name).optional(tx).await?;
    let others = others.unwrap_or(Others { keys: 0, letters: 0 });
    let letters = others.letters + i64::try_from(value.len()).unwrap_or(i64::MAX);
    // Four letters of Base64 are three bytes.
    if others.keys >= room.keys || letters / 4 * 3 > room.bytes {
        return Ok(Put::Full);
    }
    sql(UPSERT)
        .bind(installation_id)
        .bind(write.name)
        .bind(value)
        .bind(version)
        .bind(write.expires_at)
        .bind(write.written_by)
        .run(tx)
        .await?;
    Ok(Put::Version(version))
}

const KEYS: &str = "
SELECT name FROM plugin_state
WHERE installation_id = $1 AND (expires_at IS NULL OR expires_at > $2)";

/// The keys that live at `now` and begin with this text, in order.
pub async fn keys(tx: &mut Tx, installation_id: &str, prefix: &str, now: i64) -> Result<Vec<String>, Error> {
    let rows: Vec<Named> = sql(KEYS).bind(installation_id).bind(now).all(tx).await?;
    let mut names: Vec<String> = rows.into_iter().map(|row| row.name).filter(|name| name.starts_with(prefix)).collect();
    // The engines order text differently.
    names.sort_unstable();
    Ok(names)
}

const DELETE: &str = "DELETE FROM plugin_state WHERE installation_id = $1 AND name = $2";

/// Removes the entry, if there is one.
pub async fn delete(tx: &mut Tx, installation_id: &str, name: &str) -> Result<(), Error> {
    sql(DELETE).bind(installation_id).bind(name).run(tx).await?;
    Ok(())
}

const FORGET: &str = "DELETE FROM plugin_state WHERE installation_id = $1";

/// Removes all that the installation keeps.
pub async fn forget(tx: &mut Tx, installation_id: &str) -> Result<(), Error> {
    sql(FORGET).bind(installation_id).run(tx).await?;
    Ok(())
}

pub(crate) const CATALOGUE: &[&str] = &[GET, SWEEP, OTHERS, KNOWN, TICK, UPSERT, KEYS, DELETE, FORGET];
