//! Erasing a customer at the level of the store: which payments are theirs, and what is left of them.

use crate::database::{MERCHANT, NOW, on_both};
use crate::road::{create, new_payment};
use kamurj_domain::{Mode, Particulars, Status};
use kamurj_store::deliveries::{self, End};
use kamurj_store::erasures::{self, Erasure, found};
use kamurj_store::road::{Erased, Hindrance};
use kamurj_store::search::{self, Filter};
use kamurj_store::{journal, payments};
use serde_json::json;

on_both!(a_customers_payments_are_found_through_each_other_and_lose_who_they_were, |store| {
    let orders = [
        ("pay_1", json!({ "name": "Anna", "phone": "091 123456" }), Some("ins_1:update:7:5550001234")),
        ("pay_2", json!({ "phone": "+37491123456", "email": "anna@example.am" }), None),
        ("pay_3", json!({ "name": "Mariam", "email": "ANNA@example.am" }), None),
        ("pay_4", json!({ "name": "Anna", "phone": "091 123457" }), None),
    ];
    for (number, customer, key) in orders {
        let mut new = new_payment(number, number, key);
        new.particulars.customer = serde_json::from_value(customer).unwrap();
        if key.is_some() {
            let channel = json!({ "plugin": "telegram", "conversation": "5550001234" });
            new.particulars.channel = Some(serde_json::from_value(channel).unwrap());
        }
        create(store, new).await;
    }
    let mut tx = store.db.write().await.unwrap();
    let road = store.road(NOW + 10);
    let first = payments::by_id(&mut tx, "pay_1").await.unwrap().unwrap();
    let (person, theirs) = found::payments(&mut tx, first.clone(), 10).await.unwrap();
    let same: Vec<_> = theirs.iter().map(|(id, (_, same))| (id.as_str(), same.clone())).collect();
    assert_eq!(same, [("pay_1", vec![]), ("pay_2", vec!["phone"]), ("pay_3", vec!["email"])]);
    assert_eq!(found::payments(&mut tx, first, 1).await.unwrap().1.len(), 2, "one more tells that there are more");

    let hindered = road.erase(&mut tx, "pay_1", &person, "era_1").await.unwrap();
    assert_eq!(hindered, Erased::Hindered(Hindrance::UnderWay(Status::Created)));
    for id in theirs.keys() {
        road.cancel(&mut tx, id, None, None).await.unwrap();
        let owed = deliveries::of_payment(&mut tx, id).await.unwrap();
        if let Some(owed) = owed.first() {
            let told = road.erase(&mut tx, id, &person, "era_1").await.unwrap();
            assert_eq!(told, Erased::Hindered(Hindrance::Delivery(owed.id.clone())));
        }
        for delivery in owed {
            deliveries::end(&mut tx, &delivery.id, End::Done, "91").await.unwrap();
        }
        assert!(matches!(road.erase(&mut tx, id, &person, "era_1").await.unwrap(), Erased::Done { fields: 1.., .. }));
    }
    for id in theirs.keys() {
        let left = payments::by_id(&mut tx, id).await.unwrap().unwrap();
        assert_eq!(left.particulars, Particulars { description: "A cake".into(), ..Particulars::default() });
        for delivery in deliveries::of_payment(&mut tx, id).await.unwrap() {
            assert!(!delivery.view.contains("123456") && delivery.outcome.as_deref() == Some(""), "{delivery:?}");
        }
        assert_eq!(erasures::erased_at(&mut tx, id).await.unwrap(), Some(NOW + 10));
        let entries = journal::page(&mut tx, id, 0, 100).await.unwrap();
        assert_eq!(entries.last().map(|entry| entry.kind.as_str()), Some("customer.erased"));
        assert_eq!(entries.last().map(|entry| entry.hash.clone()), Some(left.journal_head));
    }
    let key = payments::by_request(&mut tx, MERCHANT, Mode::Test, "ins_1:update:7:5550001234").await.unwrap();
    assert!(key.is_none(), "the key was made of their conversation");
    for (customer, found) in [("091123456", 0), ("anna@example.am", 0), ("Anna", 1), ("091123457", 1)] {
        let filter = Filter { customer: Some(customer.into()), ..Filter::default() };
        assert_eq!(search::page(&mut tx, MERCHANT, Mode::Test, &filter, 10).await.unwrap().len(), found, "{customer}");
    }
    let kept = Erasure {
        id: "era_1".into(),
        at: NOW + 10,
        actor: "operator op_1 (owner)".into(),
        reason: "ticket 17".into(),
        payments: 3,
        fields: 7,
        messages: 0,
        runs: 0,
        states: 0,
    };
    erasures::add(&mut tx, (MERCHANT, Mode::Test), &kept).await.unwrap();
    assert_eq!(erasures::page(&mut tx, (MERCHANT, Mode::Test), None, 10).await.unwrap(), [kept]);
    let behind = erasures::page(&mut tx, (MERCHANT, Mode::Test), Some((NOW + 10, "era_1".into())), 10).await.unwrap();
    assert!(behind.is_empty() && erasures::page(&mut tx, (MERCHANT, Mode::Live), None, 10).await.unwrap().is_empty());
    tx.commit().await.unwrap();
});
