//! How long whoever failed to sign in waits before the next try is judged at all. What a try is counted by, an account or an address, and
//! where counts are kept, is not known here.

const MINUTE_MS: i64 = 60_000;

/// Failures that cost no wait.
pub const FREE: u32 = 5;
/// The longest wait, in milliseconds: whoever is kept out by somebody else's guesses is not kept out for a day.
pub const LONGEST_WAIT_MS: i64 = 30 * MINUTE_MS;
/// Milliseconds without a failure after which all failures are forgotten.
pub const FORGOTTEN_MS: i64 = 24 * 60 * MINUTE_MS;

/// Failures that still count, of so many with the last at `last_at`. The next failure is this and one.
pub fn remembered(failures: u32, last_at: i64, now: i64) -> u32 {
    if now.saturating_sub(last_at) >= FORGOTTEN_MS { 0 } else { failures }
}

/// Milliseconds until the next try is judged after so many failures, the last at `last_at`; 0 where it is judged at once. After the fifth
/// failure a minute, and twice as long after each further one. A try that is not judged is no failure: counted, it would never end.
pub fn wait_ms(failures: u32, last_at: i64, now: i64) -> i64 {
    let Some(beyond) = remembered(failures, last_at, now).checked_sub(FREE) else {
        return 0;
    };
    // 32 minutes is beyond the longest already.
    let pause = (MINUTE_MS << beyond.min(5)).min(LONGEST_WAIT_MS);
    // A clock that was put back must not make the wait longer than it was.
    let passed = now.saturating_sub(last_at).max(0);
    (pause - passed).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_250_000_000;

    #[test]
    fn each_failure_after_five_doubles_the_wait_up_to_half_an_hour() {
        let minutes = |failures| wait_ms(failures, NOW, NOW) / MINUTE_MS;
        assert_eq!([0, 1, 4, 5, 6, 7, 8, 9, 10, 11, u32::MAX].map(minutes), [0, 0, 0, 1, 2, 4, 8, 16, 30, 30, 30]);
    }

    #[test]
    fn a_wait_runs_down_and_is_over_to_the_millisecond() {
        assert_eq!(wait_ms(6, NOW, NOW + MINUTE_MS), MINUTE_MS);
        assert_eq!(wait_ms(6, NOW, NOW + 2 * MINUTE_MS - 1), 1);
        assert_eq!(wait_ms(6, NOW, NOW + 2 * MINUTE_MS), 0);
    }

    #[test]
    fn a_day_without_failure_forgets_all_of_them() {
        assert_eq!(remembered(40, NOW, NOW + FORGOTTEN_MS - 1), 40);
        assert_eq!(remembered(40, NOW, NOW + FORGOTTEN_MS), 0);
        assert_eq!(wait_ms(remembered(40, NOW, NOW + FORGOTTEN_MS) + 1, NOW, NOW), 0);
    }

    #[test]
    fn strange_clocks_keep_nobody_out_for_longer_than_half_an_hour() {
        assert_eq!(wait_ms(9, NOW, NOW - FORGOTTEN_MS), 16 * MINUTE_MS);
        assert_eq!(wait_ms(9, i64::MAX, i64::MIN), 16 * MINUTE_MS);
        assert_eq!(wait_ms(9, i64::MIN, i64::MAX), 0);
    }
}
