//! What can go wrong at the portal on demand. It must not know how it shows.

use serde::{Deserialize, Serialize};

/// What can go wrong at Bitrix24 on demand. What ends in `_next` counts down with each call; the others stay.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own, on a page of switches")]
pub struct Bitrix24Faults {
    /// Calls answered 503 `QUERY_LIMIT_EXCEEDED`.
    pub limit_next: u32,
    /// Calls answered 500 `INTERNAL_SERVER_ERROR`, with nothing done.
    pub fail_next: u32,
    /// Calls whose connection is cut before anything is done.
    pub drop_request_next: u32,
    /// Calls that are done and whose connection is then cut without an answer.
    pub drop_reply_next: u32,
    /// Every call is answered 503 by whatever stands before the portal, which speaks no JSON.
    pub down: bool,
    /// Calls are answered 429 `OPERATION_TIME_LIMIT` until the moment that the last good answer told; then this ends by itself.
    pub operating_limit: bool,
    /// Every call is answered 503 `OVERLOAD_LIMIT`: the vendor blocked the portal by hand.
    pub overload: bool,
    /// Every call is answered 500 `PORTAL_DELETED`.
    pub portal_deleted: bool,
    /// Every call is answered 403 `ACCESS_DENIED`: the plan has no REST any more.
    pub plan_ended: bool,
    /// The app's access tokens are answered 401 `expired_token`, however fresh.
    pub expire_token: bool,
    /// The app's access tokens are over after so many more calls; 0 for no such bound.
    pub expire_token_after: u32,
    /// Refreshes answered 400 `invalid_grant`, with nothing done.
    pub refuse_refresh_next: u32,
    /// Refreshes that are done, so that the old token is dead, and whose connection is then cut without an answer.
    pub drop_refresh_reply_next: u32,
    /// Events are lost for ever.
    pub lose_events: bool,
    /// Every event is sent twice.
    pub duplicate_events: bool,
}
