//! The portal's REST calls through an inbound webhook, and what their refusals mean. It must not know about payments.
//! Traps of the service: a rate limit is a 503, and the key `error` may hold an empty text or the number 0, so that its
//! presence decides.

use std::cell::Cell;

use kamurj_sdk::{Failure, Host, Outcome, Request, Response, plain, secret};
use serde_json::Value;

use crate::settings::Settings;

/// Wait after `OPERATION_TIME_LIMIT` when no answer told when the counter is reset: its whole window.
const OPERATING_WINDOW_MS: u64 = 10 * 60 * 1000;
/// Wait after a block that the portal's support lifts by hand.
const MANUAL_BLOCK_MS: u64 = 60 * 60 * 1000;
/// Longest wait that repeated rate limits lead to.
const LIMIT_WAIT_MS: u64 = 32_000;

/// Why a call did not end well.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Trouble {
    /// The request left and no answer was seen: probe.
    Lost(Outcome),
    /// Anything else, with its outcome.
    Ended(Outcome),
}

impl From<Trouble> for Outcome {
    fn from(trouble: Trouble) -> Self {
        let (Trouble::Lost(outcome) | Trouble::Ended(outcome)) = trouble;
        outcome
    }
}

/// One portal, through the host's guarded client.
pub(crate) struct Rest<'a, H> {
    host: &'a H,
    address: String,
    /// The run's number: waits grow with it.
    run: u32,
    /// When the portal resets its execution counter, from the last good answer; Unix seconds.
    reset_at_s: Cell<Option<u64>>,
}

impl<'a, H: Host> Rest<'a, H> {
    pub(crate) fn new(host: &'a H, settings: &Settings, run: u32) -> Self {
        let portal = settings.portal.trim_end_matches('/');
        let address = format!("{portal}/rest/{}/{}", settings.user_id, secret("webhook_secret"));
        Self { host, address, run, reset_at_s: Cell::new(None) }
    }

    /// A call that changes nothing; it is made anew in every run.
    pub(crate) fn read(&self, method: &str, body: &Value) -> Result<Value, Trouble> {
        self.call(method, body, None)
    }

    /// A call that changes something, under a name that means the same in every run.
    pub(crate) fn change(&self, method: &str, body: &Value, step: &str) -> Result<Value, Trouble> {
        self.call(method, body, Some(step))
    }

    fn call(&self, method: &str, body: &Value, step: Option<&str>) -> Result<Value, Trouble> {
        let mut request = Request::post_json(format!("{}/{method}", self.address), body)
            .secret_in_path("webhook_secret")
            .header("user-agent", "Kamurj");
        request.step = step.map(str::to_owned);
        let response = self.host.send(&request).map_err(|failure| lost(&failure, step))?;
        let mut answer = response.json().unwrap_or(Value::Null);
        if response.is_success()
            && answer.get("error").is_none()
            && let Some(result) = answer.get_mut("result").map(Value::take)
        {
            let reset_at_s = answer.pointer("/time/operating_reset_at").and_then(Value::as_u64);
            self.reset_at_s.set(reset_at_s.or(self.reset_at_s.get()));
            return Ok(result);
        }
        if response.is_success() && answer.is_null() {
            let message = format!("{method}: the answer is not JSON");
            return Err(match step {
                Some(_) => Trouble::Lost(Outcome::ambiguous("unexpected-answer", &message)),
                None => Trouble::Ended(Outcome::retry("unexpected-answer", &message)),
            });
        }
        Err(Trouble::Ended(self.refusal(method, &response, &answer)))
    }

    fn refusal(&self, method: &str, response: &Response, answer: &Value) -> Outcome {
        let error = match answer.get("error") {
            Some(Value::String(code)) => Some(code.clone()),
            Some(other) => Some(other.to_string()),
            None => None,
        };
        let said = plain(answer["error_description"].as_str().unwrap_or_default(), 200);
        let code = plain(error.as_deref().unwrap_or_default(), 64);
        let message = match (said.as_str(), code.as_str()) {
            ("", "") => format!("{method}: Bitrix24 answered {}", response.status),
            ("", code) => format!("{method}: {code}"),
            (said, _) => format!("{method}: {said}"),
        };
        let code = if code.is_empty() { response.status.to_string() } else { code };
        match (response.status, code.as_str()) {
            (_, "QUERY_LIMIT_EXCEEDED") => {
                let wait_ms = 1000_u64.saturating_mul(1 << self.run.saturating_sub(1).min(5));
                Outcome::retry(&code, &message).after_ms(wait_ms.min(LIMIT_WAIT_MS)).whole_connection()
            }
            (_, "OPERATION_TIME_LIMIT") => {
                let told_s = answer.pointer("/time/operating_reset_at").and_then(Value::as_u64);
                let wait_ms = told_s.or(self.reset_at_s.get()).map_or(OPERATING_WINDOW_MS, |reset_at_s| {
                    reset_at_s.saturating_mul(1000).saturating_sub(self.host.now_ms()).max(1000)
                });
                Outcome::retry(&code, &message).after_ms(wait_ms).whole_connection()
            }
            (_, "OVERLOAD_LIMIT") => Outcome::retry(&code, &message).after_ms(MANUAL_BLOCK_MS).whole_connection(),
            (401..=403, _)
            | (
                _,
                "PORTAL_DELETED"
                | "PAYMENT_REQUIRED"
                | "ACCESS_DENIED"
                | "expired_token"
                | "invalid_token"
                | "NO_AUTH_FOUND"
                | "INVALID_CREDENTIALS"
                | "insufficient_scope"
                | "user_access_error",
            ) => Outcome::auth_needed(&code, &message),
            (300..=399, _) => Outcome::bad_request(
                "portal-moved",
                "the portal has another address now: confirm it and enter it in the settings",
            ),
            (429, _) => Outcome::retry(&code, &message).whole_connection(),
            (500.., _) | (_, "INTERNAL_SERVER_ERROR" | "ERROR_UNEXPECTED_ANSWER") => Outcome::retry(&code, &message),
            _ => Outcome::bad_request(&code, &message),
        }
    }
}

/// A read whose answer was lost did nothing, so it is an ordinary retry.
fn lost(failure: &Failure, step: Option<&str>) -> Trouble {
    match (failure.is_ambiguous(), step) {
        (true, Some(_)) => Trouble::Lost(failure.outcome()),
        (true, None) if failure.kind != "too-large" => Trouble::Ended(Outcome::retry(&failure.kind, &failure.message)),
        (true, None) => Trouble::Ended(Outcome::bad_request(&failure.kind, &failure.message)),
        (false, _) => Trouble::Ended(failure.outcome()),
    }
}

#[cfg(test)]
mod tests {
    use kamurj_sdk::testing::{MemoryHost, answer};
    use kamurj_sdk::{Outcome, Request};
    use serde_json::{Value, json};

    use super::Rest;

    fn ask(status: u16, body: &Value, run: u32) -> Outcome {
        let reply = answer(status, body);
        let host = MemoryHost::new("{}").with_remote(move |_: &Request| Ok(reply.clone()));
        let settings = serde_json::from_str(r#"{"portal":"https://shop.bitrix24.ru","user_id":"1"}"#).unwrap();
        Rest::new(&host, &settings, run).read("crm.item.get", &json!({})).expect_err("a refusal").into()
    }

    #[track_caller]
    fn check(status: u16, error: &Value, kind: &str, code: &str) {
        let outcome = ask(status, &json!({ "error": error, "error_description": "said" }), 1);
        assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), (kind, code), "{status} {error}");
    }

    #[test]
    fn refusals_end_as_the_table_says() {
        check(503, &json!("QUERY_LIMIT_EXCEEDED"), "retry", "QUERY_LIMIT_EXCEEDED");
        check(429, &json!("OPERATION_TIME_LIMIT"), "retry", "OPERATION_TIME_LIMIT");
        check(500, &json!("INTERNAL_SERVER_ERROR"), "retry", "INTERNAL_SERVER_ERROR");
        check(500, &json!("ERROR_UNEXPECTED_ANSWER"), "retry", "ERROR_UNEXPECTED_ANSWER");
        check(502, &json!(""), "retry", "502");
        check(503, &json!("OVERLOAD_LIMIT"), "retry", "OVERLOAD_LIMIT");
        check(500, &json!("PORTAL_DELETED"), "auth-needed", "PORTAL_DELETED");
        check(401, &json!("expired_token"), "auth-needed", "expired_token");
        check(401, &json!("NO_AUTH_FOUND"), "auth-needed", "NO_AUTH_FOUND");
        check(403, &json!("ACCESS_DENIED"), "auth-needed", "ACCESS_DENIED");
        check(403, &json!("insufficient_scope"), "auth-needed", "insufficient_scope");
        check(400, &json!("PAYMENT_REQUIRED"), "auth-needed", "PAYMENT_REQUIRED");
        check(400, &json!("NOT_FOUND"), "bad-request", "NOT_FOUND");
        check(400, &json!("CRM_FIELD_ERROR_VALUE_NOT_VALID"), "bad-request", "CRM_FIELD_ERROR_VALUE_NOT_VALID");
        check(400, &json!("100"), "bad-request", "100");
        check(302, &json!(""), "bad-request", "portal-moved");
    }

    #[test]
    fn an_error_key_without_a_value_is_an_error_all_the_same() {
        check(400, &json!(0), "bad-request", "0");
        check(400, &json!(""), "bad-request", "400");
        check(200, &json!(0), "bad-request", "0");
        check(200, &json!(""), "bad-request", "200");
        assert_eq!(ask(200, &json!({ "result": { "item": {} }, "error": "" }), 1).kind, "bad-request");
        assert_eq!(ask(200, &json!({}), 1).kind, "bad-request");
    }

    #[test]
    fn a_page_in_place_of_an_answer_is_passing_trouble() {
        assert_eq!(ask(200, &Value::Null, 1).kind, "retry");
    }

    #[test]
    fn waits_hold_the_whole_portal_back_and_grow() {
        let limit = json!({ "error": "QUERY_LIMIT_EXCEEDED" });
        let waits: Vec<_> = [1, 2, 3, 9].map(|run| ask(503, &limit, run).retry_after_ms).into();
        assert_eq!(waits, [Some(1000), Some(2000), Some(4000), Some(32_000)]);
        assert_eq!(ask(503, &limit, 1).scope, "connection");
        let busy = json!({ "error": "OPERATION_TIME_LIMIT" });
        assert_eq!(ask(429, &busy, 1).retry_after_ms, Some(600_000));
        let told = json!({ "error": "OPERATION_TIME_LIMIT", "time": { "operating_reset_at": 1_795_250_090 } });
        assert_eq!(ask(429, &told, 1).retry_after_ms, Some(90_000));
    }
}
