//! `Idempotency-Key`: the same key and body get the same answer for 30 days; another body is refused. The answer is kept
//! in the transaction that does the work, so two requests at once do it once, and the second waits for the first's answer.

use crate::app::App;
use crate::problem::{Kind, Problem};
use crate::seal::Purpose;
use axum::http::HeaderMap;
use kamurj_store::merchants::Caller;
use kamurj_store::{Tx, idempotency};

/// The key of a write, with what it is bound to.
pub struct Key {
    scope: String,
    key: String,
    fingerprint: String,
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
        let fingerprint = app.sealer.hash(Purpose::Fingerprint, &[route.as_bytes(), b"\n", body].concat());
        Ok(Some(Self {
            scope: format!("{}/{}", caller.merchant_id, caller.mode.word()),
            key: key.to_owned(),
            fingerprint: crate::seal::hex(&fingerprint),
        }))
    }

    fn place(&self) -> String {
        format!("idempotency/{}/{}", self.scope, self.key)
    }

    /// Takes the key in this transaction. `Some`: the answer given before.
    pub async fn claim(&self, app: &App, tx: &mut Tx) -> Result<Option<(u16, Vec<u8>)>, Problem> {
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
