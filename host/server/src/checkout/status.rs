//! `GET /p/{token}/status`: whether the page is still right. One JSON answer, or, for `Accept: text/event-stream`, the same
//! again at every change. It says a word and a number, nothing of anybody, and changes nothing. A stream holds no database
//! connection while it waits, has a seat that is one of few, and ends with the server.

use super::choice::Ways;
use super::visitor::Visitor;
use super::{page, payment_of, probed, unknown_link};
use crate::app::App;
use crate::extract::Token;
use crate::front::asker::Asker;
use crate::front::streams::Seat;
use crate::nodes::Subscription;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures::Stream;
use kamurj_domain::format::Language;
use kamurj_domain::{Status, time};
use kamurj_pages::PayForm;
use kamurj_store::{changed, links};
use serde::Serialize;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use tokio::time::Sleep;

/// How long a page waits at least before it asks again while money may be moving, in milliseconds.
pub const SOON_MS: i64 = 3_000;
/// The same where nothing is known to be on its way, and where there was no seat.
pub const LATER_MS: i64 = 10_000;

/// Where a page stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Standing {
    /// One word.
    state: &'static str,
    /// Grows with every change.
    version: i64,
    /// RFC 3339, UTC.
    changed_at: String,
    /// When it is worth asking again; nothing where that will not change.
    next_poll_ms: Option<i64>,
}

/// The page behind a token.
struct Found {
    /// The payment; a link's page is nobody's yet.
    payment_id: Option<String>,
    is_pending: bool,
    standing: Standing,
}

/// Answers once, or begins to tell.
pub async fn get(
    State(app): State<Arc<App>>,
    Token(token): Token,
    asker: Asker,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let found = match find(&app, &token).await {
        Ok(Some(found)) => found,
        Ok(None) => return probed(&app, &asker, Language::Hy, unknown_link(&app, Language::Hy)).await,
        Err(problem) => return problem.into_response(),
    };
    let watcher = Watcher::of(&method, &headers);
    watcher.looks(&app, &found);
    let wants_stream = method == Method::GET
        && headers.get(header::ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"text/event-stream"));
    let Some(payment_id) = found.payment_id.clone().filter(|_| wants_stream) else { return once(&found.standing) };
    // From before it was read again, so that nothing is missed.
    let news = app.nodes.changes.subscribe(&payment_id);
    match app.front.streams.take(&payment_id, asker.0.as_deref()) {
        Some(seat) => stream(app, token, watcher, news, seat),
        None => no_seat(found.standing),
    }
}

/// Whoever looks at the page of a payment under way has its bank asked more often.
#[derive(Clone, Copy)]
struct Watcher(bool);

impl Watcher {
    fn of(method: &Method, headers: &HeaderMap) -> Self {
        Self(Visitor::of(method, headers) == Visitor::Person)
    }

    fn looks(self, app: &App, found: &Found) {
        if let Some(payment_id) = found.payment_id.as_deref().filter(|_| self.0 && found.is_pending) {
            app.watching.seen(payment_id, app.now());
            app.nodes.looks(payment_id);
        }
    }
}

async fn find(app: &App, token: &str) -> Result<Option<Found>, Problem> {
    let mut tx = app.db.read().await?;
    let Some(payment) = payment_of(app, &mut tx, token).await? else {
        let link = links::by_token(&mut tx, &app.link_hash(token)).await?;
        return Ok(link.map(|link| {
            let is_open = link.closed(app.now()).is_none() && link.has_room();
            let standing = Standing {
                state: if is_open { "ready" } else { "closed" },
                version: link.version,
                changed_at: time::rfc3339(link.updated_at),
                next_poll_ms: Some(LATER_MS),
            };
            Found { payment_id: None, is_pending: false, standing }
        }));
    };
    let form = PayForm { action: String::new(), key: String::new(), ways: Vec::new() };
    let state = page::state(app, &mut tx, &payment, form, (&mut Ways::none(), Language::Hy)).await?;
    let is_pending = payment.status == Status::Pending;
    let pause = if is_pending { SOON_MS } else { LATER_MS };
    let standing = Standing {
        state: state.word(),
        version: payment.version,
        changed_at: time::rfc3339(changed::last(&mut tx, &payment.id).await?),
        next_poll_ms: state.may_change().then_some(pause),
    };
    Ok(Some(Found { payment_id: Some(payment.id), is_pending, standing }))
}

fn once(standing: &Standing) -> Response {
    own(Json(standing).into_response())
}

fn own(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Every seat is taken: the page asks instead.
fn no_seat(standing: Standing) -> Response {
    let standing = Standing { next_poll_ms: standing.next_poll_ms.map(|pause| pause.max(LATER_MS)), ..standing };
    let mut response = own((StatusCode::SERVICE_UNAVAILABLE, Json(standing)).into_response());
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("10"));
    response
}

/// Somebody who follows a page.
struct Follower {
    app: Arc<App>,
    token: String,
    watcher: Watcher,
    news: Subscription,
    seat: Seat,
    /// When this has lasted long enough.
    over: Pin<Box<Sleep>>,
    told: Option<Standing>,
    is_done: bool,
}

fn stream(app: Arc<App>, token: String, watcher: Watcher, news: Subscription, seat: Seat) -> Response {
    let over = Box::pin(tokio::time::sleep(app.front.streams.limits().longest));
    let follower = Follower { app, token, watcher, news, seat, over, told: None, is_done: false };
    let events: Pin<Box<dyn Stream<Item = Result<Event, Infallible>> + Send>> =
        Box::pin(futures::stream::unfold(follower, next));
    let mut response = own(Sse::new(events).into_response());
    // Some proxies would gather events until they have enough.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

async fn next(mut follower: Follower) -> Option<(Result<Event, Infallible>, Follower)> {
    if follower.is_done {
        return None;
    }
    if follower.told.is_none() {
        let event = follower.look().await?;
        return Some((Ok(event.unwrap_or_default()), follower));
    }
    loop {
        let heartbeat = follower.app.front.streams.limits().heartbeat;
        let is_news = tokio::select! {
            biased;
            () = follower.seat.ended() => return None,
            () = &mut follower.over => return None,
            () = follower.news.changed() => true,
            () = tokio::time::sleep(heartbeat) => false,
        };
        match follower.look().await? {
            Some(event) => return Some((Ok(event), follower)),
            None if is_news => {}
            None => return Some((Ok(Event::default().comment("")), follower)),
        }
    }
}

impl Follower {
    /// Reads where the page stands, and tells it where that is news; `None`: it cannot be told any more.
    async fn look(&mut self) -> Option<Option<Event>> {
        let found = match find(&self.app, &self.token).await {
            Ok(found) => found?,
            Err(_) => return None,
        };
        self.watcher.looks(&self.app, &found);
        let same = |told: &Standing| (told.state, told.version) == (found.standing.state, found.standing.version);
        if self.told.as_ref().is_some_and(same) {
            return Some(None);
        }
        let text = serde_json::to_string(&found.standing).expect("plain fields are written as JSON");
        self.is_done = found.standing.next_poll_ms.is_none();
        self.told = Some(found.standing);
        Some(Some(Event::default().event("state").data(text)))
    }
}
