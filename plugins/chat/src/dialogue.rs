//! The few questions that a link asks before its payment is made, one at a time, as they stand in one chat. What counts as an answer is
//! the host's to say. It must not write to the chat.

use kamurj_sdk::{ChannelRef, Customer, Host, Level, Money, Outcome, PaymentLink, Selection, Shelf, fingerprint};
use serde::{Deserialize, Serialize};

const DIALOGUES: Shelf = Shelf::new("dialogues");
/// An answer that comes later than this after the question means something else, milliseconds.
const LIFE_MS: u64 = 24 * 60 * 60 * 1000;

/// What has been chosen so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Dialogue {
    #[serde(rename = "l")]
    pub(crate) link: String,
    #[serde(rename = "v")]
    pub(crate) version: u64,
    /// The event that began it; the payment's key.
    #[serde(rename = "k")]
    pub(crate) key: String,
    /// The latest event that it took in: a run that is repeated takes it in once.
    #[serde(rename = "e")]
    pub(crate) heard: String,
    /// The field that is waited for.
    #[serde(rename = "f")]
    pub(crate) asked: String,
    #[serde(rename = "t")]
    pub(crate) asked_at: u64,
    /// Minor units and currency.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub(crate) amount: Option<(i64, String)>,
    #[serde(rename = "q", default, skip_serializing_if = "Option::is_none")]
    pub(crate) quantity: Option<u32>,
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub(crate) delivery: Option<String>,
    #[serde(rename = "a", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) answers: Vec<(String, String)>,
    /// Questions that the customer left out.
    #[serde(rename = "s", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) skipped: Vec<String>,
}

impl Dialogue {
    /// Begins with nothing chosen.
    pub(crate) fn begin(link: &PaymentLink, key: &str) -> Self {
        Self {
            link: link.id.clone(),
            version: link.version,
            key: key.to_owned(),
            heard: key.to_owned(),
            ..Self::default()
        }
    }

    /// The one in this chat, if its last question is not too old.
    pub(crate) fn load(host: &impl Host, chat: &str) -> Option<Self> {
        let known: Self = DIALOGUES.get(host, chat).ok().flatten()?;
        (host.now_ms().saturating_sub(known.asked_at) < LIFE_MS).then_some(known)
    }

    /// Keeps it, with the field that is asked now.
    pub(crate) fn save(&mut self, host: &impl Host, chat: &str, asked: &str) -> Result<(), Outcome> {
        asked.clone_into(&mut self.asked);
        self.asked_at = host.now_ms();
        DIALOGUES.put(host, chat, self).map_err(Into::into)
    }

    /// Forgets what this chat was asked.
    pub(crate) fn end(host: &impl Host, chat: &str) {
        if let Err(error) = DIALOGUES.remove(host, chat) {
            host.log(Level::Warn, "A finished dialogue could not be put away", &[("error.code", &error.code)]);
        }
    }

    /// A word that this very question's buttons carry, so that a press on an older one is told apart.
    pub(crate) fn token(&self, field: &str) -> String {
        format!("{:08x}", fingerprint(&format!("{}/{field}", self.key)) >> 32)
    }

    /// What has been chosen, as the host reads it.
    pub(crate) fn selection(&self, customer: Customer, channel: ChannelRef, locale: &str) -> Selection {
        Selection {
            key: self.key.clone(),
            link_id: self.link.clone(),
            version: Some(self.version),
            amount: self.amount.clone().map(|(minor, currency)| Money { minor, currency }),
            quantity: self.quantity,
            delivery: self.delivery.clone(),
            answers: self.answers.clone(),
            customer,
            channel: Some(channel),
            locale: Some(locale.to_owned()),
            extra: Vec::new(),
        }
    }
}
