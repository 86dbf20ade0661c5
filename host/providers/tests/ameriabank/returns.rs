//! What a browser brings back: identifiers to be compared, and nothing to be believed.

use crate::account::{AtTheBank, NUMBER, adapter_at, by_number, by_reference};
use crate::by_hand::REFERENCE;
use kamurj_providers::{Hint, PushRefused, Pushed, SessionStatus};
use kamurj_sandbox::gateways::{Act, Acted};
use serde_json::json;

fn query_of(url: &str) -> Vec<(String, String)> {
    url::Url::parse(url).unwrap().query_pairs().into_owned().collect()
}

#[test]
fn a8_a_return_that_names_another_order_is_foreign() {
    let adapter = adapter_at("http://127.0.0.1:9/VPOS/", &json!({}));
    let own = |change: Option<(&str, &str)>| -> Vec<(String, String)> {
        [
            ("keep", "1"),
            ("orderID", NUMBER),
            ("resposneCode", "00"),
            ("paymentID", REFERENCE),
            ("opaque", "kamurj-410017"),
            ("description", "Payment is successful "),
        ]
        .map(|(name, value)| match change {
            Some((changed, other)) if changed == name => (name.to_owned(), other.to_owned()),
            _ => (name.to_owned(), value.to_owned()),
        })
        .to_vec()
    };
    let of = by_reference(REFERENCE);
    assert_eq!(adapter.on_return(&of, &[]), Hint::Fits, "the bank brought nothing back");
    assert_eq!(adapter.on_return(&of, &own(None)), Hint::Fits);
    assert_eq!(adapter.on_return(&of, &own(Some(("paymentID", &REFERENCE.to_lowercase())))), Hint::Fits);
    for (name, value) in [
        ("resposneCode", "0116"),
        ("resposneCode", ""),
        ("description", "x"),
        ("keep", "2"),
        ("orderID", ""),
        ("paymentID", ""),
        ("opaque", ""),
    ] {
        assert_eq!(adapter.on_return(&of, &own(Some((name, value)))), Hint::Fits, "{name}={value}");
    }
    for (name, value) in [
        ("orderID", "410018"),
        ("orderID", "0410017"),
        ("orderID", "x"),
        ("opaque", "kamurj-410018"),
        ("opaque", NUMBER),
        ("paymentID", "7B1F0C52-1111-4222-8333-0123456789AC"),
        ("paymentID", "x"),
    ] {
        assert_eq!(adapter.on_return(&of, &own(Some((name, value)))), Hint::Foreign, "{name}={value}");
        let lower = vec![(name.to_lowercase(), value.to_owned())];
        assert_eq!(adapter.on_return(&of, &lower), Hint::Foreign, "{name}={value}");
    }
    // Each letter of an identifier counts, and so does a second value beside the right one.
    for place in 0..REFERENCE.len() {
        let mut other = REFERENCE.as_bytes().to_vec();
        other[place] = if other[place] == b'0' { b'1' } else { b'0' };
        let other = String::from_utf8(other).unwrap();
        assert_eq!(adapter.on_return(&of, &own(Some(("paymentID", &other)))), Hint::Foreign, "{other}");
        let mut twice = own(None);
        twice.push(("paymentID".into(), other));
        assert_eq!(adapter.on_return(&of, &twice), Hint::Foreign);
    }
    let unknown_session = own(Some(("paymentID", "any")));
    assert_eq!(adapter.on_return(&by_number(NUMBER), &unknown_session), Hint::Fits, "nothing to compare it with");
}

#[tokio::test]
async fn a8_a_forged_return_pays_nothing() {
    let at = AtTheBank::open().await;
    let reference = at.session().await;
    let forged = at.sandbox.ameriabank.forged_return(&reference).unwrap();
    assert!(forged.contains("resposneCode=00"), "{forged}");
    assert_eq!(at.bank.on_return(&by_reference(&reference), &query_of(&forged)), Hint::Fits);
    assert_eq!(at.told(&reference).await.status, SessionStatus::Open);
    at.act(&reference, Act::Decline);
    at.bank.on_return(&by_reference(&reference), &query_of(&forged));
    assert_eq!(at.told(&reference).await.status, SessionStatus::Declined);
}

#[tokio::test]
async fn what_the_bank_really_brings_back_fits_the_order() {
    let at = AtTheBank::open().await;
    let reference = at.session().await;
    for act in [Act::Close, Act::Pay, Act::Pay] {
        let Acted::Back(back) = at.act(&reference, act) else { panic!("a way back") };
        assert!(back.starts_with("http://localhost:8080/r/token?keep=1&orderID=410017&resposneCode="), "{back}");
        assert!(back.contains(&reference.to_lowercase()) && !back.contains(&reference), "{back}");
        assert_eq!(at.bank.on_return(&by_reference(&reference), &query_of(&back)), Hint::Fits);
    }
}

#[test]
fn a8_nothing_that_is_sent_to_us_is_believed() {
    let adapter = adapter_at("http://127.0.0.1:9/VPOS/", &json!({}));
    let body = json!({ "OrderID": NUMBER, "ResponseCode": "00", "OrderStatus": "2" }).to_string();
    let pushed = Pushed { method: "POST", query: &[], headers: &[], body: body.as_bytes() };
    assert!(matches!(adapter.on_push(&pushed, 0), Err(PushRefused::Unproven(_))));
    assert!(matches!(adapter.read_push(&pushed), Err(PushRefused::Unreadable(_))));
}
