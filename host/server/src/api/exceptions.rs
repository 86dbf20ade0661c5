//! `GET /v1/exceptions` and `POST /v1/exceptions/{id}/resolve`: what a person must decide, and the ways out.

use crate::access::Authenticated;
use crate::api::acts::not_now;
use crate::api::asked::Faults;
use crate::api::page::{self, Cursor};
use crate::api::refusals::{Reading, Writing};
use crate::api::write::{Begun, Write};
use crate::api::{body, exception_ways};
use crate::app::App;
use crate::extract::{Path, Query, Whole};
use crate::problem::{Kind, MEDIA_TYPE, Problem, ProblemBody};
use crate::request::MAX_TEXT;
use crate::work;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kamurj_domain::{ExceptionKind, Proposal, time};
use kamurj_store::Tx;
use kamurj_store::exceptions::{self, Assignee, Filter, Listed};
use kamurj_store::merchants::Caller;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which exceptions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ExceptionsQuery {
    /// `open` (where it is left out), `resolved` or `all`.
    pub state: Option<String>,
    /// One kind: `duplicate_payment`, …
    pub kind: Option<String>,
    /// Those of this payment, `pay_…`.
    pub payment: Option<String>,
    /// Those that this operator takes care of, `op_…`, or `none`: those that nobody does.
    pub assignee: Option<String>,
    /// How many, 1 to 200; 50 where it is left out.
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Something that a person must decide.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExceptionBody {
    /// `exc_…`.
    pub id: String,
    /// `duplicate_payment`, `late_payment`, `amount_mismatch`, `currency_mismatch`, `indeterminate`, `refund_in_doubt`,
    /// `contradiction`, `reversed`, `chargeback`, `report_difference`, `delivery_failed`, `unknown_order`,
    /// `too_many_declines`, `possible_card_testing`, …
    pub kind: String,
    /// `pay_…`, where it is about a payment.
    pub payment: Option<String>,
    /// What it is about: an attempt, a refund, a delivery, a message.
    pub subject: String,
    /// In one sentence.
    pub detail: String,
    /// RFC 3339, UTC.
    pub opened_at: String,
    /// How long it has been open, or was.
    pub age_seconds: i64,
    /// The ways out, the one to try first at the front; empty once it is closed.
    pub proposed_actions: Vec<String>,
    /// RFC 3339, UTC.
    pub resolved_at: Option<String>,
    /// Who closed it; `facts` where what was learned later settled it.
    pub resolved_by: Option<String>,
    /// How.
    pub resolution: Option<String>,
    /// Who takes care of it.
    pub assignee: Option<AssigneeBody>,
}

/// Somebody who takes care of an exception.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssigneeBody {
    /// `op_…`.
    pub id: String,
    /// Their name.
    pub name: String,
}

/// A page of exceptions.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExceptionsBody {
    /// The oldest first.
    pub exceptions: Vec<ExceptionBody>,
    /// For the next page; absent on the last.
    pub next_cursor: Option<String>,
}

/// A way out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WayOutBody {
    /// One of the exception's `proposed_actions`.
    pub action: String,
    /// Why.
    pub reason: String,
    /// What a decision rests on; needed for `rule_…` and `refund_done`, `refund_not_done`.
    #[serde(default)]
    pub evidence: String,
}

impl ExceptionBody {
    pub(super) fn show(listed: Listed, now: i64) -> Self {
        let is_open = listed.resolved_at.is_none();
        let kind = ExceptionKind::from_word(&listed.kind).filter(|_| is_open);
        let proposals = kind.map_or_else(Vec::new, |kind| proposals(kind, listed.payment_id.is_some()));
        Self {
            age_seconds: (listed.resolved_at.unwrap_or(now) - listed.opened_at) / 1000,
            proposed_actions: proposals.iter().map(|proposal| proposal.word().to_owned()).collect(),
            id: listed.id,
            kind: listed.kind,
            payment: listed.payment_id,
            subject: listed.subject,
            detail: listed.detail,
            opened_at: time::rfc3339(listed.opened_at),
            resolved_at: listed.resolved_at.map(time::rfc3339),
            resolved_by: listed.resolved_by,
            resolution: listed.resolution,
            assignee: listed.assignee.map(|id| AssigneeBody { id, name: listed.assignee_name.unwrap_or_default() }),
        }
    }
}

/// The ways out: where no payment is known, nothing can be asked or decided about it.
fn proposals(kind: ExceptionKind, has_payment: bool) -> Vec<Proposal> {
    let all = kind.proposals().iter().copied();
    all.filter(|way| has_payment || kind != ExceptionKind::ReportDifference || *way == Proposal::Dismiss).collect()
}

/// What waits for a person, the oldest first.
#[utoipa::path(
    get,
    path = "/v1/exceptions",
    tag = "exceptions",
    params(ExceptionsQuery),
    responses(
        (status = 200, description = "A page of exceptions", body = ExceptionsBody),
        Reading,
        (status = 422, description = "A wrong filter, limit or cursor", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = []))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Query(query): Query<ExceptionsQuery>,
) -> Result<Json<ExceptionsBody>, Problem> {
    let mut faults = Faults::default();
    let open = match query.state.as_deref() {
        None | Some("open") => Some(true),
        Some("resolved") => Some(false),
        Some("all") => None,
        Some(_) => {
            faults.add("/state", "must be `open`, `resolved` or `all`");
            None
        }
    };
    if query.kind.as_deref().is_some_and(|kind| ExceptionKind::from_word(kind).is_none()) {
        let words: Vec<&str> = ExceptionKind::ALL.into_iter().map(ExceptionKind::word).collect();
        faults.add("/kind", format!("must be one of {}", words.join(", ")));
    }
    let limit = page::limit(query.limit, 50, &mut faults);
    let after = Cursor::read(query.cursor.as_deref(), &mut faults);
    if query.assignee.as_deref().is_some_and(|id| id != "none" && !id.starts_with("op_")) {
        faults.add("/assignee", "must be the id of an operator, `op_…`, or `none`");
    }
    faults.end()?;
    let assignee = query.assignee.map(|id| if id == "none" { Assignee::Nobody } else { Assignee::Operator(id) });
    let after = after.map(|cursor| (cursor.at, cursor.id));
    let filter = Filter { kind: query.kind, payment_id: query.payment, open, assignee, after };
    let mut tx = app.db.read().await?;
    let mut listed = exceptions::page(&mut tx, &caller.merchant_id, caller.mode, &filter, limit + 1).await?;
    let next_cursor = page::cut(&mut listed, limit, |last| (last.opened_at, last.id.clone()));
    let exceptions = listed.into_iter().map(|listed| ExceptionBody::show(listed, app.now())).collect();
    Ok(Json(ExceptionsBody { exceptions, next_cursor }))
}

/// Take one of the proposed ways out.
#[utoipa::path(
    post,
    path = "/v1/exceptions/{id}/resolve",
    tag = "exceptions",
    params(
        ("id" = String, Path, description = "exc_…"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")
    ),
    request_body = WayOutBody,
    responses(
        (status = 200, description = "The exception as it stands now: still open where its way out takes time", body = ExceptionBody),
        Writing,
        (status = 404, description = "No such exception for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 409, description = "It is closed, or the state does not allow it, or a request with this idempotency key is being worked on", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["exceptions"]))
)]
pub async fn resolve(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("POST /v1/exceptions/{id}/resolve");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let listed = own(&mut write.tx, &caller, &id).await?;
    let body: WayOutBody = body::read(&bytes)?;
    let proposal = body.check(&listed)?;
    if listed.resolved_at.is_some() {
        return Err(not_now("This exception is closed."));
    }
    if proposal == Proposal::LookUp {
        // The provider is asked outside of any transaction; what it says closes the exception or not.
        let payment = listed.payment_id.clone().ok_or_else(gone)?;
        let paused = write.pause().await?;
        work::refresh::now(&app, &payment).await?;
        write = match paused.resume(&app).await? {
            Begun::Answered(answer) => return Ok(answer),
            Begun::New(write) => write,
        };
    } else {
        exception_ways::take(&app, &mut write.tx, &caller, &listed, proposal, &body).await?;
    }
    let listed = exceptions::by_id(&mut write.tx, &id).await?.ok_or_else(gone)?;
    write.answer(&app, 200, &ExceptionBody::show(listed, app.now())).await
}

impl WayOutBody {
    fn check(&self, listed: &Listed) -> Result<Proposal, Problem> {
        let allowed = ExceptionKind::from_word(&listed.kind)
            .map_or_else(Vec::new, |kind| proposals(kind, listed.payment_id.is_some()));
        let proposal = Proposal::from_word(&self.action).filter(|proposal| allowed.contains(proposal));
        let mut faults = Faults::default();
        if proposal.is_none() {
            let words: Vec<&str> = allowed.iter().map(|proposal| proposal.word()).collect();
            faults.add("/action", format!("must be one of {}", words.join(", ")));
        }
        faults.text("/reason", &self.reason, MAX_TEXT);
        if self.reason.trim().is_empty() {
            faults.add("/reason", "is needed: whoever reads the journal must understand it");
        }
        faults.text("/evidence", &self.evidence, MAX_TEXT);
        faults.end()?;
        proposal.ok_or_else(|| Problem::new(Kind::Invalid, "The action is not known."))
    }
}

pub(super) async fn own(tx: &mut Tx, caller: &Caller, id: &str) -> Result<Listed, Problem> {
    exceptions::by_id(tx, id)
        .await?
        .filter(|listed| listed.merchant_id == caller.merchant_id && listed.mode == caller.mode.word())
        .ok_or_else(gone)
}

pub(super) fn gone() -> Problem {
    Problem::new(Kind::NotFound, "This key has no exception with this id.")
}
