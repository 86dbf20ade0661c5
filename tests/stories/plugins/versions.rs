//! Versions side by side: switched and taken back without a restart, and what is in flight finishes where it began.

use kamurj_tests::clock::minutes;
use kamurj_tests::story;
use kamurj_tests::uploads::{TOKEN, probing};
use reqwest::Method;
use serde_json::{Value, json};

/// A script that leaves a mark and ends well.
fn marks(mark: &str) -> Value {
    json!([{ "do": "state_set", "key": "ran", "data": mark }])
}

/// A script that leaves a mark and breaks.
fn marks_and_breaks(mark: &str) -> Value {
    json!([{ "do": "state_set", "key": "ran", "data": mark }, { "do": "panic" }])
}

story!(i11_a_version_that_asks_for_more_shows_what_and_waits_for_a_grant, |world| {
    let path = world.runs_probing(&marks("one")).await;
    let newer = probing(|manifest| {
        manifest["version"] = json!("2.0.0");
        manifest["hosts"]
            .as_array_mut()
            .expect("hosts")
            .push(json!({ "origin": "https://*.example.am", "reason": "Files." }));
        manifest["events"] = json!(["payment.paid", "payment.failed"]);
        manifest["secrets"][0]["placements"] = json!(["header", "body"]);
        manifest["routes"] = json!([]);
    });
    let digest = world.has_uploaded(newer).await;
    let changed = world.changes(&path, &json!({ "plugin": digest, "note": "tried on Friday" })).await;
    let (active, draft) = (&changed["active"], &changed["draft"]);
    assert_eq!((&active["number"], &active["plugin_version"]), (&json!(1), &json!("1.0.0")));
    assert_eq!(
        (&draft["number"], &draft["plugin_version"], &draft["decided"]),
        (&json!(2), &json!("2.0.0"), &json!(false))
    );
    assert_eq!((&draft["note"], &draft["settings"]), (&json!("tried on Friday"), &active["settings"]));
    assert_eq!(draft["changes"]["added"], json!(["host:https://*.example.am", "event:payment.failed"]));
    assert_eq!(draft["changes"]["removed"], json!(["route:update"]));
    assert_eq!(draft["changes"]["changed"], json!(["secret:token"]));
    let high = draft["needs_grant"]["high"].as_array().expect("a list");
    let high: Vec<&Value> = high.iter().map(|one| &one["name"]).collect();
    assert_eq!(high, ["host:https://*.example.am", "secret:token"], "in a body it is riskier than it was");
    let refused = world.does(Method::POST, &format!("{path}/activate"), &json!({ "skip_check": true })).await;
    refused.is_problem(409, "not-now");
    assert_eq!(world.sees(&path).await["active"]["number"], 1);
    assert_eq!(world.knocks(&path, "1").await.status, 200, "the old version's route is open");

    world.changes(&path, &json!({ "grants": "all" })).await;
    let active = world.activates(&path, &json!({})).await;
    assert_eq!((&active["active"]["number"], &active["hooks"]), (&json!(2), &json!([])));
    assert_eq!(world.knocks(&path, "2").await.status, 404, "routes follow the active version");
    let versions = world.sees(&format!("{path}/versions")).await;
    let told: Vec<(&Value, bool)> = versions["versions"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (&one["number"], one["changes"].is_object()))
        .collect();
    assert_eq!(told, [(&json!(1), true), (&json!(2), false)], "only the active one differs from nothing");
});

story!(a_version_that_asks_for_no_more_is_switched_to_and_back_without_a_restart, |world| {
    let path = world.runs_probing(&marks("one")).await;
    let digest = world.has_uploaded(probing(|manifest| manifest["version"] = json!("1.1.0"))).await;
    let changed = world.changes(&path, &json!({ "plugin": digest, "settings": world.script(&marks("two")) })).await;
    assert_eq!(changed["draft"]["decided"], true, "{changed}");
    world.sells_through_probing("A-1").await;
    assert_eq!(world.kept(&path, "ran").await.as_deref(), Some("one"), "a draft does nothing");
    world.activates(&path, &json!({})).await;
    world.sells_through_probing("A-2").await;
    assert_eq!(world.kept(&path, "ran").await.as_deref(), Some("two"));
    let back = world.does(Method::POST, &format!("{path}/rollback"), &json!({})).await;
    assert_eq!((back.status, &back.body["active"]["number"], &back.body["draft"]), (200, &json!(1), &Value::Null));
    world.sells_through_probing("A-3").await;
    assert_eq!(world.kept(&path, "ran").await.as_deref(), Some("one"));
    world.does(Method::POST, &format!("{path}/rollback"), &json!({})).await.is_problem(409, "not-now");
    // And forward again, by its number.
    let forward = world.activates(&path, &json!({ "version": 2 })).await;
    assert_eq!(forward["active"]["settings"]["script"], marks("two"));
    let back = world.does(Method::POST, &format!("{path}/rollback"), &json!({})).await;
    assert_eq!(back.body["active"]["number"], 1);
    assert!(world.exceptions().await.is_empty());
});

story!(a_version_that_was_active_is_never_changed, |world| {
    let path = world.runs_probing(&marks("one")).await;
    let before = world.sees(&path).await["active"].clone();
    let changed = world.changes(&path, &json!({ "settings": world.script(&marks("two")), "note": "second" })).await;
    assert_eq!((&changed["active"], &changed["draft"]["number"]), (&before, &json!(2)));
    let changed = world.changes(&path, &json!({ "note": "still the second", "grants": [] })).await;
    assert_eq!((&changed["draft"]["number"], &changed["draft"]["settings"]["script"]), (&json!(2), &marks("two")));
    assert_eq!(changed["draft"]["granted"], json!([]));
    let secret = world.changes(&path, &json!({ "secrets": { "token": "another-token-another" } })).await;
    assert_eq!(secret["draft"], changed["draft"], "a secret counts for every version at once");
    assert_eq!(world.knocks(&path, "1").await.status, 401, "{TOKEN} is no proof any more");
    let noted = world.changes(&path, &json!({ "note": "later" })).await;
    assert_eq!(noted["draft"]["decided"], true, "what was refused stays refused and is not asked about again");
    world.changes(&path, &json!({ "note": "still the second" })).await;
    let nothing = world.changes(&path, &json!({})).await;
    assert_eq!(nothing, secret);
});

story!(what_is_in_flight_finishes_on_the_version_that_began_it, |world| {
    let path = world.runs_probing(&marks_and_breaks("one")).await;
    let begun = world.sells_through_probing("A-1").await;
    assert_eq!(world.knocks(&path, "1").await.status, 200);
    world.settles().await;
    let owed = world.owed(&begun).await;
    assert_eq!((owed[0].state.as_str(), owed[0].installation_version), ("owed", Some(1)));

    world.changes(&path, &json!({ "settings": world.script(&marks("two")) })).await;
    world.activates(&path, &json!({ "skip_check": true })).await;
    let fresh = world.sells_through_probing("A-2").await;
    let owed = world.owed(&fresh).await;
    assert_eq!((owed[0].state.as_str(), owed[0].installation_version), ("done", Some(2)));
    assert_eq!(world.kept(&path, "ran").await.as_deref(), Some("two"));
    // Later, so that it is listed later, too.
    world.clock.pass(1);
    assert_eq!(world.knocks(&path, "2").await.status, 200);
    world.settles().await;
    let states =
        |messages: Vec<kamurj_store::inbox::Listed>| messages.into_iter().map(|one| one.state).collect::<Vec<_>>();
    let id = path.trim_start_matches("/v1/installations/").to_owned();
    assert_eq!(states(world.inbox(&id).await), ["waiting", "done"]);

    world.passes(minutes(1)).await;
    let owed = world.owed(&begun).await;
    assert!(owed[0].state == "owed" && owed[0].run > 2 && owed[0].installation_version == Some(1), "{owed:?}");
    assert_eq!(world.kept(&path, "ran").await.as_deref(), Some("one"), "it was run again, by the first version");
    world.restarts().await;
    world.passes(minutes(10)).await;
    assert_eq!(states(world.inbox(&id).await), ["quarantined", "done"]);
    assert_eq!(
        world.sees(&path).await["state"],
        "active",
        "what an older version does wrong is not held against this one"
    );
});

story!(another_plugins_component_is_no_version_of_this_one, |world| {
    let path = world.runs_probing(&marks("one")).await;
    let other = world.has_uploaded(probing(|manifest| manifest["id"] = json!("prodding"))).await;
    let answer = world.does(Method::PATCH, &path, &json!({ "plugin": other })).await;
    assert_eq!(answer.is_problem(422, "invalid").pointers(), ["/plugin"]);
    assert!(answer.body["errors"][0]["detail"].as_str().expect("a detail").contains("`prodding`"), "{}", answer.body);
});
