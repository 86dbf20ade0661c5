//! Utility messages: what is left after the window.

use kamurj_sandbox::graph::Act;
use reqwest::Method;
use serde_json::{Value, json};

use crate::messenger::connected;
use crate::meta::{DAY_MS, OTHER_PAGE, OTHER_TOKEN, PAGE, PAGE_TOKEN, codes, world};

pub(crate) fn paid_template(language: &str) -> Value {
    json!({
        "name": "payment_received", "language": language, "category": "UTILITY",
        "components": [
            {"type": "BODY", "text": "Order {{1}}: {{2}} was received, thank you."},
            {"type": "BUTTONS", "buttons": [
                {"type": "URL", "text": "Receipt", "url": "https://pay.example.am/p/{{1}}"},
                {"type": "POSTBACK", "text": "Question"},
            ]},
        ],
    })
}

pub(crate) fn paid(id: &str, body: &[&str], buttons: &Value) -> Value {
    let body: Vec<Value> = body.iter().map(|text| json!({"type": "text", "text": text})).collect();
    json!({
        "recipient": {"id": id}, "messaging_type": "UTILITY",
        "message": {"template": {"name": "payment_received", "language": {"code": "en"}, "components": [
            {"type": "body", "parameters": body}, {"type": "buttons", "parameters": buttons},
        ]}},
    })
}

pub(crate) fn both_buttons() -> Value {
    json!([{"type": "URL", "url": "7Qm2cX9y"}, {"type": "POSTBACK", "payload": "ask:A-1042"}])
}

#[tokio::test]
async fn a_template_is_filled_in_long_after_the_window() {
    let (world, _hub) = connected().await;
    let made = world.page("message_templates", paid_template("en")).await;
    assert_eq!((&made.body["status"], &made.body["category"]), (&json!("APPROVED"), &json!("UTILITY")));
    let anna = world.anna_writes("hi");
    world.sandbox.deliver_due().await;
    world.pass_ms(30 * DAY_MS);
    let sent = world.page("messages", paid(&anna, &["A-1042", "12 500 ֏"], &both_buttons())).await;
    assert_eq!(sent.status, 200, "{}", sent.body);
    let message = world.sandbox.messenger.view().accounts[0].people[0].messages[1].clone();
    assert_eq!(message.text, "Order A-1042: 12 500 ֏ was received, thank you.");
    assert_eq!(message.template.as_deref(), Some("payment_received"));
    assert_eq!(message.buttons[0].url.as_deref(), Some("https://pay.example.am/p/7Qm2cX9y"));
    assert_eq!(world.sandbox.deliver_due().await, 0, "no echo");
    let press = Act::Press { mid: message.mid, payload: "ask:A-1042".to_owned() };
    assert!(world.sandbox.messenger.act(PAGE, "anna", press).unwrap().told);
}

#[tokio::test]
async fn names_stand_for_places_too() {
    let (world, _hub) = connected().await;
    let mut template = paid_template("ru");
    template["components"] = json!([{"type": "BODY", "text": "Заказ {{order}} оплачен."}]);
    assert_eq!(world.page("message_templates", template).await.status, 200);
    let anna = world.anna_writes("hi");
    let mut message = paid(&anna, &[], &json!([]));
    message["message"]["template"]["language"]["code"] = "ru".into();
    let named = json!({"type": "text", "parameter_name": "order", "text": "A-1042"});
    message["message"]["template"]["components"] = json!([{"type": "body", "parameters": [named]}]);
    assert_eq!(world.page("messages", message.clone()).await.status, 200);
    message["message"]["template"]["components"][0]["parameters"][0]["parameter_name"] = "sum".into();
    assert_eq!(codes(&world.page("messages", message).await), (400, Some(100), None));
    let seen = world.sandbox.messenger.view().accounts[0].people[0].messages[1].clone();
    assert_eq!(seen.text, "Заказ A-1042 оплачен.");
}

#[tokio::test]
async fn a_template_waits_for_approval_and_a_page_for_permission() {
    let world = world().await;
    let messenger = &world.sandbox.messenger;
    messenger.change_faults(|faults| faults.templates_pending = true);
    assert_eq!(world.page("message_templates", paid_template("en")).await.body["status"], "PENDING");
    let anna = world.anna_writes("hi");
    let message = paid(&anna, &["A-1042", "12 500"], &both_buttons());
    assert_eq!(codes(&world.page("messages", message.clone()).await), (400, Some(100), None));
    messenger.approve_templates();
    assert_eq!(world.page("messages", message).await.status, 200);
    let url = format!("{}/v26.0/{PAGE}/message_templates?name=payment_received", world.sandbox.messenger_url);
    let found = world.graph(Method::GET, url, PAGE_TOKEN, None).await;
    assert_eq!(found.body["data"][0]["status"], "APPROVED");

    let other = format!("{}/v26.0/{OTHER_PAGE}/message_templates", world.sandbox.messenger_url);
    let refused = world.graph(Method::POST, other, OTHER_TOKEN, Some(paid_template("en"))).await;
    assert_eq!(codes(&refused), (403, Some(200), None));
}
