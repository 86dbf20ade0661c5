//! Changing the master key while servers run. Begun, every key of the ring is under both master keys, and a new sealing key is known
//! to every server before the first seals with it; ended, the old master key opens nothing any more. Each step is one transaction, so
//! that whoever is killed begins it again.

use super::moving;
use crate::app::App;
use crate::seal::beginning;
use crate::seal::ring::{Ring, RingError, drawn, wrapped};
use crate::work::Fault;
use kamurj_domain::time::rfc3339;
use kamurj_store::key_ring::{self, holders, moves};
use kamurj_store::sealed::{self, COLUMNS};
use kamurj_store::{Error, Tx};
use serde::Serialize;
use std::collections::BTreeMap;

/// How long a new sealing key is known before it seals, in milliseconds: every server has looked at the ring by then.
pub const LEAD_MS: i64 = 30_000;
/// How long after that nobody seals anything anew, in milliseconds: by then no server seals with the key before.
pub const GRACE_MS: i64 = 30_000;
/// Who was not seen for so long is gone, in milliseconds.
const GONE_MS: i64 = 45_000;

/// How the rotation stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The id of `KAMURJ_MASTER_KEY`.
    pub master_key: String,
    /// The master keys that open the ring.
    pub opened_by: Vec<String>,
    /// The sealing keys, the newest last.
    pub sealing_keys: Vec<SealingKey>,
    /// How many values older sealing keys sealed, by table and column; those without any are left out.
    pub under_older_keys: BTreeMap<&'static str, i64>,
    /// How many values were sealed anew with the newest.
    pub sealed_anew: i64,
    /// How many no key of the ring opens: they were so before.
    pub unreadable: i64,
    /// Servers that run with another master key.
    pub servers_to_restart: Vec<Server>,
    /// Whether everything is done.
    pub is_done: bool,
    /// What comes next.
    pub next: String,
}

/// A sealing key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SealingKey {
    /// As values name it.
    pub id: String,
    /// From when it seals; absent for the first.
    pub from: Option<String>,
    /// Whether new values are sealed with it.
    pub seals: bool,
}

/// A server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Server {
    /// The master key that it was started with.
    pub master_key: String,
    /// When it was there last.
    pub seen_at: String,
}

/// Why a step is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Error),
    /// The ring does not open.
    #[error("KAMURJ_MASTER_KEY: {0}")]
    Ring(#[from] RingError),
    /// Values cannot be sealed anew.
    #[error(transparent)]
    Moving(#[from] Fault),
    /// There is no key to change from.
    #[error(
        "KAMURJ_MASTER_KEY_OLD: is missing; put the new key into KAMURJ_MASTER_KEY and the one that is in force into \
         KAMURJ_MASTER_KEY_OLD"
    )]
    NoOld,
    /// Another rotation is not at its end.
    #[error("a rotation to the master key {0} is under way: end it with `--finish` before the next")]
    UnderWay(String),
    /// Nobody began.
    #[error("nothing is to be finished: the rotation was not begun; run `kamurj admin rotate-master-key`")]
    NotBegun,
    /// Somebody else takes a step at the same time.
    #[error("somebody else changes the key ring at this moment; look with `--status` and try again")]
    Raced,
    /// Servers may still seal with the key before.
    #[error("the new sealing key is in force everywhere from {0}: run this again then")]
    TooEarly(String),
    /// A server would lose its key.
    #[error(
        "{count} servers run with the master key {master_key}, one of them seen at {seen_at}: restart them with the new one first"
    )]
    InUse {
        /// How many.
        count: usize,
        /// With which.
        master_key: String,
        /// When the last of them was seen.
        seen_at: String,
    },
}

async fn ring(app: &App, tx: &mut Tx) -> Result<Ring, Refused> {
    Ok(Ring::open(&key_ring::all(tx).await?, &app.keys.held)?)
}

/// Lets the new master key open the ring beside the old one, and adds a sealing key. Begun already, it changes nothing.
pub async fn begin(app: &App) -> Result<Status, Refused> {
    let mut tx = app.db.write().await?;
    let ring = ring(app, &mut tx).await?;
    let new = app.keys.master();
    if !ring.masters().contains(&new.id()) {
        let [_, old] = &app.keys.held[..] else { return Err(Refused::NoOld) };
        if let Some(other) = ring.masters().iter().find(|master| **master != old.id()) {
            return Err(Refused::UnderWay(other.clone()));
        }
        let raced = |error| if matches!(error, Error::Taken) { Refused::Raced } else { error.into() };
        for key in ring.keys() {
            let wrapped = wrapped(key, new, &app.ids);
            key_ring::wrap(&mut tx, &key.id, &new.id(), &wrapped.wrapped).await.map_err(raced)?;
        }
        let now = app.now();
        // Behind the key before also where this clock is behind the one that made it.
        let from = (now + LEAD_MS).max(ring.newest().in_force_from + 1);
        let fresh = drawn(&app.ids, now, from);
        if !key_ring::add(&mut tx, &wrapped(&fresh, old, &app.ids)).await? {
            return Err(Refused::Raced);
        }
        key_ring::wrap(&mut tx, &fresh.id, &new.id(), &wrapped(&fresh, new, &app.ids).wrapped).await?;
        for column in COLUMNS {
            moves::begin(&mut tx, &fresh.id, column.name()).await?;
        }
        tx.commit().await?;
    } else if ring.masters().len() == 1 && app.keys.held.len() == 1 {
        return Err(Refused::NoOld);
    } else {
        tx.rollback().await?;
    }
    status(app).await
}

/// How it stands. Reads every sealed value's beginning.
pub async fn status(app: &App) -> Result<Status, Refused> {
    let now = app.now();
    let mut tx = app.db.read().await?;
    let ring = ring(app, &mut tx).await?;
    let newest = ring.newest();
    let seals = ring.sealing().rfind(|key| key.in_force_from <= now).map(|key| key.id.clone());
    let mut under_older_keys = BTreeMap::new();
    for column in COLUMNS {
        let count = sealed::otherwise(&mut tx, *column, &beginning(&newest.id)).await?;
        if count > 0 {
            under_older_keys.insert(column.name(), count);
        }
    }
    let walks = moves::of(&mut tx, &newest.id).await?;
    let master_key = app.keys.master().id();
    let others = holders::since(&mut tx, now - GONE_MS).await?.into_iter();
    let servers_to_restart: Vec<Server> = others
        .filter(|holder| holder.master_id != master_key)
        .map(|holder| Server { master_key: holder.master_id, seen_at: rfc3339(holder.seen_at) })
        .collect();
    let is_open = ring.masters().contains(&master_key);
    let unreadable = walks.iter().map(|walk| walk.unreadable).sum();
    let left: i64 = under_older_keys.values().sum();
    let is_done = is_open && ring.masters().len() == 1 && left <= unreadable;
    let known_at = newest.in_force_from + GRACE_MS;
    let next = if is_done {
        "nothing; a new rotation needs the new key in KAMURJ_MASTER_KEY and this one in KAMURJ_MASTER_KEY_OLD"
            .to_owned()
    } else if !is_open {
        "begin with `kamurj admin rotate-master-key`".to_owned()
    } else if !servers_to_restart.is_empty() {
        "restart every server with the new key in KAMURJ_MASTER_KEY, one after the other".to_owned()
    } else if now < known_at {
        format!("the new sealing key is in force everywhere from {}; end with `--finish` then", rfc3339(known_at))
    } else {
        "servers seal what is left anew; when every server runs with the new key, end with `--finish`".to_owned()
    };
    Ok(Status {
        opened_by: ring.masters().iter().cloned().collect(),
        sealing_keys: ring
            .sealing()
            .map(|key| SealingKey {
                id: key.id.clone(),
                from: (key.in_force_from > 0).then(|| rfc3339(key.in_force_from)),
                seals: Some(&key.id) == seals.as_ref(),
            })
            .collect(),
        master_key,
        under_older_keys,
        sealed_anew: walks.iter().map(|walk| walk.moved).sum(),
        unreadable,
        servers_to_restart,
        is_done,
        next,
    })
}

/// Seals anew what is left, and takes the ring from the old master key.
pub async fn finish(app: &App) -> Result<Status, Refused> {
    let (now, before) = (app.now(), status(app).await?);
    if !before.opened_by.contains(&before.master_key) {
        return Err(Refused::NotBegun);
    }
    if let Some(server) = before.servers_to_restart.last() {
        let Server { master_key, seen_at } = server.clone();
        return Err(Refused::InUse { count: before.servers_to_restart.len(), master_key, seen_at });
    }
    let newest = {
        let mut tx = app.db.read().await?;
        let ring = ring(app, &mut tx).await?;
        let known_at = ring.newest().in_force_from + GRACE_MS;
        if ring.newest().in_force_from > 0 && now < known_at {
            return Err(Refused::TooEarly(rfc3339(known_at)));
        }
        app.sealer.take(&ring, now);
        ring.newest().id.clone()
    };
    while moving::batch(app).await? {}
    again(app, &newest).await?;
    while moving::batch(app).await? {}
    let mut tx = app.db.write().await?;
    key_ring::only(&mut tx, &before.master_key).await?;
    holders::forget(&mut tx).await?;
    tx.commit().await?;
    status(app).await
}

/// Begins the walk through each column again that still has values of older keys: a server that stood still for a while may have
/// sealed some behind the cursor.
async fn again(app: &App, newest: &str) -> Result<(), Refused> {
    let mut tx = app.db.write().await?;
    let walks = moves::of(&mut tx, newest).await?;
    for column in COLUMNS {
        let left = sealed::otherwise(&mut tx, *column, &beginning(newest)).await?;
        let known = walks.iter().find(|walk| walk.place == column.name()).map(|walk| walk.unreadable);
        // The first key of a database has no walks: nothing is older.
        if left > known.unwrap_or(0) && !walks.is_empty() {
            moves::begin(&mut tx, newest, column.name()).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}
