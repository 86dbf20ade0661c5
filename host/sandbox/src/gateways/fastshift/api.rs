//! The merchant's API: `POST /api/{language}/vpos/order/register` and `GET /api/{language}/vpos/order/status/{number}`, each
//! answer in the one envelope.

use axum::body::Bytes;
use axum::extract::{ConnectInfo, State as Shared};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::order::Order;
use super::{FastShift, State, request};
use crate::gateways::{Reply, Says};
use crate::listener::Wire;

const LANGUAGES: [&str; 3] = ["en", "hy", "ru"];

/// What a call ends in.
enum Answer {
    Json(StatusCode, Value),
    /// No answer: the connection is cut. Whether anything was done is the fault's business.
    Cut,
}

fn said(status: StatusCode, word: &str, message: &str) -> Answer {
    Answer::Json(status, json!({ "status": word, "message": message }))
}

fn out_of_order() -> Answer {
    said(StatusCode::INTERNAL_SERVER_ERROR, "APP_ERROR", "system error")
}

fn not_found() -> Answer {
    said(StatusCode::NOT_FOUND, "NOT_FOUND", "resource not found")
}

/// Answers everything that is not the page of an order.
pub(super) async fn answer(
    Shared(fastshift): Shared<FastShift>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.path().strip_prefix("/api/").and_then(|path| path.split_once("/vpos/order/"));
    let (name, number) = match path.filter(|(language, _)| LANGUAGES.contains(language)) {
        Some((_, "register")) if method == Method::POST => ("POST register", ""),
        Some((_, rest)) if method == Method::GET => match rest.strip_prefix("status/") {
            Some(number) => ("GET status", number),
            None => ("unknown", ""),
        },
        _ => ("unknown", ""),
    };
    let base_url = fastshift.base_url.clone();
    let outcome = fastshift.with(|state, now| {
        let outcome = match state.gate(&headers) {
            Err(refusal) => refusal,
            Ok(token) => match name {
                "POST register" => state.register(&token, &headers, &body, &base_url, now),
                "GET status" => state.look_up(&token, number),
                _ => not_found(),
            },
        };
        let status = match &outcome {
            Answer::Json(status, _) => Some(status.as_u16()),
            Answer::Cut => None,
        };
        state.calls.note(name, status);
        outcome
    });
    match outcome {
        Answer::Json(status, body) => (status, axum::Json(body)).into_response(),
        Answer::Cut => {
            wire.cut();
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

impl State {
    /// The merchant's token, or what is refused before the address is looked at.
    fn gate(&self, headers: &HeaderMap) -> Result<String, Answer> {
        let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let token = sent.strip_prefix("Bearer ").unwrap_or_default();
        if !self.merchants.iter().any(|merchant| merchant.token == token) {
            return Err(said(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "Authorization is not passed"));
        }
        if self.switches.forbidden {
            return Err(said(StatusCode::FORBIDDEN, "FORBIDDEN", "access denied"));
        }
        Ok(token.to_owned())
    }

    fn register(&mut self, token: &str, headers: &HeaderMap, body: &[u8], base_url: &str, now: i64) -> Answer {
        match self.faults.start {
            Reply::DropRequest => return Answer::Cut,
            Reply::Fail => return out_of_order(),
            Reply::Ok | Reply::DropReply => {}
        }
        let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if kind.split(';').next().map(str::trim) != Some("application/json") {
            return said(StatusCode::BAD_REQUEST, "ERROR", "Content-Type must be application/json");
        }
        let Ok(Value::Object(fields)) = serde_json::from_slice::<Value>(body) else {
            return said(StatusCode::BAD_REQUEST, "ERROR", "The body is not a JSON object");
        };
        let invalid = |errors: Value| {
            Answer::Json(StatusCode::UNPROCESSABLE_ENTITY, json!({ "status": "INVALID_DATA", "errors": errors }))
        };
        let request = match request::read(&fields) {
            Ok(request) => request,
            Err(errors) => return invalid(errors.into()),
        };
        let taken = |order: &Order| order.request.order_number.eq_ignore_ascii_case(&request.order_number);
        if self.orders.iter().any(taken) {
            return invalid(json!({ "order_number": "The order number has already been taken." }));
        }
        let digits = self.ids.text("") + &self.ids.text("");
        let guid = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..32]].join("-");
        let order = Order::new(guid, token.to_owned(), request, self.switches.life_s, now);
        let answer = json!({
            "status": "OK",
            "data": { "order": order.json(false, self.switches.capitals), "redirect_url": order.page(base_url) },
        });
        self.orders.push(order);
        if self.faults.start == Reply::DropReply { Answer::Cut } else { Answer::Json(StatusCode::OK, answer) }
    }

    fn look_up(&self, token: &str, number: &str) -> Answer {
        match self.faults.lookup {
            Reply::DropRequest | Reply::DropReply => return Answer::Cut,
            Reply::Fail => return out_of_order(),
            Reply::Ok => {}
        }
        if !request::is_guid(number) {
            let errors = json!({ "order_number": "The order number must be a guid." });
            return Answer::Json(
                StatusCode::UNPROCESSABLE_ENTITY,
                json!({ "status": "INVALID_DATA", "errors": errors }),
            );
        }
        // Another merchant's order is not there.
        let order = self
            .orders
            .iter()
            .find(|order| order.token == token && order.request.order_number.eq_ignore_ascii_case(number));
        let Some(order) = order else { return not_found() };
        let told = order.json(self.faults.says == Says::Pending, self.switches.capitals);
        // The payer's own name at FastShift, once there is a payer.
        let payer = if told["status"] == "completed" { json!("00041877") } else { Value::Null };
        Answer::Json(StatusCode::OK, json!({ "status": "OK", "data": { "order": told, "fastshift_id": payer } }))
    }
}
