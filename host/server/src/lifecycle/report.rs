//! What is told about a component that was uploaded: what it is, what it asks for, and what an operator should look at twice.
//! Made from its manifest and its names alone; nothing of it is run for this.

use super::entered;
use kamurj_domain::Status;
use kamurj_domain::event::Event;
use kamurj_manifest::{SectionError, Shape, shape};
use kamurj_plugins::contract::{Class, Manifest, Scheme};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Above this size, in bytes, a component of the class `small` is worth a word.
const LARGE: usize = 4 * 1024 * 1024;

/// What an uploaded component is and asks for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    /// What it says of itself and asks for.
    pub manifest: Manifest,
    /// Interfaces that it offers.
    pub exports: Vec<String>,
    /// Interfaces that it needs.
    pub imports: Vec<String>,
    /// What to look at twice, in words.
    pub warnings: Vec<String>,
}

/// Why a component is refused before it is compiled.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It is no component, or has no sound manifest.
    #[error(transparent)]
    Section(#[from] SectionError),
    /// Its settings cannot be checked.
    #[error("{0}")]
    Schema(String),
}

/// Reads and judges a component without compiling it.
pub fn judge(component: &[u8]) -> Result<Report, Refused> {
    let manifest = kamurj_manifest::read(component)?;
    entered::schema(&manifest).map_err(Refused::Schema)?;
    let Shape { imports, exports } = shape(component)?;
    let warnings = warnings(&manifest, &imports, &exports, component.len());
    Ok(Report { manifest, exports, imports, warnings })
}

fn warnings(manifest: &Manifest, imports: &[String], exports: &[String], bytes: usize) -> Vec<String> {
    let has = |list: &[String], interface: &str| {
        list.iter().any(|name| name.strip_prefix("kamurj:plugin/").is_some_and(|rest| rest.starts_with(interface)))
    };
    let mut told = Vec::new();
    let calls_out = has(imports, "http@");
    if calls_out && manifest.hosts.is_empty() {
        told.push("It can send requests and names no host, so every request will be refused.".to_owned());
    }
    for host in &manifest.hosts {
        if !calls_out {
            told.push(format!("It asks for the host `{}` and imports no `http`: it cannot use it.", host.origin));
        }
        if host.origin.contains("://*.") {
            told.push(format!("`{}` is every name below a domain: whoever gets one of them is reached.", host.origin));
        } else if host.origin.starts_with('{') {
            told.push(format!("The address `{}` is whatever the settings say.", host.origin));
        }
    }
    let mut proving: BTreeSet<&str> = BTreeSet::new();
    for connection in &manifest.connections {
        proving.insert(&connection.client_secret);
        let name = &connection.name;
        if connection.placements.is_empty() || !calls_out {
            told.push(format!("It asks for the connection `{name}` and has no use for it."));
        }
        if connection.placements.iter().any(|place| place == "query" || place == "body") {
            told.push(format!("It may put the access token of `{name}` where a remote may write it down."));
        }
        if connection.required {
            told.push(format!("It does not work before you have connected `{name}`: {}.", connection.label));
        }
    }
    for route in &manifest.routes {
        proving.extend(route.secrets().chain(route.challenge.iter().map(|challenge| challenge.secret.as_str())));
        if route.scheme == Scheme::PathEqualsSecret {
            told.push(format!(
                "Whoever reads the address of its route `{}` in a log can send messages to it.",
                route.path
            ));
        }
    }
    for secret in &manifest.secrets {
        let any = |places: &[&str]| secret.placements.iter().any(|place| places.contains(&place.as_str()));
        let sent = any(&["path", "query", "header", "body"]) && calls_out;
        let used = any(&["sign", "verify"]) && has(imports, "secrets@");
        if !(sent || used || proving.contains(secret.name.as_str())) {
            told.push(format!("It asks for the secret `{}` and has no use for it.", secret.name));
        }
        if any(&["query", "body"]) {
            told.push(format!("It may put the secret `{}` where a remote may write it down.", secret.name));
        }
    }
    let known: BTreeSet<&str> = Status::ALL.into_iter().map(|status| Event::of(status).name()).collect();
    for event in manifest.events.iter().filter(|event| !known.contains(event.as_str())) {
        if event != Event::EXCEPTION_OPENED.name() {
            told.push(format!("It asks for the event `{event}`, which this host does not tell."));
        }
    }
    if !has(exports, "self-test@") {
        told.push("It has no self-test: whether the installation works shows with the first delivery.".to_owned());
    }
    match manifest.class {
        Class::Script => told.push("It brings a script engine: it needs more memory and time than others.".to_owned()),
        Class::Small if bytes > LARGE => {
            told.push(format!("It has {bytes} bytes, much for a plugin of the class `small`."));
        }
        Class::Small => {}
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(more: &serde_json::Value, imports: &[&str], exports: &[&str], bytes: usize) -> Vec<String> {
        let mut manifest = json!({
            "manifest": 1, "id": "crm", "name": "CRM", "version": "1.0.0", "description": "A CRM.",
        });
        for (name, value) in more.as_object().expect("fields") {
            manifest[name] = value.clone();
        }
        let names = |list: &[&str]| list.iter().map(|name| format!("kamurj:plugin/{name}@1.0.0")).collect::<Vec<_>>();
        let manifest = serde_json::from_value(manifest).expect("a manifest");
        warnings(&manifest, &names(imports), &names(exports), bytes)
    }

    #[track_caller]
    fn warns(more: &serde_json::Value, imports: &[&str], expected: &str) {
        let told = told(more, imports, &["crm-sink", "self-test"], 1000);
        assert!(told.len() == 1 && told[0].contains(expected), "{told:?}");
    }

    #[test]
    fn what_is_plain_and_used_gives_no_warning() {
        let plain = json!({
            "hosts": [{ "origin": "https://api.example.am", "reason": "The API." }],
            "secrets": [{ "name": "token", "label": "Token", "placements": ["header"] }],
            "events": ["payment.paid", "exception.opened"],
        });
        assert_eq!(told(&plain, &["http", "types"], &["crm-sink", "self-test"], 1000), [""; 0]);
    }

    #[test]
    fn what_an_operator_should_look_at_twice_is_said() {
        let host = |origin: &str| json!({ "hosts": [{ "origin": origin, "reason": "Some." }] });
        let secret =
            |placement: &str| json!({ "secrets": [{ "name": "token", "label": "T", "placements": [placement] }] });
        warns(&host("https://api.example.am"), &[], "imports no `http`");
        warns(&host("https://*.example.am"), &["http"], "every name below");
        warns(&host("{portal}"), &["http"], "whatever the settings say");
        warns(&json!({}), &["http"], "names no host");
        warns(&secret("header"), &[], "no use for it");
        warns(&secret("sign"), &["log"], "no use for it");
        let mut by_path = secret("verify");
        by_path["routes"] = json!([{ "path": "in", "scheme": "path-equals-secret", "secret": "token" }]);
        warns(&by_path, &[], "in a log");
        let connection = |placement: &str, required: bool| {
            json!({
                "hosts": [{ "origin": "https://api.example.am", "reason": "The API." }],
                "secrets": [{ "name": "client", "label": "Client" }],
                "connections": [{
                    "name": "crm", "label": "CRM", "authorize_url": "https://crm.example/", "client_id": "client",
                    "token_url": "https://crm.example/", "client_secret": "client", "required": required,
                    "placements": [placement],
                }],
            })
        };
        assert_eq!(told(&connection("header", false), &["http"], &["crm-sink", "self-test"], 1000), [""; 0]);
        warns(&connection("header", true), &["http"], "before you have connected `crm`");
        warns(&connection("body", false), &["http"], "the access token of `crm`");
        warns(&json!({ "events": ["payment.born"] }), &[], "does not tell");
        warns(&json!({ "class": "script" }), &[], "script engine");
        assert!(told(&json!({}), &[], &["crm-sink"], 5_000_000).len() == 2, "no self-test, and large");
    }
}
