//! What the merchant has on sale, what an operator enters for a channel's plugin, and how it is connected.

use super::phone::{PAGE, PROFESSIONAL};
use super::staff::MANAGER_PHONE;
use super::{Channel, Shop};
use crate::World;
use crate::entered::entered_telegram;
use crate::links::{id, makes};
use crate::plugins::component;
use crate::world::canary;
use kamurj_sandbox::Sandbox;
use reqwest::Method;
use serde_json::{Value, json};

/// Ids of the stories' account at WhatsApp.
const NUMBER_ID: &str = "120000000000001";
const WABA: &str = "120000000000002";
const WHATSAPP_APP: &str = "120000000000003";
/// The apps of the page and of the Instagram account.
const PAGE_APP: &str = "110000000000002";
const INSTAGRAM_APP: &str = "130000000000002";

/// What the doubles of Meta's services are told of their accounts.
pub(crate) fn accounts() -> Value {
    json!({
        "whatsapp": {
            "phone_number_id": NUMBER_ID, "account_id": WABA, "app_id": WHATSAPP_APP,
            "app_secret": canary("whatsapp app secret"), "access_token": canary("whatsapp token"),
        },
        "messenger": [{
            "page": PAGE, "token": canary("page token"), "app": PAGE_APP,
            "app_secret": canary("page app secret"), "permissions": ["page_utility_messaging"],
        }],
        "instagram": [{
            "account": PROFESSIONAL, "token": canary("instagram token"), "app": INSTAGRAM_APP,
            "app_secret": canary("instagram app secret"),
        }],
    })
}

fn templates() -> Value {
    json!({
        "link": {
            "name": "payment_link", "languages": { "hy": "en", "ru": "ru", "en": "en" },
            "body": ["order", "money"], "button": true,
        },
        "paid": {
            "name": "payment_received", "languages": { "hy": "en", "ru": "ru", "en": "en" },
            "body": ["order", "money"], "button": true,
        },
    })
}

/// What the operator enters.
fn entered(sandbox: &Sandbox, channel: Channel, catalogue: &Value) -> Value {
    let mut entered = match channel {
        Channel::Telegram => entered_telegram(sandbox),
        Channel::WhatsApp => json!({
            "settings": {
                "api_base": sandbox.whatsapp_url, "version": "v26.0", "phone_number_id": NUMBER_ID, "waba_id": WABA,
                "managers": [MANAGER_PHONE], "templates": templates(),
            },
            "secrets": {
                "access_token": canary("whatsapp token"), "app_secret": canary("whatsapp app secret"),
                "verify_token": canary("verify token"),
            },
        }),
        Channel::Messenger => json!({
            "settings": {
                "api_base": sandbox.messenger_url, "version": "v26.0", "page_id": PAGE, "app_id": PAGE_APP,
                "templates": templates(),
            },
            "secrets": {
                "page_token": canary("page token"), "app_secret": canary("page app secret"),
                "verify_token": canary("verify token"),
            },
        }),
        Channel::Instagram => json!({
            "settings": {
                "api_base": sandbox.instagram_url, "version": "v26.0", "variant": "instagram", "account_id": PROFESSIONAL,
                "app_id": INSTAGRAM_APP, "ice_breaker": "Ի՞նչ կա վաճառքում",
            },
            "secrets": {
                "access_token": canary("instagram token"), "app_secret": canary("instagram app secret"),
                "verify_token": canary("verify token"),
            },
        }),
    };
    entered["settings"]["catalogue"] = catalogue.clone();
    entered
}

impl World {
    /// Three links on sale in this channel, whose plugin is installed and connected.
    pub async fn opens_shop(&mut self, channel: Channel) -> Shop {
        let amd = |value: &str| json!({ "value": value, "currency": "AMD" });
        let lesson = json!({
            "title": { "hy": "Դաս", "ru": "Урок", "en": "A lesson" }, "amount": amd("5000"),
            "fulfilment": { "hy": "https://school.example.am/join/7741" },
        });
        let cake = json!({
            "title": { "hy": "Տորթ", "ru": "Торт", "en": "Cake" }, "amount": amd("12500"),
            "quantity": { "min": 1, "max": 3 },
            "delivery_options": [
                { "id": "home", "title": { "hy": "Տուն", "ru": "Домой", "en": "To your door" }, "price": "1500" },
                { "id": "shop", "title": { "hy": "Խանութից", "ru": "Из магазина", "en": "From the shop" } },
            ],
            "questions": [{
                "id": "phone", "type": "phone", "required": true,
                "label": { "hy": "Ձեր հեռախոսահամարը", "ru": "Ваш телефон", "en": "Your telephone number" },
            }],
        });
        let gift = json!({
            "title": { "hy": "Նվեր", "ru": "Подарок", "en": "Gift" },
            "amount": { "currency": "AMD", "min": "1000", "max": "50000" },
        });
        let mut made = Vec::new();
        for link in [lesson, cake, gift] {
            made.push(id(&makes(self, &link).await).to_owned());
        }
        let catalogue: Value = made.iter().map(|link| json!({ "link": link })).collect();
        let entered = entered(&self.sandbox, channel, &catalogue);
        let installation = match channel {
            Channel::Telegram => {
                let path = format!("/v1/installations/{}", self.telegram);
                self.changes(&path, &json!({ "settings": entered["settings"], "grants": "all" })).await;
                self.activates(&path, &json!({})).await;
                self.telegram.clone()
            }
            _ => self.installs(component(channel.plugin()), entered).await.id,
        };
        let path = format!("/v1/installations/{installation}");
        self.prepares_at_meta(channel, &installation).await;
        let connected = self.does(Method::POST, &format!("{path}/setup"), &json!({})).await;
        assert_eq!(connected.status, 200, "{}", connected.body);
        let states = connected.body["findings"].as_array().expect("findings").iter();
        let left: Vec<_> = states.filter(|one| !is_settled(channel, one)).collect();
        assert!(left.is_empty(), "{channel:?}: {left:?}");
        let [lesson, cake, gift] = made.try_into().expect("three links");
        Shop { channel, path, installation, lesson, cake, gift }
    }

    /// What is done at Meta by hand: templates that are reviewed, and the address of Instagram Login's webhooks.
    async fn prepares_at_meta(&self, channel: Channel, installation: &str) {
        match channel {
            Channel::Telegram | Channel::WhatsApp => {}
            Channel::Messenger => {
                for (name, language, text) in [
                    ("payment_link", "en", "Order {{1}} for {{2}} is ready to be paid."),
                    ("payment_link", "ru", "Заказ {{1}} на сумму {{2}} можно оплатить."),
                    ("payment_received", "en", "Order {{1}} is paid: {{2}}. Thank you."),
                    ("payment_received", "ru", "Заказ {{1}} оплачен: {{2}}. Спасибо."),
                ] {
                    let page = json!({ "type": "URL", "text": "Open", "url": "https://pay.example.am/p/{{1}}" });
                    let body = json!({
                        "name": name, "language": language, "category": "UTILITY",
                        "components": [{ "type": "BODY", "text": text }, { "type": "BUTTONS", "buttons": [page] }],
                    });
                    let url = format!("{}/v26.0/{PAGE}/message_templates", self.sandbox.messenger_url);
                    let sent = self.http.post(url).bearer_auth(canary("page token")).json(&body).send().await;
                    let sent = sent.expect("the double answers");
                    assert_eq!(sent.status(), 200, "{}", sent.text().await.expect("a body"));
                }
                self.sandbox.messenger.approve_templates();
            }
            Channel::Instagram => {
                let url = format!("{}/hooks/{installation}/webhook", self.url);
                let set = self.sandbox.instagram.set_callback(INSTAGRAM_APP, &url, &canary("verify token")).await;
                set.expect("the challenge is answered");
            }
        }
    }

    /// The secrets that an operator enters for this channel.
    pub fn secrets_of(&self, channel: Channel) -> Value {
        entered(&self.sandbox, channel, &json!([]))["secrets"].clone()
    }
}

/// Whether nothing is left to be done about a finding. Where Instagram Login's webhooks go can only be seen in Meta's dashboard.
pub fn is_settled(channel: Channel, finding: &Value) -> bool {
    let state = finding["state"].as_str().unwrap_or_default();
    matches!(state, "ok" | "made")
        || (channel == Channel::Instagram && finding["name"] == "webhook" && state == "unknown")
}
