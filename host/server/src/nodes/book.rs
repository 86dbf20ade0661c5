//! The books of budgets in this process's memory: used alone where there is no Redis, and for this node's share of every
//! budget while Redis is away. `script.rs` is the same arithmetic in Redis; one table of cases is held against both.

use super::rate::{Draw, Granted, Pace};
use std::collections::BTreeMap;

/// From how many budgets on the rested ones are forgotten.
const REMEMBERED: usize = 10_000;

/// What is missing in each budget, and which are held.
#[derive(Debug, Default)]
pub struct Book {
    /// When nothing is missing any more, in Unix microseconds.
    whole_at: BTreeMap<String, i64>,
    /// Until when nothing may be taken.
    held_until: BTreeMap<String, i64>,
}

/// How much of a budget this process may take.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// One part of so many.
    pub nodes: i64,
    /// Every budget counts as empty at this time, in Unix microseconds: what was taken before is not in this book.
    pub empty_at: Option<i64>,
}

impl Part {
    /// All of it.
    pub const WHOLE: Self = Self { nodes: 1, empty_at: None };
}

impl Book {
    /// Takes up to so many out of all of these budgets at once. `now`: Unix microseconds.
    pub fn take(&mut self, wanted: i64, draws: &[Draw], part: Part, now: i64) -> Granted {
        let (mut count, mut after) = (wanted, 0);
        for draw in draws {
            self.follow_the_clock(draw, part, now);
            let (room, wait) = self.room(draw, part, now);
            count = count.min(room.max(0));
            after = after.max(wait);
        }
        if count > 0 {
            for draw in draws {
                let pace = draw.rate.pace().share(part.nodes);
                let taken = self.whole(&draw.key, pace, part, now) + count * pace.every_us;
                self.remember(&draw.key, taken, now);
            }
        }
        Granted::of(count, after)
    }

    /// Gives back what was not used. `now`: Unix microseconds.
    pub fn give_back(&mut self, count: i64, draws: &[Draw], part: Part, now: i64) {
        for draw in draws {
            if let Some(whole_at) = self.whole_at.get_mut(&draw.key).filter(|whole_at| **whole_at > now) {
                *whole_at -= count * draw.rate.pace().share(part.nodes).every_us;
            }
        }
    }

    /// Lets nothing be taken from this budget until then; a longer hold stays. Both times are Unix microseconds.
    pub fn hold(&mut self, key: &str, until: i64, now: i64) {
        if self.held_until.len() >= REMEMBERED {
            self.held_until.retain(|_, held| *held > now);
        }
        let held = self.held_until.entry(key.to_owned()).or_default();
        *held = until.max(*held);
    }

    /// How long a budget is held yet, in microseconds; not positive where it is not.
    pub fn held_for(&self, key: &str, now: i64) -> i64 {
        self.held_until.get(key).map_or(0, |until| until - now)
    }

    /// How many may be taken, and how long it is until there is one.
    fn room(&self, draw: &Draw, part: Part, now: i64) -> (i64, i64) {
        let held = self.held_for(&draw.key, now);
        if held > 0 {
            return (0, held);
        }
        let pace = draw.rate.pace().share(part.nodes);
        let keep = (draw.keep / part.nodes.max(1)).min(pace.burst - 1);
        let left_us = now + pace.full_us() - self.whole(&draw.key, pace, part, now);
        (left_us / pace.every_us.max(1) - keep, (keep + 1) * pace.every_us - left_us)
    }

    /// Where the clock was set back, no more is missing than everything, and it comes back from now on.
    fn follow_the_clock(&mut self, draw: &Draw, part: Part, now: i64) {
        let latest = now + draw.rate.pace().share(part.nodes).full_us();
        if let Some(whole_at) = self.whole_at.get_mut(&draw.key) {
            *whole_at = latest.min(*whole_at);
        }
    }

    /// When the budget is whole, never before now.
    fn whole(&self, key: &str, pace: Pace, part: Part, now: i64) -> i64 {
        let emptied = part.empty_at.map_or(now, |at| at.min(now) + pace.full_us());
        let known = self.whole_at.get(key).copied().unwrap_or(now);
        known.max(emptied).clamp(now, now + pace.full_us())
    }

    fn remember(&mut self, key: &str, whole_at: i64, now: i64) {
        if self.whole_at.len() >= REMEMBERED {
            self.whole_at.retain(|_, whole_at| *whole_at > now);
        }
        self.whole_at.insert(key.to_owned(), whole_at);
    }
}

#[cfg(test)]
mod tests {
    use super::super::rate::Rate;
    use super::*;

    const SECOND: i64 = 1_000_000;

    fn draw() -> [Draw; 1] {
        [Draw { key: "a".to_owned(), rate: Rate { requests: 20, per_ms: 4_000 }, keep: 0 }]
    }

    /// How many one book gives in this many seconds of asking every tenth of one.
    fn gives(book: &mut Book, part: Part, from: i64, seconds: i64) -> i64 {
        (0..seconds * 10).map(|tenth| book.take(50, &draw(), part, from + tenth * SECOND / 10).count).sum()
    }

    #[test]
    fn nodes_that_begin_with_nothing_take_no_more_together_than_one_whole_budget() {
        for nodes in 1..=7 {
            let part = Part { nodes, empty_at: Some(SECOND) };
            let taken: i64 = (0..nodes).map(|_| gives(&mut Book::default(), part, SECOND, 8)).sum();
            assert!((30..=40).contains(&taken), "five a second for eight seconds: {taken} by {nodes}");
        }
    }

    #[test]
    fn what_was_left_before_an_interruption_is_not_left_after_it() {
        let mut book = Book::default();
        assert_eq!(book.take(50, &draw(), Part::WHOLE, 0).count, 20);
        let part = Part { nodes: 2, empty_at: Some(100 * SECOND) };
        assert_eq!(book.take(1, &draw(), part, 100 * SECOND), Granted { count: 0, after_ms: 400 });
        assert_eq!(book.take(9, &draw(), part, 100 * SECOND + 400_000).count, 1);
        assert_eq!(book.take(50, &draw(), part, 200 * SECOND).count, 10, "half of a burst after a rest");
    }

    #[test]
    fn memory_is_bounded() {
        let mut book = Book::default();
        for number in 0..REMEMBERED + 5 {
            let now = i64::try_from(number).unwrap() * SECOND;
            let draws = [Draw { key: number.to_string(), ..draw()[0].clone() }];
            assert_eq!(book.take(1, &draws, Part::WHOLE, now).count, 1);
            book.hold(&number.to_string(), now + 1, now);
        }
        assert!(book.whole_at.len() < 100 && book.held_until.len() < 100);
    }
}
