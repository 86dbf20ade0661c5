//! `GET /v1/deliveries`, `GET /v1/deliveries/{id}` and `POST …/retry`: what payments owe to chats and back offices.

use crate::access::{Authenticated, may};
use crate::api::asked::Faults;
use crate::api::page::{self, Cursor};
use crate::api::payments::shown;
use crate::api::refusals::{Reading, Writing};
use crate::api::runs::RunBody;
use crate::api::step_shown::StepBody;
use crate::api::write::{Begun, Write};
use crate::api::{body, delivery_acts, exception_ways};
use crate::app::App;
use crate::extract::{Path, Query, Whole};
use crate::problem::{Kind, MEDIA_TYPE, Problem, ProblemBody};
use crate::request::MAX_TEXT;
use crate::work::plugin_run::opened_step;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kamurj_access::Permission;
use kamurj_domain::{ExceptionKind, time};
use kamurj_store::deliveries::{self, Filter, Listed};
use kamurj_store::erasures::Person;
use kamurj_store::merchants::Caller;
use kamurj_store::runs::kept;
use kamurj_store::{Tx, payments, runs};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which deliveries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct DeliveriesQuery {
    /// `owed`, `done`, `failed` or `skipped`.
    pub state: Option<String>,
    /// To this installation, `ins_…`.
    pub installation: Option<String>,
    /// Owed by this payment, `pay_…`.
    pub payment: Option<String>,
    /// How many, 1 to 200; 50 where it is left out.
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Something that a payment owes to a chat or a back office.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryBody {
    /// `dlv_…`.
    pub id: String,
    /// `pay_…`.
    pub payment: String,
    /// The payment's order number.
    pub order_id: String,
    /// `ins_…`.
    pub installation: String,
    /// The plugin's id.
    pub plugin: String,
    /// The event that owes it: `payment.paid`.
    pub event: String,
    /// `owed`, `done`, `failed` (given up, with an exception), or `skipped` (left out because a person said so).
    pub state: String,
    /// Since when it is owed; RFC 3339, UTC.
    pub created_at: String,
    /// SHA-256 of the plugin version that began it; absent before its first run.
    pub digest: Option<String>,
    /// The run that is next, under way, or was last.
    pub run: i64,
    /// How the last run ended, in words.
    pub outcome: Option<String>,
    /// What the service told last about the message after it had accepted it; absent where it told nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<ReceiptBody>,
    /// Where one delivery is asked for: its runs with their calls, the first one first; none once its record has had its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs: Option<Vec<RunBody>>,
}

/// What a service told about a message after it had accepted it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReceiptBody {
    /// `delivered`, `read`, `failed` (with an exception), or another word of the plugin's.
    pub state: String,
    /// The service's own code; may be empty.
    pub code: String,
    /// In one sentence; may be empty.
    pub message: String,
    /// When; RFC 3339, UTC.
    pub at: String,
}

/// A page of deliveries.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveriesBody {
    /// The newest first.
    pub deliveries: Vec<DeliveryBody>,
    /// For the next page; absent on the last.
    pub next_cursor: Option<String>,
}

/// Why it is tried again.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RetryBody {
    /// For whoever reads the journal.
    #[serde(default)]
    pub reason: String,
}

impl From<Listed> for DeliveryBody {
    fn from(listed: Listed) -> Self {
        Self {
            id: listed.id,
            payment: listed.payment_id,
            order_id: listed.order_id,
            installation: listed.installation_id,
            plugin: listed.plugin,
            event: listed.event,
            state: if listed.state == "dead" { "failed".to_owned() } else { listed.state },
            created_at: time::rfc3339(listed.created_at),
            digest: listed.digest,
            run: listed.run,
            outcome: listed.outcome,
            receipt: listed.receipt_state.map(|state| ReceiptBody {
                state,
                code: listed.receipt_code.unwrap_or_default(),
                message: listed.receipt_message.unwrap_or_default(),
                at: time::rfc3339(listed.receipt_at.unwrap_or_default()),
            }),
            runs: None,
        }
    }
}

/// What payments owe or owed, the newest first.
#[utoipa::path(
    get,
    path = "/v1/deliveries",
    tag = "deliveries",
    params(DeliveriesQuery),
    responses(
        (status = 200, description = "A page of deliveries", body = DeliveriesBody),
        Reading,
        (status = 422, description = "A wrong filter, limit or cursor", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = []))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Query(query): Query<DeliveriesQuery>,
) -> Result<Json<DeliveriesBody>, Problem> {
    let mut faults = Faults::default();
    let state = match query.state.as_deref() {
        None => None,
        Some("failed") => Some("dead".to_owned()),
        Some(state @ ("owed" | "done" | "skipped")) => Some(state.to_owned()),
        Some(_) => {
            faults.add("/state", "must be `owed`, `done`, `failed` or `skipped`");
            None
        }
    };
    let limit = page::limit(query.limit, 50, &mut faults);
    let before = Cursor::read(query.cursor.as_deref(), &mut faults).map(|cursor| (cursor.at, cursor.id));
    faults.end()?;
    let filter = Filter { state, installation_id: query.installation, payment_id: query.payment, before };
    let mut tx = app.db.read().await?;
    let mut listed = deliveries::page(&mut tx, &caller.merchant_id, caller.mode, &filter, limit + 1).await?;
    let next_cursor = page::cut(&mut listed, limit, |last| (last.created_at, last.id.clone()));
    Ok(Json(DeliveriesBody { deliveries: listed.into_iter().map(DeliveryBody::from).collect(), next_cursor }))
}

/// One delivery, with its runs and every host call of theirs: where it went, slots of secrets unfilled, and what came back.
#[utoipa::path(
    get,
    path = "/v1/deliveries/{id}",
    tag = "deliveries",
    params(("id" = String, Path, description = "dlv_…")),
    responses(
        (status = 200, description = "The delivery", body = DeliveryBody),
        Reading,
        (status = 404, description = "No such delivery for this key", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = []))
)]
pub async fn get(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let mut tx = app.db.read().await?;
    let listed = own(&mut tx, &caller, &id).await?;
    let rows = kept::of_owner(&mut tx, &listed.id).await?;
    let sees_all = may(&caller, Permission::Personal);
    let person = match payments::by_id(&mut tx, &listed.payment_id).await? {
        Some(payment) if !sees_all => Person::of(&payment.particulars),
        _ => Person::default(),
    };
    let mut calls = Vec::new();
    for step in runs::of_owner(&mut tx, &listed.id).await? {
        let opened = opened_step(&app, &listed.id, &step)?;
        let shown = if sees_all { StepBody::from(opened) } else { StepBody::masked(opened, &person) };
        calls.push((step.run, shown));
    }
    let runs = rows
        .into_iter()
        .map(|row| {
            let of_this = |(run, _): &mut (i64, StepBody)| *run == row.run;
            let calls = calls.extract_if(.., of_this).map(|(_, step)| step).collect();
            RunBody { calls: Some(calls), ..RunBody::from(row) }
        })
        .collect();
    Ok(shown(&DeliveryBody { runs: Some(runs), ..DeliveryBody::from(listed) }))
}

/// Try a delivery again that was given up. What the remote accepted before is not sent again.
#[utoipa::path(
    post,
    path = "/v1/deliveries/{id}/retry",
    tag = "deliveries",
    params(
        ("id" = String, Path, description = "dlv_…"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")
    ),
    request_body = RetryBody,
    responses(
        (status = 200, description = "The delivery, owed again; its exception is closed", body = DeliveryBody),
        Writing,
        (status = 404, description = "No such delivery for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 409, description = "It was not given up, or its record is gone, or a request with this idempotency key is being worked on", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["payments"]))
)]
pub async fn retry(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("POST /v1/deliveries/{id}/retry");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let listed = own(&mut write.tx, &caller, &id).await?;
    let body: RetryBody = if bytes.is_empty() { RetryBody::default() } else { body::read(&bytes)? };
    let mut faults = Faults::default();
    faults.text("/reason", &body.reason, MAX_TEXT);
    faults.end()?;
    delivery_acts::try_again(&app, &mut write.tx, &listed.id).await?;
    let kind = ExceptionKind::DeliveryFailed.word();
    if let Some(open) = kamurj_store::exceptions::open_about(&mut write.tx, kind, &listed.id).await? {
        let reason = if body.reason.trim().is_empty() { "asked for through the API" } else { &body.reason };
        exception_ways::close(&app, &mut write.tx, &caller, &open, "tried again", reason).await?;
    }
    let listed = own(&mut write.tx, &caller, &id).await?;
    write.answer(&app, 200, &DeliveryBody::from(listed)).await
}

/// The caller's delivery with this id. Another merchant's, or the other mode's, is not there.
pub(super) async fn own(tx: &mut Tx, caller: &Caller, id: &str) -> Result<Listed, Problem> {
    deliveries::listed(tx, &caller.merchant_id, caller.mode, id).await?.ok_or_else(gone)
}

pub(super) fn gone() -> Problem {
    Problem::new(Kind::NotFound, "This key has no delivery with this id.")
}
