//! Graph's errors: the codes, subcodes and words in which it refuses. It must not know when it does.
//!
//! Source: "Handling Errors" of the Graph API and "Error Codes" of the Messenger Platform (2026-03). The words of
//! graph.instagram.com are from a body that it answered in June 2026: type `IGApiException`, no number in the message.

use serde_json::{Value, json};

use super::Door;

/// Where Graph tells people about the window.
const WINDOW_POLICY: &str = "https://developers.facebook.com/docs/messenger-platform/policy-overview";

/// A call that Graph refuses.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: i64,
    subcode: Option<i64>,
    pub(crate) message: String,
    /// What `error_data` says.
    data: Option<Box<Value>>,
    /// Of the API itself, where graph.facebook.com puts the code before the message; the others are about tokens and paths.
    api: bool,
    transient: bool,
    pub(crate) throttled: Throttled,
}

/// Whether the usage headers say that a limit is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Throttled {
    /// They say that all is well.
    No,
    /// The application's, which the headers tell of.
    Told,
}

impl Refusal {
    /// Something that the API itself refuses.
    pub(crate) fn api(status: u16, code: i64, subcode: Option<i64>, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { status, code, subcode, message, data: None, api: true, transient: false, throttled: Throttled::No }
    }

    /// Something about tokens and paths, said without a number.
    fn plain(status: u16, code: i64, subcode: Option<i64>, message: impl Into<String>) -> Self {
        Self { api: false, ..Self::api(status, code, subcode, message) }
    }

    /// The same with `error_data`.
    pub(crate) fn with_data(self, data: Value) -> Self {
        Self { data: Some(Box::new(data)), ..self }
    }

    /// The same with another HTTP status.
    pub(crate) fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// Error 100: a parameter is wrong.
    pub(crate) fn parameter(message: impl Into<String>) -> Self {
        Self::api(400, 100, None, message)
    }

    /// A parameter is missing.
    pub(crate) fn required(name: &str) -> Self {
        Self::parameter(format!("The parameter {name} is required"))
    }

    /// A text is longer than this many of what is counted there.
    pub(crate) fn length(path: &str, most: usize) -> Self {
        Self::parameter(format!("Length of param {path} must be less than or equal to {most}"))
    }

    /// Not one of the words.
    pub(crate) fn one_of(path: &str, words: &[&str], got: &str) -> Self {
        Self::parameter(format!("Param {path} must be one of {{{}}} - got \"{got}\".", words.join(", ")))
    }

    /// Error 105, for lists.
    pub(crate) fn too_many(path: &str) -> Self {
        Self::api(400, 105, None, format!("param {path} has too many elements."))
    }

    /// An empty list or text.
    pub(crate) fn empty(path: &str) -> Self {
        Self::parameter(format!("param {path} must be non-empty."))
    }

    /// Code 104: nobody said who asks.
    pub(crate) fn no_token() -> Self {
        Self::plain(400, 104, None, "An access token is required to request this resource.")
    }

    /// Code 15: the token is not an app's.
    pub(crate) fn not_an_app() -> Self {
        Self::api(400, 15, None, "This method must be called with an app access_token.")
    }

    /// Code 10: the app may not.
    pub(crate) fn not_permitted() -> Self {
        Self::api(403, 10, None, "Application does not have permission for this action")
    }

    /// Code 100: a proof of the app's secret is missing or wrong.
    pub(crate) fn proof(why: &str) -> Self {
        Self::plain(400, 100, None, why)
    }

    /// Code 190: these characters were never a token of this host.
    pub(crate) fn unparsable_token() -> Self {
        Self::plain(400, 190, None, "Invalid OAuth access token - Cannot parse access token")
    }

    /// Code 190, subcode 463: it was one until then.
    pub(crate) fn expired_token(at_ms: i64, now_ms: i64) -> Self {
        let (at, now) = (said_there(at_ms), said_there(now_ms));
        let message = format!("Error validating access token: Session has expired on {at}. The current time is {now}.");
        Self::plain(400, 190, Some(463), message)
    }

    /// Code 190, subcode 460: it was taken back.
    pub(crate) fn revoked_token() -> Self {
        let message = "Error validating access token: The session has been invalidated because the user changed their \
                       password or Facebook has changed the session for security reasons.";
        Self::plain(400, 190, Some(460), message)
    }

    /// Code 200: the app may not.
    pub(crate) fn permission(name: &str) -> Self {
        Self::api(403, 200, None, format!("Requires {name} permission to manage the object."))
    }

    /// Code 368: the account has done what it should not.
    pub(crate) fn policy() -> Self {
        Self::plain(400, 368, None, "The action attempted has been deemed abusive or is otherwise disallowed")
    }

    /// Code 10: the person was silent for too long. The two hosts differ in status, subcode and words.
    pub(crate) fn outside_window(door: Door) -> Self {
        match door {
            Door::Facebook => Self::api(
                400,
                10,
                Some(2_018_278),
                format!(
                    "This message is sent outside of allowed window. Learn more about the new policy here: {WINDOW_POLICY}"
                ),
            ),
            Door::Instagram => Self::api(403, 10, Some(2_534_022), "This message is sent outside of allowed window."),
        }
    }

    /// Code 100: this account knows nobody by that id.
    pub(crate) fn no_such_person(door: Door) -> Self {
        match door {
            Door::Facebook => Self::api(400, 100, Some(2_018_001), "No matching user found"),
            Door::Instagram => Self::api(400, 100, Some(2_534_014), "The requested user cannot be found."),
        }
    }

    /// Code 551: the person blocked the account, or left.
    pub(crate) fn unreachable() -> Self {
        Self::api(400, 551, Some(1_545_041), "This person isn't available right now.")
    }

    /// Code 10, subcode 2018300: another app of the account has the thread.
    pub(crate) fn thread_of_another() -> Self {
        let message = "Message failed to send because another app is controlling this thread now.";
        Self::api(400, 10, Some(2_018_300), message)
    }

    /// Code 613, answered as 400: nothing but the body says that this is a limit.
    pub(crate) fn rate() -> Self {
        Self::api(400, 613, None, "Calls to this api have exceeded the rate limit.")
    }

    /// Code 4, answered as 400: the usage headers say when there will be room.
    pub(crate) fn app_limit() -> Self {
        let refusal = Self::api(400, 4, None, "Application request limit reached");
        Self { transient: true, throttled: Throttled::Told, ..refusal }
    }

    /// Code 2: nothing was done.
    pub(crate) fn unavailable() -> Self {
        let message = "An unexpected error has occurred. Please retry your request later.";
        Self { transient: true, ..Self::plain(500, 2, None, message) }
    }

    /// Code 1, subcode 1357046: by the documentation it is answered to messages that were sent, too.
    pub(crate) fn invalid_reply() -> Self {
        Self::plain(500, 1, Some(1_357_046), "Received Invalid JSON reply.")
    }

    /// Code 100, subcode 33: no such object, or not for this token, or not so.
    pub(crate) fn unsupported(method: &str, id: &str) -> Self {
        let message = format!(
            "Unsupported {method} request. Object with ID '{id}' does not exist, cannot be loaded due to missing \
             permissions, or does not support this operation. Please read the Graph API documentation at \
             https://developers.facebook.com/docs/graph-api",
        );
        Self::plain(400, 100, Some(33), message)
    }

    /// Code 2500: no such address.
    pub(crate) fn unknown_path(path: &str) -> Self {
        Self::plain(400, 2_500, None, format!("Unknown path components: /{path}"))
    }

    /// Code 2635. The service answers a call without a version with an old one of its choice; a double that did so would
    /// hide a mistake, so it refuses.
    pub(crate) fn version() -> Self {
        let newest = super::VERSIONS[super::VERSIONS.len() - 1];
        let message =
            format!("You are calling a deprecated version of the API. Please update to the latest version: {newest}.");
        Self::api(400, 2_635, None, message)
    }

    /// Code 2200: the address for webhooks did not answer the challenge.
    pub(crate) fn callback(why: &str) -> Self {
        Self::api(400, 2_200, None, format!("Callback verification failed with the following errors: {why}"))
    }

    /// Code 2201: it answered something else than the challenge.
    pub(crate) fn challenge(expected: &str, said: &str) -> Self {
        let said: String = said.chars().take(32).collect();
        let why = format!("response does not match challenge, expected value=\"{expected}\", received=\"{said}\"");
        Self::api(400, 2_201, None, why)
    }

    /// The body of the answer.
    pub(crate) fn json(&self, door: Door, trace: &str) -> Value {
        let (kind, message) = match (self.api, door) {
            (true, Door::Facebook) => ("OAuthException", format!("(#{}) {}", self.code, self.message)),
            (true, Door::Instagram) => ("IGApiException", self.message.clone()),
            (false, _) if self.subcode == Some(33) => ("GraphMethodException", self.message.clone()),
            (false, _) => ("OAuthException", self.message.clone()),
        };
        let mut error = json!({"message": message, "type": kind, "code": self.code});
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = subcode.into();
        }
        if let Some(data) = &self.data {
            error["error_data"] = Value::clone(data);
        }
        if self.transient {
            error["is_transient"] = true.into();
        }
        error["fbtrace_id"] = trace.into();
        json!({ "error": error })
    }
}

/// A time as Meta says it: `Tuesday, 01-Dec-25 06:00:00 PST`, in California, whoever asks.
fn said_there(at_ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(at_ms).unwrap_or_default();
    let there = at.in_tz("America/Los_Angeles").unwrap_or_else(|_| at.to_zoned(jiff::tz::TimeZone::UTC));
    there.strftime("%A, %d-%b-%y %H:%M:%S %Z").to_string()
}
