//! Opening a session: what leaves, and what each answer means.

use crate::account::{
    AtTheBank, CLIENT, MINUTE, NUMBER, PASSWORD, USERNAME, adapter_at, adapter_with, by_number, drams, found, order,
    price, secret,
};
use crate::by_hand::{ByHand, REFERENCE};
use kamurj_domain::{Currency, Money};
use kamurj_providers::{Lookup, SessionStatus, Start};
use kamurj_sandbox::gateways::{Gateway, Reply};
use serde_json::{Value, json};

fn is_refused(start: &Start) -> bool {
    matches!(start, Start::Refused { .. })
}

fn is_unanswered(start: &Start) -> bool {
    matches!(start, Start::NoAnswer { .. })
}

fn opened(id: &str) -> String {
    json!({ "PaymentID": id, "ResponseCode": 1, "ResponseMessage": "OK" }).to_string()
}

/// The invented example of the protocol sheet, with our `Opaque`; exactly these bytes leave, however often it is asked.
#[tokio::test]
async fn a_session_is_asked_for_with_exact_bytes_each_time() {
    let bank = ByHand::answering(200, opened(REFERENCE)).await;
    let adapter = adapter_at(&bank.url, &json!({ "session_seconds": 900 }));
    let mut asked = order(NUMBER, price());
    "Order PL-2041".clone_into(&mut asked.description);
    "https://pay.example.am/r/tok".clone_into(&mut asked.return_url);
    let expected = json!({
        "ClientID": CLIENT, "Username": USERNAME, "Password": PASSWORD, "OrderID": 410_017, "Amount": "1500.00",
        "Currency": "051", "Description": "Order PL-2041", "BackURL": "https://pay.example.am/r/tok",
        "Opaque": "kamurj-410017", "Timeout": 900,
    });
    for (language, lang) in [("hy", "am"), ("ru", "ru"), ("en", "en"), ("hy", "am")] {
        asked.language = language;
        let url = format!("{}Payments/Pay?id={REFERENCE}&lang={lang}", bank.url);
        assert_eq!(adapter.start(&asked).await, Start::Session { reference: REFERENCE.into(), url });
    }
    let asked = bank.asked();
    assert_eq!(asked.len(), 4);
    for (operation, body) in asked {
        assert_eq!((operation.as_str(), String::from_utf8(body).unwrap()), ("InitPayment", expected.to_string()));
    }
}

#[tokio::test]
async fn the_page_lies_where_browsers_reach_it_and_the_session_has_one_spelling() {
    let bank = ByHand::answering(200, opened(&REFERENCE.to_lowercase())).await;
    let own = bank.url.trim_end_matches("/VPOS/").to_owned();
    let adapter = adapter_at(&bank.url, &json!({ "page_origin": own }));
    let Start::Session { reference, url } = adapter.start(&order(NUMBER, price())).await else { panic!("a session") };
    assert_eq!((reference.as_str(), url), (REFERENCE, format!("{own}/VPOS/Payments/Pay?id={REFERENCE}&lang=am")));
    assert_eq!(adapter.capabilities().page_origins, [own]);
}

#[tokio::test]
async fn amounts_leave_exactly_and_texts_within_what_the_bank_was_seen_to_take() {
    let bank = ByHand::answering(200, opened(REFERENCE)).await;
    let adapter = adapter_at(&bank.url, &json!({}));
    for (amount, currency, wire, number) in [
        ("12500", Currency::Amd, "12500.00", "051"),
        ("0.07", Currency::Usd, "0.07", "840"),
        ("10.50", Currency::Eur, "10.50", "978"),
        ("10000000000000", Currency::Rub, "10000000000000.00", "643"),
    ] {
        let amount = Money::parse(amount, currency).unwrap();
        assert!(matches!(adapter.start(&order(NUMBER, amount)).await, Start::Session { .. }));
        let (_, body) = bank.asked().pop().unwrap();
        let sent: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((&sent["Amount"], &sent["Currency"]), (&json!(wire), &json!(number)), "a text, and no float");
    }
    for (description, expected) in [("  ", NUMBER.to_owned()), (&"ա".repeat(1_001), "ա".repeat(1_000))] {
        let mut asked = order(NUMBER, price());
        description.clone_into(&mut asked.description);
        adapter.start(&asked).await;
        let sent: Value = serde_json::from_slice(&bank.asked().pop().unwrap().1).unwrap();
        assert_eq!(sent["Description"], json!(expected));
    }
}

#[tokio::test]
async fn what_the_bank_would_not_take_never_leaves() {
    let bank = ByHand::answering(200, opened(REFERENCE)).await;
    let range = json!({ "order_id_min": 410_000, "order_id_max": 410_999 });
    for (more, number, amount, reason) in [
        (json!({}), "order-1", price(), "order_id_min"),
        (json!({}), "ORDER-170", price(), "order_id_min"),
        (json!({}), "0410017", price(), "order_id_min"),
        (json!({}), "+410017", price(), "order_id_min"),
        (json!({}), "0", price(), "order_id_min"),
        (json!({}), "2147483648", price(), "order_id_min"),
        (json!({}), "", price(), "order_id_min"),
        (range.clone(), "409999", price(), "from 410000 to 410999"),
        (range, "411000", price(), "from 410000 to 410999"),
        (json!({}), NUMBER, Money::new(0, Currency::Amd), "above zero"),
        (json!({}), NUMBER, Money::new(-100, Currency::Amd), "above zero"),
        (json!({ "test_mode": true }), NUMBER, price(), "exactly 10 AMD"),
        (json!({ "test_mode": true }), NUMBER, Money::new(100_000, Currency::Amd), "exactly 10 AMD"),
        (json!({ "test_mode": true }), NUMBER, Money::new(10, Currency::Amd), "exactly 10 AMD"),
        (json!({ "test_mode": true }), NUMBER, Money::new(1_000, Currency::Usd), "exactly 10 AMD"),
    ] {
        let start = adapter_at(&bank.url, &more).start(&order(number, amount)).await;
        let Start::Refused { reason: told } = start else { panic!("{number}: {start:?}") };
        assert!(told.contains(reason), "{number}: {told}");
    }
    assert_eq!(bank.asked().len(), 0);
    let start = adapter_at(&bank.url, &json!({ "test_mode": true })).start(&order(NUMBER, drams("10"))).await;
    assert!(matches!(start, Start::Session { .. }), "{start:?}");
}

async fn started(status: u16, body: impl Into<Vec<u8>>) -> Start {
    let bank = ByHand::answering(status, body).await;
    let start = adapter_at(&bank.url, &json!({})).start(&order(NUMBER, price())).await;
    assert_eq!(bank.asked().len(), 1, "it is sent once");
    assert!(!format!("{start:?}").contains("nobody"), "{start:?}");
    start
}

#[tokio::test]
async fn only_a_clear_no_is_a_refusal() {
    // Integers lose the leading zeros of the manual's codes; texts are taken as well.
    for (code, refused, reason) in [
        (json!(20), true, "/secrets/password"),
        (json!("20"), true, "/settings/username"),
        (json!(2), true, "code 2"),
        (json!("02"), true, "code 02"),
        (json!(3), true, "code 3"),
        (json!(4), true, "code 4"),
        (json!(5), true, "code 5"),
        (json!(30), true, "code 30"),
        (json!(50), true, "code 50"),
        (json!(510), true, "code 510"),
        (json!(560), true, "code 560"),
        // An order with this number exists: it may be ours, from a call whose answer was lost.
        (json!(1), false, "no session"),
        (json!("01"), false, "code 01"),
        (json!("08204"), false, "code 08204"),
        (json!(8204), false, "code 8204"),
        (json!(0), false, "code 0"),
        (json!("00"), false, "code 00"),
        (json!(6), false, "code 6"),
        (json!("07"), false, "code 07"),
        (json!(500), false, "code 500"),
        (json!(520), false, "code 520"),
        (json!(550), false, "code 550"),
        (json!(99), false, "code 99"),
    ] {
        // The bank's own words are shown in one line, and an answer that repeats the password must not carry it on.
        let words = format!("Operation\r\n failed {PASSWORD}");
        let body = json!({ "PaymentID": "", "ResponseCode": code, "ResponseMessage": words }).to_string();
        let start = started(200, body).await;
        let (Start::Refused { reason: told } | Start::NoAnswer { reason: told }) = &start else { panic!("{start:?}") };
        assert_eq!(is_refused(&start), refused, "{code}: {start:?}");
        assert!(told.contains(reason) && !told.contains('\n'), "{code}: {told}");
    }
    for status in [400, 401, 403, 404, 405] {
        assert!(is_refused(&started(status, "<html>").await), "{status}");
    }
    for status in [201, 202, 204, 301, 302, 307, 408, 409, 410, 415, 429, 500, 502, 503, 504, 520] {
        assert!(is_unanswered(&started(status, opened(REFERENCE)).await), "{status}");
    }
    let gave_up = json!({ "Message": "An error has occurred." }).to_string();
    assert!(is_unanswered(&started(500, gave_up).await));
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_leaves_it_open() {
    for body in [
        String::new(),
        "<html>".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        " ".repeat(300 * 1024),
        json!({ "PaymentID": REFERENCE, "ResponseMessage": "OK" }).to_string(),
        json!({ "PaymentID": null, "ResponseCode": 1 }).to_string(),
        json!({ "PaymentID": "", "ResponseCode": 1 }).to_string(),
        json!({ "PaymentID": REFERENCE, "ResponseCode": true }).to_string(),
        json!({ "PaymentID": REFERENCE, "ResponseCode": 1.0 }).to_string(),
        json!({ "PaymentID": REFERENCE, "ResponseCode": "00" }).to_string(),
        json!({ "PaymentID": REFERENCE, "ResponseCode": "01" }).to_string(),
        // A refusal that names a session is not a clear one.
        json!({ "PaymentID": REFERENCE, "ResponseCode": 560 }).to_string(),
        // What would lead the customer elsewhere is no PaymentID.
        opened("x&lang=am#"),
        opened("../../elsewhere"),
        opened(&"A".repeat(65)),
        format!("{{\"PaymentID\":\"{REFERENCE}\",\"ResponseCode\":1,\"ResponseCode\":20}}"),
    ] {
        let start = started(200, body.clone()).await;
        assert!(is_unanswered(&start), "{}: {start:?}", &body[..body.len().min(200)]);
    }
}

#[tokio::test]
async fn c1_a_lost_answer_is_found_again_by_our_number_and_asking_again_gives_the_same_session() {
    let at = AtTheBank::open().await;
    at.sandbox.ameriabank.change_faults(|faults| faults.start = Reply::DropReply);
    let start = at.bank.start(&order(NUMBER, price())).await;
    assert!(is_unanswered(&start), "{start:?}");
    let made = at.sandbox.ameriabank.orders().remove(0);
    let told = found(at.bank.lookup(&by_number(NUMBER)).await);
    assert_eq!((&told.reference, told.status, told.number.as_str()), (&made.id, SessionStatus::Open, NUMBER));
    assert_eq!(told.url, made.page);

    at.sandbox.ameriabank.change_faults(|faults| faults.start = Reply::Ok);
    let Start::Session { reference, url } = at.bank.start(&order(NUMBER, price())).await else { panic!("a session") };
    assert_eq!((reference, Some(url)), (made.id, made.page));
    assert_eq!(at.sandbox.ameriabank.orders().len(), 1);
}

#[tokio::test]
async fn c2_a_lost_request_made_nothing_and_the_bank_is_sure_of_that() {
    let at = AtTheBank::open().await;
    at.sandbox.ameriabank.change_faults(|faults| faults.start = Reply::DropRequest);
    assert!(is_unanswered(&at.bank.start(&order(NUMBER, price())).await));
    assert_eq!(at.bank.lookup(&by_number(NUMBER)).await, Lookup::NoSuchOrder);
    at.sandbox.ameriabank.change_faults(|faults| faults.start = Reply::Fail);
    assert!(is_unanswered(&at.bank.start(&order(NUMBER, price())).await));
    at.sandbox.ameriabank.change_faults(|faults| faults.lookup = Reply::Fail);
    let lookup = at.bank.lookup(&by_number(NUMBER)).await;
    assert!(matches!(lookup, Lookup::NoAnswer { .. }), "a bank that is out of order says nothing: {lookup:?}");
    at.pass(MINUTE);
    assert_eq!(at.sandbox.ameriabank.orders().len(), 0);
}

#[tokio::test]
async fn a_bank_that_says_no_or_is_not_there_has_made_nothing() {
    let test = json!({ "test_mode": true, "order_id_min": 410_000, "order_id_max": 410_999 });
    let at = AtTheBank::with(&json!({}), &test).await;
    for (number, amount) in [(NUMBER, price()), (NUMBER, Money::new(100_000, Currency::Amd)), ("411000", drams("10"))] {
        let start = at.bank.start(&order(number, amount)).await;
        assert!(is_refused(&start), "{start:?}");
    }
    let base = format!("{}/ameriabank/", at.sandbox.bank_url);
    let stranger = adapter_with(&base, &json!({}), &secret("another")).start(&order(NUMBER, drams("10"))).await;
    assert!(is_refused(&stranger), "{stranger:?}");
    assert_eq!(at.sandbox.ameriabank.orders().len(), 0);
    assert!(matches!(at.bank.start(&order(NUMBER, drams("10"))).await, Start::Session { .. }));

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/VPOS/", listener.local_addr().unwrap());
    drop(listener);
    let gone = adapter_at(&url, &json!({}));
    assert!(is_refused(&gone.start(&order(NUMBER, price())).await));
    let lookup = gone.lookup(&by_number(NUMBER)).await;
    assert!(matches!(lookup, Lookup::NoAnswer { .. }), "{lookup:?}");
}
