//! An authorisation server with a small API behind it: codes and refresh tokens are for one use, tokens die when their service says
//! so, and answers get lost on the wire before or after their effect. It follows RFC 6749, RFC 7636 and RFC 7009, in the three
//! dialects that services speak; it knows nothing of whoever connects.

mod api;
mod grants;

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::{any, get, post};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::{Clock, StartError, listener, locked};
use grants::Grants;

/// How the token endpoint wants to be asked, and answers when it refuses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// A form; errors by RFC 6749, section 5.2.
    #[default]
    Form,
    /// JSON, as amoCRM: its refusals have no error word, and it says on the way back whose account it is.
    Json,
    /// The query of a GET, as Bitrix24: a code lives for thirty seconds.
    Query,
}

/// The client that the double knows.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: String,
    /// The only address that browsers are sent back to.
    pub redirect_uri: String,
}

/// What goes wrong.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// So many calls of the token endpoint are cut off before they do anything.
    pub lost_before: u32,
    /// So many are cut off after they did what was asked.
    pub lost_after: u32,
    /// So many are answered with this status and nothing else.
    pub down: u32,
    /// Whoever consents says no.
    pub denies: bool,
    /// What the JSON dialect calls the account's host, in place of its own.
    pub other_host: Option<String>,
    /// Every access token is refused by the API, however fresh.
    pub refuses_all: bool,
}

/// What the double has seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Codes that became tokens.
    pub exchanges: u32,
    /// Refresh tokens that became new ones.
    pub refreshes: u32,
    /// Calls of the token endpoint, those that were lost among them.
    pub token_calls: u32,
    /// How often the refresh token was presented that was presented most.
    pub most_uses_of_one: u32,
    /// Tokens that were revoked on request.
    pub revoked: u32,
    /// Calls of the API with a living token.
    pub calls: u32,
    /// Calls of the API that were refused.
    pub refused_calls: u32,
}

/// The double.
pub struct Authority {
    /// Its address, without a slash at its end.
    pub url: String,
    state: Shared,
    stopping: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

#[derive(Clone)]
struct Shared {
    state: Arc<Mutex<State>>,
    clock: Clock,
}

struct State {
    url: String,
    client: Option<Client>,
    dialect: Dialect,
    life_s: i64,
    refreshes: bool,
    faults: Faults,
    grants: Grants,
    seen: Seen,
}

impl Authority {
    /// Starts on a free port. Must be called inside a tokio runtime.
    pub async fn start(clock: Clock) -> Result<Self, StartError> {
        let socket = listener::bind((std::net::Ipv4Addr::LOCALHOST, 0).into(), 0).await?;
        let url = socket.url();
        let state = State {
            url: url.clone(),
            client: None,
            dialect: Dialect::Form,
            life_s: 3_600,
            refreshes: true,
            faults: Faults::default(),
            grants: Grants::new(clock()),
            seen: Seen::default(),
        };
        let state = Shared { state: Arc::new(Mutex::new(state)), clock };
        let (stopping, stop) = watch::channel(false);
        let serving = socket.serve(routes(state.clone()), stop);
        Ok(Self { url, state, stopping, serving })
    }

    /// Registers the client, in place of the one before.
    pub fn registers(&self, client: Client) {
        locked(&self.state.state).client = Some(client);
    }

    /// Speaks this dialect from now on.
    pub fn speaks(&self, dialect: Dialect) {
        locked(&self.state.state).dialect = dialect;
    }

    /// Gives access tokens that live for so many seconds, with refresh tokens or without.
    pub fn gives(&self, life_s: i64, refreshes: bool) {
        let mut state = locked(&self.state.state);
        (state.life_s, state.refreshes) = (life_s, refreshes);
    }

    /// Changes the faults in force; what the closure leaves alone stays.
    pub fn change_faults(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut locked(&self.state.state).faults);
    }

    /// The access tokens that were given so far are dead from now on, though their time is not over.
    pub fn kills_access_tokens(&self) {
        locked(&self.state.state).grants.kill_access();
    }

    /// Everything that was ever granted is dead, as when the account's owner withdraws it.
    pub fn withdraws_everything(&self) {
        locked(&self.state.state).grants.withdraw();
    }

    /// What was seen so far.
    pub fn seen(&self) -> Seen {
        let state = locked(&self.state.state);
        Seen { most_uses_of_one: state.grants.most_uses(), ..state.seen.clone() }
    }

    /// Every token that was ever given, so that they can be looked for where they must not be.
    pub fn tokens(&self) -> Vec<String> {
        locked(&self.state.state).grants.tokens()
    }

    /// The tokens that are alive now.
    pub fn living_tokens(&self) -> usize {
        let now = (self.state.clock)();
        locked(&self.state.state).grants.living(now)
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        self.stopping.send_replace(true);
        self.serving.abort();
    }
}

fn routes(state: Shared) -> Router {
    Router::new()
        .route("/oauth/authorize", get(api::authorize))
        .route("/oauth/token", any(api::token))
        .route("/oauth/revoke", post(api::revoke))
        .route("/api/me", any(api::me))
        .with_state(state)
}
