//! The amoCRM double, which is Kommo's too: one account with pipelines, leads, notes, tasks, custom fields and lists, and with the
//! service's habits: arrays where others take objects, no body for an empty list, refresh tokens that die when they are used,
//! webhooks without a signature, and no patience with whoever goes on after a 429. It must not know what the leads are for.

mod account;
mod acts;
mod catalogs;
mod contacts;
mod door;
mod faults;
mod fields;
mod hooks;
mod house;
mod leads;
mod limits;
mod notes;
mod oauth;
mod people;
mod pipelines;
mod query;
mod queue;
mod reading;
mod refusal;
mod tasks;
mod tokens;
mod view;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::{get, post};
use serde_json::Value;

pub use account::{Account, Domain};
pub use acts::{Act, CannotAct, NewLead, Product};
pub use faults::AmocrmFaults;
pub use pipelines::{Pipeline, Status};
pub use tokens::TokensView;
pub use view::{AmocrmView, ContactView, ElementView, FieldView, HookView, LeadView, NoteView, TaskView, ValueView};

use crate::calls::CallList;
use crate::sender::Sender;
use crate::{Clock, locked};
use catalogs::{Catalog, Element};
use contacts::Contact;
use door::{Answer, Found};
use fields::Field;
use hooks::Hook;
use house::User;
use leads::Lead;
use limits::Limits;
use notes::Note;
use queue::Queue;
use tasks::Task;
use tokens::Tokens;

/// The first id of what is made after the start.
const FIRST_ID: i64 = 12_345_000;

/// The account. Cheap to clone; all clones are the same account.
#[derive(Clone)]
pub struct Amocrm {
    state: Arc<Mutex<State>>,
    clock: Clock,
    sender: Sender,
    /// One delivery at a time, so that webhooks keep their order.
    delivering: Arc<tokio::sync::Mutex<()>>,
}

struct State {
    account: Account,
    /// Where the double itself can be reached, without a slash at the end.
    address: String,
    /// When the account began, in Unix seconds.
    since: i64,
    users: Vec<User>,
    pipelines: Vec<Pipeline>,
    fields: Vec<Field>,
    leads: BTreeMap<i64, Lead>,
    contacts: BTreeMap<i64, Contact>,
    notes: BTreeMap<i64, Note>,
    tasks: BTreeMap<i64, Task>,
    catalogs: Vec<Catalog>,
    elements: BTreeMap<i64, Element>,
    hooks: Vec<Hook>,
    queue: Queue,
    tokens: Tokens,
    limits: Limits,
    faults: AmocrmFaults,
    calls: CallList,
    last_id: i64,
}

impl State {
    fn new_id(&mut self) -> i64 {
        self.last_id += 1;
        self.last_id
    }

    /// The host that the double is reached at, with its port.
    fn own_host(&self) -> String {
        let host = self.address.split_once("://").map_or(self.address.as_str(), |(_, host)| host);
        host.to_owned()
    }
}

impl Amocrm {
    pub(crate) fn new(account: Account, address: String, clock: Clock, sender: Sender) -> Self {
        let now = clock();
        let state = State {
            tokens: Tokens::new(&account.long_lived_token, now),
            account,
            address,
            since: now.div_euclid(1000),
            users: house::users(),
            pipelines: pipelines::usual(),
            fields: fields::usual(),
            leads: BTreeMap::new(),
            contacts: BTreeMap::new(),
            notes: BTreeMap::new(),
            tasks: BTreeMap::new(),
            catalogs: catalogs::usual(),
            elements: BTreeMap::new(),
            hooks: Vec::new(),
            queue: Queue::default(),
            limits: Limits::new(),
            faults: AmocrmFaults::default(),
            calls: CallList::default(),
            last_id: FIRST_ID,
        };
        Self { state: Arc::new(Mutex::new(state)), clock, sender, delivering: Arc::default() }
    }

    /// Changes the faults in force; what the closure leaves alone stays.
    pub fn change_faults(&self, change: impl FnOnce(&mut AmocrmFaults)) {
        change(&mut locked(&self.state).faults);
    }

    pub(crate) fn overlay_faults(&self, change: Value) -> Result<(), String> {
        let mut state = locked(&self.state);
        state.faults = crate::overlay(&state.faults, change)?;
        Ok(())
    }

    fn with<T>(&self, work: impl FnOnce(&mut State, i64) -> T) -> T {
        let now = (self.clock)();
        work(&mut locked(&self.state), now)
    }
}

impl std::fmt::Debug for Amocrm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Amocrm")
    }
}

/// The API under `/api/v4/`, the page that asks for consent, and the token endpoint.
pub(crate) fn routes(amocrm: Amocrm) -> Router {
    Router::new()
        .route("/oauth", get(oauth::page).post(oauth::decide))
        .route("/oauth2/access_token", post(oauth::token))
        .route("/oauth2/account/current/subdomain", get(oauth::subdomain))
        .fallback(door::answer)
        .with_state(amocrm)
}
