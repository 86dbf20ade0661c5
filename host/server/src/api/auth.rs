//! API keys: `kmj_test_…` and `kmj_live_…`. A key is shown once and kept as a hash; it belongs to one merchant and mode.

use crate::app::App;
use crate::problem::{Kind, Problem};
use axum::extract::FromRequestParts;
use axum::http::{header, request::Parts};
use kamurj_domain::{Ids, Mode};
use kamurj_store::merchants::{self, Caller};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// A new key's text: prefix, mode, 22 random characters, and a checksum by which scanners know it for one.
pub fn new_key(ids: &Ids, mode: Mode) -> String {
    let body = format!("kmj_{}_{}", mode.word(), ids.new_token());
    format!("{body}{}", checksum(&body))
}

/// What is kept of a key: plain SHA-256, because 128 random bits need no slower hash.
pub fn key_hash(key: &str) -> String {
    crate::seal::hex(&Sha256::digest(key.as_bytes()))
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

/// What a key may do besides reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Make, change, withdraw and look up payments, and close exceptions.
    Payments,
    /// Give money back.
    Refunds,
    /// Decide what a payment is against or without the bank's word.
    Decisions,
    /// Make and change payment links.
    Links,
    /// Upload plugins, install, grant, activate and remove them; drive their work again, replay and compare their runs.
    Plugins,
    /// Add, change, switch off and try out accounts at providers.
    Providers,
    /// Change how pages look, in both modes.
    Branding,
}

impl Scope {
    const ALL: [Self; 7] =
        [Self::Payments, Self::Refunds, Self::Decisions, Self::Links, Self::Plugins, Self::Providers, Self::Branding];

    /// The word that a key is made with.
    pub fn word(self) -> &'static str {
        match self {
            Self::Payments => "payments",
            Self::Refunds => "refunds",
            Self::Decisions => "decisions",
            Self::Links => "links",
            Self::Plugins => "plugins",
            Self::Providers => "providers",
            Self::Branding => "branding",
        }
    }

    /// The scope with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.word() == word)
    }

    /// Every word.
    pub fn words() -> [&'static str; 7] {
        Self::ALL.map(Self::word)
    }

    /// Refuses a caller whose key does not have it.
    pub fn of(self, caller: &Caller) -> Result<(), Problem> {
        if caller.scopes.iter().any(|scope| scope == self.word()) {
            return Ok(());
        }
        Err(Problem::new(
            Kind::Forbidden,
            format!("This key has no scope `{0}`; use one made with `--scope {0}`.", self.word()),
        ))
    }
}

/// The authenticated caller of an API route.
pub struct Authenticated(pub Caller);

impl FromRequestParts<Arc<App>> for Authenticated {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let refused = || {
            Problem::new(
                Kind::Unauthorized,
                "Send `Authorization: Bearer kmj_test_…` or `kmj_live_…` with a key that is in force.",
            )
        };
        let key = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .map(str::trim)
            .filter(|key| looks_right(key))
            .ok_or_else(refused)?;
        let mut tx = app.db.read().await?;
        let caller = merchants::caller(&mut tx, &key_hash(key)).await?;
        caller.map(Self).ok_or_else(refused)
    }
}
