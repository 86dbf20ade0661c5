//! Chats and the people in them: what a customer or a manager does on the phone. It must not know how the bot is
//! told; it hands every action to the queue of updates.

use serde::Serialize;
use serde_json::{Value, json};

use super::keyboard::{Keyboard, markup};
use super::{Button, State, Telegram};
use crate::rate::Bucket;

/// About one message a second to one chat, with short bursts. The size of the burst is not published.
const CHAT_PER_S: i64 = 1;
const CHAT_BURST: i64 = 8;
/// Ids have at most 52 significant bits.
const HIGHEST_ID: i64 = (1 << 52) - 1;

/// Who wrote a message.
#[derive(Clone, Copy, Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The person whose chat it is.
    Customer,
    /// The bot.
    Bot,
}

/// A message in a chat.
#[derive(Clone, Debug, Serialize)]
pub struct Message {
    /// Unique inside its chat only.
    pub message_id: i64,
    /// Who wrote it.
    pub from: Side,
    /// What it says now.
    pub text: String,
    /// Whether the bot ever edited it.
    pub edited: bool,
    /// Rows of buttons under it now.
    pub buttons: Vec<Vec<Button>>,
    #[serde(skip)]
    pub(super) sent_at: i64,
    #[serde(skip)]
    pub(super) edited_at: Option<i64>,
}

/// What the bot answered to a pressed button, shown for a moment over the chat.
#[derive(Clone, Debug, Serialize)]
pub struct Notice {
    /// What it says.
    pub text: String,
    /// Whether it has to be confirmed.
    pub alert: bool,
}

pub(super) struct Chat {
    pub(super) id: i64,
    language: String,
    pub(super) started: bool,
    pub(super) blocked: bool,
    pub(super) messages: Vec<Message>,
    pub(super) notices: Vec<Notice>,
    pub(super) rate: Bucket,
}

/// A chat as the play page shows it.
#[derive(Clone, Debug, Serialize)]
pub struct ChatView {
    /// Id of the chat and of its person.
    pub id: i64,
    /// Whether the person ever wrote to the bot.
    pub started: bool,
    /// Whether the person has blocked the bot.
    pub blocked: bool,
    /// Language of the person's app.
    pub language: String,
    /// All messages, oldest first.
    pub messages: Vec<Message>,
    /// Answers to pressed buttons, oldest first.
    pub notices: Vec<Notice>,
}

/// What came of a person's action.
#[derive(Clone, Copy, Debug, Serialize, PartialEq, Eq)]
pub struct Said {
    /// The message written, or the one whose button was pressed.
    pub message_id: i64,
    /// The update that tells the bot; `None` where the bot asked not to be told.
    pub update_id: Option<i64>,
}

/// Why a person cannot do that.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CannotAct {
    /// Private chats have positive ids of at most 52 bits.
    #[error("chat: a private chat has a positive id below 2^52")]
    ChatId,
    /// No such chat yet.
    #[error("chat: nobody with this id has written to the bot")]
    UnknownChat,
    /// The person has to unblock first.
    #[error("chat: this person has blocked the bot and must unblock it first")]
    Blocked,
    /// Telegram's apps send 1 to 4096 characters.
    #[error("text: 1 to 4096 characters")]
    Text,
    /// Not a link to this bot.
    #[error("link: https://t.me/kamurj_sandbox_bot?start= and up to 64 letters, digits, `-` and `_`")]
    Link,
    /// The button is not there (any more).
    #[error("data: the message has no button with this data now")]
    NoSuchButton,
}

impl Telegram {
    /// A person writes to the bot. The first message opens the conversation; `language` sets the language of the
    /// person's app, which is otherwise the settings' one.
    pub fn say(&self, chat: i64, text: &str, language: Option<&str>) -> Result<Said, CannotAct> {
        if text.trim().is_empty() || text.encode_utf16().count() > 4096 {
            return Err(CannotAct::Text);
        }
        self.with(|state, now| {
            let chat = state.person(chat, language)?;
            if chat.blocked {
                return Err(CannotAct::Blocked);
            }
            chat.started = true;
            let id = chat.id;
            let message = chat.post(Side::Customer, text.to_owned(), Keyboard::new(), now);
            let mut told = chat.message_json(&message, &chat.user());
            if text.starts_with('/') {
                let command = text.split_whitespace().next().unwrap_or(text);
                told["entities"] =
                    json!([{"type": "bot_command", "offset": 0, "length": command.encode_utf16().count()}]);
            }
            Ok(Said { message_id: message.message_id, update_id: state.queue("message", id, told, now) })
        })
    }

    /// A person presses a callback button.
    pub fn press(&self, chat: i64, message_id: i64, data: &str) -> Result<Said, CannotAct> {
        self.with(|state, now| {
            let bot = state.bot();
            let chat = state.chats.get(&chat).ok_or(CannotAct::UnknownChat)?;
            if chat.blocked {
                return Err(CannotAct::Blocked);
            }
            let id = chat.id;
            let message = chat.messages.iter().find(|message| message.message_id == message_id);
            let message = message.ok_or(CannotAct::NoSuchButton)?;
            if !message.buttons.iter().flatten().any(|button| button.data.as_deref() == Some(data)) {
                return Err(CannotAct::NoSuchButton);
            }
            let (message, from) = (chat.message_json(message, &bot), chat.user());
            let query = state.ids.digits();
            state.queries.insert(query.clone(), (id, now));
            let told = json!({
                "id": query, "from": from, "message": message, "chat_instance": format!("-{id}"), "data": data,
            });
            Ok(Said { message_id, update_id: state.queue("callback_query", id, told, now) })
        })
    }

    /// A person presses the newest callback button with this caption.
    pub fn tap_title(&self, chat: i64, title: &str) -> Result<Said, CannotAct> {
        let found = self.with(|state, _| {
            let chat = state.chats.get(&chat).ok_or(CannotAct::UnknownChat)?;
            let titled = |message: &Message| {
                let button = message.buttons.iter().flatten().find(|one| one.text == title && one.data.is_some())?;
                Some((message.message_id, button.data.clone()?))
            };
            chat.messages.iter().rev().find_map(titled).ok_or(CannotAct::NoSuchButton)
        });
        let (message_id, data) = found?;
        self.press(chat, message_id, &data)
    }

    /// A person blocks the bot, or lets it write again. The bot is told by `my_chat_member`.
    pub fn block(&self, chat: i64, blocked: bool) -> Result<(), CannotAct> {
        self.with(|state, now| {
            let bot = state.bot();
            let chat = state.chats.get_mut(&chat).ok_or(CannotAct::UnknownChat)?;
            if std::mem::replace(&mut chat.blocked, blocked) != blocked {
                let member = |kicked: bool| {
                    if kicked {
                        json!({"user": bot, "status": "kicked", "until_date": 0})
                    } else {
                        json!({"user": bot, "status": "member"})
                    }
                };
                let id = chat.id;
                let told = json!({
                    "chat": chat.json(), "from": chat.user(), "date": now.div_euclid(1000),
                    "old_chat_member": member(!blocked), "new_chat_member": member(blocked),
                });
                state.queue("my_chat_member", id, told, now);
            }
            Ok(())
        })
    }

    /// A person whom the messenger knows but who never pressed Start: the bot may not write first.
    pub fn add_person(&self, chat: i64) -> Result<(), CannotAct> {
        self.with(|state, _| state.person(chat, None).map(|_| ()))
    }
}

impl State {
    fn person(&mut self, id: i64, language: Option<&str>) -> Result<&mut Chat, CannotAct> {
        if !(1..=HIGHEST_ID).contains(&id) {
            return Err(CannotAct::ChatId);
        }
        let usual = &self.customer_language;
        let chat = self.chats.entry(id).or_insert_with(|| Chat {
            id,
            language: usual.clone(),
            started: false,
            blocked: false,
            messages: Vec::new(),
            notices: Vec::new(),
            rate: Bucket::new(CHAT_BURST, CHAT_PER_S),
        });
        if let Some(language) = language {
            language.clone_into(&mut chat.language);
        }
        Ok(chat)
    }
}

impl Chat {
    pub(super) fn post(&mut self, from: Side, text: String, buttons: Keyboard, now: i64) -> Message {
        let message_id = self.messages.last().map_or(1, |last| last.message_id + 1);
        let message = Message { message_id, from, text, edited: false, buttons, sent_at: now, edited_at: None };
        self.messages.push(message.clone());
        message
    }

    /// The chat object.
    fn json(&self) -> Value {
        json!({"id": self.id, "type": "private", "first_name": "Ani"})
    }

    /// The person as a user object.
    fn user(&self) -> Value {
        json!({"id": self.id, "is_bot": false, "first_name": "Ani", "language_code": self.language})
    }

    /// The message object; `from` is the user object of its author.
    pub(super) fn message_json(&self, message: &Message, from: &Value) -> Value {
        let mut told = json!({
            "message_id": message.message_id, "from": from, "chat": self.json(),
            "date": message.sent_at.div_euclid(1000), "text": message.text,
        });
        if let Some(at) = message.edited_at {
            told["edit_date"] = at.div_euclid(1000).into();
        }
        if let Some(markup) = markup(&message.buttons) {
            told["reply_markup"] = markup;
        }
        told
    }

    pub(super) fn view(&self) -> ChatView {
        ChatView {
            id: self.id,
            started: self.started,
            blocked: self.blocked,
            language: self.language.clone(),
            messages: self.messages.clone(),
            notices: self.notices.clone(),
        }
    }
}
