//! Custom fields: which exist, and the values that each kind takes. It must not know what they are fields of.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::account::Account;
use super::reading::Item;
use super::refusal::Mistake;

/// What a field takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Textarea,
    Url,
    TrackingData,
    Numeric,
    Monetary,
    Checkbox,
    Select,
    Radiobutton,
    Multiselect,
    Date,
    DateTime,
    /// Lines, payer and legal entity of an invoice: objects that the double keeps as they are.
    Items,
    Payer,
    LegalEntity,
}

impl Kind {
    const KNOWN: [(Self, &'static str); 15] = [
        (Self::Text, "text"),
        (Self::Textarea, "textarea"),
        (Self::Url, "url"),
        (Self::TrackingData, "tracking_data"),
        (Self::Numeric, "numeric"),
        (Self::Monetary, "monetary"),
        (Self::Checkbox, "checkbox"),
        (Self::Select, "select"),
        (Self::Radiobutton, "radiobutton"),
        (Self::Multiselect, "multiselect"),
        (Self::Date, "date"),
        (Self::DateTime, "date_time"),
        (Self::Items, "items"),
        (Self::Payer, "payer"),
        (Self::LegalEntity, "legal_entity"),
    ];

    pub(super) fn word(self) -> &'static str {
        Self::KNOWN.into_iter().find(|(kind, _)| *kind == self).map_or("text", |(_, word)| word)
    }

    /// A kind that fields of leads may be made of.
    fn of_lead(word: &str) -> Option<Self> {
        let known = Self::KNOWN.into_iter().find(|(_, known)| *known == word).map(|(kind, _)| kind);
        known.filter(|kind| !matches!(kind, Self::Items | Self::Payer | Self::LegalEntity))
    }

    fn has_enums(self) -> bool {
        matches!(self, Self::Select | Self::Radiobutton | Self::Multiselect)
    }
}

/// A value of a field that has a list of them.
#[derive(Clone)]
pub(super) struct Choice {
    pub(super) id: i64,
    pub(super) value: String,
    pub(super) code: Option<String>,
}

/// A custom field.
#[derive(Clone)]
pub(super) struct Field {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) code: Option<String>,
    pub(super) kind: Kind,
    pub(super) api_only: bool,
    pub(super) choices: Vec<Choice>,
}

/// Values by the ids of their fields, as the service shows them.
pub(super) type Values = BTreeMap<i64, Vec<Value>>;

impl Field {
    /// A field that the account begins with.
    pub(super) fn usual(id: i64, code: &str, name: &str, kind: Kind, choices: &[(&str, &str)]) -> Self {
        let choice = |(place, (code, value)): (i64, &(&str, &str))| Choice {
            id: id * 100 + place,
            value: (*value).to_owned(),
            code: Some((*code).to_owned()),
        };
        let choices = (1..).zip(choices).map(choice).collect();
        Self { id, name: name.to_owned(), code: Some(code.to_owned()), kind, api_only: false, choices }
    }

    /// Reads the wish for a new field of leads.
    pub(super) fn read(item: &mut Item, existing: &[Self], new_id: &mut dyn FnMut() -> i64) -> Self {
        item.only(&[
            "name",
            "type",
            "code",
            "sort",
            "is_api_only",
            "enums",
            "group_id",
            "request_id",
            "required_statuses",
        ]);
        let name = item.said("name");
        item.need("type");
        let word = item.text("type").unwrap_or_default();
        let kind = Kind::of_lead(&word);
        if kind.is_none() && item.raw("type").is_some_and(Value::is_string) {
            item.wrong("type", Mistake::choice);
        }
        let kind = kind.unwrap_or(Kind::Text);
        let code = item.text("code");
        if code.is_some() && existing.iter().any(|field| field.code == code) {
            item.wrong("code", Mistake::taken);
        }
        item.integer("sort");
        let api_only = item.yes("is_api_only").unwrap_or_default();
        let mut choices = Vec::new();
        for (place, wish) in item.objects("enums").unwrap_or_default().into_iter().enumerate() {
            let mut wish = item.within(wish, &format!("enums.{place}"));
            wish.only(&["value", "sort", "code"]);
            choices.push(Choice { id: new_id(), value: wish.said("value"), code: wish.text("code") });
            item.close(wish);
        }
        if kind.has_enums() && choices.is_empty() {
            item.need("enums");
        }
        if !kind.has_enums() && !choices.is_empty() {
            item.wrong("enums", Mistake::unexpected);
        }
        Self { id: new_id(), name, code, kind, api_only, choices }
    }

    /// As the service shows it; `path` is what its link has before the id.
    pub(super) fn shown(&self, account: &Account, entity: &str, path: &str, place: usize) -> Value {
        let choice = |(sort, choice): (i64, &Choice)| json!({"id": choice.id, "value": choice.value, "sort": sort, "code": choice.code});
        let enums: Vec<Value> = (0..).zip(&self.choices).map(choice).collect();
        json!({
            "id": self.id, "name": self.name, "type": self.kind.word(), "account_id": account.id, "code": self.code,
            "sort": 500 + place, "is_api_only": self.api_only,
            "enums": if enums.is_empty() { Value::Null } else { enums.into() },
            "group_id": null, "required_statuses": [], "is_deletable": true, "is_predefined": false,
            "entity_type": entity, "remind": null, "triggers": [], "currency": null, "hidden_statuses": [],
            "_links": {"self": {"href": account.link(&format!("{path}/{}", self.id))}},
        })
    }

    /// One value that was sent for the field, as it is kept; `path` is that of the value.
    fn value(&self, item: &mut Item, sent: &Map<String, Value>, path: &str) -> Option<Value> {
        let mut inner = item.within(sent.clone(), path);
        let kept = if self.kind.has_enums() { self.chosen(&mut inner) } else { self.plain(&mut inner) };
        item.close(inner);
        kept
    }

    fn chosen(&self, inner: &mut Item) -> Option<Value> {
        inner.only(&["value", "enum_id", "enum_code"]);
        let (id, code, value) = (inner.integer("enum_id"), inner.text("enum_code"), inner.text("value"));
        let (place, found) = if let Some(id) = id {
            ("enum_id", self.choices.iter().find(|choice| choice.id == id))
        } else if let Some(code) = code {
            ("enum_code", self.choices.iter().find(|choice| choice.code.as_ref() == Some(&code)))
        } else {
            inner.need("value");
            let value = value?;
            ("value", self.choices.iter().find(|choice| choice.value == value))
        };
        if found.is_none() {
            inner.wrong(place, Mistake::choice);
        }
        let found = found?;
        Some(json!({"value": found.value, "enum_id": found.id, "enum_code": found.code}))
    }

    fn plain(&self, inner: &mut Item) -> Option<Value> {
        inner.only(&["value"]);
        inner.need("value");
        let value = match self.kind {
            Kind::Text | Kind::Textarea | Kind::Url | Kind::TrackingData => inner.text("value").map(Value::from),
            Kind::Checkbox => inner.yes("value").map(Value::from),
            Kind::Date | Kind::DateTime => inner.integer("value").map(Value::from),
            Kind::Numeric | Kind::Monetary => {
                let text = match inner.raw("value") {
                    Some(Value::Number(number)) => Some(number.to_string()),
                    Some(Value::String(text)) if is_decimal(text) => Some(text.clone()),
                    _ => None,
                };
                if text.is_none() {
                    inner.wrong("value", |path| Mistake::kind(path, "numeric"));
                }
                text.map(Value::from)
            }
            Kind::Items | Kind::Payer | Kind::LegalEntity => inner.object("value").map(Value::Object),
            Kind::Select | Kind::Radiobutton | Kind::Multiselect => None,
        };
        Some(json!({"value": value?}))
    }
}

/// Digits, a sign before them and a point among them at most.
fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    is_number(whole) && is_number(rest)
}

/// Reads `custom_fields_values`: what is set, with no values for what is emptied.
pub(super) fn read_values(item: &mut Item, fields: &[Field]) -> Values {
    let mut read = Values::new();
    for (place, sent) in item.objects("custom_fields_values").unwrap_or_default().into_iter().enumerate() {
        let path = format!("custom_fields_values.{place}");
        let mut one = item.within(sent, &path);
        one.only(&["field_id", "field_code", "field_name", "field_type", "values", "is_computed"]);
        let (id, code) = (one.integer("field_id"), one.text("field_code"));
        let (name, field) = match (id, &code) {
            (Some(id), _) => ("field_id", fields.iter().find(|field| field.id == id)),
            (None, Some(_)) => ("field_code", fields.iter().find(|field| field.code == code)),
            (None, None) => {
                one.need("field_id");
                item.close(one);
                continue;
            }
        };
        let Some(field) = field else {
            one.wrong(name, Mistake::choice);
            item.close(one);
            continue;
        };
        one.need("values");
        let sent = one.objects("values").unwrap_or_default();
        if sent.len() > 1 && field.kind != Kind::Multiselect && field.kind != Kind::Items {
            one.wrong("values", |path| Mistake::too_many(path, 1));
        }
        let values = (0..)
            .zip(&sent)
            .filter_map(|(place, sent): (usize, _)| field.value(&mut one, sent, &format!("values.{place}")));
        let values: Vec<Value> = values.collect();
        read.insert(field.id, values);
        item.close(one);
    }
    read
}

/// Lays values that were read over those that are there; what has none is emptied. Answers whether anything changed.
pub(super) fn lay(values: &mut Values, read: Values) -> bool {
    let before = values.clone();
    values.extend(read);
    values.retain(|_, list| !list.is_empty());
    before != *values
}

/// Values as the service shows them, `null` where there are none.
pub(super) fn shown(values: &Values, fields: &[Field]) -> Value {
    let one = |field: &Field| {
        let values = values.get(&field.id)?;
        Some(json!({
            "field_id": field.id, "field_name": field.name, "field_code": field.code, "field_type": field.kind.word(),
            "values": values, "is_computed": false,
        }))
    };
    let list: Vec<Value> = fields.iter().filter_map(one).collect();
    if list.is_empty() { Value::Null } else { list.into() }
}

/// The first value of a field as people read it.
pub(super) fn as_text(values: &[Value]) -> String {
    let text = |value: &Value| match &value["value"] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    values.iter().map(text).collect::<Vec<_>>().join(", ")
}

/// The fields of leads that the account begins with.
pub(super) fn usual() -> Vec<Field> {
    let delivery = [("COURIER", "Courier"), ("PICKUP", "Pick-up")];
    vec![
        Field::usual(771_001, "DELIVERY", "Delivery", Kind::Select, &delivery),
        Field::usual(771_002, "WISH", "Wish", Kind::Textarea, &[]),
    ]
}

#[cfg(test)]
mod tests {
    use super::is_decimal;

    #[test]
    fn numbers_may_come_in_digits() {
        for (text, right) in
            [("12500", true), ("-1.5", true), ("1.", false), ("", false), ("1e3", false), ("12 500", false)]
        {
            assert_eq!(is_decimal(text), right, "{text}");
        }
    }
}
