//! Looking whether everything is entered, trying the endpoint, what can be chosen, and what the manifest asks for.

use crate::erp::{Fault, NOW_MS, ORDERS, World};
use kamurj_manifest::{RateScope, Scheme};
use kamurj_plugin_erp_webhook::ErpWebhook;
use kamurj_sdk::{Crm, ListRequest};
use serde_json::{Value, json};

fn states(world: &World, only_look: bool) -> Vec<(String, String)> {
    let findings = world.connects(only_look).expect("findings");
    findings.into_iter().map(|finding| (finding.name, finding.state)).collect()
}

fn found(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, state)| ((*name).to_owned(), (*state).to_owned())).collect()
}

#[test]
fn a_check_says_what_signs_and_sends_nothing() {
    let world = World::with(&json!({}), &["signing_secret", "signing_key"]);
    let outcome = ErpWebhook::check(&world.host);
    assert_eq!(
        (outcome.kind.as_str(), outcome.message.as_str()),
        (
            "done",
            "Webhooks to https://erp.example.am/hooks/kamurj are signed by `signing_secret` and `signing_key`. Set-up tries whether \
             the endpoint takes them"
        )
    );
    let without = World::with(&json!({}), &[]);
    let outcome = ErpWebhook::check(&without.host);
    assert_eq!(outcome.kind, "bad-request");
    assert!(outcome.message.contains("`signing_secret`"), "{}", outcome.message);
    assert_eq!((world.erp.borrow().asked, without.erp.borrow().asked), (0, 0));
}

#[test]
fn set_up_sends_a_signed_test_and_looking_sends_nothing() {
    let world = World::with(&json!({}), &["signing_secret", "inbound_secret"]);
    assert_eq!(states(&world, true), found(&[("signature", "ok"), ("endpoint", "unknown"), ("orders", "ok")]));
    assert_eq!(world.erp.borrow().asked, 0);
    assert_eq!(states(&world, false), found(&[("signature", "ok"), ("endpoint", "ok"), ("orders", "ok")]));
    let heard = world.only();
    assert_eq!(heard.id, "test_1795250000000");
    assert_eq!(heard.body["type"], "webhook.test");
    assert!(heard.body["data"].get("payment_id").is_none());
    world.host.set_now_ms(NOW_MS + 1);
    assert_eq!(states(&world, false)[1].1, "ok");
    assert_eq!(world.heard()[1].id, "test_1795250000001", "the endpoint is tried anew each time");
}

#[test]
fn the_address_for_orders_is_told_with_and_without_a_secret_for_them() {
    for (secret, part) in [
        ("inbound_secret", "orders are taken at https://pay.example.am/hooks/ins_1/orders"),
        ("inbound_secret_next", "orders are taken at"),
        ("signing_secret_old", "orders are not taken"),
    ] {
        let world = World::with(&json!({}), &["signing_secret", secret]);
        let findings = world.connects(true).expect("findings");
        assert!(findings[2].message.contains(part) && findings[2].message.contains(ORDERS), "{}", findings[2].message);
    }
}

#[test]
fn what_the_endpoint_says_to_the_test_is_told() {
    for (fault, state, part) in [
        (Fault::answer(401), "wrong", "it refuses the signature"),
        (Fault::answer(400), "wrong", "it refuses the signature"),
        (Fault::answer(403), "wrong", "it refuses the signature"),
        (Fault::answer(404), "wrong", "check `path`"),
        (Fault::answer(410), "wrong", "switched off"),
        (Fault::with(301, "location", "https://new.example.am/x"), "wrong", "moved to new.example.am"),
        (Fault::answer(500), "unknown", "the endpoint answers 500"),
        (Fault::with(503, "retry-after", "60"), "unknown", "asks to come back later"),
        (Fault::answer(429), "unknown", "too often"),
        (Fault::NotSent, "wrong", "cannot be reached"),
        (Fault::DropRequest, "unknown", "did not answer in time"),
        (Fault::Refused("not-granted"), "wrong", "not-granted"),
    ] {
        let world = World::new();
        world.fails([fault.clone()]);
        let findings = world.connects(false).expect("findings");
        assert_eq!((findings[1].name.as_str(), findings[1].state.as_str()), ("endpoint", state), "{fault:?}");
        assert!(findings[1].message.contains(part), "{fault:?}: {}", findings[1].message);
        assert!(!findings[1].message.contains("not for logs"), "{}", findings[1].message);
    }
    let world = World::new();
    world.fails([Fault::Held(3000)]);
    let outcome = world.connects(false).expect_err("nothing was found out");
    assert_eq!((outcome.kind.as_str(), outcome.retry_after_ms), ("retry", Some(3000)));
}

#[test]
fn without_a_secret_nothing_is_tried() {
    let world = World::with(&json!({}), &[]);
    assert_eq!(states(&world, false), found(&[("signature", "wrong"), ("orders", "ok")]));
    assert_eq!(world.erp.borrow().asked, 0);
}

#[test]
fn events_are_offered_in_three_languages() {
    let offer = |name: &str, language: &str| {
        let wanted = ListRequest { name: name.to_owned(), language: language.to_owned(), extra: Vec::new() };
        ErpWebhook::offer(&World::new().host, &wanted).expect("a list")
    };
    let schema: Value = serde_json::from_str(include_str!("../../settings.schema.json")).expect("JSON");
    assert_eq!(schema["properties"]["events"]["x-choices"], "events");
    let allowed = schema["properties"]["events"]["items"]["enum"].clone();
    let mut titles = std::collections::BTreeSet::new();
    for language in ["hy", "ru", "en"] {
        let items = offer("events", language);
        assert_eq!(json!(items.iter().map(|item| item.value.clone()).collect::<Vec<_>>()), allowed);
        titles.extend(items.into_iter().map(|item| item.title));
    }
    assert_eq!(titles.len(), 36, "every name is said in every language");
    assert!(titles.contains("Paid (payment.paid)"));
    assert!(offer("stages", "en").is_empty());
}

#[test]
fn settings_that_are_not_sound_are_refused() {
    let schema: Value = serde_json::from_str(include_str!("../../settings.schema.json")).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    for good in [
        json!({ "endpoint": "https://erp.example.am" }),
        json!({ "endpoint": "http://10.0.0.5:8080", "path": "/hs/kamurj?base=main", "events": ["payment.paid"] }),
        json!({ "endpoint": "https://erp.example.am", "path": "/", "events": [], "without_customer": true }),
    ] {
        assert!(schema.is_valid(&good), "{good}");
        let world = World::with(&good, &["signing_secret"]);
        assert_eq!(ErpWebhook::check(&world.host).kind, "done", "{good}");
    }
    for bad in [
        json!({}),
        json!({ "endpoint": "https://erp.example.am/hooks" }),
        json!({ "endpoint": "https://user@erp.example.am" }),
        json!({ "endpoint": "erp.example.am" }),
        json!({ "endpoint": "https://erp.example.am", "path": "hooks" }),
        json!({ "endpoint": "https://erp.example.am", "path": "/a b" }),
        json!({ "endpoint": "https://erp.example.am", "path": "/a#b" }),
        json!({ "endpoint": "https://erp.example.am", "events": ["payment.reminder"] }),
        json!({ "endpoint": "https://erp.example.am", "secret": "x" }),
    ] {
        assert!(!schema.is_valid(&bad), "{bad}");
    }
}

#[test]
fn the_manifest_asks_for_no_more_than_it_uses() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = kamurj_manifest::from_folder(folder).expect("a sound manifest");
    assert_eq!((manifest.id.as_str(), manifest.all_payments), ("erp-webhook", true));
    let [host] = &manifest.hosts[..] else { panic!("one host") };
    assert_eq!(host.origin, "{endpoint}");
    assert_eq!(host.rate.map(|rate| rate.scope), Some(RateScope::Origin));
    let secrets: Vec<_> = manifest
        .secrets
        .iter()
        .map(|secret| (secret.name.as_str(), secret.placements.join(" "), secret.required))
        .collect();
    let expected = [
        ("signing_secret", "sign", true),
        ("signing_secret_old", "sign", false),
        ("signing_key", "sign", false),
        ("inbound_secret", "verify", false),
        ("inbound_secret_next", "verify", false),
    ];
    assert_eq!(secrets, expected.map(|(name, places, required)| (name, places.to_owned(), required)));
    let [route] = &manifest.routes[..] else { panic!("one route") };
    assert_eq!((route.path.as_str(), route.scheme), ("orders", Scheme::StandardWebhooks));
    assert_eq!(route.secrets().collect::<Vec<_>>(), ["inbound_secret", "inbound_secret_next"]);
    assert_eq!(route.lane.len(), 1, "the messages of one order are handled in order");
    assert!(manifest.schedule.is_empty() && manifest.connections.is_empty());
}
