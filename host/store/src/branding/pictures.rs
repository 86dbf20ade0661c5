//! The pictures of brands, by the digest of their bytes. What a published version has stays; what only a draft had goes with it.

use crate::db::{Error, Tx, sql};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kamurj_domain::brand::{Brand, Picture, PictureFormat};

/// A picture with its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The format of the bytes.
    pub format: PictureFormat,
    /// The bytes as they are given out.
    pub bytes: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct Row {
    format: String,
    bytes: String,
}

const BY_DIGEST: &str = "SELECT format, bytes FROM brand_pictures WHERE digest = $1 LIMIT 1";

/// The picture with this digest, whoever uploaded it: the same digest means the same bytes.
pub async fn by_digest(tx: &mut Tx, digest: &str) -> Result<Option<Kept>, Error> {
    let Some(row) = sql(BY_DIGEST).bind(digest).optional::<Row>(tx).await? else { return Ok(None) };
    let wrong = |what| Error::Inconsistent { table: "brand_pictures", id: digest.to_owned(), what };
    Ok(Some(Kept {
        format: PictureFormat::from_word(&row.format).ok_or_else(|| wrong("an unknown format"))?,
        bytes: STANDARD.decode(&row.bytes).map_err(|_| wrong("unreadable bytes"))?,
    }))
}

const PUT: &str = "
INSERT INTO brand_pictures (merchant_id, digest, format, bytes, uploaded_by, uploaded_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (merchant_id, digest) DO NOTHING";

/// Keeps a picture for the merchant.
pub async fn put(
    tx: &mut Tx,
    merchant_id: &str,
    picture: &Picture,
    bytes: &[u8],
    actor: &str,
    now: i64,
) -> Result<(), Error> {
    sql(PUT)
        .bind(merchant_id)
        .bind(&picture.digest)
        .bind(picture.format.word())
        .bind(STANDARD.encode(bytes))
        .bind(actor)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

const KEEP: &str = "UPDATE brand_pictures SET published = 1 WHERE merchant_id = $1 AND digest = $2";

pub(super) async fn keep(tx: &mut Tx, merchant_id: &str, digest: &str) -> Result<(), Error> {
    sql(KEEP).bind(merchant_id).bind(digest).run(tx).await?;
    Ok(())
}

const DROP: &str = "
DELETE FROM brand_pictures WHERE merchant_id = $1 AND published = 0 AND digest <> $2 AND digest <> $3";

/// Forgets the merchant's pictures that neither a published version nor this draft has.
pub async fn drop_unused(tx: &mut Tx, merchant_id: &str, draft: &Brand) -> Result<(), Error> {
    let digest = |picture: &Option<Picture>| picture.as_ref().map(|picture| picture.digest.clone()).unwrap_or_default();
    sql(DROP).bind(merchant_id).bind(digest(&draft.logo)).bind(digest(&draft.icon)).run(tx).await?;
    Ok(())
}

pub(crate) const CATALOGUE: &[&str] = &[BY_DIGEST, PUT, KEEP, DROP];
