//! Merchants' brands: the draft, what was published, and who did either. Pictures and cards are kept in the files below. Knows nothing
//! of how a page looks, and does not judge what it is given.

pub mod cards;
pub mod pictures;

use crate::db::{Error, Tx, sql};
use crate::payments::json;
use kamurj_domain::brand::Brand;

/// What a merchant is working on.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The look.
    pub brand: Brand,
    /// Grows with every change.
    pub version: i64,
    /// Who changed it last.
    pub edited_by: String,
    /// When, Unix milliseconds.
    pub edited_at: i64,
}

/// What was published.
#[derive(Debug, Clone)]
pub struct Version {
    /// From 1 on, without gaps.
    pub version: i64,
    /// The look.
    pub brand: Brand,
    /// The version that this one repeats, where somebody went back.
    pub repeats: Option<i64>,
    /// Who published it.
    pub published_by: String,
    /// When, Unix milliseconds.
    pub published_at: i64,
}

#[derive(sqlx::FromRow)]
struct DraftRow {
    brand: String,
    version: i64,
    edited_by: String,
    edited_at: i64,
}

#[derive(sqlx::FromRow)]
struct VersionRow {
    version: i64,
    brand: String,
    repeats: Option<i64>,
    published_by: String,
    published_at: i64,
}

fn read(table: &'static str, merchant_id: &str, text: &str) -> Result<Brand, Error> {
    let wrong = |_| Error::Inconsistent { table, id: merchant_id.to_owned(), what: "an unreadable brand" };
    serde_json::from_str(text).map_err(wrong)
}

impl VersionRow {
    fn into_version(self, merchant_id: &str) -> Result<Version, Error> {
        Ok(Version {
            brand: read("brand_versions", merchant_id, &self.brand)?,
            version: self.version,
            repeats: self.repeats,
            published_by: self.published_by,
            published_at: self.published_at,
        })
    }
}

const DRAFT: &str = "SELECT brand, version, edited_by, edited_at FROM brand_drafts WHERE merchant_id = $1";

/// What the merchant is working on, if anything ever was.
pub async fn draft(tx: &mut Tx, merchant_id: &str) -> Result<Option<Draft>, Error> {
    let Some(row) = sql(DRAFT).bind(merchant_id).optional::<DraftRow>(tx).await? else { return Ok(None) };
    Ok(Some(Draft {
        brand: read("brand_drafts", merchant_id, &row.brand)?,
        version: row.version,
        edited_by: row.edited_by,
        edited_at: row.edited_at,
    }))
}

const SAVE: &str = "
INSERT INTO brand_drafts (merchant_id, brand, version, edited_by, edited_at) VALUES ($1, $2, 1, $3, $4)
ON CONFLICT (merchant_id) DO UPDATE SET
    brand = excluded.brand, version = brand_drafts.version + 1, edited_by = excluded.edited_by,
    edited_at = excluded.edited_at";

/// Makes this the draft.
pub async fn save(tx: &mut Tx, merchant_id: &str, brand: &Brand, actor: &str, now: i64) -> Result<(), Error> {
    sql(SAVE).bind(merchant_id).bind(json(brand)).bind(actor).bind(now).run(tx).await?;
    Ok(())
}

const NEWEST: &str = "
SELECT version, brand, repeats, published_by, published_at FROM brand_versions
WHERE merchant_id = $1 ORDER BY version DESC LIMIT 1";

/// What is in force, if anything was ever published.
pub async fn published(tx: &mut Tx, merchant_id: &str) -> Result<Option<Version>, Error> {
    let row = sql(NEWEST).bind(merchant_id).optional::<VersionRow>(tx).await?;
    row.map(|row| row.into_version(merchant_id)).transpose()
}

const ONE: &str = "
SELECT version, brand, repeats, published_by, published_at FROM brand_versions
WHERE merchant_id = $1 AND version = $2";

/// A published version.
pub async fn version(tx: &mut Tx, merchant_id: &str, version: i64) -> Result<Option<Version>, Error> {
    let row = sql(ONE).bind(merchant_id).bind(version).optional::<VersionRow>(tx).await?;
    row.map(|row| row.into_version(merchant_id)).transpose()
}

const BEFORE: &str = "
SELECT version, brand, repeats, published_by, published_at FROM brand_versions
WHERE merchant_id = $1 AND version < $2 ORDER BY version DESC LIMIT $3";

/// The versions before this one, the newest first.
pub async fn before(tx: &mut Tx, merchant_id: &str, version: i64, most: i64) -> Result<Vec<Version>, Error> {
    let rows: Vec<VersionRow> = sql(BEFORE).bind(merchant_id).bind(version).bind(most).all(tx).await?;
    rows.into_iter().map(|row| row.into_version(merchant_id)).collect()
}

const PUBLISH: &str = "
INSERT INTO brand_versions (merchant_id, version, brand, repeats, published_by, published_at)
VALUES ($1, $2, $3, $4, $5, $6)";

/// Puts a version in force. [`Error::Taken`] where somebody else published one with this number meanwhile.
pub async fn publish(tx: &mut Tx, merchant_id: &str, version: &Version) -> Result<(), Error> {
    sql(PUBLISH)
        .bind(merchant_id)
        .bind(version.version)
        .bind(json(&version.brand))
        .bind(version.repeats)
        .bind(&version.published_by)
        .bind(version.published_at)
        .run(tx)
        .await?;
    for picture in [&version.brand.logo, &version.brand.icon].into_iter().flatten() {
        pictures::keep(tx, merchant_id, &picture.digest).await?;
    }
    Ok(())
}

pub(crate) const CATALOGUE: &[&str] = &[DRAFT, SAVE, NEWEST, ONE, BEFORE, PUBLISH];
