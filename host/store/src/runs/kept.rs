//! Runs as rows: what a run was given is written when it begins, how it ended in the transaction that keeps its outcome.

use crate::db::{Error, Tx, sql};

/// A run that begins.
#[derive(Debug, Clone)]
pub struct NewRun<'a> {
    /// Delivery, inbox entry, or whatever else the plugin is called for.
    pub owner_id: &'a str,
    /// From 1.
    pub run: i64,
    /// The installation that runs.
    pub installation_id: &'a str,
    /// The plugin version.
    pub digest: &'a str,
    /// `deliver`, `sync`, `inbound`, `tick` or `check`.
    pub call: &'a str,
    /// When it begins, Unix milliseconds.
    pub at: i64,
    /// What it is given, sealed.
    pub given: &'a str,
}

/// How a run ended, and what it cost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ended {
    /// The outcome's word, or why there is none.
    pub ended: String,
    /// Whose patience it costs.
    pub spends: Spends,
    /// For people.
    pub detail: String,
    /// From its start to its end.
    pub took_ms: i64,
    /// CPU time in slices of 5 ms.
    pub slices: i64,
    /// The most memory that it held.
    pub memory_bytes: i64,
    /// Host calls.
    pub calls: i64,
    /// HTTP requests among them.
    pub http_requests: i64,
    /// Calls that were not granted.
    pub refused: i64,
    /// Calls in the record.
    pub steps: i64,
    /// What the record takes.
    pub size_bytes: i64,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Run {
    /// Delivery, inbox entry, or whatever else the plugin was called for.
    pub owner_id: String,
    /// From 1.
    pub run: i64,
    /// The installation that ran.
    pub installation_id: String,
    /// The plugin version that ran.
    pub digest: String,
    /// `deliver`, `sync`, `inbound`, `tick` or `check`.
    pub call: String,
    /// When it began, Unix milliseconds.
    pub at: i64,
    /// What it was given, sealed; empty for runs of older versions.
    pub given: String,
    /// The outcome's word, or why there is none; absent while it is under way.
    pub ended: Option<String>,
    /// For people.
    pub detail: String,
    /// From its start to its end.
    pub took_ms: i64,
    /// CPU time in slices of 5 ms.
    pub slices: i64,
    /// The most memory that it held.
    pub memory_bytes: i64,
    /// Host calls.
    pub calls: i64,
    /// HTTP requests among them.
    pub http_requests: i64,
    /// Calls that were not granted.
    pub refused: i64,
    /// Calls in the record.
    pub steps: i64,
    /// What the record takes.
    pub size_bytes: i64,
}

const BEGIN: &str = "
INSERT INTO plugin_runs
    (owner_id, run, installation_id, digest, call, at, given, detail, took_ms, slices, memory_bytes, calls,
     http_requests, refused, steps, size_bytes)
VALUES ($1, $2, $3, $4, $5, $6, $7, '', 0, 0, 0, 0, 0, 0, 0, 0)
ON CONFLICT (owner_id, run) DO NOTHING";

/// Writes a run that begins. One that has begun before stays as it is.
pub async fn begin(tx: &mut Tx, new: &NewRun<'_>) -> Result<(), Error> {
    sql(BEGIN)
        .bind(new.owner_id)
        .bind(new.run)
        .bind(new.installation_id)
        .bind(new.digest)
        .bind(new.call)
        .bind(new.at)
        .bind(new.given)
        .run(tx)
        .await?;
    Ok(())
}

const END: &str = "
UPDATE plugin_runs SET ended = $3, detail = $4, took_ms = $5, slices = $6, memory_bytes = $7, calls = $8,
    http_requests = $9, refused = $10, steps = $11, size_bytes = $12, spends = $13
WHERE owner_id = $1 AND run = $2";

/// Writes how a run ended.
pub async fn end(tx: &mut Tx, owner_id: &str, run: i64, ended: &Ended) -> Result<(), Error> {
    sql(END)
        .bind(owner_id)
        .bind(run)
        .bind(&ended.ended)
        .bind(&ended.detail)
        .bind(ended.took_ms)
        .bind(ended.slices)
        .bind(ended.memory_bytes)
        .bind(ended.calls)
        .bind(ended.http_requests)
        .bind(ended.refused)
        .bind(ended.steps)
        .bind(ended.size_bytes)
        .bind(ended.spends.word())
        .run(tx)
        .await?;
    Ok(())
}

/// Whose patience a run that was not done has cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Spends {
    /// Its own: it failed by itself.
    #[default]
    Failure,
    /// The service, or the account there, refused it as it would have refused any other.
    Outage,
    /// Nobody's: it only waited for its turn.
    Nothing,
}

impl Spends {
    fn word(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::Outage => "outage",
            Self::Nothing => "nothing",
        }
    }
}

/// How many of an owner's runs cost patience.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Spent {
    /// Those that failed by themselves.
    pub failures: i64,
    /// Those that the service refused as a whole.
    pub outages: i64,
}

const SPENT: &str = "
SELECT COUNT(CASE WHEN spends = 'failure' THEN 1 END) AS failures, COUNT(CASE WHEN spends = 'outage' THEN 1 END) AS outages
FROM plugin_runs WHERE owner_id = $1 AND run >= $2 AND ended IS NOT NULL";

/// What the owner's runs from this one on have cost so far.
pub async fn spent(tx: &mut Tx, owner_id: &str, from: i64) -> Result<Spent, Error> {
    Ok(sql(SPENT).bind(owner_id).bind(from).optional(tx).await?.unwrap_or_default())
}

macro_rules! columns {
    () => {
        "owner_id, run, installation_id, digest, call, at, given, ended, detail, took_ms, slices, memory_bytes, calls,
    http_requests, refused, steps, size_bytes"
    };
}

const OF_OWNER: &str = concat!("SELECT ", columns!(), " FROM plugin_runs WHERE owner_id = $1 ORDER BY run");

/// The owner's runs, the first one first.
pub async fn of_owner(tx: &mut Tx, owner_id: &str) -> Result<Vec<Run>, Error> {
    sql(OF_OWNER).bind(owner_id).all(tx).await
}

const ONE: &str = concat!("SELECT ", columns!(), " FROM plugin_runs WHERE owner_id = $1 AND run = $2");

/// One run.
pub async fn one(tx: &mut Tx, owner_id: &str, run: i64) -> Result<Option<Run>, Error> {
    sql(ONE).bind(owner_id).bind(run).optional(tx).await
}

/// The row that a page begins behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Before {
    /// Its time.
    pub at: i64,
    /// Its owner.
    pub owner_id: String,
    /// Its run.
    pub run: i64,
    /// Its place in the run, for log lines.
    pub place: i64,
}

impl Before {
    /// The newest row comes first.
    pub const NEWEST: Self = Self { at: i64::MAX, owner_id: String::new(), run: 0, place: 0 };
}

const PAGE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM plugin_runs
WHERE installation_id = $1
    AND (CAST($2 AS TEXT) IS NULL OR ended = $2)
    AND (at < $3 OR (at = $3 AND (owner_id < $4 OR (owner_id = $4 AND run < $5))))
ORDER BY at DESC, owner_id DESC, run DESC
LIMIT $6"
);

/// The installation's runs, the newest first; only those that ended so, where that is asked.
pub async fn page(
    tx: &mut Tx,
    installation_id: &str,
    ended: Option<&str>,
    before: &Before,
    limit: i64,
) -> Result<Vec<Run>, Error> {
    sql(PAGE)
        .bind(installation_id)
        .bind(ended)
        .bind(before.at)
        .bind(&before.owner_id)
        .bind(before.run)
        .bind(limit)
        .all(tx)
        .await
}

const LAST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM plugin_runs
WHERE installation_id = $1 AND ended IS NOT NULL AND given <> '' AND call <> 'check' AND digest <> ''
ORDER BY at DESC, owner_id DESC, run DESC
LIMIT $2"
);

/// The installation's last ended runs of which everything is known that they were given, the newest first.
pub async fn last(tx: &mut Tx, installation_id: &str, limit: i64) -> Result<Vec<Run>, Error> {
    sql(LAST).bind(installation_id).bind(limit).all(tx).await
}

/// A line of an installation's log.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Line {
    /// What the plugin was called for.
    pub owner_id: String,
    /// The run.
    pub run: i64,
    /// Its place in the run.
    pub place: i64,
    /// When the run began, Unix milliseconds.
    pub at: i64,
    /// `error`, `warn`, `info` or `debug`.
    pub level: String,
    /// The text with its fields.
    pub line: String,
}

const LINES: &str = "
SELECT owner_id, run, place, at, level, line FROM plugin_logs
WHERE installation_id = $1
    AND (CAST($2 AS TEXT) IS NULL OR level = $2)
    AND (at < $3 OR (at = $3 AND (owner_id < $4 OR (owner_id = $4
        AND (run < $5 OR (run = $5 AND place < $6))))))
ORDER BY at DESC, owner_id DESC, run DESC, place DESC
LIMIT $7";

/// The installation's log, the newest line first; only lines of this level, where one is asked for.
pub async fn lines(
    tx: &mut Tx,
    installation_id: &str,
    level: Option<&str>,
    before: &Before,
    limit: i64,
) -> Result<Vec<Line>, Error> {
    sql(LINES)
        .bind(installation_id)
        .bind(level)
        .bind(before.at)
        .bind(&before.owner_id)
        .bind(before.run)
        .bind(before.place)
        .bind(limit)
        .all(tx)
        .await
}

pub(crate) const CATALOGUE: &[&str] = &[BEGIN, END, SPENT, OF_OWNER, ONE, PAGE, LAST, LINES];
