//! The author's side of an upload: send, wait, and say what the server says, in its words. The key goes to the address that was
//! given and nowhere else.

use reqwest::{Client, Method, redirect};
use serde_json::{Map, Value, json};
use std::io::Read;
use std::path::Path;
use std::time::Duration;
use url::Url;

/// How long one request may take: a large component over a slow line.
const PATIENCE: Duration = Duration::from_mins(2);
/// How long between two questions how far it is.
const PAUSE: Duration = Duration::from_millis(250);
/// How often it is asked: about ten minutes.
const QUESTIONS: u32 = 2_400;

/// A server with a key to it.
pub(super) struct Server {
    client: Client,
    url: String,
    key: String,
}

impl Server {
    /// The server at this address.
    #[expect(clippy::disallowed_methods, reason = "the author's own machine asks the server that the author named")]
    pub(super) fn new(url: &str, key: &str) -> Result<Self, String> {
        let parsed =
            Url::parse(url).ok().filter(|url| matches!(url.scheme(), "https" | "http") && url.host().is_some());
        let parsed = parsed.ok_or("--url: write an address such as https://pay.example.am")?;
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(PATIENCE)
            .build()
            .map_err(|error| format!("the client does not start: {error}"))?;
        Ok(Self { client, url: parsed.as_str().trim_end_matches('/').to_owned(), key: key.to_owned() })
    }

    async fn asks(&self, method: Method, path: &str, body: Option<(Vec<u8>, &str)>) -> Result<Value, String> {
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

    async fn writes(&self, method: Method, path: &str, body: &Value) -> Result<Value, String> {
        self.asks(method, path, Some((body.to_string().into_bytes(), "application/json"))).await
    }
}

/// The innermost cause: the outer ones repeat the address.
fn cause(error: &reqwest::Error) -> String {
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

/// The key as it was given, or from standard input.
pub(super) fn key(given: &str) -> Result<String, String> {
    if given != "-" {
        return Ok(given.to_owned());
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|error| format!("--key -: {error}"))?;
    Ok(text.trim().to_owned())
}

/// What to install it with.
pub(super) fn entered(file: &Path) -> Result<Map<String, Value>, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("--install {}: {error}", file.display()))?;
    // The error names the place, never the text there: it may be a secret.
    serde_json::from_str(&text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        format!("--install {}: is no JSON object at line {line} column {column}", file.display())
    })
}

/// Uploads a component and, where that is asked for, installs it.
pub(super) async fn push(
    server: Server,
    component: Vec<u8>,
    install: Option<Map<String, Value>>,
) -> Result<Value, String> {
    let taken = server.asks(Method::POST, "/v1/plugins", Some((component, "application/wasm"))).await?;
    let digest = taken["digest"].as_str().unwrap_or_default().to_owned();
    let plugin = judged(&server, &digest).await?;
    if let Some(refusal) = plugin["refusal"].as_str() {
        return Err(format!("the component is refused: {refusal}"));
    }
    let Some(mut body) = install else { return Ok(plugin) };
    body.insert("plugin".to_owned(), json!(digest));
    let installation = match installed(&server, &plugin["plugin"]).await? {
        Some(id) => server.writes(Method::PATCH, &format!("/v1/installations/{id}"), &Value::Object(body)).await?,
        None => server.writes(Method::POST, "/v1/installations", &Value::Object(body)).await?,
    };
    Ok(json!({ "plugin": plugin, "installation": installation }))
}

/// Starts connecting an account.
pub(super) async fn connect(server: &Server, installation: &str, name: &str) -> Result<Value, String> {
    for (what, text) in [("INSTALLATION", installation), ("NAME", name)] {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Err(format!("{what}: must be letters, digits and `_`"));
        }
    }
    server.writes(Method::POST, &format!("/v1/installations/{installation}/connections/{name}/start"), &json!({})).await
}

async fn judged(server: &Server, digest: &str) -> Result<Value, String> {
    for _ in 0..QUESTIONS {
        let plugin = server.asks(Method::GET, &format!("/v1/plugins/{digest}"), None).await?;
        if matches!(plugin["stage"].as_str(), Some("ready" | "refused")) {
            return Ok(plugin);
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(format!("the server has not judged the component after ten minutes; ask for /v1/plugins/{digest} later"))
}

/// The installation of this plugin, where there is one.
async fn installed(server: &Server, plugin: &Value) -> Result<Option<String>, String> {
    let mut path = "/v1/installations?limit=200".to_owned();
    loop {
        let page = server.asks(Method::GET, &path, None).await?;
        let found = page["installations"].as_array().into_iter().flatten().find(|one| one["plugin"] == *plugin);
        if let Some(found) = found {
            return Ok(found["id"].as_str().map(str::to_owned));
        }
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/installations?limit=200&cursor={cursor}"),
            None => return Ok(None),
        }
    }
}
