//! Sealing anew, after a rotation, what older keys sealed: column by column, some rows at a time, while everybody works. A cursor in
//! the database says how far that came, so that it goes on wherever a server died; a value that changed meanwhile is left alone.

use super::places;
use crate::app::App;
use crate::seal::{beginning, key_of};
use crate::work::Fault;
use kamurj_store::key_ring::moves::{self, Move};
use kamurj_store::sealed::{self, Column, Key, Row};
use std::sync::atomic::Ordering;

/// Rows that are read, and changed, in one transaction: some of them are megabytes.
const ROWS: i64 = 50;
/// Transactions in a row, before others get their turn.
const BATCHES: usize = 8;

/// Goes through some rows; answers how many batches that were.
pub(super) async fn some(app: &App) -> usize {
    for done in 0..BATCHES {
        match batch(app).await {
            Ok(true) => {}
            Ok(false) => {
                app.keys.moving.store(false, Ordering::Relaxed);
                return done;
            }
            Err(fault) => {
                tracing::error!(
                    error = &fault as &dyn std::error::Error,
                    "values are not sealed anew; it is tried again"
                );
                return 0;
            }
        }
    }
    BATCHES
}

/// Goes through the next rows; answers whether there was a walk to go on with.
pub(super) async fn batch(app: &App) -> Result<bool, Fault> {
    let key_id = app.sealer.key_id();
    let (from, column, rows) = {
        let mut tx = app.db.read().await?;
        let Some(from) = moves::next(&mut tx, &key_id).await? else { return Ok(false) };
        let column = Column::named(&from.place)
            .ok_or_else(|| Fault::Broken(format!("key_moves {}: there is no such column", from.place)))?;
        let behind = if from.behind.is_empty() { Key::default() } else { read(&from.behind)? };
        let rows = sealed::page(&mut tx, column, &behind, ROWS).await?;
        (from, column, rows)
    };
    let mut to = from.clone();
    match rows.last() {
        Some(last) => to.behind = serde_json::to_string(&last.key).map_err(|error| Fault::Broken(error.to_string()))?,
        None => to.done_at = Some(app.now()),
    }
    let own = beginning(&key_id);
    let mut anew: Vec<(&Row, String)> = Vec::new();
    for row in rows.iter().filter(|row| key_of(&row.sealed).is_some() && !row.sealed.starts_with(&own)) {
        let place = places::of(column, row);
        match app.sealer.open(&place, &row.sealed) {
            Ok(value) => anew.push((row, app.sealer.seal(&place, &value))),
            Err(_) => to.unreadable += 1,
        }
    }
    let mut tx = app.db.write().await?;
    for (row, sealed) in anew {
        to.moved += i64::from(sealed::replace(&mut tx, column, row, &sealed).await?);
    }
    // Last, so that of two servers at one batch the second puts nothing: its rows are others by then.
    if moves::advance(&mut tx, &from, &to).await? {
        tx.commit().await?;
        if to.done_at.is_some() {
            let Move { place, moved, unreadable, .. } = to;
            tracing::info!(place, moved, unreadable, "values are sealed with the new key");
        }
    } else {
        tx.rollback().await?;
    }
    Ok(true)
}

fn read(behind: &str) -> Result<Key, Fault> {
    serde_json::from_str(behind).map_err(|error| Fault::Broken(format!("key_moves: {error}")))
}
