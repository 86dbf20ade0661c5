//! What the operator entered; its schema is `settings.schema.json`. It must not hold a secret: those stay in the host.

use std::collections::BTreeMap;

use kamurj_chat::{Purpose, Settings as Shop};
use serde::Deserialize;

/// The settings.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Settings {
    /// Origin of the Graph API.
    pub(crate) api_base: String,
    /// Its version: `v25.0`.
    pub(crate) version: String,
    /// The page that customers write to.
    pub(crate) page_id: String,
    /// The app that writes for it.
    #[serde(default)]
    pub(crate) app_id: Option<String>,
    /// Utility templates, by the purpose's word.
    #[serde(default)]
    templates: BTreeMap<String, Template>,
    /// What the addresses of payments' pages begin with, where that is not the server's own: `https://pay.example.am/p/`.
    #[serde(default)]
    pub(crate) pages: Option<String>,
    #[serde(flatten)]
    pub(crate) shop: Shop,
}

/// An approved utility template.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Template {
    /// Its name at Meta.
    pub(crate) name: String,
    /// Meta's code of the language, by ours.
    pub(crate) languages: BTreeMap<String, String>,
    /// What fills its variables.
    #[serde(default)]
    pub(crate) body: Vec<Value>,
    /// Whether it has a button with the end of the payment's address.
    #[serde(default)]
    pub(crate) button: bool,
}

/// A value of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Value {
    /// The order number.
    Order,
    /// The payment's amount.
    Money,
    /// What is sold.
    Description,
}

impl Settings {
    /// The template for this purpose.
    pub(crate) fn template(&self, purpose: Purpose) -> Option<&Template> {
        self.templates.get(purpose.word())
    }

    /// Every template with its purpose's word, in order.
    pub(crate) fn templates(&self) -> impl Iterator<Item = (&str, &Template)> {
        self.templates.iter().map(|(purpose, template)| (purpose.as_str(), template))
    }
}

impl Template {
    /// Meta's code for a customer of this language. Meta has no Armenian: without a word of the operator's it is English, then Russian.
    pub(crate) fn code(&self, language: &str) -> Option<&str> {
        [language, "en", "ru", "hy"].iter().find_map(|tag| self.languages.get(*tag)).map(String::as_str)
    }
}
