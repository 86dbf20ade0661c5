//! The journal's chain: each entry of a payment carries the hash of the one before, so that a changed, removed or
//! reordered entry shows. The hash is over the text exactly as it is stored. Whoever has the database can compute it, so
//! checkpoints, which need a key, cover the heads.

pub mod checkpoint;

use sha2::{Digest, Sha256};
use std::fmt::Write;

/// The kind of the entry that tells of a gap: the database was restored from a copy.
pub const RESTORED: &str = "database.restored";

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
    let (sequence, at) = (sequence.to_string(), at.to_string());
    let parts = [previous, payment, &sequence, &at, kind, actor, body];
    chained(b"kamurj journal 1", &parts)
}

/// The hash of these parts under this label, in hex.
pub(crate) fn chained(label: &[u8], parts: &[&str]) -> String {
    hex(&Sha256::digest(fields(label, parts)))
}

/// A label and these fields, each preceded by its length.
fn fields(label: &[u8], parts: &[&str]) -> Vec<u8> {
    let mut bytes = label.to_vec();
    for part in parts {
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend(part.as_bytes());
    }
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
        text
    })
}

/// What is wrong at a place of a journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// No entry is there.
    #[error("the entry is missing")]
    Missing,
    /// Its contents are not those that its hash was made of.
    #[error("the entry was changed: its contents do not give its hash")]
    Changed,
    /// It does not name the entry before it.
    #[error("the entry does not follow from the one before it: one of the two was rewritten or inserted")]
    Unlinked,
    /// It has a place that no entry can have.
    #[error("the entry was inserted: the first place is 1")]
    Inserted,
}

/// Walks one payment's entries in order, in as many pieces as they come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    payment: String,
    length: i64,
    head: String,
}

impl Walk {
    /// Stands before the first entry.
    pub fn new(payment: &str) -> Self {
        Self { payment: payment.to_owned(), length: 0, head: GENESIS.to_owned() }
    }

    /// The place of the last entry.
    pub fn length(&self) -> i64 {
        self.length
    }

    /// The hash that the last entry bears.
    pub fn head(&self) -> &str {
        &self.head
    }

    /// Steps onto the next entry, and answers what is wrong and where. The walk goes on from the entry as it is stored,
    /// so that what follows is not blamed for it.
    pub fn step(&mut self, entry: &Entry) -> Vec<(i64, Flaw)> {
        if entry.sequence <= self.length {
            return vec![(entry.sequence, Flaw::Inserted)];
        }
        let mut flaws = Vec::new();
        let is_next = entry.sequence == self.length + 1;
        if !is_next {
            flaws.push((self.length + 1, Flaw::Missing));
        }
        let expected =
            hash(&self.payment, entry.sequence, entry.at, &entry.kind, &entry.actor, &entry.body, &entry.previous);
        if entry.hash != expected {
            flaws.push((entry.sequence, Flaw::Changed));
        } else if is_next && entry.previous != self.head {
            flaws.push((entry.sequence, Flaw::Unlinked));
        }
        self.length = entry.sequence;
        self.head.clone_from(&entry.hash);
        flaws
    }
}

/// The first entry that does not follow from the one before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the journal of {payment} is broken at entry {sequence}: {flaw}")]
pub struct Broken {
    /// The payment.
    pub payment: String,
    /// The place of the first entry that is wrong or missing.
    pub sequence: i64,
    /// What is wrong there.
    pub flaw: Flaw,
}

/// Walks one payment's entries in order and checks numbers, links and hashes. Answers the head.
pub fn verify<'e>(payment: &str, entries: impl IntoIterator<Item = &'e Entry>) -> Result<String, Broken> {
    let mut walk = Walk::new(payment);
    for entry in entries {
        if let Some((sequence, flaw)) = walk.step(entry).first() {
            return Err(Broken { payment: payment.to_owned(), sequence: *sequence, flaw: *flaw });
        }
    }
    Ok(walk.head)
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

    fn flaws(entries: &[Entry]) -> Vec<(i64, Flaw)> {
        let mut walk = Walk::new("pay_1");
        entries.iter().flat_map(|entry| walk.step(entry)).collect()
    }

    #[test]
    fn e12_a_changed_removed_inserted_or_swapped_entry_is_named() {
        let whole = chain(4);
        assert_eq!(verify("pay_1", &whole), Ok(whole[3].hash.clone()));
        assert!(flaws(&whole).is_empty());

        let mut changed = whole.clone();
        changed[1].body = r#"{"amount":1}"#.into();
        assert_eq!(flaws(&changed), [(2, Flaw::Changed)]);
        assert_eq!(verify("pay_1", &changed).unwrap_err().sequence, 2);

        let mut removed = whole.clone();
        removed.remove(2);
        assert_eq!(flaws(&removed), [(3, Flaw::Missing)]);
        assert_eq!(flaws(&whole[1..]), [(1, Flaw::Missing)]);

        let mut inserted = whole.clone();
        inserted.insert(0, Entry { sequence: 0, ..whole[0].clone() });
        assert_eq!(flaws(&inserted), [(0, Flaw::Inserted)]);

        let mut swapped = whole.clone();
        swapped[1].at = 8;
        let (second, third) = (swapped[1].clone(), swapped[2].clone());
        swapped[1] = Entry { sequence: 2, ..third };
        swapped[2] = Entry { sequence: 3, ..second };
        assert_eq!(flaws(&swapped), [(2, Flaw::Changed), (3, Flaw::Changed), (4, Flaw::Unlinked)]);

        assert_ne!(verify("pay_1", &whole[..3]).unwrap(), whole[3].hash, "a cut tail shows in the head");
    }

    #[test]
    fn e12_an_entry_whose_own_hash_was_recomputed_leaves_the_next_without_its_link() {
        let mut rewritten = chain(4);
        let second = &mut rewritten[1];
        second.body = r#"{"amount":1}"#.into();
        second.hash = hash("pay_1", 2, 7, "kind", "actor", &second.body, &second.previous);
        assert_eq!(flaws(&rewritten), [(3, Flaw::Unlinked)]);
    }

    #[test]
    fn e12_another_payments_entries_do_not_pass_for_its_own() {
        let mut walk = Walk::new("pay_2");
        assert_eq!(walk.step(&chain(1)[0]), [(1, Flaw::Changed)]);
    }
}
