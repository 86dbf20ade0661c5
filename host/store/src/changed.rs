//! When what is told of a payment changed last.

use crate::db::{Error, Tx, sql};

#[derive(sqlx::FromRow)]
struct ChangedAt {
    updated_at: i64,
}

const CHANGED_AT: &str = "SELECT updated_at FROM payments WHERE id = $1";

/// When what is told of the payment changed last, Unix milliseconds.
pub async fn last(tx: &mut Tx, id: &str) -> Result<i64, Error> {
    let row: Option<ChangedAt> = sql(CHANGED_AT).bind(id).optional(tx).await?;
    row.map(|row| row.updated_at).ok_or_else(|| Error::Inconsistent {
        table: "payments",
        id: id.to_owned(),
        what: "not there",
    })
}

pub(crate) const CATALOGUE: &[&str] = &[CHANGED_AT];
