//! What a message holds: text, templates with buttons, quick replies. It must not know who may send it.
//!
//! Limits: "Send API", "Button Template", "Generic Template" and "Quick Replies" of the Messenger Platform, which Instagram shares
//! but for the length of a text. Words of the errors are those that developers have shown; `name_placeholder` is Meta's.

use serde_json::Value;
use url::Url;

use super::people::{Button, Card};
use super::{Habits, Parameters, Refusal};
use crate::is_loopback;

/// Longest text of a button template, in characters.
const LONGEST_TEMPLATE_TEXT: usize = 640;
/// Longest caption of a button or quick reply, in characters.
const LONGEST_CAPTION: usize = 20;
/// Longest title and subtitle of an element, in characters.
const LONGEST_TITLE: usize = 80;
/// Longest payload of a button and longest metadata, in characters.
const LONGEST_PAYLOAD: usize = 1_000;
const MOST_BUTTONS: usize = 3;
const MOST_ELEMENTS: usize = 10;
const MOST_QUICK_REPLIES: usize = 13;

/// A message as it was asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Content {
    pub(crate) text: String,
    pub(crate) buttons: Vec<Button>,
    pub(crate) cards: Vec<Card>,
    pub(crate) quick_replies: Vec<Button>,
    pub(crate) metadata: Option<String>,
    /// Name of the utility template.
    pub(crate) template: Option<String>,
    /// The attachment as it came, for the echo.
    pub(crate) attachment: Option<Value>,
}

impl Content {
    /// Reads `message`.
    pub(super) fn read(habits: &dyn Habits, message: &Parameters) -> Result<Self, Refusal> {
        const KNOWN: [&str; 4] = ["text", "attachment", "quick_replies", "metadata"];
        let unknown: Vec<&str> = message.keys().map(String::as_str).filter(|key| !KNOWN.contains(key)).collect();
        if !unknown.is_empty() {
            let keys = unknown.join(", ");
            return Err(Refusal::parameter(format!("Invalid keys \"{keys}\" were found in param \"message\".")));
        }
        let mut content = Self::default();
        match (message.get("text"), message.get("attachment")) {
            (Some(_), Some(_)) => {
                return Err(Refusal::parameter("Only one of the text and attachment can be specified"));
            }
            (Some(text), None) => content.text = written(text, "message[text]")?,
            (None, Some(attachment)) => {
                content.template(attachment)?;
                content.attachment = Some(attachment.clone());
            }
            (None, None) => return Err(nothing()),
        }
        if content.attachment.is_none() {
            if content.text.trim().is_empty() {
                return Err(nothing());
            }
            habits.check_text("message[text]", &content.text)?;
        }
        content.quick_replies = quick_replies(message.get("quick_replies"))?;
        if let Some(metadata) = message.get("metadata") {
            let metadata = written(metadata, "message[metadata]")?;
            at_most(&metadata, "message[metadata]", LONGEST_PAYLOAD)?;
            content.metadata = Some(metadata);
        }
        Ok(content)
    }

    fn template(&mut self, attachment: &Value) -> Result<(), Refusal> {
        let kind = attachment["type"].as_str().unwrap_or_default();
        if kind != "template" {
            // Pictures and files are left out of this double, which says so in the words for a wrong type.
            return Err(Refusal::one_of("message[attachment][type]", &["template"], kind));
        }
        let payload = &attachment["payload"];
        match payload["template_type"].as_str().unwrap_or_default() {
            "button" => {
                self.text = written(&payload["text"], "name_placeholder[text]")?;
                if self.text.is_empty() {
                    return Err(Refusal::empty("name_placeholder[text]"));
                }
                at_most(&self.text, "name_placeholder[text]", LONGEST_TEMPLATE_TEXT)?;
                let path = "name_placeholder[buttons]";
                self.buttons = buttons(&payload["buttons"], path)?;
                if self.buttons.is_empty() {
                    return Err(Refusal::empty(path));
                }
            }
            "generic" => {
                let elements = payload["elements"].as_array().map_or(&[][..], Vec::as_slice);
                if elements.is_empty() {
                    return Err(Refusal::empty("name_placeholder[elements]"));
                }
                if elements.len() > MOST_ELEMENTS {
                    return Err(Refusal::too_many("name_placeholder[elements]"));
                }
                let read = elements.iter().enumerate().map(|(index, element)| card(element, index));
                self.cards = read.collect::<Result<_, _>>()?;
            }
            other => {
                return Err(Refusal::one_of(
                    "message[attachment][payload][template_type]",
                    &["button", "generic"],
                    other,
                ));
            }
        }
        Ok(())
    }
}

fn nothing() -> Refusal {
    Refusal::api(400, 100, Some(2_018_034), "Message cannot be empty, must provide valid attachment or text")
}

fn card(element: &Value, index: usize) -> Result<Card, Refusal> {
    let path = format!("name_placeholder[elements][{index}]");
    let title = written(&element["title"], &format!("{path}[title]"))?;
    if title.is_empty() {
        return Err(Refusal::empty(&format!("{path}[title]")));
    }
    at_most(&title, &format!("{path}[title]"), LONGEST_TITLE)?;
    let subtitle = element.get("subtitle").map(|text| written(text, &format!("{path}[subtitle]"))).transpose()?;
    if let Some(subtitle) = &subtitle {
        at_most(subtitle, &format!("{path}[subtitle]"), LONGEST_TITLE)?;
    }
    let url = element.get("default_action").map(|action| {
        read_button_url(action["url"].as_str().unwrap_or_default(), &format!("{path}[default_action][url]"))
    });
    let buttons = buttons(&element["buttons"], &format!("{path}[buttons]"))?;
    Ok(Card { title, subtitle, url: url.transpose()?, buttons })
}

fn buttons(list: &Value, path: &str) -> Result<Vec<Button>, Refusal> {
    let list = list.as_array().map_or(&[][..], Vec::as_slice);
    if list.len() > MOST_BUTTONS {
        return Err(Refusal::too_many(path));
    }
    list.iter().enumerate().map(|(index, value)| button(value, &format!("{path}[{index}]"))).collect()
}

fn button(button: &Value, path: &str) -> Result<Button, Refusal> {
    let kind = button["type"].as_str().unwrap_or_default();
    if !["web_url", "postback"].contains(&kind) {
        return Err(Refusal::one_of(&format!("{path}[type]"), &["web_url", "postback"], kind));
    }
    let title = caption(button, path)?;
    if kind == "web_url" {
        let url = read_button_url(button["url"].as_str().unwrap_or_default(), &format!("{path}[url]"))?;
        return Ok(Button { title, url: Some(url), payload: None });
    }
    let payload = payload(button, path)?;
    Ok(Button { title, url: None, payload: Some(payload) })
}

fn quick_replies(list: Option<&Value>) -> Result<Vec<Button>, Refusal> {
    let list = list.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if list.len() > MOST_QUICK_REPLIES {
        return Err(Refusal::too_many("message[quick_replies]"));
    }
    let read = |(index, reply): (usize, &Value)| {
        let path = format!("message[quick_replies][{index}]");
        let kind = reply["content_type"].as_str().unwrap_or_default();
        if kind != "text" {
            return Err(Refusal::one_of(&format!("{path}[content_type]"), &["text"], kind));
        }
        Ok(Button { title: caption(reply, &path)?, url: None, payload: Some(payload(reply, &path)?) })
    };
    list.iter().enumerate().map(read).collect()
}

fn caption(button: &Value, path: &str) -> Result<String, Refusal> {
    let path = format!("{path}[title]");
    let title = written(&button["title"], &path)?;
    if title.trim().is_empty() {
        return Err(Refusal::empty(&path));
    }
    at_most(&title, &path, LONGEST_CAPTION)?;
    Ok(title)
}

fn payload(button: &Value, path: &str) -> Result<String, Refusal> {
    let path = format!("{path}[payload]");
    let payload = written(&button["payload"], &path)?;
    if payload.is_empty() {
        return Err(Refusal::empty(&path));
    }
    at_most(&payload, &path, LONGEST_PAYLOAD)?;
    Ok(payload)
}

/// A text, or nothing where there is none.
fn written(value: &Value, path: &str) -> Result<String, Refusal> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Null => Ok(String::new()),
        _ => Err(Refusal::parameter(format!("Param {path} must be a string"))),
    }
}

fn at_most(text: &str, path: &str, most: usize) -> Result<(), Refusal> {
    if text.chars().count() > most { Err(Refusal::length(path, most)) } else { Ok(()) }
}

/// Only https, and plain http on loopback hosts: Meta would take http anywhere, but a payment link over it is always a mistake,
/// and the server under test listens on loopback.
pub(crate) fn read_button_url(text: &str, path: &str) -> Result<String, Refusal> {
    let allowed = Url::parse(text).is_ok_and(|url| match url.scheme() {
        "https" => is_loopback(&url) || url.domain().is_none_or(|name| name.contains('.')),
        "http" => is_loopback(&url),
        _ => false,
    });
    if allowed { Ok(text.to_owned()) } else { Err(Refusal::parameter(format!("{path} should represent a valid URL"))) }
}
