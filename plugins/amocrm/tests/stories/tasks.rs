//! A task for each exception that a person must decide, opened once and finished when it is settled.

use kamurj_sdk::{Delivery, testing};
use serde_json::json;

use crate::account::Fault;
use crate::merchant::{Merchant, of_lead, payment};

const OPEN: &str = "POST tasks";

fn told(lead: u64, event: &str, exceptions: &[(&str, &str, bool)]) -> Delivery {
    let mut delivery = testing::delivery(event, of_lead(lead, "paid", 3));
    for (id, kind, open) in exceptions {
        let mut exception = json!({ "id": id, "kind": kind, "subject": "pay_1", "detail": "Attempt 2 was paid as well [b]",
            "open": open });
        if !open {
            exception["resolution"] = "refunded by Ani".into();
        }
        delivery.extra.push(("exception".to_owned(), exception.to_string()));
    }
    delivery
}

fn opened(lead: u64) -> Delivery {
    told(lead, "exception.opened", &[("exc_01JD7XYZ", "duplicate_payment", true)])
}

#[test]
fn an_exception_is_one_task_and_finished_with_it() {
    let merchant = Merchant::new();
    merchant.lead(10, "6200001/74", 12_500);
    for _ in 0..2 {
        assert_eq!(merchant.sync(&opened(10)).kind, "done");
    }
    assert_eq!(merchant.tasks().len(), 1);
    let task = merchant.amo.borrow().tasks[0].clone();
    let text = task["text"].as_str().expect("a text");
    assert!(text.starts_with("Paid twice: A-1042\nOrder: A-1042, 12500\u{a0}֏."), "{text}");
    assert!(text.ends_with("Attempt 2 was paid as well (b) [exc:exc_01JD7XYZ]"), "{text}");
    assert_eq!((&task["entity_id"], &task["entity_type"]), (&json!(10), &json!("leads")));
    assert_eq!(task["responsible_user_id"], 8_800_002, "the lead's own person");
    assert_eq!(task["complete_till"], 1_795_250_000 + 24 * 3600);

    let settled = told(10, "exception.resolved", &[("exc_01JD7XYZ", "duplicate_payment", false)]);
    for _ in 0..2 {
        assert_eq!(merchant.sync(&settled).kind, "done");
    }
    let task = merchant.amo.borrow().tasks[0].clone();
    assert_eq!(
        (&task["is_completed"], &task["result"]["text"]),
        (&json!(true), &json!("Settled in Kamurj. refunded by Ani"))
    );
    assert_eq!(merchant.count("PATCH tasks/#"), 1);
}

#[test]
fn what_nobody_decides_there_is_no_task() {
    let merchant = Merchant::new();
    merchant.lead(10, "6200001/74", 12_500);
    merchant.sync(&told(10, "exception.opened", &[("exc_01JD7XYZ", "something_else", true)]));
    assert_eq!(merchant.tasks(), []);
    let without = Merchant::with(&json!({ "tasks": null }));
    without.lead(10, "6200001/74", 12_500);
    without.sync(&opened(10));
    assert_eq!((without.tasks(), without.calls()), (Vec::new(), 0));
}

#[test]
fn f2_a_task_whose_answer_was_lost_is_looked_for() {
    for (fault, runs) in [(Fault::DropReply, 1), (Fault::BreakAfter, 2), (Fault::DropRequest, 2)] {
        let merchant = Merchant::new();
        merchant.lead(10, "6200001/74", 12_500);
        merchant.fault(OPEN, fault.clone());
        let (outcome, took) = merchant.until_settled(opened(10));
        assert_eq!((outcome.kind.as_str(), took, merchant.tasks().len()), ("done", runs, 1), "{fault:?}");
    }
    let merchant = Merchant::new();
    merchant.lead(10, "6200001/74", 12_500);
    merchant.sync(&opened(10));
    merchant.fault("PATCH tasks/#", Fault::DropReply);
    let settled = told(10, "exception.resolved", &[("exc_01JD7XYZ", "duplicate_payment", false)]);
    assert_eq!(merchant.sync(&settled).kind, "done");
    assert!(merchant.tasks()[0].1);
}

#[test]
fn a_task_that_a_person_finished_or_removed_is_let_be() {
    let merchant = Merchant::new();
    merchant.lead(10, "6200001/74", 12_500);
    merchant.sync(&opened(10));
    merchant.amo.borrow_mut().tasks[0]["is_completed"] = true.into();
    merchant.amo.borrow_mut().tasks[0]["result"] = json!({ "text": "Called her" });
    let settled = told(10, "exception.resolved", &[("exc_01JD7XYZ", "duplicate_payment", false)]);
    assert_eq!(merchant.sync(&settled).kind, "done");
    assert_eq!(merchant.amo.borrow().tasks[0]["result"]["text"], "Called her");

    let removed = Merchant::new();
    removed.lead(10, "6200001/74", 12_500);
    removed.sync(&opened(10));
    removed.amo.borrow_mut().tasks.clear();
    assert_eq!(removed.sync(&settled).kind, "done");
    assert_eq!(removed.count("PATCH tasks/#"), 0);
}

#[test]
fn f5_the_task_of_a_lead_that_is_gone_stands_alone_and_is_finished_all_the_same() {
    let merchant = Merchant::new();
    assert_eq!(merchant.sync(&opened(10)).kind, "done");
    assert_eq!(merchant.amo.borrow().tasks[0].get("entity_id"), None);
    let settled = told(10, "exception.resolved", &[("exc_01JD7XYZ", "duplicate_payment", false)]);
    assert_eq!(merchant.sync(&settled).kind, "done");
    assert!(merchant.tasks()[0].1);
    // Also where its answer was lost after it was done.
    let broken = Merchant::new();
    broken.fault(OPEN, Fault::BreakAfter);
    let (outcome, _) = broken.until_settled(opened(10));
    assert_eq!((outcome.kind.as_str(), broken.tasks().len()), ("done", 1));
}

#[test]
fn a_person_of_the_settings_gets_it_and_one_who_left_is_told() {
    let merchant = Merchant::with(&json!({ "tasks": { "responsible": "8800001", "hours": 2 } }));
    merchant.lead(10, "6200001/74", 12_500);
    assert_eq!(merchant.sync(&opened(10)).kind, "done");
    let task = merchant.amo.borrow().tasks[0].clone();
    assert_eq!((&task["responsible_user_id"], &task["complete_till"]), (&json!(8_800_001), &json!(1_795_257_200)));
    assert_eq!(merchant.count("GET leads/#"), 0);

    let left = Merchant::with(&json!({ "tasks": { "responsible": "99" } }));
    left.lead(10, "6200001/74", 12_500);
    let outcome = left.sync(&opened(10));
    assert_eq!((outcome.kind.as_str(), outcome.scope.as_str()), ("bad-request", "connection"));
    assert!(outcome.message.contains("`tasks.responsible` names the person 99"), "{}", outcome.message);
}

#[test]
fn a_payment_that_the_account_knows_nothing_of_is_the_operators_alone() {
    let merchant = Merchant::with(&json!({ "create_lead": false }));
    let mut delivery = opened(10);
    delivery.payment = payment("paid", 3);
    assert_eq!((merchant.sync(&delivery).kind.as_str(), merchant.calls()), ("done", 0));
}
