//! Opening a session: what is sent, and which answers mean that no session exists and which leave it open.

use crate::account::{AtTheBank, TOKEN, WEBHOOK_SECRET, adapter_at, adapter_with, by_number, order, price, secrets_of};
use crate::by_hand::{ByHand, session};
use kamurj_domain::{Currency, Money};
use kamurj_providers::{Lookup, SessionStatus, Start};
use kamurj_sandbox::bank;
use serde_json::{Value, json};

fn is_refused(start: &Start) -> bool {
    matches!(start, Start::Refused { .. })
}

fn is_unanswered(start: &Start) -> bool {
    matches!(start, Start::NoAnswer { .. })
}

#[tokio::test]
async fn a_session_is_opened_once_for_an_order_number() {
    let at = AtTheBank::open().await;
    let Start::Session { reference, url } = at.vpos.start(&order("order-1", price())).await else {
        panic!("a session was asked for")
    };
    assert_eq!(url, format!("{}/pay/{reference}", at.sandbox.bank_url));
    let again = at.vpos.start(&order("order-1", price())).await;
    assert_eq!(again, Start::Session { reference: reference.clone(), url }, "a repetition finds the same session");
    let sessions = at.sandbox.bank.view().sessions;
    assert_eq!(sessions.len(), 1);
    assert_eq!((sessions[0].id.as_str(), sessions[0].merchant_order_id.as_str()), (reference.as_str(), "order-1"));
    assert!(at.vpos.capabilities().repeatable_start);
}

#[tokio::test]
async fn the_request_carries_what_the_bank_needs_and_no_more() {
    let bank = ByHand::answering(201, session(&json!({})).to_string()).await;
    adapter_at(&format!("{}/", bank.url), &json!({})).start(&order("order-1", price())).await;
    let asked = bank.asked();
    assert_eq!((asked.method.as_str(), asked.address.as_str()), ("POST", "/v1/payment-sessions"));
    let header = |name: &str| asked.headers.get(name).unwrap().to_str().unwrap().to_owned();
    assert_eq!(header("authorization"), format!("Bearer {TOKEN}"));
    assert_eq!(header("idempotency-key"), "order-1");
    assert_eq!(header("content-type"), "application/json");
    let body: Value = serde_json::from_slice(&asked.body).unwrap();
    let expected = json!({
        "merchantOrderId": "order-1",
        "amountMinor": 1_250_000,
        "currency": "AMD",
        "returnUrl": "http://localhost:8080/r/1",
        "description": "Անուշ քաղցր, 1 տուփ",
        "metadata": { "language": "hy" },
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn an_order_number_that_is_taken_by_another_request_leaves_it_open() {
    let at = AtTheBank::open().await;
    at.vpos.start(&order("order-1", price())).await;
    let other = at.vpos.start(&order("order-1", Money::parse("100", Currency::Amd).unwrap())).await;
    assert_eq!(other, Start::NoAnswer { reason: "the provider answered 409".into() });
}

#[tokio::test]
async fn a_bank_that_is_out_of_order_leaves_it_open() {
    let at = AtTheBank::open().await;
    for fault in [bank::Start::Fail, bank::Start::DropRequest] {
        at.sandbox.bank.change_faults(|faults| faults.start = fault);
        let start = at.vpos.start(&order("order-1", price())).await;
        assert!(is_unanswered(&start), "{fault:?}: {start:?}");
        assert_eq!(at.vpos.lookup(&by_number("order-1")).await, Lookup::NoSuchOrder, "{fault:?}");
    }
}

#[tokio::test]
async fn a_session_whose_answer_was_lost_is_found_by_its_number() {
    let at = AtTheBank::open().await;
    at.sandbox.bank.change_faults(|faults| faults.start = bank::Start::DropReply);
    let start = at.vpos.start(&order("order-1", price())).await;
    assert!(is_unanswered(&start), "{start:?}");
    let made = at.sandbox.bank.view().sessions.remove(0);
    let Lookup::Found(statement) = at.vpos.lookup(&by_number("order-1")).await else { panic!("it was made") };
    assert_eq!((statement.reference, statement.url), (made.id, Some(made.checkout_url)));
    assert_eq!(statement.status, SessionStatus::Open);
}

#[tokio::test]
async fn a_bank_that_says_no_has_made_nothing() {
    let at = AtTheBank::open().await;
    at.sandbox.bank.change_faults(|faults| faults.limit_next = 1);
    let limited = at.vpos.start(&order("order-1", price())).await;
    assert_eq!(limited, Start::Refused { reason: "the provider answered 429".into() });
    let unreadable = at.vpos.start(&order("not a number", price())).await;
    assert_eq!(unreadable, Start::Refused { reason: "the provider answered 422".into() });
    let secrets = secrets_of([("api_token", "another"), ("webhook_secret", WEBHOOK_SECRET)]);
    let stranger = adapter_with(&at.sandbox.bank_url, &json!({}), &secrets).start(&order("order-1", price())).await;
    assert_eq!(stranger, Start::Refused { reason: "the provider answered 401".into() });
    assert!(at.sandbox.bank.view().sessions.is_empty());
}

#[tokio::test]
async fn a_bank_that_is_not_there_has_made_nothing() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let vpos = adapter_at(&url, &json!({}));
    let start = vpos.start(&order("order-1", price())).await;
    assert!(is_refused(&start), "{start:?}");
    let lookup = vpos.lookup(&by_number("order-1")).await;
    assert!(matches!(lookup, Lookup::NoAnswer { .. }), "a bank that is not there says nothing of orders: {lookup:?}");
}

/// What an answer with this status means, whatever it holds.
async fn check_status(status: u16, expected: fn(&Start) -> bool) {
    // An answer that repeats the request's secrets must not carry them on.
    let bank = ByHand::answering(status, json!({ "error": { "message": TOKEN } }).to_string()).await;
    let start = adapter_at(&bank.url, &json!({})).start(&order("order-1", price())).await;
    assert!(expected(&start), "{status}: {start:?}");
    assert!(!format!("{start:?}").contains(TOKEN), "{status}: {start:?}");
    bank.asked();
}

#[tokio::test]
async fn only_a_clear_no_is_a_refusal() {
    for status in [400, 401, 403, 404, 405, 422, 429] {
        check_status(status, is_refused).await;
    }
    for status in [200, 201, 202, 204, 301, 302, 307, 308, 402, 408, 409, 410, 418, 425, 499, 500, 502, 503, 504, 520] {
        check_status(status, is_unanswered).await;
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_leaves_it_open() {
    let without_id = json!({ "merchantOrderId": "order-1", "status": "created" }).to_string();
    for body in [Vec::new(), b"<html>".to_vec(), without_id.into_bytes(), vec![b' '; 300 * 1024]] {
        let bank = ByHand::answering(201, body).await;
        let start = adapter_at(&bank.url, &json!({})).start(&order("order-1", price())).await;
        assert!(is_unanswered(&start), "{start:?}");
    }
}

async fn start_with_page(checkout_url: Value, more: &Value) -> Start {
    let bank = ByHand::answering(201, session(&json!({ "checkoutUrl": checkout_url })).to_string()).await;
    adapter_at(&bank.url, more).start(&order("order-1", price())).await
}

#[tokio::test]
async fn a_page_on_an_origin_that_was_not_named_is_never_shown() {
    for page in [
        "https://elsewhere.example/pay/1",
        "http://pay.bank.example/pay/1",
        "https://pay.bank.example:8443/pay/1",
        "https://pay.bank.example@elsewhere.example/pay/1",
        "https://pay.bank.example.elsewhere.example/",
        "javascript:alert(1)",
        "data:text/html,pay",
        "/pay/1",
        "",
    ] {
        let start = start_with_page(json!(page), &json!({ "checkout_origins": ["https://pay.bank.example"] })).await;
        assert!(is_unanswered(&start), "{page}: {start:?}");
    }
    assert!(is_unanswered(&start_with_page(Value::Null, &json!({})).await), "a session without a page");
    let named = json!({ "checkout_origins": ["https://pay.bank.example/"] });
    let expected = Start::Session { reference: "ps_1".into(), url: "https://pay.bank.example/pay/1".into() };
    assert_eq!(start_with_page(json!("https://pay.bank.example/pay/1"), &named).await, expected);
}

#[tokio::test]
async fn a_session_for_another_order_is_not_ours() {
    let bank = ByHand::answering(201, session(&json!({ "merchantOrderId": "order-2" })).to_string()).await;
    let start = adapter_at(&bank.url, &json!({})).start(&order("order-1", price())).await;
    assert!(is_unanswered(&start), "{start:?}");
}

async fn check_wire(amount_exponent: u32, amount: &str, currency: Currency, expected: Option<i64>) {
    let at = AtTheBank::with(&json!({ "amount_exponent": amount_exponent })).await;
    let amount = Money::parse(amount, currency).unwrap();
    let start = at.vpos.start(&order("order-1", amount)).await;
    let wire: Vec<i64> = at.sandbox.bank.view().sessions.iter().map(|session| session.amount_minor).collect();
    assert_eq!(wire, Vec::from_iter(expected), "{amount} with {amount_exponent} decimals");
    match at.vpos.lookup(&by_number("order-1")).await {
        Lookup::Found(statement) => assert_eq!(statement.amount, Some(amount), "it comes back as it went out"),
        other => assert!(is_refused(&start) && other == Lookup::NoSuchOrder, "{start:?}, {other:?}"),
    }
}

#[tokio::test]
async fn amounts_go_out_exactly_or_not_at_all() {
    check_wire(2, "12500", Currency::Amd, Some(1_250_000)).await;
    check_wire(0, "12500", Currency::Amd, Some(12_500)).await;
    check_wire(2, "0.01", Currency::Usd, Some(1)).await;
    check_wire(2, "10.50", Currency::Eur, Some(1_050)).await;
    check_wire(0, "10", Currency::Eur, Some(10)).await;
    check_wire(0, "10.50", Currency::Eur, None).await;
    check_wire(0, "0.01", Currency::Usd, None).await;
    check_wire(2, "10000000000000", Currency::Amd, Some(1_000_000_000_000_000)).await;
    check_wire(0, "10000000000000", Currency::Amd, Some(10_000_000_000_000)).await;
}
