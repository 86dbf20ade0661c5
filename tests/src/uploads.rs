//! What whoever runs plugins does through the API: uploads, installs, grants, activates; and a plugin that does what its
//! settings say, in as many versions as a story needs.

use crate::World;
use crate::integrator::Answer;
use crate::plugins::hostile;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// What the plugin of these stories says of itself.
fn said() -> Value {
    json!({
        "manifest": 1, "id": "probing", "name": "Probing", "version": "1.0.0",
        "description": "Does what its settings tell it.",
        "events": ["payment.paid"],
        "hosts": [{ "origin": "{api_base}", "reason": "The remote of the story." }],
        "secrets": [{ "name": "token", "label": "Token", "placements": ["header"] }],
        "routes": [{
            "path": "update", "scheme": "header-equals-secret", "secret": "token", "field": "x-probe-token",
            "dedup": ["/id"],
        }],
        "settings_schema": {
            "type": "object", "required": ["api_base"],
            "properties": { "api_base": { "type": "string" }, "script": { "type": "array" } },
        },
    })
}

/// The component of a guest without its manifest.
pub fn bare(id: &str) -> Vec<u8> {
    let packed = kamurj_plugin_build::build(&format!("kamurj-guest-{id}")).unwrap_or_else(|error| panic!("{error}"));
    let bare = packed.display().to_string().replace(".plugin.wasm", ".wasm");
    std::fs::read(&bare).unwrap_or_else(|error| panic!("{bare}: {error}"))
}

/// A plugin that does what its settings say, with its manifest changed.
pub fn probing(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut manifest = said();
    change(&mut manifest);
    let manifest = serde_json::from_value(manifest).expect("a manifest");
    kamurj_manifest::embed(bare("probing"), &manifest).unwrap_or_else(|error| panic!("{error}"))
}

/// A guest that takes all the computing it gets, whatever it is asked.
pub fn looping() -> Vec<u8> {
    hostile("looping")
}

/// The secret by which messages for the plugin are proven.
pub const TOKEN: &str = "probe-token-probe";

impl World {
    /// Settings for the plugin: what it does with each call.
    pub fn script(&self, script: &Value) -> Value {
        json!({ "api_base": self.sandbox.telegram_url, "script": script })
    }

    /// A request of the merchant with a JSON body.
    pub async fn does(&self, method: Method, path: &str, body: &Value) -> Answer {
        Answer::to(self.asks(&self.api_key, method, path).json(body)).await
    }

    /// What is at an address of the API, for the merchant.
    pub async fn sees(&self, path: &str) -> Value {
        let answer = Answer::to(self.asks(&self.api_key, Method::GET, path)).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    /// An upload that is not sent yet.
    pub fn upload(&self, key: &str, component: Vec<u8>) -> RequestBuilder {
        self.asks(key, Method::POST, "/v1/plugins").header("content-type", "application/wasm").body(component)
    }

    /// Uploads a component and waits until it was judged; answers it as the API shows it.
    pub async fn has_judged(&mut self, component: Vec<u8>) -> Value {
        let taken = Answer::to(self.upload(&self.api_key, component)).await;
        assert_eq!((taken.status, &taken.body["stage"]), (202, &json!("received")), "{}", taken.body);
        self.settles().await;
        self.sees(&format!("/v1/plugins/{}", taken.body["digest"].as_str().expect("a digest"))).await
    }

    /// Uploads a component that is sound; answers its digest.
    pub async fn has_uploaded(&mut self, component: Vec<u8>) -> String {
        let judged = self.has_judged(component).await;
        assert_eq!(judged["stage"], "ready", "{judged}");
        judged["digest"].as_str().expect("a digest").to_owned()
    }

    /// Uploads and installs the plugin with this script, grants all and activates it; answers the installation's address.
    pub async fn runs_probing(&mut self, script: &Value) -> String {
        let settings = self.script(script);
        self.runs_probing_with(|_| (), &settings).await
    }

    /// The same with its manifest changed, and with all of its settings.
    pub async fn runs_probing_with(&mut self, change: impl FnOnce(&mut Value), settings: &Value) -> String {
        let digest = self.has_uploaded(probing(change)).await;
        let body = json!({
            "plugin": digest, "settings": settings, "secrets": { "token": TOKEN }, "grants": "all",
        });
        let made = self.does(Method::POST, "/v1/installations", &body).await;
        assert_eq!((made.status, &made.body["state"]), (201, &json!("inactive")), "{}", made.body);
        let path = format!("/v1/installations/{}", made.body["id"].as_str().expect("an id"));
        self.activates(&path, &json!({ "skip_check": true })).await;
        path
    }

    /// Activates an installation; answers it as the API shows it then.
    pub async fn activates(&self, path: &str, how: &Value) -> Value {
        let answer = self.does(Method::POST, &format!("{path}/activate"), how).await;
        assert_eq!((answer.status, &answer.body["state"]), (200, &json!("active")), "{}", answer.body);
        answer.body
    }

    /// Changes an installation; answers it as the API shows it then.
    pub async fn changes(&self, path: &str, body: &Value) -> Value {
        let answer = self.does(Method::PATCH, path, body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    /// A message for the plugin, as its remote sends it.
    pub async fn knocks(&self, path: &str, id: &str) -> Answer {
        let place = path.trim_start_matches("/v1/installations/");
        let request = self.http.post(format!("{}/hooks/{place}/update", self.url)).header("x-probe-token", TOKEN);
        Answer::to(request.json(&json!({ "id": id }))).await
    }

    /// Makes a payment that owes the plugin something once it is paid, and pays it; answers its id.
    pub async fn sells_through_probing(&mut self, order_id: &str) -> String {
        let mut body = crate::integrator::order(order_id, "500");
        body["channel"] = json!({ "plugin": "probing", "conversation": "1" });
        let made = self.creates(&body).await;
        assert_eq!(made.status, 201, "{}", made.body);
        self.pays(&crate::integrator::link(&made.body)).await;
        self.settles().await;
        made.body["id"].as_str().expect("an id").to_owned()
    }

    /// What the plugin keeps under a key.
    pub async fn kept(&self, path: &str, key: &str) -> Option<String> {
        let app = self.app();
        let mut tx = app.db.read().await.expect("the database reads");
        let id = path.trim_start_matches("/v1/installations/");
        let entry = kamurj_store::state::get(&mut tx, id, key, app.now()).await.expect("the state");
        entry.map(|entry| String::from_utf8(entry.value).expect("text"))
    }

    /// What a payment owes the plugin: event, state and how often it was run.
    pub async fn owed(&self, payment: &str) -> Vec<kamurj_store::deliveries::Delivery> {
        let app = self.app();
        let mut tx = app.db.read().await.expect("the database reads");
        let all = kamurj_store::deliveries::of_payment(&mut tx, payment).await.expect("the deliveries");
        let telegram_and_crm = [&self.telegram, &self.bitrix24];
        all.into_iter().filter(|one| !telegram_and_crm.contains(&&one.installation_id)).collect()
    }
}
