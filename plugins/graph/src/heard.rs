//! Reads a webhook of Messenger or Instagram leniently: kinds and fields appear all the time, so only what a shop needs is looked at,
//! and no field is required. It must not act on anything.
//!
//! What another app of the account has the thread of (`standby`) and what is no chat (`changes`) is left alone.

use kamurj_chat::{Chat, Event, Kind, Person};
use kamurj_sdk::fingerprint;
use serde_json::Value;

/// Ids of messages run to 200 characters and differ near their end.
const KEY_CHARS: usize = 64;
/// How the choices begin that this project's messages offer.
const OWN: [&str; 4] = ["item:", "page:", "ask:", "renew:"];
/// What stands on buttons to begin with that other tools have set up, without marks and in small letters.
const STARTS: [&str; 4] = ["menu", "start", "getstarted", "begin"];

/// One thing that a webhook tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    /// A customer did something.
    Event(Event),
    /// The account wrote: this plugin, another app, or a person in the inbox.
    Echo(Echo),
}

/// What the account wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Echo {
    /// The customer.
    pub chat: String,
    /// The message's id.
    pub mid: String,
    /// Its text; empty for a template.
    pub text: String,
    /// The app that sent it; empty where none is named.
    pub app: String,
    /// What the sender gave along; empty where there is nothing.
    pub metadata: String,
}

impl Heard {
    /// The customer whose chat it is.
    pub fn chat(&self) -> &str {
        match self {
            Self::Event(event) => &event.chat.id,
            Self::Echo(echo) => &echo.chat,
        }
    }

    /// Whether it may be answered with messages.
    pub(crate) fn may_be_answered(&self) -> bool {
        match self {
            Self::Event(_) => true,
            Self::Echo(echo) => echo.metadata.is_empty() && echo.text.trim_start().starts_with('/'),
        }
    }
}

impl Echo {
    /// As words of a person of the shop.
    pub fn inbox(&self) -> Event {
        let kind = Kind::Inbox(self.text.clone());
        Event { key: key(&self.mid), chat: chat(&self.chat), from: Person::default(), kind }
    }
}

/// Everything that a webhook tells of this account, in its order. None: the body is no object of JSON.
pub fn read(body: &[u8], object: &str, account: &str) -> Option<Vec<Heard>> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let entries = body.as_object()?.get("entry").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if body["object"] != object {
        return Some(Vec::new());
    }
    let own = entries.iter().filter(|entry| id(&entry["id"]) == account);
    let events = own.filter_map(|entry| entry["messaging"].as_array()).flatten();
    Some(events.filter_map(|event| heard(event, account)).collect())
}

fn heard(event: &Value, account: &str) -> Option<Heard> {
    let (sender, recipient) = (id(&event["sender"]["id"]), id(&event["recipient"]["id"]));
    if event["message"]["is_echo"] == true {
        let message = &event["message"];
        let text = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
        let echo = Echo {
            chat: recipient,
            mid: text("mid"),
            text: text("text"),
            app: id(&message["app_id"]),
            metadata: text("metadata"),
        };
        return (!echo.chat.is_empty()).then_some(Heard::Echo(echo));
    }
    if sender.is_empty() || sender == account {
        return None;
    }
    let (named, kind) = kind(event)?;
    let key = if named.is_empty() {
        // Referrals, and postbacks of older versions, have no id.
        key(&format!("{}.{sender}.{:08x}", event["timestamp"], fingerprint(&format!("{kind:?}")) >> 32))
    } else {
        key(&named)
    };
    Some(Heard::Event(Event { key, chat: chat(&sender), from: Person::default(), kind }))
}

/// Its id, which may be empty, and what it is.
fn kind(event: &Value) -> Option<(String, Kind)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if let Some(message) = event.get("message") {
        let mid = text(&message["mid"]);
        if message["is_deleted"] == true {
            return None;
        }
        let chosen = message["quick_reply"]["payload"].as_str().and_then(choice);
        let kind = chosen.or_else(|| opened(message)).or_else(|| message["text"].as_str().map(said))?;
        return Some((mid, kind));
    }
    if let Some(postback) = event.get("postback") {
        let kind = opened(postback).or_else(|| postback["payload"].as_str().and_then(choice))?;
        return Some((text(&postback["mid"]), kind));
    }
    Some((String::new(), opened(event)?))
}

fn said(text: &str) -> Kind {
    Kind::Text(text.to_owned())
}

/// The `ref` of a link that was followed.
fn opened(value: &Value) -> Option<Kind> {
    let reference = value["referral"]["ref"].as_str().filter(|reference| !reference.is_empty())?;
    Some(Kind::Open(reference.to_owned()))
}

/// A choice of this project's, or the wish to begin. What other tools put on their buttons is theirs to answer.
fn choice(payload: &str) -> Option<Kind> {
    let press = |data: &str| Some(Kind::Press { press: String::new(), data: data.to_owned() });
    if OWN.iter().any(|own| payload.starts_with(own)) {
        return press(payload);
    }
    let bare: String = payload.chars().filter(char::is_ascii_alphanumeric).collect();
    if STARTS.contains(&bare.to_ascii_lowercase().as_str()) { press("menu") } else { None }
}

fn chat(id: &str) -> Chat {
    Chat { id: id.to_owned(), private: true }
}

/// Ids are texts, and numbers where Meta forgets that.
fn id(value: &Value) -> String {
    match value {
        Value::String(id) => id.clone(),
        Value::Number(id) => id.to_string(),
        _ => String::new(),
    }
}

/// An id short enough for a payment's key, as unique as it was: its end, and a fingerprint of all of it.
fn key(id: &str) -> String {
    let length = id.chars().count();
    if length <= KEY_CHARS {
        return id.to_owned();
    }
    let end: String = id.chars().skip(length - (KEY_CHARS - 17)).collect();
    format!("{:016x}.{end}", fingerprint(id))
}

#[cfg(test)]
mod tests {
    use super::{Heard, read};
    use kamurj_chat::Kind;
    use serde_json::{Value, json};

    const PAGE: &str = "111222333444555";

    fn told(events: &[Value]) -> Vec<Heard> {
        let entry = json!({ "id": PAGE, "time": 1, "messaging": events });
        read(json!({ "object": "page", "entry": [entry] }).to_string().as_bytes(), "page", PAGE).expect("an object")
    }

    fn by(what: &Value) -> Value {
        let mut event = json!({ "sender": { "id": "7001" }, "recipient": { "id": PAGE }, "timestamp": 5 });
        event.as_object_mut().expect("an object").extend(what.as_object().expect("an object").clone());
        event
    }

    #[track_caller]
    fn check(what: &Value, expected: &Kind) {
        let told = told(&[by(what)]);
        let [Heard::Event(event)] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!((&event.kind, event.chat.id.as_str(), event.chat.private), (expected, "7001", true));
        assert!(!event.key.is_empty());
    }

    #[test]
    fn what_customers_do_is_read_in_all_its_shapes() {
        let press = |data: &str| Kind::Press { press: String::new(), data: data.to_owned() };
        let open = |to: &str| Kind::Open(to.to_owned());
        let text = |text: &str| Kind::Text(text.to_owned());
        check(&json!({ "message": { "mid": "m_1", "text": "Բարև, A-1042" } }), &text("Բարև, A-1042"));
        check(
            &json!({ "message": { "mid": "m_1", "text": "Tea", "quick_reply": { "payload": "item:tea" } } }),
            &press("item:tea"),
        );
        check(
            &json!({ "message": { "mid": "m_1", "text": "Tea", "quick_reply": { "payload": "FLOW_7" } } }),
            &text("Tea"),
        );
        check(&json!({ "message": { "mid": "m_1", "text": "hi", "referral": { "ref": "cake" } } }), &open("cake"));
        check(
            &json!({ "postback": { "mid": "m_2", "title": "Pay", "payload": "renew:pay_1" } }),
            &press("renew:pay_1"),
        );
        check(
            &json!({ "postback": { "mid": "m_2", "title": "Get Started", "payload": "GET_STARTED" } }),
            &press("menu"),
        );
        check(&json!({ "postback": { "title": "Get Started", "payload": "menu" } }), &press("menu"));
        check(
            &json!({ "postback": { "mid": "m_2", "payload": "GET_STARTED", "referral": { "ref": "cake", "source": "SHORTLINK",
            "type": "OPEN_THREAD" } } }),
            &open("cake"),
        );
        check(&json!({ "referral": { "ref": "cake", "source": "SHORTLINK", "type": "OPEN_THREAD" } }), &open("cake"));
    }

    #[test]
    fn what_a_shop_has_no_use_for_is_left_out() {
        for what in [
            json!({}),
            json!({ "read": { "watermark": 5 } }),
            json!({ "delivery": { "mids": ["m_1"] } }),
            json!({ "reaction": { "mid": "m_1", "emoji": "❤" } }),
            json!({ "message": { "mid": "m_1", "attachments": [{ "type": "image" }] } }),
            json!({ "message": { "mid": "m_1", "text": "x", "is_deleted": true } }),
            json!({ "message": "text" }),
            json!({ "postback": { "mid": "m_1", "title": "Their menu", "payload": "{\"flow\":7}" } }),
            json!({ "referral": { "source": "ADS", "ad_id": "6" } }),
            json!({ "something_new": { "deep": [1, [2]] } }),
        ] {
            assert_eq!(told(&[by(&what)]), [], "{what}");
        }
        assert_eq!(told(&[json!("x"), json!(7), json!({ "message": { "mid": "m_1", "text": "no sender" } })]), []);
    }

    #[test]
    fn another_thread_account_or_object_is_none_of_its_business() {
        let event = by(&json!({ "message": { "mid": "m_1", "text": "hi" } }));
        for body in [
            json!({ "object": "page", "entry": [{ "id": PAGE, "standby": [event] }] }),
            json!({ "object": "page", "entry": [{ "id": PAGE, "changes": [{ "field": "feed", "value": event }] }] }),
            json!({ "object": "page", "entry": [{ "id": "999", "messaging": [event] }] }),
            json!({ "object": "page", "entry": [{ "messaging": [event] }] }),
            json!({ "object": "instagram", "entry": [{ "id": PAGE, "messaging": [event] }] }),
            json!({ "object": "page" }),
            json!({ "entry": "x" }),
            json!({}),
        ] {
            assert_eq!(read(body.to_string().as_bytes(), "page", PAGE), Some(Vec::new()), "{body}");
        }
        for body in ["", "null", "[]", "7", "\"x\"", "{", "\u{0}"] {
            assert_eq!(read(body.as_bytes(), "page", PAGE), None, "{body}");
        }
    }

    #[test]
    fn echoes_name_the_customer_and_who_wrote() {
        let echo = json!({ "sender": { "id": PAGE }, "recipient": { "id": "7001" }, "timestamp": 5, "message": {
            "is_echo": true, "mid": "m_9", "text": "/pay 500", "app_id": 263_902_037_430_900_u64, "metadata": "x" } });
        let told = told(&[echo]);
        let [Heard::Echo(echo)] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!((echo.chat.as_str(), echo.app.as_str(), echo.metadata.as_str()), ("7001", "263902037430900", "x"));
        assert_eq!(echo.inbox().kind, Kind::Inbox("/pay 500".to_owned()));
    }

    #[test]
    fn keys_of_long_ids_stay_short_and_apart() {
        let key = |mid: &str| match told(&[by(&json!({ "message": { "mid": mid, "text": "hi" } }))]).remove(0) {
            Heard::Event(event) => event.key,
            Heard::Echo(echo) => panic!("{echo:?}"),
        };
        let (same, long) = ("aWdfZAG1f".repeat(18), |end: &str| format!("{}{end}", "aWdfZAG1f".repeat(18)));
        assert_eq!(key("m_1"), "m_1");
        assert_eq!(key(&same), key(&same));
        assert_ne!(key(&long("a")), key(&long("b")));
        assert_ne!(key(&format!("a{same}")), key(&format!("b{same}")));
        assert!(key(&same).chars().count() <= 64);
        let referral = |at: u64| {
            let mut event = by(&json!({ "referral": { "ref": "cake" } }));
            event["timestamp"] = json!(at);
            match told(&[event]).remove(0) {
                Heard::Event(event) => event.key,
                Heard::Echo(echo) => panic!("{echo:?}"),
            }
        };
        assert_ne!(referral(5), referral(6));
    }
}
