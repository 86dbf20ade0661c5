//! Judges what a plugin says of itself: every rule that `wit/guest.wit` states, each with a sentence for the plugin's
//! author. It reads only the descriptor.

use serde_json::Value;
use url::Url;

use crate::{
    contract::{Descriptor, InboundRoute, SecretRequest},
    grants::is_origin,
    load::Exports,
    secrets::is_secret_name,
};

const PLACEMENTS: [&str; 6] = ["path", "query", "header", "body", "sign", "verify"];
const SCHEMES: [&str; 3] = ["header-equals-secret", "form-field-equals-secret", "standard-webhooks"];

/// Longest text of any field but the schema, in bytes.
const TEXT_BYTES: usize = 1024;

/// Longest settings schema, in bytes.
const SCHEMA_BYTES: usize = 64 * 1024;

/// Most hosts, secrets, routes or events.
const ENTRIES: usize = 32;

/// The first rule that the descriptor breaks, in words.
pub(crate) fn judge(said: &Descriptor, exports: Exports) -> Result<(), String> {
    rule(is_id(&said.id), || format!("`id` must be 1 to 32 of `a-z 0-9 -`, not `{}`", short(&said.id)))?;
    rule(!said.name.trim().is_empty() && said.name.len() <= TEXT_BYTES, || {
        "`name` must be there and short".to_owned()
    })?;
    rule(said.description.len() <= TEXT_BYTES, || format!("`description` must not pass {TEXT_BYTES} bytes"))?;
    rule(semver::Version::parse(&said.version).is_ok(), || {
        format!("`version` must be a semantic version such as 1.0.0, not `{}`", short(&said.version))
    })?;
    let lengths = [said.events.len(), said.hosts.len(), said.secrets.len(), said.routes.len(), said.extra.len()];
    rule(lengths.into_iter().all(|length| length <= ENTRIES), || {
        format!("each list must hold at most {ENTRIES} entries")
    })?;
    rule(said.routes.is_empty() || exports.inbound, || "routes are declared but `inbound` is not exported".to_owned())?;
    let sinks = exports.channel || exports.crm;
    rule(said.events.is_empty() || sinks, || {
        "events are declared but neither `channel-sink` nor `crm-sink` is exported".to_owned()
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
    }
    for (index, secret) in said.secrets.iter().enumerate() {
        judge_secret(secret)?;
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
    rule(said.settings_schema.len() <= SCHEMA_BYTES, || {
        format!("`settings-schema` must not pass {SCHEMA_BYTES} bytes")
    })?;
    let schema = serde_json::from_str::<Value>(&said.settings_schema);
    rule(schema.is_ok_and(|schema| schema.is_object()), || "`settings-schema` must be a JSON object".to_owned())
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

fn judge_route(route: &InboundRoute, secrets: &[SecretRequest]) -> Result<(), String> {
    let segments = route.path.split('/').all(|segment| is_word(segment, "-_") && segment.len() <= 64);
    rule(segments && route.path.len() <= 128, || {
        format!("`{}` is no route: segments of `a-z 0-9 - _`, no slash at the ends", short(&route.path))
    })?;
    let here = |what: &str| format!("the route `{}` {what}", route.path);
    rule(SCHEMES.contains(&route.scheme.as_str()), || {
        here(&format!("asks for the unknown scheme `{}`", short(&route.scheme)))
    })?;
    rule(secrets.iter().any(|secret| secret.name == route.secret), || here("names a secret that is not declared"))?;
    rule(route.scheme == "standard-webhooks" || !route.field.is_empty(), || here("needs `field`"))?;
    rule(route.field.len() <= TEXT_BYTES && route.headers.len() <= ENTRIES, || here("is too long"))?;
    for header in &route.headers {
        rule(is_word(&header.to_ascii_lowercase(), "-_"), || {
            here(&format!("names the impossible header `{}`", short(header)))
        })?;
        rule(!header.eq_ignore_ascii_case(&route.field) || route.scheme != "header-equals-secret", || {
            here("asks for the header that holds the secret")
        })?;
    }
    let pointers = route.dedup.iter().chain(&route.lane);
    rule(pointers.clone().count() <= ENTRIES, || here("has too many pointers"))?;
    for pointer in pointers {
        rule(pointer.starts_with('/') && pointer.len() <= TEXT_BYTES, || {
            here(&format!("has `{}`, which is no JSON pointer", short(pointer)))
        })?;
    }
    Ok(())
}

fn rule(kept: bool, broken: impl FnOnce() -> String) -> Result<(), String> {
    if kept { Ok(()) } else { Err(broken()) }
}

fn is_id(id: &str) -> bool {
    id.len() <= 32 && is_word(id, "-")
}

fn is_word(text: &str, more: &str) -> bool {
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

fn short(text: &str) -> String {
    text.chars().take(48).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::HostRequest;

    fn sound() -> Descriptor {
        Descriptor {
            id: "telegram".to_owned(),
            name: "Telegram".to_owned(),
            version: "1.0.0".to_owned(),
            description: String::new(),
            events: vec!["payment.manual_review".to_owned()],
            hosts: vec![HostRequest { origin: "{api_base}".to_owned(), reason: "Sends messages.".to_owned() }],
            secrets: vec![SecretRequest {
                name: "bot_token".to_owned(),
                label: "Token".to_owned(),
                placements: vec!["path".to_owned()],
                required: true,
            }],
            routes: vec![InboundRoute {
                path: "update".to_owned(),
                scheme: "header-equals-secret".to_owned(),
                secret: "bot_token".to_owned(),
                field: "X-Telegram-Bot-Api-Secret-Token".to_owned(),
                dedup: vec!["/update_id".to_owned()],
                lane: vec!["/message/chat/id".to_owned()],
                headers: vec![],
            }],
            settings_schema: "{}".to_owned(),
            extra: Vec::new(),
        }
    }

    const ALL: Exports = Exports { channel: true, crm: true, inbound: true };

    #[track_caller]
    fn check(change: impl FnOnce(&mut Descriptor), expected: &str) {
        let mut said = sound();
        change(&mut said);
        let answer = judge(&said, ALL).unwrap_err();
        assert!(answer.contains(expected), "{answer}");
    }

    #[test]
    fn a_sound_descriptor_passes() {
        assert_eq!(judge(&sound(), ALL), Ok(()));
    }

    #[test]
    fn what_is_declared_must_be_exported() {
        let without = |exports| judge(&sound(), exports).unwrap_err();
        assert!(without(Exports { inbound: false, ..ALL }).contains("routes"));
        assert!(without(Exports { channel: false, crm: false, ..ALL }).contains("events"));
    }

    #[test]
    fn each_broken_rule_is_named() {
        check(|said| said.id = "Telegram".to_owned(), "`id`");
        check(|said| said.name = " ".to_owned(), "`name`");
        check(|said| said.version = "one".to_owned(), "`version`");
        check(|said| said.events = vec!["Payment paid".to_owned()], "no event's name");
        check(|said| said.events = vec!["x".to_owned(); 33], "each list");
        check(|said| said.hosts[0].origin = "http://api.telegram.org".to_owned(), "a host must be");
        check(|said| said.hosts[0].origin = "https://api.telegram.org/bot".to_owned(), "a host must be");
        check(|said| said.hosts[0].origin = "https://10.0.0.1".to_owned(), "a host must be");
        check(|said| said.hosts[0].reason = String::new(), "needs a short reason");
        check(|said| said.secrets[0].name = "bot-token".to_owned(), "a secret's name");
        check(|said| said.secrets[0].placements = vec!["cookie".to_owned()], "unknown place");
        check(|said| said.secrets.push(said.secrets[0].clone()), "named twice");
        check(|said| said.routes[0].path = "/update".to_owned(), "is no route");
        check(|said| said.routes[0].path = "a/../b".to_owned(), "is no route");
        check(|said| said.routes[0].scheme = "none".to_owned(), "unknown scheme");
        check(|said| said.routes[0].secret = "other".to_owned(), "not declared");
        check(|said| said.routes[0].field = String::new(), "needs `field`");
        check(|said| said.routes[0].headers = vec!["x-telegram-bot-api-secret-token".to_owned()], "holds the secret");
        check(|said| said.routes[0].dedup = vec!["update_id".to_owned()], "no JSON pointer");
        check(|said| said.settings_schema = "[]".to_owned(), "JSON object");
    }
}
