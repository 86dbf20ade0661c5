//! Files of the console: style and scripts for everybody, and what the API gives out as files, passed on to who may have it.

use super::Desk;
use super::form::day_as_time;
use super::inner::Ask;
use super::pages::Asked;
use super::shown;
use super::visitor::Visitor;
use crate::problem::{Kind, Problem};
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kamurj_console::file;
use kamurj_domain::Mode;

/// What is passed on as it comes, by the console's path and the API's. The query goes with it.
pub(super) const PASSED: [(&str, &str); 4] = [
    ("/branding/preview", "/v1/branding/preview"),
    ("/exports/movements.csv", "/v1/exports/movements.csv"),
    ("/exports/movements.xlsx", "/v1/exports/movements.xlsx"),
    ("/exports/journal.csv", "/v1/exports/journal.csv"),
];

/// A file that pages load.
pub(super) async fn asset(Path(name): Path<String>) -> Response {
    let Some(file) = file(&name) else { return StatusCode::NOT_FOUND.into_response() };
    let mut response = file.bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    response
}

/// Passes on what the API gives.
pub(super) async fn pass(asked: Asked, (mode, api): (Mode, &'static str)) -> Response {
    let Asked { desk, visitor, .. } = asked;
    let Some(caller) = visitor.caller(&desk, mode) else { return visitor.sent_away() };
    let asked = format!("{api}?{}", query(&visitor));
    let response = Ask::get(&caller, asked).raw(&desk).await;
    if response.status().is_success() {
        return response;
    }
    refused(&desk, &visitor, mode, response).await
}

/// The page's query, with days as times.
fn query(visitor: &Visitor) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in visitor.query.iter().filter(|(_, value)| !value.is_empty()) {
        query.append_pair(name, day_as_time(name, value).as_deref().unwrap_or(value));
    }
    query.finish()
}

async fn refused(desk: &Desk, visitor: &Visitor, mode: Mode, response: Response) -> Response {
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), 64 * 1024).await.unwrap_or_default();
    let answer = super::inner::Answer { status, body: serde_json::from_slice(&bytes).unwrap_or_default() };
    let wrong = answer.wrong();
    let needs_code = wrong.kind == "step-up-needed";
    let instead = desk.console.text("code_needed_first", visitor.language).filter(|_| needs_code);
    if !wrong.errors.is_empty() {
        return shown::problem(desk, visitor, Some(mode), &Problem::invalid(wrong.errors));
    }
    let detail = instead.map_or(wrong.detail, str::to_owned);
    let kind = match status {
        StatusCode::NOT_FOUND => Kind::NotFound,
        StatusCode::FORBIDDEN => Kind::Forbidden,
        StatusCode::UNPROCESSABLE_ENTITY => Kind::Invalid,
        _ => Kind::Unavailable,
    };
    shown::problem(desk, visitor, Some(mode), &Problem::new(kind, detail))
}
