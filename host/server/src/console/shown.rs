//! Pages of the console as answers: what surrounds them is filled in, and the headers that they are served with.

use super::visitor::Visitor;
use super::{Desk, cookies};
use crate::access;
use crate::problem::{Kind, Problem};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kamurj_access::Permission;
use kamurj_console::{Frame, Me, Membership, Refusal, areas, assets};
use kamurj_domain::{Mode, time};
use kamurj_pages::REPORTS_PATH;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The policy of the console's pages: what they load and where their forms lead is ours alone. Images may stand in the page itself, as QR
/// codes do.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The query parameter that tells what was done, by the key of its text.
pub(super) const DONE: &str = "done";

/// The frame of a page outside modes, for this visitor.
pub(super) fn frame(desk: &Desk, visitor: &Visitor, area: &'static str) -> Frame {
    let done = visitor.query.get(DONE).filter(|key| is_done(key));
    let done = done.and_then(|key| desk.console.text(key, visitor.language));
    Frame {
        language: visitor.language,
        nonce: desk.app.ids.new_token(),
        now: time::rfc3339(desk.app.now()),
        mode: None,
        here: visitor.here.clone(),
        base: format!("/console/{}", Mode::Live.word()),
        area,
        me: me(visitor),
        at: BTreeMap::new(),
        query: visitor.query.clone(),
        values: BTreeMap::new(),
        refusal: None,
        done: done.map(str::to_owned),
        asks_code: visitor.known.as_ref().is_some_and(|known| !known.is_confirmed),
        key: desk.app.ids.new_token(),
        assets: assets(),
        data: Map::new(),
    }
}

/// Whether this is the key of a text that says that something was done: an address must not make a page say anything else.
fn is_done(key: &str) -> bool {
    const OWN: [&str; 4] = ["account_ended", "account_password_changed", "account_language_kept", "account_confirmed"];
    OWN.contains(&key) || areas().iter().flat_map(|area| area.acts).any(|act| act.done == key)
}

/// The frame of a page in a mode.
pub(super) fn frame_in(desk: &Desk, visitor: &Visitor, area: &'static str, mode: Mode) -> Frame {
    Frame { mode: Some(mode.word()), base: format!("/console/{}", mode.word()), ..frame(desk, visitor, area) }
}

fn me(visitor: &Visitor) -> Option<Me> {
    let known = visitor.known.as_ref()?;
    let place = known.place();
    let may = |permission: &Permission| known.role().is_some_and(|role| role.may(*permission));
    Some(Me {
        id: known.operator.id.clone(),
        name: known.operator.name.clone(),
        role: known.role().map_or("", kamurj_access::Role::word),
        merchant: place.map(|place| place.merchant_id.clone()).unwrap_or_default(),
        merchant_name: place.map(|place| place.merchant_name.clone()).unwrap_or_default(),
        may: Permission::ALL.iter().map(|permission| (permission.word(), may(permission))).collect(),
        memberships: known
            .memberships
            .iter()
            .map(|membership| Membership {
                merchant: membership.merchant_id.clone(),
                name: membership.merchant_name.clone(),
                role: membership.role.clone(),
            })
            .collect(),
    })
}

/// Renders a page.
pub(super) fn page(desk: &Desk, visitor: &Visitor, status: StatusCode, template: &str, frame: &Frame) -> Response {
    let html = match desk.console.render(template, frame) {
        Ok(html) => html,
        Err(error) => {
            let request_id = desk.app.ids.new_id("req");
            tracing::error!(request.id = request_id, error = &error as &dyn std::error::Error, "a console page failed");
            return Problem::new(Kind::Unavailable, format!("The page could not be made ({request_id})."))
                .into_response();
        }
    };
    let mut response = (status, html).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("cookie, accept-language"));
    if let Ok(policy) = HeaderValue::from_str(&format!("{POLICY}; report-uri {REPORTS_PATH}")) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    if let Some(chosen) = visitor.chose_language.then(|| cookies::language(visitor.language.tag())).flatten() {
        headers.append(header::SET_COOKIE, chosen);
    }
    response
}

/// A problem as a page: nothing there, not allowed, or broken.
pub(super) fn problem(desk: &Desk, visitor: &Visitor, mode: Option<Mode>, problem: &Problem) -> Response {
    let mut frame = match mode {
        Some(mode) => frame_in(desk, visitor, "frame", mode),
        None => frame(desk, visitor, "frame"),
    };
    let template = match problem.status() {
        StatusCode::NOT_FOUND => "nothing.html",
        StatusCode::FORBIDDEN => "forbidden.html",
        _ => "problem.html",
    };
    frame.data.insert("request_id".to_owned(), Value::from(desk.app.ids.new_id("req")));
    let body = problem.body();
    let others = body.errors.into_iter().map(|error| format!("{}: {}", error.pointer, error.detail)).collect();
    frame.refusal = Some(Refusal { detail: body.detail, others, ..Refusal::default() });
    page(desk, visitor, problem.status(), template, &frame)
}

/// Whether this page is there for this visitor.
pub(super) fn may_see(visitor: &Visitor, desk: &Desk, mode: Mode, needs: &str) -> Result<(), Problem> {
    let needs = Permission::from_word(needs);
    let caller = visitor.caller(desk, mode);
    match (caller, needs) {
        (Some(caller), Some(needs)) if access::may(&caller, needs) => Ok(()),
        (Some(caller), Some(needs)) => Err(access::lacks(&caller, needs)),
        _ => Err(Problem::new(Kind::Forbidden, "Sign in first.")),
    }
}
