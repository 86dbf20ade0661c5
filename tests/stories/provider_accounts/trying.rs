//! Trying an account out says plainly whether it works or what is wrong, and changes nothing.

use kamurj_sandbox::bank::Start;
use kamurj_tests::accounts::{ACCOUNTS, account, altered, another, tries_out};
use kamurj_tests::integrator::Answer;
use kamurj_tests::links::{posts, reads};
use kamurj_tests::{story, world::canary};
use reqwest::Method;
use serde_json::{Value, json};

story!(trying_an_account_out_tells_whether_it_works_and_what_to_mend, |world| {
    let id = world.account.clone();
    let before = account(world, &id).await;
    let (result, detail) = tries_out(world, &id).await;
    assert_eq!((result.as_str(), detail.as_str()), ("works", "VPOS.am takes the token"));
    assert_eq!(account(world, &id).await, before, "that changes nothing");
    let asked: Vec<&str> = world.sandbox.bank.view().calls.iter().map(|call| call.method).collect();
    assert_eq!(asked, ["GET /v1/capabilities"], "one harmless question");

    altered(world, &id, &json!({ "secrets": { "api_token": "not the token" } })).await;
    let (result, detail) = tries_out(world, &id).await;
    assert_eq!(result, "refused");
    assert!(detail.starts_with("/secrets/api_token: ") && !detail.contains("not the token"), "{detail}");
    altered(world, &id, &json!({ "secrets": { "api_token": canary("bank token") } })).await;

    world.sandbox.bank.change_faults(|faults| faults.limit_next = 1);
    let (result, detail) = tries_out(world, &id).await;
    assert_eq!((result.as_str(), detail.as_str()), ("no_answer", "the provider answered 429"));
    world.sandbox.bank.change_faults(|faults| faults.start = Start::DropRequest);
    assert_eq!(tries_out(world, &id).await.0, "no_answer", "the line is cut");
    world.sandbox.bank.change_faults(|faults| faults.start = Start::Ok);
    assert_eq!(tries_out(world, &id).await.0, "works");
});

story!(an_answer_under_a_key_is_given_again_and_the_bank_is_not_asked_twice, |world| {
    let path = format!("{ACCOUNTS}/{}/check", world.account);
    let asks = || world.asks(&world.api_key, Method::POST, &path).header("idempotency-key", "once");
    let first = Answer::to(asks()).await;
    world.sandbox.bank.change_faults(|faults| faults.limit_next = 1);
    let second = Answer::to(asks()).await;
    assert_eq!((first.status, &first.body), (200, &second.body));
    assert_eq!(world.sandbox.bank.view().calls.len(), 1);
});

story!(h1_another_merchants_account_is_not_there, |world| {
    let neighbour = world.flower_shop().await;
    let ours = format!("{ACCOUNTS}/{}", world.account);
    let asks = |method: Method, path: &str| world.asks(&neighbour.api_key, method, path);
    for (request, nobodys) in [
        (asks(Method::GET, &ours), asks(Method::GET, &format!("{ACCOUNTS}/acc_unknown"))),
        (
            asks(Method::PATCH, &ours).json(&json!({ "switched_off": true })),
            asks(Method::PATCH, &format!("{ACCOUNTS}/acc_unknown")).json(&json!({ "switched_off": true })),
        ),
        (asks(Method::DELETE, &ours), asks(Method::DELETE, &format!("{ACCOUNTS}/acc_unknown"))),
        (asks(Method::POST, &format!("{ours}/check")), asks(Method::POST, &format!("{ACCOUNTS}/acc_unknown/check"))),
    ] {
        let theirs = Answer::to(request).await;
        theirs.is_problem(404, "not-found");
        assert_eq!(theirs.body, Answer::to(nobodys).await.body);
    }
    let listed = Answer::to(asks(Method::GET, ACCOUNTS)).await.body;
    let ids: Vec<&Value> =
        listed["provider_accounts"].as_array().expect("a list").iter().map(|one| &one["id"]).collect();
    assert_eq!(ids, [&json!(neighbour.account)]);
    let label = json!(account(world, &world.account).await["label"]);
    assert_eq!(reads(world, &ours).await.body["switched_off_at"], Value::Null);
    assert!(world.sandbox.bank.view().calls.is_empty(), "nobody was asked for them");
    // Labels of one merchant say nothing to another.
    assert_eq!(listed["provider_accounts"][0]["label"], label);
    posts(world, ACCOUNTS, &another(world, "vpos")).await.is_problem(422, "invalid");
});
