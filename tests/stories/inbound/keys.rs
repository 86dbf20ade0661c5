//! Which messages are the same message again, by each kind of route.

use kamurj_domain::Clock as _;
use kamurj_tests::inbound::secret;
use kamurj_tests::integrator::Answer;
use kamurj_tests::story;
use serde_json::{Value, json};

/// Every message with this state.
fn all(state: &str, seen: &[i64]) -> Vec<(String, i64)> {
    seen.iter().map(|count| (state.to_owned(), *count)).collect()
}

story!(f8_a_signed_id_is_the_message_whatever_its_body, |world| {
    let doors = world.has_doors().await;
    let now = world.clock.now() / 1_000;
    assert_eq!(doors.standard("msg_1", now, r#"{"n":1}"#).await.status, 200);
    assert_eq!(doors.standard("msg_1", now, r#"{"n":1}"#).await.status, 200);
    world.clock.pass(60_000);
    assert_eq!(doors.standard("msg_1", now + 60, r#"{"n":2}"#).await.status, 200, "a later try under the same id");
    world.clock.pass(1_000);
    assert_eq!(doors.standard("msg_2", now + 60, r#"{"n":1}"#).await.status, 200);
    assert_eq!(world.taken(&doors).await, all("waiting", &[3, 1]));
    world.settles().await;
    assert_eq!(world.taken(&doors).await, all("done", &[3, 1]));
});

story!(f8_a_bundle_is_the_same_when_all_that_it_carries_is, |world| {
    let doors = world.has_doors().await;
    let status = |id: &str, word: &str| json!({ "id": id, "status": word });
    let messages = |ids: &[&str]| ids.iter().map(|id| json!({ "id": id, "from": "7" })).collect::<Value>();
    let bundles = [
        json!([{ "messages": messages(&["a"]) }]),
        json!([{ "messages": messages(&["a", "b"]) }]),
        json!([{ "statuses": [status("a", "sent")] }]),
        json!([{ "statuses": [status("a", "read")] }]),
        json!([{ "messages": messages(&["a"]), "statuses": [status("a", "sent")] }]),
    ];
    for time in 0..3 {
        for bundle in &bundles {
            let body = json!({ "entry": bundle, "sent_again": time });
            assert_eq!(doors.meta("app_secret", &body).await.status, 200);
            world.clock.pass(1_000);
        }
    }
    assert_eq!(world.taken(&doors).await, all("waiting", &[3; 5]));
    world.settles().await;
    assert_eq!(world.taken(&doors).await, all("done", &[3; 5]));
});

story!(f8_a_crms_event_is_known_by_action_record_and_time, |world| {
    let doors = world.has_doors().await;
    let key = secret("path_key");
    let event = |action: &str, id: u32, at: u32| {
        format!("leads%5B{action}%5D%5B0%5D%5Bid%5D={id}&leads[{action}][0][last_modified]={at}&account[id]=1")
    };
    let events = [event("status", 7, 1), event("update", 7, 1), event("status", 7, 2), event("status", 8, 1)];
    for round in 0..2 {
        for event in &events {
            assert_eq!(doors.crm(key, &format!("{event}&round={round}")).await.status, 200);
            world.clock.pass(1_000);
        }
    }
    // What is of another kind is known by its bytes.
    for body in ["contacts[add][0][id]=7", "contacts[add][0][id]=7", "{\"no\":\"form\"}", ""] {
        assert_eq!(doors.crm(key, body).await.status, 200);
        world.clock.pass(1_000);
    }
    assert_eq!(world.taken(&doors).await, all("waiting", &[2, 2, 2, 2, 2, 1, 1]));
    world.settles().await;
    assert_eq!(world.taken(&doors).await, all("done", &[2, 2, 2, 2, 2, 1, 1]), "a form is no reason to set it aside");
});

story!(e3_a_key_that_no_index_takes_is_kept_by_its_hash, |world| {
    let doors = world.has_doors().await;
    let sends = async |id: &str| {
        let request = doors.post("token", json!({ "id": id }).to_string());
        Answer::to(request.header("x-token", secret("header_token"))).await.status
    };
    let long = "x".repeat(60_000);
    for id in [&long, &long, &format!("{long}y"), "a\u{0}b", "a\u{0}b", "a\u{0}c"] {
        assert_eq!(sends(id).await, 200);
        world.clock.pass(1_000);
    }
    assert_eq!(world.taken(&doors).await, all("waiting", &[2, 1, 2, 1]));
    assert!(world.inbox(&doors.id).await.iter().all(|message| message.natural_key.len() < 256));
});
