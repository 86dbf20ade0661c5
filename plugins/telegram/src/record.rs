//! What the bot remembers between calls: where a payment's message stands, and which chats cannot be reached. All of it
//! is a convenience: when it is gone, messages are sent anew instead of edited. It must not hold money or text.

use kamurj_sdk::{Host, Level, Outcome, Shelf};
use serde::{Deserialize, Serialize};

use crate::api::Place;

const MESSAGES: Shelf = Shelf::new("messages");
const UNREACHABLE: Shelf = Shelf::new("unreachable");

/// The messages of one payment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    #[serde(rename = "c")]
    pub(crate) chat: String,
    /// The message that shows how the payment stands.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub(crate) message_id: Option<i64>,
    /// The latest notice of a failed try, or the latest reminder, which still has its button.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub(crate) notice_id: Option<i64>,
    /// Whether that notice is a reminder.
    #[serde(rename = "r", default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) reminded: bool,
    /// How many tries had been started when that notice was sent.
    #[serde(rename = "t", default)]
    pub(crate) noticed_attempts: u32,
    /// The payment's version that the message shows.
    #[serde(rename = "v")]
    pub(crate) version: u64,
}

impl Record {
    /// The message that shows how the payment stands.
    pub(crate) fn place(&self) -> Option<Place> {
        self.message_id.map(|message_id| Place { chat: self.chat.clone(), message_id })
    }

    /// The latest notice that has a button.
    pub(crate) fn notice(&self) -> Option<Place> {
        self.notice_id.map(|message_id| Place { chat: self.chat.clone(), message_id })
    }

    /// Reads the record. Only a store that asks for another try ends the run: any other trouble counts as no record.
    pub(crate) fn load(host: &impl Host, payment: &str) -> Result<Option<Self>, Outcome> {
        MESSAGES.get(host, payment).or_else(|error| if error.retryable { Err(error.into()) } else { Ok(None) })
    }

    /// Writes the record. The message is out already, so trouble is logged and no more.
    pub(crate) fn save(&self, host: &impl Host, payment: &str) {
        if let Err(error) = MESSAGES.put(host, payment, self) {
            host.log(
                Level::Warn,
                "The message's number could not be kept; the next one will be sent anew instead of edited",
                &[("payment.id", payment), ("error.code", &error.code)],
            );
        }
    }
}

/// Whether the chat blocked the bot, as far as Telegram told us.
pub(crate) fn is_unreachable(host: &impl Host, chat: &str) -> bool {
    UNREACHABLE.get::<bool>(host, chat).ok().flatten().is_some()
}

/// Keeps whether the chat can be reached.
pub(crate) fn set_reachable(host: &impl Host, chat: &str, reachable: bool) {
    let kept = if reachable { UNREACHABLE.remove(host, chat) } else { UNREACHABLE.put(host, chat, &true) };
    if let Err(error) = kept {
        host.log(Level::Warn, "Whether the chat can be reached could not be kept", &[("error.code", &error.code)]);
    }
}
