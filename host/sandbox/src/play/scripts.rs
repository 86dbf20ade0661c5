//! Scripts on the play page: which ship, which are in force, giving one and stopping one.

use axum::Json;
use axum::extract::State as Shared;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::{Body, Play, respond};
use crate::scripts::{Orders, READY, STEPS, Script};

/// `GET /play/scripts`: those that ship, those that were given, and every form of a step.
pub(super) async fn list(Shared(play): Shared<Play>) -> Response {
    let answer = json!({"ready": READY, "given": play.scripts.view(), "steps": STEPS});
    ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Given {
    /// The gateway's word; may be left out where the script names it.
    gateway: Option<String>,
    script: String,
    /// `next`, `all`, or a pattern; what the script says, otherwise, or `next`.
    orders: Option<String>,
}

/// `POST /play/script`
pub(super) async fn give(Shared(play): Shared<Play>, body: Body) -> Response {
    respond(body, |given: Given| {
        let script = Script::read(&given.script).map_err(|error| format!("script: {error}"))?;
        let gateway = given.gateway.or_else(|| script.gateway.clone());
        let gateway = gateway.ok_or("gateway: say which one plays, here or in the script: `gateway vpos`")?;
        let orders = match given.orders {
            Some(text) => Orders::read(&text)?,
            None => script.orders.clone().unwrap_or(Orders::Next),
        };
        Ok(json!({"id": play.scripts.give(&gateway, script, orders)?}))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stopped {
    id: u64,
}

/// `POST /play/script/stop`
pub(super) async fn stop(Shared(play): Shared<Play>, body: Body) -> Response {
    respond(body, |stopped: Stopped| {
        if play.scripts.stop(stopped.id) {
            Ok(json!({"ok": true}))
        } else {
            Err(format!("id: no script {} is in force", stopped.id))
        }
    })
}
