//! How webhooks are subscribed to, signed and delivered.

use kamurj_sandbox::whatsapp::Kind;
use reqwest::Method;
use serde_json::{Value, json};

use crate::receiver::{Receiver, VERIFY_TOKEN};
use crate::whatsapp::{ACCESS, ACCOUNT, ANI, APP, APP_SECRET, NUMBER, words};
use crate::world::World;

const SUBSCRIBED: &str = "/v26.0/201000000000001/subscribed_apps";

fn subscription(url: &str, token: &str) -> Value {
    json!({"object": "whatsapp_business_account", "callback_url": url, "verify_token": token, "fields": "messages"})
}

/// The text of each message that came.
fn texts(receiver: &Receiver) -> Vec<String> {
    let text = |one: &Value| one["entry"][0]["changes"][0]["value"]["messages"][0]["text"]["body"].clone();
    receiver.received().iter().map(|one| text(&one.json()).as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn a_callback_is_taken_after_its_challenge_and_hears_after_the_subscription() {
    let (world, receiver) = (World::with_whatsapp().await, Receiver::start().await);
    let (app, path) = (format!("{APP}|{APP_SECRET}"), format!("/v26.0/{APP}/subscriptions"));
    let refused = world.cloud(Method::POST, &path, &app, Some(subscription(&receiver.url, "wrong"))).await;
    assert_eq!((refused.status, &refused.body["error"]["code"]), (400, &json!(2200)));
    assert!(refused.body["error"]["message"].as_str().unwrap().contains("HTTP Status Code = 403"));
    // A page that answers 200 to everything, as this one does, has not proved anything.
    let page = format!("{}/", world.sandbox.page_url);
    let refused = world.cloud(Method::POST, &path, &app, Some(subscription(&page, VERIFY_TOKEN))).await;
    assert_eq!((refused.status, &refused.body["error"]["code"]), (400, &json!(2201)));
    assert!(refused.body["error"]["message"].as_str().unwrap().contains("response does not match challenge"));
    assert_eq!(world.cloud(Method::GET, &path, &app, None).await.body, json!({"data": []}));

    let taken = world.cloud(Method::POST, &path, &app, Some(subscription(&receiver.url, VERIFY_TOKEN))).await;
    assert_eq!((taken.status, &taken.body), (200, &json!({"success": true})));
    let said = world.whatsapp().say(ANI, "to nobody").unwrap();
    assert!(!said.told, "the app is not subscribed to the account yet");
    assert_eq!(world.cloud(Method::POST, SUBSCRIBED, ACCESS, None).await.body, json!({"success": true}));
    assert!(world.whatsapp().say(ANI, "heard").unwrap().told);
    world.sandbox.deliver_due().await;
    assert_eq!(texts(&receiver), ["heard"]);

    let mut other = subscription(&receiver.url, VERIFY_TOKEN);
    other["fields"] = json!(["account_update"]);
    assert_eq!(world.cloud(Method::POST, &path, &app, Some(other)).await.status, 200);
    assert!(!world.whatsapp().say(ANI, "without the field").unwrap().told);
    let listed = world.cloud(Method::GET, SUBSCRIBED, ACCESS, None).await.body;
    assert_eq!(listed["data"][0]["whatsapp_business_api_data"]["id"], APP);
    assert_eq!(listed["data"][0].get("override_callback_uri"), None);
    let listed = world.cloud(Method::GET, &path, &app, None).await.body;
    assert_eq!(listed["data"][0]["fields"][0]["name"], "account_update");
    assert_eq!(world.cloud(Method::DELETE, &path, &app, None).await.status, 200);
    assert_eq!(world.cloud(Method::GET, &path, &app, None).await.body, json!({"data": []}));
}

#[tokio::test]
async fn an_account_can_have_a_callback_of_its_own() {
    let (world, first) = World::with_callback().await;
    let second = Receiver::start().await;
    let wish = |url: &str, token: &str| Some(json!({"override_callback_uri": url, "verify_token": token}));
    assert_eq!(world.cloud(Method::POST, SUBSCRIBED, ACCESS, wish(&second.url, "wrong")).await.status, 400);
    let long = format!("https://shop.example.am/{}", "h".repeat(177));
    assert_eq!(world.cloud(Method::POST, SUBSCRIBED, ACCESS, wish(&long, VERIFY_TOKEN)).await.status, 400);
    assert_eq!(world.cloud(Method::POST, SUBSCRIBED, ACCESS, wish(&second.url, VERIFY_TOKEN)).await.status, 200);
    let listed = world.cloud(Method::GET, SUBSCRIBED, ACCESS, None).await.body;
    assert_eq!(listed["data"][0]["override_callback_uri"], json!(second.url));
    world.whatsapp().say(ANI, "one").unwrap();
    world.sandbox.deliver_due().await;
    assert_eq!(world.cloud(Method::POST, SUBSCRIBED, ACCESS, None).await.status, 200, "which takes the override away");
    world.whatsapp().say(ANI, "two").unwrap();
    world.sandbox.deliver_due().await;
    assert_eq!((texts(&first), texts(&second)), (vec!["two".to_owned()], vec!["one".to_owned()]));
    assert_eq!(world.cloud(Method::DELETE, SUBSCRIBED, ACCESS, None).await.status, 200);
    assert!(!world.whatsapp().say(ANI, "three").unwrap().told);
}

#[tokio::test]
async fn a_message_is_told_escaped_and_signed_over_its_bytes() {
    let (world, receiver) = World::with_callback().await;
    let said = world.whatsapp().say(ANI, "Վճար/1").unwrap();
    world.sandbox.deliver_due().await;
    let received = &receiver.received()[0];
    assert!(received.body.is_ascii() && received.body.contains(r"\u054e\u0573\u0561\u0580\/1"), "{}", received.body);
    assert_eq!(received.header("content-type"), "application/json");
    let tag = signature(received.body.as_bytes());
    assert_eq!(received.header("x-hub-signature-256"), format!("sha256={tag}"));
    let told = received.json();
    assert_eq!((&told["object"], &told["entry"][0]["id"]), (&json!("whatsapp_business_account"), &json!(ACCOUNT)));
    let change = &told["entry"][0]["changes"][0];
    assert_eq!(change["field"], "messages");
    assert_eq!(change["value"]["metadata"], json!({"display_phone_number": "37410000000", "phone_number_id": NUMBER}));
    let id = "AM.45150376399232375640";
    assert_eq!(change["value"]["contacts"], json!([{"profile": {"name": "Ani"}, "wa_id": ANI, "user_id": id}]));
    let message = json!({
        "id": said.id, "from": ANI, "from_user_id": id, "timestamp": "1795255509", "type": "text", "text": {"body": "Վճար/1"},
    });
    assert_eq!(change["value"]["messages"], json!([message]));

    world.whatsapp().change_faults(|faults| faults.forge_webhooks = true);
    world.whatsapp().say(ANI, "forged").unwrap();
    world.sandbox.deliver_due().await;
    let forged = &receiver.received()[1];
    assert_ne!(forged.header("x-hub-signature-256"), format!("sha256={}", signature(forged.body.as_bytes())));
}

/// HMAC-SHA256 by RFC 2104, keyed with the app's secret, made here without the sandbox's own.
fn signature(body: &[u8]) -> String {
    use hmac::{Hmac, KeyInit, Mac};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(APP_SECRET.as_bytes()).unwrap();
    mac.update(body);
    mac.finalize().into_bytes().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[tokio::test]
async fn a_refused_webhook_comes_again_later_each_time_and_stalls_no_other() {
    let (world, receiver) = World::with_callback().await;
    receiver.will_answer(&[500]);
    world.whatsapp().say(ANI, "one").unwrap();
    world.whatsapp().say(ANI, "two").unwrap();
    assert_eq!(world.sandbox.deliver_due().await, 2);
    assert_eq!(texts(&receiver), ["one", "two"]);
    let hook = world.whatsapp().view().webhook;
    assert_eq!((hook.pending, hook.last_error), (1, None), "the next one was accepted");

    // Only 200 counts.
    receiver.will_answer(&[201, 302]);
    for (pause_ms, count) in [(9_999, 2), (1, 3), (19_999, 3), (1, 4), (39_999, 4), (1, 5), (3_600_000, 5)] {
        world.pass_ms(pause_ms);
        world.sandbox.deliver_due().await;
        assert_eq!(receiver.count(), count, "after {pause_ms} ms more");
        if count == 3 {
            let why = world.whatsapp().view().webhook.last_error;
            assert_eq!(why.as_deref(), Some("Wrong response from the webhook: 201"));
        }
    }
    let received = receiver.received();
    assert!([2, 3, 4].iter().all(|place| received[*place].body == received[0].body), "with the same bytes");
}

#[tokio::test]
async fn a_webhook_is_given_up_after_seven_days() {
    let (world, receiver) = World::with_callback().await;
    receiver.will_answer(&[500; 60]);
    world.whatsapp().say(ANI, "one").unwrap();
    for _ in 0..7 * 24 {
        world.sandbox.deliver_due().await;
        world.pass_ms(3_600_000);
    }
    let tried = receiver.count();
    assert!((30..50).contains(&tried), "{tried}");
    world.sandbox.deliver_due().await;
    assert_eq!((receiver.count(), world.whatsapp().view().webhook.pending), (tried, 0));
}

#[tokio::test]
async fn webhooks_can_come_twice_bundled_and_with_fields_of_tomorrow() {
    let (world, receiver) = World::with_callback().await;
    world.whatsapp().change_faults(|faults| faults.duplicate_webhooks = true);
    world.whatsapp().say(ANI, "one").unwrap();
    assert_eq!(world.sandbox.deliver_due().await, 2);
    assert_eq!(receiver.received()[0].body, receiver.received()[1].body);

    world.whatsapp().change_faults(|faults| {
        (faults.duplicate_webhooks, faults.bundle_webhooks, faults.unknown_fields) = (false, true, true);
    });
    world.whatsapp().say(ANI, "two").unwrap();
    world.whatsapp().say(ANI, "three").unwrap();
    assert_eq!(world.sandbox.deliver_due().await, 1);
    let told = receiver.received()[2].json();
    let changes = told["entry"][0]["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 3);
    assert_eq!(changes[0]["field"], "since_next_year");
    let texts: Vec<_> = changes[1..].iter().map(|change| &change["value"]["messages"][0]["text"]["body"]).collect();
    assert_eq!(texts, [&json!("two"), &json!("three")]);
    assert!(
        changes[1]["value"]["since_next_year"].is_object()
            && changes[1]["value"]["messages"][0]["since_next_year"] == "x"
    );
}

#[tokio::test]
async fn what_is_not_text_is_told_as_what_it_is() {
    let (world, receiver) = World::with_callback().await;
    world.whatsapp().send_other(ANI, Kind::Image).unwrap();
    world.whatsapp().send_other(ANI, Kind::Unsupported).unwrap();
    world.sandbox.deliver_due().await;
    let message =
        |place: usize| receiver.received()[place].json()["entry"][0]["changes"][0]["value"]["messages"][0].clone();
    assert_eq!((&message(0)["type"], &message(0)["image"]["mime_type"]), (&json!("image"), &json!("image/jpeg")));
    assert_eq!((&message(1)["type"], &message(1)["errors"][0]["code"]), (&json!("unsupported"), &json!(131_051)));
    // They open the window as words do.
    let id = world.sent(words("thanks")).await;
    assert_eq!(world.message(&id).error, None);
}
