//! One life of the server: from its start to its end, by orders or by a pulled plug. Each life has a tokio runtime of its
//! own, so that ending it ends everything that it was doing.

use axum::Router;
use kamurj_plugins as plugins;
use kamurj_server::app::App;
use kamurj_server::serve::{Machinery, Surroundings, put_together};
use kamurj_server::settings::Settings;
use kamurj_server::{router, work};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::{Handle, Runtime};

/// A running server without workers: stories say when work is done.
pub struct Life {
    runtime: Option<Runtime>,
    /// The application.
    pub app: Arc<App>,
    /// Its routes, where a story asks within the process.
    routes: OnceLock<Router>,
}

/// The plugin engine of all lives: a component is made ready once in the process, not once a life.
fn engine_of_all_lives(settings: &Settings) -> &'static plugins::Runtime {
    static ENGINE: OnceLock<(Runtime, plugins::Runtime)> = OnceLock::new();
    let (_, engine) = ENGINE.get_or_init(|| {
        let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let threads = threads.expect("a test may start a runtime");
        let egress = kamurj_egress::Egress::new(Vec::new());
        let (runtime, compile) = (settings.runtime.clone(), settings.compile.clone());
        let engine = plugins::Runtime::new(runtime, compile, egress, threads.handle().clone());
        (threads, engine.expect("the engine starts"))
    });
    engine
}

/// How long a request waits for its remote's budget where it waits at all.
const PATIENCE: Duration = Duration::from_secs(3);

impl Life {
    /// The routes of the server, put together once.
    pub fn routes(&self) -> Router {
        self.routes.get_or_init(|| router::router(self.app.clone())).clone()
    }

    /// Starts on this address, with whatever components this process has compiled before.
    pub async fn begin(address: SocketAddr, settings: Settings, surroundings: Surroundings) -> Self {
        let engine = engine_of_all_lives(&settings);
        let engine = |egress| engine.beside(egress, Handle::current());
        Self::with(address, settings, surroundings, (engine, Duration::ZERO)).await
    }

    /// The same with the patience that requests have in life: each waits a moment for its remote's budget.
    pub async fn begin_patient(address: SocketAddr, settings: Settings, surroundings: Surroundings) -> Self {
        let engine = engine_of_all_lives(&settings);
        let engine = |egress| engine.beside(egress, Handle::current());
        Self::with(address, settings, surroundings, (engine, PATIENCE)).await
    }

    /// Starts as a new process does: nothing is loaded, so that every component is read from its file.
    pub async fn begin_cold(address: SocketAddr, settings: Settings, surroundings: Surroundings) -> Self {
        let (runtime, compile) = (settings.runtime.clone(), settings.compile.clone());
        let engine = |egress| plugins::Runtime::new(runtime, compile, egress, Handle::current()).expect("an engine");
        Self::with(address, settings, surroundings, (engine, Duration::ZERO)).await
    }

    async fn with(
        address: SocketAddr,
        settings: Settings,
        surroundings: Surroundings,
        (engine, patience): (impl FnOnce(kamurj_egress::Egress) -> plugins::Runtime + Send + 'static, Duration),
    ) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a test may start a runtime");
        let started = runtime.spawn(async move {
            let machinery = Machinery::open(&settings, |egress| Ok(engine(egress)));
            let mut machinery = machinery.await.unwrap_or_else(|error| panic!("{error}"));
            // The clock of stories mostly stands still while somebody waits.
            machinery.remote_patience = patience;
            let app = Box::pin(put_together(&settings, surroundings, machinery)).await;
            let app = app.unwrap_or_else(|error| panic!("{error}"));
            let listener = bind(address).await;
            let routes = router::service(app.clone());
            tokio::spawn(async move { axum::serve(listener, routes).await });
            app
        });
        let app = started.await.expect("the server starts");
        Self { runtime: Some(runtime), app, routes: OnceLock::new() }
    }

    /// Does one batch of what is due; answers how many jobs that were.
    pub async fn works(&self) -> usize {
        let app = self.app.clone();
        let runtime = self.runtime.as_ref().expect("a life that has ended does no work");
        runtime.spawn(async move { work::run_due(&app).await }).await.unwrap_or(0)
    }

    /// Ends it as a pulled plug does: nothing is finished, nothing is said.
    pub fn pull_the_plug(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The listener of the life before may need a moment to be gone.
async fn bind(address: SocketAddr) -> TcpListener {
    for _ in 0..200 {
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.set_reuseaddr(true).expect("an option");
        match socket.bind(address).and_then(|()| socket.listen(128)) {
            Ok(listener) => return listener,
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
        }
    }
    panic!("the address {address} does not get free");
}

impl Drop for Life {
    fn drop(&mut self) {
        self.pull_the_plug();
    }
}
