//! Versions of an installation, side by side: a component with settings and grants. One that was ever active is never changed,
//! so that what it began can be finished on it.

use super::{Installation, Sink};
use crate::db::{Error, Tx, sql};

/// One version of an installation. Manifest, settings and grants are JSON that the server reads.
#[derive(Debug, Clone)]
pub struct Version {
    /// Whose version.
    pub installation_id: String,
    /// From 1.
    pub number: i64,
    /// SHA-256 of the component, in hex.
    pub digest: String,
    /// What its deliveries are.
    pub sink: Sink,
    /// All that the plugin asks for.
    pub manifest: String,
    /// What the operator entered.
    pub settings: String,
    /// What the operator granted, by name; nothing means all of it, as before there was a choice.
    pub granted: Option<String>,
    /// The same as the runtime reads it.
    pub grants: String,
    /// Whether somebody decided about its grants, or needed not.
    pub decided: bool,
    /// What the operator noted about it.
    pub note: String,
    /// The actor who made it.
    pub created_by: String,
    /// Unix milliseconds.
    pub created_at: i64,
    /// When it was activated first, Unix milliseconds.
    pub activated_at: Option<i64>,
    /// The version that was active before it.
    pub previous: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct Row {
    installation_id: String,
    number: i64,
    digest: String,
    sink: String,
    manifest: String,
    settings: String,
    granted: Option<String>,
    grants: String,
    decided: i64,
    note: String,
    created_by: String,
    created_at: i64,
    activated_at: Option<i64>,
    previous: Option<i64>,
}

impl Row {
    fn into_version(self) -> Result<Version, Error> {
        let unknown = || Error::Inconsistent {
            table: "installation_versions",
            id: format!("{}/{}", self.installation_id, self.number),
            what: "an unknown sink",
        };
        Ok(Version {
            sink: Sink::from_word(&self.sink).ok_or_else(unknown)?,
            installation_id: self.installation_id,
            number: self.number,
            digest: self.digest,
            manifest: self.manifest,
            settings: self.settings,
            granted: self.granted,
            grants: self.grants,
            decided: self.decided != 0,
            note: self.note,
            created_by: self.created_by,
            created_at: self.created_at,
            activated_at: self.activated_at,
            previous: self.previous,
        })
    }
}

macro_rules! columns {
    () => {
        "installation_id, number, digest, sink, manifest, settings, granted, grants, decided, note, created_by, created_at,
    activated_at, previous"
    };
}

// One that was activated meanwhile stays as it was.
const PUT: &str = "
INSERT INTO installation_versions
    (installation_id, number, digest, sink, manifest, settings, granted, grants, decided, note, created_by, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (installation_id, number) DO UPDATE SET
    settings = excluded.settings, granted = excluded.granted, grants = excluded.grants, decided = excluded.decided,
    note = excluded.note
WHERE installation_versions.activated_at IS NULL AND installation_versions.digest = excluded.digest";

/// Keeps a version that was never active, in place of what it was. `false`: it was active before, or is of another component.
pub async fn put(tx: &mut Tx, version: &Version) -> Result<bool, Error> {
    let rows = sql(PUT)
        .bind(&version.installation_id)
        .bind(version.number)
        .bind(&version.digest)
        .bind(version.sink.word())
        .bind(&version.manifest)
        .bind(&version.settings)
        .bind(version.granted.as_deref())
        .bind(&version.grants)
        .bind(version.decided)
        .bind(&version.note)
        .bind(&version.created_by)
        .bind(version.created_at)
        .run(tx)
        .await?;
    Ok(rows == 1)
}

const OF: &str =
    concat!("SELECT ", columns!(), " FROM installation_versions WHERE installation_id = $1 ORDER BY number");

/// The installation's versions, the oldest first.
pub async fn of(tx: &mut Tx, installation_id: &str) -> Result<Vec<Version>, Error> {
    let rows: Vec<Row> = sql(OF).bind(installation_id).all(tx).await?;
    rows.into_iter().map(Row::into_version).collect()
}

const BY_NUMBER: &str =
    concat!("SELECT ", columns!(), " FROM installation_versions WHERE installation_id = $1 AND number = $2");

/// The version with this number.
pub async fn by_number(tx: &mut Tx, installation_id: &str, number: i64) -> Result<Option<Version>, Error> {
    let row: Option<Row> = sql(BY_NUMBER).bind(installation_id).bind(number).optional(tx).await?;
    row.map(Row::into_version).transpose()
}

/// The installation as the version that began a piece of work had it. The version's manifest is whole there: whoever reads
/// rights from it reads `grants`.
pub async fn as_of(tx: &mut Tx, installation: Installation, number: i64) -> Result<Installation, Error> {
    if installation.version == number {
        return Ok(installation);
    }
    let version = by_number(tx, &installation.id, number).await?.ok_or_else(|| Error::Inconsistent {
        table: "installation_versions",
        id: format!("{}/{number}", installation.id),
        what: "the version that began this work is gone",
    })?;
    Ok(Installation {
        version: version.number,
        digest: version.digest,
        sink: version.sink,
        settings: version.settings,
        grants: version.grants,
        manifest: version.manifest,
        ..installation
    })
}

pub(crate) const CATALOGUE: &[&str] = &[PUT, OF, BY_NUMBER];
