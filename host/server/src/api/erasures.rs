//! `/v1/erasures`: a customer's personal data is erased because they ask for it. What was sold, for how much and when stays.

use crate::access::Authenticated;
use crate::api::acts::not_now;
use crate::api::asked::Faults;
use crate::api::body;
use crate::api::page::{self, PageQuery};
use crate::api::payments::{own, shown};
use crate::api::refusals::{Reading, Writing};
use crate::api::write::{Begun, Write};
use crate::app::{App, inbox_place};
use crate::erasing::{self, Found};
use crate::extract::{Query, Whole};
use crate::problem::{Kind, MEDIA_TYPE, Problem, ProblemBody};
use crate::request::MAX_TEXT;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use kamurj_domain::time;
use kamurj_store::erasures::found::{self, Theirs};
use kamurj_store::erasures::{self, Erasure, Person, gone};
use kamurj_store::merchants::Caller;
use kamurj_store::road::{Erased, Hindrance};
use kamurj_store::{Tx, idempotency};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use utoipa::ToSchema;

/// Most payments of a customer that one request erases.
const MOST_PAYMENTS: usize = 200;
/// Most messages and records of runs.
const MOST_ROWS: usize = 10_000;

/// Whose data is erased.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EraseBody {
    /// A payment of theirs, `pay_…`.
    pub payment: String,
    /// Why, without their name: it is kept. A letter's date or a ticket's number will do.
    pub reason: String,
    /// Only say which payments these would be.
    #[serde(default)]
    pub dry_run: bool,
}

/// A customer's data that is gone.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErasedBody {
    /// `era_…`; absent where it was only asked which payments these would be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// All payments of the customer.
    pub payments: Vec<String>,
    /// What says that a payment is theirs, by its id: `phone`, `email`, `id`, `conversation`. The one that was named is left out.
    pub same_by: BTreeMap<String, Vec<String>>,
    /// How much is gone.
    pub erased: CountsBody,
    /// RFC 3339, UTC.
    pub at: String,
}

/// How much is gone.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct CountsBody {
    /// Values that stood in orders, answers and keys.
    pub fields: i64,
    /// Inbound messages whose text is gone.
    pub messages: i64,
    /// Runs of plugins whose record is gone.
    pub runs: i64,
    /// Entries that plugins kept.
    pub states: i64,
}

/// An erasure: who had it done, when and of how much.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErasureBody {
    /// `era_…`.
    pub id: String,
    /// RFC 3339, UTC.
    pub at: String,
    /// Who had it done, as in the journal.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Of how many payments.
    pub payments: i64,
    /// How much is gone.
    pub erased: CountsBody,
}

/// A page of erasures.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErasuresBody {
    /// The newest first.
    pub erasures: Vec<ErasureBody>,
    /// For the next page; absent on the last.
    pub next_cursor: Option<String>,
}

/// Erase the personal data of a payment's customer, for good: of this payment, and of every other one in this mode with the same telephone
/// number, e-mail address, customer's number or conversation, or with one of those that such a payment has. Amounts, times, order numbers,
/// references and evidence stay. What went out to chats, banks and back offices has to be erased there.
#[utoipa::path(
    post,
    path = "/v1/erasures",
    tag = "people",
    params(("Idempotency-Key" = Option<String>, Header, description = "Same key and body: same answer for 30 days")),
    request_body = EraseBody,
    responses(
        (status = 200, description = "Which payments these would be; nothing is erased", body = ErasedBody),
        (status = 201, description = "What is gone", body = ErasedBody),
        Writing,
        (status = 404, description = "No such payment for you", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 409, description = "A payment of theirs is under way, or its money is in doubt, or a request with this idempotency key is being worked on", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("session" = ["erasure"]))
)]
pub async fn erase(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    headers: HeaderMap,
    Whole(bytes): Whole,
) -> Result<Response, Problem> {
    let mut write = match Write::begin(&app, &caller, &headers, "POST /v1/erasures", &bytes).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let asked = body::read::<EraseBody>(&bytes)?;
    let (person, theirs) = find(&mut write.tx, &caller, &asked).await?;
    if asked.dry_run {
        return write.answer(&app, 200, &told(None, &theirs, CountsBody::default(), app.now())).await;
    }
    // Opening what is sealed takes its time, and nobody waits for it.
    let paused = write.pause().await?;
    let ids = theirs.keys().cloned().collect::<BTreeSet<_>>();
    let found = erasing::look(&app, (&caller.merchant_id, caller.mode), &person, &ids).await?;
    let mut write = match paused.resume(&app).await? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::New(write) => write,
    };
    let (person_now, theirs) = find(&mut write.tx, &caller, &asked).await?;
    if person_now != person || !theirs.keys().eq(&ids) {
        return Err(not_now("Something about this customer changed meanwhile. Try again."));
    }
    let id = app.ids.new_id("era");
    let erased = take(&app, &mut write.tx, &caller, (&id, &asked.reason), (&person, &theirs, found)).await?;
    let answer = write.answer(&app, 201, &told(Some(id), &theirs, erased, app.now())).await?;
    // It is done. The log is emptied sooner or later in any case.
    if let Err(error) = app.db.empty_log().await {
        tracing::warn!(error = &error as &dyn std::error::Error, "the log of the database could not be emptied");
    }
    Ok(answer)
}

/// Erasures, the newest first: who had them done, when and of how much.
#[utoipa::path(
    get,
    path = "/v1/erasures",
    tag = "people",
    params(PageQuery),
    responses(
        (status = 200, description = "A page of erasures", body = ErasuresBody),
        Reading,
        (status = 403, description = "Your role does not have `erasure`", body = ProblemBody, content_type = MEDIA_TYPE),
        (status = 422, description = "A wrong limit or cursor", body = ProblemBody, content_type = MEDIA_TYPE),
    ),
    security(("session" = ["erasure"]))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Query(query): Query<PageQuery>,
) -> Result<Response, Problem> {
    let (limit, before) = query.read()?;
    let mut tx = app.db.read().await?;
    let mut rows = erasures::page(&mut tx, (&caller.merchant_id, caller.mode), before, limit + 1).await?;
    let next_cursor = page::cut(&mut rows, limit, |last| (last.at, last.id.clone()));
    Ok(shown(&ErasuresBody { erasures: rows.into_iter().map(ErasureBody::from).collect(), next_cursor }))
}

impl From<Erasure> for ErasureBody {
    fn from(kept: Erasure) -> Self {
        let Erasure { id, at, actor, reason, payments, fields, messages, runs, states } = kept;
        let erased = CountsBody { fields, messages, runs, states };
        Self { id, at: time::rfc3339(at), by: actor, reason, payments, erased }
    }
}

/// Who it is, and all of their payments.
async fn find(tx: &mut Tx, caller: &Caller, asked: &EraseBody) -> Result<(Person, Theirs), Problem> {
    let first = own(tx, caller, &asked.payment).await?;
    let (person, theirs) = found::payments(tx, first, MOST_PAYMENTS).await?;
    let mut faults = Faults::default();
    faults.text("/reason", &asked.reason, MAX_TEXT);
    if asked.reason.trim().is_empty() {
        faults.add("/reason", "is needed: say why, such as the date of their letter");
    } else if person.taken_out_of(&asked.reason) != asked.reason {
        faults.add("/reason", "must not say who they are: the reason is kept");
    }
    faults.end()?;
    if theirs.len() > MOST_PAYMENTS {
        return Err(not_now(&format!(
            "More than {MOST_PAYMENTS} payments seem to be of this customer: a number, an address or a conversation is probably the \
             shop's own. Nothing was erased."
        )));
    }
    Ok((person, theirs))
}

/// Takes all of it, or nothing.
async fn take(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    (id, reason): (&str, &str),
    (person, theirs, found): (&Person, &Theirs, Found),
) -> Result<CountsBody, Problem> {
    let whose = (caller.merchant_id.as_str(), caller.mode);
    if found.messages.len() + found.runs.len() > MOST_ROWS {
        return Err(not_now(&format!(
            "More than {MOST_ROWS} messages and runs speak of this customer: a number, an address or a conversation is probably the \
             shop's own. Nothing was erased."
        )));
    }
    if !found.waiting.is_empty() {
        return Err(not_now("A message of theirs is being worked on. Try again in a minute. Nothing was erased."));
    }
    let road = app.road(caller.actor());
    let mut erased = CountsBody::default();
    // In the order of their ids, as everybody who locks several payments does.
    for payment in theirs.keys() {
        match road.erase(tx, payment, person, id).await? {
            Erased::Done { fields, runs } => {
                erased.fields += fields;
                erased.runs += runs;
            }
            Erased::Hindered(hindrance) => return Err(not_now(&why(payment, &hindrance))),
            Erased::NoPayment => return Err(Problem::new(Kind::NotFound, "There is no payment with this id.")),
        }
    }
    for message in &found.messages {
        let empty = app.sealer.seal(&inbox_place(message), b"");
        if gone::message(tx, person, message, &empty).await? {
            erased.messages += 1;
            erased.runs += gone::runs_of(tx, message).await?;
        }
    }
    for run in &found.runs {
        gone::run(tx, &run.owner_id, run.run).await?;
        erased.runs += 1;
    }
    let scope = erasing::scope(whose.0, whose.1);
    for (key, status, sealed) in &found.answers {
        idempotency::store(tx, &scope, key, *status, sealed).await?;
    }
    erased.states = gone::states(tx, person, whose).await?;
    let kept = Erasure {
        id: id.to_owned(),
        at: app.now(),
        actor: caller.actor(),
        reason: reason.to_owned(),
        payments: i64::try_from(theirs.len()).unwrap_or(i64::MAX),
        fields: erased.fields,
        messages: erased.messages,
        runs: erased.runs,
        states: erased.states,
    };
    erasures::add(tx, whose, &kept).await?;
    Ok(erased)
}

/// What stands in the way, and what to do.
fn why(payment: &str, hindrance: &Hindrance) -> String {
    let (what, way) = match hindrance {
        Hindrance::UnderWay(status) => (
            format!("is `{}`, so its customer may still pay", status.word()),
            "withdraw it, or wait for its end".to_owned(),
        ),
        Hindrance::Undecided => ("is in doubt".to_owned(), "decide what it is".to_owned()),
        Hindrance::Attempt => {
            ("has an attempt whose end is not known".to_owned(), "wait until the provider has told it".to_owned())
        }
        Hindrance::Refund => ("has money that is going back".to_owned(), "wait for the refund".to_owned()),
        Hindrance::Exception(id) => ("has an open exception".to_owned(), format!("settle {id}")),
        Hindrance::Delivery(id) => {
            ("is still being told to a chat or a back office".to_owned(), format!("wait for {id}, or leave it out"))
        }
    };
    format!("Payment {payment} {what}: {way} first. Nothing was erased.")
}

fn told(id: Option<String>, theirs: &Theirs, erased: CountsBody, at: i64) -> ErasedBody {
    let same_by = theirs.iter().filter(|(_, (_, same))| !same.is_empty());
    ErasedBody {
        id,
        payments: theirs.keys().cloned().collect(),
        same_by: same_by
            .map(|(id, (_, same))| (id.clone(), same.iter().map(|word| (*word).to_owned()).collect()))
            .collect(),
        erased,
        at: time::rfc3339(at),
    }
}
