//! The whole sale in the chat.

use kamurj_tests::channels::Trouble;
use kamurj_tests::clock::minutes;
use kamurj_tests::in_every_channel;
use kamurj_tests::links::{id, reads};

in_every_channel!(the_whole_sale_from_the_first_word_to_what_was_bought, |world, shop| {
    let channel = shop.channel;
    world.says(channel, "մենյու").await;
    world.taps(channel, "Դաս").await;
    let link = world.pay_link(channel);
    assert_eq!(world.said_in(channel, "Վճարման ենթակա է"), 1);
    let page = world.pays(&link).await;
    assert_eq!(page.heading(), "Վճարումը կատարված է");
    world.settles().await;
    assert_eq!(world.said_in(channel, "✅ Վճարված է"), 1, "{:#?}", world.bubbles(channel));
    assert_eq!(world.said_in(channel, "https://school.example.am/join/7741"), 1, "{:#?}", world.bubbles(channel));
    let payment = world.payment().await;
    assert_eq!(payment.status.word(), "paid");
    let shown = reads(world, &format!("/v1/payments/{}", payment.id)).await.body;
    assert_eq!(shown["channel"]["plugin"], channel.plugin());
    assert_eq!(shown["channel"]["conversation"], world.conversation(channel));
    assert_eq!(shown["link"]["id"].as_str().or(shown["link"].as_str()), Some(shop.lesson.as_str()), "{shown}");

    // Nothing more is said, whatever time passes.
    let before = world.bubbles(channel);
    world.passes(minutes(90)).await;
    assert_eq!(world.bubbles(channel), before);
});

in_every_channel!(an_order_is_asked_for_one_thing_at_a_time_from_a_link_that_opens_on_it, |world, shop| {
    let channel = shop.channel;
    // A conversation that was there before: in Instagram and Messenger a reference reaches nobody else.
    world.says(channel, "Բարև Ձեզ").await;
    world.comes_by(channel, &shop.cake).await;
    assert!(world.last_bubble(channel).text.contains("Քանի՞ հատ"), "{:#?}", world.last_bubble(channel));
    world.taps(channel, "2").await;
    world.taps(channel, "Տուն").await;
    world.says(channel, "шесть").await;
    assert!(world.payments().await.is_empty(), "the telephone number is missing");
    world.says(channel, "+374 91 123456").await;
    let payment = world.payment().await;
    assert_eq!(payment.terms.amount.minor, 2 * 1_250_000 + 150_000);
    let link = world.pay_link(channel);
    world.pays(&link).await;
    world.settles().await;
    let shown = reads(world, &format!("/v1/payments/{}", payment.id)).await.body;
    assert_eq!((shown["status"].as_str(), world.payments().await.len()), (Some("paid"), 1));
    assert!(shown.to_string().contains("+37491123456"), "{shown}");
});

in_every_channel!(a_customer_says_how_much_and_changes_the_language_by_writing_in_it, |world, shop| {
    let channel = shop.channel;
    world.says(channel, "Բարև Ձեզ").await;
    world.comes_by(channel, &shop.gift).await;
    world.says(channel, "500").await;
    assert!(world.payments().await.is_empty(), "less than the least");
    world.says(channel, "5 000 ֏").await;
    assert_eq!(world.payment().await.terms.amount.minor, 500_000);
    if channel != kamurj_tests::channels::Channel::Telegram {
        world.says(channel, "меню").await;
        assert!(world.last_bubble(channel).text.contains("Здравствуйте"), "{:#?}", world.last_bubble(channel));
    }
});

in_every_channel!(f8_everything_told_twice_is_one_payment_one_link_and_one_of_what_was_bought, |world, shop| {
    let channel = shop.channel;
    world.suffers(channel, Trouble::ToldTwice);
    world.says(channel, "մենյու").await;
    world.taps(channel, "Դաս").await;
    world.passes(minutes(5)).await;
    assert_eq!(world.payments().await.len(), 1);
    assert_eq!(world.said_in(channel, "Վճարման ենթակա է"), 1, "{:#?}", world.bubbles(channel));
    let link = world.pay_link(channel);
    world.pays(&link).await;
    world.passes(minutes(5)).await;
    assert_eq!(world.said_in(channel, "✅ Վճարված է"), 1);
    assert_eq!(world.said_in(channel, "https://school.example.am/join/7741"), 1);
});

in_every_channel!(a_manager_makes_a_link_for_any_amount, |world, shop| {
    let channel = shop.channel;
    world.says(channel, "Բարև Ձեզ, ուզում եմ ծաղկեփունջ").await;
    world.manager_asks(channel, "/pay 7300 Ծաղկեփունջ").await;
    let payment = world.payment().await;
    assert_eq!((payment.terms.amount.minor, payment.particulars.description.as_str()), (730_000, "Ծաղկեփունջ"));
    world.manager_asks(channel, "/pay 12 500 Տորթ").await;
    assert_eq!(world.payments().await.len(), 1, "what could be misread makes nothing");
    let link = world.link_for_manager(channel);
    world.pays(&link).await;
    world.settles().await;
    assert_eq!(id(&reads(world, &format!("/v1/payments/{}", payment.id)).await.body), payment.id);
    assert_eq!(world.payment().await.status.word(), "paid");
});
