//! What the portal's refusals mean. Traps of the service: a rate limit is a 503, the key `error` may hold an empty text or the number 0
//! so that its presence decides, and REST 3.0 puts an object there. It must not make a call.

use kamurj_crm::Trouble;
use kamurj_sdk::{Failure, Outcome, Response, plain};
use serde_json::Value;

/// Wait after `OPERATION_TIME_LIMIT` when no answer told when the counter is reset: its whole window.
const OPERATING_WINDOW_MS: u64 = 10 * 60 * 1000;
/// Wait after a block that the portal's support lifts by hand.
const MANUAL_BLOCK_MS: u64 = 60 * 60 * 1000;
/// Longest wait that repeated rate limits lead to.
const LIMIT_WAIT_MS: u64 = 32_000;
/// What codes of REST 3.0 begin with.
const NEW_STYLE: &str = "BITRIX_REST_V3_EXCEPTION_";

/// A refusal as it came.
pub(crate) struct Told<'a> {
    /// Which method was called.
    pub(crate) method: &'a str,
    /// The answer's status; 400 for a part of a batch.
    pub(crate) status: u16,
    /// The answer, or what stands for it in a batch.
    pub(crate) answer: &'a Value,
    /// The run's number: waits grow with it.
    pub(crate) run: u32,
    /// The run's clock, Unix milliseconds.
    pub(crate) now_ms: u64,
    /// When the portal resets its execution counter, from the last good answer; Unix seconds.
    pub(crate) reset_at_s: Option<u64>,
}

/// Code and text of an error: `{"error": "CODE", "error_description": "…"}`, or `{"error": {"code": …, "message": …}}`.
fn said(answer: &Value) -> (String, String) {
    let error = &answer["error"];
    let code = match error {
        Value::String(code) => code.clone(),
        Value::Object(error) => error.get("code").and_then(Value::as_str).unwrap_or_default().to_owned(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let text = error["message"].as_str().or_else(|| answer["error_description"].as_str()).unwrap_or_default();
    let code = code.strip_prefix(NEW_STYLE).unwrap_or(&code);
    (plain(code, 64), plain(text, 200))
}

/// What a refusal comes to.
pub(crate) fn trouble(told: &Told<'_>) -> Trouble {
    let (code, said) = said(told.answer);
    let method = told.method;
    let message = match (said.as_str(), code.as_str()) {
        ("", "") => format!("{method}: Bitrix24 answered {}", told.status),
        ("", code) => format!("{method}: {code}"),
        (said, _) => format!("{method}: {said}"),
    };
    let code = if code.is_empty() { told.status.to_string() } else { code };
    let ended = match (told.status, code.as_str()) {
        (_, "QUERY_LIMIT_EXCEEDED") => {
            let wait_ms = 1000_u64.saturating_mul(1 << told.run.saturating_sub(1).min(5));
            Outcome::retry(&code, &message).after_ms(wait_ms.min(LIMIT_WAIT_MS)).whole_connection()
        }
        (_, "OPERATION_TIME_LIMIT") => {
            let told_s = told.answer.pointer("/time/operating_reset_at").and_then(Value::as_u64);
            let wait_ms = told_s.or(told.reset_at_s).map_or(OPERATING_WINDOW_MS, |reset_at_s| {
                reset_at_s.saturating_mul(1000).saturating_sub(told.now_ms).max(1000)
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
        (429, _) => Outcome::retry(&code, &message).whole_connection(),
        (500.., _) | (_, "INTERNAL_SERVER_ERROR" | "ERROR_UNEXPECTED_ANSWER") => Outcome::retry(&code, &message),
        _ => Outcome::bad_request(&code, &message),
    };
    Trouble::Ended(ended)
}

/// A portal that was renamed answers with its new address. Nobody but the operator may say that it is the right one, so the secret
/// goes nowhere before it stands in the settings.
pub(crate) fn moved(response: &Response) -> Trouble {
    let location = response.headers.iter().find(|(name, _)| name == "location").map(|(_, value)| value.as_str());
    // Nothing behind the host: the secret stands in the path.
    let host = location.and_then(|address| address.split_once("://")?.1.split(['/', '?', '#']).next());
    let to = match host.map(|host| plain(host, 100)).filter(|host| !host.is_empty()) {
        Some(host) => format!(" It names https://{host}."),
        None => String::new(),
    };
    let message =
        format!("the portal has another address now: make sure of it and enter it as `portal` in the settings.{to}");
    Trouble::Setting(Outcome::bad_request("portal-moved", &message))
}

/// No answer. A read whose answer was lost did nothing, so it is an ordinary retry.
pub(crate) fn lost(failure: &Failure, step: Option<&str>) -> Trouble {
    match (failure.is_ambiguous(), step) {
        (true, Some(_)) => Trouble::Lost(failure.outcome()),
        (true, None) if failure.kind != "too-large" => Trouble::Ended(Outcome::retry(&failure.kind, &failure.message)),
        (true, None) => Trouble::Ended(Outcome::bad_request(&failure.kind, &failure.message)),
        (false, _) => Trouble::Ended(failure.outcome()),
    }
}

/// The code under which a call ended for good.
pub(crate) fn code(trouble: &Trouble) -> Option<&str> {
    match trouble {
        Trouble::Ended(outcome) if outcome.kind == "bad-request" => Some(&outcome.code),
        Trouble::Ended(_) | Trouble::Lost(_) | Trouble::Gone(_) | Trouble::Setting(_) => None,
    }
}

/// Whether a later run may go better without anybody's doing.
pub(crate) fn is_passing(trouble: &Trouble) -> bool {
    match trouble {
        Trouble::Lost(_) => true,
        Trouble::Ended(outcome) => matches!(outcome.kind.as_str(), "retry" | "ambiguous"),
        Trouble::Gone(_) | Trouble::Setting(_) => false,
    }
}
