//! WhatsApp on the play page, and a sandbox without it.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::net::TcpStream;

use crate::receiver::{Receiver, VERIFY_TOKEN};
use crate::whatsapp::{ACCESS, ANI, APP_SECRET, buttons, words};
use crate::world::World;

#[tokio::test]
async fn a_chat_is_acted_out_by_the_play_api_alone() {
    let (world, receiver) = (World::with_whatsapp().await, Receiver::start().await);
    let hook = json!({"url": receiver.url, "verify_token": VERIFY_TOKEN, "subscribe": true});
    assert_eq!(world.play("/play/whatsapp/webhook", hook).await.body, json!({"ok": true}));
    let said = world.play("/play/whatsapp/say", json!({"phone": ANI, "text": "Բարև"})).await;
    assert_eq!((said.status, &said.body["told"]), (200, &json!(true)));
    let menu = world.sent(buttons(&["Cake"])).await;
    let tap = json!({"phone": ANI, "message": menu, "id": "id:Cake"});
    assert_eq!(world.play("/play/whatsapp/tap", tap).await.status, 200);
    for (path, body) in [
        ("read", json!({"phone": ANI})),
        ("hide", json!({"phone": ANI, "username": "ani.x"})),
        ("other", json!({"phone": ANI})),
        ("block", json!({"phone": ANI, "blocked": true})),
        ("person", json!({"phone": "37477000000"})),
        ("template", json!({"name": "notice", "language": "ka", "body": "Paid."})),
        ("faults", json!({"token_expired": true, "statuses": "hold"})),
    ] {
        let answer = world.play(&format!("/play/whatsapp/{path}"), body).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    }
    // Three messages of the person's; the statuses are held.
    assert_eq!(world.sandbox.deliver_due().await, 3);
    let state = world.state().await;
    let whatsapp = &state["whatsapp"];
    assert_eq!(state["addresses"]["whatsapp"], json!(world.sandbox.whatsapp_url));
    assert_eq!((&whatsapp["webhook"]["url"], &whatsapp["webhook"]["pending"]), (&json!(receiver.url), &json!(3)));
    let ani = &whatsapp["people"][0];
    assert_eq!(
        (&ani["blocked"], &ani["username"], &ani["window_until"]),
        (&json!(true), &json!("ani.x"), &json!(1_795_341_909_000_i64))
    );
    assert_eq!(whatsapp["people"][1]["phone"], "37477000000");
    assert_eq!(
        ani["messages"][1],
        json!({
            "id": menu, "from": "business", "kind": "buttons", "text": "Պատվեր A-1042 — 12 500 ֏",
            "buttons": [{"text": "Cake", "id": "id:Cake"}], "progress": "read",
        })
    );
    assert_eq!((&ani["messages"][2]["kind"], &ani["messages"][2]["text"]), (&json!("reply"), &json!("Cake")));
    assert_eq!(
        (&whatsapp["faults"]["statuses"], &whatsapp["faults"]["fail_later_code"]),
        (&json!("hold"), &json!(131_026))
    );
    assert_eq!(whatsapp["calls"], json!([{"method": "messages", "status": 200}]));
}

#[tokio::test]
async fn wrong_play_requests_say_what_is_wrong() {
    let world = World::with_whatsapp().await;
    world.whatsapp().say(ANI, "hi").unwrap();
    for (path, body, part) in [
        ("say", json!({"phone": ANI}), "text"),
        ("say", json!({"phone": ANI, "text": " "}), "text: 1 to 4096"),
        ("say", json!({"phone": "+374", "text": "x"}), "phone: 7 to 15 digits"),
        ("tap", json!({"phone": ANI, "message": "wamid.x", "id": "a"}), "id: the message has no button"),
        ("tap", json!({"phone": "37477000000", "message": "wamid.x", "id": "a"}), "phone: nobody"),
        ("block", json!({"phone": "37477000000", "blocked": true}), "phone: nobody"),
        ("template", json!({"name": "notice", "language": "hy", "body": "x"}), "no templates in `hy`"),
        ("faults", json!({"statuses": "sometimes"}), "sometimes"),
        ("faults", json!({"status": "hold"}), "status"),
        ("webhook", json!({"url": "http://shop.example.am/h", "verify_token": "x"}), "url: an https address"),
        ("webhook", json!({"url": world.sandbox.page_url, "verify_token": "x"}), "does not match challenge"),
        ("webhook", json!({"url": "https://a.am/h"}), "verify_token"),
    ] {
        let answer = world.play(&format!("/play/whatsapp/{path}"), body.clone()).await;
        assert_eq!(answer.status, 400, "{path} {body}: {}", answer.body);
        let why = answer.body["error"].as_str().unwrap();
        assert!(why.contains(part), "{why} for {path} {body}");
    }
}

#[tokio::test]
async fn a_sandbox_that_is_told_of_no_account_has_a_made_up_one() {
    let world = World::start().await;
    assert!(world.sandbox.whatsapp.say(ANI, "hi").is_ok_and(|said| !said.told));
    let body = words("Բարև");
    let answer =
        world.cloud(Method::POST, "/v26.0/300000000000001/messages", "EAA-sandbox-whatsapp-token", Some(body)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(world.state().await["whatsapp"]["people"][0]["messages"][1]["text"], "Բարև");
}

#[tokio::test]
async fn every_address_has_its_place_after_the_first() {
    // The ports may be taken by somebody else meanwhile; then the next row is tried.
    for _ in 0..20 {
        let probe = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let first = probe.local_addr().unwrap();
        drop(probe);
        let Some(last) = first.port().checked_add(10) else { continue };
        let settings = json!({
            "listen": first, "telegram_token": "1:a", "bitrix24_user": "1", "bitrix24_secret": "a", "bank_token": "a",
        });
        let settings = kamurj_sandbox::Settings::from_json(&settings.to_string()).unwrap();
        let Ok(sandbox) = kamurj_sandbox::Sandbox::start(settings, std::sync::Arc::new(|| 0)).await else { continue };
        let ports: Vec<u16> = [
            &sandbox.page_url,
            &sandbox.telegram_url,
            &sandbox.bitrix24_url,
            &sandbox.bank_url,
            &sandbox.whatsapp_url,
            &sandbox.messenger_url,
            &sandbox.instagram_url,
            &sandbox.instagram_page_url,
            &sandbox.amocrm_url,
            &sandbox.sheets_url,
            &sandbox.erp_url,
        ]
        .map(|url| url.rsplit(':').next().unwrap().parse().unwrap())
        .to_vec();
        assert_eq!(ports, (first.port()..=last).collect::<Vec<_>>());
        return;
    }
    panic!("eleven free ports in a row were not found");
}

#[tokio::test]
async fn stand_alone_it_delivers_by_itself_and_its_listener_ends_with_the_sandbox() {
    let (world, receiver) = World::with_callback().await;
    world.sandbox.keep_delivering(Duration::from_millis(5));
    world.whatsapp().say(ANI, "hi").unwrap();
    let arrived = async {
        while receiver.count() == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), arrived).await.unwrap();
    let address: SocketAddr = world.sandbox.whatsapp_url.strip_prefix("http://").unwrap().parse().unwrap();
    assert!(TcpStream::connect(address).await.is_ok());
    world.sandbox.stop().await;
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn no_secret_is_shown_anywhere() {
    let (world, _receiver) = World::with_callback().await;
    world.whatsapp().say(ANI, "hi").unwrap();
    world.sandbox.deliver_due().await;
    let refused = world.cloud(Method::GET, &format!("/v26.0/{ACCESS}"), ACCESS, None).await;
    assert_eq!(refused.status, 400);
    let account: kamurj_sandbox::whatsapp::Account = serde_json::from_value(crate::whatsapp::account()).unwrap();
    let shown = format!("{} {account:?} {:?} {:?}", world.state().await, world.sandbox, world.whatsapp());
    for secret in [ACCESS, APP_SECRET, VERIFY_TOKEN] {
        assert!(!shown.contains(secret), "a secret is shown");
    }
}

#[tokio::test]
async fn its_part_of_the_page_asks_nobody_else_for_anything() {
    let world = World::start().await;
    let answer = world.client.get(format!("{}/whatsapp.js", world.sandbox.page_url)).send().await.unwrap();
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/javascript"));
    let text = answer.text().await.unwrap();
    assert!(!text.contains("://") && !text.contains("innerHTML"));
}
