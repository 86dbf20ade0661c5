//! Sends one message as Standard Webhooks 1.0.0 has it: id, time of this try, a signature by each secret, and the very bytes that were
//! signed. It must not know what the message says, nor when it is sent again.

use kamurj_sdk::{Failure, Host, Outcome, Request, Response};
use serde_json::Value;

use crate::settings::Settings;
use crate::signature;

/// How long the endpoint may take, in milliseconds. The specification speaks of fifteen seconds or more; a run has fifteen in all,
/// and up to three of them may go to waiting for the budget.
const TIMEOUT_MS: u32 = 11_000;

/// A message.
#[derive(Debug, Clone)]
pub(crate) struct Message<'a> {
    /// By which the receiver knows it again; the same for every try.
    pub(crate) id: &'a str,
    /// What it says.
    pub(crate) body: &'a Value,
    /// The name of the effect.
    pub(crate) step: &'static str,
}

/// Sends it. `was_lost`: the answer to the try before this one was not seen, which the host tells once before it sends again. Nobody
/// can be asked whether the message arrived, and nobody needs to be: the receiver knows it by its id. The error: it cannot be signed.
pub(crate) fn post(
    host: &impl Host,
    settings: &Settings,
    message: &Message,
    was_lost: bool,
) -> Result<Result<Response, Failure>, Outcome> {
    if message.id.contains('.') {
        let why = "a webhook's id must have no full stop, because one ends it in the signed text";
        return Err(Outcome::bad_request("webhook-id", why));
    }
    let timestamp = host.now_ms() / 1000;
    let mut request = Request::post_json(settings.url(), message.body).step(message.step);
    request.timeout_ms = Some(TIMEOUT_MS);
    let signatures = signature::header(host, message.id, timestamp, request.body.as_deref().unwrap_or_default())?;
    let request = request
        .header("webhook-id", message.id)
        .header("webhook-timestamp", &timestamp.to_string())
        .header("webhook-signature", &signatures);
    let back = host.send(&request);
    if was_lost && back.as_ref().is_err_and(Failure::is_ambiguous) { Ok(host.send(&request)) } else { Ok(back) }
}
