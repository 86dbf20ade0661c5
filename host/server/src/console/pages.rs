//! Pages of the console: who asks is known, what the page reads is asked of the API, and its template shows it.

use super::inner::Ask;
use super::visitor::Visitor;
use super::{Desk, form, shown};
use crate::problem::{Kind, Problem};
use axum::extract::{FromRequestParts, RawPathParams, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures::future::join_all;
use kamurj_console::{Frame, Page, Read, Refusal};
use kamurj_domain::Mode;
use kamurj_store::merchants::Caller;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Which page, where.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) mode: Mode,
    pub(super) area: &'static str,
    pub(super) page: &'static Page,
}

/// Everything of a request that handlers of the console look at.
pub(super) struct Asked {
    pub(super) desk: Desk,
    pub(super) visitor: Visitor,
    /// The variable parts of the path.
    pub(super) at: BTreeMap<String, String>,
    pub(super) request: Request,
}

impl axum::extract::FromRequest<Desk> for Asked {
    type Rejection = Response;

    async fn from_request(request: Request, desk: &Desk) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let visitor = Visitor::of(desk, &parts).await.map_err(IntoResponse::into_response)?;
        let State(desk): State<Desk> = State::from_request_parts(&mut parts, desk)
            .await
            .map_err(|never: std::convert::Infallible| match never {})?;
        let at = RawPathParams::from_request_parts(&mut parts, &desk).await;
        let at = at
            .map(|at| at.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
            .unwrap_or_default();
        Ok(Self { desk, visitor, at, request: Request::from_parts(parts, body) })
    }
}

/// Shows a page.
pub(super) async fn get(asked: Asked, place: Place) -> Response {
    let Asked { desk, visitor, at, request: _ } = asked;
    let Some(caller) = visitor.caller(&desk, place.mode) else { return visitor.sent_away() };
    let frame = match filled(&desk, &visitor, &caller, place, at).await {
        Ok(frame) => frame,
        Err(problem) => return shown::problem(&desk, &visitor, Some(place.mode), &problem),
    };
    shown::page(&desk, &visitor, StatusCode::OK, place.page.template, &frame)
}

/// The frame of a page with everything that it reads.
pub(super) async fn filled(
    desk: &Desk,
    visitor: &Visitor,
    caller: &Caller,
    place: Place,
    at: BTreeMap<String, String>,
) -> Result<Frame, Problem> {
    shown::may_see(visitor, desk, place.mode, place.page.needs)?;
    let mut frame = shown::frame_in(desk, visitor, place.area, place.mode);
    let mut names = at.clone();
    names.insert("lang".to_owned(), visitor.language.tag().to_owned());
    let paths = place.page.reads.iter().map(|read| path(read, &names, &visitor.query)).collect::<Option<Vec<_>>>();
    let paths = paths.ok_or_else(|| Problem::new(Kind::NotFound, "There is nothing here."))?;
    let answers = join_all(paths.into_iter().map(|path| Ask::get(caller, path).answer(desk))).await;
    let mut data = Map::new();
    for (read, answer) in place.page.reads.iter().zip(answers) {
        if answer.status.is_success() {
            data.insert(read.name.to_owned(), answer.body);
            continue;
        }
        let wrong = answer.wrong();
        match answer.status {
            _ if read.may_lack => {}
            StatusCode::UNPROCESSABLE_ENTITY => {
                let others =
                    wrong.errors.into_iter().map(|error| format!("{}: {}", error.pointer, error.detail)).collect();
                frame.refusal = Some(Refusal { detail: wrong.detail, others, ..Refusal::default() });
            }
            StatusCode::NOT_FOUND => return Err(Problem::new(Kind::NotFound, wrong.detail)),
            StatusCode::FORBIDDEN => return Err(Problem::new(Kind::Forbidden, wrong.detail)),
            _ => return Err(Problem::new(Kind::Unavailable, wrong.detail)),
        }
        data.insert(read.name.to_owned(), Value::Null);
    }
    frame.data = data;
    frame.at = at;
    Ok(frame)
}

/// The path and query that a read asks for; `None` where a part of it cannot be one.
fn path(read: &Read, at: &BTreeMap<String, String>, query: &BTreeMap<String, String>) -> Option<String> {
    let mut path = form::filled_path(read.path, at)?;
    for name in read.passes {
        let Some(value) = query.get(*name).filter(|value| !value.trim().is_empty()) else { continue };
        let value = form::day_as_time(name, value).unwrap_or_else(|| value.clone());
        let pair: String = url::form_urlencoded::Serializer::new(String::new()).append_pair(name, &value).finish();
        path.push(if path.contains('?') { '&' } else { '?' });
        path.push_str(&pair);
    }
    Some(path)
}
