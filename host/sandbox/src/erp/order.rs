//! An order as the ERP tells Kamurj of it, in the data of `order.created`. Nothing in it is checked: an ERP may write nonsense, and
//! whoever hears it must cope. It must not know how it is sent.

use serde::{Deserialize, Serialize};

/// An amount.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Decimal text.
    pub value: String,
    /// Code of ISO 4217.
    pub currency: String,
}

/// A line of an order.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// What it is.
    pub name: String,
    /// How many.
    pub quantity: u32,
    /// The price of one.
    pub unit_price: Money,
}

/// Who ordered.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct Customer {
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Address for letters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// An order.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// The merchant's number of it.
    pub order_id: String,
    /// What is to be paid.
    pub amount: Money,
    /// What is sold, in words.
    pub description: String,
    /// Its lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Item>,
    /// Who ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<Customer>,
    /// Language of the customer: `hy`, `ru` or `en`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
}

impl Money {
    /// So much of this currency.
    pub fn new(value: &str, currency: &str) -> Self {
        Self { value: value.to_owned(), currency: currency.to_owned() }
    }
}

impl Order {
    /// An order without lines and without a customer.
    pub fn new(order_id: &str, amount: Money, description: &str) -> Self {
        Self { order_id: order_id.to_owned(), amount, description: description.to_owned(), ..Self::default() }
    }

    /// The same with one line more.
    pub fn with_item(mut self, name: &str, quantity: u32, unit_price: Money) -> Self {
        self.items.push(Item { name: name.to_owned(), quantity, unit_price });
        self
    }
}
