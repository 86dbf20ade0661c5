//! One key, one piece of work, one answer.

use crate::database::{NOW, on_both};
use kamurj_store::Db;
use kamurj_store::idempotency::{self, Answer, KEPT_MS};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::task::JoinSet;

async fn claim(db: &Db, key: &str, now: i64) -> Option<Answer> {
    let mut tx = db.write().await.unwrap();
    let answer = idempotency::claim(&mut tx, "mer_1:test", key, "fingerprint", now).await.unwrap();
    tx.rollback().await.unwrap();
    answer
}

async fn answer(db: &Db, key: &str, now: i64) -> Option<Answer> {
    let mut tx = db.write().await.unwrap();
    let known = idempotency::claim(&mut tx, "mer_1:test", key, "fingerprint", now).await.unwrap();
    if known.is_none() {
        idempotency::store(&mut tx, "mer_1:test", key, 201, "sealed").await.unwrap();
    }
    tx.commit().await.unwrap();
    known
}

on_both!(many_requests_at_once_with_one_key_do_the_work_once, |store| {
    let work = Arc::new(AtomicU32::new(0));
    let mut requests = JoinSet::new();
    for _ in 0..10 {
        let (db, work) = (store.db.clone(), work.clone());
        requests.spawn(async move {
            let mut tx = db.write().await.unwrap();
            match idempotency::claim(&mut tx, "mer_1:test", "key-1", "fingerprint", NOW).await.unwrap() {
                None => {
                    work.fetch_add(1, Ordering::SeqCst);
                    // Gives the others every chance to come in between.
                    for _ in 0..50 {
                        tokio::task::yield_now().await;
                    }
                    idempotency::store(&mut tx, "mer_1:test", "key-1", 201, "sealed").await.unwrap();
                }
                Some(answer) => {
                    let Answer { fingerprint, status, answer_sealed } = answer;
                    assert_eq!((fingerprint.as_str(), status, answer_sealed.as_str()), ("fingerprint", 201, "sealed"));
                }
            }
            tx.commit().await.unwrap();
        });
    }
    requests.join_all().await;
    assert_eq!(work.load(Ordering::SeqCst), 1);
});

on_both!(a_key_whose_work_was_undone_is_free, |store| {
    assert!(claim(&store.db, "key-1", NOW).await.is_none());
    assert!(answer(&store.db, "key-1", NOW).await.is_none(), "the first came to nothing");
    assert_eq!(claim(&store.db, "key-1", NOW).await.unwrap().status, 201);
    assert!(claim(&store.db, "key-2", NOW).await.is_none(), "another key");
});

on_both!(an_answer_is_kept_thirty_days, |store| {
    assert!(answer(&store.db, "key-1", NOW).await.is_none());
    assert!(claim(&store.db, "key-1", NOW + KEPT_MS - 1).await.is_some());
    assert!(answer(&store.db, "key-1", NOW + KEPT_MS).await.is_none(), "then the key may be used again");
    assert!(claim(&store.db, "key-1", NOW + KEPT_MS + 1).await.is_some());
});
