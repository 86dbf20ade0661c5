//! The ERP on a board of its own: a person enters orders, reads the inbox of webhooks, and breaks things. It must not know what an order
//! is.

use axum::extract::State as Shared;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{Body, Play, page, refused, respond};
use crate::erp::Act;

/// The board and its API.
pub(super) fn routes() -> Router<Play> {
    Router::new()
        .route("/erp", get(|| async { page("text/html; charset=utf-8", include_str!("erp.html")) }))
        .route("/erp.css", get(|| async { page("text/css; charset=utf-8", include_str!("erp.css")) }))
        .route("/erp.js", get(|| async { page("text/javascript; charset=utf-8", include_str!("erp.js")) }))
        .route("/play/erp/state", get(state))
        .route("/play/erp/act", post(act))
        .route("/play/erp/faults", post(faults))
}

async fn state(Shared(play): Shared<Play>) -> Response {
    let mut state = json!(play.erp.view());
    state["address"] = json!(play.addresses.erp);
    ([(header::CACHE_CONTROL, "no-store")], Json(state)).into_response()
}

/// `{"act": "order", "order_id": …, "amount": {"value", "currency"}, "description": …}`
async fn act(Shared(play): Shared<Play>, body: Body) -> Response {
    let mut wanted = None;
    let answer = respond(body, |act: Act| {
        wanted = Some(act);
        Ok(Value::Null)
    });
    let Some(wanted) = wanted else { return answer };
    match play.erp.act(wanted).await {
        Ok(done) => Json(done).into_response(),
        Err(why) => refused(StatusCode::BAD_REQUEST, why),
    }
}

async fn faults(Shared(play): Shared<Play>, body: Body) -> Response {
    respond(body, |change: Value| play.erp.overlay_faults(change).map(|()| json!({"ok": true})))
}
