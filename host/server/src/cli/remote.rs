//! A Kamurj server that a command asks over HTTP with an API key. The key goes to the address that was given and nowhere else, and
//! is in no error.

use reqwest::{Client, Method, redirect};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;
use url::Url;

/// How long one request may take: a large component over a slow line.
const PATIENCE: Duration = Duration::from_mins(2);

/// Where a test key may be, beside a file.
const KEY_VARIABLE: &str = "KAMURJ_API_KEY";

/// A server with a key to it.
pub(super) struct Server {
    client: Client,
    url: String,
    key: String,
}

impl Server {
    /// The server at this address.
    pub(super) fn new(url: &str, key: &str) -> Result<Self, String> {
        let url = address("--url", url)?;
        Ok(Self { client: client(PATIENCE)?, url, key: key.to_owned() })
    }

    /// Its answer, or what it complains of.
    pub(super) async fn asks(
        &self,
        method: Method,
        path: &str,
        body: Option<(Vec<u8>, &str)>,
    ) -> Result<Value, String> {
        let mut request = self.client.request(method, format!("{}{path}", self.url)).bearer_auth(&self.key);
        if let Some((bytes, media)) = body {
            request = request.header("content-type", media).body(bytes);
        }
        let unheard = |error: reqwest::Error| format!("--url {}: {}", self.url, cause(&error));
        let response = request.send().await.map_err(unheard)?;
        let is_good = response.status().is_success();
        let status = response.status().as_u16();
        let body: Value = response
            .json()
            .await
            .map_err(|_| format!("--url {}: the answer with status {status} is none of Kamurj's", self.url))?;
        if is_good { Ok(body) } else { Err(complaint(&body)) }
    }

    /// As `asks`, without a body.
    pub(super) async fn reads(&self, path: &str) -> Result<Value, String> {
        self.asks(Method::GET, path, None).await
    }

    /// As `asks`, with a JSON body.
    pub(super) async fn writes(&self, method: Method, path: &str, body: &Value) -> Result<Value, String> {
        self.asks(method, path, Some((body.to_string().into_bytes(), "application/json"))).await
    }
}

/// A client that follows nothing and uses no proxy.
#[expect(clippy::disallowed_methods, reason = "a person's own machine asks the addresses that the person named")]
pub(super) fn client(patience: Duration) -> Result<Client, String> {
    Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .timeout(patience)
        .build()
        .map_err(|error| format!("the client does not start: {error}"))
}

/// An address without a slash at its end.
pub(super) fn address(option: &str, text: &str) -> Result<String, String> {
    let parsed = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "https" | "http") && url.host().is_some());
    let parsed = parsed.ok_or_else(|| format!("{option}: write an address such as https://pay.example.am"))?;
    Ok(parsed.as_str().trim_end_matches('/').to_owned())
}

/// The innermost cause: the outer ones repeat the address.
pub(super) fn cause(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(next) = innermost.source() {
        innermost = next;
    }
    innermost.to_string()
}

/// A problem of the API in one line.
fn complaint(problem: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let faults: Vec<String> = problem["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|fault| format!("{}: {}", text(&fault["pointer"]), text(&fault["detail"])))
        .collect();
    if faults.is_empty() { text(&problem["detail"]) } else { faults.join("; ") }
}

/// A key of test mode, from this file or the environment: never from the command line, where every user of the machine sees
/// it.
pub(super) fn test_key(file: Option<&Path>) -> Result<String, String> {
    let (place, text) = match file {
        Some(path) => {
            let place = format!("--api-key-file {}", path.display());
            let text = std::fs::read_to_string(path).map_err(|error| format!("{place}: {error}"))?;
            (place, text)
        }
        None => (KEY_VARIABLE.to_owned(), std::env::var(KEY_VARIABLE).unwrap_or_default()),
    };
    let key = text.trim();
    if key.is_empty() {
        return Err(format!("{place}: has no key; put one of test mode into {KEY_VARIABLE}, or name a file with it"));
    }
    if key.starts_with("kmj_live_") {
        return Err(format!("{place}: is a live key; this is done in test mode alone, with a key kmj_test_…"));
    }
    if !key.starts_with("kmj_test_") {
        return Err(format!("{place}: is no API key; one of test mode begins with kmj_test_"));
    }
    Ok(key.to_owned())
}
