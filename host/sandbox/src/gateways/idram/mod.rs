//! Idram as a merchant sees it: the form that payers' browsers post, the question before money moves, the signed
//! confirmation after it, and what Idram makes of the answers.
//!
//! Source: Idram's merchant interface description of 16.10.2025. Ours, because nothing is said of it: the look of error pages
//! (status 400), the amount of the question (the text of the form as it came), and that the merchant's own fields come back
//! in both calls and on the way to `SUCCESS_URL` and `FAIL_URL`. A confirmation is never tried again by itself.

mod calls;
mod entry;
mod page;
mod payment;

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
use payment::{Charge, Payment};

pub use payment::{ChargeView, Outcome};

/// A merchant, as Idram's staff set it up.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Merchant {
    /// The IdramID, `EDP_REC_ACCOUNT`.
    pub account: String,
    /// The key of the checksum.
    pub secret_key: String,
    /// Where the question and the confirmation go.
    pub result_url: url::Url,
    /// Where browsers go that paid.
    pub success_url: url::Url,
    /// Where browsers go that did not.
    pub fail_url: url::Url,
}

/// What Idram does wrong beside the faults that all gateways have.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct Switches {
    /// Nobody is asked before money moves.
    pub no_question: bool,
    /// Each payment is charged twice, under two values of `EDP_TRANS_ID`.
    pub second_transaction: bool,
    /// The checksum is written in capitals.
    pub capitals: bool,
}

/// Idram. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Idram {
    state: Arc<Mutex<State>>,
    base_url: Arc<str>,
    clock: Clock,
    sender: Sender,
}

struct State {
    merchants: Vec<Merchant>,
    ids: Ids,
    payments: Vec<Payment>,
    charges: Vec<Charge>,
    letters: u64,
    faults: Faults,
    switches: Switches,
    calls: CallList,
}

impl Idram {
    pub(crate) fn new(settings: &Settings, base_url: String, clock: Clock, sender: Sender) -> Self {
        let state = State {
            merchants: settings.idram.clone(),
            ids: Ids::new(clock()),
            payments: Vec::new(),
            charges: Vec::new(),
            letters: 0,
            faults: Faults::default(),
            switches: Switches::default(),
            calls: CallList::default(),
        };
        Self { state: Arc::new(Mutex::new(state)), base_url: base_url.into(), clock, sender }
    }

    /// Sets a merchant up, or anew.
    pub fn registers(&self, merchant: Merchant) {
        let mut state = locked(&self.state);
        state.merchants.retain(|known| known.account != merchant.account);
        state.merchants.push(merchant);
    }

    /// What stands for `https://banking.idram.am`, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Puts other switches in force.
    pub fn set_switches(&self, switches: Switches) {
        locked(&self.state).switches = switches;
    }

    /// All movements of money, oldest first.
    pub fn charges(&self) -> Vec<ChargeView> {
        let state = locked(&self.state);
        state.charges.iter().map(|charge| charge.view(&state.payments[charge.payment])).collect()
    }

    /// How many letters went to Idram's staff about confirmations that were answered with another status than 2xx.
    pub fn letters(&self) -> u64 {
        locked(&self.state).letters
    }
}

impl Gateway for Idram {
    fn word(&self) -> &'static str {
        "idram"
    }

    fn open_account(&self, merchant: Value) -> Result<(), String> {
        self.registers(super::merchant(merchant)?);
        Ok(())
    }

    fn orders(&self) -> Vec<OrderView> {
        let state = locked(&self.state);
        (0..state.payments.len()).map(|index| state.view(index, &self.base_url)).collect()
    }

    fn act(&self, id: &str, act: Act) -> Result<Acted, String> {
        let now = (self.clock)();
        locked(&self.state).act(id, act, now)
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
        Box::pin(self.confirm_all(None))
    }
}

/// The entry for browsers, and a page for each payment.
pub(crate) fn routes(idram: Idram) -> Router {
    Router::new().route("/payment/{id}", get(page::show).post(page::act)).fallback(entry::answer).with_state(idram)
}
