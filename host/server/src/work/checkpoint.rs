//! Seals the journal: once a minute, at the server's end, and after a proof. The newest checkpoint is also logged and kept
//! in a file outside the database, so that a cut list of checkpoints shows.

use super::Fault;
use crate::app::App;
use kamurj_domain::journal::checkpoint::Anchor;
use kamurj_store::{Error, checkpoints};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::io::AsyncWriteExt;

/// How long entries stay unsealed at most, in milliseconds.
pub const EVERY_MS: i64 = 60_000;
/// How often a checkpoint is tried that another server makes at the same time.
const TRIES: u32 = 20;

/// When the journal is sealed, and where its anchor is kept.
pub struct Sealing {
    anchor: PathBuf,
    last: AtomicI64,
}

impl Sealing {
    /// Seals for the first time `EVERY_MS` from now.
    pub fn new(anchor: PathBuf, now: i64) -> Self {
        Self { anchor, last: AtomicI64::new(now) }
    }
}

/// Seals if it is time; answers whether something was sealed, as a count.
pub async fn if_due(app: &App) -> usize {
    let now = app.now();
    if now - app.sealing.last.load(Ordering::Relaxed) < EVERY_MS {
        return 0;
    }
    app.sealing.last.store(now, Ordering::Relaxed);
    match seal(app).await {
        Ok(sealed) => usize::from(sealed.is_some()),
        Err(fault) => {
            tracing::error!(error = &fault as &dyn std::error::Error, "the journal is not sealed; it is tried again");
            0
        }
    }
}

/// Seals everything that was not sealed when this began, in batches; answers the newest checkpoint if this made one.
pub async fn seal(app: &App) -> Result<Option<Anchor>, Fault> {
    let mut newest = None;
    let mut tries = 0;
    loop {
        let mut tx = app.db.write().await?;
        match checkpoints::seal(&mut tx, &app.sealer, app.now()).await {
            Ok(Some((anchor, payments))) => {
                tx.commit().await?;
                tracing::info!(checkpoint = %anchor, payments, "the journal is sealed");
                newest = Some(anchor);
                if i64::try_from(payments).is_ok_and(|payments| payments < checkpoints::BATCH) {
                    break;
                }
            }
            Ok(None) => break,
            Err(Error::Busy) if tries < TRIES => {
                tries += 1;
                tx.rollback().await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    keep_anchor(app).await?;
    Ok(newest)
}

/// The checkpoint that the file names.
pub async fn anchor(app: &App) -> Result<Option<Anchor>, Fault> {
    let file = &app.sealing.anchor;
    let wrong = |why: &dyn std::fmt::Display| Fault::Broken(format!("{}: {why}", file.display()));
    match tokio::fs::read_to_string(file).await {
        Ok(text) => text.parse().map(Some).map_err(|error| wrong(&error)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(wrong(&error)),
    }
}

/// Lays the file aside where the database does not have the checkpoint that it names: it was restored from an older copy, and
/// whoever did so knows. Answers that checkpoint.
pub async fn part_with_anchor(app: &App) -> Result<Option<Anchor>, Fault> {
    let Some(kept) = anchor(app).await? else { return Ok(None) };
    let mut tx = app.db.read().await?;
    if checkpoints::has(&mut tx, &kept).await? {
        return Ok(None);
    }
    drop(tx);
    let file = &app.sealing.anchor;
    let aside = file.with_extension(format!("anchor.lost-{}", kept.number));
    let moved = tokio::fs::rename(file, &aside).await;
    moved.map_err(|error| Fault::Broken(format!("{}: {error}", file.display())))?;
    Ok(Some(kept))
}

/// Writes the newest checkpoint into the file, unless the database no longer has the one that the file names: then the file
/// is the proof of it, and stays.
async fn keep_anchor(app: &App) -> Result<(), Fault> {
    let kept = anchor(app).await?;
    let mut tx = app.db.snapshot().await?;
    let Some(newest) = checkpoints::newest(&mut tx).await? else { return Ok(()) };
    if let Some(kept) = kept {
        if !checkpoints::has(&mut tx, &kept).await? {
            let file = app.sealing.anchor.display();
            return Err(Fault::Broken(format!(
                "the database does not have the checkpoint {kept} that {file} names: run `kamurj journal verify`; after \
                 restoring an older backup on purpose, run `kamurj admin restored`"
            )));
        }
        if kept.number >= newest.number {
            return Ok(());
        }
    }
    drop(tx);
    let file = &app.sealing.anchor;
    write(file, &newest).await.map_err(|error| Fault::Broken(format!("{}: {error}", file.display())))
}

/// The file is always whole: the old one or the new one, also after a power cut.
async fn write(file: &Path, anchor: &Anchor) -> std::io::Result<()> {
    // A proof on the command line may write at the same time as the server.
    let beside = file.with_extension(format!("anchor.{}", std::process::id()));
    let mut new = tokio::fs::File::create(&beside).await?;
    new.write_all(format!("{anchor}\n").as_bytes()).await?;
    new.sync_all().await?;
    tokio::fs::rename(&beside, file).await
}
