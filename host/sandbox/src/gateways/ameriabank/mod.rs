//! Ameriabank's vPOS 3.1: the JSON API, the payment page, and the habits of both. It must not know who its merchants are.
//!
//! It follows the bank's manual 3.1 and the published observations of the bank's own sandbox. What neither says is our
//! assumption, named where it is made: which code answers which wrong request, what cancelling does to an unpaid order, and
//! what the page brings back from a payer who gives up. It sends no messages; it has no bindings and no two-step capture.

mod answer;
mod api;
mod habits;
mod money_back;
mod order;
mod page;
mod request;

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::get;
use serde::Deserialize;
use serde_json::Value;

pub use habits::{AfterPaying, Habits, Untried};

use super::{Act, Acted, Delivering, Faults, Gateway, OrderView};
use crate::calls::{Call, CallList};
use crate::ids::Ids;
use crate::{Clock, Settings, locked};
use order::Order;

/// A client of the bank. Its settings are what the bank would have told it.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Merchant {
    /// `ClientID`.
    pub client_id: String,
    /// `Username`.
    pub username: String,
    /// `Password`.
    pub password: String,
    /// Only payments of exactly 10 AMD go through.
    #[serde(default)]
    pub test_mode: bool,
    /// The first OrderID that the client may use.
    #[serde(default = "first_order")]
    pub order_id_min: i64,
    /// The last one.
    #[serde(default = "last_order")]
    pub order_id_max: i64,
    /// The right to refund.
    #[serde(default = "yes")]
    pub may_refund: bool,
    /// The right to reverse.
    #[serde(default = "yes")]
    pub may_reverse: bool,
}

fn first_order() -> i64 {
    1
}

fn last_order() -> i64 {
    i64::from(i32::MAX)
}

fn yes() -> bool {
    true
}

impl std::fmt::Debug for Merchant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Merchant").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// The bank. Cheap to clone; all clones are the same bank.
#[derive(Clone)]
pub struct Ameriabank {
    state: Arc<Mutex<State>>,
    clock: Clock,
}

struct State {
    base_url: String,
    merchants: Vec<Merchant>,
    orders: Vec<Order>,
    ids: Ids,
    faults: Faults,
    habits: Habits,
    calls: CallList,
}

impl Ameriabank {
    pub(crate) fn new(settings: &Settings, base_url: String, clock: Clock) -> Self {
        let state = State {
            base_url,
            merchants: settings.ameriabank.clone(),
            orders: Vec::new(),
            ids: Ids::new(clock()),
            faults: Faults::default(),
            habits: Habits::default(),
            calls: CallList::default(),
        };
        Self { state: Arc::new(Mutex::new(state)), clock }
    }

    /// The bank takes on another client; one with the same `ClientID` is replaced.
    pub fn registers(&self, merchant: Merchant) {
        let mut state = locked(&self.state);
        state.merchants.retain(|known| known.client_id != merchant.client_id);
        state.merchants.push(merchant);
    }

    /// Changes the bank's habits; what the closure leaves alone stays.
    pub fn change_habits(&self, change: impl FnOnce(&mut Habits)) {
        change(&mut locked(&self.state).habits);
    }

    /// Changes the faults in force; what the closure leaves alone stays.
    pub fn change_faults(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut locked(&self.state).faults);
    }

    /// The address that a browser is sent back to with a forged success about an order that nobody paid.
    pub fn forged_return(&self, id: &str) -> Option<String> {
        self.with(|state, _| state.order(id).map(|order| order.back("00", "Payment is successful ")))
    }

    /// Staff find that an order which had failed was paid after all.
    pub fn approve_by_staff(&self, id: &str) -> Result<(), String> {
        self.with(|state, now| state.pay(id, now, true))
    }

    /// Works on the state at one moment.
    fn with<T>(&self, work: impl FnOnce(&mut State, i64) -> T) -> T {
        let now = (self.clock)();
        work(&mut locked(&self.state), now)
    }
}

impl std::fmt::Debug for Ameriabank {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ameriabank")
    }
}

impl Gateway for Ameriabank {
    fn word(&self) -> &'static str {
        "ameriabank"
    }

    fn open_account(&self, merchant: Value) -> Result<(), String> {
        self.registers(super::merchant(merchant)?);
        Ok(())
    }

    fn orders(&self) -> Vec<OrderView> {
        self.with(|state, _| state.orders.iter().map(|order| order.view(&state.base_url)).collect())
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
        Box::pin(async { 0 })
    }
}

/// The API and the payment page, below the bank's own path.
pub(crate) fn routes(bank: Ameriabank) -> Router {
    Router::new().route("/Payments/Pay", get(page::show).post(page::act)).fallback(api::answer).with_state(bank)
}
