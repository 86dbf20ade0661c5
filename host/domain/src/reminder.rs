//! Reminders: when a customer who has not paid is reminded, by the merchant's rules. Never in the quiet hours, never when it
//! would be too late to be of use, never twice within the same hours. Reads no clock: times are arguments.

use crate::format::YEREVAN_OFFSET_MS;
use serde::{Deserialize, Serialize};

/// The most reminders that one payment may have.
pub const MOST_REMINDERS: usize = 5;
/// The earliest that a reminder may be set, and the least between two: an hour, in minutes.
pub const LEAST_GAP_MINUTES: i64 = 60;
/// The latest: 30 days, in minutes.
pub const LATEST_MINUTES: i64 = 30 * 24 * 60;
/// How long a link must still be good for when somebody is reminded of it: a quarter of an hour, in milliseconds.
pub const LEAST_LEFT_MS: i64 = 15 * MINUTE_MS;

const MINUTE_MS: i64 = 60 * 1000;
const DAY_MINUTES: i64 = 24 * 60;

/// A merchant's rules. Times of day are those of Yerevan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminders {
    /// When customers are reminded, in minutes from when the payment was made or re-opened, in rising order. Empty: never.
    pub after_minutes: Vec<i64>,
    /// When the quiet hours begin, in minutes from midnight.
    pub quiet_from: i64,
    /// When they end. The same as `quiet_from`: there are none.
    pub quiet_until: i64,
}

/// A payment that waits for its customer. Times are Unix milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Unpaid<'r> {
    /// When it was made, or re-opened.
    pub opened_at: i64,
    /// When its customer was reminded since then, the earliest first.
    pub reminded_at: &'r [i64],
    /// When it takes no more money.
    pub closes_at: i64,
}

impl Default for Reminders {
    /// Nobody is reminded until the merchant wants it. Quiet from 21:00 until 10:00.
    fn default() -> Self {
        Self { after_minutes: Vec::new(), quiet_from: 21 * 60, quiet_until: 10 * 60 }
    }
}

impl Reminders {
    /// When the next reminder is due, Unix milliseconds, not before this moment. `None`: there is none to come.
    pub fn next(&self, unpaid: &Unpaid<'_>, not_before: i64) -> Option<i64> {
        let wanted = unpaid.opened_at + self.after_minutes.get(unpaid.reminded_at.len())? * MINUTE_MS;
        // What quiet hours or a standstill have held back pushes the next one away from it.
        let last = unpaid.reminded_at.last().map_or(i64::MIN, |last| last + LEAST_GAP_MINUTES * MINUTE_MS);
        let due = self.after_quiet(wanted.max(last).max(not_before));
        (due <= unpaid.closes_at.saturating_sub(LEAST_LEFT_MS)).then_some(due)
    }

    /// The first moment from this one on that is not in the quiet hours.
    fn after_quiet(&self, at: i64) -> i64 {
        let minute_of_day = (at + YEREVAN_OFFSET_MS).div_euclid(MINUTE_MS).rem_euclid(DAY_MINUTES);
        let length = (self.quiet_until - self.quiet_from).rem_euclid(DAY_MINUTES);
        let into = (minute_of_day - self.quiet_from).rem_euclid(DAY_MINUTES);
        if into >= length {
            return at;
        }
        at.div_euclid(MINUTE_MS) * MINUTE_MS + (length - into) * MINUTE_MS
    }
}

#[cfg(test)]
mod tests {
    use super::{DAY_MINUTES, LEAST_GAP_MINUTES, LEAST_LEFT_MS, MINUTE_MS, Reminders, Unpaid};

    /// 2026-11-21 in Yerevan, at this hour.
    fn at(hour: i64, minute: i64) -> i64 {
        1_795_204_800_000 + (hour * 60 + minute) * MINUTE_MS
    }

    fn rules(after_minutes: &[i64]) -> Reminders {
        Reminders { after_minutes: after_minutes.to_vec(), ..Reminders::default() }
    }

    fn next(rules: &Reminders, opened_at: i64, reminded_at: &[i64], closes_at: i64) -> Option<i64> {
        rules.next(&Unpaid { opened_at, reminded_at, closes_at }, i64::MIN)
    }

    fn check(after: &[i64], opened: i64, sent: &[i64], closes: i64, due: Option<i64>) {
        assert_eq!(next(&rules(after), opened, sent, closes), due, "{after:?} {opened} {sent:?} {closes}");
    }

    #[test]
    fn reminders_come_one_after_the_other_and_end() {
        let end = at(24 * 5, 0);
        check(&[120, 1440], at(12, 0), &[], end, Some(at(14, 0)));
        check(&[120, 1440], at(12, 0), &[at(14, 0)], end, Some(at(36, 0)));
        check(&[120, 1440], at(12, 0), &[at(14, 0), at(36, 0)], end, None);
        check(&[], at(12, 0), &[], end, None);
    }

    #[test]
    fn nobody_is_reminded_in_the_quiet_hours() {
        let end = at(24 * 5, 0);
        check(&[120], at(18, 59), &[], end, Some(at(20, 59)));
        check(&[120], at(19, 0), &[], end, Some(at(34, 0)));
        check(&[120], at(23, 30), &[], end, Some(at(34, 0)));
        check(&[120], at(7, 59), &[], end, Some(at(10, 0)));
        check(&[120], at(8, 0), &[], end, Some(at(10, 0)));
        // Held back until ten in the morning; the second waits an hour more.
        check(&[120, 180], at(20, 0), &[at(34, 0)], end, Some(at(35, 0)));
    }

    #[test]
    fn a_reminder_that_would_come_too_late_does_not_come() {
        check(&[120], at(12, 0), &[], at(14, 15), Some(at(14, 0)));
        check(&[120], at(12, 0), &[], at(14, 14), None);
        check(&[120], at(20, 0), &[], at(30, 0), None);
        check(&[120], at(12, 0), &[], i64::MIN, None);
    }

    #[test]
    fn a_reminder_that_a_try_held_back_comes_after_it() {
        let unpaid = Unpaid { opened_at: at(12, 0), reminded_at: &[], closes_at: at(60, 0) };
        assert_eq!(rules(&[60]).next(&unpaid, at(14, 5)), Some(at(14, 5)));
        assert_eq!(rules(&[60]).next(&unpaid, at(22, 0)), Some(at(34, 0)));
        assert_eq!(rules(&[600]).next(&unpaid, at(14, 5)), Some(at(34, 0)));
    }

    #[test]
    fn quiet_hours_by_day_and_none_at_all() {
        let by_day = Reminders { after_minutes: vec![60], quiet_from: 13 * 60, quiet_until: 14 * 60 };
        assert_eq!(next(&by_day, at(12, 10), &[], i64::MAX), Some(at(14, 0)));
        assert_eq!(next(&by_day, at(22, 10), &[], i64::MAX), Some(at(23, 10)));
        let none = Reminders { after_minutes: vec![60], quiet_from: 0, quiet_until: 0 };
        assert_eq!(next(&none, at(23, 30), &[], i64::MAX), Some(at(24, 30)));
    }

    #[test]
    fn whatever_the_rules_a_reminder_is_in_time_and_not_in_the_quiet_hours() {
        for quiet_from in (0..DAY_MINUTES).step_by(97) {
            for quiet_until in (0..DAY_MINUTES).step_by(89) {
                for opened in (0..DAY_MINUTES).step_by(53) {
                    let rules = Reminders { after_minutes: vec![75, 400], quiet_from, quiet_until };
                    let (opened, closes) = (at(0, opened), at(60, 0));
                    let Some(first) = next(&rules, opened, &[], closes) else { continue };
                    let second = next(&rules, opened, &[first], closes).unwrap_or(i64::MAX);
                    assert!(first >= opened + 75 * MINUTE_MS && first <= closes - LEAST_LEFT_MS);
                    assert!(second - first >= LEAST_GAP_MINUTES * MINUTE_MS);
                    let into = ((first - at(0, 0)) / MINUTE_MS - quiet_from).rem_euclid(DAY_MINUTES);
                    assert!(into >= (quiet_until - quiet_from).rem_euclid(DAY_MINUTES), "{quiet_from} {quiet_until}");
                }
            }
        }
    }
}
