//! An uploaded component: judged, compiled, put on the shelf, or refused in words. It can be begun again at any point.

use super::Fault;
use crate::app::App;
use crate::lifecycle::report::{self, Report};
use crate::lifecycle::uploads;
use crate::shelf::ShelfError;
use kamurj_plugins::{LoadError, Stage as Loading};
use kamurj_store::jobs::{self, Job};
use kamurj_store::plugins::{self, Known, Stage, Uploaded};
use sha2::{Digest, Sha256};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

/// So many workers may be lost over one component: more say that it is the component's doing.
const MOST_LOST: i64 = 3;

/// Judges the component.
pub async fn work(app: &Arc<App>, job: &Job) -> Result<(), Fault> {
    let Some(uploaded) = begin(app, job).await? else { return Ok(()) };
    let judged = if job.faults >= MOST_LOST {
        Err(format!("the server's worker was lost {} times while it compiled this component", job.faults))
    } else {
        judge(app, job, &uploaded).await?
    };
    let mut tx = app.db.write().await?;
    let (stage, known) = match judged {
        Ok(report) => (Stage::Ready, Known { report: Some(report), refusal: None }),
        Err(refusal) => {
            tracing::info!(upload.id = uploaded.id, refusal, "a component is refused");
            (Stage::Refused, Known { report: None, refusal: Some(refusal) })
        }
    };
    plugins::reach(&mut tx, &uploaded.id, stage, known, app.now()).await?;
    if !jobs::finish(&mut tx, job).await? {
        tx.rollback().await?;
        return Ok(());
    }
    tx.commit().await?;
    uploads::discard(app, &uploaded.id).await;
    app.wake.notify_one();
    Ok(())
}

async fn begin(app: &App, job: &Job) -> Result<Option<Uploaded>, Fault> {
    let mut tx = app.db.write().await?;
    if !jobs::hold(&mut tx, job, app.now() + app.lease_ms).await? {
        tx.rollback().await?;
        return Ok(None);
    }
    let uploaded = plugins::by_id(&mut tx, &job.subject).await?;
    tx.commit().await?;
    uploaded.map(Some).ok_or_else(|| Fault::Broken(format!("the upload {} is gone", job.subject)))
}

/// What it is, as JSON, or why it is refused.
async fn judge(app: &App, job: &Job, uploaded: &Uploaded) -> Result<Result<String, String>, Fault> {
    let unreadable = |error: std::io::Error| Fault::Broken(format!("upload {}: {error}", uploaded.id));
    let bytes = match uploads::read(app, &uploaded.id).await.map_err(unreadable)? {
        Some(bytes) => bytes,
        // Judged before, and the server stopped between its last two steps.
        None => match app.shelf.read(&uploaded.digest).await {
            Ok(bytes) => bytes,
            Err(_) => return Ok(Err("its bytes are gone: upload it again".to_owned())),
        },
    };
    let judged = tokio::task::spawn_blocking(move || {
        let digest = crate::seal::hex(&Sha256::digest(&bytes));
        (digest, report::judge(&bytes), bytes)
    });
    let (digest, report, bytes) = judged.await.map_err(|error| Fault::Panicked(error.to_string()))?;
    if digest != uploaded.digest {
        return Ok(Err("its file was changed since it was uploaded: upload it again".to_owned()));
    }
    let report = match report {
        Ok(report) => text(&report),
        Err(refused) => return Ok(Err(refused.to_string())),
    };
    let known = Known { report: Some(report.clone()), refusal: None };
    if !reach(app, job, uploaded, Stage::Judged, known).await? {
        return Err(lease_lost());
    }
    match shelved(app, job, uploaded, bytes).await? {
        Ok(()) => Ok(Ok(report)),
        // Nothing is known to be wrong with the component: it is tried again.
        Err(error @ (ShelfError::Unreadable { .. } | ShelfError::Load(LoadError::Host(_)))) => {
            Err(Fault::Broken(error.to_string()))
        }
        Err(refused) => Ok(Err(refused.to_string())),
    }
}

fn lease_lost() -> Fault {
    Fault::Broken("the lease of this upload is lost".to_owned())
}

/// Has it compiled and tried. Others may be compiled before it, which takes minutes: the lease is kept meanwhile, and each
/// stage is noted as it begins.
async fn shelved(app: &App, job: &Job, uploaded: &Uploaded, bytes: Vec<u8>) -> Result<Result<(), ShelfError>, Fault> {
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let shelving = app.shelf.put(&app.runtime, bytes, move |stage| {
        // Nobody hears it any more where the lease was lost.
        let _ = told.send(stage);
    });
    let mut shelving = pin!(shelving);
    let mut beat = tokio::time::interval(beat(app.lease_ms));
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut stage = Stage::Judged;
    loop {
        let reached = tokio::select! {
            biased;
            Some(told) = heard.recv() => match told {
                Loading::Compiling => Stage::Compiling,
                Loading::Trying => Stage::Trying,
                Loading::Waiting | Loading::Judging | Loading::Binding => continue,
            },
            shelved = &mut shelving => return Ok(shelved.map(|_| ())),
            _ = beat.tick() => stage,
        };
        stage = reached;
        if !reach(app, job, uploaded, reached, Known::default()).await? {
            return Err(lease_lost());
        }
    }
}

/// How often a lease is renewed while something outside the database takes long.
pub(super) fn beat(lease_ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(lease_ms / 3).unwrap_or_default().max(1))
}

fn text(report: &Report) -> String {
    serde_json::to_string(report).expect("a report is made of JSON values")
}

/// Notes how far it has come, as long as the lease is held.
async fn reach(app: &App, job: &Job, uploaded: &Uploaded, stage: Stage, known: Known) -> Result<bool, Fault> {
    let mut tx = app.db.write().await?;
    if !jobs::hold(&mut tx, job, app.now() + app.lease_ms).await? {
        tx.rollback().await?;
        return Ok(false);
    }
    plugins::reach(&mut tx, &uploaded.id, stage, known, app.now()).await?;
    tx.commit().await?;
    Ok(true)
}
