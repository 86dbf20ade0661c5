//! The gateway's answers: which keys they have, and how its versions write them.

use serde_json::{Value, json};

use super::habits::{Codes, Habits, Version};
use super::order::{Order, State, ZONE_MS};
use crate::rfc3339;

/// A time, as this instance writes times.
fn time(at: i64, habits: &Habits) -> Value {
    if habits.times_as_text { rfc3339(at + ZONE_MS).trim_end_matches('Z').into() } else { at.into() }
}

fn code(number: i64, habits: &Habits) -> Value {
    match habits.codes {
        Codes::Number => number.into(),
        Codes::Text | Codes::Absent => number.to_string().into(),
    }
}

/// A refusal: 200 like everything else.
pub(super) fn refusal(number: i64, words: &str, habits: &Habits) -> Value {
    json!({ "errorCode": code(number, habits), "errorCodeString": format!("E{number}"), "error": true, "errorMessage": words })
}

/// An answer to a call that was handled.
pub(super) fn handled(mut answer: Value, habits: &Habits) -> Value {
    if habits.codes != Codes::Absent {
        answer["errorCode"] = code(0, habits);
    }
    answer
}

/// What `getOrderStatusExtended.do` says.
pub(super) fn extended(order: &Order, pending: bool, habits: &Habits) -> Value {
    let paid = order.paid.as_ref().filter(|_| !pending);
    let mut told = json!({
        "errorMessage": "Success",
        "orderNumber": order.asked.order_number,
        "orderStatus": if pending { 0 } else { order.state as u8 },
        "actionCode": if pending { -100 } else { order.action_code },
        "actionCodeDescription": "",
        "amount": order.amount_minor,
        "currency": order.currency,
        "date": time(order.created_at, habits),
        "orderDescription": order.asked.description,
        "ip": "192.0.2.1",
        "merchantOrderParams": [],
        "attributes": [{ "name": "mdOrder", "value": order.id }],
    });
    if let Some(paid) = paid {
        told["cardAuthInfo"] = json!({
            "pan": "000000**0000", "expiration": "203012", "cardholderName": "SANDBOX PAYER", "approvalCode": "123456",
        });
        if habits.version >= Version::V02 {
            told["authDateTime"] = time(paid.at, habits);
            told["authRefNum"] = paid.reference.as_str().into();
        }
    }
    if habits.version >= Version::V02 {
        told["terminalId"] = "00000001".into();
    }
    if habits.version >= Version::V03 {
        told["bankInfo"] = json!({ "bankName": "SANDBOX", "bankCountryCode": "AM" });
        told["paymentAmountInfo"] = amounts(order, pending);
    }
    if habits.lists_refunds && !order.refunds.is_empty() && !pending {
        let list = order.refunds.iter().map(|refund| {
            json!({
                "referenceNumber": refund.reference, "actionCode": 0, "amount": refund.minor,
                "approvalCode": "123456", "date": time(refund.at, habits),
            })
        });
        told["refunds"] = list.collect();
    }
    handled(told, habits)
}

fn amounts(order: &Order, pending: bool) -> Value {
    let state = if pending { State::Created } else { order.state };
    let (approved, deposited) = match state {
        State::Created | State::AtAcs | State::Declined | State::Reversed => (0, 0),
        State::Held => (order.amount_minor, 0),
        State::Deposited | State::Refunded => (order.amount_minor, order.amount_minor),
    };
    let word = match state {
        State::Created | State::AtAcs => "CREATED",
        State::Held => "APPROVED",
        State::Deposited => "DEPOSITED",
        State::Reversed => "REVERSED",
        State::Refunded => "REFUNDED",
        State::Declined => "DECLINED",
    };
    let refunded = if pending { 0 } else { order.refunded_minor() };
    json!({ "approvedAmount": approved, "depositedAmount": deposited, "refundedAmount": refunded, "paymentState": word })
}

/// What `getOrderStatus.do` says: some of its keys are capitalised.
pub(super) fn plain(order: &Order, pending: bool, habits: &Habits) -> Value {
    let state = if pending { State::Created } else { order.state };
    let mut told = json!({
        "depositAmount": if matches!(state, State::Deposited | State::Refunded) { order.amount_minor } else { 0 },
        "currency": order.currency,
        "authCode": 2,
        "ErrorMessage": "Success",
        "OrderStatus": state as u8,
        "OrderNumber": order.asked.order_number,
        "Amount": order.amount_minor,
        "Ip": "192.0.2.1",
    });
    if habits.codes != Codes::Absent {
        told["ErrorCode"] = code(0, habits);
    }
    if order.paid.is_some() && !pending {
        let card = [("expiration", "203012"), ("cardholderName", "SANDBOX PAYER"), ("approvalCode", "123456")];
        for (name, value) in card.into_iter().chain([("Pan", "000000**0000")]) {
            told[name] = value.into();
        }
    }
    told
}
