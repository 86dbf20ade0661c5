//! The workers: claim what is due, do it, keep the result in the transaction that removes the job.

pub mod delivery;
pub mod hook;
pub mod lookup;
pub mod plugin_run;
pub mod ports;
pub mod push;
pub mod timer;
pub mod view;

use crate::app::App;
use kamurj_store::jobs::{self, Job, Kind};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// How many jobs one process works on at once.
const CONCURRENCY: usize = 32;
/// How many jobs one claim takes.
const BATCH: i64 = 16;
/// How long a worker sleeps at most: the slow poll behind every wake-up.
const POLL: Duration = Duration::from_secs(1);
/// How long a job waits after its work failed for a reason of ours, in milliseconds.
const AFTER_FAULT_MS: i64 = 5_000;

/// Why a job could not be done now. It stays, and is tried again.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] kamurj_store::Error),
    /// Something sealed does not open.
    #[error(transparent)]
    Sealed(#[from] crate::seal::Unsealable),
    /// The provider account cannot be used.
    #[error(transparent)]
    Provider(#[from] crate::app::ProviderError),
    /// A row that must be there is not, or cannot be read.
    #[error("{0}")]
    Broken(String),
}

/// Works until told to stop; then finishes what is in hand.
pub async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(CONCURRENCY));
    let mut hands = JoinSet::new();
    while !*stop.borrow() {
        let free = i64::try_from(places.available_permits()).unwrap_or(BATCH).min(BATCH);
        let claimed = if free > 0 { claim(&app, free).await } else { Vec::new() };
        if claimed.is_empty() {
            tokio::select! {
                () = app.wake.notified() => {}
                () = tokio::time::sleep(POLL) => {}
                _ = stop.changed() => {}
                Some(_) = hands.join_next(), if !hands.is_empty() => {}
            }
            continue;
        }
        for job in claimed {
            let app = app.clone();
            let place = places.clone().acquire_owned().await;
            hands.spawn(async move {
                work(&app, job).await;
                drop(place);
                // The next job of the same lane may be free now.
                app.wake.notify_one();
            });
        }
    }
    while hands.join_next().await.is_some() {}
}

/// Does everything that is due now, one batch, and answers how many jobs that were. For tests with a clock moved by hand.
pub async fn run_due(app: &Arc<App>) -> usize {
    let claimed = claim(app, BATCH).await;
    let count = claimed.len();
    let mut hands = JoinSet::new();
    for job in claimed {
        let app = app.clone();
        hands.spawn(async move { work(&app, job).await });
    }
    hands.join_all().await;
    count
}

async fn claim(app: &App, limit: i64) -> Vec<Job> {
    let now = app.now();
    match jobs::claim(&app.db, now, now + app.lease_ms, limit).await {
        Ok(claimed) => claimed,
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "no work could be claimed");
            Vec::new()
        }
    }
}

async fn work(app: &Arc<App>, job: Job) {
    let done = match job.kind {
        Kind::Delivery => delivery::work(app, &job).await,
        Kind::Hook => hook::work(app, &job).await,
        Kind::Push => push::work(app, &job).await,
        Kind::Lookup => lookup::work(app, &job).await,
        Kind::Timer => timer::work(app, &job).await,
    };
    if let Err(fault) = done {
        tracing::error!(
            job.id = job.id,
            job.tries,
            error = &fault as &dyn std::error::Error,
            "a job failed; it is tried again"
        );
        if let Err(error) = postpone(app, &job).await {
            tracing::error!(
                job.id = job.id,
                error = &error as &dyn std::error::Error,
                "the job waits for its lease to end"
            );
        }
    }
}

async fn postpone(app: &App, job: &Job) -> Result<(), kamurj_store::Error> {
    let mut tx = app.db.write().await?;
    let wait = AFTER_FAULT_MS.saturating_mul(job.tries.clamp(1, 60));
    jobs::postpone(&mut tx, job, app.now() + wait).await?;
    tx.commit().await
}
