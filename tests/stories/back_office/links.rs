//! A payment link in the console: changed as its form shows it, and led from to what was paid by it.

use kamurj_access::Role;
use kamurj_tests::links::{id, lesson, makes, presses, reads, with};
use kamurj_tests::story;
use serde_json::{Value, json};

story!(what_was_emptied_in_a_links_form_is_taken_away_and_what_stands_in_it_stays, |world| {
    let made = with(with(lesson(), "cap", json!(5)), "valid_until", json!("2026-12-20T20:00:00Z"));
    let made = with(made, "description", json!({ "hy": "Մեկ ժամ", "ru": "Один час" }));
    let link = makes(world, &made).await;
    let mut ani = world.employs(Role::Manager).await;
    let page = format!("/console/test/links/{}", id(&link));
    let seen = world.opens_console(&ani, &page).await;
    assert!(seen.html.contains("value=\"2026-12-21T00:00\""), "the end as it is: {}", seen.html);
    let change = format!("{page}/change");
    let key = seen.key_of(&change);
    let fields = [
        ("_key", key.as_str()),
        ("_form", "change"),
        ("blank", "null"),
        ("none", "[]"),
        ("title_hy", "Ջութակի դաս"),
        ("currency", "AMD"),
        ("value", "7000"),
        ("cap", ""),
        ("valid_from", ""),
        ("valid_until", "2026-12-21T00:00"),
        ("description_ru", "Два часа"),
        ("contact", "optional"),
        ("deliveries", ""),
        ("questions", ""),
    ];
    let changed = world.sends_form(&mut ani, &change, &fields).await;
    assert_eq!(changed.status, 303, "{}", changed.html);
    let now = reads(world, &format!("/v1/payment-links/{}", id(&link))).await.body;
    assert_eq!((&now["cap"], &now["valid_until"]), (&Value::Null, &json!("2026-12-20T20:00:00Z")));
    assert_eq!(now["description"], json!({ "ru": "Два часа" }));
    assert_eq!(now["amount"]["value"], "7000");
    // What cannot be so is told at the field that people see.
    let wrong = fields.map(|(name, value)| if name == "cap" { (name, "0") } else { (name, value) });
    let wrong =
        wrong.map(|(name, value)| if name == "_key" { (name, "another-key-of-a-form-1") } else { (name, value) });
    let refused = world.sends_form(&mut ani, &change, &wrong).await;
    assert_eq!(refused.status, 422, "{}", refused.html);
    let field = refused.html.split("name=\"cap\"").nth(1).expect("the field");
    assert!(field[..200].contains("aria-invalid"), "{field}");
});

story!(a_links_payments_are_found_by_its_id, |world| {
    let (lesson, other) = (makes(world, &lesson()).await, makes(world, &lesson()).await);
    let fields = json!({});
    let pressed = presses(world, &lesson, "form-1", &fields).await.body;
    presses(world, &other, "form-2", &fields).await;
    let found = reads(world, &format!("/v1/payments?q={}", id(&lesson))).await.body;
    let ids: Vec<_> = found["payments"].as_array().expect("payments").iter().map(id).collect();
    assert_eq!(ids, [id(&pressed)]);
    let ani = world.employs(Role::Manager).await;
    let page = world.opens_console(&ani, &format!("/console/test/links/{}", id(&lesson))).await;
    assert!(page.html.replace("&#x2f;", "/").contains(&format!("/console/test/payments?q={}", id(&lesson))));
});
