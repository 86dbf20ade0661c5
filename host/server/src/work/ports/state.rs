//! The state of a plugin's installation.

use super::{RunPorts, failed};
use kamurj_plugins::{Expected, StateEntry, StateError, StateWrite};
use kamurj_store::state::{self, Put, Room, Write};

/// The largest value in it, in bytes.
const STATE_VALUE: usize = 8 * 1024;
/// The longest key in it, in bytes.
const STATE_KEY: usize = 128;

impl RunPorts {
    pub(super) async fn entry(&self, key: &str) -> Result<Option<StateEntry>, StateError> {
        let mut tx = self.app.db.read().await.map_err(failed)?;
        let entry = state::get(&mut tx, &self.installation.id, key, self.app.now()).await.map_err(failed)?;
        Ok(entry.map(|entry| StateEntry { value: entry.value, version: entry.version.unsigned_abs() }))
    }

    pub(super) async fn put_entry(&self, key: &str, value: &[u8], write: StateWrite) -> Result<u64, StateError> {
        if key.is_empty() || key.len() > STATE_KEY || value.len() > STATE_VALUE {
            return Err(StateError::TooLarge);
        }
        let expected = match write.expected {
            Expected::Any => state::Expected::Any,
            Expected::Absent => state::Expected::Absent,
            Expected::Version(version) => {
                state::Expected::Version(i64::try_from(version).map_err(|_| StateError::Conflict)?)
            }
        };
        let written_by = format!("{}/{}/{}", self.owner, self.run, write.step);
        let write = Write { name: key, value, expected, expires_at: write.expires_at, written_by: &written_by };
        let room = Room { keys: self.grants.state.keys.into(), bytes: self.grants.state.bytes.into() };
        let mut tx = self.app.db.write().await.map_err(failed)?;
        let put = state::put(&mut tx, &self.installation.id, write, room, self.app.now()).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        match put {
            Put::Version(version) => Ok(version.unsigned_abs()),
            Put::Conflict => Err(StateError::Conflict),
            Put::Full => Err(StateError::Full),
        }
    }

    pub(super) async fn remove_entry(&self, key: &str) -> Result<(), StateError> {
        let mut tx = self.app.db.write().await.map_err(failed)?;
        state::delete(&mut tx, &self.installation.id, key).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(())
    }

    pub(super) async fn keys(&self, prefix: &str) -> Result<Vec<String>, StateError> {
        let mut tx = self.app.db.read().await.map_err(failed)?;
        Ok(state::keys(&mut tx, &self.installation.id, prefix, self.app.now()).await.map_err(failed)?)
    }
}
