//! Finding an order: by its session or by our number, and telling "nobody tried to pay" from "nobody knows".

use crate::account::{
    AtTheBank, MINUTE, NUMBER, adapter_at, adapter_with, by_number, by_reference, order, price, secret,
};
use crate::by_hand::{ByHand, REFERENCE, details};
use kamurj_providers::{Checked, Lookup, SessionStatus, Start, Statement};
use kamurj_sandbox::gateways::ameriabank::Untried;
use kamurj_sandbox::gateways::{Act, Gateway, Reply, Says};
use serde_json::{Value, json};

const GAVE_UP: &str = r#"{"Message":"An error has occurred."}"#;

fn is_unanswered(lookup: &Lookup) -> bool {
    matches!(lookup, Lookup::NoAnswer { .. })
}

#[tokio::test]
async fn an_order_that_nobody_tried_to_pay_is_open_and_left_in_the_end() {
    for (untried, questions) in [(Untried::GivesUp, 1), (Untried::SystemError, 1), (Untried::Told, 0)] {
        let at = AtTheBank::open().await;
        at.sandbox.ameriabank.change_habits(|habits| habits.untried = untried);
        let reference = at.session().await;
        for minutes in [0, 30, 24 * 60] {
            at.pass(minutes * MINUTE);
            let told = at.told(&reference).await;
            let expected = Statement {
                reference: reference.clone(),
                number: NUMBER.into(),
                url: at.sandbox.ameriabank.orders()[0].page.clone(),
                status: SessionStatus::Open,
                cause: None,
                amount: None,
                foreign_currency: None,
                provider_time: None,
                payment_reference: None,
                refunded: None,
                changed_at: None,
            };
            assert_eq!(told, expected, "{untried:?}");
            assert_eq!(at.bank.left_unpaid_after_ms(&told), Some(30 * MINUTE));
        }
        assert_eq!(at.calls("GetPaymentId"), 3 * questions, "{untried:?}");
        at.act(&reference, Act::Decline);
        let declined = at.told(&reference).await;
        assert_eq!(at.bank.left_unpaid_after_ms(&declined), None, "its end is told");
    }
}

#[tokio::test]
async fn c4_an_outage_or_a_changed_password_is_no_untried_order() {
    let at = AtTheBank::open().await;
    let reference = at.paid().await;
    at.sandbox.ameriabank.change_faults(|faults| faults.lookup = Reply::Fail);
    assert!(is_unanswered(&at.bank.lookup(&by_reference(&reference)).await));
    assert!(is_unanswered(&at.bank.lookup(&by_number(NUMBER)).await));
    at.sandbox.ameriabank.change_faults(|faults| faults.lookup = Reply::DropReply);
    assert!(is_unanswered(&at.bank.lookup(&by_reference(&reference)).await));
    at.sandbox.ameriabank.change_faults(|faults| faults.lookup = Reply::Ok);
    at.registers(|merchant| "changed".clone_into(&mut merchant.password));
    for of in [by_reference(&reference), by_number(NUMBER)] {
        let Lookup::NoAnswer { reason } = at.bank.lookup(&of).await else { panic!("no answer") };
        assert!(reason.contains("/secrets/password"), "{reason}");
    }
    at.registers(|_| {});
    assert_eq!(at.told(&reference).await.status, SessionStatus::Approved);
}

#[tokio::test]
async fn c5_a_bank_that_says_started_for_hours_leaves_it_open() {
    let at = AtTheBank::open().await;
    let reference = at.paid().await;
    at.sandbox.ameriabank.change_faults(|faults| faults.says = Says::Pending);
    at.pass(120 * MINUTE);
    let told = at.told(&reference).await;
    assert_eq!((told.status, at.bank.left_unpaid_after_ms(&told)), (SessionStatus::Open, None));
    at.sandbox.ameriabank.change_faults(|faults| faults.says = Says::Truth);
    assert_eq!(at.told(&reference).await.status, SessionStatus::Approved);
}

#[tokio::test]
async fn an_order_is_found_by_number_and_by_session_in_either_case() {
    let at = AtTheBank::open().await;
    let reference = at.paid().await;
    let by_session = at.told(&reference).await;
    assert_eq!(at.bank.lookup(&by_number(NUMBER)).await, Lookup::Found(by_session.clone()));
    assert_eq!(at.told(&reference.to_lowercase()).await, by_session, "one spelling everywhere");
    assert_eq!(at.bank.lookup(&by_number("410018")).await, Lookup::NoSuchOrder);
    for number in ["order-1", "0410017", "2147483648", "0", ""] {
        assert!(is_unanswered(&at.bank.lookup(&by_number(number)).await), "{number}");
    }
    // The account's range was changed since: older orders are looked up all the same.
    let moved = adapter_at(&format!("{}/ameriabank/", at.sandbox.bank_url), &json!({ "order_id_min": 500_000 }));
    assert_eq!(moved.lookup(&by_number(NUMBER)).await, Lookup::Found(by_session));
}

#[tokio::test]
async fn an_order_of_another_software_is_not_taken_for_ours() {
    let at = AtTheBank::open().await;
    let reference = at.paid().await;
    // A database that lost its sequence: the number was paid before, and the bank gives the old session for it.
    let again = at.bank.start(&order(NUMBER, price())).await;
    assert!(matches!(&again, Start::Session { reference: named, .. } if *named == reference), "{again:?}");
    let body = details(&json!({ "Opaque": "410017" })).to_string();
    let bank = ByHand::telling(200, body).await;
    let lookup = adapter_at(&bank.url, &json!({})).lookup(&by_number(NUMBER)).await;
    assert!(matches!(&lookup, Lookup::NoAnswer { reason } if reason.contains("Opaque")), "{lookup:?}");
}

#[tokio::test]
async fn answers_that_are_none_decide_nothing() {
    let named = |id: &str| json!({ "PaymentId": id, "ResponseCode": "00", "ResponseMessage": "" }).to_string();
    let code = |code: &str| json!({ "PaymentId": "", "ResponseCode": code, "ResponseMessage": "x" }).to_string();
    // Details that say nothing, and what GetPaymentId says then.
    for (status, id, is_open) in [
        (200, named(&REFERENCE.to_lowercase()), true),
        (200, named(REFERENCE), true),
        (200, named("7B1F0C52-1111-4222-8333-0123456789AC"), false),
        (200, named(""), false),
        (200, code("06"), false),
        (200, code("20"), false),
        (200, code("550"), false),
        (200, code("07"), false),
        (200, "{}".to_owned(), false),
        (500, GAVE_UP.to_owned(), false),
        (503, named(REFERENCE), false),
    ] {
        for (details_status, body) in [(500, GAVE_UP.to_owned()), (200, json!({ "ResponseCode": "550" }).to_string())] {
            let answers = vec![("GetPaymentId", status, id.clone().into_bytes()), ("", details_status, body.into())];
            let bank = ByHand::by_operation(answers).await;
            let lookup = adapter_at(&bank.url, &json!({})).lookup(&by_reference(REFERENCE)).await;
            assert_eq!(matches!(lookup, Lookup::Found(_)), is_open, "{id}: {lookup:?}");
            assert_eq!(is_unanswered(&lookup), !is_open, "a known session is never `no such order`: {lookup:?}");
        }
    }
    // Details that are another answer than those two: nobody is asked further.
    for (status, body) in [
        (500, r#"{"Message":"Timeout."}"#.to_owned()),
        (500, r#"{"Message":"An error has occurred.","ExceptionMessage":"x"}"#.to_owned()),
        (500, "<html>".to_owned()),
        (500, String::new()),
        (502, GAVE_UP.to_owned()),
        (503, GAVE_UP.to_owned()),
        (404, GAVE_UP.to_owned()),
        (200, GAVE_UP.to_owned()),
        (200, "null".to_owned()),
        (200, "[]".to_owned()),
        (200, "{}".to_owned()),
        (302, details(&json!({})).to_string()),
        (201, details(&json!({})).to_string()),
        (200, details(&json!({ "ResponseCode": true })).to_string()),
        (200, details(&json!({ "ApprovedAmount": {} })).to_string()),
        (200, details(&json!({})).to_string().replacen('{', r#"{"OrderStatus":"2","#, 1)),
    ] {
        let bank = ByHand::telling(status, body.clone()).await;
        let lookup = adapter_at(&bank.url, &json!({})).lookup(&by_reference(REFERENCE)).await;
        assert!(is_unanswered(&lookup), "{status} {body}: {lookup:?}");
        assert_eq!(bank.asked().len(), 1, "{status} {body}");
        assert!(!format!("{lookup:?}").contains("ANI"), "{lookup:?}");
    }
    // A session's id is never put into a question in another form than the bank's own.
    let bank = ByHand::telling(200, details(&json!({})).to_string()).await;
    let lookup = adapter_at(&bank.url, &json!({})).lookup(&by_reference("x\"y")).await;
    assert!(is_unanswered(&lookup) && bank.asked().is_empty(), "{lookup:?}");
}

#[tokio::test]
async fn questions_carry_what_the_bank_keys_them_by_and_no_more() {
    let bank = ByHand::telling(500, GAVE_UP).await;
    adapter_at(&bank.url, &json!({})).lookup(&by_reference(REFERENCE)).await;
    let asked: Vec<(String, Value)> =
        bank.asked().into_iter().map(|(name, body)| (name, serde_json::from_slice(&body).unwrap())).collect();
    let fields = |body: &Value| body.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        (asked[0].0.as_str(), fields(&asked[0].1)),
        ("GetPaymentDetails", names(["PaymentID", "Username", "Password"]))
    );
    let by_number = names(["ClientID", "Username", "Password", "OrderID"]);
    assert_eq!((asked[1].0.as_str(), fields(&asked[1].1)), ("GetPaymentId", by_number));
    assert_eq!((&asked[0].1["PaymentID"], &asked[1].1["OrderID"]), (&json!(REFERENCE), &json!(410_017)));
}

fn names<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.map(str::to_owned).to_vec()
}

#[tokio::test]
async fn a_check_names_the_field_that_is_wrong() {
    let at = AtTheBank::open().await;
    let base = format!("{}/ameriabank/", at.sandbox.bank_url);
    assert!(matches!(at.bank.check().await, Checked::Works { .. }));
    let wrong = [
        adapter_with(&base, &json!({}), &secret("another")),
        adapter_at(&base, &json!({ "client_id": "another" })),
        adapter_at(&base, &json!({ "username": "another" })),
    ];
    for stranger in wrong {
        let Checked::Refused { detail } = stranger.check().await else { panic!("refused") };
        for field in ["/settings/client_id", "/settings/username", "/secrets/password"] {
            assert!(detail.contains(field), "{detail}");
        }
    }
    let elsewhere = adapter_at(&format!("{}/nowhere/", at.sandbox.bank_url), &json!({})).check().await;
    assert!(matches!(&elsewhere, Checked::NoAnswer { .. } | Checked::Refused { .. }), "{elsewhere:?}");
    assert_eq!(at.sandbox.ameriabank.orders().len(), 0, "nothing was made");

    let code = |code: &str| json!({ "PaymentId": "", "ResponseCode": code, "ResponseMessage": "said" }).to_string();
    for (status, body, works, pointer) in [
        (200, code("00"), Some(true), "takes"),
        (200, code("06"), Some(true), "takes"),
        (200, code("20"), Some(false), "/secrets/password"),
        (200, code("05"), Some(false), "/settings/order_id_max"),
        (404, "<html>".to_owned(), Some(false), "/settings/base_url"),
        (200, code("550"), None, "credentials"),
        (200, code("07"), None, "code 07"),
        (200, "<html>".to_owned(), None, "cannot be read"),
        (500, GAVE_UP.to_owned(), None, "500"),
        (503, String::new(), None, "503"),
    ] {
        let bank = ByHand::answering(status, body.clone()).await;
        let checked = adapter_at(&bank.url, &json!({ "order_id_max": 2_000 })).check().await;
        let (said, told) = match checked {
            Checked::Works { detail } => (Some(true), detail),
            Checked::Refused { detail } => (Some(false), detail),
            Checked::NoAnswer { reason } => (None, reason),
            Checked::Unsupported { .. } => panic!("there is a question"),
        };
        assert_eq!(said, works, "{status} {body}: {told}");
        assert!(told.contains(pointer), "{status} {body}: {told}");
        let (name, sent) = bank.asked().remove(0);
        assert_eq!(name, "GetPaymentId", "which changes nothing");
        assert!(String::from_utf8(sent).unwrap().contains("\"OrderID\":2000"));
    }
}
