//! The words for a payment: its mode, its status, the terms that facts are compared with, the merchant's policy.

use crate::Money;
use serde::{Deserialize, Serialize};

/// Whether money is real. Everything that a merchant owns has one mode, and the two never meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Play money.
    Test,
    /// Real money.
    Live,
}

impl Mode {
    /// `test` or `live`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Live => "live",
        }
    }

    /// The mode with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Test, Self::Live].into_iter().find(|mode| mode.word() == word)
    }
}

/// What everybody is told of a payment. It is never set: the fold finds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Waits for the customer.
    Created,
    /// An attempt is under way, its end not known.
    Pending,
    /// The bank confirmed the whole amount.
    Paid,
    /// The last attempt did not go through; the customer may try again.
    Failed,
    /// Its time ran out unpaid.
    Expired,
    /// Withdrawn by the merchant.
    Cancelled,
    /// A person must decide.
    ManualReview,
    /// Part of the money went back.
    PartiallyRefunded,
    /// All of the money went back.
    Refunded,
}

impl Status {
    /// Every status, in the order of the documentation.
    pub const ALL: [Self; 9] = [
        Self::Created,
        Self::Pending,
        Self::Paid,
        Self::Failed,
        Self::Expired,
        Self::Cancelled,
        Self::ManualReview,
        Self::PartiallyRefunded,
        Self::Refunded,
    ];

    /// The word of the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Pending => "pending",
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::ManualReview => "manual_review",
            Self::PartiallyRefunded => "partially_refunded",
            Self::Refunded => "refunded",
        }
    }

    /// The status with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }

    /// Whether the customer may start an attempt now.
    pub fn takes_attempts(self) -> bool {
        match self {
            Self::Created | Self::Pending | Self::Failed => true,
            Self::Paid
            | Self::Expired
            | Self::Cancelled
            | Self::ManualReview
            | Self::PartiallyRefunded
            | Self::Refunded => false,
        }
    }
}

/// What a payment asks for: the part of it that facts are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The whole amount due.
    pub amount: Money,
    /// When it stopped taking attempts as it was first asked for, Unix milliseconds. A new end is a fact.
    pub expires_at: i64,
}

/// How often a payer may ask for a new time to pay, where the merchant says nothing.
const USUAL_RENEWALS: u32 = 3;

/// The merchant's choices that decide between statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// What money becomes that was paid after expiry or withdrawal.
    pub late_payment: LatePayment,
    /// How long after expiry money still counts as in time, milliseconds.
    pub grace_ms: i64,
    /// Above this amount, minor units, a manual decision needs a second person.
    pub second_person_above_minor: Option<i64>,
    /// How often a payer may open an expired payment again by themselves; zero: never.
    pub renewals: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            late_payment: LatePayment::default(),
            grace_ms: 0,
            second_person_above_minor: None,
            renewals: USUAL_RENEWALS,
        }
    }
}

/// What money becomes that was paid after expiry or withdrawal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LatePayment {
    /// A person decides.
    #[default]
    Review,
    /// It counts as paid, with the exception kept open.
    Accept,
    /// It goes back.
    Refund,
}

impl LatePayment {
    /// The word of the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::Review => "review",
            Self::Accept => "accept",
            Self::Refund => "refund",
        }
    }

    /// The choice with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Review, Self::Accept, Self::Refund].into_iter().find(|choice| choice.word() == word)
    }
}
