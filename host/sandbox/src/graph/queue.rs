//! Events under way: sent at least once, tried again with growing pauses, in no promised order. It must not know what one says.
//!
//! Meta says "with decreasing frequency over the next 36 hours" for Graph webhooks and, of Messenger, that a subscription is
//! switched off when it fails for long (an hour in older texts, eight in newer ones); the pauses themselves are not published.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::hooks::{App, escaped, signature};
use super::{Chats, State};
use crate::locked;
use crate::sender::Reception;

/// Pauses after each failed delivery; the last one is repeated.
const PAUSES_MS: [i64; 5] = [5_000, 30_000, 120_000, 600_000, 1_800_000];
/// Events are given up after this.
const LIFE_MS: i64 = 36 * 3_600_000;
/// A subscription that fails for longer than this is switched off.
const FAILING_MS: i64 = 8 * 3_600_000;

/// One entry of a webhook.
pub(super) struct Event {
    id: u64,
    app: String,
    entry: Value,
    made_at: i64,
    next_at: i64,
    failures: usize,
    /// It was accepted once and is delivered again by the duplicate fault.
    repeated: bool,
}

/// Events that wait.
#[derive(Default)]
pub(super) struct Queue {
    events: VecDeque<Event>,
    made: u64,
}

struct Posting {
    events: Vec<u64>,
    app: String,
    url: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Queue {
    pub(super) fn push(&mut self, app: &str, entry: Value, now: i64) {
        self.made += 1;
        let event = Event {
            id: self.made,
            app: app.to_owned(),
            entry,
            made_at: now,
            next_at: now,
            failures: 0,
            repeated: false,
        };
        self.events.push_back(event);
    }

    /// How many wait for this app.
    pub(super) fn waiting(&self, app: &str) -> usize {
        self.events.iter().filter(|event| event.app == app).count()
    }

    fn drop_of(&mut self, app: &str) {
        self.events.retain(|event| event.app != app);
    }
}

impl State {
    fn next_posting(&mut self, now: i64) -> Option<Posting> {
        self.queue.events.retain(|event| now - event.made_at < LIFE_MS);
        if self.faults.hold_events {
            return None;
        }
        let apps = &self.apps;
        let hook = |event: &Event| apps.get(&event.app)?.hook.as_ref().filter(|hook| !hook.disabled);
        let mut due = self.queue.events.iter().filter(|event| event.next_at <= now && hook(event).is_some());
        let first = if self.faults.newest_first { due.next_back() } else { due.next() }?;
        let together: Vec<&Event> = if self.faults.batch_events {
            self.queue.events.iter().filter(|event| event.next_at <= now && event.app == first.app).collect()
        } else {
            vec![first]
        };
        let entries: Vec<&Value> = together.iter().map(|event| &event.entry).collect();
        let body = escaped(&json!({"object": self.habits.object(), "entry": entries}));
        let app = apps.get(&first.app)?;
        let headers = vec![("x-hub-signature-256", self.signed(app, &body))];
        let events = together.iter().map(|event| event.id).collect();
        Some(Posting { events, app: first.app.clone(), url: hook(first)?.url.clone(), headers, body })
    }

    fn signed(&self, app: &App, body: &str) -> String {
        if self.faults.forge_signature {
            return signature("not the secret of any app", body);
        }
        let other = app.other_secret.as_deref().filter(|_| self.faults.other_secret);
        signature(other.unwrap_or(&app.secret), body)
    }

    fn settle(&mut self, posting: &Posting, reception: &Reception, now: i64) {
        let Some(hook) = self.apps.get_mut(&posting.app).and_then(|app| app.hook.as_mut()) else { return };
        // Meta wants a 200 and nothing else of the kind.
        let accepted = reception.status() == Some(200);
        if accepted {
            (hook.failing_since, hook.last_error) = (None, None);
        } else {
            hook.last_error = Some(match reception {
                Reception::Answered { status, .. } => format!("HTTP status {status}"),
                Reception::Silent(why) => (*why).to_owned(),
            });
            let since = *hook.failing_since.get_or_insert(now);
            if now - since > FAILING_MS {
                hook.disabled = true;
                self.queue.drop_of(&posting.app);
                return;
            }
        }
        let duplicate = self.faults.duplicate_events;
        self.queue.events.retain_mut(|event| {
            if !posting.events.contains(&event.id) {
                return true;
            }
            if accepted {
                return duplicate && !std::mem::replace(&mut event.repeated, true);
            }
            event.next_at = now + PAUSES_MS[event.failures.min(PAUSES_MS.len() - 1)];
            event.failures += 1;
            true
        });
    }
}

impl Chats {
    /// Sends the events that are due now and returns how many requests that took.
    pub async fn deliver_due(&self) -> usize {
        let _only_one = self.delivering.lock().await;
        let now = (self.clock)();
        let mut sent = 0;
        while let Some(mut posting) = self.with(|state, _| state.next_posting(now)) {
            let body = std::mem::take(&mut posting.body);
            let reception = self.sender.post(&posting.url, &posting.headers, body).await;
            locked(&self.state).settle(&posting, &reception, (self.clock)().max(now));
            sent += 1;
        }
        sent
    }
}
