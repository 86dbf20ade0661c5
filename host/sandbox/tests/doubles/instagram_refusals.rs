//! What Instagram Direct refuses: the table of wrong requests.

use reqwest::Method;
use serde_json::{Value, json};

use crate::meta::{BY_PAGE_TOKEN, SHOP, SHOP_TOKEN, link_to, text_to, world};
use crate::world::reply;

#[tokio::test]
async fn wrong_messages_are_refused() {
    let world = world().await;
    let id = &world.anna_writes_direct("hi");
    let message = |message: Value| json!({"recipient": {"id": id}, "message": message});
    let template = |payload: Value| message(json!({"attachment": {"type": "template", "payload": payload}}));
    let as_kind = |kind: &str, tag: &str| json!({"recipient": {"id": id}, "messaging_type": kind, "tag": tag, "message": {"text": "x"}});
    let button = json!({"type": "postback", "title": "A", "payload": "a"});
    let wrong: Vec<(Value, u16, i64, Option<i64>, &str)> = vec![
        (json!({}), 400, 100, None, "recipient is required"),
        (text_to("7000000000000001", "x"), 400, 100, Some(2_534_014), "The requested user cannot be found."),
        (json!({"recipient": {"id": id}}), 400, 100, Some(2_018_034), "Message cannot be empty"),
        (text_to(id, &"a".repeat(1_001)), 400, 100, None, "equal to 1000"),
        (text_to(id, &"ֆ".repeat(501)), 400, 100, None, "equal to 1000"),
        (text_to(id, &"🎂".repeat(251)), 400, 100, None, "equal to 1000"),
        (as_kind("UTILITY", ""), 400, 100, None, "messaging_type must be one of {RESPONSE, UPDATE, MESSAGE_TAG}"),
        (as_kind("MESSAGE_TAG", ""), 400, 100, None, "tag is required"),
        (as_kind("MESSAGE_TAG", "POST_PURCHASE_UPDATE"), 400, 100, None, "tag must be one of {HUMAN_AGENT}"),
        (as_kind("MESSAGE_TAG", "HUMAN_AGENT"), 403, 10, None, "does not have permission"),
        (message(json!({"template": {"name": "paid"}})), 400, 100, None, "Invalid keys \"template\""),
        (link_to(id, "Pay", "http://pay.example.am/p/1"), 400, 100, None, "should represent a valid URL"),
        (link_to(id, &"ա".repeat(21), "https://pay.example.am/p/1"), 400, 100, None, "equal to 20"),
        (
            template(json!({"template_type": "button", "text": "x", "buttons": vec![button.clone(); 4]})),
            400,
            105,
            None,
            "too many",
        ),
        (
            template(json!({"template_type": "generic", "elements": vec![json!({"title": "x"}); 11]})),
            400,
            105,
            None,
            "too many",
        ),
        (
            template(json!({"template_type": "generic", "elements": [{"title": "x", "buttons": vec![button; 4]}]})),
            400,
            105,
            None,
            "too many",
        ),
    ];
    for (body, status, code, subcode, part) in wrong {
        let answer = world.shop("messages", body.clone()).await;
        let error = &answer.body["error"];
        assert_eq!((answer.status, error["code"].as_i64()), (status, Some(code)), "{body} {error}");
        assert_eq!((error["error_subcode"].as_i64(), &error["type"]), (subcode, &json!("IGApiException")), "{body}");
        let said = error["message"].as_str().unwrap();
        assert!(said.contains(part) && !said.starts_with("(#"), "{error} for {body}");
    }
    assert_eq!(world.sandbox.instagram.view().accounts[0].people[0].messages.len(), 1, "nothing of this was said");
}

#[tokio::test]
async fn wrong_calls_are_refused() {
    let world = world().await;
    let url = &world.sandbox.instagram_url;
    let refresh = "/refresh_access_token?grant_type=ig_refresh_token";
    let wrong = [
        (Method::POST, "/v26.0/me/messages", "", 400, 104, None, "An access token is required"),
        (Method::POST, "/v26.0/me/messages", "IGAA-nobodys", 400, 190, None, "Cannot parse access token"),
        (Method::POST, "/v26.0/me/messages", BY_PAGE_TOKEN, 400, 190, None, "Cannot parse access token"),
        (Method::POST, "/me/messages", SHOP_TOKEN, 400, 2_635, None, "v26.0"),
        (Method::POST, "/v1.0/me/messages", SHOP_TOKEN, 400, 2_635, None, "v26.0"),
        (Method::POST, "/v26.0/17840000000000009/messages", SHOP_TOKEN, 400, 100, Some(33), "17840000000000009"),
        (Method::GET, &format!("/v26.0/{SHOP}/messages"), SHOP_TOKEN, 400, 100, Some(33), "Unsupported get request"),
        (Method::POST, "/v26.0/me/message_templates", SHOP_TOKEN, 400, 2_500, None, "Unknown path components"),
        (Method::POST, "/v26.0/me/subscribed_apps", SHOP_TOKEN, 400, 100, None, "subscribed_fields is required"),
        (
            Method::POST,
            "/v26.0/me/subscribed_apps?subscribed_fields=message_echoes",
            SHOP_TOKEN,
            400,
            100,
            None,
            "must be one of",
        ),
        (Method::GET, "/refresh_access_token", SHOP_TOKEN, 400, 100, None, "grant_type is required"),
        (Method::GET, "/refresh_access_token?grant_type=refresh_token", SHOP_TOKEN, 400, 100, None, "ig_refresh_token"),
        (Method::GET, refresh, "", 400, 104, None, "An access token is required"),
        (Method::GET, refresh, BY_PAGE_TOKEN, 400, 190, None, "Cannot parse access token"),
        (Method::POST, refresh, SHOP_TOKEN, 400, 100, Some(33), "Unsupported post request"),
    ];
    for (method, path, token, status, code, subcode, part) in wrong {
        let request = world.client.request(method.clone(), format!("{url}{path}"));
        let answer = reply(if token.is_empty() { request } else { request.bearer_auth(token) }).await;
        let error = &answer.body["error"];
        assert_eq!((answer.status, error["code"].as_i64()), (status, Some(code)), "{method} {path} {error}");
        assert_eq!(error["error_subcode"].as_i64(), subcode, "{method} {path}");
        assert!(error["message"].as_str().unwrap().contains(part), "{error} for {method} {path}");
    }
}
