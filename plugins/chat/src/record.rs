//! What is remembered of a payment's messages. All of it is a convenience: when it is gone, messages are sent anew instead of
//! changed. It must not hold money or text.

use kamurj_sdk::{Host, Level, Outcome, Shelf};
use serde::{Deserialize, Serialize};

use crate::service::Sent;

const MESSAGES: Shelf = Shelf::new("messages");

/// The messages of one payment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    #[serde(rename = "c")]
    pub(crate) chat: String,
    /// The message that shows how the payment stands.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
    /// The latest notice of a failed try, or the latest reminder, which still has its button.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub(crate) notice: Option<String>,
    /// Whether that notice is a reminder.
    #[serde(rename = "r", default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) reminded: bool,
    /// How many tries had been started when that notice was sent.
    #[serde(rename = "t", default)]
    pub(crate) noticed_attempts: u32,
    /// Whether what the customer gets was sent.
    #[serde(rename = "g", default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) given: bool,
    /// The payment's version that the messages show.
    #[serde(rename = "v")]
    pub(crate) version: u64,
}

impl Record {
    /// The message that shows how the payment stands.
    pub(crate) fn place(&self) -> Option<Sent> {
        self.at(self.message.as_ref())
    }

    /// The latest notice that has a button.
    pub(crate) fn notice(&self) -> Option<Sent> {
        self.at(self.notice.as_ref())
    }

    fn at(&self, message: Option<&String>) -> Option<Sent> {
        message.map(|message| Sent { chat: self.chat.clone(), message: message.clone() })
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
                "The message's number could not be kept; the next one will be sent anew instead of changed",
                &[("payment.id", payment), ("error.code", &error.code)],
            );
        }
    }
}
