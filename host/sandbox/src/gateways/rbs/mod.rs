//! ArCa iPay (BPC "RBS"), as the "vPOS Merchant Manual" 1.55.1.0 describes it, with the habits that shops report of its
//! instances: form posts under `/payment/rest/{method}.do`, JSON answers that are 200 whatever they say, a hosted page, and the
//! platform's optional callback with a checksum. It must not know who its merchants are.
//!
//! Ours, because no public text says it: which of the error codes 4, 5 and 7 a wrong request gets, that unknown and repeated
//! parameters are refused at all, and everything on the page.

mod answer;
mod api;
mod callbacks;
mod habits;
mod order;
mod page;
mod request;

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::Value;

pub use callbacks::{CallbackView, Callbacks, checksum};
pub use habits::{Codes, Habits, Version};

use super::{Act, Acted, Delivering, Faults, Gateway, OrderView};
use crate::calls::{Call, CallList};
use crate::ids::Ids;
use crate::sender::Sender;
use crate::{Clock, locked};
use callbacks::Callback;
use order::{Order, State};

/// A login at the gateway.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Merchant {
    /// `userName`.
    pub user_name: String,
    /// `password`.
    pub password: String,
}

impl std::fmt::Debug for Merchant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Merchant").field("user_name", &self.user_name).finish_non_exhaustive()
    }
}

/// The gateway. Cheap to clone; all clones are the same gateway.
#[derive(Clone)]
pub struct Rbs {
    books: Arc<Mutex<Books>>,
    clock: Clock,
    sender: Sender,
    delivering: Arc<tokio::sync::Mutex<()>>,
}

/// Everything that the gateway knows.
struct Books {
    base_url: String,
    merchants: Vec<Merchant>,
    ids: Ids,
    orders: Vec<Order>,
    callbacks_to: Option<Callbacks>,
    callbacks: Vec<Callback>,
    faults: Faults,
    habits: Habits,
    calls: CallList,
}

impl Rbs {
    pub(crate) fn new(merchants: Vec<Merchant>, base_url: String, clock: Clock, sender: Sender) -> Self {
        let books = Books {
            base_url,
            merchants,
            ids: Ids::new(clock()),
            orders: Vec::new(),
            callbacks_to: None,
            callbacks: Vec::new(),
            faults: Faults::default(),
            habits: Habits::default(),
            calls: CallList::default(),
        };
        Self { books: Arc::new(Mutex::new(books)), clock, sender, delivering: Arc::default() }
    }

    /// What stands for `https://ipay.arca.am/payment/rest/`.
    pub fn rest_url(&self) -> String {
        format!("{}/payment/rest/", locked(&self.books).base_url)
    }

    /// Opens a login; one of the same name is replaced.
    pub fn registers(&self, merchant: Merchant) {
        let mut books = locked(&self.books);
        books.merchants.retain(|known| known.user_name != merchant.user_name);
        books.merchants.push(merchant);
    }

    /// Switches the callback on or off for what happens from now on.
    pub fn calls_back(&self, callbacks: Option<Callbacks>) {
        locked(&self.books).callbacks_to = callbacks;
    }

    /// All callbacks ever made, oldest first.
    pub fn callbacks(&self) -> Vec<CallbackView> {
        locked(&self.books).callbacks.iter().map(Callback::view).collect()
    }

    /// Changes the faults in force; what the closure leaves alone stays.
    pub fn change_faults(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut locked(&self.books).faults);
    }

    /// Changes the gateway's habits; what the closure leaves alone stays.
    pub fn change_habits(&self, change: impl FnOnce(&mut Habits)) {
        change(&mut locked(&self.books).habits);
    }

    /// The payer goes on to the page of their own bank and stays there: state 5. They may pay or decline from there. Answers
    /// whether the order was waiting for them.
    pub fn sends_to_acs(&self, id: &str) -> bool {
        self.with(|books, _| {
            let order = books.orders.iter_mut().find(|order| order.id == id && order.state == State::Created);
            order.map(|order| order.state = State::AtAcs).is_some()
        })
    }

    /// Staff write a state into an order by hand, as they may after they have looked into it: 0 to 6, with this action code.
    /// Answers whether there is such an order and such a state.
    pub fn staff_sets(&self, id: &str, state: u8, action_code: i64) -> bool {
        self.with(|books, now| {
            let order = books.orders.iter_mut().find(|order| order.id == id);
            let Some((order, state)) = order.zip(State::from_number(state)) else { return false };
            order.set_by_hand(state, action_code, now);
            true
        })
    }

    /// Works on the books at one moment, after ending the sessions whose time is over by then.
    fn with<T>(&self, work: impl FnOnce(&mut Books, i64) -> T) -> T {
        let now = (self.clock)();
        let mut books = locked(&self.books);
        books.end_sessions(now);
        work(&mut books, now)
    }
}

impl std::fmt::Debug for Rbs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rbs")
    }
}

impl Gateway for Rbs {
    fn word(&self) -> &'static str {
        "rbs"
    }

    fn open_account(&self, merchant: Value) -> Result<(), String> {
        self.registers(super::merchant(merchant)?);
        Ok(())
    }

    fn orders(&self) -> Vec<OrderView> {
        self.with(|books, _| books.orders.iter().map(|order| order.view(&books.base_url)).collect())
    }

    fn act(&self, id: &str, act: Act) -> Result<Acted, String> {
        self.with(|books, now| books.act(id, act, now))
    }

    fn faults(&self) -> Faults {
        locked(&self.books).faults.clone()
    }

    fn set_faults(&self, faults: Faults) {
        locked(&self.books).faults = faults;
    }

    fn calls(&self) -> Vec<Call> {
        locked(&self.books).calls.to_vec()
    }

    fn deliver_due(&self) -> Delivering<'_> {
        Box::pin(self.deliver())
    }
}

/// The API and the pages, below the gateway's path.
pub(crate) fn routes(rbs: Rbs) -> Router {
    Router::new()
        .route("/payment/rest/{method}", post(api::answer))
        .route("/payment/merchants/{shop}/{page}", get(page::show).post(page::act))
        .fallback(page::nothing)
        .with_state(rbs)
}
