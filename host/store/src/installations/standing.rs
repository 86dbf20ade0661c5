//! What becomes of an installation as it works: activated, halted after runs that broke, lifted, removed. It decides nothing:
//! how many breaks are too many is the server's rule.

use super::versions::Version;
use super::{Halt, Installation};
use crate::db::{Error, Tx, sql};

/// How many different things that broke a plugin are remembered by name.
const BREAKERS: usize = 8;

const ACTIVATE: &str = "
UPDATE installations
SET digest = $2, sink = $3, events = $4, manifest = $5, settings = $6, grants = $7, version = $8, active = 1,
    halted = NULL, halted_reason = '', breaks = 0, breakers = '[]'
WHERE id = $1";
const ACTIVATED: &str = "
UPDATE installation_versions
SET activated_at = COALESCE(activated_at, $3), previous = COALESCE($4, previous)
WHERE installation_id = $1 AND number = $2";

/// What a version is in force as.
#[derive(Debug, Clone)]
pub struct InForce<'a> {
    /// Names of the events that were granted.
    pub events: &'a [String],
    /// The manifest without what was not granted, JSON.
    pub manifest: &'a str,
}

/// Puts a version in force: from now on it gets deliveries and messages. `after`: the version that was active before, where
/// going back should lead to it.
pub async fn activate(
    tx: &mut Tx,
    version: &Version,
    in_force: InForce<'_>,
    after: Option<i64>,
    now: i64,
) -> Result<(), Error> {
    sql(ACTIVATE)
        .bind(&version.installation_id)
        .bind(&version.digest)
        .bind(version.sink.word())
        .bind(crate::payments::json(&in_force.events))
        .bind(in_force.manifest)
        .bind(&version.settings)
        .bind(&version.grants)
        .bind(version.number)
        .run(tx)
        .await?;
    sql(ACTIVATED).bind(&version.installation_id).bind(version.number).bind(now).bind(after).run(tx).await?;
    Ok(())
}

const SWITCH_OFF: &str = "
UPDATE installations SET active = 0, halted = NULL, halted_reason = '', breaks = 0, breakers = '[]' WHERE id = $1";

/// Switches it off: nothing more is owed to it, and its doors are closed.
pub async fn switch_off(tx: &mut Tx, id: &str) -> Result<(), Error> {
    sql(SWITCH_OFF).bind(id).run(tx).await?;
    Ok(())
}

const REMOVE: &str = "UPDATE installations SET removed_at = $2, last_check = NULL WHERE id = $1";

/// Marks it as removed; the row stays for the history.
pub async fn remove(tx: &mut Tx, id: &str, now: i64) -> Result<(), Error> {
    switch_off(tx, id).await?;
    sql(REMOVE).bind(id).bind(now).run(tx).await?;
    Ok(())
}

const CHECKED: &str = "UPDATE installations SET last_check = $2 WHERE id = $1 AND removed_at IS NULL";

/// Keeps what its self-test said.
pub async fn checked(tx: &mut Tx, id: &str, said: &str) -> Result<(), Error> {
    sql(CHECKED).bind(id).bind(said).run(tx).await?;
    Ok(())
}

const HALT: &str = "
UPDATE installations SET halted = $2, halted_reason = $3 WHERE id = $1 AND active = 1 AND halted IS NULL AND version = $4";

/// Halts it, as the version that went wrong; answers whether that is news.
pub async fn halt(tx: &mut Tx, installation: &Installation, how: Halt, reason: &str) -> Result<bool, Error> {
    let rows =
        sql(HALT).bind(&installation.id).bind(how.word()).bind(reason).bind(installation.version).run(tx).await?;
    Ok(rows == 1)
}

#[derive(sqlx::FromRow)]
struct Counted {
    breaks: i64,
    breakers: String,
}

/// How often a plugin broke since a run of it last ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breaks {
    /// Runs in a row.
    pub runs: i64,
    /// Deliveries and messages that they were about, as far as they are told apart.
    pub owners: usize,
}

const BROKE: &str = "
UPDATE installations SET breaks = breaks + 1
WHERE id = $1 AND version = $2 AND active = 1 AND halted IS NULL
RETURNING breaks, breakers";
const REMEMBER: &str = "UPDATE installations SET breakers = $2 WHERE id = $1";

/// Counts a run that broke; `owner` is the delivery or message that it was about. Nothing is counted of a version that is not
/// in force any more, or halted already.
pub async fn broke(tx: &mut Tx, installation: &Installation, owner: &str) -> Result<Option<Breaks>, Error> {
    let counted: Option<Counted> = sql(BROKE).bind(&installation.id).bind(installation.version).optional(tx).await?;
    let Some(Counted { breaks, breakers }) = counted else { return Ok(None) };
    let mut breakers: Vec<String> = serde_json::from_str(&breakers).unwrap_or_default();
    if breakers.len() < BREAKERS && !breakers.iter().any(|known| known == owner) {
        breakers.push(owner.to_owned());
        sql(REMEMBER).bind(&installation.id).bind(crate::payments::json(&breakers)).run(tx).await?;
    }
    Ok(Some(Breaks { runs: breaks, owners: breakers.len() }))
}

const WENT_WELL: &str = "
UPDATE installations SET breaks = 0, breakers = '[]' WHERE id = $1 AND version = $2 AND breaks > 0 AND halted IS NULL";

/// Forgets the breaks: a run came to its end.
pub async fn went_well(tx: &mut Tx, installation: &Installation) -> Result<(), Error> {
    sql(WENT_WELL).bind(&installation.id).bind(installation.version).run(tx).await?;
    Ok(())
}

pub(crate) const CATALOGUE: &[&str] =
    &[ACTIVATE, ACTIVATED, SWITCH_OFF, REMOVE, CHECKED, HALT, BROKE, REMEMBER, WENT_WELL];
