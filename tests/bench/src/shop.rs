//! A server as a process of its own on SQLite, set up by the server's own functions as an operator would, and driven over
//! HTTP.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use kamurj_domain::Mode;
use kamurj_server::app::App;
use kamurj_server::install::{self, Entered, Installed, NewKey, NewMerchant};
use kamurj_server::milestones::Unwatched;
use kamurj_server::serve::{Surroundings, assemble};
use kamurj_server::settings::Settings;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::times::{as_float, now};
use crate::{Failed, process};

/// What the hooks of the guests are proven with.
pub(crate) const TOKEN: &str = "a-token-of-the-benchmark";
/// How long the server may take to come up, to judge a component, or to come to rest.
const PATIENCE: Duration = Duration::from_mins(2);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(5);
/// The process rests once it has used less than this part of a core for as long as `REST`.
const RESTING: f64 = 0.03;
const REST: Duration = Duration::from_millis(400);

/// A server with its data.
pub(crate) struct Shop {
    /// Its address.
    pub(crate) url: String,
    pub(crate) http: Client,
    program: PathBuf,
    settings: BTreeMap<String, String>,
    child: Option<Child>,
    folder: TempDir,
}

impl Shop {
    /// An empty one that does not serve yet.
    pub(crate) fn new(program: &Path) -> Result<Self, Failed> {
        Self::told(program, Vec::new())
    }

    /// The same with more settings.
    pub(crate) fn told(program: &Path, more: Vec<(&str, String)>) -> Result<Self, Failed> {
        let folder = TempDir::new()?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let settings = [
            ("KAMURJ_LISTEN", address.to_string()),
            ("KAMURJ_DATA_DIR", folder.path().join("data").display().to_string()),
            // 32 bytes in base64; this data lives for minutes.
            ("KAMURJ_MASTER_KEY", "YSBiZW5jaG1hcmsncyBvd24ga2V5IG9mIDMyIGJ5dGU=".to_owned()),
            ("KAMURJ_LOG", "error".to_owned()),
        ];
        let settings = settings.into_iter().chain(more).map(|(name, value)| (name.to_owned(), value)).collect();
        let url = format!("http://{address}");
        Ok(Self { url, http: client()?, program: program.to_owned(), settings, child: None, folder })
    }

    /// The application over the same data, in this process: to set things up.
    pub(crate) async fn app(&self) -> Result<Arc<App>, Failed> {
        let settings = Settings::read(&BTreeMap::new(), &self.settings)?;
        Ok(Box::pin(assemble(&settings, Surroundings::real(Arc::new(Unwatched)))).await?)
    }

    /// Starts the server and waits until it answers.
    pub(crate) async fn serves(&mut self) -> Result<(), Failed> {
        let log = File::create(self.folder.path().join("log"))?;
        let mut command = Command::new(&self.program);
        command.arg("serve").env_clear().envs(&self.settings).stdout(Stdio::null()).stderr(log);
        self.child = Some(command.spawn().map_err(|error| format!("{}: {error}", self.program.display()))?);
        let ready = format!("{}/readyz", self.url);
        self.until("the server answers", async || {
            let answer = self.http.get(&ready).send().await;
            Ok(answer.ok().filter(|answer| answer.status() == StatusCode::OK).map(|_| ()))
        })
        .await
    }

    /// Kills the server, if it runs: as a power cut would, so that the next start has to find out what there is.
    pub(crate) fn stops(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended already; either way it is gone afterwards.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// How large the SQLite file is, in MiB.
    pub(crate) fn database_mib(&self) -> f64 {
        let file = std::fs::metadata(self.folder.path().join("data/kamurj.db"));
        as_float(file.map_or(0, |file| file.len())) / 1_048_576.0
    }

    /// The server's process.
    pub(crate) fn pid(&self) -> String {
        self.child.as_ref().map(|child| child.id().to_string()).unwrap_or_default()
    }

    /// Looks until something is there.
    pub(crate) async fn until<T>(
        &self,
        what: &str,
        mut look: impl AsyncFnMut() -> Result<Option<T>, Failed>,
    ) -> Result<T, Failed> {
        let deadline = now() + PATIENCE;
        loop {
            if let Some(seen) = look().await? {
                return Ok(seen);
            }
            if now() > deadline {
                let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
                return Err(format!("not seen in {} s: {what}\n{log}", PATIENCE.as_secs()).into());
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Waits until the server does nothing that costs processor time.
    pub(crate) async fn rests(&self) -> Result<(), Failed> {
        let pid = self.pid();
        self.until("the server rests", async || {
            let before = process::cpu(&pid, None);
            tokio::time::sleep(REST).await;
            let used = Duration::from_nanos(process::cpu(&pid, None) - before);
            Ok((used.as_secs_f64() < RESTING * REST.as_secs_f64()).then_some(()))
        })
        .await
    }

    /// A request to the API with a JSON body; any answer that is no success is an error.
    pub(crate) async fn asks(&self, key: &str, method: Method, path: &str, body: &Value) -> Result<Value, Failed> {
        let request = self.http.request(method, format!("{}{path}", self.url)).bearer_auth(key);
        let request = if body.is_null() { request } else { request.json(body) };
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        if status.is_success() {
            Ok(serde_json::from_str(&text)?)
        } else {
            Err(format!("{path}: {status} {text}").into())
        }
    }

    /// A message for a guest, as its remote sends it.
    pub(crate) async fn knocks(&self, installation: &str, path: &str, body: Value) -> Result<(), Failed> {
        let url = format!("{}/hooks/{installation}/{path}", self.url);
        let answer = self.http.post(url).header("x-token", TOKEN).json(&body).send().await?;
        match answer.status() {
            StatusCode::OK => Ok(()),
            status => Err(format!("a hook answered {status} {}", answer.text().await?).into()),
        }
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.stops();
    }
}

/// A merchant with a key that may do everything: its id and the key.
pub(crate) async fn merchant(app: &App, name: &str) -> Result<(String, String), Failed> {
    let new = NewMerchant { name: name.to_owned(), handle: None, contact: None, locale: "hy".to_owned(), colour: None };
    let id = install::merchant(app, new).await?;
    let scopes = ["payments", "plugins"].map(str::to_owned).to_vec();
    let key = NewKey { label: "benchmark".to_owned(), scopes, role: "operator".to_owned() };
    let (_, key) = install::api_key(app, &id, Mode::Test, key).await?;
    Ok((id, key))
}

/// Installs a guest for a merchant: granted, active, its hooks proven with [`TOKEN`].
pub(crate) async fn installed(
    app: &App,
    merchant: &str,
    component: Vec<u8>,
    settings: Value,
) -> Result<Installed, Failed> {
    let settings: Map<String, Value> = serde_json::from_value(settings)?;
    let secrets = [("token".to_owned(), TOKEN.to_owned())].into();
    Ok(install::plugin(app, merchant, Mode::Test, component, Entered { settings, secrets }).await?)
}

/// The bank account without which a payment cannot be asked for: its id. Nobody goes to the bank here.
pub(crate) async fn bank(app: &App, merchant: &str) -> Result<String, Failed> {
    let entered: Entered = serde_json::from_value(json!({
        "settings": { "base_url": "https://bank.example.am" },
        "secrets": { "api_token": "a-token", "webhook_secret": "whsec_YSBiZW5jaG1hcmsncyBvd24ga2V5IG9mIDMyIGJ5dGU=" },
    }))?;
    Ok(install::provider_account(app, merchant, Mode::Test, "vpos", entered).await?)
}

#[expect(clippy::disallowed_methods, reason = "this stands for people's browsers and shops, outside of the server")]
fn client() -> Result<Client, Failed> {
    Ok(Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?)
}
