//! One life of the host: a runtime with a single thread on which its tasks run, one at a time, until it dies and takes
//! everything unfinished with it.

use crate::floor::{Floor, Stop};
use crate::network::Network;
use kamurj_console::Console;
use kamurj_domain::{Clock, Entropy};
use kamurj_egress::Egress;
use kamurj_pages::Pages;
use kamurj_plugins::Runtime as Plugins;
use kamurj_server::app::App;
use kamurj_server::milestones::Milestones;
use kamurj_server::router;
use kamurj_server::serve::{Machinery, Surroundings, put_together};
use kamurj_server::settings::Settings;
use kamurj_store::{Db, jobs};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

/// How long a task may do nothing, by the machine's clock, before the world counts as standing still.
const STANDSTILL: Duration = Duration::from_secs(90);
/// Waits of the host by the machine's clock never end here: the scheduler alone decides who waits.
const FOR_EVER: Duration = Duration::from_hours(24);

/// What every life of a world has in common.
pub(crate) struct Ground {
    /// The settings.
    pub(crate) settings: Settings,
    /// The clock.
    pub(crate) clock: Arc<dyn Clock>,
    /// The chance.
    pub(crate) entropy: Arc<dyn Entropy>,
    /// The named points.
    pub(crate) floor: Arc<Floor>,
    /// The network.
    pub(crate) network: Arc<Network>,
    /// The engine with the components.
    pub(crate) plugins: Plugins,
}

/// How a turn of a task ended.
pub(crate) enum Turn<T> {
    /// The task is done.
    Done(T),
    /// It is parked.
    Parked,
    /// The server died of it.
    Crashed(&'static str),
    /// It does nothing, though nothing holds it.
    Stuck,
}

/// A living host with its tasks.
pub(crate) struct Life<T> {
    /// The application.
    pub(crate) app: Arc<App>,
    runtime: Option<Runtime>,
    tasks: BTreeMap<u64, JoinHandle<T>>,
}

impl<T: Send + 'static> Life<T> {
    /// Starts the host on what is in its data directory. `alone`: it frees what an earlier life held, as a start on SQLite
    /// does; otherwise leases run out, as they do for a node among others.
    pub(crate) fn begin(ground: &Ground, alone: bool) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let app = runtime.block_on(async {
            let db = Db::sqlite_without_flushing(&ground.settings.data_dir.join("kamurj.db")).await;
            let db = db.expect("the database opens");
            if alone {
                let mut tx = db.write().await.expect("the database writes");
                jobs::release_all(&mut tx).await.expect("leases are freed");
                tx.commit().await.expect("leases are freed");
            }
            let egress = Egress::through(Vec::new(), ground.network.clone());
            let handle = tokio::runtime::Handle::current();
            let machinery = Machinery {
                db,
                runtime: ground.plugins.beside(egress.clone(), handle),
                egress,
                pages: Pages::new().expect("the templates are whole"),
                console: Console::new().expect("the templates are whole"),
                redis: None,
                patience: FOR_EVER,
                remote_patience: std::time::Duration::ZERO,
            };
            let surroundings = Surroundings {
                clock: ground.clock.clone(),
                entropy: ground.entropy.clone(),
                milestones: Arc::clone(&ground.floor) as Arc<dyn Milestones>,
            };
            Box::pin(put_together(&ground.settings, surroundings, machinery))
                .await
                .unwrap_or_else(|error| panic!("{error}"))
        });
        ground.network.host(Some(router::router(app.clone())));
        Self { app, runtime: Some(runtime), tasks: BTreeMap::new() }
    }

    fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().expect("a life has a runtime until it ends")
    }

    /// Runs something that is no task of the host, such as a look into its books.
    pub(crate) fn wait_for<R>(&self, work: impl Future<Output = R>) -> R {
        self.runtime().block_on(work)
    }

    /// Starts a task and gives it its first turn.
    pub(crate) fn start(&mut self, floor: &Floor, id: u64, work: impl Future<Output = T> + Send + 'static) -> Turn<T> {
        let task = self.runtime().spawn(work);
        self.tasks.insert(id, task);
        self.turn(floor, id)
    }

    /// Lets a task run until it is done, parked, or dead.
    pub(crate) fn turn(&mut self, floor: &Floor, id: u64) -> Turn<T> {
        floor.runs(id);
        let task = self.tasks.get_mut(&id).expect("a task that was started");
        let runtime = self.runtime.as_ref().expect("a life has a runtime until it ends");
        let turn = runtime.block_on(async {
            tokio::select! {
                biased;
                done = &mut *task => Turn::Done(done.expect("no task of the host panics")),
                stop = floor.stopped() => match stop {
                    Stop::Parked(_) => Turn::Parked,
                    Stop::Crashed(point) => Turn::Crashed(point.name()),
                },
                () = tokio::time::sleep(STANDSTILL) => Turn::Stuck,
            }
        });
        if matches!(turn, Turn::Done(_)) {
            self.tasks.remove(&id);
        }
        turn
    }

    /// How many tasks are unfinished.
    pub(crate) fn unfinished(&self) -> usize {
        self.tasks.len()
    }

    /// Ends it as a pulled plug does.
    pub(crate) fn pull_the_plug(mut self, network: &Network) {
        network.host(None);
        // What the dying tasks let go of wants a runtime to be put away on; it dies with them.
        let last = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let guard = last.enter();
        self.tasks.clear();
        drop(self.runtime.take());
        drop(self.app);
        drop(guard);
        last.block_on(async {
            for _ in 0..4 {
                tokio::task::yield_now().await;
            }
        });
    }
}
