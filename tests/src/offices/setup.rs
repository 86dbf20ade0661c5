//! What an operator enters for a back office's plugin, and how it is connected.

use super::{Desk, Office};
use crate::World;
use crate::clock::{HandClock, minutes, seconds};
use crate::connections::fields;
use crate::plugins::component;
use crate::world::canary;
use kamurj_sandbox::Sandbox;
use kamurj_sandbox::bitrix24::App;
use kamurj_sandbox::sheets::{ServiceAccount, Spreadsheet};
use reqwest::Method;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::time::Duration;

/// The stories' spreadsheet.
pub(super) const BOOK: &str = "1stories-spreadsheet-of-payments";
/// Who writes there.
const WRITER: &str = "kamurj@stories.iam.gserviceaccount.com";
/// The ids of the amoCRM double's first pipeline and of what its statuses begin with.
pub(super) const PIPELINE: i64 = 6_200_001;
/// A stage of each in which a record asks for a payment.
pub(super) const ASKING_DEAL: &str = "PREPAYMENT_INVOICE";
pub(super) const ASKING_LEAD: i64 = PIPELINE * 10 + 3;
/// The integration's id at amoCRM.
const APP_ID: &str = "5a3d0000-0000-4000-8000-000000000808";
/// A key of the ERP's own endpoint.
const ENDPOINT: &str = "payments";

/// The key of the service account: RSA, for tests only.
const PRIVATE_KEY: &str = include_str!("../../../host/plugins/tests/keys/rsa-for-tests-only.pem");
const PUBLIC_KEY: &str = include_str!("../../../host/plugins/tests/keys/rsa-for-tests-only.public.pem");

/// What the doubles are told of their accounts.
pub(crate) fn accounts() -> Value {
    json!({
        "amocrm": {
            "long_lived_token": canary("amocrm token"), "client_id": APP_ID, "client_secret": canary("amocrm app"),
        },
        "erp": { "endpoints": [{ "name": ENDPOINT, "keys": [canary("erp secret")] }] },
    })
}

fn stages(office: Office) -> Value {
    match office {
        Office::Amocrm => {
            let of = |status: i64| format!("{PIPELINE}/{status}");
            json!({
                "awaiting_payment": of(PIPELINE * 10 + 1), "paid": of(142), "payment_failed": of(PIPELINE * 10 + 2),
                "expired": of(143), "manual_review": of(PIPELINE * 10 + 4),
            })
        }
        Office::Bitrix24 | Office::Sheets | Office::Erp => json!({
            "awaiting_payment": "PREPARATION", "paid": "EXECUTING", "payment_failed": "UC_PAYFAIL", "expired": "LOSE",
            "manual_review": "UC_REVIEW", "partial_refund": "UC_PARTREF", "full_refund": "APOLOGY",
        }),
    }
}

/// What the operator enters.
fn entered(sandbox: &Sandbox, office: Office) -> Value {
    match office {
        Office::Bitrix24 => json!({
            "settings": {
                "portal": sandbox.bitrix24_url, "user_id": "1", "stages": stages(office), "create_deal": true,
                "language": "en", "tasks": { "hours": 24 },
                "requests": { "stages": [ASKING_DEAL], "order_prefix": "B24-" },
            },
            "secrets": {
                "webhook_secret": canary("portal secret"), "application_token": canary("application token"),
                "hook_secret": canary("record hook"),
            },
        }),
        Office::Amocrm => json!({
            "settings": {
                "account": sandbox.amocrm_url, "oauth_base": sandbox.amocrm_url, "stages": stages(office),
                "create_lead": true, "language": "en", "tasks": { "hours": 24 },
                "requests": { "stages": [format!("{PIPELINE}/{ASKING_LEAD}")], "order_prefix": "AMO-" },
            },
            "secrets": { "token": canary("amocrm token"), "hook_secret": canary("record hook") },
        }),
        Office::Sheets => json!({
            "settings": {
                "spreadsheet_id": BOOK, "client_email": WRITER, "key_id": "key-1", "tab": "Payments",
                "history_tab": "History", "language": "en", "api_base": sandbox.sheets_url,
                "token_base": sandbox.sheets_url,
            },
            "secrets": { "private_key": PRIVATE_KEY },
        }),
        Office::Erp => json!({
            "settings": { "endpoint": sandbox.erp_url, "path": format!("/hooks/{ENDPOINT}") },
            "secrets": { "signing_secret": canary("erp secret"), "inbound_secret": canary("order secret") },
        }),
    }
}

impl World {
    /// A back office whose plugin is installed and connected.
    pub async fn works_with(&mut self, office: Office) -> Desk {
        self.prepares_office(office);
        let entered = entered(&self.sandbox, office);
        let installation = match office {
            Office::Bitrix24 => {
                let path = format!("/v1/installations/{}", self.bitrix24);
                let changes =
                    json!({ "settings": entered["settings"], "secrets": entered["secrets"], "grants": "all" });
                self.changes(&path, &changes).await;
                self.activates(&path, &json!({})).await;
                self.bitrix24.clone()
            }
            Office::Amocrm | Office::Sheets | Office::Erp => {
                self.installs(component(office.plugin()), entered).await.id
            }
        };
        self.listens_to_office(office, &installation);
        self.settles_in(office, installation).await
    }

    /// The same CRM by an app that an administrator let in, in place of a key that somebody copied.
    pub async fn works_with_app_of(&mut self, office: Office) -> Desk {
        let Desk { path, installation, .. } = self.works_with(office).await;
        let redirect_uri = format!("{}/oauth/callback", self.url);
        let (mut settings, secrets, connection) = match office {
            Office::Bitrix24 => {
                let app = App {
                    client_id: "local.stories.000001".to_owned(),
                    client_secret: canary("portal app"),
                    redirect_uri,
                };
                let secrets = json!({ "webhook_secret": null, "client_secret": app.client_secret });
                let settings = json!({ "client_id": app.client_id, "oauth_base": self.sandbox.bitrix24_url });
                self.sandbox.bitrix24.register_app(app);
                (settings, secrets, "portal_app")
            }
            Office::Amocrm => {
                self.sandbox.amocrm.set_redirect_uri(&redirect_uri);
                self.sandbox.amocrm.revoke_long_lived();
                let secrets = json!({ "token": null, "client_secret": canary("amocrm app") });
                (json!({ "client_id": APP_ID }), secrets, "account_app")
            }
            Office::Sheets | Office::Erp => panic!("{office:?} lets no apps in"),
        };
        for (name, value) in self.settings_of(office).as_object().expect("settings") {
            settings[name] = value.clone();
        }
        if let Some(settings) = settings.as_object_mut() {
            settings.remove("user_id");
        }
        self.changes(&path, &json!({ "settings": settings, "secrets": secrets, "grants": "all" })).await;
        self.lets_in(&path, connection).await;
        // The self-test asks the service as well.
        self.passes(minutes(1)).await;
        self.activates(&path, &json!({})).await;
        self.settles_in(office, installation).await
    }

    /// The administrator lets the app in once more.
    pub async fn connects_the_app_again(&mut self, desk: &Desk) {
        let connection = if desk.office == Office::Bitrix24 { "portal_app" } else { "account_app" };
        self.lets_in(&desk.path, connection).await;
    }

    /// An administrator opens the page of the service, presses its button, and confirms on ours.
    async fn lets_in(&mut self, path: &str, connection: &str) {
        let started = self.does(Method::POST, &format!("{path}/connections/{connection}/start"), &json!({})).await;
        assert_eq!(started.status, 201, "{}", started.body);
        let url = started.body["authorize_url"].as_str().expect("an address").to_owned();
        let page = self.opens(&url).await;
        assert_eq!(page.status, 200, "{}", page.html);
        let mut pressed = fields(&page);
        let button = if connection == "portal_app" { "action" } else { "decision" };
        pressed.push((button.to_owned(), "allow".to_owned()));
        let pressed: Vec<(&str, &str)> = pressed.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let action = if connection == "portal_app" { url.clone() } else { url.replace(&query_of(&url), "") };
        let back = self.submits(&action, &pressed).await.expect("an answer").location.expect("a way back");
        let page = self.presses_connect(&back).await;
        assert_eq!(page.status, 200, "{}", page.html);
    }

    async fn settles_in(&mut self, office: Office, installation: String) -> Desk {
        let path = format!("/v1/installations/{installation}");
        // Budgets of requests are those of the real services, and a set-up makes more than fit into one moment.
        self.lives_patiently().await;
        let clock = self.clock.clone();
        let told = tokio::select! {
            told = self.connects_office(&path) => told,
            never = time_passes(&clock) => match never {},
        };
        self.restarts().await;
        let findings = told["findings"].as_array().expect("findings");
        assert!(told["outcome"].is_null() && !findings.is_empty(), "{office:?}: {told:#}");
        let is_settled = |one: &&Value| match one["state"].as_str() {
            Some("ok" | "made") => true,
            // What only people see: a portal's outgoing webhook, and whether a spreadsheet may be written to.
            Some("unknown") => ["events", "access"].iter().any(|name| one["name"] == *name),
            _ => false,
        };
        assert!(findings.iter().all(|one| is_settled(&one)), "{office:?}: {findings:#?}");
        Desk { office, path, installation }
    }

    async fn connects_office(&self, path: &str) -> Value {
        let connected = self.does(Method::POST, &format!("{path}/setup"), &json!({})).await;
        assert_eq!(connected.status, 200, "{}", connected.body);
        connected.body
    }

    /// What somebody has done at the service before.
    fn prepares_office(&self, office: Office) {
        match office {
            Office::Bitrix24 => self.sandbox.bitrix24.set_crm_admin(true),
            Office::Amocrm | Office::Erp => {}
            Office::Sheets => {
                let sheets = &self.sandbox.sheets;
                let account = ServiceAccount {
                    client_email: WRITER.to_owned(),
                    public_key_pem: PUBLIC_KEY.to_owned(),
                    key_id: "key-1".to_owned(),
                };
                sheets.add_service_account(&account).expect("a public key");
                sheets.add_spreadsheet(&Spreadsheet {
                    id: BOOK.to_owned(),
                    title: "Վճարումներ".to_owned(),
                    tabs: vec!["Notes of the shop".to_owned()],
                    shared_with: vec![WRITER.to_owned()],
                });
            }
        }
    }

    /// Addresses that people enter at the service by hand.
    fn listens_to_office(&self, office: Office, installation: &str) {
        match office {
            Office::Bitrix24 => {
                let url = format!("{}/hooks/{installation}/event", self.url);
                let events = ["ONCRMDEALADD", "ONCRMDEALUPDATE", "ONCRMDEALDELETE"];
                let set = self.sandbox.bitrix24.set_outgoing_webhook(&url, &canary("application token"), &events);
                set.expect("an address");
            }
            Office::Erp => {
                let url = format!("{}/hooks/{installation}/orders", self.url);
                self.sandbox.erp.set_kamurj(&url, &canary("order secret")).expect("an address");
            }
            Office::Amocrm | Office::Sheets => {}
        }
    }

    /// The settings that an operator enters for this office.
    pub fn settings_of(&self, office: Office) -> Value {
        entered(&self.sandbox, office)["settings"].clone()
    }
}

/// The query of an address, with its question mark.
fn query_of(url: &str) -> String {
    url.split_once('?').map_or_else(String::new, |(_, query)| format!("?{query}"))
}

/// Moves the clock on, a second every few milliseconds.
async fn time_passes(clock: &HandClock) -> Infallible {
    loop {
        tokio::time::sleep(Duration::from_millis(5)).await;
        clock.pass(seconds(1));
    }
}
