//! The pace of plugins' requests: the budget that a manifest names, and the pause that a service asks of one installation.

use kamurj_tests::customer::CUSTOMER;
use kamurj_tests::records::runs;
use kamurj_tests::uploads::{TOKEN, probing};
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::{Value, json};

/// What the guest saw of a command, kept under this key.
async fn saw(world: &World, path: &str, key: &str) -> Value {
    serde_json::from_str(&world.kept(path, key).await.unwrap_or_default()).unwrap_or(Value::Null)
}

story!(f1_a_plugin_asks_no_more_often_than_its_manifest_says, |world| {
    let rate = json!({ "requests": 2, "per_ms": 60_000 });
    let digest = world.has_uploaded(probing(|manifest| manifest["hosts"][0]["rate"] = rate)).await;
    let send = |key: &str| json!({ "do": "send", "url": format!("{}/x", world.sandbox.telegram_url), "keep": key });
    let script = json!([send("first"), send("second"), send("third")]);
    let body = json!({
        "plugin": digest, "settings": world.script(&script), "secrets": { "token": TOKEN }, "grants": "all",
    });
    let made = world.does(Method::POST, "/v1/installations", &body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let path = format!("/v1/installations/{}", made.body["id"].as_str().expect("an id"));
    world.activates(&path, &json!({ "skip_check": true })).await;
    let sandbox = world.sandbox.clone();
    let outside = || sandbox.telegram.view().calls.len();

    let before = outside();
    assert_eq!(world.knocks(&path, "1").await.status, 200);
    world.settles().await;
    for key in ["first", "second"] {
        assert_eq!(saw(world, &path, key).await["status"], 404, "the remote answered");
    }
    let third = saw(world, &path, "third").await;
    assert_eq!((&third["failure"], &third["retry_after_ms"]), (&json!("rate-limited"), &json!(30_000)), "{third}");
    assert_eq!(outside(), before + 2, "the third never left");

    world.clock.pass(30_000);
    assert_eq!(world.knocks(&path, "2").await.status, 200);
    world.settles().await;
    assert_eq!(saw(world, &path, "first").await["status"], 404);
    assert_eq!(saw(world, &path, "second").await["failure"], "rate-limited");
    assert_eq!(outside(), before + 3);
});

/// Messages of the chat that show an order as paid.
fn edited(world: &World) -> usize {
    world.chat(CUSTOMER).iter().filter(|message| message.by_bot && message.edited && message.buttons.is_empty()).count()
}

story!(f1_a_pause_that_a_service_asks_for_is_the_whole_installations_and_nobody_elses, |world| {
    let ask = json!({ "do": "send", "url": format!("{}/x", world.sandbox.telegram_url), "keep": "answer" });
    let other = world.runs_probing(&json!([ask])).await;
    let first = world.customer_picks_the_cake().await;
    let second = world.customer_picks_the_cake().await;
    world.pays(&first).await;
    world.sandbox.telegram.change_faults(|faults| faults.limit_next = 1);
    world.settles().await;
    let sandbox = world.sandbox.clone();
    let calls = || sandbox.telegram.view().calls.len();
    let after = calls();
    assert_eq!(world.sandbox.telegram.view().faults.limit_next, 0, "the bot was told to wait");

    world.pays(&second).await;
    assert_eq!(world.knocks(&other, "1").await.status, 200);
    world.settles().await;
    assert_eq!((edited(world), calls()), (0, after + 1), "the bot waits with this one as well, another does not");
    assert_eq!(saw(world, &other, "answer").await["status"], 404, "the remote answered another installation");
    let told_to_wait = runs(world, &world.telegram).await.iter().filter(|run| run["ended"] == "retry").count();
    assert_eq!(told_to_wait, 1, "by the service, once; what waits for it meanwhile is not begun");
    let deals = world.sandbox.bitrix24.view().deals;
    assert!(deals.iter().all(|deal| deal.stage_id == "EXECUTING") && deals.len() == 2, "the CRM is told at once");

    world.passes(10_000).await;
    assert_eq!(edited(world), 2, "both are made up for");
});
