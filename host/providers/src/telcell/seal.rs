//! Telcell's proof in both directions: MD5 in hexadecimal over the shop key and some values, with nothing between them (WEB v1.2,
//! shop gateway v2.6). MD5 and bare concatenation are Telcell's choice; what that leaves open is closed where callbacks are read.

use crate::signatures::hex;
use md5::{Digest, Md5};
use subtle::ConstantTimeEq;

/// The secret that a shop shares with Telcell.
pub(super) struct ShopKey(String);

impl ShopKey {
    pub(super) fn new(key: &str) -> Self {
        Self(key.to_owned())
    }

    /// The proof of these values, in lower case.
    pub(super) fn seal(&self, values: &[&str]) -> String {
        hex::encode(&self.sum(values))
    }

    /// Whether this is their proof, in either case. It takes the same time wherever it differs.
    pub(super) fn fits(&self, values: &[&str], shown: &str) -> bool {
        hex::decode(shown).is_some_and(|shown| self.sum(values).ct_eq(&shown).into())
    }

    fn sum(&self, values: &[&str]) -> Vec<u8> {
        let sum = values.iter().fold(Md5::new_with_prefix(&self.0), Digest::chain_update);
        sum.finalize().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::ShopKey;

    /// Examples computed apart from this code; Telcell publishes one of its own for a command that is not used here.
    #[test]
    fn the_known_examples_come_out_alike() {
        let key = ShopKey::new("shopkey-test");
        let (issuer, id, product) = ("shop@example.am", "UEwtMjA0MQ==", "T3JkZXIgUEwtMjA0MQ==");
        let time = "2026-11-21 14:05:09";
        for (values, expected) in [
            (vec![issuer, "\u{58f}", "1500", product, id, "1"], "ad167b64d6a3698db020e356132847e4"),
            (vec!["778899", id, "445566", "51", "1500", time, "PAID"], "4dabde3def5a93b4645dd3924d26c82f"),
            (vec!["778899", "PL-2041", "445566", "51", "1500", time, "PAID"], "6c62018bc0a63d8f211373b136098562"),
            (
                vec!["778899", id, "445566", "37499000000", "51", "1500", time, "PAID"],
                "6a23f749c956201d2c06948d9d9c1bb9",
            ),
            (vec![issuer, "778899", id, "500.0"], "602eaa295cc9431dbb7ccdec0f8bf3d9"),
        ] {
            assert_eq!(key.seal(&values), expected);
            assert!(key.fits(&values, expected) && key.fits(&values, &expected.to_uppercase()));
            assert!(!ShopKey::new("shopkey-tesu").fits(&values, expected));
            for wrong in
                ["", "00", &expected[1..], &expected[..30], &format!("{expected}00"), "not hexadecimal at all."]
            {
                assert!(!key.fits(&values, wrong), "{wrong}");
            }
        }
    }
}
