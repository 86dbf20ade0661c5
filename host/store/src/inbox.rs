//! The inbox: every message from outside, raw, written before anything acts on it. The same message again only counts.

use crate::db::{Error, Tx, sql};
use crate::defect::{self, Defect};

/// Where a message came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// A provider's push; the owner is a provider account.
    Provider,
    /// A message for a plugin; the owner is an installation.
    Hook,
}

impl Door {
    fn word(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Hook => "hook",
        }
    }
}

/// A message as it was received.
#[derive(Debug, Clone)]
pub struct Message {
    /// `inb_…`.
    pub id: String,
    /// Provider account or installation.
    pub owner_id: String,
    /// The sender's own name for it, or the hash of its bytes.
    pub natural_key: String,
    /// The part of the path after the owner.
    pub path: String,
    /// The HTTP method.
    pub method: String,
    /// Decoded query pairs.
    pub query: Vec<(String, String)>,
    /// The headers that are worth keeping; never one that holds a secret.
    pub headers: Vec<(String, String)>,
    /// The raw bytes, sealed: people write anything into a chat.
    pub body_sealed: String,
    /// SHA-256 of the raw bytes, in hex: the journal names a message by it. Absent for messages of older versions.
    pub digest: Option<String>,
    /// When it came, Unix milliseconds.
    pub received_at: i64,
    /// The run that handles it.
    pub run: i64,
    /// When that run began.
    pub run_started_at: Option<i64>,
}

const INSERT: &str = "
INSERT INTO inbox
    (id, door, owner_id, natural_key, path, method, query, headers, body_sealed, digest, received_at, seen, state, note,
     run)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, 'waiting', '', 1)
ON CONFLICT (owner_id, natural_key) DO UPDATE SET seen = inbox.seen + 1
RETURNING id, seen";

#[derive(sqlx::FromRow)]
struct Stored {
    id: String,
    seen: i64,
}

/// What became of a message that was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// It is new and waits.
    New,
    /// It is known under this id and came this many times.
    Known {
        /// The entry's id.
        id: String,
        /// How often it came.
        seen: i64,
    },
}

/// Writes the message, unless it is known.
pub async fn receive(tx: &mut Tx, door: Door, message: &Message) -> Result<Received, Error> {
    let own_key = format!("{} {}", message.natural_key, message.id);
    let natural_key = if defect::has(Defect::DedupOff) { &own_key } else { &message.natural_key };
    let stored: Option<Stored> = sql(INSERT)
        .bind(&message.id)
        .bind(door.word())
        .bind(&message.owner_id)
        .bind(natural_key)
        .bind(&message.path)
        .bind(&message.method)
        .bind(crate::payments::json(&message.query))
        .bind(crate::payments::json(&message.headers))
        .bind(&message.body_sealed)
        .bind(message.digest.as_deref())
        .bind(message.received_at)
        .optional(tx)
        .await?;
    Ok(match stored {
        Some(stored) if stored.id != message.id => Received::Known { id: stored.id, seen: stored.seen },
        _ => Received::New,
    })
}

#[derive(sqlx::FromRow)]
struct Known {
    #[expect(dead_code, reason = "that there is a row is the answer")]
    id: String,
}

const KNOWN: &str = "SELECT id FROM inbox WHERE owner_id = $1 AND natural_key = $2 AND state <> 'quarantined'";

/// Whether a message with this name came to this owner before and was taken.
pub async fn is_known(tx: &mut Tx, owner_id: &str, natural_key: &str) -> Result<bool, Error> {
    Ok(sql(KNOWN).bind(owner_id).bind(natural_key).optional::<Known>(tx).await?.is_some())
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    owner_id: String,
    natural_key: String,
    path: String,
    method: String,
    query: String,
    headers: String,
    body_sealed: String,
    digest: Option<String>,
    received_at: i64,
    run: i64,
    run_started_at: Option<i64>,
}

const BY_ID: &str = "
SELECT id, owner_id, natural_key, path, method, query, headers, body_sealed, digest, received_at, run,
    run_started_at
FROM inbox
WHERE id = $1";

/// The message with this id.
pub async fn by_id(tx: &mut Tx, id: &str) -> Result<Option<Message>, Error> {
    let Some(row) = sql(BY_ID).bind(id).optional::<Row>(tx).await? else { return Ok(None) };
    let wrong = |what| Error::Inconsistent { table: "inbox", id: row.id.clone(), what };
    Ok(Some(Message {
        query: serde_json::from_str(&row.query).map_err(|_| wrong("an unreadable query"))?,
        headers: serde_json::from_str(&row.headers).map_err(|_| wrong("unreadable headers"))?,
        body_sealed: row.body_sealed,
        digest: row.digest,
        id: row.id,
        owner_id: row.owner_id,
        natural_key: row.natural_key,
        path: row.path,
        method: row.method,
        received_at: row.received_at,
        run: row.run,
        run_started_at: row.run_started_at,
    }))
}

const SETTLE: &str = "UPDATE inbox SET state = $2, note = $3 WHERE id = $1";

/// Marks the message as acted upon.
pub async fn done(tx: &mut Tx, id: &str, note: &str) -> Result<(), Error> {
    sql(SETTLE).bind(id).bind("done").bind(note).run(tx).await?;
    Ok(())
}

/// Sets the message aside, with the reason, for a person to look at. It has changed nothing.
pub async fn quarantine(tx: &mut Tx, id: &str, reason: &str) -> Result<(), Error> {
    sql(SETTLE).bind(id).bind("quarantined").bind(reason).run(tx).await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Begun {
    installation_version: i64,
}

const BEGIN: &str = "
UPDATE inbox SET run_started_at = COALESCE(run_started_at, $2),
    installation_version = COALESCE(installation_version, $3)
WHERE id = $1
RETURNING installation_version";

/// Notes when the current run began and which version of the installation began to handle the message, if that is not known
/// yet; answers that version.
pub async fn begin_run(tx: &mut Tx, id: &str, version: i64, at: i64) -> Result<i64, Error> {
    let begun: Option<Begun> = sql(BEGIN).bind(id).bind(at).bind(version).optional(tx).await?;
    Ok(begun.map_or(version, |begun| begun.installation_version))
}

const RELEASE: &str = "
UPDATE inbox
SET installation_version = NULL, run_started_at = NULL,
    run = CASE WHEN run_started_at IS NULL THEN run ELSE run + 1 END
WHERE owner_id = $1 AND state = 'waiting' AND installation_version IS NOT NULL";

/// Lets the owner's waiting messages go on with whatever version is active then, in new runs.
pub async fn release(tx: &mut Tx, owner_id: &str) -> Result<(), Error> {
    sql(RELEASE).bind(owner_id).run(tx).await?;
    Ok(())
}

const NEXT_RUN: &str = "UPDATE inbox SET run = run + 1, run_started_at = NULL, note = $2 WHERE id = $1";

/// Lets the next claim start a new run.
pub async fn next_run(tx: &mut Tx, id: &str, note: &str) -> Result<(), Error> {
    sql(NEXT_RUN).bind(id).bind(note).run(tx).await?;
    Ok(())
}

const ASKED_IN: &str =
    "INSERT INTO asked_in (payment_id, inbox_id) VALUES ($1, $2) ON CONFLICT (payment_id) DO NOTHING";

/// Keeps in which message's run a payment was asked for.
pub async fn asked_in(tx: &mut Tx, payment_id: &str, id: &str) -> Result<(), Error> {
    sql(ASKED_IN).bind(payment_id).bind(id).run(tx).await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct AskedIn {
    inbox_id: String,
}

const WHERE_ASKED: &str = "SELECT inbox_id FROM asked_in WHERE payment_id = $1";

/// In which message's run the payment was asked for, where it was in one.
pub async fn where_asked(tx: &mut Tx, payment_id: &str) -> Result<Option<String>, Error> {
    Ok(sql(WHERE_ASKED).bind(payment_id).optional::<AskedIn>(tx).await?.map(|row| row.inbox_id))
}

/// A message as an operator or a test looks at it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Listed {
    /// `inb_…`.
    pub id: String,
    /// The sender's name for it.
    pub natural_key: String,
    /// `waiting`, `done` or `quarantined`.
    pub state: String,
    /// Why.
    pub note: String,
    /// How often it came.
    pub seen: i64,
}

const OF_OWNER: &str =
    "SELECT id, natural_key, state, note, seen FROM inbox WHERE owner_id = $1 ORDER BY received_at, id";

/// The owner's messages, the oldest first.
pub async fn of_owner(tx: &mut Tx, owner_id: &str) -> Result<Vec<Listed>, Error> {
    sql(OF_OWNER).bind(owner_id).all(tx).await
}

pub(crate) const CATALOGUE: &[&str] =
    &[INSERT, KNOWN, BY_ID, SETTLE, BEGIN, RELEASE, NEXT_RUN, ASKED_IN, WHERE_ASKED, OF_OWNER];
