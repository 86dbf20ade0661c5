//! The record of plugin runs: every host call, sealed, and the lines that the plugin logged.

pub mod kept;
pub mod prune;
pub mod usage;

use crate::db::{Error, Tx, sql};

/// One recorded host call. What was asked and answered is inside `sealed`.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Step {
    /// The run that it belongs to.
    pub run: i64,
    /// Its place in the run, from 0.
    pub place: i64,
    /// The effect's name, for steps that change something outside.
    pub name: Option<String>,
    /// `sent` or `answered`.
    pub state: String,
    /// Request and response, sealed.
    pub sealed: String,
}

const PUT: &str = "
INSERT INTO steps (owner_id, run, place, name, state, sealed) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (owner_id, run, place) DO UPDATE SET state = excluded.state, sealed = excluded.sealed";

/// Writes a step in place of what stood at its place.
pub async fn put(tx: &mut Tx, owner_id: &str, step: &Step) -> Result<(), Error> {
    sql(PUT)
        .bind(owner_id)
        .bind(step.run)
        .bind(step.place)
        .bind(step.name.as_deref())
        .bind(&step.state)
        .bind(&step.sealed)
        .run(tx)
        .await?;
    Ok(())
}

const OF_OWNER: &str = "SELECT run, place, name, state, sealed FROM steps WHERE owner_id = $1 ORDER BY run, place";

/// All steps of a delivery or an inbox entry, run by run.
pub async fn of_owner(tx: &mut Tx, owner_id: &str) -> Result<Vec<Step>, Error> {
    sql(OF_OWNER).bind(owner_id).all(tx).await
}

const OF_RUN: &str = "
SELECT run, place, name, state, sealed FROM steps WHERE owner_id = $1 AND run = $2 ORDER BY place";

/// The steps of one run, in order.
pub async fn of_run(tx: &mut Tx, owner_id: &str, run: i64) -> Result<Vec<Step>, Error> {
    sql(OF_RUN).bind(owner_id).bind(run).all(tx).await
}

/// One line that a plugin logged.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct LogLine {
    /// Its place in the run.
    pub place: i64,
    /// `error`, `warn`, `info` or `debug`.
    pub level: String,
    /// The text with its fields.
    pub line: String,
}

const LOG: &str = "
INSERT INTO plugin_logs (owner_id, run, place, installation_id, at, level, line)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (owner_id, run, place) DO UPDATE SET level = excluded.level, line = excluded.line";

/// Which run a log belongs to.
#[derive(Debug, Clone, Copy)]
pub struct RunOf<'a> {
    /// Delivery or inbox entry.
    pub owner_id: &'a str,
    /// The installation that ran.
    pub installation_id: &'a str,
    /// The run.
    pub run: i64,
    /// When it began, Unix milliseconds.
    pub at: i64,
}

/// Writes a run's lines.
pub async fn log(tx: &mut Tx, of: RunOf<'_>, lines: &[LogLine]) -> Result<(), Error> {
    for line in lines {
        sql(LOG)
            .bind(of.owner_id)
            .bind(of.run)
            .bind(line.place)
            .bind(of.installation_id)
            .bind(of.at)
            .bind(&line.level)
            .bind(&line.line)
            .run(tx)
            .await?;
    }
    Ok(())
}

const LOGS_OF: &str = "SELECT place, level, line FROM plugin_logs WHERE owner_id = $1 ORDER BY run, place";

/// Every line logged for a delivery or an inbox entry.
pub async fn logs_of(tx: &mut Tx, owner_id: &str) -> Result<Vec<LogLine>, Error> {
    sql(LOGS_OF).bind(owner_id).all(tx).await
}

pub(crate) const CATALOGUE: &[&str] = &[PUT, OF_OWNER, OF_RUN, LOG, LOGS_OF];
