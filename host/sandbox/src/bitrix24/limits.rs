//! What the portal counts: calls in a bucket, time of work, and how patient its callers are once it has refused them. It must not
//! know who calls.

use serde::Serialize;

use crate::rate::Bucket;

/// The portal's limit: it blocks at this many calls, and forgets this many a second.
const BUCKET: i64 = 50;
const DRAINS_PER_S: i64 = 2;
/// How long the portal counts the time of work for, in seconds.
const WINDOW_S: i64 = 600;

/// How callers behaved at the limit.
#[derive(Clone, Debug, Default, Serialize, PartialEq, Eq)]
pub struct Patience {
    /// Calls that were refused for a limit.
    pub over_limit_calls: u32,
    /// The most of them one after another, without a good one between.
    pub longest_refused_run: u32,
    /// The shortest time between such a refusal and the next call, in milliseconds.
    pub shortest_pause_ms: Option<i64>,
}

pub(super) struct Limits {
    bucket: Bucket,
    reset_at: Option<i64>,
    blocked_until: Option<i64>,
    run: u32,
    refused_at: Option<i64>,
    patience: Patience,
}

impl Limits {
    pub(super) fn new() -> Self {
        let bucket = Bucket::new(BUCKET, DRAINS_PER_S);
        let patience = Patience::default();
        Self { bucket, reset_at: None, blocked_until: None, run: 0, refused_at: None, patience }
    }

    /// Takes a call in; `false` where the bucket is full, or `forced` says so.
    pub(super) fn take(&mut self, now: i64, forced: bool) -> bool {
        if let Some(refused_at) = self.refused_at.take() {
            let pause = now - refused_at;
            let shortest = self.patience.shortest_pause_ms.map_or(pause, |shortest| shortest.min(pause));
            self.patience.shortest_pause_ms = Some(shortest);
        }
        if !forced && self.bucket.take(now).is_ok() {
            return true;
        }
        self.refused(now);
        false
    }

    /// Notes that a call was refused for a limit.
    pub(super) fn refused(&mut self, now: i64) {
        self.patience.over_limit_calls += 1;
        self.run += 1;
        self.patience.longest_refused_run = self.patience.longest_refused_run.max(self.run);
        self.refused_at = Some(now);
    }

    /// Notes that a call got past the limits.
    pub(super) fn admitted(&mut self) {
        self.run = 0;
    }

    /// Whether the time of work is used up until the moment that the last good answer told.
    pub(super) fn is_blocked(&mut self, now: i64) -> bool {
        let until = *self.blocked_until.get_or_insert(self.reset_at.unwrap_or_else(|| reset_at(now)));
        now < until * 1000
    }

    /// The block is over.
    pub(super) fn unblock(&mut self) {
        self.blocked_until = None;
    }

    /// Notes a good answer, which told [`reset_at`].
    pub(super) fn answered(&mut self, now: i64) {
        self.reset_at = Some(reset_at(now));
    }

    pub(super) fn patience(&self) -> Patience {
        self.patience.clone()
    }
}

/// When the time of work that was counted is forgotten, in Unix seconds; told in good answers.
pub(super) fn reset_at(now: i64) -> i64 {
    now.div_euclid(1000) + WINDOW_S
}
