//! Custom fields that an administrator, or a call with the administrator's right, makes: `UF_CRM_…`. It must not know the items
//! that have them.

use serde::Serialize;
use serde_json::{Value, json};

use super::items::Kind;
use super::refusal::{Found, Parameters, Refusal, fields_of, integer, object, text};
use super::{Asked, State};

/// The longest name of a field, its prefix included.
const LONGEST_NAME: usize = 50;

/// What a custom field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CustomKind {
    /// A text.
    String,
    /// A number with decimals.
    Double,
    /// A whole number.
    Integer,
    /// A moment.
    Datetime,
    /// An amount and its currency, `12500|AMD`.
    Money,
    /// An address.
    Url,
    /// Yes or no.
    Boolean,
}

impl CustomKind {
    /// By the portal's own word for it.
    pub fn of(word: &str) -> Option<Self> {
        Some(match word {
            "string" => Self::String,
            "double" => Self::Double,
            "integer" => Self::Integer,
            "datetime" => Self::Datetime,
            "money" => Self::Money,
            "url" => Self::Url,
            "boolean" => Self::Boolean,
            _ => return None,
        })
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Double => "double",
            Self::Integer => "integer",
            Self::Datetime => "datetime",
            Self::Money => "money",
            Self::Url => "url",
            Self::Boolean => "boolean",
        }
    }
}

/// A custom field.
#[derive(Clone, Debug, Serialize)]
pub struct CustomField {
    /// Id in the portal.
    pub id: i64,
    /// 2 for deals, 31 for smart invoices.
    pub entity_type_id: i64,
    /// `UF_CRM_…`.
    pub name: String,
    /// What it holds.
    pub kind: CustomKind,
    /// What stands beside it on a card.
    pub label: String,
    /// The maker's own id.
    pub xml_id: String,
}

impl CustomField {
    fn entity(&self) -> &'static str {
        if self.entity_type_id == Kind::Invoice.number() { "CRM_SMART_INVOICE" } else { "CRM_DEAL" }
    }

    fn row(&self) -> Value {
        json!({
            "ID": self.id.to_string(), "ENTITY_ID": self.entity(), "FIELD_NAME": self.name, "USER_TYPE_ID": self.kind.word(),
            "XML_ID": self.xml_id, "SORT": "100", "MULTIPLE": "N", "MANDATORY": "N", "SHOW_FILTER": "N", "SHOW_IN_LIST": "Y",
            "EDIT_IN_LIST": "Y", "IS_SEARCHABLE": "N", "SETTINGS": [],
        })
    }

    fn config(&self) -> Value {
        json!({
            "id": self.id.to_string(), "entityId": self.entity(), "fieldName": self.name, "userTypeId": self.kind.word(),
            "xmlId": self.xml_id, "sort": "100", "multiple": "N", "mandatory": "N", "showFilter": "N", "showInList": "Y",
            "editInList": "Y", "isSearchable": "N", "editFormLabel": {"en": self.label},
        })
    }
}

impl State {
    pub(super) fn make_custom_field(
        &mut self,
        kind: Kind,
        name: &str,
        holds: CustomKind,
        told: (&str, &str),
    ) -> Option<i64> {
        if self.custom_fields.iter().any(|known| known.entity_type_id == kind.number() && known.name == name) {
            return None;
        }
        self.last_field_id += 1;
        self.custom_fields.push(CustomField {
            id: self.last_field_id,
            entity_type_id: kind.number(),
            name: name.to_owned(),
            kind: holds,
            label: told.0.to_owned(),
            xml_id: told.1.to_owned(),
        });
        Some(self.last_field_id)
    }

    /// The field goes, and its values go with it.
    pub(super) fn remove_custom_field(&mut self, name: &str) -> bool {
        let before = self.custom_fields.len();
        self.custom_fields.retain(|known| known.name != name);
        self.items.values_mut().for_each(|item| item.forget(name));
        self.custom_fields.len() < before
    }

    pub(super) fn custom_of(&self, kind: Kind) -> impl Iterator<Item = &CustomField> {
        self.custom_fields.iter().filter(move |field| field.entity_type_id == kind.number())
    }

    /// `crm.deal.userfield.list`.
    #[expect(clippy::unnecessary_wraps, reason = "every method of the portal has this shape")]
    pub(super) fn list_deal_fields(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        let filter = object(asked.parameters, "filter");
        let rows = self.custom_of(Kind::Deal).map(CustomField::row).filter(|row| holds(&filter, row));
        let rows: Vec<Value> = rows.collect();
        let total = rows.len();
        Ok(Found::page(Value::Array(rows), total, None))
    }

    /// `crm.deal.userfield.add`: the prefix `UF_CRM_` is put before the name.
    pub(super) fn add_deal_field(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        let fields = fields_of(asked.parameters)?;
        self.wants_admin()?;
        let not_found = |name: &str| Refusal::unnamed(format!("The '{name}' field is not found."));
        let core = |description: &str| Refusal::new(400, "ERROR_CORE", description);
        let name = text(&fields, "FIELD_NAME").ok_or_else(|| not_found("FIELD_NAME"))?;
        let word = text(&fields, "USER_TYPE_ID").ok_or_else(|| not_found("USER_TYPE_ID"))?;
        let name = if name.starts_with("UF_CRM_") { name.to_owned() } else { format!("UF_CRM_{name}") };
        if name.len() > LONGEST_NAME {
            return Err(core("Field name is too long (more than 50 characters)."));
        }
        if !name.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_')) {
            return Err(core("Field name contains invalid characters. Allowed characters are: A-Z, 0-9 and _."));
        }
        let kind = CustomKind::of(word).ok_or_else(|| core("Incorrect custom type specified."))?;
        let told = (label(&fields, "EDIT_FORM_LABEL"), label(&fields, "XML_ID"));
        let made = self.make_custom_field(Kind::Deal, &name, kind, (&told.0, &told.1));
        made.map(|id| Found::one(json!(id)))
            .ok_or_else(|| core("A field with this name already exists for this object."))
    }

    /// `userfieldconfig.list`.
    pub(super) fn list_field_configs(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        wants_crm(asked.parameters)?;
        let filter = object(asked.parameters, "filter");
        let rows = self.custom_fields.iter().map(CustomField::config).filter(|row| holds(&filter, row));
        Ok(Found::paged(rows.collect(), asked.parameters, |page| json!({ "fields": page })))
    }

    /// `userfieldconfig.add`: the name has its whole prefix already.
    pub(super) fn add_field_config(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        wants_crm(asked.parameters)?;
        let Some(Value::Object(field)) = asked.parameters.get("field") else { return Err(Refusal::missing("field")) };
        self.wants_admin()?;
        let (kind, prefix) = match text(field, "entityId") {
            Some("CRM_SMART_INVOICE") => (Kind::Invoice, "UF_CRM_SMART_INVOICE_"),
            Some("CRM_DEAL") => (Kind::Deal, "UF_CRM_"),
            _ => return Err(Refusal::unnamed("Access denied")),
        };
        let not_found = |name: &str| Refusal::unnamed(format!("The '{name}' field is not found."));
        let word = text(field, "userTypeId").ok_or_else(|| not_found("USER_TYPE_ID"))?;
        let name = text(field, "fieldName").ok_or_else(|| not_found("FIELD_NAME"))?;
        let holds = CustomKind::of(word).ok_or_else(|| Refusal::unnamed("Fail to create new user field"))?;
        if !name.starts_with(prefix) || name.len() > LONGEST_NAME {
            return Err(Refusal::unnamed("You cannot create custom fields"));
        }
        let told = (label(field, "editFormLabel"), label(field, "xmlId"));
        let made = self.make_custom_field(kind, name, holds, (&told.0, &told.1));
        let id = made.ok_or_else(|| Refusal::unnamed(format!("Field {name} already exists")))?;
        let made = self.custom_fields.iter().find(|field| field.id == id).map(CustomField::config);
        Ok(Found::one(json!({ "field": made })))
    }

    fn wants_admin(&self) -> Result<(), Refusal> {
        if self.crm_admin { Ok(()) } else { Err(Refusal::new(403, "ACCESS_DENIED", "Access denied.")) }
    }
}

fn wants_crm(parameters: &Parameters) -> Result<(), Refusal> {
    match parameters.get("moduleId") {
        None => Err(Refusal::missing("moduleId")),
        Some(module) if module == "crm" => Ok(()),
        Some(_) => Err(Refusal::unnamed("Access denied")),
    }
}

/// A label is one text, or a text for each language.
fn label(fields: &Parameters, name: &str) -> String {
    match fields.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Object(several)) => several.values().find_map(Value::as_str).unwrap_or_default().to_owned(),
        _ => String::new(),
    }
}

/// Conditions of equality; one on a column that does not exist is ignored.
fn holds(filter: &Parameters, row: &Value) -> bool {
    filter.iter().all(|(name, wanted)| {
        let name = name.trim_start_matches('=');
        row.get(name).is_none_or(|value| {
            value == wanted || integer(Some(value)).is_some_and(|id| integer(Some(wanted)) == Some(id))
        })
    })
}
