//! Asking for money back: what is sent, once, and which answers mean that nothing went back and which leave it open.

use crate::account::{AtTheBank, TOKEN, adapter_at, by_number, drams, price, refund_of, refund_order};
use crate::by_hand::{ByHand, refund};
use kamurj_domain::{Currency, Money};
use kamurj_providers::{
    Lookup, RefundAnswer, RefundLookup, RefundOrder, RefundStatement, RefundStatus, SessionStatus, Statement,
};
use kamurj_sandbox::bank;
use serde_json::{Value, json};

fn refused(reason: &str) -> RefundAnswer {
    RefundAnswer::Refused { reason: reason.into() }
}

fn unanswered(reason: &str) -> RefundAnswer {
    RefundAnswer::NoAnswer { reason: reason.into() }
}

/// Calls for refunds that reached the bank.
fn calls(at: &AtTheBank) -> usize {
    let calls = at.sandbox.bank.view().calls;
    calls.iter().filter(|call| call.method == "POST /v1/payment-sessions/{id}/refunds").count()
}

async fn session_of(at: &AtTheBank) -> Statement {
    match at.vpos.lookup(&by_number("order-1")).await {
        Lookup::Found(statement) => statement,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_part_goes_back_once_for_a_refund_of_ours() {
    let at = AtTheBank::open().await;
    let reference = at.paid().await;
    at.pass(60_000);
    let order = refund_order(&reference, "ref_1", drams("5000"));
    let answer = at.vpos.refund(&order).await;
    let made = at.sandbox.bank.view().refunds.remove(0);
    let expected = RefundStatement {
        refund: "ref_1".into(),
        number: "order-1".into(),
        status: RefundStatus::Done,
        amount: Some(drams("5000")),
        foreign_currency: None,
        provider_time: Some(crate::account::NOW + 60_000),
        reference: Some(made.id),
        reason: None,
    };
    assert_eq!(answer, RefundAnswer::Done(expected.clone()));
    assert_eq!(made.amount_minor, 500_000);
    assert_eq!(at.vpos.lookup_refund(&refund_of(&reference, "ref_1")).await, RefundLookup::Found(expected));
    assert_eq!(at.vpos.refund(&order).await, answer, "a repetition finds the same refund");
    assert_eq!(at.sandbox.bank.view().refunds.len(), 1);
    let session = session_of(&at).await;
    assert_eq!((session.status, session.refunded), (SessionStatus::Approved, Some(drams("5000"))));
    assert_eq!(session.provider_time, Some(crate::account::NOW), "it was paid when it was paid");

    let rest = at.vpos.refund(&refund_order(&reference, "ref_2", drams("7500"))).await;
    assert!(matches!(rest, RefundAnswer::Done(_)), "{rest:?}");
    assert_eq!(session_of(&at).await.refunded, Some(price()));
}

#[tokio::test]
async fn the_request_carries_what_the_bank_needs_and_no_more() {
    let bank = ByHand::answering(201, refund(&json!({})).to_string()).await;
    let answer = adapter_at(&bank.url, &json!({})).refund(&refund_order("ps_1", "ref_1", drams("5000"))).await;
    assert!(matches!(answer, RefundAnswer::Done(_)), "{answer:?}");
    let asked = bank.asked();
    assert_eq!((asked.method.as_str(), asked.address.as_str()), ("POST", "/v1/payment-sessions/ps_1/refunds"));
    let header = |name: &str| asked.headers.get(name).unwrap().to_str().unwrap().to_owned();
    assert_eq!(header("authorization"), format!("Bearer {TOKEN}"));
    assert_eq!(header("idempotency-key"), "ref_1");
    assert_eq!(header("content-type"), "application/json");
    let body: Value = serde_json::from_slice(&asked.body).unwrap();
    let mut expected = json!({
        "merchantRefundId": "ref_1", "amountMinor": 500_000, "currency": "AMD", "reason": "հետ է բերել",
    });
    assert_eq!(body, expected);

    let bank = ByHand::answering(201, refund(&json!({})).to_string()).await;
    let order = RefundOrder { reason: String::new(), ..refund_order("a/b?c#d", "ref_1", drams("5000")) };
    adapter_at(&bank.url, &json!({})).refund(&order).await;
    let asked = bank.asked();
    assert_eq!(asked.address, "/v1/payment-sessions/a%2Fb%3Fc%23d/refunds", "a reference cannot change the address");
    expected.as_object_mut().unwrap().remove("reason");
    assert_eq!(serde_json::from_slice::<Value>(&asked.body).unwrap(), expected, "no reason is none, not an empty one");
}

#[tokio::test]
async fn d3_a_lost_answer_is_settled_by_looking_up_and_never_by_asking_again() {
    for (fault, made) in [(bank::Refund::DropRequest, 0), (bank::Refund::Fail, 0), (bank::Refund::DropReply, 1)] {
        let at = AtTheBank::open().await;
        let reference = at.paid().await;
        at.sandbox.bank.change_faults(|faults| faults.refund = fault);
        let answer = at.vpos.refund(&refund_order(&reference, "ref_1", drams("5000"))).await;
        assert!(matches!(answer, RefundAnswer::NoAnswer { .. }), "{fault:?}: {answer:?}");
        assert_eq!((calls(&at), at.sandbox.bank.view().refunds.len()), (1, made), "{fault:?}");
        match at.vpos.lookup_refund(&refund_of(&reference, "ref_1")).await {
            RefundLookup::Found(statement) => assert_eq!((made, statement.status), (1, RefundStatus::Done)),
            other => assert_eq!((made, other), (0, RefundLookup::NoSuchRefund)),
        }
    }
}

#[tokio::test]
async fn a_refund_may_take_its_time_and_may_still_fail() {
    let at = AtTheBank::open().await;
    let reference = at.paid().await;
    let looked_up = async || match at.vpos.lookup_refund(&refund_of(&reference, "ref_1")).await {
        RefundLookup::Found(statement) => (statement.status, statement.provider_time, statement.reason),
        other => panic!("{other:?}"),
    };
    let now = crate::account::NOW;
    at.sandbox.bank.change_faults(|faults| faults.refund = bank::Refund::Slow);
    let answer = at.vpos.refund(&refund_order(&reference, "ref_1", drams("5000"))).await;
    assert_eq!(answer, RefundAnswer::InProgress);
    assert_eq!(looked_up().await, (RefundStatus::InProgress, Some(now), None));
    assert_eq!(
        session_of(&at).await.refunded,
        Some(Money::new(0, Currency::Amd)),
        "what is in progress has not gone back"
    );

    at.pass(1_000);
    at.sandbox.bank.finish_refunds();
    assert_eq!(looked_up().await, (RefundStatus::Done, Some(now + 1_000), None));
    assert_eq!(session_of(&at).await.refunded, Some(drams("5000")));

    at.pass(1_000);
    assert!(at.sandbox.bank.fail_refund(&at.sandbox.bank.view().refunds[0].id));
    let failed = (RefundStatus::Failed, Some(now + 2_000), Some("the card's bank sent it back".to_owned()));
    assert_eq!(looked_up().await, failed);
    assert_eq!(session_of(&at).await.refunded, Some(Money::new(0, Currency::Amd)));
}

#[tokio::test]
async fn d7_what_the_bank_says_no_to_is_refused_and_leaves_nothing() {
    let at = AtTheBank::open().await;
    let reference = at.paid().await;
    let ask = async |refund: &str, amount: Money| at.vpos.refund(&refund_order(&reference, refund, amount)).await;
    let over = ask("ref_1", drams("12501")).await;
    assert_eq!(over, refused("the provider answered 422"), "more than was captured");
    let foreign = ask("ref_2", Money::parse("1", Currency::Usd).unwrap()).await;
    assert_eq!(foreign, refused("the provider answered 422"), "another currency");
    let elsewhere = at.vpos.refund(&refund_order("ps_unknown", "ref_3", drams("1"))).await;
    assert_eq!(elsewhere, refused("the provider answered 404"), "another session");
    at.sandbox.bank.change_faults(|faults| faults.limit_next = 1);
    assert_eq!(ask("ref_4", drams("1")).await, refused("the provider answered 429"));
    assert_eq!(at.sandbox.bank.view().refunds.len(), 0);

    at.sandbox.bank.change_faults(|faults| faults.refund = bank::Refund::Decline);
    assert_eq!(ask("ref_5", drams("5000")).await, refused("declined by the card's bank"));
    at.sandbox.bank.change_faults(|faults| faults.refund = bank::Refund::Ok);
    assert!(matches!(ask("ref_6", price()).await, RefundAnswer::Done(_)), "what failed holds nothing");
    assert!(at.sandbox.bank.reverse(&reference));
    assert_eq!(ask("ref_7", drams("1")).await, refused("the provider answered 422"), "reversed");
}

#[tokio::test]
async fn an_id_that_was_used_for_another_refund_leaves_it_open() {
    let at = AtTheBank::open().await;
    let reference = at.paid().await;
    at.vpos.refund(&refund_order(&reference, "ref_1", drams("5000"))).await;
    let other = at.vpos.refund(&refund_order(&reference, "ref_1", drams("5001"))).await;
    assert_eq!(other, unanswered("the provider answered 409"));
    assert_eq!(at.sandbox.bank.view().refunds.len(), 1);
}

#[tokio::test]
async fn what_cannot_be_asked_is_not_sent() {
    let bank = ByHand::answering(201, refund(&json!({})).to_string()).await;
    let vpos = adapter_at(&bank.url, &json!({}));
    let unknown = RefundOrder { reference: None, ..refund_order("", "ref_1", drams("5000")) };
    let reason = "the provider's session of this attempt is not known; look the attempt up first";
    assert_eq!(vpos.refund(&unknown).await, refused(reason));
    let whole = adapter_at(&bank.url, &json!({ "amount_exponent": 0 }));
    let cents = refund_order("ps_1", "ref_1", Money::parse("0.50", Currency::Usd).unwrap());
    assert_eq!(whole.refund(&cents).await, refused("the account's `amount_exponent` has no such small amounts"));
    let none = adapter_at(&bank.url, &json!({ "refunds": "none" }));
    assert_eq!(none.refund(&refund_order("ps_1", "ref_1", drams("5000"))).await, RefundAnswer::Unsupported);
    bank.asked_nothing();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let answer = adapter_at(&gone, &json!({})).refund(&refund_order("ps_1", "ref_1", drams("5000"))).await;
    assert!(matches!(answer, RefundAnswer::Refused { .. }), "a bank that is not there gave nothing back: {answer:?}");
}

async fn answer_to(status: u16, body: impl Into<Vec<u8>>, more: &Value) -> RefundAnswer {
    let bank = ByHand::answering(status, body).await;
    let answer = adapter_at(&bank.url, more).refund(&refund_order("ps_1", "ref_1", drams("5000"))).await;
    bank.asked();
    assert!(!format!("{answer:?}").contains(TOKEN), "{status}: {answer:?}");
    answer
}

#[tokio::test]
async fn only_a_clear_no_is_a_refusal() {
    let told = json!({ "error": { "message": TOKEN } }).to_string();
    for status in [400, 401, 403, 404, 405, 422, 429] {
        let answer = answer_to(status, told.clone(), &json!({})).await;
        assert_eq!(answer, refused(&format!("the provider answered {status}")));
    }
    for status in [203, 204, 301, 302, 307, 308, 402, 408, 409, 410, 418, 425, 499, 500, 502, 503, 504, 520] {
        let answer = answer_to(status, told.clone(), &json!({})).await;
        assert_eq!(answer, unanswered(&format!("the provider answered {status}")));
    }
}

#[tokio::test]
async fn a_clear_yes_says_where_the_refund_stands() {
    for status in [200, 201, 202] {
        let done = answer_to(status, refund(&json!({})).to_string(), &json!({})).await;
        assert!(matches!(done, RefundAnswer::Done(_)), "{status}: {done:?}");
        for word in ["pending", "in_progress"] {
            let going = answer_to(status, refund(&json!({ "status": word })).to_string(), &json!({})).await;
            assert_eq!(going, RefundAnswer::InProgress, "{status} {word}");
        }
    }
}

#[tokio::test]
async fn an_answer_about_something_else_leaves_it_open() {
    for status in [200, 201, 202] {
        for body in [Vec::new(), b"<html>".to_vec(), b"{}".to_vec(), vec![b' '; 300 * 1024]] {
            let answer = answer_to(status, body, &json!({})).await;
            assert!(matches!(answer, RefundAnswer::NoAnswer { .. }), "{status}: {answer:?}");
        }
    }
    for (change, reason) in [
        (json!({ "merchantRefundId": "ref_2" }), "the answer is about another refund"),
        (json!({ "sessionId": "ps_2" }), "the answer is about another refund"),
        (json!({ "merchantOrderId": "order-2" }), "the answer is about another order"),
        (json!({ "amountMinor": 499_999 }), "the answer is about another amount"),
        (json!({ "currency": "USD" }), "the answer is about another amount"),
        (json!({ "currency": "GBP" }), "the answer is about another amount"),
        (json!({ "status": "reviewed" }), "the refund's status is not one that we know"),
    ] {
        let answer = answer_to(201, refund(&change).to_string(), &json!({})).await;
        assert_eq!(answer, unanswered(reason), "{change}");
    }
    let hundredths = answer_to(201, refund(&json!({})).to_string(), &json!({ "amount_exponent": 0 })).await;
    assert_eq!(hundredths, unanswered("the answer is about another amount"));
    let whole = refund(&json!({ "amountMinor": 5_000 })).to_string();
    let answer = answer_to(201, whole, &json!({ "amount_exponent": 0 })).await;
    assert!(matches!(answer, RefundAnswer::Done(_)), "{answer:?}");
}

#[tokio::test]
async fn a_providers_words_are_shortened_and_never_hold_our_credential() {
    let told = async |reason: Value| {
        let change = json!({ "status": "failed", "failureReason": reason });
        match answer_to(201, refund(&change).to_string(), &json!({})).await {
            RefundAnswer::Refused { reason } => reason,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(told(json!("քարտը\r\n փակ\u{7} է")).await, "քարտը փակ է");
    assert_eq!(told(json!(format!("token {TOKEN} is wrong"))).await, "token ••• is wrong");
    assert_eq!(told(json!("ф".repeat(500))).await.chars().count(), 200);
    for nothing in [Value::Null, json!(""), json!(" \n ")] {
        assert_eq!(told(nothing).await, "the provider says that the refund failed");
    }
}

async fn check_wire(exponent: u32, amount: &str, currency: Currency, expected: i64) {
    let amount = Money::parse(amount, currency).unwrap();
    let told = refund(&json!({ "amountMinor": expected, "currency": currency.code() })).to_string();
    let bank = ByHand::answering(201, told).await;
    let vpos = adapter_at(&bank.url, &json!({ "amount_exponent": exponent }));
    match vpos.refund(&refund_order("ps_1", "ref_1", amount)).await {
        RefundAnswer::Done(statement) => assert_eq!(statement.amount, Some(amount), "it comes back as it went out"),
        other => panic!("{amount} with {exponent} decimals: {other:?}"),
    }
    let body: Value = serde_json::from_slice(&bank.asked().body).unwrap();
    assert_eq!(body["amountMinor"], expected, "{amount} with {exponent} decimals");
}

#[tokio::test]
async fn amounts_go_out_exactly() {
    check_wire(2, "12500", Currency::Amd, 1_250_000).await;
    check_wire(0, "12500", Currency::Amd, 12_500).await;
    check_wire(2, "0.01", Currency::Usd, 1).await;
    check_wire(2, "10.50", Currency::Eur, 1_050).await;
    check_wire(0, "10", Currency::Eur, 10).await;
}
