//! A database of the first version, with a customer at the bank and a message set aside, is brought up to date and goes on.

use crate::database::{Engine, MERCHANT, NOW, Store};
use crate::road::approved;
use kamurj_domain::{Mode, Status};
use kamurj_store::jobs::{self, Kind};
use kamurj_store::{attempts, exceptions, facts, payments, provider_accounts};

/// What the first version wrote: a payment whose attempt is open at the bank, with its look-up due and a notice put aside.
const FIRST_VERSION: &str = "
INSERT INTO merchants (id, name, locale, created_at) VALUES ('mer_1', 'Gata House', 'hy', 1);
INSERT INTO provider_accounts (id, merchant_id, mode, provider, settings, created_at)
VALUES ('acc_1', 'mer_1', 'test', 'vpos', '{}', 1);
INSERT INTO payments
    (id, merchant_id, mode, order_id, amount_minor, currency, particulars, token_hash, token_sealed, created_at,
     expires_at, status, version, captured_minor, surplus_minor, refunded_minor, announced_paid, rule, evidence,
     exceptions, updated_at, journal_length, journal_head)
VALUES ('pay_1', 'mer_1', 'test', 'A-1', 1250000, 'AMD', '{\"locale\":\"hy\"}', 'hash', 'sealed',
    1795248000000, 1795507200000, 'pending', 2, 0, 0, 0, 0, 'an attempt is under way', '', '[]',
    1795248000000, 0, '0000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO attempts
    (id, payment_id, account_id, provider, number, form_key, amount_minor, currency, started_at, session_ends_at, call,
     reference, return_hash, return_sealed)
VALUES ('att_1', 'pay_1', 'acc_1', 'vpos', 'k_1', 'form', 1250000, 'AMD', 1795248000000, 1795249200000,
    '{\"state\":\"open\",\"reference\":\"ps_1\",\"url\":\"https://bank.example/1\"}', 'ps_1', 'return', 'sealed');
INSERT INTO facts
    (id, payment_id, attempt_id, kind, evidence, source_name, source_key, amount_minor, currency, received_at)
VALUES ('fct_1', 'pay_1', 'att_1', 'started', 'own', 'checkout', 'started:att_1', 1250000, 'AMD', 1795248000000);
INSERT INTO exceptions (id, merchant_id, mode, kind, subject, detail, opened_at)
VALUES ('exc_1', 'mer_1', 'test', 'unmatched_notice', 'inb_1', 'no attempt has this order number', 1795248000000);
INSERT INTO jobs (id, kind, subject, lane, place, due_at, lease_until, fence, tries)
VALUES ('lookup:att_1', 'lookup', 'att_1', 'lookup:att_1', 0, 1795248020000, 0, 0, 0);
";

async fn goes_on(store: &Store) {
    let mut tx = store.db.write().await.unwrap();
    let payment = payments::by_id(&mut tx, "pay_1").await.unwrap().unwrap();
    assert_eq!((payment.status, payment.open_until), (Status::Pending, payment.terms.expires_at));
    let account = provider_accounts::account(&mut tx, "acc_1").await.unwrap().unwrap();
    assert_eq!((account.provider.as_str(), account.label.as_str(), account.version), ("vpos", "vpos", 1));
    assert!(account.is_default && account.offered && account.is_on() && account.titles.is_empty());
    assert_eq!(payment.provider_account, None);
    let known = facts::of_payment(&mut tx, "pay_1").await.unwrap();
    assert!(known.len() == 1 && known[0].is_about("att_1"), "{known:?}");
    assert_eq!(attempts::of_payment(&mut tx, "pay_1").await.unwrap().len(), 1);
    assert_eq!(jobs::due_of(&mut tx, Kind::Lookup, "att_1").await.unwrap(), Some(1_795_248_020_000));
    let set_aside = exceptions::open_of(&mut tx, MERCHANT, Mode::Test).await.unwrap();
    assert_eq!(set_aside.iter().map(|open| open.kind.as_str()).collect::<Vec<_>>(), ["unknown_order"]);

    let fact = approved("att_1", "push:1", NOW + 60_000);
    let paid = store.road(NOW + 61_000).learn(&mut tx, "pay_1", vec![fact]).await.unwrap();
    assert_eq!((paid.status, paid.captured_minor), (Status::Paid, 1_250_000));
    tx.commit().await.unwrap();
}

fn upgraded(engine: Engine) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::of_first_version(engine, FIRST_VERSION).await;
        goes_on(&store).await;
        store.db.close().await;
    });
}

mod e11_a_database_of_the_first_version_is_brought_up_to_date_and_its_open_payment_is_paid {
    use super::*;

    #[test]
    fn sqlite() {
        upgraded(Engine::Sqlite);
    }

    #[test]
    fn postgres() {
        upgraded(Engine::Postgres);
    }
}
