//! Messages that carry several leads, come from elsewhere, or make no sense.

use kamurj_sdk::testing;
use serde_json::json;

use crate::account::Fault;
use crate::merchant::Merchant;

fn bundle(merchant: &Merchant, leads: std::ops::Range<u64>) -> String {
    leads
        .enumerate()
        .map(|(at, id)| {
            merchant.lead(id, "6200001/72", 900 + id);
            merchant.told_of("status", at, id, &[("old_status_id", "71"), ("old_pipeline_id", "6200001")])
        })
        .collect()
}

#[test]
fn every_lead_of_a_bundle_is_asked_though_one_run_has_requests_for_a_few() {
    let merchant = Merchant::new();
    let form = bundle(&merchant, 100..150);
    let mut runs = 0;
    loop {
        runs += 1;
        // The host stops a run after sixteen requests.
        merchant.amo.borrow_mut().calls.clear();
        merchant.amo.borrow_mut().most_calls = Some(16);
        let outcome = merchant.posts("hook", "inb_1", runs, &form);
        if outcome.kind == "done" {
            break;
        }
        assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("retry", "limit"));
        assert!(runs < 10, "each run comes further");
    }
    let payments = merchant.host.payments();
    let mut orders: Vec<&str> = payments.iter().map(|payment| payment.order_id.as_str()).collect();
    orders.sort_unstable();
    orders.dedup();
    assert_eq!((payments.len(), orders.len(), runs), (50, 50, 4));
}

#[test]
fn two_leads_of_one_message_are_both_told_what_is_wrong() {
    let merchant = Merchant::new();
    let form = bundle(&merchant, 100..102);
    for id in 100..102 {
        merchant.amo.borrow_mut().leads.get_mut(&id).expect("a lead")["price"] = 0.into();
    }
    assert_eq!(merchant.posts("hook", "inb_1", 1, &form).kind, "done");
    let told: Vec<u64> = merchant.amo.borrow().notes.iter().map(|(lead, _)| *lead).collect();
    assert_eq!(told, [100, 101]);
}

#[test]
fn f2_what_is_wrong_is_told_once_though_the_answer_was_lost() {
    for fault in [Fault::DropReply, Fault::DropRequest, Fault::BreakAfter] {
        let merchant = Merchant::new();
        let form = bundle(&merchant, 100..101);
        merchant.amo.borrow_mut().leads.get_mut(&100).expect("a lead")["price"] = 0.into();
        merchant.fault("POST leads/#/notes", fault.clone());
        let mut run = 1;
        while merchant.posts("hook", "inb_1", run, &form).kind != "done" {
            run += 1;
            assert!(run < 5, "{fault:?}");
        }
        assert_eq!(merchant.notes().len(), 1, "{fault:?}");
    }
}

#[test]
fn a_message_of_another_account_is_left_aside() {
    for (entered, asked) in [(json!("7001"), 1), (json!("7002"), 0), (json!(""), 1), (json!(null), 1)] {
        let merchant = Merchant::with(&json!({ "account_id": entered }));
        merchant.lead(12, "6200001/71", 12_500);
        assert_eq!(merchant.moves_and_tells(12, 72).kind, "done");
        assert_eq!(merchant.host.payments().len(), asked, "{entered}");
        assert_eq!(merchant.host.lines().iter().any(|line| line.text.contains("another account")), asked == 0);
    }
    let merchant = Merchant::with(&json!({ "account_id": "7001" }));
    merchant.lead(12, "6200001/72", 12_500);
    let mut request = testing::inbound("hook", &json!(null));
    request.body = merchant.told_of("add", 0, 12, &[]).into_bytes();
    use kamurj_sdk::Crm as _;
    assert_eq!(kamurj_plugin_amocrm::AmoCrm::handle(&merchant.host, &request).kind, "done");
    assert_eq!(merchant.calls(), 0, "nor is one that names none");
}

#[test]
fn nonsense_asks_nothing() {
    let merchant = Merchant::new();
    for form in [
        "",
        "leads=1&",
        "leads%5Bstatus%5D=1&",
        "leads%5Bstatus%5D%5B0%5D%5Bid%5D=..%2Faccount&",
        "leads%5Bstatus%5D%5B0%5D%5Bid%5D=&",
        "leads%5Bstatus%5D%5B0%5D%5Bid%5D=-1&",
        "leads%5Bstatus%5D%5B0%5D%5Bid%5D=999999999999999999999999&",
        "contacts%5Badd%5D%5B0%5D%5Bid%5D=12&",
        "%5B%5D%5B%5D=%FF%FE&",
        "{\"leads\":[{\"id\":12}]}",
    ] {
        assert_eq!(merchant.posts("hook", "inb_1", 1, form).kind, "done", "{form}");
    }
    assert_eq!(merchant.posts("elsewhere", "inb_2", 1, "leads%5Badd%5D%5B0%5D%5Bid%5D=12&").kind, "done");
    assert_eq!((merchant.calls(), merchant.host.payments().len()), (0, 0));
}
