//! The journal's rows and the head in the payment always agree, whoever writes at once.

use crate::database::{NOW, Store, on_both};
use crate::road::{approved, attempt, create, keys, new_payment};
use kamurj_domain::attempt::Answer;
use kamurj_domain::journal::verify;
use kamurj_store::{journal, payments};
use serde_json::json;
use tokio::task::JoinSet;

/// Checks numbers, links, hashes and head; answers the kinds in order.
async fn agreed(store: &Store, payment_id: &str) -> Vec<String> {
    let mut tx = store.db.read().await.unwrap();
    let payment = payments::by_id(&mut tx, payment_id).await.unwrap().unwrap();
    let entries = journal::page(&mut tx, payment_id, 0, 1_000).await.unwrap();
    assert_eq!(i64::try_from(entries.len()).unwrap(), payment.journal_length);
    assert_eq!(verify(payment_id, &entries).unwrap(), payment.journal_head);
    entries.into_iter().map(|entry| entry.kind).collect()
}

on_both!(head_and_rows_agree_after_every_step, |store| {
    let payment = create(store, new_payment("pay_1", "1001", None)).await;
    assert_eq!(agreed(store, &payment.id).await, ["payment.created"]);

    let mut tx = store.db.write().await.unwrap();
    let road = store.road(NOW + 1);
    road.start_attempt(&mut tx, "pay_1", &attempt("att_1"), &keys("form-1"), NOW + 10_000, None).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(agreed(store, "pay_1").await, ["payment.created", "fact.started", "payment.pending"]);

    let mut tx = store.db.write().await.unwrap();
    let session = Answer::Session { reference: "ps_1".into(), url: "https://bank.example/pay/1".into() };
    road.answered(&mut tx, "att_1", &session).await.unwrap();
    road.answered(&mut tx, "att_1", &session).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(agreed(store, "pay_1").await.len(), 4, "a repeated answer is not told twice");

    let mut tx = store.db.write().await.unwrap();
    road.learn(&mut tx, "pay_1", vec![approved("att_1", "notice-1", NOW + 2)]).await.unwrap();
    road.learn(&mut tx, "pay_1", vec![approved("att_1", "notice-1", NOW + 2)]).await.unwrap();
    tx.commit().await.unwrap();
    let kinds = agreed(store, "pay_1").await;
    assert_eq!(kinds[3..], ["attempt.answered", "fact.approved", "payment.paid"]);

    let mut tx = store.db.write().await.unwrap();
    road.note(&mut tx, "pay_1", "delivery.done", &json!({ "delivery": "dlv_1" })).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(agreed(store, "pay_1").await, kinds, "what is undone is not told");

    let mut tx = store.db.read().await.unwrap();
    let rest = journal::page(&mut tx, "pay_1", 4, 1).await.unwrap();
    assert_eq!(rest.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), [5], "a page begins after its place");
});

on_both!(many_writers_at_once_leave_one_chain, |store| {
    create(store, new_payment("pay_1", "1001", None)).await;
    let mut writers = JoinSet::new();
    for number in 0..16 {
        let (db, road) = (store.db.clone(), store.road(NOW + number));
        writers.spawn(async move {
            let mut tx = db.write().await.unwrap();
            road.note(&mut tx, "pay_1", "delivery.done", &json!({ "number": number })).await.unwrap();
            tx.commit().await.unwrap();
        });
    }
    writers.join_all().await;
    assert_eq!(agreed(store, "pay_1").await.len(), 17);
});
