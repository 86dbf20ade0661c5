//! Works through what one request brought, in its order. What fails does not stop the others, and is not repeated with them: when the
//! request is run again, what was finished is passed over. It must not read any message itself.

use kamurj_chat::{Event, Kind};
use kamurj_sdk::{Host, InboundRequest, Level, Outcome, Shelf, read_settings};

use crate::cloud::Cloud;
use crate::identity;
use crate::settings::Settings;
use crate::status;
use crate::webhook::{self, Item};

/// What was taken by which request, and how far a request has come.
const TAKEN: Shelf = Shelf::new("taken");

/// What one run may do: the host allows 16 requests and 128 calls of any kind in one.
const RUN: u32 = 120;
/// What a message costs of that, at the most: its sends, and what is read and kept of its chat.
const MESSAGE: u32 = 24;
/// What news of a sent message cost.
const NEWS: u32 = 6;

/// Takes a request of Meta's.
pub(crate) fn handle(host: &impl Host, request: &InboundRequest) -> Result<Outcome, Outcome> {
    let settings: Settings = read_settings(host)?;
    let items = webhook::read(&request.body, &settings.phone_number_id)
        .ok_or_else(|| Outcome::bad_request("malformed-webhook", "the body is no JSON object"))?;
    let bundle = Bundle { host, settings: &settings, request };
    if let [item] = items.as_slice() {
        return bundle.one(0, item);
    }
    bundle.all(&items)
}

/// Whether this request is the first that brings this; a request is that in each of its runs.
pub(crate) fn is_first(host: &impl Host, what: &str, request: &str) -> bool {
    if let Ok(Some(by)) = TAKEN.get::<String>(host, what) {
        return by == request;
    }
    keep(host, what, &request);
    true
}

fn keep(host: &impl Host, what: &str, value: &impl serde::Serialize) {
    if let Err(error) = TAKEN.put(host, what, value) {
        host.log(Level::Warn, "What was taken could not be kept", &[("error.code", &error.code)]);
    }
}

struct Bundle<'a, H> {
    host: &'a H,
    settings: &'a Settings,
    request: &'a InboundRequest,
}

impl<H: Host> Bundle<'_, H> {
    fn all(&self, items: &[Item]) -> Result<Outcome, Outcome> {
        let name = format!("request:{}", self.request.id);
        let mut finished: Vec<usize> = TAKEN.get(self.host, &name).ok().flatten().unwrap_or_default();
        let mut waiting: Vec<&str> = Vec::new();
        let (mut again, mut failed): (Option<Outcome>, Option<Outcome>) = (None, None);
        let mut spent = 0;
        for (place, item) in items.iter().enumerate() {
            // What the same chat said after something that waits, waits too.
            if finished.contains(&place) || waiting.contains(&chat_of(item)) {
                continue;
            }
            spent += cost(item);
            if spent > RUN {
                let rest = Outcome::retry("more", "the rest of what arrived together follows");
                again.get_or_insert(rest);
                break;
            }
            match self.one(place, item).unwrap_or_else(|outcome| outcome) {
                outcome if matches!(outcome.kind.as_str(), "retry" | "ambiguous" | "auth-needed") => {
                    if !chat_of(item).is_empty() {
                        waiting.push(chat_of(item));
                    }
                    again = Some(sooner(again, outcome));
                }
                outcome => {
                    if outcome.kind != "done" {
                        self.host.log(
                            Level::Error,
                            "One of the events that arrived together could not be handled",
                            &[("outcome.code", &outcome.code), ("outcome.message", &outcome.message)],
                        );
                        failed.get_or_insert(outcome);
                    }
                    finished.push(place);
                    if matches!(item, Item::Chat(_)) {
                        keep(self.host, &name, &finished);
                    }
                }
            }
        }
        match (again, failed) {
            (Some(again), _) => {
                keep(self.host, &name, &finished);
                Err(again)
            }
            (None, Some(failed)) => Err(failed),
            (None, None) => Ok(Outcome::done()),
        }
    }

    fn one(&self, place: usize, item: &Item) -> Result<Outcome, Outcome> {
        match item {
            Item::Chat(event) => self.event(place, event),
            Item::Status(status) => status::handle(self.host, self.settings, self.request, place, status),
            Item::Moved { from, to } => {
                identity::moved(self.host, from, to);
                Ok(Outcome::done())
            }
        }
    }

    fn event(&self, place: usize, event: &Event) -> Result<Outcome, Outcome> {
        if event.kind == Kind::Other {
            return Ok(Outcome::done());
        }
        // Meta may put what it tells again into another bundle.
        if !is_first(self.host, &format!("message:{}", event.key), &self.request.id) {
            return Ok(Outcome::done());
        }
        let phone = event.from.phone.as_deref();
        if let Some(number) = phone.and_then(identity::digits) {
            identity::moved(self.host, &number, &event.chat.id);
        }
        let shop = self.settings.shop_for(&event.chat.id, phone);
        let cloud = Cloud::new(self.host, self.settings, self.request.run).at(place);
        let owner = format!("{}-{place}", self.request.id);
        kamurj_chat::handle(self.host, &cloud, &shop, &owner, event)
    }
}

fn chat_of(item: &Item) -> &str {
    match item {
        Item::Chat(event) => &event.chat.id,
        _ => "",
    }
}

fn cost(item: &Item) -> u32 {
    match item {
        Item::Chat(_) => MESSAGE,
        Item::Status(status) if status.code.is_some() => MESSAGE,
        Item::Status(_) | Item::Moved { .. } => NEWS,
    }
}

/// Of two outcomes that ask for another run, the one that a person must act on, or the one that comes sooner.
fn sooner(one: Option<Outcome>, other: Outcome) -> Outcome {
    let Some(one) = one else { return other };
    let rank = |outcome: &Outcome| (outcome.kind != "auth-needed", outcome.retry_after_ms.unwrap_or(0));
    if rank(&other) < rank(&one) { other } else { one }
}
