//! Presses of payment links, by integrators and at the links' forms: what they come to, whose payment they find, what they
//! are refused for, and what a paid one gives.

use kamurj_sandbox::bank::Webhooks;
use kamurj_store::links;
use kamurj_tests::clock::{hours, minutes};
use kamurj_tests::integrator::link as page_of;
use kamurj_tests::links::{
    at_once, form, id, lesson, makes, paid, path, places, posts, presses, reads, sends_form, with,
};
use kamurj_tests::world::holds;
use kamurj_tests::{World, story};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const CARD: &str = "4111111111111111";

/// A link with everything that a customer can be asked for.
fn cakes() -> Value {
    json!({
        "title": { "hy": "Տորթ", "en": "Cake" }, "amount": { "value": "5000", "currency": "AMD" },
        "quantity": { "min": 1, "max": 3 },
        "delivery_options": [
            { "id": "shop", "title": { "hy": "Խանութից", "en": "At the shop" } },
            { "id": "home", "title": { "hy": "Տուն", "en": "To your home" }, "price": "1500" },
        ],
        "questions": [
            { "id": "phone", "label": { "en": "Phone" }, "type": "phone", "required": true },
            { "id": "day", "label": { "en": "Day" }, "type": "date", "required": true, "personal": false },
            { "id": "words", "label": { "en": "Words on it" }, "type": "text", "max_length": 20 },
        ],
        "metadata": { "kitchen": 2 },
    })
}

story!(a_press_comes_to_pieces_times_price_and_delivery_and_keeps_the_answers, |world| {
    let link = makes(world, &cakes()).await;
    let chosen = json!({
        "quantity": 2, "delivery": "home", "locale": "en", "customer": { "name": "Ani" },
        "answers": { "phone": "+374 91 99-88-77", "day": "2026-11-30" },
    });
    let pressed = presses(world, &link, "buyer-1", &chosen).await;
    assert_eq!(pressed.status, 201, "{}", pressed.body);
    let payment = &pressed.body;
    assert_eq!(payment["amount"], json!({ "value": "11500", "currency": "AMD" }));
    assert_eq!(
        payment["items"],
        json!([
            { "name": "Cake", "quantity": 2, "unit_price": "5000" },
            { "name": "To your home", "quantity": 1, "unit_price": "1500" },
        ])
    );
    assert_eq!((&payment["description"], &payment["delivery"]), (&json!("Cake"), &json!("To your home")));
    assert_eq!((&payment["metadata"], &payment["customer"]["name"]), (&json!({ "kitchen": 2 }), &json!("Ani")));
    assert_eq!(payment["expires_at"], "2026-11-21T08:30:00Z", "half an hour from now");
    let answers = json!({ "phone": "+37491998877", "day": "2026-11-30" });
    let expected = json!({
        "id": id(&link), "version": 1, "quantity": 2, "delivery": "home", "answers": answers,
        "fulfilment": null, "fulfilment_released_at": null,
    });
    assert_eq!(payment["link"], expected);
    assert_eq!(&reads(world, &format!("/v1/payments/{}", id(payment))).await.body, payment);
    // What tells about a person lies nowhere readable.
    for (name, bytes) in world.bytes_at_rest() {
        for secret in ["37491998877", "91 99-88-77"] {
            let found = holds(&bytes, secret);
            assert!(!found, "the customer's answer is readable in {name}");
        }
    }
});

story!(every_wrong_field_of_a_press_is_named_and_no_payment_is_made, |world| {
    let cake = makes(world, &cakes()).await;
    let tip = makes(
        world,
        &json!({ "title": { "en": "Tip" }, "amount": { "min": "100", "max": "5000", "currency": "AMD" } }),
    )
    .await;
    let good = json!({ "delivery": "shop", "answers": { "phone": "091998877", "day": "2026-11-30" } });
    let answering = |id: &str, text: &str| {
        let mut body = good.clone();
        body["answers"][id] = json!(text);
        body
    };
    let amount = |value: &str, currency: &str| json!({ "amount": { "value": value, "currency": currency } });
    let cases = [
        (&cake, "/amount", with(good.clone(), "amount", json!({ "value": "1", "currency": "AMD" }))),
        (&cake, "/quantity", with(good.clone(), "quantity", json!(0))),
        (&cake, "/quantity", with(good.clone(), "quantity", json!(4))),
        (&cake, "/quantity", with(good.clone(), "quantity", json!(-1))),
        (&cake, "/delivery", with(good.clone(), "delivery", json!("moon"))),
        (&cake, "/delivery", with(good.clone(), "delivery", Value::Null)),
        (&cake, "/answers/phone", answering("phone", "none")),
        (&cake, "/answers/phone", answering("phone", "  ")),
        (&cake, "/answers/day", answering("day", "2026-02-30")),
        (&cake, "/answers/words", answering("words", &"x".repeat(21))),
        (&cake, "/answers/words", answering("words", CARD)),
        (&cake, "/answers/colour", answering("colour", "red")),
        (&cake, "/customer/email", with(good.clone(), "customer", json!({ "email": CARD }))),
        (&cake, "/locale", with(good.clone(), "locale", json!("de"))),
        (&cake, "/form_key", with(good.clone(), "form_key", json!(""))),
        (&cake, "/form_key", with(good.clone(), "form_key", json!("x".repeat(256)))),
        (&cake, "/price", with(good.clone(), "price", json!("1"))),
        (&tip, "/amount", json!({})),
        (&tip, "/amount/value", amount("99", "AMD")),
        (&tip, "/amount/value", amount("5001", "AMD")),
        (&tip, "/amount/value", amount("100.5", "AMD")),
        (&tip, "/amount/currency", amount("100", "USD")),
        (&tip, "/quantity", with(amount("100", "AMD"), "quantity", json!(2))),
        (&tip, "/delivery", with(amount("100", "AMD"), "delivery", json!("shop"))),
    ];
    for (link, pointer, body) in cases {
        let body = if body["form_key"].is_null() { with(body, "form_key", json!("buyer-1")) } else { body };
        let answer = posts(world, &format!("{}/payments", path(link)), &body).await;
        answer.is_problem(422, "invalid");
        let mut pointers = answer.pointers();
        pointers.dedup();
        // A card number is too long for the question besides.
        assert_eq!(pointers, [pointer], "{body}: {}", answer.body);
    }
    posts(world, &format!("{}/payments", path(&tip)), &amount("100", "AMD")).await.is_problem(422, "invalid");
    assert!(world.payments().await.is_empty());
    assert_eq!((places(world, &cake).await, places(world, &tip).await), ((0, 0), (0, 0)));
    // The form of the page is judged by the same rules.
    for fields in
        [vec![("quantity", "4")], vec![("quantity", "many")], vec![("delivery", "moon")], vec![("amount", "1")]]
    {
        let mut form = vec![("form_key", "k"), ("answer.phone", "091998877"), ("answer.day", "2026-11-30")];
        form.extend(fields.iter().copied());
        let answer = sends_form(world, &cake, &form).await;
        assert_eq!((answer.status, answer.header("content-type")), (422, "text/html; charset=utf-8"), "{fields:?}");
    }
    assert!(world.payments().await.is_empty());
});

story!(a_form_press_makes_the_payment_and_leads_to_its_page_which_names_the_sum, |world| {
    let link = makes(world, &cakes()).await;
    let form = [
        ("form_key", "k-1"),
        ("quantity", "3"),
        ("delivery", "home"),
        ("answer.phone", "091998877"),
        ("answer.day", "2026-11-30"),
        ("lang", "en"),
    ];
    let sent = sends_form(world, &link, &form).await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    let page = sent.header("location").to_owned();
    assert!(page.starts_with("/p/") && page.ends_with("?lang=en"), "{page}");
    let receipt = world.pays(&page).await;
    assert!(receipt.shows("16 500") || receipt.shows("16,500"), "{}", receipt.html);
    world.settles().await;
    assert_eq!((paid(world).await, places(world, &link).await), (1, (0, 1)));
    // The same form again leads to its payment, which is paid.
    let again = sends_form(world, &link, &form).await;
    assert_eq!(again.status, 303);
    assert!(again.header("location").starts_with("/p/"), "{}", again.header("location"));
    assert_eq!((world.payments().await.len(), world.sandbox.bank.view().creates), (1, 1));
    // What is not our form presses nothing.
    for form in [vec![], vec![("form_key", "")], vec![("quantity", "1")]] {
        assert_eq!(sends_form(world, &link, &form).await.status, 303);
    }
    assert_eq!(world.payments().await.len(), 1);
});

story!(b2_twenty_posts_of_one_form_make_one_payment_and_one_bank_session, |world| {
    let link = makes(world, &lesson()).await;
    let answers = at_once((0..20).map(|_| form(world, &link, &[("form_key", "one form")])).collect()).await;
    for answer in &answers {
        assert_eq!(answer.status, 303, "{}", answer.body);
    }
    let led: BTreeSet<&str> = answers
        .iter()
        .map(|answer| answer.header("location"))
        .filter(|location| location.starts_with(&world.sandbox.bank_url))
        .collect();
    assert_eq!(led.len(), 1, "{led:?}");
    assert_eq!((world.payments().await.len(), world.sandbox.bank.view().sessions.len()), (1, 1));
    assert_eq!(places(world, &link).await, (1, 0));
});

story!(two_tabs_are_two_buyers, |world| {
    let link = makes(world, &lesson()).await;
    let url = link["url"].as_str().expect("an address").to_owned();
    // Opening the page makes nothing, and every opening has a form of its own.
    let forms: BTreeSet<String> = [world.opens(&url).await, world.opens(&url).await]
        .into_iter()
        .filter_map(|page| Some(page.form()?.1))
        .collect();
    assert_eq!((forms.len(), world.payments().await.len()), (2, 0));
    for key in &forms {
        let sent = sends_form(world, &link, &[("form_key", key)]).await;
        let back = world.does_at_the_bank(sent.header("location"), "pay").await;
        world.comes_back(&back).await;
    }
    world.settles().await;
    assert_eq!((world.payments().await.len(), paid(world).await), (2, 2));
    assert!(world.exceptions().await.is_empty());
    assert_eq!(places(world, &link).await, (0, 2));
});

story!(what_a_link_gives_is_seen_by_nobody_before_the_payment_is_paid, |world| {
    let given = "CANARY invitation to room 7";
    let link = makes(world, &with(lesson(), "fulfilment", json!({ "en": given }))).await;
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Drop);
    let payment = presses(world, &link, "buyer-1", &json!({})).await.body;
    let shown = format!("/v1/payments/{}", id(&payment));
    let page = page_of(&payment);
    let hidden = async |world: &mut World| {
        let html = world.opens(&page).await.html;
        let journal = reads(world, &format!("{shown}/journal")).await.body.to_string();
        let body = reads(world, &shown).await.body;
        assert_eq!(
            (&body["link"]["fulfilment"], &body["link"]["fulfilment_released_at"]),
            (&Value::Null, &Value::Null)
        );
        assert!(!html.contains(given) && !journal.contains(given) && !body.to_string().contains(given));
    };
    hidden(world).await;
    let bank = world.goes_to_the_bank(&page).await;
    hidden(world).await;
    let back = world.does_at_the_bank(&bank, "pay").await;
    hidden(world).await;
    world.comes_back(&back).await;
    world.settles().await;
    let body = reads(world, &shown).await.body;
    assert_eq!((&body["status"], &body["link"]["fulfilment"]["en"]), (&json!("paid"), &json!(given)));
    let released_at = body["link"]["fulfilment_released_at"].clone();
    assert!(released_at.is_string());
    world.passes(hours(1)).await;
    assert_eq!(reads(world, &shown).await.body["link"]["fulfilment_released_at"], released_at, "it is released once");
    for (name, bytes) in world.bytes_at_rest() {
        let found = holds(&bytes, given);
        assert!(!found, "what is given lies readable in {name}");
    }
});

story!(a_link_is_pressed_only_while_it_is_valid, |world| {
    let valid = json!({ "valid_from": "2026-11-21T10:00:00Z", "valid_until": "2026-11-21T12:00:00Z" });
    let mut body = lesson();
    body.as_object_mut().expect("an object").extend(valid.as_object().expect("an object").clone());
    let link = makes(world, &body).await;
    presses(world, &link, "buyer-1", &json!({})).await.is_problem(409, "link-closed");
    world.clock.pass(hours(2));
    let payment = presses(world, &link, "buyer-1", &json!({})).await;
    assert_eq!(payment.status, 201, "{}", payment.body);
    world.clock.pass(hours(2) - minutes(1));
    let last = presses(world, &link, "buyer-2", &json!({})).await;
    assert_eq!(last.status, 201, "{}", last.body);
    world.clock.pass(minutes(1));
    presses(world, &link, "buyer-3", &json!({})).await.is_problem(409, "link-closed");
    assert_eq!(sends_form(world, &link, &[("form_key", "k")]).await.status, 409);
    // Who pressed in time has the time that was promised.
    world.pays(&page_of(&last.body)).await;
    world.settles().await;
    assert_eq!((world.payments().await.len(), paid(world).await), (2, 1));
});

story!(a_single_use_link_makes_one_payment_and_leads_to_it, |world| {
    let link = makes(world, &with(lesson(), "kind", json!("single_use"))).await;
    assert_eq!(link["cap"], 1);
    let url = link["url"].as_str().expect("an address").to_owned();
    assert!(world.opens(&url).await.form().is_some());
    let keys: Vec<String> = (0..10).map(|number| format!("tab-{number}")).collect();
    let answers = at_once(keys.iter().map(|key| form(world, &link, &[("form_key", key)])).collect()).await;
    assert!(answers.iter().all(|answer| answer.status == 303), "{answers:?}");
    assert_eq!((world.payments().await.len(), world.sandbox.bank.view().sessions.len()), (1, 1));
    let payment = world.payment().await;
    let page = world.opens(&format!("{url}?lang=ru")).await;
    assert_eq!(page.status, 303);
    let led = page.location.expect("it leads on");
    assert!(led.starts_with("/p/") && led.ends_with("?lang=ru") && !url.ends_with(&led), "{led}");
    assert!(world.opens(&led).await.shows(&payment.order_id));
    let known = presses(world, &link, "another", &json!({})).await;
    assert_eq!((known.status, id(&known.body)), (200, payment.id.as_str()));
    let hour = world.payment().await;
    assert_eq!(hour.terms.expires_at - hour.created_at, hours(72));
});

story!(a_forms_key_at_the_page_opens_nothing_of_an_integrators, |world| {
    let link = makes(world, &lesson()).await;
    let theirs = presses(world, &link, "order-17", &json!({})).await.body;
    sends_form(world, &link, &[("form_key", "order-17")]).await;
    let payments = world.payments().await;
    assert_eq!(payments.len(), 2, "a guessed key is a buyer of its own");
    let app = world.app();
    let mut tx = app.db.read().await.expect("the database reads");
    for payment in payments {
        let pressed = links::places::of_payment(&mut tx, &payment.id).await.expect("a press").expect("a press");
        assert_eq!(pressed.form_key == "api:order-17", payment.id == id(&theirs));
    }
});
