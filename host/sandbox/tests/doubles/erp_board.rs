//! The ERP's board and its API, and what starts without settings.

use kamurj_sandbox::Settings;
use kamurj_sandbox::erp::Account;
use serde_json::{Value, json};

use crate::erp::{PRIVATE, SECRET, event, hook};
use crate::receiver::Receiver;
use crate::world::{Reply, World, reply};

async fn state(world: &World) -> Value {
    reply(world.client.get(format!("{}/play/erp/state", world.sandbox.page_url))).await.body
}

async fn act(world: &World, body: Value) -> Reply {
    world.play("/play/erp/act", body).await
}

fn order(id: &str) -> Value {
    json!({"act": "order", "order_id": id, "amount": {"value": "12500", "currency": "AMD"}, "description": "Torte"})
}

#[tokio::test]
async fn a_day_is_acted_out_by_the_board_alone() {
    let (world, receiver) = (World::with_erp().await, Receiver::start().await);
    let kamurj = json!({"act": "kamurj", "url": receiver.url, "keys": [SECRET, PRIVATE]});
    assert_eq!(act(&world, kamurj).await.body, json!({"ok": true}));
    assert_eq!(
        act(&world, json!({"act": "endpoint", "name": "stock", "keys": [SECRET]})).await.body,
        json!({"ok": true})
    );
    let made = act(&world, order("A-1042")).await;
    assert_eq!(made.status, 200, "{}", made.body);
    assert_eq!(act(&world, json!({"act": "cancel", "order_id": "A-1042"})).await.status, 200);
    assert_eq!(act(&world, json!({"act": "send", "type": "stock.counted", "data": {"cakes": 3}})).await.status, 200);
    assert_eq!(world.sandbox.deliver_due().await, 3);
    let again = act(&world, json!({"act": "again", "id": made.body["id"], "copies": 2})).await;
    assert_eq!(again.body, json!({"statuses": [200, 200]}));
    assert_eq!(receiver.count(), 5);
    assert_eq!(world.play("/play/erp/faults", json!({"limit_next": 1})).await.body, json!({"ok": true}));
    let message = hook("msg_1", &event("payment.paid", 2));
    assert_eq!((world.hears(&message).await.status, world.hears(&message).await.status), (429, 200));

    let state = state(&world).await;
    assert_eq!(state["address"], json!(world.sandbox.erp_url));
    assert_eq!(
        state["orders"][0],
        json!({
            "order_id": "A-1042", "amount": {"value": "12500", "currency": "AMD"}, "description": "Torte", "cancelled": true,
            "payment_id": "pay_1", "status": "paid", "version": 2, "checkout_url": null,
        })
    );
    assert_eq!((&state["sent"][0]["type"], &state["sent"][0]["accepted"]), (&json!("order.created"), &json!(true)));
    let taken = &state["events"][0];
    assert_eq!(
        (&taken["type"], &taken["attempts"], &taken["outcome"]),
        (&json!("payment.paid"), &json!(2), &json!("applied"))
    );
    assert_eq!(
        (&state["requests"][0]["status"], &state["requests"][0]["outcome"]),
        (&json!(429), &json!("too_many_requests"))
    );
    assert_eq!(state["endpoints"][1]["url"], format!("{}/hooks/stock", world.sandbox.erp_url));
    assert_eq!(state["calls"], json!([{"method": "hook", "status": 429}, {"method": "hook", "status": 200}]));
}

#[tokio::test]
async fn wrong_requests_of_the_board_say_what_is_wrong() {
    let world = World::with_erp().await;
    let mut nameless = order("");
    nameless["locale"] = "hy".into();
    let wrong = [
        ("act", json!({"act": "dance"}), "dance"),
        ("act", json!({"act": "order", "order_id": "A-1"}), "amount"),
        ("act", json!({"act": "order", "order_id": "A-1", "amount": "5", "description": "x"}), "invalid type"),
        ("act", order("A-1"), "kamurj"),
        ("act", nameless, "order_id"),
        ("act", json!({"act": "cancel", "order_id": ""}), "order_id"),
        ("act", json!({"act": "again", "id": "msg_x"}), "id: no such message"),
        ("act", json!({"act": "again", "id": "msg_x", "copies": 51}), "copies"),
        ("act", json!({"act": "kamurj", "url": "x", "keys": [SECRET]}), "url"),
        ("act", json!({"act": "kamurj", "url": "https://a.example.am/", "keys": ["x"]}), "key: must begin"),
        ("act", json!({"act": "endpoint", "name": "a b", "keys": [SECRET]}), "name"),
        ("act", json!({"act": "endpoint", "name": "a", "keys": [PRIVATE]}), "whsk_"),
        ("faults", json!({"limit": 1}), "limit"),
        ("faults", json!({"limit_next": -1}), "-1"),
        ("faults", json!([]), "object"),
    ];
    for (path, body, part) in wrong {
        let answer = world.play(&format!("/play/erp/{path}"), body.clone()).await;
        assert_eq!(answer.status, 400, "{path} {body}: {}", answer.body);
        let why = answer.body["error"].as_str().unwrap();
        assert!(why.contains(part), "{why} for {path} {body}");
    }
    assert!(world.sandbox.erp.view().sent.is_empty());
}

#[tokio::test]
async fn no_secret_is_shown_anywhere_and_signatures_are_cut() {
    let (world, receiver) = (World::with_erp().await, Receiver::start().await);
    world.sandbox.erp.set_kamurj_keys(&receiver.url, &[SECRET, PRIVATE]).unwrap();
    act(&world, order("A-1")).await;
    world.sandbox.deliver_due().await;
    let message = hook("msg_1", &event("payment.paid", 2));
    reply(world.carrying(&message).header("authorization", "Bearer canary-of-a-token")).await;
    let account = json!({"endpoints": [{"name": "a", "keys": [SECRET]}], "kamurj": {"url": "https://a.example.am/", "keys": [PRIVATE]}});
    let account: Account = serde_json::from_value(account).unwrap();
    let shown = format!("{} {account:?} {:?} {:?}", state(&world).await, world.sandbox, world.sandbox.erp);
    let signature = message.signatures();
    for secret in [SECRET, PRIVATE, &signature, &SECRET[6..], &PRIVATE[5..], "canary-of-a-token"] {
        assert!(!shown.contains(secret), "a secret is shown");
    }
    let request = &world.sandbox.erp.view().requests[0];
    let value = |name: &str| request.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    assert_eq!(value("webhook-signature"), Some(format!("{}…", &signature[..12]).as_str()));
    assert_eq!((value("webhook-id"), value("authorization")), (Some("msg_1"), Some("…")));
}

#[tokio::test]
async fn an_erp_that_is_told_of_nothing_has_a_made_up_endpoint_and_sends_to_nobody() {
    let world = World::start().await;
    let made_up = "whsec_c2FuZGJveC1lcnAtd2ViaG9vay1zZWNyZXQtMQ==";
    // The hook of these tests is signed with another secret.
    assert_eq!(world.hears(&hook("msg_1", &event("payment.paid", 2))).await.status, 401);
    let message = crate::erp::Hook { keys: vec![made_up], ..hook("msg_1", &event("payment.paid", 2)) };
    assert_eq!(world.hears(&message).await.status, 200);
    assert_eq!(state(&world).await["kamurj"], Value::Null);
    let mut settings =
        json!({"telegram_token": "1:a", "bitrix24_user": "1", "bitrix24_secret": "a", "bank_token": "a"});
    for (erp, part) in [
        (json!({"endpoints": [{"name": "a", "keys": ["whsec_canary"]}]}), "whsec_` and the base64"),
        (json!({"endpoints": [{"name": "a", "keys": [PRIVATE]}]}), "stays with the one who signs"),
        (json!({"endpoints": [{"name": "a/b", "keys": [SECRET]}]}), "name: "),
        (json!({"endpoints": [{"name": "a", "keys": []}]}), "keys: name at least one"),
        (json!({"endpoints": [{"name": "a"}]}), "keys"),
        (json!({"endpoints": [], "kamurj": {"url": "kamurj", "keys": [SECRET]}}), "url: "),
        (json!({"endpoints": [], "secret": "canary"}), "secret"),
    ] {
        settings["erp"] = erp.clone();
        let why = Settings::from_json(&settings.to_string()).err().map(|error| error.to_string()).unwrap();
        assert!(why.contains(part) && !why.contains("canary") && !why.contains(&PRIVATE[5..]), "{why} for {erp}");
    }
}

#[tokio::test]
async fn the_board_asks_nobody_else_for_anything() {
    let world = World::start().await;
    for (path, kind) in [("/erp", "text/html"), ("/erp.css", "text/css"), ("/erp.js", "text/javascript")] {
        let answer = world.client.get(format!("{}{path}", world.sandbox.page_url)).send().await.unwrap();
        assert!(answer.headers()["content-type"].to_str().unwrap().starts_with(kind));
        assert!(answer.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
        let text = answer.text().await.unwrap();
        assert!(text.len() > 200 && !text.contains("://") && !text.contains("innerHTML"), "{path}");
    }
    let index = world.client.get(&world.sandbox.page_url).send().await.unwrap().text().await.unwrap();
    assert!(index.contains("href=\"/erp\""));
}
