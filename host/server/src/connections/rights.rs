//! Connections as permissions: what an operator grants with one, and what of it the runtime is told. All of it or nothing: a
//! connection for half of its purposes would be another one.

use super::endpoints::told;
use crate::lifecycle::permissions::{NoAddress, Permission, Risk};
use kamurj_manifest::{ConnectionRequest, Grant, split_setting};
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
    let authorised_at = match declared.grant {
        Grant::AuthorizationCode => Some(told(&declared.authorize_url, settings)?),
        Grant::JwtBearer => None,
    };
    let places = declared.placements.iter();
    let mut terms: BTreeSet<String> = places.map(|place| format!("in {place}")).collect();
    terms.extend(origins.iter().map(|origin| format!("to {origin}")));
    terms.extend(declared.scopes.iter().map(|scope| format!("scope {scope}")));
    terms.extend(authorised_at.as_ref().map(|address| format!("authorised at {address}")));
    terms.extend([format!("tokens from {tokens_from}"), format!("with {}", declared.client_secret)]);
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
        detail: match declared.grant {
            Grant::AuthorizationCode => format!(
                "{}: Act for an account that you connect{scopes}. The server sends the client's secret to {tokens_from}, and the \
                 access token to {toward}.",
                declared.label
            ),
            Grant::JwtBearer => format!(
                "{}: Act for the account whose key you enter{scopes}. The server proves itself to {tokens_from} with signatures, never \
                 with the key, and sends the access token to {toward}.",
                declared.label
            ),
        },
    })
}

/// Where the access token may go, for the runtime.
pub fn grant(terms: &BTreeSet<String>) -> SecretGrant {
    let after = |word: &str| terms.iter().filter_map(|term| term.strip_prefix(word)).map(str::to_owned).collect();
    SecretGrant { placements: after("in "), origins: after("to ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::permissions::{all, asked, difference, in_force};
    use kamurj_plugins::contract::Manifest;
    use serde_json::json;

    fn manifest() -> Manifest {
        serde_json::from_value(json!({
            "manifest": 1, "id": "crm", "name": "CRM", "version": "1.0.0", "description": "A CRM.",
            "hosts": [
                { "origin": "{portal}", "reason": "The portal." },
                { "origin": "https://api.example.am", "reason": "The API." },
            ],
            "secrets": [{ "name": "hook", "label": "Hook" }],
        }))
        .expect("a manifest")
    }

    fn settings() -> Map<String, Value> {
        Map::from_iter([("portal".to_owned(), json!("https://shop.example.com/rest"))])
    }

    #[test]
    fn a_connection_is_in_force_whole_or_not_at_all() {
        let mut manifest = manifest();
        let connection = json!({
            "name": "crm", "label": "CRM", "authorize_url": "https://crm.example/oauth", "scopes": ["read"],
            "token_url": "https://crm.example/token", "client_id": "client", "client_secret": "hook",
            "placements": ["header"], "hosts": ["{portal}"],
        });
        manifest.connections.push(serde_json::from_value(connection).expect("a connection"));
        let before = asked(&manifest, Some(&settings())).unwrap();
        let one = before.iter().find(|one| one.name == "connection:crm").expect("it is asked for");
        assert_eq!(one.risk, Risk::Medium);
        let terms: Vec<&str> = one.terms.iter().map(String::as_str).collect();
        let expected = [
            "authorised at https://crm.example/oauth",
            "in header",
            "scope read",
            "to https://shop.example.com",
            "tokens from https://crm.example/token",
            "with hook",
        ];
        assert_eq!(terms, expected);
        let (cut, grants) = in_force(&manifest, &settings(), &all(&before)).unwrap();
        assert_eq!(cut.connections.len(), 1);
        assert_eq!(grants.secrets["crm"].origins, ["https://shop.example.com"]);

        manifest.connections[0].scopes.push("write".to_owned());
        let after = asked(&manifest, Some(&settings())).unwrap();
        assert_eq!(difference(&before, &after).changed, ["connection:crm"]);
        let (cut, grants) = in_force(&manifest, &settings(), &all(&before)).unwrap();
        assert!(cut.connections.is_empty() && !grants.secrets.contains_key("crm"), "one scope more is another one");
        manifest.connections[0].token_url = "{portal}/token".to_owned();
        let by_setting = asked(&manifest, Some(&settings())).unwrap();
        let one = by_setting.iter().find(|one| one.name == "connection:crm").expect("it is asked for");
        assert!(one.risk == Risk::High && one.terms.contains("tokens from https://shop.example.com/token"));
    }
}
