//! C10: the bank takes a payment back after it was paid, by reversal or by dispute. The order leaves paid, a person decides,
//! and the history stays.

use kamurj_tests::acts::{
    asks_back, deal, exceptions, one_of, open_kinds, paid_order, shown, status, sums, takes_out, told,
};
use kamurj_tests::clock::{hours, minutes};
use kamurj_tests::integrator::link;
use kamurj_tests::{World, story};
use serde_json::json;

/// The two ways of the bank's, by the exception's kind.
const WAYS: [&str; 2] = ["reversed", "chargeback"];

async fn taken_back(world: &mut World, order: &str, kind: &str) -> String {
    let payment = paid_order(world, order, "12500").await;
    let session = world.session();
    world.passes(hours(26)).await;
    let done = match kind {
        "reversed" => world.sandbox.bank.reverse(&session.id),
        _ => world.sandbox.bank.charge_back(&session.id),
    };
    assert!(done);
    world.passes(minutes(5)).await;
    assert_eq!(status(world, &payment).await, "manual_review", "{kind}");
    payment
}

story!(c10_a_payment_that_the_bank_took_back_the_next_day_goes_to_a_person_and_the_crm_is_told, |world| {
    let link = world.customer_picks_the_cake().await;
    world.pays(&link).await;
    world.settles().await;
    assert_eq!(deal(world).0, "EXECUTING");
    let payment = world.payment().await.id;
    let session = world.session();
    world.passes(hours(26)).await;
    assert!(world.sandbox.bank.reverse(&session.id));
    world.passes(minutes(5)).await;
    assert_eq!(status(world, &payment).await, "manual_review");
    assert_eq!(deal(world).0, "UC_REVIEW", "whoever packs the goods sees it");
    let exception = one_of("reversed", &exceptions(world, "").await);
    assert_eq!(exception["proposed_actions"], json!(["look_up", "rule_refunded", "rule_failed", "rule_paid"]));
    assert_eq!(sums(world, &payment).await[0], "12500", "the history stays");
    let journal = world.journal(&payment).await;
    for kind in ["payment.paid", "fact.reversed", "payment.manual_review", "exception.opened"] {
        assert!(journal.iter().any(|entry| entry == kind), "{kind} is in {journal:?}");
    }
    let page = world.opens(&link).await;
    assert!(page.form().is_none());
    asks_back(world, &payment, None).await.is_problem(409, "not-now");

    takes_out(world, &payment, "reversed", "rule_refunded").await;
    world.settles().await;
    assert_eq!((status(world, &payment).await.as_str(), deal(world).0.as_str()), ("refunded", "APOLOGY"));
    let events = told(world, &world.bitrix24, &payment).await;
    assert_eq!(events.iter().filter(|(event, _)| event == "payment.manual_review").count(), 1, "{events:?}");
});

story!(c10_each_way_out_of_money_taken_back_settles_it, |world| {
    for kind in WAYS {
        for (action, expected) in [("rule_refunded", "refunded"), ("rule_paid", "paid"), ("rule_failed", "failed")] {
            let payment = taken_back(world, &format!("{kind}-{action}"), kind).await;
            let still = takes_out(world, &payment, kind, "look_up").await;
            assert!(still["resolved_at"].is_null(), "the bank says so again: {still}");
            takes_out(world, &payment, kind, action).await;
            assert_eq!(status(world, &payment).await, expected, "{kind} {action}");
            assert!(open_kinds(world, &payment).await.is_empty(), "{kind} {action}");
            // The bank holds nothing of it any more.
            asks_back(world, &payment, None).await.is_problem(409, "not-now");
        }
    }
});

story!(c10_a_payment_taken_back_and_ruled_failed_can_be_paid_again, |world| {
    let payment = taken_back(world, "A-1", "reversed").await;
    takes_out(world, &payment, "reversed", "rule_failed").await;
    world.settles().await;
    let page = link(&shown(world, &payment).await);
    world.pays(&page).await;
    world.settles().await;
    assert_eq!(status(world, &payment).await, "paid");
    assert_eq!(sums(world, &payment).await, ["12500", "0", "0", "0"]);
    assert_eq!(world.ending().await.announced_paid, 1, "paid is announced once in a payment's life");
});

story!(c10_what_was_refunded_before_stays_on_the_books, |world| {
    let payment = paid_order(world, "A-1", "12500").await;
    kamurj_tests::acts::gives_back(world, &payment, Some("2500")).await;
    world.passes(minutes(1)).await;
    let session = world.session();
    assert!(world.sandbox.bank.charge_back(&session.id));
    world.passes(minutes(5)).await;
    assert_eq!(status(world, &payment).await, "manual_review");
    assert_eq!(sums(world, &payment).await, ["12500", "2500", "0", "0"]);
    assert_eq!(open_kinds(world, &payment).await, ["chargeback"]);
});
