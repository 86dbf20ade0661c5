//! A service asks whether an address is ours: whoever knows the token is answered, nobody else, and nothing is written.

use kamurj_tests::inbound::secret;
use kamurj_tests::integrator::Answer;
use kamurj_tests::story;
use reqwest::Method;
use serde_json::Value;

story!(a_challenge_is_given_back_to_whoever_knows_the_token, |world| {
    let doors = world.has_doors().await;
    let token = secret("verify_token");
    let address = |query: &str| format!("{}meta?{query}", doors.url);
    let right = format!("hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={token}");
    let answer = Answer::to(world.http.get(address(&right))).await;
    assert_eq!((answer.status, &answer.body), (200, &Value::from(1_158_201_444)));
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!((answer.header("x-content-type-options"), answer.header("cache-control")), ("nosniff", "no-store"));

    let with = |part: &str, other: &str| right.replace(part, other);
    let refused = [
        with(token, "another-token"),
        with(token, &token[1..]),
        with(token, ""),
        with("subscribe", "unsubscribe"),
        with("1158201444", ""),
        with("1158201444", "%3Cscript%3Ealert(1)%3C/script%3E"),
        with("1158201444", &"7".repeat(129)),
        with("hub.challenge", "challenge"),
        format!("{right}&hub.challenge=2"),
        String::new(),
    ];
    for query in refused {
        let answer = Answer::to(world.http.get(address(&query))).await;
        answer.is_problem(403, "challenge-refused");
        let text = answer.body.to_string();
        assert!(!text.contains("script") && !text.contains("canary") && !text.contains("1158201444"), "{text}");
    }
    for method in [Method::HEAD, Method::PUT, Method::OPTIONS] {
        assert_eq!(Answer::to(world.http.request(method, address(&right))).await.status, 405);
    }
    let elsewhere = format!("{}coded?{right}", doors.url);
    Answer::to(world.http.get(elsewhere)).await.is_problem(405, "method-not-allowed");
    assert!(world.taken(&doors).await.is_empty(), "nothing is written");

    world
        .changes(
            &format!("/v1/installations/{}", doors.id),
            &serde_json::json!({ "secrets": { "verify_token": null } }),
        )
        .await;
    Answer::to(world.http.get(address(&right))).await.is_problem(403, "challenge-refused");
});
