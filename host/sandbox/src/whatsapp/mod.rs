//! The double of the WhatsApp Business Cloud API: the Graph API calls that a payment bot needs, people with phones, and webhooks with
//! Meta's habits. It must not know what the bot is for.
//!
//! What it does and refuses follows Meta's documentation of the Cloud API as of 2026, version v26.0 of the Graph API.

mod account;
mod api;
mod content;
mod faults;
mod fields;
mod filling;
mod interactive;
mod links;
mod lookups;
mod people;
mod phone;
mod refusal;
mod send;
mod subscriptions;
mod target;
mod templates;
mod told;
mod webhooks;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::Value;

pub use account::Account;
pub use content::{Button, Kind};
pub use faults::{Statuses, WhatsAppFaults};
pub use people::{CannotAct, Said};
pub use phone::{Message, Person, Progress, Side};
pub use templates::{Review, Template};

use crate::calls::{Call, CallList};
use crate::graph::App;
use crate::ids::Ids;
use crate::rate::Bucket;
use crate::sender::Sender;
use crate::{Clock, locked};
use webhooks::Delivery;

/// Messages a second from one number ("Throughput").
const NUMBER_PER_S: i64 = 80;

/// The messenger. Cheap to clone; all clones are the same messenger.
#[derive(Clone)]
pub struct WhatsApp {
    state: Arc<Mutex<State>>,
    clock: Clock,
    sender: Sender,
    delivering: Arc<tokio::sync::Mutex<()>>,
}

/// Everything WhatsApp knows, as the play page shows it.
#[derive(Clone, Debug, Serialize)]
pub struct WhatsAppView {
    /// Where webhooks go.
    pub webhook: WebhookView,
    /// Everybody with a phone, in the order in which they came.
    pub people: Vec<Person>,
    /// Messages of the business to numbers and ids that are nobody's.
    pub undelivered: Vec<Message>,
    /// The faults in force.
    pub faults: WhatsAppFaults,
    /// Every call that arrived.
    pub calls: Vec<Call>,
}

/// Where webhooks go.
#[derive(Clone, Debug, Serialize)]
pub struct WebhookView {
    /// The callback in force; empty where none is set and subscribed.
    pub url: String,
    /// Webhooks that wait.
    pub pending: usize,
    /// Why the last delivery failed, until one is accepted.
    pub last_error: Option<String>,
}

struct State {
    account: Account,
    ids: Ids,
    people: Vec<Person>,
    undelivered: Vec<Message>,
    app: App,
    /// The account's own callback, which goes before the app's.
    override_url: Option<String>,
    subscribed: bool,
    deliveries: Vec<Delivery>,
    next_delivery: u64,
    last_error: Option<String>,
    rate: Bucket,
    /// Messages to one person, by number or user id.
    pairs: HashMap<String, Bucket>,
    faults: WhatsAppFaults,
    calls: CallList,
}

impl WhatsApp {
    pub(crate) fn new(account: Account, clock: Clock, sender: Sender) -> Self {
        let app = App { secret: account.app_secret.clone(), other_secret: None, hook: None };
        let state = State {
            account,
            app,
            ids: Ids::new(clock()),
            people: Vec::new(),
            undelivered: Vec::new(),
            override_url: None,
            subscribed: false,
            deliveries: Vec::new(),
            next_delivery: 0,
            last_error: None,
            rate: Bucket::new(NUMBER_PER_S, NUMBER_PER_S),
            pairs: HashMap::new(),
            faults: WhatsAppFaults::default(),
            calls: CallList::default(),
        };
        Self { state: Arc::new(Mutex::new(state)), clock, sender, delivering: Arc::default() }
    }

    /// What WhatsApp knows now.
    pub fn view(&self) -> WhatsAppView {
        let state = locked(&self.state);
        WhatsAppView {
            webhook: WebhookView {
                url: state.callback().unwrap_or_default().to_owned(),
                pending: state.deliveries.len(),
                last_error: state.last_error.clone(),
            },
            people: state.people.clone(),
            undelivered: state.undelivered.clone(),
            faults: state.faults.clone(),
            calls: state.calls.to_vec(),
        }
    }

    /// Changes the faults in force; what the closure leaves alone stays.
    pub fn change_faults(&self, change: impl FnOnce(&mut WhatsAppFaults)) {
        change(&mut locked(&self.state).faults);
    }

    pub(crate) fn overlay_faults(&self, change: Value) -> Result<(), String> {
        let mut state = locked(&self.state);
        state.faults = crate::overlay(&state.faults, change)?;
        Ok(())
    }

    /// A template in a language that Meta has is there from now on, or in place of the one that was.
    pub fn set_template(&self, template: Template) {
        let mut state = locked(&self.state);
        let same = |one: &Template| one.0.name == template.0.name && one.0.language == template.0.language;
        state.account.templates.retain(|one| !same(one));
        state.account.templates.push(template);
    }

    fn with<T>(&self, work: impl FnOnce(&mut State, i64) -> T) -> T {
        let now = (self.clock)();
        work(&mut locked(&self.state), now)
    }
}

impl State {
    /// A new message id.
    fn message_id(&mut self) -> String {
        format!("wamid.{}", STANDARD.encode(self.ids.text("HBgL")))
    }
}

impl std::fmt::Debug for WhatsApp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WhatsApp")
    }
}

/// The Graph API under `/{version}/{object}/{edge}`.
pub(crate) fn routes(whatsapp: WhatsApp) -> Router {
    Router::new().fallback(api::answer).with_state(whatsapp)
}
