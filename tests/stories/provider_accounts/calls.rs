//! What was said to providers is written down for people, without secrets; and a provider that does not answer is left alone.

use kamurj_sandbox::bank::{Lookup, Start};
use kamurj_tests::accounts::ACCOUNTS;
use kamurj_tests::acts::{key, order_at_the_bank, paid_order, status};
use kamurj_tests::clock::minutes;
use kamurj_tests::integrator::{Answer, link};
use kamurj_tests::links::{id, reads};
use kamurj_tests::world::canary;
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::Value;

async fn calls(world: &World) -> Vec<Value> {
    let answer = reads(world, &format!("{ACCOUNTS}/{}/calls?limit=200", world.account)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["calls"].as_array().expect("a list").clone()
}

story!(h5_what_was_said_to_a_provider_is_shown_without_secrets, |world| {
    paid_order(world, "A-1", "12500").await;
    let said = calls(world).await;
    let start = said.iter().find(|call| call["operation"] == "POST payment-sessions").expect("the start");
    assert_eq!((start["operation"].as_str(), start["status"].as_i64()), (Some("POST payment-sessions"), Some(201)));
    assert!(start["request"].as_str().expect("a body").contains("1250000"), "{start}");
    assert!(start["answer"].as_str().expect("a body").contains("checkoutUrl"), "{start}");
    let asked =
        said.iter().find(|call| call["operation"] == "GET payment-sessions").expect("the look-up after the push");
    assert!(asked["attempt"].as_str().is_some_and(|attempt| attempt.starts_with("att_")), "{asked}");
    let all = Value::from(said.clone()).to_string();
    for secret in ["bank token", "webhook secret"] {
        assert!(!all.contains(&canary(secret)), "{secret}");
    }
    // In pages, the newest first.
    let first = reads(world, &format!("{ACCOUNTS}/{}/calls?limit=1", world.account)).await.body;
    assert_eq!(first["calls"][0]["id"], said[0]["id"]);
    let cursor = first["next_cursor"].as_str().expect("there are more");
    let second = reads(world, &format!("{ACCOUNTS}/{}/calls?limit=1&cursor={cursor}", world.account)).await.body;
    assert_eq!(second["calls"][0]["id"], said[1]["id"]);
});

story!(h1_calls_are_the_merchants_own_and_need_the_right_to_providers, |world| {
    let path = format!("{ACCOUNTS}/{}/calls", world.account);
    let narrow = key(world, &["payments"], "integration").await;
    Answer::to(world.asks(&narrow, Method::GET, &path)).await.is_problem(403, "forbidden");
    reads(world, &format!("{ACCOUNTS}/acc_none/calls")).await.is_problem(404, "not-found");
});

story!(c5_a_provider_that_does_not_answer_is_left_alone_and_tried_out_again, |world| {
    let (payment, bank) = order_at_the_bank(world, "A-1", "12500").await;
    world.does_at_the_bank(&bank, "pay").await;
    world.sandbox.bank.change_faults(|faults| {
        faults.lookup = Lookup::Cut;
        faults.start = Start::DropRequest;
        faults.webhooks = kamurj_sandbox::bank::Webhooks::Hold;
    });
    world.passes(minutes(3)).await;
    let silent = calls(world).await.iter().filter(|call| call["status"].is_null()).count();
    assert!(silent >= 5, "{silent} calls were not answered");
    // A payer is told at once; the bank is not called.
    let before = calls(world).await.len();
    let made = world.orders("A-2", "4800").await;
    let page = world.opens(&link(&made)).await;
    let (action, form_key) = page.form().expect("a form");
    world.submits(&action, &[("form_key", &form_key)]).await.expect("an answer");
    world.settles().await;
    assert_eq!(calls(world).await.len(), before, "nothing left");
    assert_eq!(status(world, id(&made)).await, "failed", "no session was opened, so nothing can have been taken");
    // It answers again: one call tries it out, and everything goes on.
    world.sandbox.bank.change_faults(|faults| {
        faults.lookup = Lookup::Ok;
        faults.start = Start::Ok;
    });
    world.passes(minutes(10)).await;
    assert_eq!(status(world, &payment).await, "paid");
    world.pays(&link(&made)).await;
    world.settles().await;
    assert_eq!(status(world, id(&made)).await, "paid");
});
