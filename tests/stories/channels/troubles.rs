//! What goes wrong between us and the service: nothing of it touches money, says anything twice that must be said once, or is lost in
//! silence.

use kamurj_tests::channels::{Channel, Shop, Trouble};
use kamurj_tests::clock::{hours, minutes};
use kamurj_tests::links::reads;
use kamurj_tests::{World, in_every_channel, story};
use serde_json::json;

/// The customer has the lesson's link.
async fn has_a_link(world: &mut World, shop: &Shop) -> String {
    world.says(shop.channel, "մենյու").await;
    world.taps(shop.channel, "Դաս").await;
    world.pay_link(shop.channel)
}

/// State and detail of what the payment owes the channel for this event.
async fn owed(world: &World, shop: &Shop, event: &str) -> (String, String) {
    let payment = world.payment().await.id;
    let owed = kamurj_tests::acts::told(world, &shop.installation, &payment).await;
    assert!(!owed.is_empty());
    let listed = reads(world, &format!("/v1/deliveries?payment={payment}")).await.body;
    let one = listed["deliveries"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|one| one["event"] == event && one["plugin"] == shop.channel.plugin());
    let one = one.unwrap_or_else(|| panic!("nothing is owed for {event}: {listed}"));
    let text = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
    (text("state"), format!("{} {}", text("outcome"), one["receipt"]))
}

in_every_channel!(
    f7_a_customer_who_blocks_the_shop_pays_all_the_same_and_the_operator_sees_why_it_was_not_told,
    |world, shop| {
        let link = has_a_link(world, shop).await;
        world.blocks(shop.channel, true).await;
        let page = world.pays(&link).await;
        assert!(page.shows("https://school.example.am/join/7741"), "the page gives what the chat cannot");
        world.passes(minutes(10)).await;
        assert_eq!(world.payment().await.status.word(), "paid");
        let (state, detail) = owed(world, shop, "payment.paid").await;
        match shop.channel {
            // Accepted there, and failed by a later status.
            Channel::WhatsApp => assert!(state == "done" && detail.contains("131026"), "{state} {detail}"),
            _ => assert!(detail.contains("unreachable"), "{state} {detail}"),
        }
        assert!(
            world.exceptions().await.iter().any(|one| one.kind == "delivery_failed"),
            "{:?}",
            world.exceptions().await
        );
        world.blocks(shop.channel, false).await;
        world.says(shop.channel, "մենյու").await;
        assert!(world.last_bubble(shop.channel).text.contains("Բարև Ձեզ"), "who comes back is answered");
    }
);

in_every_channel!(a_storm_of_limits_delays_and_neither_loses_nor_repeats, |world, shop| {
    let link = has_a_link(world, shop).await;
    world.suffers(shop.channel, Trouble::Throttled(12));
    let calls = world.calls_to(shop.channel);
    world.pays(&link).await;
    world.settles().await;
    assert!(world.calls_to(shop.channel) - calls <= 3, "it is not hammered");
    assert_eq!(world.payment().await.status.word(), "paid", "money does not wait for a chat");
    world.passes(hours(20)).await;
    assert_eq!(world.said_in(shop.channel, "✅ Վճարված է"), 1, "{:#?}", world.bubbles(shop.channel));
    assert_eq!(world.said_in(shop.channel, "join/7741"), 1);
});

in_every_channel!(f2_a_reply_that_is_lost_tells_nothing_twice, |world, shop| {
    let link = has_a_link(world, shop).await;
    world.suffers(shop.channel, Trouble::RepliesLost(1));
    world.pays(&link).await;
    world.passes(minutes(10)).await;
    assert_eq!(world.said_in(shop.channel, "✅ Վճարված է"), 1, "{:#?}", world.bubbles(shop.channel));
    assert_eq!(world.said_in(shop.channel, "join/7741"), 1);
});

in_every_channel!(a_request_that_never_arrived_is_sent_again_where_that_can_be_known, |world, shop| {
    let link = has_a_link(world, shop).await;
    world.suffers(shop.channel, Trouble::RequestsLost(1));
    world.pays(&link).await;
    world.passes(minutes(10)).await;
    let told = world.said_in(shop.channel, "✅ Վճարված է");
    if shop.channel == Channel::Instagram {
        // Nothing tells whether it arrived: rather lost than said twice, and a person sees it.
        assert!(told <= 1);
        let (_, detail) = owed(world, shop, "payment.paid").await;
        assert!(told == 1 || detail.contains("in-doubt"), "{detail}");
    } else {
        assert_eq!(told, 1, "{:#?}", world.bubbles(shop.channel));
    }
});

in_every_channel!(a_link_whose_reply_is_lost_reaches_the_customer, |world, shop| {
    world.says(shop.channel, "մենյու").await;
    world.suffers(shop.channel, Trouble::RequestsLost(1));
    world.taps(shop.channel, "Դաս").await;
    world.passes(minutes(10)).await;
    assert_eq!(world.payments().await.len(), 1);
    let link = world.pay_link(shop.channel);
    world.pays(&link).await;
    world.passes(minutes(5)).await;
    assert_eq!(world.payment().await.status.word(), "paid");
});

in_every_channel!(a_refused_token_asks_for_one_person_and_nothing_is_lost_meanwhile, |world, shop| {
    let link = has_a_link(world, shop).await;
    world.suffers(shop.channel, Trouble::TokenRefused);
    world.pays(&link).await;
    world.passes(minutes(30)).await;
    assert_eq!(world.payment().await.status.word(), "paid");
    let asked: Vec<_> =
        world.exceptions().await.into_iter().filter(|one| one.kind == "reauthorisation_needed").collect();
    assert_eq!(asked.len(), 1, "{:?}", world.exceptions().await);
    assert!(asked[0].detail.contains(shop.channel.plugin()), "{}", asked[0].detail);
    assert_eq!(owed(world, shop, "payment.paid").await.0, "owed", "it waits");

    world.suffers(shop.channel, Trouble::TokenTaken);
    let secrets = world.secrets_of(shop.channel);
    world.changes(&shop.path, &json!({ "secrets": secrets })).await;
    world.settles().await;
    assert_eq!(world.said_in(shop.channel, "✅ Վճարված է"), 1, "at once, not at the next try");
    assert!(world.exceptions().await.iter().all(|one| one.kind != "reauthorisation_needed"));
});

in_every_channel!(what_nobody_can_read_is_set_aside_and_stalls_no_conversation, |world, shop| {
    let status = world.channel_knocks(shop, br#"{"object":"something","entry":"odd","update_id":"x"}"#).await;
    assert_eq!(status, 200, "it is kept");
    world.passes(minutes(30)).await;
    let link = has_a_link(world, shop).await;
    world.pays(&link).await;
    world.settles().await;
    assert_eq!(world.said_in(shop.channel, "✅ Վճարված է"), 1);
});

story!(whatsapp_tells_statuses_in_any_order_and_what_fails_later_is_seen, |world| {
    let shop = &world.opens_shop(Channel::WhatsApp).await;
    world.sandbox.whatsapp.change_faults(|faults| faults.statuses = kamurj_sandbox::whatsapp::Statuses::OutOfOrder);
    let link = has_a_link(world, shop).await;
    world.pays(&link).await;
    world.passes(minutes(5)).await;
    assert_eq!(world.said_in(Channel::WhatsApp, "✅ Վճարված է"), 1);
    let payment = world.payment().await.id;
    let listed = reads(world, &format!("/v1/deliveries?payment={payment}")).await.body;
    assert!(listed.to_string().contains("\"delivered\""), "{listed}");
    assert!(world.exceptions().await.is_empty());

    world.says(Channel::WhatsApp, "մենյու").await;
    world.taps(Channel::WhatsApp, "Դաս").await;
    let second = world.pay_link(Channel::WhatsApp);
    world.sandbox.whatsapp.change_faults(|faults| faults.fail_later_next = 1);
    world.pays(&second).await;
    world.passes(minutes(5)).await;
    assert_eq!(world.said_in(Channel::WhatsApp, "✅ Վճարված է"), 1, "the second never arrived");
    let failed: Vec<_> = world.exceptions().await.into_iter().filter(|one| one.kind == "delivery_failed").collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert!(failed[0].detail.contains("131026"), "{}", failed[0].detail);
});
