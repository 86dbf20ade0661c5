//! `GET /v1/payments/{id}/journal`: everything that happened to a payment, in order.

use crate::access::Authenticated;
use crate::api::payments::own;
use crate::api::refusals::Reading;
use crate::app::App;
use crate::extract::{Path, Query};
use crate::problem::{FieldError, MEDIA_TYPE, Problem, ProblemBody};
use axum::Json;
use axum::extract::State;
use kamurj_domain::time;
use kamurj_store::journal;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which part of the journal.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// How many entries, 1 to 200; 100 where it is left out.
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// One entry.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryBody {
    /// Its place, from 1, without gaps.
    pub sequence: i64,
    /// RFC 3339, UTC.
    pub at: String,
    /// What happened.
    pub kind: String,
    /// Who caused it.
    pub actor: String,
    /// The particulars.
    #[schema(value_type = Object)]
    pub body: serde_json::Value,
    /// Hash of the chain up to this entry.
    pub hash: String,
}

/// A page of the journal.
#[derive(Debug, Serialize, ToSchema)]
pub struct JournalBody {
    /// The entries, in order.
    pub entries: Vec<EntryBody>,
    /// For the next page; absent on the last.
    pub next_cursor: Option<String>,
}

/// Everything that happened to a payment, with who, when and on what evidence.
#[utoipa::path(
    get,
    path = "/v1/payments/{id}/journal",
    tag = "payments",
    params(("id" = String, Path, description = "pay_…"), PageQuery),
    responses(
        (status = 200, description = "A page of the journal", body = JournalBody),
        Reading,
        (status = 404, description = "No such payment for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 422, description = "A wrong limit or cursor", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = []))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    Query(page): Query<PageQuery>,
) -> Result<Json<JournalBody>, Problem> {
    let wrong = |pointer: &str, detail: &str| {
        Problem::invalid(vec![FieldError { pointer: pointer.to_owned(), detail: detail.to_owned() }])
    };
    let limit = page.limit.unwrap_or(100);
    if !(1..=200).contains(&limit) {
        return Err(wrong("/limit", "must be 1 to 200"));
    }
    let after = match page.cursor.as_deref() {
        None => 0,
        Some(cursor) => cursor.parse().map_err(|_| wrong("/cursor", "take it from `next_cursor`"))?,
    };
    let mut tx = app.db.read().await?;
    let payment = own(&mut tx, &caller, &id).await?;
    let entries = journal::page(&mut tx, &payment.id, after, limit).await?;
    let last = entries.last().map_or(0, |entry| entry.sequence);
    let next_cursor = (last > 0 && last < payment.journal_length).then(|| last.to_string());
    let entries = entries
        .into_iter()
        .map(|entry| EntryBody {
            sequence: entry.sequence,
            at: time::rfc3339(entry.at),
            kind: entry.kind,
            actor: entry.actor,
            body: serde_json::from_str(&entry.body).unwrap_or(serde_json::Value::String(entry.body)),
            hash: entry.hash,
        })
        .collect();
    Ok(Json(JournalBody { entries, next_cursor }))
}
