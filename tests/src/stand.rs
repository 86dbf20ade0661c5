//! A stand for each provider: what a merchant enters for it, what its double in the sandbox is told, and what people may
//! expect of it. The expectations are written down here by hand, from the protocols, and not read from the adapters.

use crate::World;
use crate::customer::Page;
use crate::integrator::link;
use crate::links::id;
use crate::world::canary;
use kamurj_sandbox::gateways::{Faults, Gateway, OrderView};
use kamurj_sandbox::gateways::{ameriabank, fastshift, idram, rbs, telcell};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;

/// What may be given back at a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GivesBack {
    /// Nothing, by a call.
    Nothing,
    /// Any part, more than once.
    Parts,
}

/// How a provider tells what happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tells {
    /// It is asked; it calls nobody.
    Asked,
    /// It calls with a proof, and can be asked.
    CallsAndIsAsked,
    /// It calls without a proof, and can be asked.
    CallsUnprovenAndIsAsked,
    /// It calls with a proof, and cannot be asked before.
    Calls,
    /// It asks first, calls with a proof, and gives the money back unless it is agreed with; it cannot be asked.
    Agrees,
}

/// A provider as stories see it.
#[derive(Debug, Clone, Copy)]
pub struct Stand {
    /// Its word.
    pub word: &'static str,
    /// How it tells what happened.
    pub tells: Tells,
    /// Whether the customer gets there by a form of their own browser's, so that nobody is called at the start.
    pub by_form: bool,
    /// What it gives back.
    pub gives_back: GivesBack,
    /// Whether it ends sessions when it is asked to.
    pub ends_sessions: bool,
    /// How long its session lives, in milliseconds.
    pub session_ms: i64,
}

const MINUTE: i64 = 60_000;

/// VPOS.am.
pub const VPOS: Stand = Stand {
    word: "vpos",
    tells: Tells::CallsAndIsAsked,
    by_form: false,
    gives_back: GivesBack::Parts,
    ends_sessions: true,
    session_ms: 20 * MINUTE,
};
/// A bank on ArCa.
pub const RBS: Stand = Stand { word: "rbs", tells: Tells::Asked, ..VPOS };
/// Ameriabank.
pub const AMERIABANK: Stand = Stand { word: "ameriabank", tells: Tells::Asked, ..VPOS };
/// Idram.
pub const IDRAM: Stand = Stand {
    word: "idram",
    tells: Tells::Agrees,
    by_form: true,
    gives_back: GivesBack::Nothing,
    ends_sessions: false,
    session_ms: 30 * MINUTE,
};
/// Telcell.
pub const TELCELL: Stand = Stand {
    word: "telcell",
    tells: Tells::Calls,
    by_form: true,
    gives_back: GivesBack::Parts,
    ends_sessions: true,
    session_ms: 24 * 60 * MINUTE,
};
/// FastShift.
pub const FASTSHIFT: Stand = Stand {
    word: "fastshift",
    tells: Tells::CallsUnprovenAndIsAsked,
    by_form: false,
    gives_back: GivesBack::Nothing,
    ends_sessions: false,
    session_ms: 20 * MINUTE,
};

impl Stand {
    /// What the operator enters for the account.
    fn entered(&self, world: &World, account_url: &str) -> Value {
        let base = format!("{}/{}", world.sandbox.bank_url, self.word);
        match self.word {
            "rbs" => json!({
                "settings": { "base_url": format!("{base}/payment/rest/"), "user_name": "shop_api" },
                "secrets": { "password": canary("rbs password") },
            }),
            "ameriabank" => json!({
                "settings": { "base_url": format!("{base}/"), "client_id": "client-1", "username": "shop" },
                "secrets": { "password": canary("ameria password") },
            }),
            "idram" => json!({
                "settings": { "base_url": format!("{base}/"), "account": "100000777" },
                "secrets": { "secret_key": canary("idram key") },
            }),
            "telcell" => json!({
                "settings": { "base_url": format!("{base}/"), "issuer": "shop@example.am", "server_calls": true },
                "secrets": { "shop_key": canary("telcell key") },
            }),
            "fastshift" => json!({
                "settings": { "base_url": format!("{base}/"), "webhook_url": account_url },
                "secrets": { "api_token": canary("fastshift token") },
            }),
            other => panic!("no stand for {other}"),
        }
    }

    /// What the double is told about the merchant, as the provider's staff would write it down.
    fn registered(&self, world: &World, account_url: &str, return_url: &str) {
        let url = |text: &str| text.parse().expect("an address");
        let sandbox = &world.sandbox;
        match self.word {
            "rbs" => sandbox
                .rbs
                .registers(rbs::Merchant { user_name: "shop_api".to_owned(), password: canary("rbs password") }),
            "ameriabank" => sandbox.ameriabank.registers(
                serde_json::from_value::<ameriabank::Merchant>(json!({
                    "client_id": "client-1", "username": "shop", "password": canary("ameria password"),
                }))
                .expect("a merchant"),
            ),
            "idram" => sandbox.idram.registers(idram::Merchant {
                account: "100000777".to_owned(),
                secret_key: canary("idram key"),
                result_url: url(account_url),
                success_url: url(return_url),
                fail_url: url(return_url),
            }),
            "telcell" => sandbox.telcell.registers(telcell::Merchant {
                issuer: "shop@example.am".to_owned(),
                shop_key: canary("telcell key"),
                callback_url: Some(url(account_url)),
                return_url: Some(url(return_url)),
            }),
            "fastshift" => {
                sandbox.fastshift.registers(fastshift::Merchant { token: canary("fastshift token") });
            }
            other => panic!("no stand for {other}"),
        }
    }
}

impl World {
    /// The merchant takes this provider up: an account, which payments use from now on, and an entry in the provider's books.
    pub async fn takes_up(&mut self, stand: &Stand) {
        if stand.word == "vpos" {
            return;
        }
        let placeholder = format!("{}/webhooks/providers/{}/later", self.url, stand.word);
        let mut body = stand.entered(self, &placeholder);
        body["provider"] = json!(stand.word);
        body["default"] = json!(true);
        let made = self.does(Method::POST, "/v1/provider-accounts", &body).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let account = made.body["id"].as_str().expect("an id").to_owned();
        let account_url = format!("{}/webhooks/providers/{}/{account}", self.url, stand.word);
        let settings = &stand.entered(self, &account_url)["settings"];
        if body["settings"] != *settings {
            let path = format!("/v1/provider-accounts/{account}");
            let changed = self.does(Method::PATCH, &path, &json!({ "settings": settings })).await;
            assert_eq!(changed.status, 200, "{}", changed.body);
        }
        stand.registered(self, &account_url, &format!("{}/r/{}/{account}", self.url, stand.word));
        self.account = account;
    }

    /// The double of a provider.
    pub fn gateway(&self, stand: &Stand) -> Arc<dyn Gateway> {
        let found = self.sandbox.gateways.iter().find(|gateway| gateway.word() == stand.word);
        found.unwrap_or_else(|| panic!("the sandbox has no {}", stand.word)).clone()
    }

    /// Changes the faults in force at a provider.
    pub fn disturbs(&self, stand: &Stand, change: impl FnOnce(&mut Faults)) {
        let gateway = self.gateway(stand);
        let mut faults = gateway.faults();
        change(&mut faults);
        gateway.set_faults(faults);
    }

    /// The orders that a provider knows.
    pub fn orders_at(&self, stand: &Stand) -> Vec<OrderView> {
        self.gateway(stand).orders()
    }

    /// Presses the page's button and lets the browser go wherever that leads; answers the first page that is not ours.
    /// `None`: it led back to our own page.
    pub async fn goes_to(&mut self, payment_link: &str) -> Option<String> {
        let page = self.opens(payment_link).await;
        let (action, key) = page.form().unwrap_or_else(|| panic!("no form on: {}", page.heading()));
        let sent = self.submits(&action, &[("form_key", &key)]).await.expect("the press is answered");
        self.follows(sent).await
    }

    /// Lets the browser go on from the answer to a press.
    pub async fn follows(&mut self, sent: Page) -> Option<String> {
        if let Some(location) = &sent.location {
            assert_eq!(sent.status, StatusCode::SEE_OTHER);
            return (!location.starts_with('/')).then(|| location.clone());
        }
        let (action, fields) = sent.handover().unwrap_or_else(|| panic!("no form on: {}", sent.heading()));
        let origin = action.split('/').take(3).collect::<Vec<_>>().join("/");
        assert!(sent.policy.contains(&format!("form-action 'self' {origin}")), "{}", sent.policy);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let there = self.submits(&action, &fields).await.expect("the provider answers");
        Some(there.location.map_or(action, |location| location))
    }

    /// The form by which a press hands the customer over: where it goes, and its fields.
    pub async fn handed_over(&mut self, payment_link: &str) -> (String, Vec<(String, String)>) {
        let page = self.opens(payment_link).await;
        let (action, key) = page.form().unwrap_or_else(|| panic!("no form on: {}", page.heading()));
        let sent = self.submits(&action, &[("form_key", &key)]).await.expect("the press is answered");
        sent.handover().unwrap_or_else(|| panic!("no form on: {}", sent.heading()))
    }

    /// A payment whose customer stands on the provider's page; answers its id and the order there.
    pub async fn order_with(&mut self, stand: &Stand, order: &str, price: &str) -> (String, OrderView) {
        let payment = self.orders(order, price).await;
        let led = self.goes_to(&link(&payment)).await;
        assert!(led.is_some(), "the press leads to {}", stand.word);
        let order = self.orders_at(stand).pop().expect("the provider has the order");
        (id(&payment).to_owned(), order)
    }

    /// Does something on the provider's page: `pay`, `decline`, `close`; answers where the browser is sent.
    pub async fn does_there(&mut self, stand: &Stand, order: &OrderView, action: &str) -> String {
        let page = self.orders_at(stand).into_iter().find(|known| known.id == order.id).and_then(|known| known.page);
        let page = page.unwrap_or_else(|| panic!("the order has a page at {}", stand.word));
        let back = self.submits(&page, &[("action", action)]).await.expect("the provider answers");
        assert!(back.status.is_redirection(), "{}: {}", back.status, back.html);
        back.location.expect("the provider sends the browser on")
    }

    /// A payment that was paid with this provider, and whose customer came back; answers its id and the order there.
    pub async fn paid_with(&mut self, stand: &Stand, order: &str, price: &str) -> (String, OrderView) {
        let (payment, order) = self.order_with(stand, order, price).await;
        let back = self.does_there(stand, &order, "pay").await;
        self.settles().await;
        self.comes_back(&back).await;
        self.settles().await;
        (payment, order)
    }
}
