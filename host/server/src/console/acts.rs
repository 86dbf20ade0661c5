//! Forms of the console: a form that one of our pages sent becomes one request to the API, done once however often it was pressed. What is
//! refused leads back to the page, with what was typed and what is wrong with it.

use super::form::{self, Form};
use super::inner::{Answer, Ask};
use super::pages::{self, Asked, Place};
use super::shown::{self, DONE};
use super::visitor::{Visitor, must_be_own};
use super::{Desk, cookies};
use crate::operators::{confirms, known};
use crate::problem::{Kind, Problem};
use axum::body::Bytes;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use kamurj_console::{Act, CODE_FIELD, Carries, Field, FieldKind, KEY_FIELD, Refusal, Then, areas};
use kamurj_domain::Mode;
use kamurj_store::merchants::Caller;
use std::collections::BTreeMap;

/// What stands for a field of a form that has no such field.
const NO_FIELDS: &[Field] = &[];

/// Does what a form asks for.
pub(super) async fn post(asked: Asked, what: (Mode, &'static str, &'static Act)) -> Response {
    let (mode, _, _) = what;
    if let Err(problem) = must_be_own(asked.request.headers()) {
        return shown::problem(&asked.desk, &asked.visitor, Some(mode), &problem);
    }
    let Asked { desk, mut visitor, at, request } = asked;
    if visitor.caller(&desk, mode).is_none() {
        return visitor.sent_away();
    }
    let form = match Form::read(request).await {
        Ok(form) => form,
        Err(problem) => return shown::problem(&desk, &visitor, Some(mode), &problem),
    };
    let renewed = match proven(&desk, &mut visitor, &form).await {
        Ok(renewed) => renewed,
        Err(Fault::Code) => {
            let key = "code_wrong";
            let detail = desk.console.text(key, visitor.language).unwrap_or(key).to_owned();
            let faults = BTreeMap::from([(CODE_FIELD.to_owned(), detail.clone())]);
            let refusal = Refusal { detail, faults, others: Vec::new() };
            return again(&desk, &visitor, what, at, &form, (StatusCode::UNPROCESSABLE_ENTITY, refusal)).await;
        }
        Err(Fault::Problem(problem)) => return shown::problem(&desk, &visitor, Some(mode), &problem),
    };
    let Some(caller) = visitor.caller(&desk, mode) else { return visitor.sent_away() };
    let mut response = done(&desk, &visitor, &caller, what, at, &form).await;
    if let Some(cookie) = renewed.as_deref().and_then(cookies::keep) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

enum Fault {
    Code,
    Problem(Problem),
}

impl From<kamurj_store::Error> for Fault {
    fn from(error: kamurj_store::Error) -> Self {
        Self::Problem(error.into())
    }
}

/// Judges the code that a form brings, where it brings one. Answers the session's new secret.
async fn proven(desk: &Desk, visitor: &mut Visitor, form: &Form) -> Result<Option<String>, Fault> {
    let Some(code) = form.first(CODE_FIELD).filter(|code| !code.trim().is_empty()) else { return Ok(None) };
    let Some(known) = &mut visitor.known else { return Ok(None) };
    if !confirms(&desk.app, &known.operator, code).await? {
        return Err(Fault::Code);
    }
    let mut tx = desk.app.db.write().await?;
    let merchant = known.session.merchant_id.clone();
    let token = known::renew(&desk.app, &mut tx, known, merchant.as_deref(), true).await?;
    tx.commit().await?;
    known.is_confirmed = token.is_some();
    Ok(token)
}

async fn done(
    desk: &Desk,
    visitor: &Visitor,
    caller: &Caller,
    what: (Mode, &'static str, &'static Act),
    at: BTreeMap<String, String>,
    form: &Form,
) -> Response {
    let (mode, area, act) = what;
    let fields = match act.carries {
        Carries::Nothing => NO_FIELDS,
        Carries::Fields(fields) | Carries::File(_, fields) => fields,
    };
    let request = match ask(caller, act, &at, form, fields) {
        Ok(request) => request,
        Err(refusal) => {
            return again(desk, visitor, what, at, form, (StatusCode::UNPROCESSABLE_ENTITY, refusal)).await;
        }
    };
    let Some(request) = request else {
        return shown::problem(desk, visitor, Some(mode), &Problem::new(Kind::NotFound, "There is nothing here."));
    };
    let answer = request.answer(desk).await;
    if !answer.status.is_success() {
        let refusal = refusal(desk, visitor, &answer, fields);
        return again(desk, visitor, what, at, form, (answer.status, refusal)).await;
    }
    match act.then {
        Then::Go(path) => {
            let mut names = at;
            for (name, value) in answer.body.as_object().into_iter().flatten() {
                if let Some(text) = value.as_str() {
                    names.entry(name.clone()).or_insert_with(|| text.to_owned());
                }
            }
            let path = form::filled_path(path, &names).unwrap_or_else(|| form::root_of(path));
            let (path, anchor) = path.split_once('#').map_or((path.as_str(), ""), |(path, anchor)| (path, anchor));
            let mark = if path.contains('?') { '&' } else { '?' };
            let anchor = if anchor.is_empty() { String::new() } else { format!("#{anchor}") };
            Redirect::to(&format!("/console/{}{path}{mark}{DONE}={}{anchor}", mode.word(), act.done)).into_response()
        }
        Then::Show(template) => {
            let place = Place { mode, area, page: page_of(act) };
            let mut frame = match pages::filled(desk, visitor, caller, place, at).await {
                Ok(frame) => frame,
                Err(problem) => return shown::problem(desk, visitor, Some(mode), &problem),
            };
            frame.done = desk.console.text(act.done, visitor.language).map(str::to_owned);
            frame.data.insert("answer".to_owned(), answer.body);
            shown::page(desk, visitor, StatusCode::OK, template, &frame)
        }
    }
}

/// The request that a form becomes; `None` where its path leads nowhere.
fn ask<'a>(
    caller: &'a Caller,
    act: &Act,
    at: &BTreeMap<String, String>,
    form: &'a Form,
    fields: &[Field],
) -> Result<Option<Ask<'a>>, Refusal> {
    let Some(mut path) = form::filled_path(act.api, at) else { return Ok(None) };
    let (body, query) = form.body(fields)?;
    if !query.is_empty() {
        path.push(if path.contains('?') { '&' } else { '?' });
        path.push_str(&query);
    }
    let body = match act.carries {
        Carries::Nothing => (Bytes::new(), "application/json"),
        Carries::Fields(_) => (Bytes::from(body.to_string()), "application/json"),
        Carries::File(name, _) => form.file(name),
    };
    let method = Method::from_bytes(act.method.as_bytes()).unwrap_or(Method::POST);
    Ok(Some(Ask { caller, method, path, key: form.first(KEY_FIELD), body }))
}

/// What was wrong, by the names of the form's fields.
fn refusal(desk: &Desk, visitor: &Visitor, answer: &Answer, fields: &[Field]) -> Refusal {
    let wrong = answer.wrong();
    let mut refusal = Refusal { detail: wrong.detail, ..Refusal::default() };
    if wrong.kind == "step-up-needed" {
        let text = desk.console.text("code_needed", visitor.language).unwrap_or("code_needed").to_owned();
        refusal.faults.insert(CODE_FIELD.to_owned(), text.clone());
        refusal.detail = text;
    }
    for error in wrong.errors {
        match form::field_of(fields, &error.pointer) {
            Some(name) => {
                refusal.faults.insert(name, error.detail);
            }
            None => refusal.others.push(format!("{}: {}", error.pointer, error.detail)),
        }
    }
    refusal
}

/// The page that holds the form, once more.
async fn again(
    desk: &Desk,
    visitor: &Visitor,
    (mode, area, act): (Mode, &'static str, &'static Act),
    at: BTreeMap<String, String>,
    form: &Form,
    (status, refusal): (StatusCode, Refusal),
) -> Response {
    let Some(caller) = visitor.caller(desk, mode) else { return visitor.sent_away() };
    let place = Place { mode, area, page: page_of(act) };
    // Other languages are led to the page and not to the form's own address, which nobody fetches.
    let here = form::filled_path(place.page.path, &at).unwrap_or_else(|| form::root_of(place.page.path));
    let mut frame = match pages::filled(desk, visitor, &caller, place, at).await {
        Ok(frame) => frame,
        Err(problem) => return shown::problem(desk, visitor, Some(mode), &problem),
    };
    let secret = |name: &str| {
        matches!(act.carries, Carries::Fields(fields) | Carries::File(_, fields)
            if fields.iter().any(|field| field.name == name && field.kind == FieldKind::Secret))
    };
    frame.here = format!("{}{here}", frame.base);
    frame.values = form.shown_again(secret);
    frame.refusal = Some(refusal);
    frame.asks_code |= frame.refusal.as_ref().is_some_and(|refusal| refusal.faults.contains_key(CODE_FIELD));
    shown::page(desk, visitor, status, place.page.template, &frame)
}

/// The page that holds a form. A test of the console holds that there is one.
fn page_of(act: &Act) -> &'static kamurj_console::Page {
    let mut pages = areas().iter().flat_map(|area| area.pages);
    pages.find(|page| page.path == act.page).expect("every form has its page")
}
