//! What the ERP refuses a webhook for: a status, a word for programs, and a sentence for people, as
//! `{"error": {"code", "message"}}`. It must not know how a request was read.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Why a webhook was not taken.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) message: String,
    /// A header that belongs to the status.
    header: Option<(HeaderName, String)>,
}

impl Refusal {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), header: None }
    }

    fn with(mut self, name: HeaderName, value: String) -> Self {
        self.header = Some((name, value));
        self
    }

    pub(super) fn method() -> Self {
        Self::new(405, "method_not_allowed", "Webhooks are posted.").with(header::ALLOW, "POST".to_owned())
    }

    pub(super) fn unknown_endpoint() -> Self {
        Self::new(404, "unknown_endpoint", "There is no such endpoint.")
    }

    pub(super) fn too_large() -> Self {
        Self::new(413, "too_large", "A webhook has at most 20000 bytes.")
    }

    pub(super) fn media_type() -> Self {
        Self::new(415, "unsupported_media_type", "A webhook is application/json.")
    }

    pub(super) fn header_missing(name: &str) -> Self {
        Self::new(400, "header_missing", format!("The header {name} is missing."))
    }

    pub(super) fn header_invalid(name: &str, why: &str) -> Self {
        Self::new(400, "header_invalid", format!("The header {name} {why}."))
    }

    pub(super) fn signature() -> Self {
        Self::new(401, "signature_wrong", "No signature fits a key of this endpoint.")
    }

    pub(super) fn too_old() -> Self {
        Self::new(401, "timestamp_too_old", "The message was sent more than five minutes ago.")
    }

    pub(super) fn in_future() -> Self {
        Self::new(401, "timestamp_in_future", "The message is sent more than five minutes from now.")
    }

    /// The body, or one of its fields.
    pub(super) fn body(field: &str, why: &str) -> Self {
        Self::new(400, "body_invalid", format!("{field}: {why}"))
    }

    pub(super) fn moved(location: String) -> Self {
        Self::new(301, "moved", "The endpoint is elsewhere.").with(header::LOCATION, location)
    }

    pub(super) fn limit(retry_after: Option<String>) -> Self {
        let refusal = Self::new(429, "too_many_requests", "Slow down.");
        match retry_after {
            Some(value) => refusal.with(header::RETRY_AFTER, value),
            None => refusal,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = json!({"error": {"code": self.code, "message": self.message}});
        let mut response = (status, axum::Json(body)).into_response();
        if let Some((name, value)) = self.header
            && let Ok(value) = HeaderValue::from_str(&value)
        {
            response.headers_mut().insert(name, value);
        }
        response
    }
}
