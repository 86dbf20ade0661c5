//! What the operator enters for every channel alike; each plugin's schema holds the same properties beside its own. It must not hold a
//! secret: those stay in the host.

use std::collections::BTreeMap;

use kamurj_sdk::{Language, Money, Outcome, parse_amount, plain};
use serde::Deserialize;

/// Buttons carry `item:` and this.
const ITEM_ID_BYTES: usize = 59;
/// Longest title that is kept, in characters; services show less.
const TITLE_CHARS: usize = 80;
/// Most things on sale.
const MOST_ITEMS: usize = 90;

/// The settings that all channels share.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Settings {
    /// Chats whose `/pay` makes a payment.
    #[serde(default)]
    pub managers: Vec<String>,
    /// What is on sale, in the order shown.
    #[serde(default)]
    pub catalogue: Vec<Entry>,
    /// The language of customers whose own is not known: `hy` where nothing is said.
    #[serde(default)]
    pub language: Option<String>,
}

/// One thing on sale.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Entry {
    /// A payment link, with all that it asks and gives.
    Link {
        /// The link's id.
        link: String,
    },
    /// A thing at a fixed price, without a link.
    Priced {
        /// 1 to 59 of `A-Z a-z 0-9 _ -`.
        id: String,
        /// What it is called, by language.
        title: BTreeMap<String, String>,
        /// In decimal.
        amount: String,
        /// ISO 4217.
        currency: String,
    },
}

impl Settings {
    /// Whether this chat belongs to the shop's people.
    pub fn is_manager(&self, chat: &str) -> bool {
        self.managers.iter().any(|manager| manager == chat)
    }

    pub(crate) fn usual_language(&self) -> Language {
        self.language.as_deref().map_or(Language::Hy, Language::from_tag)
    }

    /// Ids of the links on sale.
    pub(crate) fn links(&self) -> Vec<String> {
        let link = |entry: &Entry| match entry {
            Entry::Link { link } => Some(link.clone()),
            Entry::Priced { .. } => None,
        };
        self.catalogue.iter().take(MOST_ITEMS).filter_map(link).collect()
    }
}

impl Entry {
    /// Its id in buttons and references.
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Link { link } => link,
            Self::Priced { id, .. } => id,
        }
    }

    /// Title and price of a thing without a link; none for a link. The error names the entry that a service or the host would
    /// refuse.
    pub(crate) fn priced(&self, language: Language) -> Result<Option<(String, Money)>, Outcome> {
        let Self::Priced { id, title, amount, currency } = self else { return Ok(None) };
        let id_fits = (1..=ITEM_ID_BYTES).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
        if !id_fits {
            return Err(wrong(id, "an id is 1 to 59 of A-Z a-z 0-9 _ -"));
        }
        let price = parse_amount(amount, currency).map_err(|reason| wrong(id, reason))?;
        let title = [language.tag(), "hy", "ru", "en"]
            .iter()
            .filter_map(|tag| title.get(*tag))
            .map(|title| plain(title, TITLE_CHARS))
            .find(|title| !title.is_empty())
            .ok_or_else(|| wrong(id, "a title is missing"))?;
        Ok(Some((title, price)))
    }
}

fn wrong(id: &str, reason: &str) -> Outcome {
    Outcome::bad_request("settings", &format!("catalogue item `{}`: {reason}", plain(id, 60)))
}
