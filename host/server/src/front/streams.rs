//! Who follows a page: how many may at once, and that all of them end when the server does. A seat is given back when its
//! stream is dropped, whatever ended it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// How many may follow one payment's page.
pub const PER_PAYMENT: usize = 8;
/// How many pages may be followed from one address: a household's or an office's.
pub const PER_ADDRESS: usize = 16;
/// How many streams there may be in all.
pub const IN_ALL: usize = 1_000;
/// After so much silence a sign of life is sent, so that proxies keep the line; it is then also looked whether anything
/// changed that nobody told.
pub const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long a stream lasts; the page asks by itself after that.
pub const LONGEST: Duration = Duration::from_mins(5);

/// How many may follow, and at what pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamLimits {
    /// See [`PER_PAYMENT`].
    pub per_payment: usize,
    /// See [`PER_ADDRESS`].
    pub per_address: usize,
    /// See [`IN_ALL`].
    pub in_all: usize,
    /// See [`HEARTBEAT`].
    pub heartbeat: Duration,
    /// See [`LONGEST`].
    pub longest: Duration,
}

impl Default for StreamLimits {
    fn default() -> Self {
        Self {
            per_payment: PER_PAYMENT,
            per_address: PER_ADDRESS,
            in_all: IN_ALL,
            heartbeat: HEARTBEAT,
            longest: LONGEST,
        }
    }
}

/// Everybody who follows.
pub struct Streams {
    limits: StreamLimits,
    held: Mutex<Held>,
    stop: watch::Sender<bool>,
}

#[derive(Default)]
struct Held {
    in_all: usize,
    payments: BTreeMap<String, usize>,
    addresses: BTreeMap<String, usize>,
}

impl Streams {
    /// With nobody there yet.
    pub fn new(limits: StreamLimits) -> Self {
        Self { limits, held: Mutex::default(), stop: watch::Sender::new(false) }
    }

    /// The limits in force.
    pub fn limits(&self) -> StreamLimits {
        self.limits
    }

    /// Takes a seat to follow this payment; `None` where there is none left. `address`: the asker, where they are known.
    pub fn take(self: &Arc<Self>, payment_id: &str, address: Option<&str>) -> Option<Seat> {
        let mut held = self.held();
        let count = |seats: &BTreeMap<String, usize>, key: &str| seats.get(key).copied().unwrap_or_default();
        let is_full = held.in_all >= self.limits.in_all
            || count(&held.payments, payment_id) >= self.limits.per_payment
            || address.is_some_and(|address| count(&held.addresses, address) >= self.limits.per_address);
        if is_full || *self.stop.borrow() {
            return None;
        }
        held.in_all += 1;
        *held.payments.entry(payment_id.to_owned()).or_default() += 1;
        if let Some(address) = address {
            *held.addresses.entry(address.to_owned()).or_default() += 1;
        }
        Some(Seat {
            streams: self.clone(),
            payment_id: payment_id.to_owned(),
            address: address.map(str::to_owned),
            stop: self.stop.subscribe(),
        })
    }

    /// How many follow.
    pub fn count(&self) -> usize {
        self.held().in_all
    }

    /// Ends all streams, and lets none begin: the server stops.
    pub fn end(&self) {
        self.stop.send_replace(true);
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // Counts are whole at every moment.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to follow a page; free again when this is dropped.
pub struct Seat {
    streams: Arc<Streams>,
    payment_id: String,
    address: Option<String>,
    stop: watch::Receiver<bool>,
}

impl Seat {
    /// Resolves when the server stops.
    pub async fn ended(&mut self) {
        // An error means that the sender is gone, which is an end as well.
        let _ = self.stop.wait_for(|stop| *stop).await;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut held = self.streams.held();
        held.in_all = held.in_all.saturating_sub(1);
        leave(&mut held.payments, &self.payment_id);
        if let Some(address) = &self.address {
            leave(&mut held.addresses, address);
        }
    }
}

fn leave(seats: &mut BTreeMap<String, usize>, key: &str) {
    match seats.get_mut(key) {
        Some(count) if *count > 1 => *count -= 1,
        _ => {
            seats.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    fn streams(per_payment: usize, per_address: usize, in_all: usize) -> Arc<Streams> {
        Arc::new(Streams::new(StreamLimits { per_payment, per_address, in_all, ..StreamLimits::default() }))
    }

    #[test]
    fn so_many_follow_a_payment_an_address_and_all_together_and_no_more() {
        let all = streams(2, 3, 4);
        let seats = [all.take("pay_1", Some("a")), all.take("pay_1", Some("a"))];
        assert!(seats.iter().all(Option::is_some));
        assert!(all.take("pay_1", Some("b")).is_none(), "the payment's seats are taken");
        let third = all.take("pay_2", Some("a"));
        assert!(third.is_some());
        assert!(all.take("pay_3", Some("a")).is_none(), "the address' seats are taken");
        let fourth = all.take("pay_3", None);
        assert!(fourth.is_some());
        assert!(all.take("pay_4", None).is_none(), "all seats are taken");
        assert_eq!(all.count(), 4);
        drop(seats);
        assert!(all.take("pay_1", Some("a")).is_some(), "a seat that is left is free");
        drop((third, fourth));
        assert_eq!(all.count(), 0);
        assert!(all.held().payments.is_empty() && all.held().addresses.is_empty(), "who has left is forgotten");
    }

    #[test]
    fn the_end_of_the_server_ends_all_and_lets_nobody_in() {
        let all = streams(2, 2, 2);
        let mut seat = all.take("pay_1", None).unwrap();
        assert!(seat.ended().now_or_never().is_none());
        all.end();
        assert!(seat.ended().now_or_never().is_some());
        assert!(all.take("pay_1", None).is_none());
    }
}
