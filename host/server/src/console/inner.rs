//! Asking the API on an operator's behalf, within the process: through the same gate and the same handlers as from outside.

use super::Desk;
use crate::problem::FieldError;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderName, HeaderValue, Method, Request, StatusCode, header};
use axum::response::Response;
use kamurj_store::merchants::Caller;
use serde_json::Value;
use tower::ServiceExt;

/// Longest answer that a page is made from.
const MOST: usize = 16 * 1024 * 1024;

/// An answer of the API.
pub(super) struct Answer {
    /// Its status.
    pub(super) status: StatusCode,
    /// Its JSON; `null` where it has none.
    pub(super) body: Value,
}

/// What was wrong with a request.
pub(super) struct Wrong {
    /// In one sentence.
    pub(super) detail: String,
    /// The kind of problem.
    pub(super) kind: String,
    /// Field by field.
    pub(super) errors: Vec<FieldError>,
}

impl Answer {
    /// What was wrong, where it is a problem.
    pub(super) fn wrong(&self) -> Wrong {
        let text = |name: &str| self.body[name].as_str().unwrap_or_default().to_owned();
        let errors = self.body["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        Wrong {
            detail: text("detail"),
            kind: text("type").rsplit(':').next().unwrap_or_default().to_owned(),
            errors: errors
                .iter()
                .map(|error| FieldError {
                    pointer: error["pointer"].as_str().unwrap_or_default().to_owned(),
                    detail: error["detail"].as_str().unwrap_or_default().to_owned(),
                })
                .collect(),
        }
    }
}

/// A request to the API.
pub(super) struct Ask<'a> {
    /// Whose.
    pub(super) caller: &'a Caller,
    /// Its method.
    pub(super) method: Method,
    /// Path and query.
    pub(super) path: String,
    /// The key by which it is done once.
    pub(super) key: Option<&'a str>,
    /// The body and its type.
    pub(super) body: (Bytes, &'static str),
}

impl<'a> Ask<'a> {
    /// A question that changes nothing.
    pub(super) fn get(caller: &'a Caller, path: String) -> Self {
        Self { caller, method: Method::GET, path, key: None, body: (Bytes::new(), "application/json") }
    }

    /// Asks, and gives the answer as it comes.
    pub(super) async fn raw(self, desk: &Desk) -> Response {
        let mut request = Request::new(Body::from(self.body.0));
        *request.method_mut() = self.method;
        match self.path.parse() {
            Ok(uri) => *request.uri_mut() = uri,
            Err(_) => return not_found(),
        }
        let headers = request.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.body.1));
        if let Some(key) = self.key.and_then(|key| HeaderValue::from_str(key).ok()) {
            headers.insert(HeaderName::from_static("idempotency-key"), key);
        }
        request.extensions_mut().insert(self.caller.clone());
        match desk.api.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }

    /// Asks, and reads the answer.
    pub(super) async fn answer(self, desk: &Desk) -> Answer {
        let response = self.raw(desk).await;
        let status = response.status();
        let bytes = to_bytes(response.into_body(), MOST).await.unwrap_or_default();
        Answer { status, body: serde_json::from_slice(&bytes).unwrap_or_default() }
    }
}

fn not_found() -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}
