//! A small seeded generator of numbers and of facts: the same seed gives the same facts for ever. Knows the notation of
//! facts, and nothing of what they come to.

use crate::notation;
use kamurj_domain::Fact;

/// SplitMix64 (Steele, Lea, Flood 2014): ten lines, good enough to choose test data.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).expect("a length fits 64 bits");
        usize::try_from(self.next() % end).expect("it is below a length")
    }

    /// One of these.
    pub(crate) fn pick<'t, T: ?Sized>(&mut self, among: &[&'t T]) -> &'t T {
        among[self.below(among.len())]
    }

    /// Any order of these, each as likely.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for place in (1..items.len()).rev() {
            let other = self.below(place + 1);
            items.swap(place, other);
        }
    }

    /// Any fact that can be written down. Approvals, strong evidence and few different times are likelier than the
    /// rest, so that facts meet and conflict.
    pub(crate) fn statement(&mut self) -> String {
        let letter = self.pick(&["a", "a", "a", "b", "b", "c", "x"]);
        let evidence = self.pick(&["lookup", "lookup", "lookup", "signed", "signed", "notice", "claim", "own"]);
        let kind = match evidence {
            "own" => self.pick(&["started", "refused", "gave_up"]),
            _ => self.pick(&["approved", "approved", "approved", "declined", "abandoned", "returned", "refused"]),
        };
        let time = self.pick(&["", " @10", " @20", " @30", " @40", " @100", " @101", " @130"]);
        let amount = match kind {
            "approved" => self.pick(&["", "", "", "", "", "", " =10", " =1000RUB", " =1000XTS", " =none"]),
            _ => "",
        };
        format!("{letter} {evidence} {kind}{time}{amount}")
    }

    /// So many facts of any kind, in the order of their arrival.
    pub(crate) fn facts(&mut self, count: usize) -> Vec<Fact> {
        (0..).map(|place| notation::fact(&self.statement(), place)).take(count).collect()
    }
}
