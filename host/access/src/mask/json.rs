//! Answers of the API with personal data masked, wherever in them it stands, also in a text that is JSON itself. Goes by the names of
//! fields; in the sentences of `line`, `detail` and `outcome` it finds what has the shape of an address, a chat
//! name or a telephone number.

use super::{conversation, email, handle, hidden, mask_line, name, phone};
use serde_json::Value;

type Mask = fn(&str) -> String;

/// Whose words the names of fields are.
#[derive(Debug, Clone, Copy)]
enum Words {
    Ours,
    OfACustomer,
    OfAService,
}

/// Masks in place what stands under `customer` (`name`, `phone`, `email`, `id`), `phone`, `email`, `handle` and `conversation`, what has the
/// shape of these in a `line`, `detail` or `outcome`, and hides `answers` to a link's questions, which may hold all of them. Numbers there
/// become text; keys, `null` and all else stay.
pub fn mask_json(value: &mut Value) {
    walk(value, Words::Ours);
}

/// Masks in place what was said to a service or by one: by the names that chats, CRMs and tables have for the same, and all free text,
/// because customers' names stand in it.
pub fn mask_service(value: &mut Value) {
    walk(value, Words::OfAService);
}

/// What was said to a service or by one, as it may be shown: JSON with its personal data masked. Of any other text nothing is shown but that
/// there was one, because nobody knows what stands in it.
pub fn mask_text(text: &str) -> String {
    match serde_json::from_str::<Value>(text) {
        Ok(mut value @ (Value::Object(_) | Value::Array(_))) => {
            mask_service(&mut value);
            value.to_string()
        }
        _ => hidden(text),
    }
}

/// Masks what has a mask by its key, and walks on through the rest.
fn walk(value: &mut Value, words: Words) {
    match value {
        Value::String(text) => inside(text, words),
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, words)),
        Value::Object(fields) => {
            // What a customer has may hold something that is no customer.
            let further = if matches!(words, Words::OfAService) { words } else { Words::Ours };
            for (key, held) in fields {
                match words.mask_of(key) {
                    Some(mask) => cover(held, mask),
                    None if key == "customer" => customer(held, words),
                    // Lines of logs and the ends of runs and deliveries, which plugins word; an entry's particulars are walked through.
                    None if ["line", "detail", "outcome"].contains(&key.as_str()) && held.is_string() => {
                        cover(held, worded);
                    }
                    None => walk(held, further),
                }
            }
        }
        _ => {}
    }
}

/// A text that is JSON itself is masked inside. One that began as JSON and was cut is hidden.
fn inside(text: &mut String, words: Words) {
    if !["{\"", "[{\"", "[\"", "[["].iter().any(|start| text.starts_with(start)) {
        return;
    }
    match serde_json::from_str::<Value>(text) {
        Ok(mut value) => {
            walk(&mut value, words);
            *text = value.to_string();
        }
        Err(_) => *text = hidden(text),
    }
}

/// A sentence, or JSON in the place of one.
fn worded(text: &str) -> String {
    let mut text = text.to_owned();
    inside(&mut text, Words::Ours);
    mask_line(&text)
}

/// A customer, or some; where it is a mere text, nobody knows which of a customer's fields it is.
fn customer(value: &mut Value, words: Words) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| customer(item, words)),
        Value::Object(_) => {
            walk(value, Words::OfACustomer);
            if matches!(words, Words::OfAService) {
                walk(value, words);
            }
        }
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

impl Words {
    fn mask_of(self, key: &str) -> Option<Mask> {
        match (self, key) {
            (_, "phone") => Some(phone),
            (_, "email") => Some(email),
            (_, "handle") => Some(handle),
            (_, "answers") => Some(hidden),
            (Self::OfACustomer, "name") => Some(name),
            (_, "conversation") | (Self::OfACustomer, "id") => Some(conversation),
            (Self::OfAService, key) => of_a_service(&key.to_ascii_lowercase()),
            _ => None,
        }
    }
}

fn of_a_service(key: &str) -> Option<Mask> {
    match key {
        "phone" | "phone_number" | "contact_phone" | "wa_id" | "to" | "from" | "input" => Some(phone),
        "email" => Some(email),
        "username" => Some(handle),
        "name" | "first_name" | "last_name" | "second_name" | "full_name" | "title" => Some(name),
        "chat" | "chat_id" | "user_id" | "recipient" | "recipient_id" | "sender" | "sender_id" => Some(conversation),
        "text" | "caption" | "comment" | "comments" | "note" | "values" => Some(hidden),
        _ => None,
    }
}
