//! The Bot API's calls and what its refusals mean (Bot API 10.1; descriptions are no contract, so the error code decides
//! first and a few substrings after it). It must not know about payments.

use kamurj_chat::Trouble;
use kamurj_sdk::{Failure, Host, Outcome, Request, Response, plain, secret};
use serde_json::Value;

/// Why a call did not end well.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Refusal {
    /// An edit that changes nothing: the message looks like that already.
    NotModified,
    /// The message that was to be edited is gone or may not be edited.
    MessageGone,
    /// The group became a supergroup with this id.
    MovedTo(String),
    /// The request left and no answer was seen. Calling again sends it again.
    Lost(Outcome),
    /// Telegram broke while it held the request; it may have acted on it.
    Broke(Outcome),
    /// Anything else, with its outcome.
    Ended(Outcome),
}

impl Refusal {
    pub(crate) fn no_message() -> Self {
        Self::Ended(Outcome::bad_request("answer", "Telegram's answer names no message"))
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotModified => Self::Ended(Outcome::done()),
            Refusal::MessageGone => Self::Gone,
            Refusal::MovedTo(_) => {
                Self::Ended(Outcome::bad_request("400", "the group moved again while it was written to"))
            }
            Refusal::Lost(outcome) => Self::Lost(outcome),
            Refusal::Broke(outcome) => Self::Broke(outcome),
            Refusal::Ended(outcome) => Self::Ended(outcome),
        }
    }
}

impl From<Refusal> for Outcome {
    fn from(refusal: Refusal) -> Self {
        Trouble::from(refusal).into()
    }
}

/// One bot, through the host's guarded client.
pub(crate) struct Api<'a, H> {
    host: &'a H,
    base: &'a str,
}

impl<'a, H: Host> Api<'a, H> {
    pub(crate) fn new(host: &'a H, base: &'a str) -> Self {
        Self { host, base: base.trim_end_matches('/') }
    }

    /// Calls a method that changes something; the step names the effect.
    pub(crate) fn call(&self, method: &str, body: &Value, step: &str) -> Result<Value, Refusal> {
        self.answer(&self.request(method, body).step(step))
    }

    /// Calls a method that changes nothing.
    pub(crate) fn ask(&self, method: &str) -> Result<Value, Refusal> {
        self.answer(&self.request(method, &Value::Object(serde_json::Map::new())))
    }

    /// A call, before it is sent.
    pub(crate) fn request(&self, method: &str, body: &Value) -> Request {
        let url = format!("{}/bot{}/{method}", self.base, secret("bot_token"));
        Request::post_json(url, body).secret_in_path("bot_token")
    }

    /// Sends the call and reads what the Bot API says.
    pub(crate) fn answer(&self, request: &Request) -> Result<Value, Refusal> {
        read(&self.host.send(request).map_err(|failure| lost(&failure))?)
    }
}

fn lost(failure: &Failure) -> Refusal {
    if failure.is_ambiguous() { Refusal::Lost(failure.outcome()) } else { Refusal::Ended(failure.outcome()) }
}

fn read(response: &Response) -> Result<Value, Refusal> {
    let mut body = response.json().unwrap_or(Value::Null);
    if response.is_success() && body["ok"] == true {
        return Ok(body["result"].take());
    }
    let description = body["description"].as_str().unwrap_or_default();
    Err(refusal(response.status, description, &body["parameters"]))
}

fn refusal(status: u16, description: &str, parameters: &Value) -> Refusal {
    let says = |part: &str| description.to_ascii_lowercase().contains(part);
    let code = status.to_string();
    let message = if description.is_empty() { format!("Telegram answered {status}") } else { plain(description, 200) };
    Refusal::Ended(match status {
        429 => {
            let wait_s = parameters["retry_after"].as_u64().unwrap_or(1);
            Outcome::retry(&code, &message).after_ms(wait_s.saturating_mul(1000)).whole_connection()
        }
        500.. => return Refusal::Broke(Outcome::retry(&code, &message)),
        400 if says("message is not modified") => return Refusal::NotModified,
        400 if says("message to edit not found") || says("message can't be edited") => {
            return Refusal::MessageGone;
        }
        400 if !parameters["migrate_to_chat_id"].is_null() => {
            return Refusal::MovedTo(parameters["migrate_to_chat_id"].to_string());
        }
        400 if says("chat not found") => Outcome::unreachable(&code, &message),
        401 | 404 => Outcome::auth_needed(&code, &message),
        403 => Outcome::unreachable(&code, &message),
        _ => Outcome::bad_request(&code, &message),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Refusal, refusal};
    use kamurj_sdk::Outcome;

    #[track_caller]
    fn check(status: u16, description: &str, kind: &str) {
        assert_eq!(Outcome::from(refusal(status, description, &Value::Null)).kind, kind, "{status} {description}");
    }

    #[test]
    fn refusals_end_as_the_table_says() {
        check(429, "Too Many Requests: retry after 3", "retry");
        check(500, "Internal Server Error", "retry");
        check(502, "Bad Gateway", "retry");
        check(400, "Bad Request: message is not modified: specified new message content", "done");
        check(400, "Bad Request: chat not found", "unreachable");
        check(400, "Bad Request: BUTTON_URL_INVALID", "bad-request");
        check(401, "Unauthorized", "auth-needed");
        check(403, "Forbidden: bot was blocked by the user", "unreachable");
        check(403, "Forbidden: user is deactivated", "unreachable");
        check(404, "Not Found", "auth-needed");
        check(409, "Conflict: terminated by other getUpdates request", "bad-request");
        check(302, "", "bad-request");
        check(418, "", "bad-request");
    }

    #[test]
    fn the_wait_is_taken_from_the_body_and_holds_the_whole_bot_back() {
        let outcome = Outcome::from(refusal(429, "Too Many Requests", &json!({ "retry_after": 7 })));
        assert_eq!((outcome.retry_after_ms, outcome.scope.as_str()), (Some(7000), "connection"));
    }

    #[test]
    fn a_group_that_moved_and_a_message_that_is_gone_are_told_apart() {
        let moved = refusal(400, "Bad Request: group chat was upgraded", &json!({ "migrate_to_chat_id": -1001 }));
        assert_eq!(moved, Refusal::MovedTo("-1001".to_owned()));
        assert_eq!(refusal(400, "Bad Request: message to edit not found", &Value::Null), Refusal::MessageGone);
        assert_eq!(refusal(400, "Bad Request: message can't be edited", &Value::Null), Refusal::MessageGone);
    }
}
