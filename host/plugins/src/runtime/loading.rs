//! Bringing a component into the runtime: judged, compiled by the worker or found compiled, bound, tried once in a process
//! of its own, kept.

use std::sync::{Arc, PoisonError};

use wasmtime::component::Component;

use super::Inner;
use crate::{
    compiled::Verified,
    engine::Flavour,
    load::{self, LoadError, Plugin},
    trial::Terms,
    worker,
};

/// What is being done about a component that is loaded, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Another component is being compiled.
    Waiting,
    /// The bytes are looked at, and the artefact of an earlier compilation is looked for.
    Judging,
    /// There is none: the worker compiles.
    Compiling,
    /// Imports and exports are bound to the host.
    Binding,
    /// It was compiled just now: another worker makes an instance of it and holds its exports against the contract.
    Trying,
}

pub(super) struct Load {
    pub(super) digest: String,
    pub(super) bytes: Vec<u8>,
    pub(super) told: Box<dyn Fn(Stage) + Send + Sync>,
}

impl Inner {
    /// Loads it in its turn; what another load brought meanwhile is answered at once.
    pub(super) async fn load(self: Arc<Self>, load: Load) -> Result<Arc<Plugin>, LoadError> {
        (load.told)(Stage::Waiting);
        let _turn = self.compiling.acquire().await.map_err(|error| LoadError::Host(error.to_string()))?;
        match self.find(&load.digest) {
            Some(plugin) => Ok(plugin),
            None => self.bring(load).await,
        }
    }

    async fn bring(self: &Arc<Self>, load: Load) -> Result<Arc<Plugin>, LoadError> {
        let Load { digest, bytes, told } = load;
        told(Stage::Judging);
        let (here, judged) = (Arc::clone(self), bytes.clone());
        let manifest = apart(move || load::judge(&here.settings, &judged)).await??;
        let class = manifest.class;
        let (component, fresh) = if let Some(component) = self.kept(&digest).await? {
            (component, None)
        } else {
            told(Stage::Compiling);
            let (component, artefact) = self.compiled_now(&bytes).await?;
            (component, Some(artefact))
        };
        told(Stage::Binding);
        load::fits(self.settings.limits(class), &component)?;
        let (bound, exports) = load::bind(&self.engine, &self.linker, &component)?;
        exports.serve(&manifest)?;
        if let Some(artefact) = fresh {
            told(Stage::Trying);
            let terms = Terms::of(&self.settings, class);
            worker::attempt(&self.compile, Flavour::of(&self.settings), &terms, artefact.bytes()).await?;
            self.keep(&digest, artefact).await?;
        }
        let plugin = Arc::new(Plugin { digest, manifest, exports, class, bound });
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        loaded.retain(|other| other.digest != plugin.digest);
        loaded.push_back(Arc::clone(&plugin));
        while loaded.len() > self.settings.plugins_kept {
            loaded.pop_front();
        }
        Ok(plugin)
    }

    /// What was compiled before, where that is genuine and fits this engine.
    async fn kept(self: &Arc<Self>, digest: &str) -> Result<Option<Component>, LoadError> {
        let (inner, name) = (Arc::clone(self), digest.to_owned());
        apart(move || {
            let found = inner.compiled.find(&name)?;
            let ready = found.ready(&inner.engine);
            ready.inspect_err(|error| tracing::warn!(%error, "a compiled plugin does not fit this machine")).ok()
        })
        .await
    }

    /// Has the worker compile it.
    async fn compiled_now(self: &Arc<Self>, bytes: &[u8]) -> Result<(Component, Verified), LoadError> {
        let artefact = worker::compile(&self.compile, Flavour::of(&self.settings), bytes).await?;
        let inner = Arc::clone(self);
        apart(move || {
            let artefact = Verified::from_worker(artefact);
            let component = artefact.ready(&inner.engine);
            let component = component.map_err(|error| LoadError::Incompatible(format!("{error:#}")))?;
            Ok((component, artefact))
        })
        .await?
    }

    async fn keep(self: &Arc<Self>, digest: &str, artefact: Verified) -> Result<(), LoadError> {
        let (inner, name) = (Arc::clone(self), digest.to_owned());
        apart(move || {
            if let Err(error) = inner.compiled.keep(&name, &artefact) {
                tracing::warn!(%error, "a compiled plugin cannot be kept; it will be compiled again");
            }
        })
        .await
    }
}

/// Work that reads files or copies much, where it holds nobody up.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, LoadError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| LoadError::Host(error.to_string()))
}
