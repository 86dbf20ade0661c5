//! What can go wrong at amoCRM on demand. It must not know what for.

use serde::{Deserialize, Serialize};

/// Faults in force; the `_next` ones count down.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fault of its own, in force or not")]
pub struct AmocrmFaults {
    /// Calls answered 429, whatever the limit says.
    pub limit_next: u32,
    /// What a 429 tells to wait, in seconds.
    pub retry_after_s: u32,
    /// A 429 comes as a plain text, without a word of how long.
    pub plain_limit: bool,
    /// Calls answered 500, and nothing done.
    pub fail_next: u32,
    /// Calls whose connection is cut before anything is done.
    pub drop_request_next: u32,
    /// Calls that are done and whose connection is then cut without an answer.
    pub drop_reply_next: u32,
    /// Every call is answered 503 by whoever stands before the service.
    pub down: bool,
    /// Every call is answered 402.
    pub unpaid: bool,
    /// Every call is answered 403 with a problem: the user lost the rights.
    pub no_rights: bool,
    /// Batches of more items than this are answered 504, and nothing done; 0 for no such bound.
    pub slow_batch_over: u32,
    /// The account takes no notes of the type `invoice_paid`.
    pub no_invoice_notes: bool,
    /// Refreshes that are done and whose connection is then cut: the old refresh token is dead, and the new one never came.
    pub drop_refresh_reply_next: u32,
    /// The access tokens that were granted by consent are over after so many more calls; 0 for no such bound.
    pub expire_access_after: u32,
    /// Refreshes that are refused, though the refresh token is alive.
    pub refuse_refresh_next: u32,
    /// What a browser brings back as `referer` in place of the account's own host.
    pub referer: Option<String>,
    /// Webhooks that happen are never sent.
    pub lose_hooks: bool,
    /// Webhooks wait.
    pub hold_hooks: bool,
    /// Every webhook is sent once more after it was accepted.
    pub duplicate_hooks: bool,
    /// Webhooks of the same action that are due for the same address travel as one, as several items.
    pub bundle_hooks: bool,
    /// Of the webhooks that are due the newest is sent first, so that an older `last_modified` comes after a newer one.
    pub newest_first: bool,
}

impl Default for AmocrmFaults {
    fn default() -> Self {
        Self {
            limit_next: 0,
            retry_after_s: 60,
            plain_limit: false,
            fail_next: 0,
            drop_request_next: 0,
            drop_reply_next: 0,
            down: false,
            unpaid: false,
            no_rights: false,
            slow_batch_over: 0,
            no_invoice_notes: false,
            drop_refresh_reply_next: 0,
            expire_access_after: 0,
            refuse_refresh_next: 0,
            referer: None,
            lose_hooks: false,
            hold_hooks: false,
            duplicate_hooks: false,
            bundle_hooks: false,
            newest_first: false,
        }
    }
}

/// Uses up one of a counted fault, if there is one left.
pub(super) fn take_one(left: &mut u32) -> bool {
    let one = *left > 0;
    *left -= u32::from(one);
    one
}
