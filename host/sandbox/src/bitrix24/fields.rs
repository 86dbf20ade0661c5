//! Fields of a deal: which exist, how they are spelled, and which values they take. Unknown and read-only names are
//! dropped without a word, as the portal does. It must not know which deal they belong to.

use serde_json::{Map, Number, Value};

use super::State;
use super::api::{Parameters, Refusal, integer};

/// Currencies that exist in the portal.
const CURRENCIES: [&str; 4] = ["AMD", "RUB", "USD", "EUR"];

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Money,
    Currency,
    Stage,
    YesNo,
    Reference,
    References,
}

/// Fields that a caller may write; everything else that a deal shows is kept by the portal itself.
const WRITABLE: [(&str, Kind); 17] = [
    ("title", Kind::Text),
    ("stageId", Kind::Stage),
    ("opportunity", Kind::Money),
    ("currencyId", Kind::Currency),
    ("isManualOpportunity", Kind::YesNo),
    ("originatorId", Kind::Text),
    ("originId", Kind::Text),
    ("assignedById", Kind::Reference),
    ("contactId", Kind::Reference),
    ("contactIds", Kind::References),
    ("companyId", Kind::Reference),
    ("comments", Kind::Text),
    ("sourceId", Kind::Text),
    ("sourceDescription", Kind::Text),
    ("additionalInfo", Kind::Text),
    ("typeId", Kind::Text),
    ("opened", Kind::YesNo),
];

impl State {
    /// The fields that a call may set, under the names that deals keep them by.
    pub(super) fn read_fields(&self, parameters: &Parameters) -> Result<Map<String, Value>, Refusal> {
        let Some(sent) = parameters.get("fields") else {
            return Err(Refusal::missing("fields"));
        };
        let Some(sent) = sent.as_object() else {
            return Err(Refusal::new(400, "INVALID_ARG_VALUE", "Parameter 'fields' must be array."));
        };
        let original = wants_original_names(parameters);
        let mut fields = Map::new();
        for (name, value) in sent {
            if let Some((_, kind)) = WRITABLE.iter().find(|(known, _)| known == name) {
                fields.insert(name.clone(), self.read_value(*kind, name, value)?);
            } else if let Some(custom) = self.custom_fields.iter().find(|custom| spelled(custom, original) == *name) {
                fields.insert(custom.clone(), self.read_value(Kind::Text, name, value)?);
            }
        }
        Ok(fields)
    }

    fn read_value(&self, kind: Kind, name: &str, value: &Value) -> Result<Value, Refusal> {
        let invalid =
            || Refusal::new(400, "CRM_FIELD_ERROR_VALUE_NOT_VALID", format!("Invalid value of field \"{name}\""));
        match kind {
            Kind::Text => match value {
                Value::Null => Ok(Value::from("")),
                Value::String(_) => Ok(value.clone()),
                Value::Number(number) => Ok(Value::from(number.to_string())),
                _ => Err(invalid()),
            },
            Kind::Money => money(value).ok_or_else(invalid),
            Kind::Currency => {
                value.as_str().filter(|code| CURRENCIES.contains(code)).map(Value::from).ok_or_else(invalid)
            }
            Kind::Stage => {
                let known = |id: &&str| self.stages.iter().any(|stage| stage.id == *id);
                value.as_str().filter(known).map(Value::from).ok_or_else(invalid)
            }
            Kind::YesNo => match value {
                Value::Bool(yes) => Ok(Value::from(if *yes { "Y" } else { "N" })),
                Value::String(text) if text == "Y" || text == "N" => Ok(value.clone()),
                _ => Err(invalid()),
            },
            Kind::Reference => match value {
                Value::Null => Ok(Value::from(0)),
                _ => integer(Some(value)).filter(|id| *id >= 0).map(Value::from).ok_or_else(invalid),
            },
            Kind::References => {
                let ids = value.as_array().ok_or_else(invalid)?;
                let ids: Option<Vec<Value>> = ids.iter().map(|id| integer(Some(id)).map(Value::from)).collect();
                ids.map(Value::Array).ok_or_else(invalid)
            }
        }
    }
}

/// A sum as the portal keeps it: two decimals at most, no sign, a JSON number whatever it was sent as.
fn money(value: &Value) -> Option<Value> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => return None,
    };
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 15 || decimals.len() > 2 || !digits(whole) || !digits(decimals) {
        return None;
    }
    let decimals = decimals.trim_end_matches('0');
    let number: Number = if decimals.is_empty() {
        whole.parse::<u64>().ok()?.into()
    } else {
        format!("{whole}.{decimals}").parse().ok()?
    };
    Some(Value::Number(number))
}

/// Whether custom fields are spelled `UF_CRM_…` in this call.
pub(super) fn wants_original_names(parameters: &Parameters) -> bool {
    parameters.get("useOriginalUfNames").is_some_and(|wanted| wanted == "Y" || *wanted == Value::Bool(true))
}

/// `UF_CRM_PAY_REF` as it is, or as `ufCrmPayRef`; digits keep their underscore: `ufCrm_1700000000`.
pub(super) fn spelled(custom: &str, original: bool) -> String {
    if original {
        return custom.to_owned();
    }
    let mut name = String::new();
    for (place, part) in custom.split('_').enumerate() {
        let lower = part.to_lowercase();
        let mut letters = lower.chars();
        match letters.next() {
            Some(first) if place > 0 && first.is_ascii_digit() => name.extend(["_", &lower]),
            Some(first) if place > 0 => name.extend(first.to_uppercase().chain(letters)),
            _ => name.push_str(&lower),
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{money, spelled};

    #[test]
    fn custom_fields_have_two_spellings() {
        assert_eq!(spelled("UF_CRM_PAY_REF", false), "ufCrmPayRef");
        assert_eq!(spelled("UF_CRM_1700000000", false), "ufCrm_1700000000");
        assert_eq!(spelled("UF_CRM_PAY_REF", true), "UF_CRM_PAY_REF");
    }

    #[test]
    fn sums_are_kept_as_numbers() {
        for (sent, kept) in [
            (json!("12500"), Some("12500")),
            (json!("12500.00"), Some("12500")),
            (json!(12500), Some("12500")),
            (json!("99.50"), Some("99.5")),
            (json!(99.5), Some("99.5")),
            (json!("-1"), None),
            (json!("12 500"), None),
            (json!("1.234"), None),
            (json!(""), None),
            (json!(null), None),
        ] {
            assert_eq!(money(&sent).as_ref().map(Value::to_string).as_deref(), kept, "{sent}");
        }
    }
}
