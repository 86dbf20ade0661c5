//! The Bot API's calls and what its refusals mean (Bot API 10.1; descriptions are no contract, so the error code decides
//! first and a few substrings after it). It must not know about payments.

use kamurj_sdk::{Failure, Host, Outcome, Request, Response, clip, plain, secret};
use serde_json::{Value, json};

/// Longest message, in UTF-16 units.
const TEXT_UNITS: usize = 4096;
/// Longest answer to a button press, in characters.
const NOTE_CHARS: usize = 200;

/// Why a call did not end well.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Trouble {
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

impl From<Trouble> for Outcome {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::NotModified => Self::done(),
            Trouble::MessageGone => Self::bad_request("400", "the message to edit is gone"),
            Trouble::MovedTo(_) => Self::bad_request("400", "the group moved again while it was written to"),
            Trouble::Lost(outcome) | Trouble::Broke(outcome) | Trouble::Ended(outcome) => outcome,
        }
    }
}

/// Where a sent message stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) chat: String,
    pub(crate) message_id: i64,
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

    /// Sends a plain-text message with buttons below it. A second copy must do no harm: a lost answer is followed by
    /// one more try.
    pub(crate) fn send_again(&self, chat: &str, text: &str, buttons: &Value, step: &str) -> Result<Place, Trouble> {
        match self.send_once(chat, text, buttons, step) {
            Err(Trouble::Lost(_)) => self.send_once(chat, text, buttons, step),
            other => other,
        }
    }

    /// Sends a plain-text message; a lost answer is the caller's to judge.
    pub(crate) fn send_once(&self, chat: &str, text: &str, buttons: &Value, step: &str) -> Result<Place, Trouble> {
        let send = |chat: &str, step: &str| {
            let mut body = json!({
                "chat_id": number(chat),
                "text": clip(text, TEXT_UNITS),
                "link_preview_options": { "is_disabled": true },
            });
            if !buttons.is_null() {
                body["reply_markup"] = json!({ "inline_keyboard": buttons });
            }
            let result = self.call("sendMessage", &body, step)?;
            let message_id = result["message_id"]
                .as_i64()
                .ok_or_else(|| Trouble::Ended(Outcome::bad_request("answer", "Telegram's answer names no message")))?;
            Ok(Place { chat: chat.to_owned(), message_id })
        };
        match send(chat, step) {
            Err(Trouble::MovedTo(chat)) => send(&chat, &format!("{step}.moved")),
            other => other,
        }
    }

    /// Puts the text in place of the message's and takes its buttons away. Safe to repeat, so a lost answer is followed
    /// by one more try, and an edit that changes nothing is a success.
    pub(crate) fn edit(&self, place: &Place, text: &str, step: &str) -> Result<(), Trouble> {
        let body = json!({
            "chat_id": number(&place.chat),
            "message_id": place.message_id,
            "text": clip(text, TEXT_UNITS),
            "link_preview_options": { "is_disabled": true },
            "reply_markup": { "inline_keyboard": [] },
        });
        let answer = match self.call("editMessageText", &body, step) {
            Err(Trouble::Lost(_)) => self.call("editMessageText", &body, step),
            other => other,
        };
        match answer {
            Ok(_) | Err(Trouble::NotModified) => Ok(()),
            Err(trouble) => Err(trouble),
        }
    }

    /// Ends the waiting mark on a pressed button, with a note where there is something to say. Nothing depends on it.
    pub(crate) fn answer_press(&self, press: &str, note: Option<&str>) {
        let mut body = json!({ "callback_query_id": press });
        if let Some(note) = note {
            body["text"] = json!(plain(note, NOTE_CHARS));
            body["show_alert"] = json!(true);
        }
        // A late answer is refused as too old, and a lost one only leaves the mark turning a little longer.
        let _ignored = self.call("answerCallbackQuery", &body, "answer-press");
    }

    fn call(&self, method: &str, body: &Value, step: &str) -> Result<Value, Trouble> {
        let url = format!("{}/bot{}/{method}", self.base, secret("bot_token"));
        let response = self
            .host
            .send(&Request::post_json(url, body).secret_in_path("bot_token").step(step))
            .map_err(|failure| lost(&failure))?;
        read(&response)
    }
}

/// Ids are numbers to Telegram and decimal text to the contract.
fn number(id: &str) -> Value {
    id.parse::<i64>().map_or_else(|_| json!(id), |id| json!(id))
}

fn lost(failure: &Failure) -> Trouble {
    if failure.is_ambiguous() { Trouble::Lost(failure.outcome()) } else { Trouble::Ended(failure.outcome()) }
}

fn read(response: &Response) -> Result<Value, Trouble> {
    let mut body = response.json().unwrap_or(Value::Null);
    if response.is_success() && body["ok"] == true {
        return Ok(body["result"].take());
    }
    let description = body["description"].as_str().unwrap_or_default();
    Err(refusal(response.status, description, &body["parameters"]))
}

fn refusal(status: u16, description: &str, parameters: &Value) -> Trouble {
    let says = |part: &str| description.to_ascii_lowercase().contains(part);
    let code = status.to_string();
    let message = if description.is_empty() { format!("Telegram answered {status}") } else { plain(description, 200) };
    Trouble::Ended(match status {
        429 => {
            let wait_s = parameters["retry_after"].as_u64().unwrap_or(1);
            Outcome::retry(&code, &message).after_ms(wait_s.saturating_mul(1000)).whole_connection()
        }
        500.. => return Trouble::Broke(Outcome::retry(&code, &message)),
        400 if says("message is not modified") => return Trouble::NotModified,
        400 if says("message to edit not found") || says("message can't be edited") => {
            return Trouble::MessageGone;
        }
        400 if !parameters["migrate_to_chat_id"].is_null() => {
            return Trouble::MovedTo(parameters["migrate_to_chat_id"].to_string());
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

    use super::{Trouble, refusal};
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
        assert_eq!(moved, Trouble::MovedTo("-1001".to_owned()));
        assert_eq!(refusal(400, "Bad Request: message to edit not found", &Value::Null), Trouble::MessageGone);
        assert_eq!(refusal(400, "Bad Request: message can't be edited", &Value::Null), Trouble::MessageGone);
    }
}
