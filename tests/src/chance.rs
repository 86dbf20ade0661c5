//! Random bytes from a seed, so that a story's ids are the same every time.

use kamurj_domain::Entropy;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::sync::Mutex;

/// A seeded source.
pub struct Seeded(Mutex<ChaCha8Rng>);

impl Seeded {
    /// The source with this seed.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(ChaCha8Rng::seed_from_u64(seed)))
    }
}

impl Entropy for Seeded {
    fn fill(&self, buffer: &mut [u8]) {
        self.0.lock().expect("nobody panics while drawing").fill_bytes(buffer);
    }
}
