//! Asking for a payment: what the API and the plugins share. Makes the token, keeps it sealed, goes down the road.

use crate::app::{App, link_place};
use kamurj_domain::{Mode, Money, Particulars};
use kamurj_store::payments::Keys;
use kamurj_store::road::{Created, NewPayment};
use kamurj_store::{Error, Tx};

/// How long a link lives when nobody says: 72 hours, in milliseconds.
pub const DEFAULT_LIFE_MS: i64 = 72 * 60 * 60 * 1000;
/// The shortest life: five minutes.
pub const MIN_LIFE_MS: i64 = 5 * 60 * 1000;
/// The longest life: 180 days.
pub const MAX_LIFE_MS: i64 = 180 * 24 * 60 * 60 * 1000;
/// The longest order number, in characters.
pub const MAX_ORDER_ID: usize = 64;
/// The longest free text, in characters.
pub const MAX_TEXT: usize = 500;
/// The most lines an order may have.
pub const MAX_ITEMS: usize = 100;

/// A payment that somebody asks for, checked.
pub struct Ask {
    /// Whose.
    pub merchant_id: String,
    /// Test or live.
    pub mode: Mode,
    /// The merchant's order number; one is made where there is none.
    pub order_id: Option<String>,
    /// The asker's own name for the request.
    pub request_key: Option<String>,
    /// How much.
    pub amount: Money,
    /// Until when, Unix milliseconds.
    pub expires_at: i64,
    /// What is sold and to whom.
    pub particulars: Particulars,
    /// The provider account that the merchant named; `None`: the payer chooses.
    pub provider_account: Option<String>,
}

/// Makes the payment in the caller's transaction.
pub async fn create(app: &App, tx: &mut Tx, ask: Ask, actor: &str) -> Result<Created, Error> {
    let id = app.ids.new_id("pay");
    let token = app.ids.new_token();
    let new = NewPayment {
        token_sealed: app.sealer.seal(&link_place(&id), token.as_bytes()),
        keys: Keys { token_hash: app.link_hash(&token), request_key: ask.request_key },
        order_id: ask.order_id.unwrap_or_else(|| app.ids.new_id("ord")),
        id,
        merchant_id: ask.merchant_id,
        mode: ask.mode,
        amount: ask.amount,
        expires_at: ask.expires_at,
        particulars: ask.particulars,
        provider_account: ask.provider_account,
    };
    app.road(actor).create(tx, new).await
}

/// What is wrong with an order number.
pub fn order_id_fault(order_id: &str) -> Option<&'static str> {
    let length = order_id.chars().count();
    if length == 0 || length > MAX_ORDER_ID {
        return Some("must have 1 to 64 characters");
    }
    order_id.chars().any(char::is_control).then_some("must not have control characters")
}

/// Whether a text holds what looks like a card number: groups of digits, set apart by blanks and dashes, that together have
/// a length and beginning which card schemes give out and pass the Luhn check. Such a text is refused and never logged.
pub fn holds_card_number(text: &str) -> bool {
    let mut groups: Vec<Vec<u32>> = vec![Vec::new()];
    for character in text.chars().chain(['.']) {
        let group = groups.last_mut().expect("there is always one group");
        match character.to_digit(10) {
            Some(digit) => group.push(digit),
            None if character.is_whitespace() || "-\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}".contains(character) => {
                if !group.is_empty() {
                    groups.push(Vec::new());
                }
            }
            None => {
                if (0..groups.len()).any(|first| starts_with_card_number(&groups[first..])) {
                    return true;
                }
                groups = vec![Vec::new()];
            }
        }
    }
    false
}

/// Whether some of the first groups, put together, are a card number: an expiry date or a code may follow it.
fn starts_with_card_number(groups: &[Vec<u32>]) -> bool {
    let mut digits = Vec::new();
    for group in groups {
        digits.extend(group);
        if digits.len() > 19 {
            return false;
        }
        if given_out(&digits) && luhn(&digits) {
            return true;
        }
    }
    false
}

/// Whether a card scheme gives out numbers of this length with this beginning (ISO/IEC 7812; the schemes' published ranges,
/// ArCa and Mir among them).
fn given_out(digits: &[u32]) -> bool {
    let Some(beginning) = digits.get(..4) else { return false };
    let beginning = beginning.iter().fold(0, |number, digit| number * 10 + digit);
    match beginning {
        3400..=3499 | 3700..=3799 => digits.len() == 15,
        3000..=3099 | 3600..=3699 | 3800..=3999 => (14..=19).contains(&digits.len()),
        2200..=2204 | 3528..=3589 => (16..=19).contains(&digits.len()),
        2221..=2720 | 5100..=5599 | 9051 => digits.len() == 16,
        4000..=4999 => matches!(digits.len(), 13 | 16 | 19),
        5000..=5099 | 5600..=6999 => (13..=19).contains(&digits.len()),
        _ => false,
    }
}

/// Whether any text in a JSON value, a key among them, holds what looks like a card number.
pub fn json_holds_card_number(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::String(text) => holds_card_number(text),
        serde_json::Value::Number(number) => holds_card_number(&number.to_string()),
        serde_json::Value::Array(values) => values.iter().any(json_holds_card_number),
        serde_json::Value::Object(fields) => {
            fields.iter().any(|(name, value)| holds_card_number(name) || json_holds_card_number(value))
        }
        serde_json::Value::Null | serde_json::Value::Bool(_) => false,
    }
}

fn luhn(digits: &[u32]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit * 2) {
            (0, _) => *digit,
            (_, double) if double > 9 => double - 9,
            (_, double) => double,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_number_is_seen_in_any_dress_and_an_order_number_is_not() {
        for text in [
            "4111111111111111",
            "card 4111 1111 1111 1111 please",
            "4111-1111-1111-1111",
            "4111\u{a0}1111\u{a0}1111\u{a0}1111 12 27 123",
            "4111111111111111 12/27",
            "No 7 4111111111111111",
            "378282246310005",
            "5555 5555 5555 4444",
            "9051 1111 1111 1112",
        ] {
            assert!(holds_card_number(text), "{text}");
        }
        for text in [
            "4111111111111112",
            "A-1042",
            "5550001234",
            "1234567",
            "",
            // Milliseconds of a day, a phone number with a price, and a number that no scheme gives out; all pass Luhn.
            "1795248000006",
            "37491123456 12504",
            "1111111111111117",
            "41111111111111111111111",
        ] {
            assert!(!holds_card_number(text), "{text}");
        }
        assert!(json_holds_card_number(&serde_json::json!({ "a": [1, { "b": "4111 1111 1111 1111" }] })));
        assert!(json_holds_card_number(&serde_json::json!({ "4111111111111111": 4_111_111_111_111_111_u64 })));
        assert!(!json_holds_card_number(&serde_json::json!({ "a": [null, true, 1.5, "x"] })));
    }
}
