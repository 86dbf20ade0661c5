//! The one road: a request makes one payment, a payment has one attempt under way, a statement counts once.

use crate::database::{ACCOUNT, INSTALLATION, MERCHANT, NOW, Store, on_both};
use kamurj_domain::attempt::{Answer, Call};
use kamurj_domain::{Attempt, Currency, Evidence, FactKind, Mode, Money, Particulars, Source, Status};
use kamurj_store::payments::{self, Payment};
use kamurj_store::road::{Created, Learned, NewPayment, Started};
use kamurj_store::{attempts, deliveries};
use tokio::task::JoinSet;

const HOUR: i64 = 3_600_000;

fn price() -> Money {
    Money::new(1_250_000, Currency::Amd)
}

pub(crate) fn new_payment(id: &str, order: &str, request_key: Option<&str>) -> NewPayment {
    NewPayment {
        id: id.into(),
        merchant_id: MERCHANT.into(),
        mode: Mode::Test,
        order_id: order.into(),
        amount: price(),
        expires_at: NOW + HOUR,
        particulars: Particulars { description: "A cake".into(), ..Particulars::default() },
        provider_account: None,
        token_sealed: "sealed".into(),
        keys: payments::Keys { token_hash: format!("token of {id}"), request_key: request_key.map(str::to_owned) },
    }
}

pub(crate) fn attempt(id: &str) -> Attempt {
    Attempt {
        id: id.into(),
        number: format!("number-of-{id}"),
        provider: "vpos".into(),
        account: ACCOUNT.into(),
        asked: price(),
        started_at: NOW,
        session_ends_at: NOW + HOUR / 3,
        call: Call::Dispatched,
    }
}

pub(crate) fn keys(form_key: &str) -> attempts::Keys {
    attempts::Keys {
        form_key: form_key.into(),
        return_hash: format!("return of {form_key}"),
        return_sealed: "sealed".into(),
    }
}

pub(crate) fn approved(attempt: &str, key: &str, provider_time: i64) -> Learned {
    Learned {
        amount: Some(price()),
        provider_time: Some(provider_time),
        reference: Some("000123".into()),
        ..Learned::plain(
            attempt,
            FactKind::Approved,
            Evidence::SignedNotice,
            Source { name: "vpos webhook".into(), key: key.into() },
        )
    }
}

pub(crate) async fn create(store: &Store, new: NewPayment) -> Payment {
    match ask(store, new).await {
        Created::Made(payment) => *payment,
        other => panic!("{other:?}"),
    }
}

async fn ask(store: &Store, new: NewPayment) -> Created {
    let mut tx = store.db.write().await.unwrap();
    let created = store.road(NOW).create(&mut tx, new).await.unwrap();
    tx.commit().await.unwrap();
    created
}

async fn start(store: &Store, attempt_id: &str, form_key: &str, now: i64) -> Started {
    let mut tx = store.db.write().await.unwrap();
    let road = store.road(now);
    let started =
        road.start_attempt(&mut tx, "pay_1", &attempt(attempt_id), &keys(form_key), now + 10_000, None).await.unwrap();
    tx.commit().await.unwrap();
    started
}

async fn owed(store: &Store) -> Vec<(String, String, i64)> {
    let mut tx = store.db.read().await.unwrap();
    let owed = deliveries::of_payment(&mut tx, "pay_1").await.unwrap();
    owed.into_iter().map(|delivery| (delivery.installation_id, delivery.event, delivery.version)).collect()
}

on_both!(the_same_request_finds_its_payment_and_the_same_order_is_taken, |store| {
    create(store, new_payment("pay_1", "1001", Some("request-1"))).await;
    match ask(store, new_payment("pay_2", "1001", Some("request-1"))).await {
        Created::Known(known) => assert_eq!((known.id.as_str(), known.journal_length), ("pay_1", 1)),
        other => panic!("{other:?}"),
    }
    for (id, request_key) in [("pay_3", Some("request-2")), ("pay_4", None)] {
        match ask(store, new_payment(id, "1001", request_key)).await {
            Created::OrderTaken(known) => assert_eq!(known.id, "pay_1"),
            other => panic!("{other:?}"),
        }
    }
    create(store, new_payment("pay_5", "1002", None)).await;
    create(store, new_payment("pay_6", "1003", None)).await;
    let live = NewPayment { mode: Mode::Live, ..new_payment("pay_7", "1001", Some("request-1")) };
    create(store, live).await;
    assert_eq!(owed(store).await, [(INSTALLATION.to_owned(), "payment.created".to_owned(), 1)]);
});

on_both!(the_same_request_many_times_at_once_makes_one_payment, |store| {
    let mut requests = JoinSet::new();
    for number in 0..10 {
        let (db, road) = (store.db.clone(), store.road(NOW));
        requests.spawn(async move {
            let mut tx = db.write().await.unwrap();
            let new = new_payment(&format!("pay_{number}"), "1001", Some("request-1"));
            let created = road.create(&mut tx, new).await.unwrap();
            tx.commit().await.unwrap();
            created
        });
    }
    let created = requests.join_all().await;
    let made = created.iter().filter(|created| matches!(created, Created::Made(_))).count();
    let known = created.iter().filter(|created| matches!(created, Created::Known(_))).count();
    assert_eq!((made, known), (1, 9));
    let mut tx = store.db.read().await.unwrap();
    assert_eq!(payments::all_of(&mut tx, MERCHANT, Mode::Test).await.unwrap().len(), 1);
});

on_both!(sixteen_forms_at_once_start_one_attempt, |store| {
    create(store, new_payment("pay_1", "1001", None)).await;
    let mut forms = JoinSet::new();
    for number in 0..16 {
        let (db, road) = (store.db.clone(), store.road(NOW));
        forms.spawn(async move {
            let mut tx = db.write().await.unwrap();
            let attempt = attempt(&format!("att_{number}"));
            let keys = keys(&format!("form-{number}"));
            let started = road.start_attempt(&mut tx, "pay_1", &attempt, &keys, NOW + 10_000, None).await.unwrap();
            tx.commit().await.unwrap();
            started
        });
    }
    let started = forms.join_all().await;
    assert_eq!(started.iter().filter(|started| matches!(started, Started::Made)).count(), 1, "{started:?}");
    let mut tx = store.db.read().await.unwrap();
    let stored = attempts::of_payment(&mut tx, "pay_1").await.unwrap();
    assert_eq!(stored.len(), 1);
    for started in started {
        match started {
            Started::Made => {}
            Started::UnderWay(under_way) => assert_eq!(under_way.attempt, stored[0].attempt),
            other => panic!("{other:?}"),
        }
    }
});

on_both!(the_same_form_finds_its_attempt_and_a_refused_one_makes_room, |store| {
    assert!(matches!(start(store, "att_1", "form-1", NOW).await, Started::NoPayment));
    create(store, new_payment("pay_1", "1001", None)).await;
    assert!(matches!(start(store, "att_1", "form-1", NOW).await, Started::Made));
    match start(store, "att_2", "form-1", NOW).await {
        Started::SameForm(known) => assert_eq!(known.attempt.id, "att_1"),
        other => panic!("{other:?}"),
    }
    assert!(matches!(start(store, "att_2", "form-2", NOW).await, Started::UnderWay(_)));

    let mut tx = store.db.write().await.unwrap();
    let none = Answer::None { reason: "the provider answered 422".into() };
    store.road(NOW).answered(&mut tx, "att_1", &none).await.unwrap();
    assert_eq!(payments::by_id(&mut tx, "pay_1").await.unwrap().unwrap().status, Status::Failed);
    tx.commit().await.unwrap();
    assert!(matches!(start(store, "att_2", "form-2", NOW + 1).await, Started::Made));
});

on_both!(a_session_found_after_a_refusal_is_under_way_and_nobody_starts_a_second, |store| {
    create(store, new_payment("pay_1", "1001", None)).await;
    assert!(matches!(start(store, "att_1", "form-1", NOW).await, Started::Made));
    let none = Answer::None { reason: "the provider answered 429".into() };
    let session = Answer::Session { reference: "ps_1".into(), url: "https://bank.example/pay/1".into() };
    for (answer, expected) in [(none, Status::Failed), (session, Status::Pending)] {
        let mut tx = store.db.write().await.unwrap();
        store.road(NOW + 1).answered(&mut tx, "att_1", &answer).await.unwrap();
        assert_eq!(payments::by_id(&mut tx, "pay_1").await.unwrap().unwrap().status, expected);
        tx.commit().await.unwrap();
    }
    match start(store, "att_2", "form-2", NOW + 2).await {
        Started::UnderWay(known) => assert_eq!(known.attempt.id, "att_1"),
        other => panic!("{other:?}"),
    }
});

on_both!(a_payment_that_is_over_takes_no_attempt, |store| {
    create(store, new_payment("pay_1", "1001", None)).await;
    assert!(matches!(start(store, "att_1", "form-1", NOW + HOUR).await, Started::Closed(Status::Expired)));
    let mut tx = store.db.read().await.unwrap();
    assert!(attempts::of_payment(&mut tx, "pay_1").await.unwrap().is_empty());
    let payment = payments::by_id(&mut tx, "pay_1").await.unwrap().unwrap();
    assert_eq!(payment.status, Status::Expired, "what was found on the way is kept");
});

on_both!(a_repeated_statement_owes_nothing_more, |store| {
    create(store, new_payment("pay_1", "1001", None)).await;
    start(store, "att_1", "form-1", NOW).await;
    let mut statements = JoinSet::new();
    for _ in 0..8 {
        let (db, road) = (store.db.clone(), store.road(NOW + 2));
        statements.spawn(async move {
            let mut tx = db.write().await.unwrap();
            let payment = road.learn(&mut tx, "pay_1", vec![approved("att_1", "paid:ps_1", NOW + 1)]).await.unwrap();
            tx.commit().await.unwrap();
            (payment.status, payment.version, payment.captured_minor)
        });
    }
    let answers = statements.join_all().await;
    assert!(answers.iter().all(|answer| *answer == (Status::Paid, 3, 1_250_000)), "{answers:?}");
    let owed = owed(store).await;
    let told: Vec<_> = owed.iter().map(|(_, event, version)| (event.as_str(), *version)).collect();
    assert_eq!(told, [("payment.created", 1), ("payment.paid", 3)]);
});
