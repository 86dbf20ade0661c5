//! A recorded host call as people see it: slots of secrets unfilled, values of secrets blacked out, bodies cut.

use kamurj_plugins::{Step, StepState};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Longest part of a body that is shown, in characters.
const SHOWN: usize = 2_000;

/// One host call of a run.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepBody {
    /// Its place in the run, from 0.
    pub place: u32,
    /// `http.send`, `state.set`, `payments.create`, …
    pub call: String,
    /// The effect's name, where it changes something at the remote.
    pub step: Option<String>,
    /// `answered`, or `sent`: whether it reached the remote is not known.
    pub state: String,
    /// The HTTP method.
    pub method: Option<String>,
    /// Where it went, with the names of secrets in place of their values.
    pub url: Option<String>,
    /// The HTTP status of the answer.
    pub status: Option<u64>,
    /// Why there is no answer: `ambiguous`, `not-sent`, `not-granted`, …
    pub failure: Option<String>,
    /// What was asked or sent, cut where it is long.
    pub request: String,
    /// What came back, cut where it is long.
    pub response: Option<String>,
}

impl From<Step> for StepBody {
    fn from(step: Step) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let is_http = step.call == "http.send";
        let answer = step.response.as_ref().unwrap_or(&Value::Null);
        let shown = |value: &Value| if is_http { body(&value["body"]) } else { cut(&value.to_string()) };
        let failure = text(&answer["failure"]).or_else(|| text(&answer["error"]["code"]));
        Self {
            place: step.index,
            method: text(&step.request["method"]).filter(|_| is_http),
            url: text(&step.request["url"]).filter(|_| is_http),
            status: answer["status"].as_u64().filter(|_| is_http),
            response: step.response.as_ref().map(|answer| match text(&answer["message"]) {
                Some(message) if failure.is_some() => message,
                _ => shown(answer),
            }),
            failure,
            request: shown(&step.request),
            state: match step.state {
                StepState::Sent => "sent",
                StepState::Answered => "answered",
            }
            .to_owned(),
            call: step.call,
            step: step.name,
        }
    }
}

fn body(recorded: &Value) -> String {
    match (recorded["text"].as_str(), recorded["base64"].as_str()) {
        (Some(text), _) => cut(text),
        (None, Some(encoded)) => format!("{} bytes that are no text", encoded.len() / 4 * 3),
        (None, None) => String::new(),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn step(call: &str, request: Value, response: Option<Value>) -> StepBody {
        let state = if response.is_some() { StepState::Answered } else { StepState::Sent };
        StepBody::from(Step { index: 3, call: call.to_owned(), name: None, request, state, response })
    }

    #[test]
    fn a_request_is_shown_with_its_bodies_cut() {
        let request =
            json!({ "method": "POST", "url": "https://x.am/{{secret:t}}", "body": { "text": "ա".repeat(3_000) } });
        let shown = step("http.send", request.clone(), Some(json!({ "status": 200, "body": { "base64": "AAAA" } })));
        assert_eq!((shown.method.as_deref(), shown.url.as_deref()), (Some("POST"), Some("https://x.am/{{secret:t}}")));
        assert_eq!(shown.request, format!("{}… (6000 bytes)", "ա".repeat(SHOWN)));
        assert_eq!((shown.status, shown.response.as_deref()), (Some(200), Some("3 bytes that are no text")));
        let lost = step("http.send", request.clone(), Some(json!({ "failure": "ambiguous", "message": "lost" })));
        assert_eq!((lost.failure.as_deref(), lost.response.as_deref()), (Some("ambiguous"), Some("lost")));
        assert_eq!(step("http.send", request, None).state, "sent");
    }

    #[test]
    fn other_calls_are_shown_as_they_are_kept() {
        let shown = step("state.get", json!({ "key": "k" }), Some(json!({ "ok": null })));
        assert_eq!((shown.request.as_str(), shown.response.as_deref()), (r#"{"key":"k"}"#, Some(r#"{"ok":null}"#)));
        let refused = step("payments.get", json!({ "id": "p" }), Some(json!({ "error": { "code": "not-found" } })));
        assert_eq!(refused.failure.as_deref(), Some("not-found"));
    }
}
