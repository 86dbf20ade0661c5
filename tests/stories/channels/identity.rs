//! Who somebody is in a chat finds their payments, harms nothing, and stands in full nowhere that it should not.

use kamurj_tests::channels::{Channel, PHONE, Shop};
use kamurj_tests::clock::minutes;
use kamurj_tests::links::reads;
use kamurj_tests::look::find_canaries;
use kamurj_tests::{World, in_every_channel, story};

/// Ids of the payments that this finds.
async fn found(world: &World, query: &str) -> Vec<String> {
    let answer = reads(world, &format!("/v1/payments?q={query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let listed = answer.body["payments"].as_array().expect("a list").clone();
    listed.iter().map(|payment| payment["id"].as_str().expect("an id").to_owned()).collect()
}

async fn buys_a_lesson(world: &mut World, shop: &Shop) {
    world.says(shop.channel, "մենյու").await;
    world.taps(shop.channel, "Դաս").await;
    let link = world.pay_link(shop.channel);
    world.pays(&link).await;
    world.passes(minutes(2)).await;
}

in_every_channel!(a_payment_is_found_by_what_the_channel_knows_of_the_customer, |world, shop| {
    buys_a_lesson(world, shop).await;
    let payment = world.payment().await;
    let conversation = world.conversation(shop.channel);
    assert_eq!(found(world, &conversation).await, [payment.id.as_str()]);
    if let Some(handle) = payment.particulars.channel.as_ref().and_then(|channel| channel.handle.clone()) {
        assert_eq!(found(world, &handle.to_uppercase()).await, [payment.id.as_str()]);
    }
    if shop.channel == Channel::WhatsApp {
        assert_eq!(found(world, "%2B374%2091%20112233").await, [payment.id.as_str()]);
        assert_eq!(found(world, "091112233").await, [payment.id.as_str()]);
    }
    assert!(found(world, "99999999").await.is_empty());
});

in_every_channel!(no_secret_and_no_whole_number_stands_in_logs_records_or_pages, |world, shop| {
    buys_a_lesson(world, shop).await;
    let payment = world.payment().await.id;
    let mut seen = Vec::new();
    for path in [
        format!("{}/logs", shop.path),
        format!("/v1/deliveries?payment={payment}"),
        format!("/v1/payments/{payment}/journal?limit=200"),
        format!("/v1/payments/{payment}/explain"),
    ] {
        let answer = reads(world, &path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        seen.push((path, answer.body.to_string()));
    }
    let owed = reads(world, &format!("/v1/deliveries?payment={payment}")).await.body;
    for delivery in owed["deliveries"].as_array().expect("a list") {
        let path = format!("/v1/deliveries/{}", delivery["id"].as_str().expect("an id"));
        seen.push((path.clone(), reads(world, &path).await.body.to_string()));
    }
    let shown = reads(world, &format!("/v1/payments/{payment}")).await.body;
    let page = world.opens(shown["checkout_url"].as_str().expect("a page")).await;
    seen.push(("the page".to_owned(), page.html));
    seen.push(("the server's log".to_owned(), String::from_utf8_lossy(&kamurj_tests::logbook::kept()).into_owned()));
    assert!(seen.last().is_some_and(|(_, log)| !log.is_empty()), "the log is kept");
    for (place, text) in seen {
        find_canaries(&place, text.as_bytes());
        assert!(!text.contains(PHONE), "the whole number stands in {place}: {text}");
    }
});

story!(a_customer_who_hides_the_number_is_sold_to_all_the_same, |world| {
    let shop = &world.opens_shop(Channel::WhatsApp).await;
    world.sandbox.whatsapp.hide_number(PHONE, Some("ani.sweets")).expect("a person");
    buys_a_lesson(world, shop).await;
    assert_eq!(world.said_in(Channel::WhatsApp, "✅ Վճարված է"), 1, "{:#?}", world.bubbles(Channel::WhatsApp));
    let payment = world.payment().await;
    assert_eq!(payment.particulars.customer.phone, None);
    assert_eq!(found(world, "ani.sweets").await, [payment.id.as_str()]);
    assert!(payment.particulars.channel.expect("a chat").conversation.contains('.'), "keyed by the user id");
});
