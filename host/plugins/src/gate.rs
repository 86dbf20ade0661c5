//! Who may run now: so many calls at once in all, of one plugin, and for one merchant. Whoever has to wait for one of the
//! three holds none of the others meanwhile, so that nobody's crowd stands in another's way. It knows no call.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

/// Admits calls in the order in which they came, except past those whose own plugin or merchant is full.
pub(crate) struct Gate {
    most: u32,
    most_of_plugin: u32,
    most_of_merchant: u32,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    running: u32,
    plugins: HashMap<String, u32>,
    merchants: HashMap<String, u32>,
    waiting: VecDeque<Waiting>,
}

struct Waiting {
    key: Key,
    admitted: oneshot::Sender<Place>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    plugin: String,
    merchant: String,
}

/// A running call's place, given back when it is dropped.
pub(crate) struct Place {
    gate: Arc<Gate>,
    key: Key,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.gate.leave(&self.key);
    }
}

impl Gate {
    pub(crate) fn new(most: u32, most_of_plugin: u32, most_of_merchant: u32) -> Arc<Self> {
        Arc::new(Self { most, most_of_plugin, most_of_merchant, state: Mutex::default() })
    }

    /// Waits for a place. Dropping the future gives the turn up.
    pub(crate) async fn enter(self: &Arc<Self>, plugin: &str, merchant: &str) -> Place {
        let key = Key { plugin: plugin.to_owned(), merchant: merchant.to_owned() };
        let admitted = {
            let mut state = self.lock();
            if self.has_room(&state, &key) {
                state.count(&key);
                return Place { gate: Arc::clone(self), key };
            }
            let (admitted, turn) = oneshot::channel();
            state.waiting.push_back(Waiting { key, admitted });
            turn
        };
        admitted.await.expect("a waiting call is admitted or gives up; the gate forgets none")
    }

    /// Calls that run and calls that wait.
    pub(crate) fn counts(&self) -> (u32, usize) {
        let state = self.lock();
        (state.running, state.waiting.len())
    }

    fn leave(self: &Arc<Self>, key: &Key) {
        let mut admitted = Vec::new();
        {
            let mut state = self.lock();
            state.running -= 1;
            let State { plugins, merchants, .. } = &mut *state;
            less(plugins, &key.plugin);
            less(merchants, &key.merchant);
            let mut index = 0;
            while state.running < self.most && index < state.waiting.len() {
                if state.waiting[index].admitted.is_closed() {
                    state.waiting.remove(index);
                } else if self.has_room(&state, &state.waiting[index].key) {
                    let waiting = state.waiting.remove(index).expect("the index is below the length");
                    state.count(&waiting.key);
                    admitted.push(waiting);
                } else {
                    index += 1;
                }
            }
        }
        // Outside the lock: one that gave up this very moment gives its place back here.
        for Waiting { key, admitted } in admitted {
            let _ = admitted.send(Place { gate: Arc::clone(self), key });
        }
    }

    fn has_room(&self, state: &State, key: &Key) -> bool {
        let taken = |counts: &HashMap<String, u32>, name| counts.get(name).copied().unwrap_or(0);
        state.running < self.most
            && taken(&state.plugins, &key.plugin) < self.most_of_plugin
            && taken(&state.merchants, &key.merchant) < self.most_of_merchant
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn count(&mut self, key: &Key) {
        self.running += 1;
        *self.plugins.entry(key.plugin.clone()).or_default() += 1;
        *self.merchants.entry(key.merchant.clone()).or_default() += 1;
    }
}

/// Names without calls are forgotten: there may be many in a server's life.
fn less(counts: &mut HashMap<String, u32>, name: &str) {
    if let Some(count) = counts.get_mut(name) {
        *count -= 1;
        if *count == 0 {
            counts.remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::Future,
        pin::{Pin, pin},
        task::{Context, Waker},
    };

    use super::*;

    type Turn = Pin<Box<dyn Future<Output = Place>>>;

    fn asks(gate: &Arc<Gate>, plugin: &'static str, merchant: &'static str) -> Turn {
        let gate = Arc::clone(gate);
        let mut turn: Turn = Box::pin(async move { gate.enter(plugin, merchant).await });
        assert!(now(&mut turn).is_none(), "{plugin}/{merchant} was to wait");
        turn
    }

    fn enters(gate: &Arc<Gate>, plugin: &str, merchant: &str) -> Place {
        now(&mut pin!(gate.enter(plugin, merchant))).unwrap_or_else(|| panic!("{plugin}/{merchant} was not to wait"))
    }

    fn now<F: Future + Unpin>(turn: &mut F) -> Option<F::Output> {
        match Pin::new(turn).poll(&mut Context::from_waker(Waker::noop())) {
            std::task::Poll::Ready(place) => Some(place),
            std::task::Poll::Pending => None,
        }
    }

    #[test]
    fn a_merchants_crowd_stands_in_nobody_elses_way() {
        let gate = Gate::new(4, 3, 2);
        let crowd = [enters(&gate, "telegram", "a"), enters(&gate, "telegram", "a")];
        let mut waiting: Vec<_> = (0..50).map(|_| asks(&gate, "telegram", "a")).collect();
        // The crowd holds neither the plugin's third place nor the fourth of all.
        let other = enters(&gate, "telegram", "b");
        let third = enters(&gate, "crm", "b");
        assert_eq!(gate.counts(), (4, 50));
        drop((other, third));
        assert!(waiting.iter_mut().all(|turn| now(turn).is_none()));
        drop(crowd);
        assert_eq!(waiting.iter_mut().filter_map(now).collect::<Vec<_>>().len(), 2);
    }

    #[test]
    fn places_are_given_in_the_order_of_asking_past_those_who_are_full() {
        let gate = Gate::new(2, 1, 2);
        let first = enters(&gate, "x", "a");
        let second = enters(&gate, "y", "b");
        let (mut same, mut later, mut last) = (asks(&gate, "x", "c"), asks(&gate, "z", "c"), asks(&gate, "z", "d"));
        drop(second);
        assert!(now(&mut same).is_none(), "its plugin is busy");
        let z = now(&mut later).expect("it came first of those who can run");
        assert!(now(&mut last).is_none());
        drop(first);
        let x = now(&mut same).expect("now its plugin is free");
        drop(z);
        assert!(now(&mut last).is_some());
        drop((x, last));
        assert_eq!(gate.counts(), (0, 0));
        assert!(gate.lock().plugins.is_empty() && gate.lock().merchants.is_empty());
    }

    #[test]
    fn who_gives_up_keeps_no_place_before_or_after_being_admitted() {
        let gate = Gate::new(1, 1, 1);
        let place = enters(&gate, "x", "a");
        let gone = asks(&gate, "x", "b");
        let late = asks(&gate, "x", "c");
        let mut next = asks(&gate, "x", "d");
        drop(gone);
        drop(place);
        // `late` has been admitted and never looked; its going lets the next in.
        assert!(now(&mut next).is_none());
        drop(late);
        let place = now(&mut next).expect("the place came back");
        drop(place);
        assert_eq!(gate.counts(), (0, 0));
    }
}
