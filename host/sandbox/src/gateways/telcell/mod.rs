//! The Telcell double: the wallet's payment form, its page, its callback, and the calls of the shop gateway. Sources: "WEB shop
//! gateway v1.2" and "shop gateway v2.6"; what they leave open is assumed here and said where it is: the answers to server calls
//! are lines of `name=value`, errors are a code as text with status 200, and a callback is sent once.
//!
//! It must not know who its shops are.

mod api;
mod callbacks;
mod invoice;
mod page;
mod sealed;

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

pub use callbacks::CallbackView;

use super::{Act, Acted, Delivering, Faults, Gateway, OrderView};
use crate::calls::{Call, CallList};
use crate::ids::Ids;
use crate::sender::Sender;
use crate::{Clock, Settings, locked};
use callbacks::Callback;
use invoice::Invoice;

/// A shop at Telcell.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Merchant {
    /// Its id, an e-mail address.
    pub issuer: String,
    /// The key that it shares with Telcell.
    pub shop_key: String,
    /// Where callbacks go. It is written down at Telcell beforehand; without it there are none.
    pub callback_url: Option<Url>,
    /// Where browsers go back to; as with the callback, one address for the whole shop.
    pub return_url: Option<Url>,
}

impl std::fmt::Debug for Merchant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Merchant").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// What shops saw Telcell do in more than one way.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct Habits {
    /// How callbacks come.
    pub callback: Carriage,
    /// `issuer_id` comes back decoded, and not as it was sent.
    pub plain_issuer_id: bool,
    /// Callbacks name the payer, as those of the shop gateway v2.6 do; the proof has it in then.
    pub buyer: Option<String>,
    /// Drams are `051` in callbacks and answers, and not `51`.
    pub three_digits: bool,
}

/// How callbacks come.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Carriage {
    /// A form, as documented.
    #[default]
    Post,
    /// In the query.
    Get,
    /// A JSON object; currency and sum are numbers in it.
    Json,
}

/// Telcell. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Telcell {
    state: Arc<Mutex<State>>,
    clock: Clock,
    sender: Sender,
    delivering: Arc<tokio::sync::Mutex<()>>,
}

struct State {
    base_url: String,
    merchants: Vec<Merchant>,
    ids: Ids,
    invoices: Vec<Invoice>,
    callbacks: Vec<Callback>,
    faults: Faults,
    habits: Habits,
    calls: CallList,
}

impl Telcell {
    /// `base_url`: what stands for `https://telcellmoney.am`, without a slash at its end.
    pub(crate) fn new(settings: &Settings, base_url: String, clock: Clock, sender: Sender) -> Self {
        let state = State {
            base_url,
            merchants: settings.telcell.clone(),
            ids: Ids::new(clock()),
            invoices: Vec::new(),
            callbacks: Vec::new(),
            faults: Faults::default(),
            habits: Habits::default(),
            calls: CallList::default(),
        };
        Self { state: Arc::new(Mutex::new(state)), clock, sender, delivering: Arc::default() }
    }

    /// What stands for `https://telcellmoney.am/`.
    pub fn base_url(&self) -> String {
        locked(&self.state).base_url.clone()
    }

    /// A shop opens an account, or changes what is written down of it.
    pub fn registers(&self, merchant: Merchant) {
        let mut state = locked(&self.state);
        state.merchants.retain(|known| known.issuer != merchant.issuer);
        state.merchants.push(merchant);
    }

    /// Changes its habits; what the closure leaves alone stays.
    pub fn change_habits(&self, change: impl FnOnce(&mut Habits)) {
        change(&mut locked(&self.state).habits);
    }

    /// Changes the faults in force; what the closure leaves alone stays.
    pub fn change_faults(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut locked(&self.state).faults);
    }

    /// All callbacks ever made, oldest first.
    pub fn callbacks(&self) -> Vec<CallbackView> {
        self.with(|state, _| state.callbacks.iter().map(Callback::view).collect())
    }

    /// Staff let the callbacks of an invoice go out once more; answers how many that are.
    pub fn call_again(&self, invoice: &str) -> usize {
        self.with(|state, now| {
            let of_it = state.callbacks.iter_mut().filter(|callback| callback.invoice == invoice);
            of_it.map(|callback| callback.due_again(now)).count()
        })
    }

    /// Works on the state at one moment, after ending the invoices whose time is over by then.
    fn with<T>(&self, work: impl FnOnce(&mut State, i64) -> T) -> T {
        let now = (self.clock)();
        let mut state = locked(&self.state);
        for invoice in &mut state.invoices {
            invoice.expire(now);
        }
        work(&mut state, now)
    }
}

impl Gateway for Telcell {
    fn word(&self) -> &'static str {
        "telcell"
    }

    fn open_account(&self, merchant: Value) -> Result<(), String> {
        self.registers(super::merchant(merchant)?);
        Ok(())
    }

    fn orders(&self) -> Vec<OrderView> {
        self.with(|state, _| state.invoices.iter().map(|invoice| invoice.view(&state.base_url)).collect())
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
        Box::pin(self.deliver())
    }
}

impl std::fmt::Debug for Telcell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Telcell")
    }
}

/// The form's address, its other one that TC-S names for tests, and the page.
pub(crate) fn routes(telcell: Telcell) -> Router {
    let invoices = || get(api::redirected).post(api::posted);
    let page = || get(page::show).post(page::press);
    Router::new()
        .route("/invoices", invoices())
        .route("/proto_test2/invoices", invoices())
        .route("/payments/invoice", page())
        .route("/payments/invoice/", page())
        .fallback(api::nowhere)
        .with_state(telcell)
}
