//! The fold: status, amounts, exceptions and what is to be done about a payment, from the set of its facts. Total, pure,
//! order-proof. The table that it implements is in the product's description and, line by line, in this crate's tests.

mod money;
mod movements;
mod reading;
mod rules;

pub use movements::movements;

use crate::verdict::Asked;
use crate::{Exception, Fact, Policy, Purpose, Status, Terms};
use serde::{Deserialize, Serialize};

/// Something that the host does by itself because of the facts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Action {
    /// Give this much of the attempt's money back.
    Refund {
        /// The attempt.
        attempt: String,
        /// Minor units.
        minor: i64,
        /// Which money it is.
        purpose: Purpose,
    },
    /// Close the attempt's session at the provider, where it can be closed.
    CloseSession {
        /// The attempt.
        attempt: String,
    },
}

/// What may be given back of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refundable {
    /// The attempt.
    pub attempt: String,
    /// Minor units that neither went back nor are reserved.
    pub minor: i64,
    /// Which money that is.
    pub purpose: Purpose,
}

/// What the facts come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome<'f> {
    /// The payment's status.
    pub status: Status,
    /// Minor units still to be paid for the order.
    pub due_minor: i64,
    /// Minor units taken for this order.
    pub captured_minor: i64,
    /// Minor units of them that went back.
    pub refunded_minor: i64,
    /// Minor units, of the order or beyond it, that are reserved to go back.
    pub reserved_minor: i64,
    /// Minor units taken beyond the order and not given back.
    pub surplus_minor: i64,
    /// When the money moved, Unix milliseconds, where the status rests on a payment.
    pub paid_at: Option<i64>,
    /// The fact that decided.
    pub deciding: Option<&'f Fact>,
    /// The rule that decided, in words for people.
    pub rule: &'static str,
    /// Open exceptions, sorted, no two alike.
    pub exceptions: Vec<Exception>,
    /// What the host does about it, sorted, no two alike.
    pub actions: Vec<Action>,
    /// What may be given back, by attempt.
    pub refundable: Vec<Refundable>,
    /// Whether a decision waits for a second person.
    pub awaits_second_person: bool,
    /// The end of the payment's time as it stands, Unix milliseconds.
    pub open_until: i64,
    /// When the status changes by time alone.
    pub next_timer: Option<i64>,
}

/// Folds the facts. `now` decides only about expiry.
pub fn fold<'f>(terms: &Terms, attempts: &[Asked], facts: &'f [Fact], policy: &Policy, now: i64) -> Outcome<'f> {
    let read = reading::Reading::of(terms, attempts, facts, policy);
    rules::judge(&read, terms, policy, now)
}
