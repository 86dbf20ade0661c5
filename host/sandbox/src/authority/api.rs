//! The double's endpoints: consent, tokens, revocation, and an API that wants a living token.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, Query, State as Given};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use url::Url;

use super::{Dialect, Shared, State};
use crate::listener::Wire;
use crate::locked;

type Fields = BTreeMap<String, String>;

/// How long a code lives: ten minutes, as RFC 6749, section 4.1.2, has it at most; twenty at amoCRM, thirty seconds at Bitrix24.
fn code_life_ms(dialect: Dialect) -> i64 {
    match dialect {
        Dialect::Form => 600_000,
        Dialect::Json => 1_200_000,
        Dialect::Query => 30_000,
    }
}

/// RFC 6749, section 4.1.1: whoever opens this has consented, or not, before they got here.
pub(super) async fn authorize(Given(shared): Given<Shared>, Query(asked): Query<Fields>) -> Response {
    let now = (shared.clock)();
    let mut state = locked(&shared.state);
    let text = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
    let Some(client) = state.client.clone().filter(|client| client.id == text("client_id")) else {
        return (StatusCode::BAD_REQUEST, "unknown client").into_response();
    };
    if client.redirect_uri != text("redirect_uri") {
        return (StatusCode::BAD_REQUEST, "this redirect address is not registered").into_response();
    }
    let Ok(mut back) = Url::parse(&client.redirect_uri) else { return StatusCode::BAD_REQUEST.into_response() };
    let challenge = asked.get("code_challenge").cloned();
    if text("response_type") != "code" {
        back.query_pairs_mut().append_pair("error", "unsupported_response_type");
    } else if state.faults.denies {
        back.query_pairs_mut().append_pair("error", "access_denied").append_pair("error_description", "They said no.");
    } else if challenge.is_some() && text("code_challenge_method") != "S256" {
        back.query_pairs_mut().append_pair("error", "invalid_request");
    } else {
        let ends_at = now + code_life_ms(state.dialect);
        let code = state.grants.code(&client.redirect_uri, challenge, ends_at);
        back.query_pairs_mut().append_pair("code", &code);
    }
    back.query_pairs_mut().append_pair("state", text("state"));
    let host = state.faults.other_host.clone().unwrap_or_else(|| state.url.trim_start_matches("http://").to_owned());
    match state.dialect {
        Dialect::Form => {}
        Dialect::Json => {
            back.query_pairs_mut().append_pair("referer", &host);
        }
        Dialect::Query => {
            back.query_pairs_mut().append_pair("domain", &host);
        }
    }
    (StatusCode::FOUND, [(header::LOCATION, back.to_string())]).into_response()
}

/// RFC 6749, sections 4.1.3, 5 and 6.
pub(super) async fn token(
    Given(shared): Given<Shared>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    method: Method,
    headers: HeaderMap,
    Query(query): Query<Fields>,
    body: Bytes,
) -> Response {
    let now = (shared.clock)();
    let mut state = locked(&shared.state);
    state.seen.token_calls += 1;
    if state.faults.lost_before > 0 {
        state.faults.lost_before -= 1;
        wire.cut();
        return StatusCode::OK.into_response();
    }
    if state.faults.down > 0 {
        state.faults.down -= 1;
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let asked: Option<Fields> = match (state.dialect, method.as_str()) {
        (Dialect::Form, "POST") if kind == "application/x-www-form-urlencoded" => Some(form(&body)),
        (Dialect::Json, "POST") if kind == "application/json" => serde_json::from_slice(&body).ok(),
        (Dialect::Query, "GET") if body.is_empty() => Some(query),
        _ => None,
    };
    let answer = match asked {
        Some(asked) => answered(&mut state, &asked, now),
        None => refusal(state.dialect, 400, "invalid_request"),
    };
    if state.faults.lost_after > 0 {
        state.faults.lost_after -= 1;
        wire.cut();
    }
    answer
}

fn answered(state: &mut State, asked: &Fields, now: i64) -> Response {
    let text = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
    let dialect = state.dialect;
    let known = state
        .client
        .as_ref()
        .is_some_and(|client| client.id == text("client_id") && client.secret == text("client_secret"));
    if !known {
        return refusal(dialect, 401, "invalid_client");
    }
    let verifier = asked.get("code_verifier").map(String::as_str);
    let grant = match text("grant_type") {
        "authorization_code" => {
            let grant = state.grants.spend(text("code"), text("redirect_uri"), verifier, now);
            state.seen.exchanges += u32::from(grant.is_some());
            grant
        }
        "refresh_token" => {
            let grant = state.grants.renew(text("refresh_token"));
            state.seen.refreshes += u32::from(grant.is_some());
            grant
        }
        _ => return refusal(dialect, 400, "unsupported_grant_type"),
    };
    let Some(grant) = grant else { return refusal(dialect, 400, "invalid_grant") };
    let (life_s, refreshes) = (state.life_s, state.refreshes);
    let pair = state.grants.give(grant, now + life_s * 1000, refreshes);
    let mut body = json!({ "access_token": pair.access, "token_type": "Bearer", "expires_in": life_s });
    if let Some(refresh) = pair.refresh {
        body["refresh_token"] = json!(refresh);
    }
    (StatusCode::OK, [(header::CACHE_CONTROL, "no-store")], axum::Json(body)).into_response()
}

/// RFC 6749, section 5.2; amoCRM answers with a problem of RFC 9457 and a hint instead.
fn refusal(dialect: Dialect, status: u16, word: &str) -> Response {
    let body: Value = match dialect {
        Dialect::Form | Dialect::Query => json!({ "error": word, "error_description": "No, says the double." }),
        Dialect::Json => json!({ "title": "Bad request", "status": status, "hint": "Token has been revoked" }),
    };
    (StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), axum::Json(body)).into_response()
}

/// RFC 7009: a token that is not known is no error.
pub(super) async fn revoke(
    Given(shared): Given<Shared>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    body: Bytes,
) -> Response {
    let mut state = locked(&shared.state);
    if state.faults.lost_before > 0 {
        state.faults.lost_before -= 1;
        wire.cut();
        return StatusCode::OK.into_response();
    }
    let asked = form(&body);
    let text = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
    let known = state
        .client
        .as_ref()
        .is_some_and(|client| client.id == text("client_id") && client.secret == text("client_secret"));
    if !known {
        return refusal(Dialect::Form, 401, "invalid_client");
    }
    let was_known = state.grants.revoke(text("token"));
    state.seen.revoked += u32::from(was_known);
    StatusCode::OK.into_response()
}

/// An API that tells whose token it got, and repeats the token, as careless services do.
pub(super) async fn me(Given(shared): Given<Shared>, headers: HeaderMap) -> Response {
    let now = (shared.clock)();
    let mut state = locked(&shared.state);
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let token = bearer.strip_prefix("Bearer ").unwrap_or_default();
    if state.faults.refuses_all || !state.grants.is_alive(token, now) {
        state.seen.refused_calls += 1;
        return (StatusCode::UNAUTHORIZED, axum::Json(json!({ "error": "expired_token" }))).into_response();
    }
    state.seen.calls += 1;
    axum::Json(json!({ "name": "Anush", "you_sent": bearer })).into_response()
}

fn form(body: &[u8]) -> Fields {
    url::form_urlencoded::parse(body).into_owned().collect()
}
