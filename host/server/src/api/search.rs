//! `GET /v1/payments`: the merchant's payments, the newest first, by what people look for.

use crate::access::Authenticated;
use crate::api::asked::Faults;
use crate::api::page::{self, Cursor};
use crate::api::payment::PaymentBody;
use crate::api::refusals::Reading;
use crate::app::App;
use crate::extract::Query;
use crate::problem::{MEDIA_TYPE, Problem, ProblemBody};
use axum::Json;
use axum::extract::State;
use kamurj_domain::{Status, time};
use kamurj_store::search::{self, Filter, Place};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which payments.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct PaymentsQuery {
    /// The merchant's order number.
    pub order_id: Option<String>,
    /// `created`, `pending`, `paid`, …
    pub status: Option<String>,
    /// Name, phone number in any spelling or its last four digits or more, e-mail address, chat handle with or without `@`, id
    /// of the customer or of their conversation.
    pub customer: Option<String>,
    /// The provider's reference of the payment.
    pub provider_reference: Option<String>,
    /// The CRM's id of the entity, or with its type: `deal:5`.
    pub crm_entity: Option<String>,
    /// RFC 3339: made at this time or later.
    pub created_from: Option<String>,
    /// RFC 3339: made before this time.
    pub created_to: Option<String>,
    /// Any of order number, customer, reference, entity, payment id, id of the payment link that it came from; after what these find, payments of just this amount: `12500`,
    /// `12 500`.
    pub q: Option<String>,
    /// How many, 1 to 200; 50 where it is left out.
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// A page of payments.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentsBody {
    /// The newest first. Where `q` may be an amount, what costs that much comes after all that it names.
    pub payments: Vec<PaymentBody>,
    /// For the next page; absent on the last.
    pub next_cursor: Option<String>,
}

impl PaymentsQuery {
    fn check(self, faults: &mut Faults) -> Filter {
        let status = self.status.as_deref().and_then(Status::from_word);
        if self.status.is_some() && status.is_none() {
            faults.add("/status", format!("must be one of {}", Status::ALL.map(Status::word).join(", ")));
        }
        let mut read = |pointer: &str, text: Option<&str>| {
            let at = text.map(time::parse);
            if at == Some(None) {
                faults.add(pointer, "must be an RFC 3339 time such as 2026-11-24T12:00:00Z");
            }
            at.flatten()
        };
        let created_from = read("/created_from", self.created_from.as_deref());
        let created_to = read("/created_to", self.created_to.as_deref());
        let before = Cursor::read(self.cursor.as_deref(), faults).map(place);
        Filter {
            order_id: self.order_id,
            status,
            customer: self.customer,
            provider_reference: self.provider_reference,
            crm_entity: self.crm_entity,
            created_from,
            created_to,
            q: self.q,
            before,
        }
    }
}

/// What stands in a cursor before the id of a payment that was found by its amount.
const BY_AMOUNT: &str = "amount:";

fn mark(place: Place) -> (i64, String) {
    let id = if place.by_amount { format!("{BY_AMOUNT}{}", place.id) } else { place.id };
    (place.created_at, id)
}

fn place(cursor: Cursor) -> Place {
    let (by_amount, id) = match cursor.id.strip_prefix(BY_AMOUNT) {
        Some(id) => (true, id.to_owned()),
        None => (false, cursor.id),
    };
    Place { created_at: cursor.at, id, by_amount }
}

/// The merchant's payments, the newest first.
#[utoipa::path(
    get,
    path = "/v1/payments",
    tag = "payments",
    params(PaymentsQuery),
    responses(
        (status = 200, description = "A page of payments", body = PaymentsBody),
        Reading,
        (status = 422, description = "A wrong filter, limit or cursor", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = []))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Query(query): Query<PaymentsQuery>,
) -> Result<Json<PaymentsBody>, Problem> {
    let mut faults = Faults::default();
    let limit = page::limit(query.limit, 50, &mut faults);
    let filter = query.check(&mut faults);
    faults.end()?;
    let mut tx = app.db.read().await?;
    let mut found = search::page(&mut tx, &caller.merchant_id, caller.mode, &filter, limit + 1).await?;
    let next_cursor = page::cut(&mut found, limit, |last| mark(last.place()));
    let payments = found.iter().map(|found| PaymentBody::show(&app, &found.payment)).collect::<Result<_, _>>()?;
    Ok(Json(PaymentsBody { payments, next_cursor }))
}
