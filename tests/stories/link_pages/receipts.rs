//! What the page of a paid payment keeps for its payer: what was bought, what went back, and the receipts.

use kamurj_tests::acts::{gives_back, shown};
use kamurj_tests::clock::{hours, minutes};
use kamurj_tests::integrator::{Answer, link as page_of};
use kamurj_tests::links::{id, lesson, makes, posts, presses, with};
use kamurj_tests::stand::IDRAM;
use kamurj_tests::story;
use serde_json::{Value, json};

story!(what_a_link_gives_is_on_the_receipt_from_the_payment_on_and_until_all_went_back, |world| {
    let given = json!({ "hy": "Սենյակ 7", "en": "Room 7\nhttps://meet.example/r7 <b>now</b> http://bad.example/" });
    let link = makes(world, &with(lesson(), "fulfilment", given)).await;
    let payment = presses(world, &link, "buyer-1", &json!({ "locale": "en" })).await.body;
    let page = page_of(&payment);
    assert!(!world.opens(&page).await.html.contains("Room 7"));
    let bank = world.goes_to_the_bank(&page).await;
    assert!(!world.opens(&page).await.html.contains("Room 7"));
    let back = world.does_at_the_bank(&bank, "pay").await;
    let receipt = world.comes_back(&back).await;
    assert!(receipt.shows("Room 7") && receipt.shows("From the seller"), "{}", receipt.html);
    assert!(receipt.html.contains("<a href=\"https:&#x2f;&#x2f;meet.example&#x2f;r7\">"), "{}", receipt.html);
    assert!(receipt.html.contains("&lt;b&gt;now") && !receipt.html.contains("href=\"http:"), "{}", receipt.html);
    world.settles().await;
    world.passes(hours(48)).await;
    assert!(world.opens(&page).await.shows("Room 7"), "it stays at the address");
    assert!(world.opens(&format!("{page}?lang=hy")).await.shows("Սենյակ 7"));
    gives_back(world, id(&payment), Some("1000")).await;
    world.settles().await;
    assert!(world.opens(&page).await.shows("Room 7"), "some of it is still paid");
    gives_back(world, id(&payment), None).await;
    world.settles().await;
    let after = world.opens(&page).await;
    assert!(!after.html.contains("Room 7") && after.heading() == "The money was given back", "{}", after.html);
});

story!(each_refund_has_its_date_and_amount_and_what_stays_paid_is_named, |world| {
    let payment = world.orders("A-1", "12500").await;
    let page = format!("{}?lang=en", page_of(&payment));
    world.pays(&page).await;
    world.settles().await;
    for (drams, later) in [("2500", 60), ("1000", 120)] {
        world.passes(minutes(later)).await;
        gives_back(world, id(&payment), Some(drams)).await;
        world.settles().await;
    }
    let receipt = world.opens(&page).await;
    for words in ["2 500 ֏ given back", "1 000 ֏ given back", "Stays paid 9 000 ֏", "3 500 ֏ was given back"] {
        assert!(receipt.shows(words), "{words}: {}", receipt.html);
    }
    let mut moments = receipt.moments();
    moments.dedup();
    assert_eq!(moments.len(), 3, "paid, and two refunds at times of their own: {moments:?}");
});

story!(a_fiscal_receipt_is_attached_once_it_is_paid_and_shown_with_its_address, |world| {
    let payment = world.orders("A-1", "12500").await;
    let path = format!("/v1/payments/{}/fiscal-receipt", id(&payment));
    let body = json!({ "number": "00012345", "url": "https://receipts.example/00012345" });
    posts(world, &path, &body).await.is_problem(409, "not-now");
    world.pays(&page_of(&payment)).await;
    world.settles().await;
    let page = format!("{}?lang=en", page_of(&payment));
    assert!(world.opens(&page).await.shows("This is not a fiscal receipt"));
    for (pointer, wrong) in [
        ("/number", json!({ "number": " " })),
        ("/number", json!({ "number": "x".repeat(65) })),
        ("/url", json!({ "number": "1", "url": "http://receipts.example/" })),
        ("/url", json!({ "number": "1", "url": "https://me@receipts.example/" })),
        ("/url", json!({ "number": "1", "url": "javascript:alert(1)" })),
    ] {
        let answer = posts(world, &path, &wrong).await;
        answer.is_problem(422, "invalid");
        assert_eq!(answer.pointers(), [pointer], "{wrong}");
    }
    let attached = posts(world, &path, &body).await;
    assert_eq!((attached.status, &attached.body["fiscal_receipt"]), (200, &body), "{}", attached.body);
    assert_eq!(posts(world, &path, &body).await.status, 200);
    let kinds = world.journal(id(&payment)).await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "payment.fiscal_receipt").count(), 1, "{kinds:?}");
    let receipt = world.opens(&page).await;
    assert!(receipt.shows("00012345") && receipt.shows("receipts.example"), "{}", receipt.html);
    assert!(receipt.shows("itself is not a fiscal receipt"), "{}", receipt.html);
    assert_eq!(shown(world, id(&payment)).await["fiscal_receipt"], body);
});

story!(a_wallets_receipt_names_the_wallet, |world| {
    world.takes_up(&IDRAM).await;
    let (payment, _) = world.paid_with(&IDRAM, "A-1", "12500").await;
    let receipt = world.opens(&format!("{}?lang=en", page_of(&shown(world, &payment).await))).await;
    assert!(receipt.shows("Idram has confirmed the payment."), "{}", receipt.html);
    assert!(!receipt.shows("The bank has confirmed"), "{}", receipt.html);
});

story!(a_withdrawn_payment_shows_the_sellers_message_and_not_the_journals_reason, |world| {
    let payment = world.orders("A-1", "12500").await;
    let path = format!("/v1/payments/{}/cancel", id(&payment));
    let body = json!({ "reason": "INTERNAL out of stock", "message": "Sorry, <b>sold out</b>.\nWrite to us." });
    let card: Value = json!({ "message": "4111 1111 1111 1111" });
    let refused: Answer = posts(world, &path, &card).await;
    refused.is_problem(422, "invalid");
    assert_eq!(refused.pointers(), ["/message"]);
    assert_eq!(posts(world, &path, &body).await.status, 200);
    let page = world.opens(&format!("{}?lang=en", page_of(&payment))).await;
    assert!(page.heading() == "This link was cancelled" && page.shows("Sorry,"), "{}", page.html);
    assert!(page.html.contains("&lt;b&gt;sold out") && !page.html.contains("INTERNAL"), "{}", page.html);
});
