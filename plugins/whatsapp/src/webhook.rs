//! Reads what Meta posts, leniently: a request bundles messages and statuses of any kind, new fields and kinds come without notice, and
//! a sender may have no number. What the plugin does not use is left out. It must not act on anything.

use kamurj_chat::{Chat, Event, Kind, Person};
use kamurj_sdk::plain;
use serde_json::Value;

use crate::identity;
use crate::refusal;

/// Longest name of a customer that is kept, in characters.
const NAME_CHARS: usize = 80;
/// Of a message's id at most so much becomes the event's key; what is its own stands at the end.
const KEY_CHARS: usize = 64;
/// What the buttons of this plugin's messages send begins with one of these.
const OWN_DATA: [&str; 4] = ["item:", "page:", "ask:", "renew:"];

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item {
    /// In a chat.
    Chat(Event),
    /// To a message that was sent.
    Status(Status),
    /// Somebody has another number now.
    Moved {
        /// In digits.
        from: String,
        /// In digits.
        to: String,
    },
}

/// How far a message has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Status {
    /// The message's id.
    pub(crate) message: String,
    /// `sent`, `delivered`, `read`, `played`, `failed`.
    pub(crate) state: String,
    /// What it was sent with, where it is one of this plugin's.
    pub(crate) mark: Option<String>,
    /// To whom, as its conversation is called.
    pub(crate) chat: Option<String>,
    pub(crate) code: Option<i64>,
    /// In Meta's words; may be empty.
    pub(crate) text: String,
    /// Unix milliseconds, where it is told.
    pub(crate) at: Option<u64>,
}

/// What happened at this number, in order; none if the body is no JSON object.
pub(crate) fn read(body: &[u8], number: &str) -> Option<Vec<Item>> {
    let body: Value = serde_json::from_slice(body).ok()?;
    body.as_object()?;
    let mut items = Vec::new();
    for change in list(&body["entry"]).flat_map(|entry| list(&entry["changes"])) {
        let value = &change["value"];
        // An app may serve several numbers.
        if value["metadata"]["phone_number_id"].as_str().is_some_and(|other| other != number) {
            continue;
        }
        for message in list(&value["messages"]) {
            let contact = contact_of(message, &value["contacts"]);
            items.extend(moved(message).or_else(|| event(message, contact).map(Item::Chat)));
        }
        items.extend(list(&value["statuses"]).filter_map(status).map(Item::Status));
    }
    Some(items)
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

/// The contact that wrote the message. Contacts stand beside the messages; where there is one, it is the one.
fn contact_of<'a>(message: &Value, contacts: &'a Value) -> &'a Value {
    let same = |contact: &Value| {
        let by = |theirs: &str, ours: &str| text(&contact[theirs]).is_some_and(|id| text(&message[ours]) == Some(id));
        by("user_id", "from_user_id") || by("wa_id", "from")
    };
    let all = contacts.as_array().map(Vec::as_slice).unwrap_or_default();
    let found = all.iter().find(|contact| same(contact));
    found.or_else(|| all.first().filter(|_| all.len() == 1)).unwrap_or(&Value::Null)
}

fn event(message: &Value, contact: &Value) -> Option<Event> {
    let id = text(&message["id"])?;
    let number = text(&contact["wa_id"]).or_else(|| text(&message["from"])).and_then(identity::digits);
    let user = text(&message["from_user_id"]).or_else(|| text(&contact["user_id"]));
    // A sender without either cannot be answered.
    let chat = user.map(str::to_owned).or_else(|| number.clone())?;
    let key: String = id.chars().skip(id.chars().count().saturating_sub(KEY_CHARS)).collect();
    let some = |line: String| Some(line).filter(|line| !line.is_empty());
    Some(Event {
        key,
        chat: Chat { id: chat, private: message.get("group_id").is_none() },
        from: Person {
            name: text(&contact["profile"]["name"]).and_then(|name| some(plain(name, NAME_CHARS))),
            handle: text(&contact["profile"]["username"]).and_then(|name| some(plain(name, NAME_CHARS))),
            phone: number.map(|number| format!("+{number}")),
            language: None,
            is_bot: false,
        },
        kind: kind(message),
    })
}

fn kind(message: &Value) -> Kind {
    let press = |data: &str| Kind::Press { press: String::new(), data: data.to_owned() };
    match message["type"].as_str().unwrap_or_default() {
        "text" => text(&message["text"]["body"]).map_or(Kind::Other, |said| Kind::Text(said.to_owned())),
        "interactive" => {
            let reply = &message["interactive"];
            let id = text(&reply["button_reply"]["id"]).or_else(|| text(&reply["list_reply"]["id"]));
            id.map_or(Kind::Other, press)
        }
        // A template's button sends what the template says, or its own title.
        "button" => {
            let payload = text(&message["button"]["payload"]).unwrap_or_default();
            if OWN_DATA.iter().any(|own| payload.starts_with(own)) || payload == "menu" {
                return press(payload);
            }
            text(&message["button"]["text"]).map_or(Kind::Other, |said| Kind::Text(said.to_owned()))
        }
        // Whatever a customer sends opens the window, so it has to be heard; only its words can be read.
        kind @ ("image" | "video" | "document" | "audio" | "voice" | "sticker" | "location" | "contacts"
        | "unsupported") => Kind::Text(text(&message[kind]["caption"]).unwrap_or_default().to_owned()),
        _ => Kind::Other,
    }
}

fn moved(message: &Value) -> Option<Item> {
    let system = &message["system"];
    let changed = matches!(system["type"].as_str()?, "user_changed_number" | "customer_changed_number");
    let from = text(&message["from"]).and_then(identity::digits).filter(|_| changed)?;
    let to = text(&system["wa_id"]).or_else(|| text(&system["new_wa_id"])).and_then(identity::digits)?;
    Some(Item::Moved { from, to })
}

fn status(told: &Value) -> Option<Status> {
    let error = &told["errors"][0];
    let chat = text(&told["recipient_user_id"]).or_else(|| text(&told["recipient_id"]));
    let seconds = told["timestamp"].as_u64().or_else(|| told["timestamp"].as_str()?.parse().ok());
    Some(Status {
        message: text(&told["id"])?.to_owned(),
        state: plain(text(&told["status"])?, 32),
        mark: text(&told["biz_opaque_callback_data"]).map(str::to_owned),
        chat: chat.map(str::to_owned),
        code: error["code"].as_i64(),
        text: refusal::words(error).unwrap_or_default(),
        at: seconds.map(|seconds| seconds.saturating_mul(1000)),
    })
}

#[cfg(test)]
mod tests {
    use super::{Item, read};
    use kamurj_chat::{Event, Kind};
    use serde_json::{Value, json};

    const NUMBER: &str = "301000000000002";

    fn body(value: &Value) -> Vec<u8> {
        json!({ "object": "whatsapp_business_account",
            "entry": [{ "id": "2010", "changes": [{ "field": "messages", "value": value }] }] })
        .to_string()
        .into_bytes()
    }

    fn items(value: &Value) -> Vec<Item> {
        read(&body(value), NUMBER).expect("an object")
    }

    #[track_caller]
    fn event(mut message: Value, contact: &Value) -> Event {
        message["id"] = "wamid.1".into();
        let value = json!({ "metadata": { "phone_number_id": NUMBER }, "contacts": [contact], "messages": [message] });
        match items(&value).pop() {
            Some(Item::Chat(event)) => event,
            other => panic!("{other:?}"),
        }
    }

    fn ani() -> Value {
        json!({ "profile": { "name": "A\u{202E}ni" }, "wa_id": "37491000017", "user_id": "AM.4001" })
    }

    #[test]
    fn a_conversation_is_called_by_the_user_id_and_keeps_the_number() {
        let text =
            json!({ "type": "text", "text": { "body": "hi" }, "from": "37491000017", "from_user_id": "AM.4001" });
        let told = event(text.clone(), &ani());
        assert_eq!((told.chat.id.as_str(), told.chat.private), ("AM.4001", true));
        assert_eq!((told.from.phone.as_deref(), told.from.name.as_deref()), (Some("+37491000017"), Some("Ani")));

        // A username in place of the number.
        let hidden = json!({ "type": "text", "text": { "body": "hi" }, "from_user_id": "AM.4001" });
        let contact = json!({ "profile": { "name": "Ani", "username": "ani.x" }, "user_id": "AM.4001" });
        let told = event(hidden, &contact);
        assert_eq!(
            (told.chat.id.as_str(), told.from.phone, told.from.handle.as_deref()),
            ("AM.4001", None, Some("ani.x"))
        );

        // As it was before 2026, and without a contact.
        let old = json!({ "type": "text", "text": { "body": "hi" }, "from": "37491000017" });
        assert_eq!(event(old.clone(), &json!({ "wa_id": "37491000017" })).chat.id, "37491000017");
        assert_eq!(event(old, &Value::Null).chat.id, "37491000017");
        // The user id may stand with the contact alone.
        let bare = json!({ "type": "text", "text": { "body": "hi" } });
        assert_eq!(event(bare, &contact).chat.id, "AM.4001");
    }

    #[test]
    fn each_message_has_the_contact_that_wrote_it() {
        let say =
            |id: &str, user: &str| json!({ "id": id, "from_user_id": user, "type": "text", "text": { "body": "hi" } });
        let value = json!({ "contacts": [{ "user_id": "AM.1", "profile": { "name": "Ani" } },
            { "user_id": "AM.2", "profile": { "name": "Vahe" } }], "messages": [say("a", "AM.2"), say("b", "AM.1"), say("c", "AM.3")] });
        let names: Vec<_> = items(&value)
            .into_iter()
            .map(|item| match item {
                Item::Chat(event) => event.from.name,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(names, [Some("Vahe".to_owned()), Some("Ani".to_owned()), None]);
    }

    #[test]
    fn kinds_of_messages_are_what_they_say() {
        let press = |data: &str| Kind::Press { press: String::new(), data: data.to_owned() };
        let said = |text: &str| Kind::Text(text.to_owned());
        for (message, kind) in [
            (json!({ "type": "text", "text": { "body": "#cake" }, "referral": { "source_id": "7" } }), said("#cake")),
            (
                json!({ "type": "interactive", "interactive": { "type": "button_reply", "button_reply": { "id": "renew:pay_1", "title": "x" } } }),
                press("renew:pay_1"),
            ),
            (
                json!({ "type": "interactive", "interactive": { "type": "list_reply", "list_reply": { "id": "item:cake" } } }),
                press("item:cake"),
            ),
            (json!({ "type": "interactive", "interactive": { "type": "nfm_reply", "nfm_reply": {} } }), Kind::Other),
            (
                json!({ "type": "button", "button": { "text": "New link", "payload": "renew:pay_1" } }),
                press("renew:pay_1"),
            ),
            (
                json!({ "type": "button", "button": { "text": "Write to us", "payload": "Write to us" } }),
                said("Write to us"),
            ),
            (json!({ "type": "image", "image": { "id": "1", "caption": "#cake" } }), said("#cake")),
            (json!({ "type": "sticker", "sticker": { "id": "1" } }), said("")),
            (json!({ "type": "unsupported", "errors": [{ "code": 131_051 }] }), said("")),
            (json!({ "type": "reaction", "reaction": { "emoji": "x" } }), Kind::Other),
            (json!({ "type": "system", "system": { "body": "x", "type": "customer_identity_changed" } }), Kind::Other),
            (json!({ "type": "text", "text": "hi" }), Kind::Other),
            (json!({ "type": ["text"] }), Kind::Other),
            (json!({ "since_next_year": 1 }), Kind::Other),
        ] {
            assert_eq!(event(message.clone(), &ani()).kind, kind, "{message}");
        }
        let group = json!({ "type": "text", "text": { "body": "hi" }, "group_id": "g" });
        assert!(!event(group, &ani()).chat.private);
    }

    #[test]
    fn what_cannot_be_used_is_left_out() {
        for value in [
            json!({}),
            json!(null),
            json!({ "messages": {} }),
            json!({ "messages": [null, {}, { "id": "a", "type": "text", "text": { "body": "from nobody" } }, { "from": "37491000017" }] }),
            json!({ "statuses": [null, {}, { "id": "a" }, { "status": "sent" }] }),
            json!({ "metadata": { "phone_number_id": "999" }, "messages": [{ "id": "a", "from": "37491000017" }] }),
        ] {
            assert_eq!(items(&value), [], "{value}");
        }
        for other in ["{}", "{\"entry\":7}", "{\"entry\":[{\"changes\":[{\"field\":\"since_next_year\"}]}]}"] {
            assert_eq!(read(other.as_bytes(), NUMBER), Some(Vec::new()));
        }
        for broken in ["", "null", "[]", "7", "{\"entry\"", "\u{0}"] {
            assert_eq!(read(broken.as_bytes(), NUMBER), None, "{broken}");
        }
    }

    #[test]
    fn a_changed_number_is_told() {
        for (kind, field) in [("user_changed_number", "wa_id"), ("customer_changed_number", "new_wa_id")] {
            let message = json!({ "id": "a", "from": "37491000017", "type": "system", "system": { "type": kind, field: "37455000018" } });
            let moved = Item::Moved { from: "37491000017".to_owned(), to: "37455000018".to_owned() };
            assert_eq!(items(&json!({ "messages": [message] })), [moved]);
        }
    }

    #[test]
    fn a_status_tells_its_mark_its_time_and_what_went_wrong() {
        let told = json!({ "id": "wamid.9", "status": "failed", "timestamp": "1795250099", "recipient_id": "37491000017",
            "recipient_user_id": "AM.4001", "biz_opaque_callback_data": "dlv_1|paid|pay_1",
            "errors": [{ "code": 131_047, "title": "Re-engagement message", "error_data": { "details": "More than 24 hours" } }] });
        let Some(Item::Status(status)) = items(&json!({ "statuses": [told] })).pop() else { panic!("a status") };
        assert_eq!(
            (status.code, status.at, status.chat.as_deref()),
            (Some(131_047), Some(1_795_250_099_000), Some("AM.4001"))
        );
        assert_eq!(
            (status.text.as_str(), status.mark.as_deref()),
            ("Re-engagement message: More than 24 hours", Some("dlv_1|paid|pay_1"))
        );
    }

    #[test]
    fn a_very_long_id_keeps_the_end_that_is_its_own() {
        let long = |end: &str| json!({ "messages": [{ "id": format!("wamid.{}{end}", "A".repeat(300)), "from": "37491000017", "type": "x" }] });
        let (Some(Item::Chat(one)), Some(Item::Chat(two))) = (items(&long("1")).pop(), items(&long("2")).pop()) else {
            panic!("events")
        };
        assert!(one.key.len() == 64 && one.key != two.key);
    }
}
