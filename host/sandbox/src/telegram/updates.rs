//! The queue of updates and its delivery: in order within a chat, tried again with growing pauses, dropped after a day.
//! Pauses are those of Telegram's open-source server. It must not know what an update says.

use serde_json::{Value, json};

use super::{State, Telegram};
use crate::locked;
use crate::sender::Reception;

/// First pause after a failed delivery; it doubles with each further one.
const FIRST_PAUSE_MS: i64 = 1_000;
/// The pause stops growing somewhere from 60 to 120 seconds.
const LONGEST_PAUSE_MS: i64 = 60_000;
/// A `Retry-After` of the receiver is honoured up to an hour.
const LONGEST_RETRY_AFTER_S: i64 = 3_600;
/// Updates are kept for a day.
const LIFE_MS: i64 = 24 * 3_600_000;
/// A webhook that answers 410 for longer than this is removed.
const GONE_MS: i64 = 23 * 3_600_000;

pub(super) struct Update {
    id: i64,
    chat: i64,
    body: String,
    made_at: i64,
    next_at: i64,
    failures: u32,
    /// It was accepted once and is delivered again by the duplicate fault.
    repeated: bool,
}

struct Posting {
    id: i64,
    url: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl State {
    /// Queues an update of one kind and returns its id; `None` where the webhook does not want that kind.
    pub(super) fn queue(&mut self, kind: &str, chat: i64, content: Value, now: i64) -> Option<i64> {
        let allowed = self.webhook.as_ref().and_then(|webhook| webhook.allowed.as_ref());
        if allowed.is_some_and(|allowed| allowed.iter().all(|name| name != kind)) {
            return None;
        }
        let id = self.next_update_id;
        self.next_update_id += 1;
        let mut body = json!({"update_id": id});
        body[kind] = content;
        let body = body.to_string();
        self.updates.push_back(Update { id, chat, body, made_at: now, next_at: now, failures: 0, repeated: false });
        Some(id)
    }

    /// The first update, in order of arrival, that is the oldest of its chat and due.
    fn next_posting(&mut self, now: i64) -> Option<Posting> {
        self.updates.retain(|update| now - update.made_at < LIFE_MS);
        let webhook = self.webhook.as_ref()?;
        let mut passed = Vec::new();
        let update = self.updates.iter().find(|update| {
            if passed.contains(&update.chat) {
                return false;
            }
            passed.push(update.chat);
            update.next_at <= now
        })?;
        let secret = webhook.secret.iter().map(|secret| ("x-telegram-bot-api-secret-token", secret.clone()));
        Some(Posting { id: update.id, url: webhook.url.clone(), headers: secret.collect(), body: update.body.clone() })
    }

    fn settle(&mut self, id: i64, reception: &Reception, now: i64) {
        let Some(position) = self.updates.iter().position(|update| update.id == id) else {
            // The queue was emptied while the request was under way.
            return;
        };
        let update = &mut self.updates[position];
        if reception.is_success() {
            if self.faults.duplicate_updates && !update.repeated {
                update.repeated = true;
            } else {
                self.updates.remove(position);
            }
            if let Some(webhook) = &mut self.webhook {
                webhook.gone_since = None;
            }
            return;
        }
        update.next_at = now + pause_ms(update, reception);
        update.failures += 1;
        let why = match reception {
            Reception::Answered { status, .. } => {
                format!("Wrong response from the webhook: {status}")
            }
            Reception::Silent(why) => (*why).to_owned(),
        };
        if let Some(webhook) = &mut self.webhook {
            webhook.last_error = Some((now, why));
            if reception.status() == Some(410) {
                let since = *webhook.gone_since.get_or_insert(now);
                if now - since > GONE_MS {
                    self.webhook = None;
                }
            } else {
                webhook.gone_since = None;
            }
        }
    }
}

fn pause_ms(update: &Update, reception: &Reception) -> i64 {
    if let Some(seconds) = reception.retry_after_s() {
        return seconds.clamp(1, LONGEST_RETRY_AFTER_S) * 1000;
    }
    // The spread of the cap is taken from the id: as good as random, and the same in every run.
    let cap = LONGEST_PAUSE_MS + update.id.rem_euclid(61) * 1000;
    FIRST_PAUSE_MS.checked_shl(update.failures.min(20)).unwrap_or(cap).min(cap)
}

impl Telegram {
    /// Sends the updates that are due now and returns how many requests that took.
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
