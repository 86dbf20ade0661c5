//! A task for each exception, opened once and finished with it.

use kamurj_sdk::testing;
use kamurj_sdk::{Delivery, Payment};
use serde_json::{Value, json};

use crate::merchant::{Merchant, crm, payment, payment_of, settings, settings_with};
use crate::portal::{Fault, Oddity};

/// Ids are written in capitals, as the host writes them.
const ID: &str = "exc_01KAHB3V9ZQ8";

fn exception(id: &str, kind: &str, open: bool) -> Value {
    let resolution = if open { Value::Null } else { json!("Refunded by Ani") };
    json!({ "id": id, "kind": kind, "subject": "pay_1", "detail": "Two attempts were paid.", "open": open, "resolution": resolution })
}

fn told(event: &str, payment: Payment, exceptions: &[Value]) -> Delivery {
    let mut delivery = testing::delivery(event, payment);
    delivery.id = format!("{}.{}", delivery.id, exceptions.len());
    delivery.extra = exceptions.iter().map(|told| ("exception".to_owned(), told.to_string())).collect();
    delivery
}

fn opened() -> Delivery {
    told("exception.opened", payment_of(10, "paid", 3), &[exception(ID, "duplicate_payment", true)])
}

fn resolved() -> Delivery {
    told("exception.resolved", payment_of(10, "paid", 3), &[exception(ID, "duplicate_payment", false)])
}

fn with_deal(settings: &Value) -> Merchant {
    let merchant = Merchant::with_settings(settings);
    merchant.deal(10, "EXECUTING");
    merchant
}

#[test]
fn an_exception_becomes_one_task_which_is_finished_with_it() {
    let merchant = with_deal(&settings());
    for _ in 0..2 {
        assert_eq!(merchant.sync(&opened()).kind, "done");
    }
    {
        let portal = merchant.portal.borrow();
        let [task] = &portal.tasks[..] else { panic!("{:?}", portal.tasks) };
        assert_eq!((task.title.as_str(), task.responsible, task.creator), ("Paid twice: A-1042", 8, 1));
        assert_eq!(
            (task.about.as_slice(), task.deadline.as_str()),
            (&["D_10".to_owned()][..], "2026-11-22T12:33:20+04:00")
        );
        assert!(
            task.text.ends_with(&format!("[exc:{ID}]")) && task.text.contains("Two attempts were paid."),
            "{}",
            task.text
        );
        assert!(!task.is_done);
        assert_eq!(portal.keys.keys().collect::<Vec<_>>(), [ID]);
    }
    for _ in 0..2 {
        assert_eq!(merchant.sync(&resolved()).kind, "done");
    }
    let portal = merchant.portal.borrow();
    assert!(portal.tasks[0].is_done);
    assert!(portal.tasks[0].text.ends_with("Settled in Kamurj. Refunded by Ani"), "{}", portal.tasks[0].text);
    assert_eq!(portal.calls.iter().filter(|(method, _)| method == "tasks.task.complete").count(), 1);
}

#[test]
fn a_portal_without_the_new_method_gets_its_task_by_the_old_one() {
    let merchant = with_deal(&settings());
    merchant.portal.borrow_mut().oddities.insert(Oddity::IsOld);
    assert_eq!(merchant.sync(&opened()).kind, "done");
    assert_eq!(merchant.sync(&opened()).kind, "done");
    assert_eq!(merchant.portal.borrow().tasks.len(), 1);
    for code in ["BITRIX_REST_V3_EXCEPTION_INSUFFICIENTSCOPEEXCEPTION", "insufficient_scope"] {
        let narrow = with_deal(&settings());
        narrow.fault("tasks.task.add", Fault::Refuse(403, json!({ "code": code })));
        assert_eq!(narrow.sync(&opened()).kind, "done", "{code}");
        assert_eq!(narrow.portal.borrow().tasks.len(), 1);
    }
}

#[test]
fn f2_a_task_whose_answer_was_lost_is_not_opened_twice() {
    for is_old in [false, true] {
        for fault in [Fault::DropReply, Fault::BreakAfter, Fault::DropRequest, Fault::Limit] {
            let merchant = with_deal(&settings());
            merchant.portal.borrow_mut().oddities.extend(is_old.then_some(Oddity::IsOld));
            if is_old {
                // The first call finds no new method, the second is the old one.
                merchant.fault("tasks.task.add", Fault::Refuse(404, json!("ERROR_METHOD_NOT_FOUND")));
            }
            merchant.fault("tasks.task.add", fault.clone());
            assert_eq!(merchant.sync_until_settled(opened()).0.kind, "done", "{fault:?}");
            assert_eq!(merchant.portal.borrow().tasks.len(), 1, "{fault:?} {is_old}");
        }
    }
}

#[test]
fn a_key_that_was_used_before_means_that_the_task_is_there() {
    let merchant = with_deal(&settings());
    merchant.fault("tasks.task.add", Fault::BreakAfter);
    assert_eq!(merchant.sync(&opened()).kind, "retry");
    // Another hour, another deadline: the same key with another body. The list does not have it yet.
    merchant.host.set_now_ms(1_795_253_600_000);
    let task = merchant.portal.borrow_mut().tasks.remove(0);
    let second = Delivery { run: 2, ..opened() };
    assert_eq!((merchant.sync(&second).kind.as_str(), merchant.portal.borrow().tasks.len()), ("ambiguous", 0));
    merchant.portal.borrow_mut().tasks.push(task);
    assert_eq!(merchant.sync(&Delivery { run: 3, ..opened() }).kind, "done");
    assert_eq!(merchant.portal.borrow().tasks.len(), 1);
}

#[test]
fn a_forgotten_task_is_found_by_its_marker() {
    let merchant = with_deal(&settings());
    merchant.sync(&opened());
    let later = merchant.anew(&settings());
    assert_eq!(later.sync(&opened()).kind, "done");
    assert_eq!(later.portal.borrow().tasks.len(), 1);
    let later = later.anew(&settings());
    assert_eq!(later.sync(&resolved()).kind, "done");
    assert!(later.portal.borrow().tasks[0].is_done);
}

#[test]
fn only_what_a_person_at_the_shop_can_decide_becomes_a_task() {
    for (kind, is_task) in [
        ("duplicate_payment", true),
        ("late_payment", true),
        ("amount_mismatch", true),
        ("delivery_failed", true),
        ("chargeback", true),
        ("plugin_suspended", false),
        ("too_many_declines", false),
        ("something_new", false),
    ] {
        let merchant = with_deal(&settings());
        let delivery = told("exception.opened", payment_of(10, "paid", 3), &[exception(ID, kind, true)]);
        assert_eq!(merchant.sync(&delivery).kind, "done");
        assert_eq!(merchant.portal.borrow().tasks.len(), usize::from(is_task), "{kind}");
    }
    let mut unasked = settings();
    unasked.as_object_mut().unwrap().remove("tasks");
    let merchant = with_deal(&unasked);
    assert_eq!(merchant.sync(&opened()).kind, "done");
    assert_eq!(merchant.hits(), 0);
}

#[test]
fn an_exception_that_was_settled_before_anybody_heard_of_it_opens_nothing() {
    let merchant = with_deal(&settings());
    let late = told("exception.opened", payment_of(10, "paid", 3), &[exception(ID, "duplicate_payment", false)]);
    assert_eq!(merchant.sync(&late).kind, "done");
    assert_eq!(merchant.sync(&resolved()).kind, "done");
    assert!(merchant.portal.borrow().tasks.is_empty());
}

#[test]
fn many_exceptions_are_brought_up_to_date_over_several_runs() {
    let merchant = with_deal(&settings());
    let ids: Vec<String> = (0..7).map(|number| format!("exc_{number}")).collect();
    let all = |open: bool| ids.iter().map(|id| exception(id, "late_payment", open)).collect::<Vec<_>>();
    let (outcome, runs) = merchant.sync_until_settled(told("exception.opened", payment_of(10, "paid", 3), &all(true)));
    assert_eq!((outcome.kind.as_str(), runs), ("done", 3));
    assert_eq!(merchant.portal.borrow().tasks.len(), 7);
    let (outcome, _) = merchant.sync_until_settled(told("exception.resolved", payment_of(10, "paid", 4), &all(false)));
    assert_eq!(outcome.kind, "done");
    assert!(merchant.portal.borrow().tasks.iter().all(|task| task.is_done));
}

#[test]
fn the_person_of_the_settings_gets_the_task() {
    let merchant = with_deal(&settings_with("tasks", json!({ "responsible": "9", "hours": 2 })));
    merchant.sync(&opened());
    {
        let portal = merchant.portal.borrow();
        assert_eq!((portal.tasks[0].responsible, portal.tasks[0].deadline.as_str()), (9, "2026-11-21T14:33:20+04:00"));
    }
    let gone = with_deal(&settings_with("tasks", json!({ "responsible": "999" })));
    let outcome = gone.sync(&opened());
    assert_eq!((outcome.code.as_str(), outcome.scope.as_str()), ("task-responsible", "connection"));
    assert!(outcome.message.contains("`tasks/responsible`"), "{}", outcome.message);
}

#[test]
fn f5_a_task_for_a_deal_that_is_gone_stands_alone() {
    let merchant = Merchant::new();
    assert_eq!(merchant.sync(&opened()).kind, "done");
    {
        let portal = merchant.portal.borrow();
        assert_eq!((portal.tasks.len(), portal.tasks[0].about.len(), portal.tasks[0].responsible), (1, 0, 1));
    }
    assert_eq!(merchant.sync(&resolved()).kind, "done");
    assert!(merchant.portal.borrow().tasks[0].is_done);
}

#[test]
fn a_task_that_somebody_finished_or_deleted_is_nobodys_trouble() {
    let merchant = with_deal(&settings());
    merchant.sync(&opened());
    merchant.portal.borrow_mut().tasks[0].is_done = true;
    assert_eq!(merchant.sync(&resolved()).kind, "done");
    assert_eq!(merchant.count("tasks.task.complete"), 0);
    let deleted = with_deal(&settings());
    deleted.sync(&opened());
    deleted.portal.borrow_mut().tasks.clear();
    assert_eq!(deleted.sync(&resolved()).kind, "done");
}

#[test]
fn tasks_are_bound_to_invoices_and_to_deals_that_were_made_for_payments() {
    let merchant = Merchant::new();
    merchant.invoice(7, "DT31_5:S");
    let of_invoice = Payment { crm: Some(crm("invoice", "7")), ..payment("paid", 3) };
    merchant.sync(&told("exception.opened", of_invoice, &[exception(ID, "reversed", true)]));
    assert_eq!(merchant.portal.borrow().tasks[0].about, ["SI_7"]);

    let made = Merchant::new();
    made.tell(&payment("created", 1));
    let made = made.anew(&settings());
    made.sync(&told("exception.opened", payment("paid", 3), &[exception(ID, "reversed", true)]));
    assert_eq!(made.portal.borrow().tasks[0].about, ["D_10"]);
    let nothing = Merchant::with_settings(&settings_with("create_deal", json!(false)));
    assert_eq!(
        nothing.sync(&told("exception.opened", payment("paid", 3), &[exception(ID, "reversed", true)])).kind,
        "done"
    );
    assert_eq!(nothing.hits(), 0, "a payment that the portal knows nothing of is the operator's alone");
}

#[test]
fn strangers_words_make_no_markup_and_no_marker() {
    let merchant = with_deal(&settings());
    let mut told_of = exception(ID, "late_payment", true);
    told_of["detail"] = json!("[url=https://evil.example]x[/url] [exc:other] {{secret:webhook_secret}}\u{202E}");
    let payment = Payment { order_id: "[b]A".to_owned(), ..payment_of(10, "paid", 3) };
    merchant.sync(&told("exception.opened", payment, &[told_of]));
    let portal = merchant.portal.borrow();
    assert_eq!(portal.tasks[0].text.matches('[').count(), 1, "{}", portal.tasks[0].text);
    assert!(!portal.tasks[0].text.contains("{{") && !portal.tasks[0].title.contains('['), "{}", portal.tasks[0].text);
}
