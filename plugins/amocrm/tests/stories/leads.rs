//! What a lead shows of its payment, and what is never written over what.

use kamurj_sdk::{ChannelRef, CrmRef, Host as _, Money, Payment, Request, testing};
use serde_json::{Value, json};

use crate::account::{REPEAT, SALES};
use crate::merchant::{Merchant, of_lead, owed, payment, payment_of};

#[test]
fn each_status_moves_the_lead_to_its_stage_and_is_named_in_its_field() {
    for (status, stage, name, reason) in [
        ("created", 73, "awaiting_payment", ""),
        ("pending", 73, "awaiting_payment", ""),
        ("paid", 74, "paid", ""),
        ("failed", 75, "payment_failed", ""),
        ("expired", 76, "expired", ""),
        ("cancelled", 76, "expired", "cancelled"),
        ("manual_review", 77, "manual_review", ""),
        ("partially_refunded", 78, "partial_refund", ""),
        ("refunded", 79, "full_refund", ""),
    ] {
        let merchant = Merchant::new();
        merchant.lead(10, "6200001/71", 12_500);
        let outcome = merchant.tell(&of_lead(10, status, 3));
        assert_eq!((outcome.kind.as_str(), outcome.remote_ref.as_deref()), ("done", Some("10")), "{status}");
        assert_eq!(merchant.stage(10), format!("{SALES}/{stage}"), "{status}");
        assert_eq!(
            (merchant.field(10, "PAY_STATUS").as_str(), merchant.field(10, "PAY_REASON").as_str()),
            (name, reason)
        );
    }
    let merchant = Merchant::new();
    merchant.lead(10, "6200001/71", 12_500);
    merchant.tell(&of_lead(10, "something_new", 3));
    assert_eq!(merchant.calls(), 0, "nothing final is done for a status that is not known");
}

#[test]
fn a_paid_lead_shows_everything_and_nothing_else_of_it_is_touched() {
    let merchant = Merchant::new();
    merchant.lead(10, "6200001/71", 12_500);
    merchant.tell(&of_lead(10, "paid", 3));
    for (code, value) in [
        ("PAY_AMOUNT", "12500 AMD"),
        ("PAY_REF", "arca:7f21"),
        ("PAY_AT", "1795249991"),
        ("PAY_LINK", "https://pay.example.am/p/pay_1"),
        ("PAY_ORDER", "A-1042"),
        ("PAY_ATTEMPTS", "1"),
        ("PAY_ID", "pay_1"),
        ("KAMURJ_VERSION", "3"),
        ("PAY_REFUNDED", ""),
        ("COLOUR", "red"),
    ] {
        assert_eq!(merchant.field(10, code), value, "{code}");
    }
    let lead = merchant.amo.borrow().leads[&10].clone();
    assert_eq!((&lead["name"], &lead["price"]), (&json!("Honey cake"), &json!(12_500)));
}

#[test]
fn refunds_add_and_erase_nothing() {
    let merchant = Merchant::new();
    merchant.lead(10, "6200001/71", 12_500);
    merchant.tell(&of_lead(10, "paid", 3));
    let mut back = of_lead(10, "partially_refunded", 4);
    back.refunded.minor = 200_050;
    merchant.tell(&back);
    assert_eq!(
        (merchant.field(10, "PAY_REFUNDED").as_str(), merchant.stage(10).as_str()),
        ("2000.50 AMD", "6200001/78")
    );
    let mut back = of_lead(10, "refunded", 5);
    back.refunded = back.amount.clone();
    merchant.tell(&back);
    assert_eq!((merchant.field(10, "PAY_REFUNDED").as_str(), merchant.stage(10).as_str()), ("12500 AMD", "6200001/79"));
    assert_eq!(merchant.field(10, "PAY_REF"), "arca:7f21");
}

#[test]
fn an_older_version_is_never_written_over_a_newer_one() {
    let merchant = Merchant::new();
    merchant.lead(10, "6200001/71", 12_500);
    merchant.tell(&of_lead(10, "paid", 5));
    for (status, version) in [("pending", 2), ("failed", 3), ("manual_review", 4)] {
        assert_eq!(merchant.tell(&of_lead(10, status, version)).kind, "done");
    }
    assert_eq!((merchant.stage(10).as_str(), merchant.field(10, "KAMURJ_VERSION").as_str()), ("6200001/74", "5"));
    // The plugin has forgotten everything, and the lead has not.
    let other = Merchant { amo: merchant.amo.clone(), ..Merchant::new() };
    let remote = merchant.amo.clone();
    let host = other.host.with_remote(move |request: &Request| remote.borrow_mut().answer(request));
    let other = Merchant { host, amo: other.amo };
    assert_eq!(other.tell(&of_lead(10, "manual_review", 4)).kind, "done");
    assert_eq!(other.stage(10), "6200001/74");
}

#[test]
fn paid_is_never_stepped_back() {
    for status in ["created", "pending", "failed", "expired", "cancelled"] {
        let merchant = Merchant::new();
        merchant.lead(10, "6200001/71", 12_500);
        merchant.tell(&of_lead(10, "paid", 3));
        merchant.tell(&of_lead(10, status, 9));
        assert_eq!(
            (merchant.stage(10).as_str(), merchant.field(10, "PAY_STATUS").as_str()),
            ("6200001/74", "paid"),
            "{status}"
        );
    }
    // A lead that was won by hand is let be, and its fields speak all the same.
    for (status, version) in [("pending", 2), ("paid", 3)] {
        let merchant = Merchant::new();
        merchant.lead(10, "6200001/142", 12_500);
        merchant.tell(&of_lead(10, status, version));
        assert_eq!(merchant.stage(10), "6200001/142", "{status}");
        assert_eq!(merchant.field(10, "KAMURJ_VERSION"), version.to_string());
    }
}

#[test]
fn of_two_payments_of_one_lead_the_later_one_shows() {
    let merchant = Merchant::new();
    merchant.lead(10, "6200001/71", 12_500);
    let first = of_lead(10, "created", 1);
    let second = Payment { id: "pay_2".to_owned(), created_at: first.created_at + 1, ..first.clone() };
    merchant.host.put_payment(first.clone());
    merchant.host.put_payment(second.clone());
    merchant.tell(&second);
    merchant.tell(&Payment { status: "expired".to_owned(), version: 2, ..first.clone() });
    assert_eq!((merchant.field(10, "PAY_ID").as_str(), merchant.stage(10).as_str()), ("pay_2", "6200001/73"));
    // Money that came is shown whichever it was for, and what the other left behind is not taken for its own.
    merchant.tell(&Payment { id: "pay_1".to_owned(), ..of_lead(10, "paid", 3) });
    let mut review = Payment { id: "pay_2".to_owned(), ..of_lead(10, "manual_review", 4) };
    review.created_at = second.created_at;
    merchant.tell(&review);
    assert_eq!(
        (merchant.field(10, "PAY_ID").as_str(), merchant.field(10, "PAY_STATUS").as_str()),
        ("pay_2", "manual_review")
    );
    assert_eq!((merchant.field(10, "PAY_REF"), merchant.field(10, "PAY_AT")), (String::new(), String::new()));
}

#[test]
fn a_stage_of_another_pipeline_leaves_the_lead_where_it_is_and_won_is_won_in_each() {
    let merchant = Merchant::with(&json!({ "stages": { "paid": "142", "expired": "6200001/76" } }));
    merchant.lead(10, &format!("{REPEAT}/81"), 12_500);
    assert_eq!(merchant.tell(&of_lead(10, "expired", 2)).kind, "done");
    assert_eq!((merchant.stage(10).as_str(), merchant.field(10, "PAY_STATUS").as_str()), ("6200002/81", "expired"));
    merchant.tell(&of_lead(10, "paid", 3));
    assert_eq!(merchant.stage(10), "6200002/142");
}

#[test]
fn a_payment_without_a_lead_gets_one_with_its_price() {
    let merchant = Merchant::new();
    let mut payment = payment("created", 1);
    payment.channel = Some(ChannelRef { handle: Some("ani".to_owned()), ..testing::channel("telegram", "5") });
    let outcome = merchant.tell(&payment);
    assert_eq!((outcome.kind.as_str(), outcome.remote_ref.as_deref()), ("done", Some("10")));
    let lead = merchant.amo.borrow().leads[&10].clone();
    assert_eq!((&lead["name"], &lead["price"]), (&json!("Cake — ani (A-1042)"), &json!(12_500)));
    assert_eq!((merchant.stage(10).as_str(), merchant.field(10, "PAY_ID").as_str()), ("6200001/73", "pay_1"));
    payment.version = 2;
    payment.status = "pending".to_owned();
    merchant.tell(&payment);
    assert_eq!((merchant.count("POST leads"), merchant.amo.borrow().leads.len()), (1, 1));
    let none = Merchant::with(&json!({ "create_lead": false }));
    assert_eq!(none.tell(&payment).kind, "done");
    assert_eq!(none.calls(), 0);
}

#[test]
fn an_amount_that_is_no_whole_number_is_never_rounded_into_the_price() {
    for (minor, currency, price, field) in [
        (1_250, "USD", json!(0), "12.50 USD"),
        (1_200, "USD", json!(0), "12 USD"),
        (1_250_000, "AMD", json!(12_500), "12500 AMD"),
    ] {
        let merchant = Merchant::new();
        let payment = Payment { amount: Money { minor, currency: currency.to_owned() }, ..payment("created", 1) };
        assert_eq!(merchant.tell(&payment).kind, "done");
        assert_eq!(
            (&merchant.amo.borrow().leads[&10]["price"], merchant.field(10, "PAY_AMOUNT").as_str()),
            (&price, field)
        );
    }
    // Where the account itself has dollars, whole ones are a price.
    let merchant = Merchant::with(&json!({ "currency": "USD" }));
    let payment = Payment { amount: Money { minor: 1_200, currency: "USD".to_owned() }, ..payment("created", 1) };
    merchant.tell(&payment);
    assert_eq!(merchant.amo.borrow().leads[&10]["price"], 12);
    assert_eq!(merchant.count("GET account"), 0, "what was entered is not asked for");
}

#[test]
fn new_leads_begin_in_the_pipeline_of_the_settings() {
    for (pipeline, stages, expected) in [
        (json!("6200002"), json!({ "awaiting_payment": "6200002/82" }), "6200002/82"),
        (json!("6200002"), json!({ "awaiting_payment": "143" }), "6200002/143"),
        (json!(null), json!({ "awaiting_payment": "6200002/82" }), "6200002/82"),
        (json!(null), json!({ "awaiting_payment": "142" }), "6200001/142"),
        (json!(null), json!({}), "6200001/71"),
    ] {
        let merchant = Merchant::with(&json!({ "pipeline_id": pipeline, "stages": stages }));
        assert_eq!(merchant.tell(&payment("created", 1)).kind, "done");
        assert_eq!(merchant.stage(10), expected, "{stages}");
    }
}

#[test]
fn a_search_that_finds_other_leads_is_compared() {
    let merchant = Merchant::new();
    merchant.amo.borrow_mut().ignores_filters = true;
    merchant.lead(7, "6200001/71", 100);
    merchant.amo.borrow_mut().leads.get_mut(&7).expect("a lead")["name"] = "pay_1 and pay_10".into();
    merchant.tell(&payment("created", 1));
    assert_eq!(merchant.amo.borrow().leads.len(), 2, "a lead of its own was made");
    assert_eq!(merchant.field(7, "PAY_ID"), "");
}

#[test]
fn records_that_are_none_of_this_plugins_are_told_apart() {
    let merchant = Merchant::new();
    let other = CrmRef {
        plugin: "bitrix24".to_owned(),
        entity_type: "deal".to_owned(),
        entity_id: "1".to_owned(),
        extra: Vec::new(),
    };
    let outcome = merchant.tell(&Payment { crm: Some(other), ..payment("paid", 3) });
    assert_eq!((outcome.kind.as_str(), merchant.calls()), ("done", 0));
    for (kind, id, code) in [("deal", "1", "entity-type"), ("lead", "../users", "entity-id"), ("lead", "", "entity-id")]
    {
        let outcome = merchant.tell(&payment_of(kind, id, "paid", 3));
        assert_eq!((outcome.kind.as_str(), outcome.code.as_str(), merchant.calls()), ("bad-request", code, 0));
    }
}

#[test]
fn strangers_texts_are_only_text() {
    let merchant = Merchant::new();
    let long = "ա".repeat(5_000);
    let mut payment = Payment {
        order_id: "A\u{202E}\n{{secret:token}}[x]".to_owned(),
        description: long.clone(),
        provider_reference: Some("\"}],\"status_id\":142,[{\"".to_owned()),
        ..payment("paid", 3)
    };
    payment.customer.name = Some(format!("Robert\"; {{{{secret:token}}}} {long}"));
    assert_eq!(merchant.tell(&payment).kind, "done");
    assert_eq!(merchant.stage(10), "6200001/74");
    assert_eq!(merchant.field(10, "PAY_ORDER"), "A { {secret:token}}[x]");
    let amo = merchant.amo.borrow();
    let name = amo.leads[&10]["name"].as_str().expect("a name");
    assert!(name.chars().count() <= 256 && !name.contains("{{secret"), "{name}");
    assert!(
        merchant.notes()[0].ends_with(" [pay:pay_1:payment.paid]") && merchant.notes()[0].matches('[').count() == 1
    );
    for line in merchant.host.lines() {
        assert!(!line.text.contains("{{secret"), "{line:?}");
    }
}

#[test]
fn an_event_that_is_not_known_is_none_of_our_business() {
    let merchant = Merchant::new();
    merchant.lead(10, "6200001/71", 12_500);
    let delivery = testing::delivery("payment.reminder", of_lead(10, "created", 1));
    assert_eq!((merchant.sync(&delivery).kind.as_str(), merchant.calls()), ("done", 0));
    assert_eq!(merchant.sync(&owed(&of_lead(10, "created", 1))).kind, "done");
    assert_eq!(merchant.host.now_ms(), 1_795_250_000_000);
    assert_ne!(merchant.amo.borrow().leads[&10]["custom_fields_values"], Value::Null);
}
