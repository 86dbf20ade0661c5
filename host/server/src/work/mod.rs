//! The workers: claim what is due, do it, keep the result in the transaction that removes the job.

pub(crate) mod answered;
pub mod backlog;
pub mod boundary;
pub mod budget;
pub mod calls;
pub mod checkpoint;
pub mod close;
pub mod delivery;
pub mod failures;
mod given;
pub mod hook;
pub mod lookup;
pub mod opens;
pub mod patience;
pub mod plugin_run;
pub mod ports;
pub mod push;
pub mod records;
pub mod refresh;
pub mod refund;
pub mod remotes;
pub mod replay;
pub mod schedule;
pub mod shadow;
mod spending;
pub mod timer;
pub mod turns;
pub mod upload;
pub mod view;
pub mod watch;

use crate::app::App;
use crate::connections;
use crate::lifecycle::{check, keeping};
use crate::reconciling;
use kamurj_store::jobs::{self, Job, Kind};
use kamurj_store::merchants;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch::Receiver;
use tokio::task::JoinSet;
use turns::Place;

/// How long a worker sleeps at most: the slow poll behind every wake-up.
const POLL: Duration = Duration::from_secs(1);

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
    /// What it needs is being made, for longer than the job's lease would last. Nothing went wrong.
    #[error("{0}")]
    NotYet(String),
    /// The work panicked.
    #[error("the work panicked: {0}")]
    Panicked(String),
}

/// Works until told to stop; then finishes what is in hand.
pub async fn run(app: Arc<App>, mut stop: Receiver<bool>) {
    let keeper = tokio::spawn(keep(app.clone(), stop.clone()));
    let watcher = tokio::spawn(watch(app.clone(), stop.clone()));
    let mut hands = JoinSet::new();
    while !*stop.borrow() {
        let claimed = claim(&app, usize::MAX).await;
        while hands.try_join_next().is_some() {}
        if claimed.is_empty() {
            tokio::select! {
                () = app.wake.notified() => {}
                () = tokio::time::sleep(POLL) => {}
                _ = stop.changed() => {}
            }
            continue;
        }
        for (job, place) in claimed {
            let app = app.clone();
            hands.spawn(async move {
                work(&app, job).await;
                drop(place);
                // The next job of the same lane may be free now, and somebody may wait for the place.
                app.wake.notify_one();
            });
        }
    }
    while hands.join_next().await.is_some() {}
    for (name, broken) in [("keeper of the journal", keeper.await), ("watcher", watcher.await)] {
        if let Err(error) = broken {
            tracing::error!(%error, "the {name} broke off");
        }
    }
}

/// What is done by the clock instead of by jobs: counts are written down, the journal is sealed, old
/// records are removed.
async fn keep(app: Arc<App>, mut stop: Receiver<bool>) {
    while !*stop.borrow() {
        tick(&mut stop).await;
        keep_due(&app).await;
    }
}

/// Asks for customers who are looking. A look-up that takes long holds up no other.
async fn watch(app: Arc<App>, mut stop: Receiver<bool>) {
    let mut rounds = JoinSet::new();
    while !*stop.borrow() {
        tick(&mut stop).await;
        while rounds.try_join_next().is_some() {}
        let app = app.clone();
        rounds.spawn(async move { watch::if_due(&app).await });
    }
    while rounds.join_next().await.is_some() {}
}

async fn tick(stop: &mut Receiver<bool>) {
    tokio::select! {
        () = tokio::time::sleep(POLL) => {}
        _ = stop.changed() => {}
    }
}

/// Does what is due by the clock; answers how much that was.
pub async fn keep_due(app: &App) -> usize {
    crate::front::hosts::if_due(app).await;
    opens::if_due(app).await
        + calls::if_due(app).await
        + checkpoint::if_due(app).await
        + records::if_due(app).await
        + keeping::if_due(app).await
        + crate::keys::if_due(app).await
        + backlog::if_due(app).await
        + reconciling::uploads::if_due(app).await
}

/// The last that a server does, when nobody works any more: whatever its memory still holds is written down and sealed.
pub async fn finish(app: &App) {
    opens::flush(app).await;
    calls::if_due(app).await;
    if let Err(fault) = checkpoint::seal(app).await {
        tracing::error!(error = &fault as &dyn std::error::Error, "the journal's end is not sealed");
    }
}

/// Does what is due now and finds a place, and answers how much that was. For tests with a clock moved by hand.
pub async fn run_due(app: &Arc<App>) -> usize {
    let claimed = claim(app, usize::MAX).await;
    let count = claimed.len();
    let mut hands = JoinSet::new();
    for (job, place) in claimed {
        let app = app.clone();
        hands.spawn(async move {
            work(&app, job).await;
            drop(place);
        });
    }
    hands.join_all().await;
    count + watch::if_due(app).await + keep_due(app).await
}

/// Does one job that is due now; answers whether there was one. For simulations, which choose when each worker works.
pub async fn run_one(app: &Arc<App>) -> bool {
    let Some((job, _place)) = claim(app, 1).await.pop() else { return false };
    work(app, job).await;
    true
}

async fn claim(app: &App, most: usize) -> Vec<(Job, Place)> {
    match try_claim(app, most).await {
        Ok(claimed) => claimed,
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "no work could be claimed");
            Vec::new()
        }
    }
}

async fn try_claim(app: &App, most: usize) -> Result<Vec<(Job, Place)>, kamurj_store::Error> {
    let now = app.now();
    let due = {
        let mut tx = app.db.read().await?;
        let mut walk = app.turns.walk();
        let due = jobs::turns::due(&mut tx, now, &mut walk).await?;
        app.turns.walked(walk);
        for account in app.turns.unknown_accounts(&due, now) {
            tell_address(app, &mut tx, &account).await?;
        }
        due
    };
    let mut places = app.turns.deal(&due, now, most);
    let spent = spending::of_places(app, &mut places).await;
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let claimed = jobs::claim(&app.db, now, now + app.lease_ms, &turns::counted(&places)).await;
    spent.settle(app, claimed.as_deref().unwrap_or_default()).await;
    Ok(app.turns.seat(places, claimed?))
}

/// Tells the budgets where the account's provider is.
async fn tell_address(app: &App, tx: &mut kamurj_store::Tx, account: &str) -> Result<(), kamurj_store::Error> {
    let known = merchants::account(tx, account).await?;
    let host = known.map_or_else(String::new, |known| budget::host(&known.provider, &known.settings));
    app.turns.tell(account, &host, app.now());
    Ok(())
}

async fn work(app: &Arc<App>, job: Job) {
    if boundary::is_hopeless(app, &job).await {
        return;
    }
    if let Err(fault) = boundary::caught(Box::pin(by_kind(app, &job))).await {
        boundary::gone_wrong(app, &job, &fault).await;
    }
}

async fn by_kind(app: &Arc<App>, job: &Job) -> Result<(), Fault> {
    match job.kind {
        // What cannot work without an account waits for it.
        Kind::Delivery | Kind::Hook | Kind::Schedule if !connections::runs::ready(app, job).await? => Ok(()),
        Kind::Delivery => delivery::work(app, job).await,
        Kind::Hook => hook::work(app, job).await,
        Kind::Push => push::work(app, job).await,
        Kind::Lookup => lookup::work(app, job).await,
        Kind::Timer => timer::work(app, job).await,
        Kind::Reminder => timer::remind(app, job).await,
        Kind::Refund => refund::work(app, job).await,
        Kind::Close => close::work(app, job).await,
        Kind::Schedule => schedule::work(app, job).await,
        Kind::Upload => upload::work(app, job).await,
        Kind::Check => check::cut_off(app, job).await,
        Kind::Revoke => connections::revoke::work(app, job).await,
        Kind::Report => reconciling::work::work(app, job).await,
    }
}

/// A fifth more or less, so that what began at one moment does not stay together.
fn jitter(app: &App, plain: i64) -> i64 {
    let [chance] = app.ids.bytes::<1>();
    plain * (80 + i64::from(chance) * 40 / 255) / 100
}
