//! What an endpoint's answer means for the message (Standard Webhooks 1.0.0, "Operational considerations"): taken, sent again by the
//! plan, sent again when the endpoint says, or stopped until a person mends the address. It must not know what the message says.

use kamurj_sdk::{Failure, Host, Outcome, Response, plain};

use crate::moment;
use crate::plan::LONGEST_MS;

/// How long everything waits for an endpoint that is asked too often and does not say how long, in milliseconds.
const SLOW_DOWN_MS: u64 = 60 * 1000;
/// A host's name in messages, in characters.
const HOST_CHARS: usize = 80;

/// What became of one try.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    /// It was taken.
    Taken,
    /// The try failed and counts.
    Failed(Refusal),
    /// Nothing may be sent for a while; no try of this message.
    Later(Outcome),
    /// The address is wrong for every message: all wait for a person.
    Stopped(Outcome),
}

/// Why a try failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The status, or a word where there was no answer.
    pub(crate) code: String,
    /// One sentence for the operator.
    pub(crate) message: String,
    /// Whether the signature was refused.
    pub(crate) is_signature: bool,
}

impl Refusal {
    /// How the run ends that is to be repeated.
    pub(crate) fn outcome(&self) -> Outcome {
        if self.is_signature {
            // Asks a person for the secret at once, while what is owed waits.
            Outcome::auth_needed(&self.code, &self.message)
        } else {
            // The receiver knows a repeated webhook by its id, so one that may have arrived is no more than that.
            Outcome::retry(&self.code, &self.message)
        }
    }
}

/// Judges what came back.
pub(crate) fn judge(host: &impl Host, back: &Result<Response, Failure>) -> Answer {
    match back {
        Ok(response) => of_response(host, response),
        Err(failure) => of_failure(failure),
    }
}

fn of_response(host: &impl Host, response: &Response) -> Answer {
    let status = response.status;
    let code = status.to_string();
    let hint = retry_after(host, response);
    let failed = |why: &str| {
        let message = format!("the endpoint answers {status}{why}");
        Answer::Failed(Refusal { code: code.clone(), message, is_signature: false })
    };
    match status {
        200..=299 => Answer::Taken,
        300..=399 => Answer::Stopped(Outcome::bad_request(&code, &moved(response)).whole_connection()),
        401 | 403 => {
            let message = format!(
                "the endpoint answers {status}: it refuses the signature. Enter the same `signing_secret` here and there"
            );
            Answer::Failed(Refusal { code, message, is_signature: true })
        }
        410 => {
            let message = "the endpoint answers 410: it is switched off. Enter another address in `endpoint` and `path`, or \
                           switch this installation off";
            Answer::Stopped(Outcome::bad_request(&code, message).whole_connection())
        }
        429 => {
            let wait = hint.unwrap_or(SLOW_DOWN_MS);
            Answer::Later(Outcome::retry(&code, "the endpoint is asked too often").whole_connection().after_ms(wait))
        }
        404 | 405 => failed(": check `path`"),
        400..=499 => failed(": it refuses the message; its own log says why"),
        500..=599 => match hint {
            Some(wait) => {
                let message = format!("the endpoint answers {status} and asks to come back later");
                Answer::Later(Outcome::retry(&code, &message).whole_connection().after_ms(wait))
            }
            None => failed(""),
        },
        _ => failed(", which is no answer to a webhook"),
    }
}

fn of_failure(failure: &Failure) -> Answer {
    let failed =
        |code: &str, message: String| Answer::Failed(Refusal { code: code.to_owned(), message, is_signature: false });
    let told = plain(&failure.message, 200);
    match failure.kind.as_str() {
        "rate-limited" => Answer::Later(failure.outcome()),
        "not-sent" => failed("not-sent", format!("the endpoint cannot be reached: {told}")),
        "not-granted" | "invalid" | "limit" => Answer::Stopped(failure.outcome().whole_connection()),
        // Everything else may have arrived; what is not known here counts as that.
        _ => failed("no-answer", format!("the endpoint did not answer in time: {told}")),
    }
}

/// How long the endpoint asks to be left alone, in milliseconds: a day at most, and none where it says nothing that can be read
/// (`Retry-After`, RFC 9110, section 10.2.3: seconds or a date).
fn retry_after(host: &impl Host, response: &Response) -> Option<u64> {
    let value = header(response, "retry-after")?.trim();
    let wait_ms = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        value.parse::<u64>().unwrap_or(u64::MAX).saturating_mul(1000)
    } else {
        moment::of_http_date(value)?.saturating_mul(1000).saturating_sub(host.now_ms())
    };
    (wait_ms > 0).then_some(wait_ms.min(LONGEST_MS))
}

fn header<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    response.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// Tells of a redirect, and of the address where it leads no more than the server: the rest may be anything.
fn moved(response: &Response) -> String {
    let server = header(response, "location").and_then(|location| {
        let (_, rest) = location.split_once("://")?;
        let authority = rest.split(['/', '?', '#', '\\']).next()?;
        authority.rsplit('@').next().map(|server| plain(server, HOST_CHARS)).filter(|server| !server.is_empty())
    });
    let where_to = server.map_or_else(|| "elsewhere".to_owned(), |server| format!("to {server}"));
    format!(
        "the endpoint answers {}: the address moved {where_to}. Redirects are not followed: enter the address where it leads in \
         `endpoint` and `path`",
        response.status
    )
}
