//! Payments as plugins see them, and what a plugin may ask for. Times are Unix milliseconds, UTC; money is in minor
//! units with the ISO 4217 exponent.

use serde::{Deserialize, Serialize};

use super::Extra;

/// An exact amount: 12 500 AMD is 1250000, because AMD has two decimals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// Minor units; never negative.
    pub minor: i64,
    /// ISO 4217 letter code in capitals.
    pub currency: String,
}

/// One line of the order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineItem {
    /// What is sold.
    pub name: String,
    /// How many.
    pub quantity: u32,
    /// Price of one.
    pub unit_price: Money,
    /// Additions.
    #[serde(default)]
    pub extra: Extra,
}

/// Who buys, as far as the merchant knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// Name.
    pub name: Option<String>,
    /// E.164, with the plus sign.
    pub phone: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// The merchant's own number for this customer.
    pub id: Option<String>,
    /// Additions.
    #[serde(default)]
    pub extra: Extra,
}

/// The chat in which the sale goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelRef {
    /// Id of the channel plugin.
    pub plugin: String,
    /// The service's own conversation id.
    pub conversation: String,
    /// The customer's public name in that service.
    pub handle: Option<String>,
    /// `hy`, `ru`, `en`: what the chat asked for.
    pub language: Option<String>,
    /// Additions.
    #[serde(default)]
    pub extra: Extra,
}

/// The record in the merchant's CRM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrmRef {
    /// Id of the CRM plugin.
    pub plugin: String,
    /// The CRM's own word for the kind of record.
    pub entity_type: String,
    /// The CRM's id of the record.
    pub entity_id: String,
    /// Additions.
    #[serde(default)]
    pub extra: Extra,
}

/// A payment as it stood when the call was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Our id.
    pub id: String,
    /// The merchant's order number.
    pub order_id: String,
    /// `test` or `live`.
    pub mode: String,
    /// The payment's status.
    pub status: String,
    /// Grows with every change.
    pub version: u64,
    /// What is to be paid.
    pub amount: Money,
    /// Confirmed by the bank so far, before refunds.
    pub captured: Money,
    /// Given back so far.
    pub refunded: Money,
    /// What is sold, in words.
    pub description: String,
    /// Lines of the order.
    pub items: Vec<LineItem>,
    /// Who buys.
    pub customer: Customer,
    /// The chat, if one is known.
    pub channel: Option<ChannelRef>,
    /// The CRM's record, if one is known.
    pub crm: Option<CrmRef>,
    /// Language of the customer's page and messages.
    pub locale: String,
    /// The page where the customer pays.
    pub checkout_url: String,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Unix milliseconds.
    pub expires_at: i64,
    /// Unix milliseconds.
    pub paid_at: Option<i64>,
    /// The provider's reference of the attempt that paid.
    pub provider_reference: Option<String>,
    /// What the status rests on, for people.
    pub evidence: String,
    /// How many tries at a bank were started.
    pub attempts: u32,
    /// The payment link that it was made from.
    pub link_id: Option<String>,
    /// What the customer answered to the link's questions: question and answer.
    pub answers: Vec<(String, String)>,
    /// What the customer gets for the money; there only once it was paid.
    pub fulfilment: Option<String>,
    /// What the merchant's own system attached.
    pub metadata: Vec<(String, String)>,
    /// Additions.
    pub extra: Extra,
}

/// A payment that a plugin asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentRequest {
    /// The same key gives the same payment, however often it is asked.
    pub key: String,
    /// The merchant's order number; none lets the host make one.
    pub order_id: Option<String>,
    /// What is to be paid.
    pub amount: Money,
    /// What is sold, in words.
    pub description: String,
    /// Lines of the order.
    pub items: Vec<LineItem>,
    /// Who buys.
    pub customer: Customer,
    /// The chat it came from.
    pub channel: Option<ChannelRef>,
    /// The CRM's record it belongs to.
    pub crm: Option<CrmRef>,
    /// `hy`, `ru` or `en`; none takes the merchant's.
    pub locale: Option<String>,
    /// Life of the link from now in milliseconds; none takes the merchant's.
    pub expires_in_ms: Option<u64>,
    /// Additions.
    pub extra: Extra,
}

/// Something that a plugin would have a person decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The same key opens no second one.
    pub key: String,
    /// Which payment it is about.
    pub payment_id: String,
    /// What is proposed, as one word.
    pub kind: String,
    /// Why, for the operator.
    pub reason: String,
    /// Additions.
    pub extra: Extra,
}
