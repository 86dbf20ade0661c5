//! The merchant at Meta: an app, a WhatsApp Business account, one phone number and the credentials that go with them. It must
//! not know what is sent.

use serde::Deserialize;

use super::templates::{Template, usual};

/// One app with one account and one number, as the sandbox's settings give it.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Id of the number, which stands in the path of a send.
    pub phone_number_id: String,
    /// Id of the WhatsApp Business account (WABA).
    pub account_id: String,
    /// Id of the app.
    pub app_id: String,
    /// The app's secret: signs webhooks and, behind `{app_id}|`, sets the app's webhook.
    pub app_secret: String,
    /// The system user's bearer token.
    pub access_token: String,
    /// The number itself, digits with the country code.
    #[serde(default = "number")]
    pub display_phone_number: String,
    /// The name that customers see.
    #[serde(default = "name")]
    pub verified_name: String,
    /// Whether the app demands `appsecret_proof` with every call of the token.
    #[serde(default)]
    pub proof_required: bool,
    /// Message templates. Where none are named there are two, `payment_link` and `payment_received`, in `en` and `ru`.
    #[serde(default = "usual")]
    pub templates: Vec<Template>,
}

/// Made up, for a sandbox that is not told of an account: nothing in it is a secret.
impl Default for Account {
    fn default() -> Self {
        Self {
            phone_number_id: "300000000000001".to_owned(),
            account_id: "300000000000002".to_owned(),
            app_id: "300000000000003".to_owned(),
            app_secret: "sandbox-whatsapp-app-secret".to_owned(),
            access_token: "EAA-sandbox-whatsapp-token".to_owned(),
            display_phone_number: number(),
            verified_name: name(),
            proof_required: false,
            templates: usual(),
        }
    }
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("phone_number_id", &self.phone_number_id)
            .field("account_id", &self.account_id)
            .field("app_id", &self.app_id)
            .finish_non_exhaustive()
    }
}

fn number() -> String {
    "37410000000".to_owned()
}

fn name() -> String {
    "Sandbox shop".to_owned()
}
