//! WhatsApp on the play page: what a person does with the phone, and what the merchant sets in the app's dashboard. It must not know
//! what the business sells.

use axum::Router;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, extract};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Body, Outcome, Play, refused, respond};
use crate::whatsapp::{CannotAct, Kind, Template, WhatsApp};

pub(super) fn routes() -> Router<Play> {
    Router::new()
        .route("/play/whatsapp/say", post(say))
        .route("/play/whatsapp/other", post(other))
        .route("/play/whatsapp/tap", post(tap))
        .route("/play/whatsapp/follow", post(follow))
        .route("/play/whatsapp/silent", post(silent))
        .route("/play/whatsapp/read", post(read))
        .route("/play/whatsapp/block", post(block))
        .route("/play/whatsapp/hide", post(hide))
        .route("/play/whatsapp/person", post(person))
        .route("/play/whatsapp/template", post(template))
        .route("/play/whatsapp/webhook", post(webhook))
        .route("/play/whatsapp/faults", post(faults))
}

fn act<T: DeserializeOwned>(play: &Play, body: Body, work: impl FnOnce(&WhatsApp, T) -> Outcome) -> Response {
    respond(body, |asked| work(&play.whatsapp, asked))
}

fn done<T: serde::Serialize>(outcome: Result<T, CannotAct>) -> Outcome {
    outcome.map(|done| json!(done)).map_err(|error| error.to_string())
}

fn ok(outcome: Result<(), CannotAct>) -> Outcome {
    outcome.map(|()| json!({"ok": true})).map_err(|error| error.to_string())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Say {
    phone: String,
    text: String,
}

async fn say(Shared(play): Shared<Play>, body: Body) -> Response {
    act(&play, body, |whatsapp, say: Say| done(whatsapp.say(&say.phone, &say.text)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Who {
    phone: String,
}

/// `POST /play/whatsapp/other`: the person sends a picture.
async fn other(Shared(play): Shared<Play>, body: Body) -> Response {
    act(&play, body, |whatsapp, who: Who| done(whatsapp.send_other(&who.phone, Kind::Image)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tap {
    phone: String,
    message: Option<String>,
    id: Option<String>,
    title: Option<String>,
}

/// `POST /play/whatsapp/tap`: a button or row by its `message` and `id`, or the newest one with a `title`.
async fn tap(Shared(play): Shared<Play>, body: Body) -> Response {
    act(&play, body, |whatsapp, tap: Tap| match (tap.message, tap.id, tap.title) {
        (Some(message), Some(id), None) => done(whatsapp.tap(&tap.phone, &message, &id)),
        (None, None, Some(title)) => done(whatsapp.tap_title(&tap.phone, &title)),
        _ => Err("title: give `message` and `id`, or `title` alone".to_owned()),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Follow {
    phone: String,
    link: String,
}

/// `POST /play/whatsapp/follow`: the person opens a link of `wa.me` and presses Send.
async fn follow(Shared(play): Shared<Play>, body: Body) -> Response {
    act(&play, body, |whatsapp, follow: Follow| done(whatsapp.follow(&follow.phone, &follow.link)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Silent {
    phone: String,
    hours: u32,
}

async fn silent(Shared(play): Shared<Play>, body: Body) -> Response {
    act(&play, body, |whatsapp, silent: Silent| ok(whatsapp.be_silent(&silent.phone, silent.hours)))
}

async fn read(Shared(play): Shared<Play>, body: Body) -> Response {
    act(&play, body, |whatsapp, who: Who| ok(whatsapp.read(&who.phone)))
}

async fn person(Shared(play): Shared<Play>, body: Body) -> Response {
    act(&play, body, |whatsapp, who: Who| ok(whatsapp.add_person(&who.phone)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Block {
    phone: String,
    blocked: bool,
}

async fn block(Shared(play): Shared<Play>, body: Body) -> Response {
    act(&play, body, |whatsapp, block: Block| ok(whatsapp.block(&block.phone, block.blocked)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hide {
    phone: String,
    /// `null`: the number is shown again.
    username: Option<String>,
}

async fn hide(Shared(play): Shared<Play>, body: Body) -> Response {
    act(&play, body, |whatsapp, hide: Hide| ok(whatsapp.hide_number(&hide.phone, hide.username.as_deref())))
}

/// `POST /play/whatsapp/template`: the fields are those of the sandbox's settings.
async fn template(Shared(play): Shared<Play>, body: Body) -> Response {
    act(&play, body, |whatsapp, template: Template| {
        whatsapp.set_template(template);
        Ok(json!({"ok": true}))
    })
}

async fn faults(Shared(play): Shared<Play>, body: Body) -> Response {
    act(&play, body, |whatsapp, change: Value| whatsapp.overlay_faults(change).map(|()| json!({"ok": true})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Webhook {
    url: String,
    verify_token: String,
    /// Whether the app is subscribed to the account at the same time.
    #[serde(default)]
    subscribe: bool,
}

/// `POST /play/whatsapp/webhook`: what is done in the app's dashboard; the callback is asked for the challenge first.
async fn webhook(Shared(play): Shared<Play>, body: Body) -> Response {
    let asked = match body {
        Ok(extract::Json(asked)) => asked,
        Err(rejection) => return refused(rejection.status(), "send a JSON object as application/json"),
    };
    let outcome = match serde_json::from_value::<Webhook>(asked) {
        Ok(webhook) => play.whatsapp.set_webhook(&webhook.url, &webhook.verify_token, webhook.subscribe).await,
        Err(error) => Err(error.to_string()),
    };
    match outcome {
        Ok(()) => Json(json!({"ok": true})).into_response(),
        Err(why) => refused(StatusCode::BAD_REQUEST, why),
    }
}
