//! Who calls: a webhook by the secret in its path, or an app by its access token. It must not know what is called.

use std::collections::BTreeSet;

use serde_json::Value;

use super::State;
use super::oauth::Life;
use super::refusal::{Parameters, Refusal};

/// By what somebody calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Via {
    Webhook,
    App,
}

/// Who calls.
pub(super) struct Caller {
    pub(super) via: Via,
    /// The user whose rights the call has.
    pub(super) user: String,
    /// The same for all calls of one webhook or one app.
    pub(super) name: String,
    scopes: BTreeSet<String>,
}

impl Caller {
    /// Refuses a call whose scope was not granted; every caller has the empty one.
    pub(super) fn wants(&self, scope: &str) -> Result<(), Refusal> {
        if scope.is_empty() || self.scopes.contains(scope) { Ok(()) } else { Err(Refusal::scope()) }
    }

    /// The same, told as REST 3.0 tells it.
    pub(super) fn wants_new(&self, scope: &str) -> Result<(), Refusal> {
        let description = "The request requires higher privileges than provided";
        self.wants(scope).map_err(|_| Refusal::new_style(403, "INSUFFICIENTSCOPEEXCEPTION", description))
    }
}

impl State {
    pub(super) fn webhook(&self, user: &str, secret: &str) -> Result<Caller, Refusal> {
        if user != self.user || secret != self.secret {
            return Err(no_auth());
        }
        Ok(self.caller(Via::Webhook))
    }

    /// The app whose access token stands among the parameters.
    pub(super) fn app(&mut self, parameters: &Parameters, now: i64) -> Result<Caller, Refusal> {
        let token = parameters.get("auth").and_then(Value::as_str).ok_or_else(no_auth)?;
        let life = self.oauth.life(token, now);
        match life {
            Life::Unknown => Err(Refusal::new(401, "invalid_token", "Unable to get application by token")),
            Life::Alive if !self.faults.expire_token => {
                if self.faults.expire_token_after > 0 {
                    self.faults.expire_token_after -= 1;
                    if self.faults.expire_token_after == 0 {
                        self.oauth.expire(now);
                    }
                }
                Ok(self.caller(Via::App))
            }
            Life::Alive | Life::Over => {
                Err(Refusal::new(401, "expired_token", "The access token provided has expired"))
            }
        }
    }

    fn caller(&self, via: Via) -> Caller {
        let name = match via {
            Via::Webhook => "webhook",
            Via::App => "app",
        };
        Caller { via, user: self.user.clone(), name: name.to_owned(), scopes: self.scopes.clone() }
    }

    /// The scopes as tokens tell them.
    pub(super) fn scopes_text(&self) -> String {
        self.scopes.iter().map(String::as_str).collect::<Vec<_>>().join(",")
    }
}

fn no_auth() -> Refusal {
    Refusal::new(401, "NO_AUTH_FOUND", "Wrong authorization data")
}
