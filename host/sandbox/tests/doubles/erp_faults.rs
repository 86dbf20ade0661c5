//! The ERP's bad days as a receiver.

use std::time::Duration;

use kamurj_sandbox::erp::ErpFaults;
use serde_json::json;

use crate::erp::{Hook, OTHER_SECRET, event, hook};
use crate::world::{World, reply};

/// What somebody breaks or mends.
type Change = fn(&mut ErpFaults);

fn message() -> Hook {
    hook("msg_1", &event("payment.paid", 7))
}

#[tokio::test]
async fn each_fault_answers_as_it_should_does_nothing_and_is_used_up() {
    let rows: [(&str, Change, u16, &str); 4] = [
        ("limit", |faults| faults.limit_next = 1, 429, "too_many_requests"),
        ("fail", |faults| faults.fail_next = 1, 500, "internal"),
        ("bad gateway", |faults| faults.bad_gateway_next = 1, 502, "bad_gateway"),
        ("refuse", |faults| faults.refuse_next = 1, 422, "unwanted"),
    ];
    for (name, change, status, code) in rows {
        let world = World::with_erp().await;
        world.sandbox.erp.change_faults(change);
        let answer = world.hears(&message()).await;
        assert_eq!((answer.status, &answer.body["error"]["code"]), (status, &json!(code)), "{name}");
        assert!(world.sandbox.erp.view().events.is_empty(), "{name}: nothing was done");
        let again = world.hears(&message()).await;
        assert_eq!((again.status, &again.body["repeat"]), (200, &json!(false)), "{name}: used up");
        assert_eq!(world.sandbox.erp.view().events[0].attempts, 2, "{name}");
    }
}

#[tokio::test]
async fn each_switch_lasts_until_it_is_switched_off() {
    let rows: [(&str, Change, u16); 3] = [
        ("down", |faults| faults.down = !faults.down, 503),
        ("gone", |faults| faults.gone = !faults.gone, 410),
        ("redirect", |faults| faults.redirect = !faults.redirect, 301),
    ];
    for (name, change, status) in rows {
        let world = World::with_erp().await;
        world.sandbox.erp.change_faults(change);
        for _ in 0..2 {
            assert_eq!(world.hears(&message()).await.status, status, "{name}");
        }
        world.sandbox.erp.change_faults(change);
        assert_eq!(world.hears(&message()).await.body["repeat"], json!(false), "{name}");
    }
}

#[tokio::test]
async fn a_429_says_how_long_to_wait_in_either_form_of_http_or_not_at_all() {
    for (seconds, as_date, expected) in [
        (30, false, Some("30")),
        (3600, true, Some("Sat, 21 Nov 2026 11:05:09 GMT")),
        (86_400, true, Some("Sun, 22 Nov 2026 10:05:09 GMT")),
        (0, false, None),
    ] {
        let world = World::with_erp().await;
        world.sandbox.erp.change_faults(|faults| {
            (faults.limit_next, faults.retry_after_s, faults.retry_after_as_date) = (1, seconds, as_date);
        });
        let answer = world.carrying(&message()).send().await.unwrap();
        let wait = answer.headers().get("retry-after").map(|value| value.to_str().unwrap());
        assert_eq!((answer.status().as_u16(), wait), (429, expected));
    }
}

#[tokio::test]
async fn whoever_follows_a_redirect_is_found_out() {
    let world = World::with_erp().await;
    world.sandbox.erp.change_faults(|faults| faults.redirect = true);
    let answer = world.carrying(&message()).send().await.unwrap();
    let location = answer.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(location, format!("{}/elsewhere/payments", world.sandbox.erp_url));
    assert_eq!(world.sandbox.erp.view().followed, 0);
    assert_eq!(reply(world.client.get(location)).await.status, 200, "it looks as if all were well");
    let view = world.sandbox.erp.view();
    assert_eq!((view.followed, view.events.len()), (1, 0));
}

#[tokio::test]
async fn a_lost_request_does_nothing_and_a_lost_answer_comes_after_the_deed() {
    let world = World::with_erp().await;
    world.sandbox.erp.change_faults(|faults| faults.drop_request_next = 1);
    assert!(world.carrying(&message()).send().await.is_err());
    assert!(world.sandbox.erp.view().events.is_empty());

    world.sandbox.erp.change_faults(|faults| faults.drop_reply_next = 1);
    let refused = world.hears(&Hook { keys: vec![OTHER_SECRET], ..message() }).await;
    assert_eq!(refused.status, 401);
    assert_eq!(world.sandbox.erp.view().faults.drop_reply_next, 1, "a refused message has no answer worth losing");
    assert!(world.carrying(&message()).send().await.is_err());
    assert_eq!(world.sandbox.erp.view().events.len(), 1);
    assert_eq!(world.hears(&message()).await.body["repeat"], json!(true));
    let outcomes: Vec<_> = world.sandbox.erp.view().requests.iter().map(|one| (one.status, one.outcome)).collect();
    assert_eq!(outcomes, [(None, "cut"), (Some(401), "signature_wrong"), (None, "taken"), (Some(200), "repeat")]);
}

#[tokio::test]
async fn a_request_hangs_until_its_sender_gives_up_or_the_fault_ends() {
    let world = World::with_erp().await;
    world.sandbox.erp.change_faults(|faults| faults.hang = true);
    let came = async |count: usize| {
        let came = async {
            while world.sandbox.erp.view().requests.len() < count {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), came).await.unwrap();
    };
    let request = world.carrying(&message());
    let given_up = tokio::spawn(async move { request.send().await });
    came(1).await;
    assert!(!given_up.is_finished());
    given_up.abort();
    let request = world.carrying(&message());
    let waiting = tokio::spawn(async move { request.send().await });
    came(2).await;
    assert!(!waiting.is_finished());
    world.sandbox.erp.change_faults(|faults| faults.hang = false);
    assert!(waiting.await.unwrap().is_err(), "it was cut, not answered");
    let view = world.sandbox.erp.view();
    assert_eq!((view.events.len(), view.requests[1].outcome), (0, "hangs"));
    assert_eq!(world.hears(&message()).await.status, 200);
}
