//! What the operator entered; its schema is `settings.schema.json`. It must not hold a secret: those stay in the host.

use std::collections::BTreeMap;

use kamurj_chat::{Purpose, Settings as Shop};
use serde::Deserialize;

/// The settings of one number.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Settings {
    /// Origin of the Graph API.
    pub(crate) api_base: String,
    /// Its version, which is a part of every address.
    #[serde(default = "usual_version")]
    pub(crate) version: String,
    /// Meta's id of the number.
    pub(crate) phone_number_id: String,
    /// Meta's id of the account that the number belongs to.
    pub(crate) waba_id: String,
    /// Templates by [`Purpose::word`].
    #[serde(default)]
    pub(crate) templates: BTreeMap<String, Template>,
    #[serde(flatten)]
    pub(crate) shop: Shop,
}

/// A template that Meta approved.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Template {
    pub(crate) name: String,
    /// Meta's code for customers who read `hy`, `ru` and `en`.
    pub(crate) languages: BTreeMap<String, String>,
    /// What the variables of the body are, in order.
    #[serde(default)]
    pub(crate) body: Vec<Value>,
    /// Whether it has a button whose address ends in a variable.
    #[serde(default)]
    pub(crate) button: bool,
}

/// What can be put into a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Value {
    /// The order number.
    Order,
    /// The payment's amount.
    Money,
    /// What is sold.
    Description,
    /// What went back until now.
    Refunded,
}

impl Settings {
    /// The template for messages of this purpose.
    pub(crate) fn template(&self, purpose: Purpose) -> Option<&Template> {
        self.templates.get(purpose.word())
    }

    /// The shop's settings as they are for one chat: the number of a manager is known, the chat's id may be another one.
    pub(crate) fn shop_for(&self, chat: &str, phone: Option<&str>) -> Shop {
        let digits = |text: &str| text.trim_start_matches('+').to_owned();
        let is_manager = self
            .shop
            .managers
            .iter()
            .any(|manager| manager == chat || phone.is_some_and(|phone| digits(phone) == digits(manager)))
            || self.shop.managers.iter().any(|manager| digits(manager) == chat);
        Shop { managers: is_manager.then(|| chat.to_owned()).into_iter().collect(), ..self.shop.clone() }
    }
}

impl Template {
    /// Meta's code for a customer who reads this language. Where the merchant named none: English, which most can read, before
    /// the others.
    pub(crate) fn code(&self, language: &str) -> Option<&str> {
        let named = [language, "en", "ru", "hy"].into_iter().find_map(|tag| self.languages.get(tag));
        named.map(String::as_str)
    }
}

fn usual_version() -> String {
    "v26.0".to_owned()
}
