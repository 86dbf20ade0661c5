//! What becomes of messages that were answered with 200.

use kamurj_sandbox::whatsapp::{Progress, Statuses};
use serde_json::{Value, json};

use crate::receiver::Receiver;
use crate::whatsapp::{ACCESS, ANI, NUMBER, words};
use crate::whatsapp_templates::template;
use crate::world::{World, raw_post};

const DAY_MS: i64 = 24 * 3_600_000;

/// The statuses that came, in the order in which they came.
fn statuses(receiver: &Receiver) -> Vec<Value> {
    let changes =
        receiver.received().into_iter().flat_map(|one| one.json()["entry"][0]["changes"].as_array().unwrap().clone());
    changes.filter_map(|change| change["value"]["statuses"].get(0).cloned()).collect()
}

fn names(receiver: &Receiver) -> Vec<String> {
    statuses(receiver).iter().map(|status| status["status"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn outside_the_window_words_are_taken_and_fail_and_a_template_arrives() {
    let (world, receiver) = World::with_callback().await;
    world.whatsapp().say(ANI, "hi").unwrap();
    world.pass_ms(DAY_MS - 1);
    let inside = world.sent(words("still inside")).await;
    assert_eq!(world.message(&inside).progress, Progress::Delivered);
    world.pass_ms(1);
    let mut body = words("too late");
    body["biz_opaque_callback_data"] = "obx:1".into();
    let late = world.sent(body).await;
    assert_eq!(world.message(&late).progress, Progress::Failed);
    world.sandbox.deliver_due().await;
    let told = statuses(&receiver).pop().unwrap();
    assert_eq!(
        (&told["id"], &told["status"], &told["errors"][0]["code"]),
        (&json!(late), &json!("failed"), &json!(131_047))
    );
    assert_eq!((&told["recipient_id"], &told["biz_opaque_callback_data"]), (&json!(ANI), &json!("obx:1")));
    assert!(told["errors"][0]["error_data"]["details"].as_str().unwrap().contains("more than 24 hours"));

    let notice = world.sent(template("payment_received", "en", &["A-1", "5"], Some("x"))).await;
    assert_eq!(world.message(&notice).progress, Progress::Delivered);
    world.whatsapp().say(ANI, "again").unwrap();
    let inside = world.sent(words("inside again")).await;
    assert_eq!(world.message(&inside).progress, Progress::Delivered);
    world.whatsapp().change_faults(|faults| faults.window_closed = true);
    let closed = world.sent(words("closed by hand")).await;
    assert_eq!(world.message(&closed).error, Some(131_047));
}

#[tokio::test]
async fn a_block_a_strange_number_and_a_fault_are_heard_of_by_webhook_alone() {
    let (world, receiver) = World::with_callback().await;
    world.whatsapp().say(ANI, "hi").unwrap();
    world.whatsapp().block(ANI, true).unwrap();
    assert!(world.whatsapp().say(ANI, "no").is_err());
    let blocked = world.sent(words("x")).await;
    world.whatsapp().block(ANI, false).unwrap();
    let mut body = words("x");
    body["to"] = "37477000000".into();
    let nobody = world.sent(body).await;
    world.whatsapp().change_faults(|faults| (faults.fail_later_next, faults.fail_later_code) = (1, 131_049));
    let unwanted = world.sent(words("x")).await;
    world.sent(words("x")).await;
    world.sandbox.deliver_due().await;
    let told = statuses(&receiver);
    let failed: Vec<_> = told
        .iter()
        .filter(|status| status["status"] == "failed")
        .map(|status| (status["id"].as_str().unwrap().to_owned(), status["errors"][0]["code"].as_i64().unwrap()))
        .collect();
    assert_eq!(failed, [(blocked, 131_026), (nobody, 131_026), (unwanted, 131_049)]);
    assert_eq!(told[1]["recipient_id"], "37477000000");
    assert_eq!(told.len(), 5, "and the last one was sent and delivered");
}

#[tokio::test]
async fn whoever_hides_the_number_is_reached_by_the_user_id_in_its_own_field_only() {
    let (world, receiver) = World::with_callback().await;
    world.whatsapp().hide_number(ANI, Some("ani.x")).unwrap();
    world.whatsapp().say(ANI, "hi").unwrap();
    let id = world.ani().user_id;
    assert_eq!(id, "AM.45150376399232375640");
    let mut body = words("lost");
    body["to"] = id.as_str().into();
    let lost = world.send(body.clone()).await;
    assert_eq!((lost.status, &lost.body["messages"][0]["message_status"]), (200, &json!("accepted")));
    body["to"] = "AM.ENT.11815799212886844830".into();
    assert_eq!(world.send(body.clone()).await.status, 200, "that of a parent account is lost in the same way");
    body["to"] = Value::Null;
    body["recipient"] = id.as_str().into();
    let answer = world.send(body).await;
    assert_eq!(answer.body["contacts"], json!([{"input": id, "user_id": id}]));
    let arrived = answer.body["messages"][0]["id"].as_str().unwrap();
    assert_eq!(world.message(arrived).progress, Progress::Delivered);
    world.sandbox.deliver_due().await;

    let heard = receiver.received()[0].json()["entry"][0]["changes"][0]["value"].clone();
    assert_eq!(heard["contacts"], json!([{"profile": {"name": "Ani", "username": "ani.x"}, "user_id": id}]));
    assert_eq!((heard["messages"][0].get("from"), &heard["messages"][0]["from_user_id"]), (None, &json!(id)));
    let told = statuses(&receiver);
    assert_eq!(told.len(), 2, "of the lost message nothing is ever heard");
    assert!(told.iter().all(|status| status["id"] == arrived && status.get("recipient_id").is_none()));
    assert_eq!(told[0]["recipient_user_id"], json!(id));
    let lost = &world.whatsapp().view().undelivered[0];
    assert_eq!((lost.text.as_str(), lost.progress), ("lost", Progress::Silent));
}

#[tokio::test]
async fn statuses_can_come_in_any_order_late_or_never() {
    let (world, receiver) = World::with_callback().await;
    world.whatsapp().say(ANI, "hi").unwrap();
    world.whatsapp().change_faults(|faults| faults.statuses = Statuses::OutOfOrder);
    world.sent(words("x")).await;
    world.whatsapp().read(ANI).unwrap();
    world.sandbox.deliver_due().await;
    assert_eq!(names(&receiver), ["read"]);
    world.pass_ms(30_000);
    world.sandbox.deliver_due().await;
    world.pass_ms(30_000);
    world.sandbox.deliver_due().await;
    assert_eq!(names(&receiver), ["read", "delivered", "sent"]);
    assert!(statuses(&receiver).iter().all(|status| status["timestamp"] == "1795255509"), "they tell when it happened");

    world.whatsapp().change_faults(|faults| faults.statuses = Statuses::Hold);
    world.sent(words("y")).await;
    world.whatsapp().say(ANI, "are you there?").unwrap();
    assert_eq!(world.sandbox.deliver_due().await, 1, "what people write is not held");
    world.whatsapp().change_faults(|faults| faults.statuses = Statuses::Send);
    assert_eq!(world.sandbox.deliver_due().await, 2);
    world.whatsapp().change_faults(|faults| faults.statuses = Statuses::Lose);
    world.sent(words("z")).await;
    world.whatsapp().change_faults(|faults| faults.statuses = Statuses::Send);
    assert_eq!(world.sandbox.deliver_due().await, 0);
}

#[tokio::test]
async fn after_a_lost_answer_a_status_tells_whether_the_message_was_taken() {
    let (world, receiver) = World::with_callback().await;
    world.whatsapp().say(ANI, "hi").unwrap();
    world.whatsapp().change_faults(|faults| (faults.drop_request_next, faults.drop_reply_next) = (1, 1));
    let url = format!("{}/v26.0/{NUMBER}/messages", world.sandbox.whatsapp_url);
    for key in ["obx:lost", "obx:taken"] {
        let mut body = words(key);
        body["biz_opaque_callback_data"] = key.into();
        assert_eq!(raw_post(&url, &format!("authorization: Bearer {ACCESS}\r\n"), &body).await, b"");
    }
    world.sandbox.deliver_due().await;
    let told: Vec<Value> =
        statuses(&receiver).iter().map(|status| status["biz_opaque_callback_data"].clone()).collect();
    assert_eq!(told, ["obx:taken", "obx:taken"]);
    assert_eq!(statuses(&receiver)[0]["id"], world.ani().messages[1].id);
}
