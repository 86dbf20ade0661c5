//! What a plugin does by the clock. One occurrence of a schedule waits at a time; when it is done, the next is planned from when
//! it was due, and occurrences that were missed meanwhile are made up for once.

use super::Fault;
use super::patience::{self, Next, SCHEDULE};
use super::plugin_run::{self, Begun, Which};
use crate::app::App;
use crate::connections::runs as connections;
use crate::lifecycle::{credentials, halting, wrong_settings};
use crate::milestones::Milestone;
use kamurj_domain::ExceptionKind;
use kamurj_plugins::contract::{Call, Occurrence as Owed, Schedule};
use kamurj_store::Tx;
use kamurj_store::exceptions::{self, Exception};
use kamurj_store::installations::{self, Installation};
use kamurj_store::jobs::{self, Job};
use kamurj_store::occurrences::{self, Occurrence};
use std::sync::Arc;

/// How long the next part waits, milliseconds, so that others have their turn.
const PART_WAIT_MS: i64 = 1_000;

/// Plans what an active installation's manifest asks for, and forgets what it no longer asks for.
pub async fn plan(app: &App, tx: &mut Tx, installation: &str, asked: &[Schedule]) -> Result<(), kamurj_store::Error> {
    let names: Vec<&str> = asked.iter().map(|schedule| schedule.name.as_str()).collect();
    occurrences::forget_all_but(tx, installation, &names).await?;
    for schedule in asked {
        let every_ms = i64::from(schedule.every_seconds) * 1_000;
        put(app, tx, installation, &schedule.name, app.now() + every_ms, every_ms).await?;
    }
    Ok(())
}

async fn put(
    app: &App,
    tx: &mut Tx,
    installation: &str,
    name: &str,
    due_at: i64,
    every_ms: i64,
) -> Result<(), kamurj_store::Error> {
    let next = Occurrence {
        id: app.ids.new_id("occ"),
        installation_id: installation.to_owned(),
        name: name.to_owned(),
        due_at,
        every_ms,
        run: 1,
        run_started_at: None,
        digest: None,
    };
    occurrences::plan(tx, &next).await
}

/// Runs the plugin for the job's occurrence.
pub async fn work(app: &Arc<App>, job: &Job) -> Result<(), Fault> {
    let Some((occurrence, installation, begun)) = begin(app, job).await? else { return Ok(()) };
    let which = begun.which.clone();
    let left = plugin_run::run(app, job, &installation, begun).await?;
    app.milestones.reached(Milestone::RunEnded).await;

    let mut tx = app.db.write().await?;
    if !jobs::hold(&mut tx, job, app.now() + app.lease_ms).await? {
        tx.rollback().await?;
        return Ok(());
    }
    plugin_run::keep(app, &mut tx, &installation.id, &which, &left).await?;
    // A run that an older component began and a crash interrupted says nothing of the one that is in force.
    if which.digest == installation.digest {
        halting::after_run(app, &mut tx, &installation, &occurrence.id, &left).await?;
    }
    let subject = format!("{}/{}", installation.id, occurrence.name);
    let kind = ExceptionKind::ScheduleFailed.word();
    let after = connections::after_run(app, &mut tx, &installation, (&which, &left), SCHEDULE.failures).await?;
    if after.is_none() {
        credentials::after_run(app, &mut tx, &installation, (occurrence.run, &left)).await?;
        wrong_settings::after_run(app, &mut tx, &installation, (&occurrence.id, occurrence.run, &left)).await?;
    }
    let next = match after {
        Some(next) => next,
        None => patience::next(app, &mut tx, &left.end, &which, SCHEDULE).await?,
    };
    match next {
        Next::Again { .. } if left.end.goes_on() => {
            occurrences::next_run(&mut tx, &occurrence.id).await?;
            jobs::restart(&mut tx, job, app.now() + PART_WAIT_MS).await?;
        }
        Next::Again { at, reason } => {
            tracing::info!(occurrence.id, occurrence.run, reason, "an occurrence is tried again");
            occurrences::next_run(&mut tx, &occurrence.id).await?;
            jobs::restart(&mut tx, job, at).await?;
        }
        Next::Done => {
            let done = format!("it was done at the next time, {}", kamurj_domain::time::rfc3339(app.now()));
            exceptions::close(&mut tx, kind, &subject, "facts", &done, app.now()).await?;
            follow(app, &mut tx, &occurrence, job).await?;
        }
        Next::GiveUp { reason } => {
            tracing::warn!(occurrence.id, reason, "an occurrence is given up");
            let exception = Exception {
                id: app.ids.new_id("exc"),
                merchant_id: installation.merchant_id.clone(),
                mode: installation.mode,
                payment_id: None,
                kind: kind.to_owned(),
                subject,
                detail: format!("{}, {}: {reason}", installation.plugin, occurrence.name),
            };
            exceptions::open(&mut tx, &exception, app.now()).await?;
            follow(app, &mut tx, &occurrence, job).await?;
        }
    }
    app.commit(tx).await?;
    Ok(())
}

/// Ends an occurrence and plans the next: the first one after now that fits the rhythm.
async fn follow(app: &App, tx: &mut Tx, done: &Occurrence, job: &Job) -> Result<(), Fault> {
    occurrences::finish(tx, done, job).await?;
    let next = next_due(done.due_at, done.every_ms, app.now());
    put(app, tx, &done.installation_id, &done.name, next, done.every_ms).await?;
    Ok(())
}

fn next_due(due_at: i64, every_ms: i64, now: i64) -> i64 {
    let missed = (now - due_at).max(0) / every_ms.max(1);
    due_at + (missed + 1) * every_ms
}

/// Takes up the occurrence's run. `None`: there is nothing to do.
async fn begin(app: &App, job: &Job) -> Result<Option<(Occurrence, Installation, Begun)>, Fault> {
    let mut tx = app.db.write().await?;
    if !jobs::hold(&mut tx, job, app.now() + app.lease_ms).await? {
        tx.rollback().await?;
        return Ok(None);
    }
    let Some(occurrence) = occurrences::by_id(&mut tx, &job.subject).await? else {
        jobs::finish(&mut tx, job).await?;
        tx.commit().await?;
        return Ok(None);
    };
    let installation = installations::by_id(&mut tx, &occurrence.installation_id).await?;
    let Some(installation) = installation.filter(|installation| installation.active) else {
        occurrences::finish(&mut tx, &occurrence, job).await?;
        tx.commit().await?;
        return Ok(None);
    };
    if installation.halted.is_some() {
        // Whoever switches it on again finds the schedule as it was.
        jobs::postpone(&mut tx, job, app.now() + occurrence.every_ms.min(halting::WAIT_MS)).await?;
        tx.commit().await?;
        return Ok(None);
    }
    let Some(occurrence) = occurrences::begin_run(&mut tx, &occurrence.id, &installation.digest, app.now()).await?
    else {
        tx.rollback().await?;
        return Ok(None);
    };
    let call = Call::Tick(Owed {
        id: occurrence.id.clone(),
        name: occurrence.name.clone(),
        due_at: occurrence.due_at,
        run: u32::try_from(occurrence.run).unwrap_or(u32::MAX),
        extra: Vec::new(),
    });
    let which = Which {
        owner: occurrence.id.clone(),
        run: occurrence.run,
        started_at: occurrence.run_started_at.unwrap_or_else(|| app.now()),
        digest: occurrence.digest.clone().unwrap_or_else(|| installation.digest.clone()),
        counts_from: 1,
    };
    let begun = plugin_run::begin(app, &mut tx, &installation, which, call).await?;
    tx.commit().await?;
    Ok(Some((occurrence, installation, begun)))
}

#[cfg(test)]
mod tests {
    use super::next_due;

    #[test]
    fn what_was_missed_is_made_up_for_once_and_the_rhythm_stays() {
        assert_eq!(next_due(1_000, 100, 1_000), 1_100);
        assert_eq!(next_due(1_000, 100, 1_099), 1_100);
        assert_eq!(next_due(1_000, 100, 1_100), 1_200);
        assert_eq!(next_due(1_000, 100, 5_555), 5_600);
        assert_eq!(next_due(1_000, 100, 900), 1_100);
    }
}
