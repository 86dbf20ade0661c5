//! What an operator enters for a back office's plugin, and how it is connected.

use super::{Desk, Office};
use crate::World;
use crate::clock::minutes;
use crate::plugins::component;
use crate::world::canary;
use kamurj_sandbox::Sandbox;
use kamurj_sandbox::sheets::{ServiceAccount, Spreadsheet};
use reqwest::Method;
use serde_json::{Value, json};

/// The stories' spreadsheet.
pub(super) const BOOK: &str = "1stories-spreadsheet-of-payments";
/// Who writes there.
const WRITER: &str = "kamurj@stories.iam.gserviceaccount.com";
/// The ids of the amoCRM double's first pipeline and of what its statuses begin with.
pub(super) const PIPELINE: i64 = 6_200_001;
/// A stage of each in which a record asks for a payment.
pub(super) const ASKING_DEAL: &str = "PREPAYMENT_INVOICE";
pub(super) const ASKING_LEAD: i64 = PIPELINE * 10 + 3;
/// A key of the ERP's own endpoint.
const ENDPOINT: &str = "payments";

/// The key of the service account: RSA, for tests only.
const PRIVATE_KEY: &str = include_str!("../../../host/plugins/tests/keys/rsa-for-tests-only.pem");
const PUBLIC_KEY: &str = include_str!("../../../host/plugins/tests/keys/rsa-for-tests-only.public.pem");

/// What the doubles are told of their accounts.
pub(crate) fn accounts() -> Value {
    json!({
        "amocrm": { "long_lived_token": canary("amocrm token") },
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
        let path = format!("/v1/installations/{installation}");
        self.listens_to_office(office, &installation);
        self.connects_office(&path).await;
        // Budgets of requests are those of the real services: what the first set-up had no room for, the second one does. What the first
        // one made, it finds.
        self.passes(minutes(1)).await;
        let findings = self.connects_office(&path).await;
        let is_settled = |one: &&Value| match one["state"].as_str() {
            Some("ok" | "made") => true,
            // What only people see: a portal's outgoing webhook, and whether a spreadsheet may be written to.
            Some("unknown") => ["events", "access"].iter().any(|name| one["name"] == *name),
            _ => false,
        };
        assert!(findings.iter().all(|one| is_settled(&one)), "{office:?}: {findings:#?}");
        Desk { office, path, installation }
    }

    async fn connects_office(&self, path: &str) -> Vec<Value> {
        let connected = self.does(Method::POST, &format!("{path}/setup"), &json!({})).await;
        assert_eq!(connected.status, 200, "{}", connected.body);
        connected.body["findings"].as_array().expect("findings").clone()
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
