//! More than usual at once: a database that stalls, floods of what nobody proves, bursts, long readers, and day after day.

use kamurj_sandbox::bank::Webhooks;
use kamurj_store::db::sql;
use kamurj_store::payments;
use kamurj_tests::acts::{exceptions, open_kinds, order_at_the_bank, status};
use kamurj_tests::clock::{hours, minutes};
use kamurj_tests::database::Engine;
use kamurj_tests::integrator::Answer;
use kamurj_tests::links::at_once;
use kamurj_tests::neighbour::NEIGHBOUR_SECRET;
use kamurj_tests::notice::Notice;
use kamurj_tests::{World, story};
use serde_json::json;

/// An order whose money the bank has taken and told nobody of; answers its id and the bank's notice.
async fn paid_and_untold(world: &mut World, order: &str) -> (String, Notice) {
    world.sandbox.bank.change_faults(|faults| faults.webhooks = Webhooks::Drop);
    let (payment, bank) = order_at_the_bank(world, order, "12500").await;
    world.does_at_the_bank(&bank, "pay").await;
    let notice = world.notice(&format!("msg_{order}"), &world.tidings(&world.session(), "paid"));
    (payment, notice)
}

/// The notice as somebody at this address sends it, who is not behind our proxy but before it.
async fn from(world: &World, address: &str, notice: &Notice) -> Answer {
    Answer::to(notice.request(&world.http).header("x-forwarded-for", address)).await
}

story!(a21_a_database_that_stalls_is_answered_in_time_and_the_next_try_works, |world| {
    let (payment, notice) = paid_and_untold(world, "A-1").await;
    let app = world.app();
    let mut stalled = app.db.write().await.expect("a transaction");
    if world.engine == Engine::Postgres {
        // SQLite has one writer; here it takes a lock to stand in the way of what is written.
        sql("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE").run(&mut stalled).await.expect("the lock");
    }
    let answer = world.posts(&notice).await;
    answer.is_problem(503, "unavailable");
    assert_eq!(status(world, &payment).await, "pending", "pages are read meanwhile");
    stalled.rollback().await.expect("it ends");
    assert_eq!(world.posts(&notice).await.status, 200);
    world.settles().await;
    assert_eq!(status(world, &payment).await, "paid");
    let received = world.inbox(&world.account).await;
    assert_eq!(received.len(), 1, "kept once, whichever of the two was written first");
});

story!(a22_a_flood_at_one_merchants_address_stops_nobody_else, |world| {
    world.stands_behind_a_proxy().await;
    let (payment, notice) = paid_and_untold(world, "A-1").await;
    let junk =
        |number: usize| Notice { signature: Some("v1,AAAA".into()), id: format!("junk_{number}"), ..notice.clone() };
    let mut refused = (0, 0);
    for number in 0..200 {
        let answer = from(world, "198.51.100.7", &junk(number)).await;
        match answer.status {
            401 => refused.0 += 1,
            429 => {
                refused.1 += 1;
                answer.is_problem(429, "too-many");
                assert_eq!(answer.header("retry-after"), "1");
            }
            other => panic!("{other}: {}", answer.body),
        }
    }
    assert_eq!(refused, (35, 165), "thirty of one network, and five in this second of the address");
    // The same network at another merchant's address, and another network at this one.
    let shop = world.shop_at(&world.sandbox.bank_url.clone(), "Neighbour").await;
    let theirs =
        world.signed_notice(&shop.account, NEIGHBOUR_SECRET, "msg_1", &world.tidings(&world.session(), "paid"));
    assert_eq!(from(world, "198.51.100.7", &theirs).await.status, 401, "looked at, and not proven");
    assert_eq!(from(world, "192.0.2.10", &notice).await.status, 200, "the bank is heard");
    world.settles().await;
    assert_eq!(status(world, &payment).await, "paid");
    // From everywhere at once: who has proven something is still heard.
    for number in 0..400 {
        from(world, &format!("203.{}.{}.7", number / 200, number % 200), &junk(number)).await;
    }
    assert_eq!(from(world, "203.7.7.7", &junk(1)).await.status, 429);
    assert_eq!(from(world, "192.0.2.10", &notice).await.status, 200);
    world.clock.pass(minutes(1));
    assert_eq!(from(world, "198.51.100.7", &junk(1)).await.status, 401, "a minute later it is looked at again");
});

story!(a16_a_wrong_signature_is_refused_alike_wherever_it_is_wrong, |world| {
    let (_, notice) = paid_and_untold(world, "A-1").await;
    let tag = notice.signature.clone().expect("a signature");
    let mut answers = Vec::new();
    for place in "v1,".len()..tag.len() - 1 {
        let mut wrong = tag.clone().into_bytes();
        wrong[place] = if wrong[place] == b'A' { b'B' } else { b'A' };
        let signature = Some(String::from_utf8(wrong).expect("ASCII"));
        let answer = world.posts(&Notice { signature, ..notice.clone() }).await;
        answers.push((answer.status, answer.body));
    }
    assert!(answers.len() > 40 && answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(answers[0].0, 401);
});

story!(j4_a_burst_is_acknowledged_before_it_is_worked_and_nothing_of_it_is_lost, |world| {
    let mut notices = Vec::new();
    for number in 0..30 {
        notices.push(paid_and_untold(world, &format!("A-{number}")).await);
    }
    // The bank brings everything three times at once.
    let requests = notices.iter().chain(&notices).chain(&notices).map(|(_, notice)| notice.request(&world.http));
    let answers = at_once(requests.collect()).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 90);
    assert_eq!(world.inbox(&world.account).await.len(), 30, "each is kept once");
    for (payment, _) in &notices {
        assert_eq!(status(world, payment).await, "pending", "the queue has it");
    }
    world.settles().await;
    for (payment, _) in &notices {
        assert_eq!(status(world, payment).await, "paid");
        assert!(open_kinds(world, payment).await.is_empty());
    }
    // The portal takes only so many at once.
    world.passes(minutes(3)).await;
    assert_eq!(world.sandbox.bitrix24.view().deals.len(), 30);
});

story!(e9_somebody_who_reads_for_long_holds_no_work_up, |world| {
    let (first, notice) = paid_and_untold(world, "A-0").await;
    let app = world.app();
    let mut reader = app.db.snapshot().await.expect("a snapshot");
    let before = payments::by_id(&mut reader, &first).await.expect("it is read").expect("it is there");
    assert_eq!(world.posts(&notice).await.status, 200);
    for number in 1..=30 {
        let (payment, notice) = paid_and_untold(world, &format!("A-{number}")).await;
        assert_eq!(world.posts(&notice).await.status, 200);
        world.settles().await;
        assert_eq!(status(world, &payment).await, "paid");
    }
    let seen = payments::by_id(&mut reader, &first).await.expect("it is read").expect("it is there");
    assert_eq!((before.status.word(), seen.status.word()), ("pending", "pending"), "the reader sees what it saw");
    assert_eq!(status(world, &first).await, "paid");
});

story!(j3_day_after_day_nothing_is_left_over, |world| {
    let mut jobs = Vec::new();
    for day in 0..6 {
        for number in 0..8 {
            world.sandbox.bank.change_faults(|faults| {
                faults.webhooks = if number % 3 == 0 { Webhooks::Drop } else { Webhooks::Send };
            });
            let (_, bank) = order_at_the_bank(world, &format!("A-{day}-{number}"), "100").await;
            match number % 4 {
                // Some leave the bank's page and never come back.
                0 => {}
                1 => drop(world.does_at_the_bank(&bank, "decline").await),
                _ => drop(world.does_at_the_bank(&bank, "pay").await),
            }
        }
        world.passes(hours(24)).await;
        // A whole day more than any session lives.
        world.passes(hours(24)).await;
        jobs.push(world.content().await["jobs"].len());
    }
    assert!(jobs.iter().all(|left| *left <= jobs[0]), "{jobs:?}");
    assert_eq!(json!(exceptions(world, "").await), json!([]));
});
