//! What the sandbox is told at its start: where to listen and which credentials its doubles accept. It must not know
//! who uses those credentials.

use std::net::{Ipv4Addr, SocketAddr};

use serde::Deserialize;

use crate::gateways::telcell;

/// Settings of the sandbox, read from a JSON file by the command line.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Address of the play page; Telegram, Bitrix24, the bank, WhatsApp, Messenger, Instagram, Instagram through pages, amoCRM, Google
    /// Sheets and the ERP take the next ten ports. Port 0 takes free ones.
    #[serde(default = "any_free_port")]
    pub listen: SocketAddr,
    /// The bot token that the Telegram double accepts, `digits:characters`.
    pub telegram_token: String,
    /// Id of the Bitrix24 user whom the inbound webhook belongs to.
    pub bitrix24_user: String,
    /// The secret in the path of the Bitrix24 inbound webhook.
    pub bitrix24_secret: String,
    /// The local app at the portal; where it is left out, a made-up one.
    #[serde(default)]
    pub bitrix24_app: crate::bitrix24::App,
    /// The merchant's bearer token at the bank.
    pub bank_token: String,
    /// The merchants of FastShift.
    #[serde(default)]
    pub fastshift: Vec<crate::gateways::fastshift::Merchant>,
    /// The merchants of Idram.
    #[serde(default)]
    pub idram: Vec<crate::gateways::idram::Merchant>,
    /// `language_code` that a customer's Telegram client sends: `hy`, `ru` or `en`.
    #[serde(default = "armenian")]
    pub customer_language: String,
    /// Clients of Ameriabank.
    #[serde(default)]
    pub ameriabank: Vec<crate::gateways::ameriabank::Merchant>,
    /// Logins at the ArCa gateway.
    #[serde(default)]
    pub rbs: Vec<crate::gateways::rbs::Merchant>,
    /// Shops at Telcell.
    #[serde(default)]
    pub telcell: Vec<telcell::Merchant>,
    /// The account at WhatsApp; where it is left out, a made-up one.
    #[serde(default)]
    pub whatsapp: crate::whatsapp::Account,
    /// Pages of the Messenger double; where they are left out, a made-up one.
    #[serde(default = "crate::messenger::made_up")]
    pub messenger: Vec<crate::messenger::Page>,
    /// Accounts of the Instagram double; where they are left out, two made-up ones, the second reached through a page.
    #[serde(default = "crate::instagram::made_up")]
    pub instagram: Vec<crate::instagram::Professional>,
    /// The account at amoCRM; what is left out of it is made up.
    #[serde(default)]
    pub amocrm: crate::amocrm::Account,
    /// Service accounts and spreadsheets of Google's; where they are left out, a made-up spreadsheet and no account.
    #[serde(default)]
    pub sheets: crate::sheets::Workspace,
    /// The merchant's ERP; where it is left out, a made-up one that sends to nobody.
    #[serde(default)]
    pub erp: crate::erp::Account,
}

impl Settings {
    /// Reads settings from JSON text. The error names the field, never a value of a secret.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("listen", &self.listen)
            .field("bitrix24_user", &self.bitrix24_user)
            .field("customer_language", &self.customer_language)
            .finish_non_exhaustive()
    }
}

fn any_free_port() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

fn armenian() -> String {
    "hy".to_owned()
}
