//! Nobody's work waits behind somebody else's backlog, and what goes wrong again and again is counted and set aside.

use crate::database::{ACCOUNT, MERCHANT, NOW, Store, on_both};
use kamurj_domain::Mode;
use kamurj_store::db::sql;
use kamurj_store::jobs::turns::{self, Turn, Walk};
use kamurj_store::jobs::{self, Job, Kind, faults};
use std::collections::BTreeSet;

const LEASE: i64 = 60_000;

const FILL: &str = "
INSERT INTO jobs (id, kind, subject, turn, lane, place, due_at, lease_until, fence, tries, faults)
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 2000)
SELECT $1 || n, 'lookup', $1 || n, 'lookup:' || $1, $1 || n, 0, $2 - n, 0, 0, 0, 0 FROM numbers";

/// Two thousand look-ups of one account, all of them long due.
async fn backlog(store: &Store, account: &str) {
    let mut tx = store.db.write().await.unwrap();
    assert_eq!(sql(FILL).bind(account).bind(NOW).run(&mut tx).await.unwrap(), 2_000);
    tx.commit().await.unwrap();
}

async fn due(store: &Store) -> Vec<Turn> {
    turns::due(&mut store.db.read().await.unwrap(), NOW, &mut Walk::default()).await.unwrap()
}

async fn put(store: &Store, kind: Kind, subject: &str) {
    let mut tx = store.db.write().await.unwrap();
    jobs::put(&mut tx, kind, subject, NOW).await.unwrap();
    tx.commit().await.unwrap();
}

async fn claim(store: &Store, now: i64, turn: &str, limit: i64) -> Vec<Job> {
    jobs::claim(&store.db, now, now + LEASE, &[(turn, limit)]).await.unwrap()
}

fn names(turns: &[Turn]) -> Vec<&str> {
    turns.iter().map(|turn| turn.name.as_str()).collect()
}

on_both!(e5_a_backlog_of_one_account_hides_nobody_elses_turn, |store| {
    backlog(store, "acc_big").await;
    put(store, Kind::Timer, "pay_1").await;
    let found = due(store).await;
    assert_eq!(names(&found), ["lookup:acc_big", "timer:"]);
    assert_eq!((found[0].kind, found[0].owner(), found[1].waiting), (Kind::Lookup, "acc_big", 1));
    assert!(found[0].waiting >= 8, "enough is known to fill every place: {}", found[0].waiting);
    backlog(store, "acc_also").await;
    assert_eq!(names(&due(store).await), ["lookup:acc_also", "lookup:acc_big", "timer:"]);
    assert_eq!(claim(store, NOW, "timer:", 5).await.len(), 1);
    assert_eq!(names(&due(store).await), ["lookup:acc_also", "lookup:acc_big"], "what is held is nobody's turn");
});

on_both!(a_claim_takes_of_each_turn_what_is_due_longest_and_no_more_than_its_share, |store| {
    backlog(store, "acc_big").await;
    backlog(store, "acc_also").await;
    let wanted = [("lookup:acc_big", 3), ("lookup:acc_also", 2), ("lookup:acc_none", 9)];
    let claimed = jobs::claim(&store.db, NOW, NOW + LEASE, &wanted).await.unwrap();
    let mut subjects: Vec<&str> = claimed.iter().map(|job| job.subject.as_str()).collect();
    subjects.sort_unstable();
    assert_eq!(subjects, ["acc_also1999", "acc_also2000", "acc_big1998", "acc_big1999", "acc_big2000"]);
    assert!(claimed.iter().all(|job| job.turn == format!("lookup:{}", job.owner())), "{claimed:?}");
});

const SPREAD: &str = "
INSERT INTO jobs (id, kind, subject, turn, lane, place, due_at, lease_until, fence, tries, faults)
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 300)
SELECT 'lookup:' || n, 'lookup', n, 'lookup:acc_' || n, 'lookup:' || n, 0, $1, 0, 0, 0, 0 FROM numbers";

on_both!(with_a_backlog_every_turn_comes_up_in_some_part_of_the_walk, |store| {
    backlog(store, "acc").await;
    let mut tx = store.db.write().await.unwrap();
    sql(SPREAD).bind(NOW).run(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    put(store, Kind::Timer, "pay_1").await;
    let mut walk = Walk::default();
    let mut seen = BTreeSet::new();
    for part in 0..3 {
        let found = turns::due(&mut store.db.read().await.unwrap(), NOW, &mut walk).await.unwrap();
        assert!(found.len() <= 129, "{}", found.len());
        assert!(found.iter().any(|turn| turn.name == "timer:"), "other kinds come up in part {part}");
        seen.extend(found.into_iter().map(|turn| turn.name));
    }
    assert_eq!(seen.len(), 302);
    // Where nothing is due for a stride, the walk goes on until it finds something.
    let mut tx = store.db.write().await.unwrap();
    sql(LATER).bind(NOW + 1).run(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(names(&due(store).await), ["lookup:acc", "timer:"]);
    let found = turns::due(&mut store.db.read().await.unwrap(), NOW, &mut walk).await.unwrap();
    assert_eq!(names(&found), ["lookup:acc", "timer:"], "from wherever it begins");
});

const LATER: &str = "UPDATE jobs SET due_at = $1 WHERE turn LIKE 'lookup:acc_%'";

const ATTEMPT: &str = "
INSERT INTO attempts (id, payment_id, account_id, provider, number, form_key, amount_minor, currency, started_at,
    session_ends_at, call, return_hash, return_sealed)
VALUES ('att_1', 'pay_1', $1, 'vpos', 'k1', 'f1', 100, 'AMD', 0, 0, '{}', 'r1', 's')";

const PAYMENT: &str = "
INSERT INTO payments (id, merchant_id, mode, order_id, amount_minor, currency, particulars, token_hash, token_sealed,
    created_at, expires_at, status, version, captured_minor, surplus_minor, refunded_minor, announced_paid, rule, evidence,
    exceptions, updated_at, journal_length, journal_head)
VALUES ('pay_1', $1, 'test', 'A-1', 100, 'AMD', '{}', 't', 's', 0, 0, 'pending', 1, 0, 0, 0, 0, '', '', '[]', 0, 0, '')";

on_both!(a_job_knows_whose_turn_it_is_and_whom_it_concerns, |store| {
    let mut tx = store.db.write().await.unwrap();
    sql(PAYMENT).bind(MERCHANT).run(&mut tx).await.unwrap();
    sql(ATTEMPT).bind(ACCOUNT).run(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    for (kind, subject) in [(Kind::Lookup, "att_1"), (Kind::Close, "att_1"), (Kind::Timer, "pay_1"), (Kind::Push, "?")]
    {
        put(store, kind, subject).await;
    }
    let found = due(store).await;
    assert_eq!(names(&found), ["close:acc_1", "lookup:acc_1", "push:", "timer:mer_1"]);
    let mut concerned = Vec::new();
    for turn in &found {
        let job = claim(store, NOW, &turn.name, 1).await.remove(0);
        concerned.push(faults::concern(&mut store.db.read().await.unwrap(), &job).await.unwrap());
    }
    let payment =
        faults::Concern { merchant_id: MERCHANT.to_owned(), mode: Mode::Test, payment_id: Some("pay_1".to_owned()) };
    let of_payment = Some(payment);
    assert_eq!(concerned, [of_payment.clone(), of_payment.clone(), None, of_payment]);
});

on_both!(e3_faults_and_lost_leases_in_a_row_are_counted, |store| {
    put(store, Kind::Timer, "pay_1").await;
    let mut faults_seen = Vec::new();
    let mut now = NOW;
    for round in 0..4 {
        let job = claim(store, now, "timer:", 1).await.remove(0);
        faults_seen.push(job.faults);
        if round % 2 == 0 {
            let mut tx = store.db.write().await.unwrap();
            assert!(faults::fault(&mut tx, &job, now + 5).await.unwrap());
            assert!(!faults::fault(&mut tx, &Job { fence: job.fence - 1, ..job.clone() }, now).await.unwrap());
            tx.commit().await.unwrap();
        }
        // Whoever holds it otherwise is never heard of again.
        now += LEASE;
    }
    assert_eq!(faults_seen, [0, 1, 2, 3]);
    let job = claim(store, now, "timer:", 1).await.remove(0);
    let mut tx = store.db.write().await.unwrap();
    assert!(jobs::postpone(&mut tx, &job, now).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(claim(store, now, "timer:", 1).await[0].faults, 0, "it went well");
});

on_both!(e3_a_job_set_aside_leaves_its_lane_to_the_others_and_can_be_driven_again, |store| {
    let mut tx = store.db.write().await.unwrap();
    for (subject, place) in [("first", 1), ("second", 2)] {
        jobs::put_in_lane(&mut tx, Kind::Delivery, subject, "lane", place, NOW).await.unwrap();
    }
    tx.commit().await.unwrap();
    let first = claim(store, NOW, "delivery:", 9).await.remove(0);
    assert_eq!(first.subject, "first");
    let mut tx = store.db.write().await.unwrap();
    assert!(faults::set_aside(&mut tx, &first, NOW + 1_000_000).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(claim(store, NOW, "delivery:", 9).await[0].subject, "second");
    let mut tx = store.db.write().await.unwrap();
    assert_eq!(jobs::due_of(&mut tx, Kind::Delivery, "first").await.unwrap(), Some(NOW + 1_000_000));
    assert_eq!(jobs::due_of(&mut tx, Kind::Delivery, "third").await.unwrap(), None);
    assert!(faults::drive_again(&mut tx, "delivery:first", NOW).await.unwrap());
    assert!(!faults::drive_again(&mut tx, "delivery:first", NOW).await.unwrap(), "it is due already");
    tx.commit().await.unwrap();
    assert_eq!(claim(store, NOW, "delivery:", 9).await[0].subject, "first");
});
