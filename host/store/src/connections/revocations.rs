//! Tokens that a service is to be told to forget, after they were forgotten here. Each has a job; what the call needs is sealed
//! with its row and goes with it.

use crate::db::{Error, Tx, sql};
use crate::jobs::{self, Kind};

/// A token to revoke.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Revocation {
    /// `rev_…`.
    pub id: String,
    /// Whose connection it was of.
    pub installation_id: String,
    /// What the call needs, sealed.
    pub sealed: String,
    /// How often it was tried in vain.
    pub tries: i64,
}

const PUT: &str = "INSERT INTO revocations (id, installation_id, sealed) VALUES ($1, $2, $3)";

/// Keeps it, with its job.
pub async fn put(tx: &mut Tx, id: &str, installation_id: &str, sealed: &str, now: i64) -> Result<(), Error> {
    sql(PUT).bind(id).bind(installation_id).bind(sealed).run(tx).await?;
    jobs::put(tx, Kind::Revoke, id, now).await
}

const BY_ID: &str = "SELECT id, installation_id, sealed, tries FROM revocations WHERE id = $1";

/// The one with this id.
pub async fn by_id(tx: &mut Tx, id: &str) -> Result<Option<Revocation>, Error> {
    sql(BY_ID).bind(id).optional(tx).await
}

const TRIED: &str = "UPDATE revocations SET tries = tries + 1 WHERE id = $1";

/// Counts a try in vain.
pub async fn tried(tx: &mut Tx, id: &str) -> Result<(), Error> {
    sql(TRIED).bind(id).run(tx).await?;
    Ok(())
}

const FORGET: &str = "DELETE FROM revocations WHERE id = $1";

/// Forgets it: it was done, or given up.
pub async fn forget(tx: &mut Tx, id: &str) -> Result<(), Error> {
    sql(FORGET).bind(id).run(tx).await?;
    Ok(())
}

pub(crate) const CATALOGUE: &[&str] = &[PUT, BY_ID, TRIED, FORGET];
