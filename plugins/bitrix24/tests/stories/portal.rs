//! A small double of a portal: its door, its two addresses, faults on demand. What its methods do is in `methods`. It must not share code
//! with the plugin.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use kamurj_sdk::testing;
use kamurj_sdk::{Failure, Request, Response};
use serde_json::{Map, Value, json};

use crate::brackets;

/// What goes wrong with the next call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The effect happens, the answer is cut.
    DropReply,
    /// It left, but nothing happened there.
    DropRequest,
    /// 503 `QUERY_LIMIT_EXCEEDED`.
    Limit,
    /// 500, with the effect done all the same.
    BreakAfter,
    /// This status and error, and nothing done.
    Refuse(u16, Value),
}

/// A task of the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) id: u64,
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) responsible: u64,
    pub(crate) creator: u64,
    pub(crate) deadline: String,
    pub(crate) about: Vec<String>,
    pub(crate) is_done: bool,
}

/// How a portal may differ from the usual one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Oddity {
    /// Answers lists without looking at the filter.
    IgnoresFilters,
    /// Has no REST 3.0.
    IsOld,
    /// The caller is no administrator.
    IsPlainUser,
    /// The access token of the app is used up.
    IsExpired,
}

/// A funnel: its name, and its stages as code and name.
pub(crate) type Funnel = (String, Vec<(String, String)>);

/// A refusal: status, code, text.
pub(crate) type Refusal = (u16, Value, &'static str);

/// The service's side.
#[derive(Default)]
pub(crate) struct Portal {
    /// Deals and invoices by `entityTypeId` and id.
    pub(crate) items: BTreeMap<(u64, u64), Map<String, Value>>,
    pub(crate) comments: Vec<(u64, String)>,
    pub(crate) logs: Vec<(u64, String)>,
    pub(crate) tasks: Vec<Task>,
    /// Custom fields by `entityTypeId`.
    pub(crate) fields: BTreeMap<u64, Vec<String>>,
    /// Labels of the fields that were made.
    pub(crate) labels: Vec<String>,
    /// Funnels by `entityTypeId` and number.
    pub(crate) funnels: BTreeMap<(u64, u64), Funnel>,
    pub(crate) contacts: BTreeMap<u64, Value>,
    /// Product rows by short code and owner.
    pub(crate) rows: BTreeMap<(String, u64), Value>,
    /// Payments inside the CRM by the record.
    pub(crate) payments: BTreeMap<(u64, u64), Vec<Value>>,
    /// What the app subscribed to: event and handler.
    pub(crate) bound: Vec<(String, String)>,
    /// Answers of REST 3.0 by key: the body, and the task's id.
    pub(crate) keys: BTreeMap<String, (Value, u64)>,
    /// Methods that were called and how it ended; parts of a batch beside it.
    pub(crate) calls: Vec<(String, u16)>,
    /// Requests that arrived.
    pub(crate) hits: usize,
    pub(crate) faults: VecDeque<(&'static str, Fault)>,
    /// What is odd about the portal.
    pub(crate) oddities: BTreeSet<Oddity>,
    /// Everything answers with this address.
    pub(crate) moved_to: Option<String>,
}

impl Portal {
    pub(crate) fn answer(&mut self, request: &Request) -> Result<Response, Failure> {
        self.hits += 1;
        let rest = request.url.strip_prefix("https://shop.bitrix24.ru/rest/").expect("the portal's address");
        let body: Value = serde_json::from_slice(request.body.as_ref().expect("a body")).expect("JSON");
        let (is_new, rest) = rest.strip_prefix("api/").map_or((false, rest), |rest| (true, rest));
        let slots: Vec<_> =
            request.slots.iter().map(|slot| (slot.secret.as_str(), slot.place.as_str(), slot.field.as_str())).collect();
        let method = if let Some(method) = rest.strip_prefix("1/{{secret:webhook_secret}}/") {
            assert_eq!(slots, [("webhook_secret", "path", "")]);
            method
        } else {
            assert_eq!(body["auth"], "{{secret:portal_app}}", "a strange address: {}", request.url);
            assert!(slots.contains(&("portal_app", "body", "/auth")), "{slots:?}");
            rest
        }
        .to_owned();
        Self::steps_are_sound(&method, request, &body);
        let fault = match self.faults.front() {
            Some((at, _)) if *at == method => self.faults.pop_front().map(|(_, fault)| fault),
            _ => None,
        };
        if let Some(address) = &self.moved_to {
            let location = format!("{address}/rest/1/secret/{method}");
            let headers = vec![("location".to_owned(), location)];
            return Ok(Response { headers, ..testing::answer(302, &json!("")) });
        }
        let (status, answer) = match &fault {
            Some(Fault::DropRequest) => return Err(testing::failure("ambiguous")),
            Some(Fault::Limit) => {
                (503, json!({ "error": "QUERY_LIMIT_EXCEEDED", "error_description": "Too many requests" }))
            }
            Some(Fault::Refuse(status, error)) => (*status, json!({ "error": error, "error_description": "refused" })),
            _ if self.is(Oddity::IsExpired) => {
                (401, json!({ "error": "expired_token", "error_description": "The access token has expired." }))
            }
            _ if is_new => self.new_style(&method, &body, request),
            _ => match self.call(&method, &body) {
                Ok(result) => (200, json!({ "result": result, "time": { "operating_reset_at": 1_795_250_600 } })),
                Err((status, code, text)) => (status, json!({ "error": code, "error_description": text })),
            },
        };
        let (status, answer) = match fault {
            Some(Fault::BreakAfter) => (500, json!({ "error": "INTERNAL_SERVER_ERROR", "error_description": "" })),
            _ => (status, answer),
        };
        self.calls.push((method, status));
        if fault == Some(Fault::DropReply) {
            return Err(testing::failure("ambiguous"));
        }
        Ok(testing::answer(status, &answer))
    }

    /// Changes are steps and reads are none, and a step is named as the host wants it.
    fn steps_are_sound(method: &str, request: &Request, body: &Value) {
        let commands = body["cmd"].as_object().into_iter().flatten().filter_map(|(_, command)| command.as_str());
        let methods = commands.map(|command| command.split('?').next().unwrap_or_default()).chain([method]);
        let verbs = ["add", "update", "pay", "complete", "bind"];
        let changes = methods.into_iter().any(|method| verbs.contains(&method.rsplit('.').next().unwrap_or_default()));
        assert_eq!(request.step.is_some(), changes, "{method}");
        if let Some(step) = &request.step {
            let is_sound =
                step.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b':'));
            assert!(is_sound && step.len() <= 64, "{step}");
        }
    }

    fn call(&mut self, method: &str, body: &Value) -> Result<Value, Refusal> {
        if method == "batch" { Ok(self.batch(body)) } else { self.act(method, body) }
    }

    fn batch(&mut self, body: &Value) -> Value {
        let (mut results, mut errors) = (Map::new(), Map::new());
        let commands = body["cmd"].as_object().expect("commands");
        assert!(commands.len() <= 50);
        for (name, command) in commands {
            let (method, query) = command.as_str().expect("text").split_once('?').expect("a query");
            let parameters = brackets::read(query, &results);
            match self.act(method, &parameters) {
                Ok(result) => drop(results.insert(name.clone(), result)),
                Err((_, code, text)) => {
                    drop(errors.insert(name.clone(), json!({ "error": code, "error_description": text })));
                }
            }
            self.calls.push((method.to_owned(), 200));
        }
        let php = |map: Map<String, Value>| if map.is_empty() { json!([]) } else { Value::Object(map) };
        json!({ "result": php(results), "result_error": php(errors) })
    }

    /// REST 3.0: its tasks alone, and their keys.
    fn new_style(&mut self, method: &str, body: &Value, request: &Request) -> (u16, Value) {
        let refused = |status: u16, code: &str| {
            (status, json!({ "error": { "code": format!("BITRIX_REST_V3_EXCEPTION_{code}"), "message": "refused" } }))
        };
        if self.is(Oddity::IsOld) || method != "tasks.task.add" {
            return refused(404, "METHODNOTFOUNDEXCEPTION");
        }
        let key = request.headers.iter().find(|(name, _)| name == "idempotency-key").expect("a key").1.clone();
        if let Some((known, id)) = self.keys.get(&key) {
            return if known == body {
                (200, json!({ "result": { "item": { "id": id } } }))
            } else {
                refused(422, "IDEMPOTENCYKEYREUSEDEXCEPTION")
            };
        }
        let fields = &body["fields"];
        let (Some(creator), Some(responsible)) = (fields["creatorId"].as_u64(), fields["responsibleId"].as_u64())
        else {
            return refused(400, "VALIDATION_REQUESTVALIDATIONEXCEPTION");
        };
        if responsible > 100 {
            return refused(400, "VALIDATION_REQUESTVALIDATIONEXCEPTION");
        }
        let text = |name: &str| fields[name].as_str().expect("text").to_owned();
        let about =
            fields["crmItemIds"].as_array().expect("a list").iter().map(|id| id.as_str().expect("text").to_owned());
        let id = self.open_task(Task {
            id: 0,
            title: text("title"),
            text: text("description"),
            responsible,
            creator,
            deadline: text("deadline"),
            about: about.collect(),
            is_done: false,
        });
        self.keys.insert(key, (body.clone(), id));
        (200, json!({ "result": { "item": { "id": id } } }))
    }

    pub(crate) fn is(&self, oddity: Oddity) -> bool {
        self.oddities.contains(&oddity)
    }

    pub(crate) fn open_task(&mut self, task: Task) -> u64 {
        let id = self.tasks.len() as u64 + 1;
        self.tasks.push(Task { id, ..task });
        id
    }
}
