//! A leaky bucket over the injected clock, in integers. It must not know what it counts.

/// Fills by one with each call and drains steadily.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    /// Thousandths of a call, so that draining by the millisecond needs no fractions.
    level_milli: i64,
    drained_at_ms: i64,
    capacity: i64,
    drains_per_s: i64,
}

impl Bucket {
    /// An empty bucket that holds `capacity` calls and drains `drains_per_s` of them a second.
    pub(crate) fn new(capacity: i64, drains_per_s: i64) -> Self {
        Self { level_milli: 0, drained_at_ms: 0, capacity, drains_per_s }
    }

    /// Takes a call in, or refuses it and tells after how many milliseconds there will be room.
    pub(crate) fn take(&mut self, now_ms: i64) -> Result<(), i64> {
        let elapsed_ms = (now_ms - self.drained_at_ms).max(0);
        self.level_milli = (self.level_milli - elapsed_ms.saturating_mul(self.drains_per_s)).max(0);
        self.drained_at_ms = now_ms;
        let over_milli = self.level_milli + 1000 - self.capacity * 1000;
        if over_milli > 0 {
            return Err((over_milli + self.drains_per_s - 1) / self.drains_per_s);
        }
        self.level_milli += 1000;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Bucket;

    #[test]
    fn fifty_pass_at_once_and_then_two_a_second() {
        let mut bucket = Bucket::new(50, 2);
        for _ in 0..50 {
            assert_eq!(bucket.take(1_000_000), Ok(()));
        }
        assert_eq!(bucket.take(1_000_000), Err(500));
        assert_eq!(bucket.take(1_000_499), Err(1));
        assert_eq!(bucket.take(1_000_500), Ok(()));
        assert_eq!(bucket.take(1_000_500), Err(500));
    }

    #[test]
    fn a_clock_that_steps_back_drains_nothing() {
        let mut bucket = Bucket::new(1, 1);
        assert_eq!(bucket.take(5_000), Ok(()));
        assert_eq!(bucket.take(1_000), Err(1000));
    }
}
