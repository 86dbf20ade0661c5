//! The customer's way: the page of a payment, the button that goes to the bank, and the way back.

pub(crate) mod choice;
pub mod link;
pub mod page;
pub mod pay;
mod receipt;
pub mod renew;
pub mod returned;
mod seller;
pub mod status;
pub mod visitor;

use crate::app::App;
use crate::front::asker::Asker;
use crate::front::limits::{self, Shut};
use crate::problem::Problem;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kamurj_domain::format::Language;
use kamurj_pages::{CheckoutState, TERMS_FIELD, content_security_policy, security_headers};
use kamurj_store::payments::{self, Payment};
use kamurj_store::{Error, Tx};
use serde::Deserialize;

async fn payment_of(app: &App, tx: &mut Tx, token: &str) -> Result<Option<Payment>, Error> {
    payments::by_token(tx, &app.link_hash(token)).await
}

/// An HTML answer with every header that a page of ours carries. `origins`: where its form may lead.
pub(crate) fn html(app: &App, status: StatusCode, text: String, nonce: &str, origins: &[String]) -> Response {
    let mut response = (status, text).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    if let Ok(policy) = HeaderValue::from_str(&content_security_policy(nonce, origins)) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    for (name, value) in security_headers(&app.public_url) {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

fn unknown_link(app: &App, language: Language) -> Response {
    let nonce = app.ids.new_token();
    match app.pages.unknown_link(language, &nonce) {
        Ok(text) => html(app, StatusCode::NOT_FOUND, text, &nonce, &[]),
        Err(error) => broken(app, language, &error.to_string()),
    }
}

/// The answer to an address that leads to no page of the host that was asked.
pub(crate) async fn nowhere(app: &App, asker: &Asker, headers: &HeaderMap) -> Response {
    let language = page::accepted(headers);
    probed(app, asker, language, unknown_link(app, language)).await
}

/// What an address that leads nowhere is answered with: its page, or, from where too many such addresses were asked for, the
/// page that says so. Links that exist are served all the same: who shares a network with a guesser must be able to pay.
async fn probed(app: &App, asker: &Asker, language: Language, unknown: Response) -> Response {
    if unknown.status() != StatusCode::NOT_FOUND || limits::may_probe(app, asker.0.as_deref()).await {
        return unknown;
    }
    let nonce = app.ids.new_token();
    match app.pages.too_many(language, &nonce) {
        Ok(text) => {
            let mut response = html(app, StatusCode::TOO_MANY_REQUESTS, text, &nonce, &[]);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
            response
        }
        Err(error) => broken(app, language, &error.to_string()),
    }
}

/// What a page says where nothing new may be started.
fn too_many(shut: Shut) -> CheckoutState {
    let opens_at_ms = match shut {
        Shut::Until(at) => Some(at),
        Shut::Locked => None,
    };
    CheckoutState::TooMany { opens_at_ms }
}

/// Turns the page that tells of a limit into the answer to a press that it refused.
fn refused(app: &App, shut: Shut, mut response: Response) -> Response {
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    if let Shut::Until(at) = shut {
        let seconds = (at - app.now()).max(0) / 1_000 + 1;
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// The page for a technical problem. What went wrong is logged under the number that the page shows.
fn broken(app: &App, language: Language, cause: &str) -> Response {
    let request_id = app.ids.new_id("req");
    tracing::error!(request.id = request_id, cause, "a checkout page could not be served");
    let nonce = app.ids.new_token();
    match app.pages.problem(language, &request_id, &nonce) {
        Ok(text) => html(app, StatusCode::SERVICE_UNAVAILABLE, text, &nonce, &[]),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

fn broken_by(app: &App, language: Language, problem: &Problem) -> Response {
    broken(app, language, &problem.body().detail)
}

/// Where a payment's page is, in this language.
fn page_address(token: &str, language: Option<Language>) -> String {
    match language {
        Some(language) => format!("/p/{token}?lang={}", language.tag()),
        None => format!("/p/{token}"),
    }
}

/// What an address may say besides its token. Everything else in it is ignored: chat apps and banks add their own.
#[derive(Debug, Default, Deserialize)]
pub struct PageQuery {
    lang: Option<String>,
    /// Said where the customer pressed without agreeing to the terms.
    terms: Option<String>,
}

/// The language that the address asks for. An address that cannot be read asks for none.
fn asked_language(query: Result<Query<PageQuery>, QueryRejection>) -> Option<Language> {
    query.ok().and_then(|Query(query)| Language::parse(query.lang.as_deref()?))
}

/// Whether the address says that the customer pressed without agreeing to the terms.
fn missed_terms(query: &Result<Query<PageQuery>, QueryRejection>) -> bool {
    query.as_ref().is_ok_and(|Query(query)| query.terms.is_some())
}

/// Back to the page, which says that the terms must be agreed to.
fn back_to_terms(token: &str, language: Option<Language>) -> Response {
    let address = page_address(token, language);
    let joint = if language.is_some() { '&' } else { '?' };
    see_other(&format!("{address}{joint}{TERMS_FIELD}=missed"))
}

/// 303: fetch this next, with GET.
fn see_other(address: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    match HeaderValue::from_str(address) {
        Ok(address) => headers.insert(header::LOCATION, address),
        Err(_) => return StatusCode::BAD_GATEWAY.into_response(),
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
