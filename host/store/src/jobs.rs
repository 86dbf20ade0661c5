//! Work that is due. A job is claimed under a lease with a fence; whoever holds an older fence can finish nothing. Jobs
//! of one lane are worked through in the order of their place. What is finished is removed, so the table stays small.

/// True of the first job of its lane, which a query calls `due`.
macro_rules! nothing_ahead {
    () => {
        "NOT EXISTS (
        SELECT 1 FROM jobs AS ahead
        WHERE ahead.lane = due.lane
            AND (ahead.place < due.place OR (ahead.place = due.place AND ahead.id < due.id)))"
    };
}

pub mod faults;
pub mod lanes;
pub mod turns;

use crate::db::{Db, Error, Tx, sql};
use crate::defect::{self, Defect};

/// What kind of work a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    /// Remind the customer of a payment. Subject: payment.
    Reminder,
    /// Ask the provider to give money back, then about what came of it. Subject: refund.
    Refund,
    /// Close an attempt's session at the provider. Subject: attempt.
    Close,
    /// Do what a plugin does by the clock. Subject: occurrence.
    Schedule,
    /// Judge a component that was uploaded. Subject: upload.
    Upload,
    /// A plugin's self-test, worked by whoever asks for it; one that is due was cut off. Subject: installation.
    Check,
    /// Tell a service to forget a token. Subject: revocation.
    Revoke,
    /// Hold a bank's report against the movements, and learn what it says. Subject: report.
    Report,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::Delivery,
        Self::Push,
        Self::Hook,
        Self::Lookup,
        Self::Timer,
        Self::Reminder,
        Self::Refund,
        Self::Close,
        Self::Schedule,
        Self::Upload,
        Self::Check,
        Self::Revoke,
        Self::Report,
    ];

    /// The kind in one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Delivery => "delivery",
            Self::Push => "push",
            Self::Hook => "hook",
            Self::Lookup => "lookup",
            Self::Timer => "timer",
            Self::Reminder => "reminder",
            Self::Refund => "refund",
            Self::Close => "close",
            Self::Schedule => "schedule",
            Self::Upload => "upload",
            Self::Check => "check",
            Self::Revoke => "revoke",
            Self::Report => "report",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
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
    /// Whose turn it is: kind and owner.
    pub turn: String,
    /// How often it was claimed, this time included.
    pub tries: i64,
    /// The number that its holder must show to finish it.
    pub fence: i64,
    /// Faults and lost leases in a row, since it last went well.
    pub faults: i64,
}

impl Job {
    /// Whose work it is: a provider account, an installation, a merchant; empty where that is not known.
    pub fn owner(&self) -> &str {
        turns::owner(&self.turn)
    }
}

fn id(kind: Kind, subject: &str) -> String {
    format!("{}:{subject}", kind.word())
}

// Whose work it is, the database finds by itself: what the job is about was written before it.
const PUT: &str = "
INSERT INTO jobs (id, kind, subject, lane, place, due_at, turn, lease_until, fence, tries, faults)
VALUES ($1, $2, $3, $4, $5, $6, CAST($2 AS TEXT) || ':' || COALESCE(
    CASE CAST($2 AS TEXT)
        WHEN 'lookup' THEN (SELECT account_id FROM attempts WHERE attempts.id = $3)
        WHEN 'close' THEN (SELECT account_id FROM attempts WHERE attempts.id = $3)
        WHEN 'refund' THEN (
            SELECT attempts.account_id FROM refunds JOIN attempts ON attempts.id = refunds.attempt_id
            WHERE refunds.id = $3)
        WHEN 'delivery' THEN (SELECT installation_id FROM deliveries WHERE deliveries.id = $3)
        WHEN 'push' THEN (SELECT owner_id FROM inbox WHERE inbox.id = $3)
        WHEN 'hook' THEN (SELECT owner_id FROM inbox WHERE inbox.id = $3)
        WHEN 'timer' THEN (SELECT merchant_id FROM payments WHERE payments.id = $3)
        WHEN 'reminder' THEN (SELECT merchant_id FROM payments WHERE payments.id = $3)
        WHEN 'schedule' THEN (SELECT installation_id FROM occurrences WHERE occurrences.id = $3)
        WHEN 'upload' THEN (SELECT merchant_id FROM plugins WHERE plugins.id = $3)
        WHEN 'check' THEN CAST($3 AS TEXT)
        WHEN 'revoke' THEN (SELECT installation_id FROM revocations WHERE revocations.id = $3)
        WHEN 'report' THEN (SELECT merchant_id FROM bank_reports WHERE bank_reports.id = $3)
    END, ''), 0, 0, 0, 0)
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

const WAKE: &str = "UPDATE jobs SET due_at = $2, faults = 0 WHERE kind = $3 AND turn = $1";

/// Makes all work of one kind for one owner due now.
pub async fn wake(tx: &mut Tx, kind: Kind, owner: &str, now: i64) -> Result<u64, Error> {
    // Whatever its time: a job that a worker is putting off at this moment must be waited for and then woken.
    sql(WAKE).bind(format!("{}:{owner}", kind.word())).bind(now).bind(kind.word()).run(tx).await
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
    turn: String,
    tries: i64,
    fence: i64,
    faults: i64,
}

impl Row {
    fn into_job(self) -> Result<Job, Error> {
        let unknown = || Error::Inconsistent { table: "jobs", id: self.id.clone(), what: "an unknown kind" };
        let kind = Kind::from_word(&self.kind).ok_or_else(unknown)?;
        let Self { id, subject, turn, tries, fence, faults, .. } = self;
        Ok(Job { id, kind, subject, turn, tries, fence, faults })
    }
}

/// What every claim changes. A fence is never below the time of its claim: a job may be finished and put again under the same
/// id, and must not then come to a fence that somebody still holds. A lease that ran out was lost by whoever held it.
macro_rules! take {
    () => {
        "lease_until = $2, fence = CASE WHEN fence < $1 THEN $1 ELSE fence + 1 END, tries = tries + 1,
    faults = faults + CASE WHEN lease_until > 0 THEN 1 ELSE 0 END"
    };
}

/// What every claim answers.
macro_rules! taken {
    () => {
        "RETURNING id, kind, subject, turn, tries, fence, faults"
    };
}

// The rows are chosen in a part of their own: as a plain subquery PostgreSQL may run the choice once for each row of the
// table, each time with other rows left to lock, and so claim more than the limit.
macro_rules! claim {
    ($lock:literal) => {
        concat!(
            "
WITH chosen AS MATERIALIZED (
    SELECT id FROM jobs AS due
    WHERE due.kind = $5 AND due.turn = $4 AND due.due_at <= $1 AND due.lease_until <= $1 AND ",
            nothing_ahead!(),
            "
    ORDER BY due.due_at, due.id
    LIMIT $3",
            $lock,
            ")
UPDATE jobs
SET ",
            take!(),
            "
WHERE lease_until <= $1 AND id IN (SELECT id FROM chosen)
",
            taken!()
        )
    };
}

const CLAIM: &str = claim!("");
/// The one dialect fragment: without it two PostgreSQL workers would wait for each other's rows, or run them twice.
const CLAIM_SKIPPING: &str = claim!("\n    FOR UPDATE SKIP LOCKED");

/// Claims due jobs until `lease_until`: of each of these turns, up to so many, those that are due longest. Only the first
/// job of a lane is ever claimed.
pub async fn claim(db: &Db, now: i64, lease_until: i64, turns: &[(&str, i64)]) -> Result<Vec<Job>, Error> {
    let mut tx = db.write().await?;
    let text = if db.skips_locked_rows() { CLAIM_SKIPPING } else { CLAIM };
    let mut claimed = Vec::new();
    for (turn, limit) in turns {
        let kind = turn.split_once(':').map_or("", |(kind, _)| kind);
        let query = sql(text).bind(now).bind(lease_until).bind(*limit).bind(*turn).bind(kind);
        let rows: Vec<Row> = query.all(&mut tx).await?;
        for row in rows {
            claimed.push(row.into_job()?);
        }
    }
    if claimed.is_empty() {
        tx.rollback().await?;
    } else {
        tx.commit().await?;
    }
    Ok(claimed)
}

const CLAIM_ONE: &str = concat!(
    "
UPDATE jobs
SET ",
    take!(),
    "
WHERE id = $3 AND lease_until <= $1
",
    taken!()
);

/// Claims the subject's job, due or not, unless somebody holds it.
pub async fn claim_one(
    tx: &mut Tx,
    kind: Kind,
    subject: &str,
    now: i64,
    lease_until: i64,
) -> Result<Option<Job>, Error> {
    let row: Option<Row> = sql(CLAIM_ONE).bind(now).bind(lease_until).bind(id(kind, subject)).optional(tx).await?;
    row.map(Row::into_job).transpose()
}

const RELEASE_ALL: &str = "UPDATE jobs SET lease_until = 0, faults = faults + 1 WHERE lease_until > 0";

/// Frees every job: for a start on a database that no other process uses, when whoever held them is gone.
pub async fn release_all(tx: &mut Tx) -> Result<u64, Error> {
    sql(RELEASE_ALL).run(tx).await
}

const FINISH: &str = "DELETE FROM jobs WHERE id = $1 AND fence = $2";

/// Removes the job in the transaction that holds its result. `false`: the lease was lost, so the result must not stand.
pub async fn finish(tx: &mut Tx, job: &Job) -> Result<bool, Error> {
    if defect::has(Defect::FenceIgnored) {
        sql(DROP).bind(&job.id).run(tx).await?;
        return Ok(true);
    }
    Ok(sql(FINISH).bind(&job.id).bind(job.fence).run(tx).await? == 1)
}

const POSTPONE: &str = "UPDATE jobs SET due_at = $3, lease_until = 0, faults = 0 WHERE id = $1 AND fence = $2";

/// Gives the job back until `due_at`. `false`: the lease was lost.
pub async fn postpone(tx: &mut Tx, job: &Job, due_at: i64) -> Result<bool, Error> {
    Ok(sql(POSTPONE).bind(&job.id).bind(job.fence).bind(due_at).run(tx).await? == 1)
}

const RESTART: &str = "
UPDATE jobs SET due_at = $3, lease_until = 0, tries = 0, faults = 0 WHERE id = $1 AND fence = $2";

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
    if defect::has(Defect::FenceIgnored) {
        return Ok(true);
    }
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
WHERE kind <> 'schedule' AND ",
    nothing_ahead!(),
    "
ORDER BY 1
LIMIT 1"
);

/// When the next job is due or its lease ends, Unix milliseconds. What stands behind another in its lane does not count,
/// nor does what a plugin does by the clock: it comes again for ever, and nobody waits for it.
pub async fn next_due(tx: &mut Tx) -> Result<Option<i64>, Error> {
    Ok(sql(NEXT).optional::<Due>(tx).await?.map(|due| due.due_at))
}

const DUE_OF: &str = "SELECT due_at FROM jobs WHERE id = $1";

/// When the subject's job is due, Unix milliseconds, where there is one.
pub async fn due_of(tx: &mut Tx, kind: Kind, subject: &str) -> Result<Option<i64>, Error> {
    Ok(sql(DUE_OF).bind(id(kind, subject)).optional::<Due>(tx).await?.map(|due| due.due_at))
}

/// `CLAIM_SKIPPING` is not among these: SQLite does not take it.
pub(crate) const CATALOGUE: &[&str] =
    &[PUT, HASTEN, MOVE, WAKE, DROP, CLAIM, CLAIM_ONE, RELEASE_ALL, FINISH, POSTPONE, RESTART, FENCE, NEXT, DUE_OF];
pub(crate) const POSTGRES_CATALOGUE: &[&str] = &[CLAIM_SKIPPING];
