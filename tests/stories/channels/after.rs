//! After the link: a try that failed, a time that ran out, money that went back. Each is told once.

use kamurj_tests::clock::{hours, minutes};
use kamurj_tests::in_every_channel;
use kamurj_tests::links::posts;
use serde_json::json;

in_every_channel!(a_declined_try_is_told_once_with_a_way_to_try_again, |world, shop| {
    let channel = shop.channel;
    world.says(channel, "մենյու").await;
    world.taps(channel, "Դաս").await;
    let link = world.pay_link(channel);
    let bank = world.goes_to_the_bank(&link).await;
    let back = world.does_at_the_bank(&bank, "decline").await;
    world.comes_back(&back).await;
    world.settles().await;
    assert_eq!(world.said_in(channel, "Վճարումը չստացվեց"), 1, "{:#?}", world.bubbles(channel));
    let again = world.pay_link(channel);
    assert_eq!(again, link, "the same page");
    world.pays(&again).await;
    world.passes(minutes(5)).await;
    assert_eq!(world.said_in(channel, "✅ Վճարված է"), 1);
    assert_eq!(world.said_in(channel, "join/7741"), 1);
});

in_every_channel!(a_link_whose_time_is_over_is_made_new_from_the_chat, |world, shop| {
    let channel = shop.channel;
    world.says(channel, "մենյու").await;
    world.taps(channel, "Դաս").await;
    let first = world.pay_link(channel);
    world.passes(hours(2)).await;
    assert_eq!(world.payment().await.status.word(), "expired");
    assert_eq!(world.said_in(channel, "⌛ Հղման ժամկետը լրացել է"), 1, "{:#?}", world.bubbles(channel));
    world.taps(channel, "Նոր հղում").await;
    assert_eq!((world.payment().await.status.word(), world.payments().await.len()), ("created", 1));
    assert_eq!(world.pay_link(channel), first, "the same payment at the same address");
    world.pays(&first).await;
    world.settles().await;
    assert_eq!(world.said_in(channel, "✅ Վճարված է"), 1, "{:#?}", world.bubbles(channel));
});

in_every_channel!(money_that_goes_back_is_told_part_by_part_and_takes_nothing_else_back, |world, shop| {
    let channel = shop.channel;
    world.says(channel, "մենյու").await;
    world.taps(channel, "Դաս").await;
    let link = world.pay_link(channel);
    world.pays(&link).await;
    world.settles().await;
    let payment = world.payment().await;
    let part = json!({ "amount": { "value": "1000", "currency": "AMD" }, "reason": "stories" });
    let answer = posts(world, &format!("/v1/payments/{}/refunds", payment.id), &part).await;
    assert!(answer.status < 300, "{}", answer.body);
    world.settles().await;
    assert_eq!(world.said_in(channel, "Վերադարձվել է"), 1, "{:#?}", world.bubbles(channel));
    let rest = json!({ "amount": { "value": "4000", "currency": "AMD" }, "reason": "stories" });
    let answer = posts(world, &format!("/v1/payments/{}/refunds", payment.id), &rest).await;
    assert!(answer.status < 300, "{}", answer.body);
    world.passes(minutes(5)).await;
    assert_eq!(world.said_in(channel, "Գումարը վերադարձված է"), 1, "{:#?}", world.bubbles(channel));
    assert_eq!(world.said_in(channel, "join/7741"), 1);
});
