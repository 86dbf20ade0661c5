//! amoCRM's board on a page of its own: people move leads by hand, and somebody breaks things. It must not know what is sold.

use axum::extract::State as Shared;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{Body, Play, page, respond};
use crate::amocrm::Act;

/// The page and its API.
pub(super) fn routes() -> Router<Play> {
    Router::new()
        .route("/amocrm", get(|| async { page("text/html; charset=utf-8", include_str!("amocrm.html")) }))
        .route("/amocrm.css", get(|| async { page("text/css; charset=utf-8", include_str!("amocrm.css")) }))
        .route("/amocrm.js", get(|| async { page("text/javascript; charset=utf-8", include_str!("amocrm.js")) }))
        .route("/play/amocrm/state", get(state))
        .route("/play/amocrm/act", post(act))
        .route("/play/amocrm/faults", post(faults))
}

async fn state(Shared(play): Shared<Play>) -> Response {
    let mut state = json!(play.amocrm.view());
    state["address"] = play.addresses.amocrm.clone().into();
    ([(header::CACHE_CONTROL, "no-store")], Json(state)).into_response()
}

/// `{"act": "move_lead", "lead": …, "pipeline": …, "status": …}`
async fn act(Shared(play): Shared<Play>, body: Body) -> Response {
    respond(body, |act: Act| play.amocrm.act(act).map_err(|error| error.to_string()))
}

async fn faults(Shared(play): Shared<Play>, body: Body) -> Response {
    respond(body, |change: Value| play.amocrm.overlay_faults(change).map(|()| json!({"ok": true})))
}
