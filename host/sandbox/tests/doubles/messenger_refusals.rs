//! What Messenger refuses: the table of wrong requests.

use reqwest::Method;
use serde_json::{Value, json};

use crate::messenger_utility::{both_buttons, paid, paid_template};
use crate::meta::{OTHER_PAGE, PAGE, PAGE_TOKEN, SHOP_TOKEN, link_to, text_to, world};
use crate::world::reply;

fn message(id: &str, message: &Value) -> Value {
    json!({"recipient": {"id": id}, "messaging_type": "RESPONSE", "message": message})
}

fn template(id: &str, payload: &Value) -> Value {
    message(id, &json!({"attachment": {"type": "template", "payload": payload}}))
}

fn with_button(id: &str, button: &Value) -> Value {
    template(id, &json!({"template_type": "button", "text": "Pay", "buttons": [button]}))
}

fn as_kind(id: &str, kind: &str, tag: &str) -> Value {
    json!({"recipient": {"id": id}, "messaging_type": kind, "tag": tag, "message": {"text": "x"}})
}

#[tokio::test]
async fn wrong_messages_are_refused() {
    let world = world().await;
    let id = &world.anna_writes("hi");
    assert_eq!(world.page("message_templates", paid_template("en")).await.status, 200);
    let button = json!({"type": "postback", "title": "A", "payload": "a"});
    let four = json!([button, button, button, button]);
    let reply = json!({"content_type": "text", "title": "A", "payload": "a"});
    let element = |more: Value| {
        let mut element = json!({"title": "Cake"});
        element.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        template(id, &json!({"template_type": "generic", "elements": [element]}))
    };
    let long = |count: usize| "ա".repeat(count);
    let mut no_kind = text_to(id, "x");
    no_kind.as_object_mut().unwrap().remove("messaging_type");
    let wrong: Vec<(Value, u16, i64, Option<i64>, &str)> = vec![
        (json!({}), 400, 100, None, "(#100) The parameter recipient is required"),
        (json!({"recipient": "7"}), 400, 100, None, "recipient must be a JSON object"),
        (text_to("7000000000000001", "x"), 400, 100, Some(2_018_001), "No matching user found"),
        (no_kind, 400, 100, None, "messaging_type is required"),
        (as_kind(id, "PROMO", ""), 400, 100, None, "messaging_type must be one of {RESPONSE, UPDATE"),
        (as_kind(id, "MESSAGE_TAG", ""), 400, 100, None, "tag is required"),
        (as_kind(id, "MESSAGE_TAG", "CONFIRMED_EVENT_UPDATE"), 400, 100, None, "no longer supported"),
        (as_kind(id, "MESSAGE_TAG", "ACCOUNT_UPDATE"), 400, 100, None, "no longer supported"),
        (as_kind(id, "MESSAGE_TAG", "GIFT"), 400, 100, None, "tag must be one of {HUMAN_AGENT}"),
        (message(id, &json!({})), 400, 100, Some(2_018_034), "Message cannot be empty"),
        (message(id, &json!({"text": " "})), 400, 100, Some(2_018_034), "Message cannot be empty"),
        (message(id, &json!({"text": 5})), 400, 100, None, "must be a string"),
        (message(id, &json!({"text": "x", "url": "y"})), 400, 100, None, "Invalid keys \"url\""),
        (message(id, &json!({"text": "x", "attachment": {}})), 400, 100, None, "Only one of"),
        (text_to(id, &long(2_001)), 400, 100, None, "message[text] must be less than or equal to 2000"),
        (message(id, &json!({"text": "x", "metadata": long(1_001)})), 400, 100, None, "message[metadata]"),
        (message(id, &json!({"attachment": {"type": "image"}})), 400, 100, None, "message[attachment][type]"),
        (
            template(id, &json!({"template_type": "list"})),
            400,
            100,
            None,
            "[template_type] must be one of {button, generic}",
        ),
        (
            template(id, &json!({"template_type": "button", "buttons": [button]})),
            400,
            100,
            None,
            "name_placeholder[text]",
        ),
        (
            template(id, &json!({"template_type": "button", "text": long(641), "buttons": [button]})),
            400,
            100,
            None,
            "equal to 640",
        ),
        (
            template(id, &json!({"template_type": "button", "text": "x"})),
            400,
            100,
            None,
            "name_placeholder[buttons] must be non-empty",
        ),
        (
            template(id, &json!({"template_type": "button", "text": "x", "buttons": four})),
            400,
            105,
            None,
            "name_placeholder[buttons] has too many",
        ),
        (
            with_button(id, &json!({"type": "phone", "title": "A"})),
            400,
            100,
            None,
            "[type] must be one of {web_url, postback}",
        ),
        (
            with_button(id, &json!({"type": "postback", "title": "", "payload": "a"})),
            400,
            100,
            None,
            "[title] must be non-empty",
        ),
        (
            with_button(id, &json!({"type": "postback", "title": long(21), "payload": "a"})),
            400,
            100,
            None,
            "[title] must be less than or equal to 20",
        ),
        (with_button(id, &json!({"type": "postback", "title": "A"})), 400, 100, None, "[payload] must be non-empty"),
        (
            with_button(id, &json!({"type": "postback", "title": "A", "payload": long(1_001)})),
            400,
            100,
            None,
            "equal to 1000",
        ),
        (link_to(id, "Pay", "javascript:alert(1)"), 400, 100, None, "should represent a valid URL"),
        (link_to(id, "Pay", "http://pay.example.am/p/1"), 400, 100, None, "should represent a valid URL"),
        (link_to(id, "Pay", "/p/1"), 400, 100, None, "name_placeholder[buttons][0][url]"),
        (
            template(id, &json!({"template_type": "generic"})),
            400,
            100,
            None,
            "name_placeholder[elements] must be non-empty",
        ),
        (
            template(id, &json!({"template_type": "generic", "elements": vec![json!({"title": "x"}); 11]})),
            400,
            105,
            None,
            "[elements] has too many",
        ),
        (element(json!({"title": ""})), 400, 100, None, "[elements][0][title] must be non-empty"),
        (element(json!({"title": long(81)})), 400, 100, None, "equal to 80"),
        (element(json!({"subtitle": long(81)})), 400, 100, None, "[subtitle]"),
        (element(json!({"buttons": four})), 400, 105, None, "[elements][0][buttons] has too many"),
        (element(json!({"default_action": {"type": "web_url", "url": "x"}})), 400, 100, None, "[default_action][url]"),
        (
            message(id, &json!({"text": "x", "quick_replies": vec![reply; 14]})),
            400,
            105,
            None,
            "quick_replies] has too many",
        ),
        (
            message(id, &json!({"text": "x", "quick_replies": [{"content_type": "place"}]})),
            400,
            100,
            None,
            "[content_type]",
        ),
        (json!({"recipient": {"id": id}, "sender_action": "dance"}), 400, 100, None, "sender_action must be one of"),
        (
            json!({"recipient": {"id": id}, "sender_action": "typing_on", "message": {"text": "x"}}),
            400,
            100,
            None,
            "both message and state",
        ),
        (paid(id, &["A-1"], &both_buttons()), 400, 100, None, "expected 2, got 1"),
        (paid(id, &["A-1", ""], &both_buttons()), 400, 100, None, "[body][text] must be non-empty"),
        (paid(id, &["A-1", "5"], &json!([])), 400, 100, None, "[buttons][url] is required"),
        (
            paid(id, &["A-1", "5"], &json!([{"type": "URL", "url": "https://a.am/p/1"}])),
            400,
            100,
            None,
            "the end of an address",
        ),
        (
            paid(id, &["A-1", "5"], &json!([{"type": "URL", "url": "x"}])),
            400,
            100,
            None,
            "[buttons][payload] is required",
        ),
        (as_kind(id, "UTILITY", ""), 400, 100, None, "message[template][name] is required"),
    ];
    for (body, status, code, subcode, part) in wrong {
        let answer = world.page("messages", body.clone()).await;
        let error = &answer.body["error"];
        assert_eq!((answer.status, error["code"].as_i64()), (status, Some(code)), "{body} {error}");
        assert_eq!(error["error_subcode"].as_i64(), subcode, "{body} {error}");
        assert!(error["message"].as_str().unwrap().contains(part), "{error} for {body}");
        assert_eq!(error["type"], "OAuthException");
        assert!(error["fbtrace_id"].as_str().unwrap().starts_with('A'));
    }
    let action = world.page("messages", json!({"recipient": {"id": id}, "sender_action": "typing_on"})).await;
    assert_eq!(action.body, json!({"recipient_id": id}));
    assert_eq!(world.sandbox.messenger.view().accounts[0].people[0].messages.len(), 1, "nothing of this was said");
}

#[tokio::test]
async fn wrong_calls_are_refused() {
    let world = world().await;
    let url = &world.sandbox.messenger_url;
    let wrong = [
        (Method::POST, "/v26.0/me/messages", "", 400, 104, None, "An access token is required"),
        (Method::POST, "/v26.0/me/messages", "EAAG-nobodys", 400, 190, None, "Cannot parse access token"),
        (Method::POST, "/v26.0/me/messages", SHOP_TOKEN, 400, 190, None, "Cannot parse access token"),
        (Method::POST, "/me/messages", PAGE_TOKEN, 400, 2_635, None, "v26.0"),
        (Method::POST, "/v19.0/me/messages", PAGE_TOKEN, 400, 2_635, None, "v26.0"),
        (Method::POST, "/v99.0/me/messages", PAGE_TOKEN, 400, 2_635, None, "v26.0"),
        (
            Method::POST,
            &format!("/v26.0/{OTHER_PAGE}/messages"),
            PAGE_TOKEN,
            400,
            100,
            Some(33),
            "Unsupported post request",
        ),
        (Method::GET, "/v26.0/me/messages", PAGE_TOKEN, 400, 100, Some(33), "Unsupported get request"),
        (Method::DELETE, "/v26.0/me", PAGE_TOKEN, 400, 100, Some(33), "Unsupported delete request"),
        (Method::POST, "/v26.0/me/feed", PAGE_TOKEN, 400, 2_500, None, "Unknown path components: /me/feed"),
        (Method::POST, "/v26.0/me/a/b", PAGE_TOKEN, 400, 2_500, None, "Unknown path components: /me/a/b"),
        (Method::GET, "/refresh_access_token?grant_type=ig_refresh_token", PAGE_TOKEN, 400, 2_635, None, "v26.0"),
    ];
    for (method, path, token, status, code, subcode, part) in wrong {
        let request = world.client.request(method.clone(), format!("{url}{path}")).json(&json!({}));
        let answer = reply(if token.is_empty() { request } else { request.bearer_auth(token) }).await;
        let error = &answer.body["error"];
        assert_eq!((answer.status, error["code"].as_i64()), (status, Some(code)), "{method} {path} {error}");
        assert_eq!(error["error_subcode"].as_i64(), subcode, "{method} {path}");
        assert!(error["message"].as_str().unwrap().contains(part), "{error} for {method} {path}");
    }
    // A body that cannot be read has no parameters.
    let broken = world.client.post(format!("{url}/v26.0/{PAGE}/messages")).bearer_auth(PAGE_TOKEN);
    let broken = reply(broken.header("content-type", "application/json").body("{")).await;
    assert_eq!(broken.body["error"]["message"], "(#100) The parameter recipient is required");
}

#[tokio::test]
async fn wrong_settings_of_a_page_are_refused() {
    let world = world().await;
    let template = |change: &dyn Fn(&mut Value)| {
        let mut template = paid_template("en");
        change(&mut template);
        template
    };
    let wrong: Vec<(&str, Value, i64, &str)> = vec![
        ("subscribed_apps", json!({}), 100, "subscribed_fields is required"),
        (
            "subscribed_apps",
            json!({"subscribed_fields": "messages,echoes"}),
            100,
            "subscribed_fields[1] must be one of",
        ),
        ("messenger_profile", json!({}), 100, "at least one property"),
        ("messenger_profile", json!({"get_started": {}}), 100, "get_started[payload]"),
        ("messenger_profile", json!({"ice_breakers": [{"question": "?"}]}), 100, "ice_breakers[0]"),
        (
            "messenger_profile",
            json!({"ice_breakers": vec![json!({"question": "?", "payload": "x"}); 5]}),
            105,
            "ice_breakers",
        ),
        ("message_templates", json!({}), 100, "name is required"),
        ("message_templates", template(&|one| one["name"] = "Paid!".into()), 100, "lowercase"),
        ("message_templates", template(&|one| one["language"] = "hy".into()), 100, "language must be one of"),
        ("message_templates", template(&|one| one["category"] = "MARKETING".into()), 100, "category must be one of"),
        ("message_templates", template(&|one| one["components"] = json!([])), 100, "components[body][text]"),
        ("message_templates", template(&|one| one["components"][0]["text"] = "x {{1}}".into()), 100, "start or end"),
        ("message_templates", template(&|one| one["components"][0]["text"] = "{{1}} x".into()), 100, "start or end"),
        ("message_templates", template(&|one| one["components"][0]["text"] = "x".repeat(1_025).into()), 100, "1024"),
        (
            "message_templates",
            template(&|one| one["components"][1]["buttons"][0]["url"] = "p/{{1}}".into()),
            100,
            "valid URL",
        ),
        (
            "message_templates",
            template(&|one| one["components"][1]["buttons"][0]["type"] = "CALL".into()),
            100,
            "URL, POSTBACK",
        ),
    ];
    for (edge, body, code, part) in wrong {
        let answer = world.page(edge, body.clone()).await;
        let error = &answer.body["error"];
        assert_eq!((answer.status, error["code"].as_i64()), (400, Some(code)), "{edge} {body} {error}");
        assert!(error["message"].as_str().unwrap().contains(part), "{error} for {edge} {body}");
    }
    let account = world.sandbox.messenger.view().accounts[0].clone();
    assert!(account.subscribed.is_empty());
    assert_eq!(world.page("message_templates", paid_template("en")).await.status, 200);
    let again = world.page("message_templates", paid_template("en")).await;
    assert!(again.body["error"]["message"].as_str().unwrap().contains("already content"));
}
