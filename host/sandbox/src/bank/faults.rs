//! What can go wrong at the bank on demand. Every fault stays in force until it is changed, unless it counts down.

use serde::{Deserialize, Serialize};

/// The faults in force at the bank.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct BankFaults {
    /// What happens to webhooks that are due.
    pub webhooks: Webhooks,
    /// How many more times each webhook is delivered, with the same id, after it was accepted once.
    pub duplicate: u32,
    /// Due webhooks go out newest first, so that a merchant sees them out of order.
    pub newest_first: bool,
    /// How webhooks are signed.
    pub signature: Signature,
    /// Seconds added to the timestamp header of webhooks; -600 makes them stale.
    pub timestamp_shift_s: i64,
    /// Minor units by which the amount in webhooks differs from the session's.
    pub webhook_amount_shift_minor: i64,
    /// How look-ups are answered.
    pub lookup: Lookup,
    /// How requests for a new session are answered.
    pub start: Start,
    /// How requests for a refund are answered.
    pub refund: Refund,
    /// How questions about refunds are answered.
    pub refund_lookup: RefundLookup,
    /// How requests to cancel a session are answered.
    pub cancel: Cancel,
    /// Minor units by which the next payments differ from what was asked; webhook and look-up both say so.
    pub paid_amount_shift_minor: i64,
    /// How many of the next API calls are answered 429.
    pub limit_next: u32,
}

/// What happens to webhooks that are due.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Webhooks {
    /// They are sent.
    #[default]
    Send,
    /// They wait until this is `Send` again.
    Hold,
    /// They are lost for ever.
    Drop,
}

/// How webhooks are signed.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Signature {
    /// With the endpoint's secret.
    #[default]
    Right,
    /// With another key.
    Wrong,
    /// Twice: with another key first, then with the endpoint's secret, as while keys are being changed.
    Rotated,
}

/// How look-ups are answered.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Lookup {
    /// Truthfully.
    #[default]
    Ok,
    /// With 500.
    Fail,
    /// Every session is `pending`, whatever it is.
    Pending,
    /// The connection is cut.
    Cut,
}

/// How requests for a new session are answered.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// As they should be.
    #[default]
    Ok,
    /// The session is made and the connection cut before the answer.
    DropReply,
    /// The connection is cut and nothing was made.
    DropRequest,
    /// With 500, and nothing is made.
    Fail,
}

/// How requests for a refund are answered.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Refund {
    /// As they should be.
    #[default]
    Ok,
    /// The refund is made and the connection cut before the answer.
    DropReply,
    /// The connection is cut and nothing was made.
    DropRequest,
    /// With 500, and nothing is made.
    Fail,
    /// The refund is taken down and has failed by the time of the answer.
    Decline,
    /// The refund is taken down and stays in progress until the bank is told to finish.
    Slow,
}

/// How questions about refunds are answered.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum RefundLookup {
    /// Truthfully.
    #[default]
    Ok,
    /// With 500.
    Fail,
}

/// How requests to cancel a session are answered.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Cancel {
    /// As they should be.
    #[default]
    Ok,
    /// The session is cancelled and the connection cut before the answer.
    DropReply,
    /// The connection is cut and nothing was done.
    DropRequest,
    /// With 500, and nothing is done.
    Fail,
    /// The connection is cut, and the request waits somewhere on its way until `Bank::late_cancels_arrive`.
    Late,
}
