//! A link as people pass it on: messages ready to copy in three languages, and a QR code that leads to the page.

use kamurj_tests::acts::cancels;
use kamurj_tests::integrator::link;
use kamurj_tests::links::{lesson, makes, path, reads, with};
use kamurj_tests::story;
use serde_json::{Value, json};

fn text<'m>(messages: &'m Value, channel: &str, language: &str) -> &'m str {
    let messages = messages["messages"].as_array().expect("messages");
    let found = messages.iter().find(|one| one["channel"] == channel && one["language"] == language);
    found.expect("a message")["text"].as_str().expect("a text")
}

story!(a_payments_link_is_passed_on_while_it_takes_money, |world| {
    let made = world.orders("A-1", "12500").await;
    let id = made["id"].as_str().expect("an id").to_owned();
    let shared = reads(world, &format!("/v1/payments/{id}/share")).await.body;
    assert_eq!(shared["url"], made["checkout_url"]);
    for (language, words) in
        [("hy", "Գումարը՝ 12\u{a0}500\u{a0}֏"), ("ru", "Сумма: 12\u{a0}500\u{a0}֏"), ("en", "Amount:")]
    {
        for channel in ["telegram", "whatsapp", "messenger", "instagram"] {
            let text = text(&shared, channel, language);
            assert!(text.contains(words) && text.contains(&link(&made)), "{channel} {language}: {text}");
        }
    }
    assert!(shared["qr"]["svg"].as_str().is_some_and(|svg| svg.starts_with("<svg ") && !svg.contains("script")));
    cancels(world, &id).await;
    let shared = reads(world, &format!("/v1/payments/{id}/share")).await.body;
    assert_eq!(shared["messages"], json!([]), "nobody is sent to a withdrawn payment");
    assert_eq!(shared["url"], made["checkout_url"]);
});

story!(a_links_message_names_a_price_only_where_there_is_one, |world| {
    let plain = makes(world, &lesson()).await;
    let shared = reads(world, &format!("{}/share", path(&plain))).await.body;
    assert!(text(&shared, "instagram", "en").contains("A lesson\nAmount: 5\u{a0}000\u{a0}֏"));
    let bounds = json!({ "min": "500", "max": "9000", "currency": "AMD" });
    let chosen = makes(world, &with(lesson(), "amount", bounds)).await;
    let shared = reads(world, &format!("{}/share", path(&chosen))).await.body;
    let said = text(&shared, "telegram", "ru");
    assert!(said.contains("A lesson") && !said.contains("Сумма"), "{said}");
    assert_eq!(shared["url"], chosen["url"]);
});
