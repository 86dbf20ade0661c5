//! Both doors of Google's on one listener: `/token`, and the API with its tokens, quotas, forced faults and envelope. It must not know
//! what a call does, and writes no token down.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, State as Shared};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::accounts::{TOKEN_S, Token, project};
use super::address::Call;
use super::calls::{self, Query};
use super::refusal::{LARGEST_BODY, Refusal};
use super::{Sheets, State, assertion, mask};
use crate::listener::Wire;

/// Parameters that every call may have.
const COMMON: [&str; 6] = ["fields", "alt", "prettyPrint", "quotaUser", "key", "access_token"];
/// What is read at all; what is between the limit and this is refused in Google's words.
const MOST_READ: usize = 8 * LARGEST_BODY;

/// What leaves the door.
enum Leaving {
    Json(u16, Value),
    Page,
    Cut,
}

struct Asked<'r> {
    method: &'r Method,
    uri: &'r Uri,
    headers: &'r HeaderMap,
    body: &'r [u8],
}

/// Everything at one address.
pub(crate) fn routes(sheets: Sheets) -> Router {
    Router::new().fallback(answer).layer(DefaultBodyLimit::max(MOST_READ)).with_state(sheets)
}

async fn answer(
    Shared(sheets): Shared<Sheets>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let asked = Asked { method: &method, uri: &uri, headers: &headers, body: &body };
    let leaving = sheets.with(|state, now| match uri.path() {
        "/token" if method == Method::POST => state.give_token(&asked, now),
        _ => state.take(&asked, now),
    });
    match leaving {
        Leaving::Json(status, body) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, axum::Json(body)).into_response()
        }
        Leaving::Page => {
            let page = "<!DOCTYPE html>\n<html lang=en>\n<title>Error 404 (Not Found)!!1</title>\n<p>That URL was not found on this server.</p>\n";
            (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "text/html; charset=UTF-8")], page).into_response()
        }
        Leaving::Cut => {
            wire.cut();
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

impl Asked<'_> {
    /// Whether the body is of this type.
    fn is(&self, wanted: &str) -> bool {
        let content_type = self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        content_type.and_then(|text| text.split(';').next()).map(str::trim) == Some(wanted)
    }

    fn bearer(&self) -> Option<&str> {
        let header = self.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (word, token) = header.split_once(' ')?;
        word.eq_ignore_ascii_case("bearer").then_some(token.trim())
    }

    fn query(&self, call: &Call) -> Result<(Query, Option<String>), Refusal> {
        let (mut fields, mut ranges, mut mask) = (Map::new(), Vec::new(), None);
        for (name, value) in url::form_urlencoded::parse(self.uri.query().unwrap_or_default().as_bytes()) {
            if name == "fields" || name == "$fields" {
                mask = Some(value.into_owned());
            } else if COMMON.contains(&name.as_ref()) {
                // They change nothing of what is done here.
            } else if !call.parameters().contains(&name.as_ref()) {
                return Err(Refusal::unknown_parameter(&name));
            } else if name == "ranges" {
                ranges.push(value.into_owned());
            } else {
                let value = match value.as_ref() {
                    "true" => Value::Bool(true),
                    "false" => Value::Bool(false),
                    text => Value::from(text),
                };
                fields.insert(name.into_owned(), value);
            }
        }
        Ok((Query { fields, ranges }, mask))
    }

    fn json(&self, call: &Call) -> Result<Value, Refusal> {
        if self.body.len() > LARGEST_BODY {
            return Err(Refusal::too_large());
        }
        if !call.has_body() || self.body.is_empty() {
            return Ok(json!({}));
        }
        if !self.is("application/json") {
            return Err(Refusal::unreadable());
        }
        serde_json::from_slice(self.body).map_err(|_| Refusal::unreadable())
    }
}

impl State {
    fn give_token(&mut self, asked: &Asked<'_>, now: i64) -> Leaving {
        let answer = if self.faults.down || take_one(&mut self.faults.token_fail_next) {
            (503, json!({"error": "temporarily_unavailable", "error_description": "Try again later."}))
        } else {
            let form: &[u8] = if asked.is("application/x-www-form-urlencoded") { asked.body } else { &[] };
            match assertion::grant(form, &self.accounts, &self.token_uri, now.div_euclid(1_000)) {
                Ok(granted) => {
                    let token = self.ids.text("ya29.sandbox-");
                    let ends_at_ms = now + TOKEN_S * 1_000;
                    let held = Token { client_email: granted.client_email, scope: granted.scope, ends_at_ms };
                    self.tokens.retain(|_, other| other.ends_at_ms > now);
                    self.tokens.insert(token.clone(), held);
                    (200, json!({"access_token": token, "expires_in": TOKEN_S, "token_type": "Bearer"}))
                }
                Err(denied) => (400, denied.json()),
            }
        };
        self.calls.note("token", Some(answer.0));
        Leaving::Json(answer.0, answer.1)
    }

    fn take(&mut self, asked: &Asked<'_>, now: i64) -> Leaving {
        let known = Call::read(asked.method, asked.uri);
        let word = known.as_ref().map_or("unknown", |(call, _)| call.word());
        let gate = match &known {
            _ if self.faults.down => Err(Refusal::unavailable()),
            None => Err(Refusal::nowhere()),
            Some((call, id)) => self.gate(asked, call, now).map(|account| (call, id, account)),
        };
        if gate.is_ok() && take_one(&mut self.faults.drop_request_next) {
            self.calls.note(word, None);
            return Leaving::Cut;
        }
        let mut answer = gate.and_then(|(call, id, account)| self.work(asked, call, id, &account));
        // A refused call has no effect whose answer could get lost, so it does not use these up.
        if answer.is_ok() && take_one(&mut self.faults.drop_reply_next) {
            self.calls.note(word, None);
            return Leaving::Cut;
        }
        if answer.is_ok() && take_one(&mut self.faults.fail_done_next) {
            answer = Err(Refusal::internal());
        }
        self.calls.note(word, Some(answer.as_ref().map_or_else(|refusal| refusal.status, |_| 200)));
        match answer {
            Ok(body) => Leaving::Json(200, body),
            Err(refusal) => refusal.json().map_or(Leaving::Page, |body| Leaving::Json(refusal.status, body)),
        }
    }

    /// Whose call it is, if it may be made at all.
    fn gate(&mut self, asked: &Asked<'_>, call: &Call, now: i64) -> Result<String, Refusal> {
        let token = asked.bearer().ok_or_else(Refusal::no_token)?;
        let token = self.tokens.get(token).filter(|token| token.ends_at_ms > now && !self.faults.token_refused);
        let token = token.ok_or_else(Refusal::bad_token)?;
        let account = self.accounts.get_mut(&token.client_email).ok_or_else(Refusal::bad_token)?;
        if !token.covers(call.kind()) {
            return Err(Refusal::narrow_scope());
        }
        if self.faults.api_disabled {
            return Err(Refusal::api_disabled());
        }
        let client_email = token.client_email.clone();
        let counted = account.take(call.kind(), now, self.faults.quota_per_minute) || self.faults.no_quota;
        if !counted || take_one(&mut self.faults.limit_next) {
            return Err(Refusal::exhausted(&format!("{:?}", call.kind())));
        }
        if take_one(&mut self.faults.fail_next) {
            return Err(Refusal::internal());
        }
        Ok(client_email)
    }

    fn work(&mut self, asked: &Asked<'_>, call: &Call, id: &str, client_email: &str) -> Result<Value, Refusal> {
        let body = asked.json(call)?;
        let (query, mask) = asked.query(call)?;
        if let Call::Absent(word) = call {
            return Err(Refusal::not_doubled(word));
        }
        // A mask that cannot be read has to be found out before anything is done.
        if let Some(mask) = &mask {
            mask::kept(Value::Null, mask)?;
        }
        let book = self.books.iter_mut().find(|book| book.id == id).ok_or_else(Refusal::not_found)?;
        if !book.shared_with.contains(client_email) {
            return Err(Refusal::not_shared());
        }
        let said = calls::work(book, call, &query, &body, project(client_email))?;
        mask.map_or(Ok(said.clone()), |mask| mask::kept(said, &mask))
    }
}

fn take_one(left: &mut u32) -> bool {
    let one = *left > 0;
    *left -= u32::from(one);
    one
}
