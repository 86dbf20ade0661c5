//! What a plugin asks for, one permission at a time, by risk; and what of it is in force once an operator granted a part. A
//! permission is granted by its name with the terms that it had then: asking for more later is asking anew.

mod changes;

pub use changes::{Difference, difference};

use crate::connections::rights;
use kamurj_plugins::contract::{InboundRoute, Manifest, Scheme, StateRequest};
use kamurj_plugins::{Grants, SecretGrant};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use url::Url;

/// The permission to be told of payments that belong to another CRM as well.
const ALL_PAYMENTS: &str = "payments:all";

/// How much harm a permission can do in wrong hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Risk {
    /// Little.
    Low,
    /// Some: data leaves toward an address that the plugin names.
    Medium,
    /// Much: whoever grants it should look twice.
    High,
}

/// One thing that a plugin asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// `host:https://api.example.am`, `secret:token`, `connection:crm`, `route:update`, `event:payment.paid`, `payments:all`,
    /// `schedule:compare`, `state`.
    pub name: String,
    /// Exactly what: placements and places of a secret, the proof of a route.
    pub terms: BTreeSet<String>,
    /// How much harm it can do.
    pub risk: Risk,
    /// In one sentence, for the operator.
    pub detail: String,
}

/// What was granted: terms by name.
pub type Granted = BTreeMap<String, BTreeSet<String>>;

/// A setting that an address should be taken from, and why it cannot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoAddress {
    /// The setting's name.
    pub setting: String,
    /// What is wrong and what to write.
    pub detail: String,
}

/// Every permission that the manifest asks for. `settings` fills addresses in; without them they stand as the author wrote them.
pub fn asked(manifest: &Manifest, settings: Option<&Map<String, Value>>) -> Result<Vec<Permission>, NoAddress> {
    let mut asked: Vec<Permission> = Vec::new();
    let mut origins = Vec::new();
    for host in &manifest.hosts {
        let origin = match settings {
            Some(settings) => filled(&host.origin, settings)?,
            None => host.origin.clone(),
        };
        let (risk, detail) = match setting_of(&host.origin) {
            Some(setting) => {
                (Risk::High, format!("Send requests to the address in the setting `{setting}`: {}", host.reason))
            }
            None if origin.contains("://*.") => {
                (Risk::High, format!("Send requests to every name below {}: {}", wildcard(&origin), host.reason))
            }
            None => (Risk::Medium, format!("Send requests to {origin}: {}", host.reason)),
        };
        asked.push(Permission { name: format!("host:{origin}"), terms: BTreeSet::new(), risk, detail });
        origins.push(origin);
    }
    for secret in &manifest.secrets {
        let places = secret.placements.iter().map(|place| format!("in {place}"));
        let goes_out = |places: &[&str]| secret.placements.iter().any(|place| places.contains(&place.as_str()));
        let is_sent = goes_out(&["body", "query", "path", "header"]);
        let renewal = secret.renewal.as_ref().map(|renewal| renewal.url.as_str());
        // Where it may go matters only for what goes anywhere.
        let is_sent = is_sent || renewal.is_some();
        let to = reach(manifest, &origins, secret.hosts.as_deref()).into_iter().filter(|_| is_sent).collect::<Vec<_>>();
        let (risk, use_of_it) = if goes_out(&["body", "query"]) || renewal.is_some() {
            (Risk::High, "Send it in a body or a query, where a remote may write it down")
        } else if goes_out(&["path", "header"]) {
            (Risk::Medium, "Send it in a path or a header")
        } else {
            (Risk::Low, "Use it to sign or to prove; it leaves to nobody")
        };
        let toward = if is_sent {
            format!(", to {}", if to.is_empty() { "nobody".to_owned() } else { to.join(", ") })
        } else {
            String::new()
        };
        asked.push(Permission {
            name: format!("secret:{}", secret.name),
            terms: places
                .chain(to.iter().map(|origin| format!("to {origin}")))
                .chain(renewal.map(renewed_at))
                .collect(),
            risk,
            detail: match renewal {
                None => format!("{}: {use_of_it}{toward}.", secret.label),
                Some(at) => {
                    format!("{}: {use_of_it}{toward}. Have it renewed at {at} and keep what comes of it.", secret.label)
                }
            },
        });
    }
    for connection in &manifest.connections {
        match rights::permission(connection, &reach(manifest, &origins, connection.hosts.as_deref()), settings) {
            Ok(permission) => asked.push(permission),
            // An account that the plugin can do without is not asked for before its address is entered.
            Err(_) if !connection.required => {}
            Err(none) => return Err(none),
        }
    }
    asked.extend(manifest.routes.iter().map(route));
    asked.extend(manifest.events.iter().map(|event| Permission {
        name: format!("event:{event}"),
        terms: BTreeSet::new(),
        risk: Risk::Low,
        detail: format!("Be told of `{event}`."),
    }));
    asked.extend(manifest.all_payments.then(|| Permission {
        name: ALL_PAYMENTS.to_owned(),
        terms: BTreeSet::new(),
        risk: Risk::Medium,
        detail: "Be told of every payment and who made it, those that belong to another CRM among them.".to_owned(),
    }));
    asked.extend(manifest.schedule.iter().map(|one| Permission {
        name: format!("schedule:{}", one.name),
        terms: BTreeSet::from([format!("every {} s", one.every_seconds)]),
        risk: Risk::Low,
        detail: format!("Run every {} seconds: {}", one.every_seconds, one.reason),
    }));
    let usual = StateRequest::default();
    if manifest.state.keys > usual.keys || manifest.state.bytes > usual.bytes {
        let StateRequest { keys, bytes } = manifest.state;
        asked.push(Permission {
            name: "state".to_owned(),
            terms: BTreeSet::from([format!("{keys} keys"), format!("{bytes} bytes")]),
            risk: Risk::Low,
            detail: format!("Keep {keys} keys and {bytes} bytes."),
        });
    }
    // Two settings may hold one address.
    asked.sort_by(|one, other| (other.risk, &one.name).cmp(&(one.risk, &other.name)));
    asked.dedup_by(|one, other| one.name == other.name);
    Ok(asked)
}

/// The origins that something may be sent to which names these of the manifest's hosts, or none of them for all.
fn reach(manifest: &Manifest, origins: &[String], own: Option<&[String]>) -> Vec<String> {
    let index = |asked: &String| manifest.hosts.iter().position(|host| host.origin == *asked);
    match own {
        Some(hosts) => hosts.iter().filter_map(index).map(|index| origins[index].clone()).collect(),
        None => origins.to_vec(),
    }
}

/// The term of a secret that is renewed at this address of the manifest.
fn renewed_at(address: &str) -> String {
    format!("renewed at {address}")
}

fn route(route: &InboundRoute) -> Permission {
    let (risk, proof) = if route.scheme.signs_body() {
        (Risk::Low, "each with a signature over its body")
    } else if route.scheme == Scheme::PathEqualsSecret {
        (Risk::High, "proven by a secret in their address alone, which servers on the way may write into their logs")
    } else {
        (Risk::High, "proven by a secret that travels with them and not by a signature over their bodies")
    };
    let asks = route.challenge.as_ref().map(|challenge| format!("asked for with {}", challenge.secret));
    Permission {
        name: format!("route:{}", route.path),
        terms: std::iter::once(format!("by {}", route.scheme.word()))
            .chain(route.secrets().map(|secret| format!("with {secret}")))
            .chain(asks)
            .collect(),
        risk,
        detail: format!("Take messages from outside at `{}`, {proof}.", route.path),
    }
}

fn wildcard(origin: &str) -> &str {
    origin.split_once("*.").map_or(origin, |(_, domain)| domain)
}

fn setting_of(pattern: &str) -> Option<&str> {
    pattern.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'))
}

/// `https://api.example.am` as it stands; `{api_base}` from the setting with this name.
pub(crate) fn filled(pattern: &str, settings: &Map<String, Value>) -> Result<String, NoAddress> {
    let Some(setting) = setting_of(pattern) else { return Ok(pattern.to_owned()) };
    let wrong = |detail: &str| NoAddress { setting: setting.to_owned(), detail: detail.to_owned() };
    let text = settings.get(setting).and_then(Value::as_str).ok_or_else(|| wrong("is missing"))?;
    let odd = || wrong("must be an address such as https://api.example.am");
    let url = Url::parse(text).map_err(|_| odd())?;
    if !matches!(url.scheme(), "https" | "http") || url.host().is_none() {
        return Err(odd());
    }
    Ok(url.origin().ascii_serialization())
}

/// Grants all of these.
pub fn all(asked: &[Permission]) -> Granted {
    asked.iter().map(|one| (one.name.clone(), one.terms.clone())).collect()
}

/// Whether this much was granted.
fn is_granted(one: &Permission, granted: &Granted) -> bool {
    granted.get(&one.name).is_some_and(|terms| one.terms.is_subset(terms))
}

/// What is asked for and not granted.
pub fn missing(asked: &[Permission], granted: &Granted) -> Vec<Permission> {
    asked.iter().filter(|one| !is_granted(one, granted)).cloned().collect()
}

/// What of an earlier grant counts for these: a name that is not asked for any more is forgotten.
pub fn carried(asked: &[Permission], granted: &Granted) -> Granted {
    let known = |one: &Permission| granted.get(&one.name).map(|terms| (one.name.clone(), terms.clone()));
    asked.iter().filter_map(known).collect()
}

/// What is in force of a manifest: without the connections, routes, events, schedules and state that were not granted, and the rights
/// as the runtime reads them.
pub fn in_force(
    manifest: &Manifest,
    settings: &Map<String, Value>,
    granted: &Granted,
) -> Result<(Manifest, Grants), NoAddress> {
    let asked = asked(manifest, Some(settings))?;
    let has = |name: String| asked.iter().any(|one| one.name == name && is_granted(one, granted));
    let mut cut = manifest.clone();
    cut.routes.retain(|route| has(format!("route:{}", route.path)));
    cut.events.retain(|event| has(format!("event:{event}")));
    cut.connections.retain(|one| has(rights::permission_name(&one.name)));
    cut.all_payments = cut.all_payments && has(ALL_PAYMENTS.to_owned());
    cut.schedule.retain(|one| has(format!("schedule:{}", one.name)));
    if asked.iter().any(|one| one.name == "state" && !is_granted(one, granted)) {
        let usual = StateRequest::default();
        cut.state =
            StateRequest { keys: manifest.state.keys.min(usual.keys), bytes: manifest.state.bytes.min(usual.bytes) };
    }
    let mut grants = Grants { state: cut.state, ..Grants::default() };
    for host in &manifest.hosts {
        let origin = filled(&host.origin, settings)?;
        if has(format!("host:{origin}")) {
            grants.rates.extend(host.rate.map(|rate| (origin.clone(), rate)));
            grants.origins.push(origin);
        }
    }
    for secret in &manifest.secrets {
        let name = format!("secret:{}", secret.name);
        let asked = asked.iter().find(|one| one.name == name).map(|one| &one.terms);
        // A part of it may have been granted before more was asked for: that part stays in force.
        let (Some(asked), Some(granted)) = (asked, granted.get(&name)) else { continue };
        if let Some(cut) = cut.secrets.iter_mut().find(|cut| cut.name == secret.name) {
            cut.renewal = cut.renewal.take().filter(|renewal| granted.contains(&renewed_at(&renewal.url)));
        }
        let both = || asked.intersection(granted);
        let after = |word: &str| both().filter_map(|term| term.strip_prefix(word)).map(str::to_owned).collect();
        grants.secrets.insert(secret.name.clone(), SecretGrant { placements: after("in "), origins: after("to ") });
    }
    for connection in &cut.connections {
        let name = rights::permission_name(&connection.name);
        let asked = asked.iter().find(|one| one.name == name).map(|one| rights::grant(&one.terms));
        grants.secrets.extend(asked.map(|grant| (connection.name.clone(), grant)));
    }
    Ok((cut, grants))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn manifest() -> Manifest {
        serde_json::from_value(json!({
            "manifest": 1, "id": "crm", "name": "CRM", "version": "1.0.0", "description": "A CRM.",
            "events": ["payment.paid", "payment.failed"],
            "hosts": [
                { "origin": "{portal}", "reason": "The portal.", "rate": { "requests": 2, "per_ms": 1000 } },
                { "origin": "https://*.example.am", "reason": "Files." },
                { "origin": "https://api.example.am", "reason": "The API." },
            ],
            "secrets": [
                { "name": "token", "label": "Token", "placements": ["header"], "hosts": ["https://api.example.am"] },
                { "name": "key", "label": "Key", "placements": ["body", "header"] },
                { "name": "hook", "label": "Hook", "placements": ["verify"] },
            ],
            "routes": [
                { "path": "plain", "scheme": "header-equals-secret", "secret": "hook", "field": "x-a" },
                { "path": "signed", "scheme": "standard-webhooks", "secret": "hook" },
                { "path": "hashed", "scheme": "hmac-sha256", "secret": "hook", "secret_also": ["key"], "field": "x-b",
                  "challenge": { "kind": "hub", "secret": "token" } },
                { "path": "secret", "scheme": "path-equals-secret", "secret": "hook" },
            ],
            "schedule": [{ "name": "nightly", "every_seconds": 86400, "reason": "Compares." }],
            "state": { "keys": 1000, "bytes": 1000 },
        }))
        .expect("a manifest")
    }

    fn settings() -> Map<String, Value> {
        Map::from_iter([("portal".to_owned(), json!("https://shop.example.com/rest"))])
    }

    fn of_risk(asked: &[Permission], risk: Risk) -> Vec<&str> {
        asked.iter().filter(|one| one.risk == risk).map(|one| one.name.as_str()).collect()
    }

    #[test]
    fn permissions_are_told_by_their_risk() {
        let asked = asked(&manifest(), Some(&settings())).unwrap();
        let high =
            ["host:https://*.example.am", "host:https://shop.example.com", "route:plain", "route:secret", "secret:key"];
        assert_eq!(of_risk(&asked, Risk::High), high);
        assert_eq!(of_risk(&asked, Risk::Medium), ["host:https://api.example.am", "secret:token"]);
        let low = [
            "event:payment.failed",
            "event:payment.paid",
            "route:hashed",
            "route:signed",
            "schedule:nightly",
            "secret:hook",
            "state",
        ];
        assert_eq!(of_risk(&asked, Risk::Low), low);
        let hashed = asked.iter().find(|one| one.name == "route:hashed").unwrap();
        let terms: Vec<&str> = hashed.terms.iter().map(String::as_str).collect();
        assert_eq!(terms, ["asked for with token", "by hmac-sha256", "with hook", "with key"]);
    }

    #[test]
    fn i4_only_what_was_granted_is_in_force() {
        let asked = asked(&manifest(), Some(&settings())).unwrap();
        let (cut, grants) = in_force(&manifest(), &settings(), &Granted::new()).unwrap();
        assert!(cut.routes.is_empty() && cut.events.is_empty() && cut.schedule.is_empty());
        assert_eq!((cut.state.keys, cut.state.bytes), (100, 1000));
        assert_eq!(grants, Grants { state: cut.state, ..Grants::default() });

        let (whole, grants) = in_force(&manifest(), &settings(), &all(&asked)).unwrap();
        assert_eq!(whole, manifest());
        assert_eq!(
            grants.origins,
            ["https://shop.example.com", "https://*.example.am", "https://api.example.am"],
            "in the author's order"
        );
        assert_eq!(grants.secrets["token"].origins, ["https://api.example.am"]);
        assert_eq!(grants.secrets["key"].origins.len(), 3);
        assert_eq!(grants.rates.len(), 1);

        let some: Granted =
            all(&asked).into_iter().filter(|(name, _)| name == "event:payment.paid" || name == "secret:hook").collect();
        let (cut, grants) = in_force(&manifest(), &settings(), &some).unwrap();
        assert_eq!((cut.events, grants.origins.len()), (vec!["payment.paid".to_owned()], 0));
        assert_eq!(grants.secrets.keys().collect::<Vec<_>>(), ["hook"]);
    }

    #[test]
    fn i11_more_of_what_was_granted_is_asked_for_anew_and_the_old_part_stays() {
        let before = asked(&manifest(), Some(&settings())).unwrap();
        let granted = all(&before);
        let mut newer = manifest();
        newer.secrets[0].placements.push("body".to_owned());
        newer.hosts.remove(1);
        newer.events.push("payment.refunded".to_owned());
        let after = asked(&newer, Some(&settings())).unwrap();
        let told = difference(&before, &after);
        assert_eq!(told.added, ["event:payment.refunded"]);
        assert_eq!(told.removed, ["host:https://*.example.am"]);
        assert_eq!(told.changed, ["secret:key", "secret:token"], "fewer places for the one, one more for the other");
        let granted = carried(&after, &granted);
        let names: Vec<String> = missing(&after, &granted).into_iter().map(|one| one.name).collect();
        assert_eq!(names, ["secret:token", "event:payment.refunded"]);
        let (_, grants) = in_force(&newer, &settings(), &granted).unwrap();
        assert_eq!(grants.secrets["token"].placements, ["header"]);

        let elsewhere = Map::from_iter([("portal".to_owned(), json!("https://evil.example.com"))]);
        let moved = asked(&manifest(), Some(&elsewhere)).unwrap();
        let names: Vec<String> = missing(&moved, &all(&before)).into_iter().map(|one| one.name).collect();
        assert_eq!(names, ["host:https://evil.example.com", "secret:key"], "another address is asked anew");
    }

    #[test]
    fn a_setting_that_holds_no_address_is_named() {
        let wrong = |text: Value| asked(&manifest(), Some(&Map::from_iter([("portal".to_owned(), text)]))).unwrap_err();
        for text in [json!("portal"), json!("ftp://a.am"), json!(7)] {
            assert_eq!(wrong(text).setting, "portal");
        }
    }
}
