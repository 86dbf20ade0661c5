//! A receiver of Meta's webhooks: it answers the challenge, remembers what came, and answers as it is told.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

pub(crate) const VERIFY: &str = "verify-canary";

#[derive(Clone)]
pub(crate) struct Event {
    signature: String,
    pub(crate) body: String,
}

type Shared = Arc<Mutex<(Vec<Event>, VecDeque<u16>)>>;

pub(crate) struct Hub {
    pub(crate) url: String,
    shared: Shared,
}

impl Event {
    /// Whether this secret signed the bytes that came.
    pub(crate) fn is_signed(&self, secret: &str) -> bool {
        let digits = self.signature.strip_prefix("sha256=").unwrap();
        let bytes: Vec<u8> =
            (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect();
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(self.body.as_bytes());
        mac.verify_slice(&bytes).is_ok()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// What it says, where it is about one thing in a chat.
    pub(crate) fn messaging(&self) -> Value {
        self.json()["entry"][0]["messaging"][0].clone()
    }
}

impl Hub {
    pub(crate) async fn start() -> Self {
        let shared = Shared::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let routes = Router::new().route("/hook", get(prove).post(take)).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { url, shared }
    }

    /// The next answers; after them it is 200 again.
    pub(crate) fn will_answer(&self, statuses: &[u16]) {
        self.shared.lock().unwrap().1.extend(statuses);
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        self.shared.lock().unwrap().0.clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.events().len()
    }

    /// The newest event.
    pub(crate) fn last(&self) -> Value {
        self.events().last().unwrap().messaging()
    }
}

async fn prove(Query(asked): Query<HashMap<String, String>>) -> Response {
    let right = asked.get("hub.mode").is_some_and(|mode| mode == "subscribe")
        && asked.get("hub.verify_token").is_some_and(|token| token == VERIFY);
    match asked.get("hub.challenge") {
        Some(challenge) if right => challenge.clone().into_response(),
        _ => StatusCode::FORBIDDEN.into_response(),
    }
}

async fn take(State(shared): State<Shared>, headers: HeaderMap, body: String) -> Response {
    let mut shared = shared.lock().unwrap();
    let signature = headers["x-hub-signature-256"].to_str().unwrap().to_owned();
    shared.0.push(Event { signature, body });
    StatusCode::from_u16(shared.1.pop_front().unwrap_or(200)).unwrap().into_response()
}
