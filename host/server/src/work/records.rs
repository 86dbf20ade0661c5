//! Bounds of what is kept of plugin runs: how long, and how fast an installation's log may grow. What is in a record is not
//! its business.

use crate::app::App;
use kamurj_store::Error;
use kamurj_store::runs::LogLine;
use kamurj_store::runs::prune;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

const MINUTE: i64 = 60 * 1000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Owners whose records are removed in one transaction.
pub const BATCH: usize = 50;
/// Log lines that are kept of one installation in a minute, by each server.
pub const LINES_A_MINUTE: usize = 600;

/// How long records are kept, and who has logged how much of late.
pub struct Records {
    keep_ms: i64,
    /// When old records are looked for next.
    due: AtomicI64,
    /// By installation: the minute in which it logged last, and how many lines in it.
    logged: Mutex<BTreeMap<String, (i64, usize)>>,
}

impl Records {
    /// Keeps records for so many days.
    pub fn new(days: i64) -> Self {
        Self { keep_ms: days * DAY, due: AtomicI64::new(i64::MIN), logged: Mutex::default() }
    }

    /// How many of these lines may be kept.
    fn room(&self, installation: &str, lines: usize, now: i64) -> usize {
        let minute = now.div_euclid(MINUTE);
        // Numbers are whole at every moment, also where somebody panicked with the lock in hand.
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        if !logged.contains_key(installation) {
            logged.retain(|_, (last, _)| *last == minute);
        }
        let (last, used) = logged.entry(installation.to_owned()).or_insert((minute, 0));
        if *last != minute {
            (*last, *used) = (minute, 0);
        }
        let room = lines.min(LINES_A_MINUTE.saturating_sub(*used));
        *used += room;
        room
    }
}

/// The lines of a run as far as the installation may log them now; a last line says how many were not kept.
pub(super) fn bounded(app: &App, installation: &str, mut lines: Vec<LogLine>) -> Vec<LogLine> {
    let room = app.records.room(installation, lines.len(), app.now());
    let more = lines.len() - room;
    if more > 0 {
        let place = i64::try_from(room).unwrap_or(i64::MAX);
        lines.truncate(room);
        let line = format!("{more} more lines were not kept: an installation may log {LINES_A_MINUTE} lines a minute");
        lines.push(LogLine { place, level: "warn".to_owned(), line });
    }
    lines
}

/// Removes a batch of records that have had their time; answers how many owners they were of.
pub async fn if_due(app: &App) -> usize {
    let now = app.now();
    if now < app.records.due.load(Ordering::Relaxed) {
        return 0;
    }
    let removed = remove(app, now).await.unwrap_or_else(|error| {
        tracing::warn!(error = &error as &dyn std::error::Error, "old records could not be removed");
        0
    });
    // A full batch has others behind it, which are not kept waiting.
    let next = if removed == BATCH { now } else { now + HOUR };
    app.records.due.store(next, Ordering::Relaxed);
    removed
}

async fn remove(app: &App, now: i64) -> Result<usize, Error> {
    let mut tx = app.db.write().await?;
    let owners = i64::try_from(BATCH).unwrap_or(i64::MAX);
    let removed = prune::prune(&mut tx, now - app.records.keep_ms, owners).await?;
    tx.commit().await?;
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installation_logs_so_many_lines_a_minute_and_delays_no_other() {
        let records = Records::new(1);
        assert_eq!(records.room("ins_1", 64, 0), 64);
        assert_eq!(records.room("ins_1", LINES_A_MINUTE, 1), LINES_A_MINUTE - 64);
        assert_eq!(records.room("ins_1", 1, 59_999), 0);
        assert_eq!(records.room("ins_2", 1, 59_999), 1);
        assert_eq!(records.room("ins_1", 1, 60_000), 1);
    }

    #[test]
    fn who_has_not_logged_in_this_minute_is_forgotten_with_the_next_newcomer() {
        let records = Records::new(1);
        for number in 0..100 {
            records.room(&format!("ins_{number}"), 1, 0);
        }
        records.room("ins_new", 1, MINUTE);
        assert_eq!(records.logged.lock().unwrap().len(), 1);
    }
}
