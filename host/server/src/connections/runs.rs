//! Connections around a run: before it, tokens that are due are refreshed, or the run waits; after it, a token that the service
//! refused is refreshed once and the run is made again at once. A second refusal in a row is for a person.

use super::endpoints::Endpoints;
use super::refresh::{self, Refreshed};
use super::{Standing, WAIT_MS, assertion};
use crate::app::App;
use crate::lifecycle::versions;
use crate::work::Fault;
use crate::work::patience::Next;
use crate::work::plugin_run::{End, Left, Which, opened_step};
use kamurj_manifest::{ConnectionRequest, Grant};
use kamurj_plugins::contract::{Manifest, OutcomeKind};
use kamurj_store::installations::{self, Installation};
use kamurj_store::jobs::{self, Job};
use kamurj_store::{Tx, connections, runs};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

/// Tokens that a service may refuse in a row before a person is asked: the second was fresh.
const MOST_REFUSALS: i64 = 2;

/// Which tokens a run was given: their generations, by the connection's name.
#[derive(Debug, Default)]
pub struct HandedOut(Mutex<BTreeMap<String, i64>>);

impl HandedOut {
    /// Notes one.
    pub fn note(&self, name: &str, generation: i64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), generation);
    }

    /// All of them.
    pub fn all(&self) -> BTreeMap<String, i64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What an installation declares, where it declares a connection.
pub struct Declared {
    /// Its manifest.
    pub manifest: Manifest,
    /// Its settings.
    pub settings: Map<String, Value>,
}

impl Declared {
    /// Reads it. Most plugins have no connection: their manifests, which say nothing of any, are not even parsed.
    pub fn of(installation: &Installation) -> Result<Option<Self>, Fault> {
        if !installation.manifest.contains("\"connections\"") {
            return Ok(None);
        }
        let unreadable = || Fault::Broken(format!("the manifest of installation {} cannot be read", installation.id));
        let manifest: Manifest = serde_json::from_str(&installation.manifest).map_err(|_| unreadable())?;
        let settings = serde_json::from_str(&installation.settings).map_err(|_| unreadable())?;
        Ok((!manifest.connections.is_empty()).then_some(Self { manifest, settings }))
    }
}

/// What keeps a run from being begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// The connection's name.
    pub name: String,
    /// When to look again, Unix milliseconds.
    pub until: i64,
    /// Whether a person must connect it first.
    pub needs_person: bool,
}

/// Refreshes what must be refreshed before the installation's plugin runs. Called while no transaction is open.
pub async fn obstacle(app: &App, installation: &Installation) -> Result<Option<Obstacle>, Fault> {
    let Some(Declared { manifest, settings }) = Declared::of(installation)? else { return Ok(None) };
    let mut found: Option<Obstacle> = None;
    for declared in &manifest.connections {
        let mut tx = app.db.read().await?;
        let row = connections::one(&mut tx, &installation.id, &declared.name).await?;
        drop(tx);
        let refreshed = match (Standing::of(row.as_ref(), declared, &settings, app.now()), row) {
            (Standing::Usable, _) => Refreshed::Fresh,
            (Standing::Due, _) if declared.grant == Grant::JwtBearer => {
                by_key(app, installation, declared, &settings).await?
            }
            (Standing::Due, Some(row)) => refresh::refresh(app, installation, declared, &row).await?,
            _ => Refreshed::Broken,
        };
        let (until, needs_person) = match refreshed {
            // Without its token the run would only fail.
            Refreshed::NotYet(at) => (at, false),
            Refreshed::Broken if declared.required => (app.now() + WAIT_MS, true),
            Refreshed::Fresh | Refreshed::Broken => continue,
        };
        if found.as_ref().is_none_or(|found| found.until < until) {
            found = Some(Obstacle { name: declared.name.clone(), until, needs_person });
        }
    }
    Ok(found)
}

/// Has a token fetched for an account that proves itself by a key.
async fn by_key(
    app: &App,
    installation: &Installation,
    declared: &ConnectionRequest,
    settings: &Map<String, Value>,
) -> Result<Refreshed, Fault> {
    let Ok(endpoints) = Endpoints::of(declared, settings) else { return Ok(Refreshed::Broken) };
    let mut tx = app.db.write().await?;
    let row = assertion::row(app, &mut tx, &installation.id, (declared, &endpoints)).await?;
    tx.commit().await?;
    match row {
        Some(row) => refresh::refresh(app, installation, declared, &row).await,
        None => Ok(Refreshed::NotYet(app.now())),
    }
}

/// Forgets that keys were refused, because another may have been entered: the next run fetches a token with whatever key is there.
pub async fn keys_entered(app: &App, tx: &mut Tx, installation: &Installation, actor: &str) -> Result<(), Fault> {
    let Some(Declared { manifest, .. }) = Declared::of(installation)? else { return Ok(()) };
    for declared in manifest.connections.iter().filter(|declared| declared.grant == Grant::JwtBearer) {
        connections::forget(tx, &installation.id, &declared.name).await?;
        super::settled(app, tx, (&installation.id, &declared.name), actor, "another key was entered").await?;
    }
    Ok(())
}

/// Whether the job's plugin may run now; otherwise the job was put off.
pub async fn ready(app: &App, job: &Job) -> Result<bool, Fault> {
    let mut tx = app.db.read().await?;
    let installation = installations::by_id(&mut tx, job.owner()).await?;
    drop(tx);
    // What is switched off or halted has its own way.
    let Some(installation) = installation.filter(|one| one.active && one.halted.is_none()) else { return Ok(true) };
    let Some(obstacle) = obstacle(app, &installation).await? else { return Ok(true) };
    let mut tx = app.db.write().await?;
    if !jobs::postpone(&mut tx, job, obstacle.until).await? {
        tx.rollback().await?;
        return Ok(false);
    }
    // Whoever connects it wakes the job, and waits for this transaction to do so, unless it was done before.
    if obstacle.needs_person && can_work(app, &mut tx, &installation, &obstacle.name).await? {
        jobs::hasten(&mut tx, job.kind, &job.subject, app.now()).await?;
    }
    tx.commit().await?;
    tracing::info!(job.id = job.id, connection = obstacle.name, obstacle.until, "a job waits for a connection");
    Ok(false)
}

async fn can_work(app: &App, tx: &mut Tx, installation: &Installation, name: &str) -> Result<bool, Fault> {
    let Some(Declared { manifest, settings }) = Declared::of(installation)? else { return Ok(true) };
    let Some(declared) = super::declared(&manifest, name) else { return Ok(true) };
    let row = connections::one(tx, &installation.id, name).await?;
    Ok(Standing::of(row.as_ref(), declared, &settings, app.now()).can_work())
}

/// Learns from how a run ended whether its tokens are good, in the transaction that keeps the end. `Some`: the run was refused for
/// its token, and what follows is this instead of what the plugin's outcome would say.
pub async fn after_run(
    app: &App,
    tx: &mut Tx,
    installation: &Installation,
    of: (&Which, &Left),
    most: i64,
) -> Result<Option<Next>, Fault> {
    let (which, left) = of;
    let End::Outcome(outcome) = &left.end else { return Ok(None) };
    if left.handed_out.is_empty() || !matches!(outcome.kind, OutcomeKind::Done | OutcomeKind::AuthNeeded) {
        return Ok(None);
    }
    let placed = placed(app, tx, which).await?;
    let used = left.handed_out.iter().filter(|(name, _)| placed.contains(*name));
    let mut refused = None;
    for (name, generation) in used {
        if outcome.kind == OutcomeKind::Done {
            connections::taken(tx, &installation.id, name, *generation).await?;
            continue;
        }
        let refusals = connections::refuse(tx, &installation.id, name, *generation).await?;
        if refusals.is_some_and(|refusals| refusals >= MOST_REFUSALS) {
            let why = "the service refuses its access, also after it was renewed";
            breaks(app, tx, installation, name, why).await?;
        }
        refused = Some(name);
    }
    let Some(name) = refused.filter(|_| which.run < most) else { return Ok(None) };
    let reason = format!("{}: the access of the connection `{name}` was refused", outcome.kind.word());
    Ok(Some(Next::Again { at: app.now(), reason }))
}

async fn breaks(app: &App, tx: &mut Tx, installation: &Installation, name: &str, why: &str) -> Result<(), Fault> {
    let declared = Declared::of(installation)?;
    let declared = declared.as_ref().and_then(|found| super::declared(&found.manifest, name));
    if let (Some(declared), Some(seen)) = (declared, connections::one(tx, &installation.id, name).await?) {
        refresh::broke(app, tx, installation, declared, &seen, why).await?;
    }
    Ok(())
}

/// The secrets that the run put into requests.
async fn placed(app: &App, tx: &mut Tx, which: &Which) -> Result<BTreeSet<String>, Fault> {
    let mut names = BTreeSet::new();
    for step in runs::of_run(tx, &which.owner, which.run).await? {
        let step = opened_step(app, &which.owner, &step)?;
        let slots = step.request["slots"].as_array().into_iter().flatten();
        names.extend(slots.filter_map(|slot| slot[0].as_str().map(str::to_owned)));
    }
    Ok(names)
}

/// A self-test's installation with the manifest of its version, as far as it is granted: that one declares its connections.
pub fn as_version(
    installation: Installation,
    version: &kamurj_store::installations::versions::Version,
) -> Result<Installation, Fault> {
    let manifest = versions::json(&versions::manifest_in_force(version)?);
    Ok(Installation { manifest, ..installation })
}
