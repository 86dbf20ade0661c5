//! Consent in a browser, and the token endpoint. It must not know what the tokens are used for.

use axum::body::Bytes;
use axum::extract::{ConnectInfo, RawQuery, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use url::Url;

use super::faults::take_one;
use super::query::Query;
use super::refusal::Refusal;
use super::tokens::ACCESS_LIFE_S;
use super::{Amocrm, State, door};
use crate::listener::Wire;

/// `GET /oauth`: asks whoever is at the browser.
pub(super) async fn page(Shared(amocrm): Shared<Amocrm>, RawQuery(query): RawQuery) -> Response {
    let query = Query::read(&query.unwrap_or_default());
    let (name, client) = amocrm.with(|state, _| (state.account.name.clone(), state.account.client_id.clone()));
    if query.one("client_id") != Some(client.as_str()) {
        return (StatusCode::NOT_FOUND, "no such integration").into_response();
    }
    let field = |name: &str| {
        let value = query.one(name).unwrap_or_default();
        format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escaped(value))
    };
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Allow access?</title></head><body><main><h1>Allow access?</h1>\
         <p>An integration asks for the leads, contacts and lists of {}.</p>\
         <form method=\"post\" action=\"/oauth\">{}{}<button name=\"decision\" value=\"allow\">Allow</button> \
         <button name=\"decision\" value=\"deny\">Deny</button></form></main></body></html>",
        escaped(&name),
        field("client_id"),
        field("state"),
    );
    const POLICY: &str = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, POLICY)];
    (headers, html).into_response()
}

/// `POST /oauth`: one of the page's buttons was pressed.
pub(super) async fn decide(Shared(amocrm): Shared<Amocrm>, body: Bytes) -> Response {
    let sent = Query::read(&String::from_utf8_lossy(&body));
    amocrm.with(|state, now| {
        let Ok(mut back) = Url::parse(&state.account.redirect_uri) else {
            return (StatusCode::INTERNAL_SERVER_ERROR, "redirect_uri of the settings is no address").into_response();
        };
        if sent.one("client_id") != Some(state.account.client_id.as_str()) {
            return (StatusCode::NOT_FOUND, "no such integration").into_response();
        }
        if sent.one("decision") == Some("allow") {
            let code = state.tokens.code(now);
            let referer = state.faults.referer.clone().unwrap_or_else(|| state.own_host());
            let mut pairs = back.query_pairs_mut();
            pairs.append_pair("code", &code);
            pairs.append_pair("referer", &referer).append_pair("client_id", &state.account.client_id);
        } else {
            back.query_pairs_mut().append_pair("error", "access_denied");
        }
        back.query_pairs_mut().append_pair("state", sent.one("state").unwrap_or_default());
        (StatusCode::FOUND, [(header::LOCATION, back.to_string())]).into_response()
    })
}

/// `POST /oauth2/access_token`
pub(super) async fn token(
    Shared(amocrm): Shared<Amocrm>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    amocrm.with(|state, now| {
        let answer = match state.stand_before() {
            Some(refusal) => Err(refusal),
            None if take_one(&mut state.faults.drop_request_next) => {
                state.calls.note("access_token", None);
                wire.cut();
                return StatusCode::OK.into_response();
            }
            None => door::json_of(&headers, &body).and_then(|sent| state.grant(&sent, now)),
        };
        match answer {
            Ok((_, true)) => {
                state.calls.note("access_token", None);
                wire.cut();
                StatusCode::OK.into_response()
            }
            Ok((pair, false)) => {
                state.calls.note("access_token", Some(200));
                ([(header::CACHE_CONTROL, "no-store")], axum::Json(pair)).into_response()
            }
            Err(refusal) => {
                state.calls.note("access_token", Some(refusal.status));
                refusal.into_response()
            }
        }
    })
}

/// `GET /oauth2/account/current/subdomain`: where the account lives now, for whoever has a refresh token that is alive.
pub(super) async fn subdomain(Shared(amocrm): Shared<Amocrm>, headers: HeaderMap) -> Response {
    amocrm.with(|state, now| {
        let token = headers.get("x-refresh-token").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let answer = match state.stand_before() {
            Some(refusal) => Err(refusal),
            None if state.tokens.can_refresh(token, now) => Ok(()),
            None => Err(Refusal::token()),
        };
        state.calls.note("current_subdomain", Some(answer.as_ref().map_or_else(|refusal| refusal.status, |()| 200)));
        match answer {
            Ok(()) => {
                let account = &state.account;
                let top = account.domain.as_str().rsplit('.').next();
                axum::Json(json!({
                    "id": account.id, "subdomain": account.subdomain, "domain": account.host(), "top_level_domain": top,
                }))
                .into_response()
            }
            Err(refusal) => refusal.into_response(),
        }
    })
}

impl State {
    /// Gives a pair for a code or for a refresh token; `true` beside it where the answer is lost.
    fn grant(&mut self, sent: &Value, now: i64) -> Result<(Value, bool), Refusal> {
        let text = |name: &str| sent.get(name).and_then(Value::as_str);
        let need =
            |name: &str| text(name).ok_or_else(|| Refusal::hinting(400, &format!("Check the `{name}` parameter")));
        let (id, secret, back) = (need("client_id")?, need("client_secret")?, need("redirect_uri")?);
        let grant = need("grant_type")?;
        if id != self.account.client_id || secret != self.account.client_secret {
            return Err(Refusal::hinting(401, "Client authentication failed"));
        }
        if back != self.account.redirect_uri {
            return Err(Refusal::hinting(400, "The redirect address is not the integration's"));
        }
        let mut lost = false;
        match grant {
            "authorization_code" => {
                if !self.tokens.spend(need("code")?, now) {
                    return Err(Refusal::hinting(400, "Authorization code has expired"));
                }
            }
            "refresh_token" => {
                let token = need("refresh_token")?;
                if take_one(&mut self.faults.refuse_refresh_next) || !self.tokens.renew(token, now) {
                    return Err(Refusal::hinting(400, "Token has been revoked"));
                }
                lost = take_one(&mut self.faults.drop_refresh_reply_next);
            }
            _ => return Err(Refusal::hinting(400, "The grant type is not supported")),
        }
        let pair = self.tokens.give(&self.account, now);
        let answer = json!({
            "token_type": "Bearer", "expires_in": ACCESS_LIFE_S, "access_token": pair.access, "refresh_token": pair.refresh,
            "server_time": now.div_euclid(1000),
        });
        Ok((answer, lost || take_one(&mut self.faults.drop_reply_next)))
    }
}

/// A text within HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
