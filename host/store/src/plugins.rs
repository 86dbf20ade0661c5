//! Components that merchants uploaded, and how far each has come. A row is its merchant's alone, also where another merchant
//! uploaded the same bytes; it knows no file and no runtime.

use crate::db::{Error, Tx, sql};
use crate::jobs::{self, Kind};
use crate::merchants::mode;
use kamurj_domain::Mode;

/// How far an uploaded component has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Its bytes are kept.
    Received,
    /// Its manifest was read and judged.
    Judged,
    /// It is being compiled.
    Compiling,
    /// It is being bound to the host.
    Trying,
    /// It can be installed.
    Ready,
    /// It cannot; the row says why.
    Refused,
}

impl Stage {
    const ALL: [Self; 6] = [Self::Received, Self::Judged, Self::Compiling, Self::Trying, Self::Ready, Self::Refused];

    /// The word of the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Judged => "judged",
            Self::Compiling => "compiling",
            Self::Trying => "trying",
            Self::Ready => "ready",
            Self::Refused => "refused",
        }
    }
}

/// A component that a merchant uploaded.
#[derive(Debug, Clone)]
pub struct Uploaded {
    /// `plg_…`.
    pub id: String,
    /// Whose it is.
    pub merchant_id: String,
    /// Of the key that uploaded it last.
    pub mode: Mode,
    /// SHA-256 of the component, in hex.
    pub digest: String,
    /// Its size.
    pub bytes: i64,
    /// How far it has come.
    pub stage: Stage,
    /// What it is and asks for, JSON.
    pub report: Option<String>,
    /// Why it was refused, in words.
    pub refusal: Option<String>,
    /// The actor who uploaded it last.
    pub uploaded_by: String,
    /// When it was uploaded first, Unix milliseconds.
    pub uploaded_at: i64,
    /// When its stage changed last, Unix milliseconds.
    pub changed_at: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    merchant_id: String,
    mode: String,
    digest: String,
    bytes: i64,
    stage: String,
    report: Option<String>,
    refusal: Option<String>,
    uploaded_by: String,
    uploaded_at: i64,
    changed_at: i64,
}

impl Row {
    fn into_uploaded(self) -> Result<Uploaded, Error> {
        let mode = mode(&self.mode, "plugins", &self.id)?;
        let stage = Stage::ALL.into_iter().find(|stage| stage.word() == self.stage);
        let unknown = || Error::Inconsistent { table: "plugins", id: self.id.clone(), what: "an unknown stage" };
        Ok(Uploaded {
            stage: stage.ok_or_else(unknown)?,
            mode,
            id: self.id,
            merchant_id: self.merchant_id,
            digest: self.digest,
            bytes: self.bytes,
            report: self.report,
            refusal: self.refusal,
            uploaded_by: self.uploaded_by,
            uploaded_at: self.uploaded_at,
            changed_at: self.changed_at,
        })
    }
}

macro_rules! columns {
    () => {
        "id, merchant_id, mode, digest, bytes, stage, report, refusal, uploaded_by, uploaded_at, changed_at"
    };
}

// Uploaded again it is judged again: the host may be another one by now, and the file on the shelf may be damaged.
const RECEIVE: &str = concat!(
    "
INSERT INTO plugins (id, merchant_id, mode, digest, bytes, stage, report, refusal, uploaded_by, uploaded_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (merchant_id, digest) DO UPDATE SET
    mode = excluded.mode, stage = excluded.stage, report = COALESCE(excluded.report, plugins.report),
    refusal = excluded.refusal, uploaded_by = excluded.uploaded_by, changed_at = excluded.changed_at
RETURNING ",
    columns!()
);

/// Keeps the row in place of the merchant's one for the same bytes; answers it with its lasting id.
pub async fn put(tx: &mut Tx, uploaded: &Uploaded) -> Result<Uploaded, Error> {
    let row: Option<Row> = sql(RECEIVE)
        .bind(&uploaded.id)
        .bind(&uploaded.merchant_id)
        .bind(uploaded.mode.word())
        .bind(&uploaded.digest)
        .bind(uploaded.bytes)
        .bind(uploaded.stage.word())
        .bind(uploaded.report.as_deref())
        .bind(uploaded.refusal.as_deref())
        .bind(&uploaded.uploaded_by)
        .bind(uploaded.uploaded_at)
        .bind(uploaded.changed_at)
        .optional(tx)
        .await?;
    let nothing =
        || Error::Inconsistent { table: "plugins", id: uploaded.id.clone(), what: "an upsert answered no row" };
    row.ok_or_else(nothing)?.into_uploaded()
}

/// Puts the component before a worker, behind the merchant's earlier ones.
pub async fn await_judgement(tx: &mut Tx, uploaded: &Uploaded, now: i64) -> Result<(), Error> {
    let lane = format!("upload:{}", uploaded.merchant_id);
    jobs::put_in_lane(tx, Kind::Upload, &uploaded.id, &lane, now, now).await
}

const BY_ID: &str = concat!("SELECT ", columns!(), " FROM plugins WHERE id = $1");

/// The upload with this id.
pub async fn by_id(tx: &mut Tx, id: &str) -> Result<Option<Uploaded>, Error> {
    sql(BY_ID).bind(id).optional::<Row>(tx).await?.map(Row::into_uploaded).transpose()
}

const BY_DIGEST: &str = concat!("SELECT ", columns!(), " FROM plugins WHERE merchant_id = $1 AND digest = $2");

/// The merchant's component with this digest.
pub async fn by_digest(tx: &mut Tx, merchant_id: &str, digest: &str) -> Result<Option<Uploaded>, Error> {
    sql(BY_DIGEST).bind(merchant_id).bind(digest).optional::<Row>(tx).await?.map(Row::into_uploaded).transpose()
}

const PAGE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM plugins
WHERE merchant_id = $1 AND (uploaded_at < $2 OR (uploaded_at = $2 AND id < $3))
ORDER BY uploaded_at DESC, id DESC
LIMIT $4"
);

/// The merchant's components below this time and id, the newest first.
pub async fn page(
    tx: &mut Tx,
    merchant_id: &str,
    below: Option<(i64, String)>,
    limit: i64,
) -> Result<Vec<Uploaded>, Error> {
    let (at, id) = below.unwrap_or((i64::MAX, String::new()));
    let rows: Vec<Row> = sql(PAGE).bind(merchant_id).bind(at).bind(id).bind(limit).all(tx).await?;
    rows.into_iter().map(Row::into_uploaded).collect()
}

/// How many components a merchant has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Counts {
    /// Those that are still being judged.
    pub waiting: i64,
    /// All of them.
    pub kept: i64,
}

const COUNTS: &str = "
SELECT COUNT(CASE WHEN stage <> 'ready' AND stage <> 'refused' THEN 1 END) AS waiting, COUNT(*) AS kept
FROM plugins WHERE merchant_id = $1";

/// How many components the merchant has.
pub async fn counts(tx: &mut Tx, merchant_id: &str) -> Result<Counts, Error> {
    Ok(sql(COUNTS).bind(merchant_id).optional(tx).await?.unwrap_or_default())
}

#[derive(sqlx::FromRow)]
struct Id {
    id: String,
}

const INSTALLED_FROM: &str = "
SELECT DISTINCT i.id AS id FROM installation_versions v JOIN installations i ON i.id = v.installation_id
WHERE v.digest = $2 AND i.merchant_id = $1 AND i.removed_at IS NULL
ORDER BY id LIMIT 10";

/// Installations of the merchant, ten at most, of which a version is made from this component; not those that were removed.
pub async fn installed_from(tx: &mut Tx, merchant_id: &str, digest: &str) -> Result<Vec<String>, Error> {
    let rows: Vec<Id> = sql(INSTALLED_FROM).bind(merchant_id).bind(digest).all(tx).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

const REMOVE: &str = "DELETE FROM plugins WHERE id = $1";

/// Forgets an uploaded component. Its bytes are not in the database.
pub async fn remove(tx: &mut Tx, id: &str) -> Result<(), Error> {
    sql(REMOVE).bind(id).run(tx).await?;
    Ok(())
}

const WANTED: &str = "
SELECT digest AS id FROM plugins WHERE digest = $1
UNION ALL
SELECT v.digest AS id FROM installation_versions v JOIN installations i ON i.id = v.installation_id
WHERE v.digest = $1 AND i.removed_at IS NULL
LIMIT 1";

/// Whether anybody has this component: as an upload, or as a version of an installation that was not removed.
pub async fn is_wanted(tx: &mut Tx, digest: &str) -> Result<bool, Error> {
    Ok(sql(WANTED).bind(digest).optional::<Id>(tx).await?.is_some())
}

const IN_FORCE: &str = "
SELECT DISTINCT digest AS id FROM installations WHERE active = 1 AND removed_at IS NULL ORDER BY id";

/// The components that work now, of all merchants.
pub async fn in_force(tx: &mut Tx) -> Result<Vec<String>, Error> {
    let rows: Vec<Id> = sql(IN_FORCE).all(tx).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

const REACH: &str = "
UPDATE plugins SET stage = $2, report = COALESCE($3, report), refusal = $4, changed_at = $5 WHERE id = $1";

/// What is known about a component at a stage.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// What it is and asks for, JSON; nothing keeps what was known before.
    pub report: Option<String>,
    /// Why it was refused.
    pub refusal: Option<String>,
}

/// Notes how far it has come.
pub async fn reach(tx: &mut Tx, id: &str, stage: Stage, known: Known, now: i64) -> Result<(), Error> {
    sql(REACH).bind(id).bind(stage.word()).bind(known.report).bind(known.refusal).bind(now).run(tx).await?;
    Ok(())
}

pub(crate) const CATALOGUE: &[&str] =
    &[RECEIVE, BY_ID, BY_DIGEST, PAGE, COUNTS, INSTALLED_FROM, REMOVE, WANTED, IN_FORCE, REACH];
