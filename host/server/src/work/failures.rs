//! Deliveries that were given up: one exception for all that a payment owes one installation and that fails, however much it is; and what
//! installations are told of a payment's exceptions.

use super::Fault;
use crate::app::App;
use kamurj_domain::{Event, ExceptionKind};
use kamurj_store::deliveries::{Delivery, again};
use kamurj_store::exceptions::{self, Exception};
use kamurj_store::payments::Payment;
use kamurj_store::{Error, Tx};
use serde_json::json;

/// Whether the event tells of exceptions, and not of the payment.
pub fn is_about_exceptions(event: &str) -> bool {
    [Event::EXCEPTION_OPENED, Event::EXCEPTION_RESOLVED].into_iter().any(|known| known.name() == event)
}

/// Puts a delivery that was given up before a person, unless one that failed before it is there already.
pub async fn open(app: &App, tx: &mut Tx, delivery: &Delivery, payment: &Payment, reason: &str) -> Result<(), Fault> {
    let kind = ExceptionKind::DeliveryFailed.word();
    for other in again::dead_of(tx, &payment.id, &delivery.installation_id).await? {
        if other.id != delivery.id && exceptions::open_about(tx, kind, &other.id).await?.is_some() {
            return Ok(());
        }
    }
    let exception = Exception {
        id: app.ids.new_id("exc"),
        merchant_id: payment.merchant_id.clone(),
        mode: payment.mode,
        payment_id: Some(payment.id.clone()),
        kind: kind.to_owned(),
        subject: delivery.id.clone(),
        detail: reason.to_owned(),
    };
    let is_news = exceptions::open(tx, &exception, app.now()).await?;
    // News of an exception that could not be delivered is no news: it would lead to the next.
    if is_news && !is_about_exceptions(&delivery.event) {
        let body = json!({ "kind": kind, "subject": delivery.id });
        app.road("worker").excepted(tx, &payment.id, Event::EXCEPTION_OPENED, body).await?;
    }
    Ok(())
}

/// How all exceptions of the payment stand, as the contract's pairs.
pub async fn told(tx: &mut Tx, payment_id: &str) -> Result<Vec<(String, String)>, Error> {
    let listed = exceptions::of_payment(tx, payment_id).await?;
    let pair = |one: exceptions::Listed| {
        let told = json!({
            "id": one.id,
            "kind": one.kind,
            "subject": one.subject,
            "detail": one.detail,
            "open": one.resolved_at.is_none(),
            "resolution": one.resolution,
        });
        ("exception".to_owned(), told.to_string())
    };
    Ok(listed.into_iter().map(pair).collect())
}
