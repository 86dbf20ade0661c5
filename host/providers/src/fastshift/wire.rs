//! FastShift's words for orders, and what they say in ours. It must not know how they were got.

use super::is_uuid;
use crate::contract::{PushRefused, Pushed, SessionStatus, Statement};
use crate::entered;
use crate::line::Line;
use kamurj_domain::{Currency, Money};
use serde::Deserialize;
use serde_json::{Map, Value};

/// What every answer is wrapped in. An answer in other words is an empty one.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Envelope {
    /// `OK`, `INVALID_DATA`, `UNAUTHORIZED`, `FORBIDDEN`, `ERROR`, `NOT_FOUND` or `APP_ERROR`.
    pub(super) status: String,
    #[serde(default)]
    data: Value,
    #[serde(default)]
    errors: Value,
    #[serde(default)]
    message: Value,
}

#[derive(Deserialize)]
struct Data {
    order: Registered,
    // `fastshift_id` is the payer's own name at FastShift: it is not read, so that it is not kept.
    #[serde(default)]
    redirect_url: Option<String>,
}

/// An order as FastShift tells it.
#[derive(Deserialize)]
pub(super) struct Registered {
    order_number: String,
    pub(super) order_guid: String,
    #[serde(deserialize_with = "whole_drams")]
    pub(super) amount: Option<Money>,
    status: String,
    #[serde(default)]
    completed_at: Option<String>,
    #[serde(default)]
    expires_at: Option<String>,
}

/// An unsigned integer of drams; FastShift names no currency. A fraction is an error and never a rounded amount.
fn whole_drams<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Money>, D::Error> {
    let drams = u64::deserialize(deserializer)?;
    let minor = i64::try_from(drams).ok().and_then(|drams| drams.checked_mul(100));
    minor
        .map(|minor| Some(Money::new(minor, Currency::Amd)))
        .ok_or_else(|| serde::de::Error::custom("more drams than there are"))
}

impl Envelope {
    pub(super) fn read(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }

    fn into_data(self) -> Option<Data> {
        if self.status != "OK" {
            return None;
        }
        serde_json::from_value(self.data).ok()
    }

    /// The order, where this is one.
    pub(super) fn order(self) -> Option<Registered> {
        self.into_data().map(|data| data.order)
    }

    /// The order and its page, where this is both.
    pub(super) fn registered(self) -> Option<(Registered, String)> {
        let data = self.into_data()?;
        Some((data.order, data.redirect_url?))
    }

    /// Whether this field is named among those that are wrong.
    pub(super) fn blames(&self, field: &str) -> bool {
        self.errors.get(field).is_some()
    }

    /// What is wrong, to stand behind a status: the fields' names, or the provider's own words.
    pub(super) fn reason(&self, line: &Line) -> String {
        let fields: Vec<&str> = self.errors.as_object().into_iter().flat_map(Map::keys).map(String::as_str).collect();
        let message = self.message.as_str().unwrap_or_default();
        let words = if fields.is_empty() { message.to_owned() } else { fields.join(", ") };
        let words = entered::one_line(line, &words);
        if words.is_empty() { words } else { format!(": {words}") }
    }
}

impl Registered {
    /// Our number as FastShift has it. UUIDs are the same in capitals (RFC 9562, section 4).
    pub(super) fn number(&self) -> String {
        self.order_number.to_ascii_lowercase()
    }

    pub(super) fn statement(self) -> Statement {
        let status = match self.status.as_str() {
            "pending" => SessionStatus::Open,
            "completed" => SessionStatus::Approved,
            "rejected" => SessionStatus::Declined,
            "expired" => SessionStatus::Abandoned,
            _ => SessionStatus::Unknown,
        };
        let completed_at = self.completed_at.as_deref().and_then(in_yerevan);
        let provider_time = match status {
            SessionStatus::Open => None,
            SessionStatus::Abandoned => completed_at.or_else(|| self.expires_at.as_deref().and_then(in_yerevan)),
            _ => completed_at,
        };
        Statement {
            number: self.number(),
            url: None,
            status,
            cause: None,
            amount: self.amount,
            foreign_currency: None,
            provider_time,
            // FastShift names no payment apart from its order.
            payment_reference: (status == SessionStatus::Approved).then(|| self.order_guid.clone()),
            reference: self.order_guid,
            refunded: None,
            changed_at: None,
        }
    }
}

/// `yyyy-MM-dd HH:mm:ss` without a zone: Yerevan's clock, four hours ahead of UTC all year.
fn in_yerevan(text: &str) -> Option<i64> {
    let (day, hour) = text.split_once(' ')?;
    if (day.len(), hour.len()) != (10, 8) {
        return None;
    }
    kamurj_domain::time::parse(&format!("{day}T{hour}+04:00"))
}

/// The order that an unsigned message is about: `order_number` in the address, in a form or in JSON.
pub(super) fn hinted(pushed: &Pushed<'_>) -> Result<String, PushRefused> {
    let unreadable = |reason: &str| PushRefused::Unreadable(reason.to_owned());
    let mut numbers: Vec<String> = pushed
        .parameters()
        .into_iter()
        .filter(|(name, _)| name == "order_number")
        .map(|(_, number)| number.to_ascii_lowercase())
        .collect();
    if let Ok(said) = serde_json::from_slice::<Map<String, Value>>(pushed.body) {
        numbers.extend(said.get("order_number").and_then(Value::as_str).map(str::to_ascii_lowercase));
    }
    let Some(number) = numbers.pop() else { return Err(unreadable("order_number is missing")) };
    if numbers.iter().any(|other| *other != number) {
        return Err(unreadable("two orders are named"));
    }
    if is_uuid(&number) { Ok(number) } else { Err(unreadable("order_number is not a UUID")) }
}
