//! A recorded host call as people see it: slots of secrets unfilled, values of secrets blacked out, telephone numbers masked, bodies
//! cut.

use kamurj_access::mask::{mask_service, mask_text};
use kamurj_plugins::{Step, StepState};
use kamurj_store::erasures::Person;
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

impl StepBody {
    /// The call for somebody who may not see customers: bodies with their personal data masked, and this person taken out of all of it.
    pub(super) fn masked(mut step: Step, person: &Person) -> Self {
        let is_http = step.call == "http.send";
        for value in std::iter::once(&mut step.request).chain(&mut step.response) {
            if !is_http {
                mask_service(value);
            } else if let Some(Value::String(text)) = value.pointer_mut("/body/text") {
                *text = mask_text(text);
            }
            person.taken_out_of_json(value);
        }
        let shown = Self::from(step);
        // A search asks for a number or a name behind the question mark.
        let url = shown.url.map(|url| url.split_once('?').map_or(url.clone(), |(path, _)| format!("{path}?…")));
        Self { url, ..shown }
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
    let text = &numbers_masked(text);
    match text.char_indices().nth(SHOWN) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
    }
}

/// Names of fields that hold a telephone number, as services call them.
const NUMBER_FIELDS: [&str; 9] =
    ["to", "from", "wa_id", "input", "phone", "phone_number", "recipient_id", "conversation", "contact_phone"];
/// Digits of a number that are shown: enough to tell two customers apart.
const SHOWN_DIGITS: usize = 4;

/// The text with all but the last digits of each telephone number gone: nine to fifteen digits behind a plus sign, or in a field that
/// is known to hold one (E.164).
fn numbers_masked(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|symbol: char| symbol.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        let length = from.find(|symbol: char| !symbol.is_ascii_digit()).unwrap_or(from.len());
        let (digits, after) = from.split_at(length);
        masked.push_str(before);
        if (9..=15).contains(&length) && is_number_behind(&masked) {
            masked.push('…');
            masked.push_str(&digits[length - SHOWN_DIGITS..]);
        } else {
            masked.push_str(digits);
        }
        rest = after;
    }
    masked.push_str(rest);
    masked
}

/// Whether what stands before some digits says that they are a telephone number.
fn is_number_behind(before: &str) -> bool {
    let named = before.trim_end_matches('+').trim_end_matches(['"', ':', ' ', '\\']);
    let in_field =
        NUMBER_FIELDS.iter().any(|field| named.strip_suffix(field).is_some_and(|quote| quote.ends_with('"')));
    before.ends_with('+') || in_field
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
    fn h4_who_may_not_see_customers_sees_the_shape_of_a_call() {
        let order = serde_json::from_value(json!({
            "customer": { "name": "Anna Petrosyan", "phone": "+37491123456" },
            "channel": { "plugin": "telegram", "conversation": "5550001234" },
        }));
        let person = Person::of(&order.unwrap());
        let masked = |call: &str, request: Value, response: Value| {
            let step = Step {
                index: 0,
                call: call.to_owned(),
                name: None,
                request,
                state: StepState::Answered,
                response: Some(response),
            };
            serde_json::to_string(&StepBody::masked(step, &person)).unwrap()
        };
        let filler = "x".repeat(3_000);
        let long = json!({ "chat_id": 5_550_001_234_i64, "filler": filler, "text": "Anna paid" }).to_string();
        let request =
            |text: &str| json!({ "method": "POST", "url": "https://x.am/find?q=Petrosyan", "body": { "text": text } });
        for shown in [
            masked(
                "http.send",
                request(&long),
                json!({ "status": 200, "body": { "text": "{\"first_name\":\"Anna\"}" } }),
            ),
            masked(
                "http.send",
                request("chat_id=5550001234&q=Anna"),
                json!({ "failure": "ambiguous", "message": "5550001234 is gone" }),
            ),
            masked(
                "http.send",
                request(r#"{"odd":"Anna 091 123456"}"#),
                json!({ "status": 200, "body": { "text": "<b>Anna</b>" } }),
            ),
            masked("state.set", json!({ "key": "chat.5550001234" }), json!({ "ok": "Anna Petrosyan" })),
        ] {
            for gone in ["Anna", "Petrosyan", "5550001234", "123456"] {
                assert!(!shown.contains(gone), "{gone}: {shown}");
            }
        }
        let plain =
            masked("http.send", request(r#"{"stage":"WON"}"#), json!({ "status": 200, "body": { "text": "" } }));
        assert!(plain.contains("WON") && plain.contains("https://x.am/find?…"), "{plain}");
    }

    #[test]
    fn telephone_numbers_show_their_last_digits_alone() {
        for (text, shown) in [
            (r#"{"to":"37491112233","id":"120000000000001"}"#, r#"{"to":"…2233","id":"120000000000001"}"#),
            (r#"{"wa_id": "37491112233"}"#, r#"{"wa_id": "…2233"}"#),
            (r#"{\"phone\":\"+37491112233\"}"#, r#"{\"phone\":\"+…2233\"}"#),
            ("call +37491112233 or 12500", "call +…2233 or 12500"),
            (r#"{"auto":"37491112233","chat_id":5550001234}"#, r#"{"auto":"37491112233","chat_id":5550001234}"#),
            (r#"{"to":"12345678"}"#, r#"{"to":"12345678"}"#),
        ] {
            assert_eq!(numbers_masked(text), shown);
        }
    }

    #[test]
    fn other_calls_are_shown_as_they_are_kept() {
        let shown = step("state.get", json!({ "key": "k" }), Some(json!({ "ok": null })));
        assert_eq!((shown.request.as_str(), shown.response.as_deref()), (r#"{"key":"k"}"#, Some(r#"{"ok":null}"#)));
        let refused = step("payments.get", json!({ "id": "p" }), Some(json!({ "error": { "code": "not-found" } })));
        assert_eq!(refused.failure.as_deref(), Some("not-found"));
    }
}
