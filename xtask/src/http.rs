//! The HTTP that customers, merchants and doubles are reached with: follows nothing, keeps no cookie, asks no proxy.

use serde_json::Value;
use std::time::Duration;
use ureq::http::{Response, header};
use ureq::{Agent, Body};

/// Longer than the server lets a browser wait for the bank.
const LIMIT: Duration = Duration::from_secs(12);
/// Longest body that is read, in bytes.
const LARGEST: u64 = 8 << 20;

/// A client.
pub(crate) struct Http(Agent);

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Where it sends the browser.
    pub(crate) location: Option<String>,
    pub(crate) body: String,
}

impl Http {
    pub(crate) fn new() -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(LIMIT))
            .proxy(None)
            .build();
        Self(config.into())
    }

    pub(crate) fn get(&self, url: &str) -> Result<Answer, String> {
        answer(url, self.0.get(url).call())
    }

    /// JSON from an address that asks for a key.
    pub(crate) fn get_with_key(&self, url: &str, key: &str) -> Result<Value, String> {
        answer(url, self.0.get(url).header(header::AUTHORIZATION, format!("Bearer {key}")).call())?.json(url)
    }

    /// Posts JSON to an address that asks for a key.
    pub(crate) fn post_with_key(&self, url: &str, key: &str, body: &Value) -> Result<Value, String> {
        let request = self.0.post(url).header(header::AUTHORIZATION, format!("Bearer {key}"));
        answer(url, request.header(header::CONTENT_TYPE, "application/json").send(body.to_string()))?.json(url)
    }

    /// Changes what is there, at an address that asks for a key.
    pub(crate) fn patch_with_key(&self, url: &str, key: &str, body: &Value) -> Result<Value, String> {
        let request = self.0.patch(url).header(header::AUTHORIZATION, format!("Bearer {key}"));
        answer(url, request.header(header::CONTENT_TYPE, "application/json").send(body.to_string()))?.json(url)
    }

    pub(crate) fn get_json(&self, url: &str) -> Result<Value, String> {
        self.get(url)?.json(url)
    }

    pub(crate) fn post_json(&self, url: &str, body: &Value) -> Result<Value, String> {
        let request = self.0.post(url).header(header::CONTENT_TYPE, "application/json");
        answer(url, request.send(body.to_string()))?.json(url)
    }

    pub(crate) fn post_form(&self, url: &str, fields: &[(&str, &str)]) -> Result<Answer, String> {
        answer(url, self.0.post(url).send_form(fields.iter().copied()))
    }
}

fn answer(url: &str, sent: Result<Response<Body>, ureq::Error>) -> Result<Answer, String> {
    let mut response = sent.map_err(|error| format!("{} does not answer: {error}", shown(url)))?;
    let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let body = response
        .body_mut()
        .with_config()
        .limit(LARGEST)
        .read_to_string()
        .map_err(|error| format!("{} broke off: {error}", shown(url)))?;
    Ok(Answer { status: response.status().as_u16(), location, body })
}

impl Answer {
    fn json(&self, url: &str) -> Result<Value, String> {
        if !(200..300).contains(&self.status) {
            return Err(format!("{} answered {}: {}", shown(url), self.status, self.body));
        }
        serde_json::from_str(&self.body).map_err(|error| format!("{} answered no JSON: {error}", shown(url)))
    }

    /// Where it leads, if it is a 303 that leads below `base`.
    pub(crate) fn leads_to(&self, base: &str) -> Result<&str, String> {
        match (self.status, self.location.as_deref()) {
            (303, Some(location)) if location.starts_with(base) => Ok(location),
            (status, location) => {
                let location = location.unwrap_or("nowhere");
                Err(format!("expected 303 to {base}…, saw {status} to {}", shown(location)))
            }
        }
    }
}

/// An address fit to be printed: a bot token in its path left out.
fn shown(url: &str) -> String {
    match url.split_once("/bot") {
        Some((before, rest)) => {
            let method = rest.split_once('/').map_or("", |(_, method)| method);
            format!("{before}/bot…/{method}")
        }
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, shown};

    #[test]
    fn a_bot_token_is_not_printed() {
        assert_eq!(shown("http://127.0.0.1:1/bot12:secret/setWebhook"), "http://127.0.0.1:1/bot…/setWebhook");
        assert_eq!(shown("http://127.0.0.1:1/p/x"), "http://127.0.0.1:1/p/x");
    }

    #[test]
    fn only_a_303_to_the_right_place_leads_on() {
        let answer =
            |status, location: &str| Answer { status, location: Some(location.to_owned()), body: String::new() };
        assert_eq!(answer(303, "http://bank/pay/1").leads_to("http://bank/pay/"), Ok("http://bank/pay/1"));
        assert!(answer(302, "http://bank/pay/1").leads_to("http://bank/pay/").is_err());
        assert!(answer(303, "http://elsewhere/").leads_to("http://bank/pay/").is_err());
    }
}
