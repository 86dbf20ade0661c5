//! `/v1/provider-accounts/{id}/calls`: what was said to a provider and what it said, for people who look for a cause. Secrets
//! and card numbers were masked before it was written down.

use crate::access::Authenticated;
use crate::api::page::{self, PageQuery};
use crate::api::payments::shown;
use crate::api::provider_accounts::own;
use crate::api::refusals::Reading;
use crate::app::App;
use crate::extract::{Path, Query};
use crate::problem::{Kind, MEDIA_TYPE, Problem, ProblemBody};
use crate::work::calls::{Exchange, call_place};
use axum::extract::State;
use axum::response::Response;
use kamurj_domain::time;
use kamurj_store::provider_calls::{self, ProviderCall};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A page of calls.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderCallsBody {
    /// The newest first.
    pub calls: Vec<ProviderCallBody>,
    /// For the next page; absent on the last.
    pub next_cursor: Option<String>,
}

/// One call to a provider.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderCallBody {
    /// `cal_…`.
    pub id: String,
    /// What it was for, by the provider's own name of it: `register.do`.
    pub operation: String,
    /// The attempt that it was about, where it was about one.
    pub attempt: Option<String>,
    /// RFC 3339, UTC.
    pub began_at: String,
    /// Milliseconds.
    pub took_ms: i64,
    /// The HTTP status; null where there was no answer.
    pub status: Option<i64>,
    /// Method and address.
    pub address: String,
    /// The request's body, its first 4 KiB, with `•••` in place of secrets.
    pub request: String,
    /// The answer's body in the same way; or why there was none.
    pub answer: String,
}

impl ProviderCallBody {
    fn open(app: &App, call: ProviderCall) -> Result<Self, Problem> {
        let bytes = app.sealer.open(&call_place(&call.id), &call.exchange_sealed)?;
        let exchange: Exchange = serde_json::from_slice(&bytes)
            .map_err(|_| Problem::new(Kind::Unavailable, "A call that was written down cannot be read."))?;
        Ok(Self {
            id: call.id,
            operation: call.operation,
            attempt: call.attempt_id,
            began_at: time::rfc3339(call.began_at),
            took_ms: call.took_ms,
            status: call.status,
            address: exchange.address,
            request: exchange.request,
            answer: exchange.answer,
        })
    }
}

/// The calls made to a provider for this account, the newest first. They are kept as long as records of runs.
#[utoipa::path(
    get,
    path = "/v1/provider-accounts/{id}/calls",
    tag = "provider accounts",
    params(("id" = String, Path, description = "acc_…"), PageQuery),
    responses(
        (status = 200, description = "A page of the list", body = ProviderCallsBody),
        Reading,
        (status = 404, description = "No such account for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 422, description = "A wrong limit or cursor", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["providers"]))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Response, Problem> {
    let (limit, before) = query.read()?;
    let mut tx = app.db.read().await?;
    own(&mut tx, &caller, &id).await?;
    let (at, last) = before.unwrap_or((i64::MAX, String::new()));
    let mut found = provider_calls::of_account(&mut tx, &id, (at, &last), limit + 1).await?;
    let next_cursor = page::cut(&mut found, limit, |last| (last.began_at, last.id.clone()));
    let calls = found.into_iter().map(|call| ProviderCallBody::open(&app, call)).collect::<Result<_, _>>()?;
    Ok(shown(&ProviderCallsBody { calls, next_cursor }))
}
