//! The portal's board on a page of its own: managers and administrators act by hand, and somebody breaks things. It must not know
//! what the deals are for.

use axum::extract::State as Shared;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Body, Outcome, Play, page, respond};
use crate::bitrix24::{Bitrix24, NewDeal};

/// The page and its API. The faults have had their address for longer.
pub(super) fn routes() -> Router<Play> {
    Router::new()
        .route("/bitrix24", get(|| async { page("text/html; charset=utf-8", include_str!("bitrix24.html")) }))
        .route("/bitrix24.css", get(|| async { page("text/css; charset=utf-8", include_str!("bitrix24.css")) }))
        .route("/bitrix24.js", get(|| async { page("text/javascript; charset=utf-8", include_str!("bitrix24.js")) }))
        .route("/play/bitrix24/state", get(state))
        .route("/play/bitrix24/act", post(act))
}

async fn state(Shared(play): Shared<Play>) -> Response {
    let mut state = json!(play.bitrix24.view());
    state["address"] = json!(play.addresses.bitrix24);
    ([(header::CACHE_CONTROL, "no-store")], Json(state)).into_response()
}

/// What somebody does at the portal: `{"act": "move_deal", "id": 1, "stage": "WON"}`.
#[derive(Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
enum Act {
    AddDeal(NewDeal),
    MoveDeal { id: i64, stage: String },
    EditDeal { id: i64, field: String, value: Value },
    CommentDeal { id: i64, text: String },
    DeleteDeal { id: i64 },
    AddInvoice { deal: i64 },
    MoveInvoice { id: i64, stage: String },
    DeleteInvoice { id: i64 },
    AddPayment { deal: i64, sum: Value, currency: String },
    CloseTask { id: i64 },
    ReopenTask { id: i64 },
    AddContact { name: String, phone: String, email: String },
    AddFunnel { name: String },
    AddStage { stages_of: String, name: String },
    RenameStage { id: String, name: String },
    RemoveStage { id: String },
    AddField { name: String },
    RemoveField { name: String },
    RunRobot { entity_type_id: i64, id: i64, url: String },
    SetWebhook { url: String, application_token: String, events: Vec<String> },
    SetAdmin { admin: bool },
    SetScopes { scopes: Vec<String> },
    ExpireTokens {},
    UninstallApp {},
    Rename { host: String },
}

async fn act(Shared(play): Shared<Play>, body: Body) -> Response {
    respond(body, |act: Act| done(&play.bitrix24, act))
}

fn done(portal: &Bitrix24, act: Act) -> Outcome {
    let nothing = || "there is no such thing, or it does not go there".to_owned();
    let ok = |was_done: bool| if was_done { Ok(json!({"ok": true})) } else { Err(nothing()) };
    let id = |id: i64| Ok(json!({ "id": id }));
    match act {
        Act::AddDeal(deal) => portal.make_deal(deal).and_then(id),
        Act::MoveDeal { id, stage } => ok(portal.move_deal(id, &stage)),
        Act::EditDeal { id, field, value } => portal.edit_deal(id, &field, value).and_then(|()| ok(true)),
        Act::CommentDeal { id, text } => ok(portal.comment_deal(id, &text)),
        Act::DeleteDeal { id } => ok(portal.delete_deal(id)),
        Act::AddInvoice { deal } => portal.add_invoice(deal).ok_or_else(nothing).and_then(id),
        Act::MoveInvoice { id, stage } => ok(portal.move_invoice(id, &stage)),
        Act::DeleteInvoice { id } => ok(portal.delete_invoice(id)),
        Act::AddPayment { deal, sum, currency } => portal.add_payment(deal, &sum, &currency).and_then(id),
        Act::CloseTask { id } => ok(portal.close_task(id)),
        Act::ReopenTask { id } => ok(portal.reopen_task(id)),
        Act::AddContact { name, phone, email } => id(portal.add_contact(&name, &phone, &email)),
        Act::AddFunnel { name } => id(portal.add_funnel(&name)),
        Act::AddStage { stages_of, name } => {
            portal.add_stage(&stages_of, &name).map(|id| json!({ "id": id })).ok_or_else(nothing)
        }
        Act::RenameStage { id, name } => ok(portal.rename_stage(&id, &name)),
        Act::RemoveStage { id } if portal.remove_stage(&id) => ok(true),
        Act::RemoveStage { .. } => Err("this stage is not there, or something is in it".to_owned()),
        Act::AddField { name } => {
            portal.add_custom_field(&name);
            ok(true)
        }
        Act::RemoveField { name } => ok(portal.remove_custom_field(&name)),
        Act::RunRobot { entity_type_id, id, url } => portal.run_robot(entity_type_id, id, &url).and_then(|()| ok(true)),
        Act::SetWebhook { url, application_token, events } => {
            let events: Vec<&str> = events.iter().map(String::as_str).collect();
            portal.set_outgoing_webhook(&url, &application_token, &events).and_then(|()| ok(true))
        }
        Act::SetAdmin { admin } => {
            portal.set_crm_admin(admin);
            ok(true)
        }
        Act::SetScopes { scopes } => {
            portal.set_scopes(&scopes.iter().map(String::as_str).collect::<Vec<_>>());
            ok(true)
        }
        Act::ExpireTokens {} => {
            portal.expire_tokens();
            ok(true)
        }
        Act::UninstallApp {} => {
            portal.uninstall_app();
            ok(true)
        }
        Act::Rename { host } => {
            portal.rename_portal(&host);
            ok(true)
        }
    }
}
