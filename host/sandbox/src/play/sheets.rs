//! Google Sheets on a page of its own: the grids, what people do to them by hand, and somebody who breaks things. It must not know what
//! the rows are for.

use axum::extract::State as Shared;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Body, Play, page, refused, respond};
use crate::sheets::{Act, ServiceAccount, Spreadsheet};

/// The page and its API.
pub(super) fn routes() -> Router<Play> {
    Router::new()
        .route("/sheets", get(|| async { page("text/html; charset=utf-8", include_str!("sheets.html")) }))
        .route("/sheets.css", get(|| async { page("text/css; charset=utf-8", include_str!("sheets.css")) }))
        .route("/sheets.js", get(|| async { page("text/javascript; charset=utf-8", include_str!("sheets.js")) }))
        .route("/play/sheets/state", get(state))
        .route("/play/sheets/act", post(act))
        .route("/play/sheets/spreadsheet", post(spreadsheet))
        .route("/play/sheets/account", post(account))
        .route("/play/sheets/key", post(key))
        .route("/play/sheets/key/delete", post(delete_key))
        .route("/play/sheets/faults", post(faults))
}

async fn state(Shared(play): Shared<Play>) -> Response {
    let mut state = json!(play.sheets.view());
    state["address"] = json!(play.addresses.sheets);
    ([(header::CACHE_CONTROL, "no-store")], Json(state)).into_response()
}

/// `{"spreadsheet": …, "act": "sort", "tab": …, "column": "B"}`
async fn act(Shared(play): Shared<Play>, body: Body) -> Response {
    respond(body, |mut asked: Value| {
        let spreadsheet = asked.as_object_mut().and_then(|fields| fields.remove("spreadsheet"));
        let spreadsheet = spreadsheet.as_ref().and_then(Value::as_str).ok_or("spreadsheet: write its id as text")?;
        let act: Act = serde_json::from_value(asked).map_err(|error| format!("act: {error}"))?;
        play.sheets.act(spreadsheet, act).map(|()| json!({"ok": true}))
    })
}

async fn spreadsheet(Shared(play): Shared<Play>, body: Body) -> Response {
    respond(body, |spreadsheet: Spreadsheet| {
        play.sheets.add_spreadsheet(&spreadsheet);
        Ok(json!({"ok": true}))
    })
}

/// A key that somebody made elsewhere.
async fn account(Shared(play): Shared<Play>, body: Body) -> Response {
    respond(body, |account: ServiceAccount| {
        play.sheets.add_service_account(&account).map(|()| json!({"ok": true})).map_err(str::to_owned)
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewKey {
    client_email: String,
}

/// Answers with the key file, which is shown once and kept nowhere.
async fn key(Shared(play): Shared<Play>, body: Body) -> Response {
    let mut wanted = None;
    let answer = respond(body, |key: NewKey| {
        if key.client_email.split_once('@').is_none_or(|(name, domain)| name.is_empty() || domain.is_empty()) {
            return Err("client_email: write an address such as kamurj@shop.iam.gserviceaccount.com".to_owned());
        }
        wanted = Some(key);
        Ok(Value::Null)
    });
    let Some(key) = wanted else { return answer };
    let (sheets, seed) = (play.sheets.clone(), play.sheets.seed());
    // Finding primes takes a while, and others are to be served meanwhile.
    match tokio::task::spawn_blocking(move || sheets.create_key(&key.client_email, &seed)).await {
        Ok(file) => ([(header::CACHE_CONTROL, "no-store")], Json(file)).into_response(),
        Err(_) => refused(StatusCode::INTERNAL_SERVER_ERROR, "no key could be made"),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OldKey {
    client_email: String,
    key_id: String,
}

async fn delete_key(Shared(play): Shared<Play>, body: Body) -> Response {
    respond(body, |key: OldKey| {
        let deleted = play.sheets.delete_key(&key.client_email, &key.key_id);
        deleted.then(|| json!({"ok": true})).ok_or_else(|| "key_id: the account has no such key".to_owned())
    })
}

async fn faults(Shared(play): Shared<Play>, body: Body) -> Response {
    respond(body, |change: Value| play.sheets.overlay_faults(change).map(|()| json!({"ok": true})))
}
