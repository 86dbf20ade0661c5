//! What the bank refuses.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{BANK_TOKEN, World, order_of, reply};

const SESSIONS: &str = "/v1/payment-sessions";

/// The right body with one field changed; `Null` takes it out.
fn with(field: &str, value: Value) -> Value {
    let mut body = order_of("A-1");
    if value.is_null() {
        body.as_object_mut().unwrap().remove(field);
    } else {
        body[field] = value;
    }
    body
}

#[tokio::test]
async fn wrong_bodies_are_refused_by_field() {
    let world = World::start().await;
    let wrong: Vec<(Value, &str)> = vec![
        (json!([]), "the body"),
        (with("merchantOrderId", Value::Null), "merchantOrderId"),
        (with("merchantOrderId", json!("")), "merchantOrderId"),
        (with("merchantOrderId", json!(1042)), "merchantOrderId"),
        (with("merchantOrderId", json!("a b")), "merchantOrderId"),
        (with("merchantOrderId", json!("x".repeat(65))), "merchantOrderId"),
        (with("amountMinor", Value::Null), "amountMinor"),
        (with("amountMinor", json!(0)), "amountMinor"),
        (with("amountMinor", json!(-100)), "amountMinor"),
        (with("amountMinor", json!("1250000")), "amountMinor"),
        (with("amountMinor", json!(12500.5)), "amountMinor"),
        (with("currency", Value::Null), "currency"),
        (with("currency", json!("amd")), "currency"),
        (with("currency", json!("XYZ")), "currency"),
        (with("currency", json!(51)), "currency"),
        (with("returnUrl", Value::Null), "returnUrl"),
        (with("returnUrl", json!("/back")), "returnUrl"),
        (with("returnUrl", json!("http://shop.example.am/back")), "returnUrl"),
        (with("returnUrl", json!("javascript:alert(1)")), "returnUrl"),
        (with("description", json!("x".repeat(513))), "description"),
        (with("customer", json!("Ani")), "customer"),
        (with("metadata", json!([1])), "metadata"),
        (with("merchant_order_id", json!("A-1")), "merchant_order_id"),
    ];
    for (number, (body, field)) in wrong.into_iter().enumerate() {
        let answer = world.merchant(Method::POST, SESSIONS, &format!("key-{number}"), Some(body.clone())).await;
        assert_eq!(answer.status, 422, "{body}");
        let message = answer.body["error"]["message"].as_str().unwrap();
        assert!(message.starts_with(field), "{message} for {body}");
    }
    assert_eq!(world.sandbox.bank.view().sessions.len(), 0);
}

#[tokio::test]
async fn wrong_requests_are_refused() {
    let world = World::start().await;
    let url = format!("{}{SESSIONS}", world.sandbox.bank_url);
    let post = || world.client.post(&url);
    let bearer = format!("Bearer {BANK_TOKEN}");
    let body = order_of("A-1");
    let wrong = [
        ("no token", post().header("idempotency-key", "k").json(&body), 401),
        ("wrong token", post().header("idempotency-key", "k").bearer_auth("other").json(&body), 401),
        (
            "token without Bearer",
            post().header("idempotency-key", "k").header("authorization", BANK_TOKEN).json(&body),
            401,
        ),
        ("from a browser", post().header("authorization", &bearer).header("origin", "https://x.am").json(&body), 403),
        ("no idempotency key", post().header("authorization", &bearer).json(&body), 400),
        (
            "long idempotency key",
            post().header("authorization", &bearer).header("idempotency-key", "k".repeat(256)).json(&body),
            400,
        ),
        (
            "not JSON by its header",
            post().header("authorization", &bearer).header("idempotency-key", "k").body(body.to_string()),
            415,
        ),
        (
            "not JSON",
            post()
                .header("authorization", &bearer)
                .header("idempotency-key", "k")
                .header("content-type", "application/json")
                .body("{"),
            400,
        ),
        ("wrong method", world.client.put(&url).header("authorization", &bearer), 405),
        ("unknown session", world.client.get(format!("{url}/ps_none")).header("authorization", &bearer), 404),
        ("look-up without order", world.client.get(&url).header("authorization", &bearer), 400),
        (
            "unknown address",
            world.client.get(format!("{}/v2/x", world.sandbox.bank_url)).header("authorization", &bearer),
            404,
        ),
        ("unknown pay page", world.client.get(format!("{}/pay/ps_none", world.sandbox.bank_url)), 404),
    ];
    for (case, request, status) in wrong {
        assert_eq!(reply(request).await.status, status, "{case}");
    }
    assert_eq!(world.sandbox.bank.view().sessions.len(), 0);
}
