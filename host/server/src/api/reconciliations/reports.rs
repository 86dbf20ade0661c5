//! `GET /v1/reconciliations` and `GET /v1/reconciliations/{id}`: reports, and how far each is.

use super::report_body::ReportBody;
use crate::access::Authenticated;
use crate::api::page::{self, PageQuery};
use crate::api::payments::shown;
use crate::api::refusals::Reading;
use crate::app::App;
use crate::extract::{Path, Query};
use crate::problem::{Kind, MEDIA_TYPE, Problem, ProblemBody};
use axum::extract::State;
use axum::response::Response;
use kamurj_store::merchants::Caller;
use kamurj_store::reconciliations::{self as reports, Report};
use kamurj_store::{Tx, operators};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// A page of reports.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportsBody {
    /// The newest first.
    pub reports: Vec<ReportBody>,
    /// For the next page; absent on the last.
    pub next_cursor: Option<String>,
}

/// The bank's reports that were handed in, the newest first.
#[utoipa::path(
    get,
    path = "/v1/reconciliations",
    tag = "reconciliation",
    params(PageQuery),
    responses(
        (status = 200, description = "A page of reports", body = ReportsBody),
        Reading,
        (status = 403, description = "The key lacks the scope", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 422, description = "A wrong limit or cursor", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["reconciliation"]))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Query(query): Query<PageQuery>,
) -> Result<Response, Problem> {
    let (limit, before) = query.read()?;
    let mut tx = app.db.read().await?;
    let before = before.as_ref().map(|(at, id)| (*at, id.as_str()));
    let mut found = reports::page(&mut tx, (&caller.merchant_id, caller.mode), before, limit + 1).await?;
    let next_cursor = page::cut(&mut found, limit, |last| (last.uploaded_at, last.id.clone()));
    let members = operators::members(&mut tx, &caller.merchant_id).await?;
    let reports = found.into_iter().map(|report| ReportBody::show(report, &members)).collect();
    Ok(shown(&ReportsBody { reports, next_cursor }))
}

/// One report as it stands.
#[utoipa::path(
    get,
    path = "/v1/reconciliations/{id}",
    tag = "reconciliation",
    params(("id" = String, Path, description = "rep_…")),
    responses(
        (status = 200, description = "The report", body = ReportBody),
        Reading,
        (status = 403, description = "The key lacks the scope", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 404, description = "No such report for this key", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["reconciliation"]))
)]
pub async fn get(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let mut tx = app.db.read().await?;
    let report = own(&mut tx, &caller, &id).await?;
    Ok(shown(&ReportBody::named(&mut tx, report).await?))
}

/// The caller's report with this id.
pub(super) async fn own(tx: &mut Tx, caller: &Caller, id: &str) -> Result<Report, Problem> {
    let found = reports::by_id(tx, (&caller.merchant_id, caller.mode), id).await?;
    found.ok_or_else(|| Problem::new(Kind::NotFound, "This key has no report with this id."))
}
