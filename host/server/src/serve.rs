//! Putting the application together from its settings, and running it until it is told to stop.

use crate::ambient::{SystemClock, SystemEntropy};
use crate::api::idempotency::InFlight;
use crate::app::App;
use crate::branding::Studio;
use crate::doors::strangers::Strangers;
use crate::front::{Front, hosts};
use crate::keys::Keys;
use crate::lifecycle::keeping::{self, Keeping};
use crate::milestones::Milestones;
use crate::nodes::Nodes;
use crate::reconciling::uploads::Waiting;
use crate::seal::Purpose;
use crate::seal::ring::RingError;
use crate::settings::{Database, Settings};
use crate::shelf::Shelf;
use crate::work::backlog::Backlog;
use crate::work::calls::Books;
use crate::work::checkpoint::Sealing;
use crate::work::opens::Looking;
use crate::work::records::Records;
use crate::work::watch::Watching;
use crate::{keys, router, work};
use kamurj_console::Console;
use kamurj_domain::{Clock, Entropy, Ids};
use kamurj_egress::Egress;
use kamurj_pages::Pages;
use kamurj_plugins::Runtime;
use kamurj_store::{Db, jobs};
use std::fs::File;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};

/// How long a plugin's request waits for the budget of its remote before the plugin is told to come back later.
const REMOTE_PATIENCE: Duration = Duration::from_secs(3);
/// How long a browser is kept waiting for the bank's answer; its page says «checking» if it takes longer.
const PATIENCE: Duration = Duration::from_secs(5);

/// What production takes from the machine and tests hand in.
pub struct Surroundings {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Random bytes.
    pub entropy: Arc<dyn Entropy>,
    /// Who is told of named points.
    pub milestones: Arc<dyn Milestones>,
}

impl Surroundings {
    /// The machine's own.
    pub fn real(milestones: Arc<dyn Milestones>) -> Self {
        Self { clock: Arc::new(SystemClock), entropy: Arc::new(SystemEntropy), milestones }
    }
}

/// Why the server does not start. One line for whoever started it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data directory cannot be used.
    #[error("KAMURJ_DATA_DIR: {0}")]
    DataDir(std::io::Error),
    /// Another server uses it.
    #[error(
        "KAMURJ_DATA_DIR: another `kamurj serve` works in this directory; stop it first, or use PostgreSQL for several"
    )]
    InUse,
    /// The database does not open.
    #[error("KAMURJ_DATABASE_URL: {}", chain(.0))]
    Database(kamurj_store::Error),
    /// The master key does not open the key ring.
    #[error("KAMURJ_MASTER_KEY: {0}")]
    Keys(#[from] RingError),
    /// The address of Redis cannot be used. Nothing of it is repeated: it may hold a password.
    #[error("KAMURJ_REDIS_URL: write an address such as redis://127.0.0.1:6379/0, or leave it out: {0}")]
    Redis(String),
    /// The plugin runtime does not start.
    #[error("the plugin runtime does not start: {0}")]
    Runtime(kamurj_plugins::StartError),
    /// The templates are not whole.
    #[error("the checkout templates are not usable: {0}")]
    Pages(#[from] kamurj_pages::PagesError),
    /// The console's templates are not whole.
    #[error("the console's templates are not usable: {0}")]
    Console(#[from] kamurj_console::ConsoleError),
    /// The address cannot be listened on.
    #[error("KAMURJ_LISTEN: {0}")]
    Listen(std::io::Error),
}

fn chain(error: &kamurj_store::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// Puts the application together: opens the database, starts the plugin runtime, compiles the templates.
pub async fn assemble(settings: &Settings, surroundings: Surroundings) -> Result<Arc<App>, StartError> {
    let machinery = Machinery::open(settings, |egress| {
        let (runtime, compile) = (settings.runtime.clone(), settings.compile.clone());
        Runtime::new(runtime, compile, egress, tokio::runtime::Handle::current()).map_err(StartError::Runtime)
    });
    let app = Box::pin(put_together(settings, surroundings, machinery.await?)).await?;
    hosts::if_due(&app).await;
    Ok(app)
}

/// What the application works with, where it is not what `assemble` opens: simulations bring their own.
pub struct Machinery {
    /// What is kept.
    pub db: Db,
    /// The one way out.
    pub egress: Egress,
    /// Runs plugins.
    pub runtime: Runtime,
    /// The customer's pages.
    pub pages: Pages,
    /// The operators' pages.
    pub console: Console,
    /// The Redis that the nodes share; not connected yet.
    pub redis: Option<redis::Client>,
    /// See `App::patience`.
    pub patience: Duration,
    /// See `App::remote_patience`.
    pub remote_patience: Duration,
}

impl Machinery {
    /// Opens the database, compiles the templates, and takes the plugin runtime that `runtime` gives over the way out.
    pub async fn open(
        settings: &Settings,
        runtime: impl FnOnce(Egress) -> Result<Runtime, StartError>,
    ) -> Result<Self, StartError> {
        tokio::fs::create_dir_all(&settings.data_dir).await.map_err(StartError::DataDir)?;
        let db = match &settings.database {
            Database::Sqlite => Db::sqlite(&settings.data_dir.join("kamurj.db")).await,
            Database::Postgres(url) => Db::postgres(url).await,
        }
        .map_err(StartError::Database)?;
        let redis = settings.redis.as_deref().map(redis::Client::open).transpose();
        let redis = redis.map_err(|error| StartError::Redis(error.category().to_owned()))?;
        let egress = Egress::new(settings.egress_allow.clone());
        let runtime = runtime(egress.clone())?;
        Ok(Self {
            db,
            egress,
            runtime,
            pages: Pages::new()?,
            console: Console::new()?,
            redis,
            patience: PATIENCE,
            remote_patience: REMOTE_PATIENCE,
        })
    }
}

/// The application over machinery that is open already. Opens the key ring.
pub async fn put_together(
    settings: &Settings,
    surroundings: Surroundings,
    machinery: Machinery,
) -> Result<Arc<App>, StartError> {
    let ids = Ids::new(surroundings.clock.clone(), surroundings.entropy);
    let now = surroundings.clock.now();
    let sealer = keys::opening::sealer(&machinery.db, settings, &ids, now).await?;
    // One Redis may serve several deployments; each has its own keys.
    let name = sealer.hash_text(Purpose::Nodes, "name")[..16].to_owned();
    let redis = machinery.redis.map(|client| (client, name.as_str()));
    let books = Books::new(surroundings.clock.clone(), ids.clone(), sealer.clone(), settings.records_days);
    Ok(Arc::new(App {
        books: Arc::new(books),
        nodes: Nodes::new(redis, surroundings.clock.clone(), &ids),
        db: machinery.db,
        clock: surroundings.clock.clone(),
        keys: Keys::new(settings.master_keys(), &ids),
        sealer,
        ids,
        egress: machinery.egress,
        runtime: machinery.runtime,
        pages: machinery.pages,
        console: Arc::new(machinery.console),
        front: Front::new(settings.front.clone()),
        studio: Studio::default(),
        public_url: settings.public_url.clone(),
        shelf: Shelf::new(settings.data_dir.join("plugins")),
        uploads: settings.data_dir.join("uploads"),
        sealing: Sealing::new(settings.data_dir.join("journal.anchor"), now),
        looking: Looking::new(now),
        records: Records::new(settings.records_days),
        waiting: Waiting::default(),
        backlog: Backlog::default(),
        keeping: Keeping::new(),
        strangers: Strangers::new(settings.front.limits.unproven, surroundings.clock.clone()),
        watching: Watching::default(),
        turns: Arc::default(),
        lease_ms: settings.lease_ms,
        milestones: surroundings.milestones,
        in_flight: InFlight::default(),
        wake: Notify::new(),
        patience: machinery.patience,
        remote_patience: machinery.remote_patience,
    }))
}

/// Serves until `stop` resolves, then lets work in hand finish.
pub async fn serve(
    settings: Settings,
    surroundings: Surroundings,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), StartError> {
    let app = Box::pin(assemble(&settings, surroundings)).await?;
    let _alone = match settings.database {
        Database::Sqlite => Some(alone(&settings, &app).await?),
        Database::Postgres(_) => None,
    };
    let listener = TcpListener::bind(settings.listen).await.map_err(StartError::Listen)?;
    let address = listener.local_addr().map_err(StartError::Listen)?;
    tracing::info!("listening on http://{address}, public address {}", app.public_url);

    let (stopping, stopped) = watch::channel(false);
    let (leaving, left) = watch::channel(false);
    let nodes = tokio::spawn(Nodes::run(app.clone(), left));
    let preparing = app.clone();
    // Dropped with the process: a compilation that was begun serves the next start.
    tokio::spawn(async move {
        keeping::prepare(&preparing).await;
        preparing.runtime.sweep(preparing.now());
    });
    let workers = tokio::spawn(work::run(app.clone(), stopped.clone()));
    let mut told = stopped;
    let served = axum::serve(listener, router::service(app.clone())).with_graceful_shutdown(async move {
        // An error means that the sender is gone, which is a reason to stop as well.
        let _ = told.wait_for(|stop| *stop).await;
    });
    let served = tokio::spawn(served.into_future());
    stop.await;
    tracing::info!("stopping");
    stopping.send_replace(true);
    app.front.streams.end();
    if let Ok(Err(error)) = served.await {
        tracing::error!(%error, "the listener broke off");
    }
    if let Err(error) = workers.await {
        tracing::error!(%error, "the workers broke off");
    }
    work::finish(&app).await;
    leaving.send_replace(true);
    if let Err(error) = nodes.await {
        tracing::error!(%error, "the line to the other nodes broke off");
    }
    app.db.close().await;
    Ok(())
}

/// Makes sure that this is the only server on the data directory; then whatever an earlier one held is free.
async fn alone(settings: &Settings, app: &App) -> Result<File, StartError> {
    let file = File::create(settings.data_dir.join("serve.lock")).map_err(StartError::DataDir)?;
    file.try_lock().map_err(|_| StartError::InUse)?;
    let mut tx = app.db.write().await.map_err(StartError::Database)?;
    let freed = jobs::release_all(&mut tx).await.map_err(StartError::Database)?;
    tx.commit().await.map_err(StartError::Database)?;
    if freed > 0 {
        tracing::info!(jobs = freed, "work that was cut off goes on");
    }
    Ok(file)
}
