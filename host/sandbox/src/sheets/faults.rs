//! What can go wrong on demand. It must not know how.

use serde::{Deserialize, Serialize};

/// What can go wrong at Google Sheets on demand; the `_next` ones count down. A refused call uses up none of those that lose answers.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "faults are switches of their own")]
pub struct SheetsFaults {
    /// Calls answered 429 `RESOURCE_EXHAUSTED`.
    pub limit_next: u32,
    /// Calls answered 500 `INTERNAL`, with nothing done.
    pub fail_next: u32,
    /// Calls that are done and answered 500 all the same.
    pub fail_done_next: u32,
    /// Calls whose connection is cut with nothing done.
    pub drop_request_next: u32,
    /// Calls that are done and whose connection is then cut without an answer.
    pub drop_reply_next: u32,
    /// Requests for a token answered 503.
    pub token_fail_next: u32,
    /// Every call is answered 503, those for tokens too.
    pub down: bool,
    /// Every token is answered 401.
    pub token_refused: bool,
    /// The API is switched off in the account's project: 403.
    pub api_disabled: bool,
    /// A person's sort moves what is in the cells and leaves the tags where they are.
    pub sort_leaves_tags: bool,
    /// Nobody counts.
    pub no_quota: bool,
    /// How many reads, and as many writes, an account has in a minute.
    pub quota_per_minute: u32,
}

impl Default for SheetsFaults {
    fn default() -> Self {
        Self {
            limit_next: 0,
            fail_next: 0,
            fail_done_next: 0,
            drop_request_next: 0,
            drop_reply_next: 0,
            token_fail_next: 0,
            down: false,
            token_refused: false,
            api_disabled: false,
            sort_leaves_tags: false,
            no_quota: false,
            quota_per_minute: 60,
        }
    }
}
