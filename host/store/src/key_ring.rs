//! The key ring: which keys there are, and each of them sealed under the master keys that open it. Sees only sealed keys.

pub mod holders;
pub mod moves;

use crate::db::{Error, Tx, sql};

/// A key, sealed under one master key.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Wrapped {
    /// As sealed values name it.
    pub id: String,
    /// `seal`, `hash` or `journal`.
    pub kind: String,
    /// When it was made, Unix milliseconds.
    pub made_at: i64,
    /// From when servers seal with it, Unix milliseconds.
    pub in_force_from: i64,
    /// The master key that opens it.
    pub master_id: String,
    /// The key.
    pub wrapped: String,
}

const ALL: &str = "
SELECT key_ring.id, key_ring.kind, key_ring.made_at, key_ring.in_force_from, key_wraps.master_id, key_wraps.wrapped
FROM key_ring JOIN key_wraps ON key_wraps.key_id = key_ring.id
ORDER BY key_ring.in_force_from, key_ring.made_at, key_ring.id, key_wraps.master_id";

/// Every key as often as there are master keys that open it; in the order in which they came into force.
pub async fn all(tx: &mut Tx) -> Result<Vec<Wrapped>, Error> {
    sql(ALL).all(tx).await
}

const ADD: &str = "
INSERT INTO key_ring (id, kind, made_at, in_force_from) VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO NOTHING";
const WRAP: &str = "INSERT INTO key_wraps (key_id, master_id, wrapped) VALUES ($1, $2, $3)";

/// Adds a key; answers whether none had this id. Of two who add one at once, the second waits for the first.
pub async fn add(tx: &mut Tx, key: &Wrapped) -> Result<bool, Error> {
    let added = sql(ADD).bind(&key.id).bind(&key.kind).bind(key.made_at).bind(key.in_force_from).run(tx).await? == 1;
    if added {
        wrap(tx, &key.id, &key.master_id, &key.wrapped).await?;
    }
    Ok(added)
}

/// Lets another master key open a key. `Taken` where it does.
pub async fn wrap(tx: &mut Tx, key_id: &str, master_id: &str, wrapped: &str) -> Result<(), Error> {
    sql(WRAP).bind(key_id).bind(master_id).bind(wrapped).run(tx).await?;
    Ok(())
}

const ONLY: &str = "DELETE FROM key_wraps WHERE master_id <> $1";

/// Takes the ring from every master key but this one; answers how many keys that were.
pub async fn only(tx: &mut Tx, master_id: &str) -> Result<u64, Error> {
    sql(ONLY).bind(master_id).run(tx).await
}

pub(crate) const CATALOGUE: &[&str] = &[ALL, ADD, WRAP, ONLY];
