//! The double of a merchant's ERP, or of the shop system that it sells with: it takes webhooks by Standard Webhooks 1.0.0 as a careful
//! receiver does, and tells Kamurj of its orders by signed messages of the same kind. It must not know what a payment is beyond what it
//! is told.
//!
//! The specification leaves a receiver some freedom. This one is strict wherever a sender could go wrong unnoticed, and its answers say
//! what was wrong.

mod account;
mod acts;
mod door;
mod event;
mod faults;
mod inbox;
mod keys;
mod ledger;
mod order;
mod outbox;
mod proof;
mod refusal;
mod view;

use std::sync::{Arc, Mutex};

use axum::Router;
use serde_json::{Value, json};
use tokio::sync::watch;

pub use account::{Account, CannotSet, Destination, Endpoint};
pub(crate) use acts::Act;
pub use faults::ErpFaults;
pub use inbox::RequestView;
pub use keys::{InvalidKey, Key};
pub use ledger::{EventView, Outcome, PaymentView};
pub use order::{Customer, Item, Money, Order};
pub use outbox::SentView;
pub use view::{EndpointView, ErpView, KamurjView, OrderView};

use crate::calls::CallList;
use crate::ids::Ids;
use crate::sender::Sender;
use crate::{Clock, locked};
use inbox::Inbox;
use ledger::Ledger;
use outbox::Message;

/// The ERP. Cheap to clone; all clones are the same ERP.
#[derive(Clone)]
pub struct Erp {
    state: Arc<Mutex<State>>,
    /// Whether webhooks are left without an answer; those that wait hear when that ends.
    hanging: watch::Sender<bool>,
    clock: Clock,
    sender: Sender,
    delivering: Arc<tokio::sync::Mutex<()>>,
}

/// Why a message was not sent.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum CannotSend {
    /// Nobody said where Kamurj is.
    #[error("kamurj: say first where it is")]
    NoAddress,
    /// An order without a number cannot be found again.
    #[error("order_id: write one")]
    NoOrder,
}

struct State {
    base_url: String,
    endpoints: Vec<Endpoint>,
    kamurj: Option<Destination>,
    switched_off: bool,
    ids: Ids,
    orders: Vec<OrderView>,
    messages: Vec<Message>,
    ledger: Ledger,
    inbox: Inbox,
    followed: u32,
    faults: ErpFaults,
    calls: CallList,
}

impl Erp {
    pub(crate) fn new(account: Account, base_url: String, clock: Clock, sender: Sender) -> Self {
        let state = State {
            base_url,
            endpoints: account.endpoints,
            kamurj: account.kamurj,
            switched_off: false,
            ids: Ids::new(clock()),
            orders: Vec::new(),
            messages: Vec::new(),
            ledger: Ledger::default(),
            inbox: Inbox::default(),
            followed: 0,
            faults: ErpFaults::default(),
            calls: CallList::default(),
        };
        let hanging = watch::channel(false).0;
        Self { state: Arc::new(Mutex::new(state)), hanging, clock, sender, delivering: Arc::default() }
    }

    /// Changes the faults in force; what the closure leaves alone stays.
    pub fn change_faults(&self, change: impl FnOnce(&mut ErpFaults)) {
        let hang = self.with(|state, _| {
            change(&mut state.faults);
            state.faults.hang
        });
        self.hanging.send_replace(hang);
    }

    pub(crate) fn overlay_faults(&self, change: Value) -> Result<(), String> {
        let faults = self.with(|state, _| crate::overlay(&state.faults, change))?;
        self.change_faults(|now| *now = faults);
        Ok(())
    }

    /// An administrator makes an endpoint with these keys (`whsec_…`, `whpk_…`), or gives the one of this name others. Two keys are
    /// right while one is being changed for the other.
    pub fn set_endpoint(&self, name: &str, keys: &[impl AsRef<str>]) -> Result<(), CannotSet> {
        let endpoint = Endpoint::new(name, keys)?;
        self.with(|state, _| {
            state.endpoints.retain(|one| one.name != name);
            state.endpoints.push(endpoint);
        });
        Ok(())
    }

    /// The address that webhooks to an endpoint of this name go to.
    pub fn hook_url(&self, name: &str) -> String {
        self.with(|state, _| hook_url(&state.base_url, name))
    }

    /// An administrator says where Kamurj is, and the key that the ERP signs with: `whsec_…` for HMAC, `whsk_…` for Ed25519.
    pub fn set_kamurj(&self, url: &str, key: &str) -> Result<(), CannotSet> {
        self.set_kamurj_keys(url, &[key])
    }

    /// The same with several keys, as while one is being changed for the other: each message bears a signature by each.
    pub fn set_kamurj_keys(&self, url: &str, keys: &[impl AsRef<str>]) -> Result<(), CannotSet> {
        let destination = Destination::new(url, keys)?;
        self.with(|state, _| {
            state.kamurj = Some(destination);
            state.switched_off = false;
        });
        Ok(())
    }

    /// A clerk enters an order: `order.created` is queued. Answers the message's id. An order number may be used again.
    pub fn order(&self, order: &Order) -> Result<String, CannotSend> {
        if order.order_id.is_empty() {
            return Err(CannotSend::NoOrder);
        }
        self.with(|state, now| {
            let id = state.queue("order.created", &json!(order), now)?;
            let known = state.known_order(&order.order_id);
            known.amount = order.amount.clone();
            known.description.clone_from(&order.description);
            Ok(id)
        })
    }

    /// A clerk withdraws an order: `order.cancelled` is queued. Answers the message's id.
    pub fn cancel(&self, order_id: &str, reason: &str) -> Result<String, CannotSend> {
        if order_id.is_empty() {
            return Err(CannotSend::NoOrder);
        }
        self.with(|state, now| {
            let id = state.queue("order.cancelled", &json!({"order_id": order_id, "reason": reason}), now)?;
            state.known_order(order_id).cancelled = true;
            Ok(id)
        })
    }

    /// Queues a message of any type with any data, right or wrong. Answers its id.
    pub fn send(&self, kind: &str, data: &Value) -> Result<String, CannotSend> {
        self.with(|state, now| state.queue(kind, data, now))
    }

    fn with<T>(&self, work: impl FnOnce(&mut State, i64) -> T) -> T {
        let now = (self.clock)();
        work(&mut locked(&self.state), now)
    }
}

impl State {
    fn known_order(&mut self, order_id: &str) -> &mut OrderView {
        let place = self.orders.iter().position(|order| order.order_id == order_id).unwrap_or_else(|| {
            self.orders.push(OrderView { order_id: order_id.to_owned(), ..OrderView::default() });
            self.orders.len() - 1
        });
        &mut self.orders[place]
    }
}

impl std::fmt::Debug for Erp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Erp")
    }
}

fn hook_url(base_url: &str, name: &str) -> String {
    format!("{base_url}/hooks/{name}")
}

/// The receiver, under `/hooks/{name}`.
pub(crate) fn routes(erp: Erp) -> Router {
    door::routes(erp)
}
