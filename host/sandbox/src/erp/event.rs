//! What a webhook says: `{"type", "timestamp", "data"}`, and where it is about a payment, the payment's state with its version.
//! It must not know who said it, nor what is known already.

use serde_json::{Map, Value};

use super::refusal::Refusal;

/// An event that was understood.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) kind: String,
    pub(super) timestamp: String,
    /// The payment that it is about; `None` for events about something else, which the ERP takes and makes nothing of.
    pub(super) payment: Option<Told>,
}

/// A payment's state, as an event tells it.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) payment_id: String,
    pub(super) order_id: String,
    pub(super) version: u64,
    pub(super) status: String,
    pub(super) amount: String,
    pub(super) currency: String,
    pub(super) checkout_url: Option<String>,
}

impl Event {
    /// Reads a body.
    pub(super) fn read(body: &[u8]) -> Result<Self, Refusal> {
        let body: Value = serde_json::from_slice(body).map_err(|_| Refusal::body("body", "is not JSON"))?;
        let body = body.as_object().ok_or_else(|| Refusal::body("body", "is not an object"))?;
        let kind = text(body, "type")?;
        if !is_type(kind) {
            return Err(Refusal::body("type", "words of letters, digits and `_`, joined by full stops"));
        }
        let timestamp = text(body, "timestamp")?;
        if timestamp.parse::<jiff::Timestamp>().is_err() {
            return Err(Refusal::body("timestamp", "is not a time of ISO 8601"));
        }
        let data =
            body.get("data").and_then(Value::as_object).ok_or_else(|| Refusal::body("data", "is not an object"))?;
        let about_payment = kind.starts_with("payment.") || data.contains_key("payment_id");
        let payment = about_payment.then(|| Told::read(data)).transpose()?;
        Ok(Self { kind: kind.to_owned(), timestamp: timestamp.to_owned(), payment })
    }
}

impl Told {
    fn read(data: &Map<String, Value>) -> Result<Self, Refusal> {
        let version = data.get("version").and_then(Value::as_u64);
        let (amount, currency) = match data.get("amount") {
            Some(Value::Object(amount)) => (text(amount, "value")?, text(amount, "currency")?),
            _ => (text(data, "amount")?, text(data, "currency")?),
        };
        if !is_decimal(amount) {
            return Err(Refusal::body("amount", "is not a decimal number in text"));
        }
        if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(Refusal::body("currency", "is not a code of ISO 4217"));
        }
        let checkout_url = match data.get("checkout_url") {
            None | Some(Value::Null) => None,
            Some(_) => Some(text(data, "checkout_url")?.to_owned()),
        };
        Ok(Self {
            payment_id: text(data, "payment_id")?.to_owned(),
            order_id: text(data, "order_id")?.to_owned(),
            version: version.ok_or_else(|| Refusal::body("version", "is not a whole number"))?,
            status: text(data, "status")?.to_owned(),
            amount: amount.to_owned(),
            currency: currency.to_owned(),
            checkout_url,
        })
    }
}

fn text<'v>(object: &'v Map<String, Value>, name: &str) -> Result<&'v str, Refusal> {
    let value = object.get(name).and_then(Value::as_str).filter(|value| !value.is_empty());
    value.ok_or_else(|| Refusal::body(name, "is not there as text"))
}

fn is_type(kind: &str) -> bool {
    let word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    kind.split('.').all(word)
}

fn is_decimal(amount: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    match amount.split_once('.') {
        Some((whole, rest)) => digits(whole) && digits(rest),
        None => digits(amount),
    }
}
