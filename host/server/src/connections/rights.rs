//! Connections as permissions: what an operator grants with one, and what of it the runtime is told. All of it or nothing: a
//! connection for half of its purposes would be another one.

use super::endpoints::told;
use crate::lifecycle::permissions::{NoAddress, Permission, Risk};
use kamurj_manifest::{ConnectionRequest, split_setting};
use kamurj_plugins::SecretGrant;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The name under which a connection is granted.
pub fn permission_name(name: &str) -> String {
    format!("connection:{name}")
}

/// What is asked for with a connection. `origins`: where its token may be sent, filled in as far as `settings` are.
pub fn permission(
    declared: &ConnectionRequest,
    origins: &[String],
    settings: Option<&Map<String, Value>>,
) -> Result<Permission, NoAddress> {
    let tokens_from = told(&declared.token_url, settings)?;
    let authorised_at = told(&declared.authorize_url, settings)?;
    let places = declared.placements.iter();
    let mut terms: BTreeSet<String> = places.map(|place| format!("in {place}")).collect();
    terms.extend(origins.iter().map(|origin| format!("to {origin}")));
    terms.extend(declared.scopes.iter().map(|scope| format!("scope {scope}")));
    terms.extend([
        format!("authorised at {authorised_at}"),
        format!("tokens from {tokens_from}"),
        format!("with {}", declared.client_secret),
    ]);
    if let Some(revoke) = &declared.revoke_url {
        terms.insert(format!("revoked at {}", told(revoke, settings)?));
    }
    let by_setting =
        [&declared.authorize_url, &declared.token_url].into_iter().any(|text| split_setting(text).is_some());
    let may_be_noted = declared.placements.iter().any(|place| place == "body" || place == "query");
    let risk = if by_setting || may_be_noted { Risk::High } else { Risk::Medium };
    let toward = if origins.is_empty() { "nobody".to_owned() } else { origins.join(", ") };
    let scopes = match declared.scopes.as_slice() {
        [] => String::new(),
        scopes => format!(" with the scopes {}", scopes.join(" ")),
    };
    Ok(Permission {
        name: permission_name(&declared.name),
        terms,
        risk,
        detail: format!(
            "{}: Act for an account that you connect{scopes}. The server sends the client's secret to {tokens_from}, and the \
             access token to {toward}.",
            declared.label
        ),
    })
}

/// Where the access token may go, for the runtime.
pub fn grant(terms: &BTreeSet<String>) -> SecretGrant {
    let after = |word: &str| terms.iter().filter_map(|term| term.strip_prefix(word)).map(str::to_owned).collect();
    SecretGrant { placements: after("in "), origins: after("to ") }
}
