//! Removal: inactive at once, secrets and state forgotten, debts ended with a note, the history kept.

use kamurj_store::{secrets, state};
use kamurj_tests::clock::minutes;
use kamurj_tests::uploads::{TOKEN, probing};
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::{Value, json};

async fn removes(world: &World, path: &str) -> Value {
    let answer = world.does(Method::DELETE, path, &json!({})).await;
    assert_eq!((answer.status, &answer.body["state"]), (200, &json!("removed")), "{}", answer.body);
    answer.body
}

story!(a_removed_plugin_keeps_no_secret_and_no_state_and_its_doors_are_closed, |world| {
    let path = world.runs_probing(&json!([{ "do": "state_set", "key": "ran", "data": "yes" }])).await;
    let id = path.trim_start_matches("/v1/installations/").to_owned();
    let done = world.sells_through_probing("A-1").await;
    world.changes(&path, &json!({ "settings": world.script(&json!([{ "do": "panic" }])) })).await;
    world.activates(&path, &json!({ "skip_check": true })).await;
    let owed = world.sells_through_probing("A-2").await;
    assert_eq!(world.knocks(&path, "1").await.status, 200);

    let removed = removes(world, &path).await;
    assert_eq!((&removed["active"], &removed["secrets"], &removed["hooks"]), (&Value::Null, &json!([]), &json!([])));
    assert!(removed["removed_at"].is_string());
    assert_eq!(world.knocks(&path, "2").await.status, 404, "at once");
    let app = world.app();
    let mut tx = app.db.read().await.expect("the database reads");
    assert!(secrets::get(&mut tx, &id, "token").await.expect("an answer").is_none());
    assert!(state::get(&mut tx, &id, "ran", app.now()).await.expect("an answer").is_none());
    drop(tx);
    world.settles().await;
    let ended = world.owed(&owed).await;
    let outcome = ended[0].outcome.as_deref();
    assert_eq!((ended[0].state.as_str(), outcome), ("done", Some("the installation was removed")), "at once, too");
    assert_eq!(world.inbox(&id).await[0].note, "the installation was removed");
    let next = world.sells_through_probing("A-3").await;
    assert!(world.owed(&next).await.is_empty(), "nothing more is owed to it");
    world.passes(minutes(10)).await;
    assert!(world.exceptions().await.is_empty());

    // The history stays, and so does the row.
    assert_eq!(world.owed(&done).await[0].state, "done");
    assert_eq!(world.sees(&path).await["state"], "removed");
    assert_eq!(world.sees(&format!("{path}/versions")).await["versions"].as_array().expect("a list").len(), 2);
    assert!(!world.sees("/v1/installations").await.to_string().contains(&id), "but it is not listed");
    assert_eq!(removes(world, &path).await, world.sees(&path).await, "removing twice is removing once");
    for (method, rest) in
        [(Method::PATCH, ""), (Method::POST, "/check"), (Method::POST, "/activate"), (Method::POST, "/rollback")]
    {
        world.does(method, &format!("{path}{rest}"), &json!({})).await.is_problem(409, "not-now");
    }
});

story!(a_removed_plugin_is_installed_anew_with_nothing_of_before, |world| {
    let path = world.runs_probing(&json!([{ "do": "state_set", "key": "ran", "data": "yes" }])).await;
    world.sells_through_probing("A-1").await;
    removes(world, &path).await;
    let digest = world.has_uploaded(probing(|_| ())).await;
    let without = json!({ "plugin": digest, "settings": world.script(&json!([])) });
    let answer = world.does(Method::POST, "/v1/installations", &without).await;
    assert_eq!(answer.is_problem(422, "invalid").pointers(), ["/secrets/token"], "the old secret is forgotten");
    let body = json!({ "plugin": digest, "settings": world.script(&json!([])), "secrets": { "token": TOKEN } });
    let made = world.does(Method::POST, "/v1/installations", &body).await;
    assert_eq!((made.status, &made.body["state"]), (201, &json!("inactive")), "{}", made.body);
    assert_eq!((&made.body["draft"]["number"], &made.body["draft"]["granted"]), (&json!(2), &json!([])));
    assert_eq!(world.kept(&path, "ran").await, None);
    world.changes(&path, &json!({ "grants": "all" })).await;
    world.activates(&path, &json!({})).await;
    let payment = world.sells_through_probing("A-2").await;
    assert_eq!(world.owed(&payment).await[0].state, "done");
});

story!(a_plugin_that_is_switched_off_is_owed_nothing_until_it_is_activated, |world| {
    let path = world.runs_probing(&json!([])).await;
    let off = world.changes(&path, &json!({ "active": false })).await;
    assert_eq!((&off["state"], &off["secrets"]), (&json!("inactive"), &json!(["token"])), "its secrets stay");
    assert_eq!(world.knocks(&path, "1").await.status, 404);
    let payment = world.sells_through_probing("A-1").await;
    assert!(world.owed(&payment).await.is_empty());
    world.activates(&path, &json!({})).await;
    let payment = world.sells_through_probing("A-2").await;
    assert_eq!(world.owed(&payment).await[0].state, "done");
});
