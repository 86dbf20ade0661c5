//! Orders that the merchant withdraws while the customer stands before the provider's page.

use kamurj_tests::World;
use kamurj_tests::acts::{cancels, open_kinds, sums};
use kamurj_tests::clock::minutes;
use kamurj_tests::stand::{Stand, Tells};

/// The session is ended where that can be done. Money that comes all the same goes back, or a person is told.
pub(crate) async fn the_merchant_withdraws_the_order(world: &mut World, stand: &Stand) {
    let (payment, order) = world.order_with(stand, "A-1", "12500").await;
    let answer = cancels(world, &payment).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    world.passes(minutes(1)).await;
    let page = world.orders_at(stand).pop().and_then(|order| order.page).expect("a page");
    let tried = world.submits(&page, &[("action", "pay")]).await.expect("the provider answers");
    world.passes(minutes(10)).await;
    let now = kamurj_tests::acts::status(world, &payment).await;
    assert_ne!(now, "paid", "{}", tried.html);
    let there = world.orders_at(stand).into_iter().find(|known| known.id == order.id).expect("the order");
    let [captured, refunded, ..] = sums(world, &payment).await;
    if captured == refunded {
        assert_eq!(now, "cancelled", "{there:?}");
        assert!(
            stand.tells != Tells::CallsUnprovenAndIsAsked,
            "FastShift's page takes money until its session is over"
        );
    } else {
        assert_eq!(now, "manual_review");
        assert!(!open_kinds(world, &payment).await.is_empty(), "money without an order is somebody's to look at");
    }
}
