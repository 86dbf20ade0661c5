//! The nightly comparison of what leads show with what is so.

use kamurj_sdk::{Difference, Payment};
use serde_json::{Value, json};

use crate::merchant::{Merchant, of_lead, payment_of};

/// A merchant whose lead shows this payment, and what the comparison then finds.
fn compared(change: &dyn Fn(&Merchant)) -> Vec<Difference> {
    compared_with(&json!({}), change)
}

fn compared_with(settings: &Value, change: &dyn Fn(&Merchant)) -> Vec<Difference> {
    let merchant = Merchant::with(settings);
    merchant.lead(10, "6200001/71", 12_500);
    let payment = of_lead(10, "pending", 2);
    merchant.host.put_payment(payment.clone());
    assert_eq!(merchant.tell(&payment).kind, "done");
    change(&merchant);
    let before = (merchant.stage_or_none(10), merchant.notes().len(), merchant.host.payments());
    assert_eq!(merchant.tick("compare", "occ_1", 1).kind, "done");
    assert_eq!(
        before,
        (merchant.stage_or_none(10), merchant.notes().len(), merchant.host.payments()),
        "it changes nothing"
    );
    let reports = merchant.host.reports();
    assert!(reports.last().expect("a part").complete);
    reports.into_iter().flat_map(|part| part.differences).collect()
}

fn set(merchant: &Merchant, name: &str, value: Value) {
    merchant.amo.borrow_mut().leads.get_mut(&10).expect("a lead")[name] = value;
}

#[test]
fn a_lead_that_shows_what_is_so_is_no_difference() {
    assert_eq!(compared(&|_| {}), []);
}

#[test]
fn f10_a_lead_that_was_moved_to_paid_by_hand_is_listed_and_is_no_money() {
    let found = compared(&|merchant| merchant.moves(10, 74));
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].field.as_str(), found[0].ours.as_str(), found[0].theirs.as_str()),
        ("stage", "6200001/73", "6200001/74")
    );
    assert!(found[0].message.contains("no bank has said so"), "{}", found[0].message);
}

#[test]
fn each_kind_of_difference_is_found() {
    let check = |change: &dyn Fn(&Merchant), field: &str, ours: &str, theirs: &str| {
        let found = compared(change);
        let found: Vec<_> =
            found.iter().map(|one| (one.field.as_str(), one.ours.as_str(), one.theirs.as_str())).collect();
        assert_eq!(found, [(field, ours, theirs)]);
    };
    check(&|merchant| merchant.amo.borrow_mut().leads.clear(), "record", "awaiting_payment", "");
    check(&|merchant| set(merchant, "is_deleted", json!(true)), "record", "awaiting_payment", "");
    check(&|merchant| set(merchant, "price", json!(9_000)), "amount", "12500", "9000");
    check(&|merchant| merchant.moves(10, 75), "stage", "6200001/73", "6200001/75");
    let paid = |merchant: &Merchant| {
        let paid = of_lead(10, "paid", 3);
        merchant.host.put_payment(paid);
    };
    check(&paid, "status", "paid", "awaiting_payment");
    check(&|merchant| set(merchant, "custom_fields_values", json!(null)), "status", "awaiting_payment", "");
}

#[test]
fn prices_are_compared_only_where_they_can_be_the_payments() {
    assert_eq!(compared(&|merchant| set(merchant, "price", json!(0))), [], "nobody entered one");
    assert_eq!(
        compared_with(&json!({ "compare_prices": false }), &|merchant| set(merchant, "price", json!(9_000))),
        []
    );
    assert_eq!(compared_with(&json!({ "currency": "RUB" }), &|merchant| set(merchant, "price", json!(9_000))), []);
}

#[test]
fn a_lead_that_shows_a_later_payment_is_no_difference_of_the_earlier_one() {
    let found = compared(&|merchant| {
        let later = Payment { id: "pay_2".to_owned(), ..of_lead(10, "paid", 3) };
        merchant.host.put_payment(later.clone());
        merchant.tell(&later);
    });
    assert_eq!(found, []);
}

#[test]
fn hundreds_of_payments_are_compared_in_parts_with_few_requests() {
    let merchant = Merchant::new();
    for lead in 100..450 {
        merchant.lead(lead, "6200001/71", 12_500);
        let payment = Payment { id: format!("pay_{lead}"), ..of_lead(lead, "pending", 2) };
        merchant.host.put_payment(payment.clone());
        merchant.tell(&payment);
    }
    merchant.amo.borrow_mut().leads.remove(&449);
    let (mut run, before) = (1, merchant.calls());
    while merchant.tick("compare", "occ_1", run).kind == "retry" {
        run += 1;
        assert!(run < 9);
    }
    let reports = merchant.host.reports();
    assert_eq!(reports.iter().map(|part| part.compared).sum::<u32>(), 350);
    let gone: Vec<_> = reports.iter().flat_map(|part| &part.differences).map(|one| one.payment_id.as_str()).collect();
    assert_eq!((gone, run), (vec!["pay_449"], 2));
    assert_eq!(merchant.calls() - before, 9, "fifty leads a request, and the account once a run");
}

#[test]
fn leads_too_large_for_one_answer_are_read_in_smaller_parts() {
    let merchant = Merchant::new();
    for lead in 100..140 {
        merchant.lead(lead, "6200001/71", 12_500);
        let payment = Payment { id: format!("pay_{lead}"), ..of_lead(lead, "pending", 2) };
        merchant.host.put_payment(payment.clone());
        merchant.tell(&payment);
        merchant.amo.borrow_mut().leads.get_mut(&lead).expect("a lead")["loss_reason"] = "x".repeat(20_000).into();
    }
    assert_eq!(merchant.tick("compare", "occ_1", 1).kind, "done");
    let reports = merchant.host.reports();
    assert_eq!((reports[0].compared, reports[0].differences.len()), (40, 0));
}

#[test]
fn a_filter_that_is_not_looked_at_finds_nobody_gone() {
    let merchant = Merchant::new();
    for lead in [10, 11] {
        merchant.lead(lead, "6200001/71", 12_500);
    }
    merchant.host.put_payment(of_lead(10, "pending", 2));
    merchant.amo.borrow_mut().ignores_filters = true;
    let outcome = merchant.tick("compare", "occ_1", 1);
    assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("bad-request", "filter"));
    assert_eq!(merchant.host.reports(), []);
}

#[test]
fn payments_of_records_elsewhere_are_not_compared() {
    let merchant = Merchant::new();
    let mut other = payment_of("deal", "5", "paid", 3);
    other.crm.as_mut().expect("a reference").plugin = "bitrix24".to_owned();
    merchant.host.put_payment(other);
    merchant.host.put_payment(Payment { id: "pay_2".to_owned(), ..payment_of("deal", "5", "paid", 3) });
    merchant.host.put_payment(Payment { id: "pay_3".to_owned(), crm: None, ..of_lead(1, "paid", 3) });
    assert_eq!(merchant.tick("compare", "occ_1", 1).kind, "done");
    assert_eq!((merchant.host.reports()[0].differences.len(), merchant.calls()), (0, 0));
}
