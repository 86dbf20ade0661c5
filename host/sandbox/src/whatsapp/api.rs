//! The Graph API's door: version, object and edge in the path, the bearer token, forced faults, and Graph's envelope for errors. It
//! must not know what a message says, and writes no header down, because the token is in it.

use axum::body::Bytes;
use axum::extract::{ConnectInfo, State as Shared};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::subscriptions::Wish;
use super::{State, WhatsApp};
use crate::graph::{Asked, Door, Refusal, hmac_hex};
use crate::listener::Wire;

/// How long ago a token ended that is made to have ended.
const HOUR_MS: i64 = 3_600_000;

/// What becomes of a call.
pub(super) enum Done {
    Answer(Value),
    /// First the callback has to prove that it wants the webhooks.
    Verify(Wish),
    /// The connection ends without an answer.
    Cut,
}

type Work = fn(&mut State, &Asked, i64) -> Result<Done, Refusal>;

/// Answers a call.
pub(super) async fn answer(
    Shared(whatsapp): Shared<WhatsApp>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let asked = Asked::read(method, &uri, &headers, &body);
    let (name, decided) = whatsapp.with(|state, now| {
        let (name, found) = state.find(&asked);
        let decided = state.gate(name, &asked, now);
        (name, decided.and(found).and_then(|work| state.run(name, work, &asked, now)))
    });
    let decided = match decided {
        Ok(Done::Verify(wish)) => whatsapp.verify(wish).await.map(Done::Answer),
        decided => decided,
    };
    whatsapp.with(|state, _| {
        let (status, body) = match decided {
            Ok(Done::Answer(answer)) => (200, answer),
            Err(refusal) => (refusal.status, refusal.json(Door::Facebook, &state.ids.text("A"))),
            Ok(Done::Cut | Done::Verify(_)) => {
                state.calls.note(name, None);
                wire.cut();
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            }
        };
        state.calls.note(name, Some(status));
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, axum::Json(body)).into_response()
    })
}

impl State {
    /// The name of a call, for the list of calls, and its work.
    fn find(&self, asked: &Asked) -> (&'static str, Result<Work, Refusal>) {
        if !asked.is_versioned() {
            return ("unknown", Err(Refusal::version()));
        }
        let (id, edge) = match asked.path.as_slice() {
            [id] => (id, None),
            [id, edge] => (id, Some(edge.as_str())),
            path => return ("unknown", Err(Refusal::unknown_path(&path.join("/")))),
        };
        let account = &self.account;
        let (phone, business, app) = (*id == account.phone_number_id, *id == account.account_id, *id == account.app_id);
        let (name, work): (&'static str, Work) = match (asked.method.as_str(), edge) {
            ("POST", Some("messages")) if phone => {
                ("messages", |state, asked, now| state.messages(&asked.parameters, now).map(Done::Answer))
            }
            ("GET", None) if phone => {
                ("phone_number", |state, asked, _| state.phone_number(&asked.parameters).map(Done::Answer))
            }
            ("GET", Some("message_templates")) if business => {
                ("message_templates", |state, asked, _| state.message_templates(&asked.parameters).map(Done::Answer))
            }
            (_, Some("subscribed_apps")) if business => {
                ("subscribed_apps", |state, asked, _| state.subscribed_apps(asked))
            }
            (_, Some("subscriptions")) if app => ("subscriptions", |state, asked, _| state.subscriptions(asked)),
            ("GET", Some(edge)) if (phone || business || app) && edge != "messages" => {
                let why = format!("Tried accessing nonexisting field ({edge}) on node type");
                return ("unknown", Err(Refusal::parameter(why)));
            }
            _ => return ("unknown", Err(asked.unsupported())),
        };
        (name, Ok(work))
    }

    /// What is refused before the call is looked at.
    fn gate(&mut self, name: &str, asked: &Asked, now: i64) -> Result<(), Refusal> {
        let settings = name == "subscriptions";
        // Graph also takes the token as a parameter; there it ends up in logs, so this double takes the app's alone so.
        let given = asked.token.as_deref().filter(|_| asked.bearer || settings);
        let token = given.ok_or_else(Refusal::no_token)?;
        if self.faults.fail_next > 0 {
            self.faults.fail_next -= 1;
            return Err(Refusal::unavailable());
        }
        if settings {
            // It looks at the app's token itself.
            return Ok(());
        }
        let account = &self.account;
        if token == format!("{}|{}", account.app_id, account.app_secret) {
            return Err(Refusal::not_permitted());
        }
        // The Cloud API's table of codes has 401 for tokens where the Graph API answers 400.
        if token != account.access_token {
            return Err(Refusal::unparsable_token().with_status(401));
        }
        if self.faults.token_expired {
            return Err(Refusal::expired_token(now - HOUR_MS, now).with_status(401));
        }
        match asked.text("appsecret_proof") {
            Some(proof) if proof != hmac_hex(&account.app_secret, token) => {
                Err(Refusal::proof("Invalid appsecret_proof provided in the API argument"))
            }
            None if account.proof_required => {
                Err(Refusal::proof("API calls from the server require an appsecret_proof argument"))
            }
            _ => Ok(()),
        }
    }

    /// Does the work, and loses the request or the answer of a send where that is the fault.
    fn run(&mut self, name: &str, work: Work, asked: &Asked, now: i64) -> Result<Done, Refusal> {
        let sends = name == "messages" && !asked.parameters.contains_key("status");
        if sends && self.faults.drop_request_next > 0 {
            self.faults.drop_request_next -= 1;
            return Ok(Done::Cut);
        }
        let done = work(self, asked, now)?;
        // A refused send has no effect whose answer could get lost, so it does not use the fault up.
        if sends && self.faults.drop_reply_next > 0 {
            self.faults.drop_reply_next -= 1;
            return Ok(Done::Cut);
        }
        Ok(done)
    }
}
