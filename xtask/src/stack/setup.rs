//! Setting one merchant up: what an operator types, and what the merchant then enters at the bank.

use serde_json::{Value, json};
use std::path::Path;

use super::chance::Secrets;
use super::channels::Channels;
use super::gateways::Accounts;
use super::goods::Goods;
use super::offices::Offices;
use super::{BankMood, Doubles, Kamurj, Plan, write_json};
use crate::http::Http;
use crate::say;

/// The name that customers see.
pub(crate) const DEMO_MERCHANT: &str = "Անուշ հրուշակեղեն";

/// What runs.
pub(super) struct Services<'a> {
    pub(super) http: &'a Http,
    pub(super) doubles: &'a Doubles,
    pub(super) server_url: &'a str,
}

/// Whoever has the command line.
pub(super) struct Operator<'a> {
    kamurj: &'a Kamurj,
    folder: &'a Path,
    /// The components.
    plugins: &'a Path,
    merchant: String,
}

impl Operator<'_> {
    /// An `admin` command for the merchant in test mode, with a file of settings and secrets.
    fn enters(&self, words: &[&str], name: &str, entered: &Value) -> Result<Value, String> {
        let file = write_json(self.folder, name, entered)?;
        let file = file.display().to_string();
        let whose = ["--merchant", &self.merchant, "--mode", "test", "--file", &file];
        self.kamurj.admin(&[words, &whose].concat())
    }

    /// Installs a plugin from its file; answers what came of it.
    pub(super) fn installs(&self, id: &str, entered: &Value) -> Result<Value, String> {
        say::step(&format!("install plugin {id}"), || {
            let component = self.plugins.join(format!("{id}.wasm"));
            let shown = component.display().to_string();
            if !component.is_file() {
                return Err(format!("`{shown}` is missing: build it with `cargo xtask plugins`"));
            }
            let words = ["install-plugin", "--component", &shown];
            let installed = self.enters(&words, &format!("{id}.json"), entered)?;
            let detail = text(&installed, "/id")?;
            Ok((installed, detail))
        })
    }
}

/// Does it all; answers the merchant and its API key.
pub(super) fn set_up(
    services: &Services<'_>,
    kamurj: &Kamurj,
    secrets: &Secrets,
    folder: &Path,
    plan: &Plan,
) -> Result<(String, String), String> {
    let Services { http, doubles, server_url } = *services;
    let merchant = say::step("create the merchant", || {
        let words = ["create-merchant", "--name", DEMO_MERCHANT, "--handle", "@anush_sweets", "--locale", "hy"];
        let more = ["--contact", "+374 10 123456", "--colour", "#0B5D4E"];
        let id = text(&kamurj.admin(&[&words[..], &more[..]].concat())?, "/id")?;
        Ok((id.clone(), format!("{DEMO_MERCHANT}, {id}")))
    })?;
    let operator = Operator { kamurj, folder, plugins: &plan.plugins, merchant };
    let api_key = say::step("create the API key", || {
        let words = ["create-api-key", "--merchant", &operator.merchant, "--mode", "test", "--label", "demo"];
        let made = kamurj.admin(&words)?;
        Ok((text(&made, "/key")?, text(&made, "/id")?))
    })?;
    let webhook = say::step("connect the bank account", || {
        let entered = json!({
            "settings": { "base_url": doubles.bank, "checkout_origins": [doubles.bank] },
            "secrets": { "api_token": secrets.bank_token, "webhook_secret": secrets.webhook_secret },
        });
        let account = operator.enters(&["set-provider-account", "--provider", "vpos"], "vpos.json", &entered)?;
        Ok((text(&account, "/webhook_url")?, text(&account, "/id")?))
    })?;
    let words = ["create-api-key", "--merchant", &operator.merchant, "--mode", "test", "--label", "set-up"];
    let scopes = ["--scope", "providers", "--scope", "plugins", "--scope", "links"];
    let key = text(&kamurj.admin(&[&words[..], &scopes].concat())?, "/key")?;
    Accounts { http, doubles, server_url, key: key.clone() }.open()?;
    let goods = Goods::make(services, &key)?;
    Channels { services, operator: &operator, secrets, goods: &goods, key: &key }.open()?;
    Offices { services, operator: &operator, secrets, key: &key }.open()?;
    say::step("tell the bank where webhooks go", || {
        let body = json!({ "url": webhook, "secret": secrets.webhook_secret });
        http.post_json(&format!("{}/play/bank/endpoint", doubles.play), &body)?;
        Ok(((), webhook.clone()))
    })?;
    if plan.mood == BankMood::Silent {
        say::step("silence the bank", || {
            let faults = json!({ "webhooks": "drop", "lookup": "fail" });
            http.post_json(&format!("{}/play/bank/faults", doubles.play), &faults)?;
            Ok(((), "webhooks are lost, look-ups fail".to_owned()))
        })?;
    }
    Ok((operator.merchant.clone(), api_key))
}

/// The text there. Says which keys there are where it is missing.
pub(crate) fn text(value: &Value, pointer: &str) -> Result<String, String> {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .map(str::to_owned)
        .ok_or_else(|| format!("no text at `{pointer}` of {}", keys(value)))
}

/// An object's keys alone: its values may be secret.
fn keys(value: &Value) -> String {
    value
        .as_object()
        .map_or_else(|| "no object".to_owned(), |object| format!("{:?}", object.keys().collect::<Vec<_>>()))
}
