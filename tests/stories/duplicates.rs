//! B1, B4: money that comes twice. A second attempt is started only by a customer who says so; if both are paid, the order
//! is paid once, and the rest is shown and goes back.

use kamurj_sandbox::bank::{Cancel, PayAction, Webhooks};
use kamurj_tests::acts::{
    asks_back, bank_calls, bank_gave_back, drams, exceptions, last_attempt, one_of, open_kinds, order_at_the_bank,
    refunds, status, sums, takes, takes_out,
};
use kamurj_tests::clock::minutes;
use kamurj_tests::links::{at_once, posts};
use kamurj_tests::{World, story};
use serde_json::json;

/// The address of the page's form.
async fn form_of(world: &mut World, payment: &str) -> String {
    let page = kamurj_tests::integrator::link(&kamurj_tests::acts::shown(world, payment).await);
    format!("{page}/pay")
}

/// Starts once more, leaving this attempt; answers where the browser is sent.
async fn starts_again(world: &mut World, payment: &str, key: &str, attempt: &str) -> String {
    let form = form_of(world, payment).await;
    let sent = world.submits(&form, &[("form_key", key), ("again", attempt)]).await.expect("an answer");
    assert_eq!(sent.status, 303, "{}", sent.html);
    sent.location.expect("a press leads on")
}

story!(b4_a_second_attempt_is_joined_to_the_first_unless_the_customer_says_again, |world| {
    let (payment, first) = order_at_the_bank(world, "A-1", "12500").await;
    let form = form_of(world, &payment).await;
    let joined = world.submits(&form, &[("form_key", "another tab")]).await.expect("an answer");
    assert_eq!(joined.location.as_deref(), Some(first.as_str()));
    // An attempt that is not the one under way starts nothing either.
    assert_eq!(starts_again(world, &payment, "wrong", "att_unknown").await, first);
    assert_eq!(world.sandbox.bank.view().sessions.len(), 1);

    let attempt = last_attempt(world, &payment).await;
    let second = starts_again(world, &payment, "again", &attempt).await;
    assert_ne!(second, first);
    world.settles().await;
    let statuses: Vec<&str> = world.sandbox.bank.view().sessions.iter().map(|session| session.status).collect();
    assert_eq!(statuses, ["cancelled", "created"], "the one that was left is closed at the bank");
    // The form once more leads to the same session.
    assert_eq!(starts_again(world, &payment, "again", &attempt).await, second);
    let back = world.does_at_the_bank(&second, "pay").await;
    world.comes_back(&back).await;
    world.settles().await;
    assert_eq!(status(world, &payment).await, "paid");
    assert!(open_kinds(world, &payment).await.is_empty());
});

story!(b2_two_tabs_that_both_start_again_make_one_more_session, |world| {
    let (payment, _) = order_at_the_bank(world, "A-1", "12500").await;
    let attempt = last_attempt(world, &payment).await;
    let form = form_of(world, &payment).await;
    let keys: Vec<String> = (0..12).map(|number| format!("tab-{number}")).collect();
    let presses = keys
        .iter()
        .map(|key| world.http.post(&form).form(&[("form_key", key.as_str()), ("again", attempt.as_str())]))
        .collect();
    for answer in at_once(presses).await {
        assert_eq!(answer.status, 303, "{}", answer.body);
    }
    world.settles().await;
    let view = world.sandbox.bank.view();
    let open = view.sessions.iter().filter(|session| session.status == "created").count();
    assert_eq!((view.sessions.len(), open), (2, 1));
});

/// Two attempts of one order, both paid at the bank, which did not close the first.
async fn paid_twice(world: &mut World) -> (String, String, String) {
    world.sandbox.bank.change_faults(|faults| {
        faults.cancel = Cancel::Fail;
        faults.webhooks = Webhooks::Hold;
    });
    let (payment, _) = order_at_the_bank(world, "A-1", "12500").await;
    let first = last_attempt(world, &payment).await;
    starts_again(world, &payment, "again", &first).await;
    let second = last_attempt(world, &payment).await;
    assert_ne!(first, second);
    let sessions = world.sandbox.bank.view().sessions;
    for session in &sessions {
        world.clock.pass(1_000);
        world.sandbox.bank.act(&session.id, PayAction::Pay).expect("the session is there");
    }
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Send);
    world.passes(minutes(2)).await;
    assert_eq!(status(world, &payment).await, "paid");
    assert_eq!(sums(world, &payment).await, ["12500", "0", "0", "12500"]);
    let ending = world.ending().await;
    assert_eq!((ending.announced_paid, ending.bank_took), (1, 2));
    (payment, first, second)
}

story!(b1_of_two_attempts_that_are_both_paid_one_pays_and_the_other_goes_back, |world| {
    let (payment, _, second) = paid_twice(world).await;
    let exception = one_of("duplicate_payment", &exceptions(world, "kind=duplicate_payment").await);
    assert_eq!((&exception["subject"], &exception["payment"]), (&json!(second), &json!(payment)));
    assert_eq!(exception["proposed_actions"], json!(["refund", "dismiss"]));

    let reserved = takes(world, &exception, "refund").await;
    assert_eq!((reserved.status, &reserved.body["resolved_at"]), (200, &json!(null)), "it takes time");
    takes(world, &exception, "refund").await.is_problem(409, "not-now");
    world.settles().await;
    assert_eq!(status(world, &payment).await, "paid", "the order is paid all the while");
    assert_eq!(sums(world, &payment).await, ["12500", "0", "0", "0"]);
    let closed = exceptions(world, "state=resolved").await;
    assert_eq!(one_of("duplicate_payment", &closed)["resolved_by"], "facts");
    let view = world.sandbox.bank.view();
    assert_eq!(view.sessions.iter().map(|session| session.refunded_minor).collect::<Vec<_>>(), [0, 1_250_000]);
    assert_eq!(bank_calls(world, "/refunds"), 1);
    let ending = world.ending().await;
    assert_eq!((ending.announced_paid, ending.deals.len(), ending.exceptions.len()), (1, 1, 0));
});

story!(d6_surplus_goes_back_by_naming_its_attempt_and_never_the_orders_money, |world| {
    let (payment, first, second) = paid_twice(world).await;
    let path = format!("/v1/payments/{payment}/refunds");
    let part = |attempt: &str, price: &str| json!({ "attempt": attempt, "amount": drams(price), "reason": "twice" });
    posts(world, &path, &part(&second, "12501")).await.is_problem(409, "not-now");
    let one = posts(world, &path, &part(&second, "5000")).await;
    assert_eq!((one.status, &one.body["of"]), (201, &json!("surplus")), "{}", one.body);
    world.passes(minutes(1)).await;
    assert_eq!(sums(world, &payment).await, ["12500", "0", "0", "7500"]);
    assert_eq!(status(world, &payment).await, "paid");
    assert_eq!(open_kinds(world, &payment).await, ["duplicate_payment"], "not all of it is back");
    posts(world, &path, &part(&second, "7501")).await.is_problem(409, "not-now");
    takes_out(world, &payment, "duplicate_payment", "refund").await;
    world.passes(minutes(1)).await;
    assert_eq!(sums(world, &payment).await, ["12500", "0", "0", "0"]);
    assert!(open_kinds(world, &payment).await.is_empty());
    // What is left is the order's, and goes back as that.
    let order = posts(world, &path, &part(&first, "12500")).await;
    assert_eq!((order.status, &order.body["of"]), (201, &json!("order")), "{}", order.body);
    world.passes(minutes(1)).await;
    assert_eq!((status(world, &payment).await.as_str(), bank_gave_back(world)), ("refunded", 2_500_000));
    asks_back(world, &payment, None).await.is_problem(409, "not-now");
    assert_eq!(refunds(world, &payment).await.len(), 3);
});

story!(b1_a_second_payment_that_is_dismissed_stays_on_the_books, |world| {
    let (payment, _, _) = paid_twice(world).await;
    takes_out(world, &payment, "duplicate_payment", "dismiss").await;
    world.passes(minutes(90)).await;
    assert!(open_kinds(world, &payment).await.is_empty());
    assert_eq!(sums(world, &payment).await, ["12500", "0", "0", "12500"]);
    assert_eq!(world.exceptions().await.len(), 0);
});

story!(b1_a_customer_who_paid_and_then_starts_again_keeps_what_was_paid, |world| {
    // The bank's word is on its way when the customer, in another tab, begins once more.
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Hold);
    let (payment, bank) = order_at_the_bank(world, "A-1", "12500").await;
    let attempt = last_attempt(world, &payment).await;
    world.does_at_the_bank(&bank, "pay").await;
    starts_again(world, &payment, "again", &attempt).await;
    world.passes(minutes(1)).await;
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Send);
    world.passes(minutes(2)).await;
    assert_eq!(status(world, &payment).await, "paid", "we do not undo a payment that somebody wanted");
    assert_eq!(world.sandbox.bank.view().sessions[0].status, "paid");
    assert!(open_kinds(world, &payment).await.is_empty());
});
