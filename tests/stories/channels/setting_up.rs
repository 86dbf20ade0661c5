//! Connecting a channel: looked at, made, verified, and what is missing said in words.

use kamurj_tests::channels::{Channel, Trouble, is_settled};
use kamurj_tests::clock::hours;
use kamurj_tests::{in_every_channel, story};
use reqwest::Method;
use serde_json::{Value, json};

fn states(findings: &Value) -> Vec<(String, String)> {
    let word = |finding: &Value, name: &str| finding[name].as_str().expect("a word").to_owned();
    let listed = findings["findings"].as_array().unwrap_or_else(|| panic!("{findings}"));
    listed.iter().map(|finding| (word(finding, "name"), word(finding, "state"))).collect()
}

in_every_channel!(a_channel_is_connected_through_the_api_and_says_what_is_missing, |world, shop| {
    let looked = world.does(Method::POST, &format!("{}/setup", shop.path), &json!({ "only_look": true })).await;
    assert_eq!(looked.status, 200, "{}", looked.body);
    let found = states(&looked.body);
    assert!(found.len() >= 2, "{}", looked.body);
    let left = looked.body["findings"].as_array().expect("findings").iter().any(|one| !is_settled(shop.channel, one));
    assert!(!left && found.iter().all(|(_, state)| state != "made"), "{}", looked.body);

    world.suffers(shop.channel, Trouble::TokenRefused);
    let refused = world.does(Method::POST, &format!("{}/setup", shop.path), &json!({})).await;
    assert_eq!((refused.status, &refused.body["ok"]), (200, &json!(false)), "{}", refused.body);
    assert!(refused.body.to_string().contains("auth-needed"), "{}", refused.body);
    let check = world.does(Method::POST, &format!("{}/check", shop.path), &json!({})).await;
    assert!(check.body.to_string().contains("auth-needed"), "{}", check.body);
});

story!(instagrams_token_is_renewed_by_itself_and_stays_usable_after_its_sixty_days, |world| {
    let shop = &world.opens_shop(Channel::Instagram).await;
    // Seventy days, a quarter at a time.
    for _ in 0..70 * 4 {
        world.clock.pass(hours(6));
        world.settles().await;
    }
    world.says(Channel::Instagram, "մենյու").await;
    world.taps(Channel::Instagram, "Դաս").await;
    let link = world.pay_link(Channel::Instagram);
    world.pays(&link).await;
    world.settles().await;
    assert_eq!(world.said_in(Channel::Instagram, "✅ Վճարված է"), 1);
    let shown = world.sees(&shop.path).await;
    assert!(shown.to_string().contains("expires_at"), "{shown}");
    assert!(world.exceptions().await.is_empty(), "{:?}", world.exceptions().await);
});
