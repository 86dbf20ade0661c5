//! `/v1/audit`: what operators did and were refused, a chain for each merchant.

use crate::access::Authenticated;
use crate::api::asked::Faults;
use crate::api::page;
use crate::api::payments::shown;
use crate::api::refusals::Reading;
use crate::app::App;
use crate::extract::Query;
use crate::problem::{MEDIA_TYPE, Problem, ProblemBody};
use axum::extract::State;
use axum::response::Response;
use kamurj_domain::time;
use kamurj_store::audit_log::{self, Entry, Filter};
use kamurj_store::operators;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct AuditQuery {
    /// Who: `op_…`.
    pub actor: Option<String>,
    /// What: `POST /v1/payments/{id}/refunds`.
    pub action: Option<String>,
    /// RFC 3339: at this time or later.
    pub from: Option<String>,
    /// RFC 3339: before this time.
    pub to: Option<String>,
    /// How many, 1 to 200; 50 where it is left out.
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Something that an operator did, or was refused.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEntryBody {
    /// Its place, from 1, without gaps.
    pub sequence: i64,
    /// RFC 3339, UTC.
    pub at: String,
    /// `op_…`.
    pub actor: String,
    /// Their name; absent where they are not known any more.
    pub actor_name: Option<String>,
    /// As what they did it.
    pub role: String,
    /// What: method and path of the API, or `sign in`.
    pub action: String,
    /// The id that it was about; may be empty.
    pub target: String,
    /// `done` or `refused`.
    pub outcome: String,
    /// The HTTP status of the answer.
    pub status: i64,
    /// From where, as a keyed hash: the same network has the same. No address is kept.
    pub address: Option<String>,
    /// By which it is found in logs.
    pub request_id: String,
    /// What was sent, without secrets and with customers' names masked.
    #[schema(value_type = Object)]
    pub detail: serde_json::Value,
    /// The chain's hash up to this entry.
    pub hash: String,
}

/// Where a chain ends.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChainBody {
    /// How many entries it has.
    pub length: i64,
    /// The hash of the last. Kept elsewhere, it proves later that nothing before it was changed.
    pub head: String,
}

/// A page of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditBody {
    /// The newest first.
    pub entries: Vec<AuditEntryBody>,
    /// For the next page; absent on the last.
    pub next_cursor: Option<String>,
    /// Where the chain ends.
    pub chain: ChainBody,
}

impl AuditQuery {
    fn check(self, faults: &mut Faults) -> Filter {
        let mut read = |pointer: &str, text: Option<&str>| {
            let at = text.map(time::parse);
            if at == Some(None) {
                faults.add(pointer, "must be an RFC 3339 time such as 2026-11-24T12:00:00Z");
            }
            at.flatten()
        };
        let (from, to) = (read("/from", self.from.as_deref()), read("/to", self.to.as_deref()));
        let before = self.cursor.as_deref().map(str::parse::<i64>);
        if matches!(before, Some(Err(_))) {
            faults.add("/cursor", "take it from `next_cursor`");
        }
        Filter { actor: self.actor, action: self.action, from, to, before: before.and_then(Result::ok) }
    }
}

/// What operators did and were refused, the newest first.
#[utoipa::path(
    get,
    path = "/v1/audit",
    tag = "people",
    params(AuditQuery),
    responses(
        (status = 200, description = "A page of the audit log", body = AuditBody),
        Reading,
        (status = 403, description = "The key lacks the scope", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 422, description = "A wrong filter, limit or cursor", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["audit"]))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Query(query): Query<AuditQuery>,
) -> Result<Response, Problem> {
    let mut faults = Faults::default();
    let limit = page::limit(query.limit, 50, &mut faults);
    let filter = query.check(&mut faults);
    faults.end()?;
    let mut tx = app.db.snapshot().await?;
    let mut found = audit_log::page(&mut tx, &caller.merchant_id, &filter, limit + 1).await?;
    let length = usize::try_from(limit).unwrap_or(usize::MAX);
    let next_cursor = (found.len() > length).then(|| {
        found.truncate(length);
        found.last().map(|last| last.sequence.to_string())
    });
    let members = operators::members(&mut tx, &caller.merchant_id).await?;
    let names: BTreeMap<&str, &str> = members.iter().map(|member| (member.id.as_str(), member.name.as_str())).collect();
    let (length, head) = audit_log::head(&mut tx, &caller.merchant_id).await?;
    Ok(shown(&AuditBody {
        entries: found.into_iter().map(|entry| told(entry, &names)).collect(),
        next_cursor: next_cursor.flatten(),
        chain: ChainBody { length, head },
    }))
}

fn told(entry: Entry, names: &BTreeMap<&str, &str>) -> AuditEntryBody {
    AuditEntryBody {
        sequence: entry.sequence,
        at: time::rfc3339(entry.at),
        actor_name: names.get(entry.actor.as_str()).map(|name| (*name).to_owned()),
        actor: entry.actor,
        role: entry.role,
        action: entry.action,
        target: entry.target,
        outcome: entry.outcome,
        status: entry.status,
        address: entry.origin,
        request_id: entry.request_id,
        detail: serde_json::from_str(&entry.detail).unwrap_or_default(),
        hash: entry.hash,
    }
}
