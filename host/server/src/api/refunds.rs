//! `POST /v1/payments/{id}/refunds` and the list of a payment's refunds.

use crate::access::Authenticated;
use crate::api::acts::not_now;
use crate::api::asked::{Faults, read_amount};
use crate::api::body;
use crate::api::payment::Amount;
use crate::api::payments::own;
use crate::api::refusals::{Reading, Writing};
use crate::api::write::{Begun, Write};
use crate::app::App;
use crate::extract::{Path, Whole};
use crate::problem::{FieldError, Kind, MEDIA_TYPE, Problem, ProblemBody};
use crate::request::MAX_TEXT;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kamurj_domain::fold::Refundable;
use kamurj_domain::{Money, Purpose, Status, time};
use kamurj_providers::Capabilities;
use kamurj_store::payments::Payment;
use kamurj_store::refunds::{self, Refund};
use kamurj_store::road::{NewRefund, RefundAsked};
use kamurj_store::{Tx, attempts, merchants};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// What to give back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRefundBody {
    /// How much; all that may go back where it is left out.
    #[serde(default, deserialize_with = "body::maybe_object")]
    pub amount: Option<Amount>,
    /// Of which attempt, `att_…`; of the one that holds the order's money where it is left out. A second payment is given
    /// back by naming its attempt.
    #[serde(default)]
    pub attempt: Option<String>,
    /// Why, for the journal and the provider.
    pub reason: String,
}

/// A refund as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefundBody {
    /// `ref_…`.
    pub id: String,
    /// `pay_…`.
    pub payment: String,
    /// `att_…`.
    pub attempt: String,
    /// How much.
    pub amount: Amount,
    /// `order`: what was paid for it; `surplus`: what was paid beyond it.
    pub of: String,
    /// `pending`, `in_doubt`, `done` or `failed`.
    pub status: String,
    /// Why.
    pub reason: String,
    /// RFC 3339, UTC.
    pub created_at: String,
}

impl From<Refund> for RefundBody {
    fn from(refund: Refund) -> Self {
        Self {
            id: refund.id,
            payment: refund.payment_id,
            attempt: refund.attempt_id,
            amount: refund.amount.into(),
            of: refund.purpose.word().to_owned(),
            status: refund.state,
            reason: refund.reason,
            created_at: time::rfc3339(refund.asked_at),
        }
    }
}

/// A payment's refunds.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefundsBody {
    /// The oldest first.
    pub refunds: Vec<RefundBody>,
}

/// Give money back. The amount is reserved at once; the provider is asked right after, and its answer is in the refund's
/// status. A refund whose answer was lost is looked up, never asked for again.
#[utoipa::path(
    post,
    path = "/v1/payments/{id}/refunds",
    tag = "refunds",
    params(
        ("id" = String, Path, description = "pay_…"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")
    ),
    request_body = NewRefundBody,
    responses(
        (status = 201, description = "The refund, reserved", body = RefundBody),
        Writing,
        (status = 404, description = "No such payment for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 409, description = "More than may go back, or the state does not allow it, or a request with this idempotency key is being worked on", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 422, description = "Wrong fields, or more than the provider can do, or a reused idempotency key", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["refunds"]))
)]
pub async fn create(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("POST /v1/payments/{id}/refunds");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let payment = own(&mut write.tx, &caller, &id).await?;
    let body: NewRefundBody = body::read(&bytes)?;
    let new = body.check()?;
    let refund = ask(&app, &mut write.tx, &payment, new, &caller.actor()).await?;
    write.answer(&app, 201, &RefundBody::from(refund)).await
}

impl NewRefundBody {
    fn check(self) -> Result<NewRefund, Problem> {
        let mut faults = Faults::default();
        let amount = self.amount.as_ref().and_then(|amount| read_amount(amount, &mut faults));
        faults.text("/reason", &self.reason, MAX_TEXT);
        if self.reason.trim().is_empty() {
            faults.add("/reason", "is needed: whoever reads the journal must understand the refund");
        }
        faults.end()?;
        Ok(NewRefund { amount, attempt: self.attempt, reason: self.reason })
    }
}

/// Reserves a refund that the provider of the attempt can carry out.
pub(super) async fn ask(
    app: &App,
    tx: &mut Tx,
    payment: &Payment,
    new: NewRefund,
    actor: &str,
) -> Result<Refund, Problem> {
    let asked = app.road(actor).ask_refund(tx, &payment.id, new).await?;
    let refund = match asked {
        RefundAsked::Made(refund) => refund,
        RefundAsked::TooMuch(parts) => return Err(too_much(payment, &parts)),
        RefundAsked::NotNow(status) => return Err(not_refundable(status)),
        RefundAsked::OtherCurrency => {
            let detail = format!("must be {}, as the payment is", payment.terms.amount.currency.code());
            return Err(Problem::invalid(vec![FieldError { pointer: "/amount/currency".to_owned(), detail }]));
        }
        RefundAsked::NoPayment => {
            return Err(Problem::new(Kind::NotFound, "This key has no payment with this id."));
        }
    };
    // What cannot be carried out is rolled back with its reservation.
    let gone = || Problem::new(Kind::Unavailable, "the refund's attempt is gone");
    let stored = attempts::by_id(tx, &refund.attempt_id).await?.ok_or_else(gone)?;
    let account = merchants::account(tx, &stored.attempt.account).await?.ok_or_else(gone)?;
    let abilities = app.provider(tx, &account).await?.capabilities();
    check_abilities(&abilities, &refund, stored.attempt.asked)?;
    Ok(*refund)
}

fn check_abilities(abilities: &Capabilities, refund: &Refund, asked: Money) -> Result<(), Problem> {
    let cannot = |pointer: &str, detail: &str| {
        Problem::invalid(vec![FieldError { pointer: pointer.to_owned(), detail: detail.to_owned() }])
    };
    if !abilities.refund {
        return Err(cannot(
            "/amount",
            "this provider gives nothing back by itself: pay it back outside and record it with `POST …/resolve` \
             and `outcome: refunded`",
        ));
    }
    if !abilities.partial_refund && refund.amount != asked {
        return Err(cannot(
            "/amount",
            "this provider gives back the whole payment only: leave `amount` out, or pay a part back outside",
        ));
    }
    Ok(())
}

fn too_much(payment: &Payment, parts: &[Refundable]) -> Problem {
    let currency = payment.terms.amount.currency;
    if parts.is_empty() {
        return not_now("Nothing is left to give back: everything went back or is on its way.");
    }
    let left: Vec<String> = parts
        .iter()
        .map(|part| {
            let of = match part.purpose {
                Purpose::Order => "of the order",
                Purpose::Surplus => "beyond the order",
            };
            format!("{} {of} from {}", Money::new(part.minor, currency), part.attempt)
        })
        .collect();
    not_now(&format!("That is more than may go back. What may: {}.", left.join("; ")))
}

fn not_refundable(status: Status) -> Problem {
    match status {
        Status::ManualReview => not_now("A person must decide about this payment first: see its exceptions."),
        status => not_now(&format!("A payment that is `{}` holds no money to give back.", status.word())),
    }
}

/// A payment's refunds.
#[utoipa::path(
    get,
    path = "/v1/payments/{id}/refunds",
    tag = "refunds",
    params(("id" = String, Path, description = "pay_…")),
    responses(
        (status = 200, description = "The refunds", body = RefundsBody),
        Reading,
        (status = 404, description = "No such payment for this key", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = []))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
) -> Result<Json<RefundsBody>, Problem> {
    let mut tx = app.db.read().await?;
    let payment = own(&mut tx, &caller, &id).await?;
    let refunds = refunds::of_payment(&mut tx, &payment.id).await?;
    Ok(Json(RefundsBody { refunds: refunds.into_iter().map(RefundBody::from).collect() }))
}
