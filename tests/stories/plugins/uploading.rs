//! Uploads: judged by a worker, told in words, and done again after a crash.

use kamurj_tests::integrator::Answer;
use kamurj_tests::uploads::{bare, probing};
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::{Value, json};

fn names(asks: &Value, risk: &str) -> Vec<String> {
    let group = asks[risk].as_array().expect("a group");
    group.iter().map(|one| one["name"].as_str().expect("a name").to_owned()).collect()
}

story!(a_component_is_taken_at_once_and_judged_by_a_worker, |world| {
    let taken = Answer::to(world.upload(&world.api_key, probing(|_| ()))).await;
    assert_eq!((taken.status, &taken.body["stage"]), (202, &json!("received")), "{}", taken.body);
    assert!(taken.body["manifest"].is_null() && taken.body["plugin"].is_null());
    let path = format!("/v1/plugins/{}", taken.body["digest"].as_str().expect("a digest"));
    assert_eq!(world.sees(&path).await["stage"], "received", "nobody has worked yet");
    world.settles().await;
    let judged = world.sees(&path).await;
    assert_eq!((&judged["stage"], &judged["refusal"]), (&json!("ready"), &Value::Null), "{judged}");
    assert_eq!(
        (&judged["plugin"], &judged["version"], &judged["class"]),
        (&json!("probing"), &json!("1.0.0"), &json!("small"))
    );
    assert_eq!(judged["bytes"], probing(|_| ()).len());
    let has = |list: &str, name: &str| judged[list].as_array().expect("a list").iter().any(|one| one == name);
    assert!(
        has("imports", "kamurj:plugin/http@1.1.0") && has("exports", "kamurj:plugin/channel-sink@1.1.0"),
        "{judged}"
    );
    assert_eq!(names(&judged["asks"], "high"), ["host:{api_base}", "route:update"]);
    assert_eq!(names(&judged["asks"], "medium"), ["secret:token"]);
    assert_eq!(names(&judged["asks"], "low"), ["event:payment.paid"]);
    assert!(
        judged["warnings"][0].as_str().is_some_and(|words| words.contains("whatever the settings say")),
        "{judged}"
    );
    let listed = world.sees("/v1/plugins").await;
    // What the stories' merchant has from the command line is there too.
    let digests: Vec<&Value> = listed["plugins"].as_array().expect("a list").iter().map(|one| &one["digest"]).collect();
    assert!(digests.len() == 3 && digests.contains(&&judged["digest"]), "{listed}");
});

story!(what_is_no_plugin_is_refused_in_words_and_cannot_be_installed, |world| {
    let cases: [(Vec<u8>, &str); 4] = [
        (b"not WebAssembly at all".to_vec(), "component"),
        (b"\0asm\x01\0\0\0".to_vec(), "component"),
        (bare("probing"), "has no manifest"),
        (probing(|manifest| manifest["settings_schema"] = json!({ "$ref": "file:///etc/passwd" })), "settings schema"),
    ];
    for (component, expected) in cases {
        let judged = world.has_judged(component).await;
        assert_eq!(judged["stage"], "refused", "{judged}");
        let refusal = judged["refusal"].as_str().expect("words");
        assert!(refusal.contains(expected), "{refusal}");
        let body = json!({ "plugin": judged["digest"], "settings": {} });
        let answer = world.does(Method::POST, "/v1/installations", &body).await;
        answer.is_problem(422, "invalid");
        assert_eq!(answer.pointers(), ["/plugin"]);
        assert!(answer.body["errors"][0]["detail"].as_str().expect("a detail").contains(expected), "{}", answer.body);
    }
    assert!(world.exceptions().await.is_empty(), "an author's mistake is no work for a person");
});

story!(an_upload_that_is_empty_too_large_or_one_too_many_is_refused_and_changes_nothing, |world| {
    let before = world.sees("/v1/plugins").await;
    Answer::to(world.upload(&world.api_key, Vec::new())).await.is_problem(400, "malformed");
    let large = vec![0; 25 * 1024 * 1024 + 1];
    Answer::to(world.upload(&world.api_key, large)).await.is_problem(413, "too-large");
    assert_eq!(world.sees("/v1/plugins").await, before);
    for number in 0_u8..8 {
        assert_eq!(Answer::to(world.upload(&world.api_key, vec![number; 9])).await.status, 202);
    }
    Answer::to(world.upload(&world.api_key, vec![9; 9])).await.is_problem(409, "not-now");
    world.settles().await;
    assert_eq!(Answer::to(world.upload(&world.api_key, vec![9; 9])).await.status, 202, "there is room again");
    let left: Vec<String> = world.bytes_at_rest().into_iter().map(|(name, _)| name).collect();
    assert_eq!(left.iter().filter(|name| name.contains("/uploads/")).count(), 1, "only what waits is kept: {left:?}");
    for wrong in ["?limit=0", "?limit=201", "?cursor=nonsense"] {
        let answer = Answer::to(world.asks(&world.api_key, Method::GET, &format!("/v1/plugins{wrong}"))).await;
        answer.is_problem(422, "invalid");
    }
});

story!(an_idempotency_key_answers_the_same_bytes_with_the_same_answer, |world| {
    let send = |world: &World, component: Vec<u8>| {
        world.upload(&world.api_key, component).header("idempotency-key", "upload-1")
    };
    let first = Answer::to(send(world, probing(|_| ()))).await;
    world.settles().await;
    let again = Answer::to(send(world, probing(|_| ()))).await;
    assert_eq!((again.status, &again.body), (202, &first.body), "as it was answered then");
    Answer::to(send(world, vec![1; 9])).await.is_problem(422, "idempotency-key-reused");
});

story!(a_component_that_is_uploaded_again_is_judged_again_and_keeps_its_place, |world| {
    let judged = world.has_judged(probing(|_| ())).await;
    world.clock.pass(60_000);
    let again = world.has_judged(probing(|_| ())).await;
    assert_eq!((&again["stage"], &again["uploaded_at"]), (&json!("ready"), &judged["uploaded_at"]));
    assert_ne!(again["changed_at"], judged["changed_at"]);
});

story!(uploads_go_on_after_a_crash, |world| {
    let taken = Answer::to(world.upload(&world.api_key, probing(|_| ()))).await;
    assert_eq!(taken.status, 202, "{}", taken.body);
    world.restarts().await;
    world.settles().await;
    let path = format!("/v1/plugins/{}", taken.body["digest"].as_str().expect("a digest"));
    assert_eq!(world.sees(&path).await["stage"], "ready");
});

story!(how_far_a_component_has_come_is_told_in_order_while_it_is_judged, |world| {
    // A digest of its own for each test that was ever run, so that it is compiled and tried here.
    let (process, thread) = (std::process::id(), std::thread::current());
    let own = format!("Judged in {process} by {}.", thread.name().unwrap_or("nobody"));
    let component = probing(|manifest| manifest["description"] = json!(own));
    let taken = Answer::to(world.upload(&world.api_key, component)).await;
    let path = format!("/v1/plugins/{}", taken.body["digest"].as_str().expect("a digest"));
    let (url, http, key) = (format!("{}{path}", world.url), world.http.clone(), world.api_key.clone());
    let watching = async move {
        let mut stages: Vec<String> = Vec::new();
        while !stages.last().is_some_and(|stage| stage == "ready" || stage == "refused") {
            let seen =
                Answer::to(http.get(&url).bearer_auth(&key)).await.body["stage"].as_str().expect("one").to_owned();
            if stages.last() != Some(&seen) {
                stages.push(seen);
            }
        }
        stages
    };
    let ((), stages) = tokio::join!(world.settles(), watching);
    let order = ["received", "judged", "compiling", "trying", "ready"];
    let places: Vec<_> = stages.iter().map(|stage| order.iter().position(|known| known == stage)).collect();
    assert!(places.is_sorted() && places.iter().all(Option::is_some), "{stages:?}");
    assert!(
        stages.contains(&"compiling".to_owned()) && stages.last().is_some_and(|last| last == "ready"),
        "{stages:?}"
    );
});
