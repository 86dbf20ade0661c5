//! Fills an approved template in ("Template messages" of the Cloud API). It must not choose when one is sent.

use kamurj_chat::About;
use kamurj_sdk::{Host, Language, plain};
use serde_json::{Value as Json, json};

use crate::settings::{Template, Value};

/// Longest value, in characters: a body has 1024 once it is filled in.
const VALUE_CHARS: usize = 300;

/// `type` and what belongs to it; none where the template has no language at all.
pub(crate) fn of(host: &impl Host, template: &Template, about: &About) -> Option<Json> {
    let code = template.code(about.language)?;
    let mut components = Vec::new();
    if !template.body.is_empty() {
        let parameter = |value: &Value| json!({ "type": "text", "text": text(&value_of(host, *value, about)) });
        components
            .push(json!({ "type": "body", "parameters": template.body.iter().map(parameter).collect::<Vec<_>>() }));
    }
    if template.button {
        let suffix = about.url.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        components.push(json!({ "type": "button", "sub_type": "url", "index": "0",
            "parameters": [{ "type": "text", "text": suffix }] }));
    }
    Some(json!({ "type": "template", "template": {
        "name": template.name, "language": { "code": code }, "components": components } }))
}

fn value_of(host: &impl Host, value: Value, about: &About) -> String {
    match value {
        Value::Order => about.order.clone(),
        Value::Money => about.money.clone(),
        Value::Description => about.description.clone(),
        Value::Refunded => {
            let payment = host.payment(&about.payment).ok();
            let back =
                payment.map(|payment| host.format_money(&payment.refunded, Language::from_tag(about.language).tag()));
            back.unwrap_or_default()
        }
    }
}

/// A value may hold no line break, no tab and no long run of spaces, and may not be empty (codes 132018 and 131008).
fn text(value: &str) -> String {
    let line = plain(value, VALUE_CHARS);
    if line.is_empty() { "—".to_owned() } else { line }
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn a_value_is_one_line_and_never_empty() {
        assert_eq!(text("Cake\n\tfor      Ani\u{202E}"), "Cake for Ani");
        assert_eq!(text("12500\u{a0}֏"), "12500 ֏");
        assert_eq!(text(" \n"), "—");
        assert_eq!(text(&"😀".repeat(500)).chars().count(), 300);
    }
}
