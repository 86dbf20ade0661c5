//! The headers that every answer has, whatever it is: what a handler sets stays, and what it leaves out is the strictest there
//! is. `docs/http-headers.md` has them route by route.

use crate::app::App;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use kamurj_pages::{RETURN_REFERRER_POLICY, security_headers};
use std::sync::Arc;

/// The policy of what is no page: it shows nothing, loads nothing, and stands in no frame.
const NO_PAGE: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Adds what the answer lacks.
pub async fn complete(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut lacks = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    // An address may hold a token, or name something that is nobody else's business.
    lacks(header::REFERRER_POLICY, RETURN_REFERRER_POLICY);
    lacks(header::CONTENT_SECURITY_POLICY, NO_PAGE);
    for (name, value) in security_headers(&app.public_url) {
        lacks(HeaderName::from_static(name), value);
    }
    response
}
