//! Webhooks under way: answered within two seconds or tried again after 5, 15, 15 and 60 minutes, and no more to an address that
//! failed too often. They carry no signature. It must not know what one tells.

use std::time::Duration;

use super::hooks::Pairs;
use super::{Amocrm, State};
use crate::locked;
use crate::sender::Reception;

/// Pauses after each failed try; after the last of them it is given up.
const PAUSES_MS: [i64; 4] = [5 * 60_000, 15 * 60_000, 15 * 60_000, 60 * 60_000];
/// How long an answer may take.
const DEADLINE: Duration = Duration::from_secs(2);
/// More failures than this within [`FAILING_MS`] switch an address off.
const MOST_FAILURES: usize = 100;
const FAILING_MS: i64 = 2 * 3_600_000;
/// Most items in one webhook where they are bundled.
const MOST_ITEMS: usize = 50;

/// Where a webhook goes.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// An address that was set by the API.
    Hook(i64),
    /// One that stands in a stage of a pipeline.
    Stage(String),
}

/// One item on its way.
pub(super) struct Event {
    id: u64,
    target: Target,
    /// `leads`, `task`.
    entity: &'static str,
    action: &'static str,
    pairs: Pairs,
    next_at: i64,
    failures: usize,
    /// It was accepted once and is sent again by the duplicate fault.
    repeated: bool,
}

/// Items that wait.
#[derive(Default)]
pub(super) struct Queue {
    events: Vec<Event>,
    made: u64,
}

struct Posting {
    events: Vec<u64>,
    target: Target,
    url: String,
    body: String,
}

impl Queue {
    pub(super) fn push(&mut self, target: Target, entity: &'static str, action: &'static str, pairs: Pairs, now: i64) {
        self.made += 1;
        let id = self.made;
        self.events.push(Event { id, target, entity, action, pairs, next_at: now, failures: 0, repeated: false });
    }

    pub(super) fn len(&self) -> usize {
        self.events.len()
    }
}

impl State {
    /// Queues what happened for everybody who listens to it.
    pub(super) fn tell(&mut self, name: &str, entity: &'static str, action: &'static str, pairs: &Pairs, now: i64) {
        if self.faults.lose_hooks {
            return;
        }
        let listening: Vec<i64> = self
            .hooks
            .iter()
            .filter(|hook| !hook.disabled && hook.settings.contains(name))
            .map(|hook| hook.id)
            .collect();
        for hook in listening {
            self.queue.push(Target::Hook(hook), entity, action, pairs.clone(), now);
        }
    }

    fn address(&self, target: &Target) -> Option<String> {
        match target {
            Target::Hook(id) => {
                let hook = self.hooks.iter().find(|hook| hook.id == *id && !hook.disabled);
                hook.map(|hook| hook.destination.clone())
            }
            Target::Stage(url) => Some(url.clone()),
        }
    }

    fn next_posting(&mut self, now: i64) -> Option<Posting> {
        if self.faults.hold_hooks {
            return None;
        }
        let mut events = std::mem::take(&mut self.queue.events);
        // What goes to an address that was removed or switched off is never sent.
        events.retain(|event| self.address(&event.target).is_some());
        self.queue.events = events;
        let due = self.queue.events.iter().filter(|event| event.next_at <= now);
        let newest = self.faults.newest_first;
        let first = due.clone().min_by_key(|event| if newest { u64::MAX - event.id } else { event.id })?;
        let alike = |event: &&Event| {
            event.target == first.target && (event.entity, event.action) == (first.entity, first.action)
        };
        let most = if self.faults.bundle_hooks { MOST_ITEMS } else { 1 };
        let mut together: Vec<&Event> = if most == 1 { vec![first] } else { due.filter(alike).take(most).collect() };
        if newest {
            together.reverse();
        }
        let url = self.address(&first.target)?;
        Some(Posting {
            events: together.iter().map(|event| event.id).collect(),
            target: first.target.clone(),
            url,
            body: self.form(&together),
        })
    }

    /// The form: each item under its number, and whose account it is. Brackets travel percent-encoded, as PHP writes them.
    fn form(&self, events: &[&Event]) -> String {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        for (place, event) in events.iter().enumerate() {
            for (name, value) in &event.pairs {
                form.append_pair(&format!("{}[{}][{place}]{name}", event.entity, event.action), value);
            }
        }
        form.append_pair("account[id]", &self.account.id.to_string());
        form.append_pair("account[subdomain]", &self.account.subdomain);
        form.append_pair("account[_links][self]", &self.account.link(""));
        form.finish()
    }

    fn settle(&mut self, posting: &Posting, reception: &Reception, now: i64) {
        let accepted = reception.status().is_some_and(|status| (100..300).contains(&status));
        let duplicates = self.faults.duplicate_hooks;
        self.queue.events.retain_mut(|event| {
            if !posting.events.contains(&event.id) {
                return true;
            }
            if accepted {
                let again = duplicates && !event.repeated;
                event.repeated = true;
                return again;
            }
            let pause = PAUSES_MS.get(event.failures);
            event.failures += 1;
            event.next_at = now + pause.copied().unwrap_or_default();
            pause.is_some()
        });
        let Target::Hook(id) = &posting.target else { return };
        let Some(hook) = self.hooks.iter_mut().find(|hook| hook.id == *id) else { return };
        if accepted {
            hook.last_error = None;
            return;
        }
        hook.last_error = Some(match reception {
            Reception::Answered { status, .. } => format!("answered {status}"),
            Reception::Silent(why) => (*why).to_owned(),
        });
        hook.failures.push_back(now);
        while hook.failures.front().is_some_and(|at| now - at > FAILING_MS) {
            hook.failures.pop_front();
        }
        hook.disabled = hook.failures.len() > MOST_FAILURES;
    }
}

impl Amocrm {
    /// Sends the webhooks that are due now and returns how many requests that took.
    pub async fn deliver_due(&self) -> usize {
        let _only_one = self.delivering.lock().await;
        let now = (self.clock)();
        let mut sent = 0;
        while let Some(posting) = self.with(|state, _| state.next_posting(now)) {
            let headers = [("user-agent", "amoCRM-Webhooks/3.0".to_owned())];
            let reception = self.sender.post_form(&posting.url, &headers, posting.body.clone(), DEADLINE).await;
            locked(&self.state).settle(&posting, &reception, (self.clock)().max(now));
            sent += 1;
        }
        sent
    }
}
