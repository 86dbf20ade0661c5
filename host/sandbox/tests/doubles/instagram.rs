//! What Instagram Direct does.

use kamurj_sandbox::graph::Act;
use reqwest::Method;
use serde_json::json;

use crate::hub::Hub;
use crate::meta::{
    BY_PAGE, BY_PAGE_APP, BY_PAGE_TOKEN, DAY_MS, FACEBOOK_SECRET, SHOP, SHOP_APP, SHOP_PAGE, SHOP_SECRET, SHOP_TOKEN,
    codes, connect, link_to, text_to, world,
};
use crate::world::World;

async fn connected() -> (World, Hub) {
    let (world, hub) = (world().await, Hub::start().await);
    connect(&world.sandbox.instagram, SHOP_APP, &hub).await;
    let fields = "messages,messaging_postbacks,messaging_referral,messaging_seen,comments";
    let subscribed = world.shop("subscribed_apps", json!({"subscribed_fields": fields})).await;
    assert_eq!(subscribed.status, 200, "{}", subscribed.body);
    (world, hub)
}

#[tokio::test]
async fn a_text_is_counted_in_bytes_and_echoed_without_metadata() {
    let (world, hub) = connected().await;
    let anna = world.anna_writes_direct("Գինը?");
    world.sandbox.deliver_due().await;
    let told = hub.events()[0].json();
    assert_eq!((&told["object"], &told["entry"][0]["id"]), (&json!("instagram"), &json!(SHOP)));
    assert!(hub.events()[0].is_signed(SHOP_SECRET));

    let send = |text: String| {
        let message = json!({"text": text, "metadata": "obx:01:link"});
        world.shop("messages", json!({"recipient": {"id": anna}, "message": message}))
    };
    let long = send("ա".repeat(501)).await;
    assert_eq!(codes(&long), (400, Some(100), None));
    assert_eq!(long.body["error"]["message"], "Length of param message[text] must be less than or equal to 1000");
    assert_eq!(long.body["error"]["type"], "IGApiException");
    let sent = send("ա".repeat(500)).await;
    assert_eq!(sent.status, 200, "{}", sent.body);
    world.sandbox.deliver_due().await;
    let echo = hub.last();
    assert_eq!((&echo["message"]["is_echo"], &echo["message"]["mid"]), (&json!(true), &sent.body["message_id"]));
    assert!(echo["message"].get("metadata").is_none());
}

#[tokio::test]
async fn nothing_is_left_after_the_window() {
    let (world, _hub) = connected().await;
    let anna = world.anna_writes_direct("hi");
    world.pass_ms(DAY_MS);
    let late = world.shop("messages", text_to(&anna, "x")).await;
    assert_eq!(codes(&late), (403, Some(10), Some(2_534_022)));
    assert_eq!(late.body["error"]["message"], "This message is sent outside of allowed window.");
    let tagged = json!({"recipient": {"id": anna}, "messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT", "message": {"text": "x"}});
    assert_eq!(codes(&world.shop("messages", tagged).await), (403, Some(10), None), "the app has no such permission");
    // A comment begins no chat.
    world.sandbox.instagram.act(SHOP, "anna", Act::Comment { text: "Գինը?".to_owned() }).unwrap();
    assert_eq!(world.shop("messages", text_to(&anna, "x")).await.status, 403);
    world.anna_writes_direct("again");
    assert_eq!(world.shop("messages", text_to(&anna, "x")).await.status, 200);
}

#[tokio::test]
async fn a_link_is_told_of_with_ice_breakers_only_and_never_on_the_web() {
    let (world, hub) = connected().await;
    let instagram = &world.sandbox.instagram;
    let follow = || instagram.act(SHOP, "anna", Act::Follow { reference: "pl_1".to_owned() }).unwrap().told;
    world.anna_writes_direct("hi");
    assert!(!follow());
    let breakers = json!({"platform": "instagram", "ice_breakers": [{"question": "Գինը?", "payload": "price"}]});
    assert_eq!(world.shop("messenger_profile", breakers).await.status, 200);
    assert!(follow());
    instagram.act(SHOP, "anna", Act::Web { on_web: true }).unwrap();
    assert!(!follow());

    // Somebody new: the link comes with the first thing said.
    instagram.act(SHOP, "gor", Act::Follow { reference: "pl_2".to_owned() }).unwrap();
    instagram.act(SHOP, "gor", Act::Begin).unwrap();
    world.sandbox.deliver_due().await;
    let begun = &hub.last()["postback"];
    assert_eq!((&begun["title"], &begun["payload"]), (&json!("Գինը?"), &json!("price")));
    assert_eq!(begun["referral"]["ref"], "pl_2");
}

#[tokio::test]
async fn templates_do_not_show_on_the_web() {
    let (world, _hub) = connected().await;
    let instagram = &world.sandbox.instagram;
    let anna = world.anna_writes_direct("hi");
    assert_eq!(world.shop("messages", link_to(&anna, "Վճարել", "https://pay.example.am/p/1")).await.status, 200);
    let buttons = || instagram.view().accounts[0].people[0].messages[1].buttons.len();
    assert_eq!(buttons(), 1);
    instagram.act(SHOP, "anna", Act::Web { on_web: true }).unwrap();
    assert_eq!(buttons(), 0);
}

#[tokio::test]
async fn what_was_read_taken_back_and_commented_is_told() {
    let (world, hub) = connected().await;
    let instagram = &world.sandbox.instagram;
    let said = instagram.say(SHOP, "anna", "secret").unwrap();
    let mid = said.mid.unwrap();
    instagram.act(SHOP, "anna", Act::Unsend { mid: mid.clone() }).unwrap();
    world.sandbox.deliver_due().await;
    assert_eq!(hub.last()["message"], json!({"mid": mid, "is_deleted": true}));
    let sent = world.shop("messages", text_to(&said.id, "x")).await;
    instagram.act(SHOP, "anna", Act::Read).unwrap();
    world.sandbox.deliver_due().await;
    assert_eq!(hub.last()["read"]["mid"], sent.body["message_id"]);
    instagram.act(SHOP, "anna", Act::Comment { text: "Գինը?".to_owned() }).unwrap();
    world.sandbox.deliver_due().await;
    let entry = hub.events().pop().unwrap().json()["entry"][0].clone();
    assert!(entry.get("messaging").is_none());
    assert_eq!(
        (&entry["changes"][0]["field"], &entry["changes"][0]["value"]["text"]),
        (&json!("comments"), &json!("Գինը?"))
    );
}

#[tokio::test]
async fn each_host_has_its_tokens_and_each_app_two_secrets() {
    let (world, hub) = connected().await;
    let sandbox = &world.sandbox;
    let me = |root: &str| format!("{root}/v26.0/me?fields=user_id,username,id,name");
    let right = world.graph(Method::GET, me(&sandbox.instagram_url), SHOP_TOKEN, None).await;
    assert_eq!((&right.body["user_id"], &right.body["username"]), (&json!(SHOP), &json!("sandbox.shop")));
    assert_ne!(right.body["id"], json!(SHOP));
    for (root, token) in [(&sandbox.instagram_page_url, SHOP_TOKEN), (&sandbox.instagram_url, BY_PAGE_TOKEN)] {
        assert_eq!(codes(&world.graph(Method::GET, me(root), token, None).await), (400, Some(190), None));
    }
    world.anna_writes_direct("hi");
    sandbox.instagram.change_faults(|faults| faults.other_secret = true);
    world.sandbox.deliver_due().await;
    let event = hub.events().pop().unwrap();
    assert!(event.is_signed(FACEBOOK_SECRET) && !event.is_signed(SHOP_SECRET));

    // Through a page: its id in the path, the account's in webhooks, and the other host's words.
    let other = Hub::start().await;
    connect(&sandbox.instagram, BY_PAGE_APP, &other).await;
    let edge = |edge: &str| format!("{}/v26.0/{SHOP_PAGE}/{edge}", sandbox.instagram_page_url);
    let post = |name: &str, body| world.graph(Method::POST, edge(name), BY_PAGE_TOKEN, Some(body));
    assert_eq!(post("subscribed_apps", json!({"subscribed_fields": "messages"})).await.status, 200);
    let anna = sandbox.instagram.say(BY_PAGE, "anna", "hi").unwrap().id;
    world.sandbox.deliver_due().await;
    let event = other.events().pop().unwrap();
    assert!(event.is_signed(FACEBOOK_SECRET));
    assert_eq!(event.json()["entry"][0]["id"], BY_PAGE);
    assert_eq!(post("messages", text_to(&anna, "x")).await.status, 200);
    world.pass_ms(90 * DAY_MS);
    assert_eq!(codes(&post("messages", text_to(&anna, "x")).await), (400, Some(10), Some(2_018_278)));
}
