//! Giving money back, and finding out what became of it where the gateway knows no ids of refunds.

use crate::account::{AtTheGateway, GUID, LOGIN, NUMBER, PASSWORD, drams, refund_of, refund_order};
use crate::by_hand::{ByHand, status};
use kamurj_domain::{Currency, Money};
use kamurj_providers::{RefundAnswer, RefundLookup, RefundOrder, RefundStatus};
use kamurj_sandbox::gateways::rbs::Version;
use kamurj_sandbox::gateways::{Act, Gateway, Reply};
use serde_json::{Value, json};

fn is_unanswered(answer: &RefundAnswer) -> bool {
    matches!(answer, RefundAnswer::NoAnswer { .. })
}

fn is_refused(answer: &RefundAnswer) -> bool {
    matches!(answer, RefundAnswer::Refused { .. })
}

#[tokio::test]
async fn money_goes_back_by_the_gateways_id_in_minor_units() {
    for (answer, done) in [
        (json!({ "errorCode": 0 }), true),
        (json!({ "errorCode": "0", "errorMessage": "Success" }), true),
        (json!({}), false),
    ] {
        let gateway = ByHand::saying(&answer).await;
        let refund = gateway.account().refund(&refund_order(Some(GUID), drams("500"))).await;
        match &refund {
            RefundAnswer::Done(told) => {
                assert!(done, "{answer}");
                assert_eq!((told.refund.as_str(), told.number.as_str()), ("ref_1", NUMBER));
                assert_eq!((told.status, told.amount), (RefundStatus::Done, Some(drams("500"))));
            }
            other => assert!(!done && is_unanswered(other), "{answer}: {other:?}"),
        }
        let asked = gateway.asked();
        assert_eq!(asked.address, "/payment/rest/refund.do");
        let expected = [("userName", LOGIN), ("password", PASSWORD), ("orderId", GUID), ("amount", "50000")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(asked.form, expected);
    }
}

#[tokio::test]
async fn d3_only_a_clear_no_is_a_refusal_and_nothing_is_sent_twice() {
    for (code, refused) in
        [(1, false), (2, false), (3, true), (4, true), (5, true), (6, true), (7, false), (8, false), (-1, false)]
    {
        for written in [json!(code), json!(code.to_string())] {
            let gateway = ByHand::saying(&json!({ "errorCode": written, "errorMessage": PASSWORD })).await;
            let refund = gateway.account().refund(&refund_order(Some(GUID), drams("500"))).await;
            assert_eq!((is_refused(&refund), is_unanswered(&refund)), (refused, !refused), "{code}: {refund:?}");
            assert!(!format!("{refund:?}").contains(PASSWORD), "{refund:?}");
            gateway.asked();
        }
    }
    for http in [201, 204, 301, 400, 401, 403, 404, 429, 500, 502, 503] {
        let gateway = ByHand::answering(http, json!({ "errorCode": 0 }).to_string()).await;
        let refund = gateway.account().refund(&refund_order(Some(GUID), drams("500"))).await;
        assert_eq!(refund, RefundAnswer::NoAnswer { reason: format!("the provider answered {http}") });
        gateway.asked();
    }
    for body in ["", "[]", "null", "<html>", r#"{"errorCode":null}"#, r#"{"errorCode":"ok"}"#, r#"{"errorCode":0.0}"#] {
        let gateway = ByHand::answering(200, body).await;
        let refund = gateway.account().refund(&refund_order(Some(GUID), drams("500"))).await;
        assert!(is_unanswered(&refund), "{body}: {refund:?}");
        gateway.asked();
    }
}

#[tokio::test]
async fn a_refund_without_the_gateways_id_asks_for_it_first() {
    for (told, done) in [
        (status(&json!({})), true),
        (status(&json!({ "attributes": [] })), false),
        (status(&json!({ "orderNumber": "PL-2041-2" })), false),
        (json!({ "errorCode": 6 }), false),
    ] {
        let answers = [told.clone(), json!({ "errorCode": 0 })].map(|answer| (200, answer.to_string().into_bytes()));
        let gateway = ByHand::answering_each(answers.to_vec()).await;
        let refund = gateway.account().refund(&refund_order(None, drams("500"))).await;
        let asked = gateway.all_asked();
        assert_eq!(asked[0].address, "/payment/rest/getOrderStatusExtended.do");
        if done {
            assert!(matches!(refund, RefundAnswer::Done(_)), "{told}: {refund:?}");
            assert!(asked[1].form.contains(&("orderId".into(), GUID.into())));
        } else {
            assert!(is_refused(&refund) && asked.len() == 1, "nothing left: {told}: {refund:?}");
        }
    }
    let gateway = ByHand::saying(&json!({ "errorCode": 0 })).await;
    let nothing = RefundOrder { amount: Money::new(0, Currency::Amd), ..refund_order(Some(GUID), drams("1")) };
    assert!(is_refused(&gateway.account().refund(&nothing).await));
    assert_eq!(gateway.all_asked().len(), 0);
}

#[tokio::test]
async fn refunds_add_up_at_the_double_until_nothing_is_left() {
    let at = AtTheGateway::open().await;
    let reference = at.session().await;
    let order = |amount| refund_order(Some(&reference), amount);
    assert!(is_unanswered(&at.rbs.refund(&order(drams("1"))).await), "not paid: error 7, which is also a system error");
    at.act(&reference, Act::Pay);
    assert!(matches!(at.rbs.refund(&order(drams("500"))).await, RefundAnswer::Done(_)));
    let too_much = at.rbs.refund(&order(drams("1001"))).await;
    assert_eq!(
        too_much,
        RefundAnswer::Refused { reason: "the gateway answered with error 5: amount: more than is left".into() }
    );
    assert!(matches!(at.rbs.refund(&order(drams("1000"))).await, RefundAnswer::Done(_)));
    assert!(is_refused(&at.rbs.refund(&order(drams("1"))).await));
    assert_eq!(at.gateway().orders()[0].refunded_minor, 150_000);
    let at = AtTheGateway::open().await;
    at.gateway().change_habits(|habits| habits.may_refund = false);
    let reference = at.paid().await;
    assert!(is_refused(&at.rbs.refund(&refund_order(Some(&reference), drams("1"))).await), "d8: no right to refund");
}

#[tokio::test]
async fn d3_a_lost_answer_is_settled_by_the_count() {
    for version in [Version::V01, Version::V03] {
        for (fault, made) in [(Reply::DropReply, true), (Reply::DropRequest, false), (Reply::Fail, false)] {
            let at = AtTheGateway::open().await;
            at.gateway().change_habits(|habits| habits.version = version);
            let reference = at.paid().await;
            at.act(&reference, Act::GiveBack { minor: 10_000 });
            let before = at.told(&reference).await.refunded;
            at.gateway().change_faults(|faults| faults.refund = fault);
            let refund = at.rbs.refund(&refund_order(Some(&reference), drams("500"))).await;
            assert!(is_unanswered(&refund), "{fault:?}: {refund:?}");
            let found = at.rbs.lookup_refund(&refund_of(&reference, drams("500"), before)).await;
            match found {
                RefundLookup::Found(told) => {
                    assert!(made, "{fault:?}");
                    assert_eq!((told.status, told.amount), (RefundStatus::Done, Some(drams("500"))));
                }
                other => assert!(!made && other == RefundLookup::NoSuchRefund, "{fault:?}: {other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn no_count_is_no_proof_that_nothing_went_back() {
    let zero = Some(Money::new(0, Currency::Amd));
    let info = |minor: Value| json!({ "depositedAmount": 150_000, "refundedAmount": minor });
    for (change, expected) in [
        (json!({ "paymentAmountInfo": info(json!(0)) }), Some(false)),
        (json!({ "refunds": [] }), Some(false)),
        (json!({ "orderStatus": 4, "paymentAmountInfo": info(json!(50_000)) }), Some(true)),
        (json!({ "orderStatus": 4, "paymentAmountInfo": info(json!(60_000)) }), Some(true)),
        (json!({ "orderStatus": 4, "paymentAmountInfo": info(json!(40_000)) }), None),
        (json!({ "orderStatus": 4, "paymentAmountInfo": info(json!(50_000)), "currency": "643" }), None),
        (json!({ "orderStatus": 4, "paymentAmountInfo": info(json!(50_000)), "currency": null }), None),
        // State 2 alone: enough for a page, not to send money again.
        (json!({}), None),
        (json!({ "orderStatus": 4 }), None),
        (json!({ "orderStatus": 3, "paymentAmountInfo": info(json!(0)) }), None),
        (json!({ "orderStatus": 6, "paymentAmountInfo": info(json!(0)) }), None),
        (json!({ "orderNumber": "PL-1", "paymentAmountInfo": info(json!(0)) }), None),
        (json!({ "attributes": [{ "name": "mdOrder", "value": "x" }], "paymentAmountInfo": info(json!(0)) }), None),
        (json!({ "errorCode": 6, "orderStatus": null }), None),
        (json!({ "errorCode": 5, "orderStatus": null }), None),
    ] {
        let account = ByHand::saying(&status(&change)).await.account();
        let found = account.lookup_refund(&refund_of(GUID, drams("500"), zero)).await;
        let was_made = match &found {
            RefundLookup::Found(_) => Some(true),
            RefundLookup::NoSuchRefund => Some(false),
            RefundLookup::NoAnswer { .. } | RefundLookup::Unsupported => None,
        };
        assert_eq!(was_made, expected, "{change}: {found:?}");
    }
    let account = ByHand::saying(&status(&json!({ "paymentAmountInfo": info(json!(0)) }))).await.account();
    let unknown = account.lookup_refund(&refund_of(GUID, drams("500"), None)).await;
    assert!(matches!(unknown, RefundLookup::NoAnswer { .. }), "{unknown:?}");
}
