//! One runtime for all tests, the guests that they call, and short ways to call them.

use std::{
    fs,
    future::Future,
    path::PathBuf,
    sync::{Arc, LazyLock, Mutex},
};

use kamurj_egress::Egress;
use kamurj_plugins::{
    Call, Class, CompileSettings, Delivery, Grants, Plugin, RunContext, RunReport, Runtime, RuntimeSettings,
    SecretGrant,
};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::{
    desk::{self, Desk},
    remote::Remote,
};

/// The host's runtime, as the server would have one.
static HOST: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap());

pub(crate) static PROBING: LazyLock<Vec<u8>> = LazyLock::new(|| component("kamurj-guest-probing"));
pub(crate) static LOOPING: LazyLock<Vec<u8>> = LazyLock::new(|| component("kamurj-guest-looping"));
pub(crate) static GRABBING: LazyLock<Vec<u8>> = LazyLock::new(|| component("kamurj-guest-grabbing"));

/// A guest as its compiler left it.
pub(crate) fn without_manifest(package: &str) -> Vec<u8> {
    let path = kamurj_plugin_build::build(package).unwrap_or_else(|error| panic!("{error}"));
    let name = path.file_name().and_then(|name| name.to_str()).expect("a name").replace(".plugin.wasm", ".wasm");
    std::fs::read(path.with_file_name(name)).expect("the component")
}

/// A component with a manifest of this class that asks for nothing.
pub(crate) fn with_manifest(component: &[u8], class: Class) -> Vec<u8> {
    let least = "manifest = 1\nid = 'least'\nname = 'Least'\nversion = '1.0.0'\ndescription = ''";
    let least = format!("{least}\nclass = '{}'", class.word());
    let manifest = kamurj_manifest::from_toml(&least, |_| unreachable!("it names no file")).expect("a sound manifest");
    kamurj_manifest::embed(component.to_vec(), &manifest).expect("a component")
}

fn component(package: &str) -> Vec<u8> {
    let path = kamurj_plugin_build::build(package).unwrap_or_else(|error| panic!("{error}"));
    fs::read(path).unwrap()
}

/// A runtime with the usual settings, and remotes that it may reach: one for each test, taken from the end. Compiling
/// a guest takes seconds, so tests that need no settings of their own share it.
static SHARED: LazyLock<(Runtime, Mutex<Vec<Remote>>)> = LazyLock::new(|| {
    std::thread::spawn(|| {
        let remotes: Vec<_> = (0..48).map(|_| HOST.block_on(Remote::start())).collect();
        let origins: Vec<_> = remotes.iter().map(|remote| remote.url.as_str()).collect();
        (runtime_with(RuntimeSettings::default(), &origins), Mutex::new(remotes))
    })
    .join()
    .unwrap()
});

/// Runs a test on the host's runtime.
pub(crate) fn on_host<T>(test: impl Future<Output = T>) -> T {
    HOST.block_on(test)
}

pub(crate) fn runtime_with(settings: RuntimeSettings, allow: &[&str]) -> Runtime {
    let allow = allow.iter().map(|url| url.trim_start_matches("http://").parse().unwrap()).collect();
    Runtime::new(settings, compiled_in(KEPT.into()), Egress::new(allow), HOST.handle().clone()).unwrap()
}

/// Where artefacts lie between two runs of the tests.
const KEPT: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/compiled");

/// The worker of this crate, with artefacts in this folder.
pub(crate) fn compiled_in(folder: PathBuf) -> CompileSettings {
    let settings = CompileSettings::new(folder, Zeroizing::new([1; 32]));
    CompileSettings { program: env!("CARGO_BIN_EXE_kamurj-compile").into(), ..settings }
}

/// A runtime that compiles in this way and may reach nothing.
pub(crate) fn runtime_compiling(settings: RuntimeSettings, compile: CompileSettings) -> Runtime {
    Runtime::new(settings, compile, Egress::new(Vec::new()), HOST.handle().clone()).unwrap()
}

/// A probing guest beside a remote, which it may reach with the secret `token` in every place.
pub(crate) struct Bench {
    pub(crate) runtime: Runtime,
    pub(crate) plugin: Arc<Plugin>,
    pub(crate) remote: Remote,
    pub(crate) desk: Desk,
    pub(crate) grants: Grants,
}

pub(crate) const TOKEN: &str = "12345:sword\"fish";

impl Bench {
    pub(crate) async fn new() -> Self {
        let (runtime, remotes) = &*SHARED;
        let remote = remotes.lock().unwrap().pop().expect("one remote for each test");
        Self::beside(runtime.clone(), remote, &[]).await
    }

    /// With settings of its own; `more` lists further origins on loopback that egress allows and the operator granted.
    pub(crate) async fn with(settings: RuntimeSettings, more: &[&str]) -> Self {
        let remote = Remote::start().await;
        let origins: Vec<_> = more.iter().copied().chain([remote.url.as_str()]).collect();
        let runtime = runtime_with(settings, &origins);
        Self::beside(runtime, remote, more).await
    }

    async fn beside(runtime: Runtime, remote: Remote, more: &[&str]) -> Self {
        let plugin = runtime.load(PROBING.clone()).await.unwrap();
        let token = SecretGrant {
            placements: ["path", "query", "header", "body", "sign", "verify"].map(str::to_owned).to_vec(),
            origins: vec![remote.url.clone()],
        };
        let origins = more.iter().map(|&origin| origin.to_owned()).chain([remote.url.clone()]).collect();
        let grants = Grants { origins, secrets: [("token".to_owned(), token)].into(), ..Grants::default() };
        let desk = Desk { secrets: [("token".to_owned(), TOKEN.to_owned())].into(), ..Desk::default() };
        Self { runtime, plugin, remote, desk, grants }
    }

    /// A run of this script, before any run was made.
    pub(crate) fn context(&self, script: &Value) -> RunContext {
        context(self.grants.clone(), script)
    }

    /// Runs a script in a first run and answers what each command gave.
    pub(crate) async fn play(self, script: Value) -> (Vec<Value>, RunReport, Arc<Desk>, Remote) {
        let context = self.context(&script);
        self.play_in(context).await
    }

    pub(crate) async fn play_in(self, context: RunContext) -> (Vec<Value>, RunReport, Arc<Desk>, Remote) {
        let desk = Arc::new(self.desk);
        let report = self.runtime.call(&self.plugin, deliver(), context, desk.clone()).await;
        (trace(&report), report, desk, self.remote)
    }
}

pub(crate) fn context(grants: Grants, script: &Value) -> RunContext {
    RunContext {
        merchant: "mrc_1".to_owned(),
        owner: "dlv_1".to_owned(),
        number: 1,
        started_at: 1_700_000_000_123,
        seed: [7; 32],
        recorded: Vec::new(),
        carried: Vec::new(),
        settings: json!({ "script": script }).to_string(),
        grants,
    }
}

pub(crate) fn deliver() -> Call {
    let request = kamurj_plugins::PaymentRequest {
        key: "1".to_owned(),
        order_id: None,
        amount: kamurj_plugins::contract::Money { minor: 1_250_000, currency: "AMD".to_owned() },
        description: "Cake".to_owned(),
        items: Vec::new(),
        customer: kamurj_plugins::contract::Customer::default(),
        channel: None,
        crm: None,
        locale: None,
        expires_in_ms: None,
        extra: Vec::new(),
    };
    let payment = desk::payment(&request);
    Call::Deliver(Delivery {
        id: "dlv_1".to_owned(),
        event: "payment.paid".to_owned(),
        payment,
        run: 1,
        extra: Vec::new(),
    })
}

/// What each command of the script gave.
#[track_caller]
pub(crate) fn trace(report: &RunReport) -> Vec<Value> {
    let Ok(outcome) = &report.end else {
        return Vec::new();
    };
    let (_, trace) = outcome.extra.iter().find(|(name, _)| name == "trace").expect("the guest tells its trace");
    let mut trace: Vec<Value> = serde_json::from_str(trace).unwrap();
    trace.remove(0);
    trace
}
