//! By which columns a merchant's reports of a provider are read: what a person chose last, so that they choose once.

use crate::db::{Error, Tx, sql};
use kamurj_domain::Mode;

#[derive(sqlx::FromRow)]
struct Row {
    mapping: String,
}

const GET: &str = "SELECT mapping FROM report_mappings WHERE merchant_id = $1 AND mode = $2 AND provider = $3";

/// The mapping, JSON, where one is kept.
pub async fn get(tx: &mut Tx, (merchant_id, mode): (&str, Mode), provider: &str) -> Result<Option<String>, Error> {
    let row: Option<Row> = sql(GET).bind(merchant_id).bind(mode.word()).bind(provider).optional(tx).await?;
    Ok(row.map(|row| row.mapping))
}

const SET: &str = "
INSERT INTO report_mappings (merchant_id, mode, provider, mapping, changed_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (merchant_id, mode, provider) DO UPDATE SET mapping = excluded.mapping, changed_at = excluded.changed_at";

/// Keeps the mapping, JSON, in the place of the one before.
pub async fn set(
    tx: &mut Tx,
    (merchant_id, mode): (&str, Mode),
    provider: &str,
    mapping: &str,
    now: i64,
) -> Result<(), Error> {
    sql(SET).bind(merchant_id).bind(mode.word()).bind(provider).bind(mapping).bind(now).run(tx).await?;
    Ok(())
}

pub(crate) const CATALOGUE: &[&str] = &[GET, SET];
