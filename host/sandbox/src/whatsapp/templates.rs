//! Message templates: which there are, in which languages they can be, and what Meta says of one. It must not know how a send
//! fills one in.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Languages that templates can have. Confirmed from Meta's documentation are only that `ru`, `en` and its variants, `ka` and `az` are
/// there and Armenian (`hy`) is not; the other codes were not read from its list and may be wrong. Codes are case-sensitive.
const LANGUAGES: [&str; 71] = [
    "af", "sq", "ar", "az", "bn", "bg", "ca", "zh_CN", "zh_HK", "zh_TW", "hr", "cs", "da", "nl", "en", "en_GB",
    "en_US", "et", "fil", "fi", "fr", "ka", "de", "el", "gu", "ha", "he", "hi", "hu", "id", "ga", "it", "ja", "kn",
    "kk", "rw_RW", "ko", "ky_KG", "lo", "lv", "lt", "mk", "ms", "ml", "mr", "nb", "fa", "pl", "pt_BR", "pt_PT", "pa",
    "ro", "ru", "sr", "sk", "sl", "es", "es_AR", "es_ES", "es_MX", "sw", "sv", "ta", "te", "th", "tr", "uk", "ur",
    "uz", "vi", "zu",
];
/// These four are from "Template components" in the same documentation.
const LONGEST_NAME: usize = 512;
const LONGEST_BODY: usize = 1024;
const LONGEST_FOOTER: usize = 60;
const LONGEST_CAPTION: usize = 25;

/// A message template in one language.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Fields")]
pub struct Template(pub(super) Fields);

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fields {
    pub(super) name: String,
    pub(super) language: String,
    #[serde(default)]
    pub(super) status: Review,
    /// With `{{1}}` or `{{name}}` where a send puts something in.
    pub(super) body: String,
    #[serde(default)]
    pub(super) footer: Option<String>,
    #[serde(default)]
    pub(super) buttons: Vec<TemplateButton>,
}

/// What review made of a template.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Review {
    /// It can be sent.
    #[default]
    Approved,
    /// It waits for review and cannot be sent.
    Pending,
    /// It was refused.
    Rejected,
    /// Too many people complained; it can be sent again some time.
    Paused,
    /// It was paused once too often.
    Disabled,
}

/// A button of a template.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE", deny_unknown_fields)]
pub(super) enum TemplateButton {
    /// Opens a link; `{{1}}` may stand at its end.
    Url { text: String, url: String },
    /// Answers.
    QuickReply { text: String },
}

impl TryFrom<Fields> for Template {
    type Error = String;

    fn try_from(fields: Fields) -> Result<Self, String> {
        let named = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if fields.name.is_empty() || fields.name.len() > LONGEST_NAME || !fields.name.bytes().all(named) {
            return Err("name: 1 to 512 of a to z, 0 to 9 and _".to_owned());
        }
        if !LANGUAGES.contains(&fields.language.as_str()) {
            return Err(format!(
                "language: there are no templates in `{}`; codes are like `ru`, `en` or `en_US`",
                fields.language
            ));
        }
        let fits = |text: &str, most| (1..=most).contains(&text.chars().count());
        if !fits(&fields.body, LONGEST_BODY) {
            return Err("body: 1 to 1024 characters".to_owned());
        }
        if fields.footer.as_ref().is_some_and(|footer| !fits(footer, LONGEST_FOOTER)) {
            return Err("footer: 1 to 60 characters".to_owned());
        }
        for button in &fields.buttons {
            let (TemplateButton::Url { text, .. } | TemplateButton::QuickReply { text }) = button;
            if !fits(text, LONGEST_CAPTION) {
                return Err("buttons: a caption has 1 to 25 characters".to_owned());
            }
            if let TemplateButton::Url { url, .. } = button
                && url.contains("{{")
                && (!url.ends_with("{{1}}") || url.matches("{{").count() > 1)
            {
                return Err("buttons: a link has at most one variable, {{1}}, at its end".to_owned());
            }
        }
        Ok(Self(fields))
    }
}

impl Template {
    /// The template as `message_templates` lists it.
    pub(super) fn json(&self, id: usize) -> Value {
        let Fields { name, language, status, body, footer, buttons } = &self.0;
        let mut components = vec![json!({"type": "BODY", "text": body})];
        components.extend(footer.iter().map(|footer| json!({"type": "FOOTER", "text": footer})));
        if !buttons.is_empty() {
            let buttons: Vec<Value> = buttons
                .iter()
                .map(|button| match button {
                    TemplateButton::Url { text, url } => json!({"type": "URL", "text": text, "url": url}),
                    TemplateButton::QuickReply { text } => json!({"type": "QUICK_REPLY", "text": text}),
                })
                .collect();
            components.push(json!({"type": "BUTTONS", "buttons": buttons}));
        }
        let positional = variables(body).iter().all(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
        json!({
            "id": format!("{}", 5_000_000_000_000_001_usize + id), "name": name, "language": language, "status": status,
            "category": "UTILITY", "parameter_format": if positional { "POSITIONAL" } else { "NAMED" },
            "components": components,
        })
    }
}

/// The variables of a text, each once, in the order in which they come.
pub(super) fn variables(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    for part in text.split("{{").skip(1) {
        if let Some((name, _)) = part.split_once("}}")
            && !found.contains(&name)
        {
            found.push(name);
        }
    }
    found
}

/// The templates of an account whose settings name none.
pub(super) fn usual() -> Vec<Template> {
    let template = |name: &str, language: &str, body: &str, caption: &str| {
        Template(Fields {
            name: name.to_owned(),
            language: language.to_owned(),
            status: Review::Approved,
            body: body.to_owned(),
            footer: None,
            buttons: vec![TemplateButton::Url {
                text: caption.to_owned(),
                url: "https://pay.example.am/p/{{1}}".to_owned(),
            }],
        })
    };
    vec![
        template("payment_link", "en", "Order {{1}} for {{2}} is ready to be paid.", "Pay"),
        template("payment_link", "ru", "Заказ {{1}} на сумму {{2}} можно оплатить.", "Оплатить"),
        template("payment_received", "en", "Order {{1}} is paid: {{2}}. Thank you.", "Receipt"),
        template("payment_received", "ru", "Заказ {{1}} оплачен: {{2}}. Спасибо.", "Чек"),
    ]
}
