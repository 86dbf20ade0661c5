//! Which deal is moved, where to, and what is never written over.

use kamurj_sdk::testing::{self, failure};
use kamurj_sdk::{Crm, Level, Payment};
use serde_json::json;

use crate::merchant::{Merchant, crm, owed, payment, payment_of, settings, settings_with};
use crate::portal::{Fault, Oddity};

#[test]
fn every_status_moves_the_deal_to_its_stage_and_names_itself() {
    for (status, stage, name) in [
        ("created", "PREPARATION", "awaiting_payment"),
        ("pending", "PREPARATION", "awaiting_payment"),
        ("paid", "EXECUTING", "paid"),
        ("failed", "UC_FAILED", "payment_failed"),
        ("expired", "LOSE", "expired"),
        ("cancelled", "LOSE", "expired"),
        ("manual_review", "UC_REVIEW", "manual_review"),
        ("partially_refunded", "UC_PARTIAL", "partial_refund"),
        ("refunded", "UC_REFUND", "full_refund"),
    ] {
        let merchant = Merchant::new();
        merchant.deal(10, "NEW");
        let outcome = merchant.tell(&payment_of(10, status, 3));
        assert_eq!((outcome.kind.as_str(), outcome.remote_ref.as_deref()), ("done", Some("10")), "{status}");
        assert_eq!(merchant.stage(10), stage, "{status}");
        assert_eq!(merchant.field(10, "UF_CRM_PAY_STATUS"), name);
    }
}

#[test]
fn a_paid_deal_carries_what_the_manager_looks_for() {
    let merchant = Merchant::new();
    merchant.deal(10, "PREPARATION");
    merchant.tell(&payment_of(10, "paid", 5));
    for (field, value) in [
        ("UF_CRM_PAY_ID", "pay_1"),
        ("UF_CRM_PAY_ORDER", "A-1042"),
        ("UF_CRM_PAY_REF", "arca:7f21"),
        ("UF_CRM_PAY_AT", "2026-11-21T12:33:11+04:00"),
        ("UF_CRM_PAY_LINK", "https://pay.example.am/p/pay_1"),
        ("UF_CRM_PAY_AMOUNT", "12500"),
        ("UF_CRM_PAY_CURRENCY", "AMD"),
        ("UF_CRM_PAY_ATTEMPTS", "2"),
        ("UF_CRM_PAY_REFUNDED", ""),
        ("UF_CRM_KAMURJ_VERSION", "5"),
    ] {
        assert_eq!(merchant.field(10, field), value, "{field}");
    }
    assert!(merchant.host.lines().is_empty(), "{:?}", merchant.host.lines());
}

#[test]
fn a_payment_without_a_deal_gets_one_and_keeps_it() {
    let merchant = Merchant::new();
    let outcome = merchant.tell(&payment("created", 1));
    assert_eq!((outcome.kind.as_str(), outcome.remote_ref.as_deref()), ("done", Some("10")));
    assert_eq!(merchant.field(10, "title"), "Cake (A-1042)");
    assert_eq!((merchant.field(10, "opportunity"), merchant.field(10, "currencyId")), (json!(12500), json!("AMD")));
    assert_eq!((merchant.field(10, "originatorId"), merchant.field(10, "originId")), (json!("kamurj"), json!("pay_1")));
    assert_eq!(merchant.stage(10), "PREPARATION");
    merchant.tell(&payment("pending", 2));
    merchant.tell(&payment("paid", 3));
    assert_eq!((merchant.portal.borrow().items.len(), merchant.stage(10).as_str()), (1, "EXECUTING"));
    assert_eq!(merchant.count("crm.item.list"), 1, "the deal is remembered");
}

#[test]
fn without_the_setting_no_deal_is_made() {
    let merchant = Merchant::with_settings(&settings_with("create_deal", json!(false)));
    assert_eq!(merchant.tell(&payment("paid", 3)).kind, "done");
    assert!(merchant.portal.borrow().calls.is_empty());
}

#[test]
fn f2_a_deal_whose_answer_was_lost_is_found_again_and_not_made_twice() {
    let merchant = Merchant::new();
    merchant.fault("crm.item.add", Fault::DropReply);
    assert_eq!(merchant.tell(&payment("created", 1)).kind, "done");
    merchant.fault("crm.item.add", Fault::BreakAfter);
    let other = Payment { id: "pay_2".to_owned(), ..payment("created", 1) };
    assert_eq!(merchant.tell_until_settled(&other).0.kind, "done");
    assert_eq!(merchant.portal.borrow().items.len(), 2);
}

#[test]
fn a_deal_that_was_never_made_is_made_by_a_later_run() {
    let merchant = Merchant::new();
    merchant.fault("crm.item.add", Fault::DropRequest);
    let first = merchant.tell(&payment("created", 1));
    assert_eq!(first.kind, "ambiguous", "the portal may still be at it");
    let (outcome, _) = merchant.tell_until_settled(&payment("created", 1));
    assert_eq!(outcome.kind, "done");
    assert_eq!(merchant.portal.borrow().items.len(), 1);
}

#[test]
fn a_portal_that_ignores_the_filter_does_not_lead_to_somebody_elses_deal() {
    let merchant = Merchant::new();
    merchant.deal(10, "NEW");
    {
        let mut portal = merchant.portal.borrow_mut();
        portal.oddities.insert(Oddity::IgnoresFilters);
        let deal = portal.items.get_mut(&(2, 10)).unwrap();
        deal.insert("originatorId".to_owned(), json!("kamurj"));
        deal.insert("originId".to_owned(), json!("pay_7"));
    }
    let outcome = merchant.tell(&payment("paid", 3));
    assert_eq!(outcome.remote_ref.as_deref(), Some("11"));
    assert_eq!(merchant.stage(10), "NEW");
}

#[test]
fn three_rate_limits_in_a_row_cost_three_retries_and_nothing_else() {
    let merchant = Merchant::new();
    merchant.deal(10, "PREPARATION");
    for method in ["crm.item.get", "crm.item.update", "crm.timeline.comment.add"] {
        merchant.fault(method, Fault::Limit);
    }
    let mut delivery = owed(&payment_of(10, "paid", 3));
    for wait_ms in [1000, 2000, 4000] {
        let outcome = merchant.sync(&delivery);
        assert_eq!((outcome.kind.as_str(), outcome.retry_after_ms), ("retry", Some(wait_ms)));
        assert_eq!((outcome.code.as_str(), outcome.scope.as_str()), ("QUERY_LIMIT_EXCEEDED", "connection"));
        delivery.run += 1;
    }
    assert_eq!(merchant.sync(&delivery).kind, "done");
    assert_eq!((merchant.stage(10).as_str(), merchant.comments().len()), ("EXECUTING", 1));
    assert_eq!(merchant.count("crm.item.update"), 2, "the accepted update is not made again");
}

#[test]
fn an_update_whose_answer_was_lost_is_made_again() {
    let merchant = Merchant::new();
    merchant.deal(10, "NEW");
    merchant.fault("crm.item.update", Fault::DropReply);
    assert_eq!(merchant.tell(&payment_of(10, "paid", 3)).kind, "done");
    assert_eq!(merchant.stage(10), "EXECUTING");
}

#[test]
fn an_older_view_never_overwrites_a_newer_one() {
    for keep_state in [true, false] {
        let merchant = Merchant::new();
        merchant.deal(10, "NEW");
        merchant.tell(&payment_of(10, "paid", 7));
        // With the plugin's memory gone, the deal's own field says how new it is.
        let later = if keep_state { merchant } else { merchant.anew(&settings()) };
        for status in ["created", "pending", "failed", "expired", "manual_review"] {
            assert_eq!(later.tell(&payment_of(10, status, 6)).kind, "done");
            assert_eq!((later.stage(10).as_str(), later.field(10, "UF_CRM_PAY_STATUS")), ("EXECUTING", json!("paid")));
        }
    }
}

#[test]
fn nothing_unpaid_is_written_over_money_that_was_taken() {
    let merchant = Merchant::new();
    merchant.deal(10, "NEW");
    merchant.tell(&payment_of(10, "paid", 3));
    // A second payment for the same deal, such as the rest after a deposit.
    for status in ["created", "failed", "expired"] {
        let second = Payment { id: "pay_2".to_owned(), ..payment_of(10, status, 9) };
        assert_eq!(merchant.tell(&second).kind, "done");
        assert_eq!((merchant.stage(10).as_str(), merchant.field(10, "UF_CRM_PAY_ID")), ("EXECUTING", json!("pay_1")));
    }
    let paid = Payment { id: "pay_2".to_owned(), ..payment_of(10, "paid", 1) };
    merchant.tell(&paid);
    assert_eq!(merchant.field(10, "UF_CRM_PAY_ID"), "pay_2");
}

#[test]
fn a_portal_without_the_fields_is_guarded_by_the_stage_and_warned_of_once() {
    let merchant = Merchant::new();
    merchant.portal.borrow_mut().fields.insert(2, Vec::new());
    merchant.deal(10, "EXECUTING");
    assert_eq!(merchant.tell(&payment_of(10, "failed", 3)).kind, "done");
    assert_eq!(merchant.stage(10), "EXECUTING");
    assert_eq!(merchant.tell(&payment_of(10, "expired", 4)).kind, "done");
    let lines = merchant.host.lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0].level, Level::Warn);
    assert!(lines[0].text.contains("UF_CRM_PAY_STATUS"), "{}", lines[0].text);
}

#[test]
fn a_won_deal_is_not_pulled_back_but_a_refund_moves_it() {
    let merchant = Merchant::new();
    merchant.deal(10, "WON");
    merchant.tell(&payment_of(10, "pending", 2));
    merchant.tell(&payment_of(10, "paid", 3));
    assert_eq!((merchant.stage(10).as_str(), merchant.field(10, "UF_CRM_PAY_STATUS")), ("WON", json!("paid")));
    assert_eq!(merchant.comments().len(), 1);
    merchant.tell(&payment_of(10, "refunded", 4));
    assert_eq!(merchant.stage(10), "UC_REFUND");
}

#[test]
fn a_deal_in_another_funnel_gets_that_funnels_stage() {
    let merchant = Merchant::new();
    merchant.deal(10, "C9:NEW");
    merchant.set(2, 10, "categoryId", json!("9"));
    merchant.tell(&payment_of(10, "paid", 3));
    assert_eq!(merchant.stage(10), "C9:EXECUTING");
}

#[test]
fn f5_a_deal_that_is_gone_ends_with_a_clear_word() {
    let merchant = Merchant::new();
    for (code, text) in [(json!("NOT_FOUND"), 400), (json!(0), 400), (json!(""), 400)] {
        merchant.fault("crm.item.get", Fault::Refuse(text, code));
        let outcome = merchant.tell(&payment_of(77, "paid", 3));
        assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("bad-request", "record-gone"));
        assert_eq!(outcome.scope, "message", "other deals go on");
        assert_eq!(outcome.message, "The deal 77 is gone: restore it and retry, or skip");
    }
}

#[test]
fn f5_a_stage_that_was_removed_holds_everything_and_names_the_setting() {
    let merchant = Merchant::new();
    merchant.deal(10, "NEW");
    let stages = |portal: &mut crate::portal::Portal, keep: &str| {
        portal.funnels.get_mut(&(2, 0)).unwrap().1.retain(|(code, _)| code != keep);
    };
    stages(&mut merchant.portal.borrow_mut(), "EXECUTING");
    let outcome = merchant.tell(&payment_of(10, "paid", 3));
    assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("bad-request", "stage-gone"));
    assert_eq!(outcome.scope, "connection");
    assert!(outcome.message.contains("`EXECUTING`, which `stages/paid` names"), "{}", outcome.message);
    assert_eq!(merchant.field(10, "UF_CRM_PAY_STATUS"), json!(null), "nothing is half-done");

    let mut mended = settings();
    mended["stages"]["paid"] = json!("UC_REVIEW");
    let later = merchant.anew(&mended);
    assert_eq!(later.tell(&payment_of(10, "paid", 3)).kind, "done");
    assert_eq!((later.stage(10).as_str(), later.comments().len()), ("UC_REVIEW", 1));

    let made = Merchant::new();
    stages(&mut made.portal.borrow_mut(), "PREPARATION");
    let outcome = made.tell(&payment("created", 1));
    assert_eq!((outcome.code.as_str(), outcome.scope.as_str()), ("stage-gone", "connection"));
}

#[test]
fn a_stage_that_only_other_funnels_have_leaves_the_deal_where_it_is() {
    let merchant = Merchant::new();
    merchant.deal(10, "C9:NEW");
    merchant.set(2, 10, "categoryId", json!(9));
    for version in [3, 4] {
        assert_eq!(merchant.tell(&payment_of(10, "manual_review", version)).kind, "done");
        assert_eq!(merchant.stage(10), "C9:NEW");
    }
    assert_eq!(merchant.field(10, "UF_CRM_PAY_STATUS"), "manual_review");
    let lines = merchant.host.lines();
    assert_eq!(lines.len(), 1, "said once: {lines:?}");
    assert!(lines[0].text.contains("C9:UC_REVIEW"), "{}", lines[0].text);

    let full = Merchant::with_settings(&settings_with("stages", json!({ "paid": "C9:EXECUTING" })));
    full.deal(10, "NEW");
    assert_eq!(full.tell(&payment_of(10, "paid", 3)).kind, "done");
    assert_eq!(full.stage(10), "NEW", "a full code belongs to its funnel alone");
}

#[test]
fn news_that_changes_no_view_leaves_a_deal_where_its_manager_put_it() {
    let merchant = Merchant::new();
    merchant.deal(10, "NEW");
    merchant.tell(&payment_of(10, "created", 1));
    merchant.set(2, 10, "stageId", json!("UC_REVIEW"));
    merchant.tell(&payment_of(10, "pending", 2));
    assert_eq!((merchant.stage(10).as_str(), merchant.field(10, "UF_CRM_KAMURJ_VERSION")), ("UC_REVIEW", json!("2")));
    // Sent again by the operator, it does what it would have done.
    merchant.sync(&testing::delivery("payment.pending", Payment { attempts: 1, ..payment_of(10, "pending", 2) }));
    assert_eq!(merchant.stage(10), "UC_REVIEW", "the same delivery is answered from its record");
    let again = kamurj_sdk::Delivery { id: "dlv_again".to_owned(), ..owed(&payment_of(10, "pending", 2)) };
    merchant.sync(&again);
    assert_eq!(merchant.stage(10), "PREPARATION");
}

#[test]
fn of_two_payments_of_one_deal_the_later_one_shows() {
    let merchant = Merchant::new();
    merchant.deal(10, "NEW");
    let first = payment_of(10, "paid", 3);
    let second = Payment { id: "pay_2".to_owned(), created_at: first.created_at + 1, ..payment_of(10, "paid", 2) };
    for payment in [&first, &second] {
        merchant.host.put_payment(payment.clone());
        merchant.tell(payment);
    }
    assert_eq!(merchant.field(10, "UF_CRM_PAY_ID"), "pay_2");
    let refunded = Payment { status: "refunded".to_owned(), version: 4, ..first.clone() };
    assert_eq!(merchant.tell(&refunded).kind, "done");
    assert_eq!((merchant.field(10, "UF_CRM_PAY_ID"), merchant.stage(10)), (json!("pay_2"), "EXECUTING".to_owned()));
    assert_eq!(merchant.comments().len(), 3, "the refund stands in the deal's history all the same");
}

#[test]
fn a_late_payment_of_an_older_link_shows_over_a_newer_one_that_nobody_paid() {
    let merchant = Merchant::new();
    merchant.deal(10, "NEW");
    let first = payment_of(10, "expired", 3);
    let second = Payment { id: "pay_2".to_owned(), created_at: first.created_at + 1, ..payment_of(10, "expired", 4) };
    for payment in [&first, &second] {
        merchant.host.put_payment(payment.clone());
        merchant.tell(payment);
    }
    let again = Payment { status: "created".to_owned(), version: 5, ..first.clone() };
    merchant.tell(&again);
    assert_eq!(merchant.field(10, "UF_CRM_PAY_ID"), "pay_2", "an older link's state is not written over a newer one's");
    merchant.tell(&payment_of(10, "paid", 6));
    assert_eq!((merchant.field(10, "UF_CRM_PAY_ID"), merchant.stage(10)), (json!("pay_1"), "EXECUTING".to_owned()));
}

#[test]
fn references_to_other_things_are_left_alone_or_named() {
    let merchant = Merchant::new();
    let refer = |kind: &str, id: &str| Payment { crm: Some(crm(kind, id)), ..payment("paid", 3) };
    let mut elsewhere = refer("lead", "5");
    "amocrm".clone_into(&mut elsewhere.crm.as_mut().unwrap().plugin);
    assert_eq!(merchant.tell(&elsewhere).kind, "done");
    assert_eq!(merchant.tell(&refer("contact", "5")).code, "entity-type");
    for kind in ["deal", "invoice"] {
        assert_eq!(merchant.tell(&refer(kind, "5; drop")).code, "entity-id");
    }
    assert_eq!(merchant.tell(&payment("something_new", 3)).kind, "done");
    assert_eq!(merchant.sync(&testing::delivery("exception.opened", payment("paid", 3))).kind, "done");
    assert_eq!(merchant.sync(&testing::delivery("payment.new_kind", payment("paid", 3))).kind, "done");
    assert!(merchant.portal.borrow().calls.is_empty());
}

#[test]
fn strangers_text_makes_a_tidy_title() {
    let merchant = Merchant::new();
    let mut made = payment("created", 1);
    made.description = format!("Cake\n\u{202E}{}", "x".repeat(5000));
    made.customer.name = Some("Ani [b]".to_owned());
    merchant.tell(&made);
    let title = merchant.field(10, "title").as_str().unwrap().to_owned();
    assert!(title.starts_with("Cake xxx") && title.ends_with("… — Ani [b] (A-1042)"), "{title}");
    assert!(title.chars().count() <= 255);
}

#[test]
fn a_portal_that_cannot_be_reached_is_retried() {
    for (kind, expected) in [("not-sent", "retry"), ("ambiguous", "retry"), ("not-granted", "bad-request")] {
        let host = testing::MemoryHost::new(r#"{"portal":"https://shop.bitrix24.ru","user_id":"1"}"#)
            .with_secret("webhook_secret")
            .with_remote(move |_: &kamurj_sdk::Request| Err(failure(kind)));
        let outcome = kamurj_plugin_bitrix24::Bitrix24::sync(&host, &owed(&payment_of(10, "paid", 3)));
        assert_eq!(outcome.kind, expected, "{kind}");
    }
}

#[test]
fn f6_after_three_days_without_the_portal_everything_arrives_in_order() {
    let merchant = Merchant::new();
    merchant.deal(10, "NEW");
    let mut refunded = payment_of(10, "refunded", 4);
    refunded.refunded = refunded.amount.clone();
    let owing = [payment_of(10, "created", 1), payment_of(10, "pending", 2), payment_of(10, "paid", 3), refunded];
    for run in 1..=3 {
        merchant.fault("crm.item.get", Fault::Refuse(502, json!("")));
        let delivery = kamurj_sdk::Delivery { run, ..owed(&owing[0]) };
        assert_eq!(merchant.sync(&delivery).kind, "retry");
    }
    for (place, payment) in owing.iter().enumerate() {
        let delivery = kamurj_sdk::Delivery { run: 4, ..owed(payment) };
        assert_eq!(merchant.sync(&delivery).kind, "done", "{place}");
    }
    assert_eq!((merchant.stage(10).as_str(), merchant.comments().len()), ("UC_REFUND", 2));
    assert_eq!(merchant.field(10, "UF_CRM_PAY_REFUNDED"), "12500");
}
