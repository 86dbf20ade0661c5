//! Reading: the number and the templates. It must not change anything.

use serde_json::{Map, Value, json};

use super::State;
use super::fields::{Fields, text};
use crate::graph::Refusal;

impl State {
    /// `GET /{phone-number-id}?fields=…`
    pub(super) fn phone_number(&self, parameters: &Fields) -> Result<Value, Refusal> {
        let account = &self.account;
        let all = json!({
            "display_phone_number": account.display_phone_number, "verified_name": account.verified_name,
            "quality_rating": "GREEN", "code_verification_status": "VERIFIED", "platform_type": "CLOUD_API",
            "status": "CONNECTED",
        });
        let names = text(parameters, "fields");
        let names = names.as_deref().unwrap_or("display_phone_number,verified_name,quality_rating");
        let mut shown = Map::new();
        for name in names.split(',').map(str::trim).filter(|name| *name != "id") {
            let Some(value) = all.get(name) else {
                let why =
                    format!("Tried accessing nonexisting field ({name}) on node type (WhatsAppBusinessPhoneNumber)");
                return Err(Refusal::parameter(why));
            };
            shown.insert(name.to_owned(), value.clone());
        }
        shown.insert("id".to_owned(), account.phone_number_id.as_str().into());
        Ok(Value::Object(shown))
    }

    /// `GET /{account}/message_templates`, of one name, language or status where they are given. All are on one page.
    pub(super) fn message_templates(&self, parameters: &Fields) -> Result<Value, Refusal> {
        let mut listed: Vec<Value> =
            self.account.templates.iter().enumerate().map(|(place, template)| template.json(place)).collect();
        // By name Graph finds parts of names too.
        if let Some(name) = text(parameters, "name") {
            listed.retain(|template| template["name"].as_str().is_some_and(|known| known.contains(&name)));
        }
        for key in ["language", "status"] {
            if let Some(wanted) = text(parameters, key) {
                listed.retain(|template| template[key] == wanted);
            }
        }
        if text(parameters, "limit").is_some_and(|limit| limit.parse::<u32>().is_err()) {
            return Err(Refusal::parameter("Param limit must be an integer."));
        }
        Ok(json!({"data": listed, "paging": {"cursors": {"before": "MAZDZD", "after": "MAZDZD"}}}))
    }
}
