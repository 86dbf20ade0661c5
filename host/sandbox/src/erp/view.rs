//! What the ERP knows, as the board and tests see it. Keys are told by their kinds and places alone. It must not know how any of it came
//! to be.

use serde::Serialize;

use super::outbox::Message;
use super::{Endpoint, Erp, ErpFaults, EventView, Key, Money, PaymentView, RequestView, SentView, State, hook_url};
use crate::calls::Call;

/// Everything the ERP knows, as the board shows it.
#[derive(Clone, Debug, Serialize)]
pub struct ErpView {
    /// Where it takes webhooks.
    pub endpoints: Vec<EndpointView>,
    /// Where its own messages go, if anywhere.
    pub kamurj: Option<KamurjView>,
    /// Its orders, and those that it heard of by webhooks alone, in the order in which it knew of them.
    pub orders: Vec<OrderView>,
    /// Its messages to Kamurj, oldest first.
    pub sent: Vec<SentView>,
    /// The messages that it took, oldest first.
    pub events: Vec<EventView>,
    /// How often messages came again that were taken already.
    pub repeats: u32,
    /// The payments that it was told of.
    pub payments: Vec<PaymentView>,
    /// The last requests that came, oldest first.
    pub requests: Vec<RequestView>,
    /// Requests to the address that a redirect named. Standard Webhooks are not redirected, so each is a mistake.
    pub followed: u32,
    /// The faults in force.
    pub faults: ErpFaults,
    /// Every call that arrived.
    pub calls: Vec<Call>,
}

/// An endpoint, without its keys.
#[derive(Clone, Debug, Serialize)]
pub struct EndpointView {
    /// The last part of its path.
    pub name: String,
    /// Its address.
    pub url: String,
    /// Its keys by their kinds and places: `whsec 1`.
    pub keys: Vec<String>,
}

/// Where messages go, without the keys that they are signed with.
#[derive(Clone, Debug, Serialize)]
pub struct KamurjView {
    /// The address.
    pub url: String,
    /// The keys by their kinds and places.
    pub keys: Vec<String>,
    /// What signatures by Ed25519 are checked with, `whpk_…`.
    pub public_keys: Vec<String>,
    /// It answered 410, so nothing more is sent there until it is set anew.
    pub switched_off: bool,
}

/// An order, with what webhooks have said of its payment.
#[derive(Clone, Debug, Default, Serialize, PartialEq, Eq)]
pub struct OrderView {
    /// The merchant's number of it.
    pub order_id: String,
    /// What the ERP asked for, or heard of.
    pub amount: Money,
    /// What is sold; empty for orders of somebody else's.
    pub description: String,
    /// The ERP withdrew it.
    pub cancelled: bool,
    /// Kamurj's id of the payment.
    pub payment_id: Option<String>,
    /// The payment's newest status.
    pub status: Option<String>,
    /// The version of that.
    pub version: Option<u64>,
    /// Where the customer pays.
    pub checkout_url: Option<String>,
}

impl Erp {
    /// What the ERP knows now.
    pub fn view(&self) -> ErpView {
        self.with(|state, _| ErpView {
            endpoints: state.endpoints.iter().map(|endpoint| endpoint_view(endpoint, &state.base_url)).collect(),
            kamurj: state.kamurj.as_ref().map(|kamurj| KamurjView {
                url: kamurj.url.to_string(),
                keys: places(&kamurj.keys),
                public_keys: kamurj.keys.iter().filter_map(Key::public).collect(),
                switched_off: state.switched_off,
            }),
            orders: state.order_views(),
            sent: state.messages.iter().map(Message::view).collect(),
            events: state.ledger.events(),
            repeats: state.ledger.repeats(),
            payments: state.ledger.payments().to_vec(),
            requests: state.inbox.to_vec(),
            followed: state.followed,
            faults: state.faults.clone(),
            calls: state.calls.to_vec(),
        })
    }
}

impl State {
    /// The orders with what is known of their payments; of several payments for one order the last one that was heard of.
    fn order_views(&self) -> Vec<OrderView> {
        let mut orders = self.orders.clone();
        for payment in self.ledger.payments() {
            let place = orders.iter().position(|order| order.order_id == payment.order_id);
            let place = place.unwrap_or_else(|| {
                orders.push(OrderView {
                    order_id: payment.order_id.clone(),
                    amount: Money::new(&payment.amount, &payment.currency),
                    ..OrderView::default()
                });
                orders.len() - 1
            });
            let order = &mut orders[place];
            let same = order.payment_id.as_ref() == Some(&payment.payment_id);
            if same && order.version > Some(payment.version) {
                // Another endpoint has heard more.
                continue;
            }
            order.payment_id = Some(payment.payment_id.clone());
            order.status = Some(payment.status.clone());
            order.version = Some(payment.version);
            order.checkout_url = payment.checkout_url.clone().or(order.checkout_url.take().filter(|_| same));
        }
        orders
    }
}

fn endpoint_view(endpoint: &Endpoint, base_url: &str) -> EndpointView {
    let url = hook_url(base_url, &endpoint.name);
    EndpointView { name: endpoint.name.clone(), url, keys: places(&endpoint.keys) }
}

fn places(keys: &[Key]) -> Vec<String> {
    keys.iter().enumerate().map(|(place, key)| format!("{} {}", key.word(), place + 1)).collect()
}
