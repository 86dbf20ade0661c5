//! Judges a manifest: every rule that its fields state, each with a sentence for the plugin's author.

use url::Url;

use crate::connection::judge_connections;
use crate::judge_route::judge_route;
use crate::renewal::judge_renewal;
use crate::{Manifest, Rate, Schedule, SecretRequest, StateRequest, VERSION};

pub(crate) const PLACEMENTS: [&str; 6] = ["path", "query", "header", "body", "sign", "verify"];

/// Longest text of any field but the schema, in bytes.
pub(crate) const TEXT_BYTES: usize = 1024;

/// Most hosts, secrets, routes or events.
pub(crate) const ENTRIES: usize = 32;

/// The first rule that the descriptor breaks, in words.
pub fn judge(said: &Manifest) -> Result<(), String> {
    rule(said.manifest == VERSION, || {
        format!("`manifest` must be {VERSION}, the version that this host reads, not {}", said.manifest)
    })?;
    rule(is_id(&said.id), || format!("`id` must be 1 to 32 of `a-z 0-9 -`, not `{}`", short(&said.id)))?;
    rule(!said.name.trim().is_empty() && said.name.len() <= TEXT_BYTES, || {
        "`name` must be there and short".to_owned()
    })?;
    rule(said.description.len() <= TEXT_BYTES, || format!("`description` must not pass {TEXT_BYTES} bytes"))?;
    rule(semver::Version::parse(&said.version).is_ok(), || {
        format!("`version` must be a semantic version such as 1.0.0, not `{}`", short(&said.version))
    })?;
    let lengths = [said.events.len(), said.hosts.len(), said.secrets.len(), said.routes.len(), said.schedule.len()];
    rule(lengths.into_iter().all(|length| length <= ENTRIES), || {
        format!("each list must hold at most {ENTRIES} entries")
    })?;
    for event in &said.events {
        rule(is_word(event, "._"), || format!("`{}` is no event's name", short(event)))?;
    }
    for host in &said.hosts {
        rule(is_host_request(&host.origin), || {
            format!(
                "a host must be `https://host[:port]` or a setting such as `{{api_base}}`, not `{}`",
                short(&host.origin)
            )
        })?;
        rule(!host.reason.trim().is_empty() && host.reason.len() <= TEXT_BYTES, || {
            format!("the host `{}` needs a short reason", short(&host.origin))
        })?;
        host.rate.as_ref().map_or(Ok(()), |rate| judge_rate(rate, &host.origin))?;
    }
    for (index, host) in said.hosts.iter().enumerate() {
        rule(said.hosts[..index].iter().all(|earlier| earlier.origin != host.origin), || {
            format!("the host `{}` is named twice", short(&host.origin))
        })?;
    }
    for (index, secret) in said.secrets.iter().enumerate() {
        judge_secret(secret)?;
        judge_renewal(secret, said)
            .map_err(|broken| format!("the renewal of the secret `{}` {broken}", secret.name))?;
        for host in secret.hosts.iter().flatten() {
            rule(said.hosts.iter().any(|known| known.origin == *host), || {
                format!("the secret `{}` names the host `{}`, which is not in `hosts`", secret.name, short(host))
            })?;
        }
        rule(said.secrets[..index].iter().all(|earlier| earlier.name != secret.name), || {
            format!("the secret `{}` is named twice", secret.name)
        })?;
    }
    for (index, route) in said.routes.iter().enumerate() {
        judge_route(route, &said.secrets)?;
        rule(said.routes[..index].iter().all(|earlier| earlier.path != route.path), || {
            format!("the route `{}` is named twice", route.path)
        })?;
    }
    for (index, schedule) in said.schedule.iter().enumerate() {
        judge_schedule(schedule)?;
        rule(said.schedule[..index].iter().all(|earlier| earlier.name != schedule.name), || {
            format!("the schedule `{}` is named twice", schedule.name)
        })?;
    }
    judge_connections(said)?;
    judge_state(said.state)
}

fn judge_rate(rate: &Rate, origin: &str) -> Result<(), String> {
    rule((1..=100_000).contains(&rate.requests) && (100..=86_400_000).contains(&rate.per_ms), || {
        format!("the rate of `{}` must be 1 to 100000 requests in 100 to 86400000 ms", short(origin))
    })
}

fn judge_schedule(schedule: &Schedule) -> Result<(), String> {
    rule(is_id(&schedule.name), || {
        format!("a schedule's name must be 1 to 32 of `a-z 0-9 -`, not `{}`", short(&schedule.name))
    })?;
    rule((300..=604_800).contains(&schedule.every_seconds), || {
        format!("the schedule `{}` must have `every_seconds` between 300 and 604800", schedule.name)
    })?;
    rule(!schedule.reason.trim().is_empty() && schedule.reason.len() <= TEXT_BYTES, || {
        format!("the schedule `{}` needs a short reason", schedule.name)
    })
}

fn judge_state(state: StateRequest) -> Result<(), String> {
    rule((1..=10_000).contains(&state.keys) && (1..=16 * 1024 * 1024).contains(&state.bytes), || {
        "`state` must be 1 to 10000 keys and 1 to 16777216 bytes".to_owned()
    })
}

fn judge_secret(secret: &SecretRequest) -> Result<(), String> {
    rule(is_secret_name(&secret.name), || {
        format!("a secret's name must be 1 to 32 of `a-z 0-9 _`, not `{}`", short(&secret.name))
    })?;
    rule(!secret.label.trim().is_empty() && secret.label.len() <= TEXT_BYTES, || {
        format!("the secret `{}` needs a short label", secret.name)
    })?;
    for placement in &secret.placements {
        rule(PLACEMENTS.contains(&placement.as_str()), || {
            format!("the secret `{}` names the unknown place `{}`", secret.name, short(placement))
        })?;
    }
    Ok(())
}

pub(crate) fn rule(kept: bool, broken: impl FnOnce() -> String) -> Result<(), String> {
    if kept { Ok(()) } else { Err(broken()) }
}

/// Whether this may be the id of a plugin: 1 to 32 of `a-z 0-9 -`.
pub fn is_id(id: &str) -> bool {
    id.len() <= 32 && is_word(id, "-")
}

pub(crate) fn is_word(text: &str, more: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|character| matches!(character, 'a'..='z' | '0'..='9') || more.contains(character))
}

/// An origin over https, or the name of a setting in braces.
fn is_host_request(origin: &str) -> bool {
    if let Some(setting) = origin.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        return is_word(setting, "_");
    }
    let plain = origin.replacen("://*.", "://", 1);
    Url::parse(&plain).is_ok_and(|url| url.scheme() == "https" && is_origin(&url) && url.domain().is_some())
}

/// Scheme, host and port and nothing else.
pub fn is_origin(url: &Url) -> bool {
    matches!(url.scheme(), "https" | "http")
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none()
}

/// Whether this may be the name of a secret: 1 to 32 of `a-z 0-9 _`.
pub fn is_secret_name(name: &str) -> bool {
    (1..=32).contains(&name.len()) && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

pub(crate) fn short(text: &str) -> String {
    text.chars().take(48).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{Class, HostRequest, RateScope};
    use serde_json::{Map, json};

    pub(crate) fn sound() -> Manifest {
        Manifest {
            manifest: VERSION,
            id: "telegram".to_owned(),
            name: "Telegram".to_owned(),
            version: "1.0.0".to_owned(),
            description: String::new(),
            class: Class::Small,
            events: vec!["payment.manual_review".to_owned()],
            all_payments: false,
            hosts: vec![HostRequest {
                origin: "{api_base}".to_owned(),
                reason: "Sends messages.".to_owned(),
                rate: Some(Rate { requests: 30, per_ms: 1_000, scope: RateScope::Installation }),
            }],
            secrets: vec![SecretRequest {
                name: "bot_token".to_owned(),
                label: "Token".to_owned(),
                placements: vec!["path".to_owned()],
                hosts: None,
                required: true,
                renewal: None,
            }],
            connections: vec![],
            routes: vec![
                serde_json::from_value(json!({
                    "path": "update", "scheme": "header-equals-secret", "secret": "bot_token",
                    "field": "X-Telegram-Bot-Api-Secret-Token", "dedup": ["/update_id"], "lane": ["/message/chat/id"],
                }))
                .expect("a route"),
            ],
            schedule: vec![Schedule {
                name: "compare".to_owned(),
                every_seconds: 86_400,
                reason: "Compares the portal with the payments.".to_owned(),
            }],
            state: StateRequest::default(),
            settings_schema: Map::new(),
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Manifest), expected: &str) {
        let mut said = sound();
        change(&mut said);
        let answer = judge(&said).unwrap_err();
        assert!(answer.contains(expected), "{answer}");
    }

    #[test]
    fn a_sound_manifest_passes() {
        assert_eq!(judge(&sound()), Ok(()));
    }

    #[test]
    fn each_broken_rule_is_named() {
        check(|said| said.manifest = 2, "`manifest`");
        check(|said| said.id = "Telegram".to_owned(), "`id`");
        check(|said| said.name = " ".to_owned(), "`name`");
        check(|said| said.version = "one".to_owned(), "`version`");
        check(|said| said.events = vec!["Payment paid".to_owned()], "no event's name");
        check(|said| said.events = vec!["x".to_owned(); 33], "each list");
        check(|said| said.hosts[0].origin = "http://api.telegram.org".to_owned(), "a host must be");
        check(|said| said.hosts[0].origin = "https://api.telegram.org/bot".to_owned(), "a host must be");
        check(|said| said.hosts[0].origin = "https://10.0.0.1".to_owned(), "a host must be");
        check(|said| said.hosts[0].reason = String::new(), "needs a short reason");
        check(|said| said.hosts.push(said.hosts[0].clone()), "named twice");
        check(|said| said.hosts[0].rate.as_mut().unwrap().requests = 0, "the rate of");
        check(|said| said.secrets[0].name = "bot-token".to_owned(), "a secret's name");
        check(|said| said.secrets[0].placements = vec!["cookie".to_owned()], "unknown place");
        check(|said| said.secrets[0].hosts = Some(vec!["https://else.example".to_owned()]), "not in `hosts`");
        check(|said| said.secrets.push(said.secrets[0].clone()), "named twice");
        check(|said| said.routes[0].secret = "other".to_owned(), "not declared");
        check(|said| said.schedule[0].name = "Nightly".to_owned(), "a schedule's name");
        check(|said| said.schedule[0].every_seconds = 10, "`every_seconds`");
        check(|said| said.schedule.push(said.schedule[0].clone()), "named twice");
        check(|said| said.state.keys = 0, "`state`");
    }
}
