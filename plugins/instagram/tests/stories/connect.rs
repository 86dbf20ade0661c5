//! Whether the account is set up, by either way in, and what setting it up does; and what the manifest asks for.

use kamurj_plugin_instagram::Instagram;
use kamurj_sdk::{Channel, Finding};
use serde_json::{Value, json};

use crate::shop::{Shop, by_page, settings};

fn states(findings: &[Finding]) -> Vec<(&str, &str)> {
    findings.iter().map(|finding| (finding.name.as_str(), finding.state.as_str())).collect()
}

fn changed(mut settings: Value, name: &str, value: &str) -> Value {
    settings[name] = json!(value);
    settings
}

#[test]
fn check_says_whose_account_it_is_and_what_does_not_fit() {
    let said = |settings: Value| {
        let outcome = Instagram::check(&Shop::with(&settings).host);
        (outcome.kind, outcome.code, outcome.message)
    };
    assert_eq!(said(settings()).2, "Connected as @anush.cakes");
    assert_eq!(said(by_page()).2, "Connected as the page Anush's cakes");
    let (kind, code, message) = said(changed(settings(), "account_id", "5"));
    assert!(
        kind == "bad-request" && code == "account_id" && message.contains("@anush.cakes (17840000000000001)"),
        "{message}"
    );
    assert_eq!(said(changed(by_page(), "page_id", "5")).1, "page_id");
    for (settings, part) in [
        (changed(by_page(), "api_base", "https://graph.instagram.com/"), "api_base: a page's token"),
        (changed(settings(), "api_base", "https://graph.facebook.com"), "api_base: a token of Instagram Login"),
        (changed(settings(), "variant", "page"), "page_id: "),
    ] {
        let (kind, code, message) = said(settings);
        assert_eq!((kind.as_str(), code.as_str()), ("bad-request", "settings"));
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn a_page_of_another_account_is_named() {
    let shop = Shop::with(&by_page());
    shop.graph.borrow_mut().linked = Some("17840000000000099");
    let outcome = Instagram::check(&shop.host);
    assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("bad-request", "account_id"));
    shop.graph.borrow_mut().linked = Some("17840000000000001");
    assert_eq!(Instagram::check(&shop.host).kind, "done");
}

#[test]
fn instagram_login_is_subscribed_and_its_address_set_or_entered_by_hand() {
    let shop = Shop::new();
    let look = shop.connect(true).expect("findings");
    assert_eq!(states(&look), [("token", "ok"), ("subscription", "missing"), ("webhook", "missing")]);
    assert_eq!(shop.graph.borrow().changes, 0);
    let made = shop.connect(false).expect("findings");
    assert_eq!(states(&made)[1..], [("subscription", "made"), ("webhook", "made")]);
    assert_eq!(shop.graph.borrow().subscribed, ["messages", "messaging_postbacks", "messaging_referral"]);
    assert!(shop.connect(false).expect("findings").iter().all(|finding| finding.state == "ok"));

    let shop = Shop::new();
    shop.graph.borrow_mut().sees_no_hook = true;
    let by_hand = shop.connect(false).expect("findings");
    assert_eq!(states(&by_hand)[2], ("webhook", "unknown"));
    assert!(by_hand[2].message.contains("https://pay.example.am/hooks/ins_1/webhook"), "{}", by_hand[2].message);
}

#[test]
fn a_page_is_subscribed_and_its_address_set_and_new_visitors_are_offered_the_question() {
    let shop = Shop::with(&changed(by_page(), "ice_breaker", "Ի՞նչ կա վաճառքում"));
    let look = shop.connect(true).expect("findings");
    assert_eq!(states(&look)[1..], [("subscription", "missing"), ("webhook", "missing"), ("ice-breaker", "missing")]);
    assert_eq!(shop.graph.borrow().changes, 0);
    let made = shop.connect(false).expect("findings");
    assert_eq!(states(&made)[1..], [("subscription", "made"), ("webhook", "made"), ("ice-breaker", "made")]);
    let hook = shop.graph.borrow().hook.clone().expect("an address");
    assert_eq!(hook.1, "messages,messaging_postbacks,messaging_referral");
    let again = shop.connect(false).expect("findings");
    assert!(again.iter().all(|finding| finding.state == "ok"), "{again:?}");
    assert_eq!(shop.graph.borrow().changes, 3);
}

#[test]
fn the_manifest_asks_for_no_more_than_it_uses() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = kamurj_manifest::from_folder(folder).expect("a sound manifest");
    assert_eq!((manifest.id.as_str(), manifest.schedule[0].name.as_str()), ("instagram", "renew-token"));
    let secrets: Vec<_> =
        manifest.secrets.iter().map(|secret| (secret.name.as_str(), secret.placements.join(" "))).collect();
    let asked = [
        ("access_token", "header"),
        ("app_secret", "verify header"),
        ("other_app_secret", "verify"),
        ("app_secret_next", "verify"),
        ("verify_token", "verify body"),
    ];
    assert_eq!(secrets, asked.map(|(name, places)| (name, places.to_owned())));
    let renewal = manifest.secrets[0].renewal.as_ref().expect("the token is renewed");
    assert_eq!((renewal.url.as_str(), renewal.min_age_seconds), ("{api_base}/refresh_access_token", 86_400));
    let route = &manifest.routes[0];
    assert_eq!(route.secrets().collect::<Vec<_>>(), ["app_secret", "other_app_secret", "app_secret_next"]);
    assert!(route.dedup.iter().all(|key| key.places().iter().any(|place| place.0.ends_with("/timestamp"))));
    let named: Vec<_> =
        manifest.settings_schema["properties"].as_object().expect("properties").keys().cloned().collect();
    for name in by_page().as_object().expect("an object").keys() {
        assert!(named.contains(name), "{name}");
    }
}
