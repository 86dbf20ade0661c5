//! `POST /webhooks/providers/{provider}/{account}`: pushes from banks and wallets.

use super::{chosen, digest, read_body, written};
use crate::app::{App, inbox_place};
use crate::extract::Path;
use crate::problem::{Kind, Problem};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use kamurj_providers::{Push, PushRefused};
use kamurj_store::defect::{self, Defect};
use kamurj_store::inbox::{self, Door, Message, Received};
use kamurj_store::jobs::{self, Kind as Work};
use kamurj_store::merchants;
use serde_json::{Value, json};
use std::sync::Arc;

/// The headers that are kept beside a push: they prove it again later.
const KEPT: &[&str] = &["content-type", "webhook-id", "webhook-timestamp", "webhook-signature"];

/// Takes a push. 200 means that it is durable; anything else, that the provider should send it again or mend it.
pub async fn take(
    State(app): State<Arc<App>>,
    Path((provider, account)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, Problem> {
    let body = read_body(body, super::LIMIT).await?;
    let not_there = || Problem::new(Kind::NotFound, "No provider account has this address.");
    let headers = chosen(&headers, KEPT);
    let (account, push) = {
        let mut tx = app.db.read().await?;
        let account = merchants::account(&mut tx, &account)
            .await?
            .filter(|account| account.provider == provider)
            .ok_or_else(not_there)?;
        let adapter = app.provider(&mut tx, &account).await?;
        (account, adapter.verify_push(&headers, &body, app.now()))
    };
    let push = push.or_else(|refused| {
        let taken =
            defect::has(Defect::SignatureUnchecked).then(|| headers.iter().find(|(name, _)| name == "webhook-id"));
        taken.flatten().map(|(_, id)| Push { natural_key: id.clone() }).ok_or(refused)
    });
    let push = push.map_err(|refused| {
        tracing::warn!(account.id = account.id, %refused, "a push was refused");
        match refused {
            PushRefused::Unproven(reason) => Problem::new(Kind::Unproven, format!("Refused: {reason}.")),
            PushRefused::Unreadable(_) => Problem::new(Kind::Malformed, "The message cannot be read."),
        }
    })?;
    let id = app.ids.new_id("inb");
    let message = Message {
        body_sealed: app.sealer.seal(&inbox_place(&id), &body),
        digest: Some(digest(&body)),
        id,
        owner_id: account.id,
        natural_key: push.natural_key,
        path: provider,
        method: "POST".to_owned(),
        query: Vec::new(),
        headers,
        received_at: app.now(),
        run: 1,
        run_started_at: None,
    };
    let mut tx = app.db.write().await?;
    match inbox::receive(&mut tx, Door::Provider, &message).await? {
        Received::New => jobs::put(&mut tx, Work::Push, &message.id, app.now()).await?,
        Received::Known { id, seen } => tracing::info!(inbox.id = id, seen, "a push came again"),
    }
    tx.commit().await?;
    written(&app).await;
    Ok(Json(json!({ "received": true })))
}
