//! `crm.timeline.comment.add` and `.list` for deals. Refusals here carry an empty `error`, as they do in the portal.
//! It must not know what a comment says.

use serde::Serialize;
use serde_json::{Value, json};

use super::State;
use super::api::{Found, Parameters, Refusal, integer, object};
use crate::rfc3339;

/// How many rows a list answers with.
const PAGE: usize = 50;

pub(super) struct Comment {
    id: i64,
    text: String,
    at: i64,
}

/// A comment as the play page shows it.
#[derive(Clone, Debug, Serialize)]
pub struct CommentView {
    /// Id in the portal.
    pub id: i64,
    /// What it says.
    pub text: String,
}

impl Comment {
    pub(super) fn view(&self) -> CommentView {
        CommentView { id: self.id, text: self.text.clone() }
    }
}

impl State {
    pub(super) fn add_comment(&mut self, parameters: &Parameters, now: i64) -> Result<Found, Refusal> {
        if !parameters.contains_key("fields") {
            return Err(Refusal::missing("fields"));
        }
        let fields = object(parameters, "fields");
        let deal = self.owner(&fields)?;
        let text = fields.get("COMMENT").and_then(Value::as_str).filter(|text| !text.trim().is_empty());
        let text = text.ok_or_else(|| unnamed("Field 'COMMENT' is required"))?.to_owned();
        self.last_comment_id += 1;
        let id = self.last_comment_id;
        if let Some(deal) = self.deals.get_mut(&deal) {
            deal.comments.push(Comment { id, text, at: now });
        }
        Ok(Found::one(json!(id)))
    }

    pub(super) fn list_comments(&mut self, parameters: &Parameters, _now: i64) -> Result<Found, Refusal> {
        let deal = self.owner(&object(parameters, "filter"))?;
        let mut rows: Vec<Value> = self.deals[&deal]
            .comments
            .iter()
            .map(|comment| {
                json!({
                    "ID": comment.id.to_string(), "ENTITY_ID": deal, "ENTITY_TYPE": "deal", "CREATED": rfc3339(comment.at),
                    "COMMENT": comment.text, "AUTHOR_ID": self.user,
                })
            })
            .collect();
        let newest_first = object(parameters, "order")
            .values()
            .any(|way| way.as_str().is_some_and(|way| way.eq_ignore_ascii_case("DESC")));
        if newest_first {
            rows.reverse();
        }
        let total = rows.len();
        let start = usize::try_from(integer(parameters.get("start")).unwrap_or(0)).unwrap_or(0);
        let page: Vec<Value> = rows.into_iter().skip(start).take(PAGE).collect();
        Ok(Found::page(Value::Array(page), total, (start + PAGE < total).then_some(start + PAGE)))
    }

    /// The deal that `ENTITY_TYPE` and `ENTITY_ID` name.
    fn owner(&self, fields: &Parameters) -> Result<i64, Refusal> {
        let kind = fields
            .get("ENTITY_TYPE")
            .and_then(Value::as_str)
            .ok_or_else(|| unnamed("Field 'ENTITY_TYPE' is required"))?;
        let id = integer(fields.get("ENTITY_ID")).ok_or_else(|| unnamed("Field 'ENTITY_ID' is required"))?;
        if kind != "deal" {
            return Err(unnamed("Entity type is not supported"));
        }
        if !self.deals.contains_key(&id) {
            return Err(unnamed("Owner was not found"));
        }
        Ok(id)
    }
}

/// A refusal whose `error` is an empty text.
fn unnamed(description: &str) -> Refusal {
    Refusal::new(400, "", description)
}
