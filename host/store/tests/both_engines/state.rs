//! The key-value store of an installation: versions, compare-and-set, expiry, limits.

use crate::database::{INSTALLATION, NOW, on_both};
use kamurj_store::state::{self, Entry, Expected, Put, Room, Write};
use kamurj_store::{Db, Tx};
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::task::JoinSet;

const MANY: i64 = 100;

/// Another write each time it is asked for.
fn another() -> String {
    static WRITES: AtomicU64 = AtomicU64::new(0);
    format!("dlv_1/1/{}", WRITES.fetch_add(1, Ordering::Relaxed))
}

fn room(keys: i64) -> Room {
    Room { keys, bytes: 100_000 }
}

async fn put(tx: &mut Tx, name: &str, value: &[u8], expected: Expected) -> Put {
    let write = Write { name, value, expected, expires_at: None, written_by: &another() };
    state::put(tx, INSTALLATION, write, room(MANY), NOW).await.unwrap()
}

async fn put_until(tx: &mut Tx, name: &str, expires_at: i64, max_keys: i64, now: i64) -> Put {
    let write =
        Write { name, value: b"v", expected: Expected::Absent, expires_at: Some(expires_at), written_by: &another() };
    state::put(tx, INSTALLATION, write, room(max_keys), now).await.unwrap()
}

/// Whether a write was made, whatever version it got.
fn is_made(put: Put) -> bool {
    matches!(put, Put::Version(_))
}

async fn get(tx: &mut Tx, name: &str, now: i64) -> Option<Entry> {
    state::get(tx, INSTALLATION, name, now).await.unwrap()
}

on_both!(a_write_happens_only_where_what_is_expected_stands, |store| {
    let mut tx = store.db.write().await.unwrap();
    assert_eq!(put(&mut tx, "k", b"a", Expected::Version(1)).await, Put::Conflict, "nothing stands there yet");
    let Put::Version(first) = put(&mut tx, "k", b"a", Expected::Absent).await else { panic!("nothing stood there") };
    assert_eq!(put(&mut tx, "k", b"b", Expected::Absent).await, Put::Conflict);
    let Put::Version(second) = put(&mut tx, "k", b"b\0\xff", Expected::Any).await else { panic!("any is any") };
    assert!(second > first);
    assert_eq!(put(&mut tx, "k", b"c", Expected::Version(first)).await, Put::Conflict);
    assert_eq!(get(&mut tx, "k", NOW).await, Some(Entry { value: b"b\0\xff".to_vec(), version: second }));
    let Put::Version(third) = put(&mut tx, "k", b"", Expected::Version(second)).await else {
        panic!("it stands there")
    };
    assert_eq!(get(&mut tx, "k", NOW).await, Some(Entry { value: Vec::new(), version: third }));
    assert_eq!(state::get(&mut tx, "ins_other", "k", NOW).await.unwrap(), None, "each installation has its own");
    state::delete(&mut tx, INSTALLATION, "k").await.unwrap();
    state::delete(&mut tx, INSTALLATION, "k").await.unwrap();
    assert_eq!(get(&mut tx, "k", NOW).await, None);
    let Put::Version(fourth) = put(&mut tx, "k", b"d", Expected::Absent).await else { panic!("it is gone") };
    assert!(fourth > third, "a version never comes again, though the key was gone");
});

on_both!(the_same_write_made_again_answers_what_it_answered, |store| {
    let mut tx = store.db.write().await.unwrap();
    let write = Write { name: "k", value: b"a", expected: Expected::Absent, expires_at: None, written_by: "dlv_9/1/0" };
    let made = state::put(&mut tx, INSTALLATION, write, room(1), NOW).await.unwrap();
    assert!(is_made(made));
    assert_eq!(state::put(&mut tx, INSTALLATION, write, room(1), NOW).await.unwrap(), made);
    assert!(is_made(put(&mut tx, "k", b"b", Expected::Any).await));
    assert_eq!(state::put(&mut tx, INSTALLATION, write, room(1), NOW).await.unwrap(), Put::Conflict);
});

on_both!(an_entry_vanishes_at_its_time, |store| {
    let mut tx = store.db.write().await.unwrap();
    assert!(is_made(put_until(&mut tx, "k", NOW + 10, MANY, NOW).await));
    assert!(get(&mut tx, "k", NOW + 9).await.is_some());
    assert!(get(&mut tx, "k", NOW + 10).await.is_none());
    assert_eq!(put_until(&mut tx, "k", NOW + 20, MANY, NOW + 9).await, Put::Conflict, "it still stands");
    assert!(is_made(put_until(&mut tx, "k", NOW + 20, MANY, NOW + 10).await), "it is gone");
    let lasting = Write { name: "k", value: b"w", expected: Expected::Any, expires_at: None, written_by: &another() };
    assert!(is_made(state::put(&mut tx, INSTALLATION, lasting, room(MANY), NOW + 11).await.unwrap()));
    assert!(get(&mut tx, "k", NOW + 1_000_000).await.is_some(), "a later write without a time makes it last");
});

on_both!(an_installation_keeps_no_more_than_it_may, |store| {
    let mut tx = store.db.write().await.unwrap();
    assert!(is_made(put_until(&mut tx, "a", NOW + 10, 2, NOW).await));
    assert!(is_made(put_until(&mut tx, "b", NOW + 99, 2, NOW).await));
    assert_eq!(put_until(&mut tx, "c", NOW + 99, 2, NOW).await, Put::Full);
    let again = Write { name: "b", value: b"w", expected: Expected::Any, expires_at: None, written_by: &another() };
    assert!(is_made(state::put(&mut tx, INSTALLATION, again, room(2), NOW).await.unwrap()), "no new key");
    assert!(is_made(put_until(&mut tx, "c", NOW + 99, 2, NOW + 10).await), "`a` has vanished");
    assert_eq!(put_until(&mut tx, "d", NOW + 99, 2, NOW + 10).await, Put::Full);
    state::delete(&mut tx, INSTALLATION, "b").await.unwrap();
    assert!(is_made(put_until(&mut tx, "d", NOW + 99, 2, NOW + 10).await));
    let large = Write { name: "c", value: &[0; 90], expected: Expected::Any, expires_at: None, written_by: "x" };
    let narrow = Room { keys: 9, bytes: 90 };
    assert_eq!(state::put(&mut tx, INSTALLATION, large, narrow, NOW).await.unwrap(), Put::Full, "with the others");
});

on_both!(keys_are_listed_by_their_beginning, |store| {
    let mut tx = store.db.write().await.unwrap();
    for name in ["b%1", "a", "b", "B", "b_1", "bb"] {
        put(&mut tx, name, b"", Expected::Any).await;
    }
    assert!(is_made(put_until(&mut tx, "b9", NOW + 1, MANY, NOW).await));
    assert_eq!(state::keys(&mut tx, INSTALLATION, "b", NOW + 1).await.unwrap(), ["b", "b%1", "b_1", "bb"]);
    assert_eq!(state::keys(&mut tx, INSTALLATION, "b_", NOW).await.unwrap(), ["b_1"]);
    assert_eq!(state::keys(&mut tx, INSTALLATION, "", NOW).await.unwrap().len(), 7);
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
    assert_eq!(get(&mut tx, "count", NOW).await.map(|entry| entry.value), Some(b"10".to_vec()));
});
