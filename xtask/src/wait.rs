//! Waiting for an effect: looks until it is there, and says what was seen instead when patience ends.

use std::thread;
use std::time::{Duration, Instant};

use crate::{say, signals};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(60);
/// How much longer than one wait all of them together may take.
const WAITS: u32 = 8;

/// How long to wait, for one thing and for all together.
#[derive(Clone, Copy)]
pub(crate) struct Patience {
    each: Duration,
    end: Instant,
}

impl Patience {
    /// So many seconds for one thing.
    pub(crate) fn of_seconds(seconds: u64) -> Self {
        let each = Duration::from_secs(seconds);
        Self { each, end: say::now() + each * WAITS }
    }

    /// Looks until `look` answers; its error says what is there so far.
    pub(crate) fn until<T>(&self, expected: &str, mut look: impl FnMut() -> Result<T, String>) -> Result<T, String> {
        let deadline = (say::now() + self.each).min(self.end);
        loop {
            let seen = match look() {
                Ok(found) => return Ok(found),
                Err(seen) => seen,
            };
            if signals::interrupted() {
                return Err("interrupted".to_owned());
            }
            if say::now() >= deadline {
                return Err(format!("expected {expected} within {} s, saw {seen}", self.each.as_secs()));
            }
            thread::sleep(PAUSE);
        }
    }
}

/// Looks for one second; what is seen must be right all the time. Answers the last.
pub(crate) fn stays<T>(mut look: impl FnMut() -> Result<T, String>) -> Result<T, String> {
    let end = say::now() + Duration::from_secs(1);
    loop {
        let seen = look()?;
        if say::now() >= end {
            return Ok(seen);
        }
        thread::sleep(PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::{Patience, stays};

    #[test]
    fn what_does_not_stay_is_an_error() {
        let mut looks = 0;
        let failed = stays(|| {
            looks += 1;
            if looks < 3 { Ok(()) } else { Err("gone".to_owned()) }
        });
        assert_eq!(failed, Err("gone".to_owned()));
    }

    #[test]
    fn looks_again_until_it_is_there() {
        let mut looks = 0;
        let found = Patience::of_seconds(5).until("a third look", || {
            looks += 1;
            if looks == 3 { Ok(looks) } else { Err(format!("look {looks}")) }
        });
        assert_eq!(found, Ok(3));
    }

    #[test]
    fn says_what_was_expected_and_what_was_seen() {
        let failed: Result<(), String> = Patience::of_seconds(0).until("a deal", || Err("no deal".to_owned()));
        assert_eq!(failed, Err("expected a deal within 0 s, saw no deal".to_owned()));
    }
}
