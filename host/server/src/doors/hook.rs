//! `ANY /hooks/{installation}/{path}`: inbound messages for a plugin, verified as its manifest declares.

use super::{chosen, digest, proof, read_body, written};
use crate::app::{App, inbox_place, secret_place};
use crate::extract::Path;
use crate::problem::{Kind, Problem};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use kamurj_plugins::contract::{InboundRoute, Manifest};
use kamurj_store::inbox::{self, Door, Message, Received};
use kamurj_store::installations::{self, Installation};
use kamurj_store::jobs::{self, Kind as Work};
use kamurj_store::{Tx, secrets};
use serde_json::{Value, json};
use std::sync::Arc;

/// Takes a message. 200 means that it is durable, or that nobody will ever be able to use it.
pub async fn take(
    State(app): State<Arc<App>>,
    Path((installation, path)): Path<(String, String)>,
    uri: Uri,
    method: Method,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, Problem> {
    let body = read_body(body).await?;
    let (installation, route, secret) = {
        let mut tx = app.db.read().await?;
        find(&app, &mut tx, &installation, &path).await?
    };
    if method != Method::POST {
        return Err(Problem::new(Kind::MethodNotAllowed, "Send messages by POST."));
    }
    let proofs = chosen(&headers, &proof::headers_of(&route));
    proof::check(&route, &secret, &proofs, &body, app.now()).map_err(|unproven| {
        tracing::warn!(installation.id = installation.id, %unproven, "an inbound message was refused");
        Problem::new(Kind::Unproven, format!("Refused: {unproven}."))
    })?;
    let wanted: Vec<&str> = route.headers.iter().map(String::as_str).collect();
    let parsed: Option<Value> = serde_json::from_slice(&body).ok();
    let needs_json = !route.dedup.is_empty() || !route.lane.is_empty();
    let id = app.ids.new_id("inb");
    let message = Message {
        body_sealed: app.sealer.seal(&inbox_place(&id), &body),
        digest: Some(digest(&body)),
        id,
        owner_id: installation.id.clone(),
        natural_key: natural_key(&route, parsed.as_ref(), &body),
        path,
        method: method.as_str().to_owned(),
        query: url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect(),
        headers: chosen(&headers, &wanted),
        received_at: app.now(),
        run: 1,
        run_started_at: None,
    };
    let mut tx = app.db.write().await?;
    match inbox::receive(&mut tx, Door::Hook, &message).await? {
        Received::Known { id, seen } => tracing::info!(inbox.id = id, seen, "a message came again"),
        // Proven, but not what the route carries: sending it again would not help, so it is kept aside and acknowledged.
        Received::New if needs_json && parsed.is_none() => {
            inbox::quarantine(&mut tx, &message.id, "the body is not JSON").await?;
        }
        Received::New => {
            let lane = format!("{}:{}", installation.id, lane(&route, parsed.as_ref(), &message.id));
            jobs::put_in_lane(&mut tx, Work::Hook, &message.id, &lane, message.received_at, message.received_at)
                .await?;
        }
    }
    tx.commit().await?;
    written(&app).await;
    Ok(Json(json!({ "ok": true })))
}

async fn find(app: &App, tx: &mut Tx, id: &str, path: &str) -> Result<(Installation, InboundRoute, String), Problem> {
    let not_there = || Problem::new(Kind::NotFound, "No installation has this address.");
    let installation =
        installations::by_id(tx, id).await?.filter(|installation| installation.active).ok_or_else(not_there)?;
    let manifest: Manifest = serde_json::from_str(&installation.manifest).map_err(|error| {
        tracing::error!(installation.id = id, %error, "a stored manifest cannot be read");
        not_there()
    })?;
    let route = manifest.routes.into_iter().find(|route| route.path == path.trim_matches('/')).ok_or_else(not_there)?;
    let sealed = secrets::get(tx, id, &route.secret).await?.ok_or_else(not_there)?;
    let secret = app.sealer.open_text(&secret_place(id, &route.secret), &sealed)?;
    Ok((installation, route, secret.as_str().to_owned()))
}

/// The sender's own name for the message where the route says where it stands, the hash of its bytes otherwise.
fn natural_key(route: &InboundRoute, parsed: Option<&Value>, body: &[u8]) -> String {
    match first(&route.dedup, parsed) {
        Some(key) => format!("{}:{key}", route.path),
        None => format!("{}:sha256:{}", route.path, digest(body)),
    }
}

/// The conversation where the route says where it stands; a lane of its own otherwise.
fn lane(route: &InboundRoute, parsed: Option<&Value>, own: &str) -> String {
    first(&route.lane, parsed).unwrap_or_else(|| own.to_owned())
}

fn first(pointers: &[String], parsed: Option<&Value>) -> Option<String> {
    pointers.iter().find_map(|pointer| match parsed?.pointer(pointer)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}
