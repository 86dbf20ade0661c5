//! A small double of the Cloud API: what was accepted, the refusals that the service makes, and faults on demand. It must not share
//! code with the plugin.

use std::collections::VecDeque;

use kamurj_sdk::testing;
use kamurj_sdk::{Failure, Request, Response};
use serde_json::{Value, json};

use crate::shop::ANI_PHONE;

const GRAPH: &str = "https://graph.facebook.com/v26.0/";
pub(crate) const NUMBER: &str = "301000000000002";
pub(crate) const WABA: &str = "201000000000001";

/// What goes wrong with the next send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing: the trouble is a later one's.
    Pass,
    /// Accepted; the answer is cut.
    DropReply,
    /// It never arrives, and nobody says so.
    DropRequest,
    /// Nothing leaves the machine.
    NotSent,
    /// This status with this code in the body, without an effect.
    Refuse(u16, i64),
}

/// One message that was accepted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) mark: String,
    pub(crate) body: Value,
}

impl Message {
    /// Whoever it went to.
    pub(crate) fn to(&self) -> &str {
        self.body["to"].as_str().or_else(|| self.body["recipient"].as_str()).expect("somebody")
    }

    pub(crate) fn text(&self) -> &str {
        let body = &self.body;
        body["text"]["body"].as_str().or_else(|| body["interactive"]["body"]["text"].as_str()).unwrap_or_default()
    }

    /// `text`, `cta_url`, `button`, `list` or `template`.
    pub(crate) fn kind(&self) -> &str {
        self.body["interactive"]["type"].as_str().or_else(|| self.body["type"].as_str()).expect("a type")
    }

    /// Id and title of everything to choose from.
    pub(crate) fn choices(&self) -> Vec<(String, String)> {
        let action = &self.body["interactive"]["action"];
        let buttons = action["buttons"].as_array().into_iter().flatten().map(|button| &button["reply"]);
        let rows = action["sections"][0]["rows"].as_array().into_iter().flatten();
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        buttons.chain(rows).map(|one| (text(&one["id"]), text(&one["title"]))).collect()
    }
}

/// The service's side.
#[derive(Default)]
pub(crate) struct CloudApi {
    pub(crate) accepted: Vec<Message>,
    pub(crate) faults: VecDeque<Fault>,
    pub(crate) calls: Vec<(String, u16)>,
    pub(crate) revoked: bool,
    pub(crate) may_manage: bool,
    /// The number is somebody else's.
    pub(crate) no_number: bool,
    pub(crate) apps: Vec<Value>,
    pub(crate) templates: Vec<Value>,
    /// Headers of refusals.
    pub(crate) headers: Vec<(String, String)>,
}

type Refused = (u16, i64);

impl CloudApi {
    /// Answers one call.
    pub(crate) fn answer(&mut self, request: &Request) -> Result<Response, Failure> {
        let path =
            request.url.strip_prefix(GRAPH).unwrap_or_else(|| panic!("a strange address: {}", request.url)).to_owned();
        let bearer = ("authorization".to_owned(), "Bearer {{secret:access_token}}".to_owned());
        assert!(request.headers.contains(&bearer), "every call has the token");
        assert!(
            request.slots.iter().any(|slot| (slot.place.as_str(), slot.field.as_str()) == ("header", "authorization"))
        );
        assert_eq!(request.step.is_some(), request.method == "POST", "what changes something has a name");
        let sends = path == format!("{NUMBER}/messages");
        let fault = if sends { self.faults.pop_front() } else { None };
        let done = match fault {
            Some(Fault::NotSent) => return Err(testing::failure("not-sent")),
            Some(Fault::DropRequest) => {
                self.calls.push((path, 0));
                return Err(testing::failure("ambiguous"));
            }
            Some(Fault::Refuse(status, code)) => Err((status, code)),
            _ if self.revoked => Err((401, 190)),
            _ => self.act(&path, request),
        };
        let mut response = match done {
            Ok(answer) => testing::answer(200, &answer),
            Err((status, code)) => {
                let message = match code {
                    100 => "Before override the current callback uri, your app must be subscribed to receive messages"
                        .to_owned(),
                    _ => format!("({code}) for {ANI_PHONE}"),
                };
                testing::answer(status, &json!({ "error": { "message": message, "code": code, "fbtrace_id": "A" } }))
            }
        };
        if response.status >= 400 {
            response.headers.clone_from(&self.headers);
        }
        self.calls.push((path, response.status));
        if fault == Some(Fault::DropReply) { Err(testing::failure("ambiguous")) } else { Ok(response) }
    }

    fn act(&mut self, path: &str, request: &Request) -> Result<Value, Refused> {
        let body: Value = request.body.as_ref().map_or(Value::Null, |body| serde_json::from_slice(body).expect("JSON"));
        let (edge, query) = path.split_once('?').unwrap_or((path, ""));
        match (request.method.as_str(), edge.split_once('/')) {
            ("GET", None) if edge == NUMBER && !self.no_number => {
                assert_eq!(query, "fields=display_phone_number,verified_name");
                Ok(json!({ "display_phone_number": "+374 10 00 12 34", "verified_name": "Anush", "id": NUMBER }))
            }
            ("POST", Some((NUMBER, "messages"))) => self.take(&body),
            (_, Some((WABA, _))) if !self.may_manage => Err((403, 200)),
            ("GET", Some((WABA, "subscribed_apps"))) => Ok(json!({ "data": self.apps })),
            ("POST", Some((WABA, "subscribed_apps"))) => {
                if body.get("override_callback_uri").is_none() {
                    self.apps.retain(|app| app["whatsapp_business_api_data"]["id"] != "1");
                    self.apps.insert(0, json!({ "whatsapp_business_api_data": { "id": "1" } }));
                    return Ok(json!({ "success": true }));
                }
                assert!(
                    request
                        .slots
                        .iter()
                        .any(|slot| (slot.place.as_str(), slot.field.as_str()) == ("body", "/verify_token"))
                );
                assert_eq!(body["verify_token"], "{{secret:verify_token}}");
                let own = |app: &&mut Value| app["whatsapp_business_api_data"]["id"] == "1";
                let app = self.apps.iter_mut().find(own).ok_or((400, 100))?;
                app["override_callback_uri"] = body["override_callback_uri"].clone();
                Ok(json!({ "success": true }))
            }
            ("GET", Some((WABA, "message_templates"))) => Ok(json!({ "data": self.templates })),
            _ => Err((404, 100)),
        }
    }

    fn take(&mut self, body: &Value) -> Result<Value, Refused> {
        assert_eq!((&body["messaging_product"], &body["recipient_type"]), (&json!("whatsapp"), &json!("individual")));
        match (body["to"].as_str(), body["recipient"].as_str()) {
            (Some(to), None) => assert!(to.bytes().all(|byte| byte.is_ascii_digit()), "`to` is for numbers: {to}"),
            (None, Some(id)) => assert!(id.starts_with("AM."), "`recipient` is for user ids: {id}"),
            both => panic!("one of the two: {both:?}"),
        }
        let within = |value: &Value, most: usize| {
            let count = value.as_str().map_or(0, |text| text.chars().count());
            if (1..=most).contains(&count) { Ok(()) } else { Err((400, 131_009)) }
        };
        let mark = body["biz_opaque_callback_data"].as_str().expect("a mark").to_owned();
        assert!(mark.len() <= 512);
        let interactive = &body["interactive"];
        let action = &interactive["action"];
        match (body["type"].as_str(), interactive["type"].as_str()) {
            (Some("text"), _) => within(&body["text"]["body"], 4096)?,
            (Some("interactive"), Some("cta_url")) => {
                within(&interactive["body"]["text"], 1024)?;
                within(&action["parameters"]["display_text"], 20)?;
                assert!(action["parameters"]["url"].as_str().is_some_and(|url| url.starts_with("https://")));
            }
            (Some("interactive"), Some("button")) => {
                within(&interactive["body"]["text"], 1024)?;
                let buttons = action["buttons"].as_array().ok_or((400, 131_009))?;
                assert!((1..=3).contains(&buttons.len()));
                for button in buttons {
                    within(&button["reply"]["title"], 20)?;
                    within(&button["reply"]["id"], 256)?;
                }
            }
            (Some("interactive"), Some("list")) => {
                within(&interactive["body"]["text"], 4096)?;
                within(&action["button"], 20)?;
                let rows = action["sections"][0]["rows"].as_array().ok_or((400, 131_009))?;
                assert!((1..=10).contains(&rows.len()));
                for row in rows {
                    within(&row["title"], 24)?;
                    within(&row["id"], 200)?;
                }
            }
            (Some("template"), _) => {
                let known = body["template"]["name"].as_str().is_some_and(|name| !name.starts_with("gone"));
                if !known || body["template"]["language"]["code"] == "hy" {
                    return Err((404, 132_001));
                }
            }
            other => panic!("a strange message: {other:?}"),
        }
        let id = format!("wamid.OUT{}", self.accepted.len() + 1);
        self.accepted.push(Message { id: id.clone(), mark, body: body.clone() });
        Ok(json!({ "messaging_product": "whatsapp", "messages": [{ "id": id, "message_status": "accepted" }] }))
    }
}
