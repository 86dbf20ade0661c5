//! Budgets that all nodes share: how often somebody outside is asked, however many processes ask. Without Redis each process
//! keeps its own; where Redis goes away, each node takes no more than its share until it is back.

use super::Shared;
use super::book::{Book, Part};
use super::link::{Link, Way};
use super::rate::{Draw, Granted, Rate, Taken};
use super::script::{self, Time};
use kamurj_domain::Clock;
use redis::Cmd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// When to ask again where Redis did not answer this once, in milliseconds.
const NOT_ANSWERED_MS: i64 = 100;

/// Every budget.
pub struct Budgets {
    pub(super) shared: Shared,
    pub(super) clock: Arc<dyn Clock>,
    book: Mutex<Book>,
}

impl Budgets {
    pub(super) fn new(shared: Shared, clock: Arc<dyn Clock>) -> Self {
        Self { shared, clock, book: Mutex::default() }
    }

    /// Takes one request out of the budget with this name. Every caller must give the same rate.
    pub async fn take(&self, key: &str, rate: Rate) -> Taken {
        let granted = self.take_some(1, &[Draw { key: key.to_owned(), rate, keep: 0 }]).await;
        if granted.count > 0 { Taken::Now } else { Taken::After(granted.after_ms.max(1)) }
    }

    /// Takes up to so many requests, each out of all of these budgets at once.
    pub async fn take_some(&self, wanted: i64, draws: &[Draw]) -> Granted {
        let held = draws.iter().map(|draw| self.book().held_for(&draw.key, self.now_us())).max().unwrap_or_default();
        if held > 0 {
            return Granted::of(0, held);
        }
        let Some(link) = &self.shared else { return self.take_here(wanted, draws, Part::WHOLE) };
        match link.way() {
            Way::Alone(part) => self.take_alone(link, wanted, draws, part),
            Way::Shared => self.take_there(link, wanted, draws).await,
            Way::Careful(part) => {
                let here = self.take_here(wanted, draws, part);
                if here.count == 0 {
                    return here;
                }
                let there = self.take_there(link, here.count, draws).await;
                self.book().give_back(here.count - there.count, draws, part, self.now_us());
                there
            }
        }
    }

    /// Gives back requests that were taken and not made.
    pub async fn give_back(&self, count: i64, draws: &[Draw]) {
        if count <= 0 {
            return;
        }
        let Some(link) = &self.shared else {
            return self.book().give_back(count, draws, Part::WHOLE, self.now_us());
        };
        if let Way::Alone(part) | Way::Careful(part) = link.way() {
            self.book().give_back(count, draws, part, self.now_us());
        }
        let mut command = Cmd::new();
        command.arg("EVAL").arg(script::give_back(Time::Redis)).arg(draws.len());
        for draw in draws {
            command.arg(bucket(link, &draw.key));
        }
        for draw in draws {
            command.arg(count * draw.rate.pace().every_us);
        }
        // Where this gets lost, the budget has a little less for a moment.
        let _: Option<i64> = link.ask(&command).await;
    }

    /// How many requests are left in the budget at this moment, and how long it is until the next one where that is none, in
    /// milliseconds. Takes nothing; what is asked of another node at the same time is not seen.
    pub async fn left(&self, key: &str, rate: Rate) -> (i64, i64) {
        let pace = rate.pace();
        let until_there_are = |requests: i64| {
            let draw = Draw { key: key.to_owned(), rate, keep: requests - 1 };
            async move { self.take_some(0, &[draw]).await.after_ms }
        };
        let (first, all) = (until_there_are(1).await, until_there_are(pace.burst).await);
        // Times come rounded up to the next millisecond.
        let missing_us = (all * 1_000 - 999).max(0);
        let missing = (missing_us + pace.every_us - 1) / pace.every_us.max(1);
        ((pace.burst - missing).max(0), first.max(0))
    }

    /// Lets nobody take from this budget until then, Unix milliseconds: the remote said so.
    pub async fn hold(&self, key: &str, until: i64) {
        self.hold_here(key, until);
        let Some(link) = &self.shared else { return };
        let for_us = (until - self.clock.now()) * 1_000;
        let mut command = Cmd::new();
        command.arg("EVAL").arg(script::hold(Time::Redis)).arg(1).arg(holder(link, key)).arg(for_us);
        let _: Option<i64> = link.ask(&command).await;
    }

    /// Lets this node not take from this budget until then, Unix milliseconds.
    pub(super) fn hold_here(&self, key: &str, until: i64) {
        self.book().hold(key, until * 1_000, self.now_us());
    }

    fn take_alone(&self, link: &Link, wanted: i64, draws: &[Draw], part: Part) -> Granted {
        let granted = self.take_here(wanted, draws, part);
        if granted.count > 0 {
            link.spent_alone();
        }
        granted
    }

    fn take_here(&self, wanted: i64, draws: &[Draw], part: Part) -> Granted {
        let now = self.now_us();
        self.book().take(wanted, draws, part, now)
    }

    async fn take_there(&self, link: &Link, wanted: i64, draws: &[Draw]) -> Granted {
        let mut command = Cmd::new();
        command.arg("EVAL").arg(script::take(Time::Redis)).arg(1 + 2 * draws.len()).arg(link.name("emptied"));
        for draw in draws {
            command.arg(bucket(link, &draw.key)).arg(holder(link, &draw.key));
        }
        command.arg(wanted);
        for draw in draws {
            let pace = draw.rate.pace();
            command.arg(pace.burst).arg(pace.every_us).arg(draw.keep);
        }
        if let Some((count, after_us)) = link.ask::<(i64, i64)>(&command).await {
            return Granted::of(count, after_us);
        }
        match link.way() {
            // This very question found out that Redis is gone.
            Way::Alone(part) => self.take_alone(link, wanted, draws, part),
            // One answer was late. It may have been given all the same, so nothing is taken twice.
            Way::Shared | Way::Careful(_) => Granted { count: 0, after_ms: NOT_ANSWERED_MS },
        }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        // Every entry is whole at every moment.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now_us(&self) -> i64 {
        self.clock.now() * 1_000
    }
}

fn bucket(link: &Link, key: &str) -> String {
    link.name(&format!("budget:{key}"))
}

fn holder(link: &Link, key: &str) -> String {
    link.name(&format!("held:{key}"))
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

    const RATE: Rate = Rate { requests: 2, per_ms: 1_000 };

    #[tokio::test]
    async fn without_redis_a_budget_is_kept_in_this_process_by_its_own_clock() {
        let clock = Arc::new(HandClock::default());
        let budgets = Budgets::new(None, clock.clone());
        let mut seen = Vec::new();
        for at in [0, 0, 0, 499, 500, 501, 1_500, 1_500, 1_500] {
            clock.0.store(at, Ordering::SeqCst);
            seen.push(budgets.take("portal", RATE).await);
        }
        let (now, after) = (Taken::Now, Taken::After);
        assert_eq!(seen, [now, now, after(500), after(1), now, after(499), now, now, after(500)]);
        assert_eq!(budgets.take("another", RATE).await, Taken::Now);
    }

    #[tokio::test]
    async fn what_is_left_is_told_and_not_taken() {
        for rate in [RATE, Rate { requests: 3, per_ms: 1_000 }, Rate { requests: 50, per_ms: 25_000 }] {
            let clock = Arc::new(HandClock::default());
            let budgets = Budgets::new(None, clock.clone());
            for left in (0..=rate.requests).rev() {
                let (told, wait) = budgets.left("portal", rate).await;
                assert_eq!((told, wait > 0), (left, left == 0), "{rate:?}");
                let taken = budgets.take("portal", rate).await;
                assert_eq!(taken == Taken::Now, left > 0, "{rate:?}");
            }
            budgets.hold("portal", 60_000).await;
            clock.0.store(30_000, Ordering::SeqCst);
            assert_eq!(budgets.left("portal", rate).await, (0, 30_000), "{rate:?}");
        }
    }

    #[tokio::test]
    async fn what_the_remote_asks_for_is_held_until_then_and_no_shorter_wish_ends_it() {
        let clock = Arc::new(HandClock::default());
        let budgets = Budgets::new(None, clock.clone());
        budgets.hold("portal", 5_000).await;
        budgets.hold("portal", 2_000).await;
        assert_eq!(budgets.take("portal", RATE).await, Taken::After(5_000));
        clock.0.store(4_999, Ordering::SeqCst);
        assert_eq!(budgets.take("portal", RATE).await, Taken::After(1));
        clock.0.store(5_000, Ordering::SeqCst);
        assert_eq!(budgets.take("portal", RATE).await, Taken::Now);
    }
}
