//! The journal's chain: each entry of a payment carries the hash of the one before, so that a changed, removed or
//! reordered entry shows. The hash is over the text exactly as it is stored.

use sha2::{Digest, Sha256};
use std::fmt::Write;

/// The hash before the first entry.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One entry as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The payment that it belongs to.
    pub payment: String,
    /// Its place, from 1, without gaps.
    pub sequence: i64,
    /// When it was written, Unix milliseconds.
    pub at: i64,
    /// What happened: `payment.created`, `fact.approved`, `payment.paid`, …
    pub kind: String,
    /// Who caused it: `api key_…`, `vpos webhook`, `timer`, …
    pub actor: String,
    /// A JSON object with the particulars.
    pub body: String,
    /// The chain's hash up to the entry before, in hex.
    pub previous: String,
    /// The chain's hash up to this entry, in hex.
    pub hash: String,
}

/// The hash of an entry with these contents. Every field is preceded by its length, so that no two entries share a text.
pub fn hash(payment: &str, sequence: i64, at: i64, kind: &str, actor: &str, body: &str, previous: &str) -> String {
    let mut digest = Sha256::new();
    digest.update(b"kamurj journal 1");
    for field in [previous, payment, &sequence.to_string(), &at.to_string(), kind, actor, body] {
        digest.update((field.len() as u64).to_be_bytes());
        digest.update(field.as_bytes());
    }
    let bytes = digest.finalize();
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
        text
    })
}

/// The first entry that does not follow from the one before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the journal of {payment} is broken at entry {sequence}")]
pub struct Broken {
    /// The payment.
    pub payment: String,
    /// The place of the first entry that is wrong or missing.
    pub sequence: i64,
}

/// Walks one payment's entries in order and checks numbers, links and hashes. Answers the head.
pub fn verify<'e>(payment: &str, entries: impl IntoIterator<Item = &'e Entry>) -> Result<String, Broken> {
    let mut previous = GENESIS.to_owned();
    for (position, entry) in (1i64..).zip(entries) {
        let expected = hash(payment, position, entry.at, &entry.kind, &entry.actor, &entry.body, &previous);
        if entry.sequence != position || entry.previous != previous || entry.hash != expected {
            return Err(Broken { payment: payment.to_owned(), sequence: position });
        }
        previous = expected;
    }
    Ok(previous)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(length: i64) -> Vec<Entry> {
        let mut previous = GENESIS.to_owned();
        (1..=length)
            .map(|sequence| {
                let hash = hash("pay_1", sequence, 7, "kind", "actor", "{}", &previous);
                Entry {
                    payment: "pay_1".into(),
                    sequence,
                    at: 7,
                    kind: "kind".into(),
                    actor: "actor".into(),
                    body: "{}".into(),
                    previous: std::mem::replace(&mut previous, hash.clone()),
                    hash,
                }
            })
            .collect()
    }

    #[test]
    fn e12_a_changed_removed_or_swapped_entry_is_named() {
        let whole = chain(4);
        assert_eq!(verify("pay_1", &whole), Ok(whole[3].hash.clone()));

        let mut changed = whole.clone();
        changed[1].body = r#"{"amount":1}"#.into();
        assert_eq!(verify("pay_1", &changed).unwrap_err().sequence, 2);

        let mut removed = whole.clone();
        removed.remove(2);
        assert_eq!(verify("pay_1", &removed).unwrap_err().sequence, 3);

        let mut swapped = whole.clone();
        swapped.swap(0, 1);
        assert_eq!(verify("pay_1", &swapped).unwrap_err().sequence, 1);

        assert_ne!(verify("pay_1", &whole[..3]).unwrap(), whole[3].hash, "a cut tail shows in the head");
    }
}
