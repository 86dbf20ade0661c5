//! Fields of items: which exist, how they are spelled, and which values they take. Unknown and read-only names are
//! dropped without a word, as the portal does. It must not know which item they belong to.

use serde_json::{Map, Number, Value};

use super::State;
use super::custom::CustomKind;
use super::items::Kind;
use super::refusal::{Parameters, Refusal, fields_of, integer};

/// Currencies that exist in the portal; the first is its own.
pub(super) const CURRENCIES: [(&str, &str); 4] =
    [("AMD", "Armenian Dram"), ("RUB", "Russian Rouble"), ("USD", "US Dollar"), ("EUR", "Euro")];

#[derive(Clone, Copy)]
enum Holds {
    Text,
    Money,
    Currency,
    Stage,
    Category,
    YesNo,
    Reference,
    References,
    Custom(CustomKind),
}

impl Holds {
    /// What `crm.item.fields` calls it.
    fn word(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Money => "double",
            Self::Currency => "crm_currency",
            Self::Stage => "crm_status",
            Self::Category => "crm_category",
            Self::YesNo => "boolean",
            Self::Reference | Self::References => "integer",
            Self::Custom(kind) => kind.word(),
        }
    }
}

/// Fields that a caller may write; everything else that an item shows is kept by the portal itself.
const WRITABLE: [(&str, Holds); 18] = [
    ("title", Holds::Text),
    ("stageId", Holds::Stage),
    ("categoryId", Holds::Category),
    ("opportunity", Holds::Money),
    ("currencyId", Holds::Currency),
    ("isManualOpportunity", Holds::YesNo),
    ("originatorId", Holds::Text),
    ("originId", Holds::Text),
    ("assignedById", Holds::Reference),
    ("contactId", Holds::Reference),
    ("contactIds", Holds::References),
    ("companyId", Holds::Reference),
    ("comments", Holds::Text),
    ("sourceId", Holds::Text),
    ("sourceDescription", Holds::Text),
    ("additionalInfo", Holds::Text),
    ("typeId", Holds::Text),
    ("opened", Holds::YesNo),
];

/// What invoices have besides, and what deals have that they have not.
const OF_INVOICES: [(&str, Holds); 3] =
    [("xmlId", Holds::Text), ("parentId2", Holds::Reference), ("accountNumber", Holds::Text)];
const OF_DEALS: [&str; 4] = ["originatorId", "originId", "additionalInfo", "typeId"];

fn writable(kind: Kind) -> impl Iterator<Item = (&'static str, Holds)> {
    let own: &[(&str, Holds)] = if kind == Kind::Invoice { &OF_INVOICES } else { &[] };
    let common = WRITABLE.iter().filter(move |(name, _)| kind == Kind::Deal || !OF_DEALS.contains(name));
    common.chain(own).copied()
}

impl State {
    /// The fields that a call may set, under the names that items keep them by.
    pub(super) fn read_fields(&self, kind: Kind, parameters: &Parameters) -> Result<Map<String, Value>, Refusal> {
        let original = wants_original_names(parameters);
        let mut fields = Map::new();
        for (name, value) in &fields_of(parameters)? {
            if let Some((_, holds)) = writable(kind).find(|(known, _)| known == name) {
                fields.insert(name.clone(), self.read_value(kind, holds, name, value)?);
            } else if let Some(custom) = self.custom_of(kind).find(|custom| spelled(&custom.name, original) == *name) {
                fields.insert(custom.name.clone(), self.read_value(kind, Holds::Custom(custom.kind), name, value)?);
            }
        }
        Ok(fields)
    }

    fn read_value(&self, kind: Kind, holds: Holds, name: &str, value: &Value) -> Result<Value, Refusal> {
        let read = match holds {
            Holds::Text | Holds::Custom(CustomKind::String | CustomKind::Url) => plain(value),
            // Whatever is made empty is empty, of which kind ever.
            Holds::Custom(_) if value.is_null() || value == "" => Some(Value::Null),
            Holds::Money | Holds::Custom(CustomKind::Double) => money(value),
            Holds::Currency => value.as_str().filter(|code| is_currency(code)).map(Value::from),
            Holds::Stage => value.as_str().filter(|id| self.stage(kind, id).is_some()).map(Value::from),
            Holds::Category => integer(Some(value)).filter(|id| self.funnel(kind, *id).is_some()).map(Value::from),
            Holds::YesNo | Holds::Custom(CustomKind::Boolean) => yes_or_no(value),
            Holds::Reference if value.is_null() => Some(Value::from(0)),
            Holds::Reference => integer(Some(value)).filter(|id| *id >= 0).map(Value::from),
            Holds::References => {
                let ids = value.as_array().map(|ids| ids.iter().map(|id| integer(Some(id)).map(Value::from)).collect());
                ids.flatten().map(Value::Array)
            }
            Holds::Custom(CustomKind::Integer) => integer(Some(value)).map(Value::from),
            Holds::Custom(CustomKind::Datetime) => value.as_str().filter(|text| is_moment(text)).map(Value::from),
            Holds::Custom(CustomKind::Money) => value.as_str().filter(|text| is_sum(text)).map(Value::from),
        };
        read.ok_or_else(|| Refusal::invalid_value(name))
    }

    /// What `crm.item.fields` tells.
    pub(super) fn described(&self, kind: Kind, original: bool) -> Map<String, Value> {
        let row = |word: &str, title: &str, is_read_only: bool, several: bool| {
            serde_json::json!({
                "type": word, "isRequired": false, "isReadOnly": is_read_only, "isImmutable": false, "isMultiple": several,
                "isDynamic": title.starts_with("UF_CRM_"), "title": title,
            })
        };
        let mut fields = Map::new();
        for name in ["id", "createdTime", "updatedTime", "movedTime", "stageSemanticId", "closed"] {
            fields.insert(name.to_owned(), row("string", name, true, false));
        }
        for (name, holds) in writable(kind) {
            fields.insert(name.to_owned(), row(holds.word(), name, false, matches!(holds, Holds::References)));
        }
        for custom in self.custom_of(kind) {
            fields.insert(spelled(&custom.name, original), row(custom.kind.word(), &custom.name, false, false));
        }
        fields
    }
}

/// Whether the portal has this currency.
pub(super) fn is_currency(code: &str) -> bool {
    CURRENCIES.iter().any(|(known, _)| *known == code)
}

fn plain(value: &Value) -> Option<Value> {
    match value {
        Value::Null => Some(Value::from("")),
        Value::String(_) => Some(value.clone()),
        Value::Number(number) => Some(Value::from(number.to_string())),
        _ => None,
    }
}

fn yes_or_no(value: &Value) -> Option<Value> {
    match value {
        Value::Bool(yes) => Some(Value::from(if *yes { "Y" } else { "N" })),
        Value::String(text) if text == "Y" || text == "N" => Some(value.clone()),
        _ => None,
    }
}

/// ISO 8601 with an offset, as the portal writes moments.
fn is_moment(text: &str) -> bool {
    text.parse::<jiff::Timestamp>().is_ok()
}

/// `12500|AMD`.
fn is_sum(text: &str) -> bool {
    text.split_once('|').is_some_and(|(sum, code)| money(&Value::from(sum)).is_some() && is_currency(code))
}

/// A sum in hundredths.
pub(super) fn hundredths(sum: &Value) -> Option<i64> {
    let text = money(sum)?.to_string();
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(format!("{decimals:0<2}").parse().ok()?)
}

/// Hundredths as the portal keeps sums.
pub(super) fn of_hundredths(sum: i64) -> Value {
    money(&Value::from(format!("{}.{:02}", sum / 100, sum % 100))).unwrap_or_else(|| Value::from(0))
}

/// A sum as the portal keeps it: two decimals at most, no sign, a JSON number whatever it was sent as.
pub(super) fn money(value: &Value) -> Option<Value> {
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

    use super::{hundredths, money, of_hundredths, spelled};

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

    #[test]
    fn hundredths_are_exact_both_ways() {
        for (sum, kept) in [(json!(12500), 1_250_000), (json!("99.5"), 9_950), (json!("0.05"), 5), (json!(0), 0)] {
            assert_eq!((hundredths(&sum), hundredths(&of_hundredths(kept))), (Some(kept), Some(kept)), "{sum}");
        }
    }
}
