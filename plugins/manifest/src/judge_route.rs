//! The rules of inbound routes that their types cannot hold. Every text is for the plugin's author.

use crate::judge::{ENTRIES, TEXT_BYTES, is_word, rule, short};
use crate::route::MOST_BYTES;
use crate::{InboundRoute, Place, Scheme, SecretRequest};

/// Most bytes of `prefix`.
const PREFIX_BYTES: usize = 32;
/// Longest `same_for_seconds`: a day.
const LONGEST_SAME_S: u32 = 86_400;

/// The first rule that the route breaks, in words.
pub(crate) fn judge_route(route: &InboundRoute, secrets: &[SecretRequest]) -> Result<(), String> {
    let segments = route.path.split('/').all(|segment| is_word(segment, "-_") && segment.len() <= 64);
    rule(segments && route.path.len() <= 128, || {
        format!("`{}` is no route: segments of `a-z 0-9 - _`, no slash at the ends", short(&route.path))
    })?;
    let here = |what: &str| format!("the route `{}` {what}", route.path);
    rule(route.secret_also.len() <= 8, || here("has more than 8 names in `secret_also`"))?;
    for name in route.secrets().chain(route.challenge.as_ref().map(|challenge| challenge.secret.as_str())) {
        rule(secrets.iter().any(|secret| secret.name == name), || {
            here(&format!("names the secret `{}`, which is not declared", short(name)))
        })?;
    }
    proof(route, &here)?;
    headers(route, &here)?;
    rule(route.same_for_seconds.is_none_or(|seconds| (1..=LONGEST_SAME_S).contains(&seconds)), || {
        here(&format!("must have `same_for_seconds` from 1 to {LONGEST_SAME_S}"))
    })?;
    rule(route.same_for_seconds.is_none() || route.scheme != Scheme::StandardWebhooks, || {
        here("must leave `same_for_seconds` out: `standard-webhooks` tells messages apart by their signed `webhook-id`")
    })?;
    rule((1..=MOST_BYTES).contains(&route.max_bytes), || {
        here(&format!("must have `max_bytes` from 1 to {MOST_BYTES}"))
    })?;
    places(route, &here)
}

fn proof(route: &InboundRoute, here: &impl Fn(&str) -> String) -> Result<(), String> {
    if route.scheme.has_field() {
        rule(!route.field.is_empty(), || here("needs `field`"))?;
    } else {
        rule(route.field.is_empty(), || {
            here(&format!("has a `field`, which `{}` does not read", route.scheme.word()))
        })?;
    }
    rule(route.field.len() <= TEXT_BYTES, || here("is too long"))?;
    let in_header = matches!(route.scheme, Scheme::HeaderEqualsSecret | Scheme::HmacSha256);
    rule(!in_header || is_word(&route.field.to_ascii_lowercase(), "-_"), || {
        here(&format!("is proven by the impossible header `{}`", short(&route.field)))
    })?;
    rule(route.prefix.is_empty() || route.scheme == Scheme::HmacSha256, || {
        here("has a `prefix`, which only `hmac-sha256` reads")
    })?;
    rule(route.prefix.len() <= PREFIX_BYTES && route.prefix.bytes().all(|byte| byte.is_ascii_graphic()), || {
        here(&format!("must have a `prefix` of at most {PREFIX_BYTES} visible ASCII characters"))
    })?;
    rule(route.scheme != Scheme::StandardWebhooks || route.dedup.is_empty(), || {
        here("must leave `dedup` out: `standard-webhooks` tells messages apart by their signed `webhook-id`")
    })
}

fn headers(route: &InboundRoute, here: &impl Fn(&str) -> String) -> Result<(), String> {
    rule(route.headers.len() <= ENTRIES, || here("is too long"))?;
    for header in &route.headers {
        rule(is_word(&header.to_ascii_lowercase(), "-_"), || {
            here(&format!("names the impossible header `{}`", short(header)))
        })?;
        rule(!header.eq_ignore_ascii_case(&route.field) || route.scheme != Scheme::HeaderEqualsSecret, || {
            here("asks for the header that holds the secret")
        })?;
    }
    Ok(())
}

fn places(route: &InboundRoute, here: &impl Fn(&str) -> String) -> Result<(), String> {
    rule(route.places().count() <= ENTRIES, || here("has too many pointers"))?;
    rule(route.dedup.iter().chain(&route.lane).all(|key| !key.places().is_empty()), || here("has a key of no place"))?;
    for Place(text) in route.places() {
        let is_one = text.starts_with('/') || text.len() > "form:".len() && text.starts_with("form:");
        rule(is_one && text.len() <= TEXT_BYTES, || {
            here(&format!("has `{}`, which is no JSON pointer and no `form:FIELD`", short(text)))
        })?;
        rule(!route.takes_forms() || text.starts_with("form:"), || {
            here(&format!("takes forms, in which `{}` is no place: write `form:FIELD`", short(text)))
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Challenge, ChallengeKind, Key};

    fn place(text: &str) -> Place {
        Place(text.to_owned())
    }

    fn secret(name: &str) -> SecretRequest {
        SecretRequest {
            name: name.to_owned(),
            label: "Key".to_owned(),
            placements: Vec::new(),
            hosts: None,
            required: false,
            renewal: None,
        }
    }

    fn sound() -> InboundRoute {
        InboundRoute {
            path: "events".to_owned(),
            scheme: Scheme::HmacSha256,
            secret: "key".to_owned(),
            secret_also: vec!["next".to_owned()],
            field: "X-Hub-Signature-256".to_owned(),
            prefix: "sha256=".to_owned(),
            encoding: crate::Encoding::Hex,
            challenge: Some(Challenge { kind: ChallengeKind::Hub, secret: "verify".to_owned() }),
            dedup: vec![Key::Joined(vec![place("/id"), place("/status")])],
            lane: vec![Key::One(place("/from"))],
            headers: vec!["x-hub-signature-256".to_owned()],
            strip: vec![place("/token")],
            same_for_seconds: Some(60),
            max_bytes: MOST_BYTES,
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut InboundRoute), expected: &str) {
        let mut route = sound();
        change(&mut route);
        let answer = judge_route(&route, &["key", "next", "verify"].map(secret)).unwrap_err();
        assert!(answer.contains(expected), "{answer}");
    }

    #[test]
    fn sound_routes_pass() {
        let judged = |route: &InboundRoute| judge_route(route, &["key", "next", "verify"].map(secret));
        assert_eq!(judged(&sound()), Ok(()));
        let mut by_path = sound();
        (by_path.scheme, by_path.field, by_path.prefix) = (Scheme::PathEqualsSecret, String::new(), String::new());
        by_path.dedup = vec![Key::Joined(vec![place("form:leads[status][*][id]")])];
        (by_path.lane, by_path.strip) = (Vec::new(), vec![place("form:auth[access_token]")]);
        assert_eq!(judged(&by_path), Ok(()));
    }

    #[test]
    fn each_broken_rule_of_a_route_is_named() {
        check(|route| route.path = "/events".to_owned(), "is no route");
        check(|route| route.path = "a/../b".to_owned(), "is no route");
        check(|route| route.secret = "other".to_owned(), "`other`, which is not declared");
        check(|route| route.secret_also = vec!["other".to_owned()], "`other`, which is not declared");
        check(|route| route.secret_also = vec!["key".to_owned(); 9], "`secret_also`");
        check(|route| route.challenge.as_mut().unwrap().secret = "other".to_owned(), "`other`, which is not declared");
        check(|route| route.field = String::new(), "needs `field`");
        check(|route| route.field = "x y".to_owned(), "impossible header");
        check(|route| route.scheme = Scheme::PathEqualsSecret, "`path-equals-secret` does not read");
        check(|route| route.scheme = Scheme::HeaderEqualsSecret, "only `hmac-sha256` reads");
        check(|route| route.prefix = "a b".to_owned(), "visible ASCII");
        check(|route| route.prefix = "x".repeat(33), "at most 32");
        check(|route| route.headers = vec!["a b".to_owned()], "impossible header");
        check(
            |route| {
                (route.scheme, route.prefix) = (Scheme::HeaderEqualsSecret, String::new());
            },
            "holds the secret",
        );
        check(
            |route| {
                (route.scheme, route.prefix, route.field) = (Scheme::StandardWebhooks, String::new(), String::new());
            },
            "`webhook-id`",
        );
        check(|route| route.same_for_seconds = Some(0), "`same_for_seconds`");
        check(|route| route.same_for_seconds = Some(LONGEST_SAME_S + 1), "`same_for_seconds`");
        check(|route| route.max_bytes = 0, "`max_bytes`");
        check(|route| route.max_bytes = MOST_BYTES + 1, "`max_bytes`");
        check(|route| route.dedup = vec![Key::Joined(Vec::new())], "key of no place");
        check(|route| route.dedup = vec![Key::One(place("id"))], "no JSON pointer");
        check(
            |route| {
                (route.dedup, route.lane, route.strip) = (Vec::new(), Vec::new(), vec![place("form:")]);
            },
            "no JSON pointer",
        );
        check(|route| route.strip = vec![place("form:token")], "takes forms");
        check(|route| route.lane = vec![Key::One(place("/x")); 33], "too many pointers");
    }
}
