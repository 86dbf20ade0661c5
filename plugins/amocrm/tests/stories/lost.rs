//! Messages that never came: what leads ask for is found all the same.

use serde_json::json;

use crate::account::Fault;
use crate::merchant::{HOUR_MS, Merchant};

#[test]
fn a_lead_whose_message_was_lost_gets_its_payment_within_ten_minutes() {
    let merchant = Merchant::new();
    merchant.lead(12, "6200001/71", 12_500);
    merchant.lead(13, "6200001/71", 12_500);
    merchant.moves(12, 72);
    assert_eq!(merchant.tick("catch-up", "occ_1", 1).kind, "done");
    assert_eq!(merchant.host.payments().len(), 1);
    assert_eq!(merchant.count("GET leads/#"), 0, "what was listed is not read again");
    // Found once, told late: still one.
    let form = merchant.told_of("status", 0, 12, &[("old_status_id", "71")]);
    merchant.posts("hook", "inb_late", 1, &form);
    assert_eq!(merchant.tick("catch-up", "occ_2", 1).kind, "done");
    assert_eq!(merchant.host.payments().len(), 1);
}

#[test]
fn what_changed_long_ago_is_not_asked_again_and_what_changed_during_a_standstill_is() {
    let merchant = Merchant::new();
    merchant.lead(12, "6200001/72", 12_500);
    merchant.passes(5 * HOUR_MS / 1000);
    merchant.tick("catch-up", "occ_1", 1);
    assert_eq!(merchant.host.payments().len(), 0, "nobody had set it up when this lead came there");
    merchant.lead(13, "6200001/72", 12_500);
    merchant.passes(50 * HOUR_MS / 1000);
    assert_eq!(merchant.tick("catch-up", "occ_2", 1).kind, "done");
    assert_eq!(merchant.host.payments().len(), 1);
    assert_eq!(merchant.host.payments()[0].order_id, "L-13");
}

#[test]
fn two_hundred_lost_messages_are_found_though_one_run_makes_sixteen_requests() {
    let merchant = Merchant::new();
    for lead in 100..300 {
        merchant.lead(lead, "6200001/72", 900);
        // Some ask for nothing that could be paid; they must not stand in the way of the others.
        if lead % 4 == 0 {
            merchant.lead(lead, "6200001/72", 0);
        }
    }
    let mut run = 1;
    loop {
        merchant.amo.borrow_mut().calls.clear();
        merchant.amo.borrow_mut().most_calls = Some(16);
        let outcome = merchant.tick("catch-up", "occ_1", run);
        if outcome.kind == "done" {
            break;
        }
        assert_eq!(outcome.kind, "retry");
        run += 1;
        assert!(run < 40, "each run comes further");
    }
    assert_eq!((merchant.host.payments().len(), merchant.notes().len()), (150, 50));
}

#[test]
fn leads_too_large_for_one_answer_are_found_in_smaller_parts() {
    let merchant = Merchant::new();
    for lead in 100..130 {
        merchant.lead(lead, "6200001/72", 900);
        merchant.amo.borrow_mut().leads.get_mut(&lead).expect("a lead")["loss_reason"] = "x".repeat(20_000).into();
    }
    let mut run = 1;
    while merchant.tick("catch-up", "occ_1", run).kind == "retry" {
        run += 1;
        assert!(run < 5);
    }
    assert_eq!(merchant.host.payments().len(), 30);
}

#[test]
fn a_look_that_failed_is_made_up_for() {
    let merchant = Merchant::new();
    merchant.tick("catch-up", "occ_0", 1);
    merchant.lead(12, "6200001/72", 12_500);
    merchant.fault("GET leads", Fault::Refuse(503, String::new()));
    assert_eq!(merchant.tick("catch-up", "occ_1", 1).kind, "retry");
    merchant.passes(30 * HOUR_MS / 1000);
    merchant.tick("catch-up", "occ_2", 1);
    assert_eq!(merchant.host.payments().len(), 1);
}

#[test]
fn several_stages_are_looked_at_and_a_filter_that_is_ignored_finds_nobody_elsewhere() {
    let merchant = Merchant::with(&json!({ "requests": { "stages": ["6200001/72", "6200002/82"] } }));
    for (lead, stage) in [(12, "6200001/72"), (13, "6200002/82"), (14, "6200001/71"), (15, "6200002/81")] {
        merchant.lead(lead, stage, 900);
    }
    merchant.amo.borrow_mut().ignores_filters = true;
    merchant.amo.borrow_mut().leads.get_mut(&14).expect("a lead")["_embedded"]["contacts"] = json!([{ "id": 77 }]);
    merchant.lead(16, "6200001/72", 900);
    merchant.amo.borrow_mut().leads.get_mut(&16).expect("a lead")["is_deleted"] = true.into();
    assert_eq!(merchant.tick("catch-up", "occ_1", 1).kind, "done");
    assert_eq!(merchant.count("GET contacts/#"), 0, "nothing is read for a lead that asks for nothing");
    let payments = merchant.host.payments();
    let orders: Vec<&str> = payments.iter().map(|payment| payment.order_id.as_str()).collect();
    assert_eq!(orders, ["12", "13"]);
    assert_eq!(merchant.tick("something-else", "occ_2", 1).kind, "done");
}
