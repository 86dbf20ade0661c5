//! What a plugin is told of payments that changed, and what it tells of a remote that shows them otherwise.

use serde::{Deserialize, Serialize};

use super::{CrmRef, Extra, Money};

/// Which payments to tell of. Times are Unix milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// From this time on: when the payment changed last.
    pub since: i64,
    /// Before this time.
    pub until: i64,
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// How many, 1 to 50.
    pub limit: u32,
    /// Additions.
    #[serde(default)]
    pub extra: Extra,
}

/// How one payment stands, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// `pay_…`.
    pub id: String,
    /// The merchant's order number.
    pub order_id: String,
    /// The status' word.
    pub status: String,
    /// The payment's version.
    pub version: u64,
    /// What is to be paid.
    pub amount: Money,
    /// What the bank confirmed.
    pub captured: Money,
    /// What went back.
    pub refunded: Money,
    /// The record that it belongs to.
    pub crm: Option<CrmRef>,
    /// When it changed last, Unix milliseconds.
    pub changed_at: i64,
    /// Whether something that it owes this installation is not done yet.
    pub owing: bool,
    /// Additions.
    #[serde(default)]
    pub extra: Extra,
}

/// A page of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standings {
    /// The oldest change first.
    pub payments: Vec<Standing>,
    /// For the page after it.
    pub next: Option<String>,
}

/// One thing that the remote shows otherwise than it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// `pay_…`.
    pub payment_id: String,
    /// The record at the remote.
    pub entity: Option<CrmRef>,
    /// What differs: `status`, `amount`, `stage`, `record`, or a word of the plugin's own.
    pub field: String,
    /// What is so.
    pub ours: String,
    /// What the remote shows.
    pub theirs: String,
    /// One sentence for the operator.
    pub message: String,
    /// Additions.
    #[serde(default)]
    pub extra: Extra,
}

/// A part of what one comparison found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The occurrence that compares.
    pub occurrence_id: String,
    /// How many payments this part looked at.
    pub compared: u32,
    /// What differs.
    pub differences: Vec<Difference>,
    /// Whether this was the last part.
    pub complete: bool,
    /// Additions.
    #[serde(default)]
    pub extra: Extra,
}
