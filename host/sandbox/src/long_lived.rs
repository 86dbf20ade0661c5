//! A service whose long-lived tokens are renewed by presenting them, as the Instagram API with Instagram login does: a token lives for
//! sixty days, is renewed once it is a day old, and one that died stays dead. The old token goes on until its own end. It knows
//! nothing of whoever holds the tokens.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{ConnectInfo, Query, State as Given};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::listener::{self, Wire};
use crate::{Clock, StartError, locked};

/// How long a token lives, in milliseconds.
pub const LIFE_MS: i64 = 60 * DAY_MS;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What goes wrong.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// So many renewals are cut off after they were made.
    pub lost_after: u32,
    /// So many are answered with this service's word for too many calls.
    pub throttled: u32,
    /// So many are answered with 503.
    pub down: u32,
}

/// The double.
pub struct LongLived {
    /// Its address, without a slash at its end.
    pub url: String,
    state: Shared,
    _stopping: watch::Sender<bool>,
    _serving: JoinHandle<()>,
}

#[derive(Clone)]
struct Shared {
    state: Arc<Mutex<State>>,
    clock: Clock,
}

#[derive(Default)]
struct State {
    /// When each token was given, in order of their numbers.
    given_at: BTreeMap<String, i64>,
    faults: Faults,
    renewals: u32,
}

impl LongLived {
    /// Starts on a free port. Must be called inside a tokio runtime.
    pub async fn start(clock: Clock) -> Result<Self, StartError> {
        let socket = listener::bind((std::net::Ipv4Addr::LOCALHOST, 0).into(), 0).await?;
        let url = socket.url();
        let state = Shared { state: Arc::new(Mutex::new(State::default())), clock };
        let (stopping, stop) = watch::channel(false);
        let routes = Router::new().route("/refresh_access_token", get(refresh)).route("/me", get(me));
        let serving = socket.serve(routes.with_state(state.clone()), stop);
        Ok(Self { url, state, _stopping: stopping, _serving: serving })
    }

    /// A token of now, as a person gets it from the service's own pages.
    pub fn gives(&self) -> String {
        let now = (self.state.clock)();
        locked(&self.state.state).give(now)
    }

    /// Changes the faults in force.
    pub fn faults(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut locked(&self.state.state).faults);
    }

    /// Every token that was ever given.
    pub fn tokens(&self) -> Vec<String> {
        locked(&self.state.state).given_at.keys().cloned().collect()
    }

    /// How many tokens were renewed.
    pub fn renewals(&self) -> u32 {
        locked(&self.state.state).renewals
    }
}

impl State {
    fn give(&mut self, now: i64) -> String {
        let token = format!("IGQ-canary-long-lived-{:04}", self.given_at.len());
        self.given_at.insert(token.clone(), now);
        token
    }

    /// When this token was given, where it lives.
    fn living(&self, token: Option<&String>, now: i64) -> Option<i64> {
        token.and_then(|token| self.given_at.get(token)).copied().filter(|given| now < given + LIFE_MS)
    }
}

fn refused(code: i64, message: &str) -> Response {
    let error = json!({ "message": message, "type": "OAuthException", "code": code });
    (StatusCode::BAD_REQUEST, axum::Json(json!({ "error": error }))).into_response()
}

async fn refresh(
    Given(shared): Given<Shared>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    Query(asked): Query<BTreeMap<String, String>>,
) -> Response {
    let now = (shared.clock)();
    let mut state = locked(&shared.state);
    if state.faults.down > 0 {
        state.faults.down -= 1;
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    if state.faults.throttled > 0 {
        state.faults.throttled -= 1;
        return refused(4, "Application request limit reached");
    }
    if asked.get("grant_type").map(String::as_str) != Some("ig_refresh_token") {
        return refused(100, "Unsupported grant type");
    }
    let token = asked.get("access_token");
    let Some(given) = state.living(token, now) else { return refused(190, "Error validating access token") };
    if now < given + DAY_MS {
        return refused(190, "The token is too young to be refreshed");
    }
    let next = state.give(now);
    state.renewals += 1;
    if state.faults.lost_after > 0 {
        state.faults.lost_after -= 1;
        wire.cut();
    }
    let life_s = LIFE_MS / 1000;
    axum::Json(json!({ "access_token": next, "token_type": "bearer", "expires_in": life_s })).into_response()
}

/// Whose token it is: what a plugin calls with it.
async fn me(Given(shared): Given<Shared>, Query(asked): Query<BTreeMap<String, String>>) -> Response {
    let now = (shared.clock)();
    let state = locked(&shared.state);
    match state.living(asked.get("access_token"), now) {
        // As a careless service does, it tells the token back.
        Some(_) => axum::Json(json!({ "user_id": "1784", "token": asked.get("access_token") })).into_response(),
        None => refused(190, "Error validating access token"),
    }
}
