//! A small double of the Graph API for one account, by Instagram Login or by its page: windows, people who blocked it, a text's length in
//! bytes, subscriptions, and faults on demand. It must not share code with the plugin.

use std::collections::{BTreeSet, VecDeque};

use kamurj_sdk::testing;
use kamurj_sdk::{Failure, Request, Response};
use serde_json::{Value, json};

pub(crate) const ACCOUNT: &str = "17840000000000001";
pub(crate) const PAGE: &str = "111222333444555";
pub(crate) const APP: &str = "999000111";

/// What goes wrong with the next message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The message is sent, the answer is cut.
    DropReply,
    /// It left, and nothing came of it.
    DropRequest,
    /// Nothing leaves the machine.
    NotSent,
    /// Error 1: 500, and nobody knows.
    Break,
}

/// One message of the account.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Message {
    pub(crate) chat: String,
    pub(crate) mid: String,
    pub(crate) text: String,
    pub(crate) replies: Vec<Value>,
}

/// The service's side.
#[derive(Default)]
pub(crate) struct Graph {
    pub(crate) by_page: bool,
    pub(crate) messages: Vec<Message>,
    pub(crate) late: BTreeSet<String>,
    pub(crate) blocked: BTreeSet<String>,
    pub(crate) faults: VecDeque<Fault>,
    pub(crate) calls: usize,
    pub(crate) changes: usize,
    pub(crate) subscribed: Vec<String>,
    pub(crate) hook: Option<(String, String)>,
    pub(crate) sees_no_hook: bool,
    pub(crate) breakers: Vec<Value>,
    /// The account that the page names as its own.
    pub(crate) linked: Option<&'static str>,
}

type Refusal = (u16, i64, i64, &'static str);

impl Graph {
    pub(crate) fn answer(&mut self, request: &Request) -> Result<Response, Failure> {
        let base =
            if self.by_page { "https://graph.facebook.com/v25.0/" } else { "https://graph.instagram.com/v25.0/" };
        let path = request.url.strip_prefix(base).unwrap_or_else(|| panic!("a strange address: {}", request.url));
        assert_eq!(request.step.is_some(), request.method == "POST", "what changes something has a step: {path}");
        let (way, query) = path.split_once('?').unwrap_or((path, ""));
        let (node, end) = way.rsplit_once('/').unwrap_or(("", way));
        let bearer = if end == "subscriptions" {
            format!("Bearer {APP}|{{{{secret:app_secret}}}}")
        } else {
            "Bearer {{secret:access_token}}".to_owned()
        };
        assert!(request.headers.contains(&("authorization".to_owned(), bearer)));
        assert!(request.slots.iter().any(|slot| slot.place == "header" && slot.field == "authorization"));
        if !node.is_empty() && end != "subscriptions" {
            assert_eq!(node, if self.by_page { PAGE } else { "me" });
        }
        let fault = if end == "messages" { self.faults.pop_front() } else { None };
        let body: Value = request.body.as_ref().map_or(Value::Null, |body| serde_json::from_slice(body).expect("JSON"));
        self.calls += 1;
        let answer = match fault {
            Some(Fault::NotSent) => return Err(testing::failure("not-sent")),
            Some(Fault::DropRequest) => return Err(testing::failure("ambiguous")),
            Some(Fault::Break) => Err((500, 1, 1_357_046, "Received Invalid JSON reply.")),
            _ => self.act(&request.method, end, query, &body),
        };
        if fault == Some(Fault::DropReply) {
            return Err(testing::failure("ambiguous"));
        }
        self.changes += usize::from(request.method == "POST" && answer.is_ok());
        Ok(match answer {
            Ok(body) => testing::answer(200, &body),
            Err((status, code, subcode, text)) => {
                let error =
                    json!({ "message": text, "type": "IGApiException", "code": code, "error_subcode": subcode });
                testing::answer(status, &json!({ "error": error }))
            }
        })
    }

    fn act(&mut self, method: &str, end: &str, query: &str, body: &Value) -> Result<Value, Refusal> {
        match (method, end) {
            ("POST", "messages") => self.send(body),
            ("GET", "me") if self.by_page => {
                let mut page = json!({ "id": PAGE, "name": "Anush's cakes" });
                if let Some(linked) = self.linked {
                    page["instagram_business_account"] = json!({ "id": linked });
                }
                Ok(page)
            }
            ("GET", "me") => Ok(json!({ "id": "9", "user_id": ACCOUNT, "username": "anush.cakes" })),
            ("GET", "subscribed_apps") => Ok(json!({ "data": [{ "id": APP, "subscribed_fields": self.subscribed }] })),
            ("POST", "subscribed_apps") => {
                let fields = query.strip_prefix("subscribed_fields=").expect("fields in the query");
                self.subscribed = fields.split(',').map(str::to_owned).collect();
                Ok(json!({ "success": true }))
            }
            (_, "subscriptions") if self.sees_no_hook => Err((400, 100, 33, "Unsupported get request.")),
            ("GET", "subscriptions") => Ok(json!({ "data": self.hook.iter().map(|(url, fields)| json!({
                "object": "instagram", "callback_url": url, "active": true,
                "fields": fields.split(',').map(|name| json!({ "name": name })).collect::<Vec<_>>(),
            })).collect::<Vec<_>>() })),
            ("POST", "subscriptions") => {
                assert_eq!(
                    (body["object"].as_str(), body["verify_token"].as_str()),
                    (Some("instagram"), Some("{{secret:verify_token}}"))
                );
                let text = |name: &str| body[name].as_str().expect("a text").to_owned();
                self.hook = Some((text("callback_url"), text("fields")));
                Ok(json!({ "success": true }))
            }
            ("GET", "messenger_profile") => Ok(json!({ "data": [{ "ice_breakers": self.breakers }] })),
            ("POST", "messenger_profile") => {
                assert_eq!(body["platform"], "instagram");
                body["ice_breakers"].as_array().expect("a list").clone_into(&mut self.breakers);
                Ok(json!({ "result": "success" }))
            }
            _ => Err((400, 2500, 0, "Unknown path components")),
        }
    }

    fn send(&mut self, body: &Value) -> Result<Value, Refusal> {
        assert!(
            body.get("tag").is_none()
                && body["message"].get("attachment").is_none()
                && body["message"].get("metadata").is_none()
        );
        let chat = body["recipient"]["id"].as_str().expect("a person").to_owned();
        let text = body["message"]["text"].as_str().expect("a text").to_owned();
        let replies = body["message"]["quick_replies"].as_array().cloned().unwrap_or_default();
        let fits = |reply: &Value| (1..=20).contains(&reply["title"].as_str().expect("a title").chars().count());
        if text.trim().is_empty() || text.len() > 1000 || replies.len() > 13 || !replies.iter().all(fits) {
            return Err((400, 100, 0, "Length of param message[text] must be less than or equal to 1000"));
        }
        if self.blocked.contains(&chat) {
            return Err((400, 551, 1_545_041, "This person isn't available right now."));
        }
        if self.late.contains(&chat) {
            // The two hosts differ in their numbers.
            let refusal = if self.by_page { (400, 10, 2_018_278) } else { (403, 10, 2_534_022) };
            return Err((refusal.0, refusal.1, refusal.2, "This message is sent outside of allowed window."));
        }
        let mid = format!("aWdf{}", self.messages.len() + 1);
        self.messages.push(Message { chat: chat.clone(), mid: mid.clone(), text, replies });
        Ok(json!({ "recipient_id": chat, "message_id": mid }))
    }
}
