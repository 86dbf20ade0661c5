//! The gateways beside the plain bank: the merchant's account at each, and the merchant in the gateway's own books. Payments
//! go through them that name them; the payer of any other is offered the plain bank alone.

use serde_json::{Value, json};

use super::Doubles;
use super::chance::hex;
use super::setup::text;
use crate::http::Http;
use crate::say;

/// Their words, which payments name in `provider`.
pub(crate) const GATEWAYS: [&str; 5] = ["ameriabank", "rbs", "idram", "telcell", "fastshift"];

/// Where accounts are made, and the key that may make them.
pub(super) struct Accounts<'a> {
    pub(super) http: &'a Http,
    pub(super) doubles: &'a Doubles,
    pub(super) server_url: &'a str,
    pub(super) key: String,
}

impl Accounts<'_> {
    /// Takes the merchant to all of them.
    pub(super) fn open(&self) -> Result<(), String> {
        say::step("connect the other gateways", || {
            for word in GATEWAYS {
                self.open_at(word).map_err(|why| format!("{word}: {why}"))?;
            }
            Ok(((), GATEWAYS.join(", ")))
        })
    }

    /// The account first: some gateways are told its addresses once, and never with an order.
    fn open_at(&self, word: &str) -> Result<(), String> {
        // 24 characters: ArCa takes 30 at most.
        let secret = hex(12)?;
        let Self { http, doubles, server_url, key } = self;
        let (mut settings, secrets) = entered(word, &secret);
        settings["base_url"] = json!(base_url(doubles, word));
        let accounts = format!("{server_url}/v1/provider-accounts");
        let new = json!({ "provider": word, "offered": false, "settings": settings, "secrets": secrets });
        let account = http.post_with_key(&accounts, key, &new)?;
        if word == "fastshift" {
            settings["webhook_url"] = account["webhook_url"].clone();
            let changed = format!("{accounts}/{}", text(&account, "/id")?);
            http.patch_with_key(&changed, key, &json!({ "settings": settings }))?;
        }
        let books = format!("{}/play/gateways/{word}/merchant", doubles.play);
        http.post_json(&books, &registered(word, &secret, &account)).map(|_| ())
    }
}

/// Below the bank's address, as each documents it.
fn base_url(doubles: &Doubles, word: &str) -> String {
    let rest = if word == "rbs" { "payment/rest/" } else { "" };
    format!("{}/{word}/{rest}", doubles.bank)
}

/// What the merchant enters here: settings and secrets.
fn entered(word: &str, secret: &str) -> (Value, Value) {
    match word {
        "ameriabank" => (json!({ "client_id": "client-1", "username": "shop" }), json!({ "password": secret })),
        "rbs" => (json!({ "user_name": "shop_api" }), json!({ "password": secret })),
        "idram" => (json!({ "account": "100000777" }), json!({ "secret_key": secret })),
        "telcell" => (json!({ "issuer": "shop@example.am", "server_calls": true }), json!({ "shop_key": secret })),
        _ => (json!({}), json!({ "api_token": secret })),
    }
}

/// What the gateway's staff write down.
fn registered(word: &str, secret: &str, account: &Value) -> Value {
    let (told, back) = (&account["webhook_url"], &account["return_url"]);
    match word {
        "ameriabank" => json!({ "client_id": "client-1", "username": "shop", "password": secret }),
        "rbs" => json!({ "user_name": "shop_api", "password": secret }),
        "idram" => json!({
            "account": "100000777", "secret_key": secret, "result_url": told, "success_url": back, "fail_url": back,
        }),
        "telcell" => json!({
            "issuer": "shop@example.am", "shop_key": secret, "callback_url": told, "return_url": back,
        }),
        _ => json!({ "token": secret }),
    }
}
