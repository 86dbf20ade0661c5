//! Opening a session: what is sent, and which answers mean that no session exists and which leave it open.

use crate::account::{
    AtTheGateway, GUID, LOGIN, NOW, NUMBER, PASSWORD, adapter_at, adapter_with, by_number, drams, order, secrets,
    secrets_of,
};
use crate::by_hand::{ByHand, registered};
use kamurj_domain::{Currency, Money};
use kamurj_egress::Egress;
use kamurj_providers::{Book, Call, Hint, Line, Lookup, LookupOf, Order, SessionStatus, Start, adapter};
use kamurj_sandbox::gateways::{Act, Acted, Gateway, Reply};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

fn is_refused(start: &Start) -> bool {
    matches!(start, Start::Refused { .. })
}

fn is_unanswered(start: &Start) -> bool {
    matches!(start, Start::NoAnswer { .. })
}

async fn start_told(answer: &Value) -> Start {
    let gateway = ByHand::saying(answer).await;
    let more = json!({ "page_origins": ["https://ipaytest.arca.am:8445"] });
    let start = adapter_at(&gateway.rest_url, &more).start(&order(NUMBER, drams("1500"))).await;
    gateway.asked();
    assert!(!format!("{start:?}").contains(PASSWORD), "{start:?}");
    start
}

#[tokio::test]
async fn a_session_is_opened_as_the_manual_has_it() {
    let gateway = ByHand::saying(&registered(&json!({}))).await;
    let more =
        json!({ "session_seconds": 900, "page_view": "MOBILE", "page_origins": ["https://ipaytest.arca.am:8445"] });
    let start = adapter_at(&gateway.rest_url, &more).start(&order(NUMBER, drams("1500"))).await;
    let url = format!("https://ipaytest.arca.am:8445/payment/merchants/shop/payment_hy.html?mdOrder={GUID}");
    assert_eq!(start, Start::Session { reference: GUID.into(), url });
    let asked = gateway.asked();
    assert_eq!((asked.method.as_str(), asked.address.as_str()), ("POST", "/payment/rest/register.do"));
    assert_eq!(asked.headers["content-type"], "application/x-www-form-urlencoded");
    let expected = [
        ("userName", LOGIN),
        ("password", PASSWORD),
        ("orderNumber", NUMBER),
        ("amount", "150000"),
        ("currency", "051"),
        ("returnUrl", "http://localhost:8080/r/1?keep=1"),
        ("language", "hy"),
        ("sessionTimeoutSecs", "900"),
        ("description", "Անուշ 100 , 1 1 տուփ"),
        ("pageView", "MOBILE"),
        ("jsonParams", r#"{"FORCE_3DS2":"true"}"#),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(asked.form, expected);
    let bare = Order { description: "%".repeat(200), ..order(NUMBER, drams("1500")) };
    let gateway = ByHand::saying(&registered(&json!({}))).await;
    let slashless = gateway.rest_url.trim_end_matches('/').to_owned();
    adapter_at(&slashless, &json!({ "force_3ds2": false })).start(&bare).await;
    let asked = gateway.asked();
    assert_eq!(asked.address, "/payment/rest/register.do");
    let names: Vec<&str> = asked.form.iter().map(|(name, _)| name.as_str()).collect();
    let plain =
        ["userName", "password", "orderNumber", "amount", "currency", "returnUrl", "language", "sessionTimeoutSecs"];
    assert_eq!(names, plain);
}

#[tokio::test]
async fn the_double_takes_it_and_the_payer_comes_back() {
    let at = AtTheGateway::open().await;
    let Start::Session { reference, url } = at.rbs.start(&order(NUMBER, drams("1500"))).await else { panic!("open") };
    assert!(url.starts_with(&format!("{}/rbs/payment/merchants/", at.sandbox.bank_url)), "{url}");
    let orders = at.gateway().orders();
    assert_eq!((orders[0].amount_minor, orders[0].currency.as_str()), (150_000, "AMD"));
    let of = LookupOf { number: NUMBER.into(), reference: Some(reference.clone()), payment: None };
    for (parameter, number) in [("orderId", false), ("orderID", false), ("paymentID", false), ("orderID", true)] {
        at.gateway().change_habits(|habits| (habits.return_parameter, habits.returns_number) = (parameter, number));
        let Ok(Acted::Back(back)) = at.gateway().act(&reference, Act::Close) else { panic!("back") };
        let query: Vec<(String, String)> =
            kamurj_egress::Url::parse(&back).unwrap().query_pairs().into_owned().collect();
        assert!(query.contains(&("keep".into(), "1".into())), "{back}");
        assert_eq!(at.rbs.on_return(&of, &query), Hint::Fits, "{back}");
    }
}

#[tokio::test]
async fn a_forged_return_names_another_order_and_proves_nothing() {
    let rbs = adapter_at("http://127.0.0.1:9/", &json!({}));
    let known = LookupOf { number: NUMBER.into(), reference: Some(GUID.into()), payment: None };
    let unknown = by_number();
    let other = "00000000-1111-4222-8333-0123456789ab";
    for (query, of_known, of_unknown) in [
        (vec![], Hint::Fits, Hint::Fits),
        (vec![("orderId", GUID)], Hint::Fits, Hint::Fits),
        (vec![("ORDERID", "7B1F0C52-1111-4222-8333-0123456789AB")], Hint::Fits, Hint::Fits),
        (vec![("orderId", other)], Hint::Foreign, Hint::Fits),
        (vec![("paymentID", other)], Hint::Foreign, Hint::Fits),
        (vec![("mdOrder", other)], Hint::Foreign, Hint::Fits),
        (vec![("orderId", GUID), ("orderID", other)], Hint::Foreign, Hint::Fits),
        (vec![("orderID", NUMBER)], Hint::Fits, Hint::Fits),
        (vec![("orderID", "PL-2041-2")], Hint::Foreign, Hint::Foreign),
        (vec![("orderNumber", "PL-2041-2")], Hint::Foreign, Hint::Foreign),
        // Something of Inecobank's own that is no id of an order.
        (vec![("paymentID", "1234567")], Hint::Fits, Hint::Fits),
        (vec![("orderId", ""), ("lang", "hy"), ("keep", other)], Hint::Fits, Hint::Fits),
    ] {
        let query: Vec<(String, String)> = query.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        assert_eq!(rbs.on_return(&known, &query), of_known, "{query:?}");
        assert_eq!(rbs.on_return(&unknown, &query), of_unknown, "{query:?}");
    }
}

#[tokio::test]
async fn each_error_code_is_read_as_number_and_as_text() {
    for (code, refused) in
        [(1, false), (2, false), (3, true), (4, true), (5, true), (6, false), (7, false), (8, false), (-1, false)]
    {
        for written in [json!(code), json!(code.to_string())] {
            let answer = json!({ "errorCode": written, "errorMessage": format!("no\n {PASSWORD}"), "error": true });
            let start = start_told(&answer).await;
            assert!(if refused { is_refused(&start) } else { is_unanswered(&start) }, "{written}: {start:?}");
        }
    }
    for success in [json!(0), json!("0"), Value::Null, json!("")] {
        let start = start_told(&registered(&json!({ "errorCode": success }))).await;
        assert!(matches!(start, Start::Session { .. }), "{success}: {start:?}");
    }
    for change in [
        json!({ "orderId": null }),
        json!({ "orderId": "" }),
        json!({ "orderId": NUMBER }),
        json!({ "formUrl": null }),
        json!({ "formUrl": "https://elsewhere.example/pay" }),
        json!({ "formUrl": "https://ipaytest.arca.am/payment" }),
        json!({ "formUrl": "javascript:alert(1)" }),
        json!({ "errorCode": "5" }),
        json!({ "errorCode": 0.5 }),
        json!({ "errorCode": "none" }),
    ] {
        let start = start_told(&registered(&change)).await;
        assert!(is_unanswered(&start), "{change}: {start:?}");
    }
}

#[tokio::test]
async fn only_a_clear_no_is_a_refusal() {
    let refused = [401, 403, 404, 405];
    for status in [200, 201, 204, 301, 302, 400, 401, 403, 404, 405, 408, 409, 429, 500, 502, 503, 504] {
        let bodies: &[&str] = if status == 200 { &["", "{}", "[]", "<html>down</html>", "null"] } else { &["{}"] };
        for body in bodies {
            let gateway = ByHand::answering(status, *body).await;
            let start = gateway.account().start(&order(NUMBER, drams("1500"))).await;
            assert_eq!(is_refused(&start), refused.contains(&status), "{status} {body}: {start:?}");
            assert_eq!(is_unanswered(&start), !refused.contains(&status), "{status} {body}: {start:?}");
        }
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let start = adapter_at(&nobody, &json!({})).start(&order(NUMBER, drams("1500"))).await;
    assert!(is_refused(&start), "never left: {start:?}");
}

#[tokio::test]
async fn c1_c2_an_unanswered_register_is_settled_by_its_number() {
    for (fault, exists) in [(Reply::DropReply, true), (Reply::DropRequest, false), (Reply::Fail, false)] {
        let at = AtTheGateway::open().await;
        at.gateway().change_faults(|faults| faults.start = fault);
        let start = at.rbs.start(&order(NUMBER, drams("1500"))).await;
        assert!(is_unanswered(&start), "{fault:?}: {start:?}");
        at.gateway().change_faults(|faults| faults.start = Reply::Ok);
        match at.rbs.lookup(&by_number()).await {
            Lookup::Found(statement) => {
                assert!(exists, "{fault:?}");
                assert_eq!((statement.status, statement.number.as_str()), (SessionStatus::Open, NUMBER));
                assert_eq!(statement.reference, at.gateway().orders()[0].id);
                // The number is taken, perhaps by ourselves: that is no refusal.
                let again = at.rbs.start(&order(NUMBER, drams("1500"))).await;
                assert!(is_unanswered(&again), "{again:?}");
            }
            other => assert!(!exists && other == Lookup::NoSuchOrder, "{fault:?}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn what_the_gateway_cannot_carry_is_not_sent() {
    let gateway = ByHand::saying(&registered(&json!({}))).await;
    let rbs = gateway.account();
    let plain = || order(NUMBER, drams("1500"));
    for wrong in [
        Order { number: String::new(), ..plain() },
        Order { number: "x".repeat(33), ..plain() },
        Order { return_url: format!("https://pay.example.am/{}", "x".repeat(500)), ..plain() },
        Order { amount: Money::new(0, Currency::Amd), ..plain() },
        Order { amount: Money::new(-1, Currency::Amd), ..plain() },
    ] {
        let start = rbs.start(&wrong).await;
        assert!(is_refused(&start), "{start:?}");
    }
    assert_eq!(gateway.all_asked().len(), 0);
}

#[tokio::test]
async fn amounts_and_currencies_go_out_exactly() {
    let at = AtTheGateway::open().await;
    for (place, (minor, currency)) in [
        (150_000, Currency::Amd),
        (150_050, Currency::Amd),
        (1, Currency::Usd),
        (1_050, Currency::Eur),
        (99, Currency::Rub),
        (9_007_199_254_740_993, Currency::Amd),
        (i64::MAX, Currency::Amd),
    ]
    .into_iter()
    .enumerate()
    {
        let number = format!("PL-{place}");
        let amount = Money::new(minor, currency);
        assert!(matches!(at.rbs.start(&order(&number, amount)).await, Start::Session { .. }), "{amount:?}");
        let known = at.gateway().orders().pop().unwrap();
        assert_eq!((known.amount_minor, known.currency.as_str()), (minor, currency.code()));
        let of = LookupOf { number, reference: None, payment: None };
        let Lookup::Found(told) = at.rbs.lookup(&of).await else { panic!("{amount:?}") };
        assert_eq!(told.amount, Some(amount), "it comes back as it went out");
    }
    let stranger = secrets_of([("password", "another")]);
    let start = adapter_with(&at.gateway().rest_url(), &json!({}), &stranger).start(&order("PL-9", drams("1"))).await;
    assert_eq!(start, Start::Refused { reason: "the gateway answered with error 5: Access denied".into() });
}

#[derive(Default)]
struct Pages(Mutex<Vec<Call>>);

impl Book for Pages {
    fn admit(&self) -> Result<i64, String> {
        Ok(NOW)
    }

    fn keep(&self, _: i64, _: bool, call: Call) {
        self.0.lock().unwrap().push(call);
    }
}

#[tokio::test]
async fn h5_what_is_written_down_of_a_call_never_shows_the_password() {
    let gateway = ByHand::saying(&json!({ "errorCode": 5, "errorMessage": format!("wrong: {PASSWORD}") })).await;
    let pages = Arc::new(Pages::default());
    let settings = json!({ "base_url": gateway.rest_url, "user_name": LOGIN }).to_string();
    let listed = gateway.rest_url.trim_start_matches("http://").split('/').next().unwrap().parse().unwrap();
    let rbs = adapter("rbs", &settings, &secrets(), Line::new(Egress::new(vec![listed]), pages.clone())).unwrap();
    rbs.start(&order(NUMBER, drams("1500"))).await;
    rbs.check().await;
    let encoded: String = url::form_urlencoded::byte_serialize(PASSWORD.as_bytes()).collect();
    let calls = pages.0.lock().unwrap();
    let operations: Vec<&str> = calls.iter().map(|call| call.operation).collect();
    assert_eq!(operations, ["register.do", "getOrderStatusExtended.do"]);
    for call in calls.iter() {
        let text = format!("{call:?}");
        assert!(!text.contains(PASSWORD) && !text.contains(&encoded) && text.contains(LOGIN), "{text}");
    }
}
