//! Registering an order: what is sent, and which answers mean that no order exists and which leave it open.

use crate::account::{AtFastShift, NOW, NUMBER, OTHER, TOKEN, adapter_at, adapter_with, drams, of, order, price};
use crate::by_hand::{ByHand, answer};
use kamurj_domain::{Currency, Money};
use kamurj_providers::{
    Amounts, Cancelled, Checked, Hint, Lookup, OrderNumber, Pushes, RefundAnswer, RefundLookup, RefundOf, RefundOrder,
    RefundQuestions, SessionStatus, Start,
};
use kamurj_sandbox::gateways::fastshift::Switches;
use kamurj_sandbox::gateways::{Faults, Gateway, Reply};
use serde_json::{Value, json};

fn is_refused(start: &Start) -> bool {
    matches!(start, Start::Refused { .. })
}

fn is_unanswered(start: &Start) -> bool {
    matches!(start, Start::NoAnswer { .. })
}

#[tokio::test]
async fn an_order_is_registered_and_its_page_is_where_the_payer_goes() {
    for capitals in [false, true] {
        let at = AtFastShift::open().await;
        at.sandbox.fastshift.set_switches(Switches { capitals, ..Switches::default() });
        let Start::Session { reference, url } = at.adapter.start(&order(NUMBER, price())).await else {
            panic!("an order was registered")
        };
        assert_eq!(url, format!("{}/order/{reference}", at.sandbox.fastshift.base_url()));
        let orders = at.sandbox.fastshift.orders();
        assert_eq!((orders.len(), orders[0].number.as_str(), orders[0].amount_minor), (1, NUMBER, 150_000));
        let again = at.adapter.start(&order(NUMBER, price())).await;
        let taken = "FastShift answered 422: order_number".to_owned();
        assert_eq!(again, Start::NoAnswer { reason: taken }, "the order of the first time is there");
        assert!(!at.adapter.capabilities().repeatable_start);
    }
}

#[tokio::test]
async fn the_request_carries_what_fastshift_needs_and_no_more() {
    let told = |url: &str| {
        let mut told = answer(&json!({ "status": "pending", "completed_at": null }));
        told["data"]["redirect_url"] = format!("{url}/order/1").into();
        told.to_string()
    };
    let webhook = "https://pay.example.am/webhooks/providers/fastshift/pac_1";
    let hy = json!({ "languages": ["hy"], "webhook_url": webhook });
    for (more, language, path) in [
        (json!({}), "hy", "en"),
        (json!({ "webhook_url": webhook }), "ru", "en"),
        (json!({ "languages": ["ru"] }), "hy", "en"),
        (json!({ "languages": ["hy", "ru"] }), "en", "en"),
        (hy, "hy", "hy"),
    ] {
        let fastshift = ByHand::answering(200, told("https://page.example.am")).await;
        let mut settings = more.clone();
        settings["checkout_origins"] = json!(["https://page.example.am"]);
        let mut wanted = order(NUMBER, price());
        wanted.language = language;
        let start = adapter_at(&format!("{}/", fastshift.url), &settings).start(&wanted).await;
        assert!(matches!(start, Start::Session { .. }), "{start:?}");
        let asked = fastshift.asked().remove(0);
        assert_eq!((asked.method.as_str(), asked.address), ("POST", format!("/api/{path}/vpos/order/register")));
        assert_eq!(asked.headers["authorization"], format!("Bearer {TOKEN}"));
        assert_eq!(asked.headers["content-type"], "application/json");
        let mut expected = json!({
            "order_number": NUMBER,
            "amount": 1500,
            "description": "Անուշ քաղցր, 1 տուփ",
            "callback_url": "http://localhost:8080/r/1?a=b",
        });
        if let Some(url) = more.get("webhook_url") {
            expected["webhook_url"] = url.clone();
        }
        assert_eq!(serde_json::from_slice::<Value>(&asked.body).unwrap(), expected, "{more}");
    }
}

#[tokio::test]
async fn a10_whole_drams_are_sent_exactly_and_everything_else_is_not_sent() {
    for (amount, wire) in [("1", 100), ("1500", 150_000), ("10000000000000", 1_000_000_000_000_000)] {
        let at = AtFastShift::open().await;
        let start = at.adapter.start(&order(NUMBER, drams(amount))).await;
        assert!(matches!(start, Start::Session { .. }), "{amount}: {start:?}");
        assert_eq!(at.sandbox.fastshift.orders()[0].amount_minor, wire, "{amount}");
    }
    let at = AtFastShift::open().await;
    for wrong in [
        Money::new(150_050, Currency::Amd),
        Money::new(99, Currency::Amd),
        Money::new(1, Currency::Amd),
        Money::new(0, Currency::Amd),
        Money::new(-150_000, Currency::Amd),
        Money::new(150_000, Currency::Usd),
        Money::new(150_000, Currency::Rub),
    ] {
        let start = at.adapter.start(&order(NUMBER, wrong)).await;
        assert!(is_refused(&start), "{wrong}: {start:?}");
    }
    for number in ["", "order-1", "3f2b8c1e5d474a909c1f0a7be2d4c6f1", "3f2b8c1e-5d47-4a90-9c1f-0a7be2d4c6fg", "../../x"]
    {
        let start = at.adapter.start(&order(number, price())).await;
        assert!(is_refused(&start), "{number}: {start:?}");
        let lookup = at.adapter.lookup(&of(number)).await;
        assert!(matches!(lookup, Lookup::NoAnswer { .. }), "{number}: {lookup:?}");
    }
    assert!(at.sandbox.fastshift.calls().is_empty(), "nothing was sent");
}

#[tokio::test]
async fn c1_an_order_whose_answer_was_lost_is_found_by_its_number() {
    let at = AtFastShift::open().await;
    at.faults(Faults { start: Reply::DropReply, ..Faults::default() });
    let start = at.adapter.start(&order(NUMBER, price())).await;
    assert!(is_unanswered(&start), "{start:?}");
    let Lookup::Found(statement) = at.adapter.lookup(&of(NUMBER)).await else { panic!("it was registered") };
    assert_eq!((statement.status, statement.amount), (SessionStatus::Open, Some(price())));
    assert_eq!(statement.reference, at.sandbox.fastshift.orders()[0].id);
}

#[tokio::test]
async fn c2_an_order_that_never_arrived_is_known_not_to_be_there() {
    let at = AtFastShift::open().await;
    for reply in [Reply::DropRequest, Reply::Fail] {
        at.faults(Faults { start: reply, ..Faults::default() });
        let start = at.adapter.start(&order(NUMBER, price())).await;
        assert!(is_unanswered(&start), "{reply:?}: {start:?}");
        assert_eq!(at.adapter.lookup(&of(NUMBER)).await, Lookup::NoSuchOrder, "{reply:?}");
    }
}

#[tokio::test]
async fn only_a_clear_no_is_a_refusal_and_no_answer_says_the_token() {
    let envelope = |word: &str| json!({ "status": word, "message": format!("no, {TOKEN}") }).to_string();
    for (status, word) in
        [(400, "ERROR"), (401, "UNAUTHORIZED"), (403, "FORBIDDEN"), (404, "NOT_FOUND"), (422, "INVALID_DATA")]
    {
        for body in [envelope(word), "<html>".to_owned(), String::new()] {
            let fastshift = ByHand::answering(status, body.clone()).await;
            let start = adapter_at(&fastshift.url, &json!({})).start(&order(NUMBER, price())).await;
            assert!(is_refused(&start), "{status} {body}: {start:?}");
            assert!(!format!("{start:?}").contains(TOKEN), "{start:?}");
        }
    }
    for status in [201, 202, 204, 301, 302, 402, 405, 408, 409, 410, 425, 429, 500, 502, 503, 504] {
        let fastshift = ByHand::answering(status, envelope("APP_ERROR")).await;
        let start = adapter_at(&fastshift.url, &json!({})).start(&order(NUMBER, price())).await;
        assert!(is_unanswered(&start), "{status}: {start:?}");
        assert!(!format!("{start:?}").contains(TOKEN), "{start:?}");
    }
    // Which fields are wrong is said; that the number is taken leaves open whether the order is ours.
    for (errors, expected) in [
        (json!({ "amount": "too much", "callback_url": "no" }), "FastShift answered 422: amount, callback_url"),
        (json!([]), "FastShift answered 422"),
        (json!(null), "FastShift answered 422"),
    ] {
        let body = json!({ "status": "INVALID_DATA", "errors": errors }).to_string();
        let fastshift = ByHand::answering(422, body).await;
        let start = adapter_at(&fastshift.url, &json!({})).start(&order(NUMBER, price())).await;
        assert_eq!(start, Start::Refused { reason: expected.to_owned() });
    }
}

#[tokio::test]
async fn an_answer_that_does_not_fit_the_order_leaves_it_open() {
    let page = "https://page.example.am/order/1";
    let with = |change: Value, url: Value| {
        let mut told = answer(&change);
        told["data"]["redirect_url"] = url;
        told
    };
    let mut other_word = with(json!({}), json!(page));
    other_word["status"] = "ERROR".into();
    let right = with(json!({ "order_number": NUMBER.to_uppercase() }), json!(page));
    let settings = json!({ "checkout_origins": ["https://page.example.am"] });
    let fastshift = ByHand::answering(200, right.to_string()).await;
    let start = adapter_at(&fastshift.url, &settings).start(&order(NUMBER, price())).await;
    assert!(matches!(start, Start::Session { .. }), "the right one: {start:?}");
    for told in [
        with(json!({ "order_number": OTHER }), json!(page)),
        with(json!({ "amount": 150_000 }), json!(page)),
        with(json!({ "amount": 15 }), json!(page)),
        with(json!({ "amount": "1500.00" }), json!(page)),
        with(json!({ "order_guid": null }), json!(page)),
        with(json!({}), json!("https://elsewhere.example/order/1")),
        with(json!({}), json!("http://page.example.am/order/1")),
        with(json!({}), json!("javascript:alert(1)")),
        with(json!({}), json!("")),
        with(json!({}), Value::Null),
        other_word,
        json!({}),
        json!([]),
        json!({ "status": "OK", "data": null }),
    ] {
        let fastshift = ByHand::answering(200, told.to_string()).await;
        let start = adapter_at(&fastshift.url, &settings).start(&order(NUMBER, price())).await;
        assert!(is_unanswered(&start), "{told}: {start:?}");
    }
    for body in ["", "<html>", "{\"status\":\"OK\""] {
        let fastshift = ByHand::answering(200, body).await;
        let start = adapter_at(&fastshift.url, &settings).start(&order(NUMBER, price())).await;
        assert!(is_unanswered(&start), "{body}: {start:?}");
    }
}

#[tokio::test]
async fn a_fastshift_that_is_not_there_has_registered_nothing() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let adapter = adapter_at(&url, &json!({}));
    assert!(is_refused(&adapter.start(&order(NUMBER, price())).await));
    assert!(matches!(adapter.lookup(&of(NUMBER)).await, Lookup::NoAnswer { .. }));
    assert!(matches!(adapter.check().await, Checked::NoAnswer { .. }));
}

#[tokio::test]
async fn d8_what_fastshift_cannot_do_is_said_and_not_tried() {
    let at = AtFastShift::open().await;
    let can = at.adapter.capabilities();
    assert_eq!((can.push, can.lookup, can.asks_first, can.form), (Pushes::Unproven, true, false, false));
    assert_eq!((can.refund, can.partial_refund, can.cancel), (false, false, false));
    assert_eq!((can.refund_lookup, can.session_life_ms), (RefundQuestions::None, 20 * 60 * 1000));
    assert_eq!((can.amounts, can.order_number), (Amounts::WholeUnits, OrderNumber::Uuid));
    let back = RefundOrder {
        number: NUMBER.into(),
        reference: None,
        payment: None,
        refund: "ref_1".into(),
        amount: price(),
        reason: String::new(),
    };
    assert_eq!(at.adapter.refund(&back).await, RefundAnswer::Unsupported);
    let question = RefundOf {
        number: NUMBER.into(),
        reference: None,
        payment: None,
        refund: "ref_1".into(),
        amount: price(),
        before: None,
    };
    assert_eq!(at.adapter.lookup_refund(&question).await, RefundLookup::Unsupported);
    assert_eq!(at.adapter.cancel(&of(NUMBER)).await, Cancelled::Unsupported);
    assert!(at.sandbox.fastshift.calls().is_empty(), "nothing was sent");
}

#[tokio::test]
async fn an_account_is_tried_out_with_a_question_that_changes_nothing() {
    let at = AtFastShift::open().await;
    assert_eq!(at.adapter.check().await, Checked::Works { detail: "FastShift takes the token".into() });
    let refused = |checked: Checked| match checked {
        Checked::Refused { detail } => detail,
        other => panic!("{other:?}"),
    };
    let stranger = adapter_with(at.sandbox.fastshift.base_url(), &json!({}), "another-token");
    assert!(refused(stranger.check().await).contains("/secrets/api_token"));
    at.sandbox.fastshift.set_switches(Switches { forbidden: true, ..Switches::default() });
    assert!(refused(at.adapter.check().await).contains("list"));
    let elsewhere = adapter_at(&at.sandbox.bank_url, &json!({}));
    assert!(matches!(elsewhere.check().await, Checked::Refused { .. }), "the bank has another token");
    let page = ByHand::answering(404, "<html>").await;
    assert!(refused(adapter_at(&page.url, &json!({})).check().await).contains("/settings/base_url"));
    let invalid = ByHand::answering(422, r#"{"status":"INVALID_DATA","errors":{"order_number":"x"}}"#).await;
    assert!(matches!(adapter_at(&invalid.url, &json!({})).check().await, Checked::Works { .. }));
    let blocked = ByHand::answering(400, r#"{"status":"ERROR","message":"the merchant\nis blocked"}"#).await;
    let reason = "FastShift answered 400: the merchant is blocked".to_owned();
    assert_eq!(adapter_at(&blocked.url, &json!({})).check().await, Checked::NoAnswer { reason });
    for status in [200, 302, 500, 502] {
        let unclear = ByHand::answering(status, "<html>").await;
        let checked = adapter_at(&unclear.url, &json!({})).check().await;
        assert!(matches!(checked, Checked::NoAnswer { .. }), "{status}: {checked:?}");
    }
    assert!(at.sandbox.fastshift.orders().is_empty());
}

#[test]
fn a8_what_the_browser_brings_back_only_says_which_order_it_is_about() {
    let adapter = adapter_at("http://127.0.0.1:9", &json!({}));
    let cases: [(&[(&str, &str)], Hint); 6] = [
        (&[], Hint::Fits),
        (&[("status", "completed")], Hint::Fits),
        (&[("status", "completed"), ("order_number", NUMBER)], Hint::Fits),
        (&[("order_number", "3F2B8C1E-5D47-4A90-9C1F-0A7BE2D4C6F1")], Hint::Fits),
        (&[("status", "completed"), ("order_number", OTHER)], Hint::Foreign),
        (&[("order_number", NUMBER), ("order_number", OTHER)], Hint::Foreign),
    ];
    for (query, expected) in cases {
        let query: Vec<(String, String)> =
            query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(adapter.on_return(&of(NUMBER), &query), expected, "{query:?} at {NOW}");
    }
}
