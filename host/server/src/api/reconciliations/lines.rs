//! `GET /v1/reconciliations/{id}/lines` and `/absences`: what the bank says line by line, and what it does not say.

use super::reports::own;
use crate::access::Authenticated;
use crate::api::asked::Faults;
use crate::api::page::{self, Cursor, PageQuery};
use crate::api::payment::Amount;
use crate::api::payments::shown;
use crate::api::refusals::Reading;
use crate::app::App;
use crate::extract::{Path, Query};
use crate::problem::{MEDIA_TYPE, Problem, ProblemBody};
use crate::reconciling::kind_of;
use axum::extract::State;
use axum::response::Response;
use kamurj_domain::{Currency, Money, MovementKind, time};
use kamurj_store::reconciliations::shown::{self as kept, Absence, Line};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Verdicts of lines, and that of what has none.
const VERDICTS: [&str; 4] = ["matched", "differing", "theirs_only", "ours_only"];

/// Which lines.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct LinesQuery {
    /// `matched`, `differing` or `theirs_only`; all where it is left out. What only we have are no lines: `ours_only` has none.
    pub verdict: Option<String>,
    /// How many, 1 to 200; 50 where it is left out.
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// A line of a bank's report.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportLineBody {
    /// The row of the file.
    pub line: i64,
    /// `matched`, `differing` or `theirs_only`.
    pub verdict: String,
    /// The bank's reference.
    pub reference: Option<String>,
    /// The order number that the bank got from us.
    pub order_number: Option<String>,
    /// `payment`, `refund`, `reversal` or `chargeback`.
    pub kind: String,
    /// How much, by the bank.
    pub amount: Option<Amount>,
    /// What the bank kept.
    pub fee: Option<Amount>,
    /// RFC 3339, UTC.
    pub at: Option<String>,
    /// `pay_…`, where it is known which.
    pub payment: Option<String>,
    /// Its order.
    pub order_id: Option<String>,
    /// `amount`, `currency` or `kind`.
    pub differs: Option<String>,
    /// How much, as we know it.
    pub ours: Option<Amount>,
    /// `exc_…`: what somebody must decide about it.
    pub exception: Option<String>,
}

/// A page of lines.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportLinesBody {
    /// In the order of the file.
    pub lines: Vec<ReportLineBody>,
    /// For the next page; absent on the last.
    pub next_cursor: Option<String>,
}

/// A movement of ours that no line tells of.
#[derive(Debug, Serialize, ToSchema)]
pub struct AbsenceBody {
    /// `pay_…`.
    pub payment: String,
    /// Its order.
    pub order_id: String,
    /// `payment`, `refund`, `reversal` or `chargeback`.
    pub kind: String,
    /// How much.
    pub amount: Option<Amount>,
    /// RFC 3339, UTC.
    pub at: String,
    /// The provider's reference.
    pub reference: Option<String>,
    /// `exc_…`: what somebody must decide about it.
    pub exception: Option<String>,
}

/// A page of movements that no line tells of.
#[derive(Debug, Serialize, ToSchema)]
pub struct AbsencesBody {
    /// The earliest first.
    pub absences: Vec<AbsenceBody>,
    /// For the next page; absent on the last.
    pub next_cursor: Option<String>,
}

fn amount(minor: i64, code: &str) -> Option<Amount> {
    Some(Money::new(minor, Currency::from_code(code)?).into())
}

impl From<Line> for ReportLineBody {
    fn from(line: Line) -> Self {
        let ours = line.ours_minor.zip(line.ours_currency.as_deref()).and_then(|(minor, code)| amount(minor, code));
        Self {
            amount: amount(line.amount_minor, &line.currency),
            fee: line.fee_minor.and_then(|minor| amount(minor, &line.currency)),
            at: line.at.map(time::rfc3339),
            ours,
            line: line.line,
            verdict: line.verdict,
            reference: line.reference,
            order_number: line.order_number,
            kind: line.kind,
            payment: line.payment_id,
            order_id: line.order_id,
            differs: line.differs,
            exception: line.exception_id,
        }
    }
}

impl From<Absence> for AbsenceBody {
    fn from(absence: Absence) -> Self {
        let kind = MovementKind::from_word(&absence.kind).map(|kind| kind_of(kind).word().to_owned());
        Self {
            amount: amount(absence.amount_minor, &absence.currency),
            at: time::rfc3339(absence.at),
            kind: kind.unwrap_or(absence.kind),
            payment: absence.payment_id,
            order_id: absence.order_id,
            reference: absence.reference,
            exception: absence.exception_id,
        }
    }
}

/// What the bank says, line by line.
#[utoipa::path(
    get,
    path = "/v1/reconciliations/{id}/lines",
    tag = "reconciliation",
    params(("id" = String, Path, description = "rep_…"), LinesQuery),
    responses(
        (status = 200, description = "A page of lines", body = ReportLinesBody),
        Reading,
        (status = 403, description = "The key lacks the scope", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 404, description = "No such report for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 422, description = "A wrong verdict, limit or cursor", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["reconciliation"]))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    Query(query): Query<LinesQuery>,
) -> Result<Response, Problem> {
    let mut faults = Faults::default();
    let verdict = query.verdict.as_deref();
    if verdict.is_some_and(|verdict| !VERDICTS.contains(&verdict)) {
        faults.add("/verdict", format!("must be one of {}", VERDICTS.join(", ")));
    }
    let limit = page::limit(query.limit, 50, &mut faults);
    let after = query.cursor.as_deref().map(str::parse::<i64>);
    if matches!(after, Some(Err(_))) {
        faults.add("/cursor", "take it from `next_cursor`");
    }
    faults.end()?;
    let mut tx = app.db.read().await?;
    let report = own(&mut tx, &caller, &id).await?;
    let after = after.and_then(Result::ok).unwrap_or_default();
    let mut lines = kept::lines(&mut tx, &report.id, verdict, after, limit + 1).await?;
    let length = usize::try_from(limit).unwrap_or(usize::MAX);
    let next_cursor = (lines.len() > length).then(|| {
        lines.truncate(length);
        lines.last().map(|last| last.line.to_string())
    });
    let lines = lines.into_iter().map(Into::into).collect();
    Ok(shown(&ReportLinesBody { lines, next_cursor: next_cursor.flatten() }))
}

/// What we know to have moved in the report's time and the bank does not tell of.
#[utoipa::path(
    get,
    path = "/v1/reconciliations/{id}/absences",
    tag = "reconciliation",
    params(("id" = String, Path, description = "rep_…"), PageQuery),
    responses(
        (status = 200, description = "A page of movements", body = AbsencesBody),
        Reading,
        (status = 403, description = "The key lacks the scope", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 404, description = "No such report for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 422, description = "A wrong limit or cursor", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["reconciliation"]))
)]
pub async fn absences(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Response, Problem> {
    let (limit, after) = query.read()?;
    let after = after.map(|(at, id)| Cursor { at, id });
    let mut tx = app.db.read().await?;
    let report = own(&mut tx, &caller, &id).await?;
    let place = after.as_ref().map_or((i64::MIN, ""), |cursor| (cursor.at, cursor.id.as_str()));
    let mut found = kept::absences(&mut tx, &report.id, place, limit + 1).await?;
    let next_cursor = page::cut(&mut found, limit, |last| (last.at, last.movement_id.clone()));
    Ok(shown(&AbsencesBody { absences: found.into_iter().map(Into::into).collect(), next_cursor }))
}
