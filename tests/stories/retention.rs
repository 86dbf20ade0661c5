//! Records and logs have their time: they are kept as long as the setting says, then removed, but never while anything rests
//! on them.

use kamurj_tests::acts::{one_of, takes};
use kamurj_tests::clock::hours;
use kamurj_tests::customer::CUSTOMER;
use kamurj_tests::links::{posts, reads};
use kamurj_tests::records::{deliveries, runs};
use kamurj_tests::{World, story};
use serde_json::json;

const DAY: i64 = 24 * 60 * 60 * 1000;

async fn steps(world: &World) -> usize {
    let mut steps = 0;
    for delivery in deliveries(world, "").await {
        let app = world.app();
        let mut tx = app.db.read().await.expect("the database reads");
        let id = delivery["id"].as_str().expect("an id");
        steps += kamurj_store::runs::of_owner(&mut tx, id).await.expect("the steps").len();
    }
    steps
}

/// The installation's runs for payments and messages. What it does by the clock goes on all the time.
async fn asked_for(world: &World, installation: &str) -> Vec<serde_json::Value> {
    runs(world, installation).await.into_iter().filter(|run| run["call"] != "tick").collect()
}

story!(records_are_kept_for_their_time_and_then_removed, |world| {
    let link = world.customer_picks_the_cake().await;
    world.pays(&link).await;
    world.settles().await;
    let kept = (asked_for(world, &world.telegram).await, asked_for(world, &world.bitrix24).await, steps(world).await);
    assert!(kept.0.len() > 1 && kept.1.len() > 1 && kept.2 > 3, "{kept:?}");
    world.clock.pass(30 * DAY - hours(1));
    world.settles().await;
    assert_eq!(
        (asked_for(world, &world.telegram).await, asked_for(world, &world.bitrix24).await, steps(world).await),
        kept
    );
    world.clock.pass(hours(2));
    world.settles().await;
    assert!(asked_for(world, &world.telegram).await.is_empty() && asked_for(world, &world.bitrix24).await.is_empty());
    assert_eq!(steps(world).await, 0);
    let delivery = deliveries(world, "").await[0].clone();
    let whole = reads(world, &format!("/v1/deliveries/{}", delivery["id"].as_str().expect("an id"))).await;
    assert_eq!((&whole.body["state"], &whole.body["runs"]), (&json!("done"), &json!([])), "what was owed is known on");
    let replay = format!("/v1/deliveries/{}/replay", delivery["id"].as_str().expect("an id"));
    posts(world, &replay, &json!({})).await.is_problem(409, "not-now");
});

story!(what_somebody_may_still_try_again_keeps_its_record, |world| {
    let link = world.customer_picks_the_cake().await;
    world.sandbox.telegram.block(CUSTOMER, true).expect("the chat is there");
    world.pays(&link).await;
    world.settles().await;
    let failed = deliveries(world, "state=failed").await;
    let id = failed[0]["id"].as_str().expect("an id").to_owned();
    world.clock.pass(100 * DAY);
    world.settles().await;
    let left = runs(world, &world.telegram).await;
    assert_eq!((left.len(), &left[0]["owner"]), (1, &json!(id)), "the exception is open, so its record is needed");
    let open = kamurj_tests::acts::exceptions(world, "state=open").await;
    let closed = takes(world, &one_of("delivery_failed", &open), "dismiss").await;
    assert_eq!(closed.status, 200, "{}", closed.body);
    world.clock.pass(hours(2));
    world.settles().await;
    assert!(runs(world, &world.telegram).await.is_empty());
    let retry = posts(world, &format!("/v1/deliveries/{id}/retry"), &json!({})).await;
    retry.is_problem(409, "not-now");
    assert!(retry.body["detail"].as_str().is_some_and(|detail| detail.contains("would be sent again")));
    assert_eq!(deliveries(world, "state=failed").await, failed, "nothing was changed");
});
