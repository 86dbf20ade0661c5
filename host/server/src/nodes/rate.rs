//! What a rate is: a bucket that holds so many requests and fills in so much time. Pure arithmetic, in microseconds, because
//! few rates divide a second into whole milliseconds.

/// So many requests in so much time. A bucket: after a rest all of them may come at once, then one in each equal part of the
/// time. A window of `per_ms` that begins after a rest may therefore see nearly twice `requests`; whoever asks a remote that
/// counts strictly writes half.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many requests, at least 1.
    pub requests: i64,
    /// In how much time, in milliseconds.
    pub per_ms: i64,
}

impl Rate {
    /// The time in which one more is allowed, in milliseconds.
    pub const fn every_ms(self) -> i64 {
        if self.requests > 0 { self.per_ms / self.requests } else { self.per_ms }
    }

    pub(super) fn pace(self) -> Pace {
        let burst = self.requests.max(1);
        // Rounded up: never faster than what was agreed.
        Pace { burst, every_us: (self.per_ms.max(0) * 1_000 + burst - 1) / burst }
    }
}

/// Whether a request may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It may, and its budget has one less.
    Now,
    /// It may not; it is worth asking again after so many milliseconds.
    After(i64),
}

/// A budget to take from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    /// Its name, the same on every node. It holds no secret and nothing of a person.
    pub key: String,
    /// Its rate.
    pub rate: Rate,
    /// How many must be left in it for others.
    pub keep: i64,
}

/// What came of taking some.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Granted {
    /// How many may be made.
    pub count: i64,
    /// Where that is none: when it is worth asking again, in milliseconds from now.
    pub after_ms: i64,
}

impl Granted {
    /// From what the books answer: a count, and microseconds.
    pub(super) fn of(count: i64, after_us: i64) -> Self {
        Self { count, after_ms: if count > 0 { 0 } else { (after_us + 999) / 1_000 } }
    }
}

/// A rate as the books use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pace {
    /// How many at once.
    pub(super) burst: i64,
    /// The time in which one more is allowed, in microseconds.
    pub(super) every_us: i64,
}

impl Pace {
    /// The time in which an empty bucket fills.
    pub(super) fn full_us(self) -> i64 {
        self.burst * self.every_us
    }

    /// What one of so many nodes may take by itself; never less than one request.
    pub(super) fn share(self, nodes: i64) -> Self {
        let nodes = nodes.max(1);
        Self { burst: (self.burst / nodes).max(1), every_us: self.every_us * nodes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_never_rounded_up_in_anybodys_favour() {
        assert_eq!(Rate { requests: 20, per_ms: 4_000 }.pace(), Pace { burst: 20, every_us: 200_000 });
        assert_eq!(Rate { requests: 3, per_ms: 1_000 }.pace().every_us, 333_334);
        assert_eq!(Rate { requests: 20, per_ms: 4_000 }.every_ms(), 200);
    }

    #[test]
    fn the_shares_of_all_nodes_are_the_whole() {
        let whole = Rate { requests: 20, per_ms: 4_000 }.pace();
        assert_eq!(whole.share(1), whole);
        assert_eq!(whole.share(4), Pace { burst: 5, every_us: 800_000 });
        assert_eq!(whole.share(3), Pace { burst: 6, every_us: 600_000 });
        assert_eq!(whole.share(30), Pace { burst: 1, every_us: 6_000_000 }, "as slow as its part, one at a time");
    }
}
