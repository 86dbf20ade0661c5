//! Setting up: a plugin makes its service call the installation, or looks whether it does, and a person reads how each thing stands.

use kamurj_tests::chats::{HOOK_KEY, chatting};
use kamurj_tests::integrator::Answer;
use kamurj_tests::uploads::TOKEN;
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::{Value, json};

/// A plugin that finds this, and keeps what it was asked for.
async fn finding(world: &mut World, findings: &Value) -> String {
    let settings = json!({
        "api_base": world.sandbox.telegram_url, "script": [{ "do": "keep_told", "key": "wish" }], "findings": findings,
    });
    world.runs_chatting(&settings, "IGQ-a-token-that-nobody-uses").await
}

async fn sets_up(world: &World, path: &str, body: &Value) -> Answer {
    world.does(Method::POST, &format!("{path}/setup"), body).await
}

story!(a_set_up_is_told_the_addresses_and_tells_how_each_thing_stands, |world| {
    let findings = json!([["webhook", "made", "It calls us now."], ["token", "ok", TOKEN], ["fields", "later", "?"]]);
    let path = finding(world, &findings).await;
    let told = sets_up(world, &path, &json!({ "only_look": false })).await;
    assert_eq!((told.status, &told.body["ok"]), (200, &json!(false)), "{}", told.body);
    let found = told.body["findings"].as_array().expect("findings");
    let states: Vec<&Value> = found.iter().map(|one| &one["state"]).collect();
    assert_eq!(states, [&json!("made"), &json!("ok"), &json!("unknown")], "a word that nobody knows is unknown");
    assert_eq!(found[1]["message"], "[secret token]", "no secret is told");
    assert!(told.body.get("outcome").is_none(), "{}", told.body);
    let wish: Value = serde_json::from_str(&world.kept(&path, "wish").await.expect("it ran")).expect("JSON");
    let id = path.trim_start_matches("/v1/installations/");
    let address = |rest: &str| format!("{}/hooks/{id}/{rest}", world.url);
    assert_eq!(
        wish["addresses"],
        json!([["update", address("update")], ["news", address("news/{{secret:hook_key}}")]]),
        "a secret that ends an address stands there as a slot"
    );
    assert_eq!(wish["only_look"], false);
    assert!(!told.body.to_string().contains(HOOK_KEY) && !wish.to_string().contains(HOOK_KEY));
    let run = &world.sees(&format!("{path}/runs?limit=1")).await["runs"][0];
    assert_eq!((&run["call"], &run["ended"]), (&json!("connect"), &json!("done")), "{run}");
    assert_eq!(run["detail"], "webhook: made, token: ok, fields: unknown");

    let settled = json!([["webhook", "ok", ""]]);
    let mut settings = world.sees(&path).await["active"]["settings"].clone();
    settings["findings"] = settled;
    world.changes(&path, &json!({ "settings": settings })).await;
    world.activates(&path, &json!({ "skip_check": true })).await;
    let looked = sets_up(world, &path, &json!({ "only_look": true })).await;
    assert_eq!((looked.status, &looked.body["ok"]), (200, &json!(true)), "{}", looked.body);
    let wish: Value = serde_json::from_str(&world.kept(&path, "wish").await.expect("it ran")).expect("JSON");
    assert_eq!(wish["only_look"], true);
});

story!(a_set_up_that_finds_nothing_out_says_why_and_wrong_questions_change_nothing, |world| {
    let path = finding(world, &Value::Null).await;
    let mut settings = world.sees(&path).await["active"]["settings"].clone();
    let away = format!("{}/x", world.sandbox.telegram_url);
    settings["script"] = json!([{ "do": "panic", "url": away }]);
    world.changes(&path, &json!({ "settings": settings })).await;
    world.activates(&path, &json!({ "skip_check": true })).await;
    let broke = sets_up(world, &path, &json!({})).await;
    assert_eq!(
        (broke.status, &broke.body["ok"], &broke.body["outcome"]["outcome"]),
        (200, &json!(false), &json!("broke"))
    );
    assert_eq!(broke.body["findings"], json!([]));
    let wrong = sets_up(world, &path, &json!({ "only_look": "yes" })).await;
    wrong.is_problem(422, "invalid");
    let neighbour = world.flower_shop().await;
    let asked = world.asks(&neighbour.api_key, Method::POST, &format!("{path}/setup")).json(&json!({}));
    Answer::to(asked).await.is_problem(404, "not-found");

    // Not active: nothing is taken there.
    let digest = world.has_uploaded(chatting(|manifest| manifest["id"] = json!("other"))).await;
    let settings = json!({ "api_base": world.sandbox.telegram_url });
    let body = json!({ "plugin": digest, "settings": settings, "secrets": { "token": TOKEN } });
    let made = world.does(Method::POST, "/v1/installations", &body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let inactive = format!("/v1/installations/{}", made.body["id"].as_str().expect("an id"));
    sets_up(world, &inactive, &json!({})).await.is_problem(409, "not-now");
});

story!(a_plugin_of_an_older_contract_has_no_set_up, |world| {
    let component =
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/contract/1.0.0/least.wasm")).expect("a component");
    let digest = world.has_uploaded(component).await;
    let made = world.does(Method::POST, "/v1/installations", &json!({ "plugin": digest, "grants": "all" })).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let path = format!("/v1/installations/{}", made.body["id"].as_str().expect("an id"));
    world.activates(&path, &json!({})).await;
    let told = sets_up(world, &path, &json!({ "only_look": true })).await;
    told.is_problem(409, "not-now");
    assert!(told.body["detail"].as_str().is_some_and(|text| text.contains("has no set-up")), "{}", told.body);
});
