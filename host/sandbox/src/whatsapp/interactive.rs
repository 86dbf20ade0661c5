//! Interactive messages: a link button, reply buttons, a list. Limits are those of "Interactive CTA URL button messages" (2026-06),
//! "Interactive reply buttons" and "Interactive list" in Meta's documentation. It must not know to whom they go.

use std::collections::BTreeSet;

use url::Url;

use super::content::{Button, Content, Kind};
use super::fields::{Fields, as_object, list, object, one_of, required, sized, sized_if_there, text};
use crate::graph::Refusal;
use crate::is_loopback;

const LONGEST_BODY: usize = 1024;
/// A list's body is longer than the others'.
const LONGEST_LIST_BODY: usize = 4096;
const LONGEST_FOOTER: usize = 60;
const LONGEST_HEADER: usize = 60;
const LONGEST_CAPTION: usize = 20;
const LONGEST_REPLY_ID: usize = 256;
const MOST_BUTTONS: usize = 3;
/// Rows and sections of a list, each.
const MOST_ROWS: usize = 10;
const LONGEST_ROW_ID: usize = 200;
const LONGEST_ROW_TITLE: usize = 24;
const LONGEST_ROW_DESCRIPTION: usize = 72;

/// Reads the `interactive` object.
pub(super) fn read(fields: &Fields) -> Result<Content, Refusal> {
    let all = object(fields, "interactive", "interactive", &["type", "header", "body", "footer", "action"])?;
    let kind = required(all, "type", "interactive['type']")?;
    let (kind, longest) = match kind.as_str() {
        "cta_url" => (Kind::CtaUrl, LONGEST_BODY),
        "button" => (Kind::Buttons, LONGEST_BODY),
        "list" => (Kind::List, LONGEST_LIST_BODY),
        // There are more kinds (flows, catalogues, locations); this double knows those that a payment link needs.
        other => {
            one_of(other, "interactive['type']", &["button", "cta_url", "list"])?;
            return Err(Refusal::value("interactive['type']"));
        }
    };
    let body = object(all, "body", "interactive['body']", &["text"])?;
    let mut content = Content::new(kind, sized(body, "text", "Body text", longest)?);
    if all.get("footer").is_some_and(|footer| !footer.is_null()) {
        let footer = object(all, "footer", "interactive['footer']", &["text"])?;
        content.footer = Some(sized(footer, "text", "Footer text", LONGEST_FOOTER)?);
    }
    content.header = header(all, kind)?;
    let action =
        object(all, "action", "interactive['action']", &["name", "parameters", "buttons", "button", "sections"])?;
    content.buttons = match kind {
        Kind::CtaUrl => vec![link(action)?],
        Kind::Buttons => replies(action)?,
        _ => rows(action)?,
    };
    Ok(content)
}

/// A text, or a medium in its place where the message is not a list.
fn header(all: &Fields, kind: Kind) -> Result<Option<String>, Refusal> {
    if all.get("header").is_none_or(serde_json::Value::is_null) {
        return Ok(None);
    }
    let header = object(all, "header", "interactive['header']", &["type", "text", "image", "video", "document"])?;
    let given = required(header, "type", "interactive['header']['type']")?;
    if given == "text" {
        return sized(header, "text", "Header text", LONGEST_HEADER).map(Some);
    }
    let kinds: &[&str] = if kind == Kind::List { &["text"] } else { &["text", "image", "video", "document"] };
    one_of(&given, "interactive['header']['type']", kinds)?;
    object(header, &given, &format!("interactive['header']['{given}']"), &["link", "id", "filename"])?;
    Ok(Some(format!("[{given}]")))
}

fn link(action: &Fields) -> Result<Button, Refusal> {
    let name = required(action, "name", "interactive['action']['name']")?;
    one_of(&name, "interactive['action']['name']", &["cta_url"])?;
    let path = "interactive['action']['parameters']";
    let parameters = object(action, "parameters", path, &["display_text", "url"])?;
    let caption = sized(parameters, "display_text", "Button display_text", LONGEST_CAPTION)?;
    let url = required(parameters, "url", "interactive['action']['parameters']['url']")?;
    if !may_open(&url) {
        return Err(Refusal::value("interactive['action']['parameters']['url'] is not a valid URL"));
    }
    Ok(Button { text: caption, url: Some(url), ..Button::default() })
}

/// https to a name with a dot, and anything on loopback. WhatsApp takes plain http too, but a payment link over it is always a
/// mistake, and the server under test listens on loopback.
pub(super) fn may_open(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    match url.scheme() {
        "https" => url.domain().is_none_or(|name| name.contains('.')) || is_loopback(&url),
        "http" => is_loopback(&url),
        _ => false,
    }
}

fn replies(action: &Fields) -> Result<Vec<Button>, Refusal> {
    let buttons = list(action, "buttons", "interactive['action']['buttons']")?;
    if buttons.is_empty() || buttons.len() > MOST_BUTTONS {
        return Err(Refusal::value(format!(
            "Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: {MOST_BUTTONS}"
        )));
    }
    let mut read = Vec::new();
    for (index, button) in buttons.iter().enumerate() {
        let path = format!("interactive['action']['buttons'][{index}]");
        let button = as_object(button, &path, &["type", "reply"])?;
        let given = required(button, "type", &format!("{path}['type']"))?;
        one_of(&given, &format!("{path}['type']"), &["reply"])?;
        let reply = object(button, "reply", &format!("{path}['reply']"), &["id", "title"])?;
        let id = sized(reply, "id", "Button id", LONGEST_REPLY_ID)?;
        let caption = sized(reply, "title", "Button title", LONGEST_CAPTION)?;
        read.push(Button { text: caption, id: Some(id), ..Button::default() });
    }
    distinct(&read, "Duplicated button id")?;
    Ok(read)
}

fn rows(action: &Fields) -> Result<Vec<Button>, Refusal> {
    sized(action, "button", "List button", LONGEST_CAPTION)?;
    let sections = list(action, "sections", "interactive['action']['sections']")?;
    if sections.is_empty() || sections.len() > MOST_ROWS {
        return Err(Refusal::value(format!(
            "Invalid sections count. Min allowed sections: 1, Max allowed sections: {MOST_ROWS}"
        )));
    }
    let mut read = Vec::new();
    for (index, section) in sections.iter().enumerate() {
        let path = format!("interactive['action']['sections'][{index}]");
        let section = as_object(section, &path, &["title", "rows"])?;
        if sections.len() > 1 && text(section, "title").is_none() {
            return Err(Refusal::missing("Section title is required when there is more than one section"));
        }
        sized_if_there(section, "title", "Section title", LONGEST_ROW_TITLE)?;
        for (row_index, row) in list(section, "rows", &format!("{path}['rows']"))?.iter().enumerate() {
            let row = as_object(row, &format!("{path}['rows'][{row_index}]"), &["id", "title", "description"])?;
            read.push(Button {
                id: Some(sized(row, "id", "Row id", LONGEST_ROW_ID)?),
                text: sized(row, "title", "Row title", LONGEST_ROW_TITLE)?,
                description: sized_if_there(row, "description", "Row description", LONGEST_ROW_DESCRIPTION)?,
                url: None,
            });
        }
    }
    if read.is_empty() || read.len() > MOST_ROWS {
        return Err(Refusal::value(format!("Total row count exceed max allowed count: {MOST_ROWS}")));
    }
    distinct(&read, "Duplicated row id")?;
    Ok(read)
}

fn distinct(buttons: &[Button], why: &str) -> Result<(), Refusal> {
    let ids: BTreeSet<&str> = buttons.iter().filter_map(|button| button.id.as_deref()).collect();
    if ids.len() == buttons.len() { Ok(()) } else { Err(Refusal::value(why)) }
}
