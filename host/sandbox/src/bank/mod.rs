//! The bank simulator: VPOS.am-style payment sessions, hosted pay pages and signed webhooks. What VPOS.am does not
//! publish is our assumption, said where it is made. It must not know who its merchant is.

mod api;
mod faults;
mod gateway;
mod money_back;
mod page;
mod refund;
mod request;
mod session;
mod signing;
mod staff;
mod webhooks;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::get;
use serde::Serialize;
use serde_json::Value;

pub use faults::{BankFaults, Cancel, Lookup, Refund, RefundLookup, Signature, Start, Webhooks};
pub use refund::RefundView;
pub use session::{PayAction, SessionView};
pub use signing::{Encoding, Scheme, sign};
pub use webhooks::{InvalidEndpoint, WebhookView};

use crate::calls::{Call, CallList};
use crate::gateways::Faults;
use crate::ids::Ids;
use crate::sender::Sender;
use crate::{Clock, Settings, locked};
use session::Session;
use webhooks::{Endpoint, Webhook};

/// The bank. Cheap to clone; all clones are the same bank.
#[derive(Clone)]
pub struct Bank {
    state: Arc<Mutex<State>>,
    clock: Clock,
    sender: Sender,
    delivering: Arc<tokio::sync::Mutex<()>>,
}

/// Everything the bank knows, as the play page shows it.
#[derive(Clone, Debug, Serialize)]
pub struct BankView {
    /// All payment sessions, oldest first.
    pub sessions: Vec<SessionView>,
    /// All refunds, the staff's own too, oldest first.
    pub refunds: Vec<RefundView>,
    /// All webhooks ever made, oldest first.
    pub webhooks: Vec<WebhookView>,
    /// Requests to create a session that reached the bank, repeated and refused ones too.
    pub creates: u64,
    /// Look-ups that reached the bank.
    pub lookups: u64,
    /// Where webhooks go, if the merchant has set that.
    pub endpoint: Option<String>,
    /// The faults in force.
    pub faults: BankFaults,
    /// Every API call that arrived.
    pub calls: Vec<Call>,
}

struct State {
    token: String,
    base_url: String,
    ids: Ids,
    sessions: Vec<Session>,
    refunds: Vec<refund::Refund>,
    /// Sessions that a late request will cancel.
    late_cancels: Vec<String>,
    /// Answers by idempotency key.
    answered: HashMap<String, Answered>,
    endpoint: Option<Endpoint>,
    webhooks: Vec<Webhook>,
    faults: BankFaults,
    /// The faults that all gateways share, for what has no word of the bank's own.
    common: Faults,
    creates: u64,
    lookups: u64,
    calls: CallList,
}

/// An answer that made something, with the request that it answered.
struct Answered {
    address: String,
    request: Value,
    answer: Value,
}

impl Bank {
    pub(crate) fn new(settings: &Settings, base_url: String, clock: Clock, sender: Sender) -> Self {
        let state = State {
            token: settings.bank_token.clone(),
            base_url,
            ids: Ids::new(clock()),
            sessions: Vec::new(),
            refunds: Vec::new(),
            late_cancels: Vec::new(),
            answered: HashMap::new(),
            endpoint: None,
            webhooks: Vec::new(),
            faults: BankFaults::default(),
            common: Faults::default(),
            creates: 0,
            lookups: 0,
            calls: CallList::default(),
        };
        Self { state: Arc::new(Mutex::new(state)), clock, sender, delivering: Arc::default() }
    }

    /// What the bank knows now.
    pub fn view(&self) -> BankView {
        self.with(|state, _| BankView {
            sessions: state.sessions.iter().map(|session| session.view(&state.base_url)).collect(),
            refunds: state.refunds.iter().map(|refund| state.refund_view(refund)).collect(),
            webhooks: state.webhooks.iter().map(Webhook::view).collect(),
            creates: state.creates,
            lookups: state.lookups,
            endpoint: state.endpoint.as_ref().map(|endpoint| endpoint.url.to_string()),
            faults: state.faults.clone(),
            calls: state.calls.to_vec(),
        })
    }

    /// Changes the faults in force; what the closure leaves alone stays.
    pub fn change_faults(&self, change: impl FnOnce(&mut BankFaults)) {
        change(&mut locked(&self.state).faults);
    }

    pub(crate) fn overlay_faults(&self, change: Value) -> Result<(), String> {
        let mut state = locked(&self.state);
        state.faults = crate::overlay(&state.faults, change)?;
        Ok(())
    }

    /// What the payer does on the pay page of a session. Returns the address that the browser is sent back to, or
    /// `None` for an unknown session. A session that is over ignores it.
    pub fn act(&self, session_id: &str, action: PayAction) -> Option<String> {
        self.with(|state, now| state.act(session_id, action, now))
    }

    /// Works on the state at one moment, after closing the sessions whose time is over by then.
    fn with<T>(&self, work: impl FnOnce(&mut State, i64) -> T) -> T {
        let now = (self.clock)();
        let mut state = locked(&self.state);
        state.expire_sessions(now);
        work(&mut state, now)
    }
}

impl std::fmt::Debug for Bank {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bank")
    }
}

/// The API under `/v1` and the pay pages.
pub(crate) fn routes(bank: Bank) -> Router {
    Router::new().route("/pay/{id}", get(page::show).post(page::act)).fallback(api::answer).with_state(bank)
}
