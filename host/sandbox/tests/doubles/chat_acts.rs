//! What a person does in any chat: taps what stands on a button, opens a link, and is silent for a day.

use kamurj_sandbox::graph::CannotAct;
use kamurj_sandbox::{telegram, whatsapp};
use reqwest::Method;
use serde_json::json;

use crate::hub::{Hub, VERIFY};
use crate::meta::{APP, PAGE, SHOP, SHOP_APP, SHOP_SECRET, codes, text_to, world};
use crate::telegram::keyboard;
use crate::whatsapp::{ANI as PHONE, buttons, interactive, words};
use crate::world::{ANI, World};

#[tokio::test]
async fn at_telegram_the_newest_button_with_a_title_is_pressed_and_links_begin_a_chat() {
    let world = World::start().await;
    let telegram = &world.sandbox.telegram;
    let said = telegram.follow(ANI, "https://t.me/Kamurj_sandbox_bot?start=pl_7Qm2-x").unwrap();
    assert_eq!(telegram.view().chats[0].messages[0].text, "/start pl_7Qm2-x");
    assert_eq!(said.message_id, 1);
    telegram.follow(ANI, "https://t.me/kamurj_sandbox_bot").unwrap();
    assert_eq!(telegram.view().chats[0].messages[1].text, "/start");
    for link in [
        "https://t.me/another_bot?start=x",
        "https://t.me/kamurj_sandbox_bot?start=a.b",
        &format!("https://t.me/kamurj_sandbox_bot?start={}", "x".repeat(65)),
        "https://pay.example.am/kamurj_sandbox_bot?start=x",
        "hello",
    ] {
        assert_eq!(telegram.follow(ANI, link).unwrap_err(), telegram::CannotAct::Link, "{link}");
    }

    world.bot("sendMessage", keyboard(&json!({"text": "Cake", "callback_data": "old"}))).await;
    world.bot("sendMessage", keyboard(&json!({"text": "Cake", "callback_data": "new"}))).await;
    world.bot("sendMessage", keyboard(&json!({"text": "Pay", "url": "https://pay.example.am/p/1"}))).await;
    assert_eq!(telegram.tap_title(ANI, "Cake").unwrap().message_id, 4);
    assert_eq!(telegram.tap_title(ANI, "Pay").unwrap_err(), telegram::CannotAct::NoSuchButton, "a link tells nobody");
    assert_eq!(world.play("/play/chat/tap", json!({"chat": ANI, "title": "Cake"})).await.status, 200);
    let link = json!({"chat": ANI, "link": "https://t.me/kamurj_sandbox_bot?start=x"});
    assert_eq!(world.play("/play/chat/follow", link).await.status, 200);
}

#[tokio::test]
async fn a_request_to_telegram_is_lost_and_a_token_is_replaced() {
    let world = World::start().await;
    world.sandbox.telegram.say(ANI, "/start", None).unwrap();
    world.sandbox.telegram.change_faults(|faults| faults.drop_request_next = 1);
    let url = format!("{}/bot{}/sendMessage", world.sandbox.telegram_url, crate::world::TOKEN);
    let body = json!({"chat_id": ANI, "text": "x"});
    assert_eq!(crate::world::raw_post(&url, "", &body).await, b"");
    assert_eq!(world.sandbox.telegram.view().chats[0].messages.len(), 1, "nothing was done");
    world.sandbox.telegram.change_faults(|faults| faults.token_revoked = true);
    let refused = world.bot("getMe", json!({})).await;
    assert_eq!((refused.status, &refused.body["description"]), (401, &json!("Unauthorized")));
    world.sandbox.telegram.change_faults(|faults| faults.token_revoked = false);
    let me = world.bot("getMe", json!({})).await.body["result"].clone();
    assert_eq!((&me["username"], &me["can_join_groups"]), (&json!("kamurj_sandbox_bot"), &json!(true)));
}

#[tokio::test]
async fn at_whatsapp_buttons_and_rows_are_tapped_by_their_titles_and_links_bring_a_text() {
    let world = World::with_whatsapp().await;
    let link = "https://wa.me/37410000000?text=Pay%20pl_7Qm2";
    world.whatsapp().follow(PHONE, link).unwrap();
    assert_eq!(world.ani().messages[0].text, "Pay pl_7Qm2");
    for link in ["https://wa.me/37410000001?text=x", "https://wa.me/37410000000", "x"] {
        assert_eq!(world.whatsapp().follow(PHONE, link).unwrap_err(), whatsapp::CannotAct::Link, "{link}");
    }
    world.sent(buttons(&["Cake", "Tea"])).await;
    let rows = json!([{"id": "r1", "title": "Cake"}]);
    world.sent(interactive("list", &json!({"button": "Menu", "sections": [{"title": "Sweet", "rows": rows}]}))).await;
    for (title, text) in [("Tea", "Tea"), ("Cake", "Cake")] {
        world.whatsapp().tap_title(PHONE, title).unwrap();
        assert_eq!(world.ani().messages.last().unwrap().text, text);
    }
    assert_eq!(world.whatsapp().tap_title(PHONE, "Beer").unwrap_err(), whatsapp::CannotAct::NoSuchTitle);
    for (path, body, status) in [
        ("tap", json!({"phone": PHONE, "title": "Tea"}), 200),
        ("tap", json!({"phone": PHONE, "title": "Tea", "id": "x"}), 400),
        ("follow", json!({"phone": PHONE, "link": link}), 200),
        ("silent", json!({"phone": PHONE, "hours": 24}), 200),
    ] {
        let answer = world.play(&format!("/play/whatsapp/{path}"), body).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
    }
    let late = world.sent(words("after a day of silence")).await;
    assert_eq!(world.message(&late).error, Some(131_047));
    world.whatsapp().say(PHONE, "again").unwrap();
    world.whatsapp().be_silent(PHONE, 23).unwrap();
    let inside = world.sent(words("within it")).await;
    assert_eq!(world.message(&inside).error, None);
}

#[tokio::test]
async fn at_messenger_replies_and_buttons_are_tapped_by_their_titles_and_a_day_passes() {
    let (world, hub) = (world().await, Hub::start().await);
    let messenger = &world.sandbox.messenger;
    let callback = json!({"app": APP, "url": hub.url, "verify_token": VERIFY, "subscribe": true});
    assert_eq!(world.play("/play/chats/messenger/callback", callback).await.status, 200);
    let anna = world.anna_writes("hi");
    let replies = json!([{"content_type": "text", "title": "Այո", "payload": "yes"}]);
    let mut asks = text_to(&anna, "Sure?");
    asks["message"]["quick_replies"] = replies;
    assert_eq!(world.page("messages", asks).await.status, 200);
    let menu = json!({
        "recipient": {"id": anna}, "messaging_type": "RESPONSE",
        "message": {"attachment": {"type": "template", "payload": {
            "template_type": "button", "text": "Menu", "buttons": [{"type": "postback", "title": "Cake", "payload": "cake"}],
        }}},
    });
    assert_eq!(world.page("messages", menu).await.status, 200);
    messenger.tap_title(PAGE, "anna", "Cake").unwrap();
    assert!(messenger.tap_title(PAGE, "anna", "Այո").is_ok());
    world.sandbox.deliver_due().await;
    let told: Vec<_> = hub.events().iter().map(crate::hub::Event::messaging).collect();
    assert!(told.iter().any(|one| one["postback"]["payload"] == "cake"));
    assert!(told.iter().any(|one| one["message"]["quick_reply"]["payload"] == "yes"));
    assert_eq!(messenger.tap_title(PAGE, "anna", "Այո").unwrap_err(), CannotAct::NoSuchTitle, "it is gone once tapped");
    assert_eq!(messenger.tap_title(PAGE, "gor", "Cake").unwrap_err(), CannotAct::NoSuchTitle);

    messenger.be_silent(PAGE, "anna", 24).unwrap();
    assert_eq!(codes(&world.page("messages", text_to(&anna, "x")).await), (400, Some(10), Some(2_018_278)));
    let act = json!({"account": PAGE, "who": "anna", "act": "tap", "title": "Cake"});
    assert_eq!(world.play("/play/chats/messenger/act", act).await.status, 200);
    assert_eq!(world.page("messages", text_to(&anna, "x")).await.status, 200, "a tap opens the window again");
}

#[tokio::test]
async fn the_documentation_names_every_fault_of_the_chats() {
    let documented = include_str!("../../../../docs/sandbox.md");
    let world = World::start().await;
    let sandbox = &world.sandbox;
    for faults in [
        serde_json::to_value(sandbox.telegram.view().faults).unwrap(),
        serde_json::to_value(sandbox.whatsapp.view().faults).unwrap(),
        serde_json::to_value(sandbox.messenger.view().faults).unwrap(),
    ] {
        for name in faults.as_object().unwrap().keys() {
            assert!(documented.contains(&format!("`{name}`")), "docs/sandbox.md does not name {name}");
        }
    }
}

#[tokio::test]
async fn an_instagram_app_has_its_callback_set_and_listed_as_any_other() {
    let (world, hub) = (world().await, Hub::start().await);
    let url = format!("{}/v26.0/{SHOP_APP}/subscriptions", world.sandbox.instagram_url);
    let token = format!("{SHOP_APP}|{SHOP_SECRET}");
    let wanted = json!({
        "object": "instagram", "callback_url": hub.url, "verify_token": VERIFY, "fields": ["messages", "messaging_postbacks"],
    });
    let taken = world.graph(Method::POST, url.clone(), &token, Some(wanted)).await;
    assert_eq!(taken.body, json!({"success": true}));
    let listed = world.graph(Method::GET, url, &token, None).await.body["data"][0].clone();
    assert_eq!((&listed["object"], &listed["callback_url"]), (&json!("instagram"), &json!(hub.url)));
    assert_eq!(listed["fields"][1]["name"], "messaging_postbacks");
    assert_eq!(world.shop("subscribed_apps", json!({"subscribed_fields": "messages"})).await.status, 200);
    let edge = format!("{}/v26.0/{SHOP}/subscribed_apps", world.sandbox.instagram_url);
    let subscribed = world.graph(Method::GET, edge, crate::meta::SHOP_TOKEN, None).await.body;
    assert_eq!(subscribed, json!({"data": [{"id": SHOP_APP, "subscribed_fields": ["messages"]}]}));
    assert!(world.sandbox.instagram.say(SHOP, "anna", "hi").unwrap().told);
}
