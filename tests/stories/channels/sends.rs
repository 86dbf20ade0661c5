//! Sending a link again from the console or the CRM.

use kamurj_tests::clock::minutes;
use kamurj_tests::in_every_channel;
use kamurj_tests::links::{posts, reads};
use serde_json::{Value, json};

in_every_channel!(b12_five_sends_are_five_messages_with_the_same_link_and_one_payment, |world, shop| {
    let channel = shop.channel;
    world.says(channel, "մենյու").await;
    world.taps(channel, "Դաս").await;
    let link = world.pay_link(channel);
    let payment = world.payment().await.id;
    for _ in 0..5 {
        let sent = posts(world, &format!("/v1/payments/{payment}/send"), &json!({})).await;
        assert_eq!(sent.status, 202, "{}", sent.body);
        world.passes(minutes(1)).await;
    }
    let asks = world.said_in(channel, "Վճարման ենթակա է") + world.said_in(channel, "նորից ուղարկված է");
    assert_eq!(asks, 6, "{:#?}", world.bubbles(channel));
    let links: Vec<String> = world.bubbles(channel).into_iter().filter_map(|bubble| bubble.url).collect();
    assert!(links.iter().all(|one| *one == link), "{links:?}");
    assert_eq!(links.len(), if channel.edits() { 1 } else { 6 }, "{links:?}");
    let shown = reads(world, &format!("/v1/payments/{payment}")).await.body;
    let sends: Vec<&Value> = shown["sends"].as_array().expect("sends").iter().map(|send| &send["state"]).collect();
    assert_eq!(sends, vec![&json!("delivered"); 5], "{shown}");
    world.pays(&link).await;
    world.passes(minutes(5)).await;
    assert_eq!(world.payments().await.len(), 1);
    assert_eq!(world.said_in(channel, "✅ Վճարված է"), 1);
});
