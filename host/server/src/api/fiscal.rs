//! `POST /v1/payments/{id}/fiscal-receipt`: the receipt of the tax system, attached to a payment that was paid.

use crate::access::Authenticated;
use crate::api::acts::not_now;
use crate::api::asked::{Faults, MAX_URL, is_https};
use crate::api::body;
use crate::api::payment::PaymentBody;
use crate::api::payments::{own, whole};
use crate::api::refusals::Writing;
use crate::api::write::{Begun, Write};
use crate::app::App;
use crate::extract::{Path, Whole};
use crate::problem::{Kind, MEDIA_TYPE, Problem, ProblemBody};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kamurj_domain::order::FiscalReceipt;
use kamurj_store::road::Acted;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// The longest number of a receipt, in characters.
const MAX_NUMBER: usize = 64;

/// The receipt of the tax system.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FiscalReceiptBody {
    /// Its number, as it is printed.
    #[schema(example = "00012345")]
    pub number: String,
    /// https address at which it can be looked at.
    #[serde(default)]
    pub url: Option<String>,
}

impl From<FiscalReceipt> for FiscalReceiptBody {
    fn from(receipt: FiscalReceipt) -> Self {
        Self { number: receipt.number, url: receipt.url }
    }
}

impl FiscalReceiptBody {
    fn check(self) -> Result<FiscalReceipt, Problem> {
        let mut faults = Faults::default();
        // A number that another system made may look like a card number.
        faults.id("/number", &self.number, MAX_NUMBER);
        if self.number.trim().is_empty() || self.number.contains('\n') {
            faults.add("/number", "must be one line that is not blank");
        }
        if let Some(url) = &self.url {
            faults.id("/url", url, MAX_URL);
            if !is_https(url) {
                faults.add("/url", "must be an https address without user name and with a host name");
            }
        }
        faults.end()?;
        Ok(FiscalReceipt { number: self.number.trim().to_owned(), url: self.url })
    }
}

/// Attach the receipt of the tax system. The customer finds it on the page of the payment; another one takes its place.
#[utoipa::path(
    post,
    path = "/v1/payments/{id}/fiscal-receipt",
    tag = "payments",
    params(
        ("id" = String, Path, description = "pay_…"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")
    ),
    request_body = FiscalReceiptBody,
    responses(
        (status = 200, description = "The payment as it stands now", body = PaymentBody),
        Writing,
        (status = 404, description = "No such payment for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 409, description = "It was not paid, or a request with this idempotency key is being worked on", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["payments"]))
)]
pub async fn attach(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("POST /v1/payments/{id}/fiscal-receipt");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    own(&mut write.tx, &caller, &id).await?;
    let body: FiscalReceiptBody = body::read(&bytes)?;
    let payment = match app.road(caller.actor()).attach_receipt(&mut write.tx, &id, body.check()?).await? {
        Acted::Done(payment) | Acted::Known(payment) => payment,
        Acted::NotNow(status) => {
            let detail = format!("A payment that is `{}` has no receipt: attach it once it is paid.", status.word());
            return Err(not_now(&detail));
        }
        Acted::NoPayment => return Err(Problem::new(Kind::NotFound, "This key has no payment with this id.")),
    };
    let shown = whole(&app, &mut write.tx, &payment).await?;
    write.answer(&app, 200, &shown).await
}
