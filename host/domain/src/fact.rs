//! Facts: what was learned about money, each with the strength of its evidence. A fact is never changed or removed.

use crate::{Decision, Money, Purpose};
use serde::{Deserialize, Serialize};

/// How far a fact can be believed. The order is the order of strength.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// We did it ourselves: it proves that we asked, never that money moved.
    Own,
    /// A person says so, with a reason. It is shown as that and never as the bank's word.
    Manual,
    /// A browser said so on its way back from the bank.
    Claim,
    /// An unsigned call-back.
    Notice,
    /// A call-back whose signature was verified over its raw bytes.
    SignedNotice,
    /// The provider's answer to a question that our server asked.
    Lookup,
    /// A line in the file of settled payments that the bank hands out, as a person brought it here. It warns and it
    /// confirms; that money came it never says alone.
    BankReport,
}

impl Evidence {
    const ALL: [Self; 7] =
        [Self::Own, Self::Manual, Self::Claim, Self::Notice, Self::SignedNotice, Self::Lookup, Self::BankReport];

    /// The word kept in storage.
    pub fn word(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Manual => "manual",
            Self::Claim => "claim",
            Self::Notice => "notice",
            Self::SignedNotice => "signed_notice",
            Self::Lookup => "lookup",
            Self::BankReport => "bank_report",
        }
    }

    /// The evidence with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|evidence| evidence.word() == word)
    }

    /// The phrase that people read: `signed notice`.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Own => "our own record",
            Self::Manual => "a person's word",
            Self::Claim => "claim",
            Self::Notice => "unsigned notice",
            Self::SignedNotice => "signed notice",
            Self::Lookup => "look-up",
            Self::BankReport => "bank report",
        }
    }

    /// Whether a fact of this strength can decide about money (promise 1). What of it can say that money came: `confirms`.
    pub fn decides(self) -> bool {
        match self {
            Self::Own | Self::Manual | Self::Claim | Self::Notice => false,
            Self::SignedNotice | Self::Lookup | Self::BankReport => true,
        }
    }

    /// Whether a fact of this strength can say that money came: a message whose signature was verified, or the answer to a
    /// question of ours. A report is a file that a person hands in. Nobody signed it, and no server of ours asked for it.
    pub fn confirms(self) -> bool {
        matches!(self, Self::SignedNotice | Self::Lookup)
    }

    /// Whether anybody could have sent it. Such a fact is kept and shown, and no rule reads it, whatever it says.
    pub fn is_hearsay(self) -> bool {
        matches!(self, Self::Claim | Self::Notice)
    }
}

/// What was learned. The first kinds are about an attempt, then come those about a refund of one, then those about the
/// payment as a whole.
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
    /// The bank took the payment back: it has the customer's money no longer, nor do we.
    Reversed,
    /// The customer's bank took the money back in a dispute.
    ChargedBack,
    /// A refund was committed: its amount is reserved from here on, and the provider is about to be called.
    RefundAsked,
    /// Money went back. With a refund's id it is that refund; without one it is all that went back of the attempt so far.
    Refunded,
    /// A refund did not happen, and its amount is free again.
    RefundFailed,
    /// Whether a refund happened could not be found out.
    RefundInDoubt,
    /// The merchant withdrew the payment.
    Cancelled,
    /// The payment got a new end.
    Reopened,
    /// A person decided what the payment is.
    Decided,
    /// When the money came, the link that the payment was made from had no place left.
    OverCap,
}

impl FactKind {
    /// Every kind.
    pub const ALL: [Self; 17] = [
        Self::Started,
        Self::Refused,
        Self::Returned,
        Self::Approved,
        Self::Declined,
        Self::Abandoned,
        Self::GaveUp,
        Self::Reversed,
        Self::ChargedBack,
        Self::RefundAsked,
        Self::Refunded,
        Self::RefundFailed,
        Self::RefundInDoubt,
        Self::Cancelled,
        Self::Reopened,
        Self::Decided,
        Self::OverCap,
    ];

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
            Self::Reversed => "reversed",
            Self::ChargedBack => "charged_back",
            Self::RefundAsked => "refund_asked",
            Self::Refunded => "refunded",
            Self::RefundFailed => "refund_failed",
            Self::RefundInDoubt => "refund_in_doubt",
            Self::Cancelled => "cancelled",
            Self::Reopened => "reopened",
            Self::Decided => "decided",
            Self::OverCap => "over_cap",
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

/// One thing learned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Its own id, `fct_…`.
    pub id: String,
    /// The attempt that it speaks of; absent where it is about the payment as a whole.
    pub attempt: Option<String>,
    /// What was learned.
    pub kind: FactKind,
    /// How far it can be believed.
    pub evidence: Evidence,
    /// Who said it.
    pub source: Source,
    /// The amount that the provider named, or that a refund asks for.
    pub amount: Option<Money>,
    /// The currency code that the provider named, where it is one that Kamurj does not know.
    pub foreign_currency: Option<String>,
    /// When it happened, Unix milliseconds: by the provider's clock, or by ours where we did it ourselves. Order and
    /// lateness are judged by it alone.
    pub provider_time: Option<i64>,
    /// When it reached us, Unix milliseconds. For the record; no rule reads it.
    pub received_at: i64,
    /// The provider's reference of the money movement, for people.
    pub reference: Option<String>,
    /// A short reason in the provider's words or ours.
    pub reason: Option<String>,
    /// SHA-256 of the raw message that it was read from, in hex, where it came in one.
    pub message: Option<String>,
    /// The refund that it speaks of, `ref_…`.
    pub refund: Option<String>,
    /// Which money the refund gives back.
    pub purpose: Option<Purpose>,
    /// The payment's new end, Unix milliseconds.
    pub expires_at: Option<i64>,
    /// What a person decided.
    pub decision: Option<Decision>,
}

impl Fact {
    /// A fact that says nothing but its kind, to be filled in.
    pub fn plain(id: &str, kind: FactKind, evidence: Evidence, source: Source, received_at: i64) -> Self {
        Self {
            id: id.to_owned(),
            attempt: None,
            kind,
            evidence,
            source,
            amount: None,
            foreign_currency: None,
            provider_time: None,
            received_at,
            reference: None,
            reason: None,
            message: None,
            refund: None,
            purpose: None,
            expires_at: None,
            decision: None,
        }
    }

    /// Whether it speaks of this attempt.
    pub fn is_about(&self, attempt: &str) -> bool {
        self.attempt.as_deref() == Some(attempt)
    }
}
