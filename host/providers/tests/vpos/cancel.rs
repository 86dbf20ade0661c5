//! Ending a session at the bank: done, too late, or nobody can tell.

use crate::account::{AtTheBank, TOKEN, adapter_at, by_number, by_reference, drams, refund_order};
use crate::by_hand::{ByHand, session};
use kamurj_providers::{Cancelled, Lookup, SessionStatus};
use kamurj_sandbox::bank::{self, PayAction};
use serde_json::json;

const DAY: i64 = 86_400_000;

fn unanswered(reason: &str) -> Cancelled {
    Cancelled::NoAnswer { reason: reason.into() }
}

fn too_late() -> Cancelled {
    Cancelled::TooLate { reason: "the provider says that it is too late to cancel".into() }
}

async fn status_of(at: &AtTheBank) -> SessionStatus {
    match at.vpos.lookup(&by_number("order-1")).await {
        Lookup::Found(statement) => statement.status,
        other => panic!("{other:?}"),
    }
}

/// What cancelling comes to after this, and where the session stands then.
async fn after(act: impl AsyncFnOnce(&AtTheBank, &str)) -> (Cancelled, SessionStatus) {
    let at = AtTheBank::open().await;
    let reference = at.session().await;
    act(&at, &reference).await;
    let cancelled = at.vpos.cancel(&by_reference("order-1", &reference)).await;
    let again = at.vpos.cancel(&by_reference("order-1", &reference)).await;
    assert_eq!(again, cancelled, "asking again is harmless");
    (cancelled, status_of(&at).await)
}

#[tokio::test]
async fn a_session_can_be_ended_until_its_payment_stands() {
    let pay = |at: &AtTheBank, id: &str| drop(at.sandbox.bank.act(id, PayAction::Pay));
    let open = after(async |_, _| {}).await;
    assert_eq!(open, (Cancelled::Done, SessionStatus::Abandoned));
    let declined = after(async |at, id| drop(at.sandbox.bank.act(id, PayAction::Decline))).await;
    assert_eq!(declined, (Cancelled::Done, SessionStatus::Declined));
    let expired = after(async |at, _| at.pass(DAY)).await;
    assert_eq!(expired, (Cancelled::Done, SessionStatus::Abandoned));
    let fresh = after(async |at, id| pay(at, id)).await;
    assert_eq!(fresh, (Cancelled::Done, SessionStatus::Reversed));
    let of_yesterday = after(async |at, id| {
        pay(at, id);
        at.pass(DAY);
    })
    .await;
    assert_eq!(of_yesterday, (too_late(), SessionStatus::Approved));
    let refunded = after(async |at, id| {
        pay(at, id);
        at.vpos.refund(&refund_order(id, "ref_1", drams("1"))).await;
    })
    .await;
    assert_eq!(refunded, (too_late(), SessionStatus::Approved));
}

#[tokio::test]
async fn a_lost_answer_is_settled_by_looking_up_or_asking_again() {
    for (fault, standing) in [
        (bank::Cancel::DropRequest, SessionStatus::Open),
        (bank::Cancel::Fail, SessionStatus::Open),
        (bank::Cancel::DropReply, SessionStatus::Abandoned),
    ] {
        let at = AtTheBank::open().await;
        let of = by_reference("order-1", &at.session().await);
        at.sandbox.bank.change_faults(|faults| faults.cancel = fault);
        let cancelled = at.vpos.cancel(&of).await;
        assert!(matches!(cancelled, Cancelled::NoAnswer { .. }), "{fault:?}: {cancelled:?}");
        assert_eq!(status_of(&at).await, standing, "{fault:?}");
        at.sandbox.bank.change_faults(|faults| faults.cancel = bank::Cancel::Ok);
        assert_eq!(at.vpos.cancel(&of).await, Cancelled::Done, "{fault:?}");
    }
}

#[tokio::test]
async fn the_request_names_the_session_and_nothing_else() {
    let told = session(&json!({ "id": "a/b", "status": "cancelled" })).to_string();
    let bank = ByHand::answering(200, told).await;
    let cancelled = adapter_at(&bank.url, &json!({})).cancel(&by_reference("order-1", "a/b")).await;
    assert_eq!(cancelled, Cancelled::Done);
    let asked = bank.asked();
    assert_eq!((asked.method.as_str(), asked.address.as_str()), ("POST", "/v1/payment-sessions/a%2Fb/cancel"));
    assert_eq!(
        (asked.headers.get("authorization").unwrap().to_str().unwrap(), &asked.body[..]),
        (&*format!("Bearer {TOKEN}"), &b""[..])
    );
}

#[tokio::test]
async fn what_cannot_be_asked_is_not_sent() {
    let bank = ByHand::answering(200, "").await;
    let unknown = adapter_at(&bank.url, &json!({})).cancel(&by_number("order-1")).await;
    assert_eq!(unknown, unanswered("the provider's session of this attempt is not known; look the attempt up first"));
    let off = adapter_at(&bank.url, &json!({ "cancel": false })).cancel(&by_reference("order-1", "ps_1")).await;
    assert_eq!(off, Cancelled::Unsupported);
    bank.asked_nothing();
}

async fn answer_to(status: u16, body: String) -> Cancelled {
    let bank = ByHand::answering(status, body).await;
    let cancelled = adapter_at(&bank.url, &json!({})).cancel(&by_reference("order-1", "ps_1")).await;
    bank.asked();
    assert!(!format!("{cancelled:?}").contains(TOKEN), "{status}: {cancelled:?}");
    cancelled
}

#[tokio::test]
async fn only_a_session_that_is_over_was_cancelled() {
    for status in [201, 204, 301, 302, 400, 401, 403, 404, 405, 410, 422, 429, 500, 502, 503] {
        let cancelled =
            answer_to(status, session(&json!({ "status": "cancelled", "reference": TOKEN })).to_string()).await;
        assert_eq!(cancelled, unanswered(&format!("the provider answered {status}")));
    }
    assert_eq!(answer_to(409, json!({ "error": { "message": TOKEN } }).to_string()).await, too_late());
    for body in ["", "{}", "<html>"] {
        assert_eq!(answer_to(200, body.to_owned()).await, unanswered("the answer is not a session"), "{body}");
    }
    for change in
        [json!({ "id": "ps_2", "status": "cancelled" }), json!({ "merchantOrderId": "x", "status": "cancelled" })]
    {
        let cancelled = answer_to(200, session(&change).to_string()).await;
        assert_eq!(cancelled, unanswered("the answer is about another order"), "{change}");
    }
    for (word, done) in [
        ("cancelled", true),
        ("expired", true),
        ("failed", true),
        ("reversed", true),
        ("created", false),
        ("pending", false),
        ("paid", false),
        ("charged_back", false),
        ("voided", false),
    ] {
        let cancelled = answer_to(200, session(&json!({ "status": word })).to_string()).await;
        let expected = if done { Cancelled::Done } else { unanswered("the session is not over by this answer") };
        assert_eq!(cancelled, expected, "{word}");
    }
}
