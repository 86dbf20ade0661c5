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

/// Whether a text holds what looks like a card number: 13 to 19 digits, spaces and dashes aside, that pass the Luhn check.
/// Such a text is refused everywhere and never logged.
pub fn holds_card_number(text: &str) -> bool {
    let mut run = Vec::new();
    let mut found = false;
    for character in text.chars().chain(std::iter::once('.')) {
        match character.to_digit(10) {
            Some(digit) => run.push(digit),
            None if character == ' ' || character == '-' => {}
            None => {
                found |= (13..=19).contains(&run.len()) && luhn(&run);
                run.clear();
            }
        }
    }
    found
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
        for text in ["4111111111111111", "card 4111 1111 1111 1111 please", "4111-1111-1111-1111"] {
            assert!(holds_card_number(text), "{text}");
        }
        for text in ["4111111111111112", "A-1042", "5550001234", "1234567", ""] {
            assert!(!holds_card_number(text), "{text}");
        }
    }
}
