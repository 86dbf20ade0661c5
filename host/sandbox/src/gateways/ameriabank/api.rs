//! `POST api/VPOS/{Operation}`: JSON in, JSON out, HTTP 200 for nearly everything.

use axum::body::Bytes;
use axum::extract::{ConnectInfo, State as Shared};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::answer::{Answer, done, gave_up, no_details, not_started, ok};
use super::order::{Order, Status};
use super::request::Fields;
use super::{Ameriabank, Merchant, State};
use crate::gateways::{Reply, Says};
use crate::listener::Wire;

const OPERATIONS: [&str; 5] = ["InitPayment", "GetPaymentDetails", "GetPaymentId", "RefundPayment", "CancelPayment"];

/// Answers everything that is not a page.
pub(super) async fn answer(
    Shared(bank): Shared<Ameriabank>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let operation = uri.path().strip_prefix("/api/VPOS/").unwrap_or_default();
    let name = OPERATIONS.into_iter().find(|known| *known == operation).unwrap_or("unknown");
    let (outcome, now) = bank.with(|state, now| {
        let outcome = match name {
            // The plural names of the manual's list of contents lead nowhere, either.
            "unknown" => missing(&uri),
            _ if method != Method::POST => Answer::Json(
                StatusCode::METHOD_NOT_ALLOWED,
                json!({ "Message": format!("The requested resource does not support http method '{method}'.") }),
            ),
            _ => state.call(name, &headers, &body, now),
        };
        let status = match &outcome {
            Answer::Json(status, _) => Some(status.as_u16()),
            Answer::Cut => None,
        };
        state.calls.note(name, status);
        (outcome, now)
    });
    match outcome {
        Answer::Json(status, body) => {
            let mut response = (status, axum::Json(body)).into_response();
            // The bank's own clock, which stories move by hand.
            let date = jiff::Timestamp::from_millisecond(now)
                .ok()
                .and_then(|at| HeaderValue::from_str(&at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()).ok());
            if let Some(date) = date {
                response.headers_mut().insert(header::DATE, date);
            }
            response
        }
        Answer::Cut => {
            wire.cut();
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn missing(uri: &Uri) -> Answer {
    let words = format!("No HTTP resource was found that matches the request URI '{}'.", uri.path());
    Answer::Json(StatusCode::NOT_FOUND, json!({ "Message": words }))
}

impl State {
    fn call(&mut self, name: &str, headers: &HeaderMap, body: &[u8], now: i64) -> Answer {
        let fault = match name {
            "InitPayment" => self.faults.start,
            "RefundPayment" => self.faults.refund,
            "CancelPayment" => self.faults.cancel,
            _ => self.faults.lookup,
        };
        match fault {
            Reply::DropRequest => return Answer::Cut,
            Reply::Fail => return gave_up(),
            Reply::Ok | Reply::DropReply => {}
        }
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if content_type.split(';').next().map(str::trim) != Some("application/json") {
            let words = "The request entity's media type is not supported for this resource.";
            return Answer::Json(StatusCode::UNSUPPORTED_MEDIA_TYPE, json!({ "Message": words }));
        }
        // What cannot be bound to the operation's model reaches it as nothing.
        let Ok(body) = serde_json::from_slice::<Value>(body) else { return gave_up() };
        let Some(fields) = Fields::of(&body) else { return gave_up() };
        let outcome = match name {
            "InitPayment" => self.init(&fields, now),
            "GetPaymentDetails" => self.tell(&fields),
            "GetPaymentId" => self.payment_id_of(&fields),
            "RefundPayment" => self.refund(&fields, now),
            _ => self.cancel(&fields, now),
        };
        if fault == Reply::DropReply { Answer::Cut } else { outcome }
    }

    /// The client whom all three credentials belong to.
    fn client(&self, fields: &Fields<'_>) -> Option<&Merchant> {
        let sent = |name| fields.text(name).ok().flatten().unwrap_or_default();
        self.merchants.iter().find(|merchant| {
            (sent("ClientID"), sent("Username"), sent("Password"))
                == (&merchant.client_id, &merchant.username, &merchant.password)
        })
    }

    /// The order with the PaymentID that was sent, and its client, whose name and password must have come with it.
    pub(super) fn keyed(&self, fields: &Fields<'_>) -> Result<(&Order, &Merchant), &'static str> {
        let sent = |name| fields.text(name).ok().flatten().unwrap_or_default();
        let fits =
            |merchant: &&Merchant| (sent("Username"), sent("Password")) == (&merchant.username, &merchant.password);
        if !self.merchants.iter().any(|merchant| fits(&merchant)) {
            return Err("20");
        }
        let order = self.order(sent("PaymentID")).ok_or("06")?;
        let merchant = self.merchants.iter().filter(fits).find(|merchant| merchant.client_id == order.client_id);
        merchant.map(|merchant| (order, merchant)).ok_or("06")
    }

    fn init(&mut self, fields: &Fields<'_>, now: i64) -> Answer {
        let Some(merchant) = self.client(fields).cloned() else {
            return not_started("20", "Incorrect Username and Password");
        };
        let (order_id, asked) = match fields.order() {
            Ok(read) => read,
            Err((code, words)) => return not_started(code, &words),
        };
        if !(merchant.order_id_min..=merchant.order_id_max).contains(&order_id) {
            return not_started("05", "OrderID is out of the range of this client");
        }
        if merchant.test_mode && (asked.minor, asked.currency.as_str()) != (1_000, "051") {
            return not_started("560", "Operation failed: in test mode the amount must be 10 AMD");
        }
        let known = |order: &&mut Order| (&order.client_id, order.order_id) == (&merchant.client_id, order_id);
        let payment_id = if let Some(order) = self.orders.iter_mut().find(known) {
            // The same number gives the same session, and what came last counts, whatever it says.
            if order.status == Status::Untried {
                order.charged_in.clone_from(&asked.currency);
                order.asked = asked;
            }
            order.payment_id.clone()
        } else {
            let payment_id = guid(&format!("{}{}", self.ids.text(""), self.ids.text("")));
            self.orders.push(Order::new(payment_id.clone(), &merchant, order_id, asked, now));
            payment_id
        };
        ok(json!({ "PaymentID": payment_id, "ResponseCode": 1, "ResponseMessage": "OK" }))
    }

    fn tell(&self, fields: &Fields<'_>) -> Answer {
        match self.keyed(fields) {
            Ok((order, _)) => self.details(order, self.faults.says == Says::Pending),
            // Observed: a wrong password is a system error here.
            Err("20") => no_details("550"),
            Err(code) => no_details(code),
        }
    }

    fn payment_id_of(&self, fields: &Fields<'_>) -> Answer {
        let answer = |code: &str, id: &str, words: &str| {
            ok(json!({ "PaymentId": id, "ResponseCode": code, "ResponseMessage": words }))
        };
        let Some(merchant) = self.client(fields) else {
            return answer("20", "", "Incorrect Username and Password");
        };
        let order_id = match fields.integer("OrderID") {
            Ok(Some(order_id)) => order_id,
            Ok(None) => return answer("04", "", "OrderID is required"),
            Err((code, words)) => return answer(code, "", &words),
        };
        let is_it = |order: &&Order| (&order.client_id, order.order_id) == (&merchant.client_id, order_id);
        match self.orders.iter().find(is_it) {
            // In lower case, with an empty message.
            Some(order) => answer("00", &order.payment_id.to_lowercase(), ""),
            None => answer("06", "", "Unknown OrderId"),
        }
    }

    fn refund(&mut self, fields: &Fields<'_>, now: i64) -> Answer {
        self.take_back(fields, |order, merchant| {
            if !merchant.may_refund {
                return Err(("513", "You have no permission to refund".to_owned()));
            }
            order.give_back(fields.amount()?, now).map_err(|words| ("07", words))
        })
    }

    fn cancel(&mut self, fields: &Fields<'_>, now: i64) -> Answer {
        self.take_back(fields, |order, merchant| {
            if !merchant.may_reverse {
                return Err(("514", "You have no permission to reverse".to_owned()));
            }
            order.cancel(now).map_err(|words| ("07", words))
        })
    }

    fn take_back(
        &mut self,
        fields: &Fields<'_>,
        work: impl FnOnce(&mut Order, &Merchant) -> Result<(), super::request::Wrong>,
    ) -> Answer {
        let (id, merchant) = match self.keyed(fields) {
            Ok((order, merchant)) => (order.payment_id.clone(), merchant.clone()),
            Err("20") => return done("20", "Incorrect Username and Password", ""),
            Err(code) => return done(code, "Unknown payment", ""),
        };
        let Some(order) = self.order_mut(&id) else { return gave_up() };
        let opaque = order.asked.opaque.clone();
        match work(order, &merchant) {
            Ok(()) => done("00", "Success", &opaque),
            Err((code, words)) => done(code, &words, &opaque),
        }
    }
}

/// 32 hexadecimal digits as a GUID in upper case.
fn guid(digits: &str) -> String {
    let digits = digits.to_uppercase();
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..32]].join("-")
}
