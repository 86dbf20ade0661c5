//! Movements of money: each time that money came or went, as the facts about a payment tell it. For accounting, and to be
//! held against what a bank reports. Nothing decides by them; `fold::movements` derives them.

use crate::{Evidence, Money, Purpose};

/// What a movement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MovementKind {
    /// Money came for the order.
    Capture,
    /// Money came beyond the order: a second payment, or one that does not count.
    Surplus,
    /// Money was given back.
    Refund,
    /// The bank took the payment back.
    Reversal,
    /// The customer's bank took the money back in a dispute.
    Chargeback,
}

impl MovementKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Capture, Self::Surplus, Self::Refund, Self::Reversal, Self::Chargeback];

    /// The word kept in storage.
    pub fn word(self) -> &'static str {
        match self {
            Self::Capture => "capture",
            Self::Surplus => "surplus",
            Self::Refund => "refund",
            Self::Reversal => "reversal",
            Self::Chargeback => "chargeback",
        }
    }

    /// The kind with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Whether money came by it; otherwise it went.
    pub fn comes(self) -> bool {
        matches!(self, Self::Capture | Self::Surplus)
    }
}

/// Money that came or went once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// `mov_…`: made from the ids of what it is about, so that it is the same whenever it is derived.
    pub id: String,
    /// What it is, as all facts together tell it: money of an attempt is the order's or lies beyond it.
    pub kind: MovementKind,
    /// The attempt; absent where a person found that money moved outside of any.
    pub attempt: Option<String>,
    /// The refund, where it is one of ours.
    pub refund: Option<String>,
    /// How much, above zero, whichever way it went.
    pub amount: Money,
    /// Whose money it is: the order's, or what lies beyond it.
    pub purpose: Purpose,
    /// When it moved, Unix milliseconds. A payment whose provider names no time moved by the end of its session.
    pub at: i64,
    /// Whether the provider names that time; otherwise it is ours.
    pub is_providers_time: bool,
    /// The provider's reference of it.
    pub reference: Option<String>,
    /// What it rests on.
    pub evidence: Evidence,
}
