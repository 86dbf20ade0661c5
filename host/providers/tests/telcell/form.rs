//! Starting: the form that the customer's browser posts.

use crate::account::{AtTelcell, ISSUER, SHOP_KEY, adapter_at, of, order};
use kamurj_domain::{Currency, Money};
use kamurj_providers::{Amounts, Hint, Order, OrderNumber, Pushes, RefundQuestions, Start};
use kamurj_sandbox::gateways::telcell::Merchant;
use kamurj_sandbox::gateways::{Faults, Gateway, Reply};
use serde_json::json;

const BASE: &str = "http://127.0.0.1:9";

async fn fields(of: &Order) -> Vec<(String, String)> {
    match adapter_at(BASE, &json!({})).start(of).await {
        Start::Form { fields, .. } => fields,
        other => panic!("{other:?}"),
    }
}

async fn field(of: &Order, name: &str) -> String {
    fields(of).await.into_iter().find(|(known, _)| known == name).unwrap().1
}

#[tokio::test]
async fn the_form_is_that_of_the_known_example_and_the_same_each_time() {
    let expected = Start::Form {
        reference: "PL-2041".into(),
        action: "http://127.0.0.1:9/proto_test2/invoices".into(),
        fields: [
            ("action", "PostInvoice"),
            ("issuer", "shop@example.am"),
            ("currency", "֏"),
            ("price", "1500"),
            ("product", "T3JkZXIgUEwtMjA0MQ=="),
            ("issuer_id", "UEwtMjA0MQ=="),
            ("valid_days", "1"),
            ("lang", "am"),
            ("security_code", "ad167b64d6a3698db020e356132847e4"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec(),
    };
    let telcell = adapter_at("http://127.0.0.1:9/proto_test2/", &json!({}));
    assert_eq!(telcell.start(&order("PL-2041")).await, expected);
    assert_eq!(telcell.start(&order("PL-2041")).await, expected);
    assert_eq!("֏".as_bytes(), [0xD6, 0x8F]);
    assert!(!format!("{expected:?}").contains(SHOP_KEY));
}

#[tokio::test]
async fn an_amount_is_exact_or_refused() {
    for (minor, price) in
        [(150_000, "1500"), (100, "1"), (150_050, "1500.50"), (1, "0.01"), (1_000_000_000, "10000000")]
    {
        let order = Order { amount: Money::new(minor, Currency::Amd), ..order("o") };
        assert_eq!(field(&order, "price").await, price);
    }
    for (amount, reason) in [
        (Money::parse("15", Currency::Usd).unwrap(), "Telcell takes drams only"),
        (Money::new(0, Currency::Amd), "Telcell takes amounts above zero only"),
        (Money::new(-100, Currency::Amd), "Telcell takes amounts above zero only"),
    ] {
        let started = adapter_at(BASE, &json!({})).start(&Order { amount, ..order("o") }).await;
        assert_eq!(started, Start::Refused { reason: reason.into() });
    }
}

#[tokio::test]
async fn words_are_telcells() {
    for (language, word) in [("hy", "am"), ("ru", "ru"), ("en", "en")] {
        assert_eq!(field(&Order { language, ..order("o") }, "lang").await, word);
    }
    let armenian = Order { description: "Անուշ".into(), ..order("o") };
    assert_eq!(field(&armenian, "product").await, "1LHVttW41oLVtw==");
    let nameless = Order { description: String::new(), ..order("PL-2041") };
    assert_eq!(field(&nameless, "product").await, "UEwtMjA0MQ==", "the number, where nothing is said");
}

#[tokio::test]
async fn capabilities_follow_the_settings() {
    let plain = adapter_at(BASE, &json!({ "valid_days": 3 })).capabilities();
    assert_eq!((plain.push, plain.form, plain.asks_first), (Pushes::Proven, true, false));
    assert!(plain.repeatable_start);
    assert_eq!(plain.session_life_ms, 3 * 86_400_000);
    assert_eq!((plain.lookup, plain.refund, plain.partial_refund, plain.cancel), (false, false, false, false));
    assert_eq!((plain.amounts, plain.refund_lookup), (Amounts::Decimal, RefundQuestions::None));
    assert_eq!(plain.order_number, OrderNumber::Text { longest: 64 });
    assert_eq!(plain.page_origins, [BASE]);
    let with_calls = adapter_at(BASE, &json!({ "server_calls": true })).capabilities();
    assert_eq!(
        (with_calls.lookup, with_calls.refund, with_calls.partial_refund, with_calls.cancel),
        (true, true, true, true)
    );
}

#[tokio::test]
async fn telcell_takes_the_form_once() {
    let at = AtTelcell::open().await;
    let taken = at.post_form(&order("order_1")).await;
    let known = at.sandbox.telcell.orders().pop().unwrap();
    assert_eq!((known.number.as_str(), known.amount_minor, known.currency.as_str()), ("order_1", 150_000, "AMD"));
    assert_eq!((taken.status, known.status.as_str()), (303, "NEW"));
    let again = at.post_form(&order("order_1")).await;
    assert!(String::from_utf8_lossy(&again.body).contains("E0009"));
    assert_eq!(at.sandbox.telcell.orders().len(), 1);
    // Half drams and Armenian letters, too.
    let odd =
        Order {
            amount: Money::new(150_050, Currency::Amd), description: "Անուշ & <թեյ>".into(), ..order("order_2")
        };
    assert_eq!(at.post_form(&odd).await.status, 303);
    at.sandbox.telcell.set_faults(Faults { start: Reply::Fail, ..Faults::default() });
    assert!(String::from_utf8_lossy(&at.post_form(&order("order_3")).await.body).contains("E0006"));
    assert_eq!(at.sandbox.telcell.orders().len(), 2);
}

#[tokio::test]
async fn a13_no_field_can_be_changed_on_its_way() {
    let at = AtTelcell::open().await;
    let Start::Form { action, fields, .. } = at.telcell.start(&order("order_1")).await else { panic!("a form") };
    for place in 0..fields.len() {
        // Telcell does not seal the language of its page.
        if fields[place].0 == "lang" {
            continue;
        }
        for at_byte in 0..fields[place].1.len() {
            let mut bytes = fields[place].1.clone().into_bytes();
            bytes[at_byte] ^= 1;
            let mut changed = fields.clone();
            changed[place].1 = String::from_utf8_lossy(&bytes).into_owned();
            let answer = at.post(&action, &changed).await;
            assert_eq!(answer.status, 200, "{:?}", changed[place]);
            assert!(String::from_utf8_lossy(&answer.body).contains("E000"), "{:?}", changed[place]);
        }
    }
    at.sandbox.telcell.registers(Merchant {
        issuer: ISSUER.into(),
        shop_key: "another".into(),
        callback_url: None,
        return_url: None,
    });
    assert!(String::from_utf8_lossy(&at.post(&action, &fields).await.body).contains("E0005"));
    assert!(at.sandbox.telcell.orders().is_empty());
}

#[test]
fn a_return_is_foreign_only_where_it_names_another_order() {
    let telcell = adapter_at(BASE, &json!({}));
    for (query, expected) in [
        (vec![], Hint::Fits),
        (vec![("invoice", "778899")], Hint::Fits),
        (vec![("issuer_id", "UEwtMjA0MQ==")], Hint::Fits),
        (vec![("issuer_id", "PL-2041"), ("status", "PAID")], Hint::Fits),
        (vec![("issuer_id", "PL-2042"), ("status", "PAID")], Hint::Foreign),
        (vec![("issuer_id", "UEwtMjA0Mg==")], Hint::Foreign),
        (vec![("issuer_id", "PL-2041"), ("issuer_id", "PL-2042")], Hint::Foreign),
        (vec![("issuer_id", "")], Hint::Foreign),
    ] {
        let query: Vec<(String, String)> =
            query.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        assert_eq!(telcell.on_return(&of("PL-2041", None), &query), expected, "{query:?}");
    }
}
