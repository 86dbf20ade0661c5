//! FastShift as a merchant sees it: orders are registered with a token, paid on a page, asked about, and told of by an unsigned
//! webhook that may lie.
//!
//! Source: "Pay by FastShift" v1.0 of 25.02.2025. Ours, because it says nothing of it: the method and form of the webhook
//! (a switch; JSON by POST at first), that it is sent once, the life of an order (a switch), the language words `hy` and
//! `ru` in the path beside `en`, that times are Yerevan's, and that a payer who only leaves brings back `status=pending`.

mod api;
mod order;
mod page;
mod request;
mod webhooks;

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Act, Acted, Delivering, Faults, Gateway, OrderView};
use crate::calls::{Call, CallList};
use crate::ids::Ids;
use crate::sender::Sender;
use crate::{Clock, Settings, locked};
use order::Order;
use webhooks::Webhook;

pub use webhooks::WebhookView;

/// A merchant.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Merchant {
    /// The bearer token.
    pub token: String,
}

/// What is FastShift's own beside the faults that all gateways have.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct Switches {
    /// Seconds that an order can be paid.
    pub life_s: i64,
    /// How webhooks are sent.
    pub webhook: Manner,
    /// The caller's address is not on the list: every call is forbidden.
    pub forbidden: bool,
    /// Order numbers come back in capitals.
    pub capitals: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self { life_s: 20 * 60, webhook: Manner::default(), forbidden: false, capitals: false }
    }
}

/// How a webhook says its two values.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Manner {
    /// A POST with JSON.
    #[default]
    Json,
    /// A POST with a form.
    Form,
    /// A GET with a query.
    Query,
}

/// FastShift. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct FastShift {
    state: Arc<Mutex<State>>,
    base_url: Arc<str>,
    clock: Clock,
    sender: Sender,
}

struct State {
    merchants: Vec<Merchant>,
    ids: Ids,
    orders: Vec<Order>,
    webhooks: Vec<Webhook>,
    faults: Faults,
    switches: Switches,
    calls: CallList,
}

impl FastShift {
    pub(crate) fn new(settings: &Settings, base_url: String, clock: Clock, sender: Sender) -> Self {
        let state = State {
            merchants: settings.fastshift.clone(),
            ids: Ids::new(clock()),
            orders: Vec::new(),
            webhooks: Vec::new(),
            faults: Faults::default(),
            switches: Switches::default(),
            calls: CallList::default(),
        };
        Self { state: Arc::new(Mutex::new(state)), base_url: base_url.into(), clock, sender }
    }

    /// Adds a merchant.
    pub fn registers(&self, merchant: Merchant) {
        locked(&self.state).merchants.push(merchant);
    }

    /// What stands for `https://merchants.fastshift.am`, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Puts other switches in force.
    pub fn set_switches(&self, switches: Switches) {
        locked(&self.state).switches = switches;
    }

    /// A webhook about this order with another word than the truth: it is unsigned, so anybody could send it too. Answers
    /// whether the order exists and has a webhook address.
    pub fn lies(&self, id: &str, status: &str) -> bool {
        self.with(|state, now| {
            let index = state.order(id);
            index.is_some_and(|index| state.announce(index, status, now))
        })
    }

    /// All webhooks ever made, oldest first.
    pub fn webhooks(&self) -> Vec<WebhookView> {
        self.with(|state, _| state.webhooks.iter().map(|webhook| webhook.view(&state.orders)).collect())
    }

    /// Works on the state at one moment, after ending the orders whose time is over by then.
    fn with<T>(&self, work: impl FnOnce(&mut State, i64) -> T) -> T {
        let now = (self.clock)();
        let mut state = locked(&self.state);
        state.expire(now);
        work(&mut state, now)
    }
}

impl Gateway for FastShift {
    fn word(&self) -> &'static str {
        "fastshift"
    }

    fn open_account(&self, merchant: Value) -> Result<(), String> {
        self.registers(super::merchant(merchant)?);
        Ok(())
    }

    fn orders(&self) -> Vec<OrderView> {
        self.with(|state, _| state.orders.iter().map(|order| order.view(&self.base_url)).collect())
    }

    fn act(&self, id: &str, act: Act) -> Result<Acted, String> {
        self.with(|state, now| state.act(id, act, now))
    }

    fn faults(&self) -> Faults {
        locked(&self.state).faults.clone()
    }

    fn set_faults(&self, faults: Faults) {
        locked(&self.state).faults = faults;
    }

    fn calls(&self) -> Vec<Call> {
        locked(&self.state).calls.to_vec()
    }

    fn deliver_due(&self) -> Delivering<'_> {
        Box::pin(self.send_due())
    }
}

/// The API, and a page for each order.
pub(crate) fn routes(fastshift: FastShift) -> Router {
    Router::new().route("/order/{id}", get(page::show).post(page::act)).fallback(api::answer).with_state(fastshift)
}
