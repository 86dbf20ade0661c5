//! Installing: settings and secrets checked by the host, permissions granted one by one, the self-test before it is switched on.

use kamurj_tests::integrator::Answer;
use kamurj_tests::uploads::{TOKEN, looping, probing};
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::{Value, json};

fn names(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().map(|one| one["name"].as_str().expect("a name")).collect()
}

/// Installs the plugin that does what its settings say; answers the installation's address and what the API said.
async fn installs(world: &mut World, script: &Value) -> (String, Value) {
    let digest = world.has_uploaded(probing(|_| ())).await;
    let body = json!({ "plugin": digest, "settings": world.script(script), "secrets": { "token": TOKEN } });
    let made = world.does(Method::POST, "/v1/installations", &body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    (format!("/v1/installations/{}", made.body["id"].as_str().expect("an id")), made.body)
}

story!(a_plugin_starts_inactive_and_asks_by_risk_for_what_it_needs, |world| {
    let (path, made) = installs(world, &json!([])).await;
    assert_eq!((&made["state"], &made["active"], &made["hooks"]), (&json!("inactive"), &Value::Null, &json!([])));
    assert_eq!(made["secrets"], json!(["token"]), "names and no values");
    let draft = &made["draft"];
    assert_eq!((&draft["number"], &draft["decided"], &draft["granted"]), (&json!(1), &json!(false), &json!([])));
    let host = format!("host:{}", world.sandbox.telegram_url);
    assert_eq!(names(&draft["needs_grant"]["high"]), [host.as_str(), "route:update"]);
    assert_eq!(names(&draft["needs_grant"]["medium"]), ["secret:token"]);
    assert_eq!(names(&draft["needs_grant"]["low"]), ["event:payment.paid"]);
    assert_eq!(world.sees(&path).await, made);

    assert_eq!(world.knocks(&path, "1").await.status, 404, "its doors are closed");
    let payment = world.sells_through_probing("A-1").await;
    assert!(world.owed(&payment).await.is_empty(), "nothing is owed to it");
    let undecided = world.does(Method::POST, &format!("{path}/activate"), &json!({})).await;
    undecided.is_problem(409, "not-now");
    assert!(undecided.body["detail"].as_str().expect("a detail").contains("needs_grant"), "{}", undecided.body);
});

story!(i4_what_was_granted_works_and_what_was_not_is_refused, |world| {
    let script = json!([
        { "do": "send", "url": format!("{}/x", world.sandbox.telegram_url) },
        { "do": "state_set", "key": "ran", "data": "yes" },
    ]);
    let (path, _) = installs(world, &script).await;
    let calls = world.sandbox.telegram.view().calls.len();
    let some = world.changes(&path, &json!({ "grants": ["event:payment.paid"] })).await;
    assert_eq!(some["draft"]["granted"], json!(["event:payment.paid"]));
    assert_eq!(some["draft"]["needs_grant"]["low"], json!([]));
    let active = world.activates(&path, &json!({})).await;
    assert_eq!((&active["active"]["number"], &active["draft"]), (&json!(1), &Value::Null));
    assert_eq!(active["hooks"], json!([]), "no route was granted");
    assert_eq!(world.knocks(&path, "1").await.status, 404);
    let payment = world.sells_through_probing("A-1").await;
    assert_eq!(world.owed(&payment).await[0].state, "done");
    assert_eq!(world.kept(&path, "ran").await.as_deref(), Some("yes"));
    assert_eq!(world.sandbox.telegram.view().calls.len(), calls, "the host was not granted, so nothing was sent");

    // More is a version beside it, until it is activated.
    let more = world.changes(&path, &json!({ "grants": "all" })).await;
    assert_eq!((&more["active"]["number"], &more["draft"]["number"]), (&json!(1), &json!(2)));
    assert_eq!(world.knocks(&path, "2").await.status, 404);
    let active = world.activates(&path, &json!({})).await;
    assert_eq!(active["active"]["needs_grant"], json!({ "high": [], "medium": [], "low": [] }));
    assert!(active["hooks"][0]["url"].as_str().expect("an address").ends_with("/update"), "{active}");
    assert_eq!(world.knocks(&path, "3").await.status, 200);
    world.settles().await;
    assert_eq!(world.inbox(path.trim_start_matches("/v1/installations/")).await[0].state, "done");
    assert!(world.sandbox.telegram.view().calls.len() > calls, "and now the host is reached");
});

story!(wrong_settings_and_secrets_are_all_named_and_change_nothing, |world| {
    let digest = world.has_uploaded(probing(|manifest| manifest["secrets"][0]["required"] = json!(true))).await;
    let good = json!({ "plugin": digest, "settings": world.script(&json!([])), "secrets": { "token": TOKEN } });
    let with = |pointer: &str, value: Value| {
        let mut body = good.clone();
        *body.pointer_mut(pointer).expect("a field") = value;
        body
    };
    let cases: [(Value, &[&str]); 9] = [
        (with("/plugin", json!("00")), &["/plugin"]),
        (with("/settings", json!({})), &["/settings"]),
        (with("/settings", json!({ "api_base": 7, "script": {} })), &["/settings/api_base", "/settings/script"]),
        (with("/settings/api_base", json!("ftp://example.am")), &["/settings/api_base"]),
        (with("/settings/api_base", json!("nowhere")), &["/settings/api_base"]),
        (with("/secrets", json!({})), &["/secrets/token"]),
        (with("/secrets", json!({ "token": "a", "other": "long-enough" })), &["/secrets/other", "/secrets/token"]),
        (json!({ "plugin": digest, "setings": {} }), &["/setings"]),
        (json!({ "settings": {} }), &["/plugin"]),
    ];
    let before = world.sees("/v1/installations").await;
    for (body, pointers) in cases {
        let answer = world.does(Method::POST, "/v1/installations", &body).await;
        answer.is_problem(422, "invalid");
        let mut told = answer.pointers();
        told.sort_unstable();
        assert_eq!(told, pointers, "{}", answer.body);
        assert!(!answer.body.to_string().contains(TOKEN), "{}", answer.body);
    }
    for grants in [json!("some"), json!(7), json!([7])] {
        let mut body = good.clone();
        body["grants"] = grants;
        let answer = world.does(Method::POST, "/v1/installations", &body).await;
        assert_eq!((answer.is_problem(422, "invalid").pointers(), answer.status), (vec!["/grants"], 422));
    }
    let mut body = good.clone();
    body["grants"] = json!(["event:payment.paid", "host:https://evil.example"]);
    let answer = world.does(Method::POST, "/v1/installations", &body).await;
    assert_eq!(answer.is_problem(422, "invalid").pointers(), ["/grants/1"]);
    assert_eq!(world.sees("/v1/installations").await, before);

    let made = world.does(Method::POST, "/v1/installations", &good).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let twice = world.does(Method::POST, "/v1/installations", &good).await;
    twice.is_problem(409, "not-now");
    assert!(twice.body["detail"].as_str().expect("a detail").contains(made.body["id"].as_str().expect("an id")));
    let path = format!("/v1/installations/{}", made.body["id"].as_str().expect("an id"));
    for (body, pointer) in [
        (json!({ "secrets": { "token": null } }), "/secrets/token"),
        (json!({ "settings": { "api_base": [] } }), "/settings/api_base"),
        (json!({ "active": true }), "/active"),
        (json!({ "note": "n".repeat(501) }), "/note"),
        (json!({ "plugin": "00" }), "/plugin"),
        (json!([]), ""),
    ] {
        let answer = world.does(Method::PATCH, &path, &body).await;
        assert_eq!(answer.is_problem(422, "invalid").pointers(), [pointer], "{}", answer.body);
    }
    assert_eq!(world.sees(&path).await, made.body);
});

story!(the_self_test_answers_in_words_and_stands_before_activation, |world| {
    let (path, _) = installs(world, &json!([{ "do": "panic" }])).await;
    world.changes(&path, &json!({ "grants": "all" })).await;
    let said = world.does(Method::POST, &format!("{path}/check"), &json!({})).await;
    assert_eq!((said.status, &said.body["ok"], &said.body["outcome"]), (200, &json!(false), &json!("broke")));
    assert!(said.body["message"].as_str().expect("words").contains("the plugin failed"), "{}", said.body);
    let refused = world.does(Method::POST, &format!("{path}/activate"), &json!({})).await;
    refused.is_problem(409, "not-now");
    assert!(refused.body["detail"].as_str().expect("a detail").contains("skip_check"), "{}", refused.body);
    assert_eq!(world.sees(&path).await["state"], "inactive");

    let mut settings = world.script(&json!([{ "do": "state_set", "key": "checked", "data": "yes" }]));
    settings["message"] = json!("Connected as @my_shop");
    let changed = world.changes(&path, &json!({ "settings": settings })).await;
    assert_eq!((&changed["draft"]["number"], &changed["draft"]["decided"]), (&json!(1), &json!(true)), "still a draft");
    let said = world.does(Method::POST, &format!("{path}/check"), &json!({ "version": 1 })).await;
    assert_eq!(
        (&said.body["ok"], &said.body["message"]),
        (&json!(true), &json!("Connected as @my_shop")),
        "{}",
        said.body
    );
    let shown = world.sees(&path).await;
    assert_eq!((&shown["last_check"], &shown["state"]), (&said.body, &json!("inactive")));
    world.activates(&path, &json!({})).await;
    world.settles().await;

    for (route, body) in [("check", json!({ "version": 9 })), ("activate", json!({ "version": 9 }))] {
        let answer = world.does(Method::POST, &format!("{path}/{route}"), &body).await;
        assert_eq!(answer.is_problem(422, "invalid").pointers(), ["/version"]);
    }
    let empty = Answer::to(world.asks(&world.api_key, Method::POST, &format!("{path}/check"))).await;
    assert_eq!(empty.status, 200, "a body may be left out: {}", empty.body);
});

story!(i1_a_self_test_that_loops_is_stopped_and_told, |world| {
    let digest = world.has_uploaded(looping()).await;
    let body = json!({ "plugin": digest, "grants": "all" });
    let made = world.does(Method::POST, "/v1/installations", &body).await;
    let path = format!("/v1/installations/{}", made.body["id"].as_str().expect("an id"));
    let said = world.does(Method::POST, &format!("{path}/check"), &json!({})).await;
    assert_eq!((said.status, &said.body["ok"]), (200, &json!(false)), "{}", said.body);
    assert!(said.body["message"].as_str().expect("words").contains("of computing"), "{}", said.body);
});
