//! The server and the sandbox, running beside this program in a folder of their own, with one merchant set up in them.
//! Both are driven by command line and HTTP only, as an operator drives them.

pub(crate) mod chance;
pub(crate) mod ports;
mod setup;

use serde_json::{Value, json};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::http::Http;
use crate::place::{self, Folder};
use crate::process::{self, Background};
use crate::say;
use crate::wait::Patience;
use chance::Secrets;

pub(crate) use setup::{DEMO_MERCHANT, PAID_STAGE};

/// What the bank does beside taking money.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum BankMood {
    /// Sends webhooks and answers look-ups.
    Talks,
    /// Neither.
    Silent,
}

/// Everything that runs. Fields are dropped in this order: the folder outlives whoever writes into it.
pub(crate) struct Stack {
    server: Background,
    sandbox: Background,
    /// The server's address; all addresses are without a slash at the end.
    pub(crate) server_url: String,
    /// The play page.
    pub(crate) play_url: String,
    /// The bank.
    pub(crate) bank_url: String,
    /// The merchant's key, in test mode.
    pub(crate) api_key: String,
    _folder: Folder,
}

/// Where the doubles listen, each one port after the other.
struct Doubles {
    play: String,
    telegram: String,
    bitrix24: String,
    bank: String,
}

impl Doubles {
    fn at(first: u16) -> Self {
        let url = |offset: u16| format!("http://127.0.0.1:{}", first + offset);
        Self { play: url(0), telegram: url(1), bitrix24: url(2), bank: url(3) }
    }

    /// What the server may call although it is private.
    fn allowed(&self) -> String {
        [&self.telegram, &self.bitrix24, &self.bank].map(|url| url.trim_start_matches("http://")).join(",")
    }
}

/// Starts `kamurj` as its own command line has it, with only the settings given here.
struct Kamurj {
    program: PathBuf,
    settings: Vec<(&'static str, String)>,
}

impl Kamurj {
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("KAMURJ_")) {
            command.env_remove(name);
        }
        command.args(words).envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs an `admin` command and reads the object that it prints.
    fn admin(&self, words: &[&str]) -> Result<Value, String> {
        let words: Vec<&str> = std::iter::once("admin").chain(words.iter().copied()).collect();
        let printed = process::read(&mut self.command(&words))?;
        serde_json::from_str(&printed).map_err(|error| format!("`kamurj admin {}` printed no JSON: {error}", words[1]))
    }
}

impl Stack {
    /// Starts both and sets the merchant up, step by step.
    pub(crate) fn start(port: Option<u16>, mood: BankMood, patience: Patience) -> Result<Self, String> {
        let http = Http::new();
        let program = say::step("find the server", || {
            let program = program()?;
            Ok((program.clone(), program.display().to_string()))
        })?;
        let folder = Folder::make("demo")?;
        let secrets = Secrets::make()?;
        let (sandbox, doubles, listen) = say::step("start the sandbox", || {
            let server_port = ports::server(port)?;
            let first = ports::sandbox(server_port)?;
            let doubles = Doubles::at(first);
            let settings = write_json(folder.path(), "sandbox.json", &sandbox_settings(&secrets))?;
            let kamurj = Kamurj { program: program.clone(), settings: Vec::new() };
            let mut command = kamurj.command(&["sandbox", "--listen", &format!("127.0.0.1:{first}"), "--settings"]);
            let mut sandbox =
                Background::start("sandbox", command.arg(settings), folder.path().join("sandbox.log"))?;
            let state = format!("{}/play/state", doubles.play);
            patience.until("the sandbox to answer", || {
                sandbox.alive()?;
                http.get_json(&state)
            })?;
            let told = format!("chat, bank and CRM on {}", doubles.play);
            Ok(((sandbox, doubles, server_port), told))
        })?;
        let server_url = format!("http://127.0.0.1:{listen}");
        let kamurj = Kamurj {
            program,
            settings: vec![
                ("KAMURJ_LISTEN", format!("127.0.0.1:{listen}")),
                ("KAMURJ_PUBLIC_URL", server_url.clone()),
                ("KAMURJ_DATA_DIR", folder.path().join("data").display().to_string()),
                ("KAMURJ_MASTER_KEY", secrets.master_key.clone()),
                ("KAMURJ_EGRESS_ALLOW", doubles.allowed()),
                ("KAMURJ_LOG", "info".to_owned()),
            ],
        };
        let server = say::step("start the server", || {
            let log = folder.path().join("server.log");
            let mut server = Background::start("server", &mut kamurj.command(&["serve"]), log)?;
            let ready = format!("{server_url}/readyz");
            patience.until("200 from /readyz", || {
                server.alive()?;
                match http.get(&ready)? {
                    answer if answer.status == 200 => Ok(()),
                    answer => Err(format!("{} {}", answer.status, answer.body)),
                }
            })?;
            Ok((server, server_url.clone()))
        })?;
        let mut stack = Self {
            server,
            sandbox,
            server_url,
            play_url: doubles.play.clone(),
            bank_url: doubles.bank.clone(),
            api_key: String::new(),
            _folder: folder,
        };
        let set_up = setup::set_up(&http, &kamurj, &doubles, &secrets, stack._folder.path(), mood);
        stack.api_key = set_up.map_err(|why| stack.with_log(&why))?;
        Ok(stack)
    }

    /// An error once one of the two has ended.
    pub(crate) fn alive(&mut self) -> Result<(), String> {
        self.server.alive().and_then(|()| self.sandbox.alive())
    }

    /// What failed, and the last that the server said.
    pub(crate) fn with_log(&self, why: &str) -> String {
        format!("{why}\n{}", self.server.last_lines(12))
    }
}

fn sandbox_settings(secrets: &Secrets) -> Value {
    json!({
        "telegram_token": secrets.bot_token,
        "bitrix24_user": setup::PORTAL_USER,
        "bitrix24_secret": secrets.portal_secret,
        "bank_token": secrets.bank_token,
        "customer_language": "hy",
    })
}

/// Writes a file that may hold secrets; the folder around it is closed to others.
fn write_json(folder: &Path, name: &str, value: &Value) -> Result<PathBuf, String> {
    let path = folder.join(name);
    fs::write(&path, value.to_string()).map_err(|error| format!("`{}`: {error}", path.display()))?;
    Ok(path)
}

/// This checkout's server. Several checkouts may share one target folder, so each keeps its own copy.
fn program() -> Result<PathBuf, String> {
    let program = place::checkout().join("target/kamurj");
    match program.is_file() {
        true => Ok(program),
        false => Err(format!("`{}` is missing: run again without `--skip-build`", program.display())),
    }
}

/// Builds the server and the plugins.
pub(crate) fn build() -> Result<(), String> {
    say::long("build the server (the first time takes minutes)", || {
        process::show(&mut process::cargo(&["build", "--locked", "--package", "kamurj-server"]))?;
        let built = place::target()?.join("debug/kamurj");
        let program = place::checkout().join("target/kamurj");
        // Under another name first: a server that runs keeps the file that it was started from.
        let partial = program.with_extension("new");
        fs::create_dir_all(place::checkout().join("target"))
            .and_then(|()| fs::copy(&built, &partial))
            .and_then(|_| fs::rename(&partial, &program))
            .map_err(|error| format!("`{}` cannot be copied to `{}`: {error}", built.display(), program.display()))?;
        Ok(((), program.display().to_string()))
    })?;
    crate::plugins::run()
}
