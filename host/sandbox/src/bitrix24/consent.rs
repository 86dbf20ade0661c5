//! The page where a person at the portal lets an app in, or does not. It must not know what the app does with that.

use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::api::{Request, refused};
use super::{State, brackets};

const PAGE: &str = include_str!("consent.html");
const POLICY: &str = "default-src 'none'; form-action *; base-uri 'none'; frame-ancestors 'none'";

/// Shows the page; a press of one of its buttons sends the browser back to the app.
pub(super) fn page(state: &mut State, request: &Request, now: i64) -> Response {
    let query = brackets::read(request.uri.query().unwrap_or_default());
    if *request.method == Method::GET {
        return match state.consent_asked(&query) {
            Ok(()) => {
                let headers =
                    [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, POLICY)];
                (headers, PAGE).into_response()
            }
            Err(refusal) => refused(&refusal),
        };
    }
    if *request.method != Method::POST {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let pressed = brackets::read(&String::from_utf8_lossy(request.body));
    let allows = pressed.get("action").is_some_and(|action| action == "allow");
    match state.consented(&query, allows, now) {
        Ok(back) => (StatusCode::FOUND, [(header::LOCATION, back)]).into_response(),
        Err(refusal) => refused(&refusal),
    }
}
