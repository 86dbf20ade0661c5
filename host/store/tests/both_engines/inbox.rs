//! The inbox keeps a message once and counts its repetitions.

use crate::database::{NOW, on_both};
use kamurj_store::Db;
use kamurj_store::inbox::{self, Door, Message, Received};
use tokio::task::JoinSet;

fn message(id: &str, owner: &str, natural_key: &str, body_sealed: &str) -> Message {
    Message {
        id: id.into(),
        owner_id: owner.into(),
        natural_key: natural_key.into(),
        path: "push".into(),
        method: "POST".into(),
        query: vec![("a".into(), "1".into()), ("a".into(), "2".into())],
        headers: vec![("content-type".into(), "application/json".into())],
        body_sealed: body_sealed.into(),
        digest: Some(format!("digest of {id}")),
        received_at: NOW,
        run: 1,
        run_started_at: None,
    }
}

async fn receive(db: &Db, message: Message) -> Received {
    let mut tx = db.write().await.unwrap();
    let received = inbox::receive(&mut tx, Door::Provider, &message).await.unwrap();
    tx.commit().await.unwrap();
    received
}

on_both!(a_repetition_counts_and_changes_nothing, |store| {
    let first = message("inb_1", "acc_1", "msg_1", "s1.first");
    assert_eq!(receive(&store.db, first.clone()).await, Received::New);
    for seen in 2..=4 {
        let again = message("inb_2", "acc_1", "msg_1", "s1.another under the same name");
        assert_eq!(receive(&store.db, again).await, Received::Known { id: "inb_1".into(), seen });
    }
    assert_eq!(receive(&store.db, message("inb_3", "acc_2", "msg_1", "")).await, Received::New, "another owner");
    assert_eq!(receive(&store.db, message("inb_4", "acc_1", "msg_2", "")).await, Received::New, "another name");

    let mut tx = store.db.read().await.unwrap();
    let kept = inbox::by_id(&mut tx, "inb_1").await.unwrap().unwrap();
    assert_eq!((kept.body_sealed, kept.query, kept.headers), (first.body_sealed, first.query, first.headers));
    assert_eq!(kept.digest, first.digest, "the message is named by what was first received");
    let listed = inbox::of_owner(&mut tx, "acc_1").await.unwrap();
    let listed: Vec<_> = listed.iter().map(|entry| (entry.id.as_str(), entry.seen, entry.state.as_str())).collect();
    assert_eq!(listed, [("inb_1", 4, "waiting"), ("inb_4", 1, "waiting")]);
    assert!(inbox::by_id(&mut tx, "inb_2").await.unwrap().is_none());
});

on_both!(the_same_message_many_times_at_once_is_kept_once, |store| {
    let mut senders = JoinSet::new();
    for number in 0..12 {
        let db = store.db.clone();
        senders.spawn(async move { receive(&db, message(&format!("inb_{number}"), "acc_1", "msg_1", "s1.{}")).await });
    }
    let received = senders.join_all().await;
    assert_eq!(received.iter().filter(|received| **received == Received::New).count(), 1, "{received:?}");
    let mut counts: Vec<i64> = received
        .into_iter()
        .map(|received| match received {
            Received::New => 1,
            Received::Known { seen, .. } => seen,
        })
        .collect();
    counts.sort_unstable();
    assert_eq!(counts, (1..=12).collect::<Vec<i64>>());
});

on_both!(a_run_begins_once_and_the_next_begins_anew, |store| {
    receive(&store.db, message("inb_1", "ins_1", "upd_1", "{}")).await;
    let mut tx = store.db.write().await.unwrap();
    assert_eq!(inbox::begin_run(&mut tx, "inb_1", 1, NOW + 1).await.unwrap(), 1);
    assert_eq!(inbox::begin_run(&mut tx, "inb_1", 2, NOW + 2).await.unwrap(), 1, "whoever begins it finishes it");
    let begun = inbox::by_id(&mut tx, "inb_1").await.unwrap().unwrap();
    assert_eq!((begun.run, begun.run_started_at), (1, Some(NOW + 1)));
    inbox::next_run(&mut tx, "inb_1", "trap").await.unwrap();
    let next = inbox::by_id(&mut tx, "inb_1").await.unwrap().unwrap();
    assert_eq!((next.run, next.run_started_at), (2, None));
    inbox::quarantine(&mut tx, "inb_1", "nobody can read it").await.unwrap();
    let listed = inbox::of_owner(&mut tx, "ins_1").await.unwrap();
    assert_eq!((listed[0].state.as_str(), listed[0].note.as_str()), ("quarantined", "nobody can read it"));
});
