//! Asking the bank: what it knows, what it is sure not to know, and when nobody can tell.

use crate::account::{AtTheBank, TOKEN, adapter_at, by_number, by_reference, order, price};
use crate::by_hand::{ByHand, session};
use kamurj_domain::{Currency, Money};
use kamurj_providers::{Lookup, LookupOf, SessionStatus, Start, Statement};
use kamurj_sandbox::bank;
use serde_json::{Value, json};

#[tokio::test]
async fn a_session_is_found_by_reference_and_by_number() {
    let at = AtTheBank::open().await;
    at.vpos.start(&order("order-0", price())).await;
    let Start::Session { reference, url } = at.vpos.start(&order("order-1", price())).await else { panic!("open") };
    let expected = Statement {
        reference: reference.clone(),
        number: "order-1".into(),
        url: Some(url),
        status: SessionStatus::Open,
        cause: None,
        amount: Some(price()),
        foreign_currency: None,
        provider_time: Some(crate::account::NOW),
        payment_reference: None,
        refunded: Some(Money::new(0, Currency::Amd)),
        changed_at: Some(crate::account::NOW),
    };
    assert_eq!(at.vpos.lookup(&by_reference("order-1", &reference)).await, Lookup::Found(expected.clone()));
    assert_eq!(at.vpos.lookup(&by_number("order-1")).await, Lookup::Found(expected));
    assert_eq!(at.vpos.lookup(&by_number("order-2")).await, Lookup::NoSuchOrder);
    let unknown = at.vpos.lookup(&by_reference("order-1", "ps_unknown")).await;
    let no_answer = Lookup::NoAnswer { reason: "the provider answered 404".into() };
    assert_eq!(unknown, no_answer, "a session that we were told of does not stop to exist");
}

#[tokio::test]
async fn a_bank_that_is_out_of_order_tells_nothing() {
    let at = AtTheBank::open().await;
    let Start::Session { reference, .. } = at.vpos.start(&order("order-1", price())).await else { panic!("open") };
    at.sandbox.bank.change_faults(|faults| faults.lookup = bank::Lookup::Fail);
    for of in [by_number("order-1"), by_number("order-2"), by_reference("order-1", &reference)] {
        assert_eq!(at.vpos.lookup(&of).await, Lookup::NoAnswer { reason: "the provider answered 500".into() });
    }
    at.sandbox.bank.change_faults(|faults| {
        faults.lookup = bank::Lookup::Ok;
        faults.limit_next = 1;
    });
    let limited = at.vpos.lookup(&by_number("order-2")).await;
    assert_eq!(limited, Lookup::NoAnswer { reason: "the provider answered 429".into() });
}

async fn ask(status: u16, body: impl Into<Vec<u8>>, of: &LookupOf) -> Lookup {
    let bank = ByHand::answering(status, body).await;
    let lookup = adapter_at(&bank.url, &json!({})).lookup(of).await;
    assert_eq!(bank.asked().method, "GET");
    assert!(!format!("{lookup:?}").contains(TOKEN));
    lookup
}

#[tokio::test]
async fn only_a_clear_answer_is_one() {
    for status in [301, 302, 400, 401, 403, 409, 422, 429, 500, 502, 503] {
        for of in [by_number("order-1"), by_reference("order-1", "ps_1")] {
            let lookup = ask(status, json!({ "data": [], "message": TOKEN }).to_string(), &of).await;
            assert_eq!(lookup, Lookup::NoAnswer { reason: format!("the provider answered {status}") });
        }
    }
    let half = session(&json!({ "amountMinor": null })).to_string();
    let fraction = session(&json!({ "amountMinor": 12_500.5 })).to_string();
    let text = session(&json!({ "amountMinor": "1250000" })).to_string();
    for body in ["", "{}", "[]", "<html>", &half, &fraction, &text] {
        for of in [by_number("order-1"), by_reference("order-1", "ps_1")] {
            let lookup = ask(200, body, &of).await;
            assert_eq!(lookup, Lookup::NoAnswer { reason: "the answer is not a session".into() }, "{body}");
        }
    }
}

#[tokio::test]
async fn a_list_without_our_number_is_no_such_order() {
    let other = session(&json!({ "merchantOrderId": "order-10" }));
    let ours = session(&json!({ "id": "ps_2" }));
    let list = |sessions: &[&Value]| json!({ "data": sessions }).to_string();
    assert_eq!(ask(200, list(&[]), &by_number("order-1")).await, Lookup::NoSuchOrder);
    assert_eq!(ask(200, list(&[&other]), &by_number("order-1")).await, Lookup::NoSuchOrder);
    let Lookup::Found(found) = ask(200, list(&[&other, &ours]), &by_number("order-1")).await else { panic!("ours") };
    assert_eq!((found.reference.as_str(), found.number.as_str()), ("ps_2", "order-1"));
}

#[tokio::test]
async fn numbers_and_references_cannot_change_the_address() {
    for (of, expected) in [
        (by_number("a&b=c#d"), "/v1/payment-sessions?merchantOrderId=a%26b%3Dc%23d"),
        (by_reference("n", "a/b?c#d"), "/v1/payment-sessions/a%2Fb%3Fc%23d"),
    ] {
        let bank = ByHand::answering(404, "").await;
        adapter_at(&bank.url, &json!({})).lookup(&of).await;
        assert_eq!(bank.asked().address, expected);
    }
}
