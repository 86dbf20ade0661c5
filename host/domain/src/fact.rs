//! Facts: what was learned about money, each with the strength of its evidence. A fact is never changed or removed.

use crate::Money;
use serde::{Deserialize, Serialize};

/// How far a fact can be believed. The order is the order of strength.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// We did it ourselves: it proves that we asked, never that money moved.
    Own,
    /// A browser said so on its way back from the bank.
    Claim,
    /// An unsigned call-back.
    Notice,
    /// A call-back whose signature was verified over its raw bytes.
    SignedNotice,
    /// The provider's answer to a question that our server asked.
    Lookup,
}

impl Evidence {
    /// The word kept in storage.
    pub fn word(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Claim => "claim",
            Self::Notice => "notice",
            Self::SignedNotice => "signed_notice",
            Self::Lookup => "lookup",
        }
    }

    /// The evidence with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Own, Self::Claim, Self::Notice, Self::SignedNotice, Self::Lookup]
            .into_iter()
            .find(|evidence| evidence.word() == word)
    }

    /// The phrase that people read: `signed notice`.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Own => "our own record",
            Self::Claim => "claim",
            Self::Notice => "unsigned notice",
            Self::SignedNotice => "signed notice",
            Self::Lookup => "look-up",
        }
    }

    /// Whether a fact of this strength can decide about money (promise 1).
    pub fn decides(self) -> bool {
        match self {
            Self::Own | Self::Claim | Self::Notice => false,
            Self::SignedNotice | Self::Lookup => true,
        }
    }
}

/// What was learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactKind {
    /// An attempt was committed; the provider is about to be called.
    Started,
    /// The provider refused to open a session, or was never reached: this attempt cannot take money.
    Refused,
    /// The customer's browser came back from the bank.
    Returned,
    /// The bank took the money.
    Approved,
    /// The bank declined.
    Declined,
    /// The bank's session ended unpaid.
    Abandoned,
    /// The look-ups ran out without an answer.
    GaveUp,
}

impl FactKind {
    const ALL: [Self; 7] =
        [Self::Started, Self::Refused, Self::Returned, Self::Approved, Self::Declined, Self::Abandoned, Self::GaveUp];

    /// The word kept in storage and in the journal.
    pub fn word(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Refused => "refused",
            Self::Returned => "returned",
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Abandoned => "abandoned",
            Self::GaveUp => "gave_up",
        }
    }

    /// The kind with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// Where a fact came from: who said it, and the name under which a repetition is recognised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// For people: `vpos webhook`, `vpos look-up`, `checkout`.
    pub name: String,
    /// The same for every repetition of the same statement, unique within the payment.
    pub key: String,
}

/// One thing learned about one attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Its own id, `fct_…`.
    pub id: String,
    /// The attempt that it speaks of.
    pub attempt: String,
    /// What was learned.
    pub kind: FactKind,
    /// How far it can be believed.
    pub evidence: Evidence,
    /// Who said it.
    pub source: Source,
    /// The amount that the provider named.
    pub amount: Option<Money>,
    /// The currency code that the provider named, where it is one that Kamurj does not know.
    pub foreign_currency: Option<String>,
    /// The provider's own time of the event, Unix milliseconds. Order and lateness are judged by it alone.
    pub provider_time: Option<i64>,
    /// When it reached us, Unix milliseconds. For the record; no rule reads it.
    pub received_at: i64,
    /// The provider's reference of the money movement, for people.
    pub reference: Option<String>,
    /// A short reason in the provider's words or ours.
    pub reason: Option<String>,
}
