//! Work that is due. A job is claimed under a lease with a fence; whoever holds an older fence can finish nothing. Jobs
//! of one lane are worked through in the order of their place. What is finished is removed, so the table stays small.

use crate::db::{Db, Error, Tx, sql};

/// What kind of work a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Tell one installation what a payment owes it. Subject: delivery.
    Delivery,
    /// Fold a provider's push into its payment. Subject: inbox entry.
    Push,
    /// Hand an inbound message to its plugin. Subject: inbox entry.
    Hook,
    /// Ask the provider about an attempt. Subject: attempt.
    Lookup,
    /// Fold a payment again because time has passed. Subject: payment.
    Timer,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Delivery, Self::Push, Self::Hook, Self::Lookup, Self::Timer];

    fn word(self) -> &'static str {
        match self {
            Self::Delivery => "delivery",
            Self::Push => "push",
            Self::Hook => "hook",
            Self::Lookup => "lookup",
            Self::Timer => "timer",
        }
    }
}

/// A piece of work.
#[derive(Debug, Clone)]
pub struct Job {
    /// One job for each kind and subject: the id is made of both.
    pub id: String,
    /// Which work.
    pub kind: Kind,
    /// What it is about.
    pub subject: String,
    /// How often it was claimed, this time included.
    pub tries: i64,
    /// The number that its holder must show to finish it.
    pub fence: i64,
}

fn id(kind: Kind, subject: &str) -> String {
    format!("{}:{subject}", kind.word())
}

const PUT: &str = "
INSERT INTO jobs (id, kind, subject, lane, place, due_at, lease_until, fence, tries)
VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0)
ON CONFLICT (id) DO NOTHING";

/// Adds a job that goes its own way.
pub async fn put(tx: &mut Tx, kind: Kind, subject: &str, due_at: i64) -> Result<(), Error> {
    let id = id(kind, subject);
    let lane = id.clone();
    put_in_lane(tx, kind, subject, &lane, 0, due_at).await
}

/// Adds a job behind those of its lane that have a smaller place.
pub async fn put_in_lane(
    tx: &mut Tx,
    kind: Kind,
    subject: &str,
    lane: &str,
    place: i64,
    due_at: i64,
) -> Result<(), Error> {
    sql(PUT)
        .bind(id(kind, subject))
        .bind(kind.word())
        .bind(subject)
        .bind(lane)
        .bind(place)
        .bind(due_at)
        .run(tx)
        .await?;
    Ok(())
}

const HASTEN: &str = "UPDATE jobs SET due_at = $2 WHERE id = $1 AND due_at > $2";

/// Brings a waiting job forward; does nothing where there is none.
pub async fn hasten(tx: &mut Tx, kind: Kind, subject: &str, due_at: i64) -> Result<(), Error> {
    sql(HASTEN).bind(id(kind, subject)).bind(due_at).run(tx).await?;
    Ok(())
}

const MOVE: &str = "UPDATE jobs SET due_at = $2 WHERE id = $1";

/// Sets when the subject's job is due, adding it where there is none.
pub async fn put_at(tx: &mut Tx, kind: Kind, subject: &str, due_at: i64) -> Result<(), Error> {
    if sql(MOVE).bind(id(kind, subject)).bind(due_at).run(tx).await? == 0 {
        put(tx, kind, subject, due_at).await?;
    }
    Ok(())
}

const DROP: &str = "DELETE FROM jobs WHERE id = $1";

/// Removes the subject's job, whoever holds it: there is nothing left to do.
pub async fn withdraw(tx: &mut Tx, kind: Kind, subject: &str) -> Result<(), Error> {
    sql(DROP).bind(id(kind, subject)).run(tx).await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    kind: String,
    subject: String,
    tries: i64,
    fence: i64,
}

/// True of the first job of its lane, which a query calls `due`.
macro_rules! nothing_ahead {
    () => {
        "NOT EXISTS (
        SELECT 1 FROM jobs AS ahead
        WHERE ahead.lane = due.lane
            AND (ahead.place < due.place OR (ahead.place = due.place AND ahead.id < due.id)))"
    };
}

// The rows are chosen in a part of their own: as a plain subquery PostgreSQL may run the choice once for each row of the
// table, each time with other rows left to lock, and so claim more than the limit.
//
// A fence is never below the time of its claim: a job may be finished and put again under the same id, and must not
// then come to a fence that somebody still holds.
macro_rules! claim {
    ($lock:literal) => {
        concat!(
            "
WITH chosen AS MATERIALIZED (
    SELECT id FROM jobs AS due
    WHERE due.due_at <= $1 AND due.lease_until <= $1 AND ",
            nothing_ahead!(),
            "
    ORDER BY due.due_at, due.id
    LIMIT $3",
            $lock,
            ")
UPDATE jobs
SET lease_until = $2, fence = CASE WHEN fence < $1 THEN $1 ELSE fence + 1 END, tries = tries + 1
WHERE lease_until <= $1 AND id IN (SELECT id FROM chosen)
RETURNING id, kind, subject, tries, fence"
        )
    };
}

const CLAIM: &str = claim!("");
/// The one dialect fragment: without it two PostgreSQL workers would wait for each other's rows, or run them twice.
const CLAIM_SKIPPING: &str = claim!("\n    FOR UPDATE SKIP LOCKED");

/// Claims up to `limit` due jobs until `lease_until`. Only the first job of a lane is ever claimed.
pub async fn claim(db: &Db, now: i64, lease_until: i64, limit: i64) -> Result<Vec<Job>, Error> {
    let mut tx = db.write().await?;
    let text = if db.skips_locked_rows() { CLAIM_SKIPPING } else { CLAIM };
    let rows: Vec<Row> = sql(text).bind(now).bind(lease_until).bind(limit).all(&mut tx).await?;
    if rows.is_empty() {
        tx.rollback().await?;
        return Ok(Vec::new());
    }
    tx.commit().await?;
    rows.into_iter()
        .map(|row| {
            let kind = Kind::ALL
                .into_iter()
                .find(|kind| kind.word() == row.kind)
                .ok_or_else(|| Error::Inconsistent { table: "jobs", id: row.id.clone(), what: "an unknown kind" })?;
            Ok(Job { id: row.id, kind, subject: row.subject, tries: row.tries, fence: row.fence })
        })
        .collect()
}

const CLAIM_ONE: &str = "
UPDATE jobs
SET lease_until = $3, fence = CASE WHEN fence < $2 THEN $2 ELSE fence + 1 END, tries = tries + 1
WHERE id = $1 AND lease_until <= $2
RETURNING id, kind, subject, tries, fence";

/// Claims the subject's job, due or not, unless somebody holds it.
pub async fn claim_one(
    tx: &mut Tx,
    kind: Kind,
    subject: &str,
    now: i64,
    lease_until: i64,
) -> Result<Option<Job>, Error> {
    let row: Option<Row> = sql(CLAIM_ONE).bind(id(kind, subject)).bind(now).bind(lease_until).optional(tx).await?;
    Ok(row.map(|row| Job { id: row.id, kind, subject: row.subject, tries: row.tries, fence: row.fence }))
}

const RELEASE_ALL: &str = "UPDATE jobs SET lease_until = 0 WHERE lease_until > 0";

/// Frees every job: for a start on a database that no other process uses, when whoever held them is gone.
pub async fn release_all(tx: &mut Tx) -> Result<u64, Error> {
    sql(RELEASE_ALL).run(tx).await
}

const FINISH: &str = "DELETE FROM jobs WHERE id = $1 AND fence = $2";

/// Removes the job in the transaction that holds its result. `false`: the lease was lost, so the result must not stand.
pub async fn finish(tx: &mut Tx, job: &Job) -> Result<bool, Error> {
    Ok(sql(FINISH).bind(&job.id).bind(job.fence).run(tx).await? == 1)
}

const POSTPONE: &str = "UPDATE jobs SET due_at = $3, lease_until = 0 WHERE id = $1 AND fence = $2";

/// Gives the job back until `due_at`. `false`: the lease was lost.
pub async fn postpone(tx: &mut Tx, job: &Job, due_at: i64) -> Result<bool, Error> {
    Ok(sql(POSTPONE).bind(&job.id).bind(job.fence).bind(due_at).run(tx).await? == 1)
}

const RESTART: &str = "UPDATE jobs SET due_at = $3, lease_until = 0, tries = 0 WHERE id = $1 AND fence = $2";

/// Gives the job back until `due_at` with its tries counted anew: a new run begins.
pub async fn restart(tx: &mut Tx, job: &Job, due_at: i64) -> Result<bool, Error> {
    Ok(sql(RESTART).bind(&job.id).bind(job.fence).bind(due_at).run(tx).await? == 1)
}

#[derive(sqlx::FromRow)]
struct Held {
    fence: i64,
}

const FENCE: &str = "UPDATE jobs SET lease_until = $3 WHERE id = $1 AND fence = $2 RETURNING fence";

/// Whether the job is still this holder's; if so, its lease now ends at `lease_until`.
pub async fn hold(tx: &mut Tx, job: &Job, lease_until: i64) -> Result<bool, Error> {
    let held: Option<Held> = sql(FENCE).bind(&job.id).bind(job.fence).bind(lease_until).optional(tx).await?;
    Ok(held.is_some_and(|held| held.fence == job.fence))
}

#[derive(sqlx::FromRow)]
struct Due {
    due_at: i64,
}

const NEXT: &str = concat!(
    "
SELECT CASE WHEN lease_until > due_at THEN lease_until ELSE due_at END AS due_at
FROM jobs AS due
WHERE ",
    nothing_ahead!(),
    "
ORDER BY 1
LIMIT 1"
);

/// When the next job is due or its lease ends, Unix milliseconds. What stands behind another in its lane does not count.
pub async fn next_due(tx: &mut Tx) -> Result<Option<i64>, Error> {
    Ok(sql(NEXT).optional::<Due>(tx).await?.map(|due| due.due_at))
}

/// `CLAIM_SKIPPING` is not among these: SQLite does not take it.
pub(crate) const CATALOGUE: &[&str] =
    &[PUT, HASTEN, MOVE, DROP, CLAIM, CLAIM_ONE, RELEASE_ALL, FINISH, POSTPONE, RESTART, FENCE, NEXT];
pub(crate) const POSTGRES_CATALOGUE: &[&str] = &[CLAIM_SKIPPING];
