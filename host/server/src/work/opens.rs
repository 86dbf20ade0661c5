//! Looks at links: counted in memory, where fetching a page may count without writing, and written down in batches. The
//! first by a person and the first by a robot are told in the payment's journal. A crash loses what was not yet written.

use crate::app::App;
use crate::checkout::visitor::Visitor;
use kamurj_store::opens::{self, Looks};
use kamurj_store::{Error, Tx};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How long looks stay in memory alone, in milliseconds.
pub const EVERY_MS: i64 = 5_000;
/// How many payments' looks are held at most; looks at others are not counted until these are written.
pub const HELD: usize = 10_000;
/// How many payments are written in one transaction.
const BATCH: usize = 100;

/// Looks that are not written down yet.
pub struct Looking {
    // In order of ids, so that two servers that write the same payments take their locks in the same order.
    held: Mutex<BTreeMap<String, Looks>>,
    missed: AtomicU64,
    last: AtomicI64,
}

impl Looking {
    /// Nothing was seen yet.
    pub fn new(now: i64) -> Self {
        Self { held: Mutex::default(), missed: AtomicU64::new(0), last: AtomicI64::new(now) }
    }

    /// Counts a look.
    pub fn count(&self, payment_id: &str, visitor: Visitor, now: i64) {
        let looks = match visitor {
            Visitor::Person => Looks { opens: 1, first_open_at: Some(now), ..Looks::default() },
            Visitor::Robot => Looks { previews: 1, first_preview_at: Some(now), ..Looks::default() },
        };
        self.add(payment_id, &looks);
    }

    fn add(&self, payment_id: &str, looks: &Looks) {
        let mut held = self.held();
        if let Some(known) = held.get_mut(payment_id) {
            known.opens += looks.opens;
            known.previews += looks.previews;
            known.first_open_at = earlier(known.first_open_at, looks.first_open_at);
            known.first_preview_at = earlier(known.first_preview_at, looks.first_preview_at);
        } else if held.len() < HELD {
            held.insert(payment_id.to_owned(), *looks);
        } else {
            self.missed.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn take(&self) -> Vec<(String, Looks)> {
        std::mem::take(&mut *self.held()).into_iter().collect()
    }

    fn is_due(&self, now: i64) -> bool {
        let held = self.held().len();
        held >= HELD / 2 || (held > 0 && now - self.last.load(Ordering::Relaxed) >= EVERY_MS)
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<String, Looks>> {
        // Counts are whole at every moment, also where somebody panicked with the lock in hand.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn earlier(one: Option<i64>, other: Option<i64>) -> Option<i64> {
    one.into_iter().chain(other).min()
}

/// Writes the looks down if it is time; answers how many payments had some.
pub async fn if_due(app: &App) -> usize {
    if app.looking.is_due(app.now()) { flush(app).await } else { 0 }
}

/// Writes all looks down; answers how many payments had some. What cannot be written now is held on.
pub async fn flush(app: &App) -> usize {
    app.looking.last.store(app.now(), Ordering::Relaxed);
    let missed = app.looking.missed.swap(0, Ordering::Relaxed);
    if missed > 0 {
        tracing::warn!(missed, "looks at links were not counted: too many links were looked at in a few seconds");
    }
    let mut written = 0;
    for batch in app.looking.take().chunks(BATCH) {
        match write(app, batch).await {
            Ok(()) => written += batch.len(),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "looks at links could not be written; they are held on");
                for (payment_id, looks) in batch {
                    app.looking.add(payment_id, looks);
                }
            }
        }
    }
    written
}

async fn write(app: &App, batch: &[(String, Looks)]) -> Result<(), Error> {
    let mut tx = app.db.write().await?;
    for (payment_id, looks) in batch {
        let all = opens::add(&mut tx, payment_id, looks).await?;
        if looks.opens > 0 && all.opens == looks.opens {
            note(app, &mut tx, payment_id, "link.opened", looks.first_open_at).await?;
        }
        if looks.previews > 0 && all.previews == looks.previews {
            note(app, &mut tx, payment_id, "link.previewed", looks.first_preview_at).await?;
        }
    }
    tx.commit().await
}

async fn note(app: &App, tx: &mut Tx, payment_id: &str, kind: &str, at: Option<i64>) -> Result<(), Error> {
    match app.road("checkout").note(tx, payment_id, kind, &json!({ "first_at": at })).await {
        // A payment that is gone has nothing to tell; the others' looks are not held up by it.
        Err(Error::Inconsistent { .. }) => Ok(()),
        told => told,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_add_up_and_the_earliest_stays_the_first() {
        let looking = Looking::new(0);
        looking.count("pay_1", Visitor::Person, 7);
        looking.count("pay_1", Visitor::Robot, 8);
        looking.count("pay_1", Visitor::Person, 9);
        looking.add("pay_1", &Looks { opens: 2, first_open_at: Some(5), ..Looks::default() });
        let expected = Looks { opens: 4, previews: 1, first_open_at: Some(5), first_preview_at: Some(8) };
        assert_eq!(looking.take(), [("pay_1".to_owned(), expected)]);
        assert!(looking.take().is_empty(), "what was taken is not held any more");
    }

    #[test]
    fn memory_is_bounded_and_known_payments_still_count() {
        let looking = Looking::new(0);
        for number in 0..=HELD {
            looking.count(&format!("pay_{number:05}"), Visitor::Robot, 1);
        }
        assert!(looking.is_due(0), "a full memory does not wait for its time");
        looking.count("pay_00000", Visitor::Person, 2);
        let held = looking.take();
        assert_eq!((held.len(), held[0].1.opens), (HELD, 1));
        assert_eq!(looking.missed.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn nothing_is_due_before_its_time_or_without_looks() {
        let looking = Looking::new(1_000);
        assert!(!looking.is_due(1_000 + EVERY_MS));
        looking.count("pay_1", Visitor::Person, 1_000);
        assert!(!looking.is_due(999 + EVERY_MS));
        assert!(looking.is_due(1_000 + EVERY_MS));
    }
}
