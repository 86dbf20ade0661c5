//! Asking about an order: what its status, amount and times say, and which answers say nothing.

use crate::account::{AtFastShift, NOW, NUMBER, OTHER, TOKEN, adapter_at, adapter_with, drams, of, price};
use crate::by_hand::{ByHand, answer};
use kamurj_domain::Money;
use kamurj_providers::{Lookup, SessionStatus, Statement};
use kamurj_sandbox::gateways::fastshift::Switches;
use kamurj_sandbox::gateways::{Act, Faults, Gateway, Lie, Reply, Says};
use serde_json::{Value, json};

async fn told(body: &Value) -> Lookup {
    let fastshift = ByHand::answering(200, body.to_string()).await;
    let lookup = adapter_at(&fastshift.url, &json!({})).lookup(&of(NUMBER)).await;
    let asked = fastshift.asked().remove(0);
    assert_eq!((asked.method.as_str(), asked.address), ("GET", format!("/api/en/vpos/order/status/{NUMBER}")));
    assert_eq!(asked.headers["authorization"], format!("Bearer {TOKEN}"));
    lookup
}

async fn statement(change: Value) -> Statement {
    match told(&answer(&change)).await {
        Lookup::Found(statement) => statement,
        other => panic!("{change}: {other:?}"),
    }
}

#[tokio::test]
async fn an_order_that_was_paid_is_told_whole_and_its_payer_is_not() {
    let expected = Statement {
        reference: "00000000-1111-4222-8333-444444444444".into(),
        number: NUMBER.into(),
        url: None,
        status: SessionStatus::Approved,
        cause: None,
        amount: Some(price()),
        foreign_currency: None,
        // Three minutes and nine seconds past noon in Yerevan.
        provider_time: Some(NOW + 189_000),
        payment_reference: Some("00000000-1111-4222-8333-444444444444".into()),
        refunded: None,
        changed_at: None,
    };
    let said = statement(json!({})).await;
    assert_eq!(said, expected);
    assert!(!format!("{said:?}").contains("00041877"), "the payer's name at FastShift is nobody's business");
    assert_eq!(statement(json!({ "order_number": NUMBER.to_uppercase() })).await.number, NUMBER);
    // Whose order it is judged by the host, so it is told as it was said.
    assert_eq!(statement(json!({ "order_number": OTHER })).await.number, OTHER);
}

#[tokio::test]
async fn each_status_says_what_it_says_and_only_completed_is_paid() {
    for (word, status, time) in [
        ("pending", SessionStatus::Open, None),
        ("completed", SessionStatus::Approved, Some(NOW + 189_000)),
        ("rejected", SessionStatus::Declined, Some(NOW + 189_000)),
        ("expired", SessionStatus::Abandoned, Some(NOW + 189_000)),
        // Words that others take for paid, and words of tomorrow.
        ("success", SessionStatus::Unknown, Some(NOW + 189_000)),
        ("paid", SessionStatus::Unknown, Some(NOW + 189_000)),
        ("COMPLETED", SessionStatus::Unknown, Some(NOW + 189_000)),
        ("refunded", SessionStatus::Unknown, Some(NOW + 189_000)),
        ("", SessionStatus::Unknown, Some(NOW + 189_000)),
    ] {
        let said = statement(json!({ "status": word })).await;
        assert_eq!((said.status, said.provider_time), (status, time), "{word}");
        assert_eq!(said.payment_reference.is_some(), status == SessionStatus::Approved, "{word}");
    }
    let ended = statement(json!({ "status": "expired", "completed_at": null })).await;
    assert_eq!(ended.provider_time, Some(NOW + 20 * 60_000), "it ended when it was to end");
    for unreadable in ["", "0000-00-00 00:00:00", "2026-11-21T12:03:09", "2026-11-21 12:03", "21/11/2026 12:03:09"] {
        let said = statement(json!({ "completed_at": unreadable })).await;
        assert_eq!((said.status, said.provider_time), (SessionStatus::Approved, None), "{unreadable}");
    }
    assert_eq!(statement(json!({ "completed_at": "2026-11-21 02:00:00" })).await.provider_time, Some(NOW - 36_000_000));
}

#[tokio::test]
async fn a9_the_amount_is_told_as_it_was_said_and_never_rounded() {
    for (wire, amount) in [
        (json!(1500), price()),
        (json!(150_000), drams("150000")),
        (json!(15), drams("15")),
        (json!(1499), drams("1499")),
        (json!(0), Money::new(0, price().currency)),
    ] {
        let said = statement(json!({ "amount": wire })).await.amount;
        assert_eq!(said, Some(amount), "{wire}");
        assert_eq!(said == Some(price()), wire == json!(1500), "{wire}: a hundred times as much is another amount");
    }
    for wrong in
        [json!(1500.0), json!(1500.5), json!(-1500), json!("1500"), json!(null), json!(u64::MAX), json!([1500])]
    {
        let lookup = told(&answer(&json!({ "amount": wrong }))).await;
        assert_eq!(lookup, Lookup::NoAnswer { reason: "the answer is not an order".into() }, "{wrong}");
    }
    for (lie, minor) in [(Lie::Times100, 15_000_000), (Lie::DividedBy100, 1_500), (Lie::OneLess, 149_900)] {
        let at = AtFastShift::open().await;
        let id = at.order().await;
        at.faults(Faults { paid: lie, ..Faults::default() });
        at.sandbox.fastshift.act(&id, Act::Pay).unwrap();
        let Lookup::Found(said) = at.adapter.lookup(&of(NUMBER)).await else { panic!("{lie:?}") };
        assert_eq!((said.status, said.amount.unwrap().minor), (SessionStatus::Approved, minor), "{lie:?}");
    }
}

#[tokio::test]
async fn the_double_says_the_same_over_its_whole_life() {
    for (act, status) in [
        (Act::Pay, SessionStatus::Approved),
        (Act::Decline, SessionStatus::Declined),
        (Act::Expire, SessionStatus::Abandoned),
        (Act::Close, SessionStatus::Open),
    ] {
        let at = AtFastShift::open().await;
        let id = at.order().await;
        at.sandbox.fastshift.set_switches(Switches { capitals: true, ..Switches::default() });
        at.pass(61_000);
        at.sandbox.fastshift.act(&id, act).unwrap();
        let Lookup::Found(said) = at.adapter.lookup(&of(NUMBER)).await else { panic!("{act:?}") };
        assert_eq!((said.reference.as_str(), said.number.as_str(), said.status), (id.as_str(), NUMBER, status));
        let time = (status != SessionStatus::Open).then_some(NOW + 61_000);
        assert_eq!((said.provider_time, said.amount), (time, Some(price())), "{act:?}");
    }
    let at = AtFastShift::open().await;
    let id = at.order().await;
    at.pass(20 * 60_000);
    let Lookup::Found(said) = at.adapter.lookup(&of(NUMBER)).await else { panic!("it is known") };
    assert_eq!((said.status, said.provider_time), (SessionStatus::Abandoned, Some(NOW + 20 * 60_000)));
    assert!(at.sandbox.fastshift.act(&id, Act::Pay).is_err());
}

#[tokio::test]
async fn c5_a_look_up_that_lags_is_open_and_one_that_fails_says_nothing() {
    let at = AtFastShift::open().await;
    let id = at.order().await;
    at.sandbox.fastshift.act(&id, Act::Pay).unwrap();
    at.faults(Faults { says: Says::Pending, ..Faults::default() });
    let Lookup::Found(said) = at.adapter.lookup(&of(NUMBER)).await else { panic!("it is known") };
    assert_eq!((said.status, said.provider_time), (SessionStatus::Open, None));
    for reply in [Reply::Fail, Reply::DropReply, Reply::DropRequest] {
        at.faults(Faults { lookup: reply, ..Faults::default() });
        let lookup = at.adapter.lookup(&of(NUMBER)).await;
        assert!(matches!(lookup, Lookup::NoAnswer { .. }), "{reply:?}: {lookup:?}");
    }
    at.faults(Faults::default());
    assert_eq!(at.adapter.lookup(&of(OTHER)).await, Lookup::NoSuchOrder);
    let stranger = adapter_with(at.sandbox.fastshift.base_url(), &json!({}), "another-token");
    let lookup = stranger.lookup(&of(NUMBER)).await;
    assert!(matches!(lookup, Lookup::NoAnswer { .. }), "{lookup:?}");
}

#[tokio::test]
async fn only_fastshifts_own_not_found_is_sure() {
    let envelope = |word: &str| json!({ "status": word, "message": TOKEN }).to_string();
    let of_one = of(NUMBER);
    for (status, body) in [
        (404, "<html>not found</html>".to_owned()),
        (404, String::new()),
        (404, r#"{"error":"NOT_FOUND"}"#.to_owned()),
        (404, envelope("ERROR")),
        (400, envelope("NOT_FOUND")),
        (401, envelope("UNAUTHORIZED")),
        (403, envelope("FORBIDDEN")),
        (422, envelope("INVALID_DATA")),
        (500, envelope("APP_ERROR")),
        (200, envelope("NOT_FOUND")),
        (200, envelope("OK")),
        (200, "null".to_owned()),
        (204, String::new()),
        (302, answer(&json!({})).to_string()),
    ] {
        let fastshift = ByHand::answering(status, body.clone()).await;
        let lookup = adapter_at(&fastshift.url, &json!({})).lookup(&of_one).await;
        assert!(matches!(lookup, Lookup::NoAnswer { .. }), "{status} {body}: {lookup:?}");
        assert!(!format!("{lookup:?}").contains(TOKEN), "{lookup:?}");
    }
    for body in [envelope("NOT_FOUND"), r#"{"status":"NOT_FOUND","errors":[],"data":null}"#.to_owned()] {
        let fastshift = ByHand::answering(404, body.clone()).await;
        assert_eq!(adapter_at(&fastshift.url, &json!({})).lookup(&of_one).await, Lookup::NoSuchOrder, "{body}");
    }
}
