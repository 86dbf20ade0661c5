//! What an operator enters for a plugin, checked by the host: settings against the plugin's own schema, secrets against its
//! manifest. Every fault is told at once, by its JSON pointer, and none repeats what was entered.

use crate::problem::FieldError;
use jsonschema::{PatternOptions, Validator};
use kamurj_manifest::split_setting;
use kamurj_plugins::SECRET_MIN_BYTES;
use kamurj_plugins::contract::{InboundRoute, Manifest, Scheme};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Longest secret, in bytes: a private key in PEM fits.
const SECRET_MAX_BYTES: usize = 16 * 1024;
/// Faults of one answer.
const MOST_FAULTS: usize = 50;

/// The schema of a plugin's settings, ready to judge by. The text of the error is for the plugin's author.
pub fn schema(manifest: &Manifest) -> Result<Validator, String> {
    // Patterns of strangers: this engine's time grows with the text and not with the pattern's cleverness. References lead
    // nowhere but into the schema itself: the library is built without files and network.
    jsonschema::options()
        .with_pattern_options(PatternOptions::regex())
        .build(&Value::Object(manifest.settings_schema.clone()))
        .map_err(|error| format!("the settings schema cannot be used: {error}"))
}

/// What is wrong with these settings.
pub fn settings_faults(manifest: &Manifest, settings: &Map<String, Value>) -> Vec<FieldError> {
    let schema = match schema(manifest) {
        Ok(schema) => schema,
        Err(detail) => return vec![FieldError { pointer: "/plugin".to_owned(), detail }],
    };
    let settings = Value::Object(settings.clone());
    // A secret that was entered in the wrong place is not told back.
    let fault = |error: jsonschema::ValidationError<'_>| FieldError {
        pointer: format!("/settings{}", error.instance_path()),
        detail: error.masked().to_string(),
    };
    schema.iter_errors(&settings).take(MOST_FAULTS).map(fault).collect()
}

/// The settings with the addresses that were left out, as far as the schema has a `default` for them. Only the plugin reads its other
/// defaults; where it may send requests, the server must know.
pub fn with_addresses(manifest: &Manifest, mut settings: Map<String, Value>) -> Map<String, Value> {
    let of_connections = manifest.connections.iter().flat_map(|connection| {
        [Some(&connection.authorize_url), Some(&connection.token_url), connection.revoke_url.as_ref()]
    });
    let addresses = manifest.hosts.iter().map(|host| &host.origin).chain(of_connections.flatten());
    let properties = manifest.settings_schema.get("properties");
    for (setting, _) in addresses.filter_map(|address| split_setting(address)) {
        let default = properties.and_then(|properties| properties.get(setting)?.get("default"));
        if let Some(default) = default.filter(|default| default.is_string() && !settings.contains_key(setting)) {
            settings.insert(setting.to_owned(), default.clone());
        }
    }
    settings
}

/// What is wrong with these secrets. `kept`: names that have a value already. A secret that is entered as nothing is forgotten.
pub fn secret_faults(
    manifest: &Manifest,
    entered: &BTreeMap<String, Option<String>>,
    kept: &BTreeSet<String>,
) -> Vec<FieldError> {
    let fault = |name: &str, detail: String| FieldError { pointer: format!("/secrets/{name}"), detail };
    let mut faults = Vec::new();
    for (name, value) in entered {
        let known = manifest.secrets.iter().any(|secret| secret.name == *name);
        match value {
            // What an older version had may still be forgotten.
            None if known || kept.contains(name) => {}
            _ if !known => {
                if manifest.connections.iter().any(|connection| connection.name == *name) {
                    let detail =
                        "is a connection: its access token is fetched by the server once you have connected it";
                    faults.push(fault(name, detail.to_owned()));
                    continue;
                }
                let names: Vec<&str> = manifest.secrets.iter().map(|secret| secret.name.as_str()).collect();
                let has = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
                let shown: String = name.chars().take(64).collect();
                faults.push(fault(&shown, format!("the plugin has no such secret; it has {has}")));
            }
            Some(value) if value.len() < SECRET_MIN_BYTES => {
                faults.push(fault(name, format!("is too short to be a secret: {SECRET_MIN_BYTES} bytes at least")));
            }
            Some(value) if value.len() > SECRET_MAX_BYTES => {
                faults.push(fault(name, format!("must have at most {SECRET_MAX_BYTES} bytes")));
            }
            Some(value) if stands_in_address(manifest, name) && !is_segment(value) => {
                let detail = "stands in the address of a route: write 20 to 128 of `A-Z a-z 0-9 - _`, drawn at random";
                faults.push(fault(name, detail.to_owned()));
            }
            _ => {}
        }
    }
    for secret in manifest.secrets.iter().filter(|secret| secret.required) {
        let has = match entered.get(&secret.name) {
            Some(value) => value.is_some(),
            None => kept.contains(&secret.name),
        };
        if !has {
            faults.push(fault(&secret.name, format!("is missing: {}", secret.label)));
        }
    }
    faults
}

/// Whether a route has this secret as the end of its address.
fn stands_in_address(manifest: &Manifest, name: &str) -> bool {
    let by_path = |route: &&InboundRoute| route.scheme == Scheme::PathEqualsSecret;
    manifest.routes.iter().filter(by_path).any(|route| route.secrets().any(|secret| secret == name))
}

/// Whether it can be the end of an address that nobody guesses, and that no program on the way writes otherwise.
fn is_segment(value: &str) -> bool {
    (20..=128).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn manifest(schema: &Value) -> Manifest {
        serde_json::from_value(json!({
            "manifest": 1, "id": "crm", "name": "CRM", "version": "1.0.0", "description": "A CRM.",
            "secrets": [
                { "name": "token", "label": "Token of the shop" },
                { "name": "old", "label": "Old one", "required": false },
            ],
            "settings_schema": schema,
        }))
        .expect("a manifest")
    }

    fn object(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).expect("an object")
    }

    #[test]
    fn every_fault_of_the_settings_is_told_by_its_pointer_and_no_value_is_repeated() {
        let manifest = manifest(&json!({
            "type": "object", "required": ["user"], "additionalProperties": false,
            "properties": { "user": { "type": "string" }, "stages": { "type": "array", "items": { "enum": ["a", "b"] } } },
        }));
        let faults = settings_faults(&manifest, &object(json!({ "stages": ["a", "hunter2-hunter2"], "more": 1 })));
        let mut pointers: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        pointers.sort_unstable();
        assert_eq!(pointers, ["/settings", "/settings", "/settings/stages/1"]);
        assert!(faults.iter().all(|fault| !fault.detail.contains("hunter2")), "{faults:?}");
        assert!(faults.iter().any(|fault| fault.detail.contains("user")), "{faults:?}");
        assert!(settings_faults(&manifest, &object(json!({ "user": "1", "stages": ["b"] }))).is_empty());
    }

    #[test]
    fn an_address_that_was_left_out_is_the_schemas_and_nothing_else_is_filled_in() {
        let mut manifest = manifest(&json!({ "properties": {
            "api_base": { "type": "string", "default": "https://api.example.am" },
            "other_base": { "type": "string" },
            "language": { "type": "string", "default": "hy" },
        } }));
        let host = |origin: &str| serde_json::from_value(json!({ "origin": origin, "reason": "x" })).expect("a host");
        manifest.hosts = vec![host("{api_base}"), host("{other_base}"), host("https://fixed.example.am")];
        let filled = |settings: Value| Value::Object(with_addresses(&manifest, object(settings)));
        assert_eq!(filled(json!({ "user": "1" })), json!({ "user": "1", "api_base": "https://api.example.am" }));
        let own = json!({ "api_base": "https://mine.example.am" });
        assert_eq!(filled(own.clone()), own);
    }

    #[test]
    fn a_secret_that_stands_in_an_address_is_long_and_plain() {
        let mut manifest = manifest(&json!({}));
        let route = json!({ "path": "in", "scheme": "path-equals-secret", "secret": "token", "secret_also": ["old"] });
        manifest.routes = vec![serde_json::from_value(route).expect("a route")];
        let faults = |name: &str, value: &str| {
            let entered = BTreeMap::from([(name.to_owned(), Some(value.to_owned()))]);
            secret_faults(&manifest, &entered, &BTreeSet::from(["token".to_owned()]))
        };
        for wrong in ["nineteen-characters", "twenty/characters/and", "twenty characters and", &"x".repeat(129)] {
            for name in ["token", "old"] {
                let told = faults(name, wrong);
                assert_eq!(told.len(), 1, "{wrong}");
                assert!(told[0].detail.contains("address") && !told[0].detail.contains(wrong), "{told:?}");
            }
        }
        assert!(faults("token", "Twenty_characters-at").is_empty());
    }

    #[test]
    fn i7_a_schema_that_reaches_outside_or_is_none_is_refused() {
        let refused = |wrong: Value| schema(&manifest(&wrong)).map(|_| ()).unwrap_err();
        for wrong in [
            json!({ "type": "objekt" }),
            json!({ "$ref": "https://example.com/schema.json" }),
            json!({ "$ref": "file:///etc/passwd" }),
            json!({ "properties": { "a": { "pattern": "(" } } }),
            json!({ "properties": { "a": { "pattern": "((a{1000}){1000}){1000}" } } }),
        ] {
            assert!(refused(wrong).starts_with("the settings schema cannot be used"));
        }
    }

    #[test]
    fn secrets_are_those_of_the_manifest_and_those_that_it_needs_are_there() {
        let manifest = manifest(&json!({}));
        let told = |entered: &[(&str, Option<&str>)], kept: &[&str]| {
            let entered = entered.iter().map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned))).collect();
            let kept = kept.iter().map(|name| (*name).to_owned()).collect();
            secret_faults(&manifest, &entered, &kept).into_iter().map(|fault| fault.pointer).collect::<Vec<_>>()
        };
        assert_eq!(told(&[("token", Some("long-enough"))], &[]), [""; 0]);
        assert_eq!(told(&[], &["token"]), [""; 0]);
        assert_eq!(told(&[], &[]), ["/secrets/token"]);
        assert_eq!(told(&[("token", None)], &["token"]), ["/secrets/token"], "what is needed is not forgotten");
        assert_eq!(told(&[("old", None), ("older", None)], &["token", "older"]), [""; 0]);
        assert_eq!(
            told(&[("tokne", Some("long-enough")), ("old", Some("a"))], &["token"]),
            ["/secrets/old", "/secrets/tokne"]
        );
        assert_eq!(told(&[("old", Some(&"a".repeat(16_385)))], &["token"]), ["/secrets/old"]);
    }
}
