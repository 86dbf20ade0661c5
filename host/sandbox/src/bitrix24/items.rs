//! `crm.item.get`, `.list`, `.add`, `.update` and `.fields` for deals, smart invoices and, to be read alone, contacts. It must not
//! know how values are checked or calls arrive.

use serde_json::{Map, Value, json};

use super::events::Deed;
use super::fields::{spelled, wants_original_names};
use super::filter::Filter;
use super::refusal::{Found, Parameters, Refusal, integer, object};
use super::rows::Row;
use super::timeline::{Comment, LogMessage};
use super::{Asked, State};
use crate::rfc3339;

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Deal,
    Invoice,
}

/// `entityTypeId` of contacts.
const CONTACT: i64 = 3;

impl Kind {
    /// By its `entityTypeId`.
    pub(super) fn of(number: i64) -> Option<Self> {
        match number {
            2 => Some(Self::Deal),
            31 => Some(Self::Invoice),
            _ => None,
        }
    }

    /// Its `entityTypeId`.
    pub(super) fn number(self) -> i64 {
        match self {
            Self::Deal => 2,
            Self::Invoice => 31,
        }
    }
}

/// Which item.
pub(super) type Key = (Kind, i64);

/// A deal or a smart invoice.
pub(super) struct Item {
    pub(super) id: i64,
    /// Writable fields by their camelCase name, custom ones by their `UF_CRM_…` name.
    pub(super) fields: Map<String, Value>,
    created_at: i64,
    updated_at: i64,
    moved_at: i64,
    pub(super) saves: u32,
    pub(super) moves: Vec<String>,
    pub(super) comments: Vec<Comment>,
    pub(super) logs: Vec<LogMessage>,
    pub(super) rows: Vec<Row>,
}

impl Item {
    pub(super) fn text(&self, name: &str) -> &str {
        self.fields.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn number(&self, name: &str) -> i64 {
        integer(self.fields.get(name)).unwrap_or(0)
    }

    pub(super) fn stage(&self) -> &str {
        self.text("stageId")
    }

    pub(super) fn forget(&mut self, name: &str) {
        self.fields.remove(name);
    }
}

impl State {
    pub(super) fn get_item(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        if integer(asked.parameters.get("entityTypeId")) == Some(CONTACT) {
            let id = integer(asked.parameters.get("id")).ok_or_else(|| Refusal::missing("id"))?;
            let contact = self.contacts.get(&id).ok_or_else(Refusal::no_such_item)?;
            return Ok(Found::one(json!({ "item": contact.item() })));
        }
        let key = self.wanted(asked.parameters)?;
        Ok(Found::one(self.shown(key, wants_original_names(asked.parameters))))
    }

    pub(super) fn add_item(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        let kind = kind(asked.parameters)?;
        let fields = self.read_fields(kind, asked.parameters)?;
        self.check_funnel(kind, None, &fields)?;
        let id = self.make_item(kind, fields, asked.now);
        Ok(Found::one(self.shown((kind, id), wants_original_names(asked.parameters))))
    }

    pub(super) fn update_item(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        let key = self.wanted(asked.parameters)?;
        let fields = self.read_fields(key.0, asked.parameters)?;
        self.check_funnel(key.0, self.items.get(&key), &fields)?;
        self.save_item(key, fields, asked.now);
        Ok(Found::one(self.shown(key, wants_original_names(asked.parameters))))
    }

    pub(super) fn list_items(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        let parameters = asked.parameters;
        let original = wants_original_names(parameters);
        let filter = Filter::read(&object(parameters, "filter"));
        let all: Vec<Map<String, Value>> = if integer(parameters.get("entityTypeId")) == Some(CONTACT) {
            self.contacts.values().map(super::contacts::Contact::item).collect()
        } else {
            let kind = kind(parameters)?;
            self.items
                .iter()
                .filter(|((of, _), _)| *of == kind)
                .map(|(_, item)| self.item(kind, item, original))
                .collect()
        };
        let mut rows: Vec<_> = all.into_iter().filter(|item| filter.admits(item)).collect();
        super::filter::sort(&mut rows, &object(parameters, "order"));
        let rows = rows.into_iter().map(|row| Value::Object(select(row, parameters.get("select")))).collect();
        Ok(Found::paged(rows, parameters, |page| json!({ "items": page })))
    }

    pub(super) fn tell_fields(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        let kind = kind(asked.parameters)?;
        Ok(Found::one(json!({ "fields": self.described(kind, wants_original_names(asked.parameters)) })))
    }

    /// Makes an item from fields that were checked already, and returns its id.
    pub(super) fn make_item(&mut self, kind: Kind, mut fields: Map<String, Value>, now: i64) -> i64 {
        let last = self.last_item_ids.entry(kind).or_insert(0);
        *last += 1;
        let id = *last;
        let funnel = self.funnel_of(kind, None, &fields);
        let first = self.funnel(kind, funnel).and_then(|funnel| funnel.stages.first());
        let first = first.map_or_else(String::new, |stage| stage.id.clone());
        let (word, own) = match kind {
            Kind::Deal => ("Deal", None),
            Kind::Invoice => ("Invoice", Some(("accountNumber", json!(id.to_string())))),
        };
        let usual = [
            ("title", json!(format!("{word} #{id}"))),
            ("stageId", json!(first)),
            ("opportunity", json!(0)),
            ("currencyId", json!("AMD")),
            ("isManualOpportunity", json!("N")),
            ("assignedById", json!(self.user_id())),
            ("opened", json!("Y")),
        ];
        for (name, value) in usual.into_iter().chain(own) {
            fields.entry(name).or_insert(value);
        }
        fields.insert("categoryId".to_owned(), funnel.into());
        let moves = vec![fields["stageId"].as_str().unwrap_or_default().to_owned()];
        let (comments, logs, rows) = (Vec::new(), Vec::new(), Vec::new());
        let (created_at, updated_at, moved_at) = (now, now, now);
        let item = Item { id, fields, created_at, updated_at, moved_at, saves: 0, moves, comments, logs, rows };
        self.items.insert((kind, id), item);
        self.tell((kind, id), Deed::Add, now);
        id
    }

    /// Saves fields that were checked already; equal values save nothing and tell nobody. Returns whether the item exists.
    pub(super) fn save_item(&mut self, key: Key, mut fields: Map<String, Value>, now: i64) -> bool {
        let Some(item) = self.items.get(&key) else { return false };
        let funnel = self.funnel_of(key.0, Some(item), &fields);
        if funnel != item.number("categoryId") {
            // Whoever changes the funnel alone finds the item in its first stage.
            let first = self.funnel(key.0, funnel).and_then(|funnel| funnel.stages.first());
            fields.entry("stageId").or_insert_with(|| json!(first.map_or("", |stage| &stage.id)));
            fields.insert("categoryId".to_owned(), funnel.into());
        }
        // The sum of an item with product rows is theirs, unless somebody took it into their own hands.
        let is_manual = fields.get("isManualOpportunity").or_else(|| item.fields.get("isManualOpportunity"));
        if !item.rows.is_empty() && is_manual.is_none_or(|manual| manual != "Y") {
            fields.insert("opportunity".to_owned(), super::rows::sum(&item.rows));
        }
        let Some(item) = self.items.get_mut(&key) else { return false };
        let mut changed = false;
        for (name, value) in fields {
            if item.fields.get(&name) == Some(&value) {
                continue;
            }
            if name == "stageId" {
                item.moves.push(value.as_str().unwrap_or_default().to_owned());
                item.moved_at = now;
            }
            item.fields.insert(name, value);
            changed = true;
        }
        if changed {
            item.updated_at = now;
            item.saves += 1;
            self.tell(key, Deed::Update, now);
        }
        true
    }

    /// Somebody deletes an item; what belonged to it goes too. Returns whether it was there.
    pub(super) fn delete_item(&mut self, key: Key, now: i64) -> bool {
        let was_there = self.items.remove(&key).is_some();
        if was_there {
            self.payments.retain(|_, payment| payment.of != key);
            self.tell(key, Deed::Delete, now);
        }
        was_there
    }

    /// The funnel that an item is in after these fields are saved.
    fn funnel_of(&self, kind: Kind, item: Option<&Item>, fields: &Map<String, Value>) -> i64 {
        let by_stage = fields.get("stageId").and_then(Value::as_str).and_then(|id| self.stage(kind, id));
        integer(fields.get("categoryId"))
            .or_else(|| by_stage.map(|(funnel, _)| funnel.id))
            .or_else(|| item.map(|item| item.number("categoryId")))
            .or_else(|| self.first_funnel(kind).map(|funnel| funnel.id))
            .unwrap_or(0)
    }

    /// A stage has to belong to the funnel that the item is in, or is put into by the same call.
    fn check_funnel(&self, kind: Kind, item: Option<&Item>, fields: &Map<String, Value>) -> Result<(), Refusal> {
        let Some((of_stage, _)) = fields.get("stageId").and_then(Value::as_str).and_then(|id| self.stage(kind, id))
        else {
            return Ok(());
        };
        let own = item.map(|item| item.number("categoryId")).or_else(|| self.first_funnel(kind).map(|first| first.id));
        let wanted = integer(fields.get("categoryId")).or(own);
        if wanted == Some(of_stage.id) { Ok(()) } else { Err(Refusal::invalid_value("stageId")) }
    }

    /// The item that a call names.
    pub(super) fn wanted(&self, parameters: &Parameters) -> Result<Key, Refusal> {
        let kind = kind(parameters)?;
        let id = integer(parameters.get("id")).ok_or_else(|| Refusal::missing("id"))?;
        if self.items.contains_key(&(kind, id)) { Ok((kind, id)) } else { Err(Refusal::no_such_item()) }
    }

    fn shown(&self, key: Key, original: bool) -> Value {
        json!({ "item": self.items.get(&key).map(|item| self.item(key.0, item, original)) })
    }

    /// The item object with all its fields.
    fn item(&self, kind: Kind, item: &Item, original: bool) -> Map<String, Value> {
        let semantics = self.stage(kind, item.stage()).and_then(|(_, stage)| stage.semantics);
        let user = self.user_id();
        let own = [
            ("id", json!(item.id)),
            ("entityTypeId", json!(kind.number())),
            ("createdTime", json!(rfc3339(item.created_at))),
            ("updatedTime", json!(rfc3339(item.updated_at))),
            ("movedTime", json!(rfc3339(item.moved_at))),
            ("createdBy", json!(user)),
            ("updatedBy", json!(user)),
            ("stageSemanticId", json!(semantics.unwrap_or("P"))),
            ("closed", json!(if semantics.is_some() { "Y" } else { "N" })),
            ("contactId", json!(0)),
            ("contactIds", json!([])),
            ("companyId", json!(0)),
            ("comments", json!("")),
            ("sourceId", json!("")),
            ("sourceDescription", json!("")),
        ];
        let of_kind: &[&str] = match kind {
            Kind::Deal => &["originatorId", "originId", "additionalInfo", "typeId"],
            Kind::Invoice => &["xmlId"],
        };
        let of_kind = of_kind.iter().map(|name| (*name, json!("")));
        let mut shown: Map<String, Value> =
            own.into_iter().chain(of_kind).map(|(name, value)| (name.to_owned(), value)).collect();
        if kind == Kind::Invoice {
            shown.insert("parentId2".to_owned(), Value::Null);
        }
        for (name, value) in item.fields.iter().filter(|(name, _)| !name.starts_with("UF_")) {
            shown.insert(name.clone(), value.clone());
        }
        for custom in self.custom_of(kind) {
            shown.insert(spelled(&custom.name, original), item.fields.get(&custom.name).cloned().unwrap_or_default());
        }
        shown
    }
}

/// The kind that a call names.
pub(super) fn kind(parameters: &Parameters) -> Result<Kind, Refusal> {
    let number = integer(parameters.get("entityTypeId")).ok_or_else(|| Refusal::missing("entityTypeId"))?;
    Kind::of(number).ok_or_else(|| Refusal::new(400, "NOT_FOUND", "No such entity type"))
}

/// Keeps the fields asked for; `*` stands for all, and the id is always there.
pub(super) fn select(mut item: Map<String, Value>, wanted: Option<&Value>) -> Map<String, Value> {
    let wanted: Vec<&str> = wanted
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    if !wanted.is_empty() && !wanted.contains(&"*") {
        item.retain(|name, _| name == "id" || wanted.contains(&name.as_str()));
    }
    item
}
