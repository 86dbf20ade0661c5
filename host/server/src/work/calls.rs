//! The books of provider accounts: which calls are admitted, and what was said. An account whose provider does not answer is
//! left alone for a while, so that payers are told at once and the provider is not called by everybody when it comes back.
//! Calls are held in memory and written down in batches: nobody's payment waits for that, and a crash loses the last ones.

use crate::app::App;
use crate::seal::Sealer;
use kamurj_domain::{Clock, Ids};
use kamurj_providers::{Book, Call};
use kamurj_store::provider_calls::{self, ProviderCall};
use kamurj_store::{Error, provider_accounts};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const SECOND: i64 = 1_000;
const DAY: i64 = 24 * 60 * 60 * SECOND;

/// How many calls in a row must stay without an answer before the account is left alone.
pub const UNANSWERED: u32 = 5;
/// For how long, after the first of them; twice as long each time that the next call is not answered either.
pub const PAUSE_MS: i64 = 10 * SECOND;
/// The longest pause.
pub const LONGEST_PAUSE_MS: i64 = 2 * 60 * SECOND;
/// How many calls wait to be written down at most; others are not kept then, and counted.
const HELD: usize = 2_000;
/// How many are written, or removed, in one transaction.
const BATCH: usize = 200;

/// How well an account's provider answers.
#[derive(Debug, Clone, Copy, Default)]
struct Health {
    unanswered: u32,
    paused_until: i64,
}

impl Health {
    /// Whether a call may leave now. In a pause none may; after it one may, and the others wait for what becomes of it.
    fn admit(&mut self, now: i64) -> Result<(), i64> {
        if self.unanswered < UNANSWERED {
            return Ok(());
        }
        if now < self.paused_until {
            return Err(self.paused_until);
        }
        self.paused_until = now + self.pause();
        Ok(())
    }

    fn answered(&mut self, answered: bool, now: i64) {
        if answered {
            *self = Self::default();
        } else {
            self.unanswered = self.unanswered.saturating_add(1);
            self.paused_until = now + self.pause();
        }
    }

    fn pause(&self) -> i64 {
        let times = self.unanswered.saturating_sub(UNANSWERED).min(8);
        (PAUSE_MS << times).min(LONGEST_PAUSE_MS)
    }
}

/// What is written down of one exchange, sealed.
#[derive(Serialize, Deserialize)]
pub(crate) struct Exchange {
    pub(crate) address: String,
    pub(crate) request: String,
    pub(crate) answer: String,
}

/// The books of all accounts.
pub struct Books {
    clock: Arc<dyn Clock>,
    ids: Ids,
    sealer: Sealer,
    keep_ms: i64,
    health: Mutex<BTreeMap<String, Health>>,
    held: Mutex<Vec<ProviderCall>>,
    missed: AtomicU64,
    prune_at: AtomicI64,
}

impl Books {
    /// Nothing was called yet. `days`: for how long calls are kept.
    pub fn new(clock: Arc<dyn Clock>, ids: Ids, sealer: Sealer, days: i64) -> Self {
        Self {
            clock,
            ids,
            sealer,
            keep_ms: days * DAY,
            health: Mutex::default(),
            held: Mutex::default(),
            missed: AtomicU64::new(0),
            prune_at: AtomicI64::new(i64::MIN),
        }
    }

    /// The book of one account, for calls about this attempt.
    pub(crate) fn of(self: &Arc<Self>, account: &str, attempt: Option<&str>) -> Arc<dyn Book> {
        Arc::new(AccountBook { books: self.clone(), account: account.to_owned(), attempt: attempt.map(str::to_owned) })
    }

    /// Forgets how an account's provider answered: its settings are others now.
    pub(crate) fn trust_again(&self, account: &str) {
        open(&self.health).remove(account);
    }
}

struct AccountBook {
    books: Arc<Books>,
    account: String,
    attempt: Option<String>,
}

impl Book for AccountBook {
    fn admit(&self) -> Result<i64, String> {
        let now = self.books.clock.now();
        let mut health = open(&self.books.health);
        let admitted = health.entry(self.account.clone()).or_default().admit(now);
        admitted.map(|()| now).map_err(|until| {
            let seconds = (until - now).div_euclid(SECOND) + 1;
            format!("the provider did not answer the last calls; it is called again in {seconds} s")
        })
    }

    fn keep(&self, began: i64, answered: bool, call: Call) {
        let books = &self.books;
        let now = books.clock.now();
        open(&books.health).entry(self.account.clone()).or_default().answered(answered, now);
        let id = books.ids.new_id("cal");
        let exchange = Exchange { address: call.address, request: call.request, answer: call.answer };
        let bytes = serde_json::to_vec(&exchange).expect("a struct of texts always has a JSON form");
        let row = ProviderCall {
            exchange_sealed: books.sealer.seal(&call_place(&id), &bytes),
            id,
            account_id: self.account.clone(),
            attempt_id: self.attempt.clone(),
            operation: call.operation.to_owned(),
            status: call.status.map(i64::from),
            began_at: began,
            took_ms: (now - began).max(0),
        };
        let mut held = open(&books.held);
        if held.len() < HELD {
            held.push(row);
        } else {
            books.missed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Where the exchange of a call is sealed to.
pub(crate) fn call_place(id: &str) -> String {
    format!("call/{id}")
}

/// What is behind the lock is whole at every moment, also where somebody panicked with it in hand.
fn open<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes held calls down and removes those that have had their time; answers how many that were.
pub async fn if_due(app: &App) -> usize {
    let written = write(app).await;
    let pruned = prune(app).await;
    [written, pruned]
        .into_iter()
        .map(|done| {
            done.unwrap_or_else(|error| {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "calls to providers could not be written down"
                );
                0
            })
        })
        .sum()
}

async fn write(app: &App) -> Result<usize, Error> {
    let batch: Vec<ProviderCall> = {
        let mut held = open(&app.books.held);
        let end = held.len().min(BATCH);
        held.drain(..end).collect()
    };
    if batch.is_empty() {
        return Ok(0);
    }
    let missed = app.books.missed.swap(0, Ordering::Relaxed);
    if missed > 0 {
        tracing::warn!(missed, "calls to providers came faster than they are written down");
    }
    let mut tx = app.db.write().await?;
    for call in &batch {
        // It may have been tried out and removed since.
        if provider_accounts::account(&mut tx, &call.account_id).await?.is_none() {
            continue;
        }
        provider_calls::insert(&mut tx, call).await?;
    }
    tx.commit().await?;
    Ok(batch.len())
}

async fn prune(app: &App) -> Result<usize, Error> {
    let now = app.now();
    if now < app.books.prune_at.load(Ordering::Relaxed) {
        return Ok(0);
    }
    app.books.prune_at.store(now + DAY / 24, Ordering::Relaxed);
    let mut tx = app.db.write().await?;
    let limit = i64::try_from(BATCH * 10).unwrap_or(i64::MAX);
    let removed = provider_calls::prune(&mut tx, now - app.books.keep_ms, limit).await?;
    tx.commit().await?;
    Ok(usize::try_from(removed).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_that_stays_silent_is_left_alone_longer_and_longer_and_one_call_tries_it_out() {
        let mut health = Health::default();
        for second in 0..i64::from(UNANSWERED) {
            assert_eq!(health.admit(second), Ok(()));
            health.answered(false, second);
        }
        let first_end = i64::from(UNANSWERED) - 1 + PAUSE_MS;
        assert_eq!(health.admit(first_end - 1), Err(first_end));
        assert_eq!(health.admit(first_end), Ok(()), "one tries it out");
        assert!(health.admit(first_end).is_err(), "and the others wait for it");
        health.answered(false, first_end);
        assert_eq!(health.admit(first_end + PAUSE_MS), Err(first_end + 2 * PAUSE_MS));
        for _ in 0..20 {
            health.answered(false, 0);
        }
        assert_eq!(health.admit(0), Err(LONGEST_PAUSE_MS));
        health.answered(true, 0);
        assert_eq!(health.admit(0), Ok(()));
    }
}
