//! Reading the body of a registration, and saying field by field what is wrong with it. It must not know what exists already.

use serde_json::{Map, Value};
use url::Url;

use crate::is_loopback;

const FIELDS: [&str; 10] = [
    "order_number",
    "amount",
    "description",
    "callback_url",
    "webhook_url",
    "username",
    "user_ssn",
    "check_evoca_account",
    "account_guid",
    "external_order_id",
];

/// What the merchant wants to be paid.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) order_number: String,
    /// Whole drams.
    pub(super) amount: u64,
    pub(super) description: String,
    pub(super) callback_url: Url,
    pub(super) webhook_url: Option<Url>,
    pub(super) external_order_id: Option<String>,
}

/// Messages by field.
pub(super) type Errors = Map<String, Value>;

/// Reads a registration, or says what is wrong with each field.
pub(super) fn read(body: &Map<String, Value>) -> Result<Request, Errors> {
    let mut errors = Errors::new();
    let mut wrong = |field: &str, message: &str| {
        errors.insert(field.to_owned(), message.into());
    };
    for unknown in body.keys().filter(|name| !FIELDS.contains(&name.as_str())) {
        wrong(unknown, "The field is not known.");
    }
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let order_number = text("order_number");
    if !is_guid(&order_number) {
        wrong("order_number", "The order number must be a guid.");
    }
    // A string, a fraction or a number beyond 64 bits is no unsigned int.
    let amount = body.get("amount").and_then(Value::as_u64).unwrap_or_default();
    if amount == 0 {
        wrong("amount", "The amount must be an unsigned int above zero.");
    }
    let description = text("description");
    if description.trim().is_empty() {
        wrong("description", "The description is required.");
    }
    let callback_url = address(body.get("callback_url"));
    if callback_url.is_none() {
        wrong("callback_url", "The callback url must be an address that begins with https://.");
    }
    let webhook_url = address(body.get("webhook_url"));
    if webhook_url.is_none() && body.contains_key("webhook_url") {
        wrong("webhook_url", "The webhook url must be an address that begins with https://.");
    }
    for name in ["username", "user_ssn", "external_order_id"] {
        if body.get(name).is_some_and(|value| !value.is_string()) {
            wrong(name, "The field must be a string.");
        }
    }
    if body.get("check_evoca_account").is_some_and(|value| !value.is_boolean()) {
        wrong("check_evoca_account", "The field must be a boolean.");
    }
    if body.get("account_guid").is_some_and(|value| !value.as_str().is_some_and(is_guid)) {
        wrong("account_guid", "The account guid must be a guid.");
    }
    let external_order_id = body.get("external_order_id").and_then(Value::as_str).map(str::to_owned);
    match callback_url {
        Some(callback_url) if errors.is_empty() => {
            Ok(Request { order_number, amount, description, callback_url, webhook_url, external_order_id })
        }
        _ => Err(errors),
    }
}

/// Eight, four, four, four and twelve hexadecimal digits.
pub(super) fn is_guid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Plain HTTP is the double's one exception: the server under test listens on loopback.
fn address(value: Option<&Value>) -> Option<Url> {
    let url = Url::parse(value?.as_str()?).ok()?;
    (url.scheme() == "https" || url.scheme() == "http" && is_loopback(&url)).then_some(url)
}
