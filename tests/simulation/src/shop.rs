//! The shops of a world. The stall sells through the API alone; the bakery sells in a Telegram chat too, and keeps its deals
//! in Bitrix24. Each has a bank of its own, so that one's orders can be named in the other's messages.

use crate::life::Life;
use crate::network::{Network, Post};
use crate::secrets::canary;
use axum::body::Body;
use axum::http::Request;
use kamurj_domain::{Clock as _, Mode};
use kamurj_sandbox::{Addresses, Sandbox, Settings as SandboxSettings};
use kamurj_server::access::words_for_keys;
use kamurj_server::install::{self, Entered, NewKey, NewMerchant};
use kamurj_tests::clock::HandClock;
use kamurj_tests::plugins::component;
use serde_json::{Value, json};
use std::sync::Arc;

/// The address under which customers reach the host.
pub(crate) const PUBLIC_URL: &str = "https://pay.kamurj.example";

/// A shop with the services around it.
pub(crate) struct Shop {
    /// `stall` or `bakery`.
    pub(crate) name: &'static str,
    /// Its bank, and its chat and portal where it has them.
    pub(crate) sandbox: Arc<Sandbox>,
    /// `mer_…`.
    pub(crate) merchant: String,
    /// Its API key, in test mode.
    pub(crate) api_key: String,
    /// Its provider account.
    pub(crate) account: String,
    /// The installation of the Telegram plugin, where it has one.
    pub(crate) telegram: Option<String>,
    /// The installation of the Bitrix24 plugin, where it has one.
    pub(crate) bitrix24: Option<String>,
}

impl Shop {
    /// The services of the two shops: first the stall's, then the bakery's.
    pub(crate) fn doubles(clock: &HandClock, network: &Arc<Network>) -> Vec<Arc<Sandbox>> {
        let double = |name: &str| {
            let text = json!({
                "telegram_token": canary("bot token"), "bitrix24_user": "1", "bitrix24_secret": canary("portal secret"),
                "bank_token": canary(&format!("{name}'s bank token")), "customer_language": "hy",
            });
            let settings = SandboxSettings::from_json(&text.to_string()).expect("sandbox settings");
            let clock = clock.clone();
            let clock = Arc::new(move || clock.now());
            let addresses = Addresses {
                telegram: format!("https://telegram.{name}.example"),
                bitrix24: format!("https://portal.{name}.example"),
                bank: format!("https://{name}-bank.example"),
                ..Addresses::default()
            };
            let carrier = Arc::new(Post(Arc::clone(network)));
            let sandbox = Sandbox::without_listeners(&settings, clock, addresses, carrier);
            for field in ["PAY_ID", "PAY_ORDER", "PAY_LINK", "PAY_REASON", "PAY_REFUNDED", "KAMURJ_VERSION"] {
                sandbox.bitrix24.add_custom_field(&format!("UF_CRM_{field}"));
            }
            Arc::new(sandbox)
        };
        vec![double("stall"), double("bakery")]
    }

    /// Sets both shops up on a living host.
    pub(crate) fn open<T: Send + 'static>(life: &Life<T>, doubles: &[Arc<Sandbox>]) -> Vec<Self> {
        life.wait_for(async {
            vec![
                Self::set_up(life, "stall", Arc::clone(&doubles[0])).await,
                Self::set_up(life, "bakery", Arc::clone(&doubles[1])).await,
            ]
        })
    }

    async fn set_up<T: Send + 'static>(life: &Life<T>, name: &'static str, sandbox: Arc<Sandbox>) -> Self {
        let app = &life.app;
        let new = NewMerchant {
            name: format!("Խանութ «{name}»"),
            handle: None,
            contact: Some("+374 10 123456".to_owned()),
            locale: "hy".to_owned(),
            colour: None,
        };
        let merchant = install::merchant(app, new).await.expect("a merchant");
        let scopes = words_for_keys().into_iter().map(str::to_owned).collect();
        let key = NewKey { label: "simulation".to_owned(), scopes, role: "integration".to_owned() };
        let (_, api_key) = install::api_key(app, &merchant, Mode::Test, key).await.expect("a key");
        let secret = canary(&format!("{name}'s webhook secret"));
        let bank = entered(&json!({
            "settings": { "base_url": sandbox.bank_url, "checkout_origins": [sandbox.bank_url] },
            "secrets": { "api_token": canary(&format!("{name}'s bank token")), "webhook_secret": secret },
        }));
        let account = install::provider_account(app, &merchant, Mode::Test, "vpos", bank).await.expect("an account");
        let webhook = format!("{PUBLIC_URL}/webhooks/providers/vpos/{account}");
        sandbox.bank.set_endpoint(&webhook, secret).expect("an endpoint");
        let mut shop = Self { name, sandbox, merchant, api_key, account, telegram: None, bitrix24: None };
        if name == "bakery" {
            shop.install_plugins(life).await;
        }
        shop
    }

    async fn install_plugins<T: Send + 'static>(&mut self, life: &Life<T>) {
        let app = &life.app;
        let with = entered(&telegram_settings(&self.sandbox));
        let telegram = install::plugin(app, &self.merchant, Mode::Test, component("telegram"), with).await;
        let telegram = telegram.expect("the plugin installs");
        let with = entered(&json!({
            "settings": {
                "portal": self.sandbox.bitrix24_url, "user_id": "1", "create_deal": true,
                "stages": {
                    "awaiting_payment": "PREPARATION", "paid": "EXECUTING", "payment_failed": "UC_PAYFAIL",
                    "expired": "LOSE", "manual_review": "UC_REVIEW", "partial_refund": "UC_PARTREF",
                    "full_refund": "APOLOGY",
                },
            },
            "secrets": { "webhook_secret": canary("portal secret") },
        }));
        let bitrix24 = install::plugin(app, &self.merchant, Mode::Test, component("bitrix24"), with).await;
        let hook = json!({ "url": telegram.hooks[0].url, "secret_token": canary("hook secret") }).to_string();
        let url = format!("{}/bot{}/setWebhook", self.sandbox.telegram_url, canary("bot token"));
        let request = Request::post(url).header("content-type", "application/json").body(Body::from(hook));
        let set = self.sandbox.answer(request.expect("a sound request")).await.expect("Telegram answers");
        assert_eq!(set.status(), 200, "Telegram takes the webhook");
        self.telegram = Some(telegram.id);
        self.bitrix24 = Some(bitrix24.expect("the plugin installs").id);
    }
}

fn telegram_settings(sandbox: &Sandbox) -> Value {
    json!({
        "settings": {
            "api_base": sandbox.telegram_url,
            "managers": ["7770001"],
            "catalogue": [{
                "id": "cake", "title": { "hy": "Մեղրով տորթ", "ru": "Медовый торт", "en": "Honey cake" },
                "amount": "12500", "currency": "AMD",
            }],
        },
        "secrets": { "bot_token": canary("bot token"), "webhook_secret": canary("hook secret") },
    })
}

fn entered(value: &Value) -> Entered {
    serde_json::from_value(value.clone()).expect("settings and secrets")
}
