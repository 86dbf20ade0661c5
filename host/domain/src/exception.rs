//! Exceptions: what a person must decide, and the ways out that are proposed for each kind.

use serde::{Deserialize, Serialize};

/// Something that a person must decide.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Exception {
    /// Which kind.
    pub kind: ExceptionKind,
    /// What it is about: an attempt, a refund, a delivery, a message.
    pub subject: String,
}

/// The kinds of exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExceptionKind {
    /// Another attempt took money too, or the order's link had no place left.
    DuplicatePayment,
    /// The bank took, or gave back, another amount.
    AmountMismatch,
    /// The bank took another currency.
    CurrencyMismatch,
    /// Paid after expiry or withdrawal.
    LatePayment,
    /// Two strong statements exclude each other.
    Contradiction,
    /// The look-ups ran out.
    Indeterminate,
    /// Whether a refund happened could not be found out.
    RefundInDoubt,
    /// The bank took the payment back.
    Reversed,
    /// The customer's bank took the money back in a dispute.
    Chargeback,
    /// A line of the bank's report says otherwise than the provider did, or what the provider never said.
    ReportDifference,
    /// A delivery was given up.
    DeliveryFailed,
    /// A proven message from a provider fits no attempt.
    UnknownOrder,
    /// A piece of work failed again and again for a reason of ours.
    WorkSetAside,
    /// A message broke its plugin again and again.
    InboundFailed,
    /// A plugin proposes something that a person should decide.
    PluginProposal,
    /// A plugin failed again and again and was suspended.
    PluginSuspended,
    /// A connection to an outside account ended and must be authorised anew.
    ReauthorisationNeeded,
    /// What a plugin does by the clock was not done.
    ScheduleFailed,
    /// What is shown of payments elsewhere differs from what is so.
    CrmDiffers,
    /// A setting of an installation names what its service does not have.
    SettingsWrong,
    /// A payment, or payments of one link, were declined more often than honest customers' are.
    TooManyDeclines,
    /// So many of a merchant's payments were declined that somebody may be testing stolen cards.
    PossibleCardTesting,
}

impl ExceptionKind {
    /// Every kind.
    pub const ALL: [Self; 22] = [
        Self::DuplicatePayment,
        Self::AmountMismatch,
        Self::CurrencyMismatch,
        Self::LatePayment,
        Self::Contradiction,
        Self::Indeterminate,
        Self::RefundInDoubt,
        Self::Reversed,
        Self::Chargeback,
        Self::ReportDifference,
        Self::DeliveryFailed,
        Self::UnknownOrder,
        Self::WorkSetAside,
        Self::InboundFailed,
        Self::PluginProposal,
        Self::PluginSuspended,
        Self::ReauthorisationNeeded,
        Self::ScheduleFailed,
        Self::CrmDiffers,
        Self::SettingsWrong,
        Self::TooManyDeclines,
        Self::PossibleCardTesting,
    ];

    /// The word of the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::DuplicatePayment => "duplicate_payment",
            Self::AmountMismatch => "amount_mismatch",
            Self::CurrencyMismatch => "currency_mismatch",
            Self::LatePayment => "late_payment",
            Self::Contradiction => "contradiction",
            Self::Indeterminate => "indeterminate",
            Self::RefundInDoubt => "refund_in_doubt",
            Self::Reversed => "reversed",
            Self::Chargeback => "chargeback",
            Self::ReportDifference => "report_difference",
            Self::DeliveryFailed => "delivery_failed",
            Self::UnknownOrder => "unknown_order",
            Self::WorkSetAside => "work_set_aside",
            Self::InboundFailed => "inbound_failed",
            Self::PluginProposal => "plugin_proposal",
            Self::PluginSuspended => "plugin_suspended",
            Self::ReauthorisationNeeded => "reauthorisation_needed",
            Self::ScheduleFailed => "schedule_failed",
            Self::CrmDiffers => "crm_differs",
            Self::SettingsWrong => "settings_wrong",
            Self::TooManyDeclines => "too_many_declines",
            Self::PossibleCardTesting => "possible_card_testing",
        }
    }

    /// The kind with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The ways out, the one to try first at the front.
    pub fn proposals(self) -> &'static [Proposal] {
        use Proposal::{
            Dismiss, LookUp, Refund, RefundDone, RefundNotDone, Retry, RuleFailed, RulePaid, RuleRefunded, Skip, Unlock,
        };
        match self {
            Self::DuplicatePayment => &[Refund, Dismiss],
            Self::AmountMismatch | Self::CurrencyMismatch => &[LookUp, RulePaid, RuleFailed, RuleRefunded, Dismiss],
            Self::LatePayment => &[RulePaid, Refund, RuleRefunded, Dismiss],
            Self::Contradiction | Self::Indeterminate => &[LookUp, RulePaid, RuleFailed, RuleRefunded],
            Self::RefundInDoubt => &[LookUp, RefundDone, RefundNotDone],
            Self::Reversed | Self::Chargeback => &[LookUp, RuleRefunded, RuleFailed, RulePaid],
            Self::ReportDifference => &[LookUp, RulePaid, RuleRefunded, Dismiss],
            Self::DeliveryFailed => &[Retry, Skip, Dismiss],
            Self::WorkSetAside => &[Retry, Dismiss],
            Self::TooManyDeclines | Self::PossibleCardTesting => &[Unlock],
            Self::UnknownOrder
            | Self::InboundFailed
            | Self::PluginProposal
            | Self::PluginSuspended
            | Self::ReauthorisationNeeded
            | Self::ScheduleFailed
            | Self::CrmDiffers
            | Self::SettingsWrong => &[Dismiss],
        }
    }
}

/// A way out of an exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proposal {
    /// Ask the provider now.
    LookUp,
    /// Give this money back.
    Refund,
    /// Decide that the payment is paid.
    RulePaid,
    /// Decide that no money came.
    RuleFailed,
    /// Decide that the money went back.
    RuleRefunded,
    /// Decide that the refund happened.
    RefundDone,
    /// Decide that the refund did not happen.
    RefundNotDone,
    /// Try again.
    Retry,
    /// Leave out what could not be delivered, for good.
    Skip,
    /// Let new attempts be started again; what was declined until now is not counted any more.
    Unlock,
    /// Close it with a reason; nothing about the payment changes.
    Dismiss,
}

impl Proposal {
    const ALL: [Self; 11] = [
        Self::LookUp,
        Self::Refund,
        Self::RulePaid,
        Self::RuleFailed,
        Self::RuleRefunded,
        Self::RefundDone,
        Self::RefundNotDone,
        Self::Retry,
        Self::Skip,
        Self::Unlock,
        Self::Dismiss,
    ];

    /// The word of the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::LookUp => "look_up",
            Self::Refund => "refund",
            Self::RulePaid => "rule_paid",
            Self::RuleFailed => "rule_failed",
            Self::RuleRefunded => "rule_refunded",
            Self::RefundDone => "refund_done",
            Self::RefundNotDone => "refund_not_done",
            Self::Retry => "retry",
            Self::Skip => "skip",
            Self::Unlock => "unlock",
            Self::Dismiss => "dismiss",
        }
    }

    /// The way out with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|proposal| proposal.word() == word)
    }
}
