//! The pages on which a person chats by hand, and what starts without them.

use serde_json::{Value, json};

use crate::hub::{Hub, VERIFY};
use crate::meta::{APP, APP_SECRET, FACEBOOK_SECRET, PAGE, PAGE_TOKEN, SHOP, SHOP_SECRET, SHOP_TOKEN, link_to, world};
use crate::world::{World, reply};

async fn state(world: &World, word: &str) -> Value {
    reply(world.client.get(format!("{}/play/chats/{word}/state", world.sandbox.page_url))).await.body
}

#[tokio::test]
async fn a_chat_is_acted_out_by_its_page_alone() {
    let (world, hub) = (world().await, Hub::start().await);
    let callback = json!({"app": APP, "url": hub.url, "verify_token": VERIFY});
    assert_eq!(world.play("/play/chats/messenger/callback", callback).await.status, 200);
    world.page("subscribed_apps", json!({"subscribed_fields": "messages,messaging_postbacks"})).await;
    let act = |mut what: Value| {
        what["account"] = PAGE.into();
        what["who"] = "anna".into();
        world.play("/play/chats/messenger/act", what)
    };
    let said = act(json!({"act": "say", "text": "Բարև"})).await;
    assert_eq!((said.status, &said.body["told"]), (200, &json!(true)), "{}", said.body);
    world.page("messages", link_to(said.body["id"].as_str().unwrap(), "Վճարել", "https://pay.example.am/p/1")).await;
    assert_eq!(act(json!({"act": "block", "blocked": true})).await.status, 200);
    assert_eq!(world.sandbox.deliver_due().await, 1);

    let state = state(&world, "messenger").await;
    let person = &state["accounts"][0]["people"][0];
    assert_eq!(
        (&person["who"], &person["blocked"], &person["window_open"]),
        (&json!("anna"), &json!(true), &json!(true))
    );
    assert_eq!(person["messages"][1]["buttons"], json!([{"title": "Վճարել", "url": "https://pay.example.am/p/1"}]));
    assert_eq!((&state["word"], &state["accounts"][0]["webhook"]["url"]), (&json!("messenger"), &json!(hub.url)));
}

#[tokio::test]
async fn wrong_requests_of_the_pages_say_what_is_wrong() {
    let world = world().await;
    let wrong = [
        ("messenger/act", json!({"account": PAGE, "act": "read"}), 400, "who"),
        ("messenger/act", json!({"account": "1", "who": "anna", "act": "read"}), 400, "account"),
        ("messenger/act", json!({"account": PAGE, "who": "", "act": "read"}), 400, "who"),
        ("messenger/act", json!({"account": PAGE, "who": "anna", "act": "dance"}), 400, "dance"),
        ("messenger/act", json!({"account": PAGE, "who": "anna", "act": "say", "text": " "}), 400, "text"),
        ("messenger/act", json!({"account": PAGE, "who": "anna", "act": "begin"}), 400, "no button to begin"),
        ("instagram/act", json!({"account": SHOP, "who": "anna", "act": "unsend", "mid": "x"}), 400, "mid"),
        (
            "instagram/act",
            json!({"account": SHOP, "who": "anna", "act": "press", "mid": "x", "payload": "y"}),
            400,
            "payload",
        ),
        (
            "instagram/act",
            json!({"account": SHOP, "who": "anna", "act": "follow", "reference": "a b"}),
            400,
            "reference",
        ),
        ("instagram/faults", json!({"limit": 1}), 400, "limit"),
        ("instagram/callback", json!({"app": APP, "url": "x", "verify_token": "y"}), 400, "app"),
        ("viber/act", json!({}), 404, "messenger, instagram"),
    ];
    for (path, body, status, part) in wrong {
        let answer = world.play(&format!("/play/chats/{path}"), body.clone()).await;
        assert_eq!(answer.status, status, "{path} {body}");
        let why = answer.body["error"].as_str().unwrap();
        assert!(why.contains(part), "{why} for {path} {body}");
    }
}

#[tokio::test]
async fn the_pages_show_no_secret_and_ask_nobody_else() {
    let (world, hub) = (world().await, Hub::start().await);
    world.sandbox.messenger.set_callback(APP, &hub.url, VERIFY).await.unwrap();
    world.anna_writes("hi");
    let shown = format!(
        "{} {} {} {:?} {:?}",
        state(&world, "messenger").await,
        state(&world, "instagram").await,
        world.state().await,
        world.sandbox.messenger,
        world.sandbox.instagram,
    );
    for secret in [PAGE_TOKEN, SHOP_TOKEN, APP_SECRET, SHOP_SECRET, FACEBOOK_SECRET, VERIFY] {
        assert!(!shown.contains(secret), "a secret is shown");
    }
    for (path, kind) in [
        ("/messenger", "text/html"),
        ("/instagram", "text/html"),
        ("/chats.css", "text/css"),
        ("/chats.js", "text/javascript"),
    ] {
        let answer = world.client.get(format!("{}{path}", world.sandbox.page_url)).send().await.unwrap();
        assert!(answer.headers()["content-type"].to_str().unwrap().starts_with(kind));
        assert!(answer.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
        let text = answer.text().await.unwrap();
        assert!(!text.contains("://") && !text.contains("innerHTML"), "{path}");
    }
}

#[tokio::test]
async fn a_sandbox_that_is_told_of_nobody_has_made_up_accounts_and_can_have_none() {
    let world = World::start().await;
    let ids = |state: &Value| {
        let accounts = state["accounts"].as_array().unwrap().iter();
        accounts.map(|account| account["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&state(&world, "messenger").await), ["300000000000011"]);
    assert_eq!(ids(&state(&world, "instagram").await), ["17840000000000021", "17840000000000031"]);
    for (root, token, name) in [
        (&world.sandbox.messenger_url, "EAA-sandbox-messenger-token", "Sandbox shop"),
        (&world.sandbox.instagram_page_url, "EAA-sandbox-instagram-page-token", "sandbox.page"),
    ] {
        let url = format!("{root}/v26.0/me?fields=name");
        assert_eq!(reply(world.client.get(url).bearer_auth(token)).await.body["name"], name);
    }
    let addresses = world.state().await["addresses"].clone();
    assert_eq!(addresses["instagram_page"], json!(world.sandbox.instagram_page_url));
    assert_eq!(addresses["messenger"], json!(world.sandbox.messenger_url));

    let nobody = World::start_with("messenger", json!([])).await;
    assert_eq!(state(&nobody, "messenger").await["accounts"], json!([]));
    let url = format!("{}/v26.0/me", nobody.sandbox.messenger_url);
    let asked = reply(nobody.client.get(url).bearer_auth("EAA-sandbox-messenger-token")).await;
    assert_eq!(asked.body["error"]["code"], 190);
}
