//! What the Bot API refuses.

use serde_json::{Value, json};

use crate::telegram::{keyboard, started};
use crate::world::{ANI, TOKEN, reply};

#[tokio::test]
async fn wrong_calls_are_refused() {
    let world = started().await;
    world.sandbox.telegram.add_person(42).unwrap();
    let too_long = "ա".repeat(4097);
    let wrong: Vec<(&str, Value, u16, &str)> = vec![
        ("sendMessage", json!({"text": "x"}), 400, "chat_id is empty"),
        ("sendMessage", json!({"chat_id": 999, "text": "x"}), 400, "chat not found"),
        ("sendMessage", json!({"chat_id": "@ani", "text": "x"}), 400, "chat not found"),
        ("sendMessage", json!({"chat_id": 42, "text": "x"}), 403, "bot can't initiate conversation with a user"),
        ("sendMessage", json!({"chat_id": ANI}), 400, "message text is empty"),
        ("sendMessage", json!({"chat_id": ANI, "text": " \n"}), 400, "message text is empty"),
        ("sendMessage", json!({"chat_id": ANI, "text": too_long}), 400, "message is too long"),
        ("sendMessage", json!({"chat_id": ANI, "text": "x", "parse_mode": "HTML"}), 400, "unsupported parse_mode"),
        (
            "sendMessage",
            json!({"chat_id": ANI, "text": "x", "reply_markup": {"keyboard": []}}),
            400,
            "object expected as reply markup",
        ),
        ("sendMessage", keyboard(&json!({"text": "", "callback_data": "a"})), 400, "Text must be non-empty"),
        ("sendMessage", keyboard(&json!({"text": "Pay"})), 400, "Text buttons are unallowed"),
        (
            "sendMessage",
            keyboard(&json!({"text": "Pay", "url": "https://a.am", "callback_data": "a"})),
            400,
            "exactly one",
        ),
        ("sendMessage", keyboard(&json!({"text": "Pay", "callback_data": ""})), 400, "BUTTON_DATA_INVALID"),
        ("sendMessage", keyboard(&json!({"text": "Pay", "callback_data": "ա".repeat(33)})), 400, "BUTTON_DATA_INVALID"),
        (
            "sendMessage",
            keyboard(&json!({"text": "Pay", "url": "http://pay.example.am/p/1"})),
            400,
            "BUTTON_URL_INVALID",
        ),
        ("sendMessage", keyboard(&json!({"text": "Pay", "url": "http://10.0.0.1/p/1"})), 400, "BUTTON_URL_INVALID"),
        ("sendMessage", keyboard(&json!({"text": "Pay", "url": "https://intranet/p/1"})), 400, "BUTTON_URL_INVALID"),
        ("sendMessage", keyboard(&json!({"text": "Pay", "url": "javascript:alert(1)"})), 400, "BUTTON_URL_INVALID"),
        ("sendMessage", keyboard(&json!({"text": "Pay", "url": "/p/1"})), 400, "BUTTON_URL_INVALID"),
        (
            "sendMessage",
            keyboard(&json!({"text": "Go", "url": format!("https://t.me/shop_bot?start={}", "x".repeat(65))})),
            400,
            "BUTTON_URL_INVALID",
        ),
        ("editMessageText", json!({"chat_id": ANI, "text": "x"}), 400, "message identifier is not specified"),
        ("editMessageText", json!({"chat_id": ANI, "message_id": 77, "text": "x"}), 400, "message to edit not found"),
        ("editMessageText", json!({"chat_id": ANI, "message_id": 1, "text": "x"}), 400, "message can't be edited"),
        ("answerCallbackQuery", json!({}), 400, "query is too old"),
        ("answerCallbackQuery", json!({"callback_query_id": "1", "text": "x".repeat(201)}), 400, "MESSAGE_TOO_LONG"),
        ("setWebhook", json!({"url": "http://shop.example.am/hook"}), 400, "An HTTPS URL must be provided"),
        ("setWebhook", json!({"url": "https://shop.example.am:8080/hook"}), 400, "only on ports 80, 88, 443 or 8443"),
        ("setWebhook", json!({"url": "hook"}), 400, "bad webhook"),
        ("setWebhook", json!({"url": "https://a.am/h", "secret_token": "a b"}), 400, "unallowed characters"),
        ("setWebhook", json!({"url": "https://a.am/h", "secret_token": "x".repeat(257)}), 400, "too long"),
        (
            "setWebhook",
            json!({"url": "https://a.am/h", "allowed_updates": "message"}),
            400,
            "can't parse allowed updates",
        ),
        ("sendMoney", json!({}), 404, "Not Found"),
    ];
    for (method, body, code, part) in wrong {
        let answer = world.bot(method, body.clone()).await;
        assert_eq!((answer.status, &answer.body["error_code"]), (code, &json!(code)), "{method} {body}");
        assert_eq!(answer.body["ok"], false);
        let description = answer.body["description"].as_str().unwrap();
        assert!(description.contains(part), "{description} for {method} {body}");
    }
    let url = &world.sandbox.telegram_url;
    for (path, code) in [("/bot1:other/getMe", 401), ("/botother/getMe", 404), ("/getMe", 404), ("/", 404)] {
        assert_eq!(reply(world.client.get(format!("{url}{path}"))).await.status, code, "{path}");
    }
    assert_eq!(reply(world.client.delete(format!("{url}/bot{TOKEN}/getMe"))).await.status, 405);
    let broken =
        world.client.post(format!("{url}/bot{TOKEN}/sendMessage")).header("content-type", "application/json").body("{");
    assert_eq!(reply(broken).await.status, 400);
    let view = world.sandbox.telegram.view();
    assert_eq!(view.chats[1].messages.len(), 1, "nothing of this was said");
}
