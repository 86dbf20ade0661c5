//! Tokens of Instagram's login: sixty days, and refreshed in time or never.

use reqwest::Method;
use serde_json::json;

use crate::meta::{DAY_MS, SHOP, SHOP_TOKEN, codes, text_to, world};
use crate::world::{Reply, World, reply};

async fn refresh(world: &World, token: &str) -> Reply {
    let root = &world.sandbox.instagram_url;
    let url = format!("{root}/refresh_access_token?grant_type=ig_refresh_token&access_token={token}");
    reply(world.client.get(url)).await
}

async fn looks(world: &World, token: &str) -> Reply {
    let url = format!("{}/v26.0/me?fields=user_id", world.sandbox.instagram_url);
    world.graph(Method::GET, url, token, None).await
}

#[tokio::test]
async fn a_token_is_refreshed_when_it_is_a_day_old() {
    let world = world().await;
    world.pass_ms(DAY_MS - 1);
    let early = refresh(&world, SHOP_TOKEN).await;
    assert_eq!(codes(&early), (400, Some(100), None));
    assert!(early.body["error"]["message"].as_str().unwrap().contains("24 hours"));
    world.pass_ms(1);
    let fresh = refresh(&world, SHOP_TOKEN).await;
    assert_eq!((&fresh.body["token_type"], &fresh.body["expires_in"]), (&json!("bearer"), &json!(5_184_000)));
    let token = fresh.body["access_token"].as_str().unwrap();
    assert_ne!(token, SHOP_TOKEN);
    world.pass_ms(59 * DAY_MS);
    assert_eq!(codes(&looks(&world, SHOP_TOKEN).await), (400, Some(190), Some(463)), "the old one had its sixty days");
    assert_eq!(looks(&world, token).await.body["user_id"], SHOP);
    world.pass_ms(DAY_MS);
    assert_eq!(codes(&looks(&world, token).await), (400, Some(190), Some(463)));
}

#[tokio::test]
async fn a_dead_token_cannot_be_refreshed() {
    let world = world().await;
    let anna = world.anna_writes_direct("hi");
    world.pass_ms(60 * DAY_MS);
    let dead = refresh(&world, SHOP_TOKEN).await;
    assert_eq!(codes(&dead), (400, Some(190), Some(463)));
    let said = dead.body["error"]["message"].as_str().unwrap();
    assert!(said.contains("Session has expired on Wednesday, 20-Jan-27 02:05:09 PST."), "{said}");
    assert_eq!(codes(&world.shop("messages", text_to(&anna, "x")).await), (400, Some(190), Some(463)));
}

#[tokio::test]
async fn a_revoked_token_is_dead_at_once_and_a_lost_refresh_leaves_the_old_one() {
    let world = world().await;
    world.pass_ms(2 * DAY_MS);
    world.sandbox.instagram.change_faults(|faults| faults.drop_reply_next = 1);
    let root = &world.sandbox.instagram_url;
    let url = format!("{root}/refresh_access_token?grant_type=ig_refresh_token&access_token={SHOP_TOKEN}");
    assert!(world.client.get(url).send().await.is_err(), "the answer was lost");
    assert_eq!(looks(&world, SHOP_TOKEN).await.status, 200);
    assert_eq!(refresh(&world, SHOP_TOKEN).await.status, 200);
    world.sandbox.instagram.revoke_tokens(SHOP);
    assert_eq!(codes(&looks(&world, SHOP_TOKEN).await), (400, Some(190), Some(460)));
    assert_eq!(codes(&refresh(&world, SHOP_TOKEN).await), (400, Some(190), Some(460)));
}
