//! Lines of a bank's report on the road: what confirms changes nothing, what differs is shown, what the bank took back goes to
//! a person, and the same line of another report says nothing new.

use crate::database::{MERCHANT, NOW, Store, on_both};
use crate::road::{approved, attempt, create, keys, new_payment};
use kamurj_domain::{Currency, Evidence, FactKind, Mode, Money, Status};
use kamurj_store::payments::Payment;
use kamurj_store::road::{Learned, NewRefund, RefundAsked, Reported};
use kamurj_store::{exceptions, facts, journal, movements};

async fn started(store: &Store) {
    create(store, new_payment("pay_1", "1001", None)).await;
    let mut tx = store.db.write().await.unwrap();
    store.road(NOW).start_attempt(&mut tx, "pay_1", &attempt("att_1"), &keys("form"), NOW, None).await.unwrap();
    tx.commit().await.unwrap();
}

async fn paid(store: &Store) {
    started(store).await;
    let mut tx = store.db.write().await.unwrap();
    let word = approved("att_1", "paid", NOW + 1);
    assert_eq!(store.road(NOW + 1).learn(&mut tx, "pay_1", vec![word]).await.unwrap().status, Status::Paid);
    tx.commit().await.unwrap();
}

fn line(kind: FactKind, minor: i64) -> Reported {
    Reported {
        report: "rep_1".into(),
        line: 7,
        attempt: "att_1".into(),
        refund: None,
        kind,
        amount: Some(Money::new(minor, Currency::Amd)),
        foreign_currency: None,
        at: Some(NOW + 5_000),
        reference: Some("000123".into()),
    }
}

async fn learn(store: &Store, lines: Vec<Reported>) -> Payment {
    let mut tx = store.db.write().await.unwrap();
    let learned = lines.into_iter().map(Learned::from).collect();
    let payment = store.road(NOW + 9_000).learn(&mut tx, "pay_1", learned).await.unwrap();
    tx.commit().await.unwrap();
    payment
}

async fn open(store: &Store) -> Vec<(String, String)> {
    let mut tx = store.db.read().await.unwrap();
    let open = exceptions::open_of(&mut tx, MERCHANT, Mode::Test).await.unwrap();
    open.into_iter().map(|open| (open.kind, open.subject)).collect()
}

fn difference() -> Vec<(String, String)> {
    vec![("report_difference".into(), "att_1".into())]
}

on_both!(c9_a_line_that_confirms_is_kept_as_a_fact_and_changes_nothing, |store| {
    paid(store).await;
    let before = learn(store, Vec::new()).await;
    let after = learn(store, vec![line(FactKind::Approved, 1_250_000)]).await;
    assert_eq!((after.version, after.paid_at, &after.evidence), (before.version, before.paid_at, &before.evidence));
    assert!(open(store).await.is_empty());
    let mut tx = store.db.read().await.unwrap();
    let known = facts::of_payment(&mut tx, "pay_1").await.unwrap();
    let fact = known.iter().find(|fact| fact.evidence == Evidence::BankReport).unwrap();
    assert_eq!(fact.source.name, "bank report rep_1 line 7");
    assert_eq!((fact.provider_time, fact.reference.as_deref()), (Some(NOW + 5_000), Some("000123")));
    let told = journal::page(&mut tx, "pay_1", 0, 100).await.unwrap();
    assert!(told.last().unwrap().body.contains("bank report rep_1 line 7"), "the journal tells what was learned");
    let kept = movements::of_payment(&mut tx, "pay_1").await.unwrap();
    assert_eq!(kept[0].movement.evidence, Evidence::SignedNotice);
});

on_both!(c9_a_line_alone_makes_nothing_paid_and_a_look_up_that_agrees_closes_its_exception, |store| {
    started(store).await;
    let payment = learn(store, vec![line(FactKind::Approved, 1_250_000)]).await;
    assert_eq!((payment.status, payment.captured_minor, payment.announced_paid), (Status::Pending, 0, false));
    assert_eq!(open(store).await, difference());
    let mut tx = store.db.write().await.unwrap();
    let word = Learned { evidence: Evidence::Lookup, ..approved("att_1", "looked up", NOW + 1) };
    assert_eq!(store.road(NOW + 9_500).learn(&mut tx, "pay_1", vec![word]).await.unwrap().status, Status::Paid);
    tx.commit().await.unwrap();
    assert!(open(store).await.is_empty());
});

on_both!(c9_another_amount_opens_one_exception_and_stays_closed_when_a_person_closed_it, |store| {
    paid(store).await;
    let payment = learn(store, vec![line(FactKind::Approved, 1_249_900)]).await;
    assert_eq!((payment.status, payment.captured_minor), (Status::Paid, 1_250_000));
    assert_eq!(open(store).await, difference());
    let mut tx = store.db.write().await.unwrap();
    assert!(exceptions::close(&mut tx, "report_difference", "att_1", "key_1", "a fee", NOW + 9_001).await.unwrap());
    tx.commit().await.unwrap();
    learn(store, vec![Reported { report: "rep_2".into(), line: 1, ..line(FactKind::Approved, 1_249_900) }]).await;
    assert!(open(store).await.is_empty());
});

on_both!(c10_a_chargeback_line_sends_a_paid_payment_to_a_person_and_moves_its_money_out, |store| {
    paid(store).await;
    let payment = learn(store, vec![line(FactKind::ChargedBack, 1_250_000)]).await;
    assert_eq!((payment.status, payment.captured_minor), (Status::ManualReview, 1_250_000));
    assert_eq!(open(store).await, [("chargeback".to_owned(), "att_1".to_owned())]);
    let mut tx = store.db.read().await.unwrap();
    let kept = movements::of_payment(&mut tx, "pay_1").await.unwrap();
    let kinds: Vec<_> = kept.iter().map(|kept| (kept.movement.kind.word(), kept.movement.evidence)).collect();
    assert_eq!(kinds, [("capture", Evidence::SignedNotice), ("chargeback", Evidence::BankReport)]);
});

on_both!(a2_the_same_line_of_another_report_says_nothing_new, |store| {
    paid(store).await;
    let count = async || {
        let mut tx = store.db.read().await.unwrap();
        facts::of_payment(&mut tx, "pay_1").await.unwrap().len()
    };
    let first = line(FactKind::Refunded, 300);
    learn(store, vec![first.clone()]).await;
    let known = count().await;
    let overlapping = Reported { report: "rep_2".into(), line: 90, ..first.clone() };
    learn(store, vec![first.clone(), overlapping]).await;
    assert_eq!(count().await, known);
    // Another amount, time or reference is another line; what has neither time nor reference is known by its place.
    let other = [
        Reported { amount: Some(Money::new(301, Currency::Amd)), ..first.clone() },
        Reported { at: Some(NOW + 5_001), ..first.clone() },
        Reported { reference: Some("000124".into()), ..first.clone() },
        Reported { at: None, reference: None, ..first.clone() },
        Reported { at: None, reference: None, line: 8, ..first.clone() },
    ];
    learn(store, other.to_vec()).await;
    assert_eq!(count().await, known + other.len());
});

on_both!(c9_a_line_ends_the_refund_that_it_tells_of, |store| {
    paid(store).await;
    let mut tx = store.db.write().await.unwrap();
    let new = NewRefund { amount: Some(Money::new(300, Currency::Amd)), attempt: None, reason: "sent back".into() };
    let asked = store.road(NOW + 2).ask_refund(&mut tx, "pay_1", new).await.unwrap();
    let RefundAsked::Made(refund) = asked else { panic!("it may") };
    tx.commit().await.unwrap();
    let of_refund = Reported { refund: Some(refund.id.clone()), ..line(FactKind::Refunded, 300) };
    let payment = learn(store, vec![of_refund]).await;
    assert_eq!((payment.status, payment.refunded_minor), (Status::PartiallyRefunded, 300));
    assert!(open(store).await.is_empty());
    let mut tx = store.db.read().await.unwrap();
    assert_eq!(kamurj_store::refunds::by_id(&mut tx, &refund.id).await.unwrap().unwrap().state, "done");
});
