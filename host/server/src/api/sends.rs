//! `POST /v1/payments/{id}/send`: the payment's link is sent to its conversation because a person or a system wants it, and
//! what became of that.

use crate::access::Authenticated;
use crate::api::acts::not_now;
use crate::api::asked::{Faults, read_channel};
use crate::api::body;
use crate::api::payment::ChannelBody;
use crate::api::payments::own;
use crate::api::refusals::Writing;
use crate::api::write::{Begun, Write};
use crate::app::App;
use crate::extract::{Path, Whole};
use crate::problem::{FieldError, Kind, MEDIA_TYPE, Problem, ProblemBody};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kamurj_domain::{Status, time};
use kamurj_store::road::Sending;
use kamurj_store::sends::{self, MOST_SENDS, Send};
use kamurj_store::{Error, Tx};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// The most sends that a payment shows.
const SHOWN: i64 = 20;

/// Where to send the link.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SendLinkBody {
    /// The conversation; the payment's own where it is left out. A payment that has none takes this one for its own, if another
    /// payment of yours was in it before. A sale goes on in one conversation: no other is taken than the payment's own.
    #[serde(deserialize_with = "body::maybe_object")]
    pub channel: Option<ChannelBody>,
}

/// One sending of a payment's link.
#[derive(Debug, Serialize, ToSchema)]
pub struct SendBody {
    /// `snd_…`.
    pub id: String,
    /// `pay_…`.
    pub payment: String,
    /// When it was asked for; RFC 3339, UTC.
    pub at: String,
    /// Who asked for it, as in the journal: the API key and its role.
    pub by: String,
    /// `waiting`; `delivered`: the channel took it; `failed`: given up, with an exception; `dropped`: not sent, because the
    /// payment could be paid no more or the plugin was switched off.
    pub state: String,
    /// How the last try ended, in one word: `done`, `retry`, `window-closed` (the service lets nobody write there now),
    /// `unreachable` (blocked or gone), `auth-needed`, `bad-request`, `in-doubt`, …; absent before the first one has.
    pub outcome: Option<String>,
    /// The same in words.
    pub detail: Option<String>,
    /// The delivery with its runs and calls, `dlv_…`.
    pub delivery: String,
}

impl From<Send> for SendBody {
    fn from(send: Send) -> Self {
        let state = match (send.delivery_state.as_str(), send.outcome.as_deref()) {
            ("owed", _) => "waiting",
            ("dead", _) => "failed",
            (_, Some("done")) => "delivered",
            _ => "dropped",
        };
        Self {
            id: send.id,
            payment: send.payment_id,
            at: time::rfc3339(send.at),
            by: send.actor,
            state: state.to_owned(),
            // What a delivery that is done says is the channel's own name of the message.
            detail: send.detail.filter(|detail| state != "delivered" && !detail.is_empty()),
            outcome: send.outcome,
            delivery: send.delivery_id,
        }
    }
}

/// The payment's last sends, the newest first.
pub(super) async fn of_payment(tx: &mut Tx, payment_id: &str) -> Result<Vec<SendBody>, Error> {
    Ok(sends::of_payment(tx, payment_id, SHOWN).await?.into_iter().map(SendBody::from).collect())
}

/// Send the payment's link to its conversation, for the first time or again. While one waits to be sent, asking again answers that
/// one; ten an hour at most.
#[utoipa::path(
    post,
    path = "/v1/payments/{id}/send",
    tag = "payments",
    params(
        ("id" = String, Path, description = "pay_…"),
        ("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")
    ),
    request_body = Option<SendLinkBody>,
    responses(
        (status = 202, description = "It will be sent; `sends` of the payment says what became of it", body = SendBody),
        Writing,
        (status = 404, description = "No such payment for this key", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 409, description = "Nobody can pay it now, or no plugin can send it, or a request with this idempotency key is being worked on", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 429, description = "It was sent ten times within an hour", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("api_key" = ["payments"]))
)]
pub async fn send(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let route = format!("POST /v1/payments/{id}/send");
    let mut write = match Write::begin(&app, &caller, &headers, &route, &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    own(&mut write.tx, &caller, &id).await?;
    let body: SendLinkBody = if bytes.is_empty() { SendLinkBody::default() } else { body::read(&bytes)? };
    let mut faults = Faults::default();
    let named = body.channel.map(|channel| read_channel(channel, &mut faults));
    faults.end()?;
    let is_named = named.is_some();
    let send = match app.road(caller.actor()).send(&mut write.tx, &id, named).await? {
        Sending::Owed(send) | Sending::Waits(send) => send,
        refused => return Err(refusal(refused, is_named)),
    };
    write.answer(&app, 202, &SendBody::from(*send)).await
}

/// Why it is not sent, and what to do.
fn refusal(refused: Sending, is_named: bool) -> Problem {
    match refused {
        Sending::Owed(_) | Sending::Waits(_) | Sending::NoPayment => {
            Problem::new(Kind::NotFound, "This key has no payment with this id.")
        }
        Sending::NotNow(status) => not_now(unpayable(status)),
        Sending::NoConversation => wrong(
            "/channel",
            "is needed: this payment has no conversation yet; name one in which another payment of yours was, or pass the link \
             on by hand with `GET …/share`"
                .to_owned(),
        ),
        Sending::OtherConversation => wrong(
            "/channel",
            "is another conversation than the payment's own; a sale goes on in one: leave `channel` out, or pass the link on by \
             hand with `GET …/share`"
                .to_owned(),
        ),
        Sending::UnknownConversation => wrong(
            "/channel/conversation",
            "is unknown: no payment of yours in this mode was ever in it; take the `channel` of a payment from there".to_owned(),
        ),
        Sending::NoPlugin(plugin) => unable(
            is_named,
            format!("no channel plugin `{plugin}` is active in this mode: install and activate it, or take another"),
        ),
        Sending::CannotSend(plugin) => unable(
            is_named,
            format!(
                "the plugin `{plugin}` does not send links on demand: its manifest would have to list the event `payment.send`; \
                 install a version that does"
            ),
        ),
        Sending::TooOften(until) => Problem::new(
            Kind::TooMany,
            format!(
                "The link was sent {MOST_SENDS} times within an hour, and nobody wants more. Send it again after {}.",
                time::rfc3339(until)
            ),
        ),
    }
}

fn wrong(pointer: &str, detail: String) -> Problem {
    Problem::invalid(vec![FieldError { pointer: pointer.to_owned(), detail }])
}

/// The plugin was named by the request, or it is the payment's own.
fn unable(is_named: bool, detail: String) -> Problem {
    if is_named { wrong("/channel/plugin", detail) } else { not_now(&format!("The link cannot be sent: {detail}.")) }
}

fn unpayable(status: Status) -> &'static str {
    match status {
        Status::Expired => {
            "It is expired, so nobody can pay it. Open it again with `PATCH /v1/payments/{id}` and a new `expires_in`, then send it."
        }
        Status::Cancelled => "It is withdrawn, so nobody can pay it. Make a new payment.",
        Status::ManualReview => {
            "A person has to decide what it is first: see `GET /v1/exceptions`. Nobody should pay it meanwhile."
        }
        Status::Paid | Status::PartiallyRefunded | Status::Refunded => {
            "It is paid already, so its link is not sent any more; the page of the link shows its receipt."
        }
        Status::Created | Status::Pending | Status::Failed => "It cannot be sent now. Try again.",
    }
}
