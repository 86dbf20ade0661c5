//! What is written into the timeline: comments, and log messages, which take invoices too. Refusals of the former carry an empty
//! `error`, as they do in the portal. It must not know what is said.

use serde::Serialize;
use serde_json::{Value, json};

use super::items::{Key, Kind, kind};
use super::refusal::{Found, Parameters, Refusal, fields_of, integer, object, text};
use super::{Asked, State};
use crate::rfc3339;

pub(super) struct Comment {
    id: i64,
    text: String,
    at: i64,
}

pub(super) struct LogMessage {
    id: i64,
    title: String,
    text: String,
    icon: String,
    at: i64,
    /// Who wrote it: each app and each webhook lists its own alone.
    by: String,
}

/// A comment as the play page shows it.
#[derive(Clone, Debug, Serialize)]
pub struct CommentView {
    /// Id in the portal.
    pub id: i64,
    /// What it says.
    pub text: String,
}

/// A log message as the play page shows it.
#[derive(Clone, Debug, Serialize)]
pub struct LogView {
    /// Id in the portal.
    pub id: i64,
    /// Its heading.
    pub title: String,
    /// What it says.
    pub text: String,
}

impl Comment {
    pub(super) fn view(&self) -> CommentView {
        CommentView { id: self.id, text: self.text.clone() }
    }
}

impl LogMessage {
    pub(super) fn view(&self) -> LogView {
        LogView { id: self.id, title: self.title.clone(), text: self.text.clone() }
    }

    fn row(&self, author: i64) -> Value {
        json!({
            "id": self.id, "created": rfc3339(self.at), "authorId": author, "title": self.title, "text": self.text,
            "iconCode": self.icon,
        })
    }
}

impl State {
    pub(super) fn add_comment(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        let fields = fields_of(asked.parameters)?;
        let deal = self.owner(&fields)?;
        let text = text(&fields, "COMMENT").ok_or_else(|| Refusal::unnamed("Field 'COMMENT' is required"))?;
        Ok(Found::one(json!(self.write_comment((Kind::Deal, deal), text, asked.now))))
    }

    /// Writes a comment to an item that exists; returns its id.
    pub(super) fn write_comment(&mut self, key: Key, text: &str, at: i64) -> i64 {
        self.last_comment_id += 1;
        let id = self.last_comment_id;
        if let Some(item) = self.items.get_mut(&key) {
            item.comments.push(Comment { id, text: text.to_owned(), at });
        }
        id
    }

    pub(super) fn update_comment(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        let id = integer(asked.parameters.get("id")).ok_or_else(|| Refusal::missing("id"))?;
        let fields = fields_of(asked.parameters)?;
        let said = text(&fields, "COMMENT").ok_or_else(|| Refusal::unnamed("Field 'COMMENT' is required"))?;
        let mut comments = self.items.values_mut().flat_map(|item| &mut item.comments);
        let comment = comments.find(|comment| comment.id == id).ok_or_else(|| Refusal::unnamed("Not found"))?;
        said.clone_into(&mut comment.text);
        Ok(Found::one(json!(true)))
    }

    pub(super) fn list_comments(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        let parameters = asked.parameters;
        let deal = self.owner(&object(parameters, "filter"))?;
        let author = &self.user;
        let comments = self.items.get(&(Kind::Deal, deal)).map(|deal| deal.comments.as_slice()).unwrap_or_default();
        let mut rows: Vec<Value> = comments
            .iter()
            .map(|comment| {
                json!({
                    "ID": comment.id.to_string(), "ENTITY_ID": deal, "ENTITY_TYPE": "deal", "CREATED": rfc3339(comment.at),
                    "COMMENT": comment.text, "AUTHOR_ID": author,
                })
            })
            .collect();
        if newest_first(parameters) {
            rows.reverse();
        }
        Ok(Found::paged(rows, parameters, Value::Array))
    }

    /// The deal that `ENTITY_TYPE` and `ENTITY_ID` name. Which word would stand for an invoice is written nowhere, so none does.
    fn owner(&self, fields: &Parameters) -> Result<i64, Refusal> {
        let kind = fields
            .get("ENTITY_TYPE")
            .and_then(Value::as_str)
            .ok_or_else(|| Refusal::unnamed("Field 'ENTITY_TYPE' is required"))?;
        let id = integer(fields.get("ENTITY_ID")).ok_or_else(|| Refusal::unnamed("Field 'ENTITY_ID' is required"))?;
        if kind != "deal" {
            return Err(Refusal::unnamed("Entity type is not supported"));
        }
        if !self.items.contains_key(&(Kind::Deal, id)) {
            return Err(Refusal::unnamed("Owner was not found"));
        }
        Ok(id)
    }

    pub(super) fn add_log_message(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        let fields = fields_of(asked.parameters)?;
        let key = self.log_owner(&fields)?;
        let wanted = |name: &str| text(&fields, name).map(str::to_owned).ok_or_else(|| Refusal::missing(name));
        let (title, said) = (wanted("title")?, wanted("text")?);
        let icon = text(&fields, "iconCode").unwrap_or("info").to_owned();
        self.last_comment_id += 1;
        let (id, at) = (self.last_comment_id, asked.now);
        let message = LogMessage { id, title, text: said, icon, at, by: asked.caller.name.clone() };
        let row = message.row(self.user_id());
        if let Some(item) = self.items.get_mut(&key) {
            item.logs.push(message);
        }
        Ok(Found::one(json!({ "logMessage": row })))
    }

    pub(super) fn list_log_messages(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        let key = self.log_owner(asked.parameters)?;
        let author = self.user_id();
        let logs = self.items.get(&key).map(|item| item.logs.as_slice()).unwrap_or_default();
        let own = logs.iter().filter(|message| message.by == asked.caller.name);
        let mut rows: Vec<Value> = own.map(|message| message.row(author)).collect();
        if newest_first(asked.parameters) {
            rows.reverse();
        }
        Ok(Found::paged(rows, asked.parameters, Value::Array))
    }

    fn log_owner(&self, fields: &Parameters) -> Result<Key, Refusal> {
        let not_found = || Refusal::new(400, "OWNER_NOT_FOUND", "Owner was not found");
        if integer(fields.get("entityTypeId")).is_none() {
            return Err(Refusal::missing("entityTypeId"));
        }
        let id = integer(fields.get("entityId")).ok_or_else(|| Refusal::missing("entityId"))?;
        let key = (kind(fields).map_err(|_| not_found())?, id);
        if self.items.contains_key(&key) { Ok(key) } else { Err(not_found()) }
    }
}

fn newest_first(parameters: &Parameters) -> bool {
    let order = object(parameters, "order");
    order.values().any(|way| way.as_str().is_some_and(|way| way.eq_ignore_ascii_case("DESC")))
}
