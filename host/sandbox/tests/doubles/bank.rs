//! The bank's API and pay page.

use kamurj_sandbox::bank::{Lookup, Start};
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{BANK_TOKEN, World, order_of, raw_post, reply};

const SESSIONS: &str = "/v1/payment-sessions";

#[tokio::test]
async fn the_same_key_gives_the_same_session_and_one_order_has_one_session() {
    let world = World::start().await;
    let first = world.merchant(Method::POST, SESSIONS, "key-1", Some(order_of("A-1"))).await;
    assert_eq!((first.status, first.body["status"].as_str()), (201, Some("created")));
    assert_eq!(first.body["expiresAt"], "2026-11-21T10:25:09Z");
    let id = first.body["id"].as_str().unwrap();
    assert_eq!(first.body["checkoutUrl"], format!("{}/pay/{id}", world.sandbox.bank_url));

    let again = world.merchant(Method::POST, SESSIONS, "key-1", Some(order_of("A-1"))).await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(world.merchant(Method::POST, SESSIONS, "key-1", Some(order_of("A-2"))).await.status, 409);
    assert_eq!(world.merchant(Method::POST, SESSIONS, "key-2", Some(order_of("A-1"))).await.status, 409);
    assert_eq!(world.merchant(Method::POST, SESSIONS, "key-2", Some(order_of("A-2"))).await.status, 201);
    let view = world.sandbox.bank.view();
    assert_eq!((view.sessions.len(), view.creates), (2, 5));
}

#[tokio::test]
async fn paying_is_seen_by_look_up_and_the_browser_goes_back() {
    let world = World::start().await;
    let id = world.session("A-1").await;
    let page = reply(world.client.get(format!("{}/pay/{id}", world.sandbox.bank_url))).await;
    let html = page.body.as_str().unwrap();
    for part in
        ["12\u{a0}500\u{a0}AMD", "Վճարել · Оплатить · Pay", "Torte &amp; &lt;tea&gt;", "value=decline", "value=close"]
    {
        assert!(html.contains(part), "{part} in {html}");
    }
    assert_eq!(world.at_the_pay_page(&id, "steal").await.0, 400);

    let (status, back) = world.at_the_pay_page(&id, "pay").await;
    assert_eq!((status, back), (303, format!("http://127.0.0.1:8080/r/token?keep=1&sessionId={id}&status=paid")));
    let found = world.merchant(Method::GET, &format!("{SESSIONS}/{id}"), "", None).await;
    assert_eq!(found.body["status"], "paid");
    assert_eq!(found.body["paidAt"], "2026-11-21T10:05:09Z");
    assert_eq!(found.body["reference"].as_str().unwrap().len(), 12);
    let by_order = world.merchant(Method::GET, &format!("{SESSIONS}?merchantOrderId=A-1"), "", None).await;
    assert_eq!(by_order.body["data"], json!([found.body]));
    let nothing = world.merchant(Method::GET, &format!("{SESSIONS}?merchantOrderId=A-2"), "", None).await;
    assert_eq!((nothing.status, nothing.body), (200, json!({"data": []})));

    // A session that is over stays as it is.
    assert!(world.at_the_pay_page(&id, "decline").await.1.ends_with("status=paid"));
    assert_eq!(world.sandbox.bank.view().lookups, 3);
}

#[tokio::test]
async fn a_declined_session_fails_and_an_abandoned_one_expires() {
    let world = World::start().await;
    let declined = world.session("A-1").await;
    let abandoned = world.session("A-2").await;
    assert!(world.at_the_pay_page(&declined, "decline").await.1.ends_with("status=failed"));
    assert!(world.at_the_pay_page(&abandoned, "close").await.1.ends_with("status=created"));
    let statuses = || world.sandbox.bank.view().sessions.iter().map(|session| session.status).collect::<Vec<_>>();
    assert_eq!(statuses(), ["failed", "created"]);
    world.pass_ms(20 * 60_000 - 1);
    assert_eq!(statuses(), ["failed", "created"]);
    world.pass_ms(1);
    assert_eq!(statuses(), ["failed", "expired"]);
    assert!(world.at_the_pay_page(&abandoned, "pay").await.1.ends_with("status=expired"));
}

#[tokio::test]
async fn a_dropped_reply_leaves_a_session_and_a_dropped_request_does_not() {
    let world = World::start().await;
    let url = format!("{}{SESSIONS}", world.sandbox.bank_url);
    let headers = |key: &str| format!("authorization: Bearer {BANK_TOKEN}\r\nidempotency-key: {key}\r\n");

    world.sandbox.bank.change_faults(|faults| faults.start = Start::DropRequest);
    assert_eq!(raw_post(&url, &headers("k1"), &order_of("A-1")).await, b"");
    assert_eq!(world.sandbox.bank.view().sessions.len(), 0);

    world.sandbox.bank.change_faults(|faults| faults.start = Start::DropReply);
    assert_eq!(raw_post(&url, &headers("k1"), &order_of("A-1")).await, b"");
    let view = world.sandbox.bank.view();
    assert_eq!((view.sessions.len(), view.creates), (1, 1));
    assert_eq!(view.calls.iter().map(|call| call.status).collect::<Vec<_>>(), [None, None]);

    world.sandbox.bank.change_faults(|faults| faults.start = Start::Ok);
    let again = world.merchant(Method::POST, SESSIONS, "k1", Some(order_of("A-1"))).await;
    assert_eq!((again.status, again.body["id"].as_str()), (201, Some(view.sessions[0].id.as_str())));
}

#[tokio::test]
async fn faults_answer_as_asked() {
    let world = World::start().await;
    let id = world.session("A-1").await;
    world.at_the_pay_page(&id, "pay").await;
    let path = format!("{SESSIONS}/{id}");

    world.sandbox.bank.change_faults(|faults| faults.lookup = Lookup::Fail);
    assert_eq!(world.merchant(Method::GET, &path, "", None).await.status, 500);
    world.sandbox.bank.change_faults(|faults| faults.lookup = Lookup::Pending);
    let pending = world.merchant(Method::GET, &path, "", None).await;
    assert_eq!((pending.body["status"].as_str(), &pending.body["paidAt"]), (Some("pending"), &Value::Null));
    world.sandbox.bank.change_faults(|faults| faults.start = Start::Fail);
    assert_eq!(world.merchant(Method::POST, SESSIONS, "k2", Some(order_of("A-2"))).await.status, 500);
    world.sandbox.bank.change_faults(|faults| faults.limit_next = 1);
    assert_eq!(world.merchant(Method::GET, &path, "", None).await.status, 429);
    assert_eq!(world.merchant(Method::GET, &path, "", None).await.status, 200);
}

#[tokio::test]
async fn a_charge_can_differ_from_what_was_asked() {
    let world = World::start().await;
    let id = world.session("A-1").await;
    world.sandbox.bank.change_faults(|faults| faults.paid_amount_shift_minor = -100);
    world.at_the_pay_page(&id, "pay").await;
    let found = world.merchant(Method::GET, &format!("{SESSIONS}/{id}"), "", None).await;
    assert_eq!(found.body["amountMinor"], 1_249_900);
}
