//! Terms that must be agreed to: no attempt and no payment begins without it, and a press without it says so.

use kamurj_tests::branding::{has_brand, pomegranate};
use kamurj_tests::integrator::link;
use kamurj_tests::links::{lesson, makes, paid, reads, sends_form, with};
use kamurj_tests::{World, story};
use serde_json::{Value, json};

fn terms(must_agree: bool) -> Value {
    with(pomegranate(), "terms", json!({ "url": "https://nur.example/terms", "must_agree": must_agree }))
}

/// Presses the button of a page; answers where the browser is sent.
async fn presses(world: &mut World, address: &str, more: &[(&str, &str)]) -> String {
    let (action, key) = world.opens(address).await.form().expect("a form");
    let fields = [&[("form_key", key.as_str()), ("lang", "hy")][..], more].concat();
    world.submits(&action, &fields).await.expect("an answer").location.expect("a place to go")
}

story!(nobody_pays_without_agreeing_to_terms_that_must_be_agreed_to, |world| {
    has_brand(world, &terms(true)).await;
    let address = link(&world.orders("A-1", "12500").await);
    let page = world.opens(&address).await;
    assert!(page.html.contains("<input type=\"checkbox\" name=\"terms\" value=\"yes\" required>"), "{}", page.html);
    assert!(page.shows("Վաճառքի պայմանները") && page.shows("nur.example"));
    let journal = world.journal(&world.payment().await.id).await;

    let back = presses(world, &address, &[]).await;
    assert!(back.starts_with("/p/") && back.ends_with("?lang=hy&terms=missed"), "{back}");
    let told = world.opens(&back).await;
    assert!(told.html.contains("role=\"alert\"") && told.shows("Վճարելու համար նշեք, որ համաձայն եք"), "{}", told.html);
    assert!(told.form().is_some(), "and may be pressed again");
    assert_eq!(world.sandbox.bank.view().creates, 0);
    assert_eq!(world.journal(&world.payment().await.id).await, journal, "nothing began");

    let there = presses(world, &back, &[("terms", "yes")]).await;
    assert!(there.starts_with(&world.sandbox.bank_url), "{there}");
    let id = world.payment().await.id;
    let journal = reads(world, &format!("/v1/payments/{id}/journal")).await.body;
    let agreed: Vec<&Value> = journal["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .filter(|entry| entry["kind"] == "terms.agreed")
        .collect();
    assert_eq!(agreed.len(), 1, "what was agreed to is kept: {journal}");
    assert_eq!(
        (&agreed[0]["actor"], &agreed[0]["body"]["url"]),
        (&json!("payer"), &json!("https://nur.example/terms"))
    );
    let declined = world.does_at_the_bank(&there, "decline").await;
    world.comes_back(&declined).await;
    let again = presses(world, &address, &[]).await;
    assert!(again.starts_with(&world.sandbox.bank_url), "who tries again has agreed: {again}");
});

story!(a_links_page_asks_for_the_same, |world| {
    has_brand(world, &terms(true)).await;
    let made = makes(world, &lesson()).await;
    let address = made["url"].as_str().expect("an address").to_owned();
    // A link's form comes back with what was typed into it.
    let told = sends_form(world, &made, &[("form_key", "k-1"), ("lang", "hy")]).await;
    let html = told.body.as_str().expect("a page").to_owned();
    assert_eq!(told.status, 422, "{html}");
    assert!(html.contains("role=\"alert\"") && html.contains("Վճարելու համար նշեք, որ համաձայն եք"), "{html}");
    assert!(world.payments().await.is_empty(), "no payment was made");
    let there = presses(world, &address, &[("terms", "yes")]).await;
    world.does_at_the_bank(&there, "pay").await;
    world.settles().await;
    assert_eq!(paid(world).await, 1);
});

story!(terms_that_are_only_to_be_read_stop_nobody, |world| {
    has_brand(world, &terms(false)).await;
    let address = link(&world.orders("A-1", "12500").await);
    let page = world.opens(&address).await;
    assert!(page.shows("Վաճառքի պայմանները") && !page.html.contains("name=\"terms\""), "{}", page.html);
    assert!(presses(world, &address, &[]).await.starts_with(&world.sandbox.bank_url));
    // What the address says is no reason to say anything.
    assert!(!world.opens(&format!("{address}?terms=missed")).await.html.contains("role=\"alert\""));
});
