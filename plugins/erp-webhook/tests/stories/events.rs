//! What a message says: its exact shape, what a merchant may leave out, what is too large, and strangers' texts.

use crate::erp::{Fault, NOW_MS, World};
use kamurj_sdk::testing::{channel, delivery, payment};
use kamurj_sdk::{CrmRef, Customer, Delivery, LineItem, Money, Payment};
use serde_json::{Value, json};

fn drams(minor: i64) -> Money {
    Money { minor, currency: "AMD".to_owned() }
}

fn paid() -> Payment {
    Payment {
        status: "paid".to_owned(),
        version: 7,
        captured: drams(1_250_000),
        items: vec![
            LineItem { name: "Cake".to_owned(), quantity: 2, unit_price: drams(600_000), extra: Vec::new() },
            LineItem { name: "Candle".to_owned(), quantity: 1, unit_price: drams(50_000), extra: Vec::new() },
        ],
        customer: Customer {
            name: Some("Ani".to_owned()),
            phone: Some("+37491000017".to_owned()),
            email: None,
            id: Some("C-9".to_owned()),
            extra: Vec::new(),
        },
        channel: Some(channel("telegram", "5550001234")),
        crm: Some(CrmRef {
            plugin: "bitrix24".to_owned(),
            entity_type: "deal".to_owned(),
            entity_id: "10".to_owned(),
            extra: Vec::new(),
        }),
        paid_at: Some(1_795_249_991_000),
        provider_reference: Some("RRN-77".to_owned()),
        evidence: "signed notice from vpos".to_owned(),
        attempts: 2,
        link_id: Some("lnk_1".to_owned()),
        answers: vec![("Address".to_owned(), "Abovyan 1".to_owned())],
        metadata: vec![("table".to_owned(), "4".to_owned())],
        ..payment("pay_1")
    }
}

fn of_type(event: &str) -> Delivery {
    Delivery { id: "dlv_1".to_owned(), ..delivery(event, paid()) }
}

fn exception(id: &str, open: bool) -> (String, String) {
    let mut told =
        json!({ "id": id, "kind": "duplicate_payment", "subject": "att_2", "detail": "Paid twice.", "open": open });
    if !open {
        told["resolution"] = "refunded".into();
    }
    ("exception".to_owned(), told.to_string())
}

#[test]
fn a_paid_payment_is_told_in_exactly_this_shape() {
    let world = World::new();
    assert_eq!(world.runs(&of_type("payment.paid"), 1), kamurj_sdk::Outcome::done());
    let heard = world.only();
    assert_eq!((heard.id.as_str(), heard.timestamp), ("dlv_1", NOW_MS / 1000));
    let golden = r#"{"type":"payment.paid","timestamp":"2026-11-21T08:33:11.000Z","data":{"schema":1,"payment_id":"pay_1","order_id":"A-1042","mode":"test","status":"paid","view":"paid","version":7,"amount":{"value":"12500","currency":"AMD"},"captured":{"value":"12500","currency":"AMD"},"refunded":{"value":"0","currency":"AMD"},"created_at":"2026-11-21T08:33:20.000Z","expires_at":"2026-11-22T08:33:20.000Z","paid_at":"2026-11-21T08:33:11.000Z","provider_reference":"RRN-77","evidence":"signed notice from vpos","attempts":2,"checkout_url":"https://pay.example.am/p/pay_1","link_id":"lnk_1","locale":"en","description":"Cake","items":[{"name":"Cake","quantity":2,"unit_price":{"value":"6000","currency":"AMD"}},{"name":"Candle","quantity":1,"unit_price":{"value":"500","currency":"AMD"}}],"answers":[{"question":"Address","answer":"Abovyan 1"}],"customer":{"name":"Ani","phone":"+37491000017","email":null,"id":"C-9"},"channel":{"plugin":"telegram","conversation":"5550001234","handle":null,"language":"en"},"crm":{"plugin":"bitrix24","entity_type":"deal","entity_id":"10"},"metadata":{"table":"4"}}}"#;
    assert_eq!(heard.body.to_string(), golden);
    assert_eq!(heard.bytes, golden.len(), "the bytes that were signed are those that were sent");
}

#[test]
fn every_event_of_the_manifest_is_told_by_its_name_and_fits_the_published_schema() {
    let schema: Value = serde_json::from_str(include_str!("../../event.schema.json")).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let events = kamurj_manifest::from_folder(folder).expect("a sound manifest").events;
    assert_eq!(events.len(), 12);
    for event in events {
        let world = World::new();
        let mut delivery = of_type(&event);
        delivery.extra = vec![exception("exc_1", true), exception("exc_2", false)];
        assert_eq!(world.runs(&delivery, 1).kind, "done", "{event}");
        let heard = world.only();
        assert_eq!(heard.body["type"], event.as_str());
        let faults: Vec<String> = schema.iter_errors(&heard.body).map(|error| error.to_string()).collect();
        assert!(faults.is_empty(), "{event}: {faults:?}");
        assert_eq!(heard.body["data"].get("exceptions").is_some(), event.starts_with("exception."), "{event}");
    }
    let wrong = json!({ "type": "payment.paid", "timestamp": "2026-11-21T08:33:11.000Z", "data": { "schema": 1 } });
    assert!(!schema.is_valid(&wrong), "the schema refuses a payment without its fields");
    assert!(schema.is_valid(
        &json!({ "type": "webhook.test", "timestamp": "2026-11-21T08:33:11.000Z", "data": { "schema": 1 } })
    ));
}

#[test]
fn the_managers_view_follows_the_status_and_none_is_made_up() {
    for (status, view) in [
        ("created", Some("awaiting_payment")),
        ("pending", Some("awaiting_payment")),
        ("paid", Some("paid")),
        ("failed", Some("payment_failed")),
        ("expired", Some("expired")),
        ("cancelled", Some("expired")),
        ("manual_review", Some("manual_review")),
        ("partially_refunded", Some("partial_refund")),
        ("refunded", Some("full_refund")),
        ("something_new", None),
    ] {
        let world = World::new();
        let mut delivery = of_type("payment.pending");
        status.clone_into(&mut delivery.payment.status);
        world.runs(&delivery, 1);
        let data = world.only().body["data"].clone();
        assert_eq!((&data["status"], &data["view"]), (&json!(status), &json!(view)));
    }
}

#[test]
fn exceptions_are_told_as_the_host_tells_of_them_and_nonsense_is_passed_over() {
    let world = World::new();
    let mut delivery = of_type("exception.resolved");
    delivery.extra = vec![
        exception("exc_1", true),
        ("exception".to_owned(), "nonsense".to_owned()),
        ("other".to_owned(), "{}".to_owned()),
        exception("exc_2", false),
    ];
    world.runs(&delivery, 1);
    assert_eq!(
        world.only().body["data"]["exceptions"],
        json!([
            { "id": "exc_1", "kind": "duplicate_payment", "subject": "att_2", "detail": "Paid twice.", "open": true },
            { "id": "exc_2", "kind": "duplicate_payment", "subject": "att_2", "detail": "Paid twice.", "open": false,
              "resolution": "refunded" },
        ])
    );
}

#[test]
fn a_message_says_when_it_happened_and_not_when_it_was_sent() {
    let hour = 3_600_000;
    for (event, paid_at, expected) in [
        ("payment.created", None, "2026-11-21T08:33:20.000Z"),
        ("payment.paid", Some(NOW_MS + 1), "2026-11-21T08:33:20.001Z"),
        ("payment.paid", None, "2026-11-21T09:33:20.000Z"),
        ("payment.failed", None, "2026-11-21T09:33:20.000Z"),
    ] {
        let world = World::new();
        world.host.set_now_ms(NOW_MS + hour);
        let mut delivery = of_type(event);
        delivery.payment.paid_at = paid_at;
        world.runs(&delivery, 1);
        let heard = world.only();
        assert_eq!(heard.body["timestamp"], expected, "{event} {paid_at:?}");
        assert_eq!(heard.timestamp, (NOW_MS + hour) / 1000, "the header has the time of the try");
    }
}

#[test]
fn refunds_are_told_by_their_amounts() {
    let world = World::new();
    let mut delivery = of_type("payment.partially_refunded");
    (delivery.payment.refunded, delivery.payment.status) = (drams(250_050), "partially_refunded".to_owned());
    world.runs(&delivery, 1);
    let data = world.only().body["data"].clone();
    assert_eq!((&data["refunded"]["value"], &data["captured"]["value"]), (&json!("2500.50"), &json!("12500")));
}

#[test]
fn only_the_events_that_the_merchant_chose_are_sent() {
    let world = World::with(&json!({ "events": ["payment.paid", "payment.refunded"] }), &["signing_secret"]);
    for event in ["payment.created", "payment.paid_again", "exception.opened", "payment.unheard_of"] {
        assert_eq!(world.runs(&Delivery { id: format!("dlv_{event}"), ..of_type(event) }, 1).kind, "done");
    }
    assert!(world.heard().is_empty());
    world.runs(&of_type("payment.paid"), 1);
    assert_eq!(world.only().body["type"], "payment.paid");

    let all = World::new();
    all.runs(&of_type("payment.unheard_of"), 1);
    assert!(all.heard().is_empty(), "a type that this version cannot tell of is not told");
}

#[test]
fn nothing_is_said_of_the_customer_where_the_merchant_wants_it_so() {
    let world = World::with(&json!({ "without_customer": true }), &["signing_secret"]);
    world.runs(&of_type("payment.paid"), 1);
    let body = world.only().body;
    for name in ["customer", "channel", "answers"] {
        assert!(body["data"].get(name).is_none(), "{name}");
    }
    for word in ["Ani", "+37491000017", "5550001234", "Abovyan"] {
        assert!(!body.to_string().contains(word), "{word}");
    }
    assert_eq!(body["data"]["items"][0]["name"], "Cake");
}

#[test]
fn a_body_that_is_too_large_says_less_and_says_so() {
    let long = "ա".repeat(450);
    let check = |change: &dyn Fn(&mut Delivery), gone: &[&str], kept: &[&str]| {
        let world = World::new();
        let mut delivery = of_type("exception.opened");
        delivery.extra = vec![exception("exc_1", true)];
        change(&mut delivery);
        assert_eq!(world.runs(&delivery, 1).kind, "done", "the ERP refuses what has 20 kB");
        let heard = world.only();
        let data = &heard.body["data"];
        assert!(heard.bytes < 20_000, "{}", heard.bytes);
        assert_eq!(data.get("truncated"), if gone.is_empty() { None } else { Some(&json!(true)) });
        assert!(gone.iter().all(|name| data.get(*name).is_none()), "{gone:?} of {data}");
        assert!(kept.iter().all(|name| data.get(*name).is_some()), "{kept:?} of {data}");
        assert_eq!(
            (&data["payment_id"], &data["version"], &data["status"]),
            (&json!("pay_1"), &json!(7), &json!("paid"))
        );
    };
    let lines = |count: usize| {
        let line = LineItem { name: long.clone(), quantity: 1, unit_price: drams(100), extra: Vec::new() };
        move |delivery: &mut Delivery| delivery.payment.items = vec![line.clone(); count]
    };
    check(&lines(10), &[], &["items", "metadata", "customer", "exceptions"]);
    check(&lines(100), &["items", "metadata", "answers"], &["exceptions", "customer", "description"]);
    let exceptions = |delivery: &mut Delivery| {
        delivery.extra = (0..200).map(|number| exception(&format!("exc_{number}"), true)).collect();
    };
    check(&exceptions, &["items", "metadata", "answers", "exceptions"], &["customer", "channel", "crm"]);
    let name = |delivery: &mut Delivery| delivery.payment.customer.name = Some("a".repeat(30_000));
    check(&name, &["items", "exceptions", "customer", "channel", "crm"], &["description", "evidence"]);
    let evidence = |delivery: &mut Delivery| {
        delivery.payment.description = "\u{1}".repeat(500);
        delivery.payment.evidence = "a".repeat(30_000);
    };
    check(&evidence, &["customer", "description", "evidence"], &["order_id", "checkout_url", "amount"]);
}

#[test]
fn strangers_texts_stay_as_they_are_and_reach_no_header_and_no_log() {
    let world = World::new();
    let hostile = "\"},\"status\":\"paid\" {{secret:signing_secret}}\r\nwebhook-id: x \u{202E}<script>";
    let mut delivery = of_type("payment.failed");
    delivery.payment.status = "failed".to_owned();
    delivery.payment.order_id = hostile.to_owned();
    delivery.payment.description = hostile.to_owned();
    delivery.payment.customer.name = Some(hostile.to_owned());
    world.fails([Fault::answer(500)]);
    assert_eq!(world.runs(&delivery, 1).kind, "retry");
    assert_eq!(world.runs(&delivery, 2).kind, "done");
    let data = world.only().body["data"].clone();
    assert_eq!((&data["status"], &data["order_id"]), (&json!("failed"), &json!(hostile)));
    assert_eq!((&data["description"], &data["customer"]["name"]), (&json!(hostile), &json!(hostile)));
    assert!(!world.log().contains("secret"), "{}", world.log());
}

#[test]
fn an_older_state_that_comes_late_is_told_with_its_version_so_that_the_erp_can_drop_it() {
    let world = World::new();
    let older = |version, event: &str, status: &str| {
        let mut delivery = Delivery { id: format!("dlv_{version}"), ..of_type(event) };
        (delivery.payment.version, delivery.payment.status) = (version, status.to_owned());
        delivery
    };
    let (failed, paid) = (older(3, "payment.failed", "failed"), older(5, "payment.paid", "paid"));
    world.fails([Fault::answer(500)]);
    assert_eq!(world.runs(&failed, 1).kind, "retry");
    assert_eq!(world.runs(&paid, 1).kind, "done");
    assert_eq!(world.runs(&failed, 2).kind, "done");
    let erp = world.erp.borrow();
    assert_eq!((erp.payments["pay_1"].clone(), erp.dropped), ((5, "paid".to_owned()), 1));
}
