//! Bad days rehearsed with the sandbox's scripts: what a merchant's developer tries at a desk, and what becomes of it.

use kamurj_sandbox::scripts::{Orders, READY, Script};
use kamurj_tests::acts::{open_kinds, shown, status};
use kamurj_tests::clock::{hours, minutes};
use kamurj_tests::integrator::link;
use kamurj_tests::links::id;
use kamurj_tests::{World, story};
use reqwest::StatusCode;

/// Gives the bank a script for its next order.
fn rehearses(world: &World, script: &str) {
    let script = Script::read(script).expect("a script");
    world.sandbox.scripts.give("vpos", script, Orders::Next).expect("the bank plays it");
}

fn ready(name: &str) -> &'static str {
    READY.iter().find(|ready| ready.name == name).expect("it ships").text
}

/// The customer presses the button and sees wherever that leads.
async fn presses(world: &mut World, page: &str) {
    let (action, key) = world.opens(page).await.form().expect("a button");
    let sent = world.submits(&action, &[("form_key", &key)]).await.expect("an answer");
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.html);
}

story!(a_lost_reply_and_a_push_three_times_after_26_hours_pay_exactly_once, |world| {
    rehearses(world, "drop the reply of start; pay; deliver the push 3 times after 26h");
    let payment = world.orders("A-1", "12500").await;
    presses(world, &link(&payment)).await;
    world.passes(minutes(10)).await;
    assert_eq!(status(world, id(&payment)).await, "paid", "a look-up found what the lost reply would have said");
    let pushes = |world: &World| world.sandbox.bank.view().webhooks.iter().map(|push| push.tries).sum::<u32>();
    assert_eq!(pushes(world), 0);
    let before = world.journal(id(&payment)).await;
    world.passes(hours(26)).await;
    assert_eq!(pushes(world), 3);
    let ending = world.ending().await;
    assert_eq!((ending.status, ending.announced_paid, ending.bank_took), ("paid", 1, 1));
    assert_eq!((ending.captured_and_surplus, ending.exceptions), ((1_250_000, 0), Vec::new()));
    let after = world.journal(id(&payment)).await;
    let paid =
        |journal: &[String]| journal.iter().filter(|kind| kind.starts_with("payment.")).cloned().collect::<Vec<_>>();
    assert_eq!(paid(&after), paid(&before), "the late pushes told nothing new");
    let troubles = world.sandbox.scripts.view()[0].log.iter().filter(|line| line.trouble.is_some()).count();
    assert_eq!(troubles, 0);
});

story!(a_declined_card_and_another_try_pay_once, |world| {
    rehearses(world, ready("declined-then-paid"));
    let payment = world.orders("A-1", "12500").await;
    presses(world, &link(&payment)).await;
    world.passes(minutes(1)).await;
    assert_eq!(status(world, id(&payment)).await, "failed");
    presses(world, &link(&payment)).await;
    world.passes(minutes(1)).await;
    let ending = world.ending().await;
    assert_eq!((ending.status, ending.announced_paid, ending.bank_took), ("paid", 1, 1));
});

story!(a_hundred_times_the_amount_goes_to_a_person, |world| {
    rehearses(world, ready("wrong-amount"));
    let payment = world.orders("A-1", "12500").await;
    presses(world, &link(&payment)).await;
    world.passes(minutes(2)).await;
    assert_eq!(status(world, id(&payment)).await, "manual_review");
    assert_eq!(open_kinds(world, id(&payment)).await, ["amount_mismatch"]);
});

story!(an_outage_costs_a_try_and_no_money, |world| {
    rehearses(world, ready("outage"));
    let payment = world.orders("A-1", "12500").await;
    presses(world, &link(&payment)).await;
    world.passes(minutes(12)).await;
    assert_ne!(status(world, id(&payment)).await, "paid");
    presses(world, &link(&payment)).await;
    world.passes(minutes(2)).await;
    let ending = world.ending().await;
    assert_eq!((ending.status, ending.bank_took, ending.exceptions), ("paid", 1, Vec::new()));
});

story!(a_payment_that_staff_take_back_the_next_day_goes_to_a_person, |world| {
    rehearses(world, ready("reversed-next-day"));
    let payment = world.orders("A-1", "12500").await;
    presses(world, &link(&payment)).await;
    world.passes(minutes(2)).await;
    assert_eq!(status(world, id(&payment)).await, "paid");
    world.passes(hours(24)).await;
    assert_eq!(shown(world, id(&payment)).await["status"], "manual_review");
    assert_eq!(open_kinds(world, id(&payment)).await, ["reversed"]);
});
