//! Looks whether everything is entered, and tries the endpoint with a signed message that means nothing. It must not tell of any payment.

use kamurj_sdk::{Failure, Finding, Host, Outcome, Wish};
use serde_json::json;

use crate::ROUTE;
use crate::answer::{Answer, judge};
use crate::event::SCHEMA;
use crate::moment::rfc3339;
use crate::post::{Message, post};
use crate::settings::Settings;
use crate::signature;

/// What a signature is tried with.
const TRIED: &[u8] = b"webhook.test";

/// Whether webhooks can be signed. Sends nothing: an endpoint knows no question that changes nothing.
pub(crate) fn check(host: &impl Host, settings: &Settings) -> Result<Outcome, Outcome> {
    let mut outcome = Outcome::done();
    outcome.message = format!("{}. Set-up tries whether the endpoint takes them", signs(host, settings)?);
    Ok(outcome)
}

fn signs(host: &impl Host, settings: &Settings) -> Result<String, Outcome> {
    signature::header(host, "test", host.now_ms() / 1000, TRIED)?;
    let names: Vec<String> = signature::names(host).into_iter().map(|name| format!("`{name}`")).collect();
    Ok(format!("Webhooks to {} are signed by {}", settings.url(), names.join(" and ")))
}

/// Tries the endpoint, or only looks, and says where the ERP sends its orders.
pub(crate) fn connect(host: &impl Host, settings: &Settings, wish: &Wish) -> Result<Vec<Finding>, Outcome> {
    let mut findings = Vec::new();
    match signs(host, settings) {
        Ok(found) => {
            findings.push(Finding::ok("signature", &format!("{found}.")));
            findings.push(endpoint(host, settings, wish.only_look)?);
        }
        Err(outcome) if outcome.kind == "retry" => return Err(outcome),
        Err(outcome) => findings.push(Finding::wrong("signature", &format!("{}.", outcome.message))),
    }
    findings.push(orders(host, wish)?);
    Ok(findings)
}

fn endpoint(host: &impl Host, settings: &Settings, only_look: bool) -> Result<Finding, Outcome> {
    let found = |finding: fn(&str, &str) -> Finding, message: &str| Ok(finding("endpoint", message));
    if only_look {
        return found(Finding::unknown, "Nothing was sent: set it up, and the endpoint gets a signed `webhook.test`.");
    }
    let body = json!({
        "type": "webhook.test",
        "timestamp": rfc3339(host.now_ms()),
        "data": { "schema": SCHEMA, "message": "A test: no payment is meant." },
    });
    let id = format!("test_{}", host.now_ms());
    let back = post(host, settings, &Message { id: &id, body: &body, step: "test" }, false)?;
    let status = back.as_ref().ok().map(|response| response.status);
    let not_taken = |why: &str| format!("The webhook was not taken: {why}.");
    match judge(host, &back) {
        Answer::Taken => found(Finding::ok, "The endpoint took a signed `webhook.test`."),
        // A receiver that verifies before it reads says so with one of these.
        Answer::Failed(_) if matches!(status, Some(400 | 401 | 403)) => {
            let message = format!(
                "The endpoint answers {}: it refuses the signature. Enter the same `signing_secret` here and there, let it verify the \
                 bytes as they come, and look at its clock.",
                status.unwrap_or_default()
            );
            found(Finding::wrong, &message)
        }
        Answer::Failed(refusal) => {
            let may_pass = back.as_ref().map_or_else(Failure::is_ambiguous, |response| response.status >= 500);
            let finding = if may_pass { Finding::unknown } else { Finding::wrong };
            found(finding, &not_taken(&refusal.message))
        }
        Answer::Stopped(outcome) => found(Finding::wrong, &not_taken(&outcome.message)),
        Answer::Later(outcome) if status.is_some() => found(Finding::unknown, &not_taken(&outcome.message)),
        // The host's own budget: nothing was found out.
        Answer::Later(outcome) => Err(outcome),
    }
}

fn orders(host: &impl Host, wish: &Wish) -> Result<Finding, Outcome> {
    let Some(address) = wish.addresses.iter().find(|address| address.path == ROUTE) else {
        return Err(Outcome::bad_request("no-route", "the host named no address for orders"));
    };
    let url = &address.url;
    Ok(if ["inbound_secret", "inbound_secret_next"].into_iter().any(|secret| host.has_secret(secret)) {
        let message =
            format!("The ERP's orders are taken at {url}: enter this address there, and the same `inbound_secret`.");
        Finding::ok("orders", &message)
    } else {
        let message =
            format!("The ERP's orders are not taken. If it shall send some: enter `inbound_secret`, and {url} there.");
        Finding::ok("orders", &message)
    })
}
