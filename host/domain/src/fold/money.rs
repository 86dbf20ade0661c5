//! The money that attempts hold: what of it counts for the order, what lies beyond it, and what may still go back.

use super::{Action, Refundable};
use crate::refund::GivenBack;
use crate::{Currency, Fact, Purpose};

/// An attempt that took money.
#[derive(Debug, Clone)]
pub(super) struct Holding<'f> {
    pub(super) attempt: String,
    pub(super) fact: &'f Fact,
    /// When the money moved.
    pub(super) at: i64,
    pub(super) taken: i64,
    pub(super) currency: Currency,
    pub(super) back: GivenBack,
    pub(super) in_time: bool,
}

impl Holding<'_> {
    /// In time before late, then the earlier money, then by the attempt's id.
    pub(super) fn order(&self) -> (bool, i64, &str) {
        (!self.in_time, self.at, &self.attempt)
    }

    /// What of its money has not gone back.
    pub(super) fn kept(&self) -> i64 {
        self.taken.saturating_sub(self.back.done()).max(0)
    }

    /// What of its money has not gone back and is not on its way.
    fn free(&self) -> i64 {
        self.kept().saturating_sub(self.back.reserved).max(0)
    }
}

/// The sums over all attempts.
#[derive(Debug, Clone, Default)]
pub(super) struct Sums<'f> {
    pub(super) captured: i64,
    pub(super) refunded: i64,
    pub(super) reserved: i64,
    pub(super) surplus: i64,
    pub(super) refundable: Vec<Refundable>,
    /// Attempts that hold money beyond the order.
    pub(super) surplus_of: Vec<String>,
    /// Whose money was added up.
    pub(super) held: Vec<Holding<'f>>,
    /// Whether the first of them holds the order's.
    pub(super) is_main: bool,
}

impl<'f> Sums<'f> {
    /// Adds up. `main`: whether the first holding's money is the order's; otherwise all of it lies beyond the order.
    pub(super) fn of(holdings: &[Holding<'f>], main: bool) -> Self {
        let captured = if main { holdings.first().map_or(0, |holding| holding.taken) } else { 0 };
        let unasked_main = holdings.first().filter(|_| main).map_or(0, |first| first.back.unasked);
        let order = holdings.iter().map(|holding| holding.back.order).fold(unasked_main, i64::saturating_add);
        // What went back in the order's name is the order's, whichever attempt held it.
        let refunded = if main { order.min(captured) } else { 0 };
        let mut sums = Self { captured, refunded, held: holdings.to_vec(), is_main: main, ..Self::default() };
        // The order's money is kept by the first attempts that still have any; the rest lies beyond it.
        let mut wanted = captured - refunded;
        for holding in holdings {
            let kept = holding.kept();
            let of_order = wanted.min(kept);
            wanted -= of_order;
            let beyond = kept - of_order;
            sums.surplus = sums.surplus.saturating_add(beyond);
            sums.reserved = sums.reserved.saturating_add(holding.back.reserved.min(kept));
            if beyond > 0 {
                sums.surplus_of.push(holding.attempt.clone());
            }
            let free = holding.free();
            // What is reserved is taken from what lies beyond the order first: that is where it was proposed.
            let free_beyond = beyond.saturating_sub(holding.back.reserved).clamp(0, free);
            let parts = [(free_beyond, Purpose::Surplus), (free - free_beyond, Purpose::Order)];
            for (minor, purpose) in parts.into_iter().filter(|(minor, _)| *minor > 0) {
                sums.refundable.push(Refundable { attempt: holding.attempt.clone(), minor, purpose });
            }
        }
        sums
    }

    /// Gives everything back that lies beyond the order and for which no refund was asked yet: one that failed is not
    /// repeated by itself.
    pub(super) fn give_back(&self, holdings: &[Holding<'_>]) -> Vec<Action> {
        holdings
            .iter()
            .filter(|holding| !holding.back.was_asked)
            .filter_map(|holding| {
                let beyond = self
                    .refundable
                    .iter()
                    .find(|part| part.attempt == holding.attempt && part.purpose == Purpose::Surplus)?;
                let (attempt, minor) = (beyond.attempt.clone(), beyond.minor);
                Some(Action::Refund { attempt, minor, purpose: Purpose::Surplus })
            })
            .collect()
    }
}
