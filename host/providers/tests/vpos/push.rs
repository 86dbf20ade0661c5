//! Pushes: signed by the bank's own code, checked and read by ours.

use crate::account::{NOW, TOKEN, WEBHOOK_SECRET, adapter_at, adapter_with, secrets_of};
use crate::by_hand::{refund, session};
use kamurj_domain::{Currency, Money};
use kamurj_providers::{
    Provider, Push, PushRefused, Pushed, RefundStatement, RefundStatus, SessionStatus, Statement, Tidings,
};
use kamurj_sandbox::bank::sign;
use serde_json::{Value, json};

const BASE: &str = "http://127.0.0.1:9";
const NEW_SECRET: &str = "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

fn body() -> String {
    let data = session(&json!({ "status": "paid", "paidAt": "2026-11-21T08:00:01Z", "reference": "000000000001" }));
    json!({ "type": "payment.paid", "timestamp": "2026-11-21T08:00:01Z", "data": data }).to_string()
}

pub(crate) fn headers(secret: &str, timestamp_s: i64, body: &str) -> Vec<(String, String)> {
    let signature = sign(secret, "msg_1", timestamp_s, body).unwrap();
    [
        ("webhook-id", "msg_1".to_owned()),
        ("webhook-timestamp", timestamp_s.to_string()),
        ("webhook-signature", signature),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

pub(crate) fn pushed<'r>(headers: &'r [(String, String)], body: &'r [u8]) -> Pushed<'r> {
    Pushed { method: "POST", query: &[], headers, body }
}

fn verify(vpos: &dyn Provider, secret: &str) -> Result<Push, PushRefused> {
    vpos.on_push(&pushed(&headers(secret, NOW / 1000, &body()), body().as_bytes()), NOW)
}

fn unproven(text: &'static str) -> Result<Push, PushRefused> {
    Err(PushRefused::Unproven(text))
}

#[test]
fn a_push_is_proven_by_the_secret_of_today_or_by_the_one_that_is_being_replaced() {
    let vpos = adapter_at(BASE, &json!({}));
    let genuine = Ok(Push::News { natural_key: "msg_1".into() });
    assert_eq!(verify(&*vpos, WEBHOOK_SECRET), genuine);
    assert_eq!(verify(&*vpos, NEW_SECRET), unproven("the signature does not fit"));
    let both =
        secrets_of([("api_token", TOKEN), ("webhook_secret", NEW_SECRET), ("webhook_secret_old", WEBHOOK_SECRET)]);
    let changing = adapter_with(BASE, &json!({}), &both);
    assert_eq!(verify(&*changing, WEBHOOK_SECRET), genuine);
    assert_eq!(verify(&*changing, NEW_SECRET), genuine);
}

#[test]
fn a_push_without_a_proof_of_now_is_turned_away() {
    let vpos = adapter_at(BASE, &json!({}));
    assert_eq!(vpos.on_push(&pushed(&[], body().as_bytes()), NOW), unproven("the signature headers are missing"));
    let old = headers(WEBHOOK_SECRET, NOW / 1000 - 600, &body());
    let stale = vpos.on_push(&pushed(&old, body().as_bytes()), NOW);
    assert_eq!(stale, unproven("the timestamp is more than five minutes off"));
    let changed = body().replace("1250000", "1250001");
    let genuine = headers(WEBHOOK_SECRET, NOW / 1000, &body());
    let forged = vpos.on_push(&pushed(&genuine, changed.as_bytes()), NOW);
    assert_eq!(forged, unproven("the signature does not fit"));
}

fn session_told(more: &Value, body: &str) -> Statement {
    match adapter_at(BASE, more).read_push(&pushed(&[], body.as_bytes())).unwrap() {
        Tidings::Session(statement) => statement,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_push_says_the_same_as_a_look_up() {
    let statement = session_told(&json!({}), &body());
    assert_eq!((statement.reference.as_str(), statement.number.as_str()), ("ps_1", "order-1"));
    assert_eq!((statement.status, statement.provider_time), (SessionStatus::Approved, Some(NOW + 1_000)));
    assert_eq!(statement.amount, Some(Money::new(1_250_000, Currency::Amd)));
    assert_eq!(statement.payment_reference.as_deref(), Some("000000000001"));
    let whole = session_told(&json!({ "amount_exponent": 0 }), &body());
    assert_eq!(whole.amount, Some(Money::new(125_000_000, Currency::Amd)), "the setting counts for pushes too");
    let nameless =
        json!({ "type": "refund.succeeded", "data": refund(&json!({ "merchantRefundId": null })) }).to_string();
    let mistaken = json!({ "type": "refund.failed", "data": session(&json!({})) }).to_string();
    for unreadable in ["", "{}", "[]", r#"{"data":{}}"#, r#"{"data":null}"#, &nameless, &mistaken] {
        let refused = adapter_at(BASE, &json!({})).read_push(&pushed(&[], unreadable.as_bytes()));
        assert!(matches!(refused, Err(PushRefused::Unreadable(_))), "{unreadable}");
    }
}

#[test]
fn a_push_about_a_refund_is_one_about_a_refund() {
    let expected = RefundStatement {
        refund: "ref_1".into(),
        number: "order-1".into(),
        status: RefundStatus::Failed,
        amount: Some(Money::new(500_000, Currency::Amd)),
        foreign_currency: None,
        provider_time: Some(NOW + 1_000),
        reference: Some("rf_1".into()),
        reason: Some("the card is closed".into()),
    };
    let failed = refund(&json!({ "status": "failed", "failureReason": " the card\n\tis  closed " }));
    let body = json!({ "type": "refund.failed", "data": failed }).to_string();
    assert_eq!(adapter_at(BASE, &json!({})).read_push(&pushed(&[], body.as_bytes())), Ok(Tidings::Refund(expected)));
}

#[test]
fn a_push_about_what_the_bank_did_by_itself_is_one_about_the_session() {
    for (kind, status, expected) in [
        ("payment.refunded", "paid", SessionStatus::Approved),
        ("payment.reversed", "reversed", SessionStatus::Reversed),
        ("payment.charged_back", "charged_back", SessionStatus::ChargedBack),
        ("payment.cancelled", "cancelled", SessionStatus::Abandoned),
    ] {
        let data = session(&json!({ "status": status, "refundedMinor": 400_000 }));
        let statement = session_told(&json!({}), &json!({ "type": kind, "data": data }).to_string());
        assert_eq!((statement.status, statement.refunded), (expected, Some(Money::new(400_000, Currency::Amd))));
    }
}
