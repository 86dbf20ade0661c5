//! What a remote told later about a message that it had accepted: the latest state, kept with its delivery. Receipts come in any
//! order and more than once; a later state is never overwritten by an earlier one.

use crate::db::{Error, Tx, sql};

/// How far a message has come. What was read was not lost, whatever else was said of it; what failed is not delivered by an
/// older word; words of a plugin's own say less than all of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// A word of the plugin's own.
    Other(String),
    /// It reached the customer's device.
    Delivered,
    /// It will not.
    Failed,
    /// The customer read it.
    Read,
}

impl State {
    /// The state with this word.
    pub fn from_word(word: &str) -> Self {
        match word {
            "delivered" => Self::Delivered,
            "failed" => Self::Failed,
            "read" => Self::Read,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The word that is shown.
    pub fn word(&self) -> &str {
        match self {
            Self::Other(word) => word,
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Read => "read",
        }
    }

    /// Whether it did not reach the customer.
    pub fn is_failed(&self) -> bool {
        *self == Self::Failed
    }

    fn rank(&self) -> i64 {
        match self {
            Self::Other(_) => 0,
            Self::Delivered => 1,
            Self::Failed => 2,
            Self::Read => 3,
        }
    }
}

/// News of something that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// How far it has come.
    pub state: State,
    /// The remote's own code; may be empty.
    pub code: String,
    /// One sentence for the operator; may be empty.
    pub message: String,
    /// When, Unix milliseconds.
    pub at: i64,
}

const NOTE: &str = "
UPDATE deliveries
SET receipt_state = $2, receipt_rank = $3, receipt_code = $4, receipt_message = $5, receipt_at = $6
WHERE id = $1
    AND (receipt_rank < $3 OR (receipt_rank = 0 AND $3 = 0 AND receipt_at <= $6 AND receipt_state <> $2))";

/// Keeps it; answers whether it is news.
pub async fn note(tx: &mut Tx, delivery_id: &str, receipt: &Receipt) -> Result<bool, Error> {
    let rows = sql(NOTE)
        .bind(delivery_id)
        .bind(receipt.state.word())
        .bind(receipt.state.rank())
        .bind(&receipt.code)
        .bind(&receipt.message)
        .bind(receipt.at)
        .run(tx)
        .await?;
    Ok(rows == 1)
}

pub(crate) const CATALOGUE: &[&str] = &[NOTE];
