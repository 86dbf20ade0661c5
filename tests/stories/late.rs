//! A4: money that comes late. What counts is when it moved by the bank's clock, and what becomes of it is the policy that
//! the payment was made under.

use kamurj_sandbox::bank::{Lookup, PayAction, Refund, Webhooks};
use kamurj_tests::acts::{
    asks_back, bank_calls, bank_gave_back, exceptions, gives_back, one_of, open_kinds, policy, refunds, shown, status,
    sums, takes_out, told,
};
use kamurj_tests::clock::{hours, minutes, seconds};
use kamurj_tests::integrator::link;
use kamurj_tests::links::id;
use kamurj_tests::{World, story};
use serde_json::json;

/// How long after the payment's end the bank's word reaches us.
const HEARD: [(&str, i64); 4] = [("1s", seconds(1)), ("1h", hours(1)), ("25h", hours(25)), ("40d", hours(24 * 40))];

/// A payment of ten minutes whose customer paid so long after its end, in a session that lives longer. The bank says so only
/// after this time more, and until then answers nothing.
async fn paid_and_heard(world: &mut World, order: &str, late: i64, heard: i64) -> String {
    world.sandbox.bank.change_faults(|faults| {
        faults.webhooks = Webhooks::Hold;
        faults.lookup = Lookup::Fail;
    });
    let body = json!({
        "order_id": order, "amount": { "value": "12500", "currency": "AMD" }, "expires_in": 600,
    });
    let payment = world.creates(&body).await;
    assert_eq!(payment.status, 201, "{}", payment.body);
    world.goes_to_the_bank(&link(&payment.body)).await;
    let session = world.session();
    world.clock.pass(minutes(10) + late);
    world.sandbox.bank.act(&session.id, PayAction::Pay).expect("the session is there");
    world.passes(heard).await;
    assert_ne!(status(world, id(&payment.body)).await, "paid", "nobody has said so yet");
    world.sandbox.bank.change_faults(|faults| {
        faults.webhooks = Webhooks::Send;
        faults.lookup = Lookup::Ok;
    });
    world.passes(minutes(2)).await;
    id(&payment.body).to_owned()
}

/// As `paid_and_heard`, and heard at once.
async fn paid_late(world: &mut World, order: &str, late: i64) -> String {
    paid_and_heard(world, order, late, 1).await
}

story!(a4_late_money_waits_for_a_person_where_the_policy_says_review, |world| {
    for (order, heard) in HEARD {
        let payment = paid_and_heard(world, order, seconds(1), heard).await;
        assert_eq!(status(world, &payment).await, "manual_review", "{order}");
        let exception = one_of("late_payment", &exceptions(world, &format!("payment={payment}")).await);
        assert_eq!(exception["proposed_actions"], json!(["rule_paid", "refund", "rule_refunded", "dismiss"]));
        assert_eq!(sums(world, &payment).await, ["12500", "0", "0", "0"], "{order}: nothing is lost");
        let page = world.opens(&link(&shown(world, &payment).await)).await;
        assert!(page.form().is_none(), "{order}: nobody is asked to pay again");
        assert_eq!(page.heading(), "Հաստատում ենք վճարումը", "{order}: the page says what happened");
    }
});

story!(a4_late_money_is_paid_where_the_policy_accepts_it_and_a_person_is_told, |world| {
    policy(world, "accept", 0, None).await;
    for (order, heard) in HEARD {
        let payment = paid_and_heard(world, order, seconds(1), heard).await;
        assert_eq!(status(world, &payment).await, "paid", "{order}");
        assert_eq!(open_kinds(world, &payment).await, ["late_payment"], "{order}");
        let closed = takes_out(world, &payment, "late_payment", "dismiss").await;
        assert!(closed["resolved_at"].is_string(), "{closed}");
        assert_eq!((status(world, &payment).await.as_str(), open_kinds(world, &payment).await.len()), ("paid", 0));
    }
});

story!(a4_late_money_goes_back_once_by_itself_where_the_policy_says_refund, |world| {
    policy(world, "refund", 0, None).await;
    for (number, (order, late)) in [("1s", seconds(1)), ("9m", minutes(9))].into_iter().enumerate() {
        let payment = paid_late(world, order, late).await;
        world.passes(minutes(10)).await;
        assert_eq!(status(world, &payment).await, "expired", "{order}");
        assert_eq!(refunds(world, &payment).await, [("12500".to_owned(), "done".to_owned())], "{order}");
        assert_eq!(sums(world, &payment).await, ["0", "0", "0", "0"], "{order}");
        assert!(open_kinds(world, &payment).await.is_empty(), "{order}: it closes by itself");
        let times = i64::try_from(number).expect("small") + 1;
        assert_eq!(bank_gave_back(world), 1_250_000 * times, "{order}");
        let events = told(world, &world.bitrix24, &payment).await;
        assert!(!events.iter().any(|(event, _)| event == "payment.paid"), "{order}: {events:?}");
        asks_back(world, &payment, None).await.is_problem(409, "not-now");
    }
    world.passes(hours(3)).await;
    assert_eq!(bank_calls(world, "/refunds"), 2);
});

story!(a4_a_policys_refund_that_fails_is_not_repeated_and_a_person_is_told, |world| {
    policy(world, "refund", 0, None).await;
    world.sandbox.bank.change_faults(|faults| faults.refund = Refund::Decline);
    let payment = paid_late(world, "A-1", minutes(1)).await;
    world.passes(hours(1)).await;
    assert_eq!(refunds(world, &payment).await, [("12500".to_owned(), "failed".to_owned())]);
    assert_eq!(
        (open_kinds(world, &payment).await, bank_calls(world, "/refunds")),
        (vec!["late_payment".to_owned()], 1)
    );
    assert_eq!(sums(world, &payment).await, ["0", "0", "0", "12500"]);
    world.sandbox.bank.change_faults(|faults| faults.refund = Refund::Ok);
    takes_out(world, &payment, "late_payment", "refund").await;
    world.settles().await;
    assert_eq!((status(world, &payment).await.as_str(), bank_gave_back(world)), ("expired", 1_250_000));
    assert!(open_kinds(world, &payment).await.is_empty());
});

story!(a4_money_within_the_grace_is_in_time_and_a_moment_after_it_is_late, |world| {
    policy(world, "review", 120, None).await;
    for (order, late, expected) in
        [("0", 0, "paid"), ("1", seconds(120), "paid"), ("2", seconds(120) + 1, "manual_review")]
    {
        let payment = paid_late(world, order, late).await;
        assert_eq!(status(world, &payment).await, expected, "{late} ms late");
    }
});

story!(a4_money_that_moved_in_time_is_paid_however_late_we_hear_of_it, |world| {
    for (order, heard) in HEARD {
        for (moved, late) in [("early", -minutes(5)), ("just", 0)] {
            let payment = paid_and_heard(world, &format!("{order}-{moved}"), late, heard).await;
            assert_eq!(status(world, &payment).await, "paid", "{order} {moved}");
            assert!(open_kinds(world, &payment).await.is_empty(), "{order} {moved}");
        }
    }
});

story!(a_new_policy_does_not_judge_old_payments, |world| {
    let mut made = Vec::new();
    for (order, late_payment) in [("review", "accept"), ("accept", "refund"), ("refund", "review")] {
        let body = json!({ "order_id": order, "amount": { "value": "12500", "currency": "AMD" }, "expires_in": 600 });
        let payment = world.creates(&body).await.body;
        world.goes_to_the_bank(&link(&payment)).await;
        made.push((id(&payment).to_owned(), world.session().id));
        policy(world, late_payment, 3_600, None).await;
    }
    // All are late by a minute: the first was made without grace, the others with an hour of it.
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Hold);
    world.clock.pass(minutes(11));
    for (_, session) in &made {
        world.sandbox.bank.act(session, PayAction::Pay).expect("the session is there");
    }
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Send);
    world.passes(minutes(2)).await;
    let mut statuses = Vec::new();
    for (payment, _) in &made {
        statuses.push(status(world, payment).await);
    }
    assert_eq!(statuses, ["manual_review", "paid", "paid"], "the grace came with the second policy");
    assert_eq!(bank_calls(world, "/refunds"), 0);
});

story!(a4_each_way_out_of_late_money_settles_it, |world| {
    // Ruled paid.
    let payment = paid_late(world, "paid", minutes(1)).await;
    takes_out(world, &payment, "late_payment", "rule_paid").await;
    let body = shown(world, &payment).await;
    assert_eq!((&body["status"], open_kinds(world, &payment).await.len()), (&json!("paid"), 0));
    assert_eq!(body["evidence"], "the merchant's decision");
    // Given back: nothing of it is left, though it stays on the books.
    let payment = paid_late(world, "back", minutes(1)).await;
    takes_out(world, &payment, "late_payment", "refund").await;
    world.settles().await;
    assert_eq!(refunds(world, &payment).await, [("12500".to_owned(), "done".to_owned())]);
    assert_eq!(sums(world, &payment).await, ["12500", "12500", "0", "0"]);
    // Given back outside the bank.
    let payment = paid_late(world, "cash", minutes(1)).await;
    takes_out(world, &payment, "late_payment", "rule_refunded").await;
    assert_eq!((status(world, &payment).await.as_str(), open_kinds(world, &payment).await.len()), ("refunded", 0));
    // Put aside: the payment stays in review, the list is empty.
    let payment = paid_late(world, "aside", minutes(1)).await;
    takes_out(world, &payment, "late_payment", "dismiss").await;
    assert_eq!((status(world, &payment).await.as_str(), open_kinds(world, &payment).await.len()), ("manual_review", 0));
    world.passes(hours(30)).await;
    assert!(open_kinds(world, &payment).await.is_empty(), "nobody is asked twice");
});

story!(late_money_can_be_given_back_in_parts_while_a_person_decides, |world| {
    let payment = paid_late(world, "A-1", minutes(1)).await;
    gives_back(world, &payment, Some("2500")).await;
    world.settles().await;
    assert_eq!(sums(world, &payment).await, ["12500", "2500", "0", "0"]);
    assert_eq!(status(world, &payment).await, "manual_review");
    takes_out(world, &payment, "late_payment", "rule_paid").await;
    assert_eq!(status(world, &payment).await, "partially_refunded");
});
