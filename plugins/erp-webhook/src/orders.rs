//! Orders of the ERP: `order.created` asks the host for a payment, and the same order asked again is the same payment. Its link goes back
//! as every event does, by `payment.created`. The sender has its answer before this runs, so what cannot be taken is told by a message
//! of our own, `order.rejected`. It must not take the ERP's word for money.

use kamurj_sdk::{
    CrmRef, Customer, Error, Host, InboundRequest, Level, LineItem, Outcome, Payment, PaymentRequest, plain,
};
use serde_json::{Value, json};

use crate::answer::{Answer, judge};
use crate::event::SCHEMA;
use crate::moment::rfc3339;
use crate::order::{self, Fault};
use crate::post::{Message, post};
use crate::settings::Settings;
use crate::tries::Tries;

const CREATED: &str = "order.created";
const REJECTED: &str = "order.rejected";

/// Longest stranger's text in a log, in characters.
const LOG_CHARS: usize = 80;

/// Takes one message of the ERP.
pub(crate) fn handle(host: &impl Host, settings: &Settings, request: &InboundRequest) -> Result<Outcome, Outcome> {
    let said: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let asked = match said["type"].as_str() {
        Some(CREATED) => order::read(&said["data"]),
        // Types may be added there before they are known here.
        Some(other) => {
            host.log(Level::Info, "The ERP sent a type that is not taken here", &[("type", &plain(other, LOG_CHARS))]);
            return Ok(Outcome::done());
        }
        None => Err(Fault::new("", "the body must be an object of JSON with a `type`, such as `order.created`")),
    };
    let fault = match asked {
        Ok(asked) => match made(host, &asked)? {
            Ok(payment) => return Ok(Outcome::done().with_ref(&payment.id)),
            Err(fault) => fault,
        },
        Err(fault) => fault,
    };
    reject(host, settings, request, &said, &fault)
}

/// The order's payment, or what is wrong with the order.
fn made(host: &impl Host, asked: &PaymentRequest) -> Result<Result<Payment, Fault>, Outcome> {
    match host.create_payment(asked) {
        Ok(payment) => Ok(match differs(asked, &payment) {
            Some(fault) => Err(fault),
            None => Ok(payment),
        }),
        Err(error) => match error.code.as_str() {
            "conflict" => {
                let why = "another payment has this order number: send another one, or cancel that payment";
                Ok(Err(Fault::new("order_id", why)))
            }
            "invalid" => Ok(Err(refused(&error))),
            _ => Err(error.into()),
        },
    }
}

/// The host's refusal, with the field under the name that the ERP gave it.
fn refused(error: &Error) -> Fault {
    let (field, why) = error.message.split_once(": ").unwrap_or(("", &error.message));
    let field = match field {
        // The key is made of the order's number.
        "order-id" | "key" => "order_id",
        "expires-in-ms" => "expires_in_hours",
        other => other,
    };
    Fault::new(field, why)
}

/// How the payment that there is for this order is another one than the message asks for. The host answers the same payment whatever
/// else is said of its order, so this is where another amount under a known number is seen.
fn differs(asked: &PaymentRequest, payment: &Payment) -> Option<Fault> {
    let person =
        |customer: &Customer| [&customer.name, &customer.phone, &customer.email, &customer.id].map(Clone::clone);
    let record = |crm: &CrmRef| [crm.plugin.clone(), crm.entity_type.clone(), crm.entity_id.clone()];
    let lines = |items: &[LineItem]| -> Vec<(String, u32, i64)> {
        items.iter().map(|item| (item.name.clone(), item.quantity, item.unit_price.minor)).collect()
    };
    let is_other = |field: &str| {
        Fault::new(
            field,
            "the order was sent before with something else here: an order does not change. Cancel its payment and send another order \
             number",
        )
    };
    if asked.order_id.as_deref() != Some(&payment.order_id) {
        return Some(Fault::new("order_id", "is too like another order's: send a shorter one"));
    }
    if asked.amount.currency != payment.amount.currency {
        return Some(is_other("amount.currency"));
    }
    if asked.amount.minor != payment.amount.minor {
        return Some(is_other("amount.value"));
    }
    if asked.description != payment.description {
        return Some(is_other("description"));
    }
    if lines(&asked.items) != lines(&payment.items) {
        return Some(is_other("items"));
    }
    if person(&asked.customer) != person(&payment.customer) {
        return Some(is_other("customer"));
    }
    if asked.locale.as_ref().is_some_and(|locale| *locale != payment.locale) {
        return Some(is_other("locale"));
    }
    if asked.crm.is_some() && asked.crm.as_ref().map(record) != payment.crm.as_ref().map(record) {
        return Some(is_other("crm"));
    }
    if matches!(payment.status.as_str(), "expired" | "cancelled") {
        let why =
            format!("the order's payment is {} already: open it again, or send another order number", payment.status);
        return Some(Fault::new("order_id", why));
    }
    None
}

/// Tells the ERP why its order was not taken: once for each message of its own, whichever run that takes.
fn reject(
    host: &impl Host,
    settings: &Settings,
    request: &InboundRequest,
    said: &Value,
    fault: &Fault,
) -> Result<Outcome, Outcome> {
    let order_id = said["data"]["order_id"].as_str();
    let shown = plain(order_id.unwrap_or_default(), LOG_CHARS);
    host.log(
        Level::Warn,
        "An order was not taken",
        &[("inbox.id", &request.id), ("order", &shown), ("field", &fault.field), ("why", &fault.reason)],
    );
    let message_id = request.headers.iter().find(|(name, _)| name == "webhook-id").map(|(_, value)| value);
    let body = json!({
        "type": REJECTED,
        "timestamp": rfc3339(request.received_at),
        "data": {
            "schema": SCHEMA,
            "message_id": message_id,
            "order_id": order_id.filter(|id| id.chars().count() <= order::ORDER_CHARS),
            "field": fault.field,
            "reason": fault.reason,
        },
    });
    let id = format!("rej_{}", request.id);
    let mut tries = Tries::load(host, &id, request.run)?;
    let back = post(host, settings, &Message { id: &id, body: &body, step: "reject" }, tries.is_lost)?;
    tries.saw(&back);
    let not_taken = format!("the order `{shown}` was not taken ({}: {})", fault.field, fault.reason);
    match judge(host, &back) {
        Answer::Taken => {
            Tries::forget(host, &id, request.run);
            let mut outcome = Outcome::done();
            outcome.message = format!("{not_taken}, and the ERP was told so");
            Ok(outcome)
        }
        Answer::Later(outcome) | Answer::Stopped(outcome) => {
            tries.save(host, &id);
            Ok(outcome)
        }
        // The host runs a message again for some minutes and then sets it aside for a person, who sees why.
        Answer::Failed(refusal) => {
            tries.save(host, &id);
            let mut outcome = refusal.outcome();
            outcome.message = format!("{not_taken}, and the ERP could not be told: {}", refusal.message);
            Ok(outcome)
        }
    }
}
