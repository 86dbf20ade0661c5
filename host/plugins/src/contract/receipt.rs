//! What a remote tells later about a message that it had accepted.

use serde::{Deserialize, Serialize};

use super::Extra;

/// News of something that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The delivery that sent it.
    pub delivery_id: String,
    /// `delivered`, `read`, `failed`, or a word of the plugin's own.
    pub state: String,
    /// The remote's own code; may be empty.
    pub code: String,
    /// One sentence for the operator; may be empty.
    pub message: String,
    /// When, by the remote's clock, Unix milliseconds.
    pub at: i64,
    /// Additions.
    #[serde(default)]
    pub extra: Extra,
}
