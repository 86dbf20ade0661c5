//! Which of a merchant's provider accounts is the default, and which of them can be removed.

use crate::database::{ACCOUNT, MERCHANT, NOW, on_both};
use crate::road::{create, new_payment};
use kamurj_domain::Mode;
use kamurj_store::provider_accounts::changes::{self, Change};
use kamurj_store::provider_accounts::{self, ProviderAccount, settle_default};
use kamurj_store::road::NewPayment;
use kamurj_store::{Error, Tx, secrets};

async fn first(tx: &mut Tx) -> ProviderAccount {
    provider_accounts::account(tx, ACCOUNT).await.unwrap().unwrap()
}

async fn defaults(tx: &mut Tx) -> Vec<String> {
    let all = provider_accounts::all_of(tx, MERCHANT, Mode::Test).await.unwrap();
    let is_first = all.first().is_some_and(|account| account.is_default || all.iter().all(|one| !one.is_default));
    assert!(is_first, "the default comes first: {all:?}");
    all.into_iter().filter(|account| account.is_default).map(|account| account.id).collect()
}

async fn adds(tx: &mut Tx, id: &str, label: &str, offered: bool) -> Result<ProviderAccount, Error> {
    let account = ProviderAccount {
        id: id.into(),
        label: label.into(),
        offered,
        is_default: false,
        created_at: NOW + 1,
        ..first(tx).await
    };
    provider_accounts::insert(tx, &account).await.map(|()| account)
}

async fn settles(tx: &mut Tx, wanted: Option<&str>) -> Vec<String> {
    settle_default(tx, MERCHANT, Mode::Test, wanted).await.unwrap();
    defaults(tx).await
}

on_both!(one_of_the_accounts_that_are_on_is_the_default_whatever_happens, |store| {
    let mut tx = store.db.write().await.unwrap();
    provider_accounts::hold(&mut tx, MERCHANT).await.unwrap();
    assert_eq!(defaults(&mut tx).await, [ACCOUNT]);
    adds(&mut tx, "acc_2", "kept back", false).await.unwrap();
    let third = adds(&mut tx, "acc_3", "shop", true).await.unwrap();
    assert_eq!(settles(&mut tx, None).await, [ACCOUNT], "a new one changes nothing by itself");
    assert_eq!(settles(&mut tx, Some("acc_3")).await, ["acc_3"]);
    assert_eq!(settles(&mut tx, None).await, ["acc_3"], "and it stays");
    let off = ProviderAccount { switched_off_at: Some(NOW), ..third };
    provider_accounts::change(&mut tx, &off).await.unwrap();
    assert_eq!(settles(&mut tx, Some("acc_3")).await, [ACCOUNT], "what is off cannot be it");
    let off = ProviderAccount { switched_off_at: Some(NOW), ..first(&mut tx).await };
    provider_accounts::change(&mut tx, &off).await.unwrap();
    assert_eq!(settles(&mut tx, None).await, ["acc_2"], "rather one that is not offered than none");
    let all = provider_accounts::in_force(&mut tx, MERCHANT, Mode::Test).await.unwrap();
    assert_eq!(all.iter().map(|account| account.id.as_str()).collect::<Vec<_>>(), ["acc_2"]);
    let off = ProviderAccount { switched_off_at: Some(NOW), ..all[0].clone() };
    provider_accounts::change(&mut tx, &off).await.unwrap();
    assert!(settles(&mut tx, None).await.is_empty());
    assert!(settle_default(&mut tx, MERCHANT, Mode::Live, None).await.is_ok(), "the other mode has none at all");
    tx.commit().await.unwrap();
});

on_both!(two_accounts_of_one_provider_have_labels_of_their_own, |store| {
    let mut tx = store.db.write().await.unwrap();
    adds(&mut tx, "acc_2", "shop", true).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.db.write().await.unwrap();
    assert!(matches!(adds(&mut tx, "acc_3", "shop", true).await, Err(Error::Taken)));
    tx.rollback().await.unwrap();
    let mut tx = store.db.read().await.unwrap();
    let page = provider_accounts::page(&mut tx, MERCHANT, Mode::Test, Some((NOW, ACCOUNT.into())), 10).await.unwrap();
    assert_eq!(page.iter().map(|account| account.id.as_str()).collect::<Vec<_>>(), ["acc_2"]);
});

on_both!(an_account_is_removed_whole_unless_a_payment_names_it, |store| {
    let mut tx = store.db.write().await.unwrap();
    adds(&mut tx, "acc_2", "shop", true).await.unwrap();
    let change = Change { version: 1, at: NOW, actor: "admin".into(), what: "added".into() };
    changes::note(&mut tx, "acc_2", &change).await.unwrap();
    assert_eq!(changes::newest(&mut tx, "acc_2", 5).await.unwrap(), [change]);
    secrets::put(&mut tx, "acc_2", "api_token", "sealed").await.unwrap();
    assert!(!provider_accounts::is_used(&mut tx, "acc_2").await.unwrap());
    provider_accounts::remove(&mut tx, "acc_2").await.unwrap();
    assert!(provider_accounts::account(&mut tx, "acc_2").await.unwrap().is_none());
    assert!(secrets::names(&mut tx, "acc_2").await.unwrap().is_empty());
    tx.commit().await.unwrap();
    let new = NewPayment { provider_account: Some(ACCOUNT.into()), ..new_payment("pay_1", "1001", None) };
    let made = create(store, new).await;
    assert_eq!(made.provider_account.as_deref(), Some(ACCOUNT));
    let mut tx = store.db.write().await.unwrap();
    assert!(provider_accounts::is_used(&mut tx, ACCOUNT).await.unwrap());
});
