//! The end of a connection: tokens are forgotten here and revoked there; and nobody but its merchant gets near it.

use kamurj_domain::Mode;
use kamurj_sandbox::authority::Client;
use kamurj_server::install;
use kamurj_tests::clock::minutes;
use kamurj_tests::connections::CLIENT_SECRET;
use kamurj_tests::integrator::Answer;
use kamurj_tests::story;
use kamurj_tests::world::every_scope;
use reqwest::Method;
use serde_json::json;

story!(removing_an_installation_revokes_and_forgets_its_tokens, |world| {
    let authority = world.meets_an_authority().await;
    let path = world.runs_connected(&authority).await;
    let left = world.starts_connecting(&path).await;
    let back = world.consents(&left).await;
    authority.change_faults(|faults| faults.lost_before = 2);
    let removed = world.does(Method::DELETE, &path, &json!({})).await;
    assert_eq!((removed.status, &removed.body["connections"]), (200, &json!([])), "{}", removed.body);
    world.passes(minutes(5)).await;
    assert_eq!((authority.living_tokens(), authority.seen().revoked), (0, 2), "{:?}", authority.seen());
    assert_eq!(world.opens(&back).await.status, 404, "a flow that was under way leads nowhere");
    world.keeps_tokens_to_itself(&authority, &[&path]).await;
    let app = world.app();
    let mut tx = app.db.read().await.expect("the database reads");
    let id = path.trim_start_matches("/v1/installations/");
    assert!(kamurj_store::connections::of(&mut tx, id).await.expect("a read").is_empty());
});

story!(a_disconnected_account_is_forgotten_and_what_needs_it_waits_until_it_is_connected_again, |world| {
    let authority = world.meets_an_authority().await;
    let path = world.runs_connected(&authority).await;
    let route = format!("{path}/connections/crm");
    let gone = world.does(Method::DELETE, &route, &json!({})).await;
    assert_eq!((gone.status, &gone.body["connections"][0]["state"]), (200, &json!("not_connected")), "{}", gone.body);
    world.settles().await;
    assert_eq!(authority.living_tokens(), 0);
    let payment = world.sells_through_probing("A-1").await;
    assert_eq!(world.owed(&payment).await[0].state, "owed");
    let again = world.does(Method::DELETE, &route, &json!({})).await;
    assert_eq!((again.status, &again.body), (200, &gone.body), "once more is no harm");
    world.does(Method::DELETE, &format!("{path}/connections/erp"), &json!({})).await.is_problem(404, "not-found");
    world.connects(&path).await;
    world.settles().await;
    assert_eq!(world.owed(&payment).await[0].state, "done");
});

story!(a_service_that_does_not_answer_is_told_a_few_times_and_then_left, |world| {
    let authority = world.meets_an_authority().await;
    let path = world.runs_connected(&authority).await;
    authority.change_faults(|faults| faults.lost_before = 1_000);
    world.does(Method::DELETE, &format!("{path}/connections/crm"), &json!({})).await;
    world.passes(minutes(180)).await;
    let told = authority.seen();
    world.passes(minutes(180)).await;
    assert_eq!(authority.seen(), told, "nothing is tried any more");
    assert!(world.exceptions().await.is_empty());
    world.keeps_tokens_to_itself(&authority, &[&path]).await;
});

story!(h1_another_merchants_connections_are_not_there, |world| {
    let authority = world.meets_an_authority().await;
    let path = world.runs_connected(&authority).await;
    let neighbour = world.flower_shop().await;
    let (_, live) =
        install::api_key(&world.app(), &world.merchant, Mode::Live, every_scope("live")).await.expect("a key");
    let before = (world.sees(&path).await, authority.seen());
    let routes =
        [(Method::GET, "/connections"), (Method::POST, "/connections/crm/start"), (Method::DELETE, "/connections/crm")];
    for key in [&neighbour.api_key, &live] {
        for (method, rest) in &routes {
            let ask = |place: &str| world.asks(key, method.clone(), &format!("{place}{rest}")).json(&json!({}));
            let ours = Answer::to(ask(&path)).await;
            let nobodys = Answer::to(ask("/v1/installations/ins_00000000000000000000000000")).await;
            assert_eq!(ours.is_problem(404, "not-found").body, nobodys.body, "{method} {rest}");
        }
    }
    world.settles().await;
    assert_eq!((world.sees(&path).await, authority.seen()), before);
});

story!(tokens_of_other_settings_are_not_used, |world| {
    let authority = world.meets_an_authority().await;
    let path = world.runs_connected(&authority).await;
    let mut settings = world.sees(&path).await["active"]["settings"].clone();
    settings["client"] = json!("another");
    world.changes(&path, &json!({ "settings": settings })).await;
    let connection = world.connection(&path).await;
    assert_eq!(connection["state"], "other_settings", "{connection}");
    let refused = world.does(Method::POST, &format!("{path}/activate"), &json!({ "skip_check": true })).await;
    refused.is_problem(409, "not-now");
    let payment = world.sells_through_probing("A-1").await;
    assert_eq!(world.owed(&payment).await[0].state, "done", "what is in force goes on");

    // Connecting for the new settings takes the account from the old ones; activating sets free what waited between.
    let redirect_uri = format!("{}/oauth/callback", world.url);
    authority.registers(Client { id: "another".to_owned(), secret: CLIENT_SECRET.to_owned(), redirect_uri });
    world.connects(&path).await;
    let payment = world.sells_through_probing("A-2").await;
    assert_eq!(world.owed(&payment).await[0].state, "owed");
    world.activates(&path, &json!({})).await;
    world.settles().await;
    assert_eq!(world.owed(&payment).await[0].state, "done");
});
