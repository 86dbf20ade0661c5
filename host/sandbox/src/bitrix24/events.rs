//! What the portal sends by itself: events to a webhook that an administrator entered and to handlers that an app bound, and what its
//! robots post. Each is sent once, whatever becomes of it. It must not know who listens.

use std::collections::{BTreeSet, VecDeque};

use serde::Serialize;
use serde_json::{Value, json};

use super::caller::Via;
use super::items::{Key, Kind};
use super::refusal::{Found, Refusal, text};
use super::{Asked, Bitrix24, State, brackets};
use crate::locked;

/// How many postings are remembered; older ones are forgotten first.
const REMEMBERED: usize = 500;

/// What was done to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Add,
    Update,
    Delete,
}

impl Deed {
    fn word(self) -> &'static str {
        match self {
            Self::Add => "ADD",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
        }
    }
}

/// What an administrator entered by hand.
struct Hook {
    url: String,
    application_token: String,
    events: BTreeSet<String>,
}

/// What an app bound.
struct Bound {
    event: String,
    url: String,
}

/// Something to be posted.
struct Posting {
    what: String,
    about: String,
    url: String,
    body: String,
}

/// A posting as the play page shows it.
#[derive(Clone, Debug, Serialize)]
pub struct Posted {
    /// The event's name, or `robot`.
    pub what: String,
    /// What it was about: `DEAL_12`.
    pub about: String,
    /// The status that came back; `None` where no answer came.
    pub status: Option<u16>,
}

/// What the play page shows of events.
#[derive(Clone, Debug, Serialize)]
pub struct EventsView {
    /// The address of the webhook that was entered by hand.
    pub webhook: Option<String>,
    /// Its events.
    pub webhook_events: Vec<String>,
    /// What the app bound, as event and address.
    pub bound: Vec<(String, String)>,
    /// Postings that wait to be sent.
    pub waiting: usize,
    /// Events that were lost on purpose.
    pub lost: u32,
    /// What was sent, oldest first.
    pub posted: Vec<Posted>,
}

#[derive(Default)]
pub(super) struct Events {
    hook: Option<Hook>,
    bound: Vec<Bound>,
    queue: VecDeque<Posting>,
    posted: VecDeque<Posted>,
    lost: u32,
}

impl Events {
    pub(super) fn view(&self) -> EventsView {
        EventsView {
            webhook: self.hook.as_ref().map(|hook| hook.url.clone()),
            webhook_events: self.hook.iter().flat_map(|hook| hook.events.iter().cloned()).collect(),
            bound: self.bound.iter().map(|bound| (bound.event.clone(), bound.url.clone())).collect(),
            waiting: self.queue.len(),
            lost: self.lost,
            posted: self.posted.iter().cloned().collect(),
        }
    }

    pub(super) fn set_hook(&mut self, url: &str, application_token: &str, events: &[&str]) {
        let events = events.iter().map(|event| event.to_uppercase()).collect();
        self.hook = Some(Hook { url: url.to_owned(), application_token: application_token.to_owned(), events });
    }
}

/// Whether the portal has this event; the names of items may carry the number of a type.
fn is_event(name: &str) -> bool {
    let verb = ["ONCRMDEAL", "ONCRMDYNAMICITEM"].into_iter().find_map(|prefix| name.strip_prefix(prefix));
    verb.is_some_and(|verb| matches!(verb.split_once('_').map_or(verb, |(verb, _)| verb), "ADD" | "UPDATE" | "DELETE"))
}

/// The names that an event goes by.
fn names(key: Key, deed: Deed) -> Vec<String> {
    let verb = deed.word();
    match key.0 {
        Kind::Deal => vec![format!("ONCRMDEAL{verb}")],
        Kind::Invoice => {
            vec![format!("ONCRMDYNAMICITEM{verb}"), format!("ONCRMDYNAMICITEM{verb}_{}", key.0.number())]
        }
    }
}

/// What documents are called by robots.
fn document(key: Key) -> (&'static str, String) {
    match key.0 {
        Kind::Deal => ("CCrmDocumentDeal", format!("DEAL_{}", key.1)),
        Kind::Invoice => {
            ("Bitrix\\Crm\\Integration\\BizProc\\Document\\SmartInvoice", format!("SMART_INVOICE_{}", key.1))
        }
    }
}

impl State {
    /// Tells everybody who wants to know what was done, whoever did it.
    pub(super) fn tell(&mut self, key: Key, deed: Deed, now: i64) {
        let names = names(key, deed);
        let mut wanted: Vec<(String, String, Option<String>)> = Vec::new();
        if let Some(hook) = &self.events.hook {
            let of_hook = names.iter().filter(|name| hook.events.contains(*name));
            wanted.extend(of_hook.map(|name| (name.clone(), hook.url.clone(), Some(hook.application_token.clone()))));
        }
        let of_app = self.events.bound.iter().filter(|bound| names.contains(&bound.event));
        wanted.extend(of_app.map(|bound| (bound.event.clone(), bound.url.clone(), None)));
        for (handler, (event, url, application_token)) in wanted.into_iter().enumerate() {
            let mut pairs = vec![
                ("event".to_owned(), event.clone()),
                ("event_handler_id".to_owned(), (handler + 1).to_string()),
                ("data[FIELDS][ID]".to_owned(), key.1.to_string()),
            ];
            if key.0 == Kind::Invoice {
                pairs.push(("data[FIELDS][ENTITY_TYPE_ID]".to_owned(), key.0.number().to_string()));
            }
            pairs.push(("ts".to_owned(), now.div_euclid(1000).to_string()));
            if application_token.is_none() {
                // The tokens of whoever installed the app: receivers must not keep them.
                let (access, refresh) = self.oauth.pair(now);
                let ends_at = now.div_euclid(1000) + super::oauth::ACCESS_LIFE_S;
                for (name, value) in [
                    ("access_token", access),
                    ("refresh_token", refresh),
                    ("expires", ends_at.to_string()),
                    ("expires_in", super::oauth::ACCESS_LIFE_S.to_string()),
                    ("scope", self.scopes_text()),
                    ("user_id", self.user.clone()),
                    ("status", "L".to_owned()),
                ] {
                    pairs.push((format!("auth[{name}]"), value));
                }
            }
            pairs.extend(self.place());
            let token = application_token.unwrap_or_else(|| self.oauth.application_token());
            pairs.push(("auth[application_token]".to_owned(), token));
            if self.faults.lose_events {
                self.events.lost += 1;
                continue;
            }
            for _ in 0..if self.faults.duplicate_events { 2 } else { 1 } {
                let (about, body) = (document(key).1, brackets::write(&pairs));
                self.events.queue.push_back(Posting { what: event.clone(), about, url: url.clone(), body });
            }
        }
    }

    /// Where the portal is, as everything says that it sends.
    fn place(&self) -> Vec<(String, String)> {
        let told = [
            ("domain", self.domain()),
            ("client_endpoint", format!("{}/rest/", self.root())),
            ("server_endpoint", format!("{}/rest/", self.root())),
            ("member_id", super::MEMBER_ID.to_owned()),
        ];
        told.into_iter().map(|(name, value)| (format!("auth[{name}]"), value)).collect()
    }

    /// What the robot "Outgoing webhook" posts, or a button that starts it. Returns whether the item exists.
    pub(super) fn run_robot(&mut self, key: Key, url: &str) -> bool {
        if !self.items.contains_key(&key) {
            return false;
        }
        let (class, about) = document(key);
        let mut pairs = vec![
            ("document_id[0]".to_owned(), "crm".to_owned()),
            ("document_id[1]".to_owned(), class.to_owned()),
            ("document_id[2]".to_owned(), about.clone()),
        ];
        pairs.extend(self.place());
        let body = brackets::write(&pairs);
        self.events.queue.push_back(Posting { what: "robot".to_owned(), about, url: url.to_owned(), body });
        true
    }

    /// `event.bind`, which a webhook may not call.
    pub(super) fn bind_event(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        let (event, url) = wanted_handler(asked)?;
        let url = url.ok_or_else(|| absent("handler"))?;
        if !is_event(&event) {
            return Err(Refusal::new(400, "ERROR_EVENT_NOT_FOUND", "Event not found"));
        }
        if asked.parameters.get("event_type").is_some_and(|kind| kind == "offline") {
            // This double keeps no queue of events, so nobody has the right to one.
            let description = "Access denied! Offline events binding requires administrator access rights";
            return Err(Refusal::new(403, "ACCESS_DENIED", description));
        }
        if super::sendable(&url).is_err() {
            return Err(Refusal::new(400, "ERROR_ARGUMENT", "Argument 'handler' is not an address"));
        }
        if self.events.bound.iter().any(|bound| bound.event == event && bound.url == url) {
            let description = "Unable to set event handler: Handler already binded";
            return Err(Refusal::new(400, "ERROR_CORE", description));
        }
        self.events.bound.push(Bound { event, url });
        Ok(Found::one(json!(true)))
    }

    pub(super) fn unbind_event(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        let (event, url) = wanted_handler(asked)?;
        let before = self.events.bound.len();
        let is_meant = |bound: &Bound| bound.event == event && url.as_ref().is_none_or(|url| bound.url == *url);
        self.events.bound.retain(|bound| !is_meant(bound));
        Ok(Found::one(json!({ "count": before - self.events.bound.len() })))
    }

    pub(super) fn list_bound_events(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        wants_app(asked)?;
        let row = |bound: &Bound| json!({"event": bound.event, "handler": bound.url, "auth_type": "0", "offline": 0});
        Ok(Found::one(Value::Array(self.events.bound.iter().map(row).collect())))
    }
}

impl Bitrix24 {
    /// Sends every event and every posting of a robot that waits, each once: the portal never sends one again. Returns how many.
    pub async fn deliver_due(&self) -> usize {
        // What comes meanwhile, because a receiver writes back at once, waits for the next time.
        let due = locked(&self.state).events.queue.len();
        for sent in 0..due {
            let Some(posting) = locked(&self.state).events.queue.pop_front() else { return sent };
            let form = [("content-type", "application/x-www-form-urlencoded".to_owned())];
            let status = self.sender.post(&posting.url, &form, posting.body).await.status();
            let posted = &mut locked(&self.state).events.posted;
            if posted.len() == REMEMBERED {
                posted.pop_front();
            }
            posted.push_back(Posted { what: posting.what, about: posting.about, status });
        }
        due
    }
}

fn wants_app(asked: &Asked) -> Result<(), Refusal> {
    match asked.caller.via {
        Via::App => Ok(()),
        Via::Webhook => {
            Err(Refusal::new(403, "WRONG_AUTH_TYPE", "Current authorization type is denied for this method"))
        }
    }
}

fn wanted_handler(asked: &Asked) -> Result<(String, Option<String>), Refusal> {
    wants_app(asked)?;
    let event = text(asked.parameters, "event").ok_or_else(|| absent("event"))?;
    Ok((event.to_uppercase(), text(asked.parameters, "handler").map(str::to_owned)))
}

fn absent(name: &str) -> Refusal {
    Refusal::new(400, "ERROR_ARGUMENT", format!("Argument '{name}' is null or empty"))
}
