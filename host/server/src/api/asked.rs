//! What a payment is asked for with: read, and checked so that one answer names every wrong field.

use crate::api::body;
use crate::api::payment::{Amount, ChannelBody, CrmBody, CustomerBody, ItemBody};
use crate::problem::{FieldError, Problem};
use crate::request::{self, Ask, MAX_ITEMS, MAX_TEXT};
use kamurj_domain::format::Language;
use kamurj_domain::order::{ChannelRef, CrmRef, Customer, LineItem};
use kamurj_domain::{Currency, Money, Particulars, time};
use kamurj_store::merchants::Caller;
use serde::Deserialize;
use serde_json::Value;
use url::Url;
use utoipa::ToSchema;

/// What a payment is asked for with.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPaymentBody {
    /// The merchant's order number: unique per merchant and mode.
    #[schema(example = "A-1042")]
    pub order_id: String,
    /// The whole amount due.
    #[serde(deserialize_with = "body::object")]
    pub amount: Amount,
    /// One line for the customer.
    #[serde(default)]
    pub description: String,
    /// Lines of the order.
    #[serde(default, deserialize_with = "body::objects")]
    pub items: Vec<ItemBody>,
    /// How it reaches the customer.
    #[serde(default)]
    pub delivery: Option<String>,
    /// Who buys.
    #[serde(default, deserialize_with = "body::object")]
    pub customer: CustomerBody,
    /// The chat in which the sale goes on.
    #[serde(default, deserialize_with = "body::maybe_object")]
    pub channel: Option<ChannelBody>,
    /// The record in the merchant's CRM.
    #[serde(default, deserialize_with = "body::maybe_object")]
    pub crm: Option<CrmBody>,
    /// `hy`, `ru` or `en`; the merchant's own where it is left out.
    #[serde(default)]
    pub locale: Option<String>,
    /// RFC 3339 time until which it can be paid.
    #[serde(default)]
    pub expires_at: Option<String>,
    /// Or the number of seconds for which it can be paid; 72 hours where both are left out.
    #[serde(default)]
    pub expires_in: Option<i64>,
    /// https address that the page may offer afterwards.
    #[serde(default)]
    pub return_url: Option<String>,
    /// The provider account that it is paid through, `acc_…`, or a provider's word; the customer chooses among those that
    /// you offer where it is left out.
    #[serde(default)]
    #[schema(example = "vpos")]
    pub provider: Option<String>,
    /// Your own notes, handed back as they came.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub metadata: serde_json::Map<String, Value>,
}

pub(crate) const CARD_FAULT: &str = "looks like a card number; card data never belongs here";
/// The longest address, in characters.
pub(super) const MAX_URL: usize = 2_000;

/// Collects what is wrong, so that one answer names every field.
#[derive(Default)]
pub(crate) struct Faults(pub(crate) Vec<FieldError>);

impl Faults {
    pub(crate) fn add(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        self.0.push(FieldError { pointer: pointer.into(), detail: detail.into() });
    }

    /// A text that people write.
    pub(crate) fn text(&mut self, pointer: &str, text: &str, most: usize) {
        self.id(pointer, text, most);
        if request::holds_card_number(text) {
            self.add(pointer, CARD_FAULT);
        }
    }

    /// An id that another system made: chat services have ids that look like card numbers.
    pub(crate) fn id(&mut self, pointer: &str, text: &str, most: usize) {
        if text.chars().count() > most {
            self.add(pointer, format!("must have at most {most} characters"));
        }
        if text.chars().any(|character| character.is_control() && character != '\n') {
            self.add(pointer, "must not have control characters");
        }
    }

    /// The value, where nothing is wrong with it.
    pub(crate) fn unless<T>(&mut self, value: Result<T, FieldError>) -> Option<T> {
        value.map_err(|fault| self.0.push(fault)).ok()
    }

    /// Refuses the request where something is wrong.
    pub(crate) fn end(self) -> Result<(), Problem> {
        if self.0.is_empty() { Ok(()) } else { Err(Problem::invalid(self.0)) }
    }

    pub(crate) fn optional(&mut self, pointer: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(pointer, text, MAX_TEXT);
        }
    }

    /// The merchant's own notes.
    pub(crate) fn metadata(&mut self, metadata: &serde_json::Map<String, Value>) {
        if serde_json::to_string(metadata).map_or(usize::MAX, |text| text.len()) > 16 * 1024 {
            self.add("/metadata", "must have at most 16 KiB as JSON");
        }
        if metadata
            .iter()
            .any(|(name, value)| request::holds_card_number(name) || request::json_holds_card_number(value))
        {
            self.add("/metadata", CARD_FAULT);
        }
    }
}

/// Who buys, checked.
pub(crate) fn read_customer(customer: CustomerBody, faults: &mut Faults) -> Customer {
    for (name, text) in [("name", &customer.name), ("phone", &customer.phone), ("email", &customer.email)] {
        faults.optional(&format!("/customer/{name}"), text.as_deref());
    }
    if let Some(id) = &customer.id {
        faults.id("/customer/id", id, MAX_TEXT);
    }
    Customer { name: customer.name, phone: customer.phone, email: customer.email, id: customer.id }
}

/// The chat in which a sale goes on, checked.
pub(super) fn read_channel(channel: ChannelBody, faults: &mut Faults) -> ChannelRef {
    faults.text("/channel/plugin", &channel.plugin, MAX_TEXT);
    faults.id("/channel/conversation", &channel.conversation, MAX_TEXT);
    faults.optional("/channel/handle", channel.handle.as_deref());
    faults.optional("/channel/language", channel.language.as_deref());
    ChannelRef {
        plugin: channel.plugin,
        conversation: channel.conversation,
        handle: channel.handle,
        language: channel.language,
    }
}

impl NewPaymentBody {
    /// Checks every field. `locale`: the merchant's; `provider`: what the one that is named stands for. All faults are
    /// reported together.
    pub fn check(
        self,
        caller: &Caller,
        merchant_locale: &str,
        provider: Result<Option<String>, FieldError>,
        now: i64,
    ) -> Result<Ask, Problem> {
        let mut faults = Faults::default();
        let provider_account = faults.unless(provider).flatten();
        if let Some(fault) = request::order_id_fault(&self.order_id) {
            faults.add("/order_id", fault);
        } else if request::holds_card_number(&self.order_id) {
            faults.add("/order_id", CARD_FAULT);
        }
        let amount = read_amount(&self.amount, &mut faults);
        faults.text("/description", &self.description, MAX_TEXT);
        faults.optional("/delivery", self.delivery.as_deref());
        let customer = read_customer(self.customer, &mut faults);
        let channel = self.channel.map(|channel| read_channel(channel, &mut faults));
        if let Some(crm) = &self.crm {
            faults.text("/crm/plugin", &crm.plugin, MAX_TEXT);
            faults.text("/crm/entity_type", &crm.entity_type, MAX_TEXT);
            faults.id("/crm/entity_id", &crm.entity_id, MAX_TEXT);
        }
        let locale = self.locale.as_deref().unwrap_or(merchant_locale);
        if Language::parse(locale).is_none() {
            faults.add("/locale", "must be `hy`, `ru` or `en`");
        }
        let items = amount.map_or_else(Vec::new, |amount| read_items(&self.items, amount, &mut faults));
        let expires_at = read_expiry(self.expires_at.as_deref(), self.expires_in, now, &mut faults);
        if let Some(url) = &self.return_url {
            faults.text("/return_url", url, MAX_URL);
            if !is_https(url) {
                faults.add("/return_url", "must be an https address without user name and with a host name");
            }
        }
        faults.metadata(&self.metadata);
        let (Some(amount), Some(expires_at), true) = (amount, expires_at, faults.0.is_empty()) else {
            return Err(Problem::invalid(faults.0));
        };
        Ok(Ask {
            merchant_id: caller.merchant_id.clone(),
            mode: caller.mode,
            order_id: Some(self.order_id),
            request_key: None,
            amount,
            expires_at,
            particulars: Particulars {
                description: self.description,
                items,
                delivery: self.delivery,
                customer,
                channel,
                crm: self.crm.map(|crm| CrmRef {
                    plugin: crm.plugin,
                    entity_type: crm.entity_type,
                    entity_id: crm.entity_id,
                }),
                locale: locale.to_owned(),
                return_url: self.return_url,
                cancel_message: None,
                fiscal_receipt: None,
                metadata: self.metadata,
            },
            provider_account,
        })
    }
}

pub(crate) fn read_amount(amount: &Amount, faults: &mut Faults) -> Option<Money> {
    let Some(currency) = Currency::from_code(&amount.currency) else {
        faults.add("/amount/currency", "must be AMD, RUB, USD or EUR");
        return None;
    };
    Money::parse(&amount.value, currency).map_err(|error| faults.add("/amount/value", error.to_string())).ok()
}

fn read_items(items: &[ItemBody], amount: Money, faults: &mut Faults) -> Vec<LineItem> {
    if items.len() > MAX_ITEMS {
        faults.add("/items", format!("must have at most {MAX_ITEMS} lines"));
        return Vec::new();
    }
    let mut lines = Vec::new();
    let mut sum: i128 = 0;
    for (place, item) in items.iter().enumerate() {
        faults.text(&format!("/items/{place}/name"), &item.name, MAX_TEXT);
        if item.quantity == 0 {
            faults.add(format!("/items/{place}/quantity"), "must be at least 1");
        }
        match Money::parse(&item.unit_price, amount.currency) {
            Ok(price) => {
                sum += i128::from(price.minor) * i128::from(item.quantity);
                lines.push(LineItem { name: item.name.clone(), quantity: item.quantity, unit_minor: price.minor });
            }
            Err(error) => faults.add(format!("/items/{place}/unit_price"), error.to_string()),
        }
    }
    if lines.len() == items.len() && !lines.is_empty() && sum != i128::from(amount.minor) {
        faults.add("/items", "must add up to the amount");
    }
    lines
}

pub(crate) fn read_expiry(at: Option<&str>, within: Option<i64>, now: i64, faults: &mut Faults) -> Option<i64> {
    let (pointer, expires_at) = match (at, within) {
        (Some(_), Some(_)) => {
            faults.add("/expires_in", "send either `expires_at` or `expires_in`");
            return None;
        }
        (None, None) => return Some(now + request::DEFAULT_LIFE_MS),
        (None, Some(seconds)) => ("/expires_in", seconds.checked_mul(1000).and_then(|ms| now.checked_add(ms))),
        (Some(text), None) => ("/expires_at", time::parse(text)),
    };
    let Some(expires_at) = expires_at else {
        faults.add(pointer, "must be an RFC 3339 time such as 2026-11-24T12:00:00Z, or a number of seconds");
        return None;
    };
    if !(now + request::MIN_LIFE_MS..=now + request::MAX_LIFE_MS).contains(&expires_at) {
        faults.add(pointer, "must lie between five minutes and 180 days from now");
        return None;
    }
    Some(expires_at)
}

pub(super) fn is_https(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        url.scheme() == "https"
            && url.username().is_empty()
            && url.password().is_none()
            && matches!(url.host(), Some(url::Host::Domain(_)))
    })
}
