//! The server and the sandbox, running beside this program in a folder of their own, with one merchant set up in them.
//! Both are driven by command line and HTTP only, as an operator drives them.

pub(crate) mod chance;
mod channels;
mod connect;
mod gateways;
mod goods;
mod kamurj;
mod offices;
pub(crate) mod ports;
mod setup;

use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

use crate::http::Http;
use crate::place::Folder;
use crate::process::Background;
use crate::say;
use crate::wait::Patience;
use chance::Secrets;
use kamurj::Kamurj;

pub(crate) use gateways::GATEWAYS;
pub(crate) use goods::LESSON_ACCESS;
pub(crate) use kamurj::build;
pub(crate) use offices::{PAID_STAGE, PAID_STATUS, TAB};
pub(crate) use setup::DEMO_MERCHANT;

/// How long a program may take to come up, in seconds.
const START: u64 = 20;

/// What the bank does beside taking money.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum BankMood {
    /// Sends webhooks and answers look-ups.
    Talks,
    /// Neither.
    Silent,
}

/// What to start.
pub(crate) struct Plan {
    /// The server's port. Nothing: the usual one, or any; zero: any.
    pub(crate) port: Option<u16>,
    pub(crate) mood: BankMood,
    /// The folder of the components.
    pub(crate) plugins: PathBuf,
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
    /// The merchant.
    merchant: String,
    kamurj: Kamurj,
    folder: Folder,
}

/// Where the doubles listen, each one port after the other.
struct Doubles {
    play: String,
    telegram: String,
    bitrix24: String,
    bank: String,
    /// Of Meta's messengers: WhatsApp, Messenger, Instagram, and Instagram through pages.
    meta: [String; 4],
    amocrm: String,
    sheets: String,
    erp: String,
}

impl Doubles {
    fn at(first: u16) -> Self {
        let url = |offset: u16| format!("http://127.0.0.1:{}", first + offset);
        Self {
            play: url(0),
            telegram: url(1),
            bitrix24: url(2),
            bank: url(3),
            meta: [4, 5, 6, 7].map(url),
            amocrm: url(8),
            sheets: url(9),
            erp: url(10),
        }
    }

    /// What the server may call although it is private.
    fn allowed(&self) -> String {
        let offices = [&self.bitrix24, &self.amocrm, &self.sheets, &self.erp];
        let all = [&self.telegram, &self.bank].into_iter().chain(offices).chain(&self.meta);
        all.map(|url| url.trim_start_matches("http://")).collect::<Vec<_>>().join(",")
    }
}

impl Stack {
    /// Starts both and sets the merchant up, step by step.
    pub(crate) fn start(plan: &Plan) -> Result<Self, String> {
        let http = Http::new();
        let program = say::step("find the server", || {
            let program = kamurj::program()?;
            let detail = program.display().to_string();
            Ok((program, detail))
        })?;
        let folder = Folder::make("demo")?;
        let secrets = Secrets::make()?;
        let mut kamurj = Kamurj { program, settings: Vec::new() };
        let (sandbox, doubles, port) = say::step("start the sandbox", || {
            let port = ports::server(plan.port)?;
            let first = ports::sandbox(port)?;
            let doubles = Doubles::at(first);
            let settings = write_json(folder.path(), "sandbox.json", &sandbox_settings(&secrets))?;
            let mut command = kamurj.command(&["sandbox", "--listen", &format!("127.0.0.1:{first}"), "--settings"]);
            let log = folder.path().join("sandbox.log");
            let mut sandbox = Background::start("sandbox", command.arg(settings), log)?;
            comes_up(&http, &mut sandbox, &format!("{}/play/state", doubles.play))?;
            let detail = format!("chats, bank and back offices on {}", doubles.play);
            Ok(((sandbox, doubles, port), detail))
        })?;
        let server_url = format!("http://127.0.0.1:{port}");
        kamurj.settings = vec![
            ("KAMURJ_LISTEN", format!("127.0.0.1:{port}")),
            ("KAMURJ_PUBLIC_URL", server_url.clone()),
            ("KAMURJ_DATA_DIR", folder.path().join("data").display().to_string()),
            ("KAMURJ_MASTER_KEY", secrets.master_key.clone()),
            ("KAMURJ_EGRESS_ALLOW", doubles.allowed()),
            ("KAMURJ_LOG", "info".to_owned()),
        ];
        let server = say::step("start the server", || {
            let log = folder.path().join("server.log");
            let mut server = Background::start("server", &mut kamurj.command(&["serve"]), log)?;
            comes_up(&http, &mut server, &format!("{server_url}/readyz"))?;
            Ok((server, server_url.clone()))
        })?;
        let mut stack = Self {
            server,
            sandbox,
            server_url,
            play_url: doubles.play.clone(),
            bank_url: doubles.bank.clone(),
            api_key: String::new(),
            merchant: String::new(),
            kamurj,
            folder,
        };
        let services = setup::Services { http: &http, doubles: &doubles, server_url: &stack.server_url };
        let set_up = setup::set_up(&services, &stack.kamurj, &secrets, stack.folder.path(), plan);
        (stack.merchant, stack.api_key) = set_up.map_err(|why| stack.with_log(&why))?;
        Ok(stack)
    }

    /// Invites somebody to the console as an owner; answers the address to open, good for fifteen minutes.
    pub(crate) fn invites(&self, email: &str, name: &str) -> Result<String, String> {
        let words =
            ["create-operator", "--merchant", &self.merchant, "--email", email, "--name", name, "--role", "owner"];
        setup::text(&self.kamurj.admin(&words)?, "/invitation_url")
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

/// Waits until the address answers 200. A program that has ended is not waited for.
fn comes_up(http: &Http, program: &mut Background, url: &str) -> Result<(), String> {
    Patience::of_seconds(START).until(&format!("200 from {url}"), || {
        if let Err(ended) = program.alive() {
            return Ok(Err(ended));
        }
        match http.get(url)? {
            answer if answer.status == 200 => Ok(Ok(())),
            answer => Err(format!("{} {}", answer.status, answer.body)),
        }
    })?
}

fn sandbox_settings(secrets: &Secrets) -> Value {
    let mut settings = json!({
        "telegram_token": secrets.bot_token, "bank_token": secrets.bank_token, "customer_language": "hy",
    });
    for accounts in [channels::accounts(secrets), offices::accounts(secrets)] {
        if let (Value::Object(settings), Value::Object(accounts)) = (&mut settings, accounts) {
            settings.extend(accounts);
        }
    }
    settings
}

/// Writes a file that may hold secrets; the folder around it is closed to others.
fn write_json(folder: &Path, name: &str, value: &Value) -> Result<PathBuf, String> {
    let path = folder.join(name);
    fs::write(&path, value.to_string()).map_err(|error| format!("`{}`: {error}", path.display()))?;
    Ok(path)
}
