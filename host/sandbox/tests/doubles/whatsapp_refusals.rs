//! Which sends the Cloud API refuses: each row a request, the HTTP status, Graph's code, and a part of what it says.

use serde_json::{Value, json};

use crate::whatsapp::{ANI, buttons, interactive, link, words};
use crate::whatsapp_templates::template;
use crate::world::{Reply, World};

pub(crate) fn told(answer: &Reply) -> String {
    let error = &answer.body["error"];
    assert!(error["fbtrace_id"].as_str().is_some_and(|trace| trace.len() > 10), "{}", answer.body);
    assert!(error["type"].as_str().is_some_and(|kind| kind.ends_with("Exception")), "{}", answer.body);
    format!("{} {}", error["message"].as_str().unwrap(), error["error_data"]["details"].as_str().unwrap_or_default())
}

/// `body` with one value put at a JSON pointer.
pub(crate) fn with(mut body: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap()[name] = value;
    body
}

fn list(sections: &Value) -> Value {
    interactive("list", &json!({"button": "Menu", "sections": sections}))
}

#[tokio::test]
async fn wrong_sends_are_refused() {
    let world = World::with_whatsapp().await;
    world.whatsapp().say(ANI, "hi").unwrap();
    let pay = || link("Pay", "https://pay.example.am/p/1");
    let row = |id: &str, title: &str| json!({"id": id, "title": title});
    let rows = |count: usize| (0..count).map(|id| row(&id.to_string(), "x")).collect::<Vec<_>>();
    let paid = || template("payment_received", "en", &["A-1", "12 500 AMD"], Some("7Qm2"));
    let wrong: Vec<(Value, u16, i64, &str)> = vec![
        (json!({}), 400, 100, "The parameter messaging_product is required."),
        (
            with(words("x"), "/messaging_product", json!("telegram")),
            400,
            100,
            "must be one of {WHATSAPP} - got \"telegram\"",
        ),
        (with(words("x"), "/to", json!(null)), 400, 100, "The parameter to is required."),
        (with(words("x"), "/to", json!("ani")), 400, 131_009, "not a valid phone number"),
        (with(words("x"), "/to", json!("123")), 400, 131_009, "not a valid phone number"),
        (with(words("x"), "/to", json!("+37410000000")), 400, 131_021, "Recipient cannot be sender"),
        (with(with(words("x"), "/to", json!(null)), "/recipient", json!(ANI)), 400, 131_009, "user id"),
        (
            with(words("x"), "/recipient_type", json!("broadcast")),
            400,
            100,
            "Param recipient_type must be one of {INDIVIDUAL}",
        ),
        (with(words("x"), "/biz_opaque_callback_data", json!("ա".repeat(257))), 400, 100, "at most 512"),
        (with(words("x"), "/type", json!("poem")), 400, 100, "Param type must be one of {AUDIO, CONTACTS"),
        (with(words("x"), "/type", json!("image")), 400, 131_051, "the sandbox takes text, interactive and template"),
        (with(words("x"), "/text", json!(null)), 400, 100, "The parameter text is required."),
        (with(words("x"), "/text", json!("x")), 400, 100, "Param text must be a JSON object."),
        (words(""), 400, 100, "The parameter text['body'] is required."),
        (words(&"ա".repeat(4097)), 400, 100, "Param text['body'] must be at most 4096 characters long."),
        (with(words("x"), "/text/colour", json!("red")), 400, 100, "Unexpected key \"colour\" on param \"text\"."),
        // Interactive messages.
        (with(pay(), "/interactive", json!(null)), 400, 100, "The parameter interactive is required."),
        (with(pay(), "/interactive/type", json!("hologram")), 400, 100, "{BUTTON, CTA_URL, LIST}"),
        (with(pay(), "/interactive/colour", json!(1)), 400, 100, "Unexpected key \"colour\" on param \"interactive\"."),
        (with(pay(), "/interactive/body", json!(null)), 400, 100, "The parameter interactive['body'] is required."),
        (
            with(pay(), "/interactive/body/text", json!("")),
            400,
            131_009,
            "Body text length invalid. Min length: 1, Max length: 1024",
        ),
        (with(pay(), "/interactive/body/text", json!("x".repeat(1025))), 400, 131_009, "Max length: 1024"),
        (
            with(pay(), "/interactive/footer", json!({"text": "x".repeat(61)})),
            400,
            131_009,
            "Footer text length invalid. Min length: 1, Max length: 60",
        ),
        (
            with(pay(), "/interactive/header", json!({"type": "text", "text": "x".repeat(61)})),
            400,
            131_009,
            "Header text length invalid",
        ),
        (
            with(pay(), "/interactive/header", json!({"type": "song"})),
            400,
            100,
            "must be one of {TEXT, IMAGE, VIDEO, DOCUMENT}",
        ),
        (with(pay(), "/interactive/action", json!(null)), 400, 100, "The parameter interactive['action'] is required."),
        (with(pay(), "/interactive/action/name", json!("open")), 400, 100, "must be one of {CTA_URL}"),
        (
            link(&"x".repeat(21), "https://pay.example.am/p/1"),
            400,
            131_009,
            "Button display_text length invalid. Min length: 1, Max length: 20",
        ),
        (link("", "https://pay.example.am/p/1"), 400, 131_009, "Button display_text length invalid"),
        (link("Pay", ""), 400, 100, "['url'] is required."),
        (link("Pay", "/p/1"), 400, 131_009, "is not a valid URL"),
        (link("Pay", "javascript:alert(1)"), 400, 131_009, "is not a valid URL"),
        (link("Pay", "http://pay.example.am/p/1"), 400, 131_009, "is not a valid URL"),
        (buttons(&[]), 400, 131_009, "Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3"),
        (buttons(&["a", "b", "c", "d"]), 400, 131_009, "Invalid buttons count"),
        (
            buttons(&["x".repeat(21).as_str()]),
            400,
            131_009,
            "Button title length invalid. Min length: 1, Max length: 20",
        ),
        (buttons(&["a", "a"]), 400, 131_009, "Duplicated button id"),
        (
            with(buttons(&["a"]), "/interactive/action/buttons/0/reply/id", json!("x".repeat(257))),
            400,
            131_009,
            "Button id length invalid",
        ),
        (with(buttons(&["a"]), "/interactive/action/buttons/0/type", json!("url")), 400, 100, "must be one of {REPLY}"),
        (list(&json!([])), 400, 131_009, "Invalid sections count"),
        (list(&json!([{"rows": []}])), 400, 131_009, "Total row count"),
        (list(&json!([{"rows": rows(11)}])), 400, 131_009, "max allowed count: 10"),
        (list(&json!([{"rows": rows(1)}, {"rows": [row("z", "x")]}])), 400, 131_008, "Section title is required"),
        (
            list(&json!([{"rows": [row("a", &"x".repeat(25))]}])),
            400,
            131_009,
            "Row title length invalid. Min length: 1, Max length: 24",
        ),
        (list(&json!([{"rows": [row("a", "x"), row("a", "y")]}])), 400, 131_009, "Duplicated row id"),
        (
            with(list(&json!([{"rows": rows(1)}])), "/interactive/action/button", json!("x".repeat(21))),
            400,
            131_009,
            "List button length invalid",
        ),
        (
            with(
                list(&json!([{"rows": rows(1)}])),
                "/interactive/header",
                json!({"type": "image", "image": {"id": "1"}}),
            ),
            400,
            100,
            "must be one of {TEXT}",
        ),
        // Templates.
        (with(paid(), "/template", json!(null)), 400, 100, "The parameter template is required."),
        (
            with(paid(), "/template/language", json!("en")),
            400,
            100,
            "Param template['language'] must be a JSON object.",
        ),
        (
            with(paid(), "/template/language/policystring", json!("x")),
            400,
            100,
            "Unexpected key \"policystring\" on param \"template['language']\".",
        ),
        (
            template("payment_received", "hy", &["A-1", "1"], Some("x")),
            404,
            132_001,
            "template name (payment_received) does not exist in hy",
        ),
        (template("payment_received", "RU", &["A-1", "1"], Some("x")), 404, 132_001, "does not exist in RU"),
        (template("nothing", "en", &[], None), 404, 132_001, "Template name does not exist in the translation"),
        (
            template("payment_received", "en", &["A-1"], Some("x")),
            400,
            132_000,
            "body: number of localizable_params (1) does not match the expected number of params (2)",
        ),
        (template("payment_received", "en", &["A-1", "1\n2"], Some("x")), 400, 132_018, "new-line/tab characters"),
        (
            template("payment_received", "en", &["A-1", "1     2"], Some("x")),
            400,
            132_018,
            "more than 4 consecutive spaces",
        ),
        (
            template("payment_received", "en", &["A-1", ""], Some("x")),
            400,
            131_008,
            "Parameter of type text is missing text value",
        ),
        (
            template("payment_received", "en", &["A-1", "x".repeat(1024).as_str()], Some("x")),
            400,
            132_005,
            "at most 1024",
        ),
        (
            template("payment_received", "en", &["A-1", "1"], None),
            400,
            131_008,
            "buttons: Button at index 0 of type Url requires a parameter",
        ),
        (with(paid(), "/template/components/1/index", json!("3")), 400, 131_009, "index"),
        (with(paid(), "/template/components/1/sub_type", json!("quick_reply")), 400, 132_012, "another type"),
        (with(paid(), "/template/components/0/type", json!("header")), 400, 132_012, "no header"),
        (with(paid(), "/template/components/0/type", json!("tail")), 400, 100, "must be one of {HEADER, BODY, BUTTON}"),
        (
            with(paid(), "/template/components/0/parameters/0/type", json!("currency")),
            400,
            132_012,
            "Expected a parameter of type text",
        ),
        // Marking read.
        (
            json!({"messaging_product": "whatsapp", "status": "seen", "message_id": "x"}),
            400,
            100,
            "must be one of {READ}",
        ),
        (json!({"messaging_product": "whatsapp", "status": "read"}), 400, 100, "The parameter message_id is required."),
        (
            json!({"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.x"}),
            400,
            131_009,
            "message_id",
        ),
    ];
    for (body, status, code, part) in wrong {
        let answer = world.send(body.clone()).await;
        assert_eq!(
            (answer.status, &answer.body["error"]["code"]),
            (status, &json!(code)),
            "{} for {body}",
            answer.body
        );
        let told = told(&answer);
        assert!(told.contains(part), "{told} for {body}");
    }
    assert_eq!(world.ani().messages.len(), 1, "nothing of this was said");
    assert!(world.whatsapp().view().undelivered.is_empty());
}
