//! The doors of the console: where it begins, signing in and out, and taking an invitation up.

use super::form::Form;
use super::pages::Asked;
use super::shown::{self, frame, page};
use super::visitor::{Visitor, must_be_own};
use super::{Desk, cookies};
use crate::operators::entering::{self, Entered, Typed};
use crate::operators::inviting;
use crate::operators::known::Known;
use crate::problem::{Kind, Problem};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kamurj_console::Refusal;
use kamurj_domain::Mode;
use kamurj_pages::LinkCode;
use kamurj_store::operators::sessions;
use serde_json::Value;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// The side of the code that apps read, in pixels.
const CODE_PIXELS: u32 = 320;
/// Who codes are for, as apps show it.
const ISSUER: &str = "Kamurj";

/// Leads to the first page that somebody may see.
pub(super) async fn begin(asked: Asked) -> Response {
    let Asked { visitor, .. } = asked;
    match visitor.known.as_ref().and_then(Known::role) {
        Some(_) => Redirect::to(&format!("/console/{}/overview", Mode::Live.word())).into_response(),
        None => visitor.sent_away(),
    }
}

/// What no route has.
pub(super) async fn nothing(asked: Asked) -> Response {
    let Asked { desk, visitor, .. } = asked;
    shown::problem(&desk, &visitor, None, &Problem::new(Kind::NotFound, "There is nothing here."))
}

/// Asks who it is.
pub(super) async fn ask(asked: Asked) -> Response {
    let Asked { desk, visitor, .. } = asked;
    page(&desk, &visitor, StatusCode::OK, "sign_in.html", &frame(&desk, &visitor, "frame"))
}

/// Lets somebody in.
pub(super) async fn enter(asked: Asked) -> Response {
    let Asked { desk, visitor, request, .. } = asked;
    if let Err(problem) = must_be_own(request.headers()) {
        return shown::problem(&desk, &visitor, None, &problem);
    }
    let form = match Form::read(request).await {
        Ok(form) => form,
        Err(problem) => return shown::problem(&desk, &visitor, None, &problem),
    };
    let text = |name: &str| form.first(name).unwrap_or_default().to_owned();
    let typed = Typed { email: text("email"), password: Zeroizing::new(text("password")), code: text("code") };
    let entered = entering::enter(&desk.app, typed, visitor.origin.as_deref(), &visitor.device).await;
    let (status, key, minutes) = match entered {
        Ok(Entered::In { token, .. }) => {
            // Whoever was signed in with this browser before is not any more.
            if let Some(known) = &visitor.known
                && let Err(problem) = ended(&desk, &known.session.id, &known.operator.id).await
            {
                return shown::problem(&desk, &visitor, None, &problem);
            }
            let mut response = Redirect::to("/console").into_response();
            if let Some(cookie) = cookies::keep(&token) {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            return response;
        }
        Ok(Entered::Refused) => (StatusCode::UNPROCESSABLE_ENTITY, "sign_in_refused", 0),
        Ok(Entered::Wait(ms)) => (StatusCode::TOO_MANY_REQUESTS, "sign_in_wait", ms.div_euclid(60_000) + 1),
        Err(problem) => return shown::problem(&desk, &visitor, None, &problem),
    };
    let detail = desk.console.text(key, visitor.language).unwrap_or(key).replace("{minutes}", &minutes.to_string());
    let mut frame = frame(&desk, &visitor, "frame");
    frame.values = BTreeMap::from([("email".to_owned(), text("email").chars().take(254).collect())]);
    frame.refusal = Some(Refusal { detail, ..Refusal::default() });
    page(&desk, &visitor, status, "sign_in.html", &frame)
}

/// Ends the session.
pub(super) async fn leave(asked: Asked) -> Response {
    let Asked { desk, visitor, request, .. } = asked;
    if let Err(problem) = must_be_own(request.headers()) {
        return shown::problem(&desk, &visitor, None, &problem);
    }
    if let Some(known) = &visitor.known
        && let Err(problem) = ended(&desk, &known.session.id, &known.operator.id).await
    {
        return shown::problem(&desk, &visitor, None, &problem);
    }
    let mut response = Redirect::to("/console/sign-in").into_response();
    response.headers_mut().append(header::SET_COOKIE, cookies::forget());
    response
}

async fn ended(desk: &Desk, session: &str, operator: &str) -> Result<(), Problem> {
    let mut tx = desk.app.db.write().await?;
    sessions::end(&mut tx, session, operator, desk.app.now()).await?;
    Ok(tx.commit().await?)
}

/// Shows an invitation.
pub(super) async fn invited(asked: Asked) -> Response {
    let Asked { desk, visitor, at, .. } = asked;
    invitation(&desk, &visitor, &token(&at), None).await
}

fn token(at: &BTreeMap<String, String>) -> String {
    at.get("token").cloned().unwrap_or_default()
}

async fn invitation(desk: &Desk, visitor: &Visitor, token: &str, refusal: Option<Refusal>) -> Response {
    let opened = async { inviting::open(&desk.app, &mut desk.app.db.read().await?, token).await };
    let opened = match opened.await {
        Ok(Some(opened)) => opened,
        Ok(None) => {
            let detail = desk.console.text("invitation_gone", visitor.language).unwrap_or_default();
            return shown::problem(desk, visitor, None, &Problem::new(Kind::NotFound, detail));
        }
        Err(problem) => return shown::problem(desk, visitor, None, &problem),
    };
    let address = opened.secret.address(ISSUER, &opened.operator.email);
    let image = LinkCode::of(&address).and_then(|code| code.png(CODE_PIXELS)).map(|bytes| STANDARD.encode(bytes));
    let secret = opened.secret.base32();
    let grouped: Vec<&str> = secret.as_bytes().chunks(4).filter_map(|four| std::str::from_utf8(four).ok()).collect();
    let mut frame = frame(desk, visitor, "frame");
    // The address of this page is a secret, so other languages are led to without it.
    frame.data.insert("name".to_owned(), opened.operator.name.clone().into());
    frame.data.insert("email".to_owned(), opened.operator.email.clone().into());
    frame.data.insert("secret".to_owned(), grouped.join(" ").into());
    frame.data.insert("qr".to_owned(), image.unwrap_or_default().into());
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    frame.refusal = refusal;
    page(desk, visitor, status, "invitation.html", &frame)
}

/// Takes an invitation up, and shows the recovery codes once.
pub(super) async fn accept(asked: Asked) -> Response {
    let Asked { desk, visitor, at, request } = asked;
    if let Err(problem) = must_be_own(request.headers()) {
        return shown::problem(&desk, &visitor, None, &problem);
    }
    let form = match Form::read(request).await {
        Ok(form) => form,
        Err(problem) => return shown::problem(&desk, &visitor, None, &problem),
    };
    let (password, code) = (form.first("password").unwrap_or_default(), form.first("code").unwrap_or_default());
    match inviting::accept(&desk.app, &token(&at), password, code).await {
        Ok(Some(codes)) => codes_once(&desk, &visitor, codes),
        Ok(None) => invitation(&desk, &visitor, &token(&at), None).await,
        Err(problem) if problem.status() == StatusCode::UNPROCESSABLE_ENTITY => {
            invitation(&desk, &visitor, &token(&at), Some(told(&problem))).await
        }
        Err(problem) => shown::problem(&desk, &visitor, None, &problem),
    }
}

/// A problem beside the fields of a form whose names are its pointers.
pub(super) fn told(problem: &Problem) -> Refusal {
    let body = problem.body();
    let fault = |error: crate::problem::FieldError| (error.pointer.trim_start_matches('/').to_owned(), error.detail);
    Refusal { detail: body.detail, faults: body.errors.into_iter().map(fault).collect(), others: Vec::new() }
}

/// Ten recovery codes, shown once.
pub(super) fn codes_once(desk: &Desk, visitor: &Visitor, codes: Vec<String>) -> Response {
    let mut frame = frame(desk, visitor, "frame");
    frame.data.insert("codes".to_owned(), Value::from(codes));
    page(desk, visitor, StatusCode::OK, "recovery.html", &frame)
}
