//! What the Bot API does.

use serde_json::{Value, json};

use crate::world::{ANI, TOKEN, World, raw_post, reply};

pub(crate) async fn started() -> World {
    let world = World::start().await;
    world.sandbox.telegram.say(ANI, "/start", None).unwrap();
    world
}

pub(crate) fn keyboard(button: &Value) -> Value {
    json!({"chat_id": ANI, "text": "Pay", "reply_markup": {"inline_keyboard": [[button]]}})
}

#[tokio::test]
async fn a_message_is_sent_and_edited_once() {
    let world = started().await;
    let me = world.bot("getMe", json!({})).await;
    assert_eq!((&me.body["result"]["id"], &me.body["result"]["is_bot"]), (&json!(4_839_574_812_i64), &json!(true)));

    let sent = world.bot("sendMessage", keyboard(&json!({"text": "Վճարել", "url": "http://127.0.0.1:8080/p/x"}))).await;
    assert_eq!(sent.status, 200, "{}", sent.body);
    assert_eq!(sent.body["result"]["message_id"], 2);
    assert_eq!(sent.body["result"]["chat"]["id"], ANI);

    let mut edit = keyboard(&json!({"text": "Վճարել", "url": "http://127.0.0.1:8080/p/x"}));
    edit["message_id"] = 2.into();
    let same = world.bot("editMessageText", edit.clone()).await;
    assert_eq!(same.status, 400);
    assert!(same.body["description"].as_str().unwrap().starts_with("Bad Request: message is not modified"));

    let paid = json!({"chat_id": ANI, "message_id": 2, "text": "Pay", "reply_markup": {"inline_keyboard": []}});
    assert_eq!(world.bot("editMessageText", paid.clone()).await.status, 200);
    assert_eq!(world.bot("editMessageText", paid).await.status, 400);
    let message = &world.sandbox.telegram.view().chats[0].messages[1];
    assert!(message.edited && message.buttons.is_empty());
}

#[tokio::test]
async fn forms_and_queries_are_parameters_too() {
    let world = started().await;
    let url = format!("{}/bot{TOKEN}/sendmessage", world.sandbox.telegram_url);
    let markup = r#"{"inline_keyboard":[[{"text":"Pay","url":"https://pay.example.am/p/1"}]]}"#;
    let form = [("chat_id", ANI.to_string()), ("text", "Բարև".to_owned()), ("reply_markup", markup.to_owned())];
    assert_eq!(reply(world.client.post(&url).form(&form)).await.status, 200);
    assert_eq!(reply(world.client.get(format!("{url}?chat_id={ANI}&text=hi"))).await.status, 200);
    let messages = world.sandbox.telegram.view().chats[0].messages.clone();
    assert_eq!((messages[1].text.as_str(), messages[1].buttons.len(), messages[2].text.as_str()), ("Բարև", 1, "hi"));
}

#[tokio::test]
async fn a_blocked_bot_hears_forbidden() {
    let world = started().await;
    world.sandbox.telegram.block(ANI, true).unwrap();
    let answer = world.bot("sendMessage", json!({"chat_id": ANI, "text": "x"})).await;
    assert_eq!(
        (answer.status, answer.body["description"].as_str()),
        (403, Some("Forbidden: bot was blocked by the user"))
    );
    assert!(world.sandbox.telegram.say(ANI, "hi", None).is_err());
    world.sandbox.telegram.block(ANI, false).unwrap();
    assert_eq!(world.bot("sendMessage", json!({"chat_id": ANI, "text": "x"})).await.status, 200);
}

#[tokio::test]
async fn a_burst_to_one_chat_is_limited_and_time_heals_it() {
    let world = started().await;
    let send = || world.bot("sendMessage", json!({"chat_id": ANI, "text": "x"}));
    for _ in 0..8 {
        assert_eq!(send().await.status, 200);
    }
    let limited = send().await;
    assert_eq!((limited.status, &limited.body["parameters"]["retry_after"]), (429, &json!(1)));
    world.pass_ms(1_000);
    assert_eq!(send().await.status, 200);
    assert_eq!(send().await.status, 429);
}

#[tokio::test]
async fn faults_count_down_and_a_dropped_reply_was_done() {
    let world = started().await;
    world.sandbox.telegram.change_faults(|faults| {
        (faults.limit_next, faults.fail_next, faults.drop_reply_next) = (1, 1, 1);
    });
    let body = json!({"chat_id": ANI, "text": "x"});
    assert_eq!(world.bot("sendMessage", body.clone()).await.body["parameters"]["retry_after"], 1);
    assert_eq!(world.bot("sendMessage", body.clone()).await.status, 500);
    let url = format!("{}/bot{TOKEN}/sendMessage", world.sandbox.telegram_url);
    assert_eq!(raw_post(&url, "", &body).await, b"");
    assert_eq!(world.bot("sendMessage", body).await.status, 200);
    let view = world.sandbox.telegram.view();
    assert_eq!(view.chats[0].messages.len(), 3);
    let statuses: Vec<_> = view.calls.iter().map(|call| (call.method, call.status)).collect();
    assert_eq!(statuses, [429, 500, 0, 200].map(|status| ("sendMessage", (status != 0).then_some(status))));
}
