//! Refunds that the merchant asks the bank for.

use kamurj_sandbox::bank::{Refund, RefundLookup};
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{BANK_TOKEN, World, raw_post, refund_of};

fn refunds_of(session: &str) -> String {
    format!("/v1/payment-sessions/{session}/refunds")
}

async fn found(world: &World, id: &str) -> Value {
    let answer = world.merchant(Method::GET, &format!("/v1/refunds?merchantRefundId={id}"), "", None).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["data"].clone()
}

/// The refunds in the view, as merchant's id, amount and status.
fn viewed(world: &World) -> Vec<(String, i64, &'static str)> {
    let refunds = world.sandbox.bank.view().refunds;
    refunds
        .into_iter()
        .map(|refund| (refund.merchant_refund_id.unwrap_or_default(), refund.amount_minor, refund.status))
        .collect()
}

#[tokio::test]
async fn a_part_goes_back_and_the_session_says_how_much() {
    let world = World::start().await;
    let session = world.paid_session("A-1").await;
    world.pass_ms(60_000);
    let refund = world.refund(&session, "ref_1", 250_000).await;
    let expected = json!({
        "id": refund.body["id"], "merchantRefundId": "ref_1", "sessionId": session, "merchantOrderId": "A-1",
        "amountMinor": 250_000, "currency": "AMD", "status": "succeeded", "failureReason": null,
        "createdAt": "2026-11-21T10:06:09Z", "updatedAt": "2026-11-21T10:06:09Z",
    });
    assert_eq!((refund.status, &refund.body), (201, &expected));
    assert_eq!(found(&world, "ref_1").await, json!([expected]));
    assert_eq!(found(&world, "ref_2").await, json!([]));

    world.refund(&session, "ref_2", 1_000_000).await;
    let told = world.look_up(&session).await;
    assert_eq!((&told["status"], &told["refundedMinor"]), (&json!("paid"), &json!(1_250_000)));
    assert_eq!(told["updatedAt"], "2026-11-21T10:06:09Z");
    assert_eq!(told["paidAt"], "2026-11-21T10:05:09Z", "a refund does not change when it was paid");
    assert_eq!(world.sandbox.bank.view().sessions[0].refunded_minor, 1_250_000);
    let expected = [("ref_1".to_owned(), 250_000, "succeeded"), ("ref_2".to_owned(), 1_000_000, "succeeded")];
    assert_eq!(viewed(&world), expected);
}

#[tokio::test]
async fn no_more_goes_back_than_was_paid() {
    let world = World::start().await;
    let session = world.paid_session("A-1").await;
    assert_eq!(world.refund(&session, "ref_1", 1_250_001).await.status, 422);
    assert_eq!(world.refund(&session, "ref_1", 1_250_000).await.status, 201, "what was refused left nothing behind");
    let over = world.refund(&session, "ref_2", 1).await;
    assert_eq!((over.status, &over.body["error"]["code"]), (422, &json!("invalid_request")));
    assert_eq!(over.body["error"]["message"], "amountMinor: at most 0 is left to refund");
    assert_eq!(viewed(&world).len(), 1);

    // One in progress holds its part, one that failed does not.
    let session = world.paid_session("A-2").await;
    world.sandbox.bank.change_faults(|faults| faults.refund = Refund::Decline);
    let declined = world.refund(&session, "ref_3", 1_000_000).await;
    assert_eq!((declined.status, &declined.body["status"]), (201, &json!("failed")));
    assert_eq!(declined.body["failureReason"], "declined by the card's bank");
    world.sandbox.bank.change_faults(|faults| faults.refund = Refund::Slow);
    let slow = world.refund(&session, "ref_4", 1_000_000).await;
    assert_eq!((slow.status, &slow.body["status"]), (201, &json!("in_progress")));
    assert_eq!(world.look_up(&session).await["refundedMinor"], 0);
    assert_eq!(world.refund(&session, "ref_5", 250_001).await.status, 422);
    world.sandbox.bank.change_faults(|faults| faults.refund = Refund::Ok);
    assert_eq!(world.refund(&session, "ref_5", 250_000).await.status, 201);
    assert_eq!(world.look_up(&session).await["refundedMinor"], 250_000, "what is in progress has not gone back");
    assert_eq!((world.sandbox.bank.finish_refunds(), world.sandbox.bank.finish_refunds()), (1, 0));
    assert_eq!(world.look_up(&session).await["refundedMinor"], 1_250_000);
    assert_eq!(found(&world, "ref_4").await[0]["status"], "succeeded");
}

#[tokio::test]
async fn what_was_really_charged_is_what_can_go_back() {
    let world = World::start().await;
    world.sandbox.bank.change_faults(|faults| faults.paid_amount_shift_minor = -100);
    let session = world.paid_session("A-1").await;
    assert_eq!(world.refund(&session, "ref_1", 1_250_000).await.status, 422);
    assert_eq!(world.refund(&session, "ref_1", 1_249_900).await.status, 201);
}

#[tokio::test]
async fn a3_the_same_key_gives_back_once() {
    let world = World::start().await;
    let (session, other) = (world.paid_session("A-1").await, world.paid_session("A-2").await);
    let first = world.refund(&session, "ref_1", 500_000).await;
    let again = world.refund(&session, "ref_1", 500_000).await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    for (case, status, path, key, body) in [
        ("another amount", 409, refunds_of(&session), "ref_1", refund_of("ref_1", 500_001)),
        ("another session", 409, refunds_of(&other), "ref_1", refund_of("ref_1", 500_000)),
        ("a known id under another key", 409, refunds_of(&session), "ref_2", refund_of("ref_1", 500_000)),
        ("the key of an order", 409, refunds_of(&session), "A-1", refund_of("ref_2", 500_000)),
        ("a new id", 201, refunds_of(&session), "ref_2", refund_of("ref_2", 500_000)),
    ] {
        assert_eq!(world.merchant(Method::POST, &path, key, Some(body)).await.status, status, "{case}");
    }
    assert_eq!(viewed(&world).len(), 2);
    assert_eq!(world.look_up(&other).await["refundedMinor"], 0);
}

#[tokio::test]
async fn d3_a_dropped_reply_leaves_a_refund_and_a_dropped_request_does_not() {
    let world = World::start().await;
    let session = world.paid_session("A-1").await;
    let url = format!("{}{}", world.sandbox.bank_url, refunds_of(&session));
    let headers = format!("authorization: Bearer {BANK_TOKEN}\r\nidempotency-key: ref_1\r\n");
    let body = refund_of("ref_1", 500_000);
    world.sandbox.bank.change_faults(|faults| faults.refund = Refund::DropRequest);
    assert_eq!(raw_post(&url, &headers, &body).await, b"");
    assert_eq!(viewed(&world), []);
    world.sandbox.bank.change_faults(|faults| faults.refund = Refund::Fail);
    assert_eq!(world.refund(&session, "ref_1", 500_000).await.status, 500);
    assert_eq!(viewed(&world), []);
    world.sandbox.bank.change_faults(|faults| faults.refund = Refund::DropReply);
    assert_eq!(raw_post(&url, &headers, &body).await, b"");
    assert_eq!(viewed(&world), [("ref_1".to_owned(), 500_000, "succeeded")]);
    assert_eq!(world.refund(&session, "ref_2", 9_000_000).await.status, 422, "only what was done loses its answer");

    world.sandbox.bank.change_faults(|faults| faults.refund = Refund::Ok);
    let again = world.refund(&session, "ref_1", 500_000).await;
    assert_eq!((again.status, &again.body["id"]), (201, &found(&world, "ref_1").await[0]["id"]));
    assert_eq!(viewed(&world).len(), 1);
    world.sandbox.bank.change_faults(|faults| faults.refund_lookup = RefundLookup::Fail);
    let failing = world.merchant(Method::GET, "/v1/refunds?merchantRefundId=ref_1", "", None).await;
    assert_eq!(failing.status, 500);
}

#[tokio::test]
async fn wrong_refunds_are_refused_by_field() {
    let world = World::start().await;
    let session = world.paid_session("A-1").await;
    let with = |field: &str, value: Value| {
        let mut body = refund_of("ref_1", 500_000);
        body[field] = value;
        body
    };
    for (number, (body, field)) in [
        (json!([]), "the body"),
        (json!({"merchantRefundId": "ref_1", "amountMinor": 1}), "currency"),
        (json!({"merchantRefundId": "ref_1", "currency": "AMD"}), "amountMinor"),
        (json!({"amountMinor": 1, "currency": "AMD"}), "merchantRefundId"),
        (with("merchantRefundId", json!("")), "merchantRefundId"),
        (with("merchantRefundId", json!("a b")), "merchantRefundId"),
        (with("merchantRefundId", json!("x".repeat(65))), "merchantRefundId"),
        (with("amountMinor", json!(0)), "amountMinor"),
        (with("amountMinor", json!(-100)), "amountMinor"),
        (with("amountMinor", json!("500000")), "amountMinor"),
        (with("amountMinor", json!(0.5)), "amountMinor"),
        (with("currency", json!("XYZ")), "currency"),
        (with("currency", json!("USD")), "currency"),
        (with("reason", json!(7)), "reason"),
        (with("reason", json!("x".repeat(513))), "reason"),
        (with("amount", json!(1)), "amount"),
    ]
    .into_iter()
    .enumerate()
    {
        let path = refunds_of(&session);
        let answer = world.merchant(Method::POST, &path, &format!("key-{number}"), Some(body.clone())).await;
        assert_eq!(answer.status, 422, "{body}");
        let message = answer.body["error"]["message"].as_str().unwrap();
        assert!(message.starts_with(field), "{message} for {body}");
    }
    assert_eq!(viewed(&world), []);
}

#[tokio::test]
async fn only_a_paid_session_can_be_refunded() {
    let world = World::start().await;
    let open = world.session("A-1").await;
    let declined = world.session("A-2").await;
    world.at_the_pay_page(&declined, "decline").await;
    let (reversed, charged_back) = (world.paid_session("A-3").await, world.paid_session("A-4").await);
    assert!(world.sandbox.bank.reverse(&reversed) && world.sandbox.bank.charge_back(&charged_back));
    for (session, status) in [(open, 422), (declined, 422), (reversed, 422), (charged_back, 422), ("ps_1".into(), 404)]
    {
        assert_eq!(world.refund(&session, &format!("ref_{session}"), 1).await.status, status, "{session}");
    }
    assert_eq!(viewed(&world), []);
}

#[tokio::test]
async fn wrong_requests_for_refunds_are_refused() {
    let world = World::start().await;
    let session = world.paid_session("A-1").await;
    for (method, path, key, status) in [
        (Method::POST, refunds_of(&session), "", 400),
        (Method::GET, refunds_of(&session), "", 405),
        (Method::POST, format!("{}/1", refunds_of(&session)), "k", 404),
        (Method::POST, "/v1/payment-sessions//refunds".to_owned(), "k", 404),
        (Method::POST, "/v1/refunds".to_owned(), "k", 405),
        (Method::GET, "/v1/refunds".to_owned(), "", 400),
        (Method::GET, "/v1/refunds/rf_1".to_owned(), "", 404),
        (Method::POST, "/v1/capabilities".to_owned(), "k", 405),
    ] {
        let answer = world.merchant(method.clone(), &path, key, Some(refund_of("ref_1", 1))).await;
        assert_eq!(answer.status, status, "{method} {path}");
    }
    world.sandbox.bank.change_faults(|faults| faults.limit_next = 1);
    assert_eq!(world.refund(&session, "ref_1", 1).await.status, 429);
    assert_eq!(viewed(&world), []);
    let methods: Vec<_> = world.sandbox.bank.view().calls.iter().map(|call| call.method).collect();
    assert_eq!(methods.iter().filter(|method| **method == "POST /v1/payment-sessions/{id}/refunds").count(), 2 + 1);
}
