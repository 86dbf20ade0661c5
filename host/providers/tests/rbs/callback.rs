//! Callbacks: signed by the double's own code, checked and read by ours, and refused for each byte that differs.

use crate::account::{
    AtTheGateway, CALLBACK_KEY, GUID, NOW, NUMBER, PASSWORD, adapter_at, adapter_with, drams, secrets_of,
};
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Uri};
use kamurj_domain::{Currency, Money};
use kamurj_providers::{Provider, Push, PushRefused, Pushed, SessionStatus, Statement, Tidings};
use kamurj_sandbox::gateways::Act;
use kamurj_sandbox::gateways::rbs::{Callbacks, checksum};
use serde_json::json;
use std::sync::{Arc, Mutex};

const BASE: &str = "http://127.0.0.1:9/payment/rest/";
/// The invented vector of the protocol's notes.
const VECTOR: &str = "EFB32A79FE558070A7875DAE5BD2F452F88CD32874609F0B6C8A10127C8DB2F7";

type Parameters = Vec<(String, String)>;

fn account() -> Box<dyn Provider> {
    adapter_at(BASE, &json!({ "callback": "hmac" }))
}

fn owned(parameters: &[(&str, &str)]) -> Parameters {
    parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn vector() -> Parameters {
    owned(&[
        ("mdOrder", GUID),
        ("orderNumber", NUMBER),
        ("checksum", VECTOR),
        ("operation", "deposited"),
        ("status", "1"),
        ("amount", "150000"),
    ])
}

/// These parameters with the checksum that belongs to them.
fn signed(key: &str, parameters: &[(&str, &str)]) -> Parameters {
    let mut all = owned(parameters);
    all.push(("checksum".into(), checksum(key, parameters)));
    all
}

fn by_get(rbs: &dyn Provider, query: &Parameters) -> Result<Push, PushRefused> {
    rbs.on_push(&Pushed { method: "GET", query, headers: &[], body: b"" }, NOW)
}

fn by_post(rbs: &dyn Provider, form: &Parameters) -> Result<Push, PushRefused> {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let headers = owned(&[("content-type", "application/x-www-form-urlencoded; charset=UTF-8")]);
    rbs.on_push(&Pushed { method: "POST", query: &[], headers: &headers, body: body.as_bytes() }, NOW)
}

fn read(query: &Parameters) -> Result<Tidings, PushRefused> {
    account().read_push(&Pushed { method: "GET", query, headers: &[], body: b"" })
}

fn is_unproven(pushed: &Result<Push, PushRefused>) -> bool {
    matches!(pushed, Err(PushRefused::Unproven(_)))
}

#[test]
fn a19_the_published_vector_is_proven_by_get_and_by_post() {
    // It names no currency, so it is a reason to ask: an approval without a sum would be taken for the wrong sum.
    let hint = Ok(Push::Hint { number: NUMBER.into() });
    assert_eq!(by_get(&*account(), &vector()), hint);
    assert_eq!(by_post(&*account(), &vector()), hint);
    assert_eq!(read(&vector()), Ok(Tidings::Nothing));
    let mut reordered = vector();
    reordered.reverse();
    reordered.push(("sign_alias".into(), "takes no part".into()));
    assert_eq!(by_get(&*account(), &reordered), hint);
}

#[test]
fn a13_each_changed_byte_is_refused() {
    let rbs = account();
    for place in 0..vector().len() {
        for part in 0..2 {
            let text = if part == 0 { vector()[place].0.clone() } else { vector()[place].1.clone() };
            for byte in 0..text.len() {
                for bit in 0..7 {
                    let mut bytes = text.clone().into_bytes();
                    bytes[byte] ^= 1 << bit;
                    let changed = String::from_utf8(bytes).unwrap();
                    let mut parameters = vector();
                    if part == 0 {
                        parameters[place].0 = changed;
                    } else {
                        parameters[place].1 = changed;
                    }
                    let pushed = by_get(&*rbs, &parameters);
                    assert!(is_unproven(&pushed), "{parameters:?}: {pushed:?}");
                }
            }
        }
    }
    for place in 0..vector().len() {
        let mut fewer = vector();
        fewer.remove(place);
        assert!(is_unproven(&by_get(&*rbs, &fewer)), "{fewer:?}");
        let mut twice = vector();
        twice.push(vector()[place].clone());
        assert!(is_unproven(&by_get(&*rbs, &twice)), "{twice:?}");
    }
    let mut more = vector();
    more.push(("currency".into(), "051".into()));
    assert!(is_unproven(&by_get(&*rbs, &more)));
}

#[test]
fn a8_no_proof_or_the_wrong_construction_is_refused() {
    let rbs = account();
    for wrong in ["", &VECTOR.to_lowercase(), &VECTOR[..62], &format!("{VECTOR}00"), &format!(" {VECTOR}")] {
        let mut parameters = vector();
        parameters[2].1 = wrong.to_owned();
        assert!(is_unproven(&by_get(&*rbs, &parameters)), "{wrong}");
    }
    assert!(is_unproven(&by_get(&*rbs, &Vec::new())));
    // A form that does not say that it is one is not read.
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(vector()).finish();
    let unread = rbs.on_push(&Pushed { method: "POST", query: &[], headers: &[], body: body.as_bytes() }, NOW);
    assert!(is_unproven(&unread), "{unread:?}");
    let off = Err(PushRefused::Unproven("pushes are not set up for this account"));
    for settings in [json!({}), json!({ "callback": "off" })] {
        assert_eq!(by_get(&*adapter_at(BASE, &settings), &vector()), off, "{settings}");
    }
}

#[test]
fn a17_a_key_is_changed_without_a_gap() {
    let parameters = [("mdOrder", GUID), ("orderNumber", NUMBER), ("operation", "refunded"), ("status", "1")];
    let with = |secrets: &[(&str, &str)]| {
        let all: Vec<(&str, &str)> = [("password", PASSWORD)].into_iter().chain(secrets.iter().copied()).collect();
        match all[..] {
            [a, b] => adapter_with(BASE, &json!({ "callback": "hmac" }), &secrets_of([a, b])),
            [a, b, c] => adapter_with(BASE, &json!({ "callback": "hmac" }), &secrets_of([a, b, c])),
            _ => panic!("one key or two"),
        }
    };
    let (old, new) = (signed("old key", &parameters), signed("new key", &parameters));
    let before = with(&[("callback_key", "old key")]);
    let during = with(&[("callback_key", "new key"), ("callback_key_old", "old key")]);
    let after = with(&[("callback_key", "new key")]);
    for (rbs, takes_old, takes_new) in [(before, true, false), (during, true, true), (after, false, true)] {
        assert_eq!(is_unproven(&by_get(&*rbs, &old)), !takes_old);
        assert_eq!(is_unproven(&by_get(&*rbs, &new)), !takes_new);
    }
}

#[test]
fn each_operation_is_news_a_reason_to_ask_or_nothing() {
    use SessionStatus::{Abandoned, Approved, Reversed};
    let amount = Some(drams("1500"));
    for (operation, status, more, expected) in [
        ("deposited", "1", vec![("amount", "150000"), ("currency", "051")], Some((Approved, amount, None))),
        ("deposited", "1", vec![("amount", "150000"), ("currency", "51")], Some((Approved, amount, None))),
        (
            "deposited",
            "1",
            vec![("amount", "150000"), ("currency", "643")],
            Some((Approved, Some(Money::new(150_000, Currency::Rub)), None)),
        ),
        ("deposited", "1", vec![("amount", "150000"), ("currency", "826")], Some((Approved, None, Some("826")))),
        ("deposited", "1", vec![], None),
        ("deposited", "1", vec![("amount", "150000")], None),
        ("deposited", "1", vec![("currency", "051")], None),
        ("deposited", "1", vec![("amount", "1500.00"), ("currency", "051")], None),
        ("deposited", "1", vec![("amount", "-150000"), ("currency", "051")], None),
        ("deposited", "1", vec![("amount", ""), ("currency", "051")], None),
        ("deposited", "0", vec![("amount", "150000"), ("currency", "051")], None),
        ("deposited", "2", vec![("amount", "150000"), ("currency", "051")], None),
        ("approved", "1", vec![("amount", "150000"), ("currency", "051")], None),
        ("approved", "0", vec![], None),
        ("refunded", "1", vec![("amount", "50000"), ("currency", "051")], None),
        ("refunded", "0", vec![], None),
        ("reversed", "1", vec![], Some((Reversed, None, None))),
        ("reversed", "0", vec![], None),
        ("declinedByTimeout", "1", vec![], Some((Abandoned, None, None))),
        ("declinedByTimeout", "0", vec![], None),
    ] {
        let mut parameters =
            vec![("mdOrder", GUID), ("orderNumber", NUMBER), ("operation", operation), ("status", status)];
        parameters.extend(more);
        let all = signed(CALLBACK_KEY, &parameters);
        let Some((stands, amount, foreign)) = expected else {
            assert_eq!(by_get(&*account(), &all), Ok(Push::Hint { number: NUMBER.into() }), "{parameters:?}");
            assert_eq!(read(&all), Ok(Tidings::Nothing), "{parameters:?}");
            continue;
        };
        let natural_key = format!("{GUID}:{operation}:{status}");
        assert_eq!(by_get(&*account(), &all), Ok(Push::News { natural_key }), "{parameters:?}");
        let statement = Statement {
            reference: GUID.into(),
            number: NUMBER.into(),
            url: None,
            status: stands,
            cause: None,
            amount,
            foreign_currency: foreign.map(str::to_owned),
            provider_time: None,
            payment_reference: None,
            refunded: None,
            changed_at: None,
        };
        assert_eq!(read(&all), Ok(Tidings::Session(statement)), "{parameters:?}");
    }
    for operation in ["bindingCreated", "bindingActivityChanged", "declinedCardPresent", "somethingNew"] {
        let all = signed(CALLBACK_KEY, &[("operation", operation), ("clientId", "7")]);
        assert!(matches!(by_get(&*account(), &all), Ok(Push::News { .. })), "{operation}");
        assert_eq!(read(&all), Ok(Tidings::Nothing), "{operation}");
    }
    for absent in ["mdOrder", "orderNumber", "operation", "status"] {
        let mut parameters =
            vec![("mdOrder", GUID), ("orderNumber", NUMBER), ("operation", "deposited"), ("status", "1")];
        parameters.retain(|(name, _)| *name != absent);
        let all = signed(CALLBACK_KEY, &parameters);
        assert!(matches!(by_get(&*account(), &all), Err(PushRefused::Unreadable(_))), "{absent}");
        assert!(matches!(read(&all), Err(PushRefused::Unreadable(_))), "{absent}");
    }
}

#[tokio::test]
async fn a1_what_the_double_sends_is_proven_and_the_same_on_every_repetition() {
    for by_post in [false, true] {
        let at = AtTheGateway::with(&json!({ "callback": "hmac" })).await;
        let seen: Arc<Mutex<Vec<Result<Push, PushRefused>>>> = Arc::default();
        let (kept, rbs) = (seen.clone(), Arc::<dyn Provider>::from(account()));
        let take = move |uri: Uri, headers: HeaderMap, body: Bytes| {
            let query: Parameters =
                url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
            let kind = headers.get("content-type").map(|value| value.to_str().unwrap().to_owned());
            let headers: Parameters = kind.into_iter().map(|kind| ("content-type".to_owned(), kind)).collect();
            let pushed = Pushed { method: "POST", query: &query, headers: &headers, body: &body };
            kept.lock().unwrap().push(rbs.on_push(&pushed, NOW));
            async {}
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/push", listener.local_addr().unwrap()).parse().unwrap();
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(take)).await });
        let key = Some(CALLBACK_KEY.to_owned());
        at.gateway().calls_back(Some(Callbacks { url, key, by_post, more: vec!["amount", "currency"] }));
        at.gateway().change_faults(|faults| faults.push_repeat = 1);
        let reference = at.paid().await;
        assert_eq!(at.sandbox.deliver_due().await, 2);
        at.gateway().change_faults(|faults| faults.push_forged = true);
        at.act(&reference, Act::Reverse);
        assert_eq!(at.sandbox.deliver_due().await, 2);
        let seen = seen.lock().unwrap();
        let news = Ok(Push::News { natural_key: format!("{reference}:deposited:1") });
        assert_eq!((&seen[0], &seen[1]), (&news, &news));
        assert!(is_unproven(&seen[2]) && is_unproven(&seen[3]), "{seen:?}");
    }
}
