//! The clock that stories move by hand.

use kamurj_domain::Clock;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// 2026-11-21, noon in Yerevan.
const START: i64 = 1_795_248_000_000;

/// A clock that stands still until it is moved. Clones show the same time.
#[derive(Clone)]
pub struct HandClock(Arc<AtomicI64>);

impl Default for HandClock {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(START)))
    }
}

impl HandClock {
    /// Moves it on.
    pub fn pass(&self, milliseconds: i64) {
        self.0.fetch_add(milliseconds, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Seconds in milliseconds.
pub const fn seconds(count: i64) -> i64 {
    count * 1_000
}

/// Minutes in milliseconds.
pub const fn minutes(count: i64) -> i64 {
    seconds(count * 60)
}

/// Hours in milliseconds.
pub const fn hours(count: i64) -> i64 {
    minutes(count * 60)
}
