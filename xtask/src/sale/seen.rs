//! What the doubles have seen, read from the play page's API.

use serde_json::{Value, json};

use super::{CUSTOMER, Sale};

/// Everything that the doubles know at one moment.
pub(super) struct State(Value);

impl Sale<'_> {
    pub(super) fn state(&self) -> Result<State, String> {
        self.http.get_json(&format!("{}/play/state", self.stack.play_url)).map(State)
    }

    /// Does something as the customer or the bank.
    pub(super) fn play(&self, path: &str, body: &Value) -> Result<Value, String> {
        self.http.post_json(&format!("{}/play/{path}", self.stack.play_url), body)
    }
}

impl State {
    fn list(&self, pointer: &str) -> &[Value] {
        self.0.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// What the bot wrote to the customer, the oldest first.
    pub(super) fn bot_messages(&self) -> Vec<&Value> {
        let chat = self.list("/telegram/chats").iter().find(|chat| chat["id"] == CUSTOMER);
        let messages = chat.and_then(|chat| chat["messages"].as_array()).map_or(&[][..], Vec::as_slice);
        messages.iter().filter(|message| message["from"] == "bot").collect()
    }

    pub(super) fn sessions(&self) -> &[Value] {
        self.list("/bank/sessions")
    }

    pub(super) fn webhooks(&self) -> &[Value] {
        self.list("/bank/webhooks")
    }

    pub(super) fn deals(&self) -> &[Value] {
        self.list("/bitrix24/deals")
    }

    /// Requests for a new session that reached the bank.
    pub(super) fn creates(&self) -> u64 {
        self.0["bank"]["creates"].as_u64().unwrap_or_default()
    }

    /// Why updates do not reach the bot, if they do not.
    pub(super) fn bot_trouble(&self) -> String {
        let webhook = &self.0["telegram"]["webhook"];
        match webhook["last_error"].as_str() {
            Some(error) => format!("; {} updates wait: {error}", webhook["pending"]),
            None => String::new(),
        }
    }
}

/// The buttons of a message, row after row.
pub(super) fn buttons(message: &Value) -> Vec<&Value> {
    let rows = message["buttons"].as_array().map_or(&[][..], Vec::as_slice);
    rows.iter().filter_map(Value::as_array).flatten().collect()
}

/// A text of an object; empty where there is none.
pub(super) fn word<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// A number of an object.
pub(super) fn number(value: &Value, key: &str) -> Result<i64, String> {
    let number = value[key].as_i64().or_else(|| value[key].as_str()?.parse().ok());
    number.ok_or_else(|| format!("no number `{key}` in {value}"))
}

/// Something said by the customer.
pub(super) fn said(text: &str) -> Value {
    json!({ "chat": CUSTOMER, "text": text })
}
