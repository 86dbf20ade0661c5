//! The play page and its API: a person, or a script, acts as customer, bank and CRM, and sees what they know. It
//! must not know what is being sold; everything goes through the doubles' public handles.

mod amocrm;
mod bitrix24;
mod chats;
mod erp;
mod gateways;
mod scripts;
mod sheets;
mod whatsapp;

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::Addresses;
use crate::amocrm::Amocrm;
use crate::bank::{Bank, Scheme};
use crate::bitrix24::Bitrix24;
use crate::erp::Erp;
use crate::gateways::Gateway;
use crate::graph::Chats;
use crate::scripts::Scripts;
use crate::sheets::Sheets;
use crate::telegram::Telegram;
use crate::whatsapp::WhatsApp;

#[derive(Clone)]
pub(crate) struct Play {
    pub(crate) telegram: Telegram,
    pub(crate) whatsapp: WhatsApp,
    pub(crate) messenger: Chats,
    pub(crate) instagram: Chats,
    pub(crate) bitrix24: Bitrix24,
    pub(crate) amocrm: Amocrm,
    pub(crate) sheets: Sheets,
    pub(crate) erp: Erp,
    pub(crate) bank: Bank,
    pub(crate) gateways: Arc<[Arc<dyn Gateway>]>,
    pub(crate) scripts: Scripts,
    pub(crate) addresses: Addresses,
}

/// The body of a request, or what is wrong with it.
type Body = Result<Json<Value>, JsonRejection>;
type Outcome = Result<Value, String>;

pub(crate) fn routes(play: Play) -> Router {
    Router::new()
        .route("/", get(|| async { page("text/html; charset=utf-8", include_str!("page.html")) }))
        .route("/play.css", get(|| async { page("text/css; charset=utf-8", include_str!("page.css")) }))
        .route("/play.js", get(|| async { page("text/javascript; charset=utf-8", include_str!("page.js")) }))
        .route("/board.js", get(|| async { page("text/javascript; charset=utf-8", include_str!("board.js")) }))
        .route("/whatsapp.js", get(|| async { page("text/javascript; charset=utf-8", include_str!("whatsapp.js")) }))
        .route("/play/state", get(state))
        .route("/play/chat/say", post(say))
        .route("/play/chat/press", post(press))
        .route("/play/chat/tap", post(tap))
        .route("/play/chat/follow", post(follow))
        .route("/play/chat/block", post(block))
        .route("/play/telegram/faults", post(telegram_faults))
        .route("/play/bank/endpoint", post(bank_endpoint))
        .route("/play/bank/faults", post(bank_faults))
        .route("/play/gateways/{word}/merchant", post(gateways::merchant))
        .route("/play/gateways/{word}/faults", post(gateways::faults))
        .route("/play/gateways/{word}/act", post(gateways::act))
        .route("/play/scripts", get(scripts::list))
        .route("/play/script", post(scripts::give))
        .route("/play/script/stop", post(scripts::stop))
        .route("/play/bitrix24/deal", post(add_deal))
        .route("/play/bitrix24/faults", post(bitrix24_faults))
        .merge(whatsapp::routes())
        .merge(chats::routes())
        .merge(bitrix24::routes())
        .merge(amocrm::routes())
        .merge(sheets::routes())
        .merge(erp::routes())
        .fallback(|| async { refused(StatusCode::NOT_FOUND, "no such address") })
        .with_state(play)
}

fn page(content_type: &'static str, content: &'static str) -> Response {
    const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'";
    let headers: [(HeaderName, &str); 4] = [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, content).into_response()
}

fn refused(status: StatusCode, why: impl Into<String>) -> Response {
    (status, Json(json!({"error": why.into()}))).into_response()
}

/// Reads the body, does the work, answers.
fn respond<T: DeserializeOwned>(body: Body, work: impl FnOnce(T) -> Outcome) -> Response {
    let body = match body {
        Ok(Json(body)) => body,
        Err(rejection) => {
            return refused(rejection.status(), "send a JSON object as application/json");
        }
    };
    match serde_json::from_value(body).map_err(|error| error.to_string()).and_then(work) {
        Ok(result) => Json(result).into_response(),
        Err(why) => refused(StatusCode::BAD_REQUEST, why),
    }
}

async fn state(Shared(play): Shared<Play>) -> Response {
    let state = json!({
        "telegram": play.telegram.view(), "bank": play.bank.view(), "bitrix24": play.bitrix24.view(), "addresses": play.addresses,
        "whatsapp": play.whatsapp.view(),
        "gateways": gateways::view(&play), "scripts": play.scripts.view(),
    });
    ([(header::CACHE_CONTROL, "no-store")], Json(state)).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Say {
    chat: i64,
    text: String,
    language: Option<String>,
}

async fn say(Shared(play): Shared<Play>, body: Body) -> Response {
    respond(body, |say: Say| {
        let said = play.telegram.say(say.chat, &say.text, say.language.as_deref());
        said.map(|said| json!(said)).map_err(|error| error.to_string())
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Press {
    chat: i64,
    message_id: i64,
    data: String,
}

async fn press(Shared(play): Shared<Play>, body: Body) -> Response {
    respond(body, |press: Press| {
        let said = play.telegram.press(press.chat, press.message_id, &press.data);
        said.map(|said| json!(said)).map_err(|error| error.to_string())
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tap {
    chat: i64,
    title: String,
}

async fn tap(Shared(play): Shared<Play>, body: Body) -> Response {
    respond(body, |tap: Tap| {
        play.telegram.tap_title(tap.chat, &tap.title).map(|said| json!(said)).map_err(|error| error.to_string())
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Follow {
    chat: i64,
    link: String,
}

async fn follow(Shared(play): Shared<Play>, body: Body) -> Response {
    respond(body, |follow: Follow| {
        play.telegram.follow(follow.chat, &follow.link).map(|said| json!(said)).map_err(|error| error.to_string())
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Block {
    chat: i64,
    blocked: bool,
}

async fn block(Shared(play): Shared<Play>, body: Body) -> Response {
    respond(body, |block: Block| {
        play.telegram.block(block.chat, block.blocked).map(|()| json!({"ok": true})).map_err(|error| error.to_string())
    })
}

async fn telegram_faults(Shared(play): Shared<Play>, body: Body) -> Response {
    respond(body, |change: Value| play.telegram.overlay_faults(change).map(|()| json!({"ok": true})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Endpoint {
    url: String,
    secret: String,
    #[serde(default)]
    webhook: Scheme,
}

async fn bank_endpoint(Shared(play): Shared<Play>, body: Body) -> Response {
    respond(body, |endpoint: Endpoint| {
        let set = play.bank.set_endpoint_signed(&endpoint.url, &endpoint.secret, endpoint.webhook);
        set.map(|()| json!({"ok": true})).map_err(|error| error.to_string())
    })
}

async fn bank_faults(Shared(play): Shared<Play>, body: Body) -> Response {
    respond(body, |change: Value| play.bank.overlay_faults(change).map(|()| json!({"ok": true})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewDeal {
    title: String,
}

async fn add_deal(Shared(play): Shared<Play>, body: Body) -> Response {
    respond(body, |deal: NewDeal| Ok(json!({"id": play.bitrix24.add_deal(&deal.title)})))
}

async fn bitrix24_faults(Shared(play): Shared<Play>, body: Body) -> Response {
    respond(body, |change: Value| play.bitrix24.overlay_faults(change).map(|()| json!({"ok": true})))
}
