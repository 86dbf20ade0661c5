//! What can go wrong at any gateway on demand. Every fault stays in force until it is changed.

use serde::{Deserialize, Serialize};

/// The faults in force at a gateway. What a gateway does not have (a push, a cancelling call) its faults do nothing to.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct Faults {
    /// How a request for a new order is answered.
    pub start: Reply,
    /// How look-ups are answered.
    pub lookup: Reply,
    /// How requests to give money back are answered.
    pub refund: Reply,
    /// How requests to end or reverse an order are answered.
    pub cancel: Reply,
    /// What look-ups say.
    pub says: Says,
    /// What happens to pushes that are due.
    pub push: Pushing,
    /// How many more times each push is sent after it was accepted once.
    pub push_repeat: u32,
    /// How many seconds after the event a push is due.
    pub push_delay_s: i64,
    /// Pushes carry a wrong proof, where they carry one.
    pub push_forged: bool,
    /// How the amount of the next payments differs from what was asked; pushes and look-ups both say so.
    pub paid: Lie,
    /// The currency in which the next payments are made, three letters; the asked one where it is not set.
    pub paid_currency: Option<String>,
    /// The page sends every payer straight back, unpaid.
    pub outage: bool,
    /// Why payers are declined who are.
    pub declined_by: DeclinedBy,
}

/// Why a payer is declined.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum DeclinedBy {
    /// The card's bank: not enough money.
    #[default]
    Bank,
    /// 3-D Secure was not passed.
    Authentication,
    /// The payer pressed "cancel".
    Payer,
    /// The card's bank was not there.
    Nobody,
}

/// How requests are answered.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// As they should be.
    #[default]
    Ok,
    /// What was asked is done, and the connection cut before the answer.
    DropReply,
    /// The connection is cut and nothing was done.
    DropRequest,
    /// With the gateway's own "system error", and nothing is done.
    Fail,
}

/// What look-ups say.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Says {
    /// The truth.
    #[default]
    Truth,
    /// That nothing has happened yet, whatever has.
    Pending,
}

/// What happens to pushes that are due.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Pushing {
    /// They are sent.
    #[default]
    Send,
    /// They wait until this is `send` again.
    Hold,
    /// They are lost for ever.
    Drop,
}

/// How an amount differs from what was asked.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Lie {
    /// Not at all.
    #[default]
    None,
    /// It is a hundred times as much.
    Times100,
    /// It is a hundredth.
    DividedBy100,
    /// It is one whole unit of the currency less.
    OneLess,
}

impl Lie {
    /// The amount that is paid where so many hundredths were asked for.
    pub fn applied(self, minor: i64) -> i64 {
        match self {
            Self::None => minor,
            Self::Times100 => minor.saturating_mul(100),
            Self::DividedBy100 => minor / 100,
            Self::OneLess => minor - 100,
        }
    }
}
