//! Templates: which there can be, what is filled in, and what review made of them.

use kamurj_sandbox::Settings;
use kamurj_sandbox::whatsapp::{Kind, Progress, Template};
use reqwest::Method;
use serde_json::{Value, json};

use crate::whatsapp::{ACCESS, ACCOUNT, ANI, account};
use crate::world::World;

/// A template to Ani, with positional variables and a link's end.
pub(crate) fn template(name: &str, language: &str, values: &[&str], suffix: Option<&str>) -> Value {
    let text = |value: &str| json!({"type": "text", "text": value});
    let mut components = Vec::new();
    if !values.is_empty() {
        let parameters: Vec<Value> = values.iter().map(|value| text(value)).collect();
        components.push(json!({"type": "body", "parameters": parameters}));
    }
    if let Some(suffix) = suffix {
        components.push(json!({"type": "button", "sub_type": "url", "index": "0", "parameters": [text(suffix)]}));
    }
    json!({
        "messaging_product": "whatsapp", "to": ANI, "type": "template",
        "template": {"name": name, "language": {"code": language}, "components": components},
    })
}

fn made(fields: Value) -> Result<Template, String> {
    serde_json::from_value(fields).map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_template_reaches_a_person_who_never_wrote() {
    let world = World::with_whatsapp().await;
    world.whatsapp().add_person(ANI).unwrap();
    let id = world.sent(template("payment_received", "ru", &["A-1042", "12 500 ֏ {{1}}"], Some("7Qm2cX9y"))).await;
    let message = world.message(&id);
    assert_eq!((message.kind, message.progress), (Kind::Template, Progress::Delivered));
    assert_eq!(message.text, "Заказ A-1042 оплачен: 12 500 ֏ {{1}}. Спасибо.");
    assert_eq!(message.template.as_deref(), Some("payment_received ru"));
    assert_eq!(message.buttons[0].url.as_deref(), Some("https://pay.example.am/p/7Qm2cX9y"));

    world.whatsapp().change_faults(|faults| faults.assess_templates = true);
    let held = world.send(template("payment_received", "en", &["A-1", "5"], Some("x"))).await;
    assert_eq!(
        (held.status, &held.body["messages"][0]["message_status"]),
        (200, &json!("held_for_quality_assessment"))
    );
    assert_eq!(world.ani().messages.len(), 2);
}

#[tokio::test]
async fn named_variables_and_quick_replies_are_filled_in() {
    let (world, receiver) = World::with_callback().await;
    world.whatsapp().add_person(ANI).unwrap();
    let fields = json!({
        "name": "still_wanted", "language": "en", "body": "Order {{order}} waits. {{order}} costs {{price}}.",
        "footer": "Shop", "buttons": [{"type": "QUICK_REPLY", "text": "Pay"}, {"type": "QUICK_REPLY", "text": "Stop"}],
    });
    world.whatsapp().set_template(made(fields).unwrap());
    let named = |name: &str, value: &str| json!({"type": "text", "parameter_name": name, "text": value});
    let send = |parameters: Value| {
        let mut body = template("still_wanted", "en", &[], None);
        body["template"]["components"] = json!([
            {"type": "body", "parameters": parameters},
            {"type": "button", "sub_type": "quick_reply", "index": 0, "parameters": [{"type": "payload", "payload": "pay:7Q"}]},
        ]);
        body
    };
    let id = world.sent(send(json!([named("price", "5 AMD"), named("order", "A-1")]))).await;
    let message = world.message(&id);
    assert_eq!(message.text, "Order A-1 waits. A-1 costs 5 AMD.");
    let answers: Vec<_> = message.buttons.iter().map(|button| button.id.as_deref()).collect();
    assert_eq!(answers, [Some("pay:7Q"), Some("Stop")]);

    for (parameters, part) in [
        (json!([{"type": "text", "text": "A-1"}, {"type": "text", "text": "5"}]), "Parameter name is missing"),
        (json!([named("order", "A-1"), named("amount", "5")]), "no parameter amount"),
        (json!([named("order", "A-1"), named("order", "5")]), "given twice"),
    ] {
        let refused = world.send(send(parameters)).await;
        assert_eq!((refused.status, &refused.body["error"]["code"]), (400, &json!(132_012)));
        assert!(refused.body["error"]["error_data"]["details"].as_str().unwrap().contains(part));
    }

    world.sandbox.deliver_due().await;
    world.whatsapp().tap(ANI, &id, "pay:7Q").unwrap();
    world.sandbox.deliver_due().await;
    let told = receiver.received().last().unwrap().json();
    let told = &told["entry"][0]["changes"][0]["value"]["messages"][0];
    assert_eq!((&told["type"], &told["button"]), (&json!("button"), &json!({"text": "Pay", "payload": "pay:7Q"})));
}

#[tokio::test]
async fn what_review_did_not_approve_is_refused_each_in_its_way() {
    let world = World::with_whatsapp().await;
    for (status, http, code) in
        [("PENDING", 404, 132_001), ("REJECTED", 404, 132_001), ("PAUSED", 400, 132_015), ("DISABLED", 400, 132_016)]
    {
        let fields = json!({"name": "notice", "language": "en", "body": "Paid.", "status": status});
        world.whatsapp().set_template(made(fields).unwrap());
        let refused = world.send(template("notice", "en", &[], None)).await;
        assert_eq!((refused.status, &refused.body["error"]["code"]), (http, &json!(code)), "{status}");
    }
}

#[tokio::test]
async fn templates_are_listed_by_name_and_language() {
    let world = World::with_whatsapp().await;
    let list = async |query: &str| {
        let path = format!("/v26.0/{ACCOUNT}/message_templates{query}");
        let answer = world.cloud(Method::GET, &path, ACCESS, None).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["data"].as_array().unwrap().clone()
    };
    assert_eq!(list("").await.len(), 4);
    assert_eq!(list("?status=PAUSED").await.len(), 0);
    let found = list("?name=payment_link&language=ru").await;
    assert_eq!(found.len(), 1);
    let one = &found[0];
    assert_eq!(
        (&one["status"], &one["category"], &one["parameter_format"]),
        (&json!("APPROVED"), &json!("UTILITY"), &json!("POSITIONAL"))
    );
    assert_eq!(one["components"][1]["buttons"][0]["url"], "https://pay.example.am/p/{{1}}");
}

#[test]
fn templates_that_cannot_be_are_refused() {
    let with = |name: &str, value: Value| {
        let mut fields = json!({"name": "notice", "language": "en_US", "body": "Paid."});
        fields[name] = value;
        made(fields)
    };
    assert!(with("footer", json!("Shop")).is_ok());
    let url = |url: &str| json!([{"type": "URL", "text": "Pay", "url": url}]);
    for (name, value, part) in [
        ("language", json!("hy"), "language: there are no templates in `hy`"),
        ("language", json!("en-US"), "language"),
        ("language", json!("RU"), "language"),
        ("name", json!("Payment link"), "name"),
        ("body", json!(""), "body"),
        ("body", json!("x".repeat(1025)), "body"),
        ("footer", json!("x".repeat(61)), "footer"),
        ("buttons", url("https://a.am/{{1}}/p"), "at its end"),
        ("buttons", json!([{"type": "QUICK_REPLY", "text": "x".repeat(26)}]), "1 to 25"),
        ("status", json!("FINE"), "FINE"),
        ("colour", json!("red"), "colour"),
    ] {
        let why = with(name, value).unwrap_err();
        assert!(why.contains(part), "{why}");
    }
    let mut whatsapp = account();
    whatsapp["templates"] = json!([{"name": "notice", "language": "hy", "body": "Վճարված է"}]);
    let settings = json!({
        "telegram_token": "1:a", "bitrix24_user": "1", "bitrix24_secret": "a", "bank_token": "a", "whatsapp": whatsapp,
    });
    assert!(Settings::from_json(&settings.to_string()).unwrap_err().to_string().contains("no templates in `hy`"));
}
