//! What only some gateways want: a wallet that asks before it takes money and gives back what nobody agrees to, and order numbers
//! that a terminal counts.

use kamurj_sandbox::gateways::idram::Switches;
use kamurj_tests::acts::{cancels, last_attempt, status};
use kamurj_tests::clock::minutes;
use kamurj_tests::integrator::link;
use kamurj_tests::links::id;
use kamurj_tests::stand::{AMERIABANK, IDRAM, TELCELL};
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::json;
use std::collections::BTreeSet;

/// Idram's question about this order; answers what it hears.
async fn asks(world: &World, bill: &str, amount: &str, account: &str) -> (u16, String) {
    let url = format!("{}/webhooks/providers/idram/{}", world.url, world.account);
    let question =
        [("EDP_PRECHECK", "YES"), ("EDP_BILL_NO", bill), ("EDP_REC_ACCOUNT", account), ("EDP_AMOUNT", amount)];
    let answer = world.http.post(url).form(&question).send().await.expect("an answer");
    (answer.status().as_u16(), answer.text().await.expect("a body"))
}

const YES: (u16, &str) = (200, "OK");

async fn says_yes(world: &World, bill: &str) -> bool {
    let (code, said) = asks(world, bill, "12500.00", "100000777").await;
    assert_eq!(code, 200, "whatever is not OK with 200 gives the money back; another status keeps it");
    (code, said.as_str()) == YES
}

story!(a4_a_wallet_is_told_yes_for_this_order_and_amount_while_it_takes_money, |world| {
    world.takes_up(&IDRAM).await;
    let (payment, order) = world.order_with(&IDRAM, "A-1", "12500").await;
    let bill = order.number.as_str();
    let before = world.books().await;
    assert!(says_yes(world, bill).await);
    for (bill, amount, account) in [
        (bill, "12500.01", "100000777"),
        (bill, "125.00", "100000777"),
        (bill, "1250000.00", "100000777"),
        (bill, "12500.00", "100000778"),
        ("k_00000000000000000000000000", "12500.00", "100000777"),
        ("", "12500.00", "100000777"),
        (bill, "", "100000777"),
    ] {
        let (code, said) = asks(world, bill, amount, account).await;
        assert!(code == 200 && said != "OK", "{bill} {amount} {account}: {code} {said}");
    }
    assert_eq!(world.books().await, before, "a question changes nothing");
    cancels(world, &payment).await;
    assert!(!says_yes(world, bill).await, "the order was withdrawn");
    // Another order, whose customer starts again: only the newer try takes money.
    let (second, first_try) = world.order_with(&IDRAM, "A-2", "12500").await;
    let made = world.shown("A-2").await;
    let page = world.opens(&link(&made)).await;
    let (action, key) = page.form().expect("a form");
    let left = last_attempt(world, &second).await;
    let sent = world.submits(&action, &[("form_key", &format!("{key}x")), ("again", &left)]).await.expect("an answer");
    let newer =
        sent.handover().expect("the form").1.into_iter().find(|(name, _)| name == "EDP_BILL_NO").expect("a bill").1;
    assert!(!says_yes(world, &first_try.number).await, "the customer has started again");
    assert!(says_yes(world, &newer).await);
    world.passes(minutes(31)).await;
    assert!(!says_yes(world, &newer).await, "the session is over");
});

story!(b5_a_second_transaction_for_one_order_goes_back_at_once, |world| {
    world.takes_up(&IDRAM).await;
    world.sandbox.idram.set_switches(Switches { second_transaction: true, ..Switches::default() });
    let (payment, _) = world.paid_with(&IDRAM, "A-1", "12500").await;
    world.passes(minutes(5)).await;
    assert_eq!(status(world, &payment).await, "paid");
    let charges = world.sandbox.idram.charges();
    assert_eq!(charges.len(), 2, "{charges:?}");
    let shown = world.shown("A-1").await;
    assert_eq!((&shown["captured"]["value"], &shown["surplus"]["value"]), (&json!("12500"), &json!("0")));
    let journal = world.journal(&payment).await;
    assert_eq!(journal.iter().filter(|kind| *kind == "payment.declined_push").count(), 1, "{journal:?}");
    assert_eq!(journal.iter().filter(|kind| *kind == "payment.paid").count(), 1);
});

story!(b4_an_invoice_that_the_customer_left_takes_no_money_any_more, |world| {
    world.takes_up(&TELCELL).await;
    let (payment, first) = world.order_with(&TELCELL, "A-1", "12500").await;
    let made = world.shown("A-1").await;
    let (action, key) = world.opens(&link(&made)).await.form().expect("a form");
    let left = last_attempt(world, &payment).await;
    let sent = world.submits(&action, &[("form_key", &format!("{key}x")), ("again", &left)]).await.expect("an answer");
    assert!(world.follows(sent).await.is_some());
    world.passes(minutes(2)).await;
    let page = world.orders_at(&TELCELL).into_iter().find(|order| order.id == first.id).and_then(|order| order.page);
    world.submits(&page.expect("a page"), &[("action", "pay")]).await.expect("the wallet answers");
    world.passes(minutes(2)).await;
    assert_eq!(status(world, &payment).await, "pending", "the first invoice was withdrawn");
    let second = world.orders_at(&TELCELL).pop().expect("the second");
    assert_ne!(second.number, first.number);
    world.does_there(&TELCELL, &second, "pay").await;
    world.passes(minutes(2)).await;
    let paid = world.shown("A-1").await;
    assert_eq!((&paid["status"], &paid["surplus"]["value"]), (&json!("paid"), &json!("0")));
});

story!(a2_a_terminals_order_numbers_are_drawn_once_by_whichever_account, |world| {
    world.takes_up(&AMERIABANK).await;
    for place in 0..6 {
        world.order_with(&AMERIABANK, &format!("A-{place}"), "12500").await;
    }
    // Pressing again leads to the session that is open and uses no number up.
    let last = world.shown("A-5").await;
    for _ in 0..3 {
        assert!(world.goes_to(&link(&last)).await.is_some());
    }
    // The same terminal again, as another account.
    let settings = json!({
        "base_url": format!("{}/ameriabank/", world.sandbox.bank_url), "client_id": "client-1", "username": "shop",
    });
    let body = json!({
        "provider": "ameriabank", "label": "the same terminal", "default": true, "settings": settings,
        "secrets": { "password": kamurj_tests::world::canary("ameria password") },
    });
    let made = world.does(Method::POST, "/v1/provider-accounts", &body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    for place in 6..9 {
        let made = world.orders(&format!("A-{place}"), "12500").await;
        assert!(world.goes_to(&link(&made)).await.is_some(), "{}", id(&made));
    }
    let numbers: BTreeSet<i64> =
        world.orders_at(&AMERIABANK).iter().map(|order| order.number.parse().expect("an integer")).collect();
    assert_eq!(numbers, (1..=9).collect(), "nine orders, nine numbers");
});
