//! Ids that differ between sandboxes started at different times and repeat under the same clock, so that stories are
//! repeatable and a receiver that outlives a sandbox never sees an old id again.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// A row of ids, seeded with the time of the start.
pub(crate) struct Ids {
    seed: i64,
    count: u64,
}

impl Ids {
    pub(crate) fn new(seed: i64) -> Self {
        Self { seed, count: 0 }
    }

    /// `prefix` and 24 hexadecimal digits.
    pub(crate) fn text(&mut self, prefix: &str) -> String {
        let mut id = prefix.to_owned();
        for byte in &self.next()[..12] {
            write!(id, "{byte:02x}").expect("writing to a String cannot fail");
        }
        id
    }

    /// A string of 12 digits, as acquirers number their operations.
    pub(crate) fn digits(&mut self) -> String {
        let bytes = self.next();
        let number = bytes[..8].iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        format!("{:012}", number % 1_000_000_000_000)
    }

    fn next(&mut self) -> [u8; 32] {
        self.count += 1;
        Sha256::new().chain_update(self.seed.to_be_bytes()).chain_update(self.count.to_be_bytes()).finalize().into()
    }
}
