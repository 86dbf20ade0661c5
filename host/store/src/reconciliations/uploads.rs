//! Files of banks that wait until a person says by which columns they are read. What is kept is sealed by whoever hands it in.

use crate::db::{Error, Tx, sql};
use kamurj_domain::Mode;

/// A file that waits.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Upload {
    /// `upl_…`.
    pub id: String,
    /// The provider's word.
    pub provider: String,
    /// The file's name, as it was given.
    pub file_name: String,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// Its bytes, sealed.
    pub bytes: String,
    /// Until when it waits, Unix milliseconds.
    pub expires_at: i64,
}

const INSERT: &str = "
INSERT INTO report_uploads (id, merchant_id, mode, provider, file_name, sha256, bytes, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Keeps a file.
pub async fn insert(tx: &mut Tx, (merchant_id, mode): (&str, Mode), upload: &Upload) -> Result<(), Error> {
    sql(INSERT)
        .bind(&upload.id)
        .bind(merchant_id)
        .bind(mode.word())
        .bind(&upload.provider)
        .bind(&upload.file_name)
        .bind(&upload.sha256)
        .bind(&upload.bytes)
        .bind(upload.expires_at)
        .run(tx)
        .await?;
    Ok(())
}

const BY_ID: &str = "
SELECT id, provider, file_name, sha256, bytes, expires_at
FROM report_uploads
WHERE merchant_id = $1 AND mode = $2 AND id = $3";

/// The merchant's file with this id, in this mode.
pub async fn by_id(tx: &mut Tx, (merchant_id, mode): (&str, Mode), id: &str) -> Result<Option<Upload>, Error> {
    sql(BY_ID).bind(merchant_id).bind(mode.word()).bind(id).optional(tx).await
}

#[derive(sqlx::FromRow)]
struct Count {
    count: i64,
}

const WAITING: &str = "SELECT COUNT(*) AS count FROM report_uploads WHERE merchant_id = $1 AND mode = $2";

/// How many files of the merchant wait in this mode.
pub async fn waiting(tx: &mut Tx, (merchant_id, mode): (&str, Mode)) -> Result<i64, Error> {
    let found: Option<Count> = sql(WAITING).bind(merchant_id).bind(mode.word()).optional(tx).await?;
    Ok(found.map_or(0, |found| found.count))
}

const REMOVE: &str = "DELETE FROM report_uploads WHERE id = $1";

/// Removes a file that was read.
pub async fn remove(tx: &mut Tx, id: &str) -> Result<(), Error> {
    sql(REMOVE).bind(id).run(tx).await?;
    Ok(())
}

const EXPIRE: &str = "
DELETE FROM report_uploads
WHERE expires_at <= $1 AND NOT EXISTS (SELECT 1 FROM bank_reports WHERE upload_id = report_uploads.id)";

/// Removes files that waited in vain; answers how many. One that a report is still to be read from stays.
pub async fn expire(tx: &mut Tx, now: i64) -> Result<u64, Error> {
    sql(EXPIRE).bind(now).run(tx).await
}

pub(crate) const CATALOGUE: &[&str] = &[INSERT, BY_ID, WAITING, REMOVE, EXPIRE];
