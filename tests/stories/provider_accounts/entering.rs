//! What operators enter is checked before anything is kept, and secrets are never seen again.

use kamurj_tests::accounts::{ACCOUNTS, account, adds, altered, alters, another, tries_out};
use kamurj_tests::integrator::Answer;
use kamurj_tests::links::{posts, reads, with};
use kamurj_tests::look::find_canaries;
use kamurj_tests::world::canary;
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::{Value, json};

async fn all(world: &World) -> Value {
    reads(world, ACCOUNTS).await.body
}

fn setting(body: &Value, name: &str, value: Value) -> Value {
    with(body.clone(), "settings", with(body["settings"].clone(), name, value))
}

fn secret(body: &Value, name: &str, value: Value) -> Value {
    with(body.clone(), "secrets", with(body["secrets"].clone(), name, value))
}

story!(what_is_wrong_with_an_account_is_named_by_its_field_and_nothing_is_kept, |world| {
    let right = another(world, "shop");
    let wrong = [
        (json!({}), &["/provider"][..]),
        (with(right.clone(), "provider", json!("nonsense")), &["/provider"]),
        (with(right.clone(), "settings", json!({})), &["/settings"]),
        (setting(&right, "base_url", json!("http://10.0.0.1")), &["/settings/base_url"]),
        (setting(&right, "amount_exponent", json!(7)), &["/settings/amount_exponent"]),
        (
            setting(&right, "checkout_origins", json!([world.sandbox.bank_url, "http://10.0.0.1"])),
            &["/settings/checkout_origins/1"],
        ),
        (
            with(right.clone(), "secrets", json!({ "webhook_secret": canary("webhook secret") })),
            &["/secrets/api_token"],
        ),
        (secret(&right, "password", json!("x")), &["/secrets/password"]),
        (secret(&right, "webhook_secret", json!("whsec_short")), &["/secrets/webhook_secret"]),
        (secret(&right, "webhook_secret_old", json!("")), &["/secrets/webhook_secret_old"]),
        (with(right.clone(), "label", json!("vpos")), &["/label"]),
        (with(right.clone(), "label", json!(" ")), &["/label"]),
        (with(right.clone(), "titles", json!({ "en": "" })), &["/titles/en"]),
        (with(right.clone(), "titles", json!({ "de": "Karte" })), &["/titles/de"]),
        (with(setting(&right, "refunds", json!("some")), "label", json!("vpos")), &["/label", "/settings/refunds"]),
    ];
    let before = all(world).await;
    let calls = world.sandbox.bank.view().calls.len();
    for (body, pointers) in &wrong {
        let answer = posts(world, ACCOUNTS, body).await;
        answer.is_problem(422, "invalid");
        let named = answer.pointers();
        assert!(
            named.len() == pointers.len() && named.iter().zip(*pointers).all(|(named, known)| named.starts_with(known)),
            "{pointers:?}: {}",
            answer.body
        );
        find_canaries("a refusal", answer.body.to_string().as_bytes());
    }
    let id = world.account.clone();
    for (changes, pointer) in [
        (json!({ "settings": { "base_url": "http://10.0.0.1" } }), "/settings/base_url"),
        (json!({ "secrets": { "api_token": null } }), "/secrets/api_token"),
        (json!({ "secrets": { "webhook_secret": "nonsense" } }), "/secrets/webhook_secret"),
        (json!({ "label": "" }), "/label"),
        (json!({ "default": false }), "/default"),
        (json!({ "switched_off": true, "default": true }), "/default"),
    ] {
        let answer = alters(world, &id, &changes).await;
        answer.is_problem(422, "invalid");
        assert_eq!(answer.pointers(), [pointer], "{}", answer.body);
    }
    assert_eq!(all(world).await, before, "nothing is kept");
    assert_eq!(world.sandbox.bank.view().calls.len(), calls, "and nobody is asked");
    assert_eq!(tries_out(world, &id).await.0, "works", "the secrets are those of before");
});

story!(o11_secrets_of_accounts_are_seen_by_nobody, |world| {
    let body = secret(&another(world, "shop"), "webhook_secret", json!(canary("webhook secret")));
    let added = posts(world, ACCOUNTS, &body).await;
    assert_eq!(added.status, 201, "{}", added.body);
    let id = added.body["id"].as_str().expect("an id").to_owned();
    let is_set = |name: &str, set: bool| json!({ "name": name, "set": set });
    assert_eq!(
        added.body["secrets"],
        json!([is_set("api_token", true), is_set("webhook_secret", true), is_set("webhook_secret_old", false)])
    );
    assert_eq!(added.body["webhook_url"], json!(format!("{}/webhooks/providers/vpos/{id}", world.url)));
    let abilities = &added.body["capabilities"];
    assert_eq!((&abilities["push"], &abilities["amounts"]), (&json!("proven"), &json!("minor_units")));
    let changed = altered(world, &id, &json!({ "secrets": { "webhook_secret_old": canary("webhook secret") } })).await;
    assert_eq!(changed["secrets"][2], is_set("webhook_secret_old", true));
    assert_eq!((&changed["version"], &changed["changes"][0]["what"]), (&json!(2), &json!("secret webhook_secret_old")));
    let checked = posts(world, &format!("{ACCOUNTS}/{id}/check"), &json!({})).await;
    let removed = Answer::to(world.asks(&world.api_key, Method::DELETE, &format!("{ACCOUNTS}/{id}"))).await;
    assert_eq!((checked.status, removed.status), (200, 200));
    for answer in
        [added.body, changed, checked.body, removed.body, all(world).await, account(world, &world.account).await]
    {
        find_canaries("an answer", answer.to_string().as_bytes());
    }
});

story!(a_second_request_with_the_same_key_adds_nothing_and_names_are_made_where_none_are_given, |world| {
    let mut body = another(world, "");
    body.as_object_mut().expect("an object").remove("label");
    let asks = || world.asks(&world.api_key, Method::POST, ACCOUNTS).header("idempotency-key", "k").json(&body);
    let (first, second) = (Answer::to(asks()).await, Answer::to(asks()).await);
    assert_eq!((first.status, &first.body), (201, &second.body));
    assert_eq!(first.body["label"], "vpos 2");
    let third = adds(world, &body).await;
    assert_eq!(account(world, &third).await["label"], "vpos 3");
    let known = reads(world, "/v1/providers").await.body;
    let known = known["providers"].as_array().expect("a list");
    let words: Vec<&str> = known.iter().filter_map(|one| one["provider"].as_str()).collect();
    assert!(words.contains(&"vpos") && words.contains(&"idram"), "{words:?}");
    let ours = known.iter().find(|one| one["provider"] == "vpos").expect("it is there");
    assert_eq!((&ours["name"], &ours["secrets"][0]), (&json!("VPOS.am"), &json!("api_token")));
});
