//! `GET /v1/installations/{id}/comparisons`: what a plugin's comparison of its service with the journal found.

use crate::access::Authenticated;
use crate::api::installations::own;
use crate::api::payments::shown;
use crate::api::refusals::Reading;
use crate::app::App;
use crate::extract::Path;
use crate::problem::{Kind, MEDIA_TYPE, Problem, ProblemBody};
use axum::extract::State;
use axum::response::Response;
use kamurj_domain::time;
use kamurj_store::comparisons::{self, Comparison, Difference};
use kamurj_store::installations;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Comparisons that are listed; older ones are not kept.
const LISTED: i64 = 14;

/// One comparison of a service with the journal.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComparisonBody {
    /// `cmp_…`.
    pub id: String,
    /// RFC 3339, UTC.
    pub began_at: String,
    /// RFC 3339, UTC.
    pub ended_at: Option<String>,
    /// How many payments were looked at.
    pub compared: i64,
    /// How many things differ.
    pub differing: i64,
    /// Where one comparison is asked for: what differs, a thousand things at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub differences: Option<Vec<DifferenceBody>>,
}

/// One thing that the service shows otherwise than it is. No payment is changed by it.
#[derive(Debug, Serialize, ToSchema)]
pub struct DifferenceBody {
    /// `pay_…`.
    pub payment: String,
    /// The record at the service: its kind.
    pub entity_type: Option<String>,
    /// And its id.
    pub entity_id: Option<String>,
    /// `status`, `amount`, `stage`, `record` (it is gone), or a word of the plugin's own.
    pub field: String,
    /// What is so.
    pub ours: String,
    /// What the service shows.
    pub theirs: String,
    /// What to do, in one sentence.
    pub message: String,
}

/// An installation's comparisons.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComparisonsBody {
    /// The newest first.
    pub comparisons: Vec<ComparisonBody>,
}

impl From<Comparison> for ComparisonBody {
    fn from(comparison: Comparison) -> Self {
        Self {
            id: comparison.id,
            began_at: time::rfc3339(comparison.began_at),
            ended_at: comparison.ended_at.map(time::rfc3339),
            compared: comparison.compared,
            differing: comparison.differing,
            differences: None,
        }
    }
}

impl From<Difference> for DifferenceBody {
    fn from(difference: Difference) -> Self {
        Self {
            payment: difference.payment_id,
            entity_type: difference.entity_type,
            entity_id: difference.entity_id,
            field: difference.field,
            ours: difference.ours,
            theirs: difference.theirs,
            message: difference.message,
        }
    }
}

/// The comparisons that have ended, the newest first; the last fourteen are kept.
#[utoipa::path(
    get,
    path = "/v1/installations/{id}/comparisons",
    tag = "installations",
    params(("id" = String, Path, description = "ins_…")),
    responses(
        (status = 200, description = "The comparisons", body = ComparisonsBody),
        Reading,
        (status = 404, description = "No such installation for this key", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = []))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let mut tx = app.db.read().await?;
    own(&caller, installations::by_id(&mut tx, &id).await?)?;
    let all = comparisons::of(&mut tx, &id, LISTED).await?;
    Ok(shown(&ComparisonsBody { comparisons: all.into_iter().map(Into::into).collect() }))
}

/// One comparison with all that differs.
#[utoipa::path(
    get,
    path = "/v1/installations/{id}/comparisons/{comparison}",
    tag = "installations",
    params(
        ("id" = String, Path, description = "ins_…"),
        ("comparison" = String, Path, description = "cmp_…"),
    ),
    responses(
        (status = 200, description = "The comparison", body = ComparisonBody),
        Reading,
        (status = 404, description = "No such comparison for this key", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = []))
)]
pub async fn get(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path((id, comparison)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let mut tx = app.db.read().await?;
    own(&caller, installations::by_id(&mut tx, &id).await?)?;
    let all = comparisons::of(&mut tx, &id, LISTED).await?;
    let found = all.into_iter().find(|one| one.id == comparison);
    let found =
        found.ok_or_else(|| Problem::new(Kind::NotFound, "This installation has no comparison with this id."))?;
    let differences = comparisons::differences(&mut tx, &found.id).await?;
    let differences = Some(differences.into_iter().map(Into::into).collect());
    Ok(shown(&ComparisonBody { differences, ..ComparisonBody::from(found) }))
}
