//! Work that is due is done once, in the order of its lane, by whoever holds the newest fence.

use crate::database::{NOW, on_both};
use kamurj_store::jobs::turns::{self, Walk};
use kamurj_store::jobs::{self, Job, Kind};
use kamurj_store::{Db, Tx};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::task::JoinSet;

const LEASE: i64 = 60_000;
const JOBS: usize = 300;

/// Claims turn by turn until there are as many.
async fn claim(db: &Db, now: i64, limit: i64) -> Vec<Job> {
    let due = turns::due(&mut db.read().await.unwrap(), now, &mut Walk::default()).await.unwrap();
    let mut claimed = Vec::new();
    for turn in due {
        let left = limit - i64::try_from(claimed.len()).unwrap();
        claimed.extend(jobs::claim(db, now, now + LEASE, &[(&turn.name, left)]).await.unwrap());
    }
    claimed
}

async fn subjects(db: &Db, now: i64) -> Vec<String> {
    let mut subjects: Vec<String> = claim(db, now, 100).await.into_iter().map(|job| job.subject).collect();
    subjects.sort();
    subjects
}

async fn put(db: &Db, subject: &str, due_at: i64) {
    let mut tx = db.write().await.unwrap();
    jobs::put(&mut tx, Kind::Timer, subject, due_at).await.unwrap();
    tx.commit().await.unwrap();
}

async fn finish(db: &Db, job: &Job) -> bool {
    let mut tx = db.write().await.unwrap();
    let finished = jobs::finish(&mut tx, job).await.unwrap();
    tx.commit().await.unwrap();
    finished
}

async fn the_only(db: &Db, now: i64) -> Job {
    let mut claimed = claim(db, now, 10).await;
    assert_eq!(claimed.len(), 1, "{claimed:?}");
    claimed.remove(0)
}

async fn next_due(db: &Db) -> Option<i64> {
    jobs::next_due(&mut db.read().await.unwrap()).await.unwrap()
}

on_both!(eight_workers_run_every_job_exactly_once, |store| {
    let mut tx = store.db.write().await.unwrap();
    for number in 0..JOBS {
        jobs::put(&mut tx, Kind::Lookup, &format!("att_{number}"), NOW - 1).await.unwrap();
    }
    tx.commit().await.unwrap();

    let runs = Arc::new(Mutex::new(BTreeMap::<String, u32>::new()));
    let done = Arc::new(AtomicUsize::new(0));
    let mut workers = JoinSet::new();
    for _ in 0..8 {
        let (db, runs, done) = (store.db.clone(), runs.clone(), done.clone());
        workers.spawn(async move {
            while done.load(Ordering::SeqCst) < JOBS {
                let claimed = claim(&db, NOW, 3).await;
                assert!(claimed.len() <= 3, "no more than asked for: {}", claimed.len());
                if claimed.is_empty() {
                    tokio::task::yield_now().await;
                }
                for job in claimed {
                    *runs.lock().unwrap().entry(job.subject.clone()).or_default() += 1;
                    assert_eq!(job.tries, 1);
                    assert!(finish(&db, &job).await, "nobody else holds {}", job.id);
                    done.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
    }
    while let Some(worker) = workers.join_next().await {
        worker.unwrap();
    }
    let runs = runs.lock().unwrap();
    assert_eq!(runs.len(), JOBS);
    assert!(runs.values().all(|times| *times == 1), "{runs:?}");
});

on_both!(a_claim_takes_no_more_than_its_limit_however_the_query_is_planned, |store| {
    // PostgreSQL believes that there is one row, and joins in another way than it does for many.
    put(&store.db, "a", NOW).await;
    store.gather_statistics();
    put(&store.db, "b", NOW).await;
    put(&store.db, "c", NOW).await;
    // After five executions it may turn from planning each time to one lasting plan.
    for round in 0..12 {
        assert_eq!(claim(&store.db, NOW, 1).await.len(), 1, "round {round}");
        let mut tx = store.db.write().await.unwrap();
        assert_eq!(jobs::release_all(&mut tx).await.unwrap(), 1);
        tx.commit().await.unwrap();
    }
});

on_both!(a_lane_is_worked_in_order_and_only_its_head_is_claimed, |store| {
    let mut tx = store.db.write().await.unwrap();
    // Put in against their order, and the later ones due earlier.
    for (subject, lane, place, due_at) in
        [("a3", "a", 3, NOW - 30), ("a2", "a", 2, NOW - 20), ("a1", "a", 1, NOW - 10), ("b7", "b", 7, NOW)]
    {
        jobs::put_in_lane(&mut tx, Kind::Delivery, subject, lane, place, due_at).await.unwrap();
    }
    tx.commit().await.unwrap();

    let mut heads = claim(&store.db, NOW, 10).await;
    heads.sort_by(|a, b| a.subject.cmp(&b.subject));
    assert_eq!(heads.iter().map(|job| job.subject.as_str()).collect::<Vec<_>>(), ["a1", "b7"]);
    assert!(claim(&store.db, NOW, 10).await.is_empty(), "the rest waits while the heads are held");

    let mut tx = store.db.write().await.unwrap();
    assert!(jobs::postpone(&mut tx, &heads[0], NOW + 5_000).await.unwrap());
    tx.commit().await.unwrap();
    assert!(claim(&store.db, NOW, 10).await.is_empty(), "the rest waits while its head is put off");

    let head = the_only(&store.db, NOW + 5_000).await;
    assert_eq!((head.subject.as_str(), head.tries), ("a1", 2));
    assert!(finish(&store.db, &head).await);
    for subject in ["a2", "a3"] {
        let head = the_only(&store.db, NOW + 5_000).await;
        assert_eq!(head.subject, subject);
        assert!(finish(&store.db, &head).await);
    }
});

/// Every way in which a holder can speak for its job.
async fn what_a_holder_can_do(tx: &mut Tx, job: &Job) -> [bool; 4] {
    [
        jobs::hold(tx, job, NOW + 9 * LEASE).await.unwrap(),
        jobs::postpone(tx, job, NOW + 9 * LEASE).await.unwrap(),
        jobs::restart(tx, job, NOW + 9 * LEASE).await.unwrap(),
        jobs::finish(tx, job).await.unwrap(),
    ]
}

on_both!(an_expired_lease_goes_to_another_and_the_old_holder_can_do_nothing, |store| {
    put(&store.db, "pay_1", NOW).await;
    let old = the_only(&store.db, NOW).await;
    assert!(claim(&store.db, NOW + LEASE - 1, 10).await.is_empty(), "the lease still holds");
    let new = the_only(&store.db, NOW + LEASE).await;
    assert!(new.fence > old.fence, "{} > {}", new.fence, old.fence);
    assert_eq!((new.id.as_str(), new.tries), (old.id.as_str(), 2));

    let mut tx = store.db.write().await.unwrap();
    assert_eq!(what_a_holder_can_do(&mut tx, &old).await, [false; 4]);
    assert_eq!(what_a_holder_can_do(&mut tx, &new).await, [true; 4]);
    assert_eq!(what_a_holder_can_do(&mut tx, &new).await, [false; 4], "it is finished");
    tx.commit().await.unwrap();
});

on_both!(a_holder_of_a_job_that_was_finished_and_put_again_can_do_nothing, |store| {
    put(&store.db, "pay_1", NOW).await;
    let old = the_only(&store.db, NOW).await;
    let second = the_only(&store.db, NOW + LEASE).await;
    assert!(finish(&store.db, &second).await);
    put(&store.db, "pay_1", NOW).await;
    let third = the_only(&store.db, NOW + LEASE + 1).await;
    for gone in [&old, &second] {
        let mut tx = store.db.write().await.unwrap();
        assert_eq!(what_a_holder_can_do(&mut tx, gone).await, [false; 4], "{gone:?}");
        tx.rollback().await.unwrap();
    }
    assert!(finish(&store.db, &third).await);
});

on_both!(a_holder_can_keep_its_lease_alive, |store| {
    put(&store.db, "pay_1", NOW).await;
    let job = the_only(&store.db, NOW).await;
    let mut tx = store.db.write().await.unwrap();
    assert!(jobs::hold(&mut tx, &job, NOW + 3 * LEASE).await.unwrap());
    tx.commit().await.unwrap();
    assert!(claim(&store.db, NOW + 2 * LEASE, 10).await.is_empty());
    assert!(finish(&store.db, &job).await);
});

on_both!(the_next_moment_of_work_is_known, |store| {
    assert_eq!(next_due(&store.db).await, None);
    put(&store.db, "late", NOW + 500).await;
    put(&store.db, "soon", NOW + 100).await;
    assert_eq!(next_due(&store.db).await, Some(NOW + 100));
    let soon = the_only(&store.db, NOW + 100).await;
    assert_eq!(next_due(&store.db).await, Some(NOW + 500), "a held job is due when its lease ends");
    let mut tx = store.db.write().await.unwrap();
    assert!(jobs::postpone(&mut tx, &soon, NOW + 200).await.unwrap());
    jobs::put_in_lane(&mut tx, Kind::Delivery, "second", "timer:soon", 1, NOW).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(next_due(&store.db).await, Some(NOW + 200), "what stands behind another cannot be done before it");
});

on_both!(one_job_can_be_claimed_by_name_before_it_is_due, |store| {
    put(&store.db, "pay_1", NOW + 1_000_000).await;
    let mut tx = store.db.write().await.unwrap();
    let missing = jobs::claim_one(&mut tx, Kind::Timer, "pay_2", NOW, NOW + LEASE).await.unwrap();
    assert!(missing.is_none());
    let job = jobs::claim_one(&mut tx, Kind::Timer, "pay_1", NOW, NOW + LEASE).await.unwrap().unwrap();
    assert_eq!((job.subject.as_str(), job.kind, job.tries), ("pay_1", Kind::Timer, 1));
    assert!(jobs::claim_one(&mut tx, Kind::Timer, "pay_1", NOW, NOW + LEASE).await.unwrap().is_none(), "it is held");
    tx.commit().await.unwrap();
    assert!(subjects(&store.db, NOW + 1_000_000 - 1).await.is_empty(), "its time has not come for anybody else");
    let mut tx = store.db.write().await.unwrap();
    let next = jobs::claim_one(&mut tx, Kind::Timer, "pay_1", NOW + LEASE, NOW + 2 * LEASE).await.unwrap().unwrap();
    assert!(next.fence > job.fence);
    assert!(!jobs::finish(&mut tx, &job).await.unwrap());
    assert!(jobs::finish(&mut tx, &next).await.unwrap());
    tx.commit().await.unwrap();
});

on_both!(a_subject_has_one_job_of_a_kind_which_can_be_moved_hastened_and_withdrawn, |store| {
    put(&store.db, "pay_1", NOW + 100).await;
    put(&store.db, "pay_1", NOW).await;
    assert_eq!(next_due(&store.db).await, Some(NOW + 100), "the first stands");
    let mut tx = store.db.write().await.unwrap();
    jobs::hasten(&mut tx, Kind::Timer, "pay_1", NOW + 300).await.unwrap();
    assert_eq!(jobs::next_due(&mut tx).await.unwrap(), Some(NOW + 100), "hastening never delays");
    jobs::hasten(&mut tx, Kind::Timer, "pay_1", NOW + 50).await.unwrap();
    assert_eq!(jobs::next_due(&mut tx).await.unwrap(), Some(NOW + 50));
    jobs::put_at(&mut tx, Kind::Timer, "pay_1", NOW + 400).await.unwrap();
    assert_eq!(jobs::next_due(&mut tx).await.unwrap(), Some(NOW + 400));
    jobs::withdraw(&mut tx, Kind::Timer, "pay_1").await.unwrap();
    assert_eq!(jobs::next_due(&mut tx).await.unwrap(), None);
    jobs::hasten(&mut tx, Kind::Timer, "pay_1", NOW).await.unwrap();
    assert_eq!(jobs::next_due(&mut tx).await.unwrap(), None, "there is none to hasten");
    jobs::put_at(&mut tx, Kind::Timer, "pay_1", NOW).await.unwrap();
    jobs::put(&mut tx, Kind::Lookup, "pay_1", NOW).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(subjects(&store.db, NOW).await, ["pay_1", "pay_1"], "one of each kind");
});
