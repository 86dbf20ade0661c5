//! A transaction for reading cannot write, and one that is not committed leaves nothing.

use crate::database::{MERCHANT, NOW, on_both};
use kamurj_domain::Mode;
use kamurj_store::jobs::{self, Kind};
use kamurj_store::{Error, payments, secrets};

on_both!(a_reading_transaction_cannot_write, |store| {
    let mut tx = store.db.read().await.unwrap();
    assert!(payments::all_of(&mut tx, MERCHANT, Mode::Test).await.unwrap().is_empty());
    assert!(matches!(jobs::put(&mut tx, Kind::Timer, "pay_1", NOW).await, Err(Error::Broken(_))));
    drop(tx);
    let mut tx = store.db.read().await.unwrap();
    assert!(matches!(secrets::put(&mut tx, "acc_1", "token", "sealed").await, Err(Error::Broken(_))));
    drop(tx);
    let mut tx = store.db.read().await.unwrap();
    assert_eq!(jobs::next_due(&mut tx).await.unwrap(), None);
    assert_eq!(secrets::get(&mut tx, "acc_1", "token").await.unwrap(), None);
});

on_both!(what_is_not_committed_never_was, |store| {
    let mut tx = store.db.write().await.unwrap();
    jobs::put(&mut tx, Kind::Timer, "pay_1", NOW).await.unwrap();
    drop(tx);
    let mut tx = store.db.write().await.unwrap();
    assert_eq!(jobs::next_due(&mut tx).await.unwrap(), None);
    jobs::put(&mut tx, Kind::Timer, "pay_1", NOW).await.unwrap();
    tx.rollback().await.unwrap();
    let mut tx = store.db.read().await.unwrap();
    assert_eq!(jobs::next_due(&mut tx).await.unwrap(), None);
});
