//! The plugin runtime that the server holds: one engine, threads of its own, loaded plugins by digest. It decides
//! nothing about payments or deliveries.

mod loading;

use std::{
    collections::VecDeque,
    fmt::Write as _,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use sha2::{Digest, Sha256};
use tokio::{runtime::Handle, sync::Semaphore};
use wasmtime::{Engine, component::Linker};

use kamurj_egress::Egress;

pub use loading::Stage;

use loading::Load;

use crate::{
    compiled::Compiled,
    contract::Call,
    engine::{self, Flavour},
    failure::RunFailure,
    gate::Gate,
    host::{Outside, RunState},
    limits::RuntimeSettings,
    load::{self, LoadError, Plugin},
    ports::{PortError, Ports},
    record::Mode,
    replay::Sealed,
    run::{self, Budget, RunContext, RunReport},
    secrets::Keyring,
    shadow::Scratch,
    usage::Usage,
    worker::CompileSettings,
};

/// How far the threads of plugins stand back for the server's own.
#[cfg(target_os = "linux")]
const NICE: i32 = 5;

/// The runtime cannot start.
#[derive(Debug, thiserror::Error)]
#[error("the plugin runtime cannot start: {0}")]
pub struct StartError(String);

/// Runs plugins. Cheap to clone; the last clone stops its threads.
#[derive(Clone)]
pub struct Runtime {
    inner: Arc<Inner>,
    egress: Egress,
    host: Handle,
    /// Where calls run.
    guests: Handle,
}

struct Inner {
    settings: RuntimeSettings,
    engine: Engine,
    linker: Linker<RunState>,
    threads: Threads,
    /// Who may run now; never more than the instance pool holds.
    gate: Arc<Gate>,
    compile: CompileSettings,
    /// What was compiled before.
    compiled: Compiled,
    /// One compilation at a time: each takes all it can get.
    compiling: Semaphore,
    /// Loaded plugins, the most recently used last.
    loaded: Mutex<VecDeque<Arc<Plugin>>>,
}

/// A tokio runtime that may be dropped anywhere.
struct Threads(Option<tokio::runtime::Runtime>);

impl Threads {
    fn handle(&self) -> &Handle {
        self.0.as_ref().expect("taken only when dropped").handle()
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // The plain drop waits for guests, and panics inside an asynchronous context.
            runtime.shutdown_background();
        }
    }
}

impl Runtime {
    /// Starts the engine and its threads. `host` is the server's runtime, on which ports and egress work.
    pub fn new(
        settings: RuntimeSettings,
        compile: CompileSettings,
        egress: Egress,
        host: Handle,
    ) -> Result<Self, StartError> {
        let failed = |error: &dyn std::fmt::Display| StartError(format!("{error:#}"));
        let engine = engine::start(&settings).map_err(|error| failed(&error))?;
        let linker = load::linker(&engine).map_err(|error| failed(&error))?;
        let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let threads = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(settings.threads.unwrap_or(cores / 2).max(1))
            .thread_name("kamurj-plugins")
            .on_thread_start(standing_back())
            .enable_all()
            .build()
            .map_err(|error| failed(&error))?;
        let RuntimeSettings { calls_at_once, calls_at_once_per_plugin, calls_at_once_per_merchant, .. } = settings;
        let fingerprint = engine::fingerprint(&engine, Flavour::of(&settings));
        let inner = Inner {
            settings,
            engine,
            linker,
            threads: Threads(Some(threads)),
            gate: Gate::new(calls_at_once, calls_at_once_per_plugin, calls_at_once_per_merchant),
            compiled: Compiled::new(compile.folder.clone(), fingerprint, compile.key.clone()),
            compile,
            compiling: Semaphore::new(1),
            loaded: Mutex::default(),
        };
        let guests = inner.threads.handle().clone();
        Ok(Self { inner: Arc::new(inner), egress, host, guests })
    }

    /// The same engine and loaded plugins for another server in this process, whose guests run on its own runtime: for
    /// simulations, which start the server many times and let one task run at a time.
    pub fn beside(&self, egress: Egress, host: Handle) -> Self {
        Self { inner: Arc::clone(&self.inner), egress, guests: host.clone(), host }
    }

    /// Loads a component; see [`Runtime::load_telling`].
    pub async fn load(&self, bytes: Vec<u8>) -> Result<Arc<Plugin>, LoadError> {
        self.load_telling(bytes, |_| ()).await
    }

    /// Reads the component's manifest, compiles and binds it; answers at once when it is loaded already. `told` hears of
    /// each stage as it begins. A compilation takes seconds and cannot be taken back: it goes on, and its result is kept,
    /// also when the future is dropped.
    pub async fn load_telling(
        &self,
        bytes: Vec<u8>,
        told: impl Fn(Stage) + Send + Sync + 'static,
    ) -> Result<Arc<Plugin>, LoadError> {
        let digest = hexadecimal(&Sha256::digest(&bytes));
        if let Some(plugin) = self.inner.find(&digest) {
            return Ok(plugin);
        }
        let inner = Arc::clone(&self.inner);
        let load = Load { digest, bytes, told: Box::new(told) };
        let task = self.inner.threads.handle().spawn(async move { inner.load(load).await });
        task.await.unwrap_or_else(|error| Err(LoadError::Host(error.to_string())))
    }

    /// What the runtime holds at this moment, for whoever watches it.
    pub fn usage(&self) -> Usage {
        let plugins = self.inner.loaded.lock().unwrap_or_else(PoisonError::into_inner).len();
        let compiling = self.inner.compiling.available_permits() == 0;
        Usage::of(&self.inner.engine, self.inner.gate.counts(), plugins, compiling)
    }

    /// Forgets a plugin that nobody has installed any more, with its compiled code. Calls that run go on.
    pub fn forget(&self, digest: &str) {
        self.inner.loaded.lock().unwrap_or_else(PoisonError::into_inner).retain(|plugin| plugin.digest != digest);
        self.inner.compiled.forget(digest);
    }

    /// The largest component of any class, in bytes.
    pub fn largest_component(&self) -> usize {
        load::largest(&self.inner.settings)
    }

    /// Notes that this engine's artefacts are in use at `now` (Unix milliseconds), and removes those of engines that nobody
    /// has used for a week: other servers on the same folder may be a version behind.
    pub fn sweep(&self, now: i64) {
        self.inner.compiled.sweep(now);
    }

    /// The plugin with this SHA-256 (hex), if it is loaded.
    pub fn loaded(&self, digest: &str) -> Option<Arc<Plugin>> {
        self.inner.find(digest)
    }

    /// Makes one call in a fresh instance and reports on it, whatever happens. Dropping the future stops the guest.
    pub async fn call(
        &self,
        plugin: &Arc<Plugin>,
        call: Call,
        context: RunContext,
        ports: Arc<dyn Ports>,
    ) -> RunReport {
        self.call_as(Mode::Live, plugin, call, context, ports).await
    }

    /// Repeats an ended run from its record, which `context.recorded` holds whole, and reports whether it does the same again:
    /// if not, its end is [`RunFailure::Diverged`]. Nothing is sent, and of the ports only secrets and formats are asked.
    pub async fn replay(
        &self,
        plugin: &Arc<Plugin>,
        call: Call,
        context: RunContext,
        ports: Arc<dyn Ports>,
    ) -> RunReport {
        self.call_as(Mode::Replay, plugin, call, context, Arc::new(Sealed(ports))).await
    }

    /// Runs this version with what a recorded run of another version was given and answered. Nothing is sent and nothing is
    /// kept: what the record does not answer is `not-sent`, and state is a scratch copy. The report's steps are all that it did.
    pub async fn shadow(
        &self,
        plugin: &Arc<Plugin>,
        call: Call,
        context: RunContext,
        ports: Arc<dyn Ports>,
    ) -> RunReport {
        let ports = Arc::new(Scratch::new(&context.recorded, ports));
        self.call_as(Mode::Shadow, plugin, call, context, ports).await
    }

    async fn call_as(
        &self,
        mode: Mode,
        plugin: &Arc<Plugin>,
        call: Call,
        mut context: RunContext,
        ports: Arc<dyn Ports>,
    ) -> RunReport {
        if mode == Mode::Shadow {
            context.recorded.retain(|step| !step.call.starts_with("state."));
        }
        let (inner, plugin) = (Arc::clone(&self.inner), Arc::clone(plugin));
        let outside = Outside { ports, egress: self.egress.clone(), mode, host: self.host.clone() };
        let mut task = StopOnDrop(self.guests.spawn(async move { inner.call(&plugin, call, context, outside).await }));
        (&mut task.0).await.unwrap_or_else(|error| RunReport::failed(RunFailure::Host(error.to_string())))
    }
}

struct StopOnDrop(tokio::task::JoinHandle<RunReport>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Inner {
    /// A loaded plugin; it counts as used.
    fn find(&self, digest: &str) -> Option<Arc<Plugin>> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = |plugin: &Arc<Plugin>| plugin.digest == digest;
        let plugin = loaded.iter().position(wanted).and_then(|index| loaded.remove(index))?;
        loaded.push_back(Arc::clone(&plugin));
        Some(plugin)
    }

    async fn call(&self, plugin: &Plugin, call: Call, context: RunContext, outside: Outside) -> RunReport {
        let _place = self.gate.enter(&plugin.digest, &context.merchant).await;
        let keyring = match keyring(&context, &outside).await {
            Ok(keyring) => keyring,
            Err(cause) => return RunReport::failed(RunFailure::Port(cause.to_string())),
        };
        let (owner, number) = (context.owner.clone(), context.number);
        let report = run::call(
            Budget::of(&self.settings, plugin.class),
            &self.engine,
            &plugin.bound,
            call,
            context,
            outside,
            keyring,
        )
        .await;
        let end = match &report.end {
            Ok(outcome) => outcome.kind.word(),
            Err(failure) => failure.code(),
        };
        let (id, slices, requests) = (&plugin.manifest.id, report.cost.slices, report.cost.http_requests);
        tracing::debug!(plugin.id = %id, run.owner = %owner, run.number = number, slices, requests, end, "a plugin's run ended");
        report
    }
}

/// Every granted secret, at the start: also those that this run never uses must not come back in an answer.
async fn keyring(context: &RunContext, outside: &Outside) -> Result<Keyring, PortError> {
    let names: Vec<String> = context.grants.secrets.keys().cloned().collect();
    if names.is_empty() {
        return Ok(Keyring::default());
    }
    let ports = Arc::clone(&outside.ports);
    let read = outside.host.spawn(async move {
        let mut values = std::collections::BTreeMap::new();
        for name in names {
            if let Some(value) = ports.secret(&name).await? {
                values.insert(name, value);
            }
        }
        Ok(Keyring::new(values))
    });
    read.await.map_err(|error| PortError(error.to_string()))?
}

/// Lowers the priority of a thread that starts, so that the server's own come first when all cores are busy. A thread has
/// the priority of the one that started it, so the new one is counted from the caller's of now.
#[cfg(target_os = "linux")]
fn standing_back() -> impl Fn() + Send + Sync + 'static {
    use rustix::process::{getpriority_process, setpriority_process};
    let lower = getpriority_process(None).map(|nice| nice + NICE);
    move || {
        // Of a process, says the call; on Linux it is the calling thread.
        if let Err(error) = lower.and_then(|nice| setpriority_process(None, nice)) {
            tracing::warn!(%error, "the threads of plugins keep the server's priority");
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn standing_back() -> impl Fn() + Send + Sync + 'static {
    || ()
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
        text
    })
}
