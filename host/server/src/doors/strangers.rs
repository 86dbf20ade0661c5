//! Who proves nothing at an address for messages is not in the way of who does: what is unproven is counted by address and by
//! the network that it came from, and once there is much of it the rest is refused before anything is read for it. Who
//! has proven something is never refused for what others send. Kept in memory, each node for itself: a limit that
//! asked the database or Redis would be what a flood floods.

use crate::front::asker::Asker;
use crate::nodes::{Book, Draw, Part, Rate};
use kamurj_domain::Clock;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many times what one network may send all may send to one address that have proven nothing there.
const OF_ALL: u32 = 10;
/// In which time, in milliseconds.
const WITHIN_MS: i64 = 60_000;
/// Above that this much is still looked at of each address: the sender that is believed may stand behind the same gateway as
/// the flood.
pub const TRICKLE: Rate = Rate { requests: 5, per_ms: 1_000 };
/// For how long a network that proved something is known, in milliseconds.
pub const KNOWN_MS: i64 = 24 * 60 * 60 * 1000;
/// How many networks are known at most.
const KNOWN: usize = 4_096;

/// One who brings a message: to which address, from which network. Both are counters, of which there are 65,536 each.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Knock {
    place: String,
    /// `None` where networks cannot be told apart.
    network: Option<String>,
}

impl Knock {
    /// Somebody at this address.
    pub fn at(place: &str, asker: &Asker) -> Self {
        let digest = Sha256::digest(place.as_bytes());
        let network = asker.0.as_deref().and_then(|origin| origin.get(..4)).map(str::to_owned);
        Self { place: crate::seal::hex(&digest[..2]), network }
    }

    fn own(&self, most: u32) -> Option<Draw> {
        let rate = Rate { requests: most.into(), per_ms: WITHIN_MS };
        self.network.as_ref().map(|network| Draw { key: format!("{}:{network}", self.place), rate, keep: 0 })
    }

    fn all(&self, most: u32) -> Draw {
        let rate = Rate { requests: most.saturating_mul(OF_ALL).into(), per_ms: WITHIN_MS };
        Draw { key: format!("{}:all", self.place), rate, keep: 0 }
    }

    fn trickle(&self) -> Draw {
        Draw { key: format!("{}:trickle", self.place), rate: TRICKLE, keep: 0 }
    }
}

/// What strangers have sent lately, and who is none.
pub struct Strangers {
    most: u32,
    clock: Arc<dyn Clock>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    book: Book,
    known: BTreeMap<Knock, i64>,
}

impl Strangers {
    /// Nobody has come yet. `most`: how much that is not proven one network may send to one address in a minute.
    pub fn new(most: u32, clock: Arc<dyn Clock>) -> Self {
        Self { most, clock, kept: Mutex::default() }
    }

    /// Whether a message may be looked at; where not, after how many milliseconds another may.
    pub fn let_in(&self, knock: &Knock) -> Result<(), i64> {
        let now = self.clock.now();
        let mut kept = self.kept();
        let is_known = kept.known.get(knock).is_some_and(|at| now - at < KNOWN_MS);
        let all = (!is_known).then(|| knock.all(self.most));
        let draws: Vec<Draw> = knock.own(self.most).into_iter().chain(all).collect();
        // Asks for none: what proves to be genuine is not counted.
        if kept.book.take(0, &draws, Part::WHOLE, now * 1_000).after_ms == 0 {
            return Ok(());
        }
        let granted = kept.book.take(1, &[knock.trickle()], Part::WHOLE, now * 1_000);
        if granted.count > 0 { Ok(()) } else { Err(granted.after_ms.max(1)) }
    }

    /// The message was not proven, or its address is nobody's.
    pub fn failed(&self, knock: &Knock) {
        let now = self.clock.now() * 1_000;
        let mut kept = self.kept();
        for draw in knock.own(self.most).into_iter().chain([knock.all(self.most)]) {
            kept.book.take(1, &[draw], Part::WHOLE, now);
        }
    }

    /// The message was proven.
    pub fn proved(&self, knock: &Knock) {
        if knock.network.is_none() {
            return;
        }
        let now = self.clock.now();
        let mut kept = self.kept();
        if kept.known.len() >= KNOWN {
            kept.known.retain(|_, at| now - *at < KNOWN_MS);
        }
        if kept.known.len() < KNOWN || kept.known.contains_key(knock) {
            kept.known.insert(knock.clone(), now);
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Every entry is whole at every moment.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicI64, Ordering};

    #[derive(Default)]
    struct HandClock(AtomicI64);

    impl Clock for HandClock {
        fn now(&self) -> i64 {
            self.0.load(Ordering::SeqCst)
        }
    }

    fn knock(place: &str, network: &str) -> Knock {
        Knock::at(place, &Asker(Some(network.to_owned())))
    }

    /// How many of so many unproven messages at one moment are looked at.
    fn let_in(strangers: &Strangers, count: usize, from: impl Fn(usize) -> Knock) -> usize {
        let came = (0..count).map(from).filter(|knock| {
            let may = strangers.let_in(knock).is_ok();
            if may {
                strangers.failed(knock);
            }
            may
        });
        came.count()
    }

    #[test]
    fn a22_a_network_that_proves_nothing_is_soon_refused_at_that_address_alone() {
        let clock = Arc::new(HandClock::default());
        let strangers = Strangers::new(30, clock.clone());
        assert_eq!(let_in(&strangers, 5_000, |_| knock("a", "0001")), 35, "thirty, and the trickle");
        assert_eq!(let_in(&strangers, 10, |_| knock("b", "0001")), 10, "another address");
        assert_eq!(let_in(&strangers, 10, |_| knock("a", "0002")), 10, "another network");
        clock.0.store(60_000, Ordering::SeqCst);
        assert_eq!(let_in(&strangers, 5_000, |_| knock("a", "0001")), 35, "a minute later");
    }

    #[test]
    fn a22_who_has_proven_something_is_not_refused_for_what_others_send() {
        let clock = Arc::new(HandClock::default());
        let strangers = Strangers::new(30, clock.clone());
        let bank = knock("a", "ba9c");
        strangers.proved(&bank);
        let many = |number: usize| knock("a", &format!("{number:04x}"));
        assert_eq!(let_in(&strangers, 5_000, many), 305, "as many networks as there are messages");
        assert!(strangers.let_in(&knock("a", "new0")).is_err());
        assert_eq!(strangers.let_in(&bank), Ok(()));
        clock.0.store(KNOWN_MS, Ordering::SeqCst);
        let_in(&strangers, 5_000, many);
        assert!(strangers.let_in(&bank).is_err(), "it is known for a day");
    }

    #[test]
    fn a22_where_networks_cannot_be_told_apart_an_address_has_one_limit() {
        let strangers = Strangers::new(30, Arc::new(HandClock::default()));
        let somebody = Knock::at("a", &Asker(None));
        strangers.proved(&somebody);
        assert_eq!(let_in(&strangers, 5_000, |_| somebody.clone()), 305);
        assert!(strangers.let_in(&Knock::at("b", &Asker(None))).is_ok());
    }

    #[test]
    fn a22_no_more_networks_are_remembered_than_there_is_room_for() {
        let strangers = Strangers::new(30, Arc::new(HandClock::default()));
        for number in 0..2 * KNOWN {
            strangers.proved(&knock("a", &format!("{number:04x}")));
        }
        assert_eq!(strangers.kept().known.len(), KNOWN);
    }
}
