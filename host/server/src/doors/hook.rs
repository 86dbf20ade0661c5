//! `ANY /hooks/{installation}/{path}`: inbound messages for a plugin, verified as its manifest declares.

use super::places::Kept;
use super::proof::{self, Shown};
use super::strangers::Knock;
use super::{ack, challenge, chosen, digest, read_body, too_many, written};
use crate::app::{App, inbox_place, secret_place};
use crate::extract::Path;
use crate::front::asker::Asker;
use crate::problem::{Kind, Problem};
use axum::Json;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use kamurj_plugins::contract::{ChallengeKind, InboundRoute, Key, Manifest, Scheme};
use kamurj_store::inbox::{self, Door, Message, Received};
use kamurj_store::installations::{self, Installation};
use kamurj_store::jobs::{self, Kind as Work};
use kamurj_store::{Tx, secrets};
use serde_json::json;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Takes a message. 200 means that it is durable, or that nobody will ever be able to use it.
pub async fn take(
    State(app): State<Arc<App>>,
    Path((installation, path)): Path<(String, String)>,
    asker: Asker,
    request: Request,
) -> Response {
    let knock = Knock::at(&installation, &asker);
    if let Err(after_ms) = app.strangers.let_in(&knock) {
        return too_many(after_ms);
    }
    let taken = ack::in_time(async move {
        let taken = proven_and_kept(&app, &installation, &path, request).await;
        match &taken {
            Ok(_) => app.strangers.proved(&knock),
            Err(problem) if problem.is_senders() => app.strangers.failed(&knock),
            Err(_) => {}
        }
        taken
    });
    match taken.await {
        Some(Ok(answer)) => answer,
        Some(Err(problem)) => problem.into_response(),
        None => Problem::new(Kind::Unavailable, "The message could not be kept: send it again.").into_response(),
    }
}

async fn proven_and_kept(app: &App, installation: &str, path: &str, request: Request) -> Result<Response, Problem> {
    let Found { installation, route, segment } = {
        let mut tx = app.db.read().await?;
        find(&mut tx, installation, path).await?
    };
    let (Parts { method, uri, headers, .. }, body) = request.into_parts();
    if method == Method::GET && route.challenge.is_some() {
        return challenged(app, &installation, &route, uri.query().unwrap_or_default()).await;
    }
    if method != Method::POST {
        return Err(Problem::new(Kind::MethodNotAllowed, "Send messages by POST."));
    }
    let secrets = opened(app, &installation.id, route.secrets()).await?;
    if secrets.is_empty() {
        return Err(not_there());
    }
    let proofs = chosen(&headers, &proof::headers_of(&route));
    let proven = |body: &[u8]| {
        let shown = Shown { headers: &proofs, segment: segment.as_deref(), body };
        proof::check(&route, &secrets, &shown, app.now()).map_err(|unproven| {
            tracing::warn!(installation.id = installation.id, %unproven, "an inbound message was refused");
            Problem::new(Kind::Unproven, format!("Refused: {unproven}."))
        })
    };
    if !route.scheme.reads_body() {
        // Nobody who proves nothing has a body read.
        proven(&[])?;
    }
    let body = read_body(body, usize::try_from(route.max_bytes).unwrap_or(super::LIMIT)).await?;
    let name = proven(&body)?;
    let wanted: Vec<&str> = route.headers.iter().map(String::as_str).collect();
    let kept = Kept::of(&route, &body);
    let id = app.ids.new_id("inb");
    let digest = digest(&kept.bytes);
    let message = Message {
        body_sealed: app.sealer.seal(&inbox_place(&id), &kept.bytes),
        owner_id: installation.id.clone(),
        natural_key: natural_key(&route, name, (&kept, &digest), app.now()),
        digest: Some(digest),
        // Not what stands in the address: that may end in a secret.
        path: route.path.clone(),
        method: method.as_str().to_owned(),
        query: blackened(
            url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned(),
            &secrets,
        ),
        headers: blackened(chosen(&headers, &wanted).into_iter(), &secrets),
        received_at: app.now(),
        run: 1,
        run_started_at: None,
        id,
    };
    let mut tx = app.db.write().await?;
    match inbox::receive(&mut tx, Door::Hook, &message).await? {
        Received::Known { id, seen } => tracing::info!(inbox.id = id, seen, "a message came again"),
        // Proven, but not what the route carries: sending it again would not help, so it is kept aside and acknowledged.
        Received::New if kept.is_unreadable(&route) => {
            inbox::quarantine(&mut tx, &message.id, "the body is not JSON").await?;
        }
        Received::New => {
            let own = bounded(&kept, &route.lane).unwrap_or_else(|| message.id.clone());
            let lane = format!("{}:{own}", installation.id);
            jobs::put_in_lane(&mut tx, Work::Hook, &message.id, &lane, message.received_at, message.received_at)
                .await?;
        }
    }
    tx.commit().await?;
    written(app).await;
    Ok(Json(json!({ "ok": true })).into_response())
}

/// Answers a service that asks whether the address is ours. Nothing is written.
async fn challenged(
    app: &App,
    installation: &Installation,
    route: &InboundRoute,
    query: &str,
) -> Result<Response, Problem> {
    let asked = route.challenge.as_ref();
    let token = opened(app, &installation.id, asked.map(|challenge| challenge.secret.as_str()).into_iter()).await?;
    let given_back = asked.zip(token.first()).and_then(|(challenge, token)| match challenge.kind {
        ChallengeKind::Hub => challenge::hub(query, token),
    });
    given_back.map(challenge::answer).ok_or_else(|| {
        tracing::warn!(installation.id = installation.id, "a challenge was refused");
        let detail = "Ask with hub.mode=subscribe, the verify token of this installation and a plain hub.challenge.";
        Problem::new(Kind::ChallengeRefused, detail)
    })
}

/// Where a message arrived.
struct Found {
    installation: Installation,
    route: InboundRoute,
    /// What stands behind the route's path, where that is its secret.
    segment: Option<String>,
}

fn not_there() -> Problem {
    Problem::new(Kind::NotFound, "No installation has this address.")
}

async fn find(tx: &mut Tx, id: &str, path: &str) -> Result<Found, Problem> {
    let installation =
        installations::by_id(tx, id).await?.filter(|installation| installation.active).ok_or_else(not_there)?;
    let manifest: Manifest = serde_json::from_str(&installation.manifest).map_err(|error| {
        tracing::error!(installation.id = id, %error, "a stored manifest cannot be read");
        not_there()
    })?;
    let path = path.trim_matches('/');
    let (route, segment) = if let Some(route) = manifest.routes.iter().find(|route| route.path == path) {
        (route, None)
    } else {
        let (path, segment) = path.rsplit_once('/').ok_or_else(not_there)?;
        let ends_in_secret = |route: &&InboundRoute| route.scheme == Scheme::PathEqualsSecret && route.path == path;
        (manifest.routes.iter().find(ends_in_secret).ok_or_else(not_there)?, Some(segment.to_owned()))
    };
    Ok(Found { route: route.clone(), installation, segment })
}

/// The values of these secrets; one that was not entered is passed over.
async fn opened(
    app: &App,
    installation: &str,
    names: impl Iterator<Item = &str>,
) -> Result<Vec<Zeroizing<String>>, Problem> {
    let mut tx = app.db.read().await?;
    let mut values = Vec::new();
    for name in names {
        if let Some(sealed) = secrets::get(&mut tx, installation, name).await? {
            values.push(app.sealer.open_text(&secret_place(installation, name), &sealed)?);
        }
    }
    Ok(values)
}

/// Pairs that are kept in the open, without the route's secrets: a proxy may hand the whole address on in a header.
fn blackened(pairs: impl Iterator<Item = (String, String)>, secrets: &[Zeroizing<String>]) -> Vec<(String, String)> {
    let without = |text: String| secrets.iter().fold(text, |text, secret| text.replace(secret.as_str(), "[secret]"));
    pairs.map(|(name, value)| (without(name), without(value))).collect()
}

/// The sender's own name for the message where the scheme proves one or the route says where it stands, the hash of what is kept
/// otherwise.
fn natural_key(route: &InboundRoute, proven: Option<String>, (kept, digest): (&Kept<'_>, &str), now: i64) -> String {
    let name = proven.map(short).or_else(|| bounded(kept, &route.dedup));
    match (name, route.same_for_seconds) {
        (Some(name), _) => format!("{}:{name}", route.path),
        (None, None) => format!("{}:sha256:{digest}", route.path),
        (None, Some(seconds)) => {
            let span = now.div_euclid(i64::from(seconds.max(1)) * 1_000);
            format!("{}:{span}:sha256:{digest}", route.path)
        }
    }
}

fn bounded(kept: &Kept<'_>, keys: &[Key]) -> Option<String> {
    kept.first(keys).map(short)
}

/// Longest key that is kept as it is, in bytes.
const KEY_BYTES: usize = 200;

/// A name that an index and every database take: one that is long or has control characters is kept as its hash.
fn short(name: String) -> String {
    if name.len() <= KEY_BYTES && !name.chars().any(char::is_control) {
        name
    } else {
        format!("sha256:{}", digest(name.as_bytes()))
    }
}
