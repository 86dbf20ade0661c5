//! What an installation uses, for whoever wonders why a plugin is slow, refused or told to wait.

use kamurj_tests::clock::hours;
use kamurj_tests::story;
use kamurj_tests::uploads::{TOKEN, probing};
use reqwest::Method;
use serde_json::json;

story!(usage_is_summed_over_the_last_day_and_tells_what_is_left, |world| {
    let limited = probing(|manifest| {
        manifest["hosts"][0]["rate"] = json!({ "requests": 5, "per_ms": 60_000 });
        manifest["state"] = json!({ "keys": 7, "bytes": 700 });
    });
    let digest = world.has_uploaded(limited).await;
    let get = json!({ "do": "send", "url": format!("{}/getMe", world.sandbox.telegram_url) });
    let elsewhere = json!({ "do": "send", "url": "https://elsewhere.example/x" });
    let script = json!([get, get, elsewhere, { "do": "state_set", "key": "ran", "data": "four" }]);
    let body = json!({
        "plugin": digest, "settings": world.script(&script), "secrets": { "token": TOKEN }, "grants": "all",
    });
    let made = world.does(Method::POST, "/v1/installations", &body).await;
    let path = format!("/v1/installations/{}", made.body["id"].as_str().expect("an id"));
    let usage = format!("{path}/usage");
    world.activates(&path, &json!({ "skip_check": true })).await;
    let unused = world.sees(&usage).await;
    assert_eq!((&unused["runs"], &unused["budgets"][0]["left"]), (&json!({}), &json!(5)), "{unused}");

    assert_eq!(world.knocks(&path, "1").await.status, 200);
    world.settles().await;
    let used = world.sees(&usage).await;
    assert_eq!(used["runs"], json!({ "done": 1 }), "{used}");
    assert_eq!((&used["http_requests"], &used["refused"]), (&json!(3), &json!(1)), "{used}");
    assert_eq!(used["state"], json!({ "keys": 1, "bytes": 4, "most_keys": 7, "most_bytes": 700 }));
    let budget = &used["budgets"][0];
    assert_eq!(
        (&budget["requests"], &budget["per_ms"], &budget["left"]),
        (&json!(5), &json!(60_000), &json!(3)),
        "{used}"
    );
    assert_eq!((&budget["scope"], &budget["next_in_ms"]), (&json!("installation"), &json!(0)));
    assert!(
        used["memory_peak_bytes"].as_i64().expect("a number") > 0
            && used["host_calls"].as_i64().expect("a number") >= 4
    );

    world.passes(hours(25)).await;
    let later = world.sees(&usage).await;
    assert_eq!(
        (&later["runs"], &later["state"]["keys"], &later["budgets"][0]["left"]),
        (&json!({}), &json!(1), &json!(5))
    );
});
