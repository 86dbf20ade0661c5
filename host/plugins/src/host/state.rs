//! The plugin's key-value state. Each read and write is a step; the store behind it is a port.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{RunState, error, unavailable};
use crate::{
    bindings::imported::{state, types},
    ports::{Expected, PaymentError, StateError, StateWrite},
};

impl state::Host for RunState {
    async fn get(&mut self, key: String) -> wasmtime::Result<Result<Option<state::Entry>, types::Error>> {
        let request = json!({ "key": key });
        let made = self.recall("state.get", request, |ports| async move {
            let entry = ports.state_get(&key).await.map_err(refused)?;
            Ok(entry.map_or(
                Value::Null,
                |entry| json!({ "value": STANDARD.encode(&entry.value), "version": entry.version }),
            ))
        });
        match made.await? {
            Ok(Value::Null) => Ok(Ok(None)),
            Ok(entry) => {
                let (encoded, version): (String, u64) = self.read(json!([entry["value"], entry["version"]]))?;
                let value =
                    STANDARD.decode(encoded).map_err(|_| self.diverged(super::unreadable(self.tape.length())))?;
                Ok(Ok(Some(state::Entry { value, version })))
            }
            Err(error) => Ok(Err(error.into())),
        }
    }

    async fn set(
        &mut self,
        key: String,
        value: Vec<u8>,
        ttl_ms: Option<u64>,
    ) -> wasmtime::Result<Result<u64, types::Error>> {
        self.put("state.set", key, value, Expected::Any, ttl_ms).await
    }

    async fn compare_and_set(
        &mut self,
        key: String,
        expected: Option<u64>,
        value: Vec<u8>,
        ttl_ms: Option<u64>,
    ) -> wasmtime::Result<Result<u64, types::Error>> {
        self.put("state.compare-and-set", key, value, expected.map_or(Expected::Absent, Expected::Version), ttl_ms)
            .await
    }

    async fn delete(&mut self, key: String) -> wasmtime::Result<Result<(), types::Error>> {
        let request = json!({ "key": key });
        let made = self.recall("state.delete", request, |ports| async move {
            ports.state_delete(&key).await.map_err(refused)?;
            Ok(Value::Null)
        });
        Ok(made.await?.map(|_| ()).map_err(Into::into))
    }

    async fn list_keys(&mut self, prefix: String) -> wasmtime::Result<Result<Vec<String>, types::Error>> {
        let made = self.recall("state.list-keys", json!({ "prefix": prefix }), |ports| async move {
            Ok(json!(ports.state_keys(&prefix).await.map_err(refused)?))
        });
        match made.await? {
            Ok(keys) => Ok(Ok(self.read(keys)?)),
            Err(error) => Ok(Err(error.into())),
        }
    }
}

impl RunState {
    async fn put(
        &mut self,
        call: &str,
        key: String,
        value: Vec<u8>,
        expected: Expected,
        ttl_ms: Option<u64>,
    ) -> wasmtime::Result<Result<u64, types::Error>> {
        let version = match expected {
            Expected::Version(version) => Some(version),
            Expected::Any | Expected::Absent => None,
        };
        let request = json!({ "key": key, "value": STANDARD.encode(&value), "expected": version, "ttl_ms": ttl_ms });
        let expires_at = ttl_ms.map(|ttl| self.now.saturating_add_unsigned(ttl));
        let write = StateWrite { expected, expires_at, step: self.tape.length() };
        let made = self.recall(call, request, |ports| async move {
            let version = ports.state_put(&key, &value, write).await.map_err(refused)?;
            Ok(json!(version))
        });
        match made.await? {
            Ok(version) => Ok(Ok(self.read(version)?)),
            Err(error) => Ok(Err(error.into())),
        }
    }
}

fn refused(cause: StateError) -> PaymentError {
    match cause {
        StateError::Conflict => error("conflict", "the key has changed", true),
        StateError::Full => error("limit", "this installation has as many keys as it may", false),
        StateError::TooLarge => error("too-large", "key or value is too large", false),
        StateError::Port(cause) => unavailable(&cause),
    }
}
