//! Messenger's own rules: lengths in characters, the window, tags and what became of them, links. It must not know how a message
//! is kept.

use serde_json::{Value, json};

use super::templates;
use crate::graph::{
    Account, Answer, Asked, Content, DAY_MS, Door, Followed, Habits, Parameters, Person, Refusal, State,
};

/// Longest text, in characters ("Send API").
const LONGEST_TEXT: usize = 2_000;
/// How long staff may write ("Message tags", `HUMAN_AGENT`).
const HUMAN_AGENT_MS: i64 = 7 * DAY_MS;
/// Kinds of sending ("Send API", `messaging_type`).
const TYPES: [&str; 4] = ["RESPONSE", "UPDATE", "MESSAGE_TAG", "UTILITY"];
/// Tags for events stopped working on 27 April 2026 (changelog).
const RETIRED: [&str; 3] = ["CONFIRMED_EVENT_UPDATE", "POST_PURCHASE_UPDATE", "ACCOUNT_UPDATE"];
const HUMAN_AGENT: &str = "HUMAN_AGENT";

pub(super) struct Rules;

impl Habits for Rules {
    fn word(&self) -> &'static str {
        "messenger"
    }

    fn permission(&self) -> &'static str {
        "pages_messaging"
    }

    fn object(&self) -> &'static str {
        "page"
    }

    fn fields(&self) -> &'static [&'static str] {
        &[
            "messages",
            "messaging_postbacks",
            "messaging_referrals",
            "message_echoes",
            "message_reads",
            "message_deliveries",
            "messaging_optins",
            "standby",
        ]
    }

    fn echo_field(&self) -> &'static str {
        "message_echoes"
    }

    fn referral_field(&self) -> &'static str {
        "messaging_referrals"
    }

    fn read_field(&self) -> &'static str {
        "message_reads"
    }

    fn read(&self, _mid: &str, watermark: i64) -> Value {
        json!({"read": {"watermark": watermark}})
    }

    fn mid_prefix(&self) -> &'static str {
        "m_"
    }

    fn echoes_metadata(&self) -> bool {
        true
    }

    fn check_text(&self, path: &str, text: &str) -> Result<(), Refusal> {
        if text.chars().count() > LONGEST_TEXT { Err(Refusal::length(path, LONGEST_TEXT)) } else { Ok(()) }
    }

    fn may_send(&self, account: &Account, person: &Person, parameters: &Parameters, now: i64) -> Result<(), Refusal> {
        let outside = || Refusal::outside_window(Door::Facebook);
        let within = |life_ms: i64| if person.spoke_within(life_ms, now) { Ok(()) } else { Err(outside()) };
        let word = |name: &str| parameters.get(name).and_then(Value::as_str).unwrap_or_default();
        match (word("messaging_type"), word("tag")) {
            ("", _) => Err(Refusal::required("messaging_type")),
            ("RESPONSE" | "UPDATE", _) => within(DAY_MS),
            ("UTILITY", _) if account.permissions.contains("page_utility_messaging") => Ok(()),
            ("UTILITY", _) => Err(Refusal::permission("page_utility_messaging")),
            ("MESSAGE_TAG", "") => Err(Refusal::required("tag")),
            ("MESSAGE_TAG", tag) if RETIRED.contains(&tag) => {
                Err(Refusal::parameter(format!("The message tag {tag} is no longer supported.")))
            }
            ("MESSAGE_TAG", HUMAN_AGENT) if account.permissions.contains("human_agent") => within(HUMAN_AGENT_MS),
            ("MESSAGE_TAG", HUMAN_AGENT) => Err(Refusal::not_permitted()),
            ("MESSAGE_TAG", tag) => Err(Refusal::one_of("tag", &[HUMAN_AGENT], tag)),
            (other, _) => Err(Refusal::one_of("messaging_type", &TYPES, other)),
        }
    }

    fn special(&self, account: &Account, parameters: &Parameters) -> Option<Result<Content, Refusal>> {
        let utility = parameters.get("messaging_type").and_then(Value::as_str) == Some("UTILITY");
        utility.then(|| templates::fill(account, parameters.get("message").unwrap_or(&Value::Null)))
    }

    /// `m.me`: told at once in a thread that is there; in a new one with the Get Started button, where there is one ("m.me
    /// Links").
    fn followed(&self, account: &Account, person: &Person) -> Followed {
        match (person.thread, account.get_started.is_some()) {
            (true, _) => Followed::Told,
            (false, true) => Followed::WithFirst,
            (false, false) => Followed::Nothing,
        }
    }

    fn edge(&self, state: &mut State, account: &str, asked: &Asked, _now: i64) -> Option<Answer> {
        (asked.path.get(1)? == "message_templates").then(|| templates::edge(state, account, asked))
    }

    fn object_of(&self, account: &Account) -> Value {
        json!({"id": account.id, "name": account.name})
    }
}
