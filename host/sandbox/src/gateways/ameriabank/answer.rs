//! The bank's answers, with its own spellings and types: money as JSON floats, absent values as empty texts, most else as texts.

use axum::http::StatusCode;
use serde_json::{Number, Value, json};

use super::State;
use super::habits::{Habits, Untried};
use super::order::{Order, Status};

/// What a call ends in.
pub(super) enum Answer {
    Json(StatusCode, Value),
    /// No answer: the connection is cut. Whether anything was done is the fault's business.
    Cut,
}

pub(super) fn ok(body: Value) -> Answer {
    Answer::Json(StatusCode::OK, body)
}

/// What ASP.NET says when a service gives up.
pub(super) fn gave_up() -> Answer {
    Answer::Json(StatusCode::INTERNAL_SERVER_ERROR, json!({ "Message": "An error has occurred." }))
}

/// A failed InitPayment: the code is an integer, and the PaymentID is empty, not null.
pub(super) fn not_started(code: &str, words: &str) -> Answer {
    let code: i64 = code.parse().unwrap_or_default();
    ok(json!({ "PaymentID": "", "ResponseCode": code, "ResponseMessage": words }))
}

/// A refund or a cancelling that went well, or did not.
pub(super) fn done(code: &str, words: &str, opaque: &str) -> Answer {
    ok(json!({ "ResponseCode": code, "ResponseMessage": words, "Opaque": opaque }))
}

/// Details without an order. There is no ResponseMessage on this endpoint.
pub(super) fn no_details(code: &str) -> Answer {
    let mut details = empty_details();
    details["ResponseCode"] = code.into();
    ok(details)
}

/// Money as this API writes it: `10.0`.
fn money(minor: i64) -> Value {
    let text = format!("{}.{:02}", minor / 100, minor % 100);
    text.parse().ok().and_then(Number::from_f64).map_or(Value::Null, Value::Number)
}

/// The thirty fields.
fn empty_details() -> Value {
    json!({
        "Amount": 0.0, "ApprovedAmount": 0.0, "ApprovalCode": "", "CardNumber": "", "ClientName": "", "ClientEmail": "",
        "Currency": "", "DateTime": "", "DepositedAmount": 0.0, "Description": "", "MerchantId": "", "Opaque": "",
        "OrderID": "", "PaymentState": "", "PaymentType": 0, "ResponseCode": "", "TerminalId": "", "TrxnDescription": "",
        "OrderStatus": "", "RefundedAmount": 0.0, "CardHolderID": "", "MDOrderID": "", "PrimaryRC": "", "ExpDate": "",
        "ProcessingIP": "", "BindingID": "", "ActionCode": "", "ExchangeRate": 0.0, "rrn": "",
        "BankInfo": { "BankName": "", "BankCountryCode": "", "BankCountryName": "" },
    })
}

/// `dd/MM/yyyy HH:mm:ss` in Yerevan, which is four hours ahead of UTC all year.
fn in_yerevan(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms + 4 * 3_600_000)
        .map(|at| at.strftime("%d/%m/%Y %H:%M:%S").to_string())
        .unwrap_or_default()
}

/// Each Armenian letter comes back as U+00BF.
fn without_armenian(text: &str) -> String {
    let is_armenian = |mark: char| matches!(mark, '\u{531}'..='\u{556}' | '\u{561}'..='\u{587}');
    text.chars().map(|mark| if is_armenian(mark) { '\u{bf}' } else { mark }).collect()
}

impl State {
    pub(super) fn details(&self, order: &Order, pending: bool) -> Answer {
        if pending {
            return ok(told(order, self.habits, ("0", "payment_started", "0-9000")));
        }
        match (order.status, self.habits.untried) {
            (Status::Untried, Untried::GivesUp) => gave_up(),
            (Status::Untried, Untried::SystemError) => no_details("550"),
            _ => ok(told(order, self.habits, order.status.told())),
        }
    }
}

fn told(order: &Order, habits: Habits, (status, state, code): (&str, &str, &str)) -> Value {
    let number = |text: &str| match text.parse::<i64>() {
        Ok(number) if habits.numbers => Value::from(number),
        _ => Value::from(text),
    };
    let mut details = empty_details();
    details["Amount"] = money(order.asked.minor);
    details["Currency"] = order.charged_in.as_str().into();
    details["MerchantId"] = "99000001".into();
    details["TerminalId"] = "99000001".into();
    details["Opaque"] = order.asked.opaque.as_str().into();
    details["OrderID"] = number(&order.order_id.to_string());
    details["OrderStatus"] = number(status);
    details["PaymentState"] = state.into();
    details["TrxnDescription"] = without_armenian(&order.asked.description).into();
    details["ResponseCode"] =
        if code == "00" && habits.long_codes { "00 : Payment Successfully Completed" } else { code }.into();
    if code == "0-100" || code == "0-9000" {
        return details;
    }
    details["PrimaryRC"] = number(if code == "00" { "0" } else { code });
    details["ActionCode"] = details["PrimaryRC"].clone();
    details["DateTime"] = in_yerevan(order.changed_at).into();
    details["Description"] = if code == "00" { "Payment is successful " } else { "Payment is declined" }.into();
    details["PaymentType"] = 5.into();
    // Masked by the bank; the name is the cardholder's and the address the payer's.
    details["CardNumber"] = "400000**0002".into();
    details["ClientName"] = "TEST CARDHOLDER".into();
    details["ExpDate"] = "203012".into();
    details["ProcessingIP"] = "192.0.2.44".into();
    details["BankInfo"] = json!({ "BankName": "SANDBOX", "BankCountryCode": "AM", "BankCountryName": "Armenia" });
    if !order.rrn.is_empty() {
        details["ApprovedAmount"] = money(order.approved);
        details["DepositedAmount"] = money(order.deposited());
        details["RefundedAmount"] = money(order.refunded);
        details["ApprovalCode"] = order.rrn[..6].into();
        details["MDOrderID"] = order.rrn.as_str().into();
        // Observed to be the same.
        details["rrn"] = order.rrn.as_str().into();
    }
    details
}
