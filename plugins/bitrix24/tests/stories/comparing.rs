//! The nightly comparison: each kind of difference is found, and nothing is changed by it.

use kamurj_sdk::{Difference, Payment};
use serde_json::json;

use crate::merchant::{Merchant, crm, payment, payment_of, settings};

/// Payments are older than the clock says, so that the comparison has them.
fn told(merchant: &Merchant, payment: &Payment) {
    merchant.host.put_payment(payment.clone());
    assert_eq!(merchant.tell(payment).kind, "done");
}

fn compare(merchant: &Merchant) -> Vec<Difference> {
    merchant.host.set_now_ms(1_795_260_000_000);
    let before = merchant.portal.borrow().calls.clone();
    assert_eq!(merchant.ticks("compare", 1).kind, "done");
    let reports = merchant.host.reports();
    assert!(reports.last().is_some_and(|part| part.complete));
    let calls = merchant.portal.borrow().calls[before.len()..].to_vec();
    assert!(calls.iter().all(|(method, _)| method == "batch" || method == "crm.item.list"), "{calls:?}");
    reports.into_iter().flat_map(|part| part.differences).collect()
}

#[track_caller]
fn check(change: impl FnOnce(&Merchant), status: &str, field: &str, ours: &str, theirs: &str) {
    let merchant = Merchant::new();
    merchant.deal(10, "NEW");
    told(&merchant, &payment_of(10, status, 3));
    change(&merchant);
    let found = compare(&merchant);
    let [difference] = &found[..] else { panic!("{found:?}") };
    assert_eq!(
        (difference.field.as_str(), difference.ours.as_str(), difference.theirs.as_str()),
        (field, ours, theirs),
        "{}",
        difference.message
    );
    let entity = difference.entity.as_ref().expect("a record");
    assert_eq!(
        (difference.payment_id.as_str(), entity.entity_type.as_str(), entity.entity_id.as_str()),
        ("pay_1", "deal", "10")
    );
}

#[test]
fn f10_each_kind_of_difference_is_found() {
    check(|shop| shop.set(2, 10, "stageId", json!("EXECUTING")), "created", "stage", "PREPARATION", "EXECUTING");
    check(|shop| shop.set(2, 10, "stageId", json!("WON")), "failed", "stage", "UC_FAILED", "WON");
    check(|shop| shop.set(2, 10, "stageId", json!("LOSE")), "paid", "stage", "EXECUTING", "LOSE");
    check(|shop| shop.set(2, 10, "UF_CRM_PAY_STATUS", json!("paid")), "failed", "status", "payment_failed", "paid");
    check(|shop| shop.set(2, 10, "UF_CRM_PAY_STATUS", json!("thanks")), "paid", "status", "paid", "");
    check(|shop| shop.set(2, 10, "UF_CRM_PAY_AMOUNT", json!("99")), "paid", "amount", "12500", "99");
    check(|shop| shop.portal.borrow_mut().items.clear(), "paid", "record", "paid", "");
}

#[test]
fn f10_a_deal_moved_to_paid_by_hand_is_no_fact_about_money() {
    let merchant = Merchant::new();
    merchant.deal(10, "NEW");
    told(&merchant, &payment_of(10, "created", 3));
    merchant.set(2, 10, "stageId", json!("EXECUTING"));
    let found = compare(&merchant);
    assert!(found[0].message.contains("no bank has said so"), "{}", found[0].message);
    assert_eq!(merchant.host.payments()[0].status, "created");
    assert_eq!(merchant.stage(10), "EXECUTING", "the comparison moves nothing");
}

#[test]
fn what_is_as_it_should_be_is_no_difference() {
    let merchant = Merchant::new();
    for (id, status) in
        [(10, "created"), (11, "paid"), (12, "expired"), (13, "refunded"), (14, "cancelled"), (15, "paid")]
    {
        merchant.deal(id, "NEW");
        let payment = Payment { id: format!("pay_{id}"), ..payment_of(id, status, 3) };
        told(&merchant, &payment);
    }
    merchant.set(2, 11, "stageId", json!("WON"));
    merchant.set(2, 10, "stageId", json!("NEW"));
    merchant.set(2, 15, "UF_CRM_PAY_AMOUNT", json!("12500.00"));
    merchant.invoice(7, "DT31_5:S");
    told(&merchant, &Payment { id: "pay_7".to_owned(), crm: Some(crm("invoice", "7")), ..payment("paid", 3) });
    let later = Payment { id: "pay_99".to_owned(), created_at: 1_795_250_000_001, ..payment_of(12, "paid", 3) };
    told(&merchant, &later);
    assert_eq!(compare(&merchant), []);
    assert_eq!(merchant.host.reports().iter().map(|part| part.compared).sum::<u32>(), 8);
}

#[test]
fn payments_without_a_reference_are_compared_by_the_deal_that_was_made_for_them() {
    let merchant = Merchant::new();
    told(&merchant, &payment("paid", 3));
    merchant.set(2, 10, "stageId", json!("LOSE"));
    assert_eq!(compare(&merchant)[0].field, "stage");
    let elsewhere = Merchant::new();
    let mut payment = payment_of(10, "paid", 3);
    "amocrm".clone_into(&mut payment.crm.as_mut().unwrap().plugin);
    elsewhere.host.put_payment(payment);
    assert_eq!((compare(&elsewhere), elsewhere.hits()), (vec![], 0));
}

#[test]
fn a_long_comparison_takes_few_requests_and_goes_on_in_further_runs() {
    let merchant = Merchant::new();
    for id in 100..820 {
        merchant.deal(id, "EXECUTING");
        for (name, value) in [("UF_CRM_PAY_STATUS", "paid"), ("UF_CRM_PAY_AMOUNT", "12500")] {
            merchant.set(2, id, name, json!(value));
        }
        let payment = Payment { id: format!("pay_{id}"), ..payment_of(id, "paid", 3) };
        merchant.set(2, id, "UF_CRM_PAY_ID", json!(payment.id));
        merchant.host.put_payment(payment);
    }
    merchant.set(2, 819, "UF_CRM_PAY_STATUS", json!("expired"));
    merchant.host.set_now_ms(1_795_260_000_000);
    for run in [1, 2] {
        let part = merchant.ticks("compare", run);
        assert_eq!((part.kind.as_str(), part.code.as_str(), part.retry_after_ms), ("retry", "more", Some(1000)));
    }
    assert_eq!(merchant.ticks("compare", 3).kind, "done");
    assert_eq!(merchant.hits(), 15, "fifty records a request");
    let reports = merchant.host.reports();
    assert_eq!(reports.iter().map(|part| part.compared).sum::<u32>(), 720);
    assert_eq!(reports.iter().map(|part| part.differences.len()).sum::<usize>(), 1);
    assert_eq!(reports.iter().filter(|part| part.complete).count(), 1);
}

#[test]
fn stages_that_several_states_share_are_told_apart_only_where_they_can_be() {
    let mut shared = settings();
    shared["stages"]["partial_refund"] = json!("EXECUTING");
    let merchant = Merchant::with_settings(&shared);
    for (id, status) in [(10, "paid"), (11, "created")] {
        merchant.deal(id, "NEW");
        told(&merchant, &Payment { id: format!("pay_{id}"), ..payment_of(id, status, 3) });
    }
    merchant.set(2, 11, "stageId", json!("EXECUTING"));
    let found = compare(&merchant);
    assert_eq!(found.iter().map(|one| one.payment_id.as_str()).collect::<Vec<_>>(), ["pay_11"]);
}
