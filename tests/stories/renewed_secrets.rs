//! Secrets that expire: the host has one renewed when its plugin asks, keeps the next value, and nobody sees either.

use kamurj_domain::time;
use kamurj_sandbox::long_lived::{LIFE_MS, LongLived};
use kamurj_tests::clock::hours;
use kamurj_tests::integrator::Answer;
use kamurj_tests::world::holds;
use kamurj_tests::{World, story};
use reqwest::Method;
use serde_json::{Value, json};

/// What the clock shows, Unix milliseconds.
fn now(world: &World) -> i64 {
    kamurj_domain::Clock::now(&world.clock)
}

fn renew() -> Value {
    json!({ "do": "renew_secret", "key": "user_token" })
}

/// A call of the service's API with the token.
fn me(service: &LongLived) -> Value {
    json!({
        "do": "send", "url": format!("{}/me?access_token={{{{secret:user_token}}}}", service.url),
        "slots": [["user_token", "query", "access_token"]],
    })
}

async fn chatting(world: &mut World) -> (LongLived, String) {
    let service = world.meets_long_lived_tokens().await;
    let settings = json!({ "api_base": service.url, "script": [] });
    let chat = world.runs_chatting(&settings, &service.gives()).await;
    (service, chat)
}

/// No token that was ever given lies readable at rest, or in what the API shows of the plugin.
async fn keeps_tokens_to_itself(world: &World, service: &LongLived, chat: &str) {
    let mut texts = world.bytes_at_rest();
    for rest in ["", "/runs?limit=200", "/logs?limit=200", "/versions", "/usage"] {
        let path = format!("{chat}{rest}");
        let answer = Answer::to(world.asks(&world.api_key, Method::GET, &path)).await;
        texts.push((path, answer.body.to_string().into_bytes()));
    }
    let tokens = service.tokens();
    assert!(tokens.len() > 1, "there is something to look for");
    for (place, bytes) in &texts {
        for token in &tokens {
            let found = holds(bytes, token);
            assert!(!found, "a token is readable in {place}");
        }
    }
}

story!(a_token_is_renewed_once_it_is_old_enough_and_the_next_one_goes_out, |world| {
    let (service, chat) = chatting(world).await;
    assert_eq!(world.sees(&chat).await["expiring_secrets"], json!([]), "nobody said when it expires");
    assert_eq!(world.chat_does(&chat, "1", &renew()).await, json!(0), "too young, and no end is known");
    assert_eq!(service.renewals(), 0);

    world.clock.pass(hours(25));
    let answers = world.chat_does_all(&chat, "2", &[renew(), me(&service), renew()]).await;
    let expires_at = now(world) + LIFE_MS;
    let renewed_at = time::rfc3339(now(world));
    assert_eq!(
        (&answers[0], &answers[2]),
        (&json!(expires_at), &json!(expires_at)),
        "asked at once again it is too young"
    );
    assert_eq!((&answers[1]["status"], service.renewals()), (&json!(200), 1));
    let body = answers[1]["body"].as_str().expect("a body");
    assert!(body.contains("[secret user_token]"), "the next value is blacked out already: {body}");
    let shown = &world.sees(&chat).await["expiring_secrets"];
    let expires = time::rfc3339(expires_at);
    assert_eq!(shown, &json!([{ "name": "user_token", "expires_at": expires, "renewed_at": renewed_at }]));

    // The first one dies; what is used is what was kept.
    world.clock.pass(LIFE_MS - hours(24));
    assert_eq!(world.chat_does(&chat, "3", &me(&service)).await["status"], 200);
    assert_eq!(world.chat_does(&chat, "4", &renew()).await, json!(now(world) + LIFE_MS));
    keeps_tokens_to_itself(world, &service, &chat).await;
    let run = &world.sees(&format!("{chat}/runs?limit=1")).await["runs"][0];
    assert_eq!(run["ended"], "done", "{run}");
});

story!(a_token_that_the_service_refuses_needs_a_person_and_one_entered_anew_is_good, |world| {
    let (service, chat) = chatting(world).await;
    world.clock.pass(LIFE_MS + hours(1));
    let refused = world.chat_does(&chat, "1", &renew()).await;
    assert_eq!(refused, json!({ "error": "refused", "retryable": false }));
    assert_eq!(world.sees(&chat).await["expiring_secrets"], json!([]));
    let token = service.gives();
    world.changes(&chat, &json!({ "secrets": { "user_token": token } })).await;
    let answers = world.chat_does_all(&chat, "2", &[renew(), me(&service)]).await;
    assert_eq!((&answers[0], &answers[1]["status"]), (&json!(0), &json!(200)), "it is as young as a first one");
    world.clock.pass(hours(25));
    assert_eq!(world.chat_does(&chat, "3", &renew()).await, json!(now(world) + LIFE_MS));
    keeps_tokens_to_itself(world, &service, &chat).await;
});

story!(a_lost_answer_is_asked_for_again_and_trouble_of_the_service_passes, |world| {
    let (service, chat) = chatting(world).await;
    world.clock.pass(hours(25));
    service.faults(|faults| faults.lost_after = 1);
    let answers = world.chat_does_all(&chat, "1", &[renew(), me(&service)]).await;
    assert_eq!((&answers[0], &answers[1]["status"]), (&json!(now(world) + LIFE_MS), &json!(200)));
    assert_eq!(service.renewals(), 2, "the first answer was lost, and the old token was still good");
    world.clock.pass(hours(25));
    service.faults(|faults| (faults.lost_after, faults.down, faults.throttled) = (2, 0, 0));
    let lost = world.chat_does(&chat, "2", &renew()).await;
    assert_eq!(lost, json!({ "error": "unavailable", "retryable": true }));
    service.faults(|faults| faults.down = 1);
    assert_eq!(world.chat_does(&chat, "3", &renew()).await["retryable"], true, "503");
    service.faults(|faults| faults.throttled = 1);
    assert_eq!(
        world.chat_does(&chat, "4", &renew()).await["error"],
        "unavailable",
        "too many calls say nothing of the token"
    );
    assert_eq!(world.chat_does(&chat, "5", &renew()).await, json!(now(world) + LIFE_MS));
    keeps_tokens_to_itself(world, &service, &chat).await;
});

story!(only_what_was_declared_and_granted_is_renewed, |world| {
    let (service, chat) = chatting(world).await;
    world.clock.pass(hours(25));
    let asks = |name: &str| json!({ "do": "renew_secret", "key": name });
    let answers = world.chat_does_all(&chat, "1", &[asks("token"), asks("other")]).await;
    let errors: Vec<&Value> = answers.iter().map(|answer| &answer["error"]).collect();
    assert_eq!(errors, [&json!("invalid"), &json!("not-granted")]);
    // The operator is shown where it is renewed.
    let shown = world.sees(&format!("{chat}/versions")).await;
    let without = world.changes(&chat, &json!({ "grants": ["route:update", "secret:token"] })).await;
    let high = without["draft"]["needs_grant"]["high"].as_array().expect("permissions").clone();
    let secret = high.iter().find(|one| one["name"] == "secret:user_token").expect("it is asked for");
    let told = secret["detail"].as_str().expect("a detail");
    assert!(told.contains("Have it renewed at {api_base}/refresh_access_token"), "{told}: {shown}");
    world.activates(&chat, &json!({ "skip_check": true })).await;
    assert_eq!(world.chat_does(&chat, "2", &renew()).await["error"], "not-granted");
    world.changes(&chat, &json!({ "grants": "all", "secrets": { "user_token": null } })).await;
    world.activates(&chat, &json!({ "skip_check": true })).await;
    assert_eq!(world.chat_does(&chat, "3", &renew()).await["error"], "not-found");
    assert_eq!(service.renewals(), 0);
});
