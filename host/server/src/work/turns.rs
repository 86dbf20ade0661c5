//! Who works next: every kind of work has places of its own, no owner takes all places of a kind, and owners with work take
//! turns. So neither a backlog of one merchant nor one target that hangs is a wait for anybody else.

use super::budget::{Asker, Budgets};
use kamurj_store::jobs::turns::{Turn, Walk};
use kamurj_store::jobs::{Job, Kind};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many jobs of a kind one process works on at once, and how many of them for one owner.
fn places(kind: Kind) -> (usize, usize) {
    match kind {
        // Plugins run in these: each holds the memory of an instance.
        Kind::Delivery | Kind::Hook => (16, 8),
        Kind::Lookup => (24, 4),
        Kind::Refund => (6, 3),
        Kind::Close | Kind::Schedule | Kind::Revoke => (4, 2),
        // Each takes a core for seconds; a merchant's go one after the other.
        Kind::Upload => (2, 1),
        // A check waits for nobody outside; a report of up to 200,000 lines is held in memory while it is compared.
        Kind::Check | Kind::Report => (1, 1),
        Kind::Push | Kind::Timer | Kind::Reminder => (8, 4),
    }
}

/// How many look-ups wait for one provider's address at once: half of their places, so that another provider is asked while
/// this one hangs.
const OF_ONE_HOST: usize = 12;
/// For how many accounts one claim looks the address up at most; the others come next time.
const TOLD_AT_ONCE: usize = 64;

/// Who works, who worked last, and what is left of the budgets.
#[derive(Default)]
pub struct Turns {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Jobs in hand, by turn.
    in_hand: BTreeMap<String, usize>,
    /// Jobs in hand, by kind.
    of_kind: BTreeMap<Kind, usize>,
    /// Look-ups in hand, by the provider's address.
    of_host: BTreeMap<String, usize>,
    /// Whose turn came last.
    last: BTreeMap<Kind, String>,
    walk: Walk,
    budgets: Budgets,
}

/// A place in which one job is worked on; free again when this is dropped.
pub struct Place {
    turns: Arc<Turns>,
    kind: Kind,
    turn: String,
    host: Option<String>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.turns.state();
        less(&mut state.of_kind, &self.kind);
        less(&mut state.in_hand, &self.turn);
        if let Some(host) = &self.host {
            less(&mut state.of_host, host);
        }
    }
}

fn less<K: Ord>(counts: &mut BTreeMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(key);
        }
    }
}

/// A place that was taken.
struct Taken {
    /// The address of the provider that is asked, where one is.
    host: Option<String>,
}

impl State {
    /// Takes one more place for the turn, if it gets one.
    fn take(&mut self, turn: &Turn, now: i64) -> Option<Taken> {
        let (all, of_one) = places(turn.kind);
        let of_kind = self.of_kind.get(&turn.kind).copied().unwrap_or_default();
        let in_hand = self.in_hand.get(&turn.name).copied().unwrap_or_default();
        if of_kind >= all || in_hand >= of_one {
            return None;
        }
        let host = match turn.kind {
            Kind::Lookup => Some(self.budgets.host_of(turn.owner())?.to_owned()),
            _ => None,
        };
        if let Some(host) = &host {
            let of_host = self.of_host.get(host).copied().unwrap_or_default();
            if of_host >= OF_ONE_HOST || !self.budgets.take(turn.owner(), Asker::Schedule, now) {
                return None;
            }
            *self.of_host.entry(host.clone()).or_default() += 1;
        }
        *self.in_hand.entry(turn.name.clone()).or_default() += 1;
        *self.of_kind.entry(turn.kind).or_default() += 1;
        Some(Taken { host })
    }
}

impl Turns {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing between a lock and its end can panic half way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many jobs of this kind are in hand.
    pub fn in_hand(&self, kind: Kind) -> usize {
        self.state().of_kind.get(&kind).copied().unwrap_or_default()
    }

    /// How far the turns were gone through.
    pub fn walk(&self) -> Walk {
        self.state().walk.clone()
    }

    /// Where the next walk begins.
    pub fn walked(&self, walk: Walk) {
        self.state().walk = walk;
    }

    /// Provider accounts whose address must be told before their turn can come.
    pub fn unknown_accounts(&self, due: &[Turn], now: i64) -> Vec<String> {
        let state = self.state();
        let unknown = |turn: &&Turn| turn.kind == Kind::Lookup && state.budgets.is_unknown(turn.owner(), now);
        let lookups: Vec<&Turn> = due.iter().filter(unknown).collect();
        after(&lookups, state.last.get(&Kind::Lookup), |turn| &turn.name)
            .take(TOLD_AT_ONCE)
            .map(|turn| turn.owner().to_owned())
            .collect()
    }

    /// Tells an account's address.
    pub fn tell(&self, account: &str, host: &str, now: i64) {
        self.state().budgets.tell(account, host, now);
    }

    /// Whether the account's address must be told before it can be asked.
    pub fn is_unknown(&self, account: &str, now: i64) -> bool {
        self.state().budgets.is_unknown(account, now)
    }

    /// The account's address, where it was told.
    pub fn host_of(&self, account: &str) -> Option<String> {
        self.state().budgets.host_of(account).map(str::to_owned)
    }

    /// The nodes together have left nothing to the schedule for this account until then: its turn is later.
    pub fn spent(&self, account: &str, until: i64) {
        self.state().budgets.spent(account, until);
    }

    /// Whether the account may be asked for a customer who waits; if so, its budget has one less.
    pub fn admit(&self, account: &str, asker: Asker, now: i64) -> bool {
        self.state().budgets.take(account, asker, now)
    }

    /// Gives back a look-up that was admitted and not made.
    pub fn give_back(&self, account: &str) {
        self.state().budgets.give_back(account);
    }

    /// Deals out the free places: one to each turn in which something is due, then another, until places, budgets or work
    /// come to an end, or so many were dealt. It begins after the turn that came last.
    pub fn deal(self: &Arc<Self>, due: &[Turn], now: i64, most: usize) -> Vec<Place> {
        let mut dealt = Vec::new();
        let mut state = self.state();
        for kind in Kind::ALL {
            let turns: Vec<&Turn> = due.iter().filter(|turn| turn.kind == kind).collect();
            let turns: Vec<&Turn> = after(&turns, state.last.get(&kind), |turn| &turn.name).copied().collect();
            let mut round = 1;
            let mut going = true;
            while going {
                going = false;
                for turn in turns.iter().filter(|turn| round <= turn.waiting) {
                    if dealt.len() >= most {
                        return dealt;
                    }
                    if let Some(Taken { host }) = state.take(turn, now) {
                        state.last.insert(kind, turn.name.clone());
                        dealt.push(Place { turns: self.clone(), kind, turn: turn.name.clone(), host });
                        going = true;
                    }
                }
                round += 1;
            }
        }
        dealt
    }

    /// Frees those of an account's look-up places that its budget is not enough for: so many stay.
    pub fn keep(&self, places: &mut Vec<Place>, account: &str, mut stay: i64) {
        let is_over = |place: &mut Place| {
            let is_this = place.kind == Kind::Lookup && owner(&place.turn) == account;
            stay -= i64::from(is_this);
            is_this && stay < 0
        };
        let over: Vec<Place> = places.extract_if(.., is_over).collect();
        for _ in &over {
            self.give_back(account);
        }
    }

    /// Puts every claimed job into its place. Places that found no job are free again, and so is their budget.
    pub fn seat(&self, places: Vec<Place>, claimed: Vec<Job>) -> Vec<(Job, Place)> {
        let mut by_turn: BTreeMap<String, Vec<Place>> = BTreeMap::new();
        for place in places {
            by_turn.entry(place.turn.clone()).or_default().push(place);
        }
        let seated = claimed
            .into_iter()
            .filter_map(|job| {
                let place = by_turn.get_mut(&job.turn)?.pop()?;
                Some((job, place))
            })
            .collect();
        for place in by_turn.into_values().flatten().filter(|place| place.kind == Kind::Lookup) {
            self.give_back(owner(&place.turn));
        }
        seated
    }
}

/// How many places each turn was dealt for look-ups, by provider account.
pub fn lookups(places: &[Place]) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    for place in places.iter().filter(|place| place.kind == Kind::Lookup) {
        *counts.entry(owner(&place.turn).to_owned()).or_default() += 1;
    }
    counts
}

/// How many places each turn was dealt.
pub fn counted(places: &[Place]) -> Vec<(&str, i64)> {
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    for place in places {
        *counts.entry(&place.turn).or_default() += 1;
    }
    counts.into_iter().collect()
}

fn owner(turn: &str) -> &str {
    turn.split_once(':').map_or("", |(_, owner)| owner)
}

/// All of them, those after the last one first. They stand in the order of their names.
fn after<'t, T>(turns: &'t [T], last: Option<&String>, name: impl Fn(&T) -> &String) -> impl Iterator<Item = &'t T> {
    let start = last.map_or(0, |last| turns.partition_point(|turn| name(turn) <= last));
    turns[start..].iter().chain(&turns[..start])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(kind: Kind, owner: &str, waiting: i64) -> Turn {
        Turn { name: format!("{}:{owner}", kind.word()), kind, waiting }
    }

    fn deal(turns: &Arc<Turns>, due: &[Turn], now: i64) -> Vec<Place> {
        turns.deal(due, now, usize::MAX)
    }

    fn of<'p>(counts: &[(&'p str, i64)], kind: Kind) -> Vec<(&'p str, i64)> {
        counts.iter().filter(|(name, _)| name.starts_with(kind.word())).copied().collect()
    }

    fn job(turn: &str) -> Job {
        let (id, turn) = (turn.to_owned(), turn.to_owned());
        Job { id, kind: Kind::Lookup, subject: String::new(), turn, tries: 1, fence: 1, faults: 0 }
    }

    #[test]
    fn e5_an_owner_whose_target_hangs_takes_no_place_of_anybody_else() {
        let turns = Arc::new(Turns::default());
        let hanging = deal(&turns, &[turn(Kind::Delivery, "ins_1", 32)], 0);
        assert_eq!(counted(&hanging), [("delivery:ins_1", 8)], "half of the places at most");
        let due = [turn(Kind::Delivery, "ins_1", 32), turn(Kind::Delivery, "ins_2", 32), turn(Kind::Push, "acc", 1)];
        let others = deal(&turns, &due, 0);
        assert_eq!(counted(&others), [("delivery:ins_2", 8), ("push:acc", 1)]);
        drop(hanging);
        assert_eq!(counted(&deal(&turns, &due[..1], 0)), [("delivery:ins_1", 8)], "places are free again");
    }

    #[test]
    fn owners_take_turns_beginning_after_the_last() {
        let turns = Arc::new(Turns::default());
        let due: Vec<Turn> = (10..30).map(|number| turn(Kind::Hook, &format!("ins_{number}"), 5)).collect();
        let first = deal(&turns, &due, 0);
        assert_eq!(
            (first.len(), counted(&first)[0], counted(&first)[15]),
            (16, ("hook:ins_10", 1), ("hook:ins_25", 1))
        );
        drop(first);
        assert_eq!(counted(&turns.deal(&due, 0, 1)), [("hook:ins_26", 1)], "no more than asked for");
        let second = deal(&turns, &due, 0);
        assert_eq!(turns.deal(&due, 0, 1).len(), 0, "every place is taken");
        let names: Vec<&str> = counted(&second).into_iter().map(|(name, _)| name).collect();
        assert!(["hook:ins_27", "hook:ins_29", "hook:ins_10"].iter().all(|name| names.contains(name)), "{names:?}");
        assert!(!names.contains(&"hook:ins_25"), "{names:?}");
    }

    #[test]
    fn look_ups_never_take_the_places_of_other_work_nor_more_than_their_budget() {
        let turns = Arc::new(Turns::default());
        let due: Vec<Turn> = ["a", "b", "c"].map(|owner| turn(Kind::Lookup, owner, 32)).to_vec();
        assert_eq!(turns.unknown_accounts(&due, 0), ["a", "b", "c"]);
        assert!(deal(&turns, &due, 0).is_empty(), "who is not known is not asked");
        for account in ["a", "b", "c"] {
            turns.tell(account, "bank", 0);
        }
        assert!(turns.unknown_accounts(&due, 0).is_empty());
        let all = [due.clone(), vec![turn(Kind::Timer, "mer", 1), turn(Kind::Refund, "a", 9)]].concat();
        let places = deal(&turns, &all, 0);
        let counts = counted(&places);
        assert_eq!(of(&counts, Kind::Lookup), [("lookup:a", 4), ("lookup:b", 4), ("lookup:c", 4)]);
        assert_eq!(
            (of(&counts, Kind::Timer), of(&counts, Kind::Refund)),
            (vec![("timer:mer", 1)], vec![("refund:a", 3)])
        );
        drop(places);
        let dealt: usize = (0..9).map(|_| deal(&turns, &due, 0).len()).sum();
        assert_eq!(dealt, 18, "thirty at once and no more");
        turns.tell("d", "another bank", 0);
        let hang = ["a", "b", "c", "d"].map(|owner| turn(Kind::Lookup, owner, 32));
        let held: Vec<Place> = [0, 5_000].iter().flat_map(|now| deal(&turns, &hang, *now)).collect();
        assert_eq!((held.len(), turns.in_hand(Kind::Lookup)), (16, 16), "twelve of one address, four of another");
        turns.tell("e", "bank", 0);
        assert!(deal(&turns, &[turn(Kind::Lookup, "e", 1)], 5_000).is_empty(), "half of the places stay for others");
    }

    #[test]
    fn places_beyond_what_the_nodes_have_left_together_are_free_again() {
        let turns = Arc::new(Turns::default());
        turns.tell("a", "bank", 0);
        turns.tell("b", "bank", 0);
        let due = [turn(Kind::Lookup, "a", 4), turn(Kind::Lookup, "b", 4), turn(Kind::Timer, "a", 2)];
        let mut places = deal(&turns, &due, 0);
        assert_eq!(lookups(&places), BTreeMap::from([("a".to_owned(), 4), ("b".to_owned(), 4)]));
        turns.keep(&mut places, "a", 1);
        turns.keep(&mut places, "b", 4);
        assert_eq!(counted(&places), [("lookup:a", 1), ("lookup:b", 4), ("timer:a", 2)]);
        drop(places);
        let dealt: usize = (0..9).map(|_| deal(&turns, &due[..1], 0).len()).sum();
        assert_eq!(dealt, 9, "one of the ten was used");
    }

    #[test]
    fn a_place_that_finds_no_job_is_free_again_and_so_is_its_budget() {
        let turns = Arc::new(Turns::default());
        turns.tell("a", "bank", 0);
        let due = [turn(Kind::Lookup, "a", 4)];
        for _ in 0..100 {
            // Another process was quicker with all of them.
            let places = deal(&turns, &due, 0);
            assert_eq!(places.len(), 4);
            assert!(turns.seat(places, Vec::new()).is_empty());
        }
        let seated = turns.seat(deal(&turns, &due, 0), vec![job("lookup:a")]);
        assert_eq!(seated.len(), 1);
        assert_eq!(deal(&turns, &due, 0).len(), 3, "one is in hand");
    }
}
