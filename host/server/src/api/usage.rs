//! `/v1/installations/{id}/usage`: what an installation has used in the last day, how much it keeps, and what is left of its
//! budgets.

use crate::access::Authenticated;
use crate::api::installations::own;
use crate::api::refusals::Reading;
use crate::app::App;
use crate::extract::Path;
use crate::problem::{Kind, MEDIA_TYPE, Problem, ProblemBody};
use crate::work::remotes::{self, Left};
use axum::Json;
use axum::extract::State;
use kamurj_domain::time;
use kamurj_plugins::contract::RateScope;
use kamurj_plugins::{Grants, SLICE};
use kamurj_store::installations;
use kamurj_store::runs::usage::{self, Used};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

const DAY: i64 = 24 * 60 * 60 * 1000;

/// What an installation uses.
#[derive(Debug, Serialize, ToSchema)]
pub struct UsageBody {
    /// The sums are of runs that began since then: RFC 3339, UTC.
    pub since: String,
    /// How many runs ended in which way; `running` are those under way.
    pub runs: BTreeMap<String, i64>,
    /// CPU time of all of them.
    pub cpu_ms: i64,
    /// The most memory that one of them held.
    pub memory_peak_bytes: i64,
    /// Host calls.
    pub host_calls: i64,
    /// HTTP requests among them.
    pub http_requests: i64,
    /// Host calls that were refused because nobody granted them.
    pub refused: i64,
    /// What it keeps now.
    pub state: KeptBody,
    /// Budgets of requests, as they were granted.
    pub budgets: Vec<BudgetBody>,
    /// For how long a service has asked the whole connection to pause, in milliseconds.
    pub pause_ms: i64,
}

/// How much an installation keeps.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeptBody {
    /// Keys.
    pub keys: i64,
    /// Bytes of all values together.
    pub bytes: i64,
    /// The most keys that it may keep.
    pub most_keys: u32,
    /// The most bytes.
    pub most_bytes: u32,
}

/// A budget of requests.
#[derive(Debug, Serialize, ToSchema)]
pub struct BudgetBody {
    /// The origin as it was granted.
    pub origin: String,
    /// So many requests …
    pub requests: u32,
    /// … in so many milliseconds.
    pub per_ms: u32,
    /// Who shares it: `installation`, `origin` or `address`.
    pub scope: String,
    /// Requests that may be made at once; absent where each name below the domain has a budget of its own.
    pub left: Option<i64>,
    /// Until the next one where none is left, in milliseconds.
    pub next_in_ms: i64,
}

impl From<Left> for BudgetBody {
    fn from(left: Left) -> Self {
        let scope = match left.rate.scope {
            RateScope::Installation => "installation",
            RateScope::Origin => "origin",
            RateScope::Address => "address",
        };
        Self {
            origin: left.origin,
            requests: left.rate.requests,
            per_ms: left.rate.per_ms,
            scope: scope.to_owned(),
            left: left.requests,
            next_in_ms: left.after_ms,
        }
    }
}

/// What an installation has used in the last day, and what is left of its budgets.
#[utoipa::path(
    get,
    path = "/v1/installations/{id}/usage",
    tag = "plugins",
    params(("id" = String, Path, description = "ins_…")),
    responses(
        (status = 200, description = "Sums and budgets", body = UsageBody),
        Reading,
        (status = 404, description = "No such installation for this key", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = []))
)]
pub async fn get(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
) -> Result<Json<UsageBody>, Problem> {
    let now = app.now();
    let since = now - DAY;
    let (installation, used, kept) = {
        let mut tx = app.db.read().await?;
        let installation = own(&caller, installations::by_id(&mut tx, &id).await?)?;
        let used = usage::since(&mut tx, &id, since).await?;
        let kept = usage::kept(&mut tx, &id, now).await?;
        (installation, used, kept)
    };
    let grants: Grants = serde_json::from_str(&installation.grants).map_err(|error| {
        tracing::error!(installation.id = id, %error, "stored grants cannot be read");
        Problem::new(Kind::Unavailable, "The installation's rights cannot be read.")
    })?;
    let (budgets, pause_ms) = remotes::left(&app, &installation, &grants).await;
    let sum = |part: fn(&Used) -> i64| used.iter().map(part).sum::<i64>();
    let slice = i64::try_from(SLICE.as_millis()).unwrap_or(i64::MAX);
    Ok(Json(UsageBody {
        since: time::rfc3339(since),
        cpu_ms: sum(|one| one.slices) * slice,
        memory_peak_bytes: used.iter().map(|one| one.memory_bytes).max().unwrap_or_default(),
        host_calls: sum(|one| one.calls),
        http_requests: sum(|one| one.http_requests),
        refused: sum(|one| one.refused),
        runs: used.into_iter().map(|one| (word(one.ended), one.runs)).collect(),
        state: KeptBody {
            keys: kept.keys,
            bytes: kept.bytes,
            most_keys: grants.state.keys,
            most_bytes: grants.state.bytes,
        },
        budgets: budgets.into_iter().map(BudgetBody::from).collect(),
        pause_ms,
    }))
}

fn word(ended: String) -> String {
    if ended.is_empty() { "running".to_owned() } else { ended }
}
