//! What version 1.1 of the contract added: links, receipts, payments opened again and secrets renewed.

use serde_json::{Value, json};

use super::super::kamurj::plugin::{links, payments, receipts, secrets, types};
use super::{payment, refused, text};

/// Obeys a command of these; none where it is no such.
pub fn obey(name: &str, command: &Value) -> Option<Value> {
    let key = text(command, "key").unwrap_or_default();
    Some(match name {
        "read_links" => {
            let ids: Vec<String> = strings(&command["ids"]);
            match links::read(&ids, &text(command, "language").unwrap_or_else(|| "hy".to_owned())) {
                Ok(read) => read.iter().map(link).collect(),
                Err(error) => told(&error),
            }
        }
        "quote" => match links::quote(&selection(command)) {
            Ok(estimate) => json!({
                "minor": estimate.amount.map(|amount| amount.minor),
                "items": estimate.items.iter().map(|item| json!([item.name, item.quantity, item.unit_price.minor])).collect::<Vec<_>>(),
                "faults": estimate.faults.iter().map(|fault| json!([fault.field, fault.message, fault.missing])).collect::<Vec<_>>(),
            }),
            Err(error) => told(&error),
        },
        "press" => match links::press(&selection(command)) {
            Ok(made) => {
                json!({ "id": made.id, "status": made.status, "minor": made.amount.minor, "link": made.link_id, "answers": made.answers, "locale": made.locale })
            }
            Err(error) => told(&error),
        },
        "renew_payment" => match payments::renew(&key) {
            Err(error) => told(&error),
            renewed => payment(renewed),
        },
        "note" => {
            let receipt = receipts::Receipt {
                delivery_id: text(command, "delivery").unwrap_or_default(),
                state: text(command, "state").unwrap_or_default(),
                code: text(command, "code").unwrap_or_default(),
                message: text(command, "message").unwrap_or_default(),
                at: command["at"].as_u64().unwrap_or_default(),
                extra: Vec::new(),
            };
            receipts::note(&receipt).map_or_else(|error| told(&error), |()| json!("noted"))
        }
        "renew_secret" => secrets::renew(&key).map_or_else(|error| refused(&error), |at| json!(at)),
        _ => return None,
    })
}

fn told(error: &types::Error) -> Value {
    json!({ "error": error.code, "message": error.message, "retryable": error.retryable })
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect()
}

fn link(link: &links::PaymentLink) -> Value {
    let minor = |money: &Option<types::Money>| money.as_ref().map(|money| money.minor);
    let choices = |list: &[links::Choice]| -> Vec<Value> {
        list.iter().map(|one| json!([one.id, one.title, minor(&one.price)])).collect()
    };
    let question = |one: &links::Question| json!({ "id": one.id, "label": one.label, "kind": one.kind, "required": one.required, "choices": choices(&one.choices) });
    json!({
        "id": link.id, "kind": link.kind, "state": link.state, "version": link.version, "title": link.title,
        "description": link.description, "url": link.url, "price": minor(&link.price), "least": minor(&link.least),
        "most": minor(&link.most), "suggested": minor(&link.suggested), "pieces": [link.fewest_pieces, link.most_pieces],
        "deliveries": choices(&link.deliveries), "questions": link.questions.iter().map(question).collect::<Vec<_>>(),
        "contact": link.contact,
    })
}

fn selection(command: &Value) -> links::Selection {
    let answers = command["answers"].as_object().into_iter().flatten();
    let customer = &command["customer"];
    links::Selection {
        key: text(command, "key").unwrap_or_default(),
        link_id: text(command, "link").unwrap_or_default(),
        version: command["version"].as_u64(),
        amount: command["minor"].as_i64().map(|minor| types::Money { minor, currency: "AMD".to_owned() }),
        quantity: command["quantity"].as_u64().map(|quantity| quantity as u32),
        delivery: text(command, "delivery"),
        answers: answers.map(|(id, answer)| (id.clone(), answer.as_str().unwrap_or_default().to_owned())).collect(),
        customer: types::Customer {
            name: text(customer, "name"),
            phone: text(customer, "phone"),
            email: text(customer, "email"),
            id: None,
            extra: Vec::new(),
        },
        channel: text(command, "conversation").map(|conversation| types::ChannelRef {
            plugin: "probing".to_owned(),
            conversation,
            handle: None,
            language: None,
            extra: Vec::new(),
        }),
        locale: text(command, "locale"),
        extra: Vec::new(),
    }
}
