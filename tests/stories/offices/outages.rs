//! Services that are down, for an hour or for days: what is owed waits, arrives in its order, and the payment never waits for it.

use kamurj_tests::acts::{exceptions, status};
use kamurj_tests::clock::{hours, minutes};
use kamurj_tests::in_every_office;
use kamurj_tests::offices::{Office, Trouble};

in_every_office!(f6_three_days_down_and_everything_arrives_afterwards_in_order, |world, desk| {
    let sale = world.makes_sale(desk, "A-1").await;
    world.office_suffers(desk.office, Trouble::Down(true));
    world.pays(&sale.link).await;
    world.passes(minutes(1)).await;
    assert_eq!(status(world, &sale.payment).await, "paid", "what is so does not wait for anybody");
    let other = world.makes_sale(desk, "A-2").await;
    world.passes(hours(72)).await;
    let dead: Vec<_> = exceptions(world, "").await;
    assert!(dead.iter().all(|one| one["kind"] != "delivery_failed"), "{dead:#?}");
    world.office_suffers(desk.office, Trouble::Down(false));
    world.passes(hours(30)).await;
    let (seen, waiting) = (world.seen(desk, &sale), world.seen(desk, &other));
    assert_eq!(seen.status, "paid", "{seen:#?}");
    // The link's time was over long before the service came back.
    assert!(["expired", "awaiting_payment", "created"].contains(&waiting.status.as_str()), "{waiting:#?}");
    if desk.office == Office::Erp {
        let view = world.sandbox.erp.view();
        let book = view.payments.iter().find(|payment| payment.payment_id == sale.payment).expect("it was told");
        assert!(book.versions.is_sorted() && book.dropped == 0, "{book:#?}");
    }
    let left = world.deliveries_to(desk, "&state=owed").await;
    assert!(left.is_empty(), "{left:#?}");
});

in_every_office!(a_service_that_breaks_for_a_moment_costs_a_retry_and_nothing_else, |world, desk| {
    let sale = world.makes_sale(desk, "A-3").await;
    world.office_suffers(desk.office, Trouble::Throttled(2));
    world.pays(&sale.link).await;
    world.passes(minutes(1)).await;
    world.passes(minutes(30)).await;
    assert_eq!(world.seen(desk, &sale).status, "paid", "{:#?}", world.seen(desk, &sale));
    assert!(world.exceptions().await.is_empty());
});
