//! What the merchant does to a payment: change it, withdraw it, have the provider asked now, decide what it is.

use crate::access::Authenticated;
use crate::api::asked::{Faults, read_amount, read_expiry};
use crate::api::body;
use crate::api::payment::{Amount, PaymentBody};
use crate::api::payments::own;
use crate::api::refusals::Writing;
use crate::api::write::{Begun, Write};
use crate::app::App;
use crate::explained::{ExplainBody, explain};
use crate::extract::{Path, Whole};
use crate::problem::{FieldError, Kind, MEDIA_TYPE, Problem, ProblemBody};
use crate::request::MAX_TEXT;
use crate::work;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kamurj_domain::{Ruling, Status};
use kamurj_store::payments;
use kamurj_store::road::{Acted, Change, Changed, NewDecision};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// What to change. What is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeBody {
    /// The whole amount due; only while no attempt was ever started.
    #[serde(default, deserialize_with = "body::maybe_object")]
    pub amount: Option<Amount>,
    /// One line for the customer.
    #[serde(default)]
    pub description: Option<String>,
    /// RFC 3339 time until which it can be paid; opens an expired payment again.
    #[serde(default)]
    pub expires_at: Option<String>,
    /// Or the number of seconds from now on.
    #[serde(default)]
    pub expires_in: Option<i64>,
}

/// Why a payment is withdrawn.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CancelBody {
    /// For the journal.
    pub reason: Option<String>,
    /// What the customer reads on the page, in their language.
    pub message: Option<String>,
}

/// A person's decision.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveBody {
    /// `paid`, `failed`, `cancelled` or `refunded`.
    pub outcome: String,
    /// Why.
    pub reason: String,
    /// What it rests on: a line of the bank's statement, a letter, a receipt.
    pub evidence: String,
}

/// A payment with the reason of its state.
#[derive(Debug, Serialize, ToSchema)]
pub struct DecidedBody {
    /// The payment as it stands now.
    pub payment: PaymentBody,
    /// Why it is in its state, and whether the decision waits for a second person.
    pub explanation: ExplainBody,
}

/// Change an order, or give it a new end.
#[utoipa::path(
    patch,
    path = "/v1/payments/{id}",
    tag = "payments",
    params(
        ("id" = String, Path, description = "pay_…"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")
    ),
    request_body = ChangeBody,
    responses(
        (status = 200, description = "The payment as it stands now", body = PaymentBody),
        Writing,
        (status = 404, description = "No such payment for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 409, description = "Its state does not allow it, or a request with this idempotency key is being worked on", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["payments"]))
)]
pub async fn change(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("PATCH /v1/payments/{id}");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    own(&mut write.tx, &caller, &id).await?;
    let body: ChangeBody = body::read(&bytes)?;
    let change = body.check(app.now())?;
    let changed = app.road(caller.actor()).change(&mut write.tx, &id, &change).await?;
    let payment = match changed {
        Changed::Done(payment) => payment,
        Changed::AmountFixed => {
            return Err(not_now("An attempt was started at this amount, so it stays. Make a new payment instead."));
        }
        Changed::HasItems => {
            return Err(not_now("Its `items` add up to the old amount. Make a new payment instead."));
        }
        Changed::NoPlace => {
            return Err(not_now("The link that it came from has no place left, so it stays expired."));
        }
        Changed::NotNow(status) => return Err(refused("changed", status)),
        Changed::NoPayment => return Err(gone()),
    };
    let shown = PaymentBody::show(&app, &payment)?;
    write.answer(&app, 200, &shown).await
}

impl ChangeBody {
    fn check(self, now: i64) -> Result<Change, Problem> {
        let mut faults = Faults::default();
        let amount = self.amount.as_ref().and_then(|amount| read_amount(amount, &mut faults));
        faults.optional("/description", self.description.as_deref());
        let names_an_end = self.expires_at.is_some() || self.expires_in.is_some();
        let expires_at = if names_an_end {
            read_expiry(self.expires_at.as_deref(), self.expires_in, now, &mut faults)
        } else {
            None
        };
        if self.amount.is_none() && self.description.is_none() && !names_an_end {
            faults.add("", "send at least one of `amount`, `description`, `expires_at`, `expires_in`");
        }
        faults.end()?;
        Ok(Change { amount, description: self.description, expires_at })
    }
}

/// Withdraw a payment. A live attempt is closed at the provider where it can be.
#[utoipa::path(
    post,
    path = "/v1/payments/{id}/cancel",
    tag = "payments",
    params(
        ("id" = String, Path, description = "pay_…"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")
    ),
    request_body = Option<CancelBody>,
    responses(
        (status = 200, description = "The payment as it stands now", body = PaymentBody),
        Writing,
        (status = 400, description = "Not JSON, or a wrong idempotency key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 404, description = "No such payment for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 409, description = "Its state does not allow it, or a request with this idempotency key is being worked on", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["payments"]))
)]
pub async fn cancel(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("POST /v1/payments/{id}/cancel");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    own(&mut write.tx, &caller, &id).await?;
    let body: CancelBody = if bytes.is_empty() { CancelBody::default() } else { body::read(&bytes)? };
    let mut faults = Faults::default();
    faults.optional("/reason", body.reason.as_deref());
    faults.optional("/message", body.message.as_deref());
    faults.end()?;
    let (reason, message) = (body.reason.as_deref(), body.message.as_deref().filter(|text| !text.trim().is_empty()));
    let payment = match app.road(caller.actor()).cancel(&mut write.tx, &id, reason, message).await? {
        Acted::Done(payment) | Acted::Known(payment) => payment,
        Acted::NotNow(Status::Paid | Status::PartiallyRefunded) => {
            return Err(not_now("It is paid. Give the money back with `POST …/refunds` instead."));
        }
        Acted::NotNow(status) => return Err(refused("withdrawn", status)),
        Acted::NoPayment => return Err(gone()),
    };
    let shown = PaymentBody::show(&app, &payment)?;
    write.answer(&app, 200, &shown).await
}

/// Ask the provider now about every attempt and every refund whose end is not known, and answer what came of it.
#[utoipa::path(
    post,
    path = "/v1/payments/{id}/refresh",
    tag = "payments",
    params(
        ("id" = String, Path, description = "pay_…"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")
    ),
    responses(
        (status = 200, description = "The payment as it stands now", body = PaymentBody),
        Writing,
        (status = 400, description = "Not JSON, or a wrong idempotency key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 404, description = "No such payment for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 422, description = "A reused idempotency key", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["payments"]))
)]
pub async fn refresh(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("POST /v1/payments/{id}/refresh");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    own(&mut write.tx, &caller, &id).await?;
    // The provider is asked outside of any transaction.
    let paused = write.pause().await?;
    work::refresh::now(&app, &id).await?;
    write = match paused.resume(&app).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let payment = payments::by_id(&mut write.tx, &id).await?.ok_or_else(gone)?;
    let shown = PaymentBody::show(&app, &payment)?;
    write.answer(&app, 200, &shown).await
}

/// Decide what a payment is, with a reason and what it rests on. Never shown as the bank's word.
#[utoipa::path(
    post,
    path = "/v1/payments/{id}/resolve",
    tag = "payments",
    params(
        ("id" = String, Path, description = "pay_…"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")
    ),
    request_body = ResolveBody,
    responses(
        (status = 200, description = "The payment as it stands now, and why", body = DecidedBody),
        Writing,
        (status = 404, description = "No such payment for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 409, description = "Its state does not allow it, or a request with this idempotency key is being worked on", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["decisions"]))
)]
pub async fn resolve(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("POST /v1/payments/{id}/resolve");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    own(&mut write.tx, &caller, &id).await?;
    let body: ResolveBody = body::read(&bytes)?;
    let ruling = Ruling::from_word(&body.outcome).ok_or_else(|| {
        let detail = "must be `paid`, `failed`, `cancelled` or `refunded`".to_owned();
        Problem::invalid(vec![FieldError { pointer: "/outcome".to_owned(), detail }])
    })?;
    check_grounds(&body.reason, &body.evidence)?;
    let new = NewDecision {
        ruling,
        by: caller.key_id.clone(),
        role: caller.role.clone(),
        reason: body.reason,
        evidence: body.evidence,
    };
    let payment = match app.road(caller.actor()).decide(&mut write.tx, &id, new).await? {
        Acted::Done(payment) | Acted::Known(payment) => payment,
        Acted::NotNow(Status::Pending) => {
            return Err(not_now("An attempt is under way. Have the bank asked with `POST …/refresh` first."));
        }
        Acted::NotNow(status) => return Err(refused(&format!("ruled {}", ruling.word()), status)),
        Acted::NoPayment => return Err(gone()),
    };
    let explanation = explain(&app, &mut write.tx, &payment).await?;
    let shown = DecidedBody { payment: PaymentBody::show(&app, &payment)?, explanation };
    write.answer(&app, 200, &shown).await
}

/// Whether a decision has its reason and what it rests on.
pub(super) fn check_grounds(reason: &str, evidence: &str) -> Result<(), Problem> {
    let mut faults = Faults::default();
    for (pointer, text) in [("/reason", reason), ("/evidence", evidence)] {
        faults.text(pointer, text, MAX_TEXT);
        if text.trim().is_empty() {
            faults.add(pointer, "is needed: whoever reads the journal must understand the decision");
        }
    }
    faults.end()
}

pub(super) fn not_now(detail: &str) -> Problem {
    Problem::new(Kind::NotNow, detail)
}

fn refused(what: &str, status: Status) -> Problem {
    Problem::new(Kind::NotNow, format!("A payment that is `{}` cannot be {what}.", status.word()))
}

fn gone() -> Problem {
    Problem::new(Kind::NotFound, "This key has no payment with this id.")
}
