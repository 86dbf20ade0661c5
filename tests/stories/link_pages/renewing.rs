//! The payer of an expired payment asks for a new link and gets the same payment at the same address.

use kamurj_tests::acts::{patches, shown, status};
use kamurj_tests::clock::{hours, minutes};
use kamurj_tests::customer::Page;
use kamurj_tests::integrator::{link as page_of, order};
use kamurj_tests::links::{at_once, changes, id, lesson, makes, places, presses, reads, with};
use kamurj_tests::{World, story};
use serde_json::{Value, json};

const HEADING: &str = "This link has expired";

/// A payment whose ten minutes are over.
async fn expired(world: &mut World, order_id: &str) -> Value {
    let payment = world.creates(&with(order(order_id, "12500"), "expires_in", json!(600))).await.body;
    world.passes(minutes(10)).await;
    assert_eq!(status(world, id(&payment)).await, "expired");
    payment
}

async fn looks(world: &mut World, payment: &Value) -> Page {
    world.opens(&format!("{}?lang=en", page_of(payment))).await
}

fn offers(page: &Page) -> bool {
    page.html.contains("renew\"") && page.shows("Ask for a new link")
}

/// Presses the button; answers where it leads.
async fn asks(world: &mut World, payment: &Value) -> String {
    let url = format!("{}/renew", page_of(payment));
    let sent = world.submits(&url, &[("lang", "en")]).await.expect("an answer");
    assert_eq!(sent.status, 303);
    sent.location.expect("it leads on")
}

story!(one_tap_opens_an_expired_payment_again_at_the_same_address, |world| {
    let payment = expired(world, "A-1").await;
    let page = looks(world, &payment).await;
    assert!(page.heading() == HEADING && offers(&page), "{}", page.html);
    let books = world.books().await;
    let reloaded = world.opens(&format!("{}/renew", page_of(&payment))).await;
    assert_eq!((reloaded.status.as_u16(), world.books().await), (303, books), "looking at it opens nothing");
    let led = asks(world, &payment).await;
    assert!(page_of(&payment).ends_with(led.trim_end_matches("?lang=en")), "{led}");
    let page = world.opens(&led).await;
    assert!(page.heading().starts_with("Pay 12 500 ֏") && page.form().is_some(), "{}", page.html);
    let now = shown(world, id(&payment)).await;
    assert_eq!(
        (&now["status"], &now["expires_at"]),
        (&json!("created"), &json!("2026-11-21T08:40:00Z")),
        "half an hour"
    );
    let journal = reads(world, &format!("/v1/payments/{}/journal", id(&payment))).await.body;
    let entries = journal["entries"].as_array().expect("entries").clone();
    let by_payer: Vec<&Value> = entries.iter().filter(|entry| entry["actor"] == "payer").collect();
    assert!(by_payer.iter().any(|entry| entry["kind"] == "fact.reopened"), "{journal}");
    world.pays(&page_of(&payment)).await;
    world.settles().await;
    assert_eq!(status(world, id(&payment)).await, "paid");
    assert!(world.exceptions().await.is_empty());
});

story!(b2_many_taps_at_once_open_it_once, |world| {
    let payment = expired(world, "A-1").await;
    let url = format!("{}/renew", page_of(&payment));
    let answers = at_once((0..20).map(|_| world.http.post(&url).form(&[("lang", "en")])).collect()).await;
    assert!(answers.iter().all(|answer| answer.status == 303), "{answers:?}");
    let kinds = world.journal(id(&payment)).await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "fact.reopened").count(), 1, "{kinds:?}");
    let until = shown(world, id(&payment)).await["expires_at"].clone();
    world.clock.pass(minutes(5));
    asks(world, &payment).await;
    assert_eq!(shown(world, id(&payment)).await["expires_at"], until, "what is open is made no longer");
});

story!(a_payer_may_ask_three_times_and_then_asks_the_seller, |world| {
    let payment = expired(world, "A-1").await;
    for _ in 0..3 {
        assert!(offers(&looks(world, &payment).await));
        asks(world, &payment).await;
        assert_eq!(status(world, id(&payment)).await, "created");
        world.passes(minutes(31)).await;
        assert_eq!(status(world, id(&payment)).await, "expired");
    }
    let page = looks(world, &payment).await;
    assert!(page.heading() == HEADING && !offers(&page), "{}", page.html);
    asks(world, &payment).await;
    assert_eq!(status(world, id(&payment)).await, "expired");
    // The merchant still can.
    assert_eq!(patches(world, id(&payment), &json!({ "expires_in": 600 })).await.status, 200);
    assert_eq!(status(world, id(&payment)).await, "created");
});

story!(after_thirty_days_only_the_seller_opens_it, |world| {
    let payment = expired(world, "A-1").await;
    world.passes(hours(30 * 24)).await;
    assert!(offers(&looks(world, &payment).await));
    world.passes(minutes(1)).await;
    assert!(!offers(&looks(world, &payment).await));
    asks(world, &payment).await;
    assert_eq!(status(world, id(&payment)).await, "expired");
});

story!(what_is_not_expired_is_not_opened_by_asking, |world| {
    let open = world.orders("A-1", "100").await;
    let paid = world.orders("A-2", "100").await;
    world.pays(&page_of(&paid)).await;
    world.settles().await;
    let withdrawn = world.orders("A-3", "100").await;
    kamurj_tests::acts::cancels(world, id(&withdrawn)).await;
    let before = world.books().await;
    for payment in [&open, &paid, &withdrawn] {
        asks(world, payment).await;
    }
    assert_eq!(world.books().await, before);
    let nobody = world.http.post(format!("{}/p/{}/renew", world.url, "A".repeat(22))).send().await.expect("an answer");
    assert_eq!(nobody.status(), 404);
});

story!(b5_a_renewal_takes_a_place_of_the_link_and_only_where_there_is_one, |world| {
    let link = makes(world, &with(lesson(), "cap", json!(1))).await;
    let first = presses(world, &link, "buyer-1", &json!({})).await.body;
    world.passes(minutes(31)).await;
    assert_eq!(places(world, &link).await, (0, 0));
    let second = presses(world, &link, "buyer-2", &json!({})).await.body;
    assert!(!offers(&looks(world, &first).await), "the place is another's now");
    asks(world, &first).await;
    assert_eq!((status(world, id(&first)).await.as_str(), places(world, &link).await), ("expired", (1, 0)));
    world.passes(minutes(31)).await;
    asks(world, &first).await;
    assert_eq!((status(world, id(&first)).await.as_str(), places(world, &link).await), ("created", (1, 0)));
    assert!(!offers(&looks(world, &second).await));
    world.pays(&page_of(&first)).await;
    world.settles().await;
    assert_eq!(places(world, &link).await, (0, 1));
});

story!(b7_a_closed_link_opens_none_of_its_payments_again, |world| {
    let link = makes(world, &lesson()).await;
    let payment = presses(world, &link, "buyer-1", &json!({})).await.body;
    world.passes(minutes(31)).await;
    let off = json!({ "active": false, "off_reason": { "en": "The lessons are over" } });
    assert_eq!(changes(world, &link, &off).await.status, 200);
    assert!(!offers(&looks(world, &payment).await));
    asks(world, &payment).await;
    assert_eq!(status(world, id(&payment)).await, "expired");
    assert_eq!(changes(world, &link, &json!({ "active": true })).await.status, 200);
    assert!(offers(&looks(world, &payment).await));
});
