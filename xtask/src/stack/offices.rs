//! The back offices: the merchant's account at each, the plugin that keeps it in step with the payments, and what people enter there by
//! hand so that it talks to this server.

use serde_json::{Value, json};

use super::chance::Secrets;
use super::connect::connects;
use super::setup::{DEMO_MERCHANT, Operator, Services, text};
use crate::say;

/// Their plugins, in the order in which they are connected.
const OFFICES: [&str; 4] = ["bitrix24", "amocrm", "google-sheets", "erp-webhook"];
/// The portal's stage for deals that are paid.
pub(crate) const PAID_STAGE: &str = "EXECUTING";
/// The account's pipeline and its status for leads that are paid, in words and as the settings join them.
pub(crate) const PAID_STATUS: &str = "6200001/62000013";
/// Whose inbound webhook the portal has.
const PORTAL_USER: &str = "1";
/// The spreadsheet's id, which stands in its address.
const SPREADSHEET: &str = "1anush-sweets-book-of-sales";
/// The service account that the spreadsheet is shared with.
const ROBOT: &str = "kamurj@anush-sweets.iam.gserviceaccount.com";
/// The tab that holds one row for each payment.
pub(crate) const TAB: &str = "Payments";
/// The ERP's address for webhooks, below its server.
const ENDPOINT: &str = "payments";
/// What the portal tells of: deals and smart invoices that were made or changed.
const PORTAL_EVENTS: [&str; 4] = ["ONCRMDEALADD", "ONCRMDEALUPDATE", "ONCRMDYNAMICITEMADD", "ONCRMDYNAMICITEMUPDATE"];

/// What the doubles are told of the merchant's accounts.
pub(super) fn accounts(secrets: &Secrets) -> Value {
    let secrets = &secrets.offices;
    json!({
        "bitrix24_user": PORTAL_USER,
        "bitrix24_secret": secrets.portal,
        "amocrm": {
            "name": DEMO_MERCHANT, "long_lived_token": secrets.amocrm, "client_secret": secrets.amocrm_client,
        },
        "sheets": {
            "spreadsheets": [{ "id": SPREADSHEET, "title": DEMO_MERCHANT, "tabs": [TAB], "shared_with": [ROBOT] }],
        },
        "erp": { "endpoints": [{ "name": ENDPOINT, "keys": [secrets.erp_webhooks] }] },
    })
}

/// Who connects them, and with what.
pub(super) struct Offices<'a> {
    pub(super) services: &'a Services<'a>,
    pub(super) operator: &'a Operator<'a>,
    pub(super) secrets: &'a Secrets,
    /// May set plugins up.
    pub(super) key: &'a str,
}

impl Offices<'_> {
    /// Installs a plugin for each and connects it.
    pub(super) fn open(&self) -> Result<(), String> {
        for word in OFFICES {
            let entered = self.entered(word)?;
            let installed = self.operator.installs(word, &entered)?;
            self.enters_by_hand(word, &installed)?;
            // Whether the portal's own webhook comes here, the portal tells nobody who asks by a webhook.
            let unseen: &[&str] = if word == "bitrix24" { &["events"] } else { &[] };
            connects(self.services, self.key, (word, &text(&installed, "/id")?), unseen)?;
        }
        Ok(())
    }

    /// What the operator types: settings and secrets.
    fn entered(&self, word: &str) -> Result<Value, String> {
        let (doubles, secrets) = (self.services.doubles, &self.secrets.offices);
        Ok(match word {
            "bitrix24" => json!({
                "settings": {
                    "portal": doubles.bitrix24, "oauth_base": doubles.bitrix24, "user_id": PORTAL_USER, "create_deal": true,
                    "stages": {
                        "awaiting_payment": "PREPARATION", "paid": PAID_STAGE, "payment_failed": "UC_PAYFAIL", "expired": "LOSE",
                        "manual_review": "UC_REVIEW", "partial_refund": "UC_PARTREF", "full_refund": "APOLOGY",
                    },
                    "invoice_stages": { "awaiting_payment": "S", "paid": "P", "expired": "D", "full_refund": "D" },
                    "requests": { "stages": ["PREPAYMENT_INVOICE"], "order_prefix": "B24-" },
                    "tasks": {},
                },
                "secrets": {
                    "webhook_secret": secrets.portal, "application_token": secrets.portal_events,
                    "hook_secret": secrets.portal_button,
                },
            }),
            "amocrm" => json!({
                "settings": {
                    "account": doubles.amocrm, "oauth_base": doubles.amocrm, "create_lead": true,
                    "stages": {
                        "awaiting_payment": "6200001/62000012", "paid": PAID_STATUS, "payment_failed": "6200001/62000014",
                        "expired": "143", "manual_review": "6200001/62000014", "full_refund": "143",
                    },
                    "requests": { "stages": ["6200001/62000012"], "order_prefix": "L-" },
                    "tasks": {},
                },
                "secrets": { "token": secrets.amocrm, "hook_secret": secrets.amocrm_hook },
            }),
            "google-sheets" => {
                let file = self.makes_a_key()?;
                json!({
                    "settings": {
                        "spreadsheet_id": SPREADSHEET, "tab": TAB, "client_email": text(&file, "/client_email")?,
                        "key_id": text(&file, "/private_key_id")?, "api_base": doubles.sheets, "token_base": doubles.sheets,
                    },
                    "secrets": { "private_key": text(&file, "/private_key")? },
                })
            }
            _ => json!({
                "settings": { "endpoint": doubles.erp, "path": format!("/hooks/{ENDPOINT}") },
                "secrets": { "signing_secret": secrets.erp_webhooks, "inbound_secret": secrets.erp_orders },
            }),
        })
    }

    /// As Google's console does: the file is shown once.
    fn makes_a_key(&self) -> Result<Value, String> {
        say::step("make a key for the service account", || {
            let file = self.plays("sheets/key", &json!({ "client_email": ROBOT }))?;
            let detail = format!("{ROBOT}, key {}", text(&file, "/private_key_id")?);
            Ok((file, detail))
        })
    }

    /// What people enter at the service itself, because no call of it does that for a plugin.
    fn enters_by_hand(&self, word: &str, installed: &Value) -> Result<(), String> {
        match word {
            "bitrix24" => say::step("enter the outgoing webhook in the portal", || {
                let url = address(installed, "event")?;
                let token = &self.secrets.offices.portal_events;
                // Only whoever administers the CRM may make the payment fields.
                self.plays("bitrix24/act", &json!({ "act": "set_admin", "admin": true }))?;
                let webhook =
                    json!({ "act": "set_webhook", "url": url, "application_token": token, "events": PORTAL_EVENTS });
                self.plays("bitrix24/act", &webhook)?;
                Ok(((), url))
            }),
            "erp-webhook" => say::step("tell the ERP where its orders go", || {
                let url = address(installed, "orders")?;
                let keys = [&self.secrets.offices.erp_orders];
                self.plays("erp/act", &json!({ "act": "kamurj", "url": url, "keys": keys }))?;
                Ok(((), url))
            }),
            _ => Ok(()),
        }
    }

    fn plays(&self, path: &str, body: &Value) -> Result<Value, String> {
        self.services.http.post_json(&format!("{}/play/{path}", self.services.doubles.play), body)
    }
}

/// Where the installation takes messages of this route.
fn address(installed: &Value, route: &str) -> Result<String, String> {
    let hooks = installed["hooks"].as_array().map_or(&[][..], Vec::as_slice);
    let hook = hooks.iter().find(|hook| hook["path"] == route);
    text(hook.ok_or_else(|| format!("the installation has no route `{route}`"))?, "/url")
}
