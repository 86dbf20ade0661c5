//! Utility messages: approved templates, the only form that Messenger allows later than 24 hours after a customer's last word. It must
//! not decide when one is sent.
//!
//! Source: "Utility Messages" of the Messenger Platform (examples of v25): the template stands at `message.template`, all buttons are one
//! component called `buttons`, and a link takes the end of its address alone.

use kamurj_chat::About;
use kamurj_sdk::Measure;
use serde_json::{Value, json};

use crate::settings::{self, Template};

/// Longest value of a variable, in characters; a body has 1024 in all.
const VALUE_CHARS: usize = 200;

/// The whole call. None where the template has no language that would do.
pub(crate) fn message(chat: &str, template: &Template, about: &About) -> Option<Value> {
    let code = template.code(about.language)?;
    let mut components = Vec::new();
    if !template.body.is_empty() {
        let parameters: Vec<Value> = template.body.iter().map(|value| text(*value, about)).collect();
        components.push(json!({ "type": "body", "parameters": parameters }));
    }
    if template.button {
        let end = about.url.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        components.push(json!({ "type": "buttons", "parameters": [{ "type": "URL", "url": end }] }));
    }
    let template = json!({ "name": template.name, "language": { "code": code }, "components": components });
    Some(json!({ "recipient": { "id": chat }, "messaging_type": "UTILITY", "message": { "template": template } }))
}

fn text(value: settings::Value, about: &About) -> Value {
    let text = match value {
        settings::Value::Order => &about.order,
        settings::Value::Money => &about.money,
        settings::Value::Description => &about.description,
    };
    // All three were cleaned, so there is no line break in them, which Meta refuses.
    let text = Measure::Chars.clip(text, VALUE_CHARS);
    // An empty variable is refused.
    json!({ "type": "text", "text": if text.is_empty() { "—" } else { text.as_str() } })
}
