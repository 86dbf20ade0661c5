//! The merchant's API: `/v1/payment-sessions`. VPOS.am publishes the path, the bearer token, the idempotency key and
//! most field names of the request; the answer's shape, the look-up by merchant order id and the error bodies are ours.
//! What gives money back is in `money_back.rs`.

use axum::body::Bytes;
use axum::extract::{ConnectInfo, State as Shared};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::request::read_order;
use super::session::Session;
use super::{Answered, Bank, Lookup, Start, State};
use crate::listener::Wire;

const SESSIONS: &str = "/v1/payment-sessions";
const REFUNDS: &str = "/v1/refunds";
const CAPABILITIES: &str = "/v1/capabilities";

/// What a call ends in.
pub(super) enum Answer {
    Json(StatusCode, Value),
    /// No answer: the connection is cut. Whether anything was done is the fault's business.
    Cut,
}

pub(super) fn refusal(status: StatusCode, code: &str, message: impl Into<String>) -> Answer {
    Answer::Json(status, json!({"error": {"code": code, "message": message.into()}}))
}

/// A parameter of the query that is there and not empty.
pub(super) fn query(uri: &Uri, wanted: &str) -> Option<String> {
    url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
        .find(|(name, value)| name == wanted && !value.is_empty())
        .map(|(_, value)| value.into_owned())
}

/// Answers everything that is not a pay page.
pub(super) async fn answer(
    Shared(bank): Shared<Bank>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.path();
    let below = path.strip_prefix(SESSIONS).and_then(|rest| rest.strip_prefix('/')).filter(|rest| !rest.is_empty());
    let (session_id, action) = match below.map(|below| below.split_once('/').unwrap_or((below, ""))) {
        Some((id, action)) => (Some(id), action),
        None => (None, ""),
    };
    let name = match (&method, session_id, action) {
        (&Method::POST, None, _) if path == SESSIONS => "POST /v1/payment-sessions",
        (&Method::GET, None, _) if path == SESSIONS => "GET /v1/payment-sessions",
        (&Method::GET, None, _) if path == REFUNDS => "GET /v1/refunds",
        (&Method::GET, None, _) if path == CAPABILITIES => "GET /v1/capabilities",
        (&Method::GET, Some(_), "") => "GET /v1/payment-sessions/{id}",
        (&Method::POST, Some(_), "refunds") => "POST /v1/payment-sessions/{id}/refunds",
        (&Method::POST, Some(_), "cancel") => "POST /v1/payment-sessions/{id}/cancel",
        _ => "unknown",
    };
    let known = match session_id {
        Some(_) => ["", "refunds", "cancel"].contains(&action),
        None => [SESSIONS, REFUNDS, CAPABILITIES].contains(&path),
    };
    let id = session_id.unwrap_or_default();
    let outcome = bank.with(|state, now| {
        let outcome = state.gate(&headers).unwrap_or_else(|| match name {
            "POST /v1/payment-sessions" => state.create(&headers, &body, now),
            "GET /v1/payment-sessions" => state.look_up_order(&uri),
            "GET /v1/payment-sessions/{id}" => state.look_up_session(id),
            "GET /v1/refunds" => state.look_up_refund(&uri),
            "GET /v1/capabilities" => state.tell_capabilities(),
            "POST /v1/payment-sessions/{id}/refunds" => state.refund(path, id, &headers, &body, now),
            "POST /v1/payment-sessions/{id}/cancel" => state.cancel(id, now),
            _ if known => {
                refusal(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this method is not known here")
            }
            _ => refusal(StatusCode::NOT_FOUND, "not_found", "no such address"),
        });
        state.calls.note(
            name,
            match &outcome {
                Answer::Json(status, _) => Some(status.as_u16()),
                Answer::Cut => None,
            },
        );
        outcome
    });
    match outcome {
        Answer::Json(status, body) => {
            let mut response = (status, axum::Json(body)).into_response();
            if status == StatusCode::TOO_MANY_REQUESTS {
                response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
            }
            response
        }
        Answer::Cut => {
            wire.cut();
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

impl State {
    /// What is refused before the address is looked at.
    fn gate(&mut self, headers: &HeaderMap) -> Option<Answer> {
        let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        if sent.and_then(|value| value.strip_prefix("Bearer ")) != Some(self.token.as_str()) {
            return Some(refusal(StatusCode::UNAUTHORIZED, "unauthorized", "the merchant token is missing or wrong"));
        }
        if headers.contains_key(header::ORIGIN) {
            return Some(refusal(StatusCode::FORBIDDEN, "untrusted_origin", "browsers may not call this API"));
        }
        if self.faults.limit_next > 0 {
            self.faults.limit_next -= 1;
            return Some(refusal(StatusCode::TOO_MANY_REQUESTS, "rate_limited", "too many requests"));
        }
        None
    }

    fn create(&mut self, headers: &HeaderMap, body: &[u8], now: i64) -> Answer {
        match self.faults.start {
            // The request was lost on its way, so it is not counted either.
            Start::DropRequest => return Answer::Cut,
            Start::Fail => {
                self.creates += 1;
                return refusal(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the bank is out of order");
            }
            Start::Ok | Start::DropReply => self.creates += 1,
        }
        let outcome = self.once(SESSIONS, headers, body, |state, request| state.create_once(request, now));
        match (&outcome, self.faults.start) {
            (Answer::Json(StatusCode::CREATED, _), Start::DropReply) => Answer::Cut,
            _ => outcome,
        }
    }

    /// Does the work of a request with an idempotency key, unless it was done before: then the answer of that time is
    /// given again. Only an answer that made something is kept.
    pub(super) fn once(
        &mut self,
        address: &str,
        headers: &HeaderMap,
        body: &[u8],
        work: impl FnOnce(&mut Self, &Value) -> Answer,
    ) -> Answer {
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if content_type.split(';').next().map(str::trim) != Some("application/json") {
            return refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "send application/json");
        }
        let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok()).unwrap_or_default();
        if key.is_empty() || key.len() > 255 {
            return refusal(
                StatusCode::BAD_REQUEST,
                "idempotency_key",
                "Idempotency-Key: 1 to 255 characters are required",
            );
        }
        let Ok(request) = serde_json::from_slice::<Value>(body) else {
            return refusal(StatusCode::BAD_REQUEST, "malformed_json", "the body is not JSON");
        };
        if let Some(first) = self.answered.get(key) {
            return if first.address == address && first.request == request {
                Answer::Json(StatusCode::CREATED, first.answer.clone())
            } else {
                refusal(
                    StatusCode::CONFLICT,
                    "idempotency_key_reused",
                    "this Idempotency-Key came with another request",
                )
            };
        }
        let outcome = work(self, &request);
        if let Answer::Json(StatusCode::CREATED, answer) = &outcome {
            let answered = Answered { address: address.to_owned(), request, answer: answer.clone() };
            self.answered.insert(key.to_owned(), answered);
        }
        outcome
    }

    fn create_once(&mut self, request: &Value, now: i64) -> Answer {
        let order = match read_order(request) {
            Ok(order) => order,
            Err(message) => {
                return refusal(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request", message);
            }
        };
        if self.sessions.iter().any(|session| session.order.merchant_order_id == order.merchant_order_id) {
            return refusal(StatusCode::CONFLICT, "order_exists", "merchantOrderId: a session for it exists");
        }
        let session = Session::new(self.ids.text("ps_"), order, now);
        let answer = session.json(&self.base_url);
        self.sessions.push(session);
        Answer::Json(StatusCode::CREATED, answer)
    }

    /// What each provider behind VPOS.am can do. That there are such booleans is published; their names are ours.
    fn tell_capabilities(&self) -> Answer {
        match self.faults.start {
            Start::DropRequest => Answer::Cut,
            _ => Answer::Json(
                StatusCode::OK,
                json!({"manual": {"paymentLinks": true, "qr": false, "refunds": true, "fiscalisation": false, "tokenisation": false}}),
            ),
        }
    }

    fn look_up_session(&mut self, id: &str) -> Answer {
        self.look_up(|state| match state.session(id) {
            Some(session) => Answer::Json(StatusCode::OK, state.told(session)),
            None => refusal(StatusCode::NOT_FOUND, "not_found", "no such payment session"),
        })
    }

    fn look_up_order(&mut self, uri: &Uri) -> Answer {
        let wanted = query(uri, "merchantOrderId");
        self.look_up(|state| match wanted {
            Some(wanted) => {
                let found = state.sessions.iter().filter(|session| session.order.merchant_order_id == wanted);
                Answer::Json(
                    StatusCode::OK,
                    json!({"data": found.map(|session| state.told(session)).collect::<Vec<_>>()}),
                )
            }
            None => refusal(StatusCode::BAD_REQUEST, "invalid_request", "merchantOrderId: is required"),
        })
    }

    fn look_up(&mut self, find: impl FnOnce(&Self) -> Answer) -> Answer {
        self.lookups += 1;
        match self.faults.lookup {
            Lookup::Fail => refusal(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the bank is out of order"),
            Lookup::Cut => Answer::Cut,
            Lookup::Ok | Lookup::Pending => find(self),
        }
    }

    /// A session as a look-up tells it.
    fn told(&self, session: &Session) -> Value {
        let mut told = session.json(&self.base_url);
        if self.faults.lookup == Lookup::Pending {
            told["status"] = "pending".into();
            told["paidAt"] = Value::Null;
            told["reference"] = Value::Null;
            told["refundedMinor"] = 0.into();
        }
        told
    }
}
