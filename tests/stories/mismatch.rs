//! Genuine notices that say the wrong thing: another order's money, another amount, another currency, another merchant's
//! account; and everything else that knocks at the bank's door.

use kamurj_sandbox::bank::{Lookup, PayAction, SessionView, Webhooks};
use kamurj_tests::clock::{minutes, seconds};
use kamurj_tests::integrator::{Answer, link};
use kamurj_tests::neighbour::NEIGHBOUR_SECRET;
use kamurj_tests::world::canary;
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::{Value, json};

/// A payment whose customer stands before the bank's page, and no webhook but the story's own.
async fn at_the_bank(world: &mut World, order: &str, drams: &str) -> SessionView {
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Drop);
    let payment = world.orders(order, drams).await;
    world.goes_to_the_bank(&link(&payment)).await;
    // The look at the page is written down by then, so that the books stand still.
    world.passes(seconds(6)).await;
    world.session()
}

async fn status_of(world: &World, order: &str) -> &'static str {
    let payments = world.payments().await;
    payments.iter().find(|payment| payment.order_id == order).expect("a payment").status.word()
}

story!(a9_a_genuine_notice_for_a_cheap_order_does_not_pay_a_dear_one, |world| {
    let dear = at_the_bank(world, "dear", "12500").await;
    let cheap = at_the_bank(world, "cheap", "10").await;
    world.sandbox.bank.act(&cheap.id, PayAction::Pay).expect("the session is there");
    let genuine = world.tidings(&cheap, "paid");
    let before = world.books().await;
    let mixed = [
        ("the cheap session under the dear number", &cheap.id, &dear.merchant_order_id),
        ("the dear session under the cheap number", &dear.id, &cheap.merchant_order_id),
        ("an unknown session under the dear number", &"ps_unknown".to_owned(), &dear.merchant_order_id),
        ("the cheap session under an unknown number", &cheap.id, &"k_unknown".to_owned()),
    ];
    for (place, (what, session, number)) in mixed.iter().enumerate() {
        let mut tidings = genuine.clone();
        (tidings["id"], tidings["merchantOrderId"]) = (json!(session), json!(number));
        assert_eq!(world.posts(&world.notice(&format!("msg_{place}"), &tidings)).await.status, 200, "{what}");
        world.settles().await;
        let messages = world.inbox(&world.account).await;
        assert_eq!(messages[place].state, "quarantined", "{what}");
    }
    let opened = world.exceptions().await;
    assert_eq!(opened.len(), mixed.len(), "a person is told of each");
    assert!(opened.iter().all(|exception| exception.kind == "unknown_order"));
    assert_eq!(&world.books().await[..before.len()], before, "neither order is touched");
    assert_eq!(status_of(world, "dear").await, "pending");

    assert_eq!(world.posts(&world.notice("msg_genuine", &genuine)).await.status, 200);
    world.settles().await;
    assert_eq!((status_of(world, "dear").await, status_of(world, "cheap").await), ("pending", "paid"));
});

/// The bank's word over the wire differs from what was asked; then the look-up tells the truth.
async fn a_wrong_notice_ends_in_review(world: &mut World, exception: &str, change: impl Fn(&mut Value)) {
    let session = at_the_bank(world, "A-1", "12500").await;
    world.sandbox.bank.change_faults(|faults| faults.lookup = Lookup::Fail);
    world.sandbox.bank.act(&session.id, PayAction::Pay).expect("the session is there");
    let mut tidings = world.tidings(&session, "paid");
    change(&mut tidings);
    assert_eq!(world.posts(&world.notice("msg_1", &tidings)).await.status, 200);
    world.settles().await;
    let ending = world.ending().await;
    assert_eq!((ending.status, ending.exceptions.as_slice()), ("manual_review", &[exception.to_owned()][..]));
    assert_eq!((ending.announced_paid, ending.captured_and_surplus), (0, (0, 0)));
    let page = world.opens(&link(&world.shown("A-1").await)).await;
    assert_eq!(page.heading(), "Հաստատում ենք վճարումը");
    assert!(page.form().is_none(), "nobody is asked to pay again");

    world.sandbox.bank.change_faults(|faults| faults.lookup = Lookup::Ok);
    world.passes(minutes(5)).await;
    let ending = world.ending().await;
    assert_eq!((ending.status, ending.announced_paid, ending.captured_and_surplus), ("paid", 1, (1_250_000, 0)));
}

story!(a10_a_notice_with_a_smaller_amount_pays_nothing_until_a_look_up_says_otherwise, |world| {
    a_wrong_notice_ends_in_review(world, "amount_mismatch", |tidings| tidings["amountMinor"] = json!(1_000)).await;
});

story!(a10_a_notice_with_a_larger_amount_pays_nothing_until_a_look_up_says_otherwise, |world| {
    a_wrong_notice_ends_in_review(world, "amount_mismatch", |tidings| tidings["amountMinor"] = json!(125_000_000))
        .await;
});

story!(a10_a_notice_in_roubles_pays_nothing_until_a_look_up_says_otherwise, |world| {
    a_wrong_notice_ends_in_review(world, "currency_mismatch", |tidings| tidings["currency"] = json!("RUB")).await;
});

story!(a10_a_notice_in_a_currency_that_kamurj_does_not_know_pays_nothing, |world| {
    a_wrong_notice_ends_in_review(world, "currency_mismatch", |tidings| tidings["currency"] = json!("GEL")).await;
});

story!(a10_money_that_the_look_up_too_finds_wrong_stays_with_a_person, |world| {
    world.sandbox.bank.change_faults(|faults| faults.paid_amount_shift_minor = -1_249_000);
    let payment = world.orders("A-1", "12500").await;
    let page = world.pays(&link(&payment)).await;
    assert_eq!(page.heading(), "Հաստատում ենք վճարումը");
    world.passes(minutes(30)).await;
    let ending = world.ending().await;
    assert_eq!((ending.status, ending.announced_paid), ("manual_review", 0));
    assert_eq!(ending.exceptions, ["amount_mismatch"]);
    assert_eq!(ending.captured_and_surplus, (0, 0));
});

story!(a12_a_notice_for_one_merchant_is_refused_at_anothers_address, |world| {
    let session = at_the_bank(world, "A-1", "12500").await;
    let neighbour = world.flower_shop().await;
    let before = world.books().await;
    let tidings = world.tidings(&session, "paid");
    let stray = world.signed_notice(&neighbour.account, &canary("webhook secret"), "msg_1", &tidings);
    world.posts(&stray).await.is_problem(401, "unproven");
    assert!(world.inbox(&neighbour.account).await.is_empty());

    // Signed with the neighbour's own secret it is genuine there, and still no business of the first merchant's.
    let crossed = world.signed_notice(&neighbour.account, NEIGHBOUR_SECRET, "msg_1", &tidings);
    assert_eq!(world.posts(&crossed).await.status, 200);
    world.passes(minutes(11)).await;
    assert_eq!(world.inbox(&neighbour.account).await[0].state, "quarantined");
    assert!(world.books_of(&neighbour.merchant).await[0].contains("unknown_order"), "the neighbour is told");
    assert!(world.exceptions().await.is_empty(), "the first merchant is not");
    assert_eq!(world.books().await, before);
});

story!(a19_the_banks_door_takes_nothing_but_proven_messages_of_a_bearable_size, |world| {
    let session = at_the_bank(world, "A-1", "12500").await;
    let before = world.books().await;
    let genuine = world.notice("msg_1", &world.tidings(&session, "paid"));
    let forged = format!("{}?merchantOrderId={}&status=paid", genuine.url, session.merchant_order_id);
    // Wallets call by GET, too; it proves as little as anything else without a signature.
    Answer::to(world.http.get(&forged)).await.is_problem(401, "unproven");
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        Answer::to(world.http.request(method, &forged)).await.is_problem(405, "method-not-allowed");
    }
    let mut large = genuine.clone();
    large.body.resize(64 * 1024 + 1, b' ');
    world.posts(&large).await.is_problem(413, "too-large");
    large.body.pop();
    world.posts(&large).await.is_problem(401, "unproven");
    for place in ["vpos/acc_unknown", &format!("rbs/{}", world.account), &format!("VPOS/{}", world.account), "vpos/%FF"]
    {
        let mut stray = genuine.clone();
        stray.url = format!("{}/webhooks/providers/{place}", world.url);
        world.posts(&stray).await.is_problem(404, "not-found");
    }
    world.settles().await;
    assert_eq!(world.books().await, before);
    assert!(world.inbox(&world.account).await.is_empty());
});
