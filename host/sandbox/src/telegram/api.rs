//! The Bot API's door: the token in the path, forced faults, the list of methods, and Telegram's envelope. It must not
//! know what a method does, and writes no path down, because the token is in it.

use axum::body::Bytes;
use axum::extract::{ConnectInfo, State as Shared};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::{State, Telegram};
use crate::listener::Wire;

/// Parameters of a call.
pub(super) type Parameters = Map<String, Value>;

/// A call that Telegram refuses.
#[derive(Debug)]
pub(super) struct Refusal {
    code: u16,
    description: String,
    retry_after_s: Option<i64>,
}

impl Refusal {
    pub(super) fn new(code: u16, description: impl Into<String>) -> Self {
        Self { code, description: description.into(), retry_after_s: None }
    }

    pub(super) fn bad_request(what: &str) -> Self {
        Self::new(400, format!("Bad Request: {what}"))
    }

    pub(super) fn too_many(retry_after_s: i64) -> Self {
        let description = format!("Too Many Requests: retry after {retry_after_s}");
        Self { code: 429, description, retry_after_s: Some(retry_after_s) }
    }
}

type Answer = Result<Value, Refusal>;

/// Answers a call of the bot.
pub(super) async fn answer(
    Shared(telegram): Shared<Telegram>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let outcome = telegram.with(|state, now| {
        let (token, name) = uri.path().strip_prefix("/bot").and_then(|rest| rest.split_once('/')).unwrap_or_default();
        let (name, call) = known(name);
        let ours = token == state.token && !state.faults.token_revoked;
        if ours && state.faults.drop_request_next > 0 {
            state.faults.drop_request_next -= 1;
            state.calls.note(name, None);
            return None;
        }
        let cut = ours && state.faults.drop_reply_next > 0;
        let outcome = state.gate(token, &method).and_then(|()| {
            let call = call.ok_or_else(|| Refusal::new(404, "Not Found"))?;
            call(state, &parameters(&uri, &headers, &body)?, now)
        });
        let status = outcome.as_ref().map_or_else(|refusal| refusal.code, |_| 200);
        // A refused call has no effect whose answer could get lost, so it does not use the fault up.
        let cut = cut && outcome.is_ok();
        if cut {
            state.faults.drop_reply_next -= 1;
        }
        state.calls.note(name, (!cut).then_some(status));
        if cut { None } else { Some(outcome) }
    });
    match outcome {
        Some(Ok(result)) => axum::Json(json!({"ok": true, "result": result})).into_response(),
        Some(Err(refusal)) => {
            let mut body = json!({"ok": false, "error_code": refusal.code, "description": refusal.description});
            if let Some(seconds) = refusal.retry_after_s {
                body["parameters"] = json!({"retry_after": seconds});
            }
            let status = StatusCode::from_u16(refusal.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, axum::Json(body)).into_response()
        }
        None => {
            wire.cut();
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

type Call = fn(&mut State, &Parameters, i64) -> Answer;

/// The methods by name, in any case of letters, as Telegram takes them.
fn known(name: &str) -> (&'static str, Option<Call>) {
    const METHODS: [(&str, Call); 7] = [
        ("getMe", |state, _, _| Ok(state.bot())),
        ("setWebhook", State::set_webhook),
        ("getWebhookInfo", |state, _, _| Ok(state.webhook_info())),
        ("deleteWebhook", |state, parameters, _| Ok(state.delete_webhook(parameters))),
        ("sendMessage", State::send_message),
        ("editMessageText", State::edit_message_text),
        ("answerCallbackQuery", State::answer_callback_query),
    ];
    let found = METHODS.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map_or(("unknown", None), |(known, call)| (known, Some(call)))
}

/// JSON or form body, else the query. Any other content is not looked at, as at Telegram.
fn parameters(uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Result<Parameters, Refusal> {
    let form = |text: &[u8]| {
        url::form_urlencoded::parse(text)
            .map(|(name, value)| {
                // Composite parameters travel as JSON text in forms.
                let composite = value.starts_with(['{', '[']).then(|| serde_json::from_str(&value).ok()).flatten();
                (name.into_owned(), composite.unwrap_or_else(|| Value::String(value.into_owned())))
            })
            .collect()
    };
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match content_type.split(';').next().map(str::trim) {
        Some("application/json") if !body.is_empty() => {
            serde_json::from_slice(body).map_err(|_| Refusal::bad_request("can't parse JSON object"))
        }
        Some("application/x-www-form-urlencoded") => Ok(form(body)),
        _ => Ok(form(uri.query().unwrap_or_default().as_bytes())),
    }
}

impl State {
    /// What is refused before the method is looked at.
    fn gate(&mut self, token: &str, method: &Method) -> Result<(), Refusal> {
        if token != self.token {
            let shaped = token.split_once(':').is_some_and(|(digits, rest)| {
                !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) && !rest.is_empty()
            });
            return Err(if shaped { Refusal::new(401, "Unauthorized") } else { Refusal::new(404, "Not Found") });
        }
        if self.faults.token_revoked {
            return Err(Refusal::new(401, "Unauthorized"));
        }
        if !matches!(*method, Method::GET | Method::POST) {
            return Err(Refusal::new(405, "Method Not Allowed"));
        }
        if self.faults.limit_next > 0 {
            self.faults.limit_next -= 1;
            return Err(Refusal::too_many(1));
        }
        if self.faults.fail_next > 0 {
            self.faults.fail_next -= 1;
            return Err(Refusal::new(500, "Internal Server Error"));
        }
        Ok(())
    }
}

/// An integer, given as a number or in digits.
pub(super) fn integer(parameters: &Parameters, name: &str) -> Option<i64> {
    match parameters.get(name)? {
        Value::Number(number) => number.as_i64(),
        Value::String(digits) => digits.parse().ok(),
        _ => None,
    }
}

/// A string; numbers count as their digits, as at Telegram.
pub(super) fn text(parameters: &Parameters, name: &str) -> Option<String> {
    match parameters.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A yes or no; absent is no.
pub(super) fn flag(parameters: &Parameters, name: &str) -> bool {
    match parameters.get(name) {
        Some(Value::Bool(yes)) => *yes,
        Some(Value::String(text)) => matches!(text.as_str(), "true" | "True" | "1"),
        _ => false,
    }
}
