//! What Messenger does.

use kamurj_sandbox::graph::{Act, Chats, Side};
use reqwest::Method;
use serde_json::json;

use crate::hub::{Hub, VERIFY};
use crate::meta::{
    APP, APP_SECRET, DAY_MS, OTHER_PAGE, OTHER_TOKEN, PAGE, PAGE_TOKEN, codes, connect, link_to, text_to, world,
};
use crate::world::{World, reply};

/// A world whose app hears everything of the page.
pub(crate) async fn connected() -> (World, Hub) {
    let (world, hub) = (world().await, Hub::start().await);
    connect(&world.sandbox.messenger, APP, &hub).await;
    let fields = "messages,messaging_postbacks,messaging_referrals,message_echoes,message_reads,standby";
    let subscribed = world.page("subscribed_apps", json!({"subscribed_fields": fields})).await;
    assert_eq!(subscribed.body, json!({"success": true}));
    (world, hub)
}

#[tokio::test]
async fn a_link_is_sent_and_echoed_with_its_metadata() {
    let (world, hub) = connected().await;
    let anna = world.anna_writes("Բարև, A-1042");
    assert_eq!(world.sandbox.deliver_due().await, 1);
    let told = hub.last();
    assert_eq!((&told["sender"]["id"], &told["recipient"]["id"]), (&json!(anna), &json!(PAGE)));
    assert_eq!(told["message"]["text"], "Բարև, A-1042");

    let sent = world.page("messages", link_to(&anna, "Վճարել", "https://pay.example.am/p/7Qm2")).await;
    assert_eq!((sent.status, &sent.body["recipient_id"]), (200, &json!(anna)), "{}", sent.body);
    assert_eq!(world.sandbox.deliver_due().await, 1);
    let echo = hub.last();
    assert_eq!((&echo["sender"]["id"], &echo["recipient"]["id"]), (&json!(PAGE), &json!(anna)));
    assert_eq!(echo["message"]["mid"], sent.body["message_id"]);
    assert_eq!((&echo["message"]["is_echo"], &echo["message"]["metadata"]), (&json!(true), &json!("obx:01:link")));
    assert_eq!(echo["message"]["app_id"].to_string(), APP);

    let seen = world.sandbox.messenger.view().accounts[0].people[0].messages.clone();
    assert_eq!((seen.len(), seen[1].from), (2, Side::Account));
    assert_eq!(seen[1].buttons[0].url.as_deref(), Some("https://pay.example.am/p/7Qm2"));
}

#[tokio::test]
async fn an_address_has_to_answer_the_challenge() {
    let (world, hub) = (world().await, Hub::start().await);
    let messenger = &world.sandbox.messenger;
    for (url, token, part) in [
        (hub.url.as_str(), "wrong", "HTTP Status Code = 403"),
        (&hub.url.replace("/hook", "/other"), VERIFY, "HTTP Status Code = 404"),
        ("http://127.0.0.1:1/hook", VERIFY, "did not answer"),
        ("http://shop.example.am/hook", VERIFY, "must be a valid https URL"),
        ("hook", VERIFY, "must be a valid https URL"),
    ] {
        let why = messenger.set_callback(APP, url, token).await.unwrap_err();
        assert!(why.contains(part), "{why} for {url}");
    }
    assert!(messenger.set_callback("1", &hub.url, VERIFY).await.unwrap_err().contains("app"));
    assert_eq!(messenger.view().accounts[0].webhook.url, "");

    let url = format!("{}/v26.0/{APP}/subscriptions", world.sandbox.messenger_url);
    let mut asked = json!({"object": "page", "callback_url": hub.url, "verify_token": "wrong", "fields": "messages"});
    let token = format!("{APP}|{APP_SECRET}");
    let refused = world.graph(Method::POST, url.clone(), &token, Some(asked.clone())).await;
    assert_eq!(codes(&refused), (400, Some(2_200), None));
    asked["verify_token"] = VERIFY.into();
    assert_eq!(codes(&world.graph(Method::POST, url.clone(), PAGE_TOKEN, Some(asked.clone())).await).1, Some(15));
    let forged = format!("{APP}|forged");
    assert_eq!(codes(&world.graph(Method::POST, url.clone(), &forged, Some(asked.clone())).await).1, Some(190));
    let page = format!("{}/", world.sandbox.page_url);
    asked["callback_url"] = page.into();
    let mistaken = world.graph(Method::POST, url.clone(), &token, Some(asked.clone())).await;
    assert_eq!(codes(&mistaken), (400, Some(2_201), None), "200 alone proves nothing");
    assert_eq!(world.graph(Method::GET, url.clone(), &token, None).await.body, json!({"data": []}));
    asked["callback_url"] = hub.url.as_str().into();
    asked["access_token"] = token.as_str().into();
    let taken = reply(world.client.post(&url).json(&asked)).await;
    assert_eq!(taken.body, json!({"success": true}), "the token may be a parameter too");
    assert_eq!(messenger.view().accounts[0].webhook.url, hub.url);
    let listed = world.graph(Method::GET, url.clone(), &token, None).await.body;
    let expected = json!({
        "object": "page", "callback_url": hub.url, "active": true, "fields": [{"name": "messages", "version": "v26.0"}],
    });
    assert_eq!(listed["data"], json!([expected]));
    assert_eq!(world.graph(Method::DELETE, url, &token, None).await.body, json!({"success": true}));
    assert_eq!(messenger.view().accounts[0].webhook.url, "");
    assert_eq!(hub.count(), 0);
}

#[tokio::test]
async fn the_window_closes_after_a_day_and_people_open_it() {
    let (world, _hub) = connected().await;
    let anna = world.anna_writes("hi");
    world.pass_ms(DAY_MS - 1);
    let postback = json!({"type": "postback", "title": "Կապ", "payload": "contact"});
    let menu = json!({"template_type": "button", "text": "Menu", "buttons": [postback]});
    let mut menu = json!({
        "recipient": {"id": anna}, "messaging_type": "RESPONSE",
        "message": {"attachment": {"type": "template", "payload": menu}},
    });
    let sent = world.page("messages", menu.clone()).await;
    assert_eq!(sent.status, 200, "{}", sent.body);
    world.pass_ms(1);
    for kind in ["RESPONSE", "UPDATE"] {
        menu["messaging_type"] = kind.into();
        let late = world.page("messages", menu.clone()).await;
        assert_eq!(codes(&late), (400, Some(10), Some(2_018_278)), "{kind}");
    }
    // Staff may write for a week, and the tags for events are gone.
    let tagged = |tag: &str| json!({"recipient": {"id": anna}, "messaging_type": "MESSAGE_TAG", "tag": tag, "message": {"text": "x"}});
    assert_eq!(world.page("messages", tagged("HUMAN_AGENT")).await.status, 200);
    assert_eq!(codes(&world.page("messages", tagged("POST_PURCHASE_UPDATE")).await), (400, Some(100), None));
    world.pass_ms(6 * DAY_MS);
    assert_eq!(codes(&world.page("messages", tagged("HUMAN_AGENT")).await).2, Some(2_018_278));

    let mid = sent.body["message_id"].as_str().unwrap().to_owned();
    world.sandbox.messenger.act(PAGE, "anna", Act::Press { mid, payload: "contact".to_owned() }).unwrap();
    assert_eq!(world.page("messages", text_to(&anna, "Եղավ")).await.status, 200);
}

#[tokio::test]
async fn buttons_quick_replies_and_links_are_told() {
    let (world, hub) = connected().await;
    let messenger = &world.sandbox.messenger;
    // A link into a thread that is not there needs the Get Started button.
    let follow = || messenger.act(PAGE, "anna", Act::Follow { reference: "pl_7Qm2-x=".to_owned() }).unwrap();
    assert!(!follow().told);
    assert!(messenger.act(PAGE, "anna", Act::Begin).is_err());
    assert_eq!(world.page("messenger_profile", json!({"get_started": {"payload": "START"}})).await.status, 200);
    assert!(!follow().told);
    let anna = messenger.act(PAGE, "anna", Act::Begin).unwrap().id;
    world.sandbox.deliver_due().await;
    let begun = &hub.last()["postback"];
    assert_eq!((&begun["payload"], &begun["referral"]["ref"]), (&json!("START"), &json!("pl_7Qm2-x=")));
    assert!(follow().told);
    world.sandbox.deliver_due().await;
    assert_eq!(hub.last()["referral"], json!({"ref": "pl_7Qm2-x=", "source": "SHORTLINK", "type": "OPEN_THREAD"}));
    assert!(messenger.act(PAGE, "anna", Act::Follow { reference: "a b".to_owned() }).is_err());

    let reply = json!({"content_type": "text", "title": "Այո", "payload": "yes"});
    let question = json!({"recipient": {"id": anna}, "messaging_type": "RESPONSE", "message": {"text": "?", "quick_replies": [reply]}});
    let mid = world.page("messages", question).await.body["message_id"].as_str().unwrap().to_owned();
    let tap = |payload: &str| messenger.act(PAGE, "anna", Act::Reply { mid: mid.clone(), payload: payload.to_owned() });
    assert!(tap("no").is_err());
    assert!(tap("yes").unwrap().told);
    assert!(tap("yes").is_err(), "quick replies are gone once one was tapped");
    world.sandbox.deliver_due().await;
    let told = &hub.last()["message"];
    assert_eq!((&told["text"], &told["quick_reply"]["payload"]), (&json!("Այո"), &json!("yes")));
    messenger.act(PAGE, "anna", Act::Read).unwrap();
    world.sandbox.deliver_due().await;
    assert!(hub.last()["read"]["watermark"].is_i64());
}

#[tokio::test]
async fn a_person_has_another_id_at_every_page() {
    let (world, hub) = connected().await;
    let here = world.anna_writes("hi");
    let there = world.sandbox.messenger.say(OTHER_PAGE, "anna", "hi").unwrap();
    assert_ne!(here, there.id);
    assert_eq!(there.id, Chats::id_of(OTHER_PAGE, "anna"));
    assert!(!there.told, "nobody is subscribed to the other page");
    assert_eq!(codes(&world.page("messages", text_to(&there.id, "x")).await), (400, Some(100), Some(2_018_001)));

    let url = format!("{}/v26.0/{OTHER_PAGE}/subscribed_apps", world.sandbox.messenger_url);
    let fields = json!({"subscribed_fields": ["messages"]});
    world.graph(Method::POST, url.clone(), OTHER_TOKEN, Some(fields)).await;
    world.sandbox.deliver_due().await;
    world.sandbox.messenger.say(OTHER_PAGE, "anna", "again").unwrap();
    world.sandbox.deliver_due().await;
    let last = hub.events().pop().unwrap().json();
    assert_eq!((&last["object"], &last["entry"][0]["id"]), (&json!("page"), &json!(OTHER_PAGE)));
    let listed = world.graph(Method::GET, url, OTHER_TOKEN, None).await;
    assert_eq!(listed.body["data"], json!([{"id": APP, "subscribed_fields": ["messages"]}]));
}

#[tokio::test]
async fn staff_other_apps_and_people_who_block_are_in_the_way() {
    let (world, hub) = connected().await;
    let messenger = &world.sandbox.messenger;
    let anna = world.anna_writes("hi");
    messenger.act(PAGE, "anna", Act::Staff { text: "Ես եմ".to_owned() }).unwrap();
    messenger.act(PAGE, "anna", Act::Standby { standby: true }).unwrap();
    messenger.say(PAGE, "anna", "to the other app").unwrap();
    world.sandbox.deliver_due().await;
    let events = hub.events();
    assert_eq!(events[1].messaging()["message"]["app_id"], json!(263_902_037_430_900_u64));
    let standby = events[2].json();
    assert!(standby["entry"][0].get("messaging").is_none());
    assert_eq!(standby["entry"][0]["standby"][0]["message"]["text"], "to the other app");
    assert_eq!(codes(&world.page("messages", text_to(&anna, "x")).await), (400, Some(10), Some(2_018_300)));

    messenger.act(PAGE, "anna", Act::Standby { standby: false }).unwrap();
    messenger.act(PAGE, "anna", Act::Block { blocked: true }).unwrap();
    assert_eq!(codes(&world.page("messages", text_to(&anna, "x")).await), (400, Some(551), Some(1_545_041)));
    assert!(messenger.say(PAGE, "anna", "x").is_err());
}

#[tokio::test]
async fn a_token_is_checked_by_a_look_at_oneself() {
    let world = world().await;
    let url = format!("{}/v26.0/me?fields=id,name", world.sandbox.messenger_url);
    let me = world.graph(Method::GET, url.clone(), PAGE_TOKEN, None).await;
    assert_eq!(me.body, json!({"id": PAGE, "name": "Sandbox shop"}));
    let by_query = world.client.get(format!("{url}&access_token={PAGE_TOKEN}"));
    assert_eq!(crate::world::reply(by_query).await.body["id"], PAGE);
    world.sandbox.messenger.revoke_tokens(PAGE);
    assert_eq!(codes(&world.graph(Method::GET, url, PAGE_TOKEN, None).await), (400, Some(190), Some(460)));
}
