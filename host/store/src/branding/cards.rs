//! The pictures that chat apps show of a merchant's links, drawn when a brand is published. They are known by the key of what was drawn.

use crate::db::{Error, Tx, sql};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kamurj_domain::format::Language;

#[derive(sqlx::FromRow)]
struct Row {
    bytes: String,
}

const GET: &str = "SELECT bytes FROM brand_cards WHERE merchant_id = $1 AND card = $2 AND language = $3";

/// The picture of this key, a PNG.
pub async fn get(tx: &mut Tx, merchant_id: &str, card: &str, language: Language) -> Result<Option<Vec<u8>>, Error> {
    let row = sql(GET).bind(merchant_id).bind(card).bind(language.tag()).optional::<Row>(tx).await?;
    let wrong = |_| Error::Inconsistent { table: "brand_cards", id: merchant_id.to_owned(), what: "unreadable bytes" };
    row.map(|row| STANDARD.decode(&row.bytes).map_err(wrong)).transpose()
}

const PUT: &str = "
INSERT INTO brand_cards (merchant_id, card, language, version, bytes) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (merchant_id, card, language) DO UPDATE SET version = excluded.version, bytes = excluded.bytes";

/// Keeps a picture for a version.
pub async fn put(
    tx: &mut Tx,
    (merchant_id, version): (&str, i64),
    card: &str,
    language: Language,
    bytes: &[u8],
) -> Result<(), Error> {
    sql(PUT)
        .bind(merchant_id)
        .bind(card)
        .bind(language.tag())
        .bind(version)
        .bind(STANDARD.encode(bytes))
        .run(tx)
        .await?;
    Ok(())
}

const DROP: &str = "DELETE FROM brand_cards WHERE merchant_id = $1 AND version < $2";

/// Forgets the pictures that only versions before this one needed.
pub async fn drop_before(tx: &mut Tx, merchant_id: &str, version: i64) -> Result<(), Error> {
    sql(DROP).bind(merchant_id).bind(version).run(tx).await?;
    Ok(())
}

pub(crate) const CATALOGUE: &[&str] = &[GET, PUT, DROP];
