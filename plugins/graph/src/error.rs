//! Graph's refusals and what each means. The codes decide, never the HTTP status alone: Graph answers 400 to a throttle. It must not
//! know what was asked.
//!
//! Source: "Handling Errors" of the Graph API, "Error Codes" of the Messenger Platform; where Instagram has numbers of its own, bodies
//! that developers have shown.

use kamurj_chat::Trouble;
use kamurj_sdk::{Outcome, Response, plain};
use serde_json::Value;

/// Longest text of an error that is handed on, in characters.
const TEXT_CHARS: usize = 240;
const MINUTE_MS: u64 = 60_000;

/// An error as Graph tells it. The fields are Graph's, so that a messenger with codes of its own can read them before it asks for
/// [`GraphError::trouble`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GraphError {
    /// HTTP status.
    pub status: u16,
    /// `error.code`; 0 where there is none.
    pub code: i64,
    /// `error.error_subcode`; 0 where there is none.
    pub subcode: i64,
    /// `error.message`, cleaned; may be empty.
    pub message: String,
    /// `error.is_transient`.
    pub transient: bool,
    /// `error.fbtrace_id`, which Meta's support asks for.
    pub trace: String,
    /// How long the usage headers say to wait, milliseconds.
    pub wait_ms: Option<u64>,
}

impl GraphError {
    /// Reads an answer that is no success.
    pub fn read(response: &Response) -> Self {
        let body = response.json().unwrap_or(Value::Null);
        let error = &body["error"];
        Self {
            status: response.status,
            code: error["code"].as_i64().unwrap_or(0),
            subcode: error["error_subcode"].as_i64().unwrap_or(0),
            message: plain(error["message"].as_str().unwrap_or_default(), TEXT_CHARS),
            transient: error["is_transient"] == true,
            trace: plain(error["fbtrace_id"].as_str().unwrap_or_default(), 64),
            wait_ms: wait_ms(response),
        }
    }

    /// Code and subcode, or the status where Graph named no code: `10/2018278`.
    pub fn name(&self) -> String {
        match (self.code, self.subcode) {
            (0, _) => self.status.to_string(),
            (code, 0) => code.to_string(),
            (code, subcode) => format!("{code}/{subcode}"),
        }
    }

    /// What it says, with the trace.
    pub fn text(&self) -> String {
        let said =
            if self.message.is_empty() { format!("Meta answered {}", self.status) } else { self.message.clone() };
        if self.trace.is_empty() { said } else { format!("{said} (trace {})", self.trace) }
    }

    /// What it means for a message, and for any other call.
    pub fn trouble(&self) -> Trouble {
        let (name, text) = (self.name(), self.text());
        let late = self.message.to_ascii_lowercase().contains("outside of allowed window");
        let retry = || {
            let outcome = Outcome::retry(&name, &text);
            self.wait_ms.into_iter().fold(outcome, Outcome::after_ms)
        };
        Trouble::Ended(match (self.code, self.subcode) {
            // Messenger's subcode, and Instagram's.
            (10, 2_018_278 | 2_534_022) => return Trouble::WindowClosed(Outcome::window_closed(&name, &text)),
            (10, _) if late => return Trouble::WindowClosed(Outcome::window_closed(&name, &text)),
            // Another app controls the thread: no form of a message is allowed there now.
            (10, 2_018_300) => Outcome::window_closed(&name, &text),
            (551, _) | (100, 2_018_001 | 2_534_014) => Outcome::unreachable(&name, &text),
            // Of these Meta's own text says that the message may have been sent all the same (subcode 1357046).
            (1 | 2, _) => return Trouble::Broke(retry()),
            (4 | 17 | 32 | 613, _) => retry().whole_connection(),
            (1200, _) => retry(),
            _ if self.status >= 500 => return Trouble::Broke(retry()),
            _ if self.transient => retry(),
            (190, _) => Outcome::auth_needed(&name, &format!("Meta takes the access token no more: {text}")),
            (3 | 10 | 200 | 230, _) => {
                Outcome::auth_needed(&name, &format!("the app lacks a permission, or its review: {text}"))
            }
            (368, _) => Outcome::auth_needed(
                &name,
                &format!("Meta restricts this account for its policies; look at its Support Inbox: {text}"),
            ),
            (0, _) if self.status == 429 => retry().whole_connection(),
            (0, _) if self.status == 401 => Outcome::auth_needed(&name, &text),
            _ => Outcome::bad_request(&name, &text),
        })
    }
}

/// `estimated_time_to_regain_access` of the header `X-Business-Use-Case-Usage`, in minutes there.
fn wait_ms(response: &Response) -> Option<u64> {
    let (_, header) = response.headers.iter().find(|(name, _)| name == "x-business-use-case-usage")?;
    let usage: Value = serde_json::from_str(header).ok()?;
    let lists = usage.as_object()?.values().filter_map(Value::as_array);
    let minutes = lists.flatten().filter_map(|one| one["estimated_time_to_regain_access"].as_u64()).max()?;
    (minutes > 0).then(|| minutes.saturating_mul(MINUTE_MS))
}

#[cfg(test)]
mod tests {
    use super::GraphError;
    use kamurj_chat::Trouble;
    use kamurj_sdk::testing::answer;
    use kamurj_sdk::{Outcome, Response};
    use serde_json::json;

    fn of(status: u16, code: i64, subcode: i64) -> Response {
        let error = json!({ "message": format!("(#{code}) no"), "type": "OAuthException", "code": code,
            "error_subcode": subcode, "fbtrace_id": "A1" });
        answer(status, &json!({ "error": error }))
    }

    #[track_caller]
    fn check(status: u16, code: i64, subcode: i64, kind: &str, scope: &str) {
        let outcome = Outcome::from(GraphError::read(&of(status, code, subcode)).trouble());
        assert_eq!((outcome.kind.as_str(), outcome.scope.as_str()), (kind, scope), "{status} {code}/{subcode}");
    }

    #[test]
    fn refusals_end_as_the_table_says() {
        for code in [4, 17, 32, 613] {
            check(400, code, 0, "retry", "connection");
        }
        for (status, code) in [(500, 1), (500, 2), (400, 1), (400, 2), (400, 1200), (503, 0), (500, 999)] {
            check(status, code, 0, "retry", "message");
        }
        check(429, 0, 0, "retry", "connection");
        for (status, code, subcode) in [(400, 10, 2_018_278), (403, 10, 2_534_022), (400, 10, 2_018_300)] {
            check(status, code, subcode, "window-closed", "message");
        }
        for (code, subcode) in [(551, 1_545_041), (551, 0), (100, 2_018_001), (100, 2_534_014)] {
            check(400, code, subcode, "unreachable", "message");
        }
        for (code, subcode) in [(190, 463), (190, 460), (190, 0), (3, 0), (10, 0), (200, 0), (230, 0), (368, 0)] {
            check(400, code, subcode, "auth-needed", "message");
        }
        for (code, subcode) in [(100, 0), (100, 33), (105, 0), (2500, 0), (2635, 0), (0, 0)] {
            check(400, code, subcode, "bad-request", "message");
        }
        check(401, 0, 0, "auth-needed", "message");
        check(302, 0, 0, "bad-request", "message");
    }

    #[test]
    fn what_may_have_been_done_is_told_apart_from_what_was_not() {
        let broke = |status, code| matches!(GraphError::read(&of(status, code, 0)).trouble(), Trouble::Broke(_));
        assert!(broke(500, 1) && broke(500, 2) && broke(400, 1) && broke(502, 0));
        assert!(!broke(400, 4) && !broke(400, 613) && !broke(400, 1200) && !broke(400, 190));
    }

    #[test]
    fn what_passes_by_itself_and_instagrams_words_for_the_window_count_without_a_number() {
        let body = json!({ "error": { "message": "Please retry", "code": 100, "is_transient": true } });
        assert_eq!(Outcome::from(GraphError::read(&answer(400, &body)).trouble()).kind, "retry");
        let body = json!({ "error": { "message": "This message is sent outside of allowed window.", "code": 10 } });
        assert!(matches!(GraphError::read(&answer(403, &body)).trouble(), Trouble::WindowClosed(_)));
    }

    #[test]
    fn the_wait_is_in_the_usage_header_in_minutes() {
        let with = |usage: &str| {
            let mut response = of(400, 4, 0);
            response.headers = vec![("x-business-use-case-usage".to_owned(), usage.to_owned())];
            Outcome::from(GraphError::read(&response).trouble()).retry_after_ms
        };
        let usage = json!({ "111": [{ "type": "messenger", "estimated_time_to_regain_access": 3 },
            { "type": "pages", "estimated_time_to_regain_access": 5 }] });
        assert_eq!(with(&usage.to_string()), Some(300_000));
        assert_eq!(with(r#"{"111":[{"estimated_time_to_regain_access":0}]}"#), None);
        assert_eq!(with("busy"), None);
    }

    #[test]
    fn the_code_and_the_trace_reach_the_operator() {
        let outcome = Outcome::from(GraphError::read(&of(400, 10, 2_018_278)).trouble());
        assert_eq!((outcome.code.as_str(), outcome.message.as_str()), ("10/2018278", "(#10) no (trace A1)"));
        let bare = Outcome::from(GraphError::read(&answer(502, &json!("gateway"))).trouble());
        assert_eq!((bare.code.as_str(), bare.message.as_str()), ("502", "Meta answered 502"));
    }
}
