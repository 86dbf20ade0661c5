//! What a message about a payment says: `{"type", "timestamp", "data"}`, by `event.schema.json`. Amounts are decimal text, times are RFC
//! 3339 in UTC, and texts of strangers stand as they are: JSON makes them harmless, and an order number must be the same there as here.
//! It must not know how a message is sent.

use kamurj_crm::View;
use kamurj_sdk::{ChannelRef, CrmRef, Customer, Delivery, Money, Payment, minor_to_decimal};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::moment::rfc3339;
use crate::settings::Settings;

/// Grows when a field means something else or goes; not when one is added.
pub(crate) const SCHEMA: u32 = 1;

/// A body has fewer bytes than this (Standard Webhooks 1.0.0, "Payload size": 20 kB).
const MOST_BYTES: usize = 20_000;

/// What is left out of a body that is too large, one group after the other until it fits. What remains is bounded by the host.
const SPARED: [&[&str]; 4] = [
    &["items", "metadata", "answers"],
    &["exceptions"],
    &["customer", "channel", "crm"],
    &["description", "evidence", "provider_reference"],
];

/// An exception, as a delivery tells of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Exception {
    id: String,
    kind: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    detail: String,
    open: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resolution: Option<String>,
}

/// The message that tells of this delivery. `first_run_ms`: the clock of its first run, so that every try says the same.
pub(crate) fn of_delivery(settings: &Settings, delivery: &Delivery, first_run_ms: u64) -> Value {
    let payment = &delivery.payment;
    // Where the payment itself knows when it happened, that counts; otherwise when it was first to be told.
    let at = match delivery.event.as_str() {
        "payment.created" => payment.created_at,
        "payment.paid" => payment.paid_at.unwrap_or(first_run_ms),
        _ => first_run_ms,
    };
    let mut data = of_payment(payment);
    if delivery.event.starts_with("exception.") {
        data.insert("exceptions".to_owned(), exceptions(delivery));
    }
    if settings.without_customer {
        for name in ["customer", "channel", "answers"] {
            data.shift_remove(name);
        }
    }
    let mut body = json!({ "type": delivery.event, "timestamp": rfc3339(at), "data": data });
    for group in SPARED {
        if body.to_string().len() < MOST_BYTES {
            break;
        }
        if let Some(data) = body["data"].as_object_mut() {
            data.retain(|name, _| !group.contains(&name.as_str()));
            data.insert("truncated".to_owned(), Value::Bool(true));
        }
    }
    body
}

fn of_payment(payment: &Payment) -> Map<String, Value> {
    let items = payment
        .items
        .iter()
        .map(|item| json!({ "name": item.name, "quantity": item.quantity, "unit_price": amount(&item.unit_price) }));
    let answers = payment.answers.iter().map(|(question, answer)| json!({ "question": question, "answer": answer }));
    let metadata: Map<String, Value> =
        payment.metadata.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    let fields = [
        ("schema", json!(SCHEMA)),
        ("payment_id", json!(payment.id)),
        ("order_id", json!(payment.order_id)),
        ("mode", json!(payment.mode)),
        ("status", json!(payment.status)),
        ("view", json!(View::of_status(&payment.status).map(View::name))),
        ("version", json!(payment.version)),
        ("amount", amount(&payment.amount)),
        ("captured", amount(&payment.captured)),
        ("refunded", amount(&payment.refunded)),
        ("created_at", json!(rfc3339(payment.created_at))),
        ("expires_at", json!(rfc3339(payment.expires_at))),
        ("paid_at", json!(payment.paid_at.map(rfc3339))),
        ("provider_reference", json!(payment.provider_reference)),
        ("evidence", json!(payment.evidence)),
        ("attempts", json!(payment.attempts)),
        ("checkout_url", json!(payment.checkout_url)),
        ("link_id", json!(payment.link_id)),
        ("locale", json!(payment.locale)),
        ("description", json!(payment.description)),
        ("items", items.collect()),
        ("answers", answers.collect()),
        ("customer", customer(&payment.customer)),
        ("channel", json!(payment.channel.as_ref().map(channel))),
        ("crm", json!(payment.crm.as_ref().map(crm))),
        ("metadata", Value::Object(metadata)),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// An amount as every interface of Kamurj writes it.
pub(crate) fn amount(money: &Money) -> Value {
    json!({ "value": minor_to_decimal(money), "currency": money.currency })
}

fn customer(customer: &Customer) -> Value {
    json!({ "name": customer.name, "phone": customer.phone, "email": customer.email, "id": customer.id })
}

fn channel(channel: &ChannelRef) -> Value {
    json!({
        "plugin": channel.plugin,
        "conversation": channel.conversation,
        "handle": channel.handle,
        "language": channel.language,
    })
}

fn crm(crm: &CrmRef) -> Value {
    json!({ "plugin": crm.plugin, "entity_type": crm.entity_type, "entity_id": crm.entity_id })
}

/// All exceptions that the payment ever had, as the host tells of them.
fn exceptions(delivery: &Delivery) -> Value {
    let told = delivery.extra.iter().filter(|(name, _)| name == "exception");
    told.filter_map(|(_, value)| serde_json::from_str::<Exception>(value).ok()).map(|told| json!(told)).collect()
}
