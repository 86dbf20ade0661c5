//! `sendMessage`, `editMessageText` and `answerCallbackQuery`. It must not know how calls arrive.

use serde_json::{Value, json};

use super::State;
use super::api::{Parameters, Refusal, flag, integer, text};
use super::keyboard::read_keyboard;
use super::people::{Chat, Message, Notice, Side};

/// Longest message text, in UTF-16 units, in which Telegram counts.
const LONGEST_TEXT: usize = 4096;
/// Longest text of an answer to a pressed button, in characters.
const LONGEST_NOTICE: usize = 200;
/// How long a pressed button can be answered, in milliseconds. Telegram does not publish it; a minute is generous.
const QUERY_LIFE_MS: i64 = 60_000;

impl State {
    pub(super) fn send_message(&mut self, parameters: &Parameters, now: i64) -> Result<Value, Refusal> {
        let bot = self.bot();
        let chat = reachable(self, parameters)?;
        let text = message_text(parameters)?;
        let keyboard = read_keyboard(parameters.get("reply_markup"))?;
        // Telegram counts only what it would deliver, so the buckets come last.
        if let Err(wait_ms) = chat.rate.take(now) {
            return Err(Refusal::too_many(whole_seconds(wait_ms)));
        }
        let chat_id = chat.id;
        if let Err(wait_ms) = self.rate.take(now) {
            return Err(Refusal::too_many(whole_seconds(wait_ms)));
        }
        let chat = self.chats.get_mut(&chat_id).ok_or_else(|| Refusal::bad_request("chat not found"))?;
        let message = chat.post(Side::Bot, text, keyboard, now);
        Ok(chat.message_json(&message, &bot))
    }

    pub(super) fn edit_message_text(&mut self, parameters: &Parameters, now: i64) -> Result<Value, Refusal> {
        let bot = self.bot();
        let chat = reachable(self, parameters)?;
        let message_id = integer(parameters, "message_id")
            .ok_or_else(|| Refusal::bad_request("message identifier is not specified"))?;
        let text = message_text(parameters)?;
        // Without `reply_markup` the buttons go away.
        let keyboard = read_keyboard(parameters.get("reply_markup"))?;
        let Some(message) = chat.messages.iter_mut().find(|message| message.message_id == message_id) else {
            return Err(Refusal::bad_request("message to edit not found"));
        };
        if message.from != Side::Bot {
            return Err(Refusal::bad_request("message can't be edited"));
        }
        if message.text == text && message.buttons == keyboard {
            return Err(Refusal::bad_request(
                "message is not modified: specified new message content and reply markup are exactly the same as a \
                 current content and reply markup of the message",
            ));
        }
        message.text = text;
        message.buttons = keyboard;
        message.edited = true;
        message.edited_at = Some(now);
        let message: Message = message.clone();
        Ok(chat.message_json(&message, &bot))
    }

    pub(super) fn answer_callback_query(&mut self, parameters: &Parameters, now: i64) -> Result<Value, Refusal> {
        let id = text(parameters, "callback_query_id").unwrap_or_default();
        let text = text(parameters, "text").unwrap_or_default();
        if text.chars().count() > LONGEST_NOTICE {
            return Err(Refusal::bad_request("MESSAGE_TOO_LONG"));
        }
        match self.queries.get(&id) {
            Some((chat, at)) if now - at <= QUERY_LIFE_MS => {
                if let Some(chat) = self.chats.get_mut(chat).filter(|_| !text.is_empty()) {
                    chat.notices.push(Notice { text, alert: flag(parameters, "show_alert") });
                }
                Ok(json!(true))
            }
            _ => Err(Refusal::bad_request("query is too old and response timeout expired or query ID is invalid")),
        }
    }
}

/// The chat that a call is about, if the bot may write there.
fn reachable<'a>(state: &'a mut State, parameters: &Parameters) -> Result<&'a mut Chat, Refusal> {
    if !parameters.contains_key("chat_id") {
        return Err(Refusal::bad_request("chat_id is empty"));
    }
    let chat = integer(parameters, "chat_id").and_then(|id| state.chats.get_mut(&id));
    let chat = chat.ok_or_else(|| Refusal::bad_request("chat not found"))?;
    if chat.blocked {
        return Err(Refusal::new(403, "Forbidden: bot was blocked by the user"));
    }
    if !chat.started {
        return Err(Refusal::new(403, "Forbidden: bot can't initiate conversation with a user"));
    }
    Ok(chat)
}

fn message_text(parameters: &Parameters) -> Result<String, Refusal> {
    // Marked-up text would have to be parsed as Telegram parses it; this double takes plain text only and says so.
    if parameters.get("parse_mode").is_some_and(|mode| !mode.is_null() && mode != "") {
        return Err(Refusal::bad_request("unsupported parse_mode: the sandbox takes plain text only"));
    }
    let text = text(parameters, "text").unwrap_or_default();
    if text.trim().is_empty() {
        return Err(Refusal::bad_request("message text is empty"));
    }
    if text.encode_utf16().count() > LONGEST_TEXT {
        return Err(Refusal::bad_request("message is too long"));
    }
    Ok(text)
}

fn whole_seconds(wait_ms: i64) -> i64 {
    (wait_ms + 999) / 1000
}
