//! What holds when a link's presses race: with each other for its places, with the merchant who changes it or switches it
//! off, with the time that a payment has.

use kamurj_tests::clock::minutes;
use kamurj_tests::integrator::link as page_of;
use kamurj_tests::links::{at_once, changes, form, id, lesson, makes, paid, places, presses, reads, sends_form, with};
use kamurj_tests::{World, story};
use serde_json::{Value, json};

/// A hundred buyers press a link with this cap at once; whoever gets to the bank pays.
async fn a_hundred_press(world: &mut World, cap: usize) {
    let link = makes(world, &with(lesson(), "cap", json!(cap))).await;
    let keys: Vec<String> = (0..100).map(|number| format!("buyer-{number}")).collect();
    let answers = at_once(keys.iter().map(|key| form(world, &link, &[("form_key", key)])).collect()).await;
    let banks: Vec<String> = answers
        .iter()
        .filter(|answer| answer.status == 303)
        .map(|answer| answer.header("location").to_owned())
        .collect();
    let refused = answers.iter().filter(|answer| answer.status == 409).count();
    assert_eq!((banks.len(), refused), (cap, 100 - cap));
    assert_eq!((world.payments().await.len(), places(world, &link).await.0), (cap, i64::try_from(cap).expect("small")));
    presses_while_full(world, &link, "link-busy").await;
    for bank in banks {
        let back = world.does_at_the_bank(&bank, "pay").await;
        world.comes_back(&back).await;
    }
    world.settles().await;
    assert_eq!((paid(world).await, places(world, &link).await), (cap, (0, i64::try_from(cap).expect("small"))));
    presses_while_full(world, &link, "link-closed").await;
    assert_eq!(world.payments().await.len(), cap);
}

async fn presses_while_full(world: &World, link: &Value, slug: &str) {
    presses(world, link, "one more", &json!({})).await.is_problem(409, slug);
}

story!(b5_a_hundred_buyers_at_once_never_get_more_than_the_one_place, |world| {
    a_hundred_press(world, 1).await;
});

story!(b5_a_hundred_buyers_at_once_never_get_more_than_the_five_places, |world| {
    a_hundred_press(world, 5).await;
});

story!(b5_a_place_whose_payment_comes_to_nothing_is_free_again, |world| {
    let link = makes(world, &with(lesson(), "cap", json!(1))).await;
    let first = presses(world, &link, "buyer-1", &json!({})).await.body;
    let bank = world.goes_to_the_bank(&page_of(&first)).await;
    // A decline keeps the place: the customer may try again.
    let back = world.does_at_the_bank(&bank, "decline").await;
    world.comes_back(&back).await;
    world.settles().await;
    presses(world, &link, "buyer-2", &json!({})).await.is_problem(409, "link-busy");
    world.passes(minutes(31)).await;
    assert_eq!(places(world, &link).await, (0, 0), "it expired unpaid");
    let second = presses(world, &link, "buyer-2", &json!({})).await;
    assert_eq!(second.status, 201, "{}", second.body);
    world.pays(&page_of(&second.body)).await;
    world.settles().await;
    assert_eq!((paid(world).await, places(world, &link).await), (1, (0, 1)));
    presses(world, &link, "buyer-3", &json!({})).await.is_problem(409, "link-closed");
    // More places let more buyers in; fewer take nobody's away.
    assert_eq!(changes(world, &link, &json!({ "cap": 2 })).await.status, 200);
    let third = presses(world, &link, "buyer-3", &json!({})).await.body;
    assert_eq!(changes(world, &link, &json!({ "cap": 1 })).await.status, 200);
    world.pays(&page_of(&third)).await;
    world.settles().await;
    assert_eq!((paid(world).await, places(world, &link).await), (2, (0, 2)));
});

story!(b7_who_is_at_the_bank_when_the_link_is_switched_off_still_pays, |world| {
    let link = makes(world, &lesson()).await;
    let payment = presses(world, &link, "buyer-1", &json!({})).await.body;
    let bank = world.goes_to_the_bank(&page_of(&payment)).await;
    let off = json!({ "active": false, "off_reason": { "hy": "Դասերն ավարտվեցին", "en": "The lessons are over" } });
    let shown = changes(world, &link, &off).await;
    assert_eq!((shown.status, &shown.body["active"]), (200, &json!(false)));
    let back = world.does_at_the_bank(&bank, "pay").await;
    world.comes_back(&back).await;
    world.settles().await;
    assert_eq!(paid(world).await, 1);
    // Nobody else begins, at any door, and the customer is told why.
    let refused = presses(world, &link, "buyer-2", &json!({})).await;
    refused.is_problem(409, "link-closed");
    assert!(refused.body["detail"].as_str().is_some_and(|detail| detail.contains("The lessons are over")));
    let page = sends_form(world, &link, &[("form_key", "k"), ("lang", "hy")]).await;
    assert_eq!(page.status, 409);
    assert!(page.body.as_str().is_some_and(|html| html.contains("Դասերն ավարտվեցին")), "{}", page.body);
    let url = format!("{}?lang=en", link["url"].as_str().expect("an address"));
    assert!(world.opens(&url).await.shows("The lessons are over"));
    // A form that made its payment before still leads there.
    assert_eq!(presses(world, &link, "buyer-1", &json!({})).await.status, 200);
    let on = changes(world, &link, &json!({ "active": true })).await;
    assert_eq!((on.status, &on.body["off_reason"]), (200, &Value::Null));
    assert_eq!(presses(world, &link, "buyer-2", &json!({})).await.status, 201);
    assert_eq!(world.payments().await.len(), 2);
});

story!(b8_a_changed_link_changes_no_payment_and_no_form_that_was_looked_at, |world| {
    let link = makes(world, &with(lesson(), "fulfilment", json!({ "en": "Room 7" }))).await;
    let before = presses(world, &link, "buyer-1", &json!({})).await.body;
    let bank = world.goes_to_the_bank(&page_of(&before)).await;
    let dearer = json!({ "amount": { "value": "6000", "currency": "AMD" }, "fulfilment": { "en": "Room 8" } });
    assert_eq!(changes(world, &link, &dearer).await.body["version"], 2);
    // Who looked at the old price is not charged the new one unasked.
    let stale = presses(world, &link, "buyer-2", &json!({ "version": 1 })).await;
    stale.is_problem(409, "link-changed");
    assert_eq!(sends_form(world, &link, &[("form_key", "k"), ("version", "1")]).await.status, 409);
    let after = presses(world, &link, "buyer-2", &json!({ "version": 2 })).await.body;
    assert_eq!((&before["amount"]["value"], &after["amount"]["value"]), (&json!("5000"), &json!("6000")));
    let back = world.does_at_the_bank(&bank, "pay").await;
    world.comes_back(&back).await;
    world.pays(&page_of(&after)).await;
    world.settles().await;
    let old = reads(world, &format!("/v1/payments/{}", id(&before))).await.body;
    let new = reads(world, &format!("/v1/payments/{}", id(&after))).await.body;
    assert_eq!((&old["status"], &old["captured"]["value"]), (&json!("paid"), &json!("5000")));
    assert_eq!((&new["status"], &new["captured"]["value"]), (&json!("paid"), &json!("6000")));
    assert_eq!(
        (&old["link"]["fulfilment"]["en"], &new["link"]["fulfilment"]["en"]),
        (&json!("Room 7"), &json!("Room 8"))
    );
});
