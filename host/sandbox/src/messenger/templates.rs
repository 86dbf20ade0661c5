//! Utility templates: made, looked up, and filled in for a message. It must not know who may send one.
//!
//! Source: "Utility Messages" of the Messenger Platform (examples of v25): the template stands at `message.template`, buttons are one
//! component called `buttons`, and a link takes the end of its address alone. Languages are those of Meta's list of May 2026, in
//! which Armenian is not.

use axum::http::Method;
use serde_json::{Value, json};

use crate::graph::Button;
use crate::graph::{Account, Answer, Asked, Content, Refusal, State, Template, read_button_url};

/// Languages that stories have a use for, of those that templates can be in.
const LANGUAGES: [&str; 6] = ["en", "en_US", "en_GB", "ru", "ka", "az"];
/// Longest body, in characters.
const LONGEST_BODY: usize = 1_024;

/// `/{page}/message_templates`.
pub(super) fn edge(state: &mut State, account: &str, asked: &Asked) -> Answer {
    let approved = !state.faults.templates_pending;
    let id = state.ids.digits();
    let Some(house) = state.accounts.get_mut(account) else { return Err(asked.unsupported()) };
    match asked.method {
        Method::GET => {
            let name = asked.text("name");
            let found =
                house.templates.iter().filter(|template| name.as_ref().is_none_or(|name| *name == template.name));
            let found = found.map(|template| {
                json!({"name": template.name, "language": template.language, "status": status(template.approved), "category": "UTILITY"})
            });
            Ok(json!({"data": found.collect::<Vec<_>>()}))
        }
        Method::POST => {
            if !house.permissions.contains("page_utility_messaging") {
                return Err(Refusal::permission("page_utility_messaging"));
            }
            let template = read(asked, approved)?;
            if house.templates.iter().any(|old| old.name == template.name && old.language == template.language) {
                return Err(Refusal::parameter("There is already content in this language for this template"));
            }
            house.templates.push(template);
            Ok(json!({"id": id, "status": status(approved), "category": "UTILITY"}))
        }
        _ => Err(asked.unsupported()),
    }
}

fn status(approved: bool) -> &'static str {
    if approved { "APPROVED" } else { "PENDING" }
}

fn read(asked: &Asked, approved: bool) -> Result<Template, Refusal> {
    let name = asked.text("name").ok_or_else(|| Refusal::required("name"))?;
    if !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
        return Err(Refusal::parameter("Param name can only have lowercase letters, digits and underscores"));
    }
    let language = asked.text("language").ok_or_else(|| Refusal::required("language"))?;
    if !LANGUAGES.contains(&language.as_str()) {
        return Err(Refusal::one_of("language", &LANGUAGES, &language));
    }
    let category = asked.text("category").unwrap_or_default();
    if category != "UTILITY" {
        return Err(Refusal::one_of("category", &["UTILITY"], &category));
    }
    let components = asked.parameters.get("components").and_then(Value::as_array);
    let components = components.ok_or_else(|| Refusal::required("components"))?;
    let of = |kind: &str| {
        components.iter().find(|part| part["type"].as_str().is_some_and(|found| found.eq_ignore_ascii_case(kind)))
    };
    let body = of("body").and_then(|part| part["text"].as_str()).unwrap_or_default().trim().to_owned();
    if body.is_empty() {
        return Err(Refusal::empty("components[body][text]"));
    }
    if body.chars().count() > LONGEST_BODY {
        return Err(Refusal::length("components[body][text]", LONGEST_BODY));
    }
    if body.starts_with("{{") || body.ends_with("}}") {
        return Err(Refusal::parameter("Variables can't be at the start or end of the template"));
    }
    let buttons = of("buttons").and_then(|part| part["buttons"].as_array()).map_or(&[][..], Vec::as_slice);
    let buttons = buttons.iter().map(read_button).collect::<Result<_, _>>()?;
    Ok(Template { name, language, approved, body, buttons })
}

fn read_button(button: &Value) -> Result<(String, Option<String>), Refusal> {
    let caption = button["text"].as_str().filter(|text| !text.is_empty());
    let caption = caption.ok_or_else(|| Refusal::empty("components[buttons][text]"))?.to_owned();
    match button["type"].as_str().unwrap_or_default() {
        "URL" => {
            let url = button["url"].as_str().unwrap_or_default();
            read_button_url(&url.replace("{{1}}", "x"), "components[buttons][url]")?;
            Ok((caption, Some(url.to_owned())))
        }
        "POSTBACK" => Ok((caption, None)),
        other => Err(Refusal::one_of("components[buttons][type]", &["URL", "POSTBACK"], other)),
    }
}

/// Reads `message` of a utility message and puts its parameters into the template.
pub(super) fn fill(account: &Account, message: &Value) -> Result<Content, Refusal> {
    let wanted = &message["template"];
    let name = wanted["name"].as_str().ok_or_else(|| Refusal::required("message[template][name]"))?;
    let language = wanted["language"]["code"].as_str();
    let language = language.ok_or_else(|| Refusal::required("message[template][language][code]"))?;
    let known = account.templates.iter().find(|known| known.name == name && known.language == language);
    let template = known
        .filter(|known| known.approved)
        .ok_or_else(|| Refusal::parameter("Template does not exist in this language, or is not approved"))?;
    let components = wanted["components"].as_array().map_or(&[][..], Vec::as_slice);
    const KINDS: [&str; 3] = ["header", "body", "buttons"];
    if let Some(kind) = components.iter().filter_map(|part| part["type"].as_str()).find(|kind| !KINDS.contains(kind)) {
        return Err(Refusal::one_of("message[template][components][type]", &KINDS, kind));
    }
    let of = |kind: &str| {
        let part = components.iter().find(|part| part["type"] == kind);
        part.and_then(|part| part["parameters"].as_array()).map_or(&[][..], Vec::as_slice)
    };
    Ok(Content {
        text: fill_body(&template.body, of("body"))?,
        buttons: fill_buttons(&template.buttons, of("buttons"))?,
        template: Some(name.to_owned()),
        ..Content::default()
    })
}

/// Variables are `{{1}}`, `{{2}}` by their place, or `{{name}}` by `parameter_name`.
fn fill_body(body: &str, parameters: &[Value]) -> Result<String, Refusal> {
    let count = body.matches("{{").count();
    if parameters.len() != count {
        return Err(Refusal::parameter(format!(
            "Number of parameters does not match the expected number of params: expected {count}, got {}",
            parameters.len()
        )));
    }
    let mut filled = body.to_owned();
    for (index, parameter) in parameters.iter().enumerate() {
        let place = parameter["parameter_name"].as_str().map_or_else(|| (index + 1).to_string(), str::to_owned);
        let (slot, text) = (format!("{{{{{place}}}}}"), parameter["text"].as_str().unwrap_or_default());
        if text.is_empty() {
            return Err(Refusal::empty("message[template][components][body][text]"));
        }
        if !filled.contains(&slot) {
            return Err(Refusal::parameter(format!("The template has no variable {place}")));
        }
        filled = filled.replace(&slot, text);
    }
    Ok(filled)
}

fn fill_buttons(buttons: &[(String, Option<String>)], parameters: &[Value]) -> Result<Vec<Button>, Refusal> {
    let mut parameters = parameters.iter();
    let mut filled = Vec::new();
    for (title, url) in buttons {
        let (title, mut next) = (title.clone(), || parameters.next().unwrap_or(&Value::Null));
        filled.push(match url {
            Some(url) if url.contains("{{1}}") => {
                let end = suffix(next())?;
                Button { title, url: Some(url.replace("{{1}}", end)), payload: None }
            }
            Some(url) => Button { title, url: Some(url.clone()), payload: None },
            None => {
                let payload = next()["payload"].as_str().map(str::to_owned);
                let payload =
                    payload.ok_or_else(|| Refusal::required("message[template][components][buttons][payload]"))?;
                Button { title, url: None, payload: Some(payload) }
            }
        });
    }
    Ok(filled)
}

/// The end of an address. A whole address in its place would make another one, which Meta takes; this double says so.
fn suffix(parameter: &Value) -> Result<&str, Refusal> {
    let url = parameter["url"].as_str().filter(|url| !url.is_empty() && parameter["type"] == "URL");
    let url = url.ok_or_else(|| Refusal::required("message[template][components][buttons][url]"))?;
    if url.contains("://") {
        return Err(Refusal::parameter("message[template][components][buttons][url] should be the end of an address"));
    }
    Ok(url)
}
