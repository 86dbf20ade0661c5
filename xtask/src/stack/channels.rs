//! The chats: the merchant's account at each, the plugin that speaks there, and how the service comes to call this server.

use serde_json::{Value, json};

use super::chance::{MetaSecrets, Secrets};
use super::connect::connects;
use super::goods::Goods;
use super::setup::{DEMO_MERCHANT, Operator, Services, text};
use crate::say;

/// Their plugins, in the order in which they are connected.
const CHANNELS: [&str; 4] = ["telegram", "whatsapp", "messenger", "instagram"];
/// The version of Meta's Graph API that the plugins are written for.
const GRAPH: &str = "v26.0";
/// The merchant's number at WhatsApp, its account and the app.
const WHATSAPP: [&str; 3] = ["120000000000001", "120000000000002", "120000000000003"];
/// The page and its app.
const MESSENGER: [&str; 2] = ["110000000000001", "110000000000002"];
/// The Instagram account and its app.
const INSTAGRAM: [&str; 2] = ["17840000000000041", "130000000000002"];
/// A phone whose owner may make links in WhatsApp.
const MANAGER_PHONE: &str = "37477000001";

/// What the doubles of Meta's services are told of the merchant's accounts.
pub(super) fn accounts(secrets: &Secrets) -> Value {
    let [number, account, app] = WHATSAPP;
    let (whatsapp, messenger, instagram) = (&secrets.whatsapp, &secrets.messenger, &secrets.instagram);
    json!({
        "whatsapp": {
            "phone_number_id": number, "account_id": account, "app_id": app, "verified_name": DEMO_MERCHANT,
            "app_secret": whatsapp.app_secret, "access_token": whatsapp.token,
        },
        "messenger": [{
            "page": MESSENGER[0], "app": MESSENGER[1], "name": DEMO_MERCHANT, "token": messenger.token,
            "app_secret": messenger.app_secret, "permissions": ["page_utility_messaging"],
        }],
        "instagram": [{
            "account": INSTAGRAM[0], "app": INSTAGRAM[1], "username": "anush_sweets", "token": instagram.token,
            "app_secret": instagram.app_secret,
        }],
    })
}

/// Who connects them, and with what.
pub(super) struct Channels<'a> {
    pub(super) services: &'a Services<'a>,
    pub(super) operator: &'a Operator<'a>,
    pub(super) secrets: &'a Secrets,
    pub(super) goods: &'a Goods,
    /// May set plugins up.
    pub(super) key: &'a str,
}

impl Channels<'_> {
    /// Installs a plugin for each and has it make its service call this server.
    pub(super) fn open(&self) -> Result<(), String> {
        for word in CHANNELS {
            let installed = self.operator.installs(word, &self.entered(word))?;
            if word == "instagram" {
                self.enters_callback(&installed)?;
            }
            connects(self.services, self.key, (word, &text(&installed, "/id")?), &[])?;
        }
        Ok(())
    }

    /// Instagram's login has no call for the address of webhooks: it is entered in Meta's dashboard.
    fn enters_callback(&self, installed: &Value) -> Result<(), String> {
        say::step("enter Instagram's callback in the dashboard", || {
            let url = text(installed, "/hooks/0/url")?;
            let body = json!({ "app": INSTAGRAM[1], "url": url, "verify_token": self.secrets.instagram.verify_token });
            let dashboard = format!("{}/play/chats/instagram/callback", self.services.doubles.play);
            self.services.http.post_json(&dashboard, &body)?;
            Ok(((), url))
        })
    }

    /// What the operator types: settings and secrets.
    fn entered(&self, word: &str) -> Value {
        let (doubles, secrets) = (self.services.doubles, self.secrets);
        let [whatsapp, messenger, instagram, _] = &doubles.meta;
        match word {
            "telegram" => json!({
                "settings": { "api_base": doubles.telegram, "managers": ["7770001"], "catalogue": self.priced() },
                "secrets": { "bot_token": secrets.bot_token, "webhook_secret": secrets.hook_secret },
            }),
            "whatsapp" => json!({
                "settings": {
                    "api_base": whatsapp, "version": GRAPH, "phone_number_id": WHATSAPP[0], "waba_id": WHATSAPP[1],
                    "managers": [MANAGER_PHONE], "templates": templates(), "catalogue": self.linked(),
                },
                "secrets": secret("access_token", &secrets.whatsapp),
            }),
            "messenger" => json!({
                "settings": {
                    "api_base": messenger, "version": GRAPH, "page_id": MESSENGER[0], "app_id": MESSENGER[1],
                    "templates": templates(), "catalogue": self.linked(),
                },
                "secrets": secret("page_token", &secrets.messenger),
            }),
            _ => json!({
                "settings": {
                    "api_base": instagram, "version": GRAPH, "variant": "instagram", "account_id": INSTAGRAM[0],
                    "app_id": INSTAGRAM[1], "ice_breaker": "Ի՞նչ կա վաճառքում", "catalogue": self.linked(),
                },
                "secrets": secret("access_token", &secrets.instagram),
            }),
        }
    }

    /// Things with a price of their own, and one payment link.
    fn priced(&self) -> Value {
        let item = |id: &str, hy: &str, ru: &str, en: &str, amount: &str| json!({ "id": id, "title": { "hy": hy, "ru": ru, "en": en }, "amount": amount, "currency": "AMD" });
        json!([
            item("cake", "Մեղրով տորթ", "Медовый торт", "Honey cake", "12500"),
            item("box", "Թխվածքի տուփ", "Коробка печенья", "Box of cookies", "4800"),
            item("lesson", "Հրուշակագործության դաս", "Урок кондитера", "Pastry lesson", "9000"),
            { "link": self.goods.lesson },
        ])
    }

    fn linked(&self) -> Value {
        let Goods { lesson, cake, gift } = self.goods;
        json!([{ "link": lesson }, { "link": cake }, { "link": gift }])
    }
}

fn secret(token: &str, secrets: &MetaSecrets) -> Value {
    let mut entered = json!({ "app_secret": secrets.app_secret, "verify_token": secrets.verify_token });
    entered[token] = json!(secrets.token);
    entered
}

/// What is sent a day after the customer last wrote. Neither service has templates in Armenian.
fn templates() -> Value {
    let template = |name: &str| {
        json!({
            "name": name, "languages": { "hy": "en", "ru": "ru", "en": "en" }, "body": ["order", "money"], "button": true,
        })
    };
    json!({ "link": template("payment_link"), "paid": template("payment_received") })
}
