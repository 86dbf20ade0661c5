//! How Messenger's events travel.

use serde_json::json;

use crate::hub::VERIFY;
use crate::messenger::connected;
use crate::meta::{APP, APP_SECRET, PAGE, connect, link_to, text_to};

#[tokio::test]
async fn events_are_signed_over_their_escaped_bytes() {
    let (world, hub) = connected().await;
    world.anna_writes("Բարև https://a.am/b 🎂");
    world.sandbox.deliver_due().await;
    let event = hub.events().pop().unwrap();
    assert!(event.body.is_ascii() && event.body.contains(r"\u0532\u0561") && event.body.contains(r"https:\/\/a.am\/b"));
    assert!(event.body.contains(r"\ud83c\udf82"));
    assert!(event.is_signed(APP_SECRET) && !event.is_signed("another"));
    assert_eq!(event.messaging()["message"]["text"], "Բարև https://a.am/b 🎂");
    world.sandbox.messenger.change_faults(|faults| faults.forge_signature = true);
    world.anna_writes("forged");
    world.sandbox.deliver_due().await;
    assert!(!hub.events().pop().unwrap().is_signed(APP_SECRET));
}

#[tokio::test]
async fn what_is_not_answered_200_comes_again_later_and_later() {
    let (world, hub) = connected().await;
    hub.will_answer(&[500, 302, 204]);
    world.anna_writes("one");
    for (pause_ms, count) in [(0, 1), (4_999, 1), (1, 2), (29_999, 2), (1, 3), (120_000, 4), (86_400_000, 4)] {
        world.pass_ms(pause_ms);
        while world.sandbox.deliver_due().await > 0 {}
        assert_eq!(hub.count(), count, "after {pause_ms} ms more");
    }
    let events = hub.events();
    assert!(events.iter().all(|event| event.body == events[0].body && event.is_signed(APP_SECRET)));
}

#[tokio::test]
async fn a_subscription_that_fails_for_hours_is_switched_off() {
    let (world, hub) = connected().await;
    hub.will_answer(&[500; 40]);
    world.anna_writes("one");
    for _ in 0..20 {
        world.sandbox.deliver_due().await;
        world.pass_ms(1_800_000);
    }
    let webhook = world.sandbox.messenger.view().accounts[0].webhook.clone();
    assert!(webhook.disabled && webhook.pending == 0, "{webhook:?}");
    assert_eq!(webhook.last_error.as_deref(), Some("HTTP status 500"));
    assert!(!world.sandbox.messenger.say(PAGE, "anna", "unheard").unwrap().told);
    connect(&world.sandbox.messenger, APP, &hub).await;
    assert!(world.sandbox.messenger.say(PAGE, "anna", "heard").unwrap().told);
}

#[tokio::test]
async fn events_come_twice_together_in_any_order_late_or_never() {
    let (world, hub) = connected().await;
    let messenger = &world.sandbox.messenger;
    messenger.change_faults(|faults| faults.duplicate_events = true);
    let anna = world.anna_writes("twice");
    assert_eq!(world.sandbox.deliver_due().await, 2);
    assert_eq!(hub.events()[0].body, hub.events()[1].body);

    messenger.change_faults(|faults| (faults.duplicate_events, faults.batch_events) = (false, true));
    world.anna_writes("one");
    world.anna_writes("two");
    assert_eq!(world.sandbox.deliver_due().await, 1);
    let entries = hub.events().pop().unwrap().json()["entry"].clone();
    assert_eq!(entries.as_array().unwrap().len(), 2);
    assert_eq!(entries[1]["messaging"][0]["message"]["text"], "two");

    messenger.change_faults(|faults| (faults.batch_events, faults.newest_first) = (false, true));
    world.anna_writes("three");
    world.anna_writes("four");
    assert_eq!(world.sandbox.deliver_due().await, 2);
    assert_eq!(hub.last()["message"]["text"], "three");

    messenger.change_faults(|faults| faults.hold_events = true);
    world.anna_writes("held");
    assert_eq!(world.sandbox.deliver_due().await, 0);
    messenger.change_faults(|faults| (faults.hold_events, faults.lose_echoes) = (false, true));
    world.page("messages", text_to(&anna, "no echo of it")).await;
    assert_eq!(world.sandbox.deliver_due().await, 1);
    assert_eq!(hub.last()["message"]["text"], "held");
    messenger.change_faults(|faults| faults.lose_events = true);
    assert!(!messenger.say(PAGE, "anna", "lost").unwrap().told);
}

#[tokio::test]
async fn only_what_is_subscribed_to_is_told() {
    let (world, hub) = connected().await;
    world.page("subscribed_apps", json!({"subscribed_fields": "messaging_postbacks"})).await;
    let anna = world.anna_writes("unheard");
    world.page("messages", link_to(&anna, "Pay", "https://pay.example.am/p/1")).await;
    assert_eq!((world.sandbox.deliver_due().await, hub.count()), (0, 0));
    // A callback that is set anew has no wrong token in it.
    assert!(world.sandbox.messenger.set_callback(APP, &hub.url, VERIFY).await.is_ok());
}
