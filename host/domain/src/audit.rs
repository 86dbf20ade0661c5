//! The chain of what operators did: like the journal's, one for each merchant. Whoever has the database can compute the hash, so each
//! entry has a mac over it besides, which needs a key.

use crate::journal::{self, GENESIS};

/// One act of an operator, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// The merchant for whom it was done.
    pub merchant: String,
    /// Its place, from 1, without gaps.
    pub sequence: i64,
    /// When, Unix milliseconds.
    pub at: i64,
    /// Who: `op_…`, or `command line`.
    pub actor: String,
    /// As what: a role's word.
    pub role: String,
    /// What: method and path of the API, or the command.
    pub action: String,
    /// About what: the id in the path, or nothing.
    pub target: String,
    /// `done` or `refused`.
    pub outcome: String,
    /// The HTTP status of the answer; 0 for a command.
    pub status: i64,
    /// From where: a keyed hash of the network.
    pub origin: Option<String>,
    /// The request's id, by which it is found in logs.
    pub request_id: String,
    /// A JSON object with the particulars; secrets are not in it.
    pub detail: String,
    /// The chain's hash up to the entry before, in hex; [`GENESIS`] before the first.
    pub previous: String,
}

impl Act {
    /// The chain's hash up to this entry, in hex.
    pub fn hash(&self) -> String {
        let (sequence, at, status) = (self.sequence.to_string(), self.at.to_string(), self.status.to_string());
        let parts = [
            self.previous.as_str(),
            &self.merchant,
            &sequence,
            &at,
            &self.actor,
            &self.role,
            &self.action,
            &self.target,
            &self.outcome,
            &status,
            self.origin.as_deref().unwrap_or_default(),
            &self.request_id,
            &self.detail,
        ];
        journal::chained(b"kamurj audit 1", &parts)
    }
}

/// The hash before the first entry.
pub const FIRST: &str = GENESIS;

#[cfg(test)]
mod tests {
    use super::*;

    fn act() -> Act {
        Act {
            merchant: "mer_1".to_owned(),
            sequence: 1,
            at: 5,
            actor: "op_1".to_owned(),
            role: "owner".to_owned(),
            action: "POST /v1/api-keys".to_owned(),
            target: String::new(),
            outcome: "done".to_owned(),
            status: 201,
            origin: None,
            request_id: "req_1".to_owned(),
            detail: "{}".to_owned(),
            previous: FIRST.to_owned(),
        }
    }

    #[test]
    fn every_part_of_an_entry_is_in_its_hash_and_parts_do_not_run_into_each_other() {
        let whole = act().hash();
        let others = [
            Act { merchant: "mer_2".to_owned(), ..act() },
            Act { sequence: 2, ..act() },
            Act { at: 6, ..act() },
            Act { actor: "op_2".to_owned(), ..act() },
            Act { role: "ownerP".to_owned(), action: "OST /v1/api-keys".to_owned(), ..act() },
            Act { target: "key_1".to_owned(), ..act() },
            Act { outcome: "refused".to_owned(), ..act() },
            Act { status: 200, ..act() },
            Act { origin: Some("x".to_owned()), ..act() },
            Act { request_id: String::new(), ..act() },
            Act { detail: "{ }".to_owned(), ..act() },
            Act { previous: whole.clone(), ..act() },
        ];
        for other in others {
            assert_ne!(other.hash(), whole, "{other:?}");
        }
    }
}
