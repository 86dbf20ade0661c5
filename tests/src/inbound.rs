//! A plugin with a route of every kind, and services that send to it as each kind asks. The signatures are made here anew: none of
//! the host's code is used for them.

use crate::World;
use crate::integrator::Answer;
use crate::uploads::bare;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use sha2::Sha256;

/// What the operator entered for the routes. Each is found again wherever it leaks.
pub const SECRETS: [(&str, &str); 8] = [
    ("app_secret", "canary-app-secret-canary"),
    ("app_secret_next", "canary-next-app-secret-canary"),
    ("verify_token", "canary-verify-token-canary"),
    ("path_key", "CANARY-path-key-CANARY-path-key"),
    ("path_key_next", "CANARY-next-path-key-CANARY"),
    ("form_token", "canaryformtokencanaryformtoken"),
    ("header_token", "canary-header-token-canary"),
    ("standard_secret", "whsec_Q0FOQVJZLW9mLWluYm91bmQtcm91dGVzLUNBTkFSWQ=="),
];

/// The secret with this name.
pub fn secret(name: &str) -> &'static str {
    SECRETS.iter().find(|(known, _)| *known == name).map(|(_, value)| *value).expect("a known secret")
}

/// A plugin that does what its settings say, with these routes:
///
/// - `meta`: HMAC with a prefix, two keys, a challenge, bundles of messages and statuses, 3 MiB;
/// - `coded`: HMAC in Base64;
/// - `crm`: a secret in the address, forms with brackets;
/// - `portal`: a form field, tokens in the form;
/// - `standard`: Standard Webhooks;
/// - `token`: a header, tokens in JSON.
pub fn component() -> Vec<u8> {
    let bundle = |place: &str| format!("/entry/*/{place}");
    let lead = |action: &str, field: &str| format!("form:leads[{action}][*][{field}]");
    let secrets = SECRETS.map(|(name, _)| json!({ "name": name, "label": name, "required": false }));
    let manifest = json!({
        "manifest": 1, "id": "doors", "name": "Doors", "version": "1.0.0", "description": "Has a route of every kind.",
        "secrets": secrets,
        "routes": [
            {
                "path": "meta", "scheme": "hmac-sha256", "secret": "app_secret", "secret_also": ["app_secret_next"],
                "field": "X-Hub-Signature-256", "prefix": "sha256=",
                "challenge": { "kind": "hub", "secret": "verify_token" },
                "dedup": [
                    [bundle("messages/*/id"), bundle("statuses/*/id"), bundle("statuses/*/status")],
                    [bundle("messages/*/id")],
                    [bundle("statuses/*/id"), bundle("statuses/*/status")],
                ],
                "lane": [bundle("messages/*/from")], "max_bytes": 3_145_728,
            },
            {
                "path": "coded", "scheme": "hmac-sha256", "secret": "app_secret", "field": "x-signature",
                "encoding": "base64",
            },
            {
                "path": "crm", "scheme": "path-equals-secret", "secret": "path_key", "secret_also": ["path_key_next"],
                "dedup": [
                    [lead("status", "id"), lead("status", "last_modified")],
                    [lead("update", "id"), lead("update", "last_modified")],
                ],
                "lane": [lead("status", "id"), lead("update", "id")], "headers": ["x-original-uri"],
            },
            {
                "path": "portal", "scheme": "form-field-equals-secret", "secret": "form_token",
                "field": "auth[application_token]",
                "strip": ["form:auth[access_token]", "form:auth[refresh_token]"],
            },
            { "path": "standard", "scheme": "standard-webhooks", "secret": "standard_secret" },
            {
                "path": "token", "scheme": "header-equals-secret", "secret": "header_token", "field": "x-token",
                "dedup": ["/id"], "strip": ["/auth/access_token"],
            },
        ],
        "settings_schema": { "type": "object" },
    });
    let manifest = serde_json::from_value(manifest).expect("a manifest");
    kamurj_manifest::judge(&manifest).expect("a sound manifest");
    kamurj_manifest::embed(bare("probing"), &manifest).unwrap_or_else(|error| panic!("{error}"))
}

/// What the operator enters: the script, and every secret but the next ones.
pub fn entered(script: &Value) -> Value {
    let mut secrets: Value = SECRETS.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let next = |name: &String| name.ends_with("_next");
    secrets.as_object_mut().expect("secrets").retain(|name, _| !next(name));
    json!({ "settings": { "script": script }, "secrets": secrets })
}

/// HMAC-SHA256 of a body.
pub fn hmac(key: &[u8], body: &[u8]) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.chain_update(body).finalize().into_bytes().to_vec()
}

/// As Meta's platforms write a signature.
pub fn meta_signature(key: &str, body: &[u8]) -> String {
    let digits = hmac(key.as_bytes(), body).into_iter().map(|byte| format!("{byte:02x}"));
    digits.fold("sha256=".to_owned(), |text, pair| text + &pair)
}

/// A plugin with a route of every kind, installed.
pub struct Doors {
    /// The installation.
    pub id: String,
    /// The address of its routes, with a slash at its end.
    pub url: String,
    http: reqwest::Client,
}

impl World {
    /// Installs a plugin with a route of every kind, which keeps what it is told under `told`.
    pub async fn has_doors(&self) -> Doors {
        self.has_doors_doing(&json!([{ "do": "keep_told", "key": "told" }])).await
    }

    /// The same, doing something else with each message.
    pub async fn has_doors_doing(&self, script: &Value) -> Doors {
        let installed = self.installs(component(), entered(script)).await;
        let url = format!("{}/hooks/{}/", self.url, installed.id);
        Doors { id: installed.id, url, http: self.http.clone() }
    }

    /// What the plugin was told in its last run.
    pub async fn told(&self, doors: &Doors) -> Value {
        let kept = self.kept(&format!("/v1/installations/{}", doors.id), "told").await.unwrap_or_default();
        serde_json::from_str(&kept).unwrap_or(Value::Null)
    }

    /// The messages of the plugin: state and how often each came, the oldest first.
    pub async fn taken(&self, doors: &Doors) -> Vec<(String, i64)> {
        self.inbox(&doors.id).await.into_iter().map(|message| (message.state, message.seen)).collect()
    }
}

impl Doors {
    /// A message for a route that is not sent yet.
    pub fn post(&self, route: &str, body: impl Into<Vec<u8>>) -> RequestBuilder {
        self.http.post(format!("{}{route}", self.url)).body(body.into())
    }

    /// A message from Meta, signed with this key.
    pub async fn meta(&self, key: &str, body: &Value) -> Answer {
        let body = body.to_string();
        let signature = meta_signature(secret(key), body.as_bytes());
        Answer::to(self.post("meta", body).header("x-hub-signature-256", signature)).await
    }

    /// A message from a CRM that knows the address alone.
    pub async fn crm(&self, key: &str, body: &str) -> Answer {
        Answer::to(self.post(&format!("crm/{key}"), body)).await
    }

    /// A message by Standard Webhooks with this id and time, in Unix seconds.
    pub async fn standard(&self, id: &str, at: i64, body: &str) -> Answer {
        let key = STANDARD.decode(secret("standard_secret").trim_start_matches("whsec_")).expect("Base64");
        let signature = STANDARD.encode(hmac(&key, format!("{id}.{at}.{body}").as_bytes()));
        let request = self.post("standard", body).header("webhook-id", id).header("webhook-timestamp", at.to_string());
        Answer::to(request.header("webhook-signature", format!("v1,{signature}"))).await
    }
}
