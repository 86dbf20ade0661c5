//! What each answer of an endpoint leads to: the table, the plan of waits, lost answers, storms and days without an ERP.

use crate::erp::{Fault, NOW_MS, World};
use kamurj_sdk::testing::{delivery, payment};
use kamurj_sdk::{Delivery, Host, Outcome};

const SECOND: u64 = 1000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

fn paid(number: usize) -> Delivery {
    let mut payment = payment(&format!("pay_{number}"));
    (payment.status, payment.version) = ("paid".to_owned(), 3);
    Delivery { id: format!("dlv_{number}"), ..delivery("payment.paid", payment) }
}

/// How the first run ends whose message has this fate.
fn fate(fault: Fault) -> (World, Outcome) {
    let world = World::new();
    world.fails([fault]);
    let outcome = world.runs(&paid(1), 1);
    (world, outcome)
}

/// Kind, scope, whether it waits by the plan's first wait, and a part of the message.
#[track_caller]
fn check(fault: Fault, kind: &str, scope: &str, part: &str) {
    let shown = format!("{fault:?}");
    let (_, outcome) = fate(fault);
    assert_eq!((outcome.kind.as_str(), outcome.scope.as_str()), (kind, scope), "{shown}: {outcome:?}");
    assert!(outcome.message.contains(part), "{shown}: {}", outcome.message);
    assert!(!outcome.message.contains("not for logs"), "no part of an answer's body is told");
    if scope == "message" && kind != "done" {
        let wait = outcome.retry_after_ms.expect("a wait of the plan");
        assert!((4_500..=5_500).contains(&wait), "{shown}: {wait}");
    }
}

#[test]
fn every_answer_has_its_meaning() {
    for status in [200, 201, 202, 204, 299] {
        check(Fault::answer(status), "done", "message", "");
    }
    for status in [301, 302, 303, 307, 308] {
        check(Fault::answer(status), "bad-request", "connection", "enter the address where it leads in `endpoint`");
    }
    for status in [401, 403] {
        check(Fault::answer(status), "auth-needed", "message", "the same `signing_secret`");
    }
    for status in [404, 405] {
        check(Fault::answer(status), "retry", "message", "check `path`");
    }
    for status in [400, 402, 406, 408, 409, 411, 413, 415, 418, 422, 425, 451] {
        check(Fault::answer(status), "retry", "message", "its own log says why");
    }
    check(Fault::answer(410), "bad-request", "connection", "switched off");
    check(Fault::answer(429), "retry", "connection", "too often");
    for status in [500, 501, 502, 503, 504, 520] {
        check(Fault::answer(status), "retry", "message", &format!("the endpoint answers {status}"));
    }
    check(Fault::answer(101), "retry", "message", "no answer to a webhook");
    check(Fault::answer(999), "retry", "message", "no answer to a webhook");
    check(Fault::NotSent, "retry", "message", "cannot be reached");
    check(Fault::DropRequest, "retry", "message", "did not answer in time");
    check(Fault::Refused("too-large"), "retry", "message", "did not answer in time");
    check(Fault::Refused("something-new"), "retry", "message", "did not answer in time");
    for kind in ["not-granted", "invalid", "limit"] {
        check(Fault::Refused(kind), "bad-request", "connection", "");
    }
    check(Fault::Held(7000), "retry", "connection", "");
}

#[test]
fn f1_the_endpoints_own_word_on_when_to_come_back_holds_everything() {
    let wait = |fault| {
        let (_, outcome) = fate(fault);
        (outcome.scope.clone(), outcome.retry_after_ms.expect("a wait"))
    };
    let all = |wait: u64| ("connection".to_owned(), wait);
    for status in [429, 500, 502, 503, 504] {
        assert_eq!(wait(Fault::with(status, "retry-after", "120")), all(120 * SECOND), "{status}");
    }
    // The clock of a test begins at 08:33:20.
    assert_eq!(wait(Fault::with(503, "retry-after", "Sat, 21 Nov 2026 08:35:20 GMT")), all(2 * MINUTE));
    assert_eq!(wait(Fault::with(429, "retry-after", "999999999999999999999")), all(24 * HOUR), "a day at most");
    assert_eq!(wait(Fault::with(429, "retry-after", "Fri, 31 Dec 9999 23:59:59 GMT")), all(24 * HOUR));
    assert_eq!(wait(Fault::Held(7000)), all(7000));
    for nothing in ["0", "", "soon", "-5", "1.5", "Sat, 21 Nov 2026 08:33:20 GMT", "Fri, 20 Nov 2026 08:33:20 GMT"] {
        assert_eq!(wait(Fault::with(429, "retry-after", nothing)), all(MINUTE), "{nothing}");
        let (scope, by_plan) = wait(Fault::with(503, "retry-after", nothing));
        assert!(scope == "message" && by_plan < 6000, "{nothing}: {by_plan}");
    }
    let (scope, by_plan) = wait(Fault::with(404, "retry-after", "120"));
    assert!(scope == "message" && by_plan < 6000, "who does not know the address says nothing of when");
}

#[test]
fn a_redirect_is_told_by_its_server_alone() {
    for (location, told) in [
        ("https://new.example.am/hooks?token=abc", "moved to new.example.am. "),
        ("https://user:pass@new.example.am:8443/x", "moved to new.example.am:8443. "),
        ("/login?next=secret", "moved elsewhere. "),
        ("https://", "moved elsewhere. "),
        ("", "moved elsewhere. "),
    ] {
        let (world, outcome) = fate(Fault::with(302, "location", location));
        assert!(outcome.message.contains(told), "{location}: {}", outcome.message);
        for hidden in ["token", "pass", "secret"] {
            assert!(!outcome.message.contains(hidden), "{}", outcome.message);
        }
        assert_eq!(world.erp.borrow().asked, 1, "it is not followed");
    }
}

#[test]
fn a_failed_try_is_repeated_by_the_plan_and_given_up_after_the_tenth() {
    let world = World::new();
    world.fails(std::iter::repeat_n(Fault::answer(500), 10));
    let ends = world.settles(&paid(1));
    let plan = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];
    assert_eq!(ends.len(), 10);
    for ((outcome, wait), plain) in ends.iter().zip(plan) {
        assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("retry", "500"));
        assert!((plain * 9 / 10..=plain * 11 / 10).contains(wait), "{wait} for {plain}");
    }
    let last = &ends[9].0;
    assert_eq!((last.kind.as_str(), last.scope.as_str(), last.code.as_str()), ("bad-request", "message", "500"));
    assert!(last.message.starts_with("given up after 10 tries: the endpoint answers 500"), "{}", last.message);
    let warned = world.host.lines().iter().filter(|line| line.text.starts_with("A webhook was not taken")).count();
    assert_eq!(warned, 10, "whoever reads the log sees it from the first try on");

    // A person mends it and retries the delivery: the same message.
    assert_eq!(world.runs(&paid(1), 11).kind, "done");
    assert_eq!(world.only().id, "dlv_1");
}

#[test]
fn every_try_says_the_same_with_the_time_of_its_own() {
    let world = World::new();
    world.fails([Fault::DropReply, Fault::answer(500), Fault::DropReply]);
    let mut delivery = paid(1);
    delivery.event = "payment.cancelled".to_owned();
    let ends = world.settles(&delivery);
    assert_eq!(
        ends.iter().map(|(outcome, _)| outcome.kind.as_str()).collect::<Vec<_>>(),
        ["retry", "retry", "retry", "done"]
    );
    let heard = world.heard();
    assert_eq!(heard.len(), 3);
    assert!(heard.iter().all(|one| one.id == "dlv_1" && one.body == heard[0].body), "{heard:?}");
    assert_eq!(heard[0].body["timestamp"], "2026-11-21T08:33:20.000Z");
    assert!(heard[0].timestamp == NOW_MS / 1000 && heard[1].timestamp < heard[2].timestamp);
}

#[test]
fn f2_an_answer_that_was_lost_is_asked_for_again_once_a_run_and_the_erp_knows_the_message() {
    let world = World::new();
    world.fails([Fault::DropReply]);
    let outcome = world.runs(&paid(1), 1);
    assert_eq!((outcome.kind.as_str(), outcome.code.as_str()), ("retry", "no-answer"));
    assert_eq!(world.erp.borrow().asked, 1, "a run has no time for two slow answers");
    assert_eq!(world.runs(&paid(1), 2).kind, "done");
    let erp = world.erp.borrow();
    assert_eq!((erp.asked, erp.repeats, erp.payments.len()), (2, 1, 1));
    let kept =
        world.host.state_keys("").expect("keys").into_iter().map(|key| world.host.state_get(&key).expect("an entry"));
    let kept: Vec<_> = kept.flatten().map(|entry| String::from_utf8(entry.value).expect("text")).collect();
    assert!(
        !kept.is_empty() && kept.iter().all(|board| !board.contains("dlv_1")),
        "what was taken is forgotten: {kept:?}"
    );
}

#[test]
fn f2_a_loss_is_remembered_while_nothing_leaves_this_machine() {
    let world = World::new();
    world.fails([Fault::DropRequest, Fault::NotSent, Fault::Held(9000), Fault::answer(502)]);
    let kinds: Vec<_> = world.settles(&paid(1)).iter().map(|(outcome, _)| outcome.code.clone()).collect();
    assert_eq!(kinds, ["no-answer", "not-sent", "rate-limited", "502", ""]);
    assert_eq!(world.heard().len(), 1);
}

#[test]
fn a_message_that_was_taken_is_not_sent_again_whatever_run_asks() {
    let world = World::new();
    for run in 1..=3 {
        assert_eq!(world.runs(&paid(1), run).kind, "done");
    }
    assert_eq!(world.erp.borrow().asked, 1);
}

#[test]
fn f4_a_refused_signature_asks_for_a_person_and_keeps_the_plan() {
    let world = World::new();
    world.erp.borrow_mut().trusts = vec!["another_secret"];
    let first = world.runs(&paid(1), 1);
    assert_eq!((first.kind.as_str(), first.code.as_str()), ("auth-needed", "401"));
    assert!(first.retry_after_ms.is_some_and(|wait| wait < 6000));
    let second = world.runs(&paid(1), 2);
    assert!(second.retry_after_ms.is_some_and(|wait| wait > 4 * MINUTE), "{second:?}");
    world.erp.borrow_mut().trusts = vec!["signing_secret"];
    assert_eq!(world.runs(&paid(1), 3).kind, "done");
}

#[test]
fn f5_an_endpoint_that_is_gone_stops_everything_once_and_all_is_sent_when_it_is_back() {
    let world = World::new();
    world.fails([Fault::answer(410), Fault::answer(301)]);
    for (run, code) in [(1, "410"), (2, "301")] {
        let outcome = world.runs(&paid(1), run);
        assert_eq!(
            (outcome.kind.as_str(), outcome.scope.as_str(), outcome.code.as_str()),
            ("bad-request", "connection", code)
        );
    }
    assert_eq!(world.runs(&paid(1), 3).kind, "done");
}

#[test]
fn f1_a_storm_of_half_an_hour_costs_no_message() {
    let world = World::new();
    let until = NOW_MS + 30 * MINUTE;
    let mut owed: Vec<(u64, u32, Delivery)> = (0..200).map(|number| (NOW_MS, 1, paid(number))).collect();
    let (mut held_until, mut asked) = (0, 0);
    while let Some((due, run, delivery)) = owed.first().cloned() {
        let now = due.max(NOW_MS);
        world.host.set_now_ms(now);
        if now < held_until {
            world.fails([Fault::Held(held_until - now)]);
        } else if now < until {
            asked += 1;
            world.fails([Fault::with(429, "retry-after", "60")]);
        }
        let outcome = world.runs(&delivery, run);
        owed.remove(0);
        if outcome.kind == "done" {
            continue;
        }
        let wait = outcome.retry_after_ms.expect("a wait");
        assert_eq!((outcome.kind.as_str(), outcome.scope.as_str()), ("retry", "connection"));
        held_until = held_until.max(now + wait);
        // The host doubles its own wait with every run, an hour at most.
        let host_wait = ((2 * SECOND) << (run - 1).min(20)).min(HOUR);
        owed.push((now + wait.max(host_wait), run + 1, delivery));
        owed.sort_by_key(|(due, ..)| *due);
    }
    assert!(asked <= 31, "asked {asked} times in a storm of thirty minutes");
    assert_eq!(world.erp.borrow().payments.len(), 200);
    assert!(world.host.now_ms() < NOW_MS + HOUR, "all were told within twice the storm");
}

#[test]
fn f6_three_days_without_an_erp_lose_nothing() {
    for fault in [Fault::NotSent, Fault::DropRequest, Fault::answer(502)] {
        let world = World::new();
        let back_at = NOW_MS + 72 * HOUR;
        let delivery = paid(1);
        let (mut now, mut end) = (NOW_MS, None);
        for run in 1..=100 {
            world.host.set_now_ms(now);
            if now < back_at {
                world.fails([fault.clone()]);
            }
            let outcome = world.runs(&delivery, run);
            if outcome.kind != "retry" {
                end = Some(outcome.kind);
                break;
            }
            now += outcome.retry_after_ms.expect("a wait");
        }
        assert_eq!(end.as_deref(), Some("done"), "{fault:?}");
        assert_eq!(world.only().body["data"]["status"], "paid");
    }
}

#[test]
fn runs_in_which_everything_waited_are_no_tries() {
    let world = World::new();
    world.fails(std::iter::repeat_n(Fault::Held(5000), 30));
    world.fails(std::iter::repeat_n(Fault::with(503, "retry-after", "30"), 20));
    world.fails([Fault::answer(500), Fault::answer(500)]);
    let mut delivery = paid(1);
    delivery.event = "payment.failed".to_owned();
    let ends = world.settles(&delivery);
    assert_eq!(world.only().body["timestamp"], "2026-11-21T08:33:20.000Z", "it says when it was to be told first");
    assert_eq!(ends.len(), 53);
    assert!((4_500..=5_500).contains(&ends[50].1), "the first failed try waits as a first: {}", ends[50].1);
    assert!((270 * SECOND..=330 * SECOND).contains(&ends[51].1), "{}", ends[51].1);
    assert_eq!(ends[52].0.kind, "done");
}
