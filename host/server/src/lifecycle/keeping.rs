//! Keeping house: what works is compiled before it is needed, also after an upgrade of the engine; bytes that nobody has any
//! more are removed.

use crate::app::App;
use crate::shelf::{files_older_than, remove_if_there};
use kamurj_store::Error;
use kamurj_store::plugins::{self, Stage};
use std::sync::atomic::{AtomicI64, Ordering};

const DAY: i64 = 24 * 60 * 60 * 1000;

/// When the house is swept next.
#[derive(Debug)]
pub struct Keeping {
    due: AtomicI64,
}

impl Keeping {
    /// Sweeps at the next tick of the keeper, then once a day.
    pub fn new() -> Self {
        Self { due: AtomicI64::new(i64::MIN) }
    }
}

impl Default for Keeping {
    fn default() -> Self {
        Self::new()
    }
}

/// Loads every component that works now, one after the other, so that none is compiled for the first time while a delivery
/// waits. To be called once, at the start.
pub async fn prepare(app: &App) {
    let found = async { plugins::in_force(&mut app.db.read().await?).await }.await;
    let digests = found.unwrap_or_else(|error: Error| {
        tracing::warn!(error = &error as &dyn std::error::Error, "the plugins in force cannot be read");
        Vec::new()
    });
    for digest in digests {
        // Whoever needs it is told of its own; the server starts whatever was uploaded.
        if let Err(error) = app.shelf.get(&app.runtime, &digest).await {
            tracing::warn!(plugin.digest = digest, %error, "a plugin in force does not load");
        }
    }
}

/// Sweeps, once a day; answers how many files it removed.
pub async fn if_due(app: &App) -> usize {
    let now = app.now();
    if now < app.keeping.due.load(Ordering::Relaxed) {
        return 0;
    }
    app.keeping.due.store(now + DAY, Ordering::Relaxed);
    swept("uploads", uploads(app, now - DAY).await) + swept("plugins", components(app, now - DAY).await)
}

fn swept(folder: &str, removed: Result<usize, Unswept>) -> usize {
    removed.unwrap_or_else(|error| {
        tracing::warn!(folder, %error, "a folder could not be swept");
        0
    })
}

#[derive(Debug, thiserror::Error)]
enum Unswept {
    #[error(transparent)]
    Store(#[from] Error),
    #[error(transparent)]
    File(#[from] std::io::Error),
}

/// Bytes that were never taken whole, and those of uploads that were judged or never written down.
async fn uploads(app: &App, before: i64) -> Result<usize, Unswept> {
    let mut removed = 0;
    for file in files_older_than(&app.uploads, before)? {
        let id = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let is_whole = file.extension().is_some_and(|end| end == "wasm");
        let waits = is_whole
            && plugins::by_id(&mut app.db.read().await?, id)
                .await?
                .is_some_and(|uploaded| !matches!(uploaded.stage, Stage::Ready | Stage::Refused));
        if !waits {
            removed += usize::from(remove_if_there(&file)?);
        }
    }
    Ok(removed)
}

/// Components that no merchant has uploaded or installed any more. One that was put there within the day stays: its row may be
/// on its way.
async fn components(app: &App, before: i64) -> Result<usize, Unswept> {
    let mut removed = 0;
    for digest in app.shelf.older_than(before)? {
        if !plugins::is_wanted(&mut app.db.read().await?, &digest).await? {
            app.shelf.remove(&app.runtime, &digest)?;
            removed += 1;
        }
    }
    Ok(removed)
}
