//! Reading the body of a request for a new session or a refund, and saying precisely what is wrong with it. It must not
//! know about keys, tokens or what exists already.

use serde_json::{Map, Value};
use url::Url;

use crate::is_loopback;

/// Currencies that this bank takes; all four have two decimals in ISO 4217.
const CURRENCIES: [&str; 4] = ["AMD", "RUB", "USD", "EUR"];
const FIELDS: [&str; 8] =
    ["merchantOrderId", "amountMinor", "currency", "provider", "returnUrl", "description", "customer", "metadata"];
const REFUND_FIELDS: [&str; 4] = ["merchantRefundId", "amountMinor", "currency", "reason"];

/// What the merchant wants to be paid.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) merchant_order_id: String,
    pub(super) amount_minor: i64,
    pub(super) currency: String,
    pub(super) return_url: Url,
    pub(super) description: Option<String>,
}

/// What the merchant wants to give back.
#[derive(Debug)]
pub(super) struct RefundOrder {
    pub(super) merchant_refund_id: String,
    pub(super) amount_minor: i64,
    pub(super) currency: String,
}

/// Reads an order, or says which field is wrong and why.
pub(super) fn read_order(body: &Value) -> Result<Order, String> {
    let fields = fields_of(body, &FIELDS)?;
    let currency = currency(fields)?;
    text(fields, "provider", 32)?;
    for name in ["customer", "metadata"] {
        if fields.get(name).is_some_and(|value| !value.is_object()) {
            return Err(format!("{name}: must be an object"));
        }
    }
    Ok(Order {
        merchant_order_id: merchant_id(fields, "merchantOrderId")?,
        amount_minor: amount_minor(fields)?,
        currency,
        return_url: return_url(fields)?,
        description: text(fields, "description", 512)?,
    })
}

/// Reads an order to give money back, or says which field is wrong and why. Its fields are ours: VPOS.am publishes none.
pub(super) fn read_refund(body: &Value) -> Result<RefundOrder, String> {
    let fields = fields_of(body, &REFUND_FIELDS)?;
    text(fields, "reason", 512)?;
    Ok(RefundOrder {
        merchant_refund_id: merchant_id(fields, "merchantRefundId")?,
        amount_minor: amount_minor(fields)?,
        currency: currency(fields)?,
    })
}

fn fields_of<'a>(body: &'a Value, known: &[&str]) -> Result<&'a Map<String, Value>, String> {
    let Value::Object(fields) = body else {
        return Err("the body must be a JSON object".to_owned());
    };
    match fields.keys().find(|name| !known.contains(&name.as_str())) {
        Some(unknown) => Err(format!("{unknown}: unknown field")),
        None => Ok(fields),
    }
}

fn currency(fields: &Map<String, Value>) -> Result<String, String> {
    let currency = text(fields, "currency", 3)?.ok_or("currency: is required")?;
    if CURRENCIES.contains(&currency.as_str()) {
        Ok(currency)
    } else {
        Err("currency: must be AMD, RUB, USD or EUR".to_owned())
    }
}

fn text(fields: &Map<String, Value>, name: &str, longest: usize) -> Result<Option<String>, String> {
    match fields.get(name) {
        None => Ok(None),
        Some(Value::String(text)) if !text.is_empty() && text.chars().count() <= longest => Ok(Some(text.clone())),
        Some(_) => Err(format!("{name}: must be a string of 1 to {longest} characters")),
    }
}

/// An id that the merchant gives.
fn merchant_id(fields: &Map<String, Value>, name: &str) -> Result<String, String> {
    let id = text(fields, name, 64)?.ok_or_else(|| format!("{name}: is required"))?;
    if id.chars().all(|character| character.is_ascii_alphanumeric() || "-_.:".contains(character)) {
        Ok(id)
    } else {
        Err(format!("{name}: only letters, digits and - _ . : are allowed"))
    }
}

fn amount_minor(fields: &Map<String, Value>) -> Result<i64, String> {
    // A string, a fraction or a number beyond 64 bits is not an integer of minor units.
    match fields.get("amountMinor").map(Value::as_i64) {
        None => Err("amountMinor: is required".to_owned()),
        Some(Some(amount)) if amount > 0 => Ok(amount),
        Some(_) => Err("amountMinor: must be a positive integer of minor units".to_owned()),
    }
}

fn return_url(fields: &Map<String, Value>) -> Result<Url, String> {
    let text = text(fields, "returnUrl", 2048)?.ok_or("returnUrl: is required")?;
    let url = Url::parse(&text).map_err(|_| "returnUrl: must be an absolute URL")?;
    // Plain HTTP is the double's one exception: the server under test listens on loopback.
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        _ => Err("returnUrl: must begin with https://".to_owned()),
    }
}
