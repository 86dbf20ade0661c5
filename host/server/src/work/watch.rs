//! Customers who have the page of an unfinished payment open: its attempts are asked about every few seconds, ahead of the
//! schedule. Who looks is kept in memory alone, so that fetching a page writes nothing; other nodes are
//! told through Redis, and of all of them one asks.

use super::budget::Asker;
use super::lookup;
use crate::app::App;
use kamurj_store::jobs::{Job, Kind};
use kamurj_store::{Error, attempts};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::task::JoinSet;

/// How often a watched payment is asked about, in milliseconds, a fifth more or less.
pub const EVERY_MS: i64 = 5_000;
/// How long after its page was last fetched somebody counts as looking, in milliseconds.
pub const LOOKS_FOR_MS: i64 = 30_000;
/// How many payments are watched at most; beyond them the schedule must do.
pub const HELD: usize = 10_000;
/// How many watched payments are asked about at once.
const PLACES: usize = 8;

#[derive(Debug, Clone, Copy)]
struct Look {
    last: i64,
    next: i64,
}

/// Which payments somebody looks at.
#[derive(Default)]
pub struct Watching {
    held: Mutex<BTreeMap<String, Look>>,
    in_hand: AtomicUsize,
}

impl Watching {
    /// Somebody fetched the payment's page while its end was not known.
    pub fn seen(&self, payment_id: &str, now: i64) {
        let mut held = self.held();
        if let Some(look) = held.get_mut(payment_id) {
            look.last = now;
        } else if held.len() < HELD {
            held.insert(payment_id.to_owned(), Look { last: now, next: now + EVERY_MS });
        }
    }

    /// Somebody fetched it from another node, then. It is that node's turn to ask first.
    pub fn seen_at(&self, payment_id: &str, then: i64, now: i64) {
        let mut held = self.held();
        if let Some(look) = held.get_mut(payment_id) {
            look.last = look.last.max(then);
        } else if held.len() < HELD {
            held.insert(payment_id.to_owned(), Look { last: then, next: now + EVERY_MS });
        }
    }

    /// How many payments are watched.
    pub fn count(&self) -> usize {
        self.held().len()
    }

    /// Up to so many payments whose time has come, those that wait longest first. `pause`: the time to each one's next.
    fn due(&self, now: i64, most: usize, pause: impl Fn() -> i64) -> Vec<String> {
        let mut held = self.held();
        held.retain(|_, look| look.last + LOOKS_FOR_MS > now);
        let mut due: Vec<(i64, String)> =
            held.iter().filter(|(_, look)| look.next <= now).map(|(id, look)| (look.next, id.clone())).collect();
        due.sort();
        due.truncate(most);
        for (_, id) in &due {
            if let Some(look) = held.get_mut(id) {
                look.next = now + pause();
            }
        }
        due.into_iter().map(|(_, id)| id).collect()
    }

    fn forget(&self, payment_id: &str) {
        self.held().remove(payment_id);
    }

    /// Where the budget was empty: it is this payment's turn again as soon as there may be room.
    fn again_at(&self, payment_id: &str, at: i64) {
        if let Some(look) = self.held().get_mut(payment_id) {
            look.next = at;
        }
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<String, Look>> {
        // Every entry is whole at every moment.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks about watched payments whose time has come; answers how many look-ups that were.
pub async fn if_due(app: &Arc<App>) -> usize {
    let free = PLACES.saturating_sub(app.watching.in_hand.load(Ordering::Relaxed));
    let mut hands = JoinSet::new();
    for payment_id in app.watching.due(app.now(), free, || super::jitter(app, EVERY_MS)) {
        if !app.nodes.may_ask(&payment_id).await {
            continue;
        }
        match claim(app, &payment_id).await {
            Ok(jobs) => {
                for job in jobs {
                    let hand = Hand::take(app);
                    hands.spawn(async move { super::work(&hand.0, job).await });
                }
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a watched payment could not be asked about");
            }
        }
    }
    hands.join_all().await.len()
}

/// One of the places; free again when this is dropped, whatever became of the look-up.
struct Hand(Arc<App>);

impl Hand {
    fn take(app: &Arc<App>) -> Self {
        app.watching.in_hand.fetch_add(1, Ordering::Relaxed);
        Self(app.clone())
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        self.0.watching.in_hand.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Claims the look-ups of the payment's attempts. What has no look-up any more needs no watching.
async fn claim(app: &App, payment_id: &str) -> Result<Vec<Job>, Error> {
    let stored = {
        let mut tx = app.db.read().await?;
        attempts::of_payment(&mut tx, payment_id).await?
    };
    let mut claimed = Vec::new();
    let mut is_open = false;
    for stored in stored {
        match lookup::claim(app, Kind::Lookup, &stored.attempt.id, Asker::Watcher).await? {
            lookup::Claimed::Job(job) => claimed.push(*job),
            lookup::Claimed::Held => {}
            lookup::Claimed::NoRoom => {
                app.watching.again_at(payment_id, app.now() + super::jitter(app, 1_000));
                app.nodes.did_not_ask(payment_id).await;
            }
            lookup::Claimed::Over => continue,
        }
        is_open = true;
    }
    if !is_open {
        app.watching.forget(payment_id);
        app.nodes.settled(payment_id);
    }
    Ok(claimed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(watching: &Watching, now: i64) -> Vec<String> {
        watching.due(now, 2, || EVERY_MS)
    }

    #[test]
    fn a_watched_payment_is_due_every_few_seconds_until_nobody_looks_any_more() {
        let watching = Watching::default();
        watching.seen("pay_1", 0);
        let asked = (0..100).filter(|second| !due(&watching, second * 1_000).is_empty()).collect::<Vec<_>>();
        assert_eq!(asked, [5, 10, 15, 20, 25]);
        assert_eq!(watching.count(), 0);
    }

    #[test]
    fn fetching_the_page_again_keeps_it_watched_and_asks_no_faster() {
        let watching = Watching::default();
        let mut asked = 0;
        for second in 0..60 {
            watching.seen("pay_1", second * 1_000);
            asked += due(&watching, second * 1_000).len();
        }
        assert_eq!(asked, 11);
    }

    #[test]
    fn who_looks_at_another_node_s_page_counts_from_when_that_was_and_no_longer() {
        let watching = Watching::default();
        watching.seen_at("pay_1", 0, 2_000);
        watching.seen("pay_2", 1_000);
        watching.seen_at("pay_2", 20_000, 21_000);
        assert_eq!(due(&watching, 7_000), ["pay_2", "pay_1"]);
        assert_eq!(due(&watching, 29_999), ["pay_1", "pay_2"]);
        assert_eq!(due(&watching, 40_000), ["pay_2"]);
    }

    #[test]
    fn those_who_wait_longest_come_first_and_memory_is_bounded() {
        let watching = Watching::default();
        for number in (0..HELD + 5).rev() {
            watching.seen(&format!("pay_{number:05}"), i64::try_from(HELD + 5 - number).unwrap());
        }
        assert_eq!(watching.count(), HELD);
        assert_eq!(due(&watching, 20_000), ["pay_10004", "pay_10003"]);
        assert_eq!(due(&watching, 20_000), ["pay_10002", "pay_10001"]);
        watching.forget("pay_10000");
        watching.again_at("pay_10004", 20_000);
        watching.again_at("pay_10003", 0);
        assert_eq!(due(&watching, 20_000), ["pay_10003", "pay_09999"]);
    }
}
