//! Reads an update leniently: new fields and kinds appear several times a year, so only what the bot uses is looked at
//! and everything else is `Other`. It must not act on anything.

use kamurj_chat::{Chat, Event, Kind, Person};
use kamurj_sdk::{Language, plain};
use serde_json::Value;

/// Longest name of a customer that is kept, in characters.
const NAME_CHARS: usize = 80;

/// One update.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Update {
    pub(crate) event: Event,
}

impl Update {
    /// None if this is no update at all.
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        let update: Value = serde_json::from_slice(body).ok()?;
        // Grows by one per bot.
        let key = update["update_id"].as_i64()?.to_string();
        let nothing = (Chat::default(), Person::default(), Kind::Other);
        let (chat, from, kind) = kind(&update).unwrap_or(nothing);
        Some(Self { event: Event { key, chat, from, kind } })
    }
}

fn kind(update: &Value) -> Option<(Chat, Person, Kind)> {
    if let Some(message) = update.get("message") {
        let text = message["text"].as_str()?.to_owned();
        return Some((chat(&message["chat"])?, person(&message["from"]), Kind::Text(text)));
    }
    if let Some(press) = update.get("callback_query") {
        // The message may be missing or inaccessible; in a private chat the person's id is the chat's.
        let here = chat(&press["message"]["chat"]).or_else(|| chat(&press["from"]))?;
        let (id, data) = (press["id"].as_str()?.to_owned(), press["data"].as_str()?.to_owned());
        return Some((here, person(&press["from"]), Kind::Press { press: id, data }));
    }
    let change = update.get("my_chat_member")?;
    let reachable = match change["new_chat_member"]["status"].as_str()? {
        "kicked" | "left" => false,
        "member" | "administrator" => true,
        _ => return None,
    };
    Some((chat(&change["chat"])?, person(&change["from"]), Kind::Reachable(reachable)))
}

fn chat(value: &Value) -> Option<Chat> {
    let id = value["id"].as_i64()?;
    // Groups and channels have negative ids and a type of their own; a person has neither.
    let private = value["type"].as_str().map_or(id > 0, |kind| kind == "private");
    // In decimal: it goes beyond 32 bits.
    Some(Chat { id: id.to_string(), private })
}

fn person(value: &Value) -> Person {
    let part = |name: &str| value[name].as_str().unwrap_or_default();
    let some = |text: String| if text.is_empty() { None } else { Some(text) };
    Person {
        name: some(plain(&format!("{} {}", part("first_name"), part("last_name")), NAME_CHARS)),
        handle: some(plain(part("username"), NAME_CHARS)),
        phone: None,
        language: Some(Language::from_tag(part("language_code"))),
        is_bot: value["is_bot"] == true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Event, Kind, Update};

    fn event(update: &Value) -> Event {
        Update::parse(update.to_string().as_bytes()).expect("the table holds updates").event
    }

    #[test]
    fn kinds_that_the_bot_does_not_use_are_other() {
        for update in [
            json!({ "update_id": 1 }),
            json!({ "update_id": 1, "edited_message": { "text": "/start" } }),
            json!({ "update_id": 1, "message": { "chat": { "id": 5 }, "sticker": {} } }),
            json!({ "update_id": 1, "message": "text" }),
            json!({ "update_id": 1, "callback_query": { "id": "9", "from": { "id": 5 }, "game_short_name": "x" } }),
            json!({ "update_id": 1, "my_chat_member": { "chat": { "id": 5 } } }),
            json!({ "update_id": 1, "something_new": { "deep": [1, 2, 3] } }),
        ] {
            assert_eq!(event(&update).kind, Kind::Other, "{update}");
        }
    }

    #[test]
    fn what_is_no_update_is_refused() {
        for body in ["", "null", "[]", "{}", "{\"update_id\":\"7\"}", "\u{0}", "{\"update_id\":1"] {
            assert_eq!(Update::parse(body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn a_press_on_a_message_out_of_reach_still_names_its_chat() {
        let update = json!({ "update_id": 2, "callback_query": {
            "id": "61", "from": { "id": 4_503_599_627_370_497_i64, "first_name": "A\u{202E}ni", "username": "ani_x" },
            "message": { "message_id": 3, "date": 0, "chat": { "id": 4_503_599_627_370_497_i64, "type": "private" } },
            "data": "item:cake" } });
        let Event { chat, from, kind, .. } = event(&update);
        assert!(matches!(kind, Kind::Press { .. }), "{kind:?}");
        assert_eq!((chat.id.as_str(), chat.private), ("4503599627370497", true));
        assert_eq!(from.name.as_deref(), Some("Ani"));
    }
}
