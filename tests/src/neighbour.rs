//! A second merchant on the same server, who must see nothing of the first and change nothing of theirs.

use crate::World;
use crate::world::every_scope;
use kamurj_domain::Mode;
use kamurj_server::install::{self, Entered, NewMerchant};
use serde_json::json;

/// The neighbour's webhook secret.
pub const NEIGHBOUR_SECRET: &str = "whsec_TkVJR0hCT1VSLXdlYmhvb2stc2VjcmV0LTAwMDAwMQ==";

/// A merchant with an account at the same bank.
#[derive(Debug, Clone)]
pub struct Neighbour {
    /// `mer_…`.
    pub merchant: String,
    /// Their API key, in test mode.
    pub api_key: String,
    /// Their provider account.
    pub account: String,
}

impl World {
    /// A neighbour who is called like this.
    pub async fn neighbour(&self, new: NewMerchant) -> Neighbour {
        let app = self.app();
        let merchant = install::merchant(&app, new).await.expect("a merchant");
        let (_, api_key) = install::api_key(&app, &merchant, Mode::Test, every_scope("stories")).await.expect("a key");
        let bank: Entered = serde_json::from_value(json!({
            "settings": { "base_url": self.sandbox.bank_url, "checkout_origins": [self.sandbox.bank_url] },
            "secrets": { "api_token": crate::world::canary("bank token"), "webhook_secret": NEIGHBOUR_SECRET },
        }))
        .expect("settings and secrets");
        let account = install::provider_account(&app, &merchant, Mode::Test, "vpos", bank).await.expect("an account");
        Neighbour { merchant, api_key, account }
    }

    /// An ordinary neighbour.
    pub async fn flower_shop(&self) -> Neighbour {
        self.neighbour(NewMerchant {
            name: "Ծաղկի խանութ".to_owned(),
            handle: None,
            contact: None,
            locale: "hy".to_owned(),
            colour: None,
        })
        .await
    }
}
