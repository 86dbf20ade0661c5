//! Suspension: a plugin that breaks again and again waits for a person, loses nothing, and harms nobody; one that does not load
//! any more does the same.

use kamurj_tests::clock::minutes;
use kamurj_tests::uploads::probing;
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::{Value, json};

fn breaks() -> Value {
    json!([{ "do": "panic" }])
}

async fn suspensions(world: &World) -> Vec<String> {
    let opened = world.exceptions().await;
    opened.into_iter().filter(|one| one.kind == "plugin_suspended").map(|one| one.detail).collect()
}

fn id(path: &str) -> &str {
    path.trim_start_matches("/v1/installations/")
}

story!(i2_a_plugin_that_breaks_again_and_again_is_suspended_and_what_it_is_owed_waits, |world| {
    let path = world.runs_probing(&breaks()).await;
    let first = world.sells_through_probing("A-1").await;
    let second = world.sells_through_probing("A-2").await;
    world.passes(minutes(30)).await;
    assert!(world.owed(&first).await[0].run > 9, "it is tried again");
    assert_eq!(world.sees(&path).await["state"], "active", "two deliveries may be at fault themselves");
    let third = world.sells_through_probing("A-3").await;
    let shown = world.sees(&path).await;
    assert_eq!(shown["state"], "suspended", "{shown}");
    assert!(shown["reason"].as_str().expect("a reason").contains("runs in a row broke"), "{shown}");
    assert_eq!(suspensions(world).await.len(), 1);

    let runs = |owed: &[kamurj_store::deliveries::Delivery]| owed[0].run;
    let before = (runs(&world.owed(&first).await), runs(&world.owed(&third).await));
    let fourth = world.sells_through_probing("A-4").await;
    assert_eq!(world.knocks(&path, "1").await.status, 200, "messages are kept and acknowledged");
    world.passes(minutes(24 * 60)).await;
    assert_eq!((runs(&world.owed(&first).await), runs(&world.owed(&third).await)), before, "no run is burnt");
    let waiting = world.owed(&fourth).await;
    assert_eq!((waiting[0].state.as_str(), waiting[0].run, waiting[0].installation_version), ("owed", 1, None));
    assert_eq!(world.inbox(id(&path)).await[0].state, "waiting");
    assert_eq!(suspensions(world).await.len(), 1, "one exception, however long it lasts");
    let others = world.customer_picks_the_cake().await;
    world.pays(&others).await;
    world.settles().await;
    assert_eq!(world.ending().await.paid_messages, 1, "others are untouched");

    // A person mends it: the work that waited goes on, on the version that is active then.
    world.restarts().await;
    world.changes(&path, &json!({ "settings": world.script(&json!([])) })).await;
    world.activates(&path, &json!({})).await;
    world.settles().await;
    for payment in [&first, &second, &third, &fourth] {
        let owed = world.owed(payment).await;
        assert_eq!((owed[0].state.as_str(), owed[0].installation_version), ("done", Some(2)), "{owed:?}");
    }
    assert_eq!(world.inbox(id(&path)).await[0].state, "done");
    assert!(suspensions(world).await.is_empty(), "the exception is closed");
    assert_eq!(world.sees(&path).await["reason"], Value::Null);
});

story!(a_suspended_plugin_that_is_activated_unmended_is_suspended_anew, |world| {
    let path = world.runs_probing(&breaks()).await;
    for number in 1..=3 {
        world.sells_through_probing(&format!("A-{number}")).await;
    }
    world.passes(minutes(10)).await;
    assert_eq!(world.sees(&path).await["state"], "suspended");
    world.activates(&path, &json!({ "skip_check": true })).await;
    assert!(suspensions(world).await.is_empty());
    world.passes(minutes(60 * 12)).await;
    assert_eq!(world.sees(&path).await["state"], "suspended");
    assert_eq!(suspensions(world).await.len(), 1, "the exception is open again");
    let refused = world.does(Method::POST, &format!("{path}/activate"), &json!({})).await;
    refused.is_problem(409, "not-now");
});

story!(what_an_older_version_breaks_is_not_held_against_the_new_one, |world| {
    let path = world.runs_probing(&breaks()).await;
    for number in 1..=3 {
        world.sells_through_probing(&format!("A-{number}")).await;
    }
    world.passes(20_000).await;
    world.changes(&path, &json!({ "settings": world.script(&json!([])) })).await;
    world.activates(&path, &json!({})).await;
    world.sells_through_probing("A-4").await;
    world.passes(minutes(60)).await;
    assert_eq!(
        world.sees(&path).await["state"],
        "active",
        "what the old version began is not held against the new one"
    );
    assert!(suspensions(world).await.is_empty());
});

story!(i2_a_component_whose_file_was_altered_is_marked_broken_and_the_host_boots, |world| {
    let path = world.runs_probing(&json!([])).await;
    let digest = world.sees(&path).await["active"]["digest"].as_str().expect("a digest").to_owned();
    world.alters_component(&digest);
    world.boots().await;

    let payment = world.sells_through_probing("A-1").await;
    let shown = world.sees(&path).await;
    assert_eq!(shown["state"], "broken", "{shown}");
    let reason = shown["reason"].as_str().expect("a reason");
    assert!(reason.contains("was changed since it was uploaded"), "{reason}");
    assert_eq!(suspensions(world).await.len(), 1);
    assert_eq!(world.owed(&payment).await[0].state, "owed");
    assert_eq!(world.knocks(&path, "1").await.status, 200, "messages are kept");
    let said = world.does(Method::POST, &format!("{path}/check"), &json!({})).await;
    assert_eq!((&said.body["ok"], &said.body["outcome"]), (&json!(false), &json!("does-not-load")), "{}", said.body);
    world.does(Method::POST, &format!("{path}/activate"), &json!({})).await.is_problem(409, "not-now");

    // Uploaded again it is whole again, and activating re-enables it.
    assert_eq!(world.has_uploaded(probing(|_| ())).await, digest);
    world.activates(&path, &json!({})).await;
    world.settles().await;
    assert_eq!(world.owed(&payment).await[0].state, "done");
    assert_eq!(world.inbox(id(&path)).await[0].state, "done");
    assert!(suspensions(world).await.is_empty());
});
