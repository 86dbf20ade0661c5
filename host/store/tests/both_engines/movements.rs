//! Movements of money are written with the facts that they come from, are read in pages, and come to be for payments from
//! before there were any.

use crate::database::{ACCOUNT, Engine, MERCHANT, NOW, Store, on_both};
use crate::road::{approved, attempt, create, keys, new_payment};
use kamurj_domain::{Currency, Evidence, FactKind, Mode, Money, MovementKind, Purpose, Source, Status};
use kamurj_store::movements::{self, Kept};
use kamurj_store::road::{Learned, NewRefund, RefundAsked, RefundTold};
use kamurj_store::{payments, refunds};

const OURS: (&str, Mode) = (MERCHANT, Mode::Test);
const EVER: (i64, i64) = (0, i64::MAX);

/// A payment that was paid at this time, under this reference.
pub(crate) async fn paid(store: &Store, number: i64, at: i64, reference: &str) {
    let (id, attempt_id) = (format!("pay_{number}"), format!("att_{number}"));
    create(store, new_payment(&id, &format!("order-{number}"), None)).await;
    let mut tx = store.db.write().await.unwrap();
    let road = store.road(NOW);
    road.start_attempt(&mut tx, &id, &attempt(&attempt_id), &keys(&attempt_id), NOW, None).await.unwrap();
    let word = Learned { reference: Some(reference.into()), ..approved(&attempt_id, "paid", at) };
    assert_eq!(road.learn(&mut tx, &id, vec![word]).await.unwrap().status, Status::Paid);
    tx.commit().await.unwrap();
}

async fn of(store: &Store, payment: &str) -> Vec<Kept> {
    let mut tx = store.db.read().await.unwrap();
    movements::of_payment(&mut tx, payment).await.unwrap()
}

async fn learn(store: &Store, now: i64, kind: FactKind, at: i64) -> Status {
    let source = Source { name: "vpos look-up".into(), key: format!("{}:{at}", kind.word()) };
    let word = Learned { provider_time: Some(at), ..Learned::plain("att_1", kind, Evidence::Lookup, source) };
    let mut tx = store.db.write().await.unwrap();
    let payment = store.road(now).learn(&mut tx, "pay_1", vec![word]).await.unwrap();
    tx.commit().await.unwrap();
    payment.status
}

on_both!(a_capture_is_written_with_the_fact_that_it_comes_from, |store| {
    paid(store, 1, NOW + 1, "000123").await;
    let kept = of(store, "pay_1").await;
    let [capture] = &kept[..] else { panic!("{kept:?}") };
    let of = (capture.payment_id.as_str(), capture.order_id.as_str(), capture.attempt_number.as_deref());
    assert_eq!(of, ("pay_1", "order-1", Some("number-of-att_1")));
    assert_eq!((capture.provider.as_deref(), capture.account_id.as_deref()), (Some("vpos"), Some(ACCOUNT)));
    assert_eq!((capture.recorded_at, capture.gone_at), (NOW, None));
    let moved = &capture.movement;
    assert_eq!(
        (moved.id.as_str(), moved.kind, moved.purpose),
        ("mov_taken_att_1", MovementKind::Capture, Purpose::Order)
    );
    assert_eq!(moved.amount, Money::new(1_250_000, Currency::Amd));
    assert_eq!((moved.at, moved.is_providers_time), (NOW + 1, true));
    assert_eq!((moved.reference.as_deref(), moved.evidence), (Some("000123"), Evidence::SignedNotice));
    // Undone with the facts.
    let mut tx = store.db.write().await.unwrap();
    let source = Source { name: "vpos look-up".into(), key: "back".into() };
    let word = Learned {
        provider_time: Some(NOW + 5),
        ..Learned::plain("att_1", FactKind::Reversed, Evidence::Lookup, source)
    };
    store.road(NOW + 6).learn(&mut tx, "pay_1", vec![word]).await.unwrap();
    assert_eq!(movements::of_payment(&mut tx, "pay_1").await.unwrap().len(), 2);
    tx.rollback().await.unwrap();
    assert_eq!(self::of(store, "pay_1").await, kept);
});

on_both!(what_facts_take_back_is_marked_and_comes_back_as_the_same_movement, |store| {
    paid(store, 1, NOW + 1, "000123").await;
    assert_eq!(learn(store, NOW + 10, FactKind::Declined, NOW + 5).await, Status::ManualReview);
    let kept = of(store, "pay_1").await;
    assert_eq!(
        kept.iter().map(|kept| kept.gone_at).collect::<Vec<_>>(),
        [Some(NOW + 10)],
        "in dispute it counts no more"
    );
    let mut tx = store.db.read().await.unwrap();
    assert!(movements::between(&mut tx, OURS, EVER, None, 9).await.unwrap().is_empty());
    assert!(movements::totals(&mut tx, OURS, EVER).await.unwrap().is_empty());
    assert_eq!(movements::by_reference(&mut tx, OURS, "000123").await.unwrap(), kept, "it is found all the same");
    drop(tx);
    let word = Learned { evidence: Evidence::Lookup, ..approved("att_1", "again", NOW + 7) };
    let mut tx = store.db.write().await.unwrap();
    assert_eq!(store.road(NOW + 20).learn(&mut tx, "pay_1", vec![word]).await.unwrap().status, Status::Paid);
    tx.commit().await.unwrap();
    let again = of(store, "pay_1").await;
    let [capture] = &again[..] else { panic!("{again:?}") };
    assert_eq!((capture.recorded_at, capture.gone_at), (NOW, None));
    assert_eq!((capture.movement.at, capture.movement.evidence), (NOW + 7, Evidence::Lookup));
});

on_both!(refunds_and_what_the_bank_takes_back_stand_beside_the_capture, |store| {
    paid(store, 1, NOW + 1, "000123").await;
    let mut tx = store.db.write().await.unwrap();
    let road = store.road(NOW + 2);
    let new = NewRefund { amount: Some(Money::new(300, Currency::Amd)), attempt: None, reason: "sent back".into() };
    let RefundAsked::Made(refund) = road.ask_refund(&mut tx, "pay_1", new).await.unwrap() else { panic!("it may") };
    assert_eq!(movements::of_payment(&mut tx, "pay_1").await.unwrap().len(), 1, "nothing moved yet");
    let told = RefundTold {
        refund: refund.id.clone(),
        kind: FactKind::Refunded,
        evidence: Evidence::Lookup,
        source: Source { name: "vpos look-up".into(), key: "refunded".into() },
        amount: Some(refund.amount),
        provider_time: None,
        reference: Some("000124".into()),
        reason: None,
        message: None,
        purpose: None,
    };
    road.refund_told(&mut tx, told).await.unwrap();
    assert_eq!(refunds::by_id(&mut tx, &refund.id).await.unwrap().unwrap().state, "done");
    tx.commit().await.unwrap();
    assert_eq!(learn(store, NOW + 10, FactKind::ChargedBack, NOW + 5).await, Status::ManualReview);

    let line = |kept: &Kept| {
        (kept.movement.kind, kept.movement.amount.minor, kept.movement.at, kept.movement.is_providers_time)
    };
    let kept = of(store, "pay_1").await;
    assert_eq!(
        kept.iter().map(line).collect::<Vec<_>>(),
        [
            (MovementKind::Capture, 1_250_000, NOW + 1, true),
            (MovementKind::Refund, 300, NOW + 2, false),
            (MovementKind::Chargeback, 1_249_700, NOW + 5, true),
        ]
    );
    assert_eq!(kept[1].movement.refund.as_deref(), Some(refund.id.as_str()));
    let mut tx = store.db.read().await.unwrap();
    let found = movements::by_reference(&mut tx, OURS, "000124").await.unwrap();
    assert_eq!(found, kept[1..2]);
    let payment = payments::by_id(&mut tx, "pay_1").await.unwrap().unwrap();
    assert_eq!((payment.captured_minor, payment.refunded_minor), (1_250_000, 300));
});

on_both!(pages_walk_over_each_movement_of_a_span_once_and_sums_count_the_same, |store| {
    // The last of the span is before its end, and several move at one moment.
    for (number, at) in (1..).zip([0, 1, 1, 1, 2, 3]) {
        paid(store, number, NOW + at, "same").await;
    }
    let mut tx = store.db.read().await.unwrap();
    let span = (NOW + 1, NOW + 3);
    let mut walked: Vec<String> = Vec::new();
    let mut after: Option<(i64, String)> = None;
    loop {
        let last = after.as_ref().map(|(at, id)| (*at, id.as_str()));
        let page = movements::between(&mut tx, OURS, span, last, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some((last.movement.at, last.movement.id.clone()));
        walked.extend(page.iter().map(|kept| kept.order_id.clone()));
    }
    assert_eq!(walked, ["order-2", "order-3", "order-4", "order-5"]);
    let [total] = &movements::totals(&mut tx, OURS, span).await.unwrap()[..] else { panic!("one kind, one currency") };
    assert_eq!((total.kind.as_str(), total.purpose.as_str(), total.currency.as_str()), ("capture", "order", "AMD"));
    assert_eq!((total.count, total.sum_minor), (4, 4 * 1_250_000));
    assert_eq!(movements::by_reference(&mut tx, OURS, "same").await.unwrap().len(), 6);
});

on_both!(h1_no_other_merchant_and_no_other_mode_reads_a_movement, |store| {
    paid(store, 1, NOW + 1, "000123").await;
    let mut tx = store.db.read().await.unwrap();
    for others in [("mer_2", Mode::Test), (MERCHANT, Mode::Live)] {
        assert!(movements::between(&mut tx, others, EVER, None, 9).await.unwrap().is_empty());
        assert!(movements::totals(&mut tx, others, EVER).await.unwrap().is_empty());
        assert!(movements::by_reference(&mut tx, others, "000123").await.unwrap().is_empty());
    }
    assert_eq!(movements::between(&mut tx, OURS, EVER, None, 9).await.unwrap().len(), 1);
});

/// What the first version wrote of two payments that were paid, one of which it had no movements of, and one that was not.
const BEFORE_MOVEMENTS: &str = "
INSERT INTO merchants (id, name, locale, created_at) VALUES ('mer_1', 'Gata House', 'hy', 1);
INSERT INTO provider_accounts (id, merchant_id, mode, provider, settings, created_at)
VALUES ('acc_1', 'mer_1', 'test', 'vpos', '{}', 1);
INSERT INTO payments
    (id, merchant_id, mode, order_id, amount_minor, currency, particulars, token_hash, token_sealed, created_at,
     expires_at, status, version, captured_minor, surplus_minor, refunded_minor, announced_paid, rule, evidence,
     exceptions, updated_at, journal_length, journal_head)
SELECT 'pay_' || number, 'mer_1', 'test', 'A-' || number, 1250000, 'AMD', '{\"locale\":\"hy\"}', 'hash' || number, 'sealed',
    1795248000000, 1795507200000, 'paid', 2, 1250000, 0, 0, 1, 'confirmed paid, as asked', '', '[]',
    1795248000000, 0, '0000000000000000000000000000000000000000000000000000000000000000'
FROM (SELECT '1' AS number UNION SELECT '2' UNION SELECT '3') AS numbers;
INSERT INTO attempts
    (id, payment_id, account_id, provider, number, form_key, amount_minor, currency, started_at, session_ends_at, call,
     reference, return_hash, return_sealed)
SELECT 'att_' || number, 'pay_' || number, 'acc_1', 'vpos', 'k_' || number, 'form', 1250000, 'AMD', 1795248000000,
    1795249200000, '{\"state\":\"open\",\"reference\":\"ps_1\",\"url\":\"https://bank.example/1\"}', 'ps_' || number,
    'return' || number, 'sealed'
FROM (SELECT '1' AS number UNION SELECT '2' UNION SELECT '3') AS numbers;
INSERT INTO facts
    (id, payment_id, attempt_id, kind, evidence, source_name, source_key, amount_minor, currency, provider_time, received_at,
     reference)
SELECT 'fct_' || number, 'pay_' || number, 'att_' || number, 'approved', 'lookup', 'vpos look-up', 'approved', 1250000,
    'AMD', 1795248060000, 1795248061000, 'rrn-' || number
FROM (SELECT '1' AS number UNION SELECT '2') AS numbers;
INSERT INTO facts
    (id, payment_id, attempt_id, kind, evidence, source_name, source_key, amount_minor, currency, received_at)
VALUES ('fct_3', 'pay_3', 'att_3', 'started', 'own', 'checkout', 'started', 1250000, 'AMD', 1795248061000);
";

async fn come_to_be(store: &Store) {
    let mut tx = store.db.write().await.unwrap();
    assert_eq!(movements::missing(&mut tx, 9).await.unwrap(), ["pay_1", "pay_2"]);
    assert!(movements::between(&mut tx, OURS, EVER, None, 9).await.unwrap().is_empty());
    let road = store.road(NOW + 3_600_000);
    assert_eq!(road.write_missing_movements(&mut tx, 1).await.unwrap(), 1);
    assert_eq!(movements::missing(&mut tx, 9).await.unwrap(), ["pay_2"]);
    assert_eq!(road.write_missing_movements(&mut tx, 9).await.unwrap(), 1);
    assert_eq!(road.write_missing_movements(&mut tx, 9).await.unwrap(), 0);
    let all = movements::between(&mut tx, OURS, EVER, None, 9).await.unwrap();
    let references: Vec<_> = all.iter().filter_map(|kept| kept.movement.reference.as_deref()).collect();
    assert_eq!(references, ["rrn-1", "rrn-2"]);
    assert!(all.iter().all(|kept| kept.movement.at == 1_795_248_060_000 && kept.recorded_at == road.now));
    tx.commit().await.unwrap();
}

fn upgraded(engine: Engine) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::of_first_version(engine, BEFORE_MOVEMENTS).await;
        come_to_be(&store).await;
        store.db.close().await;
    });
}

mod e11_payments_from_before_there_were_movements_get_theirs_bit_by_bit {
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
