//! What can go wrong on demand. It must not know how.

use serde::{Deserialize, Serialize};

/// What can go wrong at the ERP on demand; the `_next` ones count down.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "faults are switches of their own")]
pub struct ErpFaults {
    /// Webhooks answered 429, with nothing done.
    pub limit_next: u32,
    /// The seconds that a 429 asks to wait; 0 leaves `Retry-After` out.
    pub retry_after_s: u32,
    /// `Retry-After` is a date, which HTTP allows as well.
    pub retry_after_as_date: bool,
    /// Webhooks answered 500, with nothing done.
    pub fail_next: u32,
    /// Webhooks answered 502 by whatever stands before the ERP, with nothing done.
    pub bad_gateway_next: u32,
    /// Webhooks answered 422: the ERP does not want what it was told.
    pub refuse_next: u32,
    /// Webhooks whose connection is cut with nothing done.
    pub drop_request_next: u32,
    /// Webhooks that are taken and whose connection is then cut without an answer; a refused one does not use it up.
    pub drop_reply_next: u32,
    /// Every webhook is answered 503.
    pub down: bool,
    /// Every webhook is answered 410: the endpoint was taken away for good.
    pub gone: bool,
    /// Every webhook is answered 301 with another address, where nobody may ever call.
    pub redirect: bool,
    /// No webhook is answered until the sender gives up; where this ends first, the connection is cut.
    pub hang: bool,
    /// Messages to Kamurj are signed with keys that are not the ERP's.
    pub forge: bool,
    /// Messages to Kamurj say, and are signed, as if they were sent an hour ago.
    pub stale: bool,
    /// Messages to Kamurj are changed after they were signed.
    pub tamper: bool,
    /// So many copies of every message to Kamurj follow once it was accepted.
    pub duplicate: u32,
    /// Messages to Kamurj wait until this ends.
    pub hold: bool,
    /// Answers of Kamurj that are lost on their way, so that the message is sent again.
    pub lose_answer_next: u32,
}

impl Default for ErpFaults {
    fn default() -> Self {
        Self {
            limit_next: 0,
            retry_after_s: 30,
            retry_after_as_date: false,
            fail_next: 0,
            bad_gateway_next: 0,
            refuse_next: 0,
            drop_request_next: 0,
            drop_reply_next: 0,
            down: false,
            gone: false,
            redirect: false,
            hang: false,
            forge: false,
            stale: false,
            tamper: false,
            duplicate: 0,
            hold: false,
            lose_answer_next: 0,
        }
    }
}

/// Takes one from a count; whether there was one.
pub(super) fn take(count: &mut u32) -> bool {
    let taken = *count > 0;
    *count = count.saturating_sub(1);
    taken
}
