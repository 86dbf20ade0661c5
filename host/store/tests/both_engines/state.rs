//! The key-value store of an installation: versions, compare-and-set, expiry, limits.

use crate::database::{INSTALLATION, NOW, on_both};
use kamurj_store::state::{self, Entry, Expected, Put, Write};
use kamurj_store::{Db, Tx};
use tokio::task::JoinSet;

const MANY: i64 = 100;

async fn put(tx: &mut Tx, name: &str, value: &[u8], expected: Expected) -> Put {
    let write = Write { name, value, expected, expires_at: None };
    state::put(tx, INSTALLATION, write, MANY, NOW).await.unwrap()
}

async fn put_until(tx: &mut Tx, name: &str, expires_at: i64, max_keys: i64, now: i64) -> Put {
    let write = Write { name, value: b"v", expected: Expected::Absent, expires_at: Some(expires_at) };
    state::put(tx, INSTALLATION, write, max_keys, now).await.unwrap()
}

async fn get(tx: &mut Tx, name: &str, now: i64) -> Option<Entry> {
    state::get(tx, INSTALLATION, name, now).await.unwrap()
}

on_both!(a_write_happens_only_where_what_is_expected_stands, |store| {
    let mut tx = store.db.write().await.unwrap();
    assert_eq!(put(&mut tx, "k", b"a", Expected::Version(1)).await, Put::Conflict, "nothing stands there yet");
    assert_eq!(put(&mut tx, "k", b"a", Expected::Absent).await, Put::Version(1));
    assert_eq!(put(&mut tx, "k", b"b", Expected::Absent).await, Put::Conflict);
    assert_eq!(put(&mut tx, "k", b"b\0\xff", Expected::Any).await, Put::Version(2));
    assert_eq!(put(&mut tx, "k", b"c", Expected::Version(1)).await, Put::Conflict);
    assert_eq!(get(&mut tx, "k", NOW).await, Some(Entry { value: b"b\0\xff".to_vec(), version: 2 }));
    assert_eq!(put(&mut tx, "k", b"", Expected::Version(2)).await, Put::Version(3));
    assert_eq!(get(&mut tx, "k", NOW).await, Some(Entry { value: Vec::new(), version: 3 }));
    assert_eq!(state::get(&mut tx, "ins_other", "k", NOW).await.unwrap(), None, "each installation has its own");
    state::delete(&mut tx, INSTALLATION, "k").await.unwrap();
    state::delete(&mut tx, INSTALLATION, "k").await.unwrap();
    assert_eq!(get(&mut tx, "k", NOW).await, None);
});

on_both!(an_entry_vanishes_at_its_time, |store| {
    let mut tx = store.db.write().await.unwrap();
    assert_eq!(put_until(&mut tx, "k", NOW + 10, MANY, NOW).await, Put::Version(1));
    assert!(get(&mut tx, "k", NOW + 9).await.is_some());
    assert!(get(&mut tx, "k", NOW + 10).await.is_none());
    assert_eq!(put_until(&mut tx, "k", NOW + 20, MANY, NOW + 9).await, Put::Conflict, "it still stands");
    assert_eq!(put_until(&mut tx, "k", NOW + 20, MANY, NOW + 10).await, Put::Version(1), "it is gone");
    let lasting = Write { name: "k", value: b"w", expected: Expected::Any, expires_at: None };
    assert_eq!(state::put(&mut tx, INSTALLATION, lasting, MANY, NOW + 11).await.unwrap(), Put::Version(2));
    assert!(get(&mut tx, "k", NOW + 1_000_000).await.is_some(), "a later write without a time makes it last");
});

on_both!(an_installation_has_no_more_keys_than_it_may, |store| {
    let mut tx = store.db.write().await.unwrap();
    assert_eq!(put_until(&mut tx, "a", NOW + 10, 2, NOW).await, Put::Version(1));
    assert_eq!(put_until(&mut tx, "b", NOW + 99, 2, NOW).await, Put::Version(1));
    assert_eq!(put_until(&mut tx, "c", NOW + 99, 2, NOW).await, Put::Full);
    let again = Write { name: "b", value: b"w", expected: Expected::Any, expires_at: None };
    assert_eq!(state::put(&mut tx, INSTALLATION, again, 2, NOW).await.unwrap(), Put::Version(2), "no new key");
    assert_eq!(put_until(&mut tx, "c", NOW + 99, 2, NOW + 10).await, Put::Version(1), "`a` has vanished");
    assert_eq!(put_until(&mut tx, "d", NOW + 99, 2, NOW + 10).await, Put::Full);
    state::delete(&mut tx, INSTALLATION, "b").await.unwrap();
    assert_eq!(put_until(&mut tx, "d", NOW + 99, 2, NOW + 10).await, Put::Version(1));
});

/// Adds one to the number under the key, as a careful plugin does; answers how often it had to begin again.
async fn count_up(db: &Db) -> u32 {
    for again in 0.. {
        let mut tx = db.read().await.unwrap();
        let entry = get(&mut tx, "count", NOW).await;
        drop(tx);
        let (number, expected) = entry.map_or((0, Expected::Absent), |entry| {
            let text = String::from_utf8(entry.value).unwrap();
            (text.parse::<u32>().unwrap(), Expected::Version(entry.version))
        });
        let mut tx = db.write().await.unwrap();
        let written = put(&mut tx, "count", (number + 1).to_string().as_bytes(), expected).await;
        tx.commit().await.unwrap();
        if written != Put::Conflict {
            return again;
        }
    }
    unreachable!("the numbers do not end")
}

on_both!(no_count_is_lost_between_writers, |store| {
    let mut writers = JoinSet::new();
    for _ in 0..10 {
        let db = store.db.clone();
        writers.spawn(async move { count_up(&db).await });
    }
    writers.join_all().await;
    let mut tx = store.db.read().await.unwrap();
    assert_eq!(get(&mut tx, "count", NOW).await, Some(Entry { value: b"10".to_vec(), version: 10 }));
});
