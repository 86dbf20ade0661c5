//! What goes wrong between us and a provider: presses twice, answers lost, out of order, news again and again, or never.

use kamurj_sandbox::gateways::{Pushing, Reply};
use kamurj_tests::World;
use kamurj_tests::acts::{exceptions, refreshes, shown, status};
use kamurj_tests::clock::minutes;
use kamurj_tests::integrator::link;
use kamurj_tests::links::id;
use kamurj_tests::stand::{Stand, Tells};
use std::collections::BTreeSet;

fn numbers(world: &World, stand: &Stand) -> BTreeSet<String> {
    world.orders_at(stand).into_iter().map(|order| order.number).collect()
}

/// A double click, a form sent again and a second tab are one order at the provider.
pub(crate) async fn one_press_is_one_order(world: &mut World, stand: &Stand) {
    let made = world.orders("A-1", "12500").await;
    let page = world.opens(&link(&made)).await;
    let (action, key) = page.form().expect("a form");
    for _ in 0..2 {
        let sent = world.submits(&action, &[("form_key", &key)]).await.expect("an answer");
        assert!(world.follows(sent).await.is_some());
    }
    let other = page.html.replace(&key, "").len();
    assert!(other > 0);
    assert!(world.goes_to(&link(&made)).await.is_some(), "the second tab goes on where the first began");
    assert_eq!(numbers(world, stand).len(), 1, "{:?}", world.orders_at(stand));
}

/// The order is made and its answer lost: the customer ends up paying one order, once.
pub(crate) async fn the_answer_to_the_start_is_lost(world: &mut World, stand: &Stand) {
    let made = world.orders("A-1", "12500").await;
    if stand.by_form {
        // Nobody is called, so no answer can be lost: the same form is there again.
        let first = world.handed_over(&link(&made)).await;
        assert_eq!(world.handed_over(&link(&made)).await, first);
    } else {
        world.disturbs(stand, |faults| faults.start = Reply::DropReply);
        let led = world.goes_to(&link(&made)).await;
        assert_eq!(led, None, "our own page says what is known");
        assert_eq!(status(world, id(&made)).await, "pending");
    }
    world.disturbs(stand, |faults| faults.start = Reply::Ok);
    world.passes(minutes(1)).await;
    // Where the page cannot be had again, the session has to run out first.
    if world.opens(&link(&made)).await.form().is_none() {
        world.passes(stand.session_ms + minutes(3)).await;
        assert_eq!(status(world, id(&made)).await, "failed");
    }
    assert!(world.goes_to(&link(&made)).await.is_some());
    let order = world.orders_at(stand).pop().expect("an order");
    let back = world.does_there(stand, &order, "pay").await;
    world.comes_back(&back).await;
    world.settles().await;
    let paid = shown(world, id(&made)).await;
    assert_eq!((paid["status"].as_str(), paid["captured"]["value"].as_str()), (Some("paid"), Some("12500")));
}

/// The provider is out of order: the customer is told, nothing is taken, and it works when the provider does.
pub(crate) async fn the_provider_is_out_of_order(world: &mut World, stand: &Stand) {
    let made = world.orders("A-1", "12500").await;
    world.disturbs(stand, |faults| (faults.start, faults.outage) = (Reply::Fail, true));
    let led = world.goes_to(&link(&made)).await;
    if stand.by_form {
        world.passes(stand.session_ms + minutes(15)).await;
    } else {
        assert_eq!(led, None);
        world.passes(minutes(4)).await;
        if status(world, id(&made)).await == "pending" {
            world.passes(stand.session_ms).await;
        }
    }
    assert_eq!(status(world, id(&made)).await, "failed");
    assert!(exceptions(world, "").await.is_empty());
    world.disturbs(stand, |faults| (faults.start, faults.outage) = (Reply::Ok, false));
    world.goes_to(&link(&made)).await;
    let order = world.orders_at(stand).pop().expect("an order");
    let back = world.does_there(stand, &order, "pay").await;
    world.comes_back(&back).await;
    world.settles().await;
    assert_eq!(status(world, id(&made)).await, "paid");
}

/// The same news four times, and three more questions: paid once, told once.
pub(crate) async fn news_that_come_again_change_nothing(world: &mut World, stand: &Stand) {
    world.disturbs(stand, |faults| faults.push_repeat = 3);
    let (payment, _) = world.paid_with(stand, "A-1", "12500").await;
    world.passes(minutes(5)).await;
    let before = shown(world, &payment).await;
    assert_eq!(before["status"], "paid");
    for _ in 0..3 {
        refreshes(world, &payment).await;
        world.settles().await;
    }
    let after = shown(world, &payment).await;
    for field in ["status", "captured", "surplus", "paid_at", "provider_reference"] {
        assert_eq!(after[field], before[field], "{field}");
    }
    let told = world.journal(&payment).await.iter().filter(|kind| *kind == "payment.paid").count();
    assert_eq!(told, 1);
    assert!(exceptions(world, "").await.is_empty());
}

/// The customer pays, closes the browser, and no push ever comes.
pub(crate) async fn news_that_never_come(world: &mut World, stand: &Stand) {
    world.disturbs(stand, |faults| faults.push = Pushing::Drop);
    let (payment, order) = world.order_with(stand, "A-1", "12500").await;
    world.does_there(stand, &order, "pay").await;
    match stand.tells {
        Tells::Asked | Tells::CallsAndIsAsked | Tells::CallsUnprovenAndIsAsked => {
            world.passes(minutes(10)).await;
            assert_eq!(status(world, &payment).await, "paid");
        }
        // What is not told of is not known. It is not paid; the wallet's own report tells.
        Tells::Calls | Tells::Agrees => {
            world.passes(stand.session_ms + minutes(15)).await;
            let ended = status(world, &payment).await;
            assert!(ended == "failed" || ended == "expired", "{ended}");
        }
    }
}
