//! A lead asks for a payment: moved into a stage, or called by one.

use kamurj_sdk::{Error, Money, Payment};
use serde_json::json;

use crate::account::{Fault, REPEAT, SALES};
use crate::merchant::{HOUR_MS, Merchant, of_lead, payment};

#[test]
fn a_lead_that_is_moved_into_the_stage_gets_one_payment_and_its_link() {
    let merchant = Merchant::new();
    merchant.lead(12, "6200001/71", 12_500);
    let outcome = merchant.moves_and_tells(12, 72);
    assert_eq!((outcome.kind.as_str(), outcome.remote_ref.as_deref()), ("done", Some("pay_1")));
    let payments = merchant.host.payments();
    assert_eq!(payments.len(), 1);
    assert_eq!(payments[0].amount, Money { minor: 1_250_000, currency: "AMD".to_owned() });
    assert_eq!((payments[0].order_id.as_str(), payments[0].description.as_str()), ("L-12", "Honey cake"));
    let reference = payments[0].crm.clone().expect("a reference");
    assert_eq!(
        (reference.plugin.as_str(), reference.entity_type.as_str(), reference.entity_id.as_str()),
        ("amocrm", "lead", "12")
    );
    assert_eq!(merchant.tell(&payments[0]).kind, "done");
    assert_eq!(merchant.field(12, "PAY_LINK"), "https://pay.example.am/p/pay_1");
    assert_eq!(merchant.stage(12), "6200001/73");
}

#[test]
fn f8_the_same_message_again_and_another_about_the_same_move_ask_nothing_new() {
    let merchant = Merchant::new();
    merchant.lead(12, "6200001/71", 12_500);
    merchant.moves_and_tells(12, 72);
    let moved = merchant.told_of("status", 0, 12, &[("old_status_id", "71"), ("old_pipeline_id", "6200001")]);
    for number in 0..5 {
        merchant.posts("hook", &format!("inb_again_{number}"), 1, &moved);
    }
    merchant.posts("hook", "inb_update", 1, &merchant.told_of("update", 0, 12, &[]));
    assert_eq!(merchant.host.payments().len(), 1);
}

#[test]
fn what_this_plugin_writes_comes_back_and_causes_nothing() {
    let merchant = Merchant::with(&json!({ "requests": { "stages": ["6200001/72", "6200001/73"] } }));
    merchant.lead(12, "6200001/71", 12_500);
    merchant.moves_and_tells(12, 72);
    let asked = merchant.host.payments().remove(0);
    merchant.tell(&asked);
    assert_eq!(merchant.stage(12), "6200001/73");
    let echo = [("old_status_id", "72"), ("old_pipeline_id", "6200001")];
    merchant.passes(5);
    let form = merchant.told_of("status", 0, 12, &echo);
    assert_eq!(merchant.posts("hook", "inb_echo", 1, &form).kind, "done");
    merchant.posts("hook", "inb_echo_2", 1, &merchant.told_of("update", 0, 12, &[]));
    assert_eq!(merchant.host.payments().len(), 1);
    // Nor does a lead that was made for a sale elsewhere, though it was made in a stage that asks.
    let sale = payment("created", 1);
    merchant.host.put_payment(Payment { id: "pay_chat".to_owned(), ..sale.clone() });
    let sale = Payment { id: "pay_chat".to_owned(), ..sale };
    merchant.tell(&sale);
    let made: u64 = *merchant.amo.borrow().leads.keys().next().expect("a lead");
    assert_eq!(merchant.stage(made), "6200001/73");
    merchant.posts("hook", "inb_made", 1, &merchant.told_of("add", 0, made, &[]));
    merchant.posts("button", "inb_pressed", 1, &merchant.told_of("status", 0, made, &[]));
    assert_eq!(merchant.host.payments().len(), 2, "the lead's own and the chat's");
}

#[test]
fn a_copy_of_a_lead_asks_for_its_own_payment() {
    let merchant = Merchant::new();
    merchant.lead(12, "6200001/71", 12_500);
    merchant.moves_and_tells(12, 72);
    merchant.tell(&merchant.host.payments()[0]);
    let mut copy = merchant.amo.borrow().leads[&12].clone();
    (copy["id"], copy["status_id"]) = (13.into(), 71.into());
    merchant.amo.borrow_mut().leads.insert(13, copy);
    merchant.moves_and_tells(13, 72);
    assert_eq!(merchant.host.payments()[1].order_id, "L-13");
}

#[test]
fn a_lead_elsewhere_asks_for_nothing_and_is_not_even_read() {
    let merchant = Merchant::new();
    merchant.lead(12, "6200001/71", 12_500);
    merchant.moves_and_tells(12, 75);
    merchant.posts("hook", "inb_1", 1, &merchant.told_of("update", 0, 12, &[]));
    merchant.posts("hook", "inb_2", 1, &merchant.told_of("delete", 0, 12, &[]));
    assert_eq!((merchant.calls(), merchant.host.payments().len()), (0, 0));
    // The message is a hint: the lead has moved on since.
    merchant.moves(12, 72);
    let form = merchant.told_of("status", 0, 12, &[("old_status_id", "75")]);
    merchant.moves(12, 71);
    assert_eq!(merchant.posts("hook", "inb_3", 1, &form).kind, "done");
    assert_eq!((merchant.count("GET leads/#"), merchant.host.payments().len()), (1, 0));
}

#[test]
fn a_lead_that_is_gone_asks_for_nothing() {
    let merchant = Merchant::new();
    merchant.lead(12, "6200001/72", 12_500);
    let form = merchant.told_of("add", 0, 12, &[]);
    merchant.amo.borrow_mut().leads.get_mut(&12).expect("a lead")["is_deleted"] = true.into();
    assert_eq!(merchant.posts("hook", "inb_1", 1, &form).kind, "done");
    merchant.amo.borrow_mut().leads.clear();
    assert_eq!(merchant.posts("button", "inb_2", 1, &form).kind, "done");
    assert_eq!(merchant.host.payments(), Vec::new());
}

#[test]
fn a_stage_that_calls_asks_wherever_the_lead_is() {
    let merchant = Merchant::new();
    merchant.lead(12, &format!("{REPEAT}/81"), 900);
    // As a stage posts it, without a number.
    let form =
        "leads%5Bstatus%5D%5Bid%5D=12&leads%5Bstatus%5D%5Bstatus_id%5D=81&leads%5Bstatus%5D%5Bpipeline_id%5D=6200002&";
    for number in 0..3 {
        assert_eq!(merchant.posts("button", &format!("inb_{number}"), 1, form).kind, "done");
    }
    assert_eq!(merchant.host.payments().len(), 1);
    // Once it is over, another press asks anew.
    merchant.now(0, "expired", 2);
    merchant.posts("button", "inb_9", 1, form);
    assert_eq!(merchant.host.payments()[1].order_id, "L-12-2");
}

#[test]
fn a_lead_that_is_moved_in_again_after_its_payment_expired_gets_another_and_an_edit_does_not() {
    let merchant = Merchant::new();
    merchant.lead(12, "6200001/71", 12_500);
    merchant.moves_and_tells(12, 72);
    let first = merchant.told_of("status", 0, 12, &[("old_status_id", "71"), ("old_pipeline_id", "6200001")]);
    merchant.tell(&merchant.host.payments()[0]);
    merchant.tell(&merchant.now(0, "expired", 2));
    assert_eq!(merchant.stage(12), "6200001/76");
    merchant.moves_and_tells(12, 71);
    merchant.moves(12, 72);
    // The first move is told late, and the lead is edited: neither is a move.
    merchant.posts("hook", "inb_late", 1, &first);
    merchant.posts("hook", "inb_edit", 1, &merchant.told_of("update", 0, 12, &[]));
    assert_eq!(merchant.host.payments().len(), 1);
    let form = merchant.told_of("status", 0, 12, &[("old_status_id", "71"), ("old_pipeline_id", "6200001")]);
    for number in 0..2 {
        merchant.posts("hook", &format!("inb_second_{number}"), 1, &form);
    }
    let payments = merchant.host.payments();
    assert_eq!((payments.len(), payments[1].order_id.as_str()), (2, "L-12-2"));
}

#[test]
fn a_time_from_a_clock_that_is_ahead_does_not_outlast_later_moves() {
    let merchant = Merchant::new();
    merchant.lead(12, "6200001/72", 12_500);
    let from = [("old_status_id", "71"), ("last_modified", "9999999999")];
    merchant.posts("hook", "inb_1", 1, &merchant.told_of("status", 0, 12, &from));
    merchant.tell(&merchant.now(0, "expired", 2));
    merchant.moves_and_tells(12, 71);
    merchant.moves_and_tells(12, 72);
    assert_eq!(merchant.host.payments().len(), 2);
}

#[test]
fn a_paid_lead_that_is_moved_in_again_asks_for_nothing() {
    let merchant = Merchant::new();
    merchant.lead(12, "6200001/71", 12_500);
    merchant.moves_and_tells(12, 72);
    merchant.tell(&merchant.now(0, "paid", 3));
    merchant.moves_and_tells(12, 71);
    merchant.moves_and_tells(12, 72);
    assert_eq!(merchant.host.payments().len(), 1);
}

#[test]
fn a_wrong_amount_is_told_once_at_the_lead_and_right_again_works() {
    let merchant = Merchant::new();
    merchant.lead(12, "6200001/71", 0);
    merchant.moves_and_tells(12, 72);
    let form = merchant.told_of("update", 0, 12, &[]);
    for number in 0..4 {
        assert_eq!(merchant.posts("hook", &format!("inb_{number}"), 1, &form).kind, "done");
    }
    assert_eq!((merchant.host.payments().len(), merchant.notes().len()), (0, 1));
    assert!(merchant.notes()[0].contains("amount `0`: the amount must be more than zero"), "{}", merchant.notes()[0]);
    assert!(merchant.count("GET leads/#/notes") <= 1, "what is known to stand there is not read each time");
    merchant.amo.borrow_mut().leads.get_mut(&12).expect("a lead")["price"] = 900.into();
    merchant.posts("hook", "inb_right", 1, &form);
    assert_eq!(merchant.host.payments()[0].amount.minor, 90_000);
}

#[test]
fn what_the_host_refuses_is_told_at_the_lead() {
    let merchant = Merchant::new();
    merchant.lead(12, "6200001/71", 12_500);
    let message = "amount: the currency must be AMD, RUB, USD or EUR".to_owned();
    merchant.host.refuse_next_payment(Error {
        code: "invalid".to_owned(),
        message,
        retryable: false,
        retry_after_ms: None,
    });
    assert_eq!(merchant.moves_and_tells(12, 72).kind, "done");
    assert!(merchant.notes()[0].contains("the currency must be"), "{}", merchant.notes()[0]);
}

#[test]
fn the_price_is_in_the_accounts_currency_or_in_the_one_that_was_entered() {
    for (account, entered, expected) in
        [("RUB", None, Some("RUB")), ("RUB", Some("AMD"), Some("AMD")), ("", None, None)]
    {
        let merchant = Merchant::with(&json!({ "currency": entered }));
        merchant.amo.borrow_mut().currency = account.to_owned();
        merchant.lead(12, "6200001/71", 12_500);
        let outcome = merchant.moves_and_tells(12, 72);
        let asked = merchant.host.payments().first().map(|payment| payment.amount.currency.clone());
        assert_eq!(asked.as_deref(), expected);
        if expected.is_none() {
            assert_eq!((outcome.kind.as_str(), outcome.scope.as_str()), ("bad-request", "connection"));
            assert!(outcome.message.contains("enter `currency`"), "{}", outcome.message);
        }
    }
}

/// A lead with two kinds of cake and a contact.
fn with_products(merchant: &Merchant, price: u64) {
    merchant.lead(12, "6200001/71", price);
    let mut amo = merchant.amo.borrow_mut();
    amo.lists.insert(4521, ("products", vec!["PRICE"]));
    for (id, name, price) in [(1, "Honey cake", json!("5000")), (2, "Tea", json!(1250))] {
        amo.elements.insert(
            (4521, id),
            json!({ "id": id, "name": name, "custom_fields_values": [{ "field_code": "PRICE", "values": [{ "value": price }] }] }),
        );
    }
    amo.contacts.insert(
        77,
        json!({ "id": 77, "name": "Ani", "custom_fields_values": [
            { "field_code": "PHONE", "values": [{ "value": "+374 91 00-00-17" }] },
            { "field_code": "EMAIL", "values": [{ "value": "ani@example.am" }] },
        ] }),
    );
    amo.leads.get_mut(&12).expect("a lead")["_embedded"] = json!({
        "contacts": [{ "id": 76, "is_main": false }, { "id": 77, "is_main": true }],
        "catalog_elements": [
            { "id": 1, "metadata": { "quantity": 2, "catalog_id": 4521 } },
            { "id": 2, "metadata": { "quantity": 2.0, "catalog_id": 4521 } },
        ],
    });
}

#[test]
fn products_and_the_main_contact_come_along() {
    let merchant = Merchant::new();
    with_products(&merchant, 12_500);
    merchant.moves_and_tells(12, 72);
    let payment = merchant.host.payments().remove(0);
    let items: Vec<(&str, u32, i64)> =
        payment.items.iter().map(|item| (item.name.as_str(), item.quantity, item.unit_price.minor)).collect();
    assert_eq!(items, [("Honey cake", 2, 500_000), ("Tea", 2, 125_000)]);
    let customer = payment.customer;
    assert_eq!(
        (customer.name.as_deref(), customer.phone.as_deref(), customer.email.as_deref()),
        (Some("Ani"), Some("+37491000017"), Some("ani@example.am"))
    );
}

#[test]
fn a_list_that_cannot_be_read_whole_or_does_not_add_up_is_left_out() {
    let check = |change: &dyn Fn(&Merchant)| {
        let merchant = Merchant::new();
        with_products(&merchant, 12_500);
        change(&merchant);
        merchant.moves_and_tells(12, 72);
        let payment = merchant.host.payments().remove(0);
        assert_eq!((payment.items, payment.amount.minor > 0), (Vec::new(), true));
    };
    let element = |merchant: &Merchant, name: &str, value: serde_json::Value| {
        let mut amo = merchant.amo.borrow_mut();
        amo.leads.get_mut(&12).expect("a lead")["_embedded"]["catalog_elements"][1]["metadata"][name] = value;
    };
    check(&|merchant| merchant.amo.borrow_mut().leads.get_mut(&12).expect("a lead")["price"] = 12_400.into());
    check(&|merchant| drop(merchant.amo.borrow_mut().elements.remove(&(4521, 2))));
    check(&|merchant| element(merchant, "quantity", json!(1.5)));
    check(&|merchant| element(merchant, "quantity", json!(0)));
    check(&|merchant| element(merchant, "catalog_id", json!("../users")));
    check(&|merchant| merchant.fault("GET catalogs/#/elements", Fault::Refuse(403, r#"{"status":403}"#.to_owned())));
    check(&|merchant| {
        merchant.amo.borrow_mut().elements.get_mut(&(4521, 1)).expect("one")["custom_fields_values"] = json!(null);
    });
}

#[test]
fn an_invoice_at_the_lead_is_no_product() {
    let merchant = Merchant::new();
    with_products(&merchant, 12_500);
    {
        let mut amo = merchant.amo.borrow_mut();
        amo.elements.insert(
            (9001, 55),
            json!({ "id": 55, "name": "Invoice 1", "custom_fields_values": [{ "field_code": "BILL_STATUS", "values": [{ "enum_code": "created" }] }] }),
        );
        let lead = amo.leads.get_mut(&12).expect("a lead");
        let linked = lead["_embedded"]["catalog_elements"].as_array_mut().expect("a list");
        linked.push(json!({ "id": 55, "metadata": { "quantity": 1, "catalog_id": 9001 } }));
    }
    merchant.moves_and_tells(12, 72);
    assert_eq!(merchant.host.payments()[0].items.len(), 2);
}

#[test]
fn a_contact_that_cannot_be_read_stops_nothing_and_passing_trouble_does() {
    let merchant = Merchant::new();
    with_products(&merchant, 12_500);
    merchant.fault("GET contacts/#", Fault::Refuse(429, r#"{"retry_after":7}"#.to_owned()));
    let outcome = merchant.moves_and_tells(12, 72);
    assert_eq!((outcome.kind.as_str(), outcome.retry_after_ms), ("retry", Some(7_000)));
    assert_eq!(merchant.host.payments(), Vec::new());
    merchant.amo.borrow_mut().contacts.clear();
    let form = merchant.told_of("status", 0, 12, &[("old_status_id", "71")]);
    assert_eq!(merchant.posts("hook", "inb_again", 2, &form).kind, "done");
    assert_eq!(merchant.host.payments()[0].customer.name, None);
}

#[test]
fn without_the_setting_nobody_asks() {
    let merchant = Merchant::with(&json!({ "requests": null }));
    merchant.lead(12, "6200001/71", 12_500);
    merchant.moves_and_tells(12, 72);
    merchant.posts("button", "inb_1", 1, &merchant.told_of("status", 0, 12, &[]));
    assert_eq!((merchant.tick("catch-up", "occ_1", 1).kind.as_str(), merchant.calls()), ("done", 0));
    let button_alone = Merchant::with(&json!({ "requests": {} }));
    button_alone.lead(12, "6200001/71", 12_500);
    button_alone.moves_and_tells(12, 72);
    assert_eq!(button_alone.host.payments().len(), 0);
    button_alone.posts("button", "inb_1", 1, &button_alone.told_of("status", 0, 12, &[]));
    assert_eq!(button_alone.host.payments().len(), 1);
}

#[test]
fn the_payment_of_a_lead_lives_as_long_as_the_settings_say_and_is_shown_from_the_start() {
    let merchant = Merchant::new();
    merchant.lead(12, &format!("{SALES}/71"), 12_500);
    merchant.moves_and_tells(12, 72);
    let asked = merchant.host.payments().remove(0);
    assert_eq!(merchant.tell(&asked).remote_ref.as_deref(), Some("12"));
    assert_eq!(merchant.field(12, "PAY_STATUS"), "awaiting_payment");
    assert!(asked.expires_at > asked.created_at + HOUR_MS);
    assert_eq!(merchant.tell(&of_lead(12, "paid", 9)).kind, "done");
}
