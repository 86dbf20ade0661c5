//! People and what is on their phones. It must not know how it came there.

use serde::Serialize;

use super::content::{Button, Kind};

/// Who wrote a message.
#[derive(Clone, Copy, Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The person whose phone it is.
    Customer,
    /// The business.
    Business,
}

/// How far a message of the business has come.
#[derive(Clone, Copy, Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// It is on the phone.
    Delivered,
    /// It was looked at; of a customer's message: the business marked it read.
    Read,
    /// It never came, though the send was answered with 200.
    Failed,
    /// Nobody will ever say.
    Silent,
}

/// A message in a chat.
#[derive(Clone, Debug, Serialize)]
pub struct Message {
    /// `wamid.…`
    pub id: String,
    /// Who wrote it.
    pub from: Side,
    /// What sort it is.
    pub kind: Kind,
    /// What it says.
    pub text: String,
    /// The line above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// The line below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
    /// Buttons or rows.
    pub buttons: Vec<Button>,
    /// Name and language of the template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// How far it has come.
    pub progress: Progress,
    /// The code that it failed with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<i64>,
    /// What the business wants to hear back with each status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback_data: Option<String>,
}

/// A person and the chat with the business.
#[derive(Clone, Debug, Serialize)]
pub struct Person {
    /// The number, digits with the country code.
    pub phone: String,
    /// The business-scoped user id: two letters, a dot, digits.
    pub user_id: String,
    /// The name in the profile.
    pub name: String,
    /// The username; where there is one, the business never sees the number.
    pub username: Option<String>,
    /// Whether the person has blocked the business.
    pub blocked: bool,
    /// When the customer-service window closes or closed, in Unix milliseconds; `None`: it never was open.
    pub window_until: Option<i64>,
    /// All messages, oldest first; those that failed are here too, though the phone never showed them.
    pub messages: Vec<Message>,
}

impl Message {
    /// Whether it is on the phone.
    pub(super) fn is_seen(&self) -> bool {
        matches!(self.progress, Progress::Delivered | Progress::Read)
    }
}
