//! A world with pages and Instagram accounts, and what an app asks of the Graph API.

use kamurj_sandbox::Settings;
use kamurj_sandbox::graph::Chats;
use reqwest::Method;
use serde_json::{Value, json};

use crate::hub::{Hub, VERIFY};
use crate::world::{BANK_TOKEN, CRM_SECRET, Reply, TOKEN, World, reply};

pub(crate) const PAGE: &str = "111222333444555";
pub(crate) const OTHER_PAGE: &str = "111222333444666";
pub(crate) const PAGE_TOKEN: &str = "EAAG-page-token-canary";
pub(crate) const OTHER_TOKEN: &str = "EAAG-other-token-canary";
pub(crate) const APP: &str = "900100200300400";
pub(crate) const APP_SECRET: &str = "app-secret-canary";

pub(crate) const SHOP: &str = "17840000000000001";
pub(crate) const SHOP_TOKEN: &str = "IGAA-token-canary";
pub(crate) const BY_PAGE: &str = "17840000000000002";
pub(crate) const BY_PAGE_TOKEN: &str = "EAAG-instagram-page-token-canary";
pub(crate) const SHOP_PAGE: &str = "111222333444777";
pub(crate) const SHOP_APP: &str = "900100200300500";
pub(crate) const BY_PAGE_APP: &str = "900100200300501";
pub(crate) const SHOP_SECRET: &str = "instagram-secret-canary";
pub(crate) const FACEBOOK_SECRET: &str = "facebook-secret-canary";

pub(crate) const DAY_MS: i64 = 86_400_000;

pub(crate) async fn world() -> World {
    let settings = json!({
        "telegram_token": TOKEN, "bitrix24_user": "1", "bitrix24_secret": CRM_SECRET, "bank_token": BANK_TOKEN,
        "messenger": [
            {"page": PAGE, "token": PAGE_TOKEN, "app": APP, "app_secret": APP_SECRET,
             "permissions": ["page_utility_messaging", "human_agent"]},
            {"page": OTHER_PAGE, "name": "Other", "token": OTHER_TOKEN, "app": APP, "app_secret": APP_SECRET},
        ],
        "instagram": [
            {"account": SHOP, "token": SHOP_TOKEN, "app": SHOP_APP, "app_secret": SHOP_SECRET,
             "other_secret": FACEBOOK_SECRET},
            {"account": BY_PAGE, "username": "by.page", "token": BY_PAGE_TOKEN, "app": BY_PAGE_APP,
             "app_secret": FACEBOOK_SECRET, "page": SHOP_PAGE},
        ],
    });
    World::of(Settings::from_json(&settings.to_string()).unwrap()).await
}

/// The app's events go to the hub; `fields` of this account are subscribed to.
pub(crate) async fn connect(chats: &Chats, app: &str, hub: &Hub) {
    chats.set_callback(app, &hub.url, VERIFY).await.unwrap();
}

impl World {
    /// A call with a bearer token.
    pub(crate) async fn graph(&self, method: Method, url: String, token: &str, body: Option<Value>) -> Reply {
        let request = self.client.request(method, url).bearer_auth(token);
        reply(match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await
    }

    /// A POST to an edge of the page.
    pub(crate) async fn page(&self, edge: &str, body: Value) -> Reply {
        let url = format!("{}/v26.0/{PAGE}/{edge}", self.sandbox.messenger_url);
        self.graph(Method::POST, url, PAGE_TOKEN, Some(body)).await
    }

    /// A POST to an edge of the account.
    pub(crate) async fn shop(&self, edge: &str, body: Value) -> Reply {
        let url = format!("{}/v26.0/me/{edge}", self.sandbox.instagram_url);
        self.graph(Method::POST, url, SHOP_TOKEN, Some(body)).await
    }

    /// Anna writes to the page; answers her id.
    pub(crate) fn anna_writes(&self, text: &str) -> String {
        self.sandbox.messenger.say(PAGE, "anna", text).unwrap().id
    }

    /// Anna writes to the account; answers her id.
    pub(crate) fn anna_writes_direct(&self, text: &str) -> String {
        self.sandbox.instagram.say(SHOP, "anna", text).unwrap().id
    }
}

pub(crate) fn text_to(id: &str, text: &str) -> Value {
    json!({"recipient": {"id": id}, "messaging_type": "RESPONSE", "message": {"text": text}})
}

pub(crate) fn link_to(id: &str, title: &str, url: &str) -> Value {
    let button = json!({"type": "web_url", "title": title, "url": url});
    let payload = json!({"template_type": "button", "text": "Պատվեր A-1042", "buttons": [button]});
    json!({
        "recipient": {"id": id}, "messaging_type": "RESPONSE",
        "message": {"attachment": {"type": "template", "payload": payload}, "metadata": "obx:01:link"},
    })
}

/// Code and subcode of a refusal.
pub(crate) fn codes(reply: &Reply) -> (u16, Option<i64>, Option<i64>) {
    let error = &reply.body["error"];
    (reply.status, error["code"].as_i64(), error["error_subcode"].as_i64())
}
