//! Since when a secret has its value and until when that is good, and who renews it now: one at a time, on all nodes. A value that
//! was entered meanwhile is never overwritten by one that was renewed from its predecessor.

use crate::db::{Error, Tx, sql};

/// How a secret's value stands.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Renewable {
    /// The secret's name.
    pub name: String,
    /// When a person entered it, Unix milliseconds; 0 where that was never noted.
    pub entered_at: i64,
    /// When it was renewed last, Unix milliseconds.
    pub renewed_at: Option<i64>,
    /// When it expires, Unix milliseconds, where the service said so.
    pub expires_at: Option<i64>,
    /// Until when somebody renews it, Unix milliseconds.
    pub lease_until: i64,
}

impl Renewable {
    /// Since when it has its present value, Unix milliseconds.
    pub fn since(&self) -> i64 {
        self.renewed_at.unwrap_or(self.entered_at)
    }
}

const ENTERED: &str = "
INSERT INTO secret_renewals (owner_id, name, entered_at) VALUES ($1, $2, $3)
ON CONFLICT (owner_id, name) DO UPDATE SET
    entered_at = excluded.entered_at, renewed_at = NULL, expires_at = NULL, lease_until = 0,
    fence = secret_renewals.fence + 1";

/// Notes that a person entered the secret now. Whoever renews the old value can keep nothing any more.
pub async fn entered(tx: &mut Tx, owner_id: &str, name: &str, now: i64) -> Result<(), Error> {
    sql(ENTERED).bind(owner_id).bind(name).bind(now).run(tx).await?;
    Ok(())
}

const KNOWN: &str = "
INSERT INTO secret_renewals (owner_id, name, entered_at) VALUES ($1, $2, 0)
ON CONFLICT (owner_id, name) DO NOTHING";

/// Lets the secret be renewed whose entry was never noted: it was entered before this was kept.
pub async fn known(tx: &mut Tx, owner_id: &str, name: &str) -> Result<(), Error> {
    sql(KNOWN).bind(owner_id).bind(name).run(tx).await?;
    Ok(())
}

macro_rules! columns {
    () => {
        "name, entered_at, renewed_at, expires_at, lease_until"
    };
}

const ONE: &str = concat!("SELECT ", columns!(), " FROM secret_renewals WHERE owner_id = $1 AND name = $2");

/// How this secret stands.
pub async fn one(tx: &mut Tx, owner_id: &str, name: &str) -> Result<Option<Renewable>, Error> {
    sql(ONE).bind(owner_id).bind(name).optional(tx).await
}

const OF: &str = concat!("SELECT ", columns!(), " FROM secret_renewals WHERE owner_id = $1 AND expires_at IS NOT NULL");

/// The owner's secrets of which it is known when they expire, by name.
pub async fn expiring(tx: &mut Tx, owner_id: &str) -> Result<Vec<Renewable>, Error> {
    let mut rows: Vec<Renewable> = sql(OF).bind(owner_id).all(tx).await?;
    // The engines order text differently.
    rows.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(rows)
}

#[derive(sqlx::FromRow)]
struct Fence {
    fence: i64,
}

const CLAIM: &str = "
UPDATE secret_renewals SET lease_until = $4, fence = fence + 1
WHERE owner_id = $1 AND name = $2 AND lease_until <= $3 AND COALESCE(renewed_at, entered_at) = $5
RETURNING fence";

/// Takes the lease for renewing the value that is in force `since` then, unless somebody holds it or there is another value by
/// now. `times`: now, and when the lease ends. Answers the fence.
pub async fn claim(tx: &mut Tx, of: (&str, &str), since: i64, times: (i64, i64)) -> Result<Option<i64>, Error> {
    let ((owner_id, name), (now, lease_until)) = (of, times);
    let claimed: Option<Fence> =
        sql(CLAIM).bind(owner_id).bind(name).bind(now).bind(lease_until).bind(since).optional(tx).await?;
    Ok(claimed.map(|claimed| claimed.fence))
}

const STORE: &str = "
UPDATE secret_renewals SET renewed_at = $4, expires_at = $5, lease_until = 0
WHERE owner_id = $1 AND name = $2 AND fence = $3";

/// Keeps a renewed value, sealed, in place of what stood there, under the fence of the lease. `false`: the lease was lost, or
/// a person entered another value meanwhile.
pub async fn store(
    tx: &mut Tx,
    of: (&str, &str),
    fence: i64,
    sealed: &str,
    times: (i64, Option<i64>),
) -> Result<bool, Error> {
    let ((owner_id, name), (now, expires_at)) = (of, times);
    let rows = sql(STORE).bind(owner_id).bind(name).bind(fence).bind(now).bind(expires_at).run(tx).await?;
    if rows == 1 {
        super::put(tx, owner_id, name, sealed).await?;
    }
    Ok(rows == 1)
}

const GIVE_BACK: &str = "UPDATE secret_renewals SET lease_until = 0 WHERE owner_id = $1 AND name = $2 AND fence = $3";

/// Gives the lease back after a renewal that did not succeed.
pub async fn give_back(tx: &mut Tx, owner_id: &str, name: &str, fence: i64) -> Result<(), Error> {
    sql(GIVE_BACK).bind(owner_id).bind(name).bind(fence).run(tx).await?;
    Ok(())
}

const FORGET: &str = "DELETE FROM secret_renewals WHERE owner_id = $1";
const FORGET_ONE: &str = "DELETE FROM secret_renewals WHERE owner_id = $1 AND name = $2";

pub(super) async fn forget(tx: &mut Tx, owner_id: &str) -> Result<(), Error> {
    sql(FORGET).bind(owner_id).run(tx).await?;
    Ok(())
}

pub(super) async fn forget_one(tx: &mut Tx, owner_id: &str, name: &str) -> Result<(), Error> {
    sql(FORGET_ONE).bind(owner_id).bind(name).run(tx).await?;
    Ok(())
}

pub(crate) const CATALOGUE: &[&str] = &[ENTERED, KNOWN, ONE, OF, CLAIM, STORE, GIVE_BACK, FORGET, FORGET_ONE];
