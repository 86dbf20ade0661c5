//! The limit of seven requests a second, and what becomes of whoever goes on after being told to wait. It must not know what is
//! asked.

use super::refusal::Refusal;
use crate::rate::Bucket;

/// Requests a second of one integration.
const A_SECOND: i64 = 7;
/// Calls within the told wait after which the address is blocked. The service does not publish its number.
const PATIENCE: u32 = 10;

/// How near the caller is to being blocked.
pub(super) struct Limits {
    bucket: Bucket,
    /// Until when it was told to wait, as Unix milliseconds.
    pub(super) wait_until: i64,
    refused: u32,
    /// Nothing from the caller's address is listened to, until a person lifts it.
    pub(super) banned: bool,
}

impl Limits {
    pub(super) fn new() -> Self {
        Self { bucket: Bucket::new(A_SECOND, A_SECOND), wait_until: 0, refused: 0, banned: false }
    }

    /// Whether one more call may be made; `forced` where it may not, whatever the count.
    pub(super) fn take(&mut self, forced: bool, retry_after_s: u32, plain: bool, now: i64) -> Result<(), Refusal> {
        if now < self.wait_until {
            self.refused += 1;
            if self.refused > PATIENCE {
                self.banned = true;
                return Err(Refusal::banned());
            }
            let left_s = (self.wait_until - now + 999).div_euclid(1000);
            return Err(Refusal::limit(left_s, plain));
        }
        if forced || self.bucket.take(now).is_err() {
            self.wait_until = now + i64::from(retry_after_s) * 1000;
            self.refused = 0;
            return Err(Refusal::limit(i64::from(retry_after_s), plain));
        }
        Ok(())
    }

    /// Support lifts the block, and forgets the wait.
    pub(super) fn lift(&mut self) {
        *self = Self::new();
    }
}

#[cfg(test)]
mod tests {
    use super::Limits;

    #[test]
    fn seven_pass_in_a_second_and_whoever_goes_on_is_blocked() {
        let mut limits = Limits::new();
        let status = |limits: &mut Limits, now| limits.take(false, 60, false, now).err().map(|refusal| refusal.status);
        for _ in 0..7 {
            assert_eq!(status(&mut limits, 1_000_000), None);
        }
        assert_eq!(status(&mut limits, 1_000_000), Some(429));
        assert_eq!(status(&mut limits, 1_059_999), Some(429), "the wait is not over");
        assert_eq!(status(&mut limits, 1_060_000), None);
        for _ in 0..6 {
            assert_eq!(status(&mut limits, 1_060_000), None);
        }
        for _ in 0..11 {
            assert_eq!(status(&mut limits, 1_060_000), Some(429));
        }
        assert_eq!(status(&mut limits, 1_060_000), Some(403));
        assert!(limits.banned);
        limits.lift();
        assert_eq!(status(&mut limits, 1_060_000), None);
    }
}
