//! `/webhooks/providers/{provider}/{account}`: pushes from banks and wallets. What each means is its adapter's to say, and so
//! is what it hears back: some give money back unless they hear one exact word.

use super::strangers::Knock;
use super::{ack, chosen, digest, too_many};
use crate::app::{App, inbox_place};
use crate::extract::Path;
use crate::front::asker::Asker;
use crate::milestones::Milestone;
use crate::problem::{Kind, Problem};
use crate::work::answered::{self, Answered};
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kamurj_providers::{Outcome, Provider, Push, PushRefused, Pushed, Pushes, Reply, Tidings};
use kamurj_store::defect::{self, Defect};
use kamurj_store::inbox::{self, Door, Message, Received};
use kamurj_store::jobs::{self, Kind as Work};
use kamurj_store::merchants::{self, ProviderAccount};
use serde_json::json;
use std::sync::Arc;

/// Headers that are kept beside every push.
const KEPT: &[&str] = &["content-type"];

/// Takes a push, by the method that the provider sends it with.
pub async fn take(
    State(app): State<Arc<App>>,
    Path((provider, account)): Path<(String, String)>,
    asker: Asker,
    method: Method,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Ok(family) = kamurj_providers::family(&provider) else {
        return by_status(&Outcome::Unknown);
    };
    let said = |outcome: &Outcome| match family.reply {
        Some(reply) => in_its_words(&reply(outcome)),
        None => by_status(outcome),
    };
    let knock = Knock::at(&account, &asker);
    // The answer to a wallet binds: refused unheard, what it has told before would go back, and what it tells now could stay
    // unwritten. Its proof is one short sum.
    if family.reply.is_none()
        && let Err(after_ms) = app.strangers.let_in(&knock)
    {
        return too_many(after_ms);
    }
    // Read without fail: a query that cannot be read is the adapter's to refuse, in the provider's own words.
    let query = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
    let Ok(body) = axum::body::to_bytes(body, super::LIMIT).await else {
        app.strangers.failed(&knock);
        return said(&Outcome::TooLarge);
    };
    let arrived = Arrived { method: method.as_str().to_owned(), query, body, headers: Vec::new() };
    let judging = async move {
        let judged = judge(&app, family, &account, arrived, &headers).await.unwrap_or_else(|problem| {
            tracing::error!(account.id = account, problem = problem.body().detail, "a push could not be kept");
            Judged { outcome: Outcome::Unkept, proof: Proof::None }
        });
        match judged.proof {
            Proof::Given => app.strangers.proved(&knock),
            Proof::Failed => app.strangers.failed(&knock),
            Proof::None => {}
        }
        judged.outcome
    };
    if family.reply.is_some() {
        // Its answer binds: it is told what became of its words and nothing sooner, or money could stay that nobody wrote down.
        return said(&judging.await);
    }
    // It may yet be kept; whoever sends it again finds it known.
    said(&ack::in_time(judging).await.unwrap_or(Outcome::Unkept))
}

/// What became of a push.
struct Judged {
    outcome: Outcome,
    proof: Proof,
}

/// Whether who sent it has shown to be the provider.
enum Proof {
    Given,
    Failed,
    /// Nothing can be said, such as where the provider proves nothing.
    None,
}

impl From<Outcome> for Judged {
    fn from(outcome: Outcome) -> Self {
        let proof = match outcome {
            Outcome::Taken | Outcome::Agreed | Outcome::Declined(_) => Proof::Given,
            Outcome::Unproven(_) | Outcome::Unreadable | Outcome::TooLarge | Outcome::Unknown => Proof::Failed,
            Outcome::Unkept | Outcome::InDoubt => Proof::None,
        };
        Self { outcome, proof }
    }
}

/// The answer to providers that go by the status alone: 200 for what is durable, anything else for what should be mended or
/// sent again.
fn by_status(outcome: &Outcome) -> Response {
    let (kind, detail) = match outcome {
        Outcome::Taken | Outcome::Agreed => return Json(json!({ "received": true })).into_response(),
        Outcome::Declined(reason) => (Kind::NotNow, format!("Declined: {reason}.")),
        Outcome::Unproven(reason) => (Kind::Unproven, format!("Refused: {reason}.")),
        Outcome::Unreadable => (Kind::Malformed, "The message cannot be read.".to_owned()),
        Outcome::TooLarge => (Kind::TooLarge, format!("A push may have at most {} bytes.", super::LIMIT)),
        Outcome::Unknown => (Kind::NotFound, "No provider account has this address.".to_owned()),
        Outcome::Unkept | Outcome::InDoubt => {
            (Kind::Unavailable, "The message could not be kept: send it again.".to_owned())
        }
    };
    Problem::new(kind, detail).into_response()
}

fn in_its_words(reply: &Reply) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = HeaderValue::from_static(reply.content_type);
    (status, [(header::CONTENT_TYPE, kind)], reply.body.clone()).into_response()
}

/// A push as it is kept.
struct Arrived {
    method: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl Arrived {
    fn pushed(&self) -> Pushed<'_> {
        Pushed { method: &self.method, query: &self.query, headers: &self.headers, body: &self.body }
    }
}

async fn judge(
    app: &App,
    family: &kamurj_providers::Family,
    account: &str,
    mut arrived: Arrived,
    headers: &HeaderMap,
) -> Result<Judged, Problem> {
    let (account, provider) = {
        let mut tx = app.db.read().await?;
        let account = merchants::account(&mut tx, account).await?;
        let Some(account) = account.filter(|account| account.provider == family.word) else {
            return Ok(Outcome::Unknown.into());
        };
        let provider = app.provider(&mut tx, &account).await?;
        (account, provider)
    };
    let own = provider.proof_headers();
    let names: Vec<&str> = KEPT.iter().chain(family.headers).copied().chain(own.iter().map(String::as_str)).collect();
    arrived.headers = chosen(headers, &names);
    let push = provider.on_push(&arrived.pushed(), app.now()).or_else(|refused| {
        let id = arrived.headers.iter().find(|(name, _)| name == "webhook-id");
        let taken = defect::has(Defect::SignatureUnchecked).then_some(id).flatten();
        taken.map(|(_, id)| Push::News { natural_key: id.clone() }).ok_or(refused)
    });
    match push {
        Err(refused) => {
            tracing::warn!(account.id = account.id, %refused, "a push was refused");
            Ok(match refused {
                PushRefused::Unproven(reason) => Outcome::Unproven(reason),
                PushRefused::Unreadable(_) => Outcome::Unreadable,
            }
            .into())
        }
        Ok(Push::News { natural_key }) => Ok(keep(app, &account, arrived, natural_key).await?.into()),
        Ok(Push::Binding { natural_key }) => Ok(bind(app, &*provider, &account, arrived, natural_key).await?.into()),
        Ok(Push::Question { number, amount }) => {
            let outcome = answered::question(app, &account, &number, amount).await?;
            Ok(Judged { outcome, proof: Proof::None })
        }
        Ok(Push::Hint { number }) => {
            let proven = provider.capabilities().push == Pushes::Proven;
            let is_ours = answered::hint(app, &account, &number, proven).await?;
            let proof = match (proven, is_ours) {
                (true, _) => Proof::Given,
                (false, true) => Proof::None,
                (false, false) => Proof::Failed,
            };
            Ok(Judged { outcome: Outcome::Taken, proof })
        }
    }
}

fn message(app: &App, account: &ProviderAccount, arrived: Arrived, natural_key: String) -> Message {
    let id = app.ids.new_id("inb");
    Message {
        body_sealed: app.sealer.seal(&inbox_place(&id), &arrived.body),
        digest: Some(digest(&arrived.body)),
        id,
        owner_id: account.id.clone(),
        natural_key,
        path: account.provider.clone(),
        method: arrived.method,
        query: arrived.query,
        headers: arrived.headers,
        received_at: app.now(),
        run: 1,
        run_started_at: None,
    }
}

/// Writes news down; a worker reads them.
async fn keep(app: &App, account: &ProviderAccount, arrived: Arrived, natural_key: String) -> Result<Outcome, Problem> {
    let message = message(app, account, arrived, natural_key);
    let mut tx = app.db.write().await?;
    match inbox::receive(&mut tx, Door::Provider, &message).await? {
        Received::New => jobs::put(&mut tx, Work::Push, &message.id, app.now()).await?,
        Received::Known { id, seen } => tracing::info!(inbox.id = id, seen, "a push came again"),
    }
    tx.commit().await?;
    super::written(app).await;
    Ok(Outcome::Taken)
}

/// Writes binding news down together with what they say, or declines them.
async fn bind(
    app: &App,
    provider: &dyn Provider,
    account: &ProviderAccount,
    arrived: Arrived,
    natural_key: String,
) -> Result<Outcome, Problem> {
    let statement = match provider.read_push(&arrived.pushed()) {
        Ok(Tidings::Session(statement)) => statement,
        Ok(Tidings::Refund(_) | Tidings::Nothing) => return Ok(Outcome::Unreadable),
        Err(refused) => {
            tracing::warn!(account.id = account.id, %refused, "a push cannot be read");
            return Ok(Outcome::Unreadable);
        }
    };
    let key = natural_key.clone();
    let message = message(app, account, arrived, natural_key);
    let mut tx = app.db.write().await?;
    let answer = answered::binding(app, &mut tx, account, &message, &statement).await?;
    if let Err(error) = app.commit(tx).await {
        tracing::error!(error = &error as &dyn std::error::Error, "whether a binding push was kept is looked for");
        return Ok(was_kept(app, &account.id, &key).await);
    }
    app.milestones.reached(Milestone::InboxWritten).await;
    Ok(match answer {
        Answered::Kept => Outcome::Taken,
        Answered::Declined(reason) => Outcome::Declined(reason),
    })
}

/// After a commit whose end is not known: whether the push is there. Where that cannot be read the money must not go back, for
/// the payment may stand as paid.
async fn was_kept(app: &App, account: &str, natural_key: &str) -> Outcome {
    let read = async { inbox::is_known(&mut app.db.read().await?, account, natural_key).await };
    match read.await {
        Ok(true) => Outcome::Taken,
        Ok(false) => Outcome::Unkept,
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "whether a binding push was kept cannot be read");
            Outcome::InDoubt
        }
    }
}
