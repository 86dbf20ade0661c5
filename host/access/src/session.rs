//! How long a session lasts. When it began, was used and was confirmed is told; where that is kept is not known here.

/// Milliseconds after which an unused session ends (OWASP ASVS 5.0, 7.3.1).
pub const IDLE_MS: u64 = 30 * 60 * 1000;
/// Milliseconds after which a session ends, however busy it is (OWASP ASVS 5.0, 7.3.2).
pub const ABSOLUTE_MS: u64 = 12 * 60 * 60 * 1000;
/// Milliseconds for which a proof of identity opens what [`crate::Permission::needs_step_up`] names (OWASP ASVS 5.0, 7.5.3).
pub const STEP_UP_MS: u64 = 5 * 60 * 1000;

/// What a session is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing: sign in again.
    Ended,
    /// What the role allows.
    Alive {
        /// Whether who they are was proven so short a time ago that it opens what needs a step-up.
        confirmed: bool,
    },
}

/// The state of a session made at `created_at`, last used at `seen_at`, in which its owner last proved who they are at `confirmed_at`. All
/// in Unix milliseconds.
///
/// A time that lies ahead counts as if it lay as far behind: the clocks of two servers may differ by a little, and a clock that was put
/// back lengthens no session by more than its usual life.
pub fn state(created_at: i64, seen_at: i64, confirmed_at: Option<i64>, now: i64) -> State {
    if now.abs_diff(created_at) >= ABSOLUTE_MS || now.abs_diff(seen_at) >= IDLE_MS {
        return State::Ended;
    }
    State::Alive { confirmed: confirmed_at.is_some_and(|at| now.abs_diff(at) <= STEP_UP_MS) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_250_000_000;
    const MINUTE: i64 = 60_000;
    const HOUR: i64 = 60 * MINUTE;
    const ALIVE: State = State::Alive { confirmed: false };

    #[test]
    fn a_session_ends_after_half_an_hour_without_use() {
        assert_eq!(state(NOW - HOUR, NOW - 30 * MINUTE + 1, None, NOW), ALIVE);
        assert_eq!(state(NOW - HOUR, NOW - 30 * MINUTE, None, NOW), State::Ended);
    }

    #[test]
    fn a_session_ends_after_twelve_hours_of_use() {
        assert_eq!(state(NOW - 12 * HOUR + 1, NOW, None, NOW), ALIVE);
        assert_eq!(state(NOW - 12 * HOUR, NOW, Some(NOW), NOW), State::Ended);
    }

    #[test]
    fn a_proof_is_fresh_for_five_minutes_and_lengthens_nothing() {
        assert_eq!(state(NOW - HOUR, NOW, Some(NOW - 5 * MINUTE), NOW), State::Alive { confirmed: true });
        assert_eq!(state(NOW - HOUR, NOW, Some(NOW - 5 * MINUTE - 1), NOW), ALIVE);
        assert_eq!(state(NOW - HOUR, NOW - HOUR, Some(NOW), NOW), State::Ended);
    }

    #[test]
    fn a_time_far_ahead_is_no_younger_than_one_far_behind() {
        assert_eq!(state(NOW + 50, NOW + 50, Some(NOW + 50), NOW), State::Alive { confirmed: true });
        assert_eq!(state(NOW, NOW, Some(NOW + HOUR), NOW), ALIVE);
        assert_eq!(state(NOW, NOW + HOUR, None, NOW), State::Ended);
        assert_eq!(state(i64::MAX, i64::MIN, Some(i64::MIN), NOW), State::Ended);
    }
}
