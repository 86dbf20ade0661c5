//! Where a job's work ends: a fault or a panic costs this one job. It is tried again, ever more rarely; what goes wrong again
//! and again is set aside, where it holds up nobody and a person can see it.

use super::{Fault, jitter};
use crate::app::App;
use kamurj_domain::ExceptionKind;
use kamurj_store::exceptions::{self, Exception};
use kamurj_store::jobs::{Job, faults};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

/// How long a job waits after its first fault, in milliseconds; twice as long after each further one.
const FIRST_WAIT_MS: i64 = 5_000;
/// How long it waits at most.
const LONGEST_WAIT_MS: i64 = 60 * 60 * 1000;
/// Faults in a row after which a job is set aside: with the waits between them, about half a day.
pub const MOST_FAULTS: i64 = 20;
/// How far a job is put off that was set aside. It stays in its table, for whoever drives it again.
const ASIDE_MS: i64 = 10 * 365 * 24 * 60 * 60 * 1000;

/// Runs work that may panic.
pub async fn caught(work: impl Future<Output = Result<(), Fault>>) -> Result<(), Fault> {
    let mut work = pin!(work);
    std::future::poll_fn(|context| {
        // What the work held is dropped with it: an open transaction is rolled back, and nothing else is shared but what
        // stands every moment.
        catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)))
            .unwrap_or_else(|panic| Poll::Ready(Err(Fault::Panicked(message(&*panic)))))
    })
    .await
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a word".to_owned())
}

/// Gives a job back whose work went wrong.
pub async fn gone_wrong(app: &App, job: &Job, fault: &Fault) {
    if let Fault::NotYet(what) = fault {
        tracing::info!(job.id = job.id, what, "a job waits");
        return kept(job, wait_for(app, job).await);
    }
    let is_last = job.faults + 1 >= MOST_FAULTS;
    tracing::error!(
        job.id = job.id,
        job.tries,
        job.faults,
        error = fault as &dyn std::error::Error,
        "a job failed; it is {}",
        if is_last { "set aside" } else { "tried again" }
    );
    if is_last {
        kept(job, set_aside(app, job, &fault.to_string()).await);
    } else {
        kept(job, put_off(app, job, fault).await);
    }
}

/// Whether the job went wrong so often that it is not even begun. Its holders may have been lost with the whole process,
/// so that nobody could set it aside then.
pub async fn is_hopeless(app: &App, job: &Job) -> bool {
    if job.faults < MOST_FAULTS {
        return false;
    }
    tracing::error!(job.id = job.id, job.faults, "a job was lost with its worker too often and is set aside");
    kept(job, set_aside(app, job, "its worker was lost again and again").await);
    true
}

fn kept(job: &Job, result: Result<(), kamurj_store::Error>) {
    if let Err(error) = result {
        let error = &error as &dyn std::error::Error;
        tracing::error!(job.id = job.id, error, "the job waits for its lease to end");
    }
}

async fn put_off(app: &App, job: &Job, fault: &Fault) -> Result<(), kamurj_store::Error> {
    let mut tx = app.db.write().await?;
    let at = app.now() + jitter(app, wait(job.faults));
    if matches!(fault, Fault::Store(kamurj_store::Error::Busy)) {
        // Somebody else was in the way; that says nothing about this job.
        kamurj_store::jobs::postpone(&mut tx, job, at).await?;
    } else {
        faults::fault(&mut tx, job, at).await?;
    }
    tx.commit().await
}

async fn wait_for(app: &App, job: &Job) -> Result<(), kamurj_store::Error> {
    let mut tx = app.db.write().await?;
    kamurj_store::jobs::postpone(&mut tx, job, app.now() + jitter(app, FIRST_WAIT_MS)).await?;
    tx.commit().await
}

fn wait(faults: i64) -> i64 {
    let doublings = u32::try_from(faults.clamp(0, 16)).unwrap_or_default();
    (FIRST_WAIT_MS << doublings).min(LONGEST_WAIT_MS)
}

async fn set_aside(app: &App, job: &Job, reason: &str) -> Result<(), kamurj_store::Error> {
    let mut tx = app.db.write().await?;
    if !faults::set_aside(&mut tx, job, app.now() + ASIDE_MS).await? {
        return tx.rollback().await;
    }
    if let Some(concern) = faults::concern(&mut tx, job).await? {
        let exception = Exception {
            id: app.ids.new_id("exc"),
            merchant_id: concern.merchant_id,
            mode: concern.mode,
            payment_id: concern.payment_id,
            kind: ExceptionKind::WorkSetAside.word().to_owned(),
            subject: job.id.clone(),
            detail: format!("work of the kind {} went wrong {MOST_FAULTS} times: {reason}", job.kind.word()),
        };
        exceptions::open(&mut tx, &exception, app.now()).await?;
    }
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour() {
        assert_eq!([0, 1, 2, 9].map(wait), [5_000, 10_000, 20_000, 2_560_000]);
        assert_eq!([10, 20, i64::MAX].map(wait), [LONGEST_WAIT_MS; 3]);
    }

    #[tokio::test]
    async fn e3_a_panic_is_a_fault_that_says_what_the_panic_said() {
        let nobody = std::env::args().count() > 1_000;
        let broke = caught(async move {
            tokio::task::yield_now().await;
            assert!(nobody, "poison {}", 7);
            Ok(())
        });
        assert!(matches!(broke.await, Err(Fault::Panicked(text)) if text == "poison 7"));
        assert!(caught(async { Ok(()) }).await.is_ok());
    }
}
