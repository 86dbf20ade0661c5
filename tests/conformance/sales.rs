//! Sales: paid, paid without a return, declined and tried again, left.

use kamurj_domain::Clock as _;
use kamurj_tests::World;
use kamurj_tests::acts::{exceptions, shown, status};
use kamurj_tests::clock::minutes;
use kamurj_tests::integrator::link;
use kamurj_tests::links::id;
use kamurj_tests::stand::{Stand, Tells};

/// The customer pays on the provider's page and comes back: the page, the chat and the CRM say so, once.
pub(crate) async fn paid_and_everybody_is_told_once(world: &mut World, stand: &Stand) {
    let payment_link = world.customer_picks_the_cake().await;
    assert!(world.goes_to(&payment_link).await.is_some(), "the press leads to {}", stand.word);
    let order = world.orders_at(stand).pop().expect("the provider has the order");
    assert_eq!((order.amount_minor, order.currency.as_str()), (1_250_000, "AMD"));
    let back = world.does_there(stand, &order, "pay").await;
    world.comes_back(&back).await;
    world.settles().await;
    let receipt = world.opens(&payment_link).await;
    assert_eq!(receipt.heading(), "Վճարումը կատարված է");
    assert_eq!(receipt.moments(), [world.clock.now()], "also where the provider names no hour");
    everybody_was_told_once(world).await;
}

async fn everybody_was_told_once(world: &mut World) {
    let ending = world.ending().await;
    assert_eq!(ending.status, "paid");
    assert_eq!(ending.captured_and_surplus, (1_250_000, 0));
    assert_eq!((ending.announced_paid, ending.paid_messages), (1, 1));
    assert_eq!(ending.deals, [("EXECUTING".to_owned(), 1)]);
    assert_eq!((ending.undone, ending.exceptions), (0, Vec::<String>::new()));
}

/// The customer pays and closes the browser: what the provider says, or is asked, is enough.
pub(crate) async fn paid_though_the_customer_never_comes_back(world: &mut World, stand: &Stand) {
    let payment_link = world.customer_picks_the_cake().await;
    world.goes_to(&payment_link).await;
    let order = world.orders_at(stand).pop().expect("the provider has the order");
    world.does_there(stand, &order, "pay").await;
    // Ten minutes at most, whoever has to ask.
    world.passes(minutes(10)).await;
    everybody_was_told_once(world).await;
}

/// The customer's bank declines; the customer tries again and pays.
pub(crate) async fn declined_and_paid_at_the_second_try(world: &mut World, stand: &Stand) {
    let made = world.orders("A-1", "12500").await;
    world.goes_to(&link(&made)).await;
    let order = world.orders_at(stand).pop().expect("the provider has the order");
    let back = world.does_there(stand, &order, "decline").await;
    world.comes_back(&back).await;
    world.settles().await;
    if stand.tells == Tells::Agrees {
        // It says nothing of what did not happen.
        assert_eq!(status(world, id(&made)).await, "pending");
        world.passes(stand.session_ms + minutes(15)).await;
    } else {
        world.passes(minutes(2)).await;
    }
    assert_eq!(status(world, id(&made)).await, "failed");
    world.goes_to(&link(&made)).await;
    let second = world.orders_at(stand).pop().expect("another order");
    assert_ne!(second.number, order.number, "each try has a number of its own");
    let back = world.does_there(stand, &second, "pay").await;
    world.comes_back(&back).await;
    world.settles().await;
    let paid = shown(world, id(&made)).await;
    assert_eq!((paid["status"].as_str(), paid["captured"]["value"].as_str()), (Some("paid"), Some("12500")));
    assert!(exceptions(world, "").await.is_empty());
}

/// The customer goes away: nothing was taken, nobody is troubled, and the order can be paid again while it lasts.
pub(crate) async fn left_unpaid(world: &mut World, stand: &Stand) {
    let (payment, order) = world.order_with(stand, "A-1", "12500").await;
    let back = world.does_there(stand, &order, "close").await;
    world.comes_back(&back).await;
    // Ameriabank's orders wait for ever: they are given half an hour more.
    world.passes(stand.session_ms + minutes(45)).await;
    let left = shown(world, &payment).await;
    let ended = left["status"].as_str().expect("a status");
    let told = world.journal(&payment).await;
    assert!(ended == "failed" || ended == "expired", "{ended} {told:?}");
    assert_eq!(left["captured"]["value"], "0");
    assert!(exceptions(world, "").await.is_empty(), "{:?}", exceptions(world, "").await);
}
