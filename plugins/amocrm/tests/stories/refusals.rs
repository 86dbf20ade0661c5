//! What the account refuses, row by row, and who has to do something about it.

use serde_json::json;

use crate::account::{Fault, problem};
use crate::merchant::{Merchant, of_lead, owed};

const HOUR_MS: u64 = 60 * 60 * 1000;

fn said(status: u16) -> Fault {
    Fault::Refuse(status, problem(status).1.to_string())
}

#[test]
fn every_refusal_is_told_as_what_it_is_and_later_nothing_is_missing() {
    let text = |status: u16, text: &str| Fault::Refuse(status, text.to_owned());
    for (fault, kind, scope, wait) in [
        (text(429, r#"{"retry_after":300}"#), "retry", "connection", Some(300_000)),
        (text(429, "Too Many Requests"), "retry", "connection", Some(60_000)),
        (text(403, "Your IP was blocked"), "retry", "connection", Some(6 * HOUR_MS)),
        (said(402), "retry", "connection", Some(6 * HOUR_MS)),
        (said(503), "retry", "connection", None),
        (text(502, "<html></html>"), "retry", "connection", None),
        (said(500), "retry", "message", None),
        (said(504), "retry", "message", None),
        (said(401), "auth-needed", "message", None),
        (said(403), "auth-needed", "message", None),
        (said(405), "bad-request", "message", None),
        (said(422), "bad-request", "message", None),
        (said(400), "bad-request", "message", None),
        (said(302), "bad-request", "connection", None),
        (Fault::NotSent, "retry", "message", None),
        (Fault::DropRequest, "retry", "message", None),
        (text(200, "<html>Log in</html>"), "bad-request", "connection", None),
    ] {
        let merchant = Merchant::new();
        merchant.lead(10, "6200001/71", 12_500);
        merchant.fault("GET leads/#", fault.clone());
        let outcome = merchant.tell(&of_lead(10, "paid", 3));
        let found = (outcome.kind.as_str(), outcome.scope.as_str(), outcome.retry_after_ms);
        assert_eq!(found, (kind, scope, wait), "{fault:?}: {}", outcome.message);
        assert!(!outcome.message.is_empty() && merchant.notes().is_empty(), "{fault:?}");
        assert_eq!(merchant.tell(&of_lead(10, "paid", 3)).kind, "done", "{fault:?}");
        assert_eq!((merchant.stage(10).as_str(), merchant.notes().len()), ("6200001/74", 1), "{fault:?}");
    }
}

#[test]
fn the_same_is_told_where_something_is_written() {
    for (fault, kind, scope) in [
        (said(429), "retry", "connection"),
        (said(503), "retry", "connection"),
        (said(401), "auth-needed", "message"),
        (said(400), "bad-request", "message"),
    ] {
        for call in ["PATCH leads/#", "POST leads/#/notes"] {
            let merchant = Merchant::new();
            merchant.lead(10, "6200001/71", 12_500);
            merchant.fault(call, fault.clone());
            let outcome = merchant.tell(&of_lead(10, "paid", 3));
            assert_eq!((outcome.kind.as_str(), outcome.scope.as_str()), (kind, scope), "{call}: {fault:?}");
        }
    }
}

#[test]
fn f1_two_hundred_leads_through_half_an_hour_of_refusals() {
    for refusal in [(429, r#"{"retry_after":60}"#), (503, "")] {
        let merchant = Merchant::new();
        for lead in 100..300 {
            merchant.lead(lead, "6200001/71", 900);
        }
        merchant.amo.borrow_mut().down = Some((refusal.0, refusal.1.to_owned()));
        let payment = |lead: u64, status: &str, version| {
            let mut payment = of_lead(lead, status, version);
            payment.id = format!("pay_{lead}");
            payment
        };
        let outcome = merchant.tell(&payment(100, "pending", 2));
        assert_eq!((outcome.kind.as_str(), outcome.scope.as_str()), ("retry", "connection"));
        assert_eq!(merchant.calls(), 1, "one call found it out, and no other follows in that run");
        merchant.amo.borrow_mut().down = None;
        for lead in 100..300 {
            for (status, version) in [("pending", 2), ("paid", 3)] {
                let mut delivery = owed(&payment(lead, status, version));
                delivery.run = 2;
                assert_eq!(merchant.sync(&delivery).kind, "done");
            }
        }
        let amo = merchant.amo.borrow();
        assert!(amo.leads.values().all(|lead| lead["status_id"] == 74));
        assert_eq!(amo.notes.len(), 200);
    }
}

#[test]
fn f4_a_token_that_dies_in_the_middle_is_for_a_person_and_then_it_goes_on() {
    let merchant = Merchant::new();
    merchant.lead(10, "6200001/71", 12_500);
    merchant.fault("POST leads/#/notes", said(401));
    let mut delivery = owed(&of_lead(10, "paid", 3));
    let outcome = merchant.sync(&delivery);
    assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("auth-needed", "401"));
    assert!(outcome.message.contains("issue another one and enter it as `token`"), "{}", outcome.message);
    delivery.run = 2;
    assert_eq!(merchant.sync(&delivery).kind, "done");
    assert_eq!((merchant.notes().len(), merchant.count("PATCH leads/#")), (1, 1));
}

#[test]
fn a_connection_is_used_where_there_is_one_and_without_access_nothing_is_sent() {
    let merchant = Merchant::new();
    merchant.lead(10, "6200001/71", 12_500);
    merchant.amo.borrow_mut().token = "account_app";
    let outcome = merchant.tell(&of_lead(10, "paid", 3));
    assert_eq!(outcome.kind, "auth-needed", "the token is not the connection's");
    let merchant = Merchant { host: merchant.host.with_secret("account_app"), amo: merchant.amo };
    assert_eq!(merchant.tell(&of_lead(10, "paid", 3)).kind, "done");
    merchant.amo.borrow_mut().token = "token";
    let outcome = merchant.tell(&of_lead(10, "refunded", 4));
    assert!(outcome.message.contains("connect it anew"), "{}", outcome.message);

    let nobody = kamurj_sdk::testing::MemoryHost::new(&crate::merchant::settings().to_string());
    let nobody = Merchant { host: nobody, amo: merchant.amo };
    let outcome = nobody.tell(&of_lead(10, "paid", 3));
    assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("auth-needed", "no-access"));
}

#[test]
fn f5_a_lead_that_is_gone_is_told_with_what_to_do() {
    let merchant = Merchant::new();
    merchant.lead(10, "6200001/71", 12_500);
    merchant.amo.borrow_mut().leads.get_mut(&10).expect("a lead")["is_deleted"] = true.into();
    for there in [true, false] {
        if !there {
            merchant.amo.borrow_mut().leads.clear();
        }
        let outcome = merchant.tell(&of_lead(10, "paid", 3));
        assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("bad-request", "record-gone"));
        assert_eq!(outcome.scope, "message", "other leads go on");
        assert_eq!(outcome.message, "The lead 10 is gone: restore it and retry, or skip");
    }
    // Removed between the look and the write, and between the write and the note.
    for call in ["PATCH leads/#", "POST leads/#/notes", "GET leads/#"] {
        let merchant = Merchant::new();
        merchant.lead(10, "6200001/71", 12_500);
        merchant.fault(call, said(404));
        assert_eq!(merchant.tell(&of_lead(10, "paid", 3)).code, "record-gone", "{call}");
    }
}

#[test]
fn f5_a_stage_that_was_removed_holds_everything_back_until_the_setting_is_right() {
    let merchant = Merchant::new();
    merchant.lead(10, "6200001/71", 12_500);
    merchant.amo.borrow_mut().pipelines[0].2.retain(|(status, _)| *status != 74);
    let outcome = merchant.tell(&of_lead(10, "paid", 3));
    assert_eq!(
        (outcome.kind.as_str(), outcome.code.as_str(), outcome.scope.as_str()),
        ("bad-request", "stage", "connection")
    );
    assert_eq!(outcome.message, "`stages.paid` names 6200001/74, which amoCRM does not have: choose another one");
    // Also for a lead that is made.
    let mut payment = of_lead(10, "paid", 3);
    payment.crm = None;
    assert_eq!(merchant.tell(&payment).code, "stage");
    assert_eq!(merchant.amo.borrow().leads.len(), 1);
    let elsewhere = Merchant::with(&json!({ "pipeline_id": "77", "stages": {} }));
    let outcome = elsewhere.tell(&payment);
    assert!(outcome.message.starts_with("`pipeline_id` names a pipeline"), "{}", outcome.message);
}

#[test]
fn fields_that_were_removed_are_told_with_the_set_up() {
    let merchant = Merchant::new();
    merchant.lead(10, "6200001/71", 12_500);
    merchant.amo.borrow_mut().fields.retain(|(code, _)| code != "PAY_REF");
    let outcome = merchant.tell(&of_lead(10, "paid", 3));
    assert_eq!(
        (outcome.kind.as_str(), outcome.code.as_str(), outcome.scope.as_str()),
        ("bad-request", "fields", "connection")
    );
    assert!(outcome.message.contains("run the set-up"), "{}", outcome.message);
    merchant.connect(false).expect("findings");
    assert_eq!(merchant.tell(&of_lead(10, "paid", 3)).kind, "done");
    assert_eq!(merchant.field(10, "PAY_REF"), "arca:7f21");
}

#[test]
fn f6_after_three_days_everything_arrives_in_order() {
    let merchant = Merchant::new();
    merchant.lead(10, "6200001/71", 12_500);
    merchant.amo.borrow_mut().down = Some((503, "<html>down</html>".to_owned()));
    let mut back = of_lead(10, "partially_refunded", 5);
    back.refunded.minor = 100_000;
    let owed: Vec<_> =
        [of_lead(10, "created", 1), of_lead(10, "pending", 2), of_lead(10, "failed", 3), of_lead(10, "paid", 4), back]
            .iter()
            .map(owed)
            .collect();
    for delivery in &owed {
        assert_eq!(merchant.sync(delivery).kind, "retry");
    }
    merchant.passes(3 * 24 * 3600);
    merchant.amo.borrow_mut().down = None;
    let mut stages = Vec::new();
    for delivery in owed {
        let mut delivery = delivery;
        delivery.run = 40;
        assert_eq!(merchant.sync(&delivery).kind, "done");
        stages.push(merchant.stage(10).split('/').next_back().expect("a status").to_owned());
    }
    assert_eq!(stages, ["73", "73", "75", "74", "78"]);
    assert_eq!(merchant.notes().len(), 2);
}

#[test]
fn no_message_holds_a_customer_or_a_secret() {
    let merchant = Merchant::new();
    merchant.lead(10, "6200001/71", 12_500);
    let mut payment = of_lead(10, "paid", 3);
    payment.customer.name = Some("Ani Petrosyan".to_owned());
    payment.customer.phone = Some("+37491000017".to_owned());
    for status in [400, 401, 403, 404, 429, 500] {
        merchant.fault("GET leads/#", said(status));
        let outcome = merchant.tell(&payment);
        assert!(!outcome.message.contains("Ani") && !outcome.message.contains("3749"), "{}", outcome.message);
        assert!(!outcome.message.contains("secret"), "{}", outcome.message);
    }
}
