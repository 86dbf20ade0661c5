//! Checkpoints over the journals' heads: what is hashed with the key, in which order. The key itself stays with whoever
//! implements `Keyed`; somebody with the database alone can make no checkpoint and no seal.

use super::{fields, hex};
use std::fmt;
use std::str::FromStr;

/// The mac before the first checkpoint.
pub const GENESIS: &str = super::GENESIS;

/// Makes keyed hashes for the journal's checkpoints, and for nothing else.
pub trait Keyed: Send + Sync {
    /// The keyed hash of these bytes.
    fn mac(&self, bytes: &[u8]) -> [u8; 32];
}

/// One payment's head, as a checkpoint covers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    /// The payment.
    pub payment: String,
    /// How many entries its journal had.
    pub length: i64,
    /// The hash of the last of them.
    pub head: String,
}

/// The mac of one payment's head in this checkpoint.
pub fn seal(key: &dyn Keyed, checkpoint: i64, covered: &Covered) -> String {
    let (checkpoint, length) = (checkpoint.to_string(), covered.length.to_string());
    hex(&key.mac(&fields(b"kamurj seal 1", &[&checkpoint, &covered.payment, &length, &covered.head])))
}

/// The mac of a checkpoint. `seals`: the macs of what it covers, in any order; they are put in order here, because the
/// engines sort text in different ways.
pub fn mac(key: &dyn Keyed, number: i64, at: i64, previous: &str, mut seals: Vec<&str>) -> String {
    seals.sort_unstable();
    let (number, at) = (number.to_string(), at.to_string());
    let parts = [&[number.as_str(), at.as_str(), previous], seals.as_slice()].concat();
    hex(&key.mac(&fields(b"kamurj checkpoint 1", &parts)))
}

/// A checkpoint's number and mac, kept apart from the database: proves that the list of checkpoints still has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// The checkpoint's number, from 1.
    pub number: i64,
    /// Its mac, in hex.
    pub mac: String,
}

impl fmt::Display for Anchor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.number, self.mac)
    }
}

/// The text is no anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an anchor is NUMBER:MAC, such as 12:4f0a…, with 64 hexadecimal digits after the colon")]
pub struct NoAnchor;

impl FromStr for Anchor {
    type Err = NoAnchor;

    fn from_str(text: &str) -> Result<Self, NoAnchor> {
        let (number, mac) = text.trim().split_once(':').ok_or(NoAnchor)?;
        let number = number.parse().ok().filter(|number| *number > 0).ok_or(NoAnchor)?;
        let is_hex = mac.len() == 64 && mac.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hex { Ok(Self { number, mac: mac.to_ascii_lowercase() }) } else { Err(NoAnchor) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    struct Key(u8);

    impl Keyed for Key {
        fn mac(&self, bytes: &[u8]) -> [u8; 32] {
            Sha256::new().chain_update([self.0]).chain_update(bytes).finalize().into()
        }
    }

    fn covered(payment: &str, length: i64, head: &str) -> Covered {
        Covered { payment: payment.to_owned(), length, head: head.to_owned() }
    }

    #[test]
    fn e12_every_part_of_a_seal_and_of_a_checkpoint_is_under_its_mac() {
        let whole = seal(&Key(1), 3, &covered("pay_1", 12, "ab"));
        for other in [
            seal(&Key(2), 3, &covered("pay_1", 12, "ab")),
            seal(&Key(1), 4, &covered("pay_1", 12, "ab")),
            seal(&Key(1), 3, &covered("pay_2", 12, "ab")),
            seal(&Key(1), 3, &covered("pay_1", 13, "ab")),
            seal(&Key(1), 3, &covered("pay_1", 12, "ac")),
            // The same letters, cut in other places.
            seal(&Key(1), 3, &covered("pay_11", 2, "ab")),
            seal(&Key(1), 31, &covered("pay_1", 12, "ab")),
        ] {
            assert_ne!(other, whole);
        }
        let whole = mac(&Key(1), 3, 7, "p", vec!["a", "b"]);
        assert_eq!(mac(&Key(1), 3, 7, "p", vec!["b", "a"]), whole, "the order of rows says nothing");
        for other in [
            mac(&Key(2), 3, 7, "p", vec!["a", "b"]),
            mac(&Key(1), 4, 7, "p", vec!["a", "b"]),
            mac(&Key(1), 3, 8, "p", vec!["a", "b"]),
            mac(&Key(1), 3, 7, "q", vec!["a", "b"]),
            mac(&Key(1), 3, 7, "p", vec!["a"]),
            mac(&Key(1), 3, 7, "p", vec!["a", "b", "b"]),
            mac(&Key(1), 3, 7, "p", vec!["ab"]),
        ] {
            assert_ne!(other, whole);
        }
    }

    #[test]
    fn an_anchor_is_read_as_it_is_written_and_nothing_else_is() {
        let anchor = Anchor { number: 12, mac: "0a".repeat(32) };
        assert_eq!(anchor.to_string().parse(), Ok(anchor.clone()));
        assert_eq!(format!(" 12:{}\n", "0A".repeat(32)).parse(), Ok(anchor));
        for wrong in ["", "12", "12:", "0:", ":0a", "12:0a", "x:0a"] {
            assert_eq!(wrong.parse::<Anchor>(), Err(NoAnchor), "{wrong}");
        }
        for number in ["0", "-1", "1.5", "99999999999999999999"] {
            assert_eq!(format!("{number}:{}", "0a".repeat(32)).parse::<Anchor>(), Err(NoAnchor), "{number}");
        }
        assert_eq!(format!("1:{}", "0g".repeat(32)).parse::<Anchor>(), Err(NoAnchor));
    }
}
