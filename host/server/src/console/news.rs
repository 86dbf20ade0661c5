//! News for an open page of the console: which payments changed. It carries ids alone; what became of them the page asks for, with the
//! rights that its operator has then.

use super::cookies;
use super::pages::Asked;
use crate::front::streams::Seat;
use crate::operators::known;
use crate::problem::{Kind, Problem};
use axum::http::{HeaderValue, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures::Stream;
use kamurj_domain::Mode;
use kamurj_store::payments;
use std::convert::Infallible;
use std::pin::Pin;
use std::time::Duration;
use tokio::time::Sleep;

/// How often it is looked for news: one small question by an index.
const EVERY: Duration = Duration::from_secs(2);
/// The most payments that are named at once; a page that hears of so many is made anew.
const MOST: i64 = 50;

/// Follows what changes.
pub(super) fn follow(asked: Asked, mode: Mode) -> Response {
    let Asked { desk, visitor, request, .. } = asked;
    let token = cookies::read(request.headers(), cookies::SESSION).unwrap_or_default().to_owned();
    let Some(caller) = visitor.caller(&desk, mode) else {
        return Problem::new(Kind::Unauthorized, "Sign in first.").into_response();
    };
    let limits = desk.app.front.streams.limits();
    // An office is one address with many people, so that each of them is counted by themselves.
    let Some(seat) = desk.app.front.streams.take(&caller.key_id, None) else {
        return Problem::new(Kind::Unavailable, "Too many pages are followed at once. Reload the page to see news.")
            .into_response();
    };
    let after = (desk.app.now(), String::new());
    let over = Box::pin(tokio::time::sleep(limits.longest));
    let follower = Follower {
        app: desk.app.clone(),
        token,
        merchant: caller.merchant_id,
        mode,
        after,
        seat,
        over,
        quiet: Duration::ZERO,
    };
    let events: Pin<Box<dyn Stream<Item = Result<Event, Infallible>> + Send>> =
        Box::pin(futures::stream::unfold(follower, next));
    let mut response = Sse::new(events).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

struct Follower {
    app: std::sync::Arc<crate::app::App>,
    /// What the browser keeps: news end with its session.
    token: String,
    merchant: String,
    mode: Mode,
    /// The change that was told last: its time and the payment's id.
    after: (i64, String),
    seat: Seat,
    over: Pin<Box<Sleep>>,
    quiet: Duration,
}

async fn next(mut follower: Follower) -> Option<(Result<Event, Infallible>, Follower)> {
    loop {
        tokio::select! {
            biased;
            () = follower.seat.ended() => return None,
            () = &mut follower.over => return None,
            () = tokio::time::sleep(EVERY) => {}
        }
        let known = known::by_token(&follower.app, &follower.token, false).await;
        let is_there = |known: &known::Known| known.place().is_some_and(|place| place.merchant_id == follower.merchant);
        if !known.is_ok_and(|known| known.as_ref().is_some_and(is_there)) {
            return None;
        }
        let changed = async {
            let mut tx = follower.app.db.read().await?;
            payments::changed_after(&mut tx, &follower.merchant, follower.mode, &follower.after, MOST).await
        };
        let Ok(changed) = changed.await else { return None };
        if let Some(last) = changed.last() {
            follower.after = (last.updated_at, last.id.clone());
            follower.quiet = Duration::ZERO;
            let ids: Vec<&str> = changed.iter().map(|changed| changed.id.as_str()).collect();
            return Some((Ok(Event::default().event("payment").data(ids.join(" "))), follower));
        }
        follower.quiet += EVERY;
        if follower.quiet >= follower.app.front.streams.limits().heartbeat {
            follower.quiet = Duration::ZERO;
            return Some((Ok(Event::default().comment("")), follower));
        }
    }
}
