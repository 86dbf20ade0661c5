//! Inline keyboards: which ones Telegram takes. It must not know what a button leads to.

use serde::Serialize;
use serde_json::{Value, json};
use url::Url;

use super::api::Refusal;
use crate::is_loopback;

/// Telegram's limits on an inline keyboard.
const MOST_BUTTONS: usize = 100;
const LONGEST_DATA_BYTES: usize = 64;
const LONGEST_START: usize = 64;

/// One button under a message.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Button {
    /// Its caption.
    pub text: String,
    /// The address it opens, for a link button.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What it sends to the bot, for a callback button.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
}

/// Rows of buttons.
pub(super) type Keyboard = Vec<Vec<Button>>;

/// Reads `reply_markup`. Only inline keyboards are known to this double.
pub(super) fn read_keyboard(markup: Option<&Value>) -> Result<Keyboard, Refusal> {
    let Some(markup) = markup.filter(|markup| !markup.is_null()) else {
        return Ok(Keyboard::new());
    };
    let Some(rows) = markup.get("inline_keyboard").and_then(Value::as_array) else {
        return Err(Refusal::bad_request("object expected as reply markup"));
    };
    let mut keyboard = Keyboard::new();
    for row in rows {
        let Some(row) = row.as_array() else {
            return Err(Refusal::bad_request("can't parse inline keyboard: expected an Array of InlineKeyboardButton"));
        };
        let row = row.iter().map(read_button).collect::<Result<Vec<_>, _>>()?;
        if !row.is_empty() {
            keyboard.push(row);
        }
    }
    if keyboard.iter().map(Vec::len).sum::<usize>() > MOST_BUTTONS {
        return Err(Refusal::bad_request("REPLY_MARKUP_TOO_LONG"));
    }
    Ok(keyboard)
}

fn read_button(button: &Value) -> Result<Button, Refusal> {
    let text = button.get("text").and_then(Value::as_str).unwrap_or_default();
    if text.trim().is_empty() {
        return Err(Refusal::bad_request("can't parse inline keyboard button: Text must be non-empty"));
    }
    let url = button.get("url").map(|url| url.as_str().unwrap_or_default());
    let data = button.get("callback_data").map(|data| data.as_str().unwrap_or_default());
    match (url, data) {
        (Some(url), None) => {
            check_url(url)?;
            Ok(Button { text: text.to_owned(), url: Some(url.to_owned()), data: None })
        }
        (None, Some(data)) => {
            if data.is_empty() || data.len() > LONGEST_DATA_BYTES {
                return Err(Refusal::bad_request("BUTTON_DATA_INVALID"));
            }
            Ok(Button { text: text.to_owned(), url: None, data: Some(data.to_owned()) })
        }
        (None, None) => Err(Refusal::bad_request(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        )),
        (Some(_), Some(_)) => Err(Refusal::bad_request(
            "can't parse inline keyboard button: exactly one of the optional fields must be used",
        )),
    }
}

/// Only https, and plain http on loopback hosts: Telegram would take http anywhere, but a payment link over it is
/// always a mistake, and the server under test listens on loopback.
fn check_url(text: &str) -> Result<(), Refusal> {
    let invalid = || Refusal::bad_request("BUTTON_URL_INVALID");
    let url = Url::parse(text).map_err(|_| invalid())?;
    let host_is_public = url.domain().is_none_or(|name| name.contains('.'));
    let allowed = match url.scheme() {
        "https" => host_is_public || is_loopback(&url),
        "http" => is_loopback(&url),
        _ => false,
    };
    let start_is_short = url.domain() != Some("t.me")
        || url.query_pairs().filter(|(name, _)| name == "start").all(|(_, payload)| {
            payload.len() <= LONGEST_START
                && payload.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        });
    if allowed && start_is_short { Ok(()) } else { Err(invalid()) }
}

/// The keyboard as a message carries it; `None` without buttons.
pub(super) fn markup(keyboard: &Keyboard) -> Option<Value> {
    if keyboard.is_empty() {
        return None;
    }
    let rows = keyboard.iter().map(|row| {
        row.iter()
            .map(|button| match (&button.url, &button.data) {
                (Some(url), _) => json!({"text": button.text, "url": url}),
                (None, data) => json!({"text": button.text, "callback_data": data}),
            })
            .collect::<Vec<_>>()
    });
    Some(json!({"inline_keyboard": rows.collect::<Vec<_>>()}))
}
