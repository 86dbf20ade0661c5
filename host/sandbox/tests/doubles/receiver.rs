//! A receiver of webhooks that remembers what came and answers as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

/// The token with which a challenge of Meta's is answered.
pub(crate) const VERIFY_TOKEN: &str = "verify-token-canary";

#[derive(Clone)]
pub(crate) struct Received {
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

type Shared = Arc<Mutex<(Vec<Received>, VecDeque<(u16, Option<u32>)>)>>;

pub(crate) struct Receiver {
    pub(crate) url: String,
    shared: Shared,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let shared = Shared::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let routes = Router::new().fallback(take).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { url, shared }
    }

    /// The next answers; after them it is 200 again.
    pub(crate) fn will_answer(&self, statuses: &[u16]) {
        self.shared.lock().unwrap().1.extend(statuses.iter().map(|status| (*status, None)));
    }

    pub(crate) fn will_answer_retry_after(&self, status: u16, seconds: u32) {
        self.shared.lock().unwrap().1.push_back((status, Some(seconds)));
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.shared.lock().unwrap().0.clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.received().len()
    }
}

async fn take(State(shared): State<Shared>, method: Method, uri: Uri, headers: HeaderMap, body: String) -> Response {
    if method == Method::GET && uri.query().is_some_and(|query| query.contains("hub.mode=")) {
        return challenge(&uri);
    }
    let mut shared = shared.lock().unwrap();
    shared.0.push(Received { headers, body });
    let (status, retry_after) = shared.1.pop_front().unwrap_or((200, None));
    let mut response = StatusCode::from_u16(status).unwrap().into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert("retry-after", seconds.into());
    }
    if (300..400).contains(&status) {
        response.headers_mut().insert("location", "/elsewhere".parse().unwrap());
    }
    response
}

/// Answers a challenge as Meta's documentation asks for, and is not counted among what was received.
fn challenge(uri: &Uri) -> Response {
    let query = uri.query().unwrap_or_default();
    let asked = |name: &str| {
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    };
    let right =
        asked("hub.mode").as_deref() == Some("subscribe") && asked("hub.verify_token").as_deref() == Some(VERIFY_TOKEN);
    match asked("hub.challenge").filter(|_| right) {
        Some(challenge) => challenge.into_response(),
        None => StatusCode::FORBIDDEN.into_response(),
    }
}
