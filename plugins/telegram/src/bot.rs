//! The bot as a chat service: messages with buttons below them, changed in place when a payment ends. It must not know what they say.

use kamurj_chat::{Buttons, Kit, Message, Probe, Sent, Service, Tag, Trouble};
use kamurj_sdk::{Host, Measure, plain};
use serde_json::{Value, json};

use crate::api::{Api, Refusal};

/// Longest message, in UTF-16 units.
const TEXT_UNITS: usize = 4096;
/// Longest answer to a button press, in characters.
const NOTE_CHARS: usize = 200;
/// Longest title that a button still shows on a phone, in characters.
const BUTTON_CHARS: usize = 64;

/// One bot, through the host's guarded client.
pub(crate) struct Bot<'a, H> {
    api: Api<'a, H>,
}

impl<'a, H: Host> Bot<'a, H> {
    pub(crate) fn new(host: &'a H, base: &'a str) -> Self {
        Self { api: Api::new(host, base) }
    }

    fn sent(&self, chat: &str, message: &Message, step: &str) -> Result<Sent, Refusal> {
        let mut body = json!({
            "chat_id": number(chat),
            "text": Measure::Utf16.clip(&message.text, TEXT_UNITS),
            "link_preview_options": { "is_disabled": true },
        });
        let rows = rows(&message.buttons);
        if !rows.is_empty() {
            body["reply_markup"] = json!({ "inline_keyboard": rows });
        }
        let result = self.api.call("sendMessage", &body, step)?;
        let message = result["message_id"].as_i64().ok_or_else(Refusal::no_message)?;
        Ok(Sent { chat: chat.to_owned(), message: message.to_string() })
    }
}

impl<H: Host> Service for Bot<'_, H> {
    fn id(&self) -> &'static str {
        crate::ID
    }

    fn kit(&self) -> Kit {
        Kit { edits: true, probe: Probe::None, choices: 91, measure: Measure::Utf16, text: TEXT_UNITS, talkative: true }
    }

    fn send(&self, chat: &str, message: &Message, tag: &Tag) -> Result<Sent, Trouble> {
        match self.sent(chat, message, &tag.step) {
            // The group became a supergroup.
            Err(Refusal::MovedTo(chat)) => Ok(self.sent(&chat, message, &format!("{}.moved", tag.step))?),
            other => Ok(other?),
        }
    }

    fn edit(&self, sent: &Sent, message: &Message, step: &str) -> Result<(), Trouble> {
        let body = json!({
            "chat_id": number(&sent.chat),
            "message_id": number(&sent.message),
            "text": Measure::Utf16.clip(&message.text, TEXT_UNITS),
            "link_preview_options": { "is_disabled": true },
            "reply_markup": { "inline_keyboard": rows(&message.buttons) },
        });
        let answer = match self.api.call("editMessageText", &body, step) {
            Err(Refusal::Lost(_)) => self.api.call("editMessageText", &body, step),
            other => other,
        };
        match answer {
            Ok(_) | Err(Refusal::NotModified) => Ok(()),
            Err(Refusal::MovedTo(_)) => Err(Trouble::Gone),
            Err(refusal) => Err(refusal.into()),
        }
    }

    fn acknowledge(&self, press: &str, note: Option<&str>) -> bool {
        if press.is_empty() {
            return false;
        }
        let mut body = json!({ "callback_query_id": press });
        if let Some(note) = note {
            body["text"] = json!(plain(note, NOTE_CHARS));
            body["show_alert"] = json!(true);
        }
        // A late answer is refused as too old, and a lost one only leaves the mark turning a little longer.
        let _ignored = self.api.call("answerCallbackQuery", &body, "answer-press");
        true
    }
}

fn rows(buttons: &Buttons) -> Vec<Value> {
    match buttons {
        Buttons::None => Vec::new(),
        Buttons::Open { label, url } => vec![json!([{ "text": label, "url": url }])],
        Buttons::Choices { choices, .. } => choices
            .iter()
            .map(|choice| json!([{ "text": Measure::Chars.clip(&choice.title, BUTTON_CHARS), "callback_data": choice.data }]))
            .collect(),
    }
}

/// Ids are numbers to Telegram and decimal text to the contract.
fn number(id: &str) -> Value {
    id.parse::<i64>().map_or_else(|_| json!(id), |id| json!(id))
}
