//! The portal's door: the webhook's secret in the path, the call limit, forced faults, the list of methods, and the
//! envelope. It must not know what a method does, and writes no path down, because the secret is in it.

use axum::body::Bytes;
use axum::extract::{ConnectInfo, State as Shared};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::{Bitrix24, State};
use crate::listener::Wire;

/// Parameters of a call.
pub(super) type Parameters = Map<String, Value>;

/// A call that the portal refuses. `error` is a text, an empty text or a number, as in the real portal.
#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    error: Value,
    description: String,
}

impl Refusal {
    pub(super) fn new(status: u16, error: impl Into<Value>, description: impl Into<String>) -> Self {
        Self { status, error: error.into(), description: description.into() }
    }

    /// Code `100`: a parameter is missing.
    pub(super) fn missing(name: &str) -> Self {
        Self::new(400, "100", format!("Could not find value for parameter {{{name}}}"))
    }
}

/// A result, with what lists put beside it.
pub(super) struct Found {
    result: Value,
    paging: Option<(usize, Option<usize>)>,
}

impl Found {
    pub(super) fn one(result: Value) -> Self {
        Self { result, paging: None }
    }

    /// One page of a list: the whole count, and where the next page begins.
    pub(super) fn page(result: Value, total: usize, next: Option<usize>) -> Self {
        Self { result, paging: Some((total, next)) }
    }
}

/// Answers a call of the webhook.
pub(super) async fn answer(
    Shared(portal): Shared<Bitrix24>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let outcome = portal.with(|state, now| {
        let mut parts = uri.path().strip_prefix("/rest/").unwrap_or_default().splitn(3, '/');
        let (user, secret) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let name = parts.next().unwrap_or_default();
        let (name, call) = known(name.strip_suffix(".json").unwrap_or(name));
        let outcome = state.gate(user, secret, &method, now).and_then(|()| {
            let call = call.ok_or_else(|| Refusal::new(404, "ERROR_METHOD_NOT_FOUND", "Method not found!"))?;
            call(state, &parameters(&headers, &body)?, now)
        });
        // A refused call has no effect whose answer could get lost, so it does not use the fault up.
        let cut = outcome.is_ok() && state.faults.drop_reply_next > 0;
        if cut {
            state.faults.drop_reply_next -= 1;
        }
        let status = outcome.as_ref().map_or_else(|refusal| refusal.status, |_| 200);
        state.calls.note(name, (!cut).then_some(status));
        if cut { None } else { Some((outcome, now)) }
    });
    match outcome {
        Some((Ok(found), now)) => axum::Json(envelope(&found, now)).into_response(),
        Some((Err(refusal), _)) => {
            let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, axum::Json(json!({"error": refusal.error, "error_description": refusal.description})))
                .into_response()
        }
        None => {
            wire.cut();
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

type Call = fn(&mut State, &Parameters, i64) -> Result<Found, Refusal>;

/// The methods by name, in any case of letters.
fn known(name: &str) -> (&'static str, Option<Call>) {
    const METHODS: [(&str, Call); 8] = [
        ("profile", |state, _, _| Ok(Found::one(state.profile()))),
        ("crm.status.list", |state, parameters, _| Ok(state.list_statuses(parameters))),
        ("crm.item.get", State::get_item),
        ("crm.item.list", State::list_items),
        ("crm.item.add", State::add_item),
        ("crm.item.update", State::update_item),
        ("crm.timeline.comment.add", State::add_comment),
        ("crm.timeline.comment.list", State::list_comments),
    ];
    let found = METHODS.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map_or(("unknown", None), |(known, call)| (known, Some(call)))
}

/// The JSON body. This double takes no other form, so that a guest which forgets the header is found out.
fn parameters(headers: &HeaderMap, body: &[u8]) -> Result<Parameters, Refusal> {
    if body.is_empty() {
        return Ok(Parameters::new());
    }
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if content_type.split(';').next().map(str::trim) != Some("application/json") {
        return Err(Refusal::new(400, "INVALID_REQUEST", "Send the parameters as application/json."));
    }
    serde_json::from_slice(body).map_err(|_| Refusal::new(400, "INVALID_REQUEST", "The body is not a JSON object."))
}

fn envelope(found: &Found, now: i64) -> Value {
    // No work is done here, so none is reported; the reset is at the end of the ten minutes that the portal counts in.
    let seconds = now.div_euclid(1000);
    let mut body = json!({
        "result": found.result,
        "time": {
            "start": seconds, "finish": seconds, "duration": 0, "processing": 0,
            "date_start": crate::rfc3339(now), "date_finish": crate::rfc3339(now),
            "operating": 0, "operating_reset_at": seconds + 600,
        },
    });
    if let Some((total, next)) = found.paging {
        body["total"] = total.into();
        if let Some(next) = next {
            body["next"] = next.into();
        }
    }
    body
}

impl State {
    /// What is refused before the method is looked at.
    fn gate(&mut self, user: &str, secret: &str, method: &Method, now: i64) -> Result<(), Refusal> {
        if user != self.user || secret != self.secret {
            return Err(Refusal::new(401, "NO_AUTH_FOUND", "Wrong authorization data"));
        }
        if !matches!(*method, Method::GET | Method::POST) {
            return Err(Refusal::new(405, "METHOD_NOT_ALLOWED", "Only GET and POST are allowed"));
        }
        let forced = self.faults.limit_next > 0;
        self.faults.limit_next = self.faults.limit_next.saturating_sub(1);
        if forced || self.bucket.take(now).is_err() {
            return Err(Refusal::new(503, "QUERY_LIMIT_EXCEEDED", "Too many requests"));
        }
        if self.faults.fail_next > 0 {
            self.faults.fail_next -= 1;
            return Err(Refusal::new(500, "INTERNAL_SERVER_ERROR", "Internal server error"));
        }
        Ok(())
    }

    fn profile(&self) -> Value {
        json!({"ID": self.user, "ADMIN": false, "NAME": "Sandbox", "LAST_NAME": "Manager", "TIME_ZONE": "Asia/Yerevan"})
    }
}

/// An integer, given as a number or in digits.
pub(super) fn integer(value: Option<&Value>) -> Option<i64> {
    match value? {
        Value::Number(number) => number.as_i64(),
        Value::String(digits) => digits.parse().ok(),
        _ => None,
    }
}

/// An object among the parameters; an absent or an empty one is empty. PHP cannot tell `[]` from `{}`.
pub(super) fn object(parameters: &Parameters, name: &str) -> Parameters {
    parameters.get(name).and_then(Value::as_object).cloned().unwrap_or_default()
}
