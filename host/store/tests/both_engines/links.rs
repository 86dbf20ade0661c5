//! The places of a payment link: never more held and taken than the cap, each given back once, each paid one kept, and what
//! a payment gives released when it is first paid.

use crate::database::{ACCOUNT, MERCHANT, NOW, Store, on_both};
use crate::road::{approved, attempt, create, keys, new_payment};
use kamurj_domain::link::{ContactAsked, Price, Texts};
use kamurj_domain::payment::LatePayment;
use kamurj_domain::{Attempt, Currency, LinkKind, Mode, Offer, Policy, Status};
use kamurj_store::links::places::{self, NewPress, Place};
use kamurj_store::links::{self, Link};
use kamurj_store::road::Started;
use kamurj_store::{Db, Tx};
use kamurj_store::{merchants, payments};
use std::collections::BTreeMap;
use tokio::task::JoinSet;

const HOUR: i64 = 3_600_000;

fn link(id: &str, cap: Option<i64>) -> Link {
    Link {
        id: id.into(),
        merchant_id: MERCHANT.into(),
        mode: Mode::Test,
        kind: LinkKind::Fixed,
        token_sealed: "sealed".into(),
        offer: Offer {
            title: Texts { hy: Some("Դաս".into()), ..Texts::default() },
            description: Texts::default(),
            currency: Currency::Amd,
            price: Price::Fixed { minor: 1_250_000 },
            quantity: None,
            deliveries: Vec::new(),
            questions: Vec::new(),
            contact: ContactAsked::Optional,
            payment_life_ms: HOUR,
            metadata: serde_json::Map::new(),
        },
        cap,
        held: 0,
        taken: 0,
        valid_from: None,
        valid_until: Some(NOW + HOUR),
        active: true,
        off_reason: Texts::default(),
        provider_account: None,
        fulfilment_sealed: Some("sealed fulfilment".into()),
        version: 1,
        created_at: NOW,
        updated_at: NOW,
    }
}

async fn make(store: &Store, link: &Link) {
    let mut tx = store.db.write().await.unwrap();
    links::insert(&mut tx, link, &format!("token of {}", link.id)).await.unwrap();
    tx.commit().await.unwrap();
}

fn press(payment: &str) -> NewPress {
    NewPress {
        payment_id: payment.into(),
        form_key: format!("form of {payment}"),
        quantity: 1,
        delivery: None,
        answers: BTreeMap::from([("level".to_owned(), "a1".to_owned())]),
        personal_sealed: None,
    }
}

/// Makes a payment and gives it a place, if there is one.
async fn presses(store: &Store, link_id: &str, payment: &str) -> bool {
    accepts_late_money(store).await;
    create(store, new_payment(payment, &format!("order of {payment}"), None)).await;
    let mut tx = store.db.write().await.unwrap();
    let held = holds(&mut tx, link_id, payment).await;
    tx.commit().await.unwrap();
    held
}

async fn accepts_late_money(store: &Store) {
    let mut tx = store.db.write().await.unwrap();
    let policy = Policy { late_payment: LatePayment::Accept, ..Policy::default() };
    assert!(merchants::set_policy(&mut tx, MERCHANT, &policy).await.unwrap());
    tx.commit().await.unwrap();
}

async fn holds(tx: &mut Tx, link_id: &str, payment: &str) -> bool {
    let link = links::lock(tx, link_id).await.unwrap().unwrap();
    if link.has_room() {
        places::hold(tx, &link, &press(payment), NOW).await.unwrap();
    }
    link.has_room()
}

async fn starts(store: &Store, payment: &str, now: i64) {
    let mut tx = store.db.write().await.unwrap();
    let attempt = Attempt { account: ACCOUNT.into(), ..attempt(&format!("att of {payment}")) };
    let keys = keys(&format!("form of {payment}"));
    let started = store.road(now).start_attempt(&mut tx, payment, &attempt, &keys, now + 1, None).await.unwrap();
    assert!(matches!(started, Started::Made), "{started:?}");
    tx.commit().await.unwrap();
}

/// The bank says that it took the money at this time; the merchant accepts late money.
async fn pays(store: &Store, payment: &str, at: i64) -> Status {
    let mut tx = store.db.write().await.unwrap();
    let road = store.road(at);
    let fact = approved(&format!("att of {payment}"), &format!("paid:{payment}"), at);
    let status = road.learn(&mut tx, payment, vec![fact]).await.unwrap().status;
    tx.commit().await.unwrap();
    status
}

async fn ticks(store: &Store, payment: &str, now: i64) -> Status {
    let mut tx = store.db.write().await.unwrap();
    let status = store.road(now).tick(&mut tx, payment).await.unwrap().status;
    tx.commit().await.unwrap();
    status
}

/// Held and taken places as the link counts them.
async fn counted(db: &Db, link_id: &str) -> (i64, i64) {
    let mut tx = db.read().await.unwrap();
    let link = links::by_id(&mut tx, link_id).await.unwrap().unwrap();
    (link.held, link.taken)
}

async fn place(db: &Db, payment: &str) -> Place {
    let mut tx = db.read().await.unwrap();
    places::of_payment(&mut tx, payment).await.unwrap().unwrap().place
}

/// Since when what the payment gives may be shown.
async fn released(db: &Db, payment: &str) -> Option<i64> {
    let mut tx = db.read().await.unwrap();
    let fulfilment = links::fulfilment_of(&mut tx, payment).await.unwrap()?;
    assert_eq!((fulfilment.link_id.as_str(), fulfilment.sealed.as_str()), ("lnk_1", "sealed fulfilment"));
    Some(fulfilment.released_at)
}

on_both!(a_link_is_read_back_as_it_was_written_and_changed, |store| {
    make(store, &link("lnk_1", Some(7))).await;
    let mut tx = store.db.write().await.unwrap();
    let known = links::by_token(&mut tx, "token of lnk_1").await.unwrap().unwrap();
    assert_eq!(format!("{known:?}"), format!("{:?}", link("lnk_1", Some(7))));
    assert!(links::by_token(&mut tx, "token of lnk_2").await.unwrap().is_none());
    let changed = Link {
        cap: None,
        active: false,
        off_reason: Texts { en: Some("Over".into()), ..Texts::default() },
        valid_from: Some(NOW),
        valid_until: None,
        fulfilment_sealed: None,
        version: 2,
        updated_at: NOW + 1,
        ..known
    };
    links::change(&mut tx, &changed).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.db.read().await.unwrap();
    let known = links::by_id(&mut tx, "lnk_1").await.unwrap().unwrap();
    assert_eq!(format!("{known:?}"), format!("{changed:?}"));
});

on_both!(the_list_goes_on_where_it_stopped_and_shows_nobody_elses, |store| {
    for (number, mode) in [(1, Mode::Test), (2, Mode::Test), (3, Mode::Live), (4, Mode::Test), (5, Mode::Test)] {
        // Two of one moment, so that the time alone does not order them.
        let created_at = NOW + number / 2;
        make(store, &Link { mode, created_at, ..link(&format!("lnk_{number}"), None) }).await;
    }
    let mut tx = store.db.read().await.unwrap();
    let mut seen: Vec<String> = Vec::new();
    let mut below: Option<(i64, String)> = None;
    loop {
        let from = below.as_ref().map(|(at, id)| (*at, id.as_str()));
        let page = links::page(&mut tx, MERCHANT, Mode::Test, from, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        below = Some((last.created_at, last.id.clone()));
        seen.extend(page.into_iter().map(|link| link.id));
    }
    assert_eq!(seen, ["lnk_5", "lnk_4", "lnk_2", "lnk_1"]);
    assert!(links::page(&mut tx, "mer_2", Mode::Test, None, 9).await.unwrap().is_empty());
});

on_both!(b5_forty_presses_at_once_hold_exactly_as_many_places_as_the_cap, |store| {
    make(store, &link("lnk_1", Some(5))).await;
    for number in 0..40 {
        create(store, new_payment(&format!("pay_{number}"), &format!("order {number}"), None)).await;
    }
    let mut all = JoinSet::new();
    for number in 0..40 {
        let db = store.db.clone();
        all.spawn(async move {
            let mut tx = db.write().await.unwrap();
            let held = holds(&mut tx, "lnk_1", &format!("pay_{number}")).await;
            tx.commit().await.unwrap();
            held
        });
    }
    assert_eq!(all.join_all().await.into_iter().filter(|held| *held).count(), 5);
    assert_eq!(counted(&store.db, "lnk_1").await, (5, 0));
});

on_both!(one_form_key_is_one_press_of_a_link, |store| {
    make(store, &link("lnk_1", None)).await;
    assert!(presses(store, "lnk_1", "pay_1").await);
    create(store, new_payment("pay_2", "order 2", None)).await;
    let mut tx = store.db.write().await.unwrap();
    let known = places::by_form(&mut tx, "lnk_1", "form of pay_1").await.unwrap().unwrap();
    assert_eq!((known.payment_id.as_str(), known.link_version, known.answers["level"].as_str()), ("pay_1", 1, "a1"));
    assert!(places::by_form(&mut tx, "lnk_2", "form of pay_1").await.unwrap().is_none());
    assert_eq!(places::first_of(&mut tx, "lnk_1").await.unwrap().unwrap().payment_id, "pay_1");
    let locked = links::lock(&mut tx, "lnk_1").await.unwrap().unwrap();
    let same = NewPress { form_key: "form of pay_1".into(), ..press("pay_2") };
    assert!(matches!(places::hold(&mut tx, &locked, &same, NOW).await, Err(kamurj_store::Error::Taken)));
});

on_both!(b5_a_place_is_held_while_the_payment_can_be_paid_freed_when_not_and_kept_when_paid, |store| {
    make(store, &link("lnk_1", Some(1))).await;
    assert!(presses(store, "lnk_1", "pay_1").await);
    starts(store, "pay_1", NOW).await;
    assert_eq!((place(&store.db, "pay_1").await, counted(&store.db, "lnk_1").await), (Place::Held, (1, 0)));
    assert!(!presses(store, "lnk_1", "pay_2").await, "the only place is held");
    assert_eq!(pays(store, "pay_1", NOW + 1).await, Status::Paid);
    assert_eq!((place(&store.db, "pay_1").await, counted(&store.db, "lnk_1").await), (Place::Taken, (0, 1)));
    // Repetition and time change nothing more.
    pays(store, "pay_1", NOW + 2).await;
    ticks(store, "pay_1", NOW + 2 * HOUR).await;
    assert_eq!(counted(&store.db, "lnk_1").await, (0, 1));
    assert_eq!(released(&store.db, "pay_1").await, Some(NOW + 1), "released when it was first paid");

    make(store, &link("lnk_2", Some(1))).await;
    assert!(presses(store, "lnk_2", "pay_3").await);
    assert_eq!(ticks(store, "pay_3", NOW + HOUR).await, Status::Expired);
    assert_eq!(ticks(store, "pay_3", NOW + HOUR + 1).await, Status::Expired);
    assert_eq!((place(&store.db, "pay_3").await, counted(&store.db, "lnk_2").await), (Place::Freed, (0, 0)));
    assert!(presses(store, "lnk_2", "pay_4").await);
});

/// A payment whose attempt was refused by our own conclusion, and whose time then ran out.
async fn expires_with_an_attempt(store: &Store, payment: &str) {
    starts(store, payment, NOW).await;
    let mut tx = store.db.write().await.unwrap();
    let none = kamurj_domain::attempt::Answer::None { reason: "the provider answered 422".into() };
    store.road(NOW).answered(&mut tx, &format!("att of {payment}"), &none).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(ticks(store, payment, NOW + HOUR).await, Status::Expired);
}

on_both!(b5_late_money_gets_a_place_where_one_is_left, |store| {
    make(store, &link("lnk_1", Some(1))).await;
    assert!(presses(store, "lnk_1", "pay_1").await);
    expires_with_an_attempt(store, "pay_1").await;
    let mut tx = store.db.write().await.unwrap();
    assert!(places::could_return(&mut tx, "pay_1").await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(pays(store, "pay_1", NOW + HOUR + 1).await, Status::Paid);
    assert_eq!((place(&store.db, "pay_1").await, counted(&store.db, "lnk_1").await), (Place::Taken, (0, 1)));
    assert_eq!(released(&store.db, "pay_1").await, Some(NOW + HOUR + 1));
});

on_both!(b5_late_money_takes_nobody_elses_place_and_releases_nothing, |store| {
    make(store, &link("lnk_1", Some(1))).await;
    assert!(presses(store, "lnk_1", "pay_1").await);
    expires_with_an_attempt(store, "pay_1").await;
    assert!(presses(store, "lnk_1", "pay_2").await, "the place is free again");
    let mut tx = store.db.write().await.unwrap();
    assert!(!places::could_return(&mut tx, "pay_1").await.unwrap(), "and then somebody has it");
    assert!(places::could_return(&mut tx, "pay_2").await.unwrap());
    tx.commit().await.unwrap();
    pays(store, "pay_1", NOW + HOUR + 1).await;
    assert_eq!((place(&store.db, "pay_1").await, counted(&store.db, "lnk_1").await), (Place::Freed, (1, 0)));
    assert_eq!(released(&store.db, "pay_1").await, None);
    starts(store, "pay_2", NOW).await;
    assert_eq!(pays(store, "pay_2", NOW + 2).await, Status::Paid);
    assert_eq!(counted(&store.db, "lnk_1").await, (0, 1));
    let mut tx = store.db.read().await.unwrap();
    let first = payments::by_id(&mut tx, "pay_1").await.unwrap().unwrap();
    assert_eq!(
        first.captured_minor + first.surplus_minor,
        1_250_000,
        "the money is told whatever becomes of the place"
    );
});

on_both!(a_payment_of_no_link_has_no_place_and_gives_nothing, |store| {
    create(store, new_payment("pay_1", "1001", None)).await;
    let mut tx = store.db.write().await.unwrap();
    assert!(places::of_payment(&mut tx, "pay_1").await.unwrap().is_none());
    assert!(places::could_return(&mut tx, "pay_1").await.unwrap());
    assert!(links::fulfilment_of(&mut tx, "pay_1").await.unwrap().is_none());
});
