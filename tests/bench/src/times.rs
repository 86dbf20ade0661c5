//! Time: the moment, how long things took, and what of it a reader wants to know.

use std::time::{Duration, Instant};

/// The moment.
#[expect(clippy::disallowed_methods, reason = "a benchmark is about the machine's own time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// What several rounds of the same work took, in nanoseconds.
#[derive(Debug, Default)]
pub(crate) struct Times {
    rounds: Vec<Vec<u64>>,
    /// Processor time of the whole process meanwhile, in nanoseconds.
    cpu: u64,
}

impl Times {
    /// One round.
    pub(crate) fn add(&mut self, mut round: Vec<u64>, cpu: u64) {
        round.sort_unstable();
        self.rounds.push(round);
        self.cpu += cpu;
    }

    /// The median of the rounds' medians, in nanoseconds: one bad round does not move it.
    pub(crate) fn median(&self) -> f64 {
        let mut medians: Vec<u64> = self.rounds.iter().map(|round| at(round, 0.5)).collect();
        medians.sort_unstable();
        as_float(at(&medians, 0.5))
    }

    /// The 99th percentile over all rounds, in nanoseconds.
    pub(crate) fn p99(&self) -> f64 {
        as_float(at(&self.all(), 0.99))
    }

    /// The 95th percentile over all rounds, in nanoseconds.
    pub(crate) fn p95(&self) -> f64 {
        as_float(at(&self.all(), 0.95))
    }

    /// The 99th percentile of the last round, in nanoseconds.
    pub(crate) fn last_p99(&self) -> f64 {
        as_float(self.rounds.last().map_or(0, |round| at(round, 0.99)))
    }

    /// Processor time for one of them, in nanoseconds.
    pub(crate) fn cpu_each(&self) -> f64 {
        let count: usize = self.rounds.iter().map(Vec::len).sum();
        as_float(self.cpu) / as_float(count.max(1) as u64)
    }

    fn all(&self) -> Vec<u64> {
        let mut all: Vec<u64> = self.rounds.iter().flatten().copied().collect();
        all.sort_unstable();
        all
    }
}

/// The value below which this part of the sorted values lies; 0 where there are none.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "an index of a list in memory"
)]
pub(crate) fn at(sorted: &[u64], part: f64) -> u64 {
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * part).round() as usize).copied().unwrap_or(0)
}

/// A number for a ratio.
#[expect(clippy::cast_precision_loss, reason = "figures are shown with three digits")]
pub(crate) fn as_float(number: u64) -> f64 {
    number as f64
}

/// Nanoseconds of a duration.
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Times, at};

    #[test]
    fn quantiles_are_values_that_were_seen() {
        let sorted: Vec<u64> = (1..=101).collect();
        assert_eq!((at(&sorted, 0.5), at(&sorted, 0.99), at(&sorted, 1.0)), (51, 100, 101));
        assert_eq!(at(&[], 0.5), 0);
    }

    #[test]
    fn one_bad_round_does_not_move_the_median() {
        let mut times = Times::default();
        for round in [vec![10, 11, 12], vec![900, 1000, 1100], vec![11, 12, 13]] {
            times.add(round, 30);
        }
        assert!((times.median() - 12.0).abs() < f64::EPSILON);
        assert!((times.p99() - 1100.0).abs() < f64::EPSILON);
        assert!((times.cpu_each() - 10.0).abs() < f64::EPSILON);
    }
}
