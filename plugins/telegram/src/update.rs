//! Reads an update leniently: new fields and kinds appear several times a year, so only what the bot uses is looked at
//! and everything else is `Other`. It must not act on anything.

use kamurj_sdk::{Language, plain};
use serde_json::Value;

/// Longest name of a customer that is kept, in characters.
const NAME_CHARS: usize = 80;

/// One update.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Update {
    /// Grows by one per bot.
    pub(crate) id: i64,
    pub(crate) kind: Kind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    /// Somebody wrote text.
    Text { chat: Chat, from: Person, text: String },
    /// Somebody pressed a button below a message.
    Press { id: String, chat: Chat, from: Person, data: String },
    /// The bot was blocked (`kicked`), unblocked (`member`), added or removed.
    Membership { chat: Chat, status: String },
    /// Something that the bot has no use for.
    Other,
}

/// A chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chat {
    /// In decimal: it goes beyond 32 bits.
    pub(crate) id: String,
    /// One person and the bot.
    pub(crate) private: bool,
}

/// Who acted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Person {
    pub(crate) name: Option<String>,
    pub(crate) handle: Option<String>,
    pub(crate) language: Language,
    pub(crate) is_bot: bool,
}

impl Update {
    /// None if this is no update at all.
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        let update: Value = serde_json::from_slice(body).ok()?;
        let id = update["update_id"].as_i64()?;
        Some(Self { id, kind: kind(&update).unwrap_or(Kind::Other) })
    }
}

fn kind(update: &Value) -> Option<Kind> {
    if let Some(message) = update.get("message") {
        return Some(Kind::Text {
            chat: chat(&message["chat"])?,
            from: person(&message["from"]),
            text: message["text"].as_str()?.to_owned(),
        });
    }
    if let Some(press) = update.get("callback_query") {
        // The message may be missing or inaccessible; in a private chat the person's id is the chat's.
        let here = chat(&press["message"]["chat"]).or_else(|| chat(&press["from"]))?;
        return Some(Kind::Press {
            id: press["id"].as_str()?.to_owned(),
            chat: here,
            from: person(&press["from"]),
            data: press["data"].as_str()?.to_owned(),
        });
    }
    let change = update.get("my_chat_member")?;
    Some(Kind::Membership {
        chat: chat(&change["chat"])?,
        status: change["new_chat_member"]["status"].as_str()?.to_owned(),
    })
}

fn chat(value: &Value) -> Option<Chat> {
    let id = value["id"].as_i64()?;
    // Groups and channels have negative ids and a type of their own; a person has neither.
    let private = value["type"].as_str().map_or(id > 0, |kind| kind == "private");
    Some(Chat { id: id.to_string(), private })
}

fn person(value: &Value) -> Person {
    let part = |name: &str| value[name].as_str().unwrap_or_default();
    let some = |text: String| if text.is_empty() { None } else { Some(text) };
    Person {
        name: some(plain(&format!("{} {}", part("first_name"), part("last_name")), NAME_CHARS)),
        handle: some(plain(part("username"), NAME_CHARS)),
        language: Language::from_tag(part("language_code")),
        is_bot: value["is_bot"] == true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Kind, Update};

    fn kind(update: &Value) -> Kind {
        Update::parse(update.to_string().as_bytes()).expect("the table holds updates").kind
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
            assert_eq!(kind(&update), Kind::Other, "{update}");
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
        let Kind::Press { chat, from, .. } = kind(&update) else { panic!("a press") };
        assert_eq!((chat.id.as_str(), chat.private), ("4503599627370497", true));
        assert_eq!(from.name.as_deref(), Some("Ani"));
    }
}
