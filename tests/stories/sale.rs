//! The whole sale, undisturbed.

use kamurj_tests::customer::{CUSTOMER, MANAGER};
use kamurj_tests::story;

story!(a_chat_sale_is_paid_and_everybody_is_told_once, |world| {
    let link = world.customer_picks_the_cake().await;
    let page = world.opens(&link).await;
    assert_eq!(page.status, 200);
    assert!(page.shows("12 500 ֏") && page.shows("Անուշ հրուշակեղեն"), "{}", page.html);

    let receipt = world.pays(&link).await;
    assert_eq!(receipt.heading(), "Վճարումը կատարված է");
    world.settles().await;

    let ending = world.ending().await;
    assert_eq!(ending.status, "paid");
    assert_eq!(ending.captured_and_surplus, (1_250_000, 0));
    assert_eq!(ending.announced_paid, 1);
    assert_eq!(ending.deals, [("EXECUTING".to_owned(), 1)]);
    assert_eq!(ending.paid_messages, 1);
    assert_eq!((ending.undone, ending.exceptions.len()), (0, 0));
    assert_eq!(world.chat(CUSTOMER).iter().filter(|message| message.by_bot).count(), 2, "catalogue and link, no more");
});

story!(a_manager_asks_for_any_amount_and_gets_a_link_to_forward, |world| {
    world.manager_says("/start").await;
    world.manager_says("/pay 7300 Ծաղկեփունջ Անիի համար").await;
    let link = world.link(MANAGER).expect("a link to forward");
    let receipt = world.pays(&link).await;
    world.settles().await;
    assert_eq!(receipt.heading(), "Վճարումը կատարված է");
    let payment = world.payment().await;
    assert_eq!(payment.captured_minor, 730_000);
    assert_eq!(payment.particulars.description, "Ծաղկեփունջ Անիի համար");
});
