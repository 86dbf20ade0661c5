//! The gateways on the play page: their orders, faults and calls, and acts with any of them, by the handle that all share.

use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::{Body, Play, refused, respond};
use crate::gateways::{Act, Acted, Gateway};

/// How many calls of a gateway are shown, the newest.
const CALLS_SHOWN: usize = 50;

/// Every gateway as the page shows it.
pub(super) fn view(play: &Play) -> Vec<Value> {
    let view = |gateway: &dyn Gateway| {
        let calls = gateway.calls();
        let newest = &calls[calls.len().saturating_sub(CALLS_SHOWN)..];
        json!({
            "word": gateway.word(), "orders": gateway.orders(), "faults": gateway.faults(), "calls": newest,
        })
    };
    play.gateways.iter().map(|gateway| view(gateway.as_ref())).collect()
}

/// `POST /play/gateways/{word}/faults`: lays the faults of the body over those in force.
pub(super) async fn faults(Shared(play): Shared<Play>, Path(word): Path<String>, body: Body) -> Response {
    let Some(gateway) = play.gateways.iter().find(|gateway| gateway.word() == word) else { return unknown(&play) };
    respond(body, |change: Value| {
        gateway.set_faults(crate::overlay(&gateway.faults(), change)?);
        Ok(json!({"faults": gateway.faults()}))
    })
}

/// `POST /play/gateways/{word}/merchant`: takes a merchant on; the fields are those of the sandbox's settings.
pub(super) async fn merchant(Shared(play): Shared<Play>, Path(word): Path<String>, body: Body) -> Response {
    let Some(gateway) = play.gateways.iter().find(|gateway| gateway.word() == word) else { return unknown(&play) };
    respond(body, |fields: Value| gateway.open_account(fields).map(|()| json!({"ok": true})))
}

/// `POST /play/gateways/{word}/act`: `{"order": …, "act": "pay"}`; for `give_back` also `"minor"`, in hundredths. Answers
/// where the payer's browser goes, if anywhere.
pub(super) async fn act(Shared(play): Shared<Play>, Path(word): Path<String>, body: Body) -> Response {
    let Some(gateway) = play.gateways.iter().find(|gateway| gateway.word() == word) else { return unknown(&play) };
    respond(body, |mut asked: Value| {
        let order = asked.as_object_mut().and_then(|fields| fields.remove("order"));
        let order = order.as_ref().and_then(Value::as_str).ok_or("order: write the gateway's id of the order")?;
        let act: Act = serde_json::from_value(asked).map_err(|error| format!("act: {error}"))?;
        Ok(match gateway.act(order, act)? {
            Acted::Back(url) => json!({"back": url}),
            Acted::Done => json!({"back": null}),
        })
    })
}

fn unknown(play: &Play) -> Response {
    let words: Vec<&str> = play.gateways.iter().map(|gateway| gateway.word()).collect();
    refused(StatusCode::NOT_FOUND, format!("no such gateway; there are {}", words.join(", ")))
}
