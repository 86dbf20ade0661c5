//! Meta's messengers on pages of their own: a person chats by hand, and somebody breaks things. It must not know what an account
//! sells.

use axum::extract::{Path, State as Shared};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Body, Play, page, refused, respond};
use crate::graph::{Act, Chats};

/// The pages and their API.
pub(super) fn routes() -> Router<Play> {
    Router::new()
        .route("/messenger", get(html))
        .route("/instagram", get(html))
        .route("/chats.css", get(|| async { page("text/css; charset=utf-8", include_str!("chats.css")) }))
        .route("/chats.js", get(|| async { page("text/javascript; charset=utf-8", include_str!("chats.js")) }))
        .route("/play/chats/{word}/state", get(state))
        .route("/play/chats/{word}/act", post(act))
        .route("/play/chats/{word}/callback", post(callback))
        .route("/play/chats/{word}/faults", post(faults))
}

async fn html() -> Response {
    page("text/html; charset=utf-8", include_str!("chats.html"))
}

fn chats<'p>(play: &'p Play, word: &str) -> Option<(&'p Chats, Value)> {
    let at = &play.addresses;
    match word {
        "messenger" => Some((&play.messenger, json!([at.messenger]))),
        "instagram" => Some((&play.instagram, json!([at.instagram, at.instagram_page]))),
        _ => None,
    }
}

fn unknown() -> Response {
    refused(StatusCode::NOT_FOUND, "no such messenger; there are messenger, instagram")
}

async fn state(Shared(play): Shared<Play>, Path(word): Path<String>) -> Response {
    let Some((chats, addresses)) = chats(&play, &word) else { return unknown() };
    let mut state = json!(chats.view());
    state["addresses"] = addresses;
    ([(header::CACHE_CONTROL, "no-store")], Json(state)).into_response()
}

/// `{"account": …, "who": …, "act": "say", "text": …}`
async fn act(Shared(play): Shared<Play>, Path(word): Path<String>, body: Body) -> Response {
    let Some((chats, _)) = chats(&play, &word) else { return unknown() };
    respond(body, |mut asked: Value| {
        let mut take = |name: &str| {
            let value = asked.as_object_mut().and_then(|fields| fields.remove(name));
            value.as_ref().and_then(Value::as_str).map(str::to_owned).ok_or(format!("{name}: write it as text"))
        };
        let (account, who) = (take("account")?, take("who")?);
        let act: Act = serde_json::from_value(asked).map_err(|error| format!("act: {error}"))?;
        chats.act(&account, &who, act).map(|acted| json!(acted)).map_err(|error| error.to_string())
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Callback {
    app: String,
    url: String,
    verify_token: String,
    /// Whether the app is subscribed to each of its accounts at the same time.
    #[serde(default)]
    subscribe: bool,
}

/// What a developer enters in the App Dashboard.
async fn callback(Shared(play): Shared<Play>, Path(word): Path<String>, body: Body) -> Response {
    let Some((chats, _)) = chats(&play, &word) else { return unknown() };
    let mut entered = None;
    let answer = respond(body, |callback: Callback| {
        entered = Some(callback);
        Ok(json!({"ok": true}))
    });
    let Some(entered) = entered else { return answer };
    match chats.set_callback(&entered.app, &entered.url, &entered.verify_token).await {
        Ok(()) => {
            let accounts = chats.view().accounts;
            for account in accounts.iter().filter(|account| entered.subscribe && account.app == entered.app) {
                chats.subscribe(&account.id);
            }
            answer
        }
        Err(why) => refused(StatusCode::BAD_REQUEST, why),
    }
}

async fn faults(Shared(play): Shared<Play>, Path(word): Path<String>, body: Body) -> Response {
    let Some((chats, _)) = chats(&play, &word) else { return unknown() };
    respond(body, |change: Value| chats.overlay_faults(change).map(|()| json!({"ok": true})))
}
