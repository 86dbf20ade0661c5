//! Sealed secrets, by owner and name. This module sees only sealed text.

pub mod renewals;

use crate::db::{Error, Tx, sql};

const PUT: &str = "
INSERT INTO secrets (owner_id, name, sealed) VALUES ($1, $2, $3)
ON CONFLICT (owner_id, name) DO UPDATE SET sealed = excluded.sealed";

/// Keeps a sealed value in place of what stood there.
pub async fn put(tx: &mut Tx, owner_id: &str, name: &str, sealed: &str) -> Result<(), Error> {
    sql(PUT).bind(owner_id).bind(name).bind(sealed).run(tx).await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    sealed: String,
}

const GET: &str = "SELECT sealed FROM secrets WHERE owner_id = $1 AND name = $2";

/// The sealed value.
pub async fn get(tx: &mut Tx, owner_id: &str, name: &str) -> Result<Option<String>, Error> {
    Ok(sql(GET).bind(owner_id).bind(name).optional::<Row>(tx).await?.map(|row| row.sealed))
}

const FORGET: &str = "DELETE FROM secrets WHERE owner_id = $1";

/// Forgets all of the owner's secrets, before those that are in force from now on are kept.
pub async fn forget(tx: &mut Tx, owner_id: &str) -> Result<(), Error> {
    sql(FORGET).bind(owner_id).run(tx).await?;
    renewals::forget(tx, owner_id).await
}

const FORGET_ONE: &str = "DELETE FROM secrets WHERE owner_id = $1 AND name = $2";

/// Forgets one of the owner's secrets.
pub async fn forget_one(tx: &mut Tx, owner_id: &str, name: &str) -> Result<(), Error> {
    sql(FORGET_ONE).bind(owner_id).bind(name).run(tx).await?;
    renewals::forget_one(tx, owner_id, name).await
}

#[derive(sqlx::FromRow)]
struct Named {
    name: String,
}

const NAMES: &str = "SELECT name FROM secrets WHERE owner_id = $1";

/// The names under which the owner has a value, in order.
pub async fn names(tx: &mut Tx, owner_id: &str) -> Result<Vec<String>, Error> {
    let rows: Vec<Named> = sql(NAMES).bind(owner_id).all(tx).await?;
    let mut names: Vec<String> = rows.into_iter().map(|row| row.name).collect();
    // The engines order text differently.
    names.sort_unstable();
    Ok(names)
}

pub(crate) const CATALOGUE: &[&str] = &[PUT, GET, FORGET, FORGET_ONE, NAMES];
