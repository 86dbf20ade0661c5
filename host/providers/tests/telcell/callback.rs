//! Callbacks: sealed by the sandbox's Telcell or by hand, checked and read by ours.

use crate::account::{AtTelcell, NOW, SHOP_KEY, adapter_at, drams};
use kamurj_domain::{Currency, Money};
use kamurj_providers::{Outcome, Provider, Push, PushRefused, Pushed, SessionStatus, Statement, Tidings, family};
use kamurj_sandbox::gateways::telcell::{Carriage, Habits};
use kamurj_sandbox::gateways::{Act, Gateway, Lie, Pushing};
use md5::{Digest, Md5};
use serde_json::{Value, json};

/// The known example with the order number in Base64.
pub(crate) const KNOWN: [(&str, &str); 8] = [
    ("invoice", "778899"),
    ("issuer_id", "UEwtMjA0MQ=="),
    ("payment_id", "445566"),
    ("currency", "51"),
    ("sum", "1500"),
    ("time", "2026-11-21 14:05:09"),
    ("status", "PAID"),
    ("checksum", "4dabde3def5a93b4645dd3924d26c82f"),
];

pub(crate) fn ours() -> Box<dyn Provider> {
    adapter_at("http://127.0.0.1:9", &json!({}))
}

pub(crate) fn owned(values: &[(&str, &str)]) -> Vec<(String, String)> {
    values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

pub(crate) fn by_query(query: &[(String, String)]) -> Pushed<'_> {
    Pushed { method: "GET", query, headers: &[], body: b"" }
}

/// The known example with these values changed, sealed anew.
fn sealed(changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut values = owned(&KNOWN[..7]);
    for (name, value) in changes {
        match values.iter_mut().find(|(known, _)| known == name) {
            Some(known) => (*value).clone_into(&mut known.1),
            None => values.insert(3, ((*name).to_owned(), (*value).to_owned())),
        }
    }
    let text: String = values.iter().map(|(_, value)| value.as_str()).collect();
    let sum = Md5::digest(format!("{SHOP_KEY}{text}").as_bytes());
    values.push(("checksum".to_owned(), sum.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()));
    values
}

fn told(telcell: &dyn Provider, pushed: &Pushed<'_>) -> Statement {
    match telcell.read_push(pushed) {
        Ok(Tidings::Session(statement)) => statement,
        other => panic!("{other:?}"),
    }
}

fn unproven(reason: &'static str) -> Result<Push, PushRefused> {
    Err(PushRefused::Unproven(reason))
}

#[test]
fn the_known_examples_are_proven_and_read_in_each_form() {
    let expected = Statement {
        reference: "PL-2041".into(),
        number: "PL-2041".into(),
        url: None,
        status: SessionStatus::Approved,
        cause: None,
        amount: Some(drams("1500")),
        foreign_currency: None,
        provider_time: Some(NOW),
        payment_reference: Some("778899".into()),
        refunded: None,
        changed_at: None,
    };
    let mut plain = owned(&KNOWN);
    plain[1].1 = "PL-2041".into();
    plain[7].1 = "6c62018bc0a63d8f211373b136098562".into();
    let mut bought = owned(&KNOWN);
    bought.insert(3, ("buyer".into(), "37499000000".into()));
    bought[8].1 = "6a23f749c956201d2c06948d9d9c1bb9".into();
    let mut shouted = owned(&KNOWN);
    shouted[7].1 = shouted[7].1.to_uppercase();
    for (values, key) in [
        (owned(&KNOWN), "778899/445566511500/PAID"),
        (plain, "778899/445566511500/PAID"),
        (bought, "778899/44556637499000000511500/PAID"),
        (shouted, "778899/445566511500/PAID"),
    ] {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&values).finish();
        let object: serde_json::Map<String, Value> =
            values.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
        let json = Value::from(object).to_string();
        let numbers = json.replace("\"1500\"", "1500").replace("\"51\"", "51").replace("\"778899\"", "778899");
        let kind = |kind: &str| vec![("content-type".to_owned(), kind.to_owned())];
        let (form_kind, json_kind) =
            (kind("application/x-www-form-urlencoded; charset=utf-8"), kind("application/json"));
        let post = |headers, body| Pushed { method: "POST", query: &[], headers, body };
        for pushed in [
            by_query(&values),
            post(&form_kind, form.as_bytes()),
            post(&[], form.as_bytes()),
            post(&json_kind, json.as_bytes()),
            post(&json_kind, numbers.as_bytes()),
        ] {
            let push = ours().on_push(&pushed, NOW);
            assert_eq!(push, Ok(Push::News { natural_key: key.into() }), "{pushed:?}");
            assert_eq!(told(&*ours(), &pushed), expected, "{pushed:?}");
        }
    }
}

#[test]
fn a13_every_changed_bit_of_every_value_is_refused() {
    for place in 0..KNOWN.len() {
        for bit in 0..KNOWN[place].1.len() * 8 {
            let mut bytes = KNOWN[place].1.as_bytes().to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            // Either case of a hexadecimal digit is the same digit.
            if changed.eq_ignore_ascii_case(KNOWN[place].1) && KNOWN[place].0 == "checksum" {
                continue;
            }
            let mut values = owned(&KNOWN);
            values[place].1 = changed;
            let refused = ours().on_push(&by_query(&values), NOW);
            assert_eq!(refused, unproven("the checksum does not fit"), "{values:?}");
        }
    }
}

#[test]
fn a8_a_callback_that_lacks_a_value_or_says_one_twice_is_refused() {
    for place in 0..KNOWN.len() {
        let mut values = owned(&KNOWN);
        let left_out = values.remove(place);
        let refused = ours().on_push(&by_query(&values), NOW);
        assert_eq!(refused, unproven("a value of the callback is missing"), "{values:?}");
        values.insert(place, left_out.clone());
        values.push(left_out.clone());
        let twice = ours().on_push(&by_query(&values), NOW);
        assert_eq!(twice, unproven("a value of the callback comes twice"), "{values:?}");
        // The same with one in the query and one in the body.
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(owned(&KNOWN)).finish();
        let split = Pushed { method: "POST", query: &[left_out], headers: &[], body: body.as_bytes() };
        assert_eq!(ours().on_push(&split, NOW), unproven("a value of the callback comes twice"));
    }
    for body in ["{", "{}", "{\"invoice\":", "[]", "nonsense", "{\"invoice\":null}"] {
        let pushed = Pushed { method: "POST", query: &[], headers: &[], body: body.as_bytes() };
        assert!(matches!(ours().on_push(&pushed, NOW), Err(PushRefused::Unproven(_))), "{body}");
    }
    // A buyer that nobody sealed, and a sealed one that was taken out.
    let mut added = owned(&KNOWN);
    added.push(("buyer".into(), "37499000000".into()));
    assert_eq!(ours().on_push(&by_query(&added), NOW), unproven("the checksum does not fit"));
    let mut taken = sealed(&[("buyer", "37499000000")]);
    taken.remove(3);
    assert_eq!(ours().on_push(&by_query(&taken), NOW), unproven("the checksum does not fit"));
}

#[test]
fn what_is_proven_and_cannot_be_read_is_said() {
    for change in [
        ("invoice", ""),
        ("invoice", "77 88"),
        ("payment_id", ""),
        ("payment_id", "4=4"),
        ("issuer_id", "PL 2041"),
        ("issuer_id", ""),
        ("currency", "AMD"),
        ("currency", "5"),
        ("currency", "0051"),
        ("currency", "֏"),
        ("sum", ""),
        ("sum", "1,500"),
        ("sum", "-1500"),
        ("sum", "1e3"),
        ("sum", "1500.005"),
        ("time", "2026-11-21"),
        ("time", "2026-11-21T14:05:09"),
    ] {
        let values = sealed(&[change]);
        let refused = ours().on_push(&by_query(&values), NOW);
        assert!(matches!(refused, Err(PushRefused::Unreadable(_))), "{change:?}: {refused:?}");
        assert!(matches!(ours().read_push(&by_query(&values)), Err(PushRefused::Unreadable(_))), "{change:?}");
    }
}

#[test]
fn a15_a_callback_tells_what_telcell_says_of_sum_and_currency() {
    let amount = |changes: &[(&str, &str)]| {
        let values = sealed(changes);
        assert!(ours().on_push(&by_query(&values), NOW).is_ok());
        let statement = told(&*ours(), &by_query(&values));
        (statement.amount, statement.foreign_currency)
    };
    for sum in ["1500", "1500.0", "1500.00"] {
        assert_eq!(amount(&[("sum", sum)]), (Some(drams("1500")), None), "{sum}");
    }
    assert_eq!(amount(&[("sum", "1500"), ("currency", "051")]), (Some(drams("1500")), None));
    // A hundred times as much, a hundredth, a luma less: never the same.
    for sum in ["150000", "15", "15.00", "1499.99", "0"] {
        let (amount, _) = amount(&[("sum", sum)]);
        assert!(amount.is_some() && amount != Some(drams("1500")), "{sum}");
    }
    assert_eq!(amount(&[("currency", "643")]), (Some(Money::parse("1500", Currency::Rub).unwrap()), None));
    assert_eq!(amount(&[("currency", "981")]), (None, Some("981".into())));
}

#[test]
fn only_paid_is_paid() {
    for (status, expected) in [
        ("PAID", SessionStatus::Approved),
        ("REJECTED", SessionStatus::Declined),
        ("NEW", SessionStatus::Open),
        ("EXPIRED", SessionStatus::Abandoned),
        ("paid", SessionStatus::Unknown),
        ("PAID ", SessionStatus::Unknown),
        ("PARTIALLY_PAID", SessionStatus::Unknown),
        ("", SessionStatus::Unknown),
    ] {
        let values = sealed(&[("status", status)]);
        assert!(ours().on_push(&by_query(&values), NOW).is_ok(), "{status}");
        let statement = told(&*ours(), &by_query(&values));
        assert_eq!(statement.status, expected, "{status}");
        assert_eq!(statement.payment_reference.is_some(), expected == SessionStatus::Approved, "{status}");
    }
}

#[test]
fn telcell_hears_ok_and_nothing_else_for_what_is_kept() {
    let reply = family("telcell").unwrap().reply.expect("its own words");
    for (outcome, status, body) in [
        (Outcome::Taken, 200, "OK"),
        (Outcome::Unproven("the checksum does not fit"), 401, "the checksum does not fit"),
        (Outcome::Unreadable, 400, "the message cannot be read"),
        (Outcome::Unknown, 404, "no shop has this address"),
        (Outcome::Unkept, 503, "send it again"),
    ] {
        let reply = reply(&outcome);
        assert_eq!((reply.status, reply.body.as_str()), (status, body));
        assert!(reply.content_type.starts_with("text/plain"));
    }
}

#[tokio::test]
async fn whatever_telcells_habits_are_its_callback_is_read() {
    let at = AtTelcell::open().await;
    let mut count = 0;
    for callback in [Carriage::Post, Carriage::Get, Carriage::Json] {
        for plain_issuer_id in [false, true] {
            for buyer in [None, Some("37499000000".to_owned())] {
                for three_digits in [false, true] {
                    // JSON has no numbers that begin with a zero.
                    if three_digits && callback == Carriage::Json {
                        continue;
                    }
                    let habits = Habits { callback, plain_issuer_id, buyer: buyer.clone(), three_digits };
                    at.sandbox.telcell.change_habits(|known| *known = habits.clone());
                    count += 1;
                    let number = format!("order_{count:022}");
                    let (invoice, came) = at.paid(&number).await;
                    assert!(at.telcell.on_push(&came.pushed(), NOW).is_ok(), "{habits:?}");
                    let statement = told(&*at.telcell, &came.pushed());
                    assert_eq!((statement.number, statement.status), (number, SessionStatus::Approved), "{habits:?}");
                    assert_eq!(statement.amount, Some(drams("1500")), "{habits:?}");
                    assert_eq!((statement.provider_time, statement.payment_reference), (Some(NOW), Some(invoice)));
                }
            }
        }
    }
}

#[tokio::test]
async fn a9_a_repetition_has_the_same_name_and_a_forgery_has_none() {
    let at = AtTelcell::open().await;
    at.sandbox.telcell.change_faults(|faults| faults.push_repeat = 2);
    let invoice = at.invoice("order_1").await;
    at.sandbox.telcell.act(&invoice, Act::Decline).unwrap();
    assert_eq!(at.sandbox.deliver_due().await, 3);
    at.pass(60_000);
    assert_eq!(at.sandbox.telcell.call_again(&invoice), 1);
    assert_eq!(at.sandbox.deliver_due().await, 3);
    let came = at.came();
    let names: Vec<_> = came.iter().map(|came| at.telcell.on_push(&came.pushed(), NOW).unwrap()).collect();
    assert!(names.iter().all(|name| *name == names[0]), "{names:?}");
    assert_eq!(told(&*at.telcell, &came[0].pushed()).status, SessionStatus::Declined);

    at.sandbox.telcell.change_faults(|faults| faults.push_forged = true);
    at.sandbox.telcell.call_again(&invoice);
    at.sandbox.deliver_due().await;
    let forged = at.came().pop().unwrap();
    assert_eq!(at.telcell.on_push(&forged.pushed(), NOW), unproven("the checksum does not fit"));
}

#[tokio::test]
async fn a_payer_who_does_nothing_is_never_told_of() {
    let at = AtTelcell::open().await;
    let ignored = at.invoice("order_1").await;
    at.sandbox.telcell.act(&ignored, Act::Close).unwrap();
    at.pass(86_400_000);
    assert_eq!(at.sandbox.deliver_due().await, 0);
    assert_eq!(at.sandbox.telcell.orders()[0].status, "EXPIRED");
    at.sandbox.telcell.change_faults(|faults| faults.push = Pushing::Drop);
    let lost = at.invoice("order_2").await;
    at.sandbox.telcell.act(&lost, Act::Pay).unwrap();
    assert_eq!((at.sandbox.deliver_due().await, at.came().len()), (0, 0));
}

#[tokio::test]
async fn a15_another_sum_than_asked_is_told_as_it_is() {
    let at = AtTelcell::open().await;
    for (place, (paid, expected)) in
        [(Lie::Times100, "150000"), (Lie::DividedBy100, "15"), (Lie::OneLess, "1499")].into_iter().enumerate()
    {
        at.sandbox.telcell.change_faults(|faults| faults.paid = paid);
        let (_, came) = at.paid(&format!("order_{place}")).await;
        assert_eq!(told(&*at.telcell, &came.pushed()).amount, Some(drams(expected)));
    }
    at.sandbox.telcell.change_faults(|faults| {
        (faults.paid, faults.paid_currency) = (Lie::None, Some("RUB".into()));
    });
    let (_, came) = at.paid("order_9").await;
    assert_eq!(told(&*at.telcell, &came.pushed()).amount, Some(Money::parse("1500", Currency::Rub).unwrap()));
}
