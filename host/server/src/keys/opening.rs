//! The key ring at the start: opened with the master keys of the settings, or made where the database has none. A wrong master key
//! stops the start here, before anything is sealed with it.

use crate::seal::ring::{Ring, RingError, first_beginning, wrapped};
use crate::seal::{MasterKey, Sealer, key_of};
use crate::serve::StartError;
use crate::settings::Settings;
use kamurj_domain::Ids;
use kamurj_store::key_ring::{self, Wrapped};
use kamurj_store::{Db, Error, sealed};

/// A sealer with the keys of this database.
pub async fn sealer(db: &Db, settings: &Settings, ids: &Ids, now: i64) -> Result<Sealer, StartError> {
    let held = settings.master_keys();
    let mut kept = all(db).await.map_err(StartError::Database)?;
    if kept.is_empty() {
        begin(db, &held, ids).await?;
        kept = all(db).await.map_err(StartError::Database)?;
    }
    let ring = Ring::open(&kept, &held)?;
    if !ring.masters().contains(&settings.master_key.id()) {
        tracing::warn!(
            "the key ring is under KAMURJ_MASTER_KEY_OLD alone: run `kamurj admin rotate-master-key` to go on, or put that \
             key into KAMURJ_MASTER_KEY"
        );
    }
    Ok(Sealer::new(&ring, ids.clone(), now))
}

async fn all(db: &Db) -> Result<Vec<Wrapped>, Error> {
    key_ring::all(&mut db.read().await?).await
}

/// Makes the first ring. What versions without a ring sealed must open with it, or the master key is not that of the database.
async fn begin(db: &Db, held: &[MasterKey], ids: &Ids) -> Result<(), StartError> {
    let mut tx = db.write().await.map_err(StartError::Database)?;
    let beginnings = sealed::beginnings(&mut tx).await.map_err(StartError::Database)?;
    let sealed: Vec<&String> = beginnings.iter().filter(|beginning| key_of(beginning).is_some()).collect();
    let fits = |master: &&MasterKey| {
        let own = first_beginning(master);
        sealed.iter().all(|beginning| **beginning == own)
    };
    let Some(master) = held.iter().find(fits) else {
        let held = held.iter().map(MasterKey::id).collect::<Vec<_>>().join(" or ");
        return Err(RingError::Other { expected: "another".to_owned(), held }.into());
    };
    let first = Ring::first(master);
    // The two whose id is the same under every master key come first: of two servers that start at once with different ones, the
    // second finds the first one's ring.
    for key in first.keys().iter().rev() {
        let is_ours = key_ring::add(&mut tx, &wrapped(key, master, ids)).await.map_err(StartError::Database)?;
        if !is_ours {
            return tx.rollback().await.map_err(StartError::Database);
        }
    }
    tx.commit().await.map_err(StartError::Database)
}
