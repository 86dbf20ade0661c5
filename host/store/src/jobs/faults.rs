//! Jobs that go wrong: counted, tried again ever more rarely, and in the end set aside, where they hold up nobody and can be
//! driven again by hand.

use super::Job;
use super::turns::owner;
use crate::db::{Error, Tx, sql};
use kamurj_domain::Mode;

const FAULT: &str = "
UPDATE jobs SET due_at = $3, lease_until = 0, faults = faults + 1 WHERE id = $1 AND fence = $2";

/// Gives a job that went wrong back until `due_at` and counts the fault. `false`: the lease was lost.
pub async fn fault(tx: &mut Tx, job: &Job, due_at: i64) -> Result<bool, Error> {
    Ok(sql(FAULT).bind(&job.id).bind(job.fence).bind(due_at).run(tx).await? == 1)
}

const SET_ASIDE: &str = "
UPDATE jobs SET due_at = $3, lease_until = 0, lane = id, place = 0, faults = 0 WHERE id = $1 AND fence = $2";

/// Puts a job off to a far time and out of its lane, so that what stood behind it goes on. `false`: the lease was lost.
pub async fn set_aside(tx: &mut Tx, job: &Job, until: i64) -> Result<bool, Error> {
    Ok(sql(SET_ASIDE).bind(&job.id).bind(job.fence).bind(until).run(tx).await? == 1)
}

const DRIVE_AGAIN: &str = "UPDATE jobs SET due_at = $2, faults = 0 WHERE id = $1 AND due_at > $2";

/// Makes a job that was set aside due again; answers whether there was one.
pub async fn drive_again(tx: &mut Tx, job_id: &str, now: i64) -> Result<bool, Error> {
    Ok(sql(DRIVE_AGAIN).bind(job_id).bind(now).run(tx).await? == 1)
}

/// Whom a job concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concern {
    /// The merchant.
    pub merchant_id: String,
    /// The mode.
    pub mode: Mode,
    /// The payment, where it is about one.
    pub payment_id: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    merchant_id: String,
    mode: String,
    payment_id: Option<String>,
}

// Reads no more of a row than it needs: what made the job go wrong may be the rest of it.
const OF_PAYMENT: &str = "
SELECT merchant_id, mode, id AS payment_id FROM payments
WHERE id = CASE CAST($1 AS TEXT)
    WHEN 'lookup' THEN (SELECT payment_id FROM attempts WHERE attempts.id = $2)
    WHEN 'close' THEN (SELECT payment_id FROM attempts WHERE attempts.id = $2)
    WHEN 'refund' THEN (SELECT payment_id FROM refunds WHERE refunds.id = $2)
    WHEN 'delivery' THEN (SELECT payment_id FROM deliveries WHERE deliveries.id = $2)
    WHEN 'timer' THEN CAST($2 AS TEXT)
END";

const OF_OWNER: &str = "
SELECT merchant_id, mode, CAST(NULL AS TEXT) AS payment_id FROM provider_accounts WHERE id = $1
UNION ALL
SELECT merchant_id, mode, CAST(NULL AS TEXT) AS payment_id FROM installations WHERE id = $1
UNION ALL
SELECT merchant_id, mode, CAST(NULL AS TEXT) AS payment_id FROM plugins WHERE id = $2
UNION ALL
SELECT merchant_id, mode, CAST(NULL AS TEXT) AS payment_id FROM bank_reports WHERE id = $2";

/// Whom the job concerns, where that can be told.
pub async fn concern(tx: &mut Tx, job: &Job) -> Result<Option<Concern>, Error> {
    let by_payment: Option<Row> = sql(OF_PAYMENT).bind(job.kind.word()).bind(&job.subject).optional(tx).await?;
    let row = match by_payment {
        Some(row) => Some(row),
        None => sql(OF_OWNER).bind(owner(&job.turn)).bind(&job.subject).optional(tx).await?,
    };
    Ok(row.and_then(|row| {
        Some(Concern { merchant_id: row.merchant_id, mode: Mode::from_word(&row.mode)?, payment_id: row.payment_id })
    }))
}

pub(crate) const CATALOGUE: &[&str] = &[FAULT, SET_ASIDE, DRIVE_AGAIN, OF_PAYMENT, OF_OWNER];
