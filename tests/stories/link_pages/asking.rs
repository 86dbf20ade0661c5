//! What a link's page asks, and where its form leads.

use super::{but, cakes, filled, tip};
use kamurj_tests::integrator::link as page_of;
use kamurj_tests::links::{at_once, form, id, lesson, makes, paid, path, places, reads, sends_form, with};
use kamurj_tests::story;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn url(link: &Value) -> String {
    link["url"].as_str().expect("a link has an address").to_owned()
}

story!(a_links_page_asks_all_of_it_and_the_payments_own_page_names_the_sum, |world| {
    let link = makes(world, &cakes()).await;
    let page = world.opens(&format!("{}?lang=en", url(&link))).await;
    assert_eq!((page.status.as_u16(), page.heading().as_str()), (200, "Cake"));
    for words in ["Baked on the day", "At the shop", "+1 500 ֏", "Words on it", "Blue", "next page", "Continue"] {
        assert!(page.shows(words), "{words}: {}", page.html);
    }
    for question in ["name", "mail", "tel", "candles", "day", "colour", "words"] {
        assert!(page.html.contains(&format!("name=\"answer.{question}\"")), "{question}");
    }
    assert!(!page.html.contains("name=\"email\"") && !page.html.contains("name=\"phone\""), "nothing is asked twice");
    assert!(world.payments().await.is_empty(), "looking makes nothing");
    let (action, key) = page.form().expect("a form");
    let sent = world.submits(&action, &filled(&key)).await.expect("an answer");
    let led = sent.location.expect("it leads on");
    assert!(sent.status == 303 && led.starts_with("/p/") && led.ends_with("?lang=en"), "{led}");
    assert_eq!(world.sandbox.bank.view().creates, 0, "nobody goes to the bank before the sum is seen");
    let page = world.opens(&led).await;
    assert_eq!(page.heading(), "Pay 11 500 ֏ (Armenian dram)");
    for words in ["Cake", "2 × 5 000 ֏", "To your home", "11 500 ֏"] {
        assert!(page.shows(words), "{words}: {}", page.html);
    }
    world.pays(&led).await;
    world.settles().await;
    assert_eq!((paid(world).await, places(world, &link).await), (1, (0, 1)));
    let payment = world.payment().await;
    let shown = reads(world, &format!("/v1/payments/{}", payment.id)).await.body;
    let answers = json!({
        "name": "Ani", "mail": "ani@example.am", "tel": "+37491998877", "candles": "7.5", "day": "2026-11-30",
        "colour": "blue", "words": "Happy\nbirthday",
    });
    assert_eq!((&shown["link"]["answers"], &shown["link"]["quantity"]), (&answers, &json!(2)));
});

story!(an_amount_is_suggested_and_taken_as_people_write_it, |world| {
    let link = makes(world, &tip()).await;
    let page = world.opens(&format!("{}?lang=ru", url(&link))).await;
    assert!(page.html.contains("name=\"amount\"") && page.html.contains("value=\"1000\""), "{}", page.html);
    assert!(page.shows("От 100 ֏ до 5 000 ֏.") && page.heading() == "A tip", "{}", page.html);
    assert!(!page.shows(" 0 ֏"), "no sum is known yet: {}", page.html);
    for (key, typed, drams) in [("k-1", "1 500 ֏", "1500"), ("k-2", "2\u{a0}000", "2000"), ("k-3", "3,000", "3000")] {
        let sent = sends_form(world, &link, &[("form_key", key), ("amount", typed)]).await;
        assert_eq!(sent.status, 303, "{typed}: {}", sent.body);
        let amounts: Vec<String> =
            world.payments().await.iter().map(|payment| payment.terms.amount.decimal()).collect();
        assert!(amounts.contains(&drams.to_owned()), "{typed}: {amounts:?}");
    }
});

story!(an_optional_contact_is_kept_with_the_payment_and_shown_in_part_on_its_receipt, |world| {
    let link = makes(world, &lesson()).await;
    assert_eq!(link["contact"], "optional");
    let page = world.opens(&format!("{}?lang=en", url(&link))).await;
    assert!(
        page.html.contains("autocomplete=\"email\"") && page.html.contains("autocomplete=\"tel\""),
        "{}",
        page.html
    );
    assert_eq!(page.heading(), "Pay 5 000 ֏ (Armenian dram)");
    let (action, key) = page.form().expect("a form");
    let fields =
        [("form_key", key.as_str()), ("email", " ani@mail.am "), ("phone", "+374 (91) 12-34-56"), ("lang", "en")];
    let sent = world.submits(&action, &fields).await.expect("an answer");
    let bank = sent.location.expect("it leads on");
    assert!(bank.starts_with(&world.sandbox.bank_url), "the sum was on the page: {bank}");
    let back = world.does_at_the_bank(&bank, "pay").await;
    let receipt = world.comes_back(&back).await;
    assert!(receipt.shows("a•••@mail.am") && !receipt.html.contains("ani@mail.am"), "{}", receipt.html);
    world.settles().await;
    let customer = &reads(world, &format!("/v1/payments/{}", world.payment().await.id)).await.body["customer"];
    assert_eq!((&customer["email"], &customer["phone"]), (&json!("ani@mail.am"), &json!("+37491123456")));

    let silent = makes(world, &with(lesson(), "contact", json!("no"))).await;
    let page = world.opens(&url(&silent)).await;
    assert!(!page.html.contains("name=\"email\"") && !page.html.contains("name=\"phone\""), "{}", page.html);
    assert_eq!(reads(world, &path(&silent)).await.body["contact"], "no");
});

story!(b2_a_form_that_is_sent_twenty_times_at_once_is_one_payment_at_one_page, |world| {
    let link = makes(world, &cakes()).await;
    let answers = at_once((0..20).map(|_| form(world, &link, &filled("one-form"))).collect()).await;
    let led: BTreeSet<&str> = answers.iter().map(|answer| answer.header("location")).collect();
    assert!(answers.iter().all(|answer| answer.status == 303) && led.len() == 1, "{answers:?}");
    assert_eq!((world.payments().await.len(), places(world, &link).await), (1, (1, 0)));
    // Whoever goes back and sends it with other words finds the payment that there is.
    let again = sends_form(world, &link, &but(filled("one-form"), "quantity", "3")).await;
    assert_eq!(BTreeSet::from([again.header("location")]), led);
    assert_eq!(world.payments().await.len(), 1);
    world.pays(led.into_iter().next().expect("a page")).await;
    world.settles().await;
    assert_eq!((paid(world).await, world.sandbox.bank.view().creates), (1, 1));
});

story!(a_payment_made_by_an_integrator_keeps_its_own_page, |world| {
    let link = makes(world, &tip()).await;
    let body = json!({ "amount": { "value": "700", "currency": "AMD" } });
    let payment = kamurj_tests::links::presses(world, &link, "buyer-1", &body).await.body;
    let page = world.opens(&format!("{}?lang=en", page_of(&payment))).await;
    assert_eq!(page.heading(), "Pay 700 ֏ (Armenian dram)");
    assert!(!id(&payment).is_empty());
});
