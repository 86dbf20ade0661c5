//! What a link's page says when something is wrong with what was typed: in three languages, with everything else kept.

use super::{but, cakes, filled, tip};
use kamurj_tests::links::{changes, lesson, makes, places, sends_form, with};
use kamurj_tests::story;
use kamurj_tests::world::holds;
use serde_json::{Value, json};

const CARD: &str = "4111 1111 1111 1111";

fn html(body: &Value) -> &str {
    body.as_str().expect("a page")
}

/// What stands beside the field with this name.
fn beside(page: &str, name: &str) -> String {
    let before = page.split(&format!("name=\"{name}\"")).next().expect("a page");
    let fault = before.rsplit_once("class=\"fault\"").map_or("", |(_, rest)| rest);
    fault.split_once('>').map_or("", |(_, rest)| rest.split("</p>").next().unwrap_or_default()).to_owned()
}

story!(each_wrong_field_is_told_beside_it_and_in_a_summary_and_nothing_typed_is_lost, |world| {
    let link = makes(world, &cakes()).await;
    let long = "x".repeat(301);
    let cases = [
        ("quantity", "4", "Enter a whole number from 1 to 3."),
        ("quantity", "many", "Enter a whole number from 1 to 3."),
        ("delivery", "", "Choose how you want to get your order."),
        ("delivery", "moon", "Choose how you want to get your order."),
        ("answer.name", "", "This has to be filled in."),
        ("answer.name", "x\u{7}", "It has characters that cannot be used. Type it again by hand."),
        ("answer.mail", "ani", "Enter an e-mail address such as ani@example.am."),
        ("answer.tel", "none", "Enter a phone number such as +374 91 123456."),
        ("answer.candles", "some", "Enter a number such as 12 or 12.5."),
        ("answer.day", "2026-02-30", "Enter a date such as 2026-11-21."),
        ("answer.colour", "pink", "Choose one of the answers."),
        ("answer.words", long.as_str(), "Shorten it to 300 characters."),
    ];
    for (name, typed, words) in cases {
        let answer = sends_form(world, &link, &but(filled("key-1"), name, typed)).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (422, "text/html; charset=utf-8"),
            "{name}: {typed}"
        );
        assert_eq!(answer.header("set-cookie"), "");
        let page = html(&answer.body);
        assert_eq!(beside(page, name), words, "{name}: {typed}: {page}");
        assert_eq!(page.matches(words).count(), 2, "{name}: once in the summary: {page}");
        assert!(
            page.contains("<title>Error: ") && page.contains("autofocus") && page.contains("aria-invalid=\"true\"")
        );
        assert!(page.contains("value=\"key-1\""), "sent again, it stays one payment");
        if name != "answer.mail" {
            assert!(page.contains("value=\"ani@example.am\""), "{name}: {page}");
        }
        if name != "answer.words" {
            assert!(page.contains("Happy\nbirthday</textarea>"), "{name}: {page}");
        }
    }
    assert!(world.payments().await.is_empty());
    assert_eq!(places(world, &link).await, (0, 0));
    let right = sends_form(world, &link, &filled("key-1")).await;
    assert_eq!((right.status, world.payments().await.len()), (303, 1));
});

story!(faults_are_told_in_the_customers_language, |world| {
    let link = makes(world, &tip()).await;
    for (tag, title, words) in [
        ("hy", "<title>Սխալ. ", "Մուտքագրեք գումար 100\u{a0}֏-ից մինչև 5\u{a0}000\u{a0}֏՝ ամբողջ դրամներով։"),
        ("ru", "<title>Ошибка: ", "Введите сумму от 100\u{a0}֏ до 5\u{a0}000\u{a0}֏, в целых драмах."),
        ("en", "<title>Error: ", "Enter an amount from 100\u{a0}֏ to 5\u{a0}000\u{a0}֏, in whole drams."),
    ] {
        for typed in ["", "99", "5001", "100.5", "a lot"] {
            let answer = sends_form(world, &link, &[("form_key", "k"), ("lang", tag), ("amount", typed)]).await;
            assert_eq!(answer.status, 422, "{typed}");
            let page = html(&answer.body);
            assert!(page.contains(title) && beside(page, "amount") == words, "{tag}: {typed}: {page}");
        }
    }
    let lesson = makes(world, &lesson()).await;
    for (name, typed) in [("email", "ani@"), ("phone", "12")] {
        let answer = sends_form(world, &lesson, &[("form_key", "k"), ("lang", "ru"), (name, typed)]).await;
        assert_eq!(answer.status, 422, "{name}");
        assert!(beside(html(&answer.body), name).starts_with("Введите "), "{}", answer.body);
    }
    assert!(world.payments().await.is_empty());
});

story!(a_card_number_in_any_field_is_refused_and_comes_back_nowhere, |world| {
    let cake = makes(world, &cakes()).await;
    let lesson = makes(world, &lesson()).await;
    let mut pages = Vec::new();
    for name in ["quantity", "delivery", "answer.name", "answer.mail", "answer.tel", "answer.candles", "answer.words"] {
        pages.push((name, sends_form(world, &cake, &but(filled("key-1"), name, CARD)).await));
    }
    for name in ["email", "phone"] {
        pages.push((name, sends_form(world, &lesson, &[("form_key", "k"), ("lang", "en"), (name, CARD)]).await));
    }
    for (name, answer) in &pages {
        assert_eq!(answer.status, 422, "{name}");
        let page = html(&answer.body);
        assert!(!page.contains(CARD) && !page.contains("4111"), "{name}: {page}");
        if *name != "delivery" {
            assert!(beside(page, name).starts_with("This looks like a card number."), "{name}: {page}");
        }
    }
    assert!(world.payments().await.is_empty());
    for (file, bytes) in world.bytes_at_rest() {
        for secret in ["4111 1111 1111 1111", "4111111111111111"] {
            assert!(!holds(&bytes, secret), "a card number in {file}");
        }
    }
});

story!(b8_a_form_of_an_older_offer_shows_the_new_one_and_says_so, |world| {
    let link = makes(world, &cakes()).await;
    let dearer = json!({ "amount": { "value": "6000", "currency": "AMD" } });
    assert_eq!(changes(world, &link, &dearer).await.body["version"], 2);
    let mut old = filled("key-1");
    old.push(("version", "1"));
    let answer = sends_form(world, &link, &old).await;
    assert_eq!(answer.status, 409, "{}", answer.body);
    let page = html(&answer.body);
    assert!(page.contains("This offer has changed") && page.contains("6\u{a0}000\u{a0}֏ each"), "{page}");
    assert!(page.contains("name=\"version\" value=\"2\"") && page.contains("value=\"ani@example.am\""), "{page}");
    assert!(world.payments().await.is_empty());
    let mut new = filled("key-1");
    new.push(("version", "2"));
    assert_eq!(sends_form(world, &link, &new).await.status, 303);
    assert_eq!(world.payment().await.terms.amount.decimal(), "13500");
});

story!(g1_and_g4_what_a_payer_types_comes_back_as_text, |world| {
    let plain = makes(world, &with(cakes(), "quantity", Value::Null)).await;
    for text in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' autofocus onfocus=alert(1) x='",
        "</textarea><script>alert(1)</script>",
        "<svg/onload=alert(1)>",
        "{{7*7}}",
        "{% include 'ready.html' %}",
        "${7*7}",
    ] {
        let mut form = but(filled("key-1"), "answer.mail", text);
        form.retain(|(name, _)| *name != "quantity");
        for name in ["answer.name", "answer.tel", "answer.candles", "answer.day", "answer.words", "form_key"] {
            form = but(form, name, text);
        }
        let answer = sends_form(world, &plain, &form).await;
        assert_eq!(answer.status, 422, "{text}");
        let page = html(&answer.body);
        assert!(!page.contains("<script>") && !page.contains("<img") && !page.contains("onload=alert(1)>"), "{page}");
        assert!(!page.contains("\"' autofocus") || page.contains("&#x27;"), "{page}");
        assert!(!page.contains(">49<") && !page.contains("\"49\""), "{page}");
        if text.contains("7*7") {
            assert!(page.contains(text), "it is printed as it was typed: {page}");
        }
    }
    assert!(world.payments().await.is_empty());
});
