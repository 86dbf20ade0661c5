//! Orders of the ERP: what becomes a payment, what is the same payment again, and how the ERP learns of what is not taken.

use crate::erp::{Fault, World};
use kamurj_sdk::testing::payment;
use kamurj_sdk::{Error, Host, Payment};
use serde_json::{Value, json};

fn order() -> Value {
    json!({ "type": "order.created", "timestamp": "2026-11-21T08:33:11Z", "data": {
        "order_id": "A-1042",
        "amount": { "value": "12500", "currency": "AMD" },
        "description": "Cake",
        "items": [
            { "name": "Cake", "quantity": 2, "unit_price": { "value": "6000", "currency": "AMD" } },
            { "name": "Candle", "quantity": 1, "unit_price": { "value": "500", "currency": "AMD" } },
            { "name": "Card", "quantity": 1, "unit_price": { "value": "0", "currency": "AMD" } },
        ],
        "customer": { "name": "Ani", "phone": "+37491000017", "email": "", "id": "C-9" },
        "locale": "ru",
        "expires_in_hours": 48,
        "crm": { "plugin": "bitrix24", "entity_type": "deal", "entity_id": "10" },
    } })
}

/// The order with this in the place of one field, at a JSON pointer below `data`; null takes it out.
fn with(pointer: &str, value: Value) -> Value {
    let mut order = order();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let parent = order["data"].pointer_mut(parent).expect("a place");
    match parent {
        Value::Array(list) => list[name.parse::<usize>().expect("an index")] = value,
        parent => parent[name] = value,
    }
    order
}

fn rejection(world: &World) -> (String, String) {
    let body = world.only().body;
    assert_eq!(body["type"], "order.rejected", "{body}");
    let text = |name: &str| body["data"][name].as_str().expect("text").to_owned();
    (text("field"), text("reason"))
}

#[test]
fn an_order_becomes_a_payment() {
    let world = World::new();
    let outcome = world.says("inb_1", 1, &order());
    assert_eq!((outcome.kind.as_str(), outcome.remote_ref.as_deref()), ("done", Some("pay_1")));
    let payments = world.host.payments();
    let [payment] = &payments[..] else { panic!("one payment: {payments:?}") };
    assert_eq!(
        (payment.order_id.as_str(), payment.amount.minor, payment.amount.currency.as_str()),
        ("A-1042", 1_250_000, "AMD")
    );
    let items: Vec<_> =
        payment.items.iter().map(|item| (item.name.as_str(), item.quantity, item.unit_price.minor)).collect();
    assert_eq!(items, [("Cake", 2, 600_000), ("Candle", 1, 50_000), ("Card", 1, 0)]);
    let customer = &payment.customer;
    assert_eq!(
        (customer.name.as_deref(), customer.phone.as_deref(), customer.email.as_deref(), customer.id.as_deref()),
        (Some("Ani"), Some("+37491000017"), None, Some("C-9"))
    );
    assert_eq!((payment.description.as_str(), payment.locale.as_str()), ("Cake", "ru"));
    assert_eq!(payment.crm.as_ref().map(|crm| crm.entity_id.as_str()), Some("10"));
    assert!(world.heard().is_empty(), "the link goes back as `payment.created`, which the payment owes");
}

#[test]
fn the_least_order_is_a_number_and_an_amount() {
    let world = World::new();
    let least = json!({ "type": "order.created", "data": { "order_id": "7", "amount": { "value": "99.90", "currency": "USD" } } });
    assert_eq!(world.says("inb_1", 1, &least).kind, "done");
    let payment = &world.host.payments()[0];
    assert_eq!((payment.order_id.as_str(), payment.amount.minor, payment.items.len()), ("7", 9990, 0));
    let with_nulls = json!({ "type": "order.created", "data": { "order_id": "8", "amount": { "value": "1", "currency": "AMD" },
        "items": null, "customer": null, "crm": null, "locale": null, "expires_in_hours": null, "metadata": null, "description": null,
        "warehouse": 3 } });
    assert_eq!(world.says("inb_2", 1, &with_nulls).kind, "done", "what is not known is passed over");
    assert_eq!(world.host.payments().len(), 2);
}

#[test]
fn f8_the_same_order_again_is_the_same_payment() {
    let world = World::new();
    for (message, run) in [("inb_1", 1), ("inb_1", 2), ("inb_2", 1)] {
        let outcome = world.says(message, run, &order());
        assert_eq!((outcome.kind.as_str(), outcome.remote_ref.as_deref()), ("done", Some("pay_1")), "{message} {run}");
    }
    assert_eq!((world.host.payments().len(), world.heard().len()), (1, 0));
    // Also after it was paid.
    let paid = Payment { status: "paid".to_owned(), ..world.host.payments()[0].clone() };
    world.host.put_payment(paid);
    assert_eq!(world.says("inb_3", 1, &order()).kind, "done");
    assert!(world.heard().is_empty());
}

#[test]
fn a_known_order_number_with_something_else_is_rejected_by_the_field_that_differs() {
    for (pointer, value, field) in [
        ("/amount/value", json!("12600"), "amount.value"),
        ("/amount/currency", json!("USD"), "amount.currency"),
        ("/description", json!("Pie"), "description"),
        ("/items/0/quantity", json!(3), "items"),
        ("/customer/name", json!("Vahe"), "customer"),
        ("/locale", json!("en"), "locale"),
        ("/crm/entity_id", json!("11"), "crm"),
    ] {
        let world = World::new();
        assert_eq!(world.says("inb_1", 1, &order()).kind, "done");
        assert_eq!(world.says("inb_2", 1, &with(pointer, value)).kind, "done", "{pointer}");
        let (told, reason) = rejection(&world);
        assert_eq!(told, field);
        assert!(reason.contains("Cancel its payment and send another order number"), "{reason}");
        assert_eq!(world.host.payments()[0].amount.minor, 1_250_000, "the payment stays as it was");
    }
}

#[test]
fn an_order_whose_payment_is_over_is_told_so() {
    for status in ["expired", "cancelled"] {
        let world = World::new();
        world.says("inb_1", 1, &order());
        world.host.put_payment(Payment { status: status.to_owned(), ..world.host.payments()[0].clone() });
        world.says("inb_2", 1, &order());
        let (field, reason) = rejection(&world);
        assert_eq!(field, "order_id");
        assert!(reason.contains(&format!("is {status} already")), "{reason}");
    }
}

#[test]
fn every_wrong_field_is_named_and_makes_nothing() {
    let long = "x".repeat(501);
    for (pointer, value, field, part) in [
        ("/order_id", json!(null), "order_id", "is missing"),
        ("/order_id", json!(" "), "order_id", "is missing"),
        ("/order_id", json!(1042), "order_id", "must be text"),
        ("/order_id", json!("x".repeat(65)), "order_id", "at most 64"),
        ("/amount", json!(null), "amount", "must be an object such as"),
        ("/amount", json!("12500"), "amount", "must be an object such as"),
        ("/amount/value", json!(12500), "amount.value", "must be text"),
        ("/amount/value", json!("12,500"), "amount.value", "`12,500`: an amount is written in digits"),
        ("/amount/value", json!("-1"), "amount.value", "in digits"),
        ("/amount/value", json!("0"), "amount.value", "more than zero"),
        ("/amount/value", json!("1.234"), "amount.value", "more decimals"),
        ("/amount/currency", json!("amd"), "amount.currency", "three capital letters"),
        ("/amount/currency", json!(null), "amount.currency", "must be text"),
        ("/description", json!(5), "description", "must be text"),
        ("/description", json!(long), "description", "at most 500"),
        ("/items", json!({}), "items", "must be a list"),
        ("/items/1", json!("Candle"), "items.1", "must be an object"),
        ("/items/1/name", json!(""), "items.1.name", "is missing"),
        ("/items/1/quantity", json!(0), "items.1.quantity", "whole number"),
        ("/items/1/quantity", json!(1.5), "items.1.quantity", "whole number"),
        ("/items/1/quantity", json!("1"), "items.1.quantity", "whole number"),
        ("/items/1/quantity", json!(4_294_967_296_u64), "items.1.quantity", "whole number"),
        ("/items/1/unit_price", json!(500), "items.1.unit_price", "must be an object such as"),
        ("/items/1/unit_price/value", json!(500), "items.1.unit_price.value", "must be text"),
        ("/items/1/unit_price/currency", json!("dram"), "items.1.unit_price.currency", "three capital letters"),
        ("/customer", json!("Ani"), "customer", "must be an object"),
        ("/customer/phone", json!(374), "customer.phone", "must be text"),
        ("/customer/name", json!(long), "customer.name", "at most 500"),
        ("/locale", json!(1), "locale", "must be text"),
        ("/expires_in_hours", json!(0), "expires_in_hours", "1 to 4320"),
        ("/expires_in_hours", json!(4321), "expires_in_hours", "1 to 4320"),
        ("/expires_in_hours", json!("48"), "expires_in_hours", "whole number"),
        ("/crm", json!("deal 10"), "crm", "must be an object"),
        ("/crm/entity_id", json!(null), "crm.entity_id", "is missing"),
        ("/metadata", json!({ "table": "4" }), "metadata", "leave it out"),
        ("/metadata", json!("x"), "metadata", "leave it out"),
    ] {
        let world = World::new();
        let shown = format!("{pointer} = {value}");
        assert_eq!(world.says("inb_1", 1, &with(pointer, value)).kind, "done", "{shown}");
        let (told, reason) = rejection(&world);
        assert_eq!(told, field, "{shown}: {reason}");
        assert!(reason.contains(part), "{shown}: {reason}");
        assert!(world.host.payments().is_empty(), "{shown}");
    }
}

#[test]
fn bodies_that_are_no_order_are_told_too() {
    for (body, field, part) in [
        (&b"not json"[..], "", "must be an object of JSON"),
        (b"\xff\xfe", "", "must be an object of JSON"),
        (b"[]", "", "must be an object of JSON"),
        (b"{}", "", "must be an object of JSON"),
        (b"{\"type\":7}", "", "must be an object of JSON"),
        (b"{\"type\":\"order.created\"}", "", "`data` must be an object"),
        (b"{\"type\":\"order.created\",\"data\":[]}", "", "`data` must be an object"),
    ] {
        let world = World::new();
        assert_eq!(world.says_bytes("inb_1", 1, body).kind, "done");
        let (told, reason) = rejection(&world);
        assert!(told == field && reason.contains(part), "{told}: {reason}");
    }
}

#[test]
fn a_rejection_has_this_shape_and_names_the_message() {
    let world = World::new();
    let outcome = world.says("inb_1", 1, &with("/amount/value", json!("x")));
    assert_eq!(
        (outcome.kind.as_str(), outcome.message.as_str()),
        (
            "done",
            "the order `A-1042` was not taken (amount.value: `x`: an amount is written in digits, such as 12500), and the ERP was told so"
        )
    );
    let heard = world.only();
    assert_eq!(heard.id, "rej_inb_1");
    assert_eq!(
        heard.body,
        json!({ "type": "order.rejected", "timestamp": "2026-11-21T08:33:20.000Z", "data": {
            "schema": 1,
            "message_id": "msg_inb_1",
            "order_id": "A-1042",
            "field": "amount.value",
            "reason": "`x`: an amount is written in digits, such as 12500",
        } })
    );
    let schema: Value = serde_json::from_str(include_str!("../../event.schema.json")).expect("JSON");
    assert!(jsonschema::is_valid(&schema, &heard.body));
    assert!(
        world.log().contains("An order was not taken inbox.id=inb_1 order=A-1042 field=amount.value"),
        "{}",
        world.log()
    );
}

#[test]
fn a_rejection_is_sent_whichever_events_the_merchant_chose() {
    let world = World::with(&json!({ "events": ["payment.paid"] }), &["signing_secret"]);
    world.says("inb_1", 1, &with("/amount", json!(null)));
    assert_eq!(rejection(&world).0, "amount");
}

#[test]
fn f2_a_rejection_whose_answer_was_lost_is_sent_again_and_known_by_its_id() {
    let world = World::new();
    world.fails([Fault::DropReply]);
    let wrong = with("/amount", json!(null));
    let outcome = world.says("inb_1", 1, &wrong);
    assert_eq!(outcome.kind, "retry");
    assert!(
        outcome.message.contains("the order `A-1042` was not taken (amount: must be an object"),
        "{}",
        outcome.message
    );
    assert_eq!(world.says("inb_1", 2, &wrong).kind, "done");
    assert_eq!(world.says("inb_1", 3, &wrong).kind, "done");
    let erp = world.erp.borrow();
    assert_eq!((erp.asked, erp.repeats), (2, 1));
    assert_eq!(erp.heard[0].body, erp.heard[1].body);
}

#[test]
fn a_rejection_that_cannot_be_told_ends_with_a_person_who_sees_why() {
    for (fault, kind, scope) in [
        (Fault::answer(500), "retry", "message"),
        (Fault::answer(404), "retry", "message"),
        (Fault::answer(401), "auth-needed", "message"),
        (Fault::with(429, "retry-after", "30"), "retry", "connection"),
        (Fault::answer(410), "bad-request", "connection"),
        (Fault::NotSent, "retry", "message"),
    ] {
        let world = World::new();
        world.fails([fault.clone()]);
        let outcome = world.says("inb_1", 1, &with("/amount", json!(null)));
        assert_eq!((outcome.kind.as_str(), outcome.scope.as_str()), (kind, scope), "{fault:?}");
    }
}

#[test]
fn what_the_host_refuses_is_told_under_the_erps_names() {
    let refuse = |code: &str, message: &str| {
        let world = World::new();
        let error =
            Error { code: code.to_owned(), message: message.to_owned(), retryable: false, retry_after_ms: None };
        world.host.refuse_next_payment(error);
        let outcome = world.says("inb_1", 1, &order());
        (world, outcome)
    };
    for (code, message, field, reason) in [
        (
            "conflict",
            "order-id: another payment has this order number",
            "order_id",
            "another payment has this order number: send",
        ),
        ("invalid", "order-id: must not have control characters", "order_id", "must not have control characters"),
        ("invalid", "expires-in-ms: must be between five minutes and 180 days", "expires_in_hours", "must be between"),
        ("invalid", "items: must add up to the amount, in its currency", "items", "must add up"),
        ("invalid", "amount: AMD amounts are whole drams", "amount", "AMD amounts are whole drams"),
        ("invalid", "something is wrong", "", "something is wrong"),
    ] {
        let (world, outcome) = refuse(code, message);
        assert_eq!(outcome.kind, "done");
        let (told, why) = rejection(&world);
        assert!(told == field && why.starts_with(reason), "{message}: {told}: {why}");
    }
    let (world, outcome) = refuse("not-granted", "payments are not granted");
    assert_eq!((outcome.kind.as_str(), world.heard().len()), ("bad-request", 0), "this is no fault of the order");
}

#[test]
fn trouble_of_the_host_that_passes_is_no_rejection() {
    let world = World::new();
    let busy = Error {
        code: "unavailable".to_owned(),
        message: "busy".to_owned(),
        retryable: true,
        retry_after_ms: Some(700),
    };
    world.host.refuse_next_payment(busy);
    let outcome = world.says("inb_1", 1, &order());
    assert_eq!((outcome.kind.as_str(), outcome.retry_after_ms), ("retry", Some(700)));
    assert_eq!(world.says("inb_1", 2, &order()).kind, "done");
    assert_eq!((world.host.payments().len(), world.heard().len()), (1, 0));
}

#[test]
fn other_types_and_other_routes_are_passed_over() {
    let world = World::new();
    for kind in ["order.cancelled", "invoice.created", "", "payment.paid"] {
        let mut other = order();
        other["type"] = kind.into();
        assert_eq!(world.says("inb_1", 1, &other).kind, "done");
    }
    assert!(world.host.payments().is_empty() && world.heard().is_empty());
    assert!(world.log().contains("a type that is not taken here type=order.cancelled"), "{}", world.log());
}

#[test]
fn an_erp_that_says_paid_is_not_believed() {
    let world = World::new();
    let mut order = order();
    for (name, value) in
        [("status", json!("paid")), ("paid_at", json!("2026-11-21T08:33:11Z")), ("captured", json!("12500"))]
    {
        order["data"][name] = value;
    }
    assert_eq!(world.says("inb_1", 1, &order).kind, "done");
    let payment = &world.host.payments()[0];
    assert_eq!((payment.status.as_str(), payment.captured.minor), ("created", 0));
}

#[test]
fn hostile_texts_of_an_order_reach_no_log_as_they_are() {
    let world = World::new();
    let hostile = "A\r\nlevel=error {{secret:signing_secret}}\u{202E}";
    let mut wrong = with("/order_id", json!(hostile));
    wrong["data"]["amount"]["value"] = json!("{{secret:signing_secret}}\n");
    world.says("inb_1", 1, &wrong);
    let log = world.log();
    assert!(!log.contains("{{secret") && !log.contains("A\r\n") && !log.contains('\u{202E}'), "{log}");
    let body = world.only().body;
    assert_eq!(body["data"]["order_id"], hostile, "the ERP finds its own number again");
    let mut other = order();
    other["type"] = json!(format!("x{hostile}{}", "y".repeat(900)));
    world.says("inb_2", 1, &other);
    assert!(world.log().lines().all(|line| line.chars().count() < 400), "{}", world.log());
}

#[test]
fn another_orders_payment_is_not_taken_for_this_ones() {
    let world = World::new();
    // The host answers by the key; were two orders ever under one, the second must not get the first one's payment.
    world.says("inb_1", 1, &order());
    let other = Payment { order_id: "A-1043".to_owned(), ..world.host.payments()[0].clone() };
    world.host.put_payment(other);
    world.says("inb_2", 1, &order());
    assert_eq!(rejection(&world).0, "order_id");
    assert_eq!(world.host.payment("pay_1").expect("a payment").amount, payment("x").amount);
}
