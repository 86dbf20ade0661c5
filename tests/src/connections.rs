//! Accounts connected by OAuth: the authorisation server beside the World, a plugin that calls its API, and what an operator does
//! in a browser to connect the two.

use crate::World;
use crate::customer::Page;
use crate::integrator::Answer;
use crate::life::Life;
use crate::look::find_canaries;
use crate::port::HeldPort;
use crate::process::Process;
use crate::uploads::{TOKEN, probing};
use crate::world::{holds, host_port};
use kamurj_sandbox::authority::{Authority, Client, Dialect};
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;

/// The client's secret at the authority.
pub const CLIENT_SECRET: &str = "CANARY-client-secret-CANARY";

/// The hidden fields of a page's form, by name.
pub fn fields(page: &Page) -> Vec<(String, String)> {
    let form =
        page.html.split_once("<form").and_then(|(_, rest)| rest.split_once("</form>")).map_or("", |(form, _)| form);
    let inputs = form.split("<input").skip(1);
    let attribute = |input: &str, name: &str| {
        let value = input.split_once(&format!("{name}=\""))?.1.split_once('"')?.0;
        Some(value.replace("&#x2f;", "/").replace("&amp;", "&"))
    };
    inputs.filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value")?))).collect()
}

/// A script that calls the authority's API with the connection's token.
pub fn calls_with_token(authority: &Authority) -> Value {
    json!([{
        "do": "send", "url": format!("{}/api/me", authority.url),
        "headers": [["authorization", "Bearer {{secret:crm}}"]], "slots": [["crm", "header", "authorization"]],
    }])
}

/// A plugin that needs the connection `crm`, with its manifest changed.
pub fn connecting(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    probing(|manifest| {
        manifest["connections"] = json!([{
            "name": "crm", "label": "Anush CRM", "placements": ["header"], "scopes": ["read", "write"],
            "authorize_url": "{api_base}/oauth/authorize", "token_url": "{api_base}/oauth/token",
            "revoke_url": "{api_base}/oauth/revoke", "client_id": "client", "client_secret": "client_secret",
        }]);
        let secrets = manifest["secrets"].as_array_mut().expect("secrets");
        secrets.push(json!({ "name": "client_secret", "label": "Client secret" }));
        let properties = manifest["settings_schema"]["properties"].as_object_mut().expect("properties");
        properties.extend([("client".to_owned(), json!({})), ("auth_needed_at".to_owned(), json!({}))]);
        change(manifest);
    })
}

/// What the operator enters for it.
pub fn entered_connecting(authority: &Authority) -> Value {
    let settings = json!({
        "api_base": authority.url, "client": "kamurj", "auth_needed_at": 401, "script": calls_with_token(authority),
    });
    json!({ "settings": settings, "secrets": { "token": TOKEN, "client_secret": CLIENT_SECRET } })
}

/// Panics if a token that was ever given, or the client's secret, is in these bytes.
pub fn find_tokens(authority: &Authority, place: &str, bytes: &[u8]) {
    let tokens = authority.tokens();
    assert!(!tokens.is_empty(), "there is something to look for");
    for token in tokens.iter().map(String::as_str).chain([CLIENT_SECRET]) {
        let found = holds(bytes, token);
        assert!(!found, "a token is readable in {place}");
    }
}

impl World {
    /// An authority that the server may reach, and that knows it as a client. The server is started again for this.
    pub async fn meets_an_authority(&mut self) -> Authority {
        let clock = self.clock.clone();
        let authority =
            Authority::start(Arc::new(move || kamurj_domain::Clock::now(&clock))).await.expect("an authority");
        self.settings.egress_allow.push(host_port(&authority.url));
        self.restarts().await;
        let redirect_uri = format!("{}/oauth/callback", self.url);
        authority.registers(Client { id: "kamurj".to_owned(), secret: CLIENT_SECRET.to_owned(), redirect_uri });
        authority
    }

    /// Another server on the same database, under the same clock.
    pub async fn second_node(&mut self) -> Life {
        let port = HeldPort::take();
        let address = port.address;
        self.other_ports.push(port);
        Life::begin(address, self.settings.clone(), self.surroundings(1_000)).await
    }

    /// Installs and grants a plugin that needs the connection `crm`; answers the installation's address.
    pub async fn installs_connecting(&mut self, authority: &Authority, change: impl FnOnce(&mut Value)) -> String {
        let digest = self.has_uploaded(connecting(change)).await;
        let mut body = entered_connecting(authority);
        body["plugin"] = json!(digest);
        body["grants"] = json!("all");
        let made = self.does(Method::POST, "/v1/installations", &body).await;
        assert_eq!(made.status, 201, "{}", made.body);
        format!("/v1/installations/{}", made.body["id"].as_str().expect("an id"))
    }

    /// Starts connecting; answers the address to open in a browser.
    pub async fn starts_connecting(&self, path: &str) -> String {
        let started = self.does(Method::POST, &format!("{path}/connections/crm/start"), &json!({})).await;
        assert_eq!(started.status, 201, "{}", started.body);
        assert_eq!(started.body["redirect_uri"], format!("{}/oauth/callback", self.url));
        started.body["authorize_url"].as_str().expect("an address").to_owned()
    }

    /// Consents, or whatever the authority is told to do; answers where it sends the browser back to.
    pub async fn consents(&mut self, authorize_url: &str) -> String {
        let page = self.opens(authorize_url).await;
        assert_eq!(page.status, 302, "{}", page.html);
        page.location.expect("a way back")
    }

    /// Opens the way back and presses its button; answers the page that says what came of it.
    pub async fn presses_connect(&mut self, back: &str) -> Page {
        let page = self.opens(back).await;
        assert_eq!(page.status, 200, "{}", page.html);
        let filled = fields(&page);
        let filled: Vec<(&str, &str)> = filled.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.submits("/oauth/callback", &filled).await.expect("an answer")
    }

    /// Connects the account from start to end.
    pub async fn connects(&mut self, path: &str) {
        let url = self.starts_connecting(path).await;
        let back = self.consents(&url).await;
        let page = self.presses_connect(&back).await;
        assert_eq!(page.status, 200, "{}", page.html);
        assert_eq!(self.connection(path).await["state"], "connected");
    }

    /// Installs the plugin, connects its account and activates it; answers the installation's address.
    pub async fn runs_connected(&mut self, authority: &Authority) -> String {
        let path = self.installs_connecting(authority, |_| ()).await;
        self.connects(&path).await;
        self.activates(&path, &json!({ "skip_check": true })).await;
        path
    }

    /// The connection as the API shows it.
    pub async fn connection(&self, path: &str) -> Value {
        let shown = self.sees(&format!("{path}/connections")).await;
        shown["connections"].as_array().and_then(|all| all.first()).cloned().unwrap_or_default()
    }

    /// Which accounts a person is asked to connect anew, in words.
    pub async fn reauthorisations(&self) -> Vec<String> {
        let open = self.exceptions().await;
        open.into_iter().filter(|one| one.kind == "reauthorisation_needed").map(|one| one.detail).collect()
    }

    /// So many messages for the plugin, all at once.
    pub async fn knocks_often(&self, path: &str, count: usize) {
        for number in 0..count {
            assert_eq!(self.knocks(path, &number.to_string()).await.status, 200);
        }
    }

    /// No token that was ever given, and no client secret, lies readable at rest or in these answers of the API.
    pub async fn keeps_tokens_to_itself(&self, authority: &Authority, addresses: &[&str]) {
        let mut texts = self.bytes_at_rest();
        for address in addresses {
            let answer = Answer::to(self.asks(&self.api_key, Method::GET, address)).await;
            texts.push(((*address).to_owned(), answer.body.to_string().into_bytes()));
        }
        for (place, bytes) in &texts {
            find_canaries(place, bytes);
            find_tokens(authority, place, bytes);
        }
    }
}

impl Process {
    /// Installs the connecting plugin and has its account connected, as an operator does; answers the installation's id. The token
    /// is due at once.
    pub async fn connects(&mut self) -> String {
        let authority = self.authority.clone();
        let redirect_uri = format!("{}/oauth/callback", self.url);
        authority.registers(Client { id: "kamurj".to_owned(), secret: CLIENT_SECRET.to_owned(), redirect_uri });
        authority.gives(0, true);
        let merchant = self.merchant.clone();
        let of = ["--merchant", &merchant, "--mode", "test"];
        let installed = self.installs_bytes("connecting", &connecting(|_| ()), &entered_connecting(&authority), &of);
        let id = installed["id"].as_str().expect("an id").to_owned();
        let made = self.admin(&[&["create-api-key", "--scope", "plugins"], &of[..]].concat());
        let key = made["key"].as_str().expect("a key");
        let start = format!("{}/v1/installations/{id}/connections/crm/start", self.other_url);
        let started = Answer::to(self.http.post(start).bearer_auth(key)).await;
        let consent = self.http.get(started.body["authorize_url"].as_str().expect("an address"));
        let back = Answer::to(consent).await.header("location").to_owned();
        let shown = self.http.get(&back).send().await.expect("the page answers");
        let (status, policy) = (shown.status(), String::new());
        let page = Page { status, location: None, policy, html: shown.text().await.expect("a page") };
        let done = self.http.post(format!("{}/oauth/callback", self.url)).form(&fields(&page));
        assert_eq!(Answer::to(done).await.status, 200);
        authority.gives(3_600, true);
        id
    }
}

/// What the manifest says for each dialect.
pub fn in_dialect(dialect: Dialect) -> impl FnOnce(&mut Value) {
    move |manifest: &mut Value| {
        let connection = &mut manifest["connections"][0];
        let (request, parameter) = match dialect {
            Dialect::Form => ("form", None),
            Dialect::Json => ("json", Some("referer")),
            Dialect::Query => ("query", Some("domain")),
        };
        connection["token_request"] = json!(request);
        if let Some(parameter) = parameter {
            connection["callback_host"] = json!({ "parameter": parameter, "setting": "api_base" });
        }
    }
}
