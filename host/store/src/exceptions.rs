//! Exceptions: what a person must decide. One for each kind and subject, however often its cause repeats.

use crate::db::{Error, Tx, sql};
use kamurj_domain::Mode;

/// An exception to open.
#[derive(Debug, Clone)]
pub struct Exception {
    /// `exc_…`.
    pub id: String,
    /// Whose it is.
    pub merchant_id: String,
    /// Test or live.
    pub mode: Mode,
    /// The payment, where there is one.
    pub payment_id: Option<String>,
    /// The kind's word.
    pub kind: String,
    /// What it is about: an attempt, a delivery, an inbox message.
    pub subject: String,
    /// One sentence for the operator.
    pub detail: String,
}

const OPEN: &str = "
INSERT INTO exceptions (id, merchant_id, mode, payment_id, kind, subject, detail, opened_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (kind, subject) DO NOTHING";

/// Opens it; answers whether it was new.
pub async fn open(tx: &mut Tx, exception: &Exception, now: i64) -> Result<bool, Error> {
    let rows = sql(OPEN)
        .bind(&exception.id)
        .bind(&exception.merchant_id)
        .bind(exception.mode.word())
        .bind(exception.payment_id.as_deref())
        .bind(&exception.kind)
        .bind(&exception.subject)
        .bind(&exception.detail)
        .bind(now)
        .run(tx)
        .await?;
    Ok(rows == 1)
}

/// An exception as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Listed {
    /// `exc_…`.
    pub id: String,
    /// The payment, where there is one.
    pub payment_id: Option<String>,
    /// The kind's word.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// One sentence.
    pub detail: String,
    /// When it was opened, Unix milliseconds.
    pub opened_at: i64,
}

const OPEN_OF: &str = "
SELECT id, payment_id, kind, subject, detail, opened_at
FROM exceptions
WHERE merchant_id = $1 AND mode = $2 AND resolved_at IS NULL
ORDER BY opened_at, id";

/// The merchant's open exceptions in this mode, the oldest first.
pub async fn open_of(tx: &mut Tx, merchant_id: &str, mode: Mode) -> Result<Vec<Listed>, Error> {
    sql(OPEN_OF).bind(merchant_id).bind(mode.word()).all(tx).await
}

pub(crate) const CATALOGUE: &[&str] = &[OPEN, OPEN_OF];
