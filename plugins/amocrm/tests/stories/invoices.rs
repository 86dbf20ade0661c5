//! Invoices that payments refer to.

use serde_json::{Value, json};

use crate::account::Fault;
use crate::merchant::{Merchant, payment_of};

const PATCH: &str = "PATCH catalogs/#/elements";

fn merchant(codes: &[&'static str]) -> Merchant {
    let merchant = Merchant::with(&json!({ "mark_invoices": true }));
    {
        let mut amo = merchant.amo.borrow_mut();
        amo.lists.insert(9001, ("invoices", codes.to_vec()));
        let created =
            json!([{ "field_code": "BILL_STATUS", "values": [{ "value": "Создан", "enum_code": "created" }] }]);
        let fields = if codes.contains(&"BILL_STATUS") { created } else { json!(null) };
        amo.elements.insert((9001, 55), json!({ "id": 55, "name": "Invoice 1", "custom_fields_values": fields }));
    }
    merchant
}

fn whole() -> Merchant {
    merchant(&["BILL_STATUS", "BILL_PAYMENT_DATE", "BILL_COMMENT", "BILL_PRICE"])
}

fn of_invoice(status: &str, version: u64) -> kamurj_sdk::Payment {
    payment_of("invoice", "9001/55", status, version)
}

fn field(merchant: &Merchant, code: &str) -> Value {
    let amo = merchant.amo.borrow();
    let fields = amo.elements[&(9001, 55)]["custom_fields_values"].as_array().cloned().unwrap_or_default();
    let found = fields.iter().find(|field| field["field_code"] == code);
    found.map(|field| field["values"][0].clone()).unwrap_or_default()
}

#[test]
fn a_paid_invoice_is_marked_with_its_time() {
    let merchant = whole();
    for (status, version) in [("created", 1), ("pending", 2), ("failed", 3)] {
        assert_eq!(merchant.tell(&of_invoice(status, version)).kind, "done");
    }
    assert_eq!(merchant.count(PATCH), 0, "nothing stands in an invoice for money that did not come");
    assert_eq!(merchant.tell(&of_invoice("paid", 4)).kind, "done");
    assert_eq!(field(&merchant, "BILL_STATUS")["enum_code"], "paid");
    assert_eq!(field(&merchant, "BILL_PAYMENT_DATE")["value"], 1_795_249_991);
    assert_eq!(field(&merchant, "BILL_COMMENT"), Value::Null, "customers read it");
    assert_eq!(merchant.notes(), Vec::<String>::new());
}

#[test]
fn refunds_are_added_to_the_comment_once_each() {
    let merchant = whole();
    merchant.tell(&of_invoice("paid", 4));
    merchant.amo.borrow_mut().elements.get_mut(&(9001, 55)).expect("one")["custom_fields_values"]
        .as_array_mut()
        .expect("fields")
        .push(json!({ "field_code": "BILL_COMMENT", "values": [{ "value": "Deliver on Friday" }] }));
    for (version, minor) in [(5, 100_000), (6, 200_000), (6, 200_000)] {
        let mut back = of_invoice("partially_refunded", version);
        back.refunded.minor = minor;
        assert_eq!(merchant.tell(&back).kind, "done");
    }
    let mut back = of_invoice("refunded", 7);
    back.refunded = back.amount.clone();
    merchant.fault(PATCH, Fault::DropReply);
    assert_eq!(merchant.tell(&back).kind, "done");
    let comment = field(&merchant, "BILL_COMMENT")["value"].as_str().expect("a text").to_owned();
    let lines: Vec<&str> = comment.lines().collect();
    assert_eq!((lines.len(), lines[0]), (4, "Deliver on Friday"));
    assert!(lines[1].contains("1000\u{a0}֏ of 12500\u{a0}֏") && lines[3].ends_with("payment.refunded]"), "{comment}");
    assert_eq!(field(&merchant, "BILL_STATUS")["enum_code"], "paid", "nothing is erased");
}

#[test]
fn a_refund_that_stands_there_is_not_added_by_a_plugin_that_forgot_it() {
    let merchant = whole();
    let mut back = of_invoice("refunded", 7);
    back.refunded = back.amount.clone();
    merchant.tell(&back);
    let remote = merchant.amo.clone();
    let fresh = Merchant::with(&json!({ "mark_invoices": true }));
    let host = fresh.host.with_remote(move |request: &kamurj_sdk::Request| remote.borrow_mut().answer(request));
    let fresh = Merchant { host, amo: merchant.amo };
    assert_eq!(fresh.tell(&back).kind, "done");
    let comment = field(&fresh, "BILL_COMMENT")["value"].as_str().expect("a text").to_owned();
    assert_eq!(comment.lines().count(), 1, "{comment}");
}

#[test]
fn an_older_version_marks_nothing_and_a_paid_invoice_stays_paid() {
    let merchant = whole();
    merchant.tell(&of_invoice("expired", 6));
    merchant.tell(&of_invoice("paid", 4));
    assert_eq!(field(&merchant, "BILL_STATUS")["enum_code"], "created");
    merchant.tell(&of_invoice("paid", 7));
    merchant.tell(&of_invoice("expired", 9));
    assert_eq!(field(&merchant, "BILL_STATUS")["enum_code"], "paid");
}

#[test]
fn fields_that_the_merchant_deleted_are_passed_over() {
    let merchant = self::merchant(&["BILL_PAYMENT_DATE"]);
    assert_eq!(merchant.tell(&of_invoice("paid", 4)).kind, "done");
    assert_eq!(field(&merchant, "BILL_PAYMENT_DATE")["value"], 1_795_249_991);
    let mut back = of_invoice("refunded", 5);
    back.refunded = back.amount.clone();
    assert_eq!(merchant.tell(&back).kind, "done");
    let bare = self::merchant(&["BILL_PRICE"]);
    assert_eq!((bare.tell(&of_invoice("paid", 4)).kind.as_str(), bare.count(PATCH)), ("done", 0));
    assert!(bare.host.lines().iter().any(|line| line.text.contains("no field to mark")));
}

#[test]
fn an_invoice_that_is_gone_is_told() {
    let merchant = whole();
    merchant.amo.borrow_mut().elements.clear();
    let outcome = merchant.tell(&of_invoice("paid", 4));
    assert_eq!((outcome.code.as_str(), outcome.scope.as_str()), ("record-gone", "message"));
    assert!(outcome.message.starts_with("The invoice 9001/55 is gone"), "{}", outcome.message);
    // Removed between the look and the write.
    let path = r#"{"validation-errors":[{"errors":[{"code":"NotSupportedChoice","path":"id"}]}],"status":400}"#;
    for (status, body) in [(400, path), (404, "{}")] {
        let merchant = whole();
        merchant.fault(PATCH, Fault::Refuse(status, body.to_owned()));
        assert_eq!(merchant.tell(&of_invoice("paid", 4)).code, "record-gone");
    }
    for id in ["55", "9001/", "a/b", "9001/55/1"] {
        assert_eq!(merchant.tell(&payment_of("invoice", id, "paid", 3)).code, "entity-id", "{id}");
    }
}

#[test]
fn without_the_setting_no_invoice_is_touched() {
    let merchant = Merchant::new();
    let payment = of_invoice("paid", 4);
    merchant.host.put_payment(payment.clone());
    assert_eq!(
        (merchant.tell(&payment).kind.as_str(), merchant.tick("compare", "occ_1", 1).kind.as_str()),
        ("done", "done")
    );
    assert_eq!((merchant.calls(), merchant.host.reports()[0].differences.len()), (0, 0));
}

#[test]
fn an_exception_about_an_invoice_is_a_task_that_stands_alone() {
    let merchant = whole();
    let mut delivery = kamurj_sdk::testing::delivery("exception.opened", of_invoice("paid", 4));
    let exception = json!({ "id": "exc_1", "kind": "late_payment", "detail": "", "open": true });
    delivery.extra.push(("exception".to_owned(), exception.to_string()));
    assert_eq!(merchant.sync(&delivery).kind, "done");
    assert_eq!((merchant.tasks().len(), merchant.amo.borrow().tasks[0].get("entity_id")), (1, None));
}

#[test]
fn f10_an_invoice_is_compared_as_far_as_it_can_tell() {
    for (status, by_hand, found) in [
        ("pending", "created", None),
        ("failed", "created", None),
        ("paid", "paid", None),
        ("refunded", "paid", None),
        ("pending", "paid", Some(("awaiting_payment", "paid"))),
        ("paid", "created", Some(("paid", "awaiting_payment"))),
    ] {
        let merchant = whole();
        let payment = of_invoice(status, 4);
        merchant.host.put_payment(payment.clone());
        merchant.tell(&payment);
        merchant.amo.borrow_mut().elements.get_mut(&(9001, 55)).expect("one")["custom_fields_values"] =
            json!([{ "field_code": "BILL_STATUS", "values": [{ "enum_code": by_hand }] }]);
        assert_eq!(merchant.tick("compare", "occ_1", 1).kind, "done");
        let differences = merchant.host.reports().remove(0).differences;
        let told: Vec<_> = differences.iter().map(|one| (one.ours.as_str(), one.theirs.as_str())).collect();
        assert_eq!(told, found.into_iter().collect::<Vec<_>>(), "{status} and {by_hand}");
    }
    let merchant = whole();
    let payment = of_invoice("paid", 4);
    merchant.host.put_payment(payment);
    merchant.amo.borrow_mut().elements.clear();
    merchant.tick("compare", "occ_1", 1);
    assert_eq!(merchant.host.reports()[0].differences[0].field, "record");
}
