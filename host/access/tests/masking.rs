//! What masks let through of any text and of any answer.

use kamurj_access::mask::{self, mask_json, mask_text};
use serde_json::{Map, Value, json};

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(end).unwrap()).unwrap()
    }

    /// Any text: digits and letters of several scripts, marks that join, things that look like addresses, and whatever else there is.
    fn text(&mut self) -> String {
        const USUAL: &[&str] = &[
            "anna",
            "Պետրոսյան",
            "+374",
            "91",
            "123456",
            "@",
            ".",
            ".am",
            " ",
            "\u{301}",
            "👩‍🍼",
            "և",
            "ß",
            "٣",
            "\u{202e}",
            "•",
            "\0",
            "-",
        ];
        (0..self.below(7))
            .map(|_| match self.below(4) {
                0 => {
                    u32::try_from(self.below(0x11_0000)).ok().and_then(char::from_u32).unwrap_or('\u{fffd}').to_string()
                }
                _ => USUAL[self.below(USUAL.len())].to_owned(),
            })
            .collect()
    }

    fn value(&mut self, depth: usize) -> Value {
        const KEYS: &[&str] = &[
            "customer",
            "channel",
            "name",
            "phone",
            "email",
            "id",
            "handle",
            "conversation",
            "amount",
            "items",
            "answers",
        ];
        match self.below(if depth == 0 { 4 } else { 8 }) {
            0 => Value::Null,
            1 => Value::Bool(true),
            2 => json!(self.below(1_000_000_000)),
            3 => Value::String(self.text()),
            4 => (0..self.below(4)).map(|_| self.value(depth - 1)).collect(),
            _ => {
                let fields =
                    (0..self.below(6)).map(|_| (KEYS[self.below(KEYS.len())].to_owned(), self.value(depth - 1)));
                Value::Object(fields.collect::<Map<String, Value>>())
            }
        }
    }
}

fn digits(text: &str) -> usize {
    text.chars().filter(char::is_ascii_digit).count()
}

#[test]
fn h4_no_text_comes_through_a_mask() {
    let mut chance = Chance(1);
    for _ in 0..2_000 {
        let text = chance.text();
        let phone = mask::phone(&text);
        let shown = phone.strip_prefix("+374 ").unwrap_or(&phone);
        assert!(
            digits(shown) <= 2 && shown.chars().all(|symbol| symbol.is_ascii_digit() || "• ".contains(symbol)),
            "{phone}"
        );
        let email = mask::email(&text);
        let local = email.rsplit_once('@').map_or(email.as_str(), |(local, _)| local);
        assert!(
            local.is_empty() && text.is_empty() || local.contains("•••") && local.chars().count() <= 4,
            "{text:?}: {email}"
        );
        let name = mask::name(&text);
        assert!(name.split(' ').count() <= 3 && digits(&name) == 0, "{text:?}: {name}");
        assert!(mask::handle(&text).chars().count() <= 5, "{text:?}");
        assert!(mask::conversation(&text).chars().count() <= 5, "{text:?}");
        for masked in [phone, email, name, mask::handle(&text), mask::conversation(&text)] {
            assert_eq!(masked.is_empty(), text.is_empty(), "{text:?}: whether there is something, all may see");
        }
    }
}

/// The value with everything personal taken out, and what was taken.
fn split(value: &Value, is_in: &str, personal: &mut Vec<String>) -> Value {
    match value {
        Value::Object(fields) => {
            let mut rest = Map::new();
            for (key, held) in fields {
                let is_personal = match key.as_str() {
                    "phone" | "email" | "handle" | "conversation" | "answers" => true,
                    "name" | "id" => is_in == "customer",
                    _ => false,
                };
                let held = if is_personal { take(held, personal) } else { split(held, key, personal) };
                rest.insert(key.clone(), held);
            }
            Value::Object(rest)
        }
        Value::Array(items) => items.iter().map(|item| split(item, is_in, personal)).collect(),
        leaf if is_in == "customer" && is_a_leaf(leaf) => take(leaf, personal),
        other => other.clone(),
    }
}

fn take(value: &Value, personal: &mut Vec<String>) -> Value {
    leaves(value, personal);
    Value::Null
}

fn is_a_leaf(value: &Value) -> bool {
    matches!(value, Value::String(_) | Value::Number(_))
}

fn leaves(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Number(number) => found.push(number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, found)),
        Value::Object(fields) => fields.values().for_each(|held| leaves(held, found)),
        Value::Null | Value::Bool(_) => {}
    }
}

#[test]
fn h4_an_answer_keeps_all_but_what_is_personal() {
    let mut chance = Chance(2);
    let mut seen = 0;
    for _ in 0..2_000 {
        let answer = chance.value(4);
        let mut masked = answer.clone();
        mask_json(&mut masked);
        let (mut personal, mut shown) = (Vec::new(), Vec::new());
        let rest = split(&answer, "", &mut personal);
        assert_eq!(split(&masked, "", &mut shown), rest, "{answer}");
        assert_eq!(shown.len(), personal.len(), "{answer}");
        for (text, masked) in personal.iter().zip(&shown) {
            // What has nothing to hide but dots and spaces may look the same.
            let hides = text.chars().filter(|symbol| symbol.is_alphanumeric()).count() > 2;
            assert!(!hides || (masked != text && masked.contains(['•', '.'])), "{text:?} is shown as {masked:?}");
        }
        seen += personal.len();
    }
    assert!(seen > 1_000, "the generator makes too little that is personal: {seen}");
}

#[test]
fn h4_a_page_of_payments_is_masked_down_to_the_last() {
    let mut answer = json!({
        "payments": [{
            "id": "pay_1",
            "order_id": "A-17",
            "amount": { "value": "5000.00", "currency": "AMD" },
            "customer": { "name": "Աննա Պետրոսյան", "phone": "+37491123456", "email": "anna@example.am", "id": "C-000417" },
            "channel": { "plugin": "telegram", "conversation": "5550001234", "handle": "anna", "language": "hy" },
            "link": { "id": "lnk_1", "answers": { "address": "Abovyan 1", "size": "M" } },
            "items": [{ "name": "Gata", "quantity": 2 }],
        }],
        "sends": [{ "to": { "conversation": 5_550_001_234_i64, "phone": null } }],
        "next_cursor": null,
    });
    mask_json(&mut answer);
    let expected = json!({
        "payments": [{
            "id": "pay_1",
            "order_id": "A-17",
            "amount": { "value": "5000.00", "currency": "AMD" },
            "customer": { "name": "Ա. Պ.", "phone": "+374 •• ••• •56", "email": "a•••@example.am", "id": "•••17" },
            "channel": { "plugin": "telegram", "conversation": "•••34", "handle": "@a•••", "language": "hy" },
            "link": { "id": "lnk_1", "answers": { "address": "•••", "size": "•••" } },
            "items": [{ "name": "Gata", "quantity": 2 }],
        }],
        "sends": [{ "to": { "conversation": "•••34", "phone": null } }],
        "next_cursor": null,
    });
    assert_eq!(answer, expected);
}

#[test]
fn h4_a_text_that_is_json_is_masked_inside() {
    let told = r#"{"customer":{"name":"Anna Petrosyan"},"phone":"+37491123456","status":"paid"}"#;
    let mut answer =
        json!({ "calls": [{ "request": told, "response": "done" }], "list": "[{\"email\":\"anna@example.am\"}]" });
    mask_json(&mut answer);
    let shown = answer.to_string();
    for gone in ["Petrosyan", "91123456", "anna@"] {
        assert!(!shown.contains(gone), "{shown}");
    }
    assert!(shown.contains("paid") && shown.contains("done"), "{shown}");
    let mut cut = json!({ "request": &told[..40], "title": "[draft] {a} cake" });
    mask_json(&mut cut);
    assert_eq!(cut, json!({ "request": "•••", "title": "[draft] {a} cake" }), "what was cut cannot be read");
}

#[test]
fn h4_what_was_said_to_a_service_shows_nobody() {
    for (said, gone, stays) in [
        (r#"{"chat_id":5550001234,"text":"Anna, you paid","parse_mode":"HTML"}"#, ["5550001234", "Anna"], "parse_mode"),
        (
            r#"{"ok":true,"result":{"chat":{"id":5550001234,"first_name":"Anna"}}}"#,
            ["5550001234", "Anna"],
            "\"ok\":true",
        ),
        (r#"{"to":"37491123456","template":{"name":"Anna Petrosyan"}}"#, ["37491123456", "Petrosyan"], "template"),
        (
            r#"{"fields":{"NAME":"Anna","PHONE":[{"VALUE":"+37491123456"}],"STAGE_ID":"WON"}}"#,
            ["Anna", "91123456"],
            "WON",
        ),
        ("chat_id=5550001234&text=Anna", ["5550001234", "Anna"], "•••"),
    ] {
        let shown = mask_text(said);
        assert!(gone.iter().all(|gone| !shown.contains(gone)) && shown.contains(stays), "{shown}");
    }
    assert_eq!(mask_text(""), "");
}

#[test]
fn h4_what_plugins_say_of_a_run_and_of_a_delivery_reaches_nobody() {
    let mut answer = json!({
        "outcome": "retry refused by +37491123456",
        "runs": [{ "detail": "anna@example.am is unknown" }],
        "lines": [{ "line": "@anna wrote" }],
        "detail": { "amount": 500, "status": "paid" },
    });
    mask_json(&mut answer);
    let expected = json!({
        "outcome": "retry refused by +374 •• ••• •56",
        "runs": [{ "detail": "a•••@example.am is unknown" }],
        "lines": [{ "line": "@a••• wrote" }],
        "detail": { "amount": 500, "status": "paid" },
    });
    assert_eq!(answer, expected);
}
