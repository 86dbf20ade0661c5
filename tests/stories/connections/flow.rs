//! The flow: started through the API, consented at the service, finished by one button; and every way in which it is not.

use kamurj_sandbox::authority::Dialect;
use kamurj_tests::clock::{minutes, seconds};
use kamurj_tests::connections::{fields, in_dialect};
use kamurj_tests::integrator::Answer;
use kamurj_tests::{World, story};
use reqwest::{Method, Url};
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_kamurj-under-test");

story!(an_account_is_connected_by_consent_and_one_button_and_its_token_is_used, |world| {
    let authority = world.meets_an_authority().await;
    let path = world.installs_connecting(&authority, |_| ()).await;
    let shown = world.sees(&path).await;
    assert_eq!(shown["connections"][0]["state"], "not_connected", "{shown}");
    assert!(shown["draft"]["granted"].as_array().expect("names").contains(&json!("connection:crm")), "{shown}");
    let refused = world.does(Method::POST, &format!("{path}/activate"), &json!({ "skip_check": true })).await;
    refused.is_problem(409, "not-now");
    assert!(refused.body["detail"].as_str().expect("words").contains("connections/crm/start"), "{}", refused.body);
    let checked = world.does(Method::POST, &format!("{path}/check"), &json!({})).await;
    assert_eq!((&checked.body["ok"], &checked.body["outcome"]), (&json!(false), &json!("not-connected")));

    let url = world.starts_connecting(&path).await;
    let asked: Url = url.parse().expect("an address");
    let value = |name: &str| asked.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned());
    assert_eq!(value("scope").as_deref(), Some("read write"));
    assert_eq!(value("code_challenge_method").as_deref(), Some("S256"));
    let back = world.consents(&url).await;
    for _ in 0..3 {
        let page = world.opens(&back).await;
        assert!(page.shows("Anush CRM") && page.shows("Անուշ հրուշակեղեն") && page.shows("Probing"), "{}", page.html);
        assert!(page.policy.contains("script-src 'nonce-") && !page.html.contains("<script"), "{}", page.policy);
    }
    assert_eq!((authority.seen().token_calls, authority.living_tokens()), (0, 0), "looking does nothing");
    assert_eq!(world.connection(&path).await["state"], "not_connected");

    let page = world.presses_connect(&back).await;
    assert_eq!((page.status.as_u16(), fields(&page).len()), (200, 0), "{}", page.html);
    let connection = world.connection(&path).await;
    assert_eq!((&connection["state"], &connection["problem"]), (&json!("connected"), &Value::Null), "{connection}");
    assert!(connection["connected_by"].as_str().expect("an actor").contains("key"), "{connection}");
    assert_eq!(authority.seen().exchanges, 1);
    world.activates(&path, &json!({})).await;
    assert_eq!(authority.seen().calls, 1, "its self-test used the token");
    let payment = world.sells_through_probing("A-1").await;
    assert_eq!(world.owed(&payment).await[0].state, "done");
    assert_eq!((authority.seen().calls, authority.seen().refused_calls), (2, 0));
    let runs = format!("{path}/runs");
    world.keeps_tokens_to_itself(&authority, &[&path, &runs, "/v1/deliveries", "/v1/exceptions"]).await;
});

async fn back(world: &mut World, path: &str) -> String {
    let url = world.starts_connecting(path).await;
    world.consents(&url).await
}

story!(a_way_back_that_is_used_late_forged_or_refused_connects_nothing, |world| {
    let authority = world.meets_an_authority().await;
    let path = world.installs_connecting(&authority, |_| ()).await;
    let first = back(world, &path).await;
    let page = world.opens(&first).await;
    let filled = fields(&page);

    // Forged in every part.
    for (change, status) in [("state", 404), ("code", 409)] {
        let forged: Vec<(&str, &str)> = filled
            .iter()
            .map(|(name, value)| (name.as_str(), if name == change { "forged-forged-forged" } else { value.as_str() }))
            .collect();
        let answer = world.submits("/oauth/callback", &forged).await.expect("an answer");
        assert_eq!(answer.status.as_u16(), status, "{change}: {}", answer.html);
    }
    // A code that was refused has used the state up.
    let again = world.opens(&first).await;
    assert_eq!((again.status.as_u16(), fields(&again).len()), (409, 0), "{}", again.html);

    let late = back(world, &path).await;
    let page = world.opens(&late).await;
    let filled = fields(&page);
    let filled: Vec<(&str, &str)> = filled.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    world.clock.pass(minutes(10));
    assert_eq!(world.opens(&late).await.status, 409);
    let calls = authority.seen().token_calls;
    assert_eq!(world.submits("/oauth/callback", &filled).await.expect("an answer").status, 409);
    assert_eq!(authority.seen().token_calls, calls, "a code is not even tried then");

    authority.change_faults(|faults| faults.denies = true);
    let denied = back(world, &path).await;
    let page = world.opens(&denied).await;
    assert_eq!(page.status, 409);
    assert!(page.shows("access_denied"), "{}", page.html);
    authority.change_faults(|faults| faults.denies = false);

    // PKCE: the code of one flow in the other.
    let (one, other) = (back(world, &path).await, back(world, &path).await);
    let part = |back: &str, name: &str| {
        let url: Url = back.parse().expect("an address");
        let value = url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned());
        value.expect("it is there")
    };
    let (code, state) = (part(&one, "code"), part(&other, "state"));
    let mixed = world.submits("/oauth/callback", &[("code", &code), ("state", &state)]).await.expect("an answer");
    assert_eq!(mixed.status, 409);
    assert!(mixed.shows("invalid_grant"), "{}", mixed.html);

    authority.change_faults(|faults| faults.lost_after = 1);
    let lost = back(world, &path).await;
    assert_eq!(world.presses_connect(&lost).await.status, 502);
    for nothing in ["/oauth/callback", "/oauth/callback?code=a&state=b", "/oauth/callback?error=%00"] {
        assert_eq!(world.opens(nothing).await.status, 404, "{nothing}");
    }
    assert_eq!(world.connection(&path).await["state"], "not_connected");

    let good = back(world, &path).await;
    assert_eq!(world.presses_connect(&good).await.status, 200);
    let used = world.opens(&good).await;
    assert_eq!(used.status, 409, "once is enough");
    assert_eq!(world.connection(&path).await["state"], "connected", "and nothing is undone");
});

story!(only_the_account_of_the_settings_is_connected, |world| {
    let authority = world.meets_an_authority().await;
    authority.speaks(Dialect::Json);
    let path = world.installs_connecting(&authority, in_dialect(Dialect::Json)).await;
    authority.change_faults(|faults| faults.other_host = Some("evil.example".to_owned()));
    let other = back(world, &path).await;
    let page = world.opens(&other).await;
    assert_eq!((page.status.as_u16(), fields(&page).len()), (409, 0), "{}", page.html);
    // Whoever leaves the host out or writes another one gets no further.
    let value = |name: &str| {
        let url: Url = other.parse().expect("an address");
        url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned()).expect("it is there")
    };
    let (code, state) = (value("code"), value("state"));
    for host in [None, Some("evil.example")] {
        let mut filled = vec![("code", code.as_str()), ("state", state.as_str())];
        filled.extend(host.map(|host| ("account_host", host)));
        assert_eq!(world.submits("/oauth/callback", &filled).await.expect("an answer").status, 409, "{host:?}");
    }
    assert_eq!(authority.seen().token_calls, 0, "the client's secret goes to nobody");
});

/// Connects, calls, lets the token end and calls again, in one dialect.
async fn in_this_dialect(world: &mut World, dialect: Dialect) {
    let authority = world.meets_an_authority().await;
    authority.speaks(dialect);
    let path = world.installs_connecting(&authority, in_dialect(dialect)).await;
    world.connects(&path).await;
    world.activates(&path, &json!({ "skip_check": true })).await;
    world.sells_through_probing("A-1").await;
    world.clock.pass(seconds(3_600));
    let payment = world.sells_through_probing("A-2").await;
    assert_eq!(world.owed(&payment).await[0].state, "done");
    let seen = authority.seen();
    assert_eq!((seen.exchanges, seen.refreshes, seen.calls, seen.refused_calls), (1, 1, 2, 0), "{seen:?}");
}

story!(a_service_that_takes_forms_is_connected_and_refreshed, |world| {
    in_this_dialect(world, Dialect::Form).await;
});

story!(a_service_that_takes_json_is_connected_and_refreshed, |world| {
    in_this_dialect(world, Dialect::Json).await;
});

story!(a_service_that_takes_queries_is_connected_and_refreshed, |world| {
    in_this_dialect(world, Dialect::Query).await;
});

story!(a_connection_is_started_only_when_all_that_it_needs_is_there, |world| {
    let authority = world.meets_an_authority().await;
    let path = world.installs_connecting(&authority, |manifest| {
        manifest["secrets"][1]["required"] = json!(false);
    });
    let path = path.await;
    let start = format!("{path}/connections/crm/start");
    let says = async |world: &World, words: &str| {
        let refused = world.does(Method::POST, &start, &json!({})).await;
        refused.is_problem(409, "not-now");
        assert!(refused.body["detail"].as_str().expect("words").contains(words), "{}", refused.body);
    };
    world.changes(&path, &json!({ "grants": ["event:payment.paid"] })).await;
    says(world, "connection:crm").await;
    world.changes(&path, &json!({ "grants": "all", "secrets": { "client_secret": null } })).await;
    says(world, "`client_secret`").await;
    let faults = world.does(Method::PATCH, &path, &json!({ "secrets": { "crm": "long-enough" } })).await;
    assert_eq!(faults.is_problem(422, "invalid").pointers(), ["/secrets/crm"]);
    let unknown = world.does(Method::POST, &format!("{path}/connections/erp/start"), &json!({})).await;
    unknown.is_problem(404, "not-found");
    world.changes(&path, &json!({ "secrets": { "client_secret": kamurj_tests::connections::CLIENT_SECRET } })).await;
    let key = |key: &str| world.asks(&world.api_key, Method::POST, &start).header("idempotency-key", key);
    let (one, again, other) = (Answer::to(key("a")).await, Answer::to(key("a")).await, Answer::to(key("b")).await);
    assert_eq!((one.status, &one.body), (201, &again.body));
    assert_ne!(one.body["authorize_url"], other.body["authorize_url"], "every start has a state of its own");
});

story!(the_command_line_prints_where_to_consent, |world| {
    let authority = world.meets_an_authority().await;
    let path = world.installs_connecting(&authority, |_| ()).await;
    let id = path.trim_start_matches("/v1/installations/").to_owned();
    let (url, key) = (world.url.clone(), world.api_key.clone());
    let connect = |id: &str, key: &str| {
        let arguments = ["plugin", "connect", id, "crm", "--url", url.as_str(), "--key", key].map(str::to_owned);
        tokio::task::spawn_blocking(move || std::process::Command::new(PROGRAM).args(arguments).output())
    };
    let said = connect(&id, &key).await.expect("it runs").expect("it runs");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let started: Value = serde_json::from_slice(&said.stdout).expect("JSON");
    let back = world.consents(started["authorize_url"].as_str().expect("an address")).await;
    assert_eq!(world.presses_connect(&back).await.status, 200);
    for (id, key, words) in [("../x", key.as_str(), "INSTALLATION"), (id.as_str(), "kmj_test_wrong", "with a key")] {
        let said = connect(id, key).await.expect("it runs").expect("it runs");
        let line = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(!said.status.success() && line.contains(words), "{line}");
    }
});
