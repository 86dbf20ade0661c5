//! What an answer of the service that is no success means ("HTTP response codes" and "Limitations" of the API). The wait stands in the
//! body, not in a header. It must not know what was asked for.

use kamurj_sdk::{Outcome, Response, plain};
use serde_json::Value;

const SECOND_MS: u64 = 1000;
const HOUR_MS: u64 = 60 * 60 * SECOND_MS;
/// Where an answer of 429 says nothing.
const USUAL_WAIT_S: u64 = 60;
/// The most that is believed of it.
const LONGEST_WAIT_S: u64 = 24 * 60 * 60;
/// How long nothing is sent to a service that shut this server's address out, or whose account is not paid for.
const PAUSE_MS: u64 = 6 * HOUR_MS;
/// Longest text of the service's that is repeated, in characters.
const DETAIL_CHARS: usize = 160;

/// By which of its two ways the account was spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// A long-lived token.
    Token,
    /// A connection by OAuth.
    App,
}

/// One thing that the service did not like in a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Where it stood: `status_id`, `custom_fields_values.0.field_code`.
    pub(crate) path: String,
    /// The service's word: `NotSupportedChoice`.
    pub(crate) code: String,
}

impl Fault {
    /// Whether it is about this field of the request.
    pub(crate) fn is_at(&self, field: &str) -> bool {
        self.path.split('.').next_back() == Some(field)
    }

    /// Whether it is about a custom field that is not there.
    pub(crate) fn is_missing_field(&self) -> bool {
        self.path.split('.').any(|part| part == "custom_fields_values") && self.code == "NotSupportedChoice"
    }
}

/// Why a call did not end well.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Refused {
    /// The request cannot be taken as it is.
    Invalid(Vec<Fault>, Outcome),
    /// What it asks for is not there.
    Missing(Outcome),
    /// The answer is larger than this plugin may read.
    TooLarge(Outcome),
    /// It left and no answer was seen.
    Lost(Outcome),
    /// A setting is wrong.
    Setting(Outcome),
    /// Anything else.
    Ended(Outcome),
}

impl From<Refused> for Outcome {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Setting(outcome) => outcome.whole_connection(),
            Refused::Invalid(_, outcome)
            | Refused::Missing(outcome)
            | Refused::TooLarge(outcome)
            | Refused::Lost(outcome)
            | Refused::Ended(outcome) => outcome,
        }
    }
}

impl From<Refused> for kamurj_crm::Trouble {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Lost(outcome) => Self::Lost(outcome),
            Refused::Setting(outcome) => Self::Setting(outcome),
            Refused::Invalid(_, outcome)
            | Refused::Missing(outcome)
            | Refused::TooLarge(outcome)
            | Refused::Ended(outcome) => Self::Ended(outcome),
        }
    }
}

/// Reads an answer that is no success.
pub(crate) fn read(answer: &Response, access: Access, brand: &str) -> Refused {
    let body = answer.json().filter(Value::is_object);
    let detail = detail(body.as_ref());
    let code = answer.status.to_string();
    let told = |what: &str| format!("{brand} {what}{detail}");
    match answer.status {
        // Nothing is followed: a token must not go where an answer points.
        300..=399 => Refused::Setting(Outcome::bad_request(
            "moved",
            &told("answers from another address now: open the account in a browser and enter its address as `account`"),
        )),
        401 => Refused::Ended(match access {
            Access::Token => Outcome::auth_needed(
                &code,
                &told("does not take the long-lived token any more: issue another one and enter it as `token`"),
            ),
            Access::App => Outcome::auth_needed(&code, &told("refuses the connected account: connect it anew")),
        }),
        402 => Refused::Ended(pause(&code, &told("says that the account is not paid for, so nothing works there"))),
        403 if body.is_some() => Refused::Ended(Outcome::auth_needed(
            &code,
            &told("does not let this access do that: an administrator has to give it the rights"),
        )),
        // In plain text: whoever goes on after answers of 429 is shut out, the whole address.
        403 => Refused::Ended(pause(
            &code,
            &told(
                "has shut this server's address out, for every account: nothing is sent for six hours; ask its support",
            ),
        )),
        429 => {
            let wait = wait_s(body.as_ref());
            let outcome = Outcome::retry(&code, &told("asks for fewer requests"));
            Refused::Ended(outcome.after_ms(wait * SECOND_MS).whole_connection())
        }
        404 => Refused::Missing(Outcome::bad_request(&code, &told("does not have what was asked for"))),
        400 => {
            let faults = faults(body.as_ref());
            let said: Vec<String> = faults.iter().map(|fault| format!("`{}`: {}", fault.path, fault.code)).collect();
            let what = if said.is_empty() { String::new() } else { format!(" ({})", said.join(", ")) };
            Refused::Invalid(faults, Outcome::bad_request(&code, &told(&format!("does not take the request{what}"))))
        }
        // What stands before the service says that it is away: whoever asks next hears the same.
        502 | 503 => Refused::Ended(Outcome::retry(&code, &told("is not to be reached")).whole_connection()),
        500.. => Refused::Ended(Outcome::retry(&code, &told("could not do it now"))),
        _ => Refused::Ended(Outcome::bad_request(&code, &told("refused the request"))),
    }
}

fn pause(code: &str, message: &str) -> Outcome {
    Outcome::retry(code, message).after_ms(PAUSE_MS).whole_connection()
}

/// What the service says about it, as a part of a sentence.
fn detail(body: Option<&Value>) -> String {
    let said = body.and_then(|body| body["detail"].as_str().or_else(|| body["title"].as_str())).unwrap_or_default();
    let said = plain(said, DETAIL_CHARS);
    if said.is_empty() { String::new() } else { format!(": {said}") }
}

fn wait_s(body: Option<&Value>) -> u64 {
    let told = body.map(|body| &body["retry_after"]);
    let told = told.and_then(|told| told.as_u64().or_else(|| told.as_str()?.trim().parse().ok()));
    told.filter(|wait| *wait > 0).unwrap_or(USUAL_WAIT_S).min(LONGEST_WAIT_S)
}

/// At most this many faults of one answer are repeated.
const FAULTS: usize = 5;

fn faults(body: Option<&Value>) -> Vec<Fault> {
    let items = body.and_then(|body| body["validation-errors"].as_array()).into_iter().flatten();
    let errors = items.filter_map(|item| item["errors"].as_array()).flatten();
    let text = |value: &Value| plain(value.as_str().unwrap_or_default(), 80);
    errors.map(|error| Fault { path: text(&error["path"]), code: text(&error["code"]) }).take(FAULTS).collect()
}

#[cfg(test)]
mod tests {
    use super::{Access, Refused, read};
    use kamurj_sdk::testing::answer;
    use kamurj_sdk::{Outcome, Response};
    use serde_json::json;

    fn text(status: u16, body: &str) -> Response {
        Response { status, headers: Vec::new(), body: body.as_bytes().to_vec(), extra: Vec::new() }
    }

    fn problem(status: u16) -> Response {
        answer(status, &json!({ "title": "Title", "status": status, "detail": "Some detail" }))
    }

    /// Every row of the table: kind, scope and wait.
    #[test]
    fn f1_every_answer_has_its_meaning() {
        let hours = Some(6 * 60 * 60 * 1000);
        for (answer, kind, scope, wait) in [
            (problem(301), "bad-request", "connection", None),
            (problem(401), "auth-needed", "message", None),
            (problem(402), "retry", "connection", hours),
            (problem(403), "auth-needed", "message", None),
            (text(403, "Your IP is blocked"), "retry", "connection", hours),
            (text(403, "<html>403</html>"), "retry", "connection", hours),
            (text(403, ""), "retry", "connection", hours),
            (problem(404), "bad-request", "message", None),
            (problem(405), "bad-request", "message", None),
            (problem(422), "bad-request", "message", None),
            (answer(429, &json!({ "retry_after": 300 })), "retry", "connection", Some(300_000)),
            (answer(429, &json!({ "retry_after": "7" })), "retry", "connection", Some(7_000)),
            (answer(429, &json!({ "retry_after": 0 })), "retry", "connection", Some(60_000)),
            (answer(429, &json!({ "retry_after": 9_999_999_999_u64 })), "retry", "connection", Some(86_400_000)),
            (text(429, "Too Many Requests"), "retry", "connection", Some(60_000)),
            (problem(500), "retry", "message", None),
            (text(502, "<html>"), "retry", "connection", None),
            (problem(503), "retry", "connection", None),
            (problem(504), "retry", "message", None),
            (problem(400), "bad-request", "message", None),
        ] {
            let outcome = Outcome::from(read(&answer, Access::Token, "amoCRM"));
            let found = (outcome.kind.as_str(), outcome.scope.as_str(), outcome.retry_after_ms);
            assert_eq!(found, (kind, scope, wait), "{}: {}", answer.status, outcome.message);
        }
    }

    #[test]
    fn f4_a_dead_token_is_told_apart_from_a_dead_connection() {
        let token = Outcome::from(read(&problem(401), Access::Token, "Kommo"));
        assert!(token.message.contains("issue another one") && token.message.starts_with("Kommo"), "{}", token.message);
        let app = Outcome::from(read(&problem(401), Access::App, "Kommo"));
        assert!(app.message.contains("connect it anew"), "{}", app.message);
    }

    #[test]
    fn a_fault_names_its_place() {
        let body = json!({ "validation-errors": [{ "request_id": "0", "errors": [
            { "code": "NotSupportedChoice", "path": "status_id", "detail": "x" },
            { "code": "NotSupportedChoice", "path": "custom_fields_values.3.field_code", "detail": "x" },
        ] }], "title": "Bad Request", "status": 400, "detail": "Request validation failed" });
        let Refused::Invalid(faults, outcome) = read(&answer(400, &body), Access::Token, "amoCRM") else {
            panic!("a fault");
        };
        assert!(faults[0].is_at("status_id") && !faults[0].is_missing_field());
        assert!(faults[1].is_missing_field() && !faults[1].is_at("status_id"));
        assert!(outcome.message.contains("`status_id`: NotSupportedChoice"), "{}", outcome.message);
    }
}
