//! The merchant's acts on the road: withdrawing, a new end, and another start by the customer.

use crate::database::{NOW, Store, on_both};
use crate::road::{approved, attempt, create, keys, new_payment};
use kamurj_domain::Status;
use kamurj_store::attempts;
use kamurj_store::road::{Acted, Change, Changed, Started};

const HOUR: i64 = 3_600_000;

async fn start(store: &Store, attempt_id: &str, form: &str, again: Option<&str>) -> Started {
    let mut tx = store.db.write().await.unwrap();
    let road = store.road(NOW);
    let started = road.start_attempt(&mut tx, "pay_1", &attempt(attempt_id), &keys(form), NOW, again).await.unwrap();
    tx.commit().await.unwrap();
    started
}

on_both!(money_that_moved_at_the_moment_of_the_withdrawal_counts_and_a_moment_later_is_late, |store| {
    for (number, after, expected) in [(0, 0, Status::Paid), (1, 1, Status::ManualReview)] {
        let (id, attempt_id) = (format!("pay_{number}"), format!("att_{number}"));
        create(store, new_payment(&id, &format!("order-{number}"), None)).await;
        let mut tx = store.db.write().await.unwrap();
        let started = store
            .road(NOW)
            .start_attempt(&mut tx, &id, &attempt(&attempt_id), &keys(&attempt_id), NOW, None)
            .await
            .unwrap();
        assert!(matches!(started, Started::Made));
        let road = store.road(NOW + 10);
        assert!(matches!(road.cancel(&mut tx, &id, None, None).await.unwrap(), Acted::Done(_)));
        assert!(matches!(road.cancel(&mut tx, &id, None, None).await.unwrap(), Acted::Known(_)));
        let road = store.road(NOW + HOUR);
        let word = approved(&attempt_id, &format!("paid:{id}"), NOW + 10 + after);
        assert_eq!(road.learn(&mut tx, &id, vec![word]).await.unwrap().status, expected);
        tx.commit().await.unwrap();
    }
});

on_both!(an_expired_payment_gets_a_new_end_and_a_withdrawn_one_does_not, |store| {
    create(store, new_payment("pay_1", "1001", None)).await;
    let mut tx = store.db.write().await.unwrap();
    let road = store.road(NOW + HOUR);
    assert_eq!(road.tick(&mut tx, "pay_1").await.unwrap().status, Status::Expired);
    let change = Change { expires_at: Some(NOW + 3 * HOUR), ..Change::default() };
    match road.change(&mut tx, "pay_1", &change).await.unwrap() {
        Changed::Done(payment) => {
            assert_eq!((payment.status, payment.open_until), (Status::Created, NOW + 3 * HOUR));
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(road.cancel(&mut tx, "pay_1", Some("sold out"), None).await.unwrap(), Acted::Done(_)));
    assert!(matches!(road.change(&mut tx, "pay_1", &change).await.unwrap(), Changed::NotNow(Status::Cancelled)));
    tx.commit().await.unwrap();
});

on_both!(b4_in_one_moment_too_another_start_leaves_only_the_newest_attempt, |store| {
    create(store, new_payment("pay_1", "1001", None)).await;
    // By its id the second sorts before the first.
    assert!(matches!(start(store, "att_z", "form-1", None).await, Started::Made));
    assert!(matches!(start(store, "att_a", "form-2", Some("att_z")).await, Started::Made));
    match start(store, "att_b", "form-3", Some("att_z")).await {
        Started::UnderWay(known) => assert_eq!(known.attempt.id, "att_a"),
        other => panic!("{other:?}"),
    }
    let mut tx = store.db.read().await.unwrap();
    assert_eq!(attempts::of_payment(&mut tx, "pay_1").await.unwrap().len(), 2);
});
