//! F4: CRMs that an administrator connected as an app: tokens that end in the middle of the work, refresh tokens that can be used once,
//! and an app that is thrown out.

use kamurj_tests::clock::{hours, minutes, seconds};
use kamurj_tests::in_every_app;
use kamurj_tests::offices::Trouble;

in_every_app!(f4_a_token_that_ends_in_the_middle_of_the_work_repeats_nothing, |world, desk| {
    let mut sales = Vec::new();
    for number in 1..=4 {
        let record = world.makes_record(desk.office, &format!("A-{number}"), 12_500);
        sales.push(world.asks_for(desk, &format!("A-{number}"), &record).await);
    }
    // In the middle of a run, and once more in the middle of the run that makes up for it.
    for calls in [3, 2] {
        world.office_suffers(desk.office, Trouble::TokenEndsAfter(calls));
        world.passes(seconds(5)).await;
    }
    world.passes(minutes(2)).await;
    for sale in &sales {
        world.pays(&sale.link).await;
    }
    world.office_suffers(desk.office, Trouble::TokenEndsAfter(5));
    world.passes(minutes(3)).await;
    for sale in &sales {
        let seen = world.seen(desk, sale);
        assert_eq!((seen.status.as_str(), seen.records), ("paid", 1), "{seen:#?}");
        let paid = seen.notes.iter().filter(|note| note.contains("Payment confirmed")).count();
        assert_eq!(paid, 1, "one note, once: {seen:#?}");
    }
    assert!(world.exceptions().await.is_empty(), "{:#?}", world.exceptions().await);
    assert!(world.deliveries_to(desk, "&state=owed").await.is_empty());
});

in_every_app!(f4_days_of_work_use_every_refresh_token_once, |world, desk| {
    for number in 1..=3 {
        let sale = world.makes_sale(desk, &format!("A-{number}")).await;
        world.pays(&sale.link).await;
        world.passes(minutes(2)).await;
        assert_eq!(world.seen(desk, &sale).status, "paid");
        world.passes(hours(26)).await;
    }
    assert!(world.exceptions().await.is_empty(), "{:#?}", world.exceptions().await);
});

in_every_app!(f4_an_app_that_was_thrown_out_waits_for_one_person_and_loses_nothing, |world, desk| {
    world.throws_the_app_out(desk.office);
    let mut sales = Vec::new();
    for number in 1..=3 {
        let sale = world.makes_sale(desk, &format!("A-{number}")).await;
        world.pays(&sale.link).await;
        sales.push(sale);
    }
    world.passes(hours(6)).await;
    let asked = world.reauthorisations().await;
    assert_eq!(asked.len(), 1, "{asked:#?}");
    world.connects_the_app_again(desk).await;
    world.passes(hours(2)).await;
    for sale in &sales {
        assert_eq!(world.seen(desk, sale).status, "paid", "{:#?}", world.seen(desk, sale));
    }
    assert!(world.exceptions().await.is_empty(), "{:#?}", world.exceptions().await);
});
