//! The one error answer of the API: RFC 9457 problem details from a closed list of types, made at the edge.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The media type of a problem, by RFC 9457.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// A field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// JSON pointer to it: `/amount/value`.
    pub pointer: String,
    /// What is wrong and how to mend it.
    pub detail: String,
}

/// The kinds of problem. Their words are part of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The body is no JSON, or not of the right shape.
    Malformed,
    /// No key, or a wrong one.
    Unauthorized,
    /// The key may not do this.
    Forbidden,
    /// The operator must prove anew who they are.
    StepUp,
    /// There is no such thing for this key.
    NotFound,
    /// The method is not declared for this path.
    MethodNotAllowed,
    /// Another payment has this order number.
    OrderTaken,
    /// The payment, or what the request is about, is in a state that does not allow it.
    NotNow,
    /// A request with this idempotency key is being worked on.
    InFlight,
    /// The link takes no presses: switched off, not valid now, or used up.
    LinkClosed,
    /// Every place that the link has left is held by somebody who is paying.
    LinkBusy,
    /// The link is another than the one that was looked at.
    LinkChanged,
    /// The idempotency key was used for another body.
    KeyReused,
    /// Fields are wrong.
    Invalid,
    /// The body is too large.
    TooLarge,
    /// The proof of an inbound message is missing or wrong.
    Unproven,
    /// Somebody asks whether an inbound address is ours and does not know its token.
    ChallengeRefused,
    /// Too much came from there; later is better.
    TooMany,
    /// The server cannot do it now; trying again helps.
    Unavailable,
}

impl Kind {
    fn parts(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Malformed => (StatusCode::BAD_REQUEST, "malformed", "The request cannot be read"),
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "unauthorized", "A valid API key is needed"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "forbidden", "This key may not do that"),
            Self::StepUp => (StatusCode::FORBIDDEN, "step-up-needed", "A fresh proof of who you are is needed"),
            Self::NotNow => (StatusCode::CONFLICT, "not-now", "Its state does not allow this"),
            Self::InFlight => {
                (StatusCode::CONFLICT, "idempotency-key-in-flight", "A request with this key is being worked on")
            }
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found", "There is nothing here"),
            Self::MethodNotAllowed => {
                (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "This path does not take this method")
            }
            Self::OrderTaken => (StatusCode::CONFLICT, "order-taken", "Another payment has this order number"),
            Self::LinkClosed => (StatusCode::CONFLICT, "link-closed", "The link takes no payments"),
            Self::LinkBusy => (StatusCode::CONFLICT, "link-busy", "The link has no place free at this moment"),
            Self::LinkChanged => (StatusCode::CONFLICT, "link-changed", "The link was changed meanwhile"),
            Self::KeyReused => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency-key-reused",
                "The idempotency key belongs to another request",
            ),
            Self::Invalid => (StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Some fields cannot be used"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The body is too large"),
            Self::Unproven => (StatusCode::UNAUTHORIZED, "unproven", "The message is not proven to be genuine"),
            Self::ChallengeRefused => (StatusCode::FORBIDDEN, "challenge-refused", "The challenge is not answered"),
            Self::TooMany => (StatusCode::TOO_MANY_REQUESTS, "too-many", "Too much came from there"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "The server cannot do this now"),
        }
    }
}

/// What the caller is told.
#[derive(Debug, Clone)]
pub struct Problem {
    kind: Kind,
    detail: String,
    errors: Vec<FieldError>,
    proposals: BTreeMap<String, String>,
}

/// The body of a problem.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Stable address of the kind of problem.
    #[serde(rename = "type")]
    pub type_uri: String,
    /// The kind in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened and what to do.
    pub detail: String,
    /// The fields that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Values that would be taken, by the pointer of the field, where there is one to propose.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(required = false)]
    pub proposals: BTreeMap<String, String>,
}

impl Problem {
    /// A problem with what to do about it.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), errors: Vec::new(), proposals: BTreeMap::new() }
    }

    /// Whether whoever sent the request is to blame, and not we.
    pub fn is_senders(&self) -> bool {
        self.kind.parts().0.is_client_error()
    }

    /// Wrong fields.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = "Mend the fields listed in `errors` and send it again.".to_owned();
        Self { kind: Kind::Invalid, detail, errors, proposals: BTreeMap::new() }
    }

    /// The same with values that would be taken, by the pointer of the field.
    pub fn proposing(self, proposals: BTreeMap<String, String>) -> Self {
        Self { proposals, ..self }
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.kind.parts().0
    }

    /// The body as it is sent.
    pub fn body(&self) -> ProblemBody {
        let (status, slug, title) = self.kind.parts();
        ProblemBody {
            type_uri: format!("urn:kamurj:problem:{slug}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: self.detail.clone(),
            errors: self.errors.clone(),
            proposals: self.proposals.clone(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(self.body())).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.kind == Kind::Unavailable {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        if self.kind == Kind::Unauthorized {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<kamurj_store::Error> for Problem {
    fn from(error: kamurj_store::Error) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "the store failed");
        Self::new(Kind::Unavailable, "Nothing was changed. Try again in a few seconds.")
    }
}

impl From<crate::seal::Unsealable> for Problem {
    fn from(error: crate::seal::Unsealable) -> Self {
        tracing::error!(%error, "a sealed value does not open");
        Self::new(Kind::Unavailable, "Nothing was changed. Try again in a few seconds.")
    }
}
