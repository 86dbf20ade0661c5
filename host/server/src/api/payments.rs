//! `POST /v1/payments` and `GET /v1/payments/{id}`.

use crate::access::Authenticated;
use crate::api::asked::NewPaymentBody;
use crate::api::body;
use crate::api::link_shown;
use crate::api::payment::PaymentBody;
use crate::api::refusals::{Reading, Writing};
use crate::api::sends;
use crate::api::write::{Begun, Write};
use crate::app::App;
use crate::checkout::choice;
use crate::extract::{Path, Whole};
use crate::problem::{Kind, MEDIA_TYPE, Problem, ProblemBody};
use crate::request;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kamurj_store::Tx;
use kamurj_store::merchants::{self, Caller};
use kamurj_store::payments::{self, Payment};
use kamurj_store::road::Created;
use serde::Serialize;
use std::sync::Arc;

/// Make a payment and get the link to send.
#[utoipa::path(
    post,
    path = "/v1/payments",
    tag = "payments",
    params(("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")),
    request_body = NewPaymentBody,
    responses(
        (status = 201, description = "The payment", body = PaymentBody),
        Writing,
        (status = 409, description = "The order number is taken, or a request with this idempotency key is being worked on", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["payments"]))
)]
pub async fn create(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let mut write = match Write::begin(&app, &caller, &headers, "POST /v1/payments", &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let body: NewPaymentBody = body::read(&bytes)?;
    let merchant = merchants::by_id(&mut write.tx, &caller.merchant_id)
        .await?
        .ok_or_else(|| Problem::new(Kind::Unauthorized, "The merchant of this key is gone."))?;
    let owner = (caller.merchant_id.as_str(), caller.mode);
    let provider = choice::named(&mut write.tx, owner, body.provider.as_deref()).await?;
    let ask = body.check(&caller, &merchant.locale, provider, app.now())?;
    let payment = match request::create(&app, &mut write.tx, ask, &caller.actor()).await? {
        Created::Made(payment) => payment,
        Created::Known(known) | Created::OrderTaken(known) => {
            return Err(Problem::new(
                Kind::OrderTaken,
                format!("Payment {} has this `order_id`. Take another one, or use that payment.", known.id),
            ));
        }
    };
    let shown = PaymentBody::show(&app, &payment)?;
    write.answer(&app, 201, &shown).await
}

/// A payment as it stands.
#[utoipa::path(
    get,
    path = "/v1/payments/{id}",
    tag = "payments",
    params(("id" = String, Path, description = "pay_…")),
    responses(
        (status = 200, description = "The payment", body = PaymentBody),
        Reading,
        (status = 404, description = "No such payment for this key", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = []))
)]
pub async fn get(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let mut tx = app.db.read().await?;
    let payment = own(&mut tx, &caller, &id).await?;
    Ok(shown(&whole(&app, &mut tx, &payment).await?))
}

/// The caller's payment with this id. Another merchant's, or the other mode's, is not there.
pub(super) async fn own(tx: &mut Tx, caller: &Caller, id: &str) -> Result<Payment, Problem> {
    payments::by_id(tx, id)
        .await?
        .filter(|payment| payment.merchant_id == caller.merchant_id && payment.mode == caller.mode)
        .ok_or_else(|| Problem::new(Kind::NotFound, "This key has no payment with this id."))
}

/// The payment with what it has of its link, and how it was sent.
pub(super) async fn whole(app: &App, tx: &mut Tx, payment: &Payment) -> Result<PaymentBody, Problem> {
    let link = link_shown::of_payment(app, tx, &payment.id).await?;
    let sends = Some(sends::of_payment(tx, &payment.id).await?);
    Ok(PaymentBody { link, sends, ..PaymentBody::show(app, payment)? })
}

/// What was asked for, as it stands.
pub(super) fn shown<T: Serialize>(body: &T) -> Response {
    answer(200, serde_json::to_vec(body).expect("answers are structs with text keys"))
}

pub(super) fn answer(status: u16, body: Vec<u8>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let mut response = (status, body).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
