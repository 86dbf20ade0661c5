//! What can go wrong at Meta on demand. It must not know whom it happens to.

use serde::{Deserialize, Serialize};

/// Faults in force; the `_next` ones count down with each call that gets past the check of its
/// token.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fault of its own, in force or not")]
pub struct GraphFaults {
    /// Calls answered with error 613 as a 400, without any header that tells.
    pub limit_next: u32,
    /// Calls answered with error 4 as a 400, with the usage headers at 100 percent.
    pub limit_app_next: u32,
    /// Calls answered 500 with error 2, and nothing done.
    pub fail_next: u32,
    /// Calls that are done and answered 500 with error 1 all the same, as documented for subcode 1357046.
    pub fail_done_next: u32,
    /// Calls whose connection is cut before anything is done.
    pub drop_request_next: u32,
    /// Calls that are done and whose connection is then cut without an answer.
    pub drop_reply_next: u32,
    /// What every call is refused with.
    pub refuse: Refuse,
    /// Every event is delivered once more after it was accepted.
    pub duplicate_events: bool,
    /// Of the events that are due the newest is sent first.
    pub newest_first: bool,
    /// All events that are due for one app travel in one request, as several entries.
    pub batch_events: bool,
    /// Events wait.
    pub hold_events: bool,
    /// Events that happen are never told.
    pub lose_events: bool,
    /// Echoes of what accounts write are never told.
    pub lose_echoes: bool,
    /// Events carry a signature of another key.
    pub forge_signature: bool,
    /// Events are signed with the app's other secret: Meta has signed with the Facebook app's where the Instagram app's was
    /// expected, and the other way round.
    pub other_secret: bool,
    /// New templates wait for approval.
    pub templates_pending: bool,
}

/// What Meta refuses everything with.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Refuse {
    /// Nothing is refused.
    #[default]
    Nothing,
    /// Error 190, subcode 460: every token counts as taken back.
    Token,
    /// Error 190, subcode 463: every token counts as one that ended an hour ago.
    Expired,
    /// Error 200: a permission is missing.
    Permission,
    /// Error 368: the account is held for what it did.
    Policy,
}
