//! The key ring at work: opened at the start, looked at again while the server runs, changed by a rotation. Sealing itself is in
//! `seal`; nothing here knows what a value means.

mod moving;
pub mod opening;
mod places;
pub mod rotation;

use crate::app::App;
use crate::seal::MasterKey;
use crate::seal::ring::{Ring, RingError};
use crate::work::Fault;
use kamurj_domain::Ids;
use kamurj_store::key_ring::holders::Holder;
use kamurj_store::key_ring::{self, holders, moves};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

/// How often the ring is looked at, in milliseconds. A server that meets a key it does not know looks at once.
const EVERY_MS: i64 = 5_000;
/// How often a server says that it is there while there are two master keys, in milliseconds.
const SAYS_EVERY_MS: i64 = 15_000;
/// How often a server complains that its master key was taken away, in milliseconds.
const COMPLAINS_EVERY_MS: i64 = 60_000;

/// The master keys of this server, and when it looks at the ring.
pub struct Keys {
    held: Vec<MasterKey>,
    node: String,
    looked_at: AtomicI64,
    said_at: AtomicI64,
    complained_at: AtomicI64,
    moving: AtomicBool,
}

impl Keys {
    /// `held`: the key in force first, then the one before, where there is one.
    pub fn new(held: Vec<MasterKey>, ids: &Ids) -> Self {
        let never = || AtomicI64::new(0);
        let (looked_at, said_at, complained_at) = (never(), never(), never());
        Self { held, node: ids.new_id("nod"), looked_at, said_at, complained_at, moving: AtomicBool::new(false) }
    }

    /// The master key in force.
    fn master(&self) -> &MasterKey {
        &self.held[0]
    }
}

/// Whether so much time went by since then; if so, it is noted.
fn is_due(last: &AtomicI64, now: i64, every_ms: i64) -> bool {
    let due = now - last.load(Ordering::Relaxed) >= every_ms;
    if due {
        last.store(now, Ordering::Relaxed);
    }
    due
}

/// Looks at the ring if it is time, and seals some values anew where that is owed; answers how many it went through.
pub async fn if_due(app: &App) -> usize {
    let now = app.now();
    // Asked first: whatever was met is settled by this look.
    let missed = app.sealer.missed();
    if is_due(&app.keys.looked_at, now, if missed { 0 } else { EVERY_MS })
        && let Err(fault) = look(app, now).await
    {
        tracing::error!(error = &fault as &dyn std::error::Error, "the key ring cannot be read; it is tried again");
    }
    if app.keys.moving.load(Ordering::Relaxed) { moving::some(app).await } else { 0 }
}

/// Takes the ring as it is now.
async fn look(app: &App, now: i64) -> Result<(), Fault> {
    let mut tx = app.db.read().await?;
    let kept = key_ring::all(&mut tx).await?;
    let ring = match Ring::open(&kept, &app.keys.held) {
        Ok(ring) => ring,
        // What it has in memory stays good; only what is made from now on is not known here.
        Err(RingError::Other { .. }) if !is_due(&app.keys.complained_at, now, COMPLAINS_EVERY_MS) => return Ok(()),
        Err(RingError::Other { expected, held }) => {
            return Err(Fault::Broken(format!(
                "the key ring is under the master key {expected} now, and this server has {held}: restart it with the new one"
            )));
        }
        Err(error) => return Err(Fault::Broken(error.to_string())),
    };
    app.sealer.take(&ring, now);
    let newest = ring.newest();
    let is_known = now >= newest.in_force_from + rotation::GRACE_MS && app.sealer.key_id() == newest.id;
    let moving = is_known && moves::next(&mut tx, &newest.id).await?.is_some();
    drop(tx);
    app.keys.moving.store(moving, Ordering::Relaxed);
    if ring.masters().len() > 1 && is_due(&app.keys.said_at, now, SAYS_EVERY_MS) {
        let holder = Holder { node: app.keys.node.clone(), master_id: app.keys.master().id(), seen_at: now };
        let mut tx = app.db.write().await?;
        holders::seen(&mut tx, &holder).await?;
        tx.commit().await?;
    }
    Ok(())
}
