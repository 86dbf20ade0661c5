//! How the bot's updates travel.

use serde_json::{Value, json};

use crate::receiver::Receiver;
use crate::telegram::keyboard;
use crate::world::{ANI, World};

#[tokio::test]
async fn updates_carry_the_secret_and_growing_ids() {
    let (world, receiver) = (World::start().await, Receiver::start().await);
    world.sandbox.telegram.say(ANI, "/start pl_7Qm2", None).unwrap();
    assert_eq!(world.sandbox.deliver_due().await, 0, "nowhere to send it to");
    let set = json!({"url": receiver.url, "secret_token": "hook-secret", "allowed_updates": ["message", "callback_query", "my_chat_member"]});
    assert_eq!(world.bot("setWebhook", set).await.status, 200);
    world.bot("sendMessage", keyboard(&json!({"text": "Cake", "callback_data": "item:cake"}))).await;
    world.sandbox.telegram.press(ANI, 2, "item:cake").unwrap();
    assert!(world.sandbox.telegram.press(ANI, 2, "item:tea").is_err());
    world.sandbox.telegram.block(ANI, true).unwrap();
    assert_eq!(world.bot("getWebhookInfo", json!({})).await.body["result"]["pending_update_count"], 3);
    assert_eq!(world.sandbox.deliver_due().await, 3);

    let received = receiver.received();
    assert!(received.iter().all(|one| one.header("x-telegram-bot-api-secret-token") == "hook-secret"));
    let updates: Vec<Value> = received.iter().map(crate::receiver::Received::json).collect();
    let ids: Vec<i64> = updates.iter().map(|update| update["update_id"].as_i64().unwrap()).collect();
    assert_eq!((ids[1], ids[2]), (ids[0] + 1, ids[0] + 2));
    assert_eq!(updates[0]["message"]["text"], "/start pl_7Qm2");
    assert_eq!(updates[0]["message"]["from"]["language_code"], "hy");
    assert_eq!(updates[0]["message"]["entities"], json!([{"type": "bot_command", "offset": 0, "length": 6}]));
    assert_eq!(updates[1]["callback_query"]["data"], "item:cake");
    assert_eq!(updates[1]["callback_query"]["message"]["message_id"], 2);
    assert_eq!(updates[2]["my_chat_member"]["new_chat_member"]["status"], "kicked");

    world.sandbox.telegram.block(ANI, false).unwrap();
    let query = updates[1]["callback_query"]["id"].clone();
    assert_eq!(world.bot("answerCallbackQuery", json!({"callback_query_id": query, "text": "Եղավ"})).await.status, 200);
    assert_eq!(world.sandbox.telegram.view().chats[0].notices[0].text, "Եղավ");
    world.pass_ms(60_001);
    assert_eq!(world.bot("answerCallbackQuery", json!({"callback_query_id": query})).await.status, 400);
}

#[tokio::test]
async fn a_refused_update_waits_longer_each_time_and_stalls_its_own_chat_only() {
    let (world, receiver) = (World::start().await, Receiver::start().await);
    world.bot("setWebhook", json!({"url": receiver.url})).await;
    world.sandbox.telegram.say(ANI, "one", None).unwrap();
    world.sandbox.telegram.say(ANI, "two", None).unwrap();
    world.sandbox.telegram.say(7_770_001, "other", None).unwrap();
    receiver.will_answer(&[500]);
    assert_eq!(world.sandbox.deliver_due().await, 2);
    let texts = || {
        receiver
            .received()
            .iter()
            .map(|one| one.json()["message"]["text"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(texts(), ["one", "other"]);
    let info = world.bot("getWebhookInfo", json!({})).await.body;
    assert_eq!(info["result"]["last_error_message"], "Wrong response from the webhook: 500");

    receiver.will_answer(&[401, 302]);
    for (pause_ms, count) in [(999, 2), (1, 3), (1_999, 3), (1, 4), (3_999, 4), (1, 6)] {
        world.pass_ms(pause_ms);
        world.sandbox.deliver_due().await;
        assert_eq!(receiver.count(), count, "after {pause_ms} ms more");
    }
    assert_eq!(texts(), ["one", "other", "one", "one", "one", "two"]);

    receiver.will_answer_retry_after(503, 30);
    world.sandbox.telegram.say(ANI, "three", None).unwrap();
    world.sandbox.deliver_due().await;
    world.pass_ms(29_999);
    assert_eq!(world.sandbox.deliver_due().await, 0);
    world.pass_ms(1);
    assert_eq!(world.sandbox.deliver_due().await, 1);
}

#[tokio::test]
async fn an_update_can_come_twice_and_is_dropped_after_a_day() {
    let (world, receiver) = (World::start().await, Receiver::start().await);
    world.bot("setWebhook", json!({"url": receiver.url})).await;
    world.sandbox.telegram.change_faults(|faults| faults.duplicate_updates = true);
    world.sandbox.telegram.say(ANI, "/start", None).unwrap();
    assert_eq!(world.sandbox.deliver_due().await, 2);
    assert_eq!(receiver.received()[0].body, receiver.received()[1].body);
    assert_eq!(world.sandbox.telegram.view().webhook.pending, 0);

    receiver.will_answer(&[500]);
    world.sandbox.telegram.say(ANI, "late", None).unwrap();
    world.sandbox.deliver_due().await;
    world.pass_ms(24 * 3_600_000);
    assert_eq!(world.sandbox.deliver_due().await, 0);
    assert_eq!(world.sandbox.telegram.view().webhook.pending, 0);
}

#[tokio::test]
async fn a_webhook_that_is_deleted_or_long_gone_gets_nothing() {
    let (world, receiver) = (World::start().await, Receiver::start().await);
    world.bot("setWebhook", json!({"url": receiver.url})).await;
    world.sandbox.telegram.say(ANI, "/start", None).unwrap();
    assert_eq!(world.bot("deleteWebhook", json!({"drop_pending_updates": true})).await.status, 200);
    assert_eq!(world.sandbox.deliver_due().await, 0);

    world.bot("setWebhook", json!({"url": receiver.url})).await;
    receiver.will_answer(&[410, 410]);
    world.sandbox.telegram.say(ANI, "/start", None).unwrap();
    world.sandbox.deliver_due().await;
    world.pass_ms(23 * 3_600_000 + 1);
    world.sandbox.deliver_due().await;
    assert_eq!(world.bot("getWebhookInfo", json!({})).await.body["result"]["url"], "");
}

#[tokio::test]
async fn only_the_kinds_that_were_asked_for_are_told() {
    let (world, receiver) = (World::start().await, Receiver::start().await);
    let set = |more: Value| {
        let mut body = json!({"url": receiver.url});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.bot("setWebhook", body)
    };
    assert_eq!(set(json!({"allowed_updates": ["callback_query"]})).await.body["result"], true);
    assert_eq!(world.sandbox.telegram.say(ANI, "/start", None).unwrap().update_id, None);
    world.bot("sendMessage", keyboard(&json!({"text": "Cake", "callback_data": "cake"}))).await;
    assert!(world.sandbox.telegram.tap_title(ANI, "Cake").unwrap().update_id.is_some());
    // Set anew without a list it keeps the one it had.
    assert_eq!(set(json!({})).await.status, 200);
    world.sandbox.telegram.say(ANI, "unheard", None).unwrap();
    let info = world.bot("getWebhookInfo", json!({})).await.body["result"].clone();
    assert_eq!(
        info,
        json!({
            "url": receiver.url, "has_custom_certificate": false, "pending_update_count": 1, "max_connections": 40,
            "allowed_updates": ["callback_query"],
        })
    );
    assert_eq!(world.sandbox.deliver_due().await, 1);
    assert_eq!(receiver.received()[0].json()["callback_query"]["data"], "cake");
    // An empty list stands for all the usual kinds.
    assert_eq!(set(json!({"allowed_updates": []})).await.status, 200);
    world.sandbox.telegram.say(ANI, "heard", None).unwrap();
    receiver.will_answer(&[500]);
    world.sandbox.deliver_due().await;
    let info = world.bot("getWebhookInfo", json!({})).await.body["result"].clone();
    assert_eq!((info.get("allowed_updates"), &info["pending_update_count"]), (None, &json!(1)));
    assert_eq!(
        (&info["last_error_date"], &info["last_error_message"]),
        (&json!(1_795_255_509), &json!("Wrong response from the webhook: 500"))
    );
    assert_eq!(world.bot("deleteWebhook", json!({})).await.body["result"], true);
    let info = world.bot("getWebhookInfo", json!({})).await.body["result"].clone();
    assert_eq!((&info["url"], &info["pending_update_count"]), (&json!(""), &json!(1)), "what waits is kept");
}
