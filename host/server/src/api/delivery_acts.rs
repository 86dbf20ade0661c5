//! What a person does about deliveries: leave one out, send one again, send again all that an installation was told in a span of time.
//! Trying again what was given up is in `deliveries`.

use crate::access::Authenticated;
use crate::api::acts::not_now;
use crate::api::asked::Faults;
use crate::api::deliveries::{DeliveryBody, RetryBody, gone, own};
use crate::api::refusals::Writing;
use crate::api::write::{Begun, Write};
use crate::api::{body, exception_ways, installations};
use crate::app::App;
use crate::extract::{Path, Whole};
use crate::problem::{MEDIA_TYPE, Problem, ProblemBody};
use crate::request::MAX_TEXT;
use crate::work::failures;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kamurj_domain::{Event, ExceptionKind, time};
use kamurj_store::deliveries::{self, Delivery, again};
use kamurj_store::installations::Sink;
use kamurj_store::merchants::Caller;
use kamurj_store::runs::kept;
use kamurj_store::{Tx, payments, sends};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;
use utoipa::ToSchema;

/// Most deliveries that one request sends again.
const MOST: i64 = 1_000;

/// Which deliveries of an installation to send again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResendBody {
    /// Owed from this time on; RFC 3339.
    pub since: String,
    /// And before this one.
    pub until: String,
    /// Of this event alone: `payment.paid`.
    #[serde(default)]
    pub event: Option<String>,
    /// Only count them.
    #[serde(default)]
    pub dry_run: bool,
    /// For whoever reads the journal.
    #[serde(default)]
    pub reason: String,
}

/// What is sent again.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResentBody {
    /// How many deliveries.
    pub count: usize,
    /// Whether they were only counted.
    pub dry_run: bool,
    /// Whether there are more than one request sends: ask again from where this one ended.
    pub more: bool,
    /// When the last of them was owed; RFC 3339, UTC.
    pub last_at: Option<String>,
}

/// Leave a delivery out for good, so that what waits behind it goes on. Nothing is sent.
#[utoipa::path(
    post,
    path = "/v1/deliveries/{id}/skip",
    tag = "deliveries",
    params(
        ("id" = String, Path, description = "dlv_…"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")
    ),
    request_body = RetryBody,
    responses(
        (status = 200, description = "The delivery, left out; its exception is closed", body = DeliveryBody),
        Writing,
        (status = 404, description = "No such delivery for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 409, description = "It is done, or left out already, or a request with this idempotency key is being worked on", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["payments"]))
)]
pub async fn skip(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("POST /v1/deliveries/{id}/skip");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let listed = own(&mut write.tx, &caller, &id).await?;
    let reason = reason(&bytes)?;
    let delivery = deliveries::by_id(&mut write.tx, &listed.id).await?.ok_or_else(gone)?;
    leave_out(&app, &mut write.tx, &caller, &delivery, &reason).await?;
    settled(&app, &mut write.tx, &caller, &delivery, "skipped", &reason).await?;
    let listed = own(&mut write.tx, &caller, &id).await?;
    write.answer(&app, 200, &DeliveryBody::from(listed)).await
}

/// Send a delivery again that was done, as if it had never been: for a record that was lost at the receiver. Not for chats: there it would
/// be a second message; send the payment's link again instead.
#[utoipa::path(
    post,
    path = "/v1/deliveries/{id}/resend",
    tag = "deliveries",
    params(
        ("id" = String, Path, description = "dlv_…"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")
    ),
    request_body = RetryBody,
    responses(
        (status = 200, description = "The delivery, owed again", body = DeliveryBody),
        Writing,
        (status = 404, description = "No such delivery for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 409, description = "It is not done, or to a chat, or a request with this idempotency key is being worked on", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["payments"]))
)]
pub async fn resend(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("POST /v1/deliveries/{id}/resend");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let listed = own(&mut write.tx, &caller, &id).await?;
    let reason = reason(&bytes)?;
    let installation = kamurj_store::installations::by_id(&mut write.tx, &listed.installation_id).await?;
    let installation = installation.ok_or_else(gone)?;
    not_a_chat(installation.sink)?;
    if !installation.active {
        return Err(not_now("The installation is switched off."));
    }
    let delivery = deliveries::by_id(&mut write.tx, &listed.id).await?.ok_or_else(gone)?;
    if !send_again(&app, &mut write.tx, &caller, &delivery, &reason).await? {
        return Err(not_now(match delivery.state.as_str() {
            "owed" => "This delivery is being tried already.",
            "dead" => "This delivery was given up: retry it.",
            _ => "This delivery was left out.",
        }));
    }
    let listed = own(&mut write.tx, &caller, &id).await?;
    write.answer(&app, 200, &DeliveryBody::from(listed)).await
}

/// Send again what an installation was told in a span of time, in the same order; or only count it. At most 1,000 in one request.
#[utoipa::path(
    post,
    path = "/v1/installations/{id}/resend",
    tag = "installations",
    params(
        ("id" = String, Path, description = "ins_…"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")
    ),
    request_body = ResendBody,
    responses(
        (status = 200, description = "How many are owed again", body = ResentBody),
        Writing,
        (status = 404, description = "No such installation for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 409, description = "It is a chat, or switched off, or a request with this idempotency key is being worked on", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["payments"]))
)]
pub async fn resend_all(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("POST /v1/installations/{id}/resend");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let installation = installations::locked(&mut write.tx, &caller, &id).await?;
    let asked: ResendBody = body::read(&bytes)?;
    let span = asked.check()?;
    not_a_chat(installation.sink)?;
    if !installation.active {
        return Err(not_now("The installation is switched off."));
    }
    let found = again::done_in(&mut write.tx, &id, span, asked.event.as_deref(), MOST + 1).await?;
    let more = found.len() > usize::try_from(MOST).unwrap_or(usize::MAX);
    let found: Vec<_> = found.into_iter().take(usize::try_from(MOST).unwrap_or(usize::MAX)).collect();
    let last = match found.last() {
        Some(last) => deliveries::listed(&mut write.tx, &caller.merchant_id, caller.mode, &last.id).await?,
        None => None,
    };
    if !asked.dry_run {
        for delivery in &found {
            send_again(&app, &mut write.tx, &caller, delivery, &asked.reason).await?;
        }
    }
    let answer = ResentBody {
        count: found.len(),
        dry_run: asked.dry_run,
        more,
        last_at: last.map(|last| time::rfc3339(last.created_at)),
    };
    write.answer(&app, 200, &answer).await
}

impl ResendBody {
    fn check(&self) -> Result<(i64, i64), Problem> {
        let mut faults = Faults::default();
        let mut read = |pointer: &str, text: &str| {
            let at = time::parse(text);
            if at.is_none() {
                faults.add(pointer, "must be a time such as 2026-11-21T08:00:00Z");
            }
            at.unwrap_or(0)
        };
        let (since, until) = (read("/since", &self.since), read("/until", &self.until));
        if since >= until && since != 0 && until != 0 {
            faults.add("/until", "must be later than `since`");
        }
        if self.event.as_deref().is_some_and(|event| !Event::names().contains(&event)) {
            faults.add("/event", format!("must be one of {}", Event::names().join(", ")));
        }
        faults.text("/reason", &self.reason, MAX_TEXT);
        faults.end()?;
        Ok((since, until))
    }
}

fn not_a_chat(sink: Sink) -> Result<(), Problem> {
    match sink {
        Sink::Crm | Sink::Ledger => Ok(()),
        Sink::Channel => Err(not_now(
            "A chat would get a second message. Send the payment's link again with POST /v1/payments/{id}/send.",
        )),
    }
}

fn reason(bytes: &[u8]) -> Result<String, Problem> {
    let body: RetryBody = if bytes.is_empty() { RetryBody::default() } else { body::read(bytes)? };
    let mut faults = Faults::default();
    faults.text("/reason", &body.reason, MAX_TEXT);
    faults.end()?;
    Ok(if body.reason.trim().is_empty() { "asked for through the API".to_owned() } else { body.reason })
}

/// Owes a delivery again that was given up.
pub(super) async fn try_again(app: &App, tx: &mut Tx, id: &str) -> Result<(), Problem> {
    let delivery = deliveries::by_id(tx, id).await?.ok_or_else(gone)?;
    if !again::revive(tx, &delivery, app.now()).await? {
        return Err(not_now(match delivery.state.as_str() {
            "done" => "This delivery is done.",
            "skipped" => "This delivery was left out.",
            _ => "This delivery is being tried already.",
        }));
    }
    // Asked once the row is locked: records are removed under the same lock.
    if kept::of_owner(tx, id).await?.is_empty() {
        return Err(not_now(
            "The record of this delivery has had its time, so what the remote accepted would be sent again. Do what it was for by hand.",
        ));
    }
    Ok(())
}

/// Owes again this delivery and whatever else its payment owes the same installation and was given up, in the order in which it was
/// owed: one exception stands for all of it.
pub(super) async fn try_all_again(app: &App, tx: &mut Tx, id: &str) -> Result<(), Problem> {
    let first = deliveries::by_id(tx, id).await?.ok_or_else(gone)?;
    let dead = again::dead_of(tx, &first.payment_id, &first.installation_id).await?;
    if dead.iter().all(|one| one.id != first.id) {
        return try_again(app, tx, id).await;
    }
    for one in dead {
        try_again(app, tx, &one.id).await?;
    }
    Ok(())
}

/// Leaves out this delivery and whatever else its payment owes the same installation and was given up.
pub(super) async fn skip_all(app: &App, tx: &mut Tx, caller: &Caller, id: &str, reason: &str) -> Result<(), Problem> {
    let first = deliveries::by_id(tx, id).await?.ok_or_else(gone)?;
    leave_out(app, tx, caller, &first, reason).await?;
    for one in again::dead_of(tx, &first.payment_id, &first.installation_id).await? {
        leave_out(app, tx, caller, &one, reason).await?;
    }
    Ok(())
}

async fn leave_out(app: &App, tx: &mut Tx, caller: &Caller, delivery: &Delivery, reason: &str) -> Result<(), Problem> {
    if !again::skip(tx, &delivery.id, reason).await? {
        return Err(not_now(match delivery.state.as_str() {
            "done" => "This delivery is done.",
            _ => "This delivery was left out already.",
        }));
    }
    if delivery.event == Event::SEND.name() {
        sends::ended(tx, &delivery.id, "skipped").await?;
    }
    note(app, tx, caller, delivery, "delivery.skipped", reason).await
}

/// Owes a delivery again that was done. `false`: it is not.
async fn send_again(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    delivery: &Delivery,
    reason: &str,
) -> Result<bool, Problem> {
    if !again::resend(tx, delivery, app.now()).await? {
        return Ok(false);
    }
    note(app, tx, caller, delivery, "delivery.resent", reason).await?;
    Ok(true)
}

async fn note(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    delivery: &Delivery,
    kind: &str,
    reason: &str,
) -> Result<(), Problem> {
    let told = json!({ "delivery": delivery.id, "event": delivery.event, "reason": reason });
    app.road(caller.actor()).note(tx, &delivery.payment_id, kind, &told).await?;
    Ok(())
}

/// Closes the exception about this delivery, and asks about what else of the same payment and installation was given up, where
/// there is any.
async fn settled(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    delivery: &Delivery,
    how: &str,
    reason: &str,
) -> Result<(), Problem> {
    let kind = ExceptionKind::DeliveryFailed.word();
    let Some(open) = kamurj_store::exceptions::open_about(tx, kind, &delivery.id).await? else { return Ok(()) };
    exception_ways::close(app, tx, caller, &open, how, reason).await?;
    let left = again::dead_of(tx, &delivery.payment_id, &delivery.installation_id).await?;
    if let (Some(next), Some(payment)) = (left.first(), payments::by_id(tx, &delivery.payment_id).await?) {
        let why = next.outcome.clone().unwrap_or_default();
        failures::open(app, tx, next, &payment, &why).await?;
    }
    Ok(())
}
