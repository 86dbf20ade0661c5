//! The author's side of an upload: send, wait, and say what the server says, in its words. The key goes to the address that was
//! given and nowhere else.

use crate::cli::remote::Server;
use reqwest::Method;
use serde_json::{Map, Value, json};
use std::io::Read;
use std::path::Path;
use std::time::Duration;

/// How long between two questions how far it is.
const PAUSE: Duration = Duration::from_millis(250);
/// How often it is asked: about ten minutes.
const QUESTIONS: u32 = 2_400;

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

/// Has the plugin set its service up. Where something is left to be done, what it told is the error.
pub(super) async fn setup(server: &Server, installation: &str, only_look: bool) -> Result<Value, String> {
    if installation.is_empty() || !installation.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Err("INSTALLATION: must be letters, digits and `_`".to_owned());
    }
    let body = json!({ "only_look": only_look });
    let told = server.writes(Method::POST, &format!("/v1/installations/{installation}/setup"), &body).await?;
    if told["ok"] == true { Ok(told) } else { Err(format!("not everything is set up: {told}")) }
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
