//! Refunds, known by the bank's own count, and taking fresh payments back.

use crate::account::{
    AtTheBank, MINUTE, NUMBER, PASSWORD, USERNAME, adapter_at, by_number, by_reference, drams, price, refund_of,
    refund_order,
};
use crate::by_hand::{ByHand, REFERENCE, details};
use kamurj_domain::{Currency, Money};
use kamurj_providers::{Cancelled, RefundAnswer, RefundLookup, RefundStatement, RefundStatus, SessionStatus};
use kamurj_sandbox::gateways::{Act, Reply};
use serde_json::json;

fn nothing() -> Money {
    Money::new(0, Currency::Amd)
}

fn done(amount: Money) -> RefundStatement {
    RefundStatement {
        refund: "ref_1".into(),
        number: NUMBER.into(),
        status: RefundStatus::Done,
        amount: Some(amount),
        foreign_currency: None,
        provider_time: None,
        reference: None,
        reason: None,
    }
}

#[tokio::test]
async fn parts_go_back_until_nothing_is_left_and_the_order_stays_paid() {
    let at = AtTheBank::open().await;
    let reference = at.paid().await;
    for (part, total) in [("400", "400"), ("300", "700"), ("800", "1500")] {
        at.pass(MINUTE);
        assert_eq!(at.bank.refund(&refund_order(&reference, drams(part))).await, RefundAnswer::Done(done(drams(part))));
        let told = at.told(&reference).await;
        assert_eq!(
            (told.status, told.amount, told.refunded),
            (SessionStatus::Approved, Some(price()), Some(drams(total)))
        );
    }
    let RefundAnswer::Refused { reason } = at.bank.refund(&refund_order(&reference, drams("1"))).await else {
        panic!("nothing is left")
    };
    assert!(reason.contains("code 07") && reason.contains("exceeds"), "the bank's own words: {reason}");
    at.act(&at.session().await, Act::Close);
}

#[tokio::test]
async fn d3_a_lost_answer_is_settled_by_the_count_and_never_asked_again() {
    let at = AtTheBank::open().await;
    let reference = at.paid().await;
    let part = drams("400");
    for (fault, after) in [
        (Reply::DropRequest, RefundLookup::NoSuchRefund),
        (Reply::Fail, RefundLookup::NoSuchRefund),
        (Reply::DropReply, RefundLookup::Found(done(part))),
    ] {
        at.sandbox.ameriabank.change_faults(|faults| faults.refund = fault);
        let before = at.told(&reference).await.refunded;
        let calls = at.calls("RefundPayment");
        let answer = at.bank.refund(&refund_order(&reference, part)).await;
        assert!(matches!(answer, RefundAnswer::NoAnswer { .. }), "{fault:?}: {answer:?}");
        assert_eq!(at.calls("RefundPayment"), calls + 1, "{fault:?}: sent once");
        assert_eq!(at.bank.lookup_refund(&refund_of(&reference, part, before)).await, after, "{fault:?}");
    }
    let of = refund_of(&reference, part, Some(nothing()));
    let unknown = |lookup: RefundLookup| assert!(matches!(lookup, RefundLookup::NoAnswer { .. }), "{lookup:?}");
    unknown(at.bank.lookup_refund(&refund_of(&reference, part, None)).await);
    unknown(at.bank.lookup_refund(&refund_of(&reference, drams("500"), Some(nothing()))).await);
    at.sandbox.ameriabank.change_faults(|faults| faults.lookup = Reply::Fail);
    unknown(at.bank.lookup_refund(&of).await);
    at.sandbox.ameriabank.change_faults(|faults| faults.lookup = Reply::Ok);
    at.act(&reference, Act::GiveBack { minor: 10_000 });
    assert_eq!(at.bank.lookup_refund(&of).await, RefundLookup::Found(done(part)), "staff gave back besides");
}

#[tokio::test]
async fn counts_of_other_orders_or_currencies_settle_nothing() {
    let refunded = json!({ "OrderStatus": "4", "RefundedAmount": 400.0 });
    for (change, is_known) in [
        (json!({}), true),
        (json!({ "OrderID": "410018" }), false),
        (json!({ "Opaque": "x" }), false),
        (json!({ "Currency": "840" }), false),
        (json!({ "Currency": "" }), false),
        (json!({ "RefundedAmount": "" }), false),
        (json!({ "RefundedAmount": -400 }), false),
        (json!({ "RefundedAmount": 399.99 }), false),
    ] {
        let mut body = details(&refunded);
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let bank = ByHand::telling(200, body.to_string()).await;
        let of = refund_of(REFERENCE, drams("400"), Some(nothing()));
        let lookup = adapter_at(&bank.url, &json!({})).lookup_refund(&of).await;
        let expected = if is_known { RefundLookup::Found(done(drams("400"))) } else { lookup.clone() };
        assert_eq!(lookup, expected, "{change}");
        assert_eq!(matches!(lookup, RefundLookup::NoAnswer { .. }), !is_known, "{change}: {lookup:?}");
    }
}

#[tokio::test]
async fn each_answer_to_a_refund_has_one_reading() {
    let body = |code: &str| json!({ "ResponseCode": code, "ResponseMessage": "said", "Opaque": "x" }).to_string();
    for (status, answer, expected, reason) in [
        (200, body("00"), "done", ""),
        (200, body("00 : Payment Successfully Completed"), "done", ""),
        (200, body("07"), "refused", "code 07: said"),
        (200, body("513"), "refused", "right to refund"),
        (200, body("514"), "refused", "right to refund"),
        (200, body("20"), "refused", "/secrets/password"),
        (200, body("0914"), "refused", "code 0914"),
        (200, body("0341041"), "refused", "code 0341041"),
        (200, body("05"), "refused", "code 05"),
        (200, body("06"), "refused", "code 06"),
        (200, body("1"), "unknown", "code 1"),
        (200, body("0"), "unknown", "code 0"),
        (200, body("0-1"), "unknown", "code 0-1"),
        (200, body("500"), "unknown", "code 500"),
        (200, body("520"), "unknown", "code 520"),
        (200, body("550"), "unknown", "code 550"),
        (200, body("560"), "unknown", "code 560"),
        (200, body("0116"), "unknown", "code 0116"),
        (200, body(""), "unknown", "cannot be read"),
        (200, "<html>".to_owned(), "unknown", "cannot be read"),
        (201, body("00"), "unknown", "201"),
        (302, body("00"), "unknown", "302"),
        (400, body("07"), "unknown", "400"),
        (404, "<html>".to_owned(), "unknown", "404"),
        (500, r#"{"Message":"An error has occurred."}"#.to_owned(), "unknown", "500"),
        (503, body("00"), "unknown", "503"),
    ] {
        let bank = ByHand::answering(status, answer.clone()).await;
        let told = adapter_at(&bank.url, &json!({})).refund(&refund_order(REFERENCE, drams("400"))).await;
        let (word, detail) = match told {
            RefundAnswer::Done(statement) => {
                assert_eq!(statement, done(drams("400")));
                ("done", String::new())
            }
            RefundAnswer::Refused { reason } => ("refused", reason),
            RefundAnswer::NoAnswer { reason } => ("unknown", reason),
            other => panic!("{other:?}"),
        };
        assert_eq!(word, expected, "{status} {answer}: {detail}");
        assert!(detail.contains(reason), "{status} {answer}: {detail}");
        let asked = bank.asked();
        assert_eq!(asked.len(), 1, "sent once: {status} {answer}");
        let expected = json!({
            "PaymentID": REFERENCE, "Username": USERNAME, "Password": PASSWORD, "Amount": "400.00",
        });
        assert_eq!((asked[0].0.as_str(), &asked[0].1), ("RefundPayment", &expected.to_string().into_bytes()));
    }
}

#[tokio::test]
async fn d8_rights_that_the_bank_did_not_give_are_named() {
    let at = AtTheBank::with(&json!({}), &json!({ "may_refund": false, "may_reverse": false })).await;
    let reference = at.paid().await;
    let refund = at.bank.refund(&refund_order(&reference, drams("400"))).await;
    assert!(matches!(&refund, RefundAnswer::Refused { reason } if reason.contains("513")), "{refund:?}");
    let cancel = at.bank.cancel(&by_reference(&reference)).await;
    assert!(matches!(&cancel, Cancelled::NoAnswer { reason } if reason.contains("514")), "{cancel:?}");
    let without = json!({ "refunds": false, "cancel": false });
    let without = adapter_at(&format!("{}/ameriabank/", at.sandbox.bank_url), &without);
    let calls = at.calls("RefundPayment") + at.calls("CancelPayment");
    assert_eq!(without.refund(&refund_order(&reference, drams("400"))).await, RefundAnswer::Unsupported);
    assert_eq!(without.cancel(&by_reference(&reference)).await, Cancelled::Unsupported);
    assert_eq!(at.calls("RefundPayment") + at.calls("CancelPayment"), calls);
    let mut unknown = refund_order(&reference, drams("400"));
    unknown.reference = None;
    assert!(matches!(at.bank.refund(&unknown).await, RefundAnswer::Refused { .. }));
    assert!(matches!(at.bank.cancel(&by_number(NUMBER)).await, Cancelled::NoAnswer { .. }));
}

#[tokio::test]
async fn a_payment_is_taken_back_within_three_days_and_not_after() {
    let at = AtTheBank::open().await;
    let reference = at.paid().await;
    at.pass(72 * 60 * MINUTE);
    at.sandbox.ameriabank.change_faults(|faults| faults.cancel = Reply::DropReply);
    assert!(matches!(at.bank.cancel(&by_reference(&reference)).await, Cancelled::NoAnswer { .. }));
    assert_eq!(at.told(&reference).await.status, SessionStatus::Reversed);
    at.sandbox.ameriabank.change_faults(|faults| faults.cancel = Reply::Ok);
    assert_eq!(at.bank.cancel(&by_reference(&reference)).await, Cancelled::Done, "asking again is safe");

    let at = AtTheBank::open().await;
    let reference = at.paid().await;
    at.pass(72 * 60 * MINUTE + 1);
    let late = at.bank.cancel(&by_reference(&reference)).await;
    assert!(matches!(&late, Cancelled::TooLate { reason } if reason.contains("07")), "{late:?}");
    let at = AtTheBank::open().await;
    let reference = at.paid().await;
    at.bank.refund(&refund_order(&reference, drams("400"))).await;
    let refunded = at.bank.cancel(&by_reference(&reference)).await;
    assert!(matches!(refunded, Cancelled::TooLate { .. }), "a refund is the way: {refunded:?}");
}

#[tokio::test]
async fn an_unpaid_session_is_over_when_the_bank_says_so_and_not_before() {
    let at = AtTheBank::open().await;
    let reference = at.session().await;
    let open = at.bank.cancel(&by_reference(&reference)).await;
    assert!(matches!(&open, Cancelled::NoAnswer { reason } if reason.contains("still open")), "{open:?}");
    at.act(&reference, Act::Decline);
    assert_eq!(at.bank.cancel(&by_reference(&reference)).await, Cancelled::Done);

    let said = |code: &str| json!({ "ResponseCode": code, "ResponseMessage": "said" }).to_string().into_bytes();
    for (code, change, expected) in [
        ("00", json!({ "OrderStatus": "3" }), "done"),
        ("00", json!({ "OrderStatus": "3", "ApprovedAmount": 0 }), "done"),
        ("00", json!({ "OrderStatus": "2" }), "unknown"),
        ("00", json!({ "OrderStatus": "5" }), "unknown"),
        ("00", json!({ "OrderStatus": "9" }), "unknown"),
        ("00", json!({ "OrderID": "410018", "OrderStatus": "3" }), "unknown"),
        ("07", json!({ "OrderStatus": "2" }), "late"),
        ("07", json!({ "OrderStatus": "6" }), "done"),
        ("20", json!({ "OrderStatus": "3" }), "unknown"),
        ("514", json!({ "OrderStatus": "3" }), "unknown"),
        ("550", json!({ "OrderStatus": "3" }), "unknown"),
    ] {
        let told = details(&change).to_string().into_bytes();
        let bank = ByHand::by_operation(vec![("CancelPayment", 200, said(code)), ("", 200, told)]).await;
        let cancelled = adapter_at(&bank.url, &json!({})).cancel(&by_reference(REFERENCE)).await;
        let word = match &cancelled {
            Cancelled::Done => "done",
            Cancelled::TooLate { .. } => "late",
            Cancelled::NoAnswer { .. } => "unknown",
            Cancelled::Unsupported => "unsupported",
        };
        assert_eq!(word, expected, "{code} {change}: {cancelled:?}");
        let calls = bank.asked().iter().filter(|(name, _)| name == "CancelPayment").count();
        assert_eq!(calls, 1, "it is asked once");
    }
}
