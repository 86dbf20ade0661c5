//! The queue of webhooks and their delivery: each for itself, so that one which was refused comes after those that followed it;
//! tried again with growing pauses for seven days ("Webhooks" of the Cloud API); only 200 counts. The pauses are not published.
//! It must not know what a webhook says.

use serde_json::{Value, json};

use super::{State, Statuses, WhatsApp};
use crate::graph::{escaped, signature};
use crate::locked;
use crate::sender::Reception;

/// First pause after a failed delivery; it doubles with each further one.
const FIRST_PAUSE_MS: i64 = 10_000;
const LONGEST_PAUSE_MS: i64 = 6 * 3_600_000;
const LIFE_MS: i64 = 7 * 24 * 3_600_000;
/// Changes in one webhook where they are bundled; Meta's limit is 3 MB.
const MOST_CHANGES: usize = 50;

pub(super) struct Delivery {
    id: u64,
    changes: Vec<Value>,
    /// Whether it tells how far a message has come, not what a person wrote.
    status: bool,
    due_at: i64,
    next_at: i64,
    failures: u32,
    /// The bytes, from the first try on.
    body: Option<String>,
    /// It was accepted once and is delivered again by the duplicate fault.
    repeated: bool,
}

struct Posting {
    id: u64,
    url: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl State {
    /// Queues one change, to be told from `due` on, and answers whether anybody hears of it: what happens while no callback is set
    /// and subscribed is told to nobody, then or later.
    pub(super) fn queue(&mut self, value: &Value, status: bool, due: i64) -> bool {
        if self.callback().is_none() {
            return false;
        }
        let change = json!({"field": "messages", "value": value});
        if self.faults.bundle_webhooks
            && let Some(last) = self.deliveries.last_mut()
            && last.body.is_none()
            && last.next_at == due
            && last.status == status
            && last.changes.len() < MOST_CHANGES
        {
            last.changes.push(change);
            return true;
        }
        self.next_delivery += 1;
        let id = self.next_delivery;
        let changes = vec![change];
        let delivery =
            Delivery { id, changes, status, due_at: due, next_at: due, failures: 0, body: None, repeated: false };
        self.deliveries.push(delivery);
        true
    }

    /// The delivery that has been due longest.
    fn next_posting(&mut self, now: i64) -> Option<Posting> {
        self.deliveries.retain(|delivery| now - delivery.due_at < LIFE_MS);
        let url = self.callback()?.to_owned();
        let held = self.faults.statuses == Statuses::Hold;
        let due = self.deliveries.iter_mut().filter(|one| one.next_at <= now && !(held && one.status));
        let delivery = due.min_by_key(|one| (one.next_at, one.id))?;
        let strange = self.faults.unknown_fields;
        let body = delivery.body.get_or_insert_with(|| {
            let mut changes = delivery.changes.clone();
            if strange {
                changes.insert(0, json!({"field": "since_next_year", "value": {"event": "X"}}));
            }
            let account = &self.account.account_id;
            escaped(&json!({"object": "whatsapp_business_account", "entry": [{"id": account, "changes": changes}]}))
        });
        let key = if self.faults.forge_webhooks { "somebody else's secret" } else { &self.account.app_secret };
        let headers =
            vec![("x-hub-signature-256", signature(key, body)), ("user-agent", "facebookexternalua".to_owned())];
        Some(Posting { id: delivery.id, url, headers, body: body.clone() })
    }

    fn settle(&mut self, id: u64, reception: &Reception, now: i64) {
        let Some(place) = self.deliveries.iter().position(|delivery| delivery.id == id) else {
            // It grew too old while the request was under way.
            return;
        };
        let delivery = &mut self.deliveries[place];
        if reception.status() == Some(200) {
            self.last_error = None;
            if self.faults.duplicate_webhooks && !delivery.repeated {
                delivery.repeated = true;
            } else {
                self.deliveries.remove(place);
            }
            return;
        }
        let pause = FIRST_PAUSE_MS.checked_shl(delivery.failures.min(20)).unwrap_or(LONGEST_PAUSE_MS);
        delivery.next_at = now + pause.min(LONGEST_PAUSE_MS);
        delivery.failures += 1;
        self.last_error = Some(match reception {
            Reception::Answered { status, .. } => format!("Wrong response from the webhook: {status}"),
            Reception::Silent(why) => (*why).to_owned(),
        });
    }
}

impl WhatsApp {
    /// Sends the webhooks that are due now and returns how many requests that took.
    pub async fn deliver_due(&self) -> usize {
        let _only_one = self.delivering.lock().await;
        let now = (self.clock)();
        let mut sent = 0;
        while let Some(posting) = self.with(|state, _| state.next_posting(now)) {
            let reception = self.sender.post(&posting.url, &posting.headers, posting.body).await;
            locked(&self.state).settle(posting.id, &reception, (self.clock)().max(now));
            sent += 1;
        }
        sent
    }
}
