//! API keys, `kmj_test_…` and `kmj_live_…`, and who asks with one. A key is shown once and kept as a hash; it belongs to one merchant and
//! mode.

use crate::app::App;
use crate::problem::{Kind, Problem};
use axum::extract::FromRequestParts;
use axum::http::{HeaderMap, header, request::Parts};
use kamurj_domain::{Ids, Mode};
use kamurj_store::api_keys;
use kamurj_store::merchants::Caller;
use sha2::{Digest, Sha256};

/// How exactly it is kept when a key was last used, in milliseconds.
const USED_EVERY_MS: i64 = 10 * 60 * 1000;

/// Characters of a key's text that are shown of it later: prefix, mode, and six of its 22 random ones.
const SHOWN: usize = 15;

/// A new key's text: prefix, mode, 22 random characters, and a checksum by which scanners know it for one.
pub fn new_key(ids: &Ids, mode: Mode) -> String {
    let body = format!("kmj_{}_{}", mode.word(), ids.new_token());
    format!("{body}{}", checksum(&body))
}

/// What is kept of a key: plain SHA-256, because 128 random bits need no slower hash.
pub fn key_hash(key: &str) -> String {
    crate::seal::hex(&Sha256::digest(key.as_bytes()))
}

/// The beginning of a key, by which people tell keys apart.
pub fn prefix(key: &str) -> String {
    key.chars().take(SHOWN).collect()
}

fn checksum(body: &str) -> String {
    crate::seal::hex(&Sha256::digest(body.as_bytes())[..3])
}

fn looks_right(key: &str) -> bool {
    key.len() > 6
        && key.is_char_boundary(key.len() - 6)
        && key.starts_with("kmj_")
        && checksum(&key[..key.len() - 6]) == key[key.len() - 6..]
}

fn unauthorized() -> Problem {
    Problem::new(
        Kind::Unauthorized,
        "Send `Authorization: Bearer kmj_test_…` or `kmj_live_…` with a key that is in force.",
    )
}

/// The caller whose key the request brings.
pub(super) async fn by_key(app: &App, headers: &HeaderMap) -> Result<Caller, Problem> {
    let key = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .map(str::trim)
        .filter(|key| looks_right(key))
        .ok_or_else(unauthorized)?;
    let now = app.now();
    let found = api_keys::caller(&mut app.db.read().await?, &key_hash(key), now).await?;
    let (caller, last_used_at) = found.ok_or_else(unauthorized)?;
    if last_used_at.is_none_or(|at| now - at >= USED_EVERY_MS) {
        let noted = async {
            let mut tx = app.db.write().await?;
            api_keys::used(&mut tx, &caller.key_id, now).await?;
            tx.commit().await
        };
        if let Err(error) = noted.await {
            tracing::warn!(error = &error as &dyn std::error::Error, "that a key was used is not kept");
        }
    }
    Ok(caller)
}

/// Who asks, as the gate let them pass. A route that no gate stands before refuses everybody.
pub struct Authenticated(pub Caller);

impl<S: Send + Sync> FromRequestParts<S> for Authenticated {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Passed>().map(|Passed(caller)| Self(caller.clone())).ok_or_else(unauthorized)
    }
}

/// A caller whom the gate let pass.
#[derive(Debug, Clone)]
pub(super) struct Passed(pub(super) Caller);
