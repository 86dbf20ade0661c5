//! A day after the customer's last words: what the service still allows is used, and where it allows nothing the operator is told and
//! the page carries the result.

use kamurj_tests::channels::{Channel, Shop};
use kamurj_tests::clock::{hours, minutes};
use kamurj_tests::integrator::{link, order};
use kamurj_tests::links::{id, posts, reads, with};
use kamurj_tests::{World, in_every_channel};
use serde_json::{Value, json};

/// An order that stands for three days in the customer's conversation, who was heard some time ago.
async fn order_in_the_chat(world: &mut World, shop: &Shop) -> Value {
    world.says(shop.channel, "Բարև Ձեզ").await;
    let conversation = world.conversation(shop.channel);
    let chat = json!({ "plugin": shop.channel.plugin(), "conversation": conversation, "language": "ru" });
    let body = with(with(order("W-1", "7300"), "channel", chat), "expires_in", json!(3 * 24 * 3600));
    let made = world.creates(&body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    made.body
}

async fn detail(world: &World, payment: &Value, event: &str) -> String {
    let listed = reads(world, &format!("/v1/deliveries?payment={}", id(payment))).await.body;
    let owed = listed["deliveries"].as_array().expect("a list").clone();
    let one = owed.into_iter().find(|one| one["event"] == event && one["plugin"] != "bitrix24");
    one.map(|one| one["outcome"].as_str().unwrap_or_default().to_owned()).unwrap_or_default()
}

in_every_channel!(f7_a_day_later_the_customer_is_told_in_the_form_that_is_allowed_or_the_operator_is, |world, shop| {
    let channel = shop.channel;
    let payment = order_in_the_chat(world, shop).await;
    world.passes(hours(25)).await;
    let before = world.bubbles(channel).len();
    let page = world.pays(&link(&payment)).await;
    assert_eq!(page.heading(), "Վճարումը կատարված է", "the page carries the result");
    world.passes(minutes(10)).await;
    let told: Vec<_> = world.bubbles(channel).split_off(before);
    match channel {
        Channel::Telegram => assert!(told.iter().any(|bubble| bubble.text.contains("✅ Оплачено")), "{told:#?}"),
        Channel::WhatsApp | Channel::Messenger => {
            assert_eq!(told.len(), 1, "{told:#?}");
            assert!(told[0].template.as_deref().is_some_and(|name| name.contains("payment_received")), "{told:#?}");
            assert!(told[0].text.contains("W-1"), "{told:#?}");
        }
        Channel::Instagram => {
            assert!(told.is_empty(), "{told:#?}");
            let why = detail(world, &payment, "payment.paid").await;
            assert!(why.contains("window-closed"), "{why}");
            assert!(world.exceptions().await.iter().any(|one| one.kind == "delivery_failed"));
        }
    }
    assert_eq!(world.payment().await.status.word(), "paid");
});

in_every_channel!(a_link_sent_a_day_later_goes_in_the_form_that_is_allowed_or_says_why_not, |world, shop| {
    let channel = shop.channel;
    let payment = order_in_the_chat(world, shop).await;
    world.passes(hours(25)).await;
    let before = world.bubbles(channel).len();
    let sent = posts(world, &format!("/v1/payments/{}/send", id(&payment)), &json!({})).await;
    assert_eq!(sent.status, 202, "{}", sent.body);
    world.passes(minutes(10)).await;
    let shown = reads(world, &format!("/v1/payments/{}", id(&payment))).await.body;
    let send = &shown["sends"][0];
    if channel == Channel::Instagram {
        assert_eq!((&send["state"], &send["outcome"]), (&json!("failed"), &json!("window-closed")), "{send}");
        assert_eq!(world.bubbles(channel).len(), before);
    } else {
        assert_eq!(send["state"], "delivered", "{send}");
        assert_eq!(world.bubbles(channel).len(), before + 1, "{:#?}", world.bubbles(channel));
        let page = id(&payment).to_owned();
        let url = world.last_bubble(channel).url.unwrap_or_else(|| panic!("{page}: a button with the page"));
        assert!(url.ends_with(link(&payment).rsplit('/').next().expect("a token")), "{url}");
    }
});

in_every_channel!(a_window_that_closed_unseen_is_told_by_the_service_and_ends_the_same_way, |world, shop| {
    let channel = shop.channel;
    let payment = order_in_the_chat(world, shop).await;
    world.window_closes_unseen(channel);
    let before = world.bubbles(channel).len();
    world.pays(&link(&payment)).await;
    world.passes(minutes(10)).await;
    let told: Vec<_> = world.bubbles(channel).split_off(before);
    match channel {
        Channel::Telegram => assert_eq!(told.len(), 1, "{told:#?}"),
        Channel::WhatsApp | Channel::Messenger => {
            assert_eq!(told.len(), 1, "{told:#?}");
            assert!(told[0].template.is_some(), "{told:#?}");
        }
        Channel::Instagram => {
            assert!(told.is_empty());
            assert!(detail(world, &payment, "payment.paid").await.contains("window-closed"));
        }
    }
});
