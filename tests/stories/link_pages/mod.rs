//! The pages of payment links and of what is paid by them, as customers meet them.

mod asking;
mod astray;
mod faults;
mod receipts;
mod renewing;
mod states;

use serde_json::{Value, json};

/// A link with everything that a customer can be asked for.
fn cakes() -> Value {
    json!({
        "title": { "hy": "Տորթ", "ru": "Торт", "en": "Cake" }, "description": { "en": "Baked on the day" },
        "amount": { "value": "5000", "currency": "AMD" }, "quantity": { "min": 1, "max": 3 },
        "delivery_options": [
            { "id": "shop", "title": { "hy": "Խանութից", "en": "At the shop" } },
            { "id": "home", "title": { "hy": "Տուն", "en": "To your home" }, "price": "1500" },
        ],
        "questions": [
            { "id": "name", "label": { "en": "Your name" }, "type": "text", "max_length": 20, "required": true },
            { "id": "mail", "label": { "en": "Mail" }, "type": "email", "required": true },
            { "id": "tel", "label": { "en": "Phone" }, "type": "phone", "required": true },
            { "id": "candles", "label": { "en": "Candles" }, "type": "number", "required": true },
            { "id": "day", "label": { "en": "Day" }, "type": "date", "required": true },
            { "id": "colour", "label": { "en": "Colour" }, "type": "choice", "required": true,
              "choices": [{ "id": "red", "label": { "en": "Red" } }, { "id": "blue", "label": { "en": "Blue" } }] },
            { "id": "words", "label": { "en": "Words on it" }, "type": "text", "max_length": 300 },
        ],
    })
}

/// A link whose customer says how much.
fn tip() -> Value {
    let amount = json!({ "min": "100", "max": "5000", "suggested": "1000", "currency": "AMD" });
    json!({ "title": { "en": "A tip" }, "amount": amount })
}

/// The form of the cakes, filled in as it should be.
fn filled(key: &str) -> Vec<(&str, &str)> {
    vec![
        ("form_key", key),
        ("lang", "en"),
        ("quantity", "2"),
        ("delivery", "home"),
        ("answer.name", "Ani"),
        ("answer.mail", "ani@example.am"),
        ("answer.tel", "+374 91 99-88-77"),
        ("answer.candles", "7,5"),
        ("answer.day", "2026-11-30"),
        ("answer.colour", "blue"),
        ("answer.words", "Happy\r\nbirthday"),
    ]
}

/// The same with one field otherwise; blank: left out, as browsers leave out what is not chosen.
fn but<'f>(mut form: Vec<(&'f str, &'f str)>, name: &'f str, value: &'f str) -> Vec<(&'f str, &'f str)> {
    form.retain(|(own, _)| *own != name);
    form.push((name, value));
    form
}
