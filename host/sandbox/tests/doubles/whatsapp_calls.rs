//! Which calls the Graph API refuses before it looks at what they ask for, and which it takes in other clothes.

use reqwest::Method;
use serde_json::{Value, json};

use crate::whatsapp::{ACCESS, ACCOUNT, ANI, APP, APP_SECRET, NUMBER, account, words};
use crate::whatsapp_refusals::{told, with};
use crate::world::{World, reply};

/// Method, path, token and body; status, code and a part of the message.
type Wrong<'a> = (&'a Method, String, &'a str, Option<Value>, u16, i64, &'a str);

#[tokio::test]
async fn wrong_calls_are_refused() {
    let world = World::with_whatsapp().await;
    let app = format!("{APP}|{APP_SECRET}");
    let subscription = json!({
        "object": "whatsapp_business_account", "callback_url": "http://shop.example.am/hook", "verify_token": "x", "fields": "messages",
    });
    let (get, post, delete) = (Method::GET, Method::POST, Method::DELETE);
    let send = format!("/v26.0/{NUMBER}/messages");
    let wrong: Vec<Wrong> = vec![
        (&post, send.clone(), "EAAother", Some(words("x")), 401, 190, "Cannot parse access token"),
        (&post, send.clone(), &app, Some(words("x")), 403, 10, "does not have permission"),
        (
            &post,
            format!("/v26.0/{NUMBER}1/messages"),
            ACCESS,
            Some(words("x")),
            400,
            100,
            "Unsupported post request. Object with ID",
        ),
        (&post, format!("/v26.0/{ACCOUNT}/messages"), ACCESS, Some(words("x")), 400, 100, "Unsupported post request"),
        (&get, send.clone(), ACCESS, None, 400, 100, "Unsupported get request"),
        (&delete, send.clone(), ACCESS, None, 400, 100, "Unsupported"),
        (&post, format!("/{NUMBER}/messages"), ACCESS, Some(words("x")), 400, 2635, "latest version: v26.0"),
        (&post, format!("/v99.0/{NUMBER}/messages"), ACCESS, Some(words("x")), 400, 2635, "latest version: v26.0"),
        (&post, format!("{send}/1"), ACCESS, Some(words("x")), 400, 2500, "Unknown path components"),
        (
            &get,
            format!("/v26.0/{NUMBER}/friends"),
            ACCESS,
            None,
            400,
            100,
            "Tried accessing nonexisting field (friends)",
        ),
        (&get, format!("/v26.0/{NUMBER}?fields=balance"), ACCESS, None, 400, 100, "nonexisting field (balance)"),
        (&get, format!("/v26.0/{ACCOUNT}/message_templates?limit=x"), ACCESS, None, 400, 100, "Param limit"),
        (&post, format!("{send}?appsecret_proof=00"), ACCESS, Some(words("x")), 400, 100, "Invalid appsecret_proof"),
        (&post, format!("/v26.0/{APP}/subscriptions"), ACCESS, Some(subscription.clone()), 400, 15, "app access_token"),
        (&post, format!("/v26.0/{APP}/subscriptions"), &app, Some(subscription.clone()), 400, 100, "valid https URL"),
        (
            &post,
            format!("/v26.0/{APP}/subscriptions"),
            &app,
            Some(with(subscription, "/object", json!("page"))),
            400,
            100,
            "{WHATSAPP_BUSINESS_ACCOUNT}",
        ),
        (
            &post,
            format!("/v26.0/{ACCOUNT}/subscribed_apps"),
            ACCESS,
            Some(json!({"override_callback_uri": "https://a.am/h"})),
            400,
            100,
            "Before override the current callback uri, your app must be subscribed",
        ),
    ];
    for (method, path, token, body, status, code, part) in wrong {
        let answer = world.cloud(method.clone(), &path, token, body).await;
        assert_eq!(
            (answer.status, &answer.body["error"]["code"]),
            (status, &json!(code)),
            "{} for {path}",
            answer.body
        );
        let told = told(&answer);
        assert!(told.contains(part), "{told} for {method} {path}");
    }
    let url = format!("{}{send}", world.sandbox.whatsapp_url);
    let bare = reply(world.client.post(&url).json(&words("x"))).await;
    assert_eq!((bare.status, &bare.body["error"]["code"]), (400, &json!(104)));
    let in_the_url = reply(world.client.post(format!("{url}?access_token={ACCESS}")).json(&words("x"))).await;
    assert_eq!(in_the_url.status, 400);
    let broken = world.client.post(&url).bearer_auth(ACCESS).header("content-type", "application/json").body("{");
    assert!(told(&reply(broken).await).contains("messaging_product is required"));
    assert!(world.whatsapp().view().undelivered.is_empty());
}

#[tokio::test]
async fn an_app_can_demand_a_proof_with_every_call() {
    let world = World::start_with("whatsapp", with(account(), "/proof_required", json!(true))).await;
    let path = format!("/v26.0/{NUMBER}?fields=verified_name");
    let refused = world.cloud(Method::GET, &path, ACCESS, None).await;
    assert_eq!(refused.status, 400);
    assert!(told(&refused).contains("require an appsecret_proof argument"));
    // HMAC-SHA256 of the token, keyed with the app's secret, made with another program.
    let proof = "446bad5da82a39d4983b38d42024782c60c10ed95bdb92eca6e36acbbf8beb80";
    let answer = world.cloud(Method::GET, &format!("{path}&appsecret_proof={proof}"), ACCESS, None).await;
    assert_eq!(answer.body, json!({"verified_name": "Sandbox shop", "id": NUMBER}));
}

#[tokio::test]
async fn unknown_parameters_at_the_top_are_ignored_and_forms_are_parameters_too() {
    let world = World::with_whatsapp().await;
    world.whatsapp().say(ANI, "hi").unwrap();
    world.sent(with(words("x"), "/colour", json!("red"))).await;
    let url = format!("{}/v26.0/{NUMBER}/messages", world.sandbox.whatsapp_url);
    let form = [("messaging_product", "whatsapp"), ("to", ANI), ("type", "text"), ("text", r#"{"body":"Բարև"}"#)];
    assert_eq!(reply(world.client.post(url).bearer_auth(ACCESS).form(&form)).await.status, 200);
    assert_eq!(world.ani().messages[2].text, "Բարև");
}
