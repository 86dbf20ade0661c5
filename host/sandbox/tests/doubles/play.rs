//! The play page and its API, and the sandbox's own start and end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use kamurj_sandbox::{Sandbox, Settings, StartError};
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::receiver::Receiver;
use crate::world::{ANI, BANK_TOKEN, CRM_SECRET, START_MS, TOKEN, WEBHOOK_SECRET, World, reply};

fn settings(listen: &str) -> Settings {
    let text = json!({"listen": listen, "telegram_token": TOKEN, "bitrix24_user": "1", "bitrix24_secret": CRM_SECRET, "bank_token": BANK_TOKEN});
    Settings::from_json(&text.to_string()).unwrap()
}

#[tokio::test]
async fn a_sale_is_acted_out_by_the_play_api_alone() {
    let (world, chat_hook, bank_hook) = (World::start().await, Receiver::start().await, Receiver::start().await);
    world.bot("setWebhook", json!({"url": chat_hook.url, "secret_token": "hook-canary"})).await;
    let said = world.play("/play/chat/say", json!({"chat": ANI, "text": "/start", "language": "ru"})).await;
    assert_eq!((said.status, &said.body["message_id"]), (200, &json!(1)));
    let button = json!({"text": "Торт", "callback_data": "item:cake"});
    world
        .bot("sendMessage", json!({"chat_id": ANI, "text": "Меню", "reply_markup": {"inline_keyboard": [[button]]}}))
        .await;
    assert_eq!(
        world.play("/play/chat/press", json!({"chat": ANI, "message_id": 2, "data": "item:cake"})).await.status,
        200
    );
    assert_eq!(
        world.play("/play/bank/endpoint", json!({"url": bank_hook.url, "secret": WEBHOOK_SECRET})).await.status,
        200
    );
    let session = world.session("A-1").await;
    world.at_the_pay_page(&session, "pay").await;
    assert_eq!(world.play("/play/bitrix24/deal", json!({"title": "Cake"})).await.body, json!({"id": 1}));
    assert_eq!(world.sandbox.deliver_due().await, 3);

    let state = world.state().await;
    let chat = &state["telegram"]["chats"][0];
    assert_eq!((&chat["id"], &chat["language"], &chat["blocked"]), (&json!(ANI), &json!("ru"), &json!(false)));
    assert_eq!(
        chat["messages"][0],
        json!({"message_id": 1, "from": "customer", "text": "/start", "edited": false, "buttons": []})
    );
    assert_eq!(chat["messages"][1]["buttons"], json!([[{"text": "Торт", "data": "item:cake"}]]));
    assert_eq!(
        (&state["telegram"]["webhook"]["pending"], &state["telegram"]["webhook"]["last_error"]),
        (&json!(0), &Value::Null)
    );
    assert_eq!(
        state["telegram"]["calls"],
        json!([{"method": "setWebhook", "status": 200}, {"method": "sendMessage", "status": 200}])
    );
    let paid = &state["bank"]["sessions"][0];
    assert_eq!(
        (&paid["status"], &paid["amount_minor"], &paid["merchant_order_id"]),
        (&json!("paid"), &json!(1_250_000), &json!("A-1"))
    );
    let webhook = &state["bank"]["webhooks"][0];
    assert_eq!(
        (&webhook["type"], &webhook["status"], &webhook["tries"]),
        (&json!("payment.paid"), &json!(200), &json!(1))
    );
    let deal = &state["bitrix24"]["deals"][0];
    assert_eq!((&deal["stage_id"], &deal["title"], &deal["comments"]), (&json!("NEW"), &json!("Cake"), &json!([])));
    assert_eq!(state["bitrix24"]["stages"][0]["id"], "NEW");
}

#[tokio::test]
async fn wrong_play_requests_say_what_is_wrong() {
    let world = World::start().await;
    let wrong = [
        ("/play/chat/say", json!({"chat": ANI}), "text"),
        ("/play/chat/say", json!({"chat": "x", "text": "hi"}), "chat"),
        ("/play/chat/say", json!({"chat": -5, "text": "hi"}), "chat"),
        ("/play/chat/say", json!({"chat": ANI, "text": " "}), "text"),
        ("/play/chat/press", json!({"chat": ANI, "message_id": 1, "data": "x"}), "chat"),
        ("/play/chat/block", json!({"chat": ANI, "blocked": true}), "chat"),
        ("/play/bank/endpoint", json!({"url": "shop", "secret": WEBHOOK_SECRET}), "url"),
        ("/play/bank/endpoint", json!({"url": "https://a.am/h", "secret": "short"}), "secret"),
        ("/play/bank/faults", json!({"webhooks": "never"}), "never"),
        ("/play/bank/faults", json!({"webhook": "send"}), "webhook"),
        ("/play/bitrix24/faults", json!({"limit_next": -1}), "-1"),
        ("/play/telegram/faults", json!(5), "JSON object"),
    ];
    for (path, body, part) in wrong {
        let answer = world.play(path, body.clone()).await;
        assert_eq!(answer.status, 400, "{path} {body}");
        let why = answer.body["error"].as_str().unwrap();
        // A field of a wrong type is named by its type alone; the others are named by field or value.
        assert!(why.contains(part) || why.starts_with("invalid type"), "{why} for {path} {body}");
    }
    assert_eq!(
        reply(world.client.post(format!("{}/play/chat/say", world.sandbox.page_url)).body("{}")).await.status,
        415
    );
    assert_eq!(reply(world.client.get(format!("{}/nowhere", world.sandbox.page_url))).await.status, 404);
}

#[tokio::test]
async fn absent_faults_stay_as_they_are() {
    let world = World::start().await;
    assert_eq!(world.play("/play/bank/faults", json!({"webhooks": "hold", "duplicate": 3})).await.status, 200);
    assert_eq!(world.play("/play/bank/faults", json!({"lookup": "pending", "start": "drop_reply"})).await.status, 200);
    let faults = world.state().await["bank"]["faults"].clone();
    assert_eq!((&faults["webhooks"], &faults["duplicate"]), (&json!("hold"), &json!(3)));
    assert_eq!((&faults["lookup"], &faults["start"]), (&json!("pending"), &json!("drop_reply")));
    assert_eq!(world.play("/play/bitrix24/faults", json!({"limit_next": 3})).await.status, 200);
    assert_eq!(world.crm("profile", json!({})).await.status, 503);
    assert_eq!(world.state().await["bitrix24"]["faults"]["limit_next"], 2);
}

#[tokio::test]
async fn no_secret_is_shown_anywhere() {
    let world = World::start().await;
    world.bot("setWebhook", json!({"url": "https://a.am/h", "secret_token": "hook-canary"})).await;
    world.bot("getMe", json!({})).await;
    world.post(&format!("{}/bot{TOKEN}", world.sandbox.telegram_url), json!({})).await;
    world.post(&format!("{}/bot1:x/{TOKEN}", world.sandbox.telegram_url), json!({})).await;
    world.crm(CRM_SECRET, json!({})).await;
    world.sandbox.bank.set_endpoint("https://a.am/h", WEBHOOK_SECRET).unwrap();
    let shown = format!("{} {:?} {:?}", world.state().await, settings("127.0.0.1:0"), world.sandbox);
    for secret in [TOKEN, CRM_SECRET, BANK_TOKEN, "hook-canary", &WEBHOOK_SECRET[6..]] {
        assert!(!shown.contains(secret), "a secret is shown");
    }
}

#[tokio::test]
async fn the_page_asks_nobody_else_for_anything() {
    let world = World::start().await;
    for (path, kind) in [("/", "text/html"), ("/play.css", "text/css"), ("/play.js", "text/javascript")] {
        let answer = world.client.get(format!("{}{path}", world.sandbox.page_url)).send().await.unwrap();
        assert!(answer.headers()["content-type"].to_str().unwrap().starts_with(kind));
        assert!(answer.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
        let text = answer.text().await.unwrap();
        assert!(!text.contains("://") || path == "/play.js", "{path} names another address");
        assert!(!text.contains("innerHTML"));
    }
}

#[tokio::test]
async fn the_listeners_end_with_the_sandbox() {
    let world = World::start().await;
    let urls =
        [&world.sandbox.page_url, &world.sandbox.telegram_url, &world.sandbox.bitrix24_url, &world.sandbox.bank_url];
    let addresses: Vec<SocketAddr> = urls.map(|url| url.strip_prefix("http://").unwrap().parse().unwrap()).to_vec();
    world.state().await;
    world.sandbox.stop().await;
    for address in addresses {
        assert!(TcpStream::connect(address).await.is_err());
    }

    let dropped = Sandbox::start(settings("127.0.0.1:0"), Arc::new(|| START_MS)).await.unwrap();
    let address: SocketAddr = dropped.bank_url.strip_prefix("http://").unwrap().parse().unwrap();
    drop(dropped);
    for _ in 0..100 {
        if TcpStream::connect(address).await.is_err() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("the listener outlived its sandbox");
}

#[tokio::test]
async fn a_start_that_cannot_be_is_refused() {
    let start = async |listen: &str| Sandbox::start(settings(listen), Arc::new(|| START_MS)).await;
    assert!(matches!(start("0.0.0.0:0").await, Err(StartError::NotLoopback(_))));
    assert!(matches!(start("127.0.0.1:65535").await, Err(StartError::PortTooHigh(_) | StartError::Bind { .. })));
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    assert!(matches!(start(&taken.local_addr().unwrap().to_string()).await, Err(StartError::Bind { .. })));
    assert!(Settings::from_json(r#"{"telegram_token":"x"}"#).is_err());
}

#[tokio::test]
async fn stand_alone_it_delivers_by_itself() {
    let (world, receiver) = (World::start().await, Receiver::start().await);
    world.sandbox.keep_delivering(Duration::from_millis(5));
    world.bot("setWebhook", json!({"url": receiver.url})).await;
    world.play("/play/chat/say", json!({"chat": ANI, "text": "/start"})).await;
    let arrived = async {
        while receiver.count() == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), arrived).await.unwrap();
}
