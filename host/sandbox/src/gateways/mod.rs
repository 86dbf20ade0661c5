//! The doubles of Armenia's gateways and wallets beside the plain bank: one folder each, every one with its own protocol,
//! pages, errors and habits. They share how a story speaks to them, never how they speak: no parsing, signing or amount code is
//! common to two of them, or to any of them and an adapter.
//!
//! All live on the bank's listener, each below its own path.

mod all;
pub mod ameriabank;
pub mod fastshift;
mod faults;
pub mod idram;
pub(crate) mod paper;
pub mod rbs;
pub mod telcell;

pub(crate) use all::{All, deliver};
pub use faults::{DeclinedBy, Faults, Lie, Pushing, Reply, Says};

use crate::Call;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::pin::Pin;

/// What payers and the staff of a gateway do with an order.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case", tag = "act")]
pub enum Act {
    /// The payer pays.
    Pay,
    /// The payer's bank declines.
    Decline,
    /// The payer gives up and goes back.
    Close,
    /// The payer's time is over.
    Expire,
    /// Staff take the payment back before it is settled.
    Reverse,
    /// Staff give so much back, in hundredths of the currency.
    GiveBack {
        /// How much.
        minor: i64,
    },
}

/// Where an act leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acted {
    /// The payer's browser is sent to this address.
    Back(String),
    /// Nobody's browser is involved.
    Done,
}

/// An order, as people look at it.
#[derive(Clone, Debug, Serialize)]
pub struct OrderView {
    /// The gateway's id of it.
    pub id: String,
    /// The merchant's number.
    pub number: String,
    /// Hundredths of the currency.
    pub amount_minor: i64,
    /// Three letters.
    pub currency: String,
    /// Where it stands, in the gateway's own word.
    pub status: String,
    /// Hundredths that went back.
    pub refunded_minor: i64,
    /// The payer's page, where it can be opened by its address alone.
    pub page: Option<String>,
}

/// Sends what is due.
pub type Delivering<'g> = Pin<Box<dyn Future<Output = usize> + Send + 'g>>;

/// How stories, scripts and the play page speak to any gateway.
pub trait Gateway: Send + Sync {
    /// The word of its path, and of the adapter that speaks its protocol: `rbs`.
    fn word(&self) -> &'static str;
    /// Takes a merchant on, as the gateway's staff would, with the fields that the sandbox's settings have for one; why that
    /// cannot be done, otherwise.
    fn open_account(&self, merchant: Value) -> Result<(), String>;
    /// All orders, oldest first.
    fn orders(&self) -> Vec<OrderView>;
    /// Does this with an order; why it cannot be done, otherwise. Pushes that follow go out when they are due.
    fn act(&self, id: &str, act: Act) -> Result<Acted, String>;
    /// The faults in force.
    fn faults(&self) -> Faults;
    /// Puts other faults in force.
    fn set_faults(&self, faults: Faults);
    /// Every API call that arrived.
    fn calls(&self) -> Vec<Call>;
    /// Sends every push that is due by the injected clock, once each; answers how many were sent. A gateway that pushes
    /// nothing has none.
    fn deliver_due(&self) -> Delivering<'_>;
}

/// A merchant from its fields. What is wrong with them is said of the field.
fn merchant<M: DeserializeOwned>(fields: Value) -> Result<M, String> {
    serde_json::from_value(fields).map_err(|error| format!("merchant: {error}"))
}
