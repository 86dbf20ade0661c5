//! What the settings say of the account: its names, its integration and the credentials. It must not know who uses them.

use serde::{Deserialize, Serialize};

/// The domains that accounts live under.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
pub enum Domain {
    /// amoCRM in Russian-speaking countries.
    #[default]
    #[serde(rename = "amocrm.ru")]
    AmocrmRu,
    /// amoCRM's older accounts elsewhere.
    #[serde(rename = "amocrm.com")]
    AmocrmCom,
    /// The same service under its newer name.
    #[serde(rename = "kommo.com")]
    KommoCom,
}

impl Domain {
    /// As it is written in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AmocrmRu => "amocrm.ru",
            Self::AmocrmCom => "amocrm.com",
            Self::KommoCom => "kommo.com",
        }
    }
}

/// The account and its one private integration. What the settings leave out is made up.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Account {
    /// What the account calls itself by in links, in `account` and in webhooks.
    pub domain: Domain,
    /// The part of its address before the domain.
    pub subdomain: String,
    /// Its number.
    pub id: i64,
    /// What people call it.
    pub name: String,
    /// ISO 4217 code of the one currency that leads are in.
    pub currency: String,
    /// The long-lived token of the integration.
    pub long_lived_token: String,
    /// The integration's id.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// The only address that browsers are sent back to after consent.
    pub redirect_uri: String,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            domain: Domain::default(),
            subdomain: "shopam".to_owned(),
            id: 7_001,
            name: "Sandbox shop".to_owned(),
            currency: "AMD".to_owned(),
            long_lived_token: "sandbox-amocrm-long-lived-token".to_owned(),
            client_id: "5a3d0000-0000-4000-8000-000000007001".to_owned(),
            client_secret: "sandbox-amocrm-client-secret".to_owned(),
            redirect_uri: "http://127.0.0.1:8080/oauth/callback".to_owned(),
        }
    }
}

impl Account {
    /// The account's host, as the service writes it.
    pub fn host(&self) -> String {
        format!("{}.{}", self.subdomain, self.domain.as_str())
    }

    /// An address below the account's, as links have it.
    pub(super) fn link(&self, path: &str) -> String {
        format!("https://{}{path}", self.host())
    }
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("host", &self.host()).field("id", &self.id).finish_non_exhaustive()
    }
}
