//! What the operator entered for the bot; its schema is `settings.schema.json`. It must not hold a secret: those stay in the host.

use std::collections::BTreeMap;

use kamurj_sdk::{Host, Language, Money, Outcome, parse_amount, plain, read_settings};
use serde::Deserialize;

/// Telegram takes 64 bytes of callback data, of which `item:` takes five.
const ITEM_ID_BYTES: usize = 59;
/// Longest title that a button still shows on a phone, in characters.
const TITLE_CHARS: usize = 48;

/// The installation's settings.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Settings {
    /// Origin of the Bot API.
    pub(crate) api_base: String,
    /// Chats whose `/pay` makes a payment.
    #[serde(default)]
    managers: Vec<String>,
    #[serde(default)]
    catalogue: Vec<RawItem>,
}

#[derive(Debug, Clone, Deserialize)]
struct RawItem {
    id: String,
    title: BTreeMap<String, String>,
    amount: String,
    currency: String,
}

/// One thing on sale, in one language.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Item {
    /// Goes into the button's callback data.
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) price: Money,
}

impl Settings {
    pub(crate) fn read(host: &impl Host) -> Result<Self, Outcome> {
        read_settings(host)
    }

    pub(crate) fn is_manager(&self, chat: &str) -> bool {
        self.managers.iter().any(|manager| manager == chat)
    }

    /// The catalogue in this language; a title that is missing in it is taken in another. The error names the entry that
    /// Telegram or the host would refuse.
    pub(crate) fn catalogue(&self, language: Language) -> Result<Vec<Item>, Outcome> {
        self.catalogue
            .iter()
            .map(|raw| {
                let id_fits = (1..=ITEM_ID_BYTES).contains(&raw.id.len())
                    && raw.id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
                if !id_fits {
                    return Err(wrong(&raw.id, "an id is 1 to 59 of A-Z a-z 0-9 _ -"));
                }
                let price = parse_amount(&raw.amount, &raw.currency).map_err(|reason| wrong(&raw.id, reason))?;
                let title = [language.tag(), "hy", "ru", "en"]
                    .iter()
                    .filter_map(|tag| raw.title.get(*tag))
                    .map(|title| plain(title, TITLE_CHARS))
                    .find(|title| !title.is_empty())
                    .ok_or_else(|| wrong(&raw.id, "a title is missing"))?;
                Ok(Item { id: raw.id.clone(), title, price })
            })
            .collect()
    }
}

fn wrong(id: &str, reason: &str) -> Outcome {
    Outcome::bad_request("settings", &format!("catalogue item `{}`: {reason}", plain(id, 60)))
}
