//! Tries to prove who one is: how long the next must wait, by how many failed at the same places, and what becomes of the count. Whoever
//! reads it holds it until their transaction ends, so that many tries at once are judged one after the other.

use kamurj_access::throttle;
use kamurj_store::operators::proofs::{self, Failures};
use kamurj_store::{Error, Tx};

fn failures_of(count: Failures) -> u32 {
    u32::try_from(count.failures).unwrap_or(u32::MAX)
}

/// How long the next try must wait, in milliseconds; 0 where it may be judged.
pub(super) async fn wait_ms(tx: &mut Tx, places: &[&str], now: i64) -> Result<i64, Error> {
    let mut longest = 0;
    for place in places {
        let count = proofs::failures(tx, place).await?;
        longest = longest.max(throttle::wait_ms(failures_of(count), count.last_failure_at, now));
    }
    Ok(longest)
}

/// Keeps how a try ended: what was right forgets the failures, what was wrong is one more.
pub(super) async fn ended(tx: &mut Tx, places: &[&str], is_right: bool, now: i64) -> Result<(), Error> {
    for place in places {
        if is_right {
            proofs::forgive(tx, place, now - throttle::FORGOTTEN_MS).await?;
        } else {
            let count = proofs::failures(tx, place).await?;
            let before = throttle::remembered(failures_of(count), count.last_failure_at, now);
            proofs::failed(tx, place, i64::from(before) + 1, now).await?;
        }
    }
    Ok(())
}
