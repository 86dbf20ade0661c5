//! What is remembered of who writes: when they were last heard, in which language, and whether they can be reached. All of it is a
//! convenience: when it is gone, the service itself says what is not allowed.

use kamurj_sdk::{Host, Language, Level, Shelf};
use serde::{Deserialize, Serialize};

use crate::event::Event;

const PEOPLE: Shelf = Shelf::new("people");

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Known {
    /// When they last wrote, Unix milliseconds.
    #[serde(rename = "a", default)]
    heard_at: u64,
    /// `hy`, `ru` or `en`, where it is known.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    #[serde(rename = "u", default, skip_serializing_if = "std::ops::Not::not")]
    unreachable: bool,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    /// The event that was heard last, and when the one before it was: a run that is repeated sees what the first saw.
    #[serde(rename = "k", default)]
    event: String,
    #[serde(rename = "b", default)]
    heard_before: u64,
}

fn known(host: &impl Host, chat: &str) -> Known {
    PEOPLE.get(host, chat).ok().flatten().unwrap_or_default()
}

fn keep(host: &impl Host, chat: &str, known: &Known) {
    if let Err(error) = PEOPLE.put(host, chat, known) {
        host.log(Level::Warn, "What is known of a chat could not be kept", &[("error.code", &error.code)]);
    }
}

/// When the chat was last heard, Unix milliseconds: a service may allow words for a day after that.
pub fn last_heard(host: &impl Host, chat: &str) -> Option<u64> {
    Some(known(host, chat).heard_at).filter(|at| *at > 0)
}

/// The customer's number, where the service told it once.
pub fn phone_of(host: &impl Host, chat: &str) -> Option<String> {
    known(host, chat).phone
}

/// Notes that somebody was heard. Answers when they were heard before.
pub(crate) fn heard(host: &impl Host, event: &Event, language: Option<Language>) -> Option<u64> {
    let before = known(host, &event.chat.id);
    let heard_before = if before.event == event.key { before.heard_before } else { before.heard_at };
    let now = Known {
        heard_at: host.now_ms(),
        language: language.map(|language| language.tag().to_owned()).or(before.language),
        unreachable: false,
        phone: event.from.phone.clone().or(before.phone),
        event: event.key.clone(),
        heard_before,
    };
    keep(host, &event.chat.id, &now);
    Some(heard_before).filter(|at| *at > 0)
}

/// The language in which the chat was last spoken to.
pub(crate) fn language_of(host: &impl Host, chat: &str) -> Option<Language> {
    known(host, chat).language.map(|tag| Language::from_tag(&tag))
}

/// Whether the chat cannot be reached, as far as the service told.
pub(crate) fn is_unreachable(host: &impl Host, chat: &str) -> bool {
    known(host, chat).unreachable
}

/// Keeps whether the chat can be reached.
pub(crate) fn set_reachable(host: &impl Host, chat: &str, reachable: bool) {
    let before = known(host, chat);
    if before.unreachable == reachable {
        keep(host, chat, &Known { unreachable: !reachable, ..before });
    }
}
