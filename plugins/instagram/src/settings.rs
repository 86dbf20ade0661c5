//! What the operator entered; its schema is `settings.schema.json`. What the schema cannot say is judged here. It must not hold a secret:
//! those stay in the host.

use kamurj_chat::Settings as Shop;
use kamurj_sdk::{Host, Outcome, read_settings};
use serde::Deserialize;

/// How the account was connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Variant {
    /// By Instagram Login, at `graph.instagram.com`, with a token that ends after 60 days.
    Instagram,
    /// Through its Facebook page, at `graph.facebook.com`, with the page's token.
    Page,
}

/// The settings.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Settings {
    /// How the account was connected.
    pub(crate) variant: Variant,
    /// Origin of the Graph API.
    pub(crate) api_base: String,
    /// Its version: `v25.0`.
    pub(crate) version: String,
    /// The account, as webhooks name it.
    pub(crate) account_id: String,
    /// Its page.
    #[serde(default)]
    page_id: Option<String>,
    /// The app that writes for it.
    #[serde(default)]
    pub(crate) app_id: Option<String>,
    /// What new visitors may press.
    #[serde(default)]
    pub(crate) ice_breaker: Option<String>,
    #[serde(flatten)]
    pub(crate) shop: Shop,
}

impl Settings {
    /// Reads and judges them.
    pub(crate) fn read(host: &impl Host) -> Result<Self, Outcome> {
        let settings: Self = read_settings(host)?;
        let wrong = |field: &str, text: &str| Err(Outcome::bad_request("settings", &format!("{field}: {text}")));
        let base = settings.api_base.trim_end_matches('/');
        match settings.variant {
            Variant::Page if settings.page_id.is_none() => wrong("page_id", "name the page whose token is entered"),
            Variant::Page if base == "https://graph.instagram.com" => {
                wrong("api_base", "a page's token works at https://graph.facebook.com alone")
            }
            Variant::Instagram if base == "https://graph.facebook.com" => {
                wrong("api_base", "a token of Instagram Login works at https://graph.instagram.com alone")
            }
            _ => Ok(settings),
        }
    }

    /// The account as paths name it.
    pub(crate) fn node(&self) -> &str {
        match self.variant {
            Variant::Instagram => "me",
            Variant::Page => self.page_id.as_deref().unwrap_or("me"),
        }
    }
}
