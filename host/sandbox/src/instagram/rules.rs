//! Instagram's own rules: a text's length in bytes, the window with nothing after it, links that need ice breakers, another name for
//! many fields. It must not know how a message is kept.

use serde_json::{Value, json};

use super::refresh;
use crate::graph::{
    Account, Answer, Asked, Content, DAY_MS, Door, Followed, Habits, Parameters, Person, Refusal, State,
};

/// Longest text, in bytes of UTF-8: an Armenian letter takes two ("Send a message").
const LONGEST_TEXT_BYTES: usize = 1_000;
/// How long staff may write ("Human Agent").
const HUMAN_AGENT_MS: i64 = 7 * DAY_MS;
/// Kinds of sending; a response where nothing is said.
const TYPES: [&str; 3] = ["RESPONSE", "UPDATE", "MESSAGE_TAG"];
const HUMAN_AGENT: &str = "HUMAN_AGENT";

pub(super) struct Rules;

impl Habits for Rules {
    fn word(&self) -> &'static str {
        "instagram"
    }

    fn permission(&self) -> &'static str {
        "instagram_business_manage_messages"
    }

    fn object(&self) -> &'static str {
        "instagram"
    }

    fn fields(&self) -> &'static [&'static str] {
        &["messages", "messaging_postbacks", "messaging_referral", "messaging_seen", "comments", "standby"]
    }

    /// Echoes come with the messages; there is no field for them ("Webhooks" of the Instagram Platform).
    fn echo_field(&self) -> &'static str {
        "messages"
    }

    fn referral_field(&self) -> &'static str {
        "messaging_referral"
    }

    fn read_field(&self) -> &'static str {
        "messaging_seen"
    }

    fn read(&self, mid: &str, _watermark: i64) -> Value {
        json!({"read": {"mid": mid}})
    }

    fn mid_prefix(&self) -> &'static str {
        "aWdf"
    }

    /// Never confirmed, so the double keeps it to itself.
    fn echoes_metadata(&self) -> bool {
        false
    }

    fn bare_on_web(&self) -> bool {
        true
    }

    fn check_text(&self, path: &str, text: &str) -> Result<(), Refusal> {
        if text.len() > LONGEST_TEXT_BYTES { Err(Refusal::length(path, LONGEST_TEXT_BYTES)) } else { Ok(()) }
    }

    fn may_send(&self, account: &Account, person: &Person, parameters: &Parameters, now: i64) -> Result<(), Refusal> {
        let outside = || Refusal::outside_window(account.door);
        let within = |life_ms: i64| if person.spoke_within(life_ms, now) { Ok(()) } else { Err(outside()) };
        let word = |name: &str| parameters.get(name).and_then(Value::as_str).unwrap_or_default();
        match (word("messaging_type"), word("tag")) {
            ("" | "RESPONSE" | "UPDATE", "") => within(DAY_MS),
            ("" | "MESSAGE_TAG", HUMAN_AGENT) if account.permissions.contains("human_agent") => within(HUMAN_AGENT_MS),
            ("" | "MESSAGE_TAG", HUMAN_AGENT) => Err(Refusal::not_permitted()),
            ("MESSAGE_TAG", "") => Err(Refusal::required("tag")),
            ("" | "RESPONSE" | "UPDATE" | "MESSAGE_TAG", tag) => Err(Refusal::one_of("tag", &[HUMAN_AGENT], tag)),
            (other, _) => Err(Refusal::one_of("messaging_type", &TYPES, other)),
        }
    }

    fn special(&self, _account: &Account, _parameters: &Parameters) -> Option<Result<Content, Refusal>> {
        None
    }

    /// `ig.me`: only where ice breakers are set up, and never on the web ("ig.me Links").
    fn followed(&self, account: &Account, person: &Person) -> Followed {
        match (account.ice_breakers.is_empty() || person.on_web, person.thread) {
            (true, _) => Followed::Nothing,
            (false, true) => Followed::Told,
            (false, false) => Followed::WithFirst,
        }
    }

    fn edge(&self, _state: &mut State, _account: &str, _asked: &Asked, _now: i64) -> Option<Answer> {
        None
    }

    /// With Instagram's login `id` is of the app and `user_id` the one that webhooks name; a page has its own id and name.
    fn object_of(&self, account: &Account) -> Value {
        match &account.page {
            Some(page) => json!({"id": page, "name": account.name}),
            None => json!({
                "id": format!("9{}", account.id.get(1..).unwrap_or_default()),
                "user_id": account.id, "username": account.name, "account_type": "BUSINESS",
            }),
        }
    }

    fn unversioned(&self, state: &mut State, door: Door, asked: &Asked, now: i64) -> Option<Answer> {
        let refreshing = door == Door::Instagram && asked.path == ["refresh_access_token"];
        refreshing.then(|| refresh::refresh(state, asked, now))
    }
}
