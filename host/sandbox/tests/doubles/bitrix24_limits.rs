//! The portal's limits, its bad days, and that it counts who does not wait.

use serde_json::{Value, json};

use crate::world::{CRM_SECRET, World, raw_post, reply};

#[tokio::test]
async fn whoever_does_not_wait_is_counted() {
    let world = World::start().await;
    let portal = &world.sandbox.bitrix24;
    for _ in 0..53 {
        world.crm("profile", json!({})).await;
    }
    world.pass_ms(1_500);
    assert_eq!(world.crm("profile", json!({})).await.status, 200);
    let patience = portal.view().patience;
    assert_eq!((patience.over_limit_calls, patience.longest_refused_run, patience.shortest_pause_ms), (3, 3, Some(0)));
}

#[tokio::test]
async fn the_time_of_work_is_blocked_until_the_moment_that_was_told() {
    let world = World::start().await;
    let portal = &world.sandbox.bitrix24;
    let good = world.crm("profile", json!({})).await;
    let reset_at = good.body["time"]["operating_reset_at"].as_i64().unwrap();
    portal.change_faults(|faults| faults.operating_limit = true);
    world.pass_ms(599_000);
    let refused = world.crm("profile", json!({})).await;
    assert_eq!((refused.status, refused.body["error"].as_str()), (429, Some("OPERATION_TIME_LIMIT")));
    world.pass_ms(1_000);
    assert_eq!(reset_at * 1000, crate::world::START_MS + 600_000);
    assert_eq!(world.crm("profile", json!({})).await.status, 200);
    assert!(!portal.view().faults.operating_limit, "it ends by itself");
    assert_eq!(portal.view().patience.shortest_pause_ms, Some(1_000));
    portal.change_faults(|faults| faults.operating_limit = true);
    assert_eq!(world.crm("profile", json!({})).await.status, 429, "and may begin again");
    portal.change_faults(|faults| faults.operating_limit = false);
    assert_eq!(world.crm("profile", json!({})).await.status, 200);
}

#[tokio::test]
async fn bad_days_last_until_they_are_switched_off() {
    let world = World::start().await;
    let portal = &world.sandbox.bitrix24;
    for (name, status, error) in [
        ("overload", 503, json!("OVERLOAD_LIMIT")),
        ("portal_deleted", 500, json!("PORTAL_DELETED")),
        ("plan_ended", 403, json!("ACCESS_DENIED")),
    ] {
        let switch = async |on: bool| world.play("/play/bitrix24/faults", json!({name: on})).await.status;
        assert_eq!(switch(true).await, 200, "{name}");
        for _ in 0..2 {
            assert_eq!(world.crm_error("profile", json!({})).await, (status, error.clone()), "{name}");
        }
        assert_eq!(switch(false).await, 200, "{name}");
        assert_eq!(world.crm("profile", json!({})).await.status, 200, "{name}");
    }
    portal.change_faults(|faults| faults.down = true);
    let down = world.crm("profile", json!({})).await;
    assert_eq!((down.status, matches!(down.body, Value::String(_))), (503, true), "what stands before speaks no JSON");
    portal.change_faults(|faults| (faults.down, faults.drop_request_next) = (false, 1));
    let url = format!("{}/rest/1/{CRM_SECRET}/crm.item.add", world.sandbox.bitrix24_url);
    let body = json!({"entityTypeId": 2, "fields": {"title": "never"}});
    assert_eq!((raw_post(&url, "", &body).await, portal.view().deals.len()), (Vec::new(), 0));
    assert_eq!(portal.view().calls.last().unwrap().status, None);
}

#[tokio::test]
async fn a_renamed_portal_sends_everybody_to_its_new_address() {
    let world = World::start().await;
    let portal = &world.sandbox.bitrix24;
    let old = world.sandbox.bitrix24_url.clone();
    // The same portal by another name of this machine.
    let new = old.replace("127.0.0.1", "localhost");
    portal.rename_portal(&new);
    let body = json!({"entityTypeId": 2, "fields": {"title": "moved"}});
    let ask = |root: &str| world.client.post(format!("{root}/rest/1/{CRM_SECRET}/crm.item.add?x=1")).json(&body);
    let answer = ask(&old).send().await.unwrap();
    let location = answer.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!((answer.status().as_u16(), location), (302, format!("{new}/rest/1/{CRM_SECRET}/crm.item.add?x=1")));
    assert!(portal.view().deals.is_empty());
    assert_eq!(reply(ask(&new)).await.status, 200);
    portal.rename_portal("shop.bitrix24.am");
    let answer = ask(&new).send().await.unwrap();
    assert!(answer.headers()["location"].to_str().unwrap().starts_with("https://shop.bitrix24.am/rest/1/"));
}
