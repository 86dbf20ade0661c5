//! `crm.item.get`, `.list`, `.add` and `.update` for deals, the only kind of item here. It must not know how values are
//! checked or calls arrive.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::State;
use super::api::{Found, Parameters, Refusal, integer, object};
use super::fields::{spelled, wants_original_names};
use super::filter::Filter;
use super::timeline::{Comment, CommentView};
use crate::rfc3339;

/// `entityTypeId` of deals.
const DEAL: i64 = 2;
/// How many rows a list answers with.
const PAGE: usize = 50;

pub(super) struct Deal {
    id: i64,
    /// Writable fields by their camelCase name, custom ones by their `UF_CRM_…` name.
    fields: Map<String, Value>,
    created_at: i64,
    updated_at: i64,
    moved_at: i64,
    saves: u32,
    moves: Vec<String>,
    pub(super) comments: Vec<Comment>,
}

/// A deal as the play page shows it.
#[derive(Clone, Debug, Serialize)]
pub struct DealView {
    /// Id in the portal.
    pub id: i64,
    /// Name on the board.
    pub title: String,
    /// The stage it is in.
    pub stage_id: String,
    /// The sum, as the portal writes it.
    pub opportunity: Value,
    /// ISO 4217 code.
    pub currency_id: String,
    /// All fields that were ever set, custom ones under `UF_CRM_…`.
    pub fields: Map<String, Value>,
    /// The timeline, oldest first.
    pub comments: Vec<CommentView>,
    /// Stages it was in, in order, the first one included.
    pub moves: Vec<String>,
    /// Updates that changed something.
    pub saves: u32,
}

impl Deal {
    pub(super) fn view(&self) -> DealView {
        let text = |name: &str| self.fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        DealView {
            id: self.id,
            title: text("title"),
            stage_id: text("stageId"),
            opportunity: self.fields.get("opportunity").cloned().unwrap_or_default(),
            currency_id: text("currencyId"),
            fields: self.fields.clone(),
            comments: self.comments.iter().map(Comment::view).collect(),
            moves: self.moves.clone(),
            saves: self.saves,
        }
    }
}

impl State {
    pub(super) fn get_item(&mut self, parameters: &Parameters, _now: i64) -> Result<Found, Refusal> {
        check_type(parameters)?;
        let item = self.item(self.wanted_deal(parameters)?, wants_original_names(parameters));
        Ok(Found::one(json!({"item": item})))
    }

    pub(super) fn add_item(&mut self, parameters: &Parameters, now: i64) -> Result<Found, Refusal> {
        check_type(parameters)?;
        let fields = self.read_fields(parameters)?;
        let id = self.make_deal(fields, now);
        let item = self
            .item(self.wanted_deal(&Map::from_iter([("id".to_owned(), id.into())]))?, wants_original_names(parameters));
        Ok(Found::one(json!({"item": item})))
    }

    pub(super) fn update_item(&mut self, parameters: &Parameters, now: i64) -> Result<Found, Refusal> {
        check_type(parameters)?;
        let id = self.wanted_deal(parameters)?.id;
        let fields = self.read_fields(parameters)?;
        self.save_deal(id, fields, now);
        let item = self.item(self.wanted_deal(parameters)?, wants_original_names(parameters));
        Ok(Found::one(json!({"item": item})))
    }

    pub(super) fn list_items(&mut self, parameters: &Parameters, _now: i64) -> Result<Found, Refusal> {
        check_type(parameters)?;
        let original = wants_original_names(parameters);
        let filter = Filter::read(&object(parameters, "filter"));
        let mut rows: Vec<Map<String, Value>> =
            self.deals.values().map(|deal| self.item(deal, original)).filter(|item| filter.admits(item)).collect();
        super::filter::sort(&mut rows, &object(parameters, "order"));
        let total = rows.len();
        let start = usize::try_from(integer(parameters.get("start")).unwrap_or(0)).unwrap_or(0);
        let page = rows.into_iter().skip(start).take(PAGE).map(|row| select(row, parameters.get("select")));
        let page: Vec<Value> = page.map(Value::Object).collect();
        let next = (start + PAGE < total).then_some(start + PAGE);
        Ok(Found::page(json!({"items": page}), total, next))
    }

    /// Makes a deal from fields that were checked already, and returns its id.
    pub(super) fn make_deal(&mut self, mut fields: Map<String, Value>, now: i64) -> i64 {
        let id = self.deals.last_key_value().map_or(1, |(last, _)| last + 1);
        let usual = [
            ("title", json!(format!("Deal #{id}"))),
            ("stageId", json!("NEW")),
            ("opportunity", json!(0)),
            ("currencyId", json!("AMD")),
            ("isManualOpportunity", json!("N")),
            ("assignedById", json!(integer(Some(&json!(self.user))).unwrap_or(1))),
            ("opened", json!("Y")),
        ];
        for (name, value) in usual {
            fields.entry(name).or_insert(value);
        }
        let moves = vec![fields["stageId"].as_str().unwrap_or_default().to_owned()];
        let deal =
            Deal { id, fields, created_at: now, updated_at: now, moved_at: now, saves: 0, moves, comments: Vec::new() };
        self.deals.insert(id, deal);
        id
    }

    /// Saves fields that were checked already; equal values save nothing. Returns whether the deal exists.
    pub(super) fn save_deal(&mut self, id: i64, fields: Map<String, Value>, now: i64) -> bool {
        let Some(deal) = self.deals.get_mut(&id) else {
            return false;
        };
        let mut changed = false;
        for (name, value) in fields {
            if deal.fields.get(&name) == Some(&value) {
                continue;
            }
            if name == "stageId" {
                deal.moves.push(value.as_str().unwrap_or_default().to_owned());
                deal.moved_at = now;
            }
            deal.fields.insert(name, value);
            changed = true;
        }
        if changed {
            deal.updated_at = now;
            deal.saves += 1;
        }
        true
    }

    fn wanted_deal(&self, parameters: &Parameters) -> Result<&Deal, Refusal> {
        let id = integer(parameters.get("id")).ok_or_else(|| Refusal::missing("id"))?;
        // The number 0 as the error code: that is how the portal says that there is no such item.
        self.deals.get(&id).ok_or_else(|| Refusal::new(400, 0, "Element not found"))
    }

    /// The item object with all its fields.
    fn item(&self, deal: &Deal, original: bool) -> Map<String, Value> {
        let stage = deal.fields.get("stageId").and_then(Value::as_str).unwrap_or_default();
        let semantics = self.semantics(stage);
        let user = integer(Some(&json!(self.user))).unwrap_or(1);
        let own = [
            ("id", json!(deal.id)),
            ("entityTypeId", json!(DEAL)),
            ("categoryId", json!(0)),
            ("createdTime", json!(rfc3339(deal.created_at))),
            ("updatedTime", json!(rfc3339(deal.updated_at))),
            ("movedTime", json!(rfc3339(deal.moved_at))),
            ("createdBy", json!(user)),
            ("updatedBy", json!(user)),
            ("stageSemanticId", json!(semantics.unwrap_or("P"))),
            ("closed", json!(if semantics.is_some() { "Y" } else { "N" })),
            ("contactId", json!(0)),
            ("contactIds", json!([])),
            ("companyId", json!(0)),
            ("originatorId", json!("")),
            ("originId", json!("")),
            ("comments", json!("")),
            ("sourceId", json!("")),
            ("sourceDescription", json!("")),
            ("additionalInfo", json!("")),
            ("typeId", json!("")),
        ];
        let mut item: Map<String, Value> = own.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        for (name, value) in deal.fields.iter().filter(|(name, _)| !name.starts_with("UF_")) {
            item.insert(name.clone(), value.clone());
        }
        for custom in &self.custom_fields {
            item.insert(spelled(custom, original), deal.fields.get(custom).cloned().unwrap_or_default());
        }
        item
    }
}

fn check_type(parameters: &Parameters) -> Result<(), Refusal> {
    match integer(parameters.get("entityTypeId")) {
        None => Err(Refusal::missing("entityTypeId")),
        Some(DEAL) => Ok(()),
        Some(_) => Err(Refusal::new(400, "NOT_FOUND", "No such entity type")),
    }
}

/// Keeps the fields asked for; `*` stands for all, and the id is always there.
fn select(mut item: Map<String, Value>, wanted: Option<&Value>) -> Map<String, Value> {
    let wanted: Vec<&str> = wanted
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    if !wanted.is_empty() && !wanted.contains(&"*") {
        item.retain(|name, _| name == "id" || wanted.contains(&name.as_str()));
    }
    item
}
