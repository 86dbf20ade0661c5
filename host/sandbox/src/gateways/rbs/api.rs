//! The methods under `/payment/rest`. All answers are 200; what went wrong stands in `errorCode`.

use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::order::{Order, State};
use super::request::{Parameters, Refused};
use super::{Books, Rbs, answer};
use crate::gateways::{Reply, Says};
use crate::listener::Wire;

/// The methods that are known, with the parameters that each takes beside the login.
const METHODS: [(&str, &[&str]); 7] = [
    ("register.do", REGISTER),
    ("registerPreAuth.do", REGISTER),
    ("deposit.do", &["orderId", "amount"]),
    ("reverse.do", &["orderId"]),
    ("refund.do", &["orderId", "amount"]),
    ("getOrderStatus.do", &["orderId", "orderNumber", "language"]),
    ("getOrderStatusExtended.do", &["orderId", "orderNumber", "language"]),
];
const REGISTER: &[&str] = &[
    "orderNumber",
    "amount",
    "currency",
    "returnUrl",
    "description",
    "language",
    "pageView",
    "clientId",
    "jsonParams",
    "sessionTimeoutSecs",
    "email",
    "phone",
];

/// What a call ends in.
enum Outcome {
    Said(Value),
    /// No answer: the connection is cut. Whether anything was done is the fault's business.
    Cut,
}

/// Answers a method.
pub(super) async fn answer(
    Shared(rbs): Shared<Rbs>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    Path(method): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some((name, known)) = METHODS.into_iter().find(|(name, _)| *name == method) else {
        rbs.with(|books, _| books.calls.note("unknown", Some(404)));
        return StatusCode::NOT_FOUND.into_response();
    };
    let outcome = rbs.with(|books, now| {
        let outcome = books.call(name, known, &headers, &body, now);
        books.calls.note(name, matches!(outcome, Outcome::Said(_)).then_some(200));
        outcome
    });
    match outcome {
        Outcome::Said(answer) => axum::Json(answer).into_response(),
        Outcome::Cut => {
            wire.cut();
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

impl Books {
    fn call(&mut self, name: &str, known: &[&str], headers: &HeaderMap, body: &[u8], now: i64) -> Outcome {
        let fault = match name {
            "register.do" | "registerPreAuth.do" => self.faults.start,
            "refund.do" => self.faults.refund,
            "reverse.do" => self.faults.cancel,
            "deposit.do" => Reply::Ok,
            _ => self.faults.lookup,
        };
        let said = match fault {
            Reply::DropRequest => return Outcome::Cut,
            Reply::Fail => Err((7, "System error".to_owned())),
            Reply::Ok | Reply::DropReply => self.carry_out(name, known, headers, body, now),
        };
        match said {
            _ if fault == Reply::DropReply => Outcome::Cut,
            Ok(answer) => Outcome::Said(answer),
            Err((number, words)) => Outcome::Said(answer::refusal(number, &words, &self.habits)),
        }
    }

    fn carry_out(
        &mut self,
        name: &str,
        known: &[&str],
        headers: &HeaderMap,
        body: &[u8],
        now: i64,
    ) -> Result<Value, Refused> {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if kind.split(';').next().map(str::trim) != Some("application/x-www-form-urlencoded") {
            return Err((5, "Access denied".to_owned()));
        }
        let form = Parameters::read(body, known)?;
        let login = self.login(&form)?;
        match name {
            "register.do" => self.register(login, &form, false, now),
            "registerPreAuth.do" => self.register(login, &form, true, now),
            "deposit.do" => self.take_held(&login, &form, now),
            "reverse.do" => self.undo(&login, &form, now),
            "refund.do" => self.refund(&login, &form, now),
            "getOrderStatus.do" => self.tell(&login, &form, answer::plain),
            _ => self.tell(&login, &form, answer::extended),
        }
    }

    fn login(&self, form: &Parameters) -> Result<String, Refused> {
        let (user_name, password) = (form.get("userName"), form.get("password"));
        self.merchants
            .iter()
            .find(|merchant| Some(&*merchant.user_name) == user_name && Some(&*merchant.password) == password)
            .map(|merchant| merchant.user_name.clone())
            .ok_or_else(|| (5, "Access denied".to_owned()))
    }

    fn register(&mut self, login: String, form: &Parameters, two_stages: bool, now: i64) -> Result<Value, Refused> {
        let asked = form.registration(two_stages)?;
        let is_taken = |order: &Order| order.login == login && order.asked.order_number == asked.order_number;
        if self.orders.iter().any(is_taken) {
            return Err((
                1,
                "Order number is duplicated, order with given order number is processed already".to_owned(),
            ));
        }
        let order = Order::new(self.guid(), login, asked, now);
        let said = json!({ "orderId": order.id, "formUrl": order.page(&self.base_url), "error": false });
        self.orders.push(order);
        Ok(answer::handled(said, &self.habits))
    }

    /// 8-4-4-4-12 hexadecimal digits.
    fn guid(&mut self) -> String {
        let digits = format!("{}{}", self.ids.text(""), self.ids.text(""));
        let part = |from: usize, to: usize| &digits[from..to];
        format!("{}-{}-4{}-8{}-{}", part(0, 8), part(8, 12), part(12, 15), part(15, 18), part(18, 30))
    }

    /// An order of this login, by the gateway's id.
    fn own(&self, login: &str, id: &str) -> Result<usize, Refused> {
        let place = self.orders.iter().position(|order| order.login == login && order.id.eq_ignore_ascii_case(id));
        place.ok_or_else(|| (6, "No such order".to_owned()))
    }

    fn take_held(&mut self, login: &str, form: &Parameters, now: i64) -> Result<Value, Refused> {
        let place = self.own(login, form.required("orderId")?)?;
        // 0 or nothing is everything.
        let minor = match form.get("amount") {
            None | Some("0") => 0,
            Some(_) => form.amount()?,
        };
        let order = &self.orders[place];
        if order.state != State::Held {
            return Err((7, "Payment must be in approved state".to_owned()));
        }
        if minor > order.amount_minor {
            return Err((5, "amount: more than was approved".to_owned()));
        }
        self.deposit(place, minor, now);
        Ok(self.yes())
    }

    fn undo(&mut self, login: &str, form: &Parameters, now: i64) -> Result<Value, Refused> {
        let place = self.own(login, form.required("orderId")?)?;
        if !self.orders[place].can_be_reversed(now) {
            return Err((7, "Reversal is impossible for current transaction state".to_owned()));
        }
        self.reverse(place, now);
        Ok(self.yes())
    }

    fn refund(&mut self, login: &str, form: &Parameters, now: i64) -> Result<Value, Refused> {
        let (id, minor) = (form.required("orderId")?, form.amount()?);
        if !self.habits.may_refund {
            return Err((5, "Access denied".to_owned()));
        }
        let place = self.own(login, id)?;
        if !matches!(self.orders[place].state, State::Deposited | State::Refunded) {
            return Err((7, "Payment must be in deposited state".to_owned()));
        }
        self.give_back(place, minor, now).map_err(|why| (5, format!("amount: {why}")))?;
        Ok(self.yes())
    }

    fn yes(&self) -> Value {
        answer::handled(json!({ "errorMessage": "Success" }), &self.habits)
    }

    /// The gateway's id wins where both are given.
    fn tell(
        &self,
        login: &str,
        form: &Parameters,
        told: fn(&Order, bool, &super::Habits) -> Value,
    ) -> Result<Value, Refused> {
        if form.get("language").is_some_and(|language| !["hy", "ru", "en"].contains(&language)) {
            return Err((5, "language: must be one of hy, ru, en".to_owned()));
        }
        let place = match (form.get("orderId"), form.get("orderNumber")) {
            (Some(id), _) => self.own(login, id)?,
            (None, Some(number)) => {
                let of_number = |order: &Order| order.login == login && order.asked.order_number == number;
                let place = self.orders.iter().position(of_number).filter(|_| self.habits.finds_by_number);
                place.ok_or_else(|| (6, "No such order".to_owned()))?
            }
            (None, None) => return Err((4, "orderId: is required".to_owned())),
        };
        Ok(told(&self.orders[place], self.faults.says == Says::Pending, &self.habits))
    }
}
