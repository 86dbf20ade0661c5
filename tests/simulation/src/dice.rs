//! Chance from a seed. Each purpose throws dice of its own, so that one more throw here moves nothing there.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// A seeded source of choices.
#[derive(Debug)]
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    /// The dice for one purpose of one world.
    pub(crate) fn new(seed: u64, world: u64, purpose: &str) -> Self {
        let digest = Sha256::new()
            .chain_update(seed.to_be_bytes())
            .chain_update(world.to_be_bytes())
            .chain_update(purpose)
            .finalize();
        Self(ChaCha8Rng::from_seed(digest.into()))
    }

    /// A number from 0, below `sides`.
    pub(crate) fn below(&mut self, sides: u64) -> u64 {
        // The bias of a remainder is far below anything that a simulation could notice.
        self.0.next_u64() % sides.max(1)
    }

    /// True once in `sides` throws.
    pub(crate) fn one_in(&mut self, sides: u64) -> bool {
        self.below(sides) == 0
    }

    /// A number of milliseconds from `least` to `most`.
    pub(crate) fn between(&mut self, least: i64, most: i64) -> i64 {
        least + i64::try_from(self.below(most.abs_diff(least) + 1)).expect("a span of milliseconds fits")
    }

    /// One of these; there must be one.
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let index = usize::try_from(self.below(from.len() as u64)).expect("an index of a slice fits");
        &from[index]
    }

    /// One of these, each as likely as its weight says.
    pub(crate) fn weighted<T: Copy>(&mut self, from: &[(u64, T)]) -> T {
        let sum = from.iter().map(|(weight, _)| weight).sum();
        let mut left = self.below(sum);
        for (weight, choice) in from {
            if left < *weight {
                return *choice;
            }
            left -= weight;
        }
        from[0].1
    }
}
