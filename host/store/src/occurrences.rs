//! What plugins do by the clock: one waiting or running occurrence a schedule. What is done makes room for the next.

use crate::db::{Error, Tx, sql};
use crate::jobs::{self, Job, Kind};

/// One occurrence of a schedule.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Occurrence {
    /// `occ_…`.
    pub id: String,
    /// Whose it is.
    pub installation_id: String,
    /// The name that the manifest gives it.
    pub name: String,
    /// Unix milliseconds.
    pub due_at: i64,
    /// From one to the next, milliseconds.
    pub every_ms: i64,
    /// The run that is next or under way, from 1.
    pub run: i64,
    /// When that run began, Unix milliseconds.
    pub run_started_at: Option<i64>,
    /// The plugin version that began it.
    pub digest: Option<String>,
}

const PLAN: &str = "
INSERT INTO occurrences (id, installation_id, name, due_at, every_ms, run) VALUES ($1, $2, $3, $4, $5, 1)
ON CONFLICT (installation_id, name) DO NOTHING";

/// Plans an occurrence and its job, unless one of this schedule waits already.
pub async fn plan(tx: &mut Tx, occurrence: &Occurrence) -> Result<(), Error> {
    let rows = sql(PLAN)
        .bind(&occurrence.id)
        .bind(&occurrence.installation_id)
        .bind(&occurrence.name)
        .bind(occurrence.due_at)
        .bind(occurrence.every_ms)
        .run(tx)
        .await?;
    if rows == 1 { jobs::put(tx, Kind::Schedule, &occurrence.id, occurrence.due_at).await } else { Ok(()) }
}

const BEGIN: &str = "
UPDATE occurrences SET digest = COALESCE(digest, $2), run_started_at = COALESCE(run_started_at, $3)
WHERE id = $1
RETURNING id, installation_id, name, due_at, every_ms, run, run_started_at, digest";

/// Notes which plugin version begins it and when, where that is not known yet. `None`: it was forgotten.
pub async fn begin_run(tx: &mut Tx, id: &str, digest: &str, at: i64) -> Result<Option<Occurrence>, Error> {
    sql(BEGIN).bind(id).bind(digest).bind(at).optional(tx).await
}

const BY_ID: &str = "
SELECT id, installation_id, name, due_at, every_ms, run, run_started_at, digest FROM occurrences WHERE id = $1";

/// The occurrence with this id.
pub async fn by_id(tx: &mut Tx, id: &str) -> Result<Option<Occurrence>, Error> {
    sql(BY_ID).bind(id).optional(tx).await
}

const NEXT_RUN: &str = "UPDATE occurrences SET run = run + 1, run_started_at = NULL, digest = NULL WHERE id = $1";

/// Lets the next claim start a new run, on whatever version is active then.
pub async fn next_run(tx: &mut Tx, id: &str) -> Result<(), Error> {
    sql(NEXT_RUN).bind(id).run(tx).await?;
    Ok(())
}

const REMOVE: &str = "DELETE FROM occurrences WHERE id = $1";

/// Removes what was done, and its job.
pub async fn finish(tx: &mut Tx, occurrence: &Occurrence, job: &Job) -> Result<(), Error> {
    sql(REMOVE).bind(&occurrence.id).run(tx).await?;
    jobs::finish(tx, job).await?;
    Ok(())
}

/// Forgets the installation's occurrences but those with a name that is kept; their jobs find nothing and end.
pub async fn forget_all_but(tx: &mut Tx, installation_id: &str, kept: &[&str]) -> Result<(), Error> {
    let rows: Vec<Occurrence> = sql(OF_INSTALLATION).bind(installation_id).all(tx).await?;
    for row in rows.iter().filter(|row| !kept.contains(&row.name.as_str())) {
        sql(REMOVE).bind(&row.id).run(tx).await?;
    }
    Ok(())
}

const OF_INSTALLATION: &str = "
SELECT id, installation_id, name, due_at, every_ms, run, run_started_at, digest
FROM occurrences WHERE installation_id = $1 ORDER BY name";

/// The installation's waiting occurrences, by name.
pub async fn of_installation(tx: &mut Tx, installation_id: &str) -> Result<Vec<Occurrence>, Error> {
    sql(OF_INSTALLATION).bind(installation_id).all(tx).await
}

pub(crate) const CATALOGUE: &[&str] = &[PLAN, BEGIN, BY_ID, NEXT_RUN, REMOVE, OF_INSTALLATION];
