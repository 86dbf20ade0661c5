//! Files of banks that wait, sealed, until somebody says by which columns they are read. What is in them is read elsewhere.

use crate::app::App;
use crate::problem::{Kind, Problem};
use crate::seal::{Unsealable, hex};
use kamurj_domain::Mode;
use kamurj_store::reconciliations::uploads::{self, Upload};
use kamurj_store::{Error, Tx};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use zeroize::Zeroizing;

/// How long a file waits, in milliseconds.
const WAITS_MS: i64 = 60 * 60 * 1000;
/// How many files of a merchant wait at once in a mode.
const MOST_WAITING: i64 = 10;
/// How often files that waited in vain are looked for, in milliseconds.
const EVERY_MS: i64 = 5 * 60 * 1000;

/// When files that waited in vain are removed next.
#[derive(Debug)]
pub struct Waiting {
    due: AtomicI64,
}

impl Default for Waiting {
    fn default() -> Self {
        Self { due: AtomicI64::new(i64::MIN) }
    }
}

fn place(id: &str) -> String {
    format!("report/{id}")
}

/// A file, sealed under an id of its own. Ten megabytes take a while, so nobody else waits for it.
pub(crate) async fn sealed(
    app: &Arc<App>,
    bytes: axum::body::Bytes,
    (provider, file_name): (&str, &str),
) -> Result<Upload, Problem> {
    let id = app.ids.new_id("upl");
    let (sealing, at) = (app.clone(), place(&id));
    let work = move || (hex(&Sha256::digest(&bytes)), sealing.sealer.seal(&at, &bytes));
    let (sha256, bytes) = tokio::task::spawn_blocking(work).await.map_err(|_| broken())?;
    let (provider, file_name) = (provider.to_owned(), file_name.to_owned());
    Ok(Upload { id, provider, file_name, sha256, bytes, expires_at: app.now() + WAITS_MS })
}

/// Keeps it, unless too many wait.
pub(crate) async fn keep(tx: &mut Tx, whose: (&str, Mode), upload: &Upload) -> Result<(), Problem> {
    if uploads::waiting(tx, whose).await? >= MOST_WAITING {
        let detail = "Ten files of yours wait to be compared. Compare one of them, or try again in an hour.";
        return Err(Problem::new(Kind::NotNow, detail));
    }
    Ok(uploads::insert(tx, whose, upload).await?)
}

/// The bytes of a file.
pub(crate) async fn opened(app: &Arc<App>, upload: Upload) -> Result<Zeroizing<Vec<u8>>, Unsealable> {
    let app = app.clone();
    let work = move || app.sealer.open(&place(&upload.id), &upload.bytes);
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(Unsealable))
}

pub(crate) fn broken() -> Problem {
    Problem::new(Kind::Unavailable, "Something went wrong on our side.")
}

/// Removes files that waited in vain; answers how many.
pub async fn if_due(app: &App) -> usize {
    let now = app.now();
    if now < app.waiting.due.load(Ordering::Relaxed) {
        return 0;
    }
    app.waiting.due.store(now + EVERY_MS, Ordering::Relaxed);
    let removed = remove(app, now).await.unwrap_or_else(|error| {
        tracing::warn!(error = &error as &dyn std::error::Error, "files that waited in vain could not be removed");
        0
    });
    usize::try_from(removed).unwrap_or(usize::MAX)
}

async fn remove(app: &App, now: i64) -> Result<u64, Error> {
    let mut tx = app.db.write().await?;
    let removed = uploads::expire(&mut tx, now).await?;
    tx.commit().await?;
    Ok(removed)
}
