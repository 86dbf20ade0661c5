//! Payment links as plugins see them, what a customer chose of one, and what that comes to. Money is in minor units with the ISO
//! 4217 exponent.

use serde::{Deserialize, Serialize};

use super::{ChannelRef, Customer, Extra, LineItem, Money};

/// A thing that can be chosen: a way of delivery, or an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkChoice {
    /// What is sent for it.
    pub id: String,
    /// What the customer reads.
    pub title: String,
    /// What it adds to the amount; none where it adds nothing.
    pub price: Option<Money>,
    /// Additions.
    #[serde(default)]
    pub extra: Extra,
}

/// What the customer is asked before a payment is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkQuestion {
    /// Unique in the link.
    pub id: String,
    /// What the customer reads.
    pub label: String,
    /// `text`, `email`, `phone`, `number`, `choice` or `date`.
    pub kind: String,
    /// Whether it must be answered.
    pub required: bool,
    /// What can be chosen, for `choice`.
    pub choices: Vec<LinkChoice>,
    /// Additions.
    #[serde(default)]
    pub extra: Extra,
}

/// A link as it stands now, in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentLink {
    /// Our id.
    pub id: String,
    /// `fixed` or `single_use`.
    pub kind: String,
    /// `open`, `off`, `not_yet`, `over`, `used_up` or `busy`.
    pub state: String,
    /// Grows with every change that the merchant makes.
    pub version: u64,
    /// What is sold.
    pub title: String,
    /// More about it; may be empty.
    pub description: String,
    /// The link's own page.
    pub url: String,
    /// What one piece costs; none where the customer says how much.
    pub price: Option<Money>,
    /// Where the customer says how much: no less.
    pub least: Option<Money>,
    /// Where the customer says how much: no more.
    pub most: Option<Money>,
    /// Where the customer says how much: what is suggested.
    pub suggested: Option<Money>,
    /// The fewest pieces that may be bought at once.
    pub fewest_pieces: u32,
    /// The most.
    pub most_pieces: u32,
    /// Ways of delivery; where there are any, one must be chosen.
    pub deliveries: Vec<LinkChoice>,
    /// What the customer is asked.
    pub questions: Vec<LinkQuestion>,
    /// Whether an e-mail address and a telephone number are asked for: `no` or `optional`.
    pub contact: String,
    /// Additions.
    #[serde(default)]
    pub extra: Extra,
}

/// What a customer chose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// Names this press; the same key gives the same payment.
    pub key: String,
    /// Which link.
    pub link_id: String,
    /// The version that the customer looked at; none: whichever holds now.
    pub version: Option<u64>,
    /// How much, where the customer says it.
    pub amount: Option<Money>,
    /// How many pieces.
    pub quantity: Option<u32>,
    /// Id of the way of delivery.
    pub delivery: Option<String>,
    /// Answers by the question's id.
    pub answers: Vec<(String, String)>,
    /// Who buys.
    pub customer: Customer,
    /// The chat it came from.
    pub channel: Option<ChannelRef>,
    /// `hy`, `ru` or `en`; none takes the merchant's.
    pub locale: Option<String>,
    /// Additions.
    #[serde(default)]
    pub extra: Extra,
}

/// A choice that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceFault {
    /// `amount`, `quantity`, `delivery`, `customer/phone`, `answers/{id}`.
    pub field: String,
    /// For the customer: what is wrong and what to write instead.
    pub message: String,
    /// Whether nothing was chosen there yet.
    pub missing: bool,
    /// Additions.
    #[serde(default)]
    pub extra: Extra,
}

/// What a press would come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    /// None while something that it depends on is missing or wrong.
    pub amount: Option<Money>,
    /// The lines, which add up to it.
    pub items: Vec<LineItem>,
    /// What is missing and what is wrong.
    pub faults: Vec<ChoiceFault>,
    /// Additions.
    #[serde(default)]
    pub extra: Extra,
}
