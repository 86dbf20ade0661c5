//! Refunds on the road: reserved under the payment's lock, sent once, free again when they fail.

use crate::database::{NOW, Store, on_both};
use crate::road::{approved, attempt, create, keys, new_payment};
use kamurj_domain::{Currency, Evidence, FactKind, Money, Source, Status};
use kamurj_store::payments::Payment;
use kamurj_store::refunds::{self, Refund};
use kamurj_store::road::{NewRefund, RefundAsked, RefundTold};
use tokio::task::JoinSet;

fn drams(amount: i64) -> NewRefund {
    let amount = Some(Money::new(amount * 100, Currency::Amd));
    NewRefund { amount, attempt: None, reason: "sent back".into() }
}

async fn paid(store: &Store) {
    create(store, new_payment("pay_1", "1001", None)).await;
    let mut tx = store.db.write().await.unwrap();
    let road = store.road(NOW);
    road.start_attempt(&mut tx, "pay_1", &attempt("att_1"), &keys("form"), NOW, None).await.unwrap();
    let payment = road.learn(&mut tx, "pay_1", vec![approved("att_1", "paid", NOW + 1)]).await.unwrap();
    assert_eq!(payment.status, Status::Paid);
    tx.commit().await.unwrap();
}

async fn ask(store: &Store, new: NewRefund) -> RefundAsked {
    let mut tx = store.db.write().await.unwrap();
    let asked = store.road(NOW + 2).ask_refund(&mut tx, "pay_1", new).await.unwrap();
    tx.commit().await.unwrap();
    asked
}

async fn told(store: &Store, refund: &Refund, kind: FactKind, key: &str) -> Payment {
    let told = RefundTold {
        refund: refund.id.clone(),
        kind,
        evidence: Evidence::Lookup,
        source: Source { name: "vpos look-up".into(), key: key.into() },
        amount: Some(refund.amount),
        provider_time: Some(NOW + 3),
        reference: None,
        reason: None,
        message: None,
        purpose: None,
    };
    let mut tx = store.db.write().await.unwrap();
    let payment = store.road(NOW + 4).refund_told(&mut tx, told).await.unwrap();
    tx.commit().await.unwrap();
    payment
}

on_both!(d1_sixteen_refunds_at_once_reserve_no_more_than_was_captured, |store| {
    paid(store).await;
    let mut asking = JoinSet::new();
    for _ in 0..16 {
        let (db, road) = (store.db.clone(), store.road(NOW + 2));
        asking.spawn(async move {
            let mut tx = db.write().await.unwrap();
            let asked = road.ask_refund(&mut tx, "pay_1", drams(3_000)).await.unwrap();
            tx.commit().await.unwrap();
            asked
        });
    }
    let asked = asking.join_all().await;
    let made = asked.iter().filter(|asked| matches!(asked, RefundAsked::Made(_))).count();
    let refused = asked.iter().filter(|asked| matches!(asked, RefundAsked::TooMuch(_))).count();
    assert_eq!((made, refused), (4, 12), "{asked:?}");
});

on_both!(a_refund_is_sent_once_and_a_failure_told_twice_frees_its_amount_once, |store| {
    paid(store).await;
    let RefundAsked::Made(refund) = ask(store, drams(8_000)).await else { panic!("it is reserved") };
    let mut tx = store.db.write().await.unwrap();
    assert!(refunds::dispatch(&mut tx, &refund.id, NOW + 3, None).await.unwrap());
    assert!(
        !refunds::dispatch(&mut tx, &refund.id, NOW + 4, None).await.unwrap(),
        "it counts as sent from the first time on"
    );
    tx.commit().await.unwrap();
    assert!(matches!(ask(store, drams(4_501)).await, RefundAsked::TooMuch(_)));
    for _ in 0..2 {
        let payment = told(store, &refund, FactKind::RefundFailed, "failed").await;
        assert_eq!((payment.status, payment.reserved_minor, payment.refunded_minor), (Status::Paid, 0, 0));
    }
    assert!(matches!(ask(store, drams(12_501)).await, RefundAsked::TooMuch(_)));
    let RefundAsked::Made(whole) = ask(store, drams(12_500)).await else { panic!("all of it is free") };
    let payment = told(store, &whole, FactKind::Refunded, "done").await;
    assert_eq!((payment.status, payment.refunded_minor), (Status::Refunded, 1_250_000));
    let mut tx = store.db.read().await.unwrap();
    let mut states: Vec<String> =
        refunds::of_payment(&mut tx, "pay_1").await.unwrap().into_iter().map(|refund| refund.state).collect();
    states.sort();
    assert_eq!(states, ["done", "failed"]);
});

on_both!(d7_another_currency_another_attempt_and_an_unpaid_payment_reserve_nothing, |store| {
    create(store, new_payment("pay_1", "1001", None)).await;
    assert!(matches!(ask(store, drams(1)).await, RefundAsked::NotNow(Status::Created)));
    let dollars = NewRefund { amount: Some(Money::new(100, Currency::Usd)), ..drams(1) };
    assert!(matches!(ask(store, dollars).await, RefundAsked::OtherCurrency));
    let mut tx = store.db.read().await.unwrap();
    assert!(refunds::of_payment(&mut tx, "pay_1").await.unwrap().is_empty());
});
