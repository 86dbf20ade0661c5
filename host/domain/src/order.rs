//! What is sold and to whom: the part of a payment that no rule about money reads.

use crate::format::Language;
use serde::{Deserialize, Serialize};

/// Everything about the order but its amount.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Particulars {
    /// One line for the customer.
    pub description: String,
    /// Lines of the order.
    pub items: Vec<LineItem>,
    /// How it reaches the customer: `pickup`, `courier`, a slot; free text.
    pub delivery: Option<String>,
    /// Who buys.
    pub customer: Customer,
    /// The chat in which the sale goes on.
    pub channel: Option<ChannelRef>,
    /// The record in the merchant's CRM.
    pub crm: Option<CrmRef>,
    /// Language of the page and of messages: `hy`, `ru`, `en`.
    pub locale: String,
    /// Where the page may send the customer afterwards.
    pub return_url: Option<String>,
    /// What the customer reads where the merchant withdrew the payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel_message: Option<String>,
    /// The receipt of the tax system, once the merchant has attached it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fiscal_receipt: Option<FiscalReceipt>,
    /// The merchant's own notes, handed back as they came.
    pub metadata: serde_json::Map<String, serde_json::Value>,
}

impl Particulars {
    /// The language to speak to this customer; Armenian where none is set.
    pub fn language(&self) -> Language {
        Language::parse(&self.locale).unwrap_or(Language::Hy)
    }
}

/// A receipt of the tax system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiscalReceipt {
    /// Its number.
    pub number: String,
    /// Where it can be looked at: an https address.
    #[serde(default)]
    pub url: Option<String>,
}

/// One line of the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineItem {
    /// What it is.
    pub name: String,
    /// How many.
    pub quantity: u32,
    /// Price of one, in minor units of the payment's currency.
    pub unit_minor: i64,
}

/// Who buys, as far as the merchant knows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Customer {
    /// Name.
    pub name: Option<String>,
    /// Phone number.
    pub phone: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// The merchant's own number for this customer.
    pub id: Option<String>,
}

/// The chat in which the sale goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelRef {
    /// Id of the channel plugin: `telegram`.
    pub plugin: String,
    /// The service's conversation or chat id.
    pub conversation: String,
    /// The customer's public name there, without `@`.
    #[serde(default)]
    pub handle: Option<String>,
    /// The language that the chat asked for.
    #[serde(default)]
    pub language: Option<String>,
}

/// The record in the merchant's CRM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrmRef {
    /// Id of the CRM plugin: `bitrix24`.
    pub plugin: String,
    /// The CRM's own word: `deal`, `invoice`, `lead`.
    pub entity_type: String,
    /// Its id there.
    pub entity_id: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_without_a_known_language_is_spoken_to_in_armenian() {
        let of = |locale: &str| Particulars { locale: locale.into(), ..Particulars::default() }.language();
        assert_eq!(
            [of(""), of("de"), of("hy"), of("ru"), of("en")].map(|language| language == Language::Hy),
            [true, true, true, false, false]
        );
    }
}
