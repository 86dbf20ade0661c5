//! `Idempotency-Key`: the same key and body get the same answer for 30 days; another body is refused. The answer is kept
//! in the transaction that does the work, so two requests at once do it once. The second is told so at once where the
//! same server works on the first; where another server does, it waits for that one's answer.

use crate::app::App;
use crate::problem::{Kind, Problem};
use crate::seal::Purpose;
use axum::http::HeaderMap;
use kamurj_store::defect::{self, Defect};
use kamurj_store::merchants::Caller;
use kamurj_store::{Tx, idempotency};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// The keys that this server is working on.
#[derive(Clone, Default)]
pub struct InFlight(Arc<Mutex<BTreeSet<String>>>);

impl InFlight {
    /// Takes the key until the guard is dropped. `None`: a request with it is being worked on.
    fn take(&self, key: String) -> Option<Flight> {
        let is_new = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone());
        is_new.then(|| Flight { keys: self.clone(), key })
    }
}

/// A key that is being worked on.
struct Flight {
    keys: InFlight,
    key: String,
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.keys.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

/// The key of a write, with what it is bound to.
pub struct Key {
    scope: String,
    key: String,
    fingerprint: String,
    /// Held until the write has ended, however it ends.
    _flight: Flight,
}

impl Key {
    /// Reads the header, where there is one. The key counts for this caller's merchant and mode; the fingerprint covers the
    /// route and the body.
    pub fn read(
        app: &App,
        caller: &Caller,
        headers: &HeaderMap,
        route: &str,
        body: &[u8],
    ) -> Result<Option<Self>, Problem> {
        let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
        let key = value.to_str().ok().filter(|key| (1..=255).contains(&key.len())).ok_or_else(|| {
            Problem::new(Kind::Malformed, "`Idempotency-Key` must be 1 to 255 printable ASCII characters.")
        })?;
        let scope = format!("{}/{}", caller.merchant_id, caller.mode.word());
        let flight = app.in_flight.take(format!("{scope}/{key}")).ok_or_else(|| {
            Problem::new(
                Kind::InFlight,
                "A request with this `Idempotency-Key` is being worked on. Ask again in a moment with the same key.",
            )
        })?;
        let fingerprint = app.sealer.hash(Purpose::Fingerprint, &[route.as_bytes(), b"\n", body].concat());
        Ok(Some(Self { scope, _flight: flight, key: key.to_owned(), fingerprint: crate::seal::hex(&fingerprint) }))
    }

    fn place(&self) -> String {
        answer_place(&self.scope, &self.key)
    }

    /// Takes the key in this transaction. `Some`: the answer given before.
    pub async fn claim(&self, app: &App, tx: &mut Tx) -> Result<Option<(u16, Vec<u8>)>, Problem> {
        if defect::has(Defect::IdempotencyOff) {
            return Ok(None);
        }
        let known = idempotency::claim(tx, &self.scope, &self.key, &self.fingerprint, app.now()).await?;
        let Some(known) = known else { return Ok(None) };
        if known.fingerprint != self.fingerprint {
            return Err(Problem::new(
                Kind::KeyReused,
                "This `Idempotency-Key` was used for another request within 30 days. Take a new key.",
            ));
        }
        let body = app.sealer.open(&self.place(), &known.answer_sealed)?;
        let status =
            u16::try_from(known.status).map_err(|_| Problem::new(Kind::Unavailable, "The kept answer is damaged."))?;
        Ok(Some((status, body.to_vec())))
    }

    /// Keeps the answer in this transaction.
    pub async fn store(&self, app: &App, tx: &mut Tx, status: u16, body: &[u8]) -> Result<(), Problem> {
        let sealed = app.sealer.seal(&self.place(), body);
        idempotency::store(tx, &self.scope, &self.key, i64::from(status), &sealed).await?;
        Ok(())
    }
}

/// Where a kept answer is sealed to.
pub(crate) fn answer_place(scope: &str, key: &str) -> String {
    format!("idempotency/{scope}/{key}")
}
