//! Which webhooks the ERP refuses: each row a request, the HTTP status, and the word of the refusal.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::erp::{Hook, OTHER_PRIVATE, OTHER_SECRET, PRIVATE, PUBLIC, event, hook};
use crate::world::{START_MS, World, reply};

const NOW: i64 = START_MS / 1000;

fn good() -> Hook {
    hook("msg_1", &event("payment.paid", 7))
}

/// A message with one value put at a JSON pointer of its body; `null` takes it away.
fn with(pointer: &str, value: Value) -> Hook {
    let mut body = event("payment.paid", 7);
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = body.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    if value.is_null() {
        parent.remove(name);
    } else {
        parent.insert(name.to_owned(), value);
    }
    hook("msg_1", &body)
}

fn text(body: &str) -> Hook {
    Hook { body: body.to_owned(), ..good() }
}

/// A header taken away, given another value, or given a second one.
enum Change {
    Without(&'static str),
    Other(&'static str, String),
    Twice(&'static str, &'static str),
}

fn changed(request: RequestBuilder, change: Change) -> reqwest::Request {
    let mut request = request.build().unwrap();
    let headers = request.headers_mut();
    match change {
        Change::Without(name) => {
            headers.remove(name).unwrap();
        }
        Change::Other(name, value) => {
            headers.insert(name, value.parse().unwrap());
        }
        Change::Twice(name, value) => {
            headers.append(name, value.parse().unwrap());
        }
    }
    request
}

#[tokio::test]
async fn wrong_messages_are_refused() {
    let world = World::with_erp().await;
    let long = format!("{{\"type\":\"payment.paid\",\"pad\":\"{}\"}}", "x".repeat(20_000));
    let wrong: Vec<(Hook, u16, &str)> = vec![
        // Keys and times.
        (Hook { keys: vec![OTHER_SECRET], ..good() }, 401, "signature_wrong"),
        (Hook { keys: vec![OTHER_SECRET, OTHER_PRIVATE], ..good() }, 401, "signature_wrong"),
        (Hook { keys: vec![PRIVATE], ..good() }, 401, "signature_wrong"),
        (Hook { at: NOW - 301, ..good() }, 401, "timestamp_too_old"),
        (Hook { at: NOW + 301, ..good() }, 401, "timestamp_in_future"),
        (Hook { at: NOW * 1000, ..good() }, 401, "timestamp_in_future"),
        (Hook { at: -5, ..good() }, 400, "header_invalid"),
        // Ids.
        (Hook { id: "msg.1".to_owned(), ..good() }, 400, "header_invalid"),
        (Hook { id: "msg 1".to_owned(), ..good() }, 400, "header_invalid"),
        (Hook { id: "m".repeat(257), ..good() }, 400, "header_invalid"),
        (Hook { id: String::new(), ..good() }, 400, "header_missing"),
        // Bodies.
        (text(&long), 413, "too_large"),
        (text(&" ".repeat(2 * 1024 * 1024)), 413, "too_large"),
        (text(""), 400, "body_invalid"),
        (text("{"), 400, "body_invalid"),
        (text("type=payment.paid"), 400, "body_invalid"),
        (text("[]"), 400, "body_invalid"),
        (text("\"payment.paid\""), 400, "body_invalid"),
        (with("/type", json!(null)), 400, "body_invalid"),
        (with("/type", json!(1)), 400, "body_invalid"),
        (with("/type", json!("")), 400, "body_invalid"),
        (with("/type", json!("payment-paid")), 400, "body_invalid"),
        (with("/type", json!("payment..paid")), 400, "body_invalid"),
        (with("/type", json!("payment.paid.")), 400, "body_invalid"),
        (with("/type", json!("վճար")), 400, "body_invalid"),
        (with("/timestamp", json!(null)), 400, "body_invalid"),
        (with("/timestamp", json!(NOW)), 400, "body_invalid"),
        (with("/timestamp", json!("2026-11-21 10:05")), 400, "body_invalid"),
        (with("/data", json!(null)), 400, "body_invalid"),
        (with("/data", json!([])), 400, "body_invalid"),
        (with("/data/payment_id", json!(null)), 400, "body_invalid"),
        (with("/data/payment_id", json!(5)), 400, "body_invalid"),
        (with("/data/order_id", json!(null)), 400, "body_invalid"),
        (with("/data/status", json!("")), 400, "body_invalid"),
        (with("/data/version", json!(null)), 400, "body_invalid"),
        (with("/data/version", json!("7")), 400, "body_invalid"),
        (with("/data/version", json!(-7)), 400, "body_invalid"),
        (with("/data/version", json!(7.5)), 400, "body_invalid"),
        (with("/data/amount", json!(12500)), 400, "body_invalid"),
        (with("/data/amount", json!("12 500")), 400, "body_invalid"),
        (with("/data/amount", json!("12500.")), 400, "body_invalid"),
        (with("/data/amount", json!({"value": 12500, "currency": "AMD"})), 400, "body_invalid"),
        (with("/data/currency", json!(null)), 400, "body_invalid"),
        (with("/data/currency", json!("amd")), 400, "body_invalid"),
        (with("/data/checkout_url", json!(5)), 400, "body_invalid"),
    ];
    let count = wrong.len();
    for (message, status, code) in wrong {
        let answer = world.hears(&message).await;
        let row: String = format!("{} {} {}", message.id, message.at, message.body).chars().take(200).collect();
        assert_eq!((answer.status, &answer.body["error"]["code"]), (status, &json!(code)), "{row}");
        assert!(answer.body["error"]["message"].as_str().is_some_and(|told| told.len() > 10), "{row}");
    }
    let view = world.sandbox.erp.view();
    assert_eq!((view.events.len(), view.payments.len(), view.requests.len()), (0, 0, count), "nothing was entered");
    for (pointer, value) in [
        ("/data/amount", json!({"value": "12500.50", "currency": "AMD"})),
        ("/data/checkout_url", json!("https://pay.example.am/p/1")),
        ("/data/provider", json!("vpos")),
    ] {
        let answer = world.hears(&with(pointer, value)).await;
        assert_eq!(answer.status, 200, "{pointer}: {}", answer.body);
    }
}

#[tokio::test]
async fn wrong_headers_are_refused() {
    let world = World::with_erp().await;
    let right = good().signatures();
    let wrong = [
        (Change::Without("webhook-id"), 400, "header_missing"),
        (Change::Without("webhook-timestamp"), 400, "header_missing"),
        (Change::Without("webhook-signature"), 400, "header_missing"),
        (Change::Other("webhook-signature", String::new()), 400, "header_missing"),
        (Change::Twice("webhook-id", "msg_2"), 400, "header_invalid"),
        (Change::Twice("webhook-timestamp", "1"), 400, "header_invalid"),
        (Change::Twice("webhook-signature", "v1,x"), 400, "header_invalid"),
        (Change::Other("webhook-timestamp", "2026-11-21T10:05:09Z".to_owned()), 400, "header_invalid"),
        (Change::Other("webhook-timestamp", format!("{NOW}.5")), 400, "header_invalid"),
        (Change::Other("webhook-timestamp", format!("+{NOW}")), 400, "header_invalid"),
        (Change::Other("webhook-timestamp", format!("0{NOW}")), 400, "header_invalid"),
        (Change::Other("webhook-timestamp", "99999999999999999999".to_owned()), 400, "header_invalid"),
        (Change::Other("webhook-timestamp", (NOW + 1).to_string()), 401, "signature_wrong"),
        (Change::Other("webhook-id", "msg_2".to_owned()), 401, "signature_wrong"),
        (Change::Other("webhook-signature", right[3..].to_owned()), 401, "signature_wrong"),
        (Change::Other("webhook-signature", right.replace("v1,", "v1=")), 401, "signature_wrong"),
        (Change::Other("webhook-signature", right.replace("v1,", "v1a,")), 401, "signature_wrong"),
        (Change::Other("webhook-signature", format!("v1,AAAA,{right}")), 401, "signature_wrong"),
        (Change::Without("content-type"), 415, "unsupported_media_type"),
        (Change::Other("content-type", "text/plain".to_owned()), 415, "unsupported_media_type"),
        (Change::Other("content-type", "application/x-www-form-urlencoded".to_owned()), 415, "unsupported_media_type"),
    ];
    for (place, (change, status, code)) in wrong.into_iter().enumerate() {
        let answer = world.client.execute(changed(world.carrying(&good()), change)).await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "row {place}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["error"]["code"], code, "row {place}: {body}");
    }
    assert_eq!(world.sandbox.erp.view().events.len(), 0);
    let charset = Change::Other("content-type", "Application/JSON; charset=utf-8".to_owned());
    let answer = world.client.execute(changed(world.carrying(&good()), charset)).await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
}

#[tokio::test]
async fn a_message_changed_on_its_way_is_refused() {
    let world = World::with_erp().await;
    world.sandbox.erp.set_endpoint("payments", &[crate::erp::SECRET, PUBLIC]).unwrap();
    for keys in [vec![crate::erp::SECRET], vec![PRIVATE]] {
        let message = Hook { keys, ..good() };
        for body in [message.body.replace("12500", "125"), format!("{} ", message.body), String::new()] {
            let answer = reply(world.carrying(&message).body(body.clone())).await;
            assert_eq!((answer.status, &answer.body["error"]["code"]), (401, &json!("signature_wrong")), "{body}");
        }
    }
}

#[tokio::test]
async fn other_verbs_and_addresses_are_refused() {
    let world = World::with_erp().await;
    for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
        let request = world.client.request(method.clone(), world.sandbox.erp.hook_url("payments"));
        let answer = request.send().await.unwrap();
        assert_eq!((answer.status().as_u16(), &answer.headers()["allow"]), (405, &"POST".parse().unwrap()), "{method}");
    }
    for (path, code) in [
        ("/hooks/nothing", "unknown_endpoint"),
        ("/hooks/", "unknown_endpoint"),
        ("/hooks", "not_found"),
        ("/hooks/payments/more", "not_found"),
        ("/", "not_found"),
    ] {
        let answer = reply(world.client.post(format!("{}{path}", world.sandbox.erp_url))).await;
        assert_eq!((answer.status, &answer.body["error"]["code"]), (404, &json!(code)), "{path}");
    }
}

#[tokio::test]
async fn the_ends_of_what_is_allowed_are_taken() {
    let world = World::with_erp().await;
    let mut padded = event("payment.paid", 7);
    padded["pad"] = "".into();
    padded["pad"] = "x".repeat(20_000 - padded.to_string().len()).into();
    assert_eq!(padded.to_string().len(), 20_000);
    for (name, message) in [
        ("five minutes ago", Hook { at: NOW - 300, ..hook("m1", &event("payment.paid", 7)) }),
        ("in five minutes", Hook { at: NOW + 300, ..hook("m2", &event("payment.paid", 7)) }),
        ("the longest id", hook(&"m".repeat(256), &event("payment.paid", 7))),
        ("the longest body", hook("m3", &padded)),
    ] {
        let answer = world.hears(&message).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.body);
    }
}
