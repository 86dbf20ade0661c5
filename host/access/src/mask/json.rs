//! Answers of the API with personal data masked, wherever in them it stands. Goes by the names of fields alone: what stands inside a
//! sentence, or in a text that is JSON itself, is not found.

use super::{conversation, email, handle, hidden, name, phone};
use serde_json::Value;

type Mask = fn(&str) -> String;

/// Masks in place what stands under `customer` (`name`, `phone`, `email`, `id`), `phone`, `email`, `handle` and `conversation`, and hides
/// `answers` to a link's questions, which may hold all of these. Numbers there become text; keys, `null` and all else stay.
pub fn mask_json(value: &mut Value) {
    walk(value, of_anything);
}

/// Masks what has a mask by its key, and walks on through the rest.
fn walk(value: &mut Value, mask_of: fn(&str) -> Option<Mask>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, mask_of)),
        Value::Object(fields) => {
            for (key, held) in fields {
                match mask_of(key) {
                    Some(mask) => cover(held, mask),
                    None if key == "customer" => customer(held),
                    None => walk(held, of_anything),
                }
            }
        }
        _ => {}
    }
}

/// A customer, or some; where it is a mere text, nobody knows which of a customer's fields it is.
fn customer(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(customer),
        Value::Object(_) => walk(value, of_a_customer),
        _ => cover(value, hidden),
    }
}

/// Masks every text and number in here.
fn cover(value: &mut Value, mask: Mask) {
    match value {
        Value::String(text) => *text = mask(text),
        Value::Number(number) => *value = Value::String(mask(&number.to_string())),
        Value::Array(items) => items.iter_mut().for_each(|item| cover(item, mask)),
        Value::Object(fields) => fields.values_mut().for_each(|held| cover(held, mask)),
        Value::Null | Value::Bool(_) => {}
    }
}

fn of_anything(key: &str) -> Option<Mask> {
    match key {
        "phone" => Some(phone),
        "email" => Some(email),
        "handle" => Some(handle),
        "conversation" => Some(conversation),
        "answers" => Some(hidden),
        _ => None,
    }
}

fn of_a_customer(key: &str) -> Option<Mask> {
    match key {
        "name" => Some(name),
        "id" => Some(conversation),
        _ => of_anything(key),
    }
}
