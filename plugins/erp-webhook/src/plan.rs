//! When a webhook that was not taken is sent again: the plan that Standard Webhooks 1.0.0 suggests, spread a little so that what failed
//! together does not come back together. It must not know why it was not taken.

use kamurj_sdk::fingerprint;

const MINUTE_MS: u64 = 60 * 1000;
const HOUR_MS: u64 = 60 * MINUTE_MS;

/// How long is waited after each failed try, in milliseconds: ten tries in a little more than three days.
const WAITS_MS: [u64; 9] = [
    5 * 1000,
    5 * MINUTE_MS,
    30 * MINUTE_MS,
    2 * HOUR_MS,
    5 * HOUR_MS,
    10 * HOUR_MS,
    14 * HOUR_MS,
    20 * HOUR_MS,
    24 * HOUR_MS,
];

/// The longest that any answer can make a webhook wait, in milliseconds.
pub(crate) const LONGEST_MS: u64 = 24 * HOUR_MS;

/// How long this message waits after so many failed tries, up to a tenth more or less; none: that was the last.
pub(crate) fn wait_after(failed: u32, id: &str) -> Option<u64> {
    let place = usize::try_from(failed).ok()?.checked_sub(1)?;
    let wait = WAITS_MS.get(place)?;
    let percent = 90 + fingerprint(&format!("{id}/{failed}")) % 21;
    Some(wait * percent / 100)
}

#[cfg(test)]
mod tests {
    use super::{WAITS_MS, wait_after};

    #[test]
    fn waits_grow_by_the_plan_and_end() {
        for (failed, plain) in (1..).zip(WAITS_MS) {
            let wait = wait_after(failed, "dlv_1").expect("a further try");
            assert!((plain * 9 / 10..=plain * 11 / 10).contains(&wait), "{failed}: {wait}");
        }
        assert_eq!(
            (wait_after(0, "dlv_1"), wait_after(10, "dlv_1"), wait_after(u32::MAX, "dlv_1")),
            (None, None, None)
        );
        let whole: u64 = WAITS_MS.iter().sum();
        assert!(whole > 3 * 24 * 60 * 60 * 1000, "an ERP that is down for three days misses nothing");
    }

    #[test]
    fn messages_that_failed_together_come_back_apart() {
        let waits: std::collections::BTreeSet<_> =
            (0..100).map(|number| wait_after(2, &format!("dlv_{number}")).expect("a further try")).collect();
        assert!(waits.len() > 10, "{waits:?}");
        assert_eq!(wait_after(2, "dlv_1"), wait_after(2, "dlv_1"), "the same message waits as long in every run");
    }
}
