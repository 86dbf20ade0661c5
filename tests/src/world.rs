//! The World itself: built, run, settled, crashed and audited here. What people do in it is in `customer`, what can be seen
//! of it in `look`.

pub use crate::canaries::{CANARIES, canary, holds};
use crate::chance::Seeded;
use crate::clock::HandClock;
use crate::database::{Engine, Postgres};
use crate::entered::{entered, entered_bitrix24, entered_telegram, sandbox_settings};
use crate::life::Life;
use crate::logbook;
use crate::look::find_canaries;
use crate::plugins::{compiled_by, component};
use crate::port::HeldPort;
use crate::trap::Trap;
use kamurj_domain::Mode;
use kamurj_egress::HostPort;
use kamurj_plugins::RuntimeSettings;
use kamurj_sandbox::Sandbox;
use kamurj_server::app::App;
use kamurj_server::install::{self, NewKey, NewMerchant};
use kamurj_server::milestones::Milestone;
use kamurj_server::seal::MasterKey;
use kamurj_server::serve::Surroundings;
use kamurj_server::settings::{Database, Settings};
use serde_json::{Value, json};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// A worker's lease in stories, in milliseconds.
pub const LEASE: i64 = 60_000;

/// An API key that may do everything, in an operator's hand.
pub fn every_scope(label: &str) -> NewKey {
    let scopes = kamurj_server::access::words_for_keys().into_iter().map(str::to_owned).collect();
    NewKey { label: label.to_owned(), scopes, role: "operator".to_owned() }
}

/// A whole Kamurj and everybody around it.
pub struct World {
    /// Which database it runs on.
    pub engine: Engine,
    /// Moved by the story.
    pub clock: HandClock,
    /// Stops the server at a named point.
    pub trap: Arc<Trap>,
    /// The services outside.
    pub sandbox: Arc<Sandbox>,
    /// The merchant.
    pub merchant: String,
    /// The merchant's API key, in test mode.
    pub api_key: String,
    /// The provider account.
    pub account: String,
    /// The installation of the Telegram plugin.
    pub telegram: String,
    /// The installation of the Bitrix24 plugin.
    pub bitrix24: String,
    /// The server's address, without a slash at its end.
    pub url: String,
    /// An address that takes connections and never answers, without a slash at its end.
    pub silent_url: String,
    /// A client that follows nothing and keeps no cookies.
    pub http: reqwest::Client,
    life: Option<Life>,
    lives: u64,
    port: HeldPort,
    pub(crate) other_ports: Vec<HeldPort>,
    pub(crate) settings: Settings,
    _silent: tokio::net::TcpListener,
    // Dropped last, when nothing uses them any more.
    pub(crate) database: Option<Postgres>,
    data: TempDir,
}

/// Runs a story in a new World and audits the World when the story has ended.
pub fn run(engine: Engine, story: impl AsyncFnOnce(&mut World)) {
    logbook::begin();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut world = World::new(engine).await;
        story(&mut world).await;
        world.audit().await;
    });
}

impl World {
    /// A merchant with a Telegram bot, a Bitrix24 portal and a bank account, none of whom has done anything yet.
    pub async fn new(engine: Engine) -> Self {
        kamurj_server::cli::use_ring();
        let clock = HandClock::default();
        let sandbox = sandbox(&clock).await;
        let data = TempDir::new().expect("a folder for the story");
        let database = (engine == Engine::Postgres).then(Postgres::make);
        let port = HeldPort::take();
        let address = port.address;
        // Connections wait in its queue for ever.
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let silent_url = format!("http://{}", silent.local_addr().expect("its address"));
        let settings = Settings {
            listen: address,
            public_url: format!("http://{address}"),
            data_dir: data.path().to_owned(),
            database: database.as_ref().map_or(Database::Sqlite, |database| Database::Postgres(database.url())),
            redis: None,
            master_key: MasterKey::parse(&canary("master key")).expect("32 bytes"),
            master_key_old: None,
            log: "warn".to_owned(),
            egress_allow: [
                &sandbox.telegram_url,
                &sandbox.bitrix24_url,
                &sandbox.bank_url,
                &sandbox.whatsapp_url,
                &sandbox.messenger_url,
                &sandbox.instagram_url,
                &sandbox.amocrm_url,
                &sandbox.sheets_url,
                &sandbox.erp_url,
                &silent_url,
            ]
            .map(|url| host_port(url))
            .to_vec(),
            lease_ms: LEASE,
            runtime: RuntimeSettings::default(),
            compile: compiled_by("kamurj-under-test"),
            records_days: 30,
            front: kamurj_server::settings::front::FrontSettings::default(),
        };
        let mut world = Self {
            engine,
            clock,
            trap: Arc::default(),
            sandbox: Arc::new(sandbox),
            merchant: String::new(),
            api_key: String::new(),
            account: String::new(),
            telegram: String::new(),
            bitrix24: String::new(),
            url: format!("http://{address}"),
            silent_url,
            http: client(),
            life: None,
            lives: 0,
            port,
            other_ports: Vec::new(),
            settings,
            _silent: silent,
            database,
            data,
        };
        world.begins_to_live().await;
        world.sets_up().await;
        world
    }

    async fn begins_to_live(&mut self) {
        self.lives += 1;
        let surroundings = self.surroundings(self.lives);
        self.life = Some(Life::begin(self.port.address, self.settings.clone(), surroundings).await);
    }

    /// What a server of this World lives in, with the chance of this seed.
    pub(crate) fn surroundings(&self, seed: u64) -> Surroundings {
        Surroundings {
            clock: Arc::new(self.clock.clone()),
            entropy: Arc::new(Seeded::new(seed)),
            milestones: self.trap.clone(),
        }
    }

    /// Stops the server and starts it as a new process does: nothing is loaded.
    pub async fn boots(&mut self) {
        if let Some(mut life) = self.life.take() {
            life.pull_the_plug();
        }
        self.clock.pass(LEASE + 1);
        self.lives += 1;
        let surroundings = self.surroundings(self.lives);
        self.life = Some(Life::begin_cold(self.port.address, self.settings.clone(), surroundings).await);
    }

    /// Stops the server and starts it with the patience that it has in life: a request waits a moment for its remote's budget. The
    /// clock must be moved meanwhile.
    pub(crate) async fn lives_patiently(&mut self) {
        self.dies();
        self.clock.pass(LEASE + 1);
        self.lives += 1;
        let surroundings = self.surroundings(self.lives);
        self.life = Some(Life::begin_patient(self.port.address, self.settings.clone(), surroundings).await);
    }

    async fn sets_up(&mut self) {
        let app = self.app();
        let new = NewMerchant {
            name: "Անուշ հրուշակեղեն".to_owned(),
            handle: Some("@anush_sweets".to_owned()),
            contact: Some("+374 10 123456".to_owned()),
            locale: "hy".to_owned(),
            colour: Some("#0B5D4E".to_owned()),
        };
        self.merchant = install::merchant(&app, new).await.expect("a merchant");
        (_, self.api_key) =
            install::api_key(&app, &self.merchant, Mode::Test, every_scope("stories")).await.expect("a key");
        let bank = entered(&json!({
            "settings": { "base_url": self.sandbox.bank_url, "checkout_origins": [self.sandbox.bank_url] },
            "secrets": { "api_token": canary("bank token"), "webhook_secret": canary("webhook secret") },
        }));
        self.account =
            install::provider_account(&app, &self.merchant, Mode::Test, "vpos", bank).await.expect("an account");
        let telegram = entered(&entered_telegram(&self.sandbox));
        let telegram = install::plugin(&app, &self.merchant, Mode::Test, component("telegram"), telegram)
            .await
            .expect("the plugin");
        let bitrix24 = entered(&entered_bitrix24(&self.sandbox));
        let bitrix24 = install::plugin(&app, &self.merchant, Mode::Test, component("bitrix24"), bitrix24)
            .await
            .expect("the plugin");
        self.telegram = telegram.id;
        self.bitrix24 = bitrix24.id;
        let webhook = format!("{}/webhooks/providers/vpos/{}", self.url, self.account);
        self.sandbox.bank.set_endpoint(&webhook, &canary("webhook secret")).expect("an endpoint");
        let url = format!("{}/bot{}/setWebhook", self.sandbox.telegram_url, canary("bot token"));
        let body = json!({ "url": telegram.hooks[0].url, "secret_token": canary("hook secret") });
        let set = self.http.post(url).json(&body).send().await.expect("the double answers");
        assert_eq!(set.status(), 200);
    }

    /// The application of the present life.
    pub fn app(&self) -> Arc<App> {
        self.life().app.clone()
    }

    pub(crate) fn life(&self) -> &Life {
        self.life.as_ref().expect("the server lives")
    }

    /// Installs another component for the merchant; answers the installation.
    pub async fn installs(&self, component: Vec<u8>, with: Value) -> install::Installed {
        install::plugin(&self.app(), &self.merchant, Mode::Test, component, entered(&with))
            .await
            .expect("the plugin installs")
    }

    /// Does what is due, inside and outside, until nothing is. The clock does not move.
    pub async fn settles(&mut self) {
        for _ in 0..2_000 {
            let sandbox = self.sandbox.clone();
            let outside = tokio::spawn(async move { sandbox.deliver_due().await });
            let outside = self.survives(outside).await.unwrap_or(0);
            let inside = self.works().await;
            if outside + inside == 0 {
                return;
            }
        }
        panic!("the world does not settle: something is due again and again");
    }

    /// Does one batch of what is due inside; answers how much that was.
    pub async fn works_once(&self) -> usize {
        self.life().works().await
    }

    /// Lets time pass in small steps and settles after each.
    pub async fn passes(&mut self, milliseconds: i64) {
        let step = (milliseconds / 40).max(1_000).min(milliseconds.max(1));
        let mut left = milliseconds;
        while left > 0 {
            self.clock.pass(step.min(left));
            left -= step;
            self.settles().await;
        }
    }

    async fn works(&mut self) -> usize {
        let trap = self.trap.clone();
        tokio::select! {
            count = self.life().works() => return count,
            () = trap.sprung() => {}
        }
        self.restarts().await;
        1
    }

    /// Waits for something that needs the server; if the trap springs meanwhile, the server is restarted under it.
    pub async fn survives<T: Send + 'static>(&mut self, mut work: JoinHandle<T>) -> Option<T> {
        let trap = self.trap.clone();
        tokio::select! {
            done = &mut work => return done.ok(),
            () = trap.sprung() => {}
        }
        self.restarts().await;
        work.await.ok()
    }

    /// Works until the server dies at the n-th passing of the point, and starts it again; nothing is done in its new life.
    /// Where there is no such passing it works until nothing is due.
    pub async fn dies_at(&mut self, point: Milestone, nth: u32) {
        self.dies_at_for(point, nth, LEASE + 1).await;
    }

    /// The same, and so many milliseconds pass before it is there again.
    pub async fn dies_at_for(&mut self, point: Milestone, nth: u32, gone: i64) {
        self.trap.set(point, nth);
        let trap = self.trap.clone();
        loop {
            let count = tokio::select! {
                count = self.life().works() => count,
                () = trap.sprung() => return self.is_back_after(gone).await,
            };
            if count == 0 {
                return self.trap.clear();
            }
        }
    }

    /// Pulls the plug and starts the server again on what is left. Leases of the dead run out meanwhile.
    pub async fn restarts(&mut self) {
        self.is_back_after(LEASE + 1).await;
    }

    async fn is_back_after(&mut self, gone: i64) {
        self.dies();
        self.is_born_again(gone).await;
    }

    /// Pulls the plug.
    pub(crate) fn dies(&mut self) {
        if let Some(mut life) = self.life.take() {
            life.pull_the_plug();
        }
    }

    /// Starts the server after so many milliseconds.
    pub(crate) async fn is_born_again(&mut self, gone: i64) {
        self.trap.clear();
        self.clock.pass(gone);
        self.begins_to_live().await;
    }

    /// The data directory.
    pub(crate) fn data(&self) -> &std::path::Path {
        self.data.path()
    }

    /// The settings of the server, as its program takes them.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let mut environment = vec![
            ("KAMURJ_DATA_DIR", self.data.path().display().to_string()),
            ("KAMURJ_MASTER_KEY", canary("master key")),
            (
                "KAMURJ_EGRESS_ALLOW",
                self.settings.egress_allow.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
            ),
        ];
        environment.extend(self.database.as_ref().map(|database| ("KAMURJ_DATABASE_URL", database.url())));
        environment
    }

    /// Checks what must be true of every World at every time: journals whole, nothing secret at rest.
    async fn audit(&mut self) {
        self.life.as_ref().expect("the server lives at the end of a story");
        self.journals_are_whole().await;
        self.nothing_secret_is_at_rest();
        find_canaries("the log", &logbook::kept());
    }
}

async fn sandbox(clock: &HandClock) -> Sandbox {
    let clock = clock.clone();
    let clock = Arc::new(move || kamurj_domain::Clock::now(&clock));
    let sandbox = Sandbox::start(sandbox_settings(), clock).await.expect("a sandbox");
    for field in ["PAY_ID", "PAY_ORDER", "PAY_LINK", "PAY_REASON", "PAY_REFUNDED", "KAMURJ_VERSION"] {
        sandbox.bitrix24.add_custom_field(&format!("UF_CRM_{field}"));
    }
    sandbox
}

pub(crate) fn host_port(url: &str) -> HostPort {
    url.trim_start_matches("http://").parse().expect("a double's address")
}

#[expect(clippy::disallowed_methods, reason = "people outside do not go through our own egress")]
pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(std::time::Duration::from_secs(30))
        .build()
        .expect("a client")
}
