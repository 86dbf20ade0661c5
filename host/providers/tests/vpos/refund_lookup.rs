//! Asking about a refund: found, surely not there, or nobody can tell. "Not there" lets the money be sent again, so only a
//! clear answer is one.

use crate::account::{AtTheBank, TOKEN, adapter_at, drams, refund_of, refund_order};
use crate::by_hand::{ByHand, refund};
use kamurj_domain::{Currency, Money};
use kamurj_providers::{RefundLookup, RefundOf, RefundStatus};
use kamurj_sandbox::bank;
use serde_json::{Value, json};

async fn ask(status: u16, body: impl Into<Vec<u8>>) -> RefundLookup {
    let bank = ByHand::answering(status, body).await;
    let lookup = adapter_at(&bank.url, &json!({})).lookup_refund(&refund_of("ps_1", "ref_1")).await;
    assert_eq!(bank.asked().method, "GET");
    assert!(!format!("{lookup:?}").contains(TOKEN));
    lookup
}

fn list(refunds: &[Value]) -> String {
    json!({ "data": refunds }).to_string()
}

fn unanswered(reason: &str) -> RefundLookup {
    RefundLookup::NoAnswer { reason: reason.into() }
}

#[tokio::test]
async fn a_refund_is_found_by_our_id_of_it() {
    let at = AtTheBank::open().await;
    let reference = at.paid().await;
    at.vpos.refund(&refund_order(&reference, "ref_1", drams("1000"))).await;
    at.vpos.refund(&refund_order(&reference, "ref_2", drams("2000"))).await;
    for of in [refund_of(&reference, "ref_2"), RefundOf { reference: None, ..refund_of("", "ref_2") }] {
        let RefundLookup::Found(found) = at.vpos.lookup_refund(&of).await else { panic!("it was made") };
        assert_eq!((found.refund.as_str(), found.amount), ("ref_2", Some(drams("2000"))));
    }
    assert_eq!(at.vpos.lookup_refund(&refund_of(&reference, "ref_3")).await, RefundLookup::NoSuchRefund);
    at.sandbox.bank.change_faults(|faults| faults.refund_lookup = bank::RefundLookup::Fail);
    for refund in ["ref_2", "ref_3"] {
        let lookup = at.vpos.lookup_refund(&refund_of(&reference, refund)).await;
        assert_eq!(lookup, unanswered("the provider answered 500"));
    }
}

#[tokio::test]
async fn only_a_clear_answer_is_one() {
    for status in [201, 204, 301, 302, 400, 401, 403, 404, 409, 410, 422, 429, 500, 502, 503] {
        assert_eq!(ask(status, list(&[])).await, unanswered(&format!("the provider answered {status}")));
    }
    let half = list(&[refund(&json!({ "amountMinor": null }))]);
    let text = list(&[refund(&json!({ "amountMinor": "500000" }))]);
    let nameless = list(&[refund(&json!({ "merchantRefundId": null }))]);
    for body in ["", "{}", "[]", "<html>", r#"{"data":null}"#, &half, &text, &nameless] {
        assert_eq!(ask(200, body).await, unanswered("the answer is not a list of refunds"), "{body}");
    }
    assert_eq!(ask(200, list(&[])).await, RefundLookup::NoSuchRefund);
}

#[tokio::test]
async fn refunds_that_were_not_asked_about_prove_nothing() {
    let (ours, other) = (refund(&json!({})), refund(&json!({ "merchantRefundId": "ref_10" })));
    let again = refund(&json!({ "id": "rf_2" }));
    for (refunds, case) in [
        (vec![other.clone()], "another one alone"),
        (vec![other.clone(), ours.clone()], "the question was not understood"),
        (vec![ours.clone(), other], "the question was not understood"),
        (vec![ours, again], "two of one id"),
    ] {
        assert_eq!(ask(200, list(&refunds)).await, unanswered("the answer is not about this one refund"), "{case}");
    }
    for change in [json!({ "merchantOrderId": "order-2" }), json!({ "sessionId": "ps_2" })] {
        let lookup = ask(200, list(&[refund(&change)])).await;
        assert_eq!(lookup, unanswered("the answer is about another order"), "{change}");
    }
}

#[tokio::test]
async fn each_status_word_is_read() {
    for (word, expected) in [
        ("pending", RefundStatus::InProgress),
        ("in_progress", RefundStatus::InProgress),
        ("succeeded", RefundStatus::Done),
        ("failed", RefundStatus::Failed),
        ("SUCCEEDED", RefundStatus::Unknown),
        ("cancelled", RefundStatus::Unknown),
        ("", RefundStatus::Unknown),
    ] {
        let RefundLookup::Found(found) = ask(200, list(&[refund(&json!({ "status": word }))])).await else {
            panic!("{word}")
        };
        assert_eq!(found.status, expected, "{word}");
    }
}

#[tokio::test]
async fn amounts_and_times_come_in_exactly_or_not_at_all() {
    for (exponent, change, amount, foreign) in [
        (2, json!({}), Some(drams("5000")), None),
        (0, json!({}), Some(drams("500000")), None),
        (0, json!({ "amountMinor": i64::MAX }), None, None),
        (2, json!({ "currency": "RUB" }), Some(Money::new(500_000, Currency::Rub)), None),
        (2, json!({ "currency": "GBP" }), None, Some("GBP".to_owned())),
    ] {
        let bank = ByHand::answering(200, list(&[refund(&change)])).await;
        let vpos = adapter_at(&bank.url, &json!({ "amount_exponent": exponent }));
        let RefundLookup::Found(found) = vpos.lookup_refund(&refund_of("ps_1", "ref_1")).await else { panic!("found") };
        assert_eq!((found.amount, found.foreign_currency), (amount, foreign), "{change} with {exponent} decimals");
    }
    for unreadable in [Value::Null, json!("2026-11-21"), json!("yesterday")] {
        let change = json!({ "updatedAt": unreadable });
        let RefundLookup::Found(found) = ask(200, list(&[refund(&change)])).await else { panic!("found") };
        assert_eq!(found.provider_time, None, "a time is never made up");
    }
}

#[tokio::test]
async fn an_account_without_refunds_can_still_ask_about_old_ones() {
    let bank = ByHand::answering(200, list(&[refund(&json!({}))])).await;
    let vpos = adapter_at(&bank.url, &json!({ "refunds": "none" }));
    let lookup = vpos.lookup_refund(&refund_of("ps_1", "ref_1")).await;
    assert!(matches!(lookup, RefundLookup::Found(_)), "{lookup:?}");
}

#[tokio::test]
async fn our_id_cannot_change_the_address() {
    let bank = ByHand::answering(404, "").await;
    adapter_at(&bank.url, &json!({})).lookup_refund(&refund_of("ps_1", "a&b=c#d")).await;
    assert_eq!(bank.asked().address, "/v1/refunds?merchantRefundId=a%26b%3Dc%23d");
}
