//! The Bitrix24 double: one portal with deals, invoices, tasks and a timeline, behind an inbound webhook and a local app, and with the
//! portal's habits: silent about unknown fields, odd about `error`, short of patience with many calls. It must not know what the deals
//! are for.

mod api;
mod batch;
mod brackets;
mod caller;
mod consent;
mod contacts;
mod custom;
mod events;
mod faults;
mod fields;
mod filter;
mod funnels;
mod items;
mod limits;
mod methods;
mod oauth;
mod payments;
mod people;
mod refusal;
mod rows;
mod tasks;
mod tasks_new;
mod timeline;
mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use axum::Router;
use serde_json::Value;

pub use custom::{CustomField, CustomKind};
pub use events::{EventsView, Posted};
pub use faults::Bitrix24Faults;
pub use funnels::{Funnel, Stage};
pub use limits::Patience;
pub use oauth::App;
pub use payments::PaymentView;
pub use people::NewDeal;
pub use rows::Row;
pub use tasks::TaskView;
pub use timeline::{CommentView, LogView};
pub use view::{Bitrix24View, ItemView};

use crate::calls::CallList;
use crate::sender::Sender;
use crate::{Clock, Settings, locked};
use caller::Caller;
use items::{Item, Key, Kind};
use refusal::Parameters;

/// What names the portal whatever its address is.
const MEMBER_ID: &str = "00112233445566778899aabbccddeeff";

/// Custom fields of deals that an administrator made beforehand, all of type string.
const CUSTOM_FIELDS: [&str; 3] = ["UF_CRM_PAY_STATUS", "UF_CRM_PAY_REF", "UF_CRM_PAY_AT"];

/// Scopes that the webhook and the app have unless somebody changes them.
const SCOPES: [&str; 5] = ["crm", "task", "tasks", "user", "userfieldconfig"];

/// The portal. Cheap to clone; all clones are the same portal.
#[derive(Clone)]
pub struct Bitrix24 {
    state: Arc<Mutex<State>>,
    clock: Clock,
    sender: Sender,
}

/// A call that came through the door.
struct Asked<'a> {
    caller: &'a Caller,
    parameters: &'a Parameters,
    /// Unix time in milliseconds.
    now: i64,
}

struct State {
    url: String,
    renamed_to: Option<String>,
    user: String,
    secret: String,
    scopes: BTreeSet<String>,
    crm_admin: bool,
    oauth: oauth::OAuth,
    funnels: Vec<Funnel>,
    stages_made: u32,
    custom_fields: Vec<CustomField>,
    last_field_id: i64,
    items: BTreeMap<Key, Item>,
    last_item_ids: BTreeMap<Kind, i64>,
    last_comment_id: i64,
    payments: BTreeMap<i64, payments::Payment>,
    contacts: BTreeMap<i64, contacts::Contact>,
    users: BTreeMap<i64, String>,
    tasks: BTreeMap<i64, tasks::Task>,
    last_task_id: i64,
    keys: tasks_new::Keys,
    events: events::Events,
    limits: limits::Limits,
    faults: Bitrix24Faults,
    calls: CallList,
}

impl Bitrix24 {
    /// `url` is the root of its own address, without a slash at the end.
    pub(crate) fn new(settings: &Settings, url: String, clock: Clock, sender: Sender) -> Self {
        let mut state = State {
            url,
            renamed_to: None,
            user: settings.bitrix24_user.clone(),
            secret: settings.bitrix24_secret.clone(),
            scopes: SCOPES.map(str::to_owned).into(),
            crm_admin: false,
            oauth: oauth::OAuth::new(settings.bitrix24_app.clone(), clock()),
            funnels: funnels::usual(),
            stages_made: 0,
            custom_fields: Vec::new(),
            last_field_id: 0,
            items: BTreeMap::new(),
            last_item_ids: BTreeMap::new(),
            last_comment_id: 0,
            payments: BTreeMap::new(),
            contacts: BTreeMap::new(),
            users: BTreeMap::new(),
            tasks: BTreeMap::new(),
            last_task_id: 0,
            keys: tasks_new::Keys::default(),
            events: events::Events::default(),
            limits: limits::Limits::new(),
            faults: Bitrix24Faults::default(),
            calls: CallList::default(),
        };
        state.users.insert(state.user_id(), "Sandbox Manager".to_owned());
        for name in CUSTOM_FIELDS {
            state.make_custom_field(Kind::Deal, name, CustomKind::String, (name, ""));
        }
        Self { state: Arc::new(Mutex::new(state)), clock, sender }
    }

    /// Changes the faults in force; what the closure leaves alone stays.
    pub fn change_faults(&self, change: impl FnOnce(&mut Bitrix24Faults)) {
        let mut state = locked(&self.state);
        change(&mut state.faults);
        if !state.faults.operating_limit {
            state.limits.unblock();
        }
    }

    pub(crate) fn overlay_faults(&self, change: Value) -> Result<(), String> {
        let mut state = locked(&self.state);
        state.faults = crate::overlay(&state.faults, change)?;
        if !state.faults.operating_limit {
            state.limits.unblock();
        }
        Ok(())
    }

    fn with<T>(&self, work: impl FnOnce(&mut State, i64) -> T) -> T {
        let now = (self.clock)();
        work(&mut locked(&self.state), now)
    }
}

impl State {
    /// The root of the portal's address, the new one where it was renamed.
    fn root(&self) -> String {
        self.renamed_to.clone().unwrap_or_else(|| self.url.clone())
    }

    /// The portal's host as it tells it.
    fn domain(&self) -> String {
        let root = self.root();
        root.split_once("://").map_or(root.as_str(), |(_, host)| host).to_owned()
    }
}

impl std::fmt::Debug for Bitrix24 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bitrix24")
    }
}

/// Whether something may be posted to this address: by HTTPS anywhere, in the clear to this machine alone.
fn sendable(url: &str) -> Result<(), String> {
    let wrong = || "url: give an address that begins with https://, or one of this machine".to_owned();
    let url = url::Url::parse(url).map_err(|_| wrong())?;
    if url.scheme() == "https" || (url.scheme() == "http" && crate::is_loopback(&url)) { Ok(()) } else { Err(wrong()) }
}

/// The REST API under `/rest/`, and the authorisation server under `/oauth/`.
pub(crate) fn routes(bitrix24: Bitrix24) -> Router {
    Router::new().fallback(api::answer).with_state(bitrix24)
}
