//! Ways in which the bank was seen, or is said, to behave one day and otherwise the next.

use serde::{Deserialize, Serialize};

/// The bank's habits.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct Habits {
    /// What details of an order say that nobody tried to pay.
    pub untried: Untried,
    /// OrderID, OrderStatus, PrimaryRC and ActionCode are numbers, as the manual has them; they were seen as texts.
    pub numbers: bool,
    /// Success is `00 : Payment Successfully Completed`, as one shop had to accept.
    pub long_codes: bool,
    /// Where a payment is left by the payer's paying.
    pub after_paying: AfterPaying,
}

/// What details of an order say that nobody tried to pay. All three were told of.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Untried {
    /// HTTP 500 and `{"Message":"An error has occurred."}`.
    #[default]
    GivesUp,
    /// HTTP 200 and code 550.
    SystemError,
    /// Code 0-100, with the order's fields.
    Told,
}

/// Where a payment is left by the payer's paying. What is not deposited is so by paying once more.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum AfterPaying {
    /// Order status 2.
    #[default]
    Deposited,
    /// Order status 1: approved, as in two-step payments.
    Approved,
    /// Order status 5: the issuer's server is at it.
    AutoAuthorized,
}
