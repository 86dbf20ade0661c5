//! The receiver's door: `POST /hooks/{name}`, its forced faults, the proof, and the book. It must not know how a message is proven or
//! what it says.

use axum::Json;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, State as Shared};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::event::Event;
use super::faults::take;
use super::inbox::RequestView;
use super::proof::prove;
use super::refusal::Refusal;
use super::{Erp, State};
use crate::listener::Wire;

/// "kB" taken at its smallest, so that nobody relies on more ("Payload" of the specification).
const LONGEST_BODY: usize = 20_000;
/// What is read of a body that is too long, so that its sender hears why.
const LONGEST_READ: usize = 1024 * 1024;

/// What becomes of a request.
enum Decided {
    Answer(Value),
    Refuse(Refusal),
    Cut,
    Hang,
}

/// A request to an endpoint.
struct Asked<'a> {
    endpoint: &'a str,
    method: &'a Method,
    headers: &'a HeaderMap,
    /// `None`: longer than anything that is read.
    body: Option<Bytes>,
}

pub(super) fn routes(erp: Erp) -> Router {
    Router::new().fallback(answer).with_state(erp)
}

async fn answer(
    Shared(erp): Shared<Erp>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let path: Vec<&str> = uri.path().trim_start_matches('/').split('/').collect();
    let endpoint = match path.as_slice() {
        ["hooks", name] => *name,
        ["elsewhere", _] => {
            erp.with(|state, _| {
                state.followed += 1;
                state.calls.note("elsewhere", Some(200));
            });
            return Json(json!({"ok": true})).into_response();
        }
        _ => {
            erp.with(|state, _| state.calls.note("unknown", Some(404)));
            return Refusal::new(404, "not_found", "There is nothing here.").into_response();
        }
    };
    let body = axum::body::to_bytes(body, LONGEST_READ).await.ok();
    let asked = Asked { endpoint, method: &method, headers: &headers, body };
    let mut hanging = erp.hanging.subscribe();
    match erp.with(|state, now| state.receive(&asked, now)) {
        Decided::Answer(answer) => Json(answer).into_response(),
        Decided::Refuse(refusal) => refusal.into_response(),
        Decided::Hang => {
            // A dropped sender means that the ERP is gone, which ends the hanging just as well.
            hanging.wait_for(|hangs| !*hangs).await.ok();
            wire.cut();
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Decided::Cut => {
            wire.cut();
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

impl State {
    fn receive(&mut self, asked: &Asked<'_>, now: i64) -> Decided {
        let bytes = asked.body.as_ref().map_or(LONGEST_READ, Bytes::len);
        let mut shown = RequestView::new(asked.endpoint, asked.method.as_str(), asked.headers, bytes, now);
        if let Some(id) = asked.headers.get("webhook-id").and_then(|value| value.to_str().ok()) {
            self.ledger.count(asked.endpoint, id);
        }
        let (outcome, decided) = match self.gate(asked, now) {
            Some(decided) => decided,
            None => match self.book(asked, now) {
                Ok(_) if take(&mut self.faults.drop_reply_next) => ("taken", Decided::Cut),
                Ok(true) => ("repeat", Decided::Answer(json!({"ok": true, "repeat": true}))),
                Ok(false) => ("taken", Decided::Answer(json!({"ok": true, "repeat": false}))),
                Err(refusal) => (refusal.code, Decided::Refuse(refusal)),
            },
        };
        let status = match &decided {
            Decided::Answer(_) => Some(200),
            Decided::Refuse(refusal) => Some(refusal.status),
            Decided::Cut | Decided::Hang => None,
        };
        (shown.status, shown.outcome) = (status, outcome);
        self.inbox.note(shown);
        self.calls.note("hook", status);
        decided
    }

    /// The faults in which nothing is done, as far as one is in force.
    fn gate(&mut self, asked: &Asked<'_>, now: i64) -> Option<(&'static str, Decided)> {
        let faults = &mut self.faults;
        if take(&mut faults.drop_request_next) {
            return Some(("cut", Decided::Cut));
        }
        if faults.hang {
            return Some(("hangs", Decided::Hang));
        }
        let refusal = if faults.down {
            Refusal::new(503, "maintenance", "The ERP is down for maintenance.")
        } else if faults.gone {
            Refusal::new(410, "gone", "This endpoint was taken away.")
        } else if faults.redirect {
            Refusal::moved(format!("{}/elsewhere/{}", self.base_url, asked.endpoint))
        } else if take(&mut faults.limit_next) {
            Refusal::limit(retry_after(faults.retry_after_s, faults.retry_after_as_date, now))
        } else if take(&mut faults.fail_next) {
            Refusal::new(500, "internal", "Something went wrong.")
        } else if take(&mut faults.bad_gateway_next) {
            Refusal::new(502, "bad_gateway", "The ERP does not answer its proxy.")
        } else if take(&mut faults.refuse_next) {
            Refusal::new(422, "unwanted", "The ERP has no use for this.")
        } else {
            return None;
        };
        Some((refusal.code, Decided::Refuse(refusal)))
    }

    /// Proves a message and enters it. Answers whether it was known.
    fn book(&mut self, asked: &Asked<'_>, now: i64) -> Result<bool, Refusal> {
        let endpoint = self.endpoints.iter().find(|endpoint| endpoint.name == asked.endpoint);
        let endpoint = endpoint.ok_or_else(Refusal::unknown_endpoint)?;
        if asked.method != Method::POST {
            return Err(Refusal::method());
        }
        let body = asked.body.as_ref().filter(|body| body.len() <= LONGEST_BODY).ok_or_else(Refusal::too_large)?;
        let proven = prove(&endpoint.keys, asked.headers, body, now)?;
        let event = Event::read(body)?;
        Ok(self.ledger.take(asked.endpoint, proven, event, body, now))
    }
}

/// The value of `Retry-After`, in one of its two forms (RFC 9110, section 10.2.3).
fn retry_after(seconds: u32, as_date: bool, now: i64) -> Option<String> {
    if seconds == 0 {
        return None;
    }
    if !as_date {
        return Some(seconds.to_string());
    }
    let at = jiff::Timestamp::from_millisecond(now + i64::from(seconds) * 1000).ok()?;
    Some(at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
}
