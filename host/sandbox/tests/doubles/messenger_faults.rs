//! What goes wrong at Messenger on demand, and its limits.

use serde_json::json;

use crate::messenger::connected;
use crate::meta::{PAGE, PAGE_TOKEN, codes, text_to};
use crate::world::raw_post;

#[tokio::test]
async fn throttles_look_like_mistakes() {
    let (world, _hub) = connected().await;
    let anna = world.anna_writes("hi");
    world.sandbox.messenger.change_faults(|faults| (faults.limit_next, faults.limit_app_next) = (1, 1));
    let send = || {
        let url = format!("{}/v26.0/{PAGE}/messages", world.sandbox.messenger_url);
        world.client.post(url).bearer_auth(PAGE_TOKEN).json(&text_to(&anna, "x")).send()
    };
    let call_count = |answer: &reqwest::Response| {
        let usage = answer.headers()["x-business-use-case-usage"].to_str().unwrap();
        let usage: serde_json::Value = serde_json::from_str(usage).unwrap();
        (usage[PAGE][0]["call_count"].clone(), usage[PAGE][0]["estimated_time_to_regain_access"].clone())
    };
    let first = send().await.unwrap();
    assert!(first.headers().get("retry-after").is_none());
    assert_eq!((first.status().as_u16(), call_count(&first)), (400, (json!(1), json!(0))));
    let error = first.json::<serde_json::Value>().await.unwrap()["error"].clone();
    assert_eq!((&error["code"], &error["type"]), (&json!(613), &json!("OAuthException")));
    let second = send().await.unwrap();
    assert_eq!((second.status().as_u16(), call_count(&second)), (400, (json!(100), json!(1))));
    let error = second.json::<serde_json::Value>().await.unwrap()["error"].clone();
    assert_eq!((&error["code"], &error["is_transient"]), (&json!(4), &json!(true)));
    assert_eq!(send().await.unwrap().status().as_u16(), 200);
}

#[tokio::test]
async fn a_page_sends_three_hundred_a_second() {
    let (world, _hub) = connected().await;
    let anna = world.anna_writes("hi");
    for _ in 0..300 {
        assert_eq!(world.page("messages", text_to(&anna, "x")).await.status, 200);
    }
    assert_eq!(codes(&world.page("messages", text_to(&anna, "x")).await), (400, Some(613), None));
    world.pass_ms(10);
    assert_eq!(world.page("messages", text_to(&anna, "x")).await.status, 200);
}

#[tokio::test]
async fn answers_get_lost_or_lie_after_and_before_the_deed() {
    let (world, _hub) = connected().await;
    let anna = world.anna_writes("hi");
    let messenger = &world.sandbox.messenger;
    let said = || messenger.view().accounts[0].people[0].messages.len();
    messenger.change_faults(|faults| (faults.fail_next, faults.drop_request_next) = (1, 1));
    assert_eq!(codes(&world.page("messages", text_to(&anna, "x")).await), (500, Some(2), None));
    let url = format!("{}/v26.0/{PAGE}/messages", world.sandbox.messenger_url);
    let header = format!("authorization: Bearer {PAGE_TOKEN}\r\n");
    assert_eq!(raw_post(&url, &header, &text_to(&anna, "x")).await, b"");
    assert_eq!(said(), 1, "nothing of this was said");
    messenger.change_faults(|faults| (faults.drop_reply_next, faults.fail_done_next) = (1, 1));
    // What is refused has no answer to lose.
    assert_eq!(world.page("messages", text_to("1", "x")).await.status, 400);
    assert_eq!(raw_post(&url, &header, &text_to(&anna, "taken")).await, b"");
    assert_eq!(codes(&world.page("messages", text_to(&anna, "taken too")).await), (500, Some(1), Some(1_357_046)));
    assert_eq!(said(), 3);
    assert_eq!(world.sandbox.deliver_due().await, 3, "and both were echoed");
    let calls = messenger.view().calls;
    let statuses: Vec<_> = calls.iter().filter(|call| call.method == "messages").map(|call| call.status).collect();
    assert_eq!(statuses, [Some(500), None, Some(400), None, Some(500)]);
}

#[tokio::test]
async fn everything_can_be_refused() {
    let (world, _hub) = connected().await;
    let anna = world.anna_writes("hi");
    for (word, expected) in [
        ("token", (400, Some(190), Some(460))),
        ("expired", (400, Some(190), Some(463))),
        ("permission", (403, Some(200), None)),
        ("policy", (400, Some(368), None)),
    ] {
        let set = world.play("/play/chats/messenger/faults", json!({"refuse": word})).await;
        assert_eq!(set.status, 200, "{}", set.body);
        assert_eq!(codes(&world.page("messages", text_to(&anna, "x")).await), expected, "{word}");
    }
}
