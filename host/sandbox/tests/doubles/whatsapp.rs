//! What the Cloud API does with a send.

use kamurj_sandbox::whatsapp::{Kind, Message, Person, Progress, WhatsApp};
use reqwest::Method;
use serde_json::{Value, json};

use crate::receiver::{Receiver, VERIFY_TOKEN};
use crate::world::{Reply, World, raw_post};

pub(crate) const NUMBER: &str = "301000000000002";
pub(crate) const ACCOUNT: &str = "201000000000001";
pub(crate) const APP: &str = "101000000000003";
pub(crate) const APP_SECRET: &str = "app-secret-canary";
pub(crate) const ACCESS: &str = "EAAaccess-token-canary";
pub(crate) const ANI: &str = "37491000000";

/// The account in the sandbox's settings.
pub(crate) fn account() -> Value {
    json!({
        "phone_number_id": NUMBER, "account_id": ACCOUNT, "app_id": APP, "app_secret": APP_SECRET, "access_token": ACCESS,
    })
}

impl World {
    pub(crate) async fn with_whatsapp() -> Self {
        Self::start_with("whatsapp", account()).await
    }

    /// WhatsApp with a callback that is verified and subscribed.
    pub(crate) async fn with_callback() -> (Self, Receiver) {
        let (world, receiver) = (Self::with_whatsapp().await, Receiver::start().await);
        world.whatsapp().set_webhook(&receiver.url, VERIFY_TOKEN, true).await.unwrap();
        (world, receiver)
    }

    pub(crate) fn whatsapp(&self) -> &WhatsApp {
        &self.sandbox.whatsapp
    }

    /// A call of the Cloud API with a bearer token.
    pub(crate) async fn cloud(&self, method: Method, path: &str, token: &str, body: Option<Value>) -> Reply {
        self.graph(method, format!("{}{path}", self.sandbox.whatsapp_url), token, body).await
    }

    /// Sends, or marks read.
    pub(crate) async fn send(&self, body: Value) -> Reply {
        self.cloud(Method::POST, &format!("/v26.0/{NUMBER}/messages"), ACCESS, Some(body)).await
    }

    /// Sends what has to be accepted; returns the id of the message.
    pub(crate) async fn sent(&self, body: Value) -> String {
        let answer = self.send(body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["messages"][0]["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn ani(&self) -> Person {
        self.whatsapp().view().people.into_iter().find(|person| person.phone == ANI).unwrap()
    }

    pub(crate) fn message(&self, id: &str) -> Message {
        self.ani().messages.into_iter().find(|message| message.id == id).unwrap()
    }
}

/// A text to Ani.
pub(crate) fn words(text: &str) -> Value {
    json!({"messaging_product": "whatsapp", "to": ANI, "type": "text", "text": {"body": text}})
}

/// An interactive message to Ani.
pub(crate) fn interactive(kind: &str, action: &Value) -> Value {
    json!({
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": ANI, "type": "interactive",
        "interactive": {"type": kind, "body": {"text": "Պատվեր A-1042 — 12 500 ֏"}, "action": action},
    })
}

pub(crate) fn link(caption: &str, url: &str) -> Value {
    interactive("cta_url", &json!({"name": "cta_url", "parameters": {"display_text": caption, "url": url}}))
}

pub(crate) fn buttons(titles: &[&str]) -> Value {
    let buttons: Vec<Value> = titles
        .iter()
        .map(|title| json!({"type": "reply", "reply": {"id": format!("id:{title}"), "title": title}}))
        .collect();
    interactive("button", &json!({"buttons": buttons}))
}

#[tokio::test]
async fn inside_the_window_a_link_arrives_and_its_statuses_carry_what_we_sent_along() {
    let (world, receiver) = World::with_callback().await;
    world.whatsapp().say(ANI, "Ուզում եմ վճարել").unwrap();
    world.sandbox.deliver_due().await;
    let mut body = link("Վճարել", "https://pay.example.am/p/7Qm2cX9y");
    body["interactive"]["footer"] = json!({"text": "Գործում է մինչև 18:30"});
    body["biz_opaque_callback_data"] = "obx:01J9Z7:link".into();
    body["to"] = "+374 (91) 00-00-00".into();
    let answer = world.send(body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.body["contacts"], json!([{"input": ANI, "wa_id": ANI}]));
    assert_eq!(answer.body["messages"][0]["message_status"], "accepted");
    let id = answer.body["messages"][0]["id"].as_str().unwrap();
    assert!(id.starts_with("wamid."), "{id}");
    let message = world.message(id);
    assert_eq!((message.kind, message.progress), (Kind::CtaUrl, Progress::Delivered));
    assert_eq!(message.buttons[0].url.as_deref(), Some("https://pay.example.am/p/7Qm2cX9y"));
    assert_eq!(message.footer.as_deref(), Some("Գործում է մինչև 18:30"));

    world.whatsapp().read(ANI).unwrap();
    assert_eq!(world.sandbox.deliver_due().await, 3);
    let told: Vec<Value> = receiver.received()[1..]
        .iter()
        .map(|one| one.json()["entry"][0]["changes"][0]["value"]["statuses"][0].clone())
        .collect();
    let order: Vec<&str> = told.iter().map(|status| status["status"].as_str().unwrap()).collect();
    assert_eq!(order, ["sent", "delivered", "read"]);
    for status in told {
        assert_eq!((&status["id"], &status["recipient_id"]), (&json!(id), &json!(ANI)));
        assert_eq!(status["biz_opaque_callback_data"], "obx:01J9Z7:link");
        assert_eq!(status["timestamp"], "1795255509");
    }
}

#[tokio::test]
async fn taps_say_which_button_or_row_it_was() {
    let (world, receiver) = World::with_callback().await;
    world.whatsapp().say(ANI, "hi").unwrap();
    let menu = world.sent(buttons(&["Cake", "Tea"])).await;
    let rows = json!([{"id": "r1", "title": "Cake", "description": "with cherries"}, {"id": "r2", "title": "Tea"}]);
    let list = interactive("list", &json!({"button": "Menu", "sections": [{"title": "Sweet", "rows": rows}]}));
    let list = world.sent(list).await;
    world.sandbox.deliver_due().await;
    let before = receiver.count();

    world.whatsapp().tap(ANI, &menu, "id:Tea").unwrap();
    world.whatsapp().tap(ANI, &list, "r1").unwrap();
    assert!(world.whatsapp().tap(ANI, &menu, "id:Beer").is_err());
    world.sandbox.deliver_due().await;
    let told: Vec<Value> = receiver.received()[before..]
        .iter()
        .map(|one| one.json()["entry"][0]["changes"][0]["value"]["messages"][0].clone())
        .collect();
    assert_eq!(told.len(), 2);
    assert_eq!(
        told[0]["interactive"],
        json!({"type": "button_reply", "button_reply": {"id": "id:Tea", "title": "Tea"}})
    );
    assert_eq!(told[0]["context"], json!({"from": "37410000000", "id": menu}));
    let row = json!({"id": "r1", "title": "Cake", "description": "with cherries"});
    assert_eq!(told[1]["interactive"], json!({"type": "list_reply", "list_reply": row}));
}

#[tokio::test]
async fn a_message_is_marked_read_with_all_before_it() {
    let world = World::with_whatsapp().await;
    world.whatsapp().say(ANI, "one").unwrap();
    let two = world.whatsapp().say(ANI, "two").unwrap().id;
    world.whatsapp().say(ANI, "three").unwrap();
    let mark = json!({
        "messaging_product": "whatsapp", "status": "read", "message_id": two, "typing_indicator": {"type": "text"},
    });
    assert_eq!(world.send(mark).await.body, json!({"success": true}));
    let read: Vec<bool> = world.ani().messages.iter().map(|message| message.progress == Progress::Read).collect();
    assert_eq!(read, [true, true, false]);
}

#[tokio::test]
async fn to_one_person_forty_five_go_at_once_and_then_one_in_six_seconds() {
    let world = World::with_whatsapp().await;
    world.whatsapp().say(ANI, "hi").unwrap();
    for _ in 0..45 {
        world.sent(words("x")).await;
    }
    let limited = world.send(words("x")).await;
    assert_eq!((limited.status, &limited.body["error"]["code"]), (429, &json!(131_056)));
    world.pass_ms(5_900);
    assert_eq!(world.send(words("x")).await.status, 429);
    world.pass_ms(200);
    world.sent(words("x")).await;
    assert_eq!(world.send(words("x")).await.status, 429);
}

#[tokio::test]
async fn a_number_sends_eighty_in_a_second_whoever_they_go_to() {
    let world = World::with_whatsapp().await;
    let to = |person: usize| {
        let mut body = words("x");
        body["to"] = format!("374910000{person:02}").into();
        body
    };
    for person in 0..80 {
        world.sent(to(person)).await;
    }
    let limited = world.send(to(80)).await;
    assert_eq!((limited.status, &limited.body["error"]["code"]), (429, &json!(130_429)));
    world.pass_ms(1_000);
    world.sent(to(81)).await;
}

#[tokio::test]
async fn faults_count_down_and_a_lost_answer_was_a_send() {
    let world = World::with_whatsapp().await;
    world.whatsapp().say(ANI, "hi").unwrap();
    world.whatsapp().change_faults(|faults| {
        (faults.limit_next, faults.pair_limit_next, faults.fail_next) = (1, 1, 1);
        (faults.drop_request_next, faults.drop_reply_next, faults.limits_answer_400) = (1, 1, true);
    });
    let trouble = world.send(words("a")).await;
    assert_eq!((trouble.status, &trouble.body["error"]["is_transient"]), (500, &json!(true)));
    let url = format!("{}/v26.0/{NUMBER}/messages", world.sandbox.whatsapp_url);
    let bearer = format!("authorization: Bearer {ACCESS}\r\n");
    assert_eq!(raw_post(&url, &bearer, &words("lost")).await, b"");
    assert_eq!(world.ani().messages.len(), 1, "nothing was taken");
    let codes = [world.send(words("b")).await, world.send(words("c")).await]
        .map(|answer| (answer.status, answer.body["error"]["code"].clone()));
    assert_eq!(codes, [(400, json!(130_429)), (400, json!(131_056))]);
    // A refused send does not use the fault up.
    assert_eq!(world.send(json!({"messaging_product": "whatsapp"})).await.status, 400);
    assert_eq!(raw_post(&url, &bearer, &words("taken")).await, b"");
    assert_eq!(world.ani().messages[1].text, "taken");
    world.sent(words("d")).await;
    let statuses: Vec<_> = world.whatsapp().view().calls.iter().map(|call| call.status).collect();
    assert_eq!(statuses, [Some(500), None, Some(400), Some(400), Some(400), None, Some(200)]);
}

#[tokio::test]
async fn an_expired_token_is_refused_with_190_until_it_is_renewed() {
    let world = World::with_whatsapp().await;
    world.whatsapp().change_faults(|faults| faults.token_expired = true);
    let refused = world.send(words("x")).await;
    let error = &refused.body["error"];
    assert_eq!((refused.status, &error["code"], &error["error_subcode"]), (401, &json!(190), &json!(463)));
    assert!(error["message"].as_str().unwrap().contains("Session has expired on Saturday, 21-Nov-26 01:05:09 PST."));
    world.whatsapp().change_faults(|faults| faults.token_expired = false);
    world.sent(words("x")).await;
}
