//! Reads what an ERP says of an order, field by field, so that a wrong one is named. What a payment may be, the host decides: here is
//! only what JSON can get wrong. It must not make a payment.

use kamurj_sdk::{CrmRef, Customer, LineItem, Money, PaymentRequest, fingerprint, parse_amount, plain};
use serde_json::{Map, Value};

const HOUR_MS: u64 = 60 * 60 * 1000;
/// The longest life of a link that is asked for, in hours: 180 days, which is the most that the host gives.
const MOST_HOURS: u64 = 180 * 24;
/// The longest key of a payment, in bytes.
const KEY_BYTES: usize = 128;
/// The longest order number and the longest other text, in characters: as the API takes them.
pub(crate) const ORDER_CHARS: usize = 64;
const TEXT_CHARS: usize = 500;

/// What is wrong with an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Where it stands in `data`, such as `items.0.quantity`; empty where all of it is wrong.
    pub(crate) field: String,
    /// One sentence for whoever writes the ERP: what is wrong and what to send instead.
    pub(crate) reason: String,
}

impl Fault {
    pub(crate) fn new(field: &str, reason: impl Into<String>) -> Self {
        Self { field: field.to_owned(), reason: reason.into() }
    }
}

/// The payment that the data of `order.created` asks for.
pub(crate) fn read(data: &Value) -> Result<PaymentRequest, Fault> {
    let data = data.as_object().ok_or_else(|| Fault::new("", "`data` must be an object"))?;
    let order_id = text(data, "", "order_id", ORDER_CHARS)?.filter(|id| !id.trim().is_empty());
    let order_id = order_id.ok_or_else(|| Fault::new("order_id", "is missing: send the order's number as text"))?;
    if present(data, "metadata").is_some_and(|metadata| metadata.as_object().is_none_or(|map| !map.is_empty())) {
        return Err(Fault::new("metadata", "is not taken with an order: leave it out, or make the payment by the API"));
    }
    Ok(PaymentRequest {
        key: key(&order_id),
        order_id: Some(order_id),
        amount: amount(data, "amount", false)?,
        description: text(data, "", "description", TEXT_CHARS)?.unwrap_or_default(),
        items: items(data)?,
        customer: customer(data)?,
        channel: None,
        crm: crm(data)?,
        locale: text(data, "", "locale", TEXT_CHARS)?,
        expires_in_ms: life(data)?,
        extra: Vec::new(),
    })
}

/// The payment's key, by its order: whatever says it again, it is the same payment. A long one is named by its end and by a fingerprint
/// of all of it.
fn key(order_id: &str) -> String {
    let whole = format!("order:{order_id}");
    if whole.len() <= KEY_BYTES {
        return whole;
    }
    let name = format!("order:{:016x}:", fingerprint(&whole));
    let from = whole.ceil_char_boundary(whole.len() - (KEY_BYTES - name.len()));
    name + &whole[from..]
}

/// A field that is there and not null.
fn present<'v>(object: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    object.get(name).filter(|value| !value.is_null())
}

fn text(object: &Map<String, Value>, of: &str, name: &str, most: usize) -> Result<Option<String>, Fault> {
    let fault = |reason: String| Fault::new(&format!("{of}{name}"), reason);
    let Some(value) = present(object, name) else { return Ok(None) };
    let text = value.as_str().ok_or_else(|| fault("must be text".to_owned()))?;
    if text.chars().count() > most {
        return Err(fault(format!("must have at most {most} characters")));
    }
    Ok(Some(text.to_owned()))
}

/// A text that is not blank.
fn said(object: &Map<String, Value>, of: &str, name: &str) -> Result<String, Fault> {
    let text = text(object, of, name, TEXT_CHARS)?.filter(|text| !text.trim().is_empty());
    text.ok_or_else(|| Fault::new(&format!("{of}{name}"), "is missing: send it as text"))
}

fn amount(object: &Map<String, Value>, field: &str, may_be_nothing: bool) -> Result<Money, Fault> {
    let name = field.rsplit('.').next().unwrap_or(field);
    let form = "must be an object such as {\"value\": \"12500\", \"currency\": \"AMD\"}";
    let money = present(object, name).and_then(Value::as_object).ok_or_else(|| Fault::new(field, form))?;
    let part = |part: &str| {
        let text = present(money, part).and_then(Value::as_str);
        text.ok_or_else(|| Fault::new(&format!("{field}.{part}"), "must be text: amounts are never numbers of JSON"))
    };
    let (value, currency) = (part("value")?, part("currency")?);
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(Fault::new(&format!("{field}.currency"), "must be three capital letters, such as AMD"));
    }
    if may_be_nothing && matches!(value, "0" | "0.00") {
        return Ok(Money { minor: 0, currency: currency.to_owned() });
    }
    let wrong = |why| Fault::new(&format!("{field}.value"), format!("`{}`: {why}", plain(value, 40)));
    parse_amount(value, currency).map_err(wrong)
}

fn items(data: &Map<String, Value>) -> Result<Vec<LineItem>, Fault> {
    let Some(value) = present(data, "items") else { return Ok(Vec::new()) };
    let lines = value.as_array().ok_or_else(|| Fault::new("items", "must be a list"))?;
    let item = |(index, line): (usize, &Value)| {
        let of = format!("items.{index}");
        let line = line.as_object().ok_or_else(|| Fault::new(&of, "must be an object"))?;
        let quantity = present(line, "quantity").and_then(Value::as_u64).and_then(|count| u32::try_from(count).ok());
        Ok(LineItem {
            name: said(line, &format!("{of}."), "name")?,
            quantity: quantity
                .filter(|count| *count > 0)
                .ok_or_else(|| Fault::new(&format!("{of}.quantity"), "must be a whole number from 1 on"))?,
            unit_price: amount(line, &format!("{of}.unit_price"), true)?,
            extra: Vec::new(),
        })
    };
    lines.iter().enumerate().map(item).collect()
}

fn object<'v>(data: &'v Map<String, Value>, name: &str) -> Result<Option<&'v Map<String, Value>>, Fault> {
    let Some(value) = present(data, name) else { return Ok(None) };
    value.as_object().map(Some).ok_or_else(|| Fault::new(name, "must be an object"))
}

fn customer(data: &Map<String, Value>) -> Result<Customer, Fault> {
    let empty = Map::new();
    let customer = object(data, "customer")?.unwrap_or(&empty);
    let part = |name: &str| Ok(text(customer, "customer.", name, TEXT_CHARS)?.filter(|text| !text.trim().is_empty()));
    Ok(Customer {
        name: part("name")?,
        phone: part("phone")?,
        email: part("email")?,
        id: part("id")?,
        extra: Vec::new(),
    })
}

fn crm(data: &Map<String, Value>) -> Result<Option<CrmRef>, Fault> {
    let Some(crm) = object(data, "crm")? else { return Ok(None) };
    Ok(Some(CrmRef {
        plugin: said(crm, "crm.", "plugin")?,
        entity_type: said(crm, "crm.", "entity_type")?,
        entity_id: said(crm, "crm.", "entity_id")?,
        extra: Vec::new(),
    }))
}

fn life(data: &Map<String, Value>) -> Result<Option<u64>, Fault> {
    let Some(value) = present(data, "expires_in_hours") else { return Ok(None) };
    let hours = value.as_u64().filter(|hours| (1..=MOST_HOURS).contains(hours));
    let hours = hours.ok_or_else(|| {
        Fault::new("expires_in_hours", format!("must be a whole number of hours from 1 to {MOST_HOURS}"))
    })?;
    Ok(Some(hours * HOUR_MS))
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn orders_that_differ_have_keys_that_differ_and_none_is_too_long() {
        assert_eq!(key("A-1042"), "order:A-1042");
        let long = |end: &str| format!("{}{end}", "ա".repeat(63));
        let (one, other) = (key(&long("1")), key(&long("2")));
        assert!(one.len() <= 128 && one.starts_with("order:") && one != other, "{one}");
        let beginning = |start: &str| format!("{start}{}", "ա".repeat(63));
        assert_ne!(key(&beginning("1")), key(&beginning("2")));
    }
}
