//! Refreshing: once for all who need it, kept before it is used, and never for a run that is only looked at.

use kamurj_tests::clock::{minutes, seconds};
use kamurj_tests::records::{deliveries, replays};
use kamurj_tests::story;
use reqwest::Method;
use serde_json::json;

story!(f4_thirty_two_runs_with_a_token_that_ended_refresh_it_once, |world| {
    let authority = world.meets_an_authority().await;
    let path = world.runs_connected(&authority).await;
    world.clock.pass(seconds(3_541));
    world.knocks_often(&path, 32).await;
    world.settles().await;
    let seen = authority.seen();
    assert_eq!((seen.refreshes, seen.most_uses_of_one, seen.token_calls), (1, 1, 2), "{seen:?}");
    assert_eq!((seen.calls, seen.refused_calls), (32, 0), "{seen:?}");
    let connection = world.connection(&path).await;
    assert!(connection["refreshed_at"].is_string(), "{connection}");
    world.keeps_tokens_to_itself(&authority, &[&path]).await;
});

story!(f4_a_token_that_the_service_kills_early_is_refreshed_once_and_the_delivery_is_done, |world| {
    let authority = world.meets_an_authority().await;
    let path = world.runs_connected(&authority).await;
    world.sells_through_probing("A-1").await;
    authority.kills_access_tokens();
    let payment = world.sells_through_probing("A-2").await;
    let owed = world.owed(&payment).await;
    assert_eq!((owed[0].state.as_str(), owed[0].run), ("done", 2), "{owed:?}");
    let seen = authority.seen();
    assert_eq!((seen.refreshes, seen.refused_calls, seen.calls), (1, 1, 2), "{seen:?}");
    assert!(world.reauthorisations().await.is_empty());
    // What was taken once more counts as good: another early end is refreshed again.
    authority.kills_access_tokens();
    let payment = world.sells_through_probing("A-3").await;
    assert_eq!(world.owed(&payment).await[0].state, "done");
    assert_eq!(world.connection(&path).await["state"], "connected");
});

story!(f4_a_service_that_is_down_for_a_while_loses_nothing_and_asks_nobody, |world| {
    let authority = world.meets_an_authority().await;
    let path = world.runs_connected(&authority).await;
    world.clock.pass(seconds(3_600));
    authority.change_faults(|faults| faults.down = 3);
    let payment = world.sells_through_probing("A-1").await;
    assert_eq!((world.owed(&payment).await[0].state.as_str(), authority.seen().token_calls), ("owed", 2));
    let connection = world.connection(&path).await;
    assert!(connection["problem"].as_str().expect("words").contains("503"), "{connection}");
    world.passes(minutes(2)).await;
    assert_eq!(world.owed(&payment).await[0].state, "done");
    let seen = authority.seen();
    assert_eq!((seen.refreshes, seen.most_uses_of_one, seen.calls), (1, 1, 1), "{seen:?}");
    assert!(world.exceptions().await.is_empty());
    assert_eq!(world.connection(&path).await["problem"], json!(null));
});

story!(f4_a_refresh_that_was_lost_on_its_way_is_asked_for_once_more, |world| {
    let authority = world.meets_an_authority().await;
    world.runs_connected(&authority).await;
    world.clock.pass(seconds(3_600));
    authority.change_faults(|faults| faults.lost_before = 1);
    let payment = world.sells_through_probing("A-1").await;
    assert_eq!(world.owed(&payment).await[0].state, "done");
    let seen = authority.seen();
    assert_eq!((seen.refreshes, seen.token_calls), (1, 3), "{seen:?}");
});

story!(a_run_that_is_only_looked_at_refreshes_nothing, |world| {
    let authority = world.meets_an_authority().await;
    let path = world.runs_connected(&authority).await;
    world.sells_through_probing("A-1").await;
    let id = path.trim_start_matches("/v1/installations/").to_owned();
    let done = deliveries(world, &format!("installation={id}")).await;
    let delivery = done[0]["id"].as_str().expect("an id").to_owned();
    world.clock.pass(seconds(3_600));
    let before = authority.seen();
    let replayed = replays(world, &delivery).await;
    assert_eq!(replayed["identical"], json!(true), "{replayed}");
    let digest = world.sees(&path).await["active"]["digest"].clone();
    let shadow = world.does(Method::POST, &format!("{path}/shadow"), &json!({ "digest": digest })).await;
    assert_eq!((shadow.status, &shadow.body["different"], &shadow.body["failed"]), (200, &json!(0), &json!(0)));
    assert_eq!(authority.seen(), before);
});
