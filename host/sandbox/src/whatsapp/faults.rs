//! What can go wrong on demand. It must not know how.

use serde::{Deserialize, Serialize};

/// What can go wrong at WhatsApp on demand; the `_next` ones count down. All but `fail_next` and `token_expired` are about sends.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "faults are switches of their own")]
pub struct WhatsAppFaults {
    /// Sends refused with 130429, the number's limit.
    pub limit_next: u32,
    /// Sends refused with 131056, the limit to one person.
    pub pair_limit_next: u32,
    /// Limits are answered with HTTP 400, as often happens, not 429.
    pub limits_answer_400: bool,
    /// Calls answered 500, with nothing done.
    pub fail_next: u32,
    /// Sends that are taken and whose connection is then cut without an answer.
    pub drop_reply_next: u32,
    /// Sends whose connection is cut with nothing done.
    pub drop_request_next: u32,
    /// Sends that are accepted and fail later by a status.
    pub fail_later_next: u32,
    /// The code that they fail with.
    pub fail_later_code: i64,
    /// Templates are answered with `held_for_quality_assessment` in place of `accepted`, and go out all the same.
    pub assess_templates: bool,
    /// Free-form messages fail as if every window were closed.
    pub window_closed: bool,
    /// The access token is answered with 190.
    pub token_expired: bool,
    /// What becomes of statuses.
    pub statuses: Statuses,
    /// Every webhook is delivered once more after it was accepted.
    pub duplicate_webhooks: bool,
    /// Webhooks are signed with a key that is not the app's.
    pub forge_webhooks: bool,
    /// What is due at the same moment comes in one webhook.
    pub bundle_webhooks: bool,
    /// Webhooks have fields and changes that nobody has documented yet.
    pub unknown_fields: bool,
}

/// What becomes of statuses.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Statuses {
    /// They are told as they happen.
    #[default]
    Send,
    /// `delivered` is told half a minute late and `sent` a minute.
    OutOfOrder,
    /// They wait until this ends.
    Hold,
    /// They are never told.
    Lose,
}

impl Default for WhatsAppFaults {
    fn default() -> Self {
        Self {
            limit_next: 0,
            pair_limit_next: 0,
            limits_answer_400: false,
            fail_next: 0,
            drop_reply_next: 0,
            drop_request_next: 0,
            fail_later_next: 0,
            fail_later_code: 131_026,
            assess_templates: false,
            window_closed: false,
            token_expired: false,
            statuses: Statuses::Send,
            duplicate_webhooks: false,
            forge_webhooks: false,
            bundle_webhooks: false,
            unknown_fields: false,
        }
    }
}
