//! Movements of payments from before there were any: written in the background, some at a time, until none are left. Until then nothing is
//! exported.

use crate::app::App;
use kamurj_store::{Error, movements};
use std::sync::atomic::{AtomicBool, Ordering};

/// Payments whose movements are written in one transaction.
const BATCH: i64 = 20;
/// Transactions of one tick, between which others write.
const AT_ONCE: usize = 10;

/// Whether older payments have their movements.
#[derive(Debug, Default)]
pub struct Backlog {
    is_done: AtomicBool,
}

/// Writes some that are missing; answers of how many payments.
pub async fn if_due(app: &App) -> usize {
    let mut written = 0;
    for _ in 0..AT_ONCE {
        if app.backlog.is_done.load(Ordering::Relaxed) {
            break;
        }
        match write(app).await {
            Ok(count) => {
                written += count;
                app.backlog.is_done.store(i64::try_from(count).is_ok_and(|count| count < BATCH), Ordering::Relaxed);
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "movements of older payments are not written");
                break;
            }
        }
    }
    written
}

async fn write(app: &App) -> Result<usize, Error> {
    if movements::missing(&mut app.db.read().await?, 1).await?.is_empty() {
        return Ok(0);
    }
    let mut tx = app.db.write().await?;
    let written = app.road("upkeep").write_missing_movements(&mut tx, BATCH).await?;
    app.commit(tx).await?;
    Ok(written)
}
