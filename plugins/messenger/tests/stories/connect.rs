//! Whether the page is set up, and what setting it up does; and what the manifest asks for.

use kamurj_plugin_messenger::Messenger;
use kamurj_sdk::{Channel, Finding};
use serde_json::json;

use crate::shop::{Shop, settings};

fn states(findings: &[Finding]) -> Vec<(&str, &str)> {
    findings.iter().map(|finding| (finding.name.as_str(), finding.state.as_str())).collect()
}

#[test]
fn check_says_whose_page_it_is() {
    let shop = Shop::new();
    let outcome = Messenger::check(&shop.host);
    assert_eq!((outcome.kind.as_str(), outcome.message.as_str()), ("done", "Connected as the page Anush's cakes"));
    assert_eq!(shop.graph.borrow().changes, 0);
    shop.graph.borrow_mut().revoked = true;
    assert_eq!(Messenger::check(&shop.host).kind, "auth-needed");
    let mut other = settings();
    other["page_id"] = json!("5");
    let outcome = Messenger::check(&Shop::with(&other).host);
    assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("bad-request", "page_id"));
    assert!(outcome.message.contains("Anush's cakes (111222333444555)"), "{}", outcome.message);
}

#[test]
fn a_page_with_nothing_is_looked_at_set_up_and_left_alone() {
    let shop = Shop::new();
    let look = shop.connect(true).expect("findings");
    assert_eq!(
        states(&look),
        [("token", "ok"), ("subscription", "missing"), ("webhook", "missing"), ("get-started", "missing")]
    );
    assert_eq!(shop.graph.borrow().changes, 0);
    let made = shop.connect(false).expect("findings");
    assert_eq!(
        states(&made),
        [("token", "ok"), ("subscription", "made"), ("webhook", "made"), ("get-started", "made")]
    );
    let hook = shop.graph.borrow().hook.clone().expect("an address");
    assert_eq!(hook.0, "https://pay.example.am/hooks/ins_1/webhook");
    assert_eq!(hook.1, "messages,messaging_postbacks,messaging_referrals,message_echoes");
    let changes = shop.graph.borrow().changes;
    let again = shop.connect(false).expect("findings");
    assert!(again.iter().all(|finding| finding.state == "ok"), "{again:?}");
    assert_eq!(shop.graph.borrow().changes, changes);
}

#[test]
fn what_is_wrong_is_named_with_what_to_do() {
    let shop = Shop::new();
    shop.graph.borrow_mut().subscribed = vec!["messages".to_owned()];
    shop.graph.borrow_mut().hook = Some(("https://else.example/hook".to_owned(), "messages".to_owned()));
    let look = shop.connect(true).expect("findings");
    assert_eq!(states(&look)[1..3], [("subscription", "missing"), ("webhook", "wrong")]);
    assert!(
        look[1].message.contains("messaging_postbacks, messaging_referrals, message_echoes"),
        "{}",
        look[1].message
    );
    shop.graph.borrow_mut().refuses_hook = true;
    let made = shop.connect(false).expect("findings");
    assert_eq!(states(&made)[1..3], [("subscription", "made"), ("webhook", "wrong")]);
    assert!(made[2].message.contains("Callback verification failed"), "{}", made[2].message);

    let mut unnamed = settings();
    unnamed.as_object_mut().expect("an object").remove("app_id");
    let by_hand = Shop::with(&unnamed).connect(false).expect("findings");
    assert_eq!(by_hand[2].state, "unknown");
    assert!(by_hand[2].message.contains("https://pay.example.am/hooks/ins_1/webhook"), "{}", by_hand[2].message);
    shop.graph.borrow_mut().revoked = true;
    assert_eq!(shop.connect(false).expect_err("no findings").kind, "auth-needed");
}

fn of(findings: Vec<Finding>, name: &str) -> (String, String) {
    let finding = findings.into_iter().find(|finding| finding.name == name).expect("the template");
    (finding.state, finding.message)
}

#[test]
fn templates_are_looked_up_in_every_language_that_was_entered() {
    let shop = Shop::with_templates();
    let look = |name: &str| of(shop.connect(true).expect("findings"), name);
    assert_eq!(look("template-paid").0, "ok");
    let text = str::to_owned;
    shop.graph.borrow_mut().templates =
        vec![(text("payment_received"), text("en_US"), "PENDING"), (text("payment_link"), text("en_US"), "APPROVED")];
    let (state, message) = look("template-link");
    assert!(state == "missing" && message.contains("payment_link in ru"), "{message}");
    shop.graph.borrow_mut().templates.push((text("payment_received"), text("ru"), "APPROVED"));
    let (state, message) = look("template-paid");
    assert!(state == "wrong" && message.contains("en_US is PENDING"), "{message}");
    assert_eq!(shop.graph.borrow().changes, 0);
}

#[test]
fn templates_that_are_missing_are_made_and_can_be_sent() {
    let shop = Shop::with_templates();
    shop.graph.borrow_mut().templates.clear();
    let made = shop.connect(false).expect("findings");
    let (state, message) = of(made, "template-link");
    assert!(state == "made" && message.contains("https://pay.example.am/p/"), "{message}");
    assert_eq!(shop.graph.borrow().made.len(), 4);
    let link =
        shop.graph.borrow().made.iter().find(|form| form["name"] == "payment_link").cloned().expect("the link's");
    assert_eq!(
        link["components"][0]["text"],
        "Your order is waiting to be paid.\nFor: {{1}}.\nYou can pay on the order's page."
    );
    assert_eq!(link["components"][1]["buttons"][0]["url"], "https://pay.example.am/p/{{1}}");
    let again = shop.connect(false).expect("findings");
    assert!(again.iter().all(|finding| finding.state == "ok"), "{again:?}");

    let waiting = Shop::with_templates();
    waiting.graph.borrow_mut().templates.clear();
    waiting.graph.borrow_mut().pending = true;
    let (state, message) = of(waiting.connect(false).expect("findings"), "template-paid");
    assert!(state == "wrong" && message.contains("was made and is PENDING"), "{message}");
}

#[test]
fn more_templates_than_one_run_can_make_are_made_in_the_next() {
    let mut many = settings();
    let form = |purpose: &str| {
        (purpose.to_owned(), json!({ "name": format!("our_{purpose}"), "languages": { "ru": "ru", "en": "en" } }))
    };
    let purposes = ["link", "paid", "failed", "reminder", "expired", "cancelled", "refunded"];
    many["templates"] = purposes.into_iter().map(form).collect();
    let shop = Shop::with(&many);
    shop.graph.borrow_mut().room = Some(16);
    let first = shop.connect(false).expect("findings");
    assert!(first.iter().any(|finding| finding.message.contains("is made when this is done once more")), "{first:?}");
    shop.host.new_run("another set-up");
    shop.graph.borrow_mut().room = Some(16);
    assert!(
        shop.connect(false).expect("findings").iter().all(|finding| ["ok", "made"].contains(&finding.state.as_str()))
    );
    assert_eq!(shop.graph.borrow().made.len(), 14);
}

#[test]
fn a_template_in_a_language_that_is_not_written_here_is_made_by_hand() {
    let mut other = settings();
    other["templates"] =
        json!({ "paid": { "name": "payment_received", "languages": { "hy": "ka" }, "body": ["order"] } });
    let (state, message) = of(Shop::with(&other).connect(false).expect("findings"), "template-paid");
    assert!(state == "missing" && message.contains("payment_received in ka: make it at Meta"), "{message}");
}

#[test]
fn the_manifest_asks_for_no_more_than_it_uses() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = kamurj_manifest::from_folder(folder).expect("a sound manifest");
    assert_eq!(manifest.id, "messenger");
    let secrets: Vec<_> =
        manifest.secrets.iter().map(|secret| (secret.name.as_str(), secret.placements.join(" "))).collect();
    let asked = [
        ("page_token", "header"),
        ("app_secret", "verify header"),
        ("app_secret_next", "verify"),
        ("verify_token", "verify body"),
    ];
    assert_eq!(secrets, asked.map(|(name, places)| (name, places.to_owned())));
    let route = &manifest.routes[0];
    assert_eq!(
        (route.path.as_str(), route.field.as_str(), route.prefix.as_str()),
        ("webhook", "X-Hub-Signature-256", "sha256=")
    );
    assert!(route.dedup.iter().all(|key| key.places().iter().any(|place| place.0.ends_with("/timestamp"))));
    let named: Vec<_> =
        manifest.settings_schema["properties"].as_object().expect("properties").keys().cloned().collect();
    for name in settings().as_object().expect("an object").keys() {
        assert!(named.contains(name), "{name}");
    }
}
