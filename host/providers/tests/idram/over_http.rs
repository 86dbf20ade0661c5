//! Whole payments: the browser's form, the question, the money, the confirmation, and what Idram makes of the answers.

use crate::shop::{Shop, Verdict, price};
use kamurj_domain::{Currency, Money};
use kamurj_providers::{Outcome, Push, PushRefused, SessionStatus, Statement, Tidings};
use kamurj_sandbox::gateways::idram::{Outcome as Became, Switches};
use kamurj_sandbox::gateways::{Act, Gateway, Lie, Pushing};

fn question(verdict: &Verdict) -> (String, Money) {
    match verdict {
        Ok((Push::Question { number, amount }, Tidings::Nothing)) => (number.clone(), *amount),
        other => panic!("{other:?}"),
    }
}

fn confirmation(verdict: &Verdict) -> (String, Statement) {
    match verdict {
        Ok((Push::Binding { natural_key }, Tidings::Session(statement))) => (natural_key.clone(), statement.clone()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_payer_pays_and_comes_back_while_the_shop_knows_already() {
    for capitals in [false, true] {
        let shop = Shop::open().await;
        shop.sandbox.idram.set_switches(Switches { capitals, ..Switches::default() });
        let page = shop.goes_to_idram("ord_1").await;
        assert!(page.starts_with(shop.sandbox.idram.base_url()), "{page}");
        assert_eq!(shop.came().iter().map(question).collect::<Vec<_>>(), [("ord_1".to_owned(), price())]);
        let back = shop.presses(&page, "pay").await;
        assert_eq!(back, format!("{}/success?order_number=ord_1", shop.url));
        let charge = shop.sandbox.idram.charges().remove(0);
        let came = shop.came();
        assert_eq!(came.len(), 1);
        let (key, statement) = confirmation(&came[0]);
        assert_eq!((key.as_str(), charge.outcome), (charge.trans_id.as_str(), Became::Stands));
        assert_eq!(key.len(), 14);
        assert_eq!((statement.number.as_str(), statement.amount), ("ord_1", Some(price())));
        assert_eq!((statement.status, statement.payment_reference), (SessionStatus::Approved, Some(key)));
        assert_eq!(shop.sandbox.deliver_due().await, 0, "nothing is owed");
    }
}

#[tokio::test]
async fn money_stands_only_where_the_shop_took_the_confirmation() {
    for (outcome, became) in [
        (Outcome::Taken, Became::Stands),
        (Outcome::Declined("the payment is paid already"), Became::Cancelled),
        (Outcome::Unproven("forged"), Became::Cancelled),
        (Outcome::Unreadable, Became::Cancelled),
        (Outcome::Unknown, Became::Cancelled),
        // Storage was down: it went back cleanly, and nobody's letter is needed.
        (Outcome::Unkept, Became::Cancelled),
    ] {
        let shop = Shop::open().await;
        shop.answers(Outcome::Agreed, outcome.clone());
        let back = shop.pays("ord_1").await;
        let charges = shop.sandbox.idram.charges();
        assert_eq!((charges.len(), charges[0].outcome), (1, became), "{outcome:?}");
        let end = if became == Became::Stands { "success" } else { "fail" };
        assert_eq!(back, format!("{}/{end}?order_number=ord_1", shop.url), "{outcome:?}");
        assert_eq!(shop.sandbox.idram.letters(), 0, "{outcome:?}");
    }
}

#[tokio::test]
async fn money_moves_only_where_the_shop_agreed() {
    for outcome in [
        Outcome::Declined("no such order"),
        Outcome::Unproven("another account"),
        Outcome::Unreadable,
        Outcome::Unknown,
        Outcome::Unkept,
    ] {
        let shop = Shop::open().await;
        shop.answers(outcome.clone(), Outcome::Taken);
        let back = shop.goes_to_idram("ord_1").await;
        assert_eq!(back, format!("{}/fail?order_number=ord_1", shop.url), "{outcome:?}");
        assert!(shop.sandbox.idram.act(&shop.sandbox.idram.orders()[0].id, Act::Pay).is_err(), "{outcome:?}");
        assert!(shop.sandbox.idram.charges().is_empty(), "{outcome:?}");
        assert_eq!(shop.came().len(), 1, "the question alone");
    }
}

#[tokio::test]
async fn a1_a_confirmation_that_comes_again_has_the_same_name() {
    let shop = Shop::open().await;
    shop.faults(|faults| faults.push_repeat = 3);
    shop.pays("ord_1").await;
    let came = shop.came();
    let keys: Vec<String> = came[1..].iter().map(|verdict| confirmation(verdict).0).collect();
    assert_eq!(keys.len(), 4);
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    assert_eq!(shop.sandbox.idram.charges()[0].outcome, Became::Stands);
}

#[tokio::test]
async fn b1_a_second_transaction_for_the_same_bill_has_another_name_and_goes_back_where_it_is_declined() {
    let shop = Shop::open().await;
    // Two tabs: both were agreed to before either was paid.
    let tabs = [shop.goes_to_idram("ord_1").await, shop.goes_to_idram("ord_1").await];
    shop.presses(&tabs[0], "pay").await;
    shop.answers(Outcome::Agreed, Outcome::Declined("the payment is paid already"));
    let back = shop.presses(&tabs[1], "pay").await;
    assert_eq!(back, format!("{}/fail?order_number=ord_1", shop.url));
    let came: Vec<_> = shop.came()[2..].iter().map(confirmation).collect();
    assert_ne!(came[0].0, came[1].0);
    assert_eq!(came[0].1.number, came[1].1.number);
    let outcomes: Vec<Became> = shop.sandbox.idram.charges().iter().map(|charge| charge.outcome).collect();
    assert_eq!(outcomes, [Became::Stands, Became::Cancelled]);
}

#[tokio::test]
async fn a9_another_amount_than_agreed_is_told_as_it_was_charged() {
    for (lie, minor) in [(Lie::Times100, 15_000_000), (Lie::DividedBy100, 1_500), (Lie::OneLess, 149_900)] {
        let shop = Shop::open().await;
        shop.faults(|faults| faults.paid = lie);
        shop.pays("ord_1").await;
        let came = shop.came();
        assert_eq!(question(&came[0]).1, price(), "the question was about the price");
        let told = confirmation(&came[1]).1.amount;
        assert_eq!(told, Some(Money::new(minor, Currency::Amd)), "{lie:?}");
        assert_ne!(told, Some(price()), "{lie:?}");
    }
}

#[tokio::test]
async fn a8_a_forged_confirmation_is_refused_and_a_late_one_is_not() {
    let shop = Shop::open().await;
    shop.faults(|faults| faults.push_forged = true);
    let back = shop.pays("ord_1").await;
    assert!(back.contains("/fail"), "{back}");
    assert_eq!(shop.came().pop(), Some(Err(PushRefused::Unproven("EDP_CHECKSUM does not fit"))));
    assert_eq!(shop.sandbox.idram.charges()[0].outcome, Became::Cancelled);

    shop.faults(|faults| (faults.push_forged, faults.push, faults.push_delay_s) = (false, Pushing::Hold, 60));
    let back = shop.pays("ord_2").await;
    assert!(back.contains("/success"), "the money moved: {back}");
    assert_eq!(shop.came().len(), 1, "the question alone");
    shop.faults(|faults| faults.push = Pushing::Send);
    assert_eq!(shop.sandbox.deliver_due().await, 0, "not yet");
    shop.pass(60_000);
    assert_eq!(shop.sandbox.deliver_due().await, 1);
    assert_eq!(confirmation(&shop.came()[0]).1.number, "ord_2");
}
