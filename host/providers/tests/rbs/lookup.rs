//! Asking the gateway: what it knows, what it is sure not to know, and when nobody can tell.

use crate::account::{AtTheGateway, GUID, LOGIN, NUMBER, PASSWORD, adapter_at, by_number, by_reference, drams};
use crate::by_hand::{ByHand, status};
use kamurj_providers::{Lookup, LookupOf, SessionStatus, Statement};
use kamurj_sandbox::gateways::{Act, Gateway, Reply, Says};
use serde_json::{Value, json};

async fn ask(answer: &Value, of: &LookupOf) -> Lookup {
    let gateway = ByHand::saying(answer).await;
    let lookup = gateway.account().lookup(of).await;
    gateway.asked();
    assert!(!format!("{lookup:?}").contains(PASSWORD), "{lookup:?}");
    lookup
}

fn is_unanswered(lookup: &Lookup) -> bool {
    matches!(lookup, Lookup::NoAnswer { .. })
}

#[tokio::test]
async fn an_order_is_asked_for_by_its_id_where_we_know_it() {
    for (of, name, value) in [
        (by_reference(GUID), "orderId", GUID),
        (by_number(), "orderNumber", NUMBER),
        // Our own number stands in for an id that nobody named.
        (by_reference(NUMBER), "orderNumber", NUMBER),
        (by_reference(""), "orderNumber", NUMBER),
    ] {
        let gateway = ByHand::saying(&status(&json!({}))).await;
        assert!(matches!(gateway.account().lookup(&of).await, Lookup::Found(_)));
        let asked = gateway.asked();
        assert_eq!(
            (asked.method.as_str(), asked.address.as_str()),
            ("POST", "/payment/rest/getOrderStatusExtended.do")
        );
        let expected = [("userName", LOGIN), ("password", PASSWORD), (name, value), ("language", "en")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(asked.form, expected);
    }
}

#[tokio::test]
async fn the_statement_says_what_the_gateway_said() {
    let expected = Statement {
        reference: GUID.into(),
        number: NUMBER.into(),
        url: None,
        status: SessionStatus::Approved,
        cause: None,
        amount: Some(drams("1500")),
        foreign_currency: None,
        provider_time: None,
        payment_reference: None,
        refunded: Some(drams_of(0)),
        changed_at: None,
    };
    assert_eq!(ask(&status(&json!({})), &by_reference(GUID)).await, Lookup::Found(expected.clone()));
    assert_eq!(ask(&status(&json!({})), &by_number()).await, Lookup::Found(expected.clone()));
    let later = json!({ "authDateTime": 1_795_248_000_000_i64, "authRefNum": "000000000001" });
    let dated = Statement {
        provider_time: Some(1_795_248_000_000),
        payment_reference: Some("000000000001".into()),
        ..expected.clone()
    };
    assert_eq!(ask(&status(&later), &by_number()).await, Lookup::Found(dated), "version 02");
    // Whose order it is said to be is for the host to compare.
    let other = ask(&status(&json!({ "orderNumber": "PL-1" })), &by_number()).await;
    assert_eq!(other, Lookup::Found(Statement { number: "PL-1".into(), ..expected.clone() }));
    for (attributes, of, reference) in [
        (Value::Null, by_reference(GUID), GUID),
        (json!([]), by_reference(GUID), GUID),
        (json!([]), by_number(), NUMBER),
        (json!([{ "name": "mdOrder", "value": GUID.to_uppercase() }]), by_reference(GUID), GUID),
        (
            json!([{ "name": "x", "value": 1 }, { "name": "mdOrder", "value": "another" }]),
            by_reference(GUID),
            "another",
        ),
    ] {
        let found = ask(&status(&json!({ "attributes": attributes })), &of).await;
        assert_eq!(found, Lookup::Found(Statement { reference: reference.into(), ..expected.clone() }));
    }
}

fn drams_of(minor: i64) -> kamurj_domain::Money {
    kamurj_domain::Money::new(minor, kamurj_domain::Currency::Amd)
}

#[tokio::test]
async fn only_error_6_to_a_question_by_number_is_no_such_order() {
    for written in [json!(6), json!("6")] {
        let answer = json!({ "errorCode": written, "errorMessage": "No such order" });
        assert_eq!(ask(&answer, &by_number()).await, Lookup::NoSuchOrder);
        let known = ask(&answer, &by_reference(GUID)).await;
        assert!(is_unanswered(&known), "a session that we were told of does not stop to exist: {known:?}");
    }
    for code in [1, 2, 3, 4, 5, 7, 8, -1] {
        for of in [by_number(), by_reference(GUID)] {
            for written in [json!(code), json!(code.to_string())] {
                let answer = json!({ "errorCode": written, "errorMessage": PASSWORD });
                assert!(is_unanswered(&ask(&answer, &of).await), "{code}");
                let paid = ask(&status(&json!({ "errorCode": written })), &of).await;
                assert!(is_unanswered(&paid), "an error beside a paid order pays nothing: {code}: {paid:?}");
            }
        }
    }
    let mixed = ask(&status(&json!({ "errorCode": 6 })), &by_number()).await;
    assert!(is_unanswered(&mixed), "{mixed:?}");
    for fine in [json!(0), json!("0"), json!(""), Value::Null] {
        let found = ask(&status(&json!({ "errorCode": fine })), &by_number()).await;
        assert!(matches!(found, Lookup::Found(_)), "{found:?}");
    }
    let declined = ask(&status(&json!({ "errorCode": "2", "orderStatus": 6, "actionCode": 116 })), &by_number()).await;
    assert!(matches!(&declined, Lookup::Found(told) if told.status == SessionStatus::Declined), "{declined:?}");
}

#[tokio::test]
async fn only_a_clear_answer_is_one() {
    for code in [201, 204, 301, 302, 400, 401, 403, 404, 429, 500, 502, 503] {
        let gateway = ByHand::answering(code, json!({ "errorCode": 6 }).to_string()).await;
        let lookup = gateway.account().lookup(&by_number()).await;
        assert_eq!(lookup, Lookup::NoAnswer { reason: format!("the provider answered {code}") });
    }
    for body in ["", "{}", "[]", "null", "<html>", r#"{"errorCode":0}"#, r#"{"orderStatus":2,"orderStatus":0}"#] {
        let lookup = ByHand::answering(200, body).await.account().lookup(&by_number()).await;
        assert!(is_unanswered(&lookup), "{body}: {lookup:?}");
    }
    for change in [
        json!({ "orderNumber": null }),
        json!({ "orderNumber": "" }),
        json!({ "orderStatus": null }),
        json!({ "orderStatus": { "is": 2 } }),
        json!({ "errorCode": "fine" }),
        json!({ "errorCode": 0.0 }),
        json!({ "amount": [150_000] }),
    ] {
        let lookup = ask(&status(&change), &by_number()).await;
        assert!(is_unanswered(&lookup), "{change}: {lookup:?}");
    }
}

#[tokio::test]
async fn c4_c5_a_gateway_that_fails_or_lags_says_nothing_wrong() {
    let at = AtTheGateway::open().await;
    let reference = at.paid().await;
    for fault in [Reply::Fail, Reply::DropRequest, Reply::DropReply] {
        at.gateway().change_faults(|faults| faults.lookup = fault);
        for of in [by_number(), by_reference(&reference)] {
            let lookup = at.rbs.lookup(&of).await;
            assert!(is_unanswered(&lookup), "{fault:?}: {lookup:?}");
        }
    }
    at.gateway().change_faults(|faults| (faults.lookup, faults.says) = (Reply::Ok, Says::Pending));
    assert_eq!(at.told(&reference).await.status, SessionStatus::Open);
    at.gateway().change_faults(|faults| faults.says = Says::Truth);
    assert_eq!(at.told(&reference).await.status, SessionStatus::Approved);
}

#[tokio::test]
async fn an_instance_that_knows_no_numbers_is_not_asked_by_one() {
    let at = AtTheGateway::with(&json!({ "lookup_by_number": false })).await;
    at.gateway().change_habits(|habits| habits.finds_by_number = false);
    let reference = at.session().await;
    at.act(&reference, Act::Pay);
    assert_eq!(at.rbs.lookup(&by_number()).await, Lookup::Unsupported);
    assert_eq!(at.told(&reference).await.status, SessionStatus::Approved);
    assert_eq!(at.gateway().calls().len(), 2, "register and one look-up");
    let believing = adapter_at(&at.gateway().rest_url(), &json!({}));
    assert_eq!(believing.lookup(&by_number()).await, Lookup::NoSuchOrder, "which is why there is the setting");
}
