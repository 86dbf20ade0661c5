//! Checkpoints: each covers what grew since the one before, they make one chain whoever seals, and nothing is left out.

use crate::database::{NOW, Store, on_both};
use crate::road::{create, new_payment};
use kamurj_domain::journal::checkpoint::{Anchor, Keyed};
use kamurj_store::audit::{self, Finding, Report};
use kamurj_store::{Db, Error, checkpoints};
use serde_json::json;
use tokio::task::JoinSet;

/// A key that mixes; how keyed hashes are made is no business of the store.
struct Key(u8);

impl Keyed for Key {
    fn mac(&self, bytes: &[u8]) -> [u8; 32] {
        let mut mac = [self.0; 32];
        for (place, byte) in bytes.iter().enumerate() {
            let slot = &mut mac[place % 32];
            *slot = slot.rotate_left(3) ^ byte.wrapping_mul(167).wrapping_add(self.0);
        }
        mac
    }
}

/// Seals one batch, again when another server was quicker.
async fn seal(db: &Db) -> Option<(Anchor, usize)> {
    loop {
        let mut tx = db.write().await.unwrap();
        match checkpoints::seal(&mut tx, &Key(7), NOW).await {
            Err(Error::Busy) => tx.rollback().await.unwrap(),
            sealed => {
                tx.commit().await.unwrap();
                return sealed.unwrap();
            }
        }
    }
}

async fn proof(db: &Db, key: &Key, anchors: &[Anchor]) -> (Report, Vec<Finding>) {
    let mut found = Vec::new();
    let report = audit::verify(db, key, anchors, &mut |finding| found.push(finding.clone())).await.unwrap();
    (report, found)
}

async fn note(store: &Store, payment: &str, number: i64) {
    let mut tx = store.db.write().await.unwrap();
    store.road(NOW + number).note(&mut tx, payment, "delivery.done", &json!({ "number": number })).await.unwrap();
    tx.commit().await.unwrap();
}

on_both!(e12_a_checkpoint_covers_what_grew_and_only_that, |store| {
    assert_eq!(seal(&store.db).await, None, "nothing is there to be sealed");
    for number in 1..=3 {
        create(store, new_payment(&format!("pay_{number}"), &format!("100{number}"), None)).await;
    }
    let (first, covered) = seal(&store.db).await.unwrap();
    assert_eq!((first.number, covered), (1, 3));
    assert_eq!(seal(&store.db).await, None, "everything is sealed");

    note(store, "pay_2", 1).await;
    note(store, "pay_2", 2).await;
    let (report, found) = proof(&store.db, &Key(7), &[]).await;
    assert_eq!((report.payments, report.entries, report.unsealed, found.len()), (3, 5, 2, 0), "{found:?}");
    let (second, covered) = seal(&store.db).await.unwrap();
    assert_eq!((second.number, covered), (2, 1));

    let (report, found) = proof(&store.db, &Key(7), &[first.clone(), second.clone()]).await;
    assert_eq!((report.unsealed, report.newest.as_ref(), found), (0, Some(&second), Vec::new()));
    let (_, found) =
        proof(&store.db, &Key(7), &[Anchor { number: 3, ..second.clone() }, Anchor { number: 2, ..first }]).await;
    let places: Vec<_> = found.iter().map(|finding| finding.place.as_str()).collect();
    assert_eq!(places, ["checkpoint 3", "checkpoint 2"], "an anchor is a number and its mac");
    let (_, found) = proof(&store.db, &Key(8), &[]).await;
    assert!(found.iter().any(|finding| finding.place == "checkpoint 1"), "another key made none of it: {found:?}");
});

on_both!(e12_many_servers_that_seal_at_once_leave_one_chain, |store| {
    for number in 1..=4 {
        create(store, new_payment(&format!("pay_{number}"), &format!("100{number}"), None)).await;
    }
    let mut servers = JoinSet::new();
    for server in 0..8 {
        let (db, road) = (store.db.clone(), store.road(NOW + server));
        servers.spawn(async move {
            for round in 0..4 {
                let payment = format!("pay_{}", (server + round) % 4 + 1);
                let mut tx = db.write().await.unwrap();
                road.note(&mut tx, &payment, "delivery.done", &json!({ "round": round })).await.unwrap();
                tx.commit().await.unwrap();
                seal(&db).await;
            }
        });
    }
    servers.join_all().await;
    seal(&store.db).await;
    let (report, found) = proof(&store.db, &Key(7), &[]).await;
    assert_eq!((report.payments, report.entries, report.unsealed), (4, 36, 0));
    assert!(found.is_empty(), "{found:?}");
    let newest = report.newest.unwrap().number;
    assert!((1..=33).contains(&newest), "{newest} checkpoints");
});

on_both!(e12_a_batch_is_bounded_and_the_rest_follows, |store| {
    let count = usize::try_from(checkpoints::BATCH).unwrap() + 2;
    let mut tx = store.db.write().await.unwrap();
    for number in 0..count {
        let new = new_payment(&format!("pay_{number:04}"), &format!("1{number:04}"), None);
        store.road(NOW).create(&mut tx, new).await.unwrap();
    }
    tx.commit().await.unwrap();
    let sealed: Vec<_> = [seal(&store.db).await, seal(&store.db).await, seal(&store.db).await]
        .map(|sealed| sealed.map(|(anchor, covered)| (anchor.number, covered)))
        .into();
    assert_eq!(sealed, [Some((1, count - 2)), Some((2, 2)), None]);
    let (report, found) = proof(&store.db, &Key(7), &[]).await;
    assert_eq!((report.payments, report.unsealed, found.len()), (u64::try_from(count).unwrap(), 0, 0), "{found:?}");
});
