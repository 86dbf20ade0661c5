//! A plugin that sells in a chat: the probing guest with what version 1.1 of the contract added, one command at a time.

use crate::World;
use crate::uploads::{TOKEN, probing};
use crate::world::host_port;
use kamurj_sandbox::long_lived::LongLived;
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;

/// The plugin of a chat: it may renew a token that expires, and has a route whose secret ends its address.
pub fn chatting(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    probing(|manifest| {
        let secrets = manifest["secrets"].as_array_mut().expect("secrets");
        secrets.push(json!({
            "name": "user_token", "label": "Long-lived token", "placements": ["query"], "required": false,
            "renewal": {
                "url": "{api_base}/refresh_access_token", "query": { "grant_type": "ig_refresh_token" },
                "min_age_seconds": 86_400,
            },
        }));
        secrets.push(json!({ "name": "hook_key", "label": "Key of the address", "required": false }));
        let routes = manifest["routes"].as_array_mut().expect("routes");
        routes.push(json!({ "path": "news", "scheme": "path-equals-secret", "secret": "hook_key" }));
        let properties = manifest["settings_schema"]["properties"].as_object_mut().expect("properties");
        properties.extend([("findings".to_owned(), json!({})), ("message".to_owned(), json!({}))]);
        change(manifest);
    })
}

/// The secret that ends the address of the route `news`.
pub const HOOK_KEY: &str = "CANARY-hook-key-CANARY-hook-key";

impl World {
    /// Installs the plugin of a chat with these settings and a token, and activates it; answers the installation's address.
    pub async fn runs_chatting(&mut self, settings: &Value, token: &str) -> String {
        let digest = self.has_uploaded(chatting(|_| ())).await;
        let body = json!({
            "plugin": digest, "settings": settings, "grants": "all",
            "secrets": { "token": TOKEN, "hook_key": HOOK_KEY, "user_token": token },
        });
        let made = self.does(Method::POST, "/v1/installations", &body).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let path = format!("/v1/installations/{}", made.body["id"].as_str().expect("an id"));
        self.activates(&path, &json!({ "skip_check": true })).await;
        path
    }

    /// Lets the plugin do this when a message with this id comes; answers what it was answered.
    pub async fn chat_does(&mut self, path: &str, id: &str, command: &Value) -> Value {
        self.chat_does_all(path, id, std::slice::from_ref(command)).await.remove(0)
    }

    /// The same with several commands in one run.
    pub async fn chat_does_all(&mut self, path: &str, id: &str, commands: &[Value]) -> Vec<Value> {
        self.sets_script(path, commands).await;
        assert_eq!(self.knocks(path, id).await.status, 200);
        self.settles().await;
        let mut answers = Vec::new();
        for place in 0..commands.len() {
            let kept = self.kept(path, &format!("answer-{place}")).await;
            answers.push(serde_json::from_str(&kept.expect("the plugin ran")).expect("JSON"));
        }
        answers
    }

    /// Puts these commands into the plugin's settings; what each is answered is kept in its state.
    pub async fn sets_script(&mut self, path: &str, commands: &[Value]) {
        let shown = self.sees(path).await;
        let mut settings = shown["active"]["settings"].clone();
        let numbered = commands.iter().enumerate().map(|(place, command)| {
            let mut command = command.clone();
            command["keep"] = json!(format!("answer-{place}"));
            command
        });
        settings["script"] = numbered.collect();
        if settings != shown["active"]["settings"] {
            self.changes(path, &json!({ "settings": settings })).await;
            self.activates(path, &json!({ "skip_check": true })).await;
        }
    }

    /// A service of long-lived tokens that the server may reach. The server is started again for this.
    pub async fn meets_long_lived_tokens(&mut self) -> LongLived {
        let clock = self.clock.clone();
        let service = LongLived::start(Arc::new(move || kamurj_domain::Clock::now(&clock))).await.expect("a service");
        self.settings.egress_allow.push(host_port(&service.url));
        self.restarts().await;
        service
    }
}
