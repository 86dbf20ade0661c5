//! Calls of the Graph API through the host's guarded client. The token travels in a header, never in an address. It must not know what
//! the calls are for.

use kamurj_chat::Trouble;
use kamurj_sdk::{Failure, Host, Outcome, Request, secret};
use serde_json::Value;

use crate::error::GraphError;

/// The API as one account's token opens it.
#[derive(Debug)]
pub struct Graph<'a, H> {
    host: &'a H,
    base: String,
    token: &'static str,
}

impl<'a, H: Host> Graph<'a, H> {
    /// The API at this origin in this version, such as `v25.0`; `token` is the secret's name.
    pub fn new(host: &'a H, api_base: &str, version: &str, token: &'static str) -> Self {
        Self { host, base: format!("{}/{version}", api_base.trim_end_matches('/')), token }
    }

    /// The plugin's host.
    pub fn host(&self) -> &'a H {
        self.host
    }

    /// Reads; `path` is what follows the version, with its query.
    pub fn ask(&self, path: &str) -> Result<Value, Trouble> {
        self.answer(&self.opened(Request::get(self.url(path))))
    }

    /// Changes something; the step names the effect.
    pub fn call(&self, path: &str, body: &Value, step: &str) -> Result<Value, Trouble> {
        self.answer(&self.opened(Request::post_json(self.url(path), body)).step(step))
    }

    /// Sends a message as this account and answers its id. `body` is the whole call: recipient, message and what the messenger wants
    /// beside them.
    pub fn send(&self, account: &str, body: &Value, step: &str) -> Result<String, Trouble> {
        let answer = self.call(&format!("{account}/messages"), body, step)?;
        let message = answer["message_id"].as_str().map(str::to_owned);
        message.ok_or_else(|| Trouble::Ended(Outcome::bad_request("answer", "Meta's answer names no message")))
    }

    /// The address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.base)
    }

    /// Sends a request that brings its own proof, and reads what Graph says.
    pub(crate) fn answer(&self, request: &Request) -> Result<Value, Trouble> {
        let response = self.host.send(request).map_err(|failure| lost(&failure))?;
        let body = response.json().unwrap_or(Value::Null);
        if response.is_success() && body.get("error").is_none() {
            return Ok(body);
        }
        Err(GraphError::read(&response).trouble())
    }

    fn opened(&self, request: Request) -> Request {
        let bearer = format!("Bearer {}", secret(self.token));
        request.header("authorization", &bearer).secret_in_header("authorization", self.token)
    }
}

fn lost(failure: &Failure) -> Trouble {
    if failure.is_ambiguous() { Trouble::Lost(failure.outcome()) } else { Trouble::Ended(failure.outcome()) }
}
