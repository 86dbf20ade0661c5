//! The ERP's book of webhooks: each message once, however often it came, and of each payment the newest state. It must not know how a
//! message was proven.

use std::collections::HashMap;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::event::{Event, Told};
use super::proof::Proven;
use crate::rfc3339;

/// A message that was taken, with everything that came of it.
#[derive(Clone, Debug, Serialize)]
pub struct EventView {
    /// Its `webhook-id`.
    pub id: String,
    /// The endpoint that it came to.
    pub endpoint: String,
    /// Its type, such as `payment.paid`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The time that the message itself names.
    pub timestamp: String,
    /// When it was first taken, RFC 3339.
    pub at: String,
    /// Requests with this id that came to this endpoint, those that a fault turned away or that proved nothing too.
    pub attempts: u32,
    /// How often it came again after it was taken.
    pub repeats: u32,
    /// It came again under the same id with another body, which no sender may do.
    pub changed: bool,
    /// The key that proved it, by its kind and its place at the endpoint: `whsec 1`.
    pub verified_by: String,
    /// The payment that it is about, where it is about one.
    pub payment_id: Option<String>,
    /// The merchant's order.
    pub order_id: Option<String>,
    /// The payment's version.
    pub version: Option<u64>,
    /// The payment's status.
    pub status: Option<String>,
    /// What the ERP made of it.
    pub outcome: Outcome,
    /// The bytes.
    pub body: String,
}

/// What the ERP made of a message.
#[derive(Clone, Copy, Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is the newest state of its payment.
    Applied,
    /// Its payment is further already: the state was dropped.
    Older,
    /// It has the version that is known already: nothing was to do.
    Same,
    /// It is about no payment: taken, and nothing made of it.
    Ignored,
}

/// A payment as the ERP knows it.
#[derive(Clone, Debug, Serialize)]
pub struct PaymentView {
    /// Kamurj's id of it.
    pub payment_id: String,
    /// The endpoint that told of it; each keeps its own book.
    pub endpoint: String,
    /// The merchant's order.
    pub order_id: String,
    /// The newest version.
    pub version: u64,
    /// The status of that version.
    pub status: String,
    /// Decimal text.
    pub amount: String,
    /// Code of ISO 4217.
    pub currency: String,
    /// Where the customer pays, as soon as any event has said it.
    pub checkout_url: Option<String>,
    /// Every version that was taken, in the order in which they came.
    pub versions: Vec<u64>,
    /// States that came too late and were dropped.
    pub dropped: u32,
}

#[derive(Default)]
pub(super) struct Ledger {
    events: Vec<(EventView, [u8; 32])>,
    /// Places of events, by endpoint and id.
    known: HashMap<(String, String), usize>,
    /// Requests by endpoint and id, taken or not.
    attempts: HashMap<(String, String), u32>,
    payments: Vec<PaymentView>,
    repeats: u32,
}

impl Ledger {
    /// Counts a request with this id, whatever becomes of it.
    pub(super) fn count(&mut self, endpoint: &str, id: &str) {
        *self.attempts.entry((endpoint.to_owned(), id.to_owned())).or_default() += 1;
    }

    /// Takes a message. Answers whether it was known.
    pub(super) fn take(&mut self, endpoint: &str, proven: Proven, event: Event, body: &[u8], now: i64) -> bool {
        let name = (endpoint.to_owned(), proven.id.clone());
        let digest = Sha256::digest(body).into();
        if let Some(place) = self.known.get(&name) {
            let (event, first) = &mut self.events[*place];
            event.repeats += 1;
            event.changed |= *first != digest;
            self.repeats += 1;
            return true;
        }
        let told = event.payment;
        let view = EventView {
            id: proven.id,
            endpoint: endpoint.to_owned(),
            kind: event.kind,
            timestamp: event.timestamp,
            at: rfc3339(now),
            attempts: 0,
            repeats: 0,
            changed: false,
            verified_by: proven.by,
            payment_id: told.as_ref().map(|told| told.payment_id.clone()),
            order_id: told.as_ref().map(|told| told.order_id.clone()),
            version: told.as_ref().map(|told| told.version),
            status: told.as_ref().map(|told| told.status.clone()),
            outcome: told.map_or(Outcome::Ignored, |told| self.apply(endpoint, told)),
            body: String::from_utf8_lossy(body).into_owned(),
        };
        self.known.insert(name, self.events.len());
        self.events.push((view, digest));
        false
    }

    fn apply(&mut self, endpoint: &str, told: Told) -> Outcome {
        let same = |known: &&mut PaymentView| known.endpoint == endpoint && known.payment_id == told.payment_id;
        let Some(known) = self.payments.iter_mut().find(same) else {
            self.payments.push(PaymentView {
                payment_id: told.payment_id,
                endpoint: endpoint.to_owned(),
                order_id: told.order_id,
                version: told.version,
                status: told.status,
                amount: told.amount,
                currency: told.currency,
                checkout_url: told.checkout_url,
                versions: vec![told.version],
                dropped: 0,
            });
            return Outcome::Applied;
        };
        known.versions.push(told.version);
        // A link does not change with the state: that it came late is no reason to do without it.
        if known.checkout_url.is_none() {
            known.checkout_url.clone_from(&told.checkout_url);
        }
        match told.version.cmp(&known.version) {
            std::cmp::Ordering::Less => {
                known.dropped += 1;
                Outcome::Older
            }
            std::cmp::Ordering::Equal => Outcome::Same,
            std::cmp::Ordering::Greater => {
                known.version = told.version;
                known.status = told.status;
                known.amount = told.amount;
                known.currency = told.currency;
                known.checkout_url = told.checkout_url.or(known.checkout_url.take());
                Outcome::Applied
            }
        }
    }

    /// All messages that were taken, oldest first.
    pub(super) fn events(&self) -> Vec<EventView> {
        let with_attempts = |(event, _): &(EventView, [u8; 32])| {
            let name = (event.endpoint.clone(), event.id.clone());
            EventView { attempts: self.attempts.get(&name).copied().unwrap_or_default(), ..event.clone() }
        };
        self.events.iter().map(with_attempts).collect()
    }

    pub(super) fn payments(&self) -> &[PaymentView] {
        &self.payments
    }

    /// How often messages came again that were taken already.
    pub(super) fn repeats(&self) -> u32 {
        self.repeats
    }
}
