//! Deliveries taken up once more, or left out, because somebody says so.

use super::Delivery;
use crate::db::{Error, Tx, sql};
use crate::jobs::{self, Kind, lanes};

const REVIVE: &str = "
UPDATE deliveries SET state = 'owed', run = run + 1, run_started_at = NULL
WHERE id = $1 AND state = 'dead'";

/// Owes a delivery again that was given up, in a new run. `false`: it was not given up.
pub async fn revive(tx: &mut Tx, delivery: &Delivery, now: i64) -> Result<bool, Error> {
    if sql(REVIVE).bind(&delivery.id).run(tx).await? == 0 {
        return Ok(false);
    }
    put(tx, delivery, now).await
}

const RESEND: &str = "
UPDATE deliveries
SET state = 'owed', run = run + 1, run_started_at = NULL, counts_from = run + 1, digest = NULL, installation_version = NULL
WHERE id = $1 AND state = 'done'";

/// Owes a delivery again that was done: what the remote accepted then is made anew, by whatever version is active. `false`: it was not
/// done.
pub async fn resend(tx: &mut Tx, delivery: &Delivery, now: i64) -> Result<bool, Error> {
    if sql(RESEND).bind(&delivery.id).run(tx).await? == 0 {
        return Ok(false);
    }
    put(tx, delivery, now).await
}

/// Behind what waits in its lane by now: an older state is never written over a newer one, and two of a lane never run at once.
async fn put(tx: &mut Tx, delivery: &Delivery, now: i64) -> Result<bool, Error> {
    lanes::put_behind(tx, Kind::Delivery, &delivery.id, &delivery.lane, now).await?;
    Ok(true)
}

const UNPIN: &str = "UPDATE deliveries SET digest = NULL, installation_version = NULL WHERE id = $1 AND state = 'owed'";

/// Lets the delivery's next run be made by whatever version is active then.
pub async fn unpin(tx: &mut Tx, id: &str) -> Result<(), Error> {
    sql(UNPIN).bind(id).run(tx).await?;
    Ok(())
}

const SKIP: &str = "UPDATE deliveries SET state = 'skipped', outcome = $2 WHERE id = $1 AND state IN ('owed', 'dead')";

/// Leaves a delivery out for good; whoever works on it finds its job gone. `false`: it was done, or left out before.
pub async fn skip(tx: &mut Tx, id: &str, why: &str) -> Result<bool, Error> {
    if sql(SKIP).bind(id).bind(why).run(tx).await? == 0 {
        return Ok(false);
    }
    jobs::withdraw(tx, Kind::Delivery, id).await?;
    Ok(true)
}

const DEAD_OF: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM deliveries WHERE payment_id = $1 AND installation_id = $2 AND state = 'dead' ORDER BY version, created_at, id"
);

/// What was given up of that which a payment owes an installation, in the order in which it was owed.
pub async fn dead_of(tx: &mut Tx, payment_id: &str, installation_id: &str) -> Result<Vec<Delivery>, Error> {
    sql(DEAD_OF).bind(payment_id).bind(installation_id).all(tx).await
}

#[derive(sqlx::FromRow)]
struct Owed {
    owed: i64,
}

const OWES: &str = "
SELECT COUNT(*) AS owed FROM deliveries WHERE payment_id = $1 AND installation_id = $2 AND state IN ('owed', 'dead')";

/// Whether the payment owes the installation anything that is not done.
pub async fn owes(tx: &mut Tx, payment_id: &str, installation_id: &str) -> Result<bool, Error> {
    let owed: Option<Owed> = sql(OWES).bind(payment_id).bind(installation_id).optional(tx).await?;
    Ok(owed.is_some_and(|owed| owed.owed > 0))
}

const DONE_IN: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM deliveries
WHERE installation_id = $1 AND state = 'done' AND created_at >= $2 AND created_at < $3
    AND (CAST($4 AS TEXT) IS NULL OR event = $4)
ORDER BY created_at, version, id
LIMIT $5"
);

/// What was done of that which an installation was owed in a span of time, the oldest first.
pub async fn done_in(
    tx: &mut Tx,
    installation_id: &str,
    (since, until): (i64, i64),
    event: Option<&str>,
    limit: i64,
) -> Result<Vec<Delivery>, Error> {
    sql(DONE_IN).bind(installation_id).bind(since).bind(until).bind(event).bind(limit).all(tx).await
}

pub(crate) const CATALOGUE: &[&str] = &[REVIVE, RESEND, UNPIN, SKIP, DEAD_OF, OWES, DONE_IN];
