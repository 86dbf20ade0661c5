//! Smart invoices: fields and stages of their own, log messages in place of comments; and the payments inside the CRM.

use kamurj_sdk::Payment;
use serde_json::{Value, json};

use crate::merchant::{Merchant, crm, payment, payment_of, settings_with};
use crate::portal::Fault;

fn payment_of_invoice(id: u64, status: &str, version: u64) -> Payment {
    Payment { crm: Some(crm("invoice", &id.to_string())), ..payment(status, version) }
}

#[test]
fn an_invoice_moves_through_its_own_stages_and_has_its_own_fields() {
    let merchant = Merchant::new();
    merchant.invoice(7, "DT31_5:N");
    for (status, version, stage, name) in [
        ("created", 1, "DT31_5:S", "awaiting_payment"),
        ("failed", 2, "DT31_5:S", "payment_failed"),
        ("paid", 3, "DT31_5:P", "paid"),
        ("expired", 4, "DT31_5:P", "paid"),
    ] {
        let outcome = merchant.tell(&payment_of_invoice(7, status, version));
        assert_eq!((outcome.kind.as_str(), outcome.remote_ref.as_deref()), ("done", Some("7")), "{status}");
        assert_eq!(merchant.field_of(31, 7, "stageId"), stage, "{status}");
        assert_eq!(merchant.field_of(31, 7, "UF_CRM_SMART_INVOICE_PAY_STATUS"), name);
    }
    assert_eq!(merchant.field_of(31, 7, "UF_CRM_SMART_INVOICE_PAY_AT"), "2026-11-21T12:33:11+04:00");
    assert_eq!(merchant.field_of(31, 7, "UF_CRM_SMART_INVOICE_KAMURJ_VERSION"), "3");
    assert_eq!(merchant.field_of(31, 7, "UF_CRM_PAY_STATUS"), Value::Null);
}

#[test]
fn an_invoice_is_noted_by_log_messages_once() {
    for fault in [Fault::DropReply, Fault::BreakAfter, Fault::DropRequest, Fault::Limit] {
        let merchant = Merchant::new();
        merchant.invoice(7, "DT31_5:S");
        for number in 0..25 {
            merchant.portal.borrow_mut().logs.push((7, format!("call {number}")));
        }
        merchant.fault("crm.timeline.logmessage.add", fault.clone());
        assert_eq!(merchant.tell_until_settled(&payment_of_invoice(7, "paid", 3)).0.kind, "done", "{fault:?}");
        let portal = merchant.portal.borrow();
        let noted: Vec<_> = portal.logs.iter().filter(|(_, text)| text.contains("[pay:pay_1:payment.paid]")).collect();
        assert_eq!((noted.len(), portal.comments.len()), (1, 0), "{fault:?}");
    }
}

#[test]
fn f5_an_invoice_that_is_gone_ends_with_a_clear_word() {
    let merchant = Merchant::new();
    let outcome = merchant.tell(&payment_of_invoice(7, "paid", 3));
    assert_eq!(
        (outcome.code.as_str(), outcome.message.as_str()),
        ("record-gone", "The invoice 7 is gone: restore it and retry, or skip")
    );
    merchant.invoice(7, "DT31_5:S");
    merchant.fault("crm.timeline.logmessage.add", Fault::Refuse(400, json!("OWNER_NOT_FOUND")));
    assert_eq!(merchant.tell(&payment_of_invoice(7, "paid", 3)).code, "record-gone", "deleted in the middle");
}

#[test]
fn the_one_unpaid_payment_of_this_sum_is_marked_and_no_other() {
    let row = |id: u64, sum: Value, paid: &str| json!({ "id": id, "sum": sum, "currency": "AMD", "paid": paid });
    let other = json!({ "id": 5, "sum": 12500, "currency": "USD", "paid": "N" });
    for (rows, marked) in [
        (vec![row(1, json!(12500), "N"), row(2, json!(500), "N"), other], vec![1]),
        (vec![row(1, json!("12500.00"), "N")], vec![1]),
        (vec![row(1, json!(12500.0), "N"), row(2, json!(12500), "N")], vec![]),
        (vec![row(1, json!(12500), "Y"), row(2, json!(12500), "N")], vec![1]),
        (vec![row(1, json!(12500.5), "N")], vec![]),
        (vec![], vec![]),
    ] {
        let merchant = Merchant::with_settings(&settings_with("mark_payments", json!(true)));
        merchant.deal(10, "NEW");
        merchant.portal.borrow_mut().payments.insert((2, 10), rows);
        assert_eq!(merchant.tell(&payment_of(10, "paid", 3)).kind, "done");
        let portal = merchant.portal.borrow();
        let paid =
            portal.payments[&(2, 10)].iter().filter(|row| row["paid"] == "Y").map(|row| row["id"].as_u64().unwrap());
        assert_eq!(paid.collect::<Vec<_>>(), marked);
    }
}

#[test]
fn payments_inside_the_crm_are_left_alone_unless_asked_for_and_never_hold_a_delivery_up() {
    let row = || vec![json!({ "id": 1, "sum": 12500, "currency": "AMD", "paid": "N" })];
    let unasked = Merchant::new();
    unasked.deal(10, "NEW");
    unasked.portal.borrow_mut().payments.insert((2, 10), row());
    unasked.tell(&payment_of(10, "paid", 3));
    assert_eq!(unasked.count("crm.item.payment.list"), 0);

    let merchant = Merchant::with_settings(&settings_with("mark_payments", json!(true)));
    merchant.deal(10, "NEW");
    merchant.portal.borrow_mut().payments.insert((2, 10), row());
    merchant.tell(&payment_of(10, "created", 1));
    assert_eq!(merchant.count("crm.item.payment.list"), 0, "only what was paid is marked");
    merchant.fault("crm.item.payment.pay", Fault::Refuse(403, json!("ACCESS_DENIED")));
    assert_eq!(merchant.tell(&payment_of(10, "paid", 3)).kind, "done");
    assert_eq!(merchant.comments().len(), 1);
    assert!(merchant.host.lines()[0].text.contains("could not be marked"));

    let lost = Merchant::with_settings(&settings_with("mark_payments", json!(true)));
    lost.deal(10, "NEW");
    lost.portal.borrow_mut().payments.insert((2, 10), row());
    lost.fault("crm.item.payment.pay", Fault::DropReply);
    assert_eq!(lost.tell(&payment_of(10, "paid", 3)).kind, "done");
    assert_eq!(lost.portal.borrow().payments[&(2, 10)][0]["paid"], "Y");
}
