//! What is kept of what operators do: everything that they did or were refused, without a secret, in a chain that shows every change.

use super::roles::{asks, caller};
use kamurj_access::Role;
use kamurj_tests::integrator::link;
use kamurj_tests::world::canary;
use kamurj_tests::{World, story};
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_kamurj-under-test");

pub(super) async fn log(world: &World) -> Vec<Value> {
    let owner = caller(world, &world.merchant, Role::Auditor, true);
    let (status, body) = asks(world, &owner, "GET", "/v1/audit?limit=200", "").await;
    assert_eq!(status, 200, "{body}");
    body["entries"].as_array().expect("entries").clone()
}

fn told(entry: &Value) -> (&str, &str, &str) {
    let text = |name: &str| entry[name].as_str().expect("a text");
    (text("action"), text("outcome"), text("role"))
}

story!(o10_what_operators_did_and_were_refused_is_in_the_log_with_who_and_what, |world| {
    let payment = world.orders("A-1", "12500").await;
    let id = payment["id"].as_str().expect("an id").to_owned();
    let merchant = world.merchant.clone();
    let manager = caller(world, &merchant, Role::Manager, true);
    let path = format!("/v1/payments/{id}");
    let customer = json!({ "reason": "wrong size" });
    assert_eq!(asks(world, &manager, "POST", &format!("{path}/cancel"), &customer.to_string()).await.0, 200);
    assert_eq!(asks(world, &manager, "POST", &format!("{path}/refunds"), "{}").await.0, 403);
    let developer = caller(world, &merchant, Role::Developer, true);
    assert_eq!(
        asks(world, &developer, "POST", "/v1/api-keys", &json!({"label": "x", "scopes": ["refunds"]}).to_string())
            .await
            .0,
        422
    );
    assert_eq!(asks(world, &developer, "GET", "/v1/operators", "").await.0, 403);
    let entries = log(world).await;
    let seen: Vec<_> = entries.iter().rev().map(told).collect();
    assert_eq!(
        seen,
        [
            ("POST /v1/payments/{id}/cancel", "done", "manager"),
            ("POST /v1/payments/{id}/refunds", "refused", "manager"),
            ("POST /v1/api-keys", "refused", "developer"),
            ("GET /v1/operators", "refused", "developer"),
        ]
    );
    let cancel = entries.last().expect("the first");
    assert_eq!(
        (&cancel["target"], &cancel["detail"]["reason"], &cancel["status"]),
        (&json!(id), &json!("wrong size"), &json!(200))
    );
    let journal = world.journal(&id).await;
    assert!(journal.contains(&"payment.cancelled".to_owned()), "{journal:?}");
});

story!(h5_no_secret_that_an_operator_enters_is_in_the_log, |world| {
    let merchant = world.merchant.clone();
    let operator = caller(world, &merchant, Role::Operator, true);
    let body = json!({
        "provider": "vpos", "label": "second", "settings": {"base_url": world.sandbox.bank_url},
        "secrets": {"api_token": canary("bank token"), "webhook_secret": canary("webhook secret")},
    });
    let (status, answer) = asks(world, &operator, "POST", "/v1/provider-accounts", &body.to_string()).await;
    assert_eq!(status, 201, "{answer}");
    let entry = log(world).await.remove(0);
    assert_eq!(entry["detail"]["secrets"], json!({"api_token": "•", "webhook_secret": "•"}));
    assert!(!entry.to_string().contains(&canary("bank token")), "{entry}");
});

story!(e12_a_changed_a_removed_and_a_cut_off_entry_are_found, |world| {
    let merchant = world.merchant.clone();
    let manager = caller(world, &merchant, Role::Manager, true);
    for number in 1..=4 {
        asks(world, &manager, "POST", &format!("/v1/payments/pay_{number}/refunds"), "{}").await;
    }
    let proof = |world: &World, more: &[&str]| {
        let output = world.runs(PROGRAM, &[&["audit", "verify"], more].concat());
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).expect("UTF-8"))
    };
    let (is_whole, said) = proof(world, &[]);
    assert!(is_whole && said.contains("1 chains"), "{said}");
    let head = said.lines().find(|line| line.starts_with("mer_")).expect("where it ends").to_owned();
    assert!(proof(world, &["--head", &head]).0);
    for (change, place) in [
        ("UPDATE audit_log SET actor = 'op_other' WHERE sequence = 2", "/2 was changed"),
        ("DELETE FROM audit_log WHERE sequence = 3", "/3 is not there"),
        ("UPDATE audit_log SET mac = 'x' WHERE sequence = 1", "/1 was not written by this server"),
    ] {
        world.tampers([change]).await;
        let (is_whole, said) = proof(world, &[]);
        assert!(!is_whole, "{change}: {said}");
        assert!(said.contains(place) || said.contains("/1 ") || said.contains("/2 "), "{change}: {said}");
    }
});

story!(money_that_an_operator_moved_names_them_in_the_journal, |world| {
    let payment = world.orders("A-1", "12500").await;
    world.pays(&link(&payment)).await;
    world.settles().await;
    let id = payment["id"].as_str().expect("an id").to_owned();
    let operator = caller(world, &world.merchant.clone(), Role::Operator, true);
    let body = json!({"reason": "spoilt", "amount": {"value": "500", "currency": "AMD"}}).to_string();
    assert_eq!(asks(world, &operator, "POST", &format!("/v1/payments/{id}/refunds"), &body).await.0, 201);
    world.settles().await;
    let (_, journal) = asks(world, &operator, "GET", &format!("/v1/payments/{id}/journal?limit=200"), "").await;
    let actors = journal["entries"].as_array().expect("entries").iter().map(|entry| entry["actor"].to_string());
    assert!(actors.into_iter().any(|actor| actor.contains("operator op_operator (operator)")), "{journal}");
});

story!(every_act_that_the_log_may_have_is_told_in_words, |world| {
    let texts = concat!(env!("CARGO_MANIFEST_DIR"), "/../checkout-templates/console/texts/audit.json");
    let texts: Value = serde_json::from_slice(&std::fs::read(texts).expect("the texts")).expect("JSON");
    let document: Value = world
        .http
        .get(format!("{}/openapi.json", world.url))
        .send()
        .await
        .expect("an answer")
        .json()
        .await
        .expect("JSON");
    let mut acts = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        let methods = item.as_object().expect("methods").keys();
        let told = methods.filter(|method| *method != "get" || path.starts_with("/v1/exports/"));
        acts.extend(
            told.filter(|_| path.starts_with("/v1/")).map(|method| format!("{} {path}", method.to_uppercase())),
        );
    }
    assert!(acts.len() > 50, "{acts:?}");
    let key = |act: &String| format!("audit_act_{}", act.replace(['.', '-'], "_"));
    let missing: Vec<_> = acts.iter().filter(|act| texts[key(act)].is_null()).collect();
    assert!(missing.is_empty(), "checkout-templates/console/texts/audit.json lacks {missing:?}");
});
