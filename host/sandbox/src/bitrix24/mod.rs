//! The Bitrix24 double: one portal behind one inbound webhook, with deals, stages and timeline comments, and with the
//! portal's habits: silent about unknown fields, odd about `error`, short of patience with many calls. It must not know
//! what the deals are for.

mod api;
mod fields;
mod filter;
mod items;
mod stages;
mod timeline;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use items::DealView;
pub use stages::Stage;
pub use timeline::CommentView;

use crate::calls::{Call, CallList};
use crate::rate::Bucket;
use crate::{Clock, Settings, locked};
use items::Deal;

/// The portal's limit: it blocks at this many calls, and forgets this many a second.
const BUCKET: i64 = 50;
const DRAINS_PER_S: i64 = 2;

/// Custom fields of deals that an administrator made beforehand, all of type string.
const CUSTOM_FIELDS: [&str; 3] = ["UF_CRM_PAY_STATUS", "UF_CRM_PAY_REF", "UF_CRM_PAY_AT"];

/// The portal. Cheap to clone; all clones are the same portal.
#[derive(Clone)]
pub struct Bitrix24 {
    state: Arc<Mutex<State>>,
    clock: Clock,
}

/// What can go wrong at Bitrix24 on demand; each counts down with each call.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Bitrix24Faults {
    /// Calls answered 503 `QUERY_LIMIT_EXCEEDED`.
    pub limit_next: u32,
    /// Calls answered 500 `INTERNAL_SERVER_ERROR`, with nothing done.
    pub fail_next: u32,
    /// Calls that are done and whose connection is then cut without an answer.
    pub drop_reply_next: u32,
}

/// Everything the portal knows, as the play page shows it.
#[derive(Clone, Debug, Serialize)]
pub struct Bitrix24View {
    /// Stages of the one funnel, in their order.
    pub stages: Vec<Stage>,
    /// All deals, oldest first.
    pub deals: Vec<DealView>,
    /// The faults in force.
    pub faults: Bitrix24Faults,
    /// Every call that arrived.
    pub calls: Vec<Call>,
}

struct State {
    user: String,
    secret: String,
    stages: Vec<Stage>,
    custom_fields: Vec<String>,
    deals: BTreeMap<i64, Deal>,
    last_comment_id: i64,
    bucket: Bucket,
    faults: Bitrix24Faults,
    calls: CallList,
}

impl Bitrix24 {
    pub(crate) fn new(settings: &Settings, clock: Clock) -> Self {
        let state = State {
            user: settings.bitrix24_user.clone(),
            secret: settings.bitrix24_secret.clone(),
            stages: stages::funnel(),
            custom_fields: CUSTOM_FIELDS.map(str::to_owned).to_vec(),
            deals: BTreeMap::new(),
            last_comment_id: 0,
            bucket: Bucket::new(BUCKET, DRAINS_PER_S),
            faults: Bitrix24Faults::default(),
            calls: CallList::default(),
        };
        Self { state: Arc::new(Mutex::new(state)), clock }
    }

    /// What the portal knows now.
    pub fn view(&self) -> Bitrix24View {
        let state = locked(&self.state);
        Bitrix24View {
            stages: state.stages.clone(),
            deals: state.deals.values().map(Deal::view).collect(),
            faults: state.faults.clone(),
            calls: state.calls.to_vec(),
        }
    }

    /// Changes the faults in force; what the closure leaves alone stays.
    pub fn change_faults(&self, change: impl FnOnce(&mut Bitrix24Faults)) {
        change(&mut locked(&self.state).faults);
    }

    pub(crate) fn overlay_faults(&self, change: Value) -> Result<(), String> {
        let mut state = locked(&self.state);
        state.faults = crate::overlay(&state.faults, change)?;
        Ok(())
    }

    /// A manager makes a deal by hand; returns its id.
    pub fn add_deal(&self, title: &str) -> i64 {
        let fields = Map::from_iter([("title".to_owned(), Value::from(title))]);
        self.with(|state, now| state.make_deal(fields, now))
    }

    /// A manager moves a deal by hand. Returns whether both deal and stage exist.
    pub fn move_deal(&self, id: i64, stage: &str) -> bool {
        self.with(|state, now| {
            let fields = Map::from_iter([("stageId".to_owned(), Value::from(stage))]);
            state.stages.iter().any(|known| known.id == stage) && state.save_deal(id, fields, now)
        })
    }

    /// An administrator makes one more custom field for deals, `UF_CRM_…`, of type string.
    pub fn add_custom_field(&self, name: &str) {
        let mut state = locked(&self.state);
        if !state.custom_fields.iter().any(|known| known == name) {
            state.custom_fields.push(name.to_owned());
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut State, i64) -> T) -> T {
        let now = (self.clock)();
        work(&mut locked(&self.state), now)
    }
}

impl std::fmt::Debug for Bitrix24 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bitrix24")
    }
}

/// The REST API under `/rest/{user}/{secret}/{method}`.
pub(crate) fn routes(bitrix24: Bitrix24) -> Router {
    Router::new().fallback(api::answer).with_state(bitrix24)
}
