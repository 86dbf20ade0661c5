//! The server as a process of its own, under the machine's clock: set up by its own commands, killed for good, started
//! again; or two of them on one database. Whoever waits here polls with a deadline, because a process cannot be settled
//! from outside.

mod keys;

use crate::customer::{CUSTOMER, Page};
use crate::database::{Engine, Postgres};
use crate::entered::{entered_bitrix24, entered_telegram, sandbox_settings};
use crate::plugins::{compiled_by, component};
use crate::port::HeldPort;
use crate::world::{canary, client};
use kamurj_sandbox::Sandbox;
use kamurj_sandbox::authority::Authority;
use kamurj_sandbox::bank::{PayAction, SessionView};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// How long anything may take here.
const DEADLINE: Duration = Duration::from_secs(90);
const STEP: Duration = Duration::from_millis(50);

/// A server process with everybody around it.
pub struct Process {
    /// The services outside.
    pub sandbox: Sandbox,
    /// The authorisation server.
    pub authority: Arc<Authority>,
    /// The server's address.
    pub url: String,
    /// The address of the second server, where there is one; of the only one otherwise.
    pub other_url: String,
    /// The merchant.
    pub merchant: String,
    /// Where the bank's webhooks come in, below a server's address.
    pub webhook_path: String,
    /// The merchant's API key.
    pub api_key: String,
    /// A client that follows nothing.
    pub http: reqwest::Client,
    /// How often it was killed.
    pub deaths: u32,
    program: PathBuf,
    child: Option<Child>,
    other: Option<Child>,
    environment: Vec<(String, String)>,
    ports: Vec<HeldPort>,
    data: TempDir,
    _database: Option<Postgres>,
}

impl Process {
    /// Sets a merchant up with the commands of the program, then serves. `die_at`: a milestone and which passing of it.
    pub async fn start(program: &str, engine: Engine, die_at: (&str, u32)) -> Self {
        Self::start_with(program, engine, die_at, None).await
    }

    async fn start_with(program: &str, engine: Engine, die_at: (&str, u32), redis: Option<String>) -> Self {
        kamurj_server::cli::use_ring();
        let clock = Arc::new(|| kamurj_domain::Clock::now(&kamurj_server::ambient::SystemClock));
        let sandbox = Sandbox::start(sandbox_settings(), clock).await.expect("a sandbox");
        sandbox.keep_delivering(STEP);
        let data = TempDir::new().expect("a folder");
        let database = (engine == Engine::Postgres).then(Postgres::make);
        let port = HeldPort::take();
        let address = port.address;
        let clock = Arc::new(|| kamurj_domain::Clock::now(&kamurj_server::ambient::SystemClock));
        let authority = Arc::new(Authority::start(clock).await.expect("an authority"));
        let doubles = [&sandbox.telegram_url, &sandbox.bitrix24_url, &sandbox.bank_url, &authority.url]
            .map(|url| url.trim_start_matches("http://").to_owned());
        let mut environment: Vec<(String, String)> = [
            ("KAMURJ_LISTEN", address.to_string()),
            ("KAMURJ_DATA_DIR", data.path().display().to_string()),
            ("KAMURJ_MASTER_KEY", canary("master key")),
            ("KAMURJ_EGRESS_ALLOW", doubles.join(",")),
            ("KAMURJ_LEASE_SECONDS", "5".to_owned()),
            ("KAMURJ_LOG", "debug".to_owned()),
            ("KAMURJ_PLUGIN_CACHE_DIR", compiled_by("").folder.display().to_string()),
            ("DIE_AT", die_at.0.to_owned()),
            ("DIE_AT_NTH", die_at.1.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec();
        environment.extend(redis.map(|url| ("KAMURJ_REDIS_URL".to_owned(), url)));
        environment.extend(database.as_ref().map(|database| ("KAMURJ_DATABASE_URL".to_owned(), database.url())));
        let mut process = Self {
            sandbox,
            authority,
            url: format!("http://{address}"),
            other_url: format!("http://{address}"),
            merchant: String::new(),
            webhook_path: String::new(),
            api_key: String::new(),
            http: client(),
            deaths: 0,
            program: program.into(),
            child: None,
            other: None,
            environment,
            ports: vec![port],
            data,
            _database: database,
        };
        process.sets_up().await;
        process.serves();
        process
    }

    /// Two servers on one PostgreSQL database and one data directory, both answering.
    pub async fn start_two(program: &str) -> Self {
        Self::start_two_with(program, None).await
    }

    /// Two servers that share a Redis at this address besides.
    pub async fn start_two_sharing(program: &str, redis: String) -> Self {
        Self::start_two_with(program, Some(redis)).await
    }

    async fn start_two_with(program: &str, redis: Option<String>) -> Self {
        let mut process = Self::start_with(program, Engine::Postgres, ("never", 1), redis).await;
        let port = HeldPort::take();
        let address = port.address;
        process.ports.push(port);
        process.other_url = format!("http://{address}");
        let own = [("KAMURJ_LISTEN", address.to_string()), ("KAMURJ_PUBLIC_URL", process.url.clone())];
        process.other = Some(Self::spawned(process.command().envs(own), &process.log_file("other.log")));
        for url in [process.url.clone(), process.other_url.clone()] {
            let ready = format!("{url}/readyz");
            process
                .eventually("the server answers", async |process| {
                    process.http.get(&ready).send().await.ok().filter(|answer| answer.status() == 200)
                })
                .await;
        }
        process
    }

    async fn sets_up(&mut self) {
        let merchant = self.admin(&["create-merchant", "--name", "Անուշ հրուշակեղեն", "--handle", "@anush"]);
        let merchant = word(&merchant, "id");
        self.merchant.clone_from(&merchant);
        let of = ["--merchant", &merchant, "--mode", "test"];
        self.api_key = word(&self.admin(&[&["create-api-key"], &of[..]].concat()), "key");
        let bank = json!({
            "settings": { "base_url": self.sandbox.bank_url },
            "secrets": { "api_token": canary("bank token"), "webhook_secret": canary("webhook secret") },
        });
        let file = self.file("bank.json", bank.to_string().as_bytes());
        let account = self.admin(&[&["set-provider-account", "--provider", "vpos", "--file", &file], &of[..]].concat());
        let webhook = word(&account, "webhook_url");
        self.webhook_path = webhook.strip_prefix(&self.url).expect("our address").to_owned();
        self.sandbox.bank.set_endpoint(&webhook, &canary("webhook secret")).expect("an endpoint");
        let telegram = self.installs("telegram", &entered_telegram(&self.sandbox), &of);
        self.installs("bitrix24", &entered_bitrix24(&self.sandbox), &of);
        let hook = telegram["hooks"][0]["url"].as_str().expect("the route's address");
        let url = format!("{}/bot{}/setWebhook", self.sandbox.telegram_url, canary("bot token"));
        let body = json!({ "url": hook, "secret_token": canary("hook secret") });
        assert_eq!(self.http.post(url).json(&body).send().await.expect("the double answers").status(), 200);
    }

    fn installs(&self, plugin: &str, entered: &Value, of: &[&str]) -> Value {
        self.installs_bytes(plugin, &component(plugin), entered, of)
    }

    pub(crate) fn installs_bytes(&self, plugin: &str, component: &[u8], entered: &Value, of: &[&str]) -> Value {
        let wasm = self.file(&format!("{plugin}.wasm"), component);
        let settings = self.file(&format!("{plugin}.json"), entered.to_string().as_bytes());
        self.admin(&[&["install-plugin", "--component", &wasm, "--file", &settings], of].concat())
    }

    /// Installs a plugin for the merchant while the server runs; answers what the command printed.
    pub fn installs_beside(&self, component: &[u8], entered: &Value) -> Value {
        self.installs_bytes("beside", component, entered, &["--merchant", &self.merchant, "--mode", "test"])
    }

    /// Files of the operator lie beside the data directory's own and are removed after use, as an operator would.
    fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.data.path().with_extension(name);
        std::fs::write(&path, bytes).expect("a file");
        path.display().to_string()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env_clear()
            .envs(self.environment.iter().cloned())
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command
    }

    /// A developer's command: the program with the merchant's key in its environment, and nothing of the server's.
    pub fn tool(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.env_clear().env("KAMURJ_API_KEY", &self.api_key).args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs one of the operator's commands; answers what it printed.
    pub fn admin(&self, arguments: &[&str]) -> Value {
        let output =
            self.command().arg("admin").args(arguments).env_remove("DIE_AT").output().expect("the program runs");
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "admin {arguments:?}: {complaint}");
        serde_json::from_slice(&output.stdout).expect("one JSON object")
    }

    fn serves(&mut self) {
        let mut command = self.command();
        if self.deaths > 0 {
            command.env_remove("DIE_AT");
        }
        self.child = Some(Self::spawned(&mut command, &self.log_file("log")));
    }

    fn spawned(command: &mut Command, log: &Path) -> Child {
        let log = std::fs::File::options().create(true).append(true).open(log).expect("a log file");
        let errors = log.try_clone().expect("a second handle");
        command.arg("serve").stdout(log).stderr(Stdio::from(errors)).spawn().expect("the program runs")
    }

    fn log_file(&self, extension: &str) -> PathBuf {
        self.data.path().with_extension(extension)
    }

    /// Everything that the server wrote to its log.
    pub fn log(&self) -> Vec<u8> {
        std::fs::read(self.log_file("log")).expect("the log")
    }

    /// Everything that the second server wrote to its log.
    pub fn other_log(&self) -> Vec<u8> {
        std::fs::read(self.log_file("other.log")).expect("the second log")
    }

    /// Starts the server again if it was killed; an end of another kind is a failure.
    fn is_kept_alive(&mut self) {
        let child = self.child.as_mut().expect("a process");
        if let Some(status) = child.try_wait().expect("a state") {
            let log = String::from_utf8_lossy(&self.log()).into_owned();
            assert_eq!(status.signal(), Some(9), "the server ended by itself: {status}\n{log}");
            self.deaths += 1;
            self.serves();
        }
    }

    /// Polls until it answers something, keeping the server alive.
    pub async fn eventually<T>(&mut self, what: &str, mut look: impl AsyncFnMut(&mut Self) -> Option<T>) -> T {
        let mut left = DEADLINE;
        loop {
            self.is_kept_alive();
            if let Some(seen) = look(self).await {
                return seen;
            }
            assert!(!left.is_zero(), "not seen in {DEADLINE:?}: {what}\n{}", String::from_utf8_lossy(&self.log()));
            left = left.saturating_sub(STEP);
            tokio::time::sleep(STEP).await;
        }
    }

    /// A request to the API of one of the servers, with the merchant's key.
    pub fn asks(&self, server: &str, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{server}{path}")).bearer_auth(&self.api_key)
    }

    /// A customer opens the page, presses its button and does something at the bank, then closes the browser; answers the
    /// bank's session.
    pub async fn visits_the_bank(&self, link: &str, action: PayAction) -> SessionView {
        let page = self.http.get(link).send().await.expect("the page answers").text().await.expect("a page");
        let page = Page { status: StatusCode::OK, location: None, policy: String::new(), html: page };
        let (path, key) = page.form().expect("a button");
        let press = self.http.post(format!("{}{path}", self.url)).form(&[("form_key", key)]);
        let sent = press.send().await.expect("the press is answered");
        let bank = sent.headers()["location"].to_str().expect("an address").to_owned();
        let id = bank.strip_prefix(&format!("{}/pay/", self.sandbox.bank_url)).expect("the bank's page").to_owned();
        self.sandbox.bank.act(&id, action).expect("a session");
        self.sandbox.bank.view().sessions.into_iter().find(|session| session.id == id).expect("the session")
    }

    /// The last button in the customer's chat that has what is asked for.
    pub fn button(&self, take: impl Fn(&kamurj_sandbox::telegram::Button) -> Option<String>) -> Option<(i64, String)> {
        let view = self.sandbox.telegram.view();
        let messages = view.chats.iter().filter(|chat| chat.id == CUSTOMER).flat_map(|chat| &chat.messages);
        messages.rev().find_map(|message| {
            message.buttons.iter().flatten().find_map(&take).map(|found| (message.message_id, found))
        })
    }
}

fn word(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("{name} is in {value}")).to_owned()
}

impl Drop for Process {
    fn drop(&mut self) {
        for mut child in self.child.take().into_iter().chain(self.other.take()) {
            // It may have died already; either way it is gone afterwards.
            let _ = child.kill();
            let _ = child.wait();
        }
        for plugin in ["bank", "telegram", "bitrix24", "beside", "connecting"] {
            for extension in ["json", "wasm"] {
                let _ = std::fs::remove_file(self.data.path().with_extension(format!("{plugin}.{extension}")));
            }
        }
        for name in ["log", "other.log"] {
            let _ = std::fs::remove_file(self.data.path().with_extension(name));
        }
    }
}
