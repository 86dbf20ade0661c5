//! What a chat's service tells later about a message that it had accepted.

use kamurj_tests::acts::{exceptions, one_of, takes};
use kamurj_tests::links::{id, posts};
use kamurj_tests::records::deliveries;
use kamurj_tests::{World, story};
use serde_json::{Value, json};

async fn chatting(world: &mut World) -> String {
    let settings = json!({ "api_base": world.sandbox.telegram_url, "script": [] });
    world.runs_chatting(&settings, "IGQ-a-token-that-nobody-uses").await
}

fn note(delivery: &str, state: &str, at: i64) -> Value {
    json!({ "do": "note", "delivery": delivery, "state": state, "at": at, "code": "131047", "message": "Window is over." })
}

/// The receipt of the payment's delivery to the chat, as the API shows it.
async fn receipt(world: &World, payment: &str) -> Value {
    let all = deliveries(world, &format!("payment={payment}")).await;
    all.into_iter().find(|one| one["plugin"] == "probing").expect("it is owed")["receipt"].clone()
}

story!(a_receipt_is_kept_with_its_delivery_and_never_goes_backwards, |world| {
    let chat = chatting(world).await;
    let payment = world.sells_through_probing("A-1").await;
    let owed = world.owed(&payment).await[0].id.clone();
    assert_eq!(receipt(world, &payment).await, Value::Null, "nothing was told yet");
    for (number, (state, kept)) in [
        ("queued", "queued"),
        ("delivered", "delivered"),
        ("queued", "delivered"),
        ("read", "read"),
        ("delivered", "read"),
        ("failed", "read"),
        ("read", "read"),
    ]
    .into_iter()
    .enumerate()
    {
        let at = 1_795_248_000_000 + i64::try_from(number).expect("small") * 1_000;
        let answer = world.chat_does(&chat, &number.to_string(), &note(&owed, state, at)).await;
        assert_eq!(answer, "noted");
        assert_eq!(receipt(world, &payment).await["state"], kept, "after {state}");
    }
    let shown = receipt(world, &payment).await;
    assert_eq!(shown["at"], "2026-11-21T08:00:00Z", "a remote's clock is never ahead of ours");
    assert_eq!((&shown["code"], &shown["message"]), (&json!("131047"), &json!("Window is over.")));
    assert!(exceptions(world, &format!("payment={payment}")).await.is_empty(), "what was read did not fail");
});

story!(what_did_not_reach_the_customer_is_one_exception, |world| {
    let chat = chatting(world).await;
    let payment = world.sells_through_probing("A-1").await;
    let owed = world.owed(&payment).await[0].id.clone();
    let failed = note(&owed, "failed", 5);
    let twice = [note(&owed, "delivered", 9), failed.clone(), failed.clone(), note(&owed, "delivered", 9)];
    assert_eq!(
        world.chat_does_all(&chat, "1", &twice).await,
        [json!("noted"), json!("noted"), json!("noted"), json!("noted")]
    );
    assert_eq!(world.chat_does(&chat, "2", &failed).await, "noted");
    assert_eq!(receipt(world, &payment).await["state"], "failed");
    let open = exceptions(world, &format!("payment={payment}")).await;
    let exception = one_of("delivery_failed", &open);
    assert_eq!(open.len(), 1, "{open:?}");
    let detail = exception["detail"].as_str().expect("a detail");
    assert!(detail.contains("131047 Window is over."), "{detail}");
    let again = posts(world, &format!("/v1/deliveries/{owed}/retry"), &json!({})).await;
    again.is_problem(409, "not-now");
    assert_eq!(takes(world, &exception, "dismiss").await.status, 200);
    assert_eq!(world.chat_does(&chat, "3", &failed).await, "noted");
    assert!(exceptions(world, &format!("payment={payment}")).await.is_empty(), "it stays closed: {}", id(&exception));
});

story!(a_receipt_for_another_installations_delivery_is_refused, |world| {
    let chat = chatting(world).await;
    let link = world.customer_picks_the_cake().await;
    world.pays(&link).await;
    world.settles().await;
    let telegrams = deliveries(world, &format!("installation={}", world.telegram)).await[0].clone();
    let theirs = telegrams["id"].as_str().expect("an id");
    let wrong = [note(theirs, "read", 5), note("dlv_none", "read", 5), note(theirs, "No state", 5)];
    let answers = world.chat_does_all(&chat, "1", &wrong).await;
    let errors: Vec<&Value> = answers.iter().map(|answer| &answer["error"]).collect();
    assert_eq!(errors, [&json!("not-found"), &json!("not-found"), &json!("invalid")]);
    let after = deliveries(world, &format!("installation={}", world.telegram)).await[0].clone();
    assert_eq!(after, telegrams);
});
