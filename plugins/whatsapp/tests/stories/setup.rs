//! Looking whether the number works, setting it up, and what the manifest asks for.

use crate::shop::Shop;
use kamurj_manifest::{ChallengeKind, Encoding};
use serde_json::{Value, json};

fn approved(name: &str, language: &str, body: &str, url: Option<&str>) -> Value {
    let mut components = vec![json!({ "type": "BODY", "text": body })];
    components.extend(url.map(|url| json!({ "type": "BUTTONS", "buttons": [{ "type": "URL", "url": url }] })));
    json!({ "name": name, "language": language, "status": "APPROVED", "parameter_format": "POSITIONAL", "components": components })
}

fn shop() -> Shop {
    let shop = Shop::with_templates();
    let url = Some("https://pay.example.am/p/{{1}}");
    shop.cloud.borrow_mut().templates = vec![
        approved("payment_link_old", "en_US", "x", None),
        approved("payment_link", "ru", "{{1}} {{2}}", url),
        approved("payment_link", "en_US", "{{1}} {{2}}", url),
        approved("payment_received", "en", "{{1}} {{2}} {{3}}", None),
        approved("money_back", "ru", "{{1}} {{2}}", None),
    ];
    shop
}

fn found(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, state)| ((*name).to_owned(), (*state).to_owned())).collect()
}

const TEMPLATES: [(&str, &str); 3] = [("template-link", "ok"), ("template-paid", "ok"), ("template-refunded", "ok")];

fn app(id: &str, url: Option<&str>) -> Value {
    let mut app = json!({ "whatsapp_business_api_data": { "id": id } });
    if let Some(url) = url {
        app["override_callback_uri"] = url.into();
    }
    app
}

#[test]
fn a_check_says_whose_number_it_is_and_not_the_number() {
    let shop = Shop::new();
    let outcome = shop.check();
    assert_eq!(
        (outcome.kind.as_str(), outcome.message.as_str()),
        ("done", "Connected as Anush (the number that ends in 1234)")
    );
    shop.cloud.borrow_mut().revoked = true;
    assert_eq!(shop.check().kind, "auth-needed");
}

#[test]
fn looking_changes_nothing_and_setting_up_makes_everything_so() {
    let shop = shop();
    let mut expected = found(&[("token", "ok"), ("subscription", "missing")]);
    expected.extend(found(&TEMPLATES));
    assert_eq!(shop.connects(true), expected);
    assert!(shop.cloud.borrow().apps.is_empty());

    let mut expected = found(&[("token", "ok"), ("subscription", "made"), ("webhook", "made")]);
    expected.extend(found(&TEMPLATES));
    assert_eq!(shop.connects(false), expected);
    assert_eq!(shop.cloud.borrow().apps[0]["override_callback_uri"], "https://pay.example.am/hooks/ins_1/webhook");
    for only_look in [true, false] {
        let mut expected = found(&[("token", "ok"), ("subscription", "ok"), ("webhook", "ok")]);
        expected.extend(found(&TEMPLATES));
        assert_eq!(shop.connects(only_look), expected);
    }
}

#[test]
fn another_address_is_told_and_replaced() {
    let shop = shop();
    shop.cloud.borrow_mut().apps = vec![app("1", Some("https://other.example/x"))];
    assert_eq!(shop.connects(true)[2], ("webhook".to_owned(), "wrong".to_owned()));
    assert_eq!(shop.connects(false)[2], ("webhook".to_owned(), "made".to_owned()));
    shop.cloud.borrow_mut().apps = vec![app("1", None)];
    assert_eq!(shop.connects(true)[2], ("webhook".to_owned(), "unknown".to_owned()));
}

#[test]
fn another_app_of_the_account_is_let_be() {
    let shop = shop();
    shop.cloud.borrow_mut().apps = vec![app("2", Some("https://other.example/x"))];
    assert_eq!(shop.connects(false)[2], ("webhook".to_owned(), "made".to_owned()));
    let apps = shop.cloud.borrow().apps.clone();
    assert_eq!(apps[0]["override_callback_uri"], "https://pay.example.am/hooks/ins_1/webhook");
    assert_eq!(apps[1], app("2", Some("https://other.example/x")));
}

#[test]
fn a_token_that_may_not_is_told_apart_from_one_that_is_gone() {
    let shop = shop();
    shop.cloud.borrow_mut().may_manage = false;
    assert_eq!(shop.connects(false), found(&[("token", "ok"), ("subscription", "wrong"), ("templates", "wrong")]));
    shop.cloud.borrow_mut().no_number = true;
    assert_eq!(shop.connects(false), found(&[("token", "wrong")]));
    shop.cloud.borrow_mut().revoked = true;
    let outcome = shop.connect(false).expect_err("nothing can be found out");
    assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("auth-needed", "190"));
}

#[test]
fn templates_that_cannot_be_sent_are_named() {
    let shop = Shop::new();
    assert_eq!(shop.connects(true).last(), Some(&("templates".to_owned(), "missing".to_owned())));
    let check = |change: &dyn Fn(&mut Value), part: &str| {
        let shop = self::shop();
        change(&mut shop.cloud.borrow_mut().templates[2]);
        let findings = shop.findings(true);
        let link = findings.iter().find(|finding| finding.name == "template-link").expect("a finding");
        assert!(link.state != "ok" && link.message.contains(part), "{link:?}");
    };
    check(&|template| template["language"] = "en".into(), "no template `payment_link` in `en_US`");
    check(&|template| template["status"] = "PENDING".into(), "it is PENDING");
    check(&|template| template["parameter_format"] = "NAMED".into(), "named variables");
    check(&|template| template["components"][0]["text"] = "{{1}}".into(), "has 1 variables");
    check(&|template| template["components"][1] = Value::Null, "no button");
}

#[test]
fn the_manifest_asks_for_no_more_than_it_uses() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = kamurj_manifest::from_folder(folder).expect("a sound manifest");
    assert_eq!((manifest.id.as_str(), manifest.hosts[0].origin.as_str()), ("whatsapp", "{api_base}"));
    let secrets: Vec<_> = manifest
        .secrets
        .iter()
        .map(|secret| (secret.name.as_str(), secret.placements.join(" "), secret.required))
        .collect();
    let expected = [
        ("access_token", "header", true),
        ("app_secret", "verify", true),
        ("app_secret_next", "verify", false),
        ("verify_token", "verify body", true),
    ];
    assert_eq!(secrets, expected.map(|(name, places, required)| (name, places.to_owned(), required)));
    let route = &manifest.routes[0];
    assert_eq!(
        (route.path.as_str(), route.field.as_str(), route.prefix.as_str()),
        ("webhook", "x-hub-signature-256", "sha256=")
    );
    assert_eq!((route.encoding, route.max_bytes), (Encoding::Hex, 3 * 1024 * 1024));
    let challenge = route.challenge.as_ref().expect("a challenge");
    assert_eq!((challenge.kind, challenge.secret.as_str()), (ChallengeKind::Hub, "verify_token"));
    assert!(manifest.events.contains(&"payment.send".to_owned()));
    assert_eq!(manifest.settings_schema["type"], "object");
}
