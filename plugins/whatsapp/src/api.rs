//! Calls of the Graph API through the host's guarded client. It must not know about payments.

use kamurj_sdk::{Failure, Host, Outcome, Request, Response, secret};
use serde_json::Value;

use crate::refusal::{self, Refusal};
use crate::settings::Settings;

/// One token, through the host's client.
pub(crate) struct Api<'a, H> {
    host: &'a H,
    /// Origin and version.
    base: String,
    run: u32,
}

impl<'a, H: Host> Api<'a, H> {
    /// `run` is the run that the calls are made in: it decides how long a throttle waits.
    pub(crate) fn new(host: &'a H, settings: &Settings, run: u32) -> Self {
        Self { host, base: format!("{}/{}", settings.api_base.trim_end_matches('/'), settings.version), run }
    }

    /// Reads something.
    pub(crate) fn get(&self, path: &str) -> Result<Value, Refusal> {
        self.answer(&authorized(Request::get(format!("{}/{path}", self.base))))
    }

    /// A call that changes something, before it is sent; the step names the effect.
    pub(crate) fn post(&self, path: &str, body: &Value, step: &str) -> Request {
        authorized(Request::post_json(format!("{}/{path}", self.base), body)).step(step)
    }

    /// Sends the call and reads what Graph says.
    pub(crate) fn answer(&self, request: &Request) -> Result<Value, Refusal> {
        let response = self.host.send(request).map_err(|failure| lost(&failure))?;
        if response.is_success() {
            return Ok(response.json().unwrap_or(Value::Null));
        }
        let body = response.json().unwrap_or(Value::Null);
        Err(refusal::read(response.status, &body["error"], wait_ms(&response), self.run))
    }
}

fn authorized(request: Request) -> Request {
    request
        .header("authorization", &format!("Bearer {}", secret("access_token")))
        .secret_in_header("authorization", "access_token")
}

fn lost(failure: &Failure) -> Refusal {
    match failure.kind.as_str() {
        // The rest of what arrived together is for another run.
        "limit" => Refusal::Ended(Outcome::retry("limit", &failure.message)),
        _ if failure.is_ambiguous() => Refusal::Lost(failure.outcome()),
        _ => Refusal::Ended(failure.outcome()),
    }
}

/// How long the answer asks to wait: `Retry-After` in seconds, or the minutes of the usage header ("Rate limits" of the Graph API).
fn wait_ms(response: &Response) -> Option<u64> {
    let header = |name: &str| response.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let seconds = header("retry-after").and_then(|value| value.trim().parse::<u64>().ok());
    let usage: Option<Value> = header("x-business-use-case-usage").and_then(|value| serde_json::from_str(value).ok());
    let minutes = usage.as_ref().and_then(Value::as_object).and_then(|accounts| {
        let uses = accounts.values().filter_map(Value::as_array).flatten();
        uses.filter_map(|used| used["estimated_time_to_regain_access"].as_u64()).max()
    });
    let wait =
        seconds.map(|seconds| seconds.saturating_mul(1000)).max(minutes.map(|minutes| minutes.saturating_mul(60_000)));
    wait.filter(|wait| *wait > 0)
}

#[cfg(test)]
mod tests {
    use super::wait_ms;
    use kamurj_sdk::testing::answer;
    use serde_json::json;

    #[test]
    fn the_longest_wait_of_the_headers_counts() {
        let usage =
            r#"{"20100":[{"type":"whatsapp","estimated_time_to_regain_access":7}],"20200":[{"call_count":100}]}"#;
        let with = |headers: &[(&str, &str)]| {
            let mut response = answer(400, &json!({}));
            response.headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            wait_ms(&response)
        };
        assert_eq!(with(&[]), None);
        assert_eq!(with(&[("x-business-use-case-usage", usage)]), Some(420_000));
        assert_eq!(with(&[("retry-after", "30")]), Some(30_000));
        assert_eq!(with(&[("retry-after", "900"), ("x-business-use-case-usage", usage)]), Some(900_000));
        assert_eq!(with(&[("retry-after", "soon"), ("x-business-use-case-usage", "{")]), None);
    }
}
