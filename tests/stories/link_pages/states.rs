//! Why a link takes no press: each reason has a page of its own, at the same address.

use kamurj_tests::clock::{hours, minutes};
use kamurj_tests::integrator::link as page_of;
use kamurj_tests::links::{changes, lesson, makes, presses, sends_form, with};
use kamurj_tests::{World, story};
use serde_json::{Value, json};

/// What the link's page says in English, by GET; a form that is sent all the same says it as well.
async fn heading(world: &mut World, link: &Value) -> String {
    let url = format!("{}?lang=en", link["url"].as_str().expect("an address"));
    let page = world.opens(&url).await;
    assert_eq!(page.status, 200, "previews and in-app browsers show pages of known links only so");
    assert!(page.form().is_none(), "{}", page.html);
    let before = world.payments().await.len();
    let sent = sends_form(world, link, &[("form_key", "late-form"), ("lang", "en")]).await;
    assert_eq!((sent.status, world.payments().await.len()), (409, before));
    assert!(sent.body.as_str().is_some_and(|html| html.contains(&page.heading())), "{}", sent.body);
    page.heading()
}

story!(each_reason_why_a_link_is_closed_has_its_own_page, |world| {
    let off = makes(world, &lesson()).await;
    let reason = json!({ "active": false, "off_reason": { "hy": "Գարնանը", "en": "Until spring" } });
    assert_eq!(changes(world, &off, &reason).await.status, 200);
    assert_eq!(heading(world, &off).await, "This link is switched off");
    let url = off["url"].as_str().expect("an address").to_owned();
    assert!(world.opens(&format!("{url}?lang=hy")).await.shows("Գարնանը"));

    let mut timed = with(lesson(), "valid_from", json!("2026-11-21T10:00:00Z"));
    timed["valid_until"] = json!("2026-11-21T12:00:00Z");
    let timed = makes(world, &timed).await;
    assert_eq!(heading(world, &timed).await, "This link is not open yet");
    let url = timed["url"].as_str().expect("an address").to_owned();
    assert!(world.opens(&format!("{url}?lang=en")).await.shows("21 November, 14:00"), "in Armenia's time");
    world.clock.pass(hours(2));
    assert!(world.opens(&url).await.form().is_some());
    world.clock.pass(hours(2));
    assert_eq!(heading(world, &timed).await, "This link has expired");

    let last = makes(world, &with(lesson(), "cap", json!(1))).await;
    let payment = presses(world, &last, "buyer-1", &json!({})).await.body;
    assert_eq!(heading(world, &last).await, "Somebody is paying for the last place");
    world.pays(&page_of(&payment)).await;
    world.settles().await;
    assert_eq!(heading(world, &last).await, "No places are left");
});

story!(a_place_that_came_free_again_is_offered_to_whoever_tries_again, |world| {
    let last = makes(world, &with(lesson(), "cap", json!(1))).await;
    presses(world, &last, "buyer-1", &json!({})).await;
    let sent = sends_form(world, &last, &[("form_key", "k"), ("lang", "ru")]).await;
    assert_eq!(sent.status, 409);
    assert!(sent.body.as_str().is_some_and(|html| html.contains("Попробовать ещё раз")), "{}", sent.body);
    world.passes(minutes(31)).await;
    let url = last["url"].as_str().expect("an address").to_owned();
    let (action, key) = world.opens(&url).await.form().expect("a form");
    let sent = world.submits(&action, &[("form_key", &key)]).await.expect("an answer");
    assert_eq!((sent.status.as_u16(), world.payments().await.len()), (303, 2));
});
