//! A small double of the Graph API for one page: windows, people who blocked it, templates, subscriptions, the refusals that Meta makes, and
//! faults on demand. It must not share code with the plugin.

use std::collections::{BTreeSet, VecDeque};

use kamurj_sdk::testing;
use kamurj_sdk::{Failure, Request, Response};
use serde_json::{Value, json};

pub(crate) const PAGE: &str = "111222333444555";
pub(crate) const APP: &str = "999000111";
const BASE: &str = "https://graph.facebook.com/v25.0/";

/// What goes wrong with the next message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The message is sent, the answer is cut.
    DropReply,
    /// It left, and nothing came of it.
    DropRequest,
    /// Nothing leaves the machine.
    NotSent,
    /// Error 613, with the wait in the usage header.
    Limit,
    /// Error 2: 500 without an effect.
    Break,
}

/// One message of the page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Message {
    pub(crate) chat: String,
    pub(crate) mid: String,
    pub(crate) kind: String,
    /// The text, whatever form it came in.
    pub(crate) text: String,
    /// The whole message.
    pub(crate) whole: Value,
}

/// The service's side.
#[derive(Default)]
pub(crate) struct Graph {
    pub(crate) messages: Vec<Message>,
    pub(crate) late: BTreeSet<String>,
    pub(crate) blocked: BTreeSet<String>,
    pub(crate) faults: VecDeque<Fault>,
    /// Calls that arrived: the path's end and the status.
    pub(crate) calls: Vec<(String, u16)>,
    pub(crate) changes: usize,
    /// Requests that the host still lets out.
    pub(crate) room: Option<usize>,
    pub(crate) subscribed: Vec<String>,
    pub(crate) hook: Option<(String, String)>,
    pub(crate) refuses_hook: bool,
    pub(crate) get_started: Option<String>,
    /// Name, language and status.
    pub(crate) templates: Vec<(String, String, &'static str)>,
    /// New templates wait for approval.
    pub(crate) pending: bool,
    /// What templates were made of.
    pub(crate) made: Vec<Value>,
    pub(crate) revoked: bool,
}

type Refusal = (u16, i64, i64, &'static str);

impl Graph {
    pub(crate) fn answer(&mut self, request: &Request) -> Result<Response, Failure> {
        let path = request.url.strip_prefix(BASE).unwrap_or_else(|| panic!("a strange address: {}", request.url));
        assert_eq!(request.step.is_some(), request.method == "POST", "what changes something has a step: {path}");
        let end = path.split('?').next().and_then(|path| path.rsplit('/').next()).unwrap_or_default().to_owned();
        prove(request, &end);
        if self.room == Some(0) {
            return Err(testing::failure("limit"));
        }
        self.room = self.room.map(|room| room - 1);
        let fault = if end == "messages" { self.faults.pop_front() } else { None };
        if fault == Some(Fault::NotSent) {
            return Err(testing::failure("not-sent"));
        }
        let body: Value = request.body.as_ref().map_or(Value::Null, |body| serde_json::from_slice(body).expect("JSON"));
        let answer = match fault {
            Some(Fault::DropRequest) => return Err(testing::failure("ambiguous")),
            Some(Fault::Limit) => Err((400, 613, 0, "Calls to this api have exceeded the rate limit.")),
            Some(Fault::Break) => Err((500, 2, 0, "An unexpected error has occurred.")),
            _ if self.revoked => Err((400, 190, 460, "The session has been invalidated")),
            _ => self.act(&request.method, path, &end, &body),
        };
        let status = answer.as_ref().map_or_else(|refusal| refusal.0, |_| 200);
        self.calls.push((end, status));
        self.changes += usize::from(request.method == "POST" && status == 200);
        if fault == Some(Fault::DropReply) {
            return Err(testing::failure("ambiguous"));
        }
        let mut response = match answer {
            Ok(body) => testing::answer(200, &body),
            Err((status, code, subcode, text)) => {
                let error = json!({ "message": format!("(#{code}) {text}"), "type": "OAuthException", "code": code,
                    "error_subcode": subcode, "fbtrace_id": "A1" });
                testing::answer(status, &json!({ "error": error }))
            }
        };
        if fault == Some(Fault::Limit) {
            let usage =
                json!({ PAGE: [{ "type": "messenger", "call_count": 100, "estimated_time_to_regain_access": 2 }] });
            response.headers.push(("x-business-use-case-usage".to_owned(), usage.to_string()));
        }
        Ok(response)
    }

    fn act(&mut self, method: &str, path: &str, end: &str, body: &Value) -> Result<Value, Refusal> {
        match (method, end) {
            ("POST", "messages") => self.send(path, body),
            ("GET", "me") => Ok(json!({ "id": PAGE, "name": "Anush's cakes" })),
            ("GET", "subscribed_apps") if self.subscribed.is_empty() => Ok(json!({ "data": [] })),
            ("GET", "subscribed_apps") => Ok(json!({ "data": [{ "id": APP, "subscribed_fields": self.subscribed }] })),
            ("POST", "subscribed_apps") => {
                let (_, fields) = path.split_once("?subscribed_fields=").expect("fields in the query");
                self.subscribed = fields.split(',').map(str::to_owned).collect();
                Ok(json!({ "success": true }))
            }
            ("GET", "subscriptions") => Ok(json!({ "data": self.hook.iter().map(|(url, fields)| json!({
                "object": "page", "callback_url": url, "active": true,
                "fields": fields.split(',').map(|name| json!({ "name": name, "version": "v25.0" })).collect::<Vec<_>>(),
            })).collect::<Vec<_>>() })),
            ("POST", "subscriptions") if self.refuses_hook => Err((400, 2200, 0, "Callback verification failed")),
            ("POST", "subscriptions") => {
                assert_eq!(
                    (body["object"].as_str(), body["verify_token"].as_str()),
                    (Some("page"), Some("{{secret:verify_token}}"))
                );
                let text = |name: &str| body[name].as_str().expect("a text").to_owned();
                self.hook = Some((text("callback_url"), text("fields")));
                Ok(json!({ "success": true }))
            }
            ("GET", "messenger_profile") => Ok(match &self.get_started {
                Some(payload) => json!({ "data": [{ "get_started": { "payload": payload } }] }),
                None => json!({ "data": [] }),
            }),
            ("POST", "messenger_profile") => {
                self.get_started = body["get_started"]["payload"].as_str().map(str::to_owned);
                Ok(json!({ "result": "success" }))
            }
            ("GET", "message_templates") => {
                let all = self.templates.iter();
                let all =
                    all.map(|(name, language, status)| json!({ "name": name, "language": language, "status": status }));
                Ok(json!({ "data": all.collect::<Vec<_>>() }))
            }
            ("POST", "message_templates") => {
                let text = |name: &str| body[name].as_str().expect("a text").to_owned();
                assert_eq!(text("category"), "UTILITY");
                let words = body["components"][0]["text"].as_str().expect("a body");
                assert!(!words.starts_with("{{") && !words.trim().ends_with("}}"), "{words}");
                if !["en", "en_US", "ru", "ka"].contains(&text("language").as_str()) {
                    return Err((400, 100, 0, "Param language must be one of the languages"));
                }
                let status = if self.pending { "PENDING" } else { "APPROVED" };
                self.templates.push((text("name"), text("language"), status));
                self.made.push(body.clone());
                Ok(json!({ "id": "5", "status": status, "category": "UTILITY" }))
            }
            _ => Err((400, 2500, 0, "Unknown path components")),
        }
    }

    fn send(&mut self, path: &str, body: &Value) -> Result<Value, Refusal> {
        const LATE: Refusal = (400, 10, 2_018_278, "This message is sent outside of allowed window.");
        assert_eq!(path, format!("{PAGE}/messages"));
        assert!(body.get("tag").is_none(), "tags were retired");
        let chat = body["recipient"]["id"].as_str().expect("a person").to_owned();
        let kind = body["messaging_type"].as_str().expect("messaging_type is required").to_owned();
        let message = &body["message"];
        let text = match kind.as_str() {
            "UTILITY" => self.filled(&message["template"])?,
            "RESPONSE" | "UPDATE" => written(message)?,
            other => panic!("a strange kind: {other}"),
        };
        if self.blocked.contains(&chat) {
            return Err((400, 551, 1_545_041, "This person isn't available right now."));
        }
        if kind != "UTILITY" && self.late.contains(&chat) {
            return Err(LATE);
        }
        let mid = format!("m_{}", self.messages.len() + 1);
        self.messages.push(Message { chat: chat.clone(), mid: mid.clone(), kind, text, whole: message.clone() });
        Ok(json!({ "recipient_id": chat, "message_id": mid }))
    }

    fn filled(&self, template: &Value) -> Result<String, Refusal> {
        let (name, code) =
            (template["name"].as_str().expect("a name"), template["language"]["code"].as_str().expect("a code"));
        if !self.templates.contains(&(name.to_owned(), code.to_owned(), "APPROVED")) {
            return Err((400, 100, 0, "Template does not exist in this language, or is not approved"));
        }
        let components = template["components"].as_array().expect("components");
        let kinds: Vec<_> = components.iter().map(|part| part["type"].as_str().expect("a type")).collect();
        assert!(kinds.iter().all(|kind| ["body", "buttons"].contains(kind)), "{kinds:?}");
        let texts = components.iter().flat_map(|part| part["parameters"].as_array().expect("parameters"));
        let texts: Vec<_> = texts.map(|one| one["text"].as_str().or(one["url"].as_str()).expect("a value")).collect();
        assert!(texts.iter().all(|text| !text.is_empty() && !text.contains("://")), "{texts:?}");
        Ok(format!("{name}/{code}: {}", texts.join(", ")))
    }
}

/// The token is in the header, and each place of a secret is named.
fn prove(request: &Request, end: &str) {
    let bearer = if end == "subscriptions" {
        format!("Bearer {APP}|{{{{secret:app_secret}}}}")
    } else {
        "Bearer {{secret:page_token}}".to_owned()
    };
    assert!(request.headers.contains(&("authorization".to_owned(), bearer)), "{:?}", request.headers);
    assert!(request.slots.iter().any(|slot| slot.place == "header" && slot.field == "authorization"));
    let in_body = request.body.as_ref().is_some_and(|body| String::from_utf8_lossy(body).contains("{{secret:"));
    assert_eq!(request.slots.iter().any(|slot| slot.place == "body"), in_body);
}

fn written(message: &Value) -> Result<String, Refusal> {
    let replies = message["quick_replies"].as_array().map_or(&[][..], Vec::as_slice);
    if replies.len() > 13 {
        return Err((400, 105, 0, "param message[quick_replies] has too many elements."));
    }
    for reply in replies {
        assert_eq!(reply["content_type"], "text");
        short(&reply["title"], 20)?;
        short(&reply["payload"], 1000)?;
    }
    if let Some(mark) = message.get("metadata") {
        short(mark, 999)?;
    }
    let payload = &message["attachment"]["payload"];
    if payload.is_null() {
        return short(&message["text"], 2000);
    }
    assert_eq!((payload["template_type"].as_str(), message.get("text")), (Some("button"), None));
    let buttons = payload["buttons"].as_array().expect("buttons");
    assert!((1..=3).contains(&buttons.len()));
    for button in buttons {
        short(&button["title"], 20)?;
        assert!(button["type"] == "web_url" && button["url"].as_str().is_some_and(|url| url.starts_with("https://")));
    }
    short(&payload["text"], 640)
}

fn short(text: &Value, most: usize) -> Result<String, Refusal> {
    let text = text.as_str().expect("a text");
    if text.trim().is_empty() || text.chars().count() > most {
        return Err((400, 100, 0, "Length of param must be less than or equal to the most"));
    }
    Ok(text.to_owned())
}
