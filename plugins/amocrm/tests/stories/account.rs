//! A small double of an account: pipelines, leads with custom fields, notes, tasks, lists and webhooks, the shapes that the service
//! insists on, and faults on demand. It must not share code with the plugin.

use std::collections::{BTreeMap, VecDeque};

use kamurj_sdk::testing;
use kamurj_sdk::{Failure, Request, Response};
use serde_json::{Value, json};

pub(crate) const ORIGIN: &str = "https://shop.amocrm.ru";
/// The pipeline of most leads, and another one.
pub(crate) const SALES: u64 = 6_200_001;
pub(crate) const REPEAT: u64 = 6_200_002;
/// What answers may have, in bytes.
const MOST_BYTES: usize = 256 * 1024;

/// What goes wrong with a call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fault {
    /// The effect happens, the answer is cut.
    DropReply,
    /// It left, but nothing happened there.
    DropRequest,
    /// Nothing leaves the machine.
    NotSent,
    /// 500, with the effect done all the same.
    BreakAfter,
    /// This status with this body, and nothing happens.
    Refuse(u16, String),
}

/// Number and name of a status.
pub(crate) type Status = (u64, &'static str);

/// The service's side.
pub(crate) struct Amo {
    pub(crate) currency: String,
    pub(crate) pipelines: Vec<(u64, &'static str, Vec<Status>)>,
    pub(crate) leads: BTreeMap<u64, Value>,
    /// Code and type of the leads' custom fields.
    pub(crate) fields: Vec<(String, String)>,
    /// Lead and text.
    pub(crate) notes: Vec<(u64, String)>,
    pub(crate) tasks: Vec<Value>,
    pub(crate) users: Vec<(u64, &'static str)>,
    pub(crate) contacts: BTreeMap<u64, Value>,
    /// Elements by list and number, and the codes of each list's fields.
    pub(crate) elements: BTreeMap<(u64, u64), Value>,
    pub(crate) lists: BTreeMap<u64, (&'static str, Vec<&'static str>)>,
    pub(crate) hooks: Vec<Value>,
    /// Method and path with `#` for every number, and the status.
    pub(crate) calls: Vec<(String, u16)>,
    pub(crate) faults: VecDeque<(&'static str, Fault)>,
    /// Every call is refused so until it is taken away.
    pub(crate) down: Option<(u16, String)>,
    /// The secret that this account takes.
    pub(crate) token: &'static str,
    pub(crate) ignores_filters: bool,
    /// How many calls of a run get through.
    pub(crate) most_calls: Option<usize>,
    pub(crate) now_s: u64,
}

pub(crate) type Said = Result<Value, (u16, Value)>;

impl Default for Amo {
    fn default() -> Self {
        let closed = [(142, "Won"), (143, "Lost")];
        let sales = [
            (70, "Incoming"),
            (71, "New"),
            (72, "Send a link"),
            (73, "Awaiting"),
            (74, "Paid"),
            (75, "Failed"),
            (76, "Expired"),
            (77, "Review"),
            (78, "Part back"),
            (79, "Back"),
        ];
        let text = |code: &str| (code.to_owned(), "text".to_owned());
        let mut fields: Vec<(String, String)> =
            ["PAY_STATUS", "PAY_REASON", "PAY_AMOUNT", "PAY_REFUNDED", "PAY_REF", "PAY_ORDER", "PAY_ID", "COLOUR"]
                .map(text)
                .to_vec();
        for (code, kind) in
            [("PAY_AT", "date_time"), ("PAY_LINK", "url"), ("PAY_ATTEMPTS", "numeric"), ("KAMURJ_VERSION", "numeric")]
        {
            fields.push((code.to_owned(), kind.to_owned()));
        }
        Self {
            currency: "AMD".to_owned(),
            pipelines: vec![
                (SALES, "Sales", sales.into_iter().chain(closed).collect()),
                (REPEAT, "Repeat", [(81, "Begun"), (82, "Send a link")].into_iter().chain(closed).collect()),
            ],
            leads: BTreeMap::new(),
            fields,
            notes: Vec::new(),
            tasks: Vec::new(),
            users: vec![(8_800_001, "Ani"), (8_800_002, "Vahe")],
            contacts: BTreeMap::new(),
            elements: BTreeMap::new(),
            lists: BTreeMap::new(),
            hooks: Vec::new(),
            calls: Vec::new(),
            faults: VecDeque::new(),
            down: None,
            token: "token",
            ignores_filters: false,
            most_calls: None,
            now_s: 1_795_250_000,
        }
    }
}

/// An answer that says what went wrong, as RFC 9457 has it.
pub(crate) fn problem(status: u16) -> (u16, Value) {
    (status, json!({ "title": "Title", "status": status, "detail": "Some detail" }))
}

pub(crate) fn invalid(path: &str, code: &str) -> (u16, Value) {
    let errors = json!([{ "code": code, "path": path, "detail": "This value is not right." }]);
    let body = json!({ "validation-errors": [{ "request_id": "0", "errors": errors }], "title": "Bad Request",
        "status": 400, "detail": "Request validation failed" });
    (400, body)
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let pair = [rest.next().expect("a digit"), rest.next().expect("a digit")];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&pair).expect("digits"), 16).expect("digits"));
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}

/// What a query asks for.
pub(crate) struct Asked(Vec<(String, String)>);

impl Asked {
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    }

    pub(crate) fn one(&self, name: &str) -> Option<&str> {
        self.all(name).first().copied()
    }

    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.one(name).map(|value| value.parse().expect("a number"))
    }
}

impl Amo {
    /// Answers one call.
    pub(crate) fn answer(&mut self, request: &Request) -> Result<Response, Failure> {
        if self.most_calls.is_some_and(|most| self.calls.len() >= most) {
            return Err(testing::failure("limit"));
        }
        let address = request.url.strip_prefix(ORIGIN).and_then(|rest| rest.strip_prefix("/api/v4/"));
        let address = address.unwrap_or_else(|| panic!("a strange address: {}", request.url));
        assert!(address.bytes().all(|byte| byte.is_ascii_graphic() && !b"[]\"<>".contains(&byte)), "{address}");
        let (path, asked) = address.split_once('?').unwrap_or((address, ""));
        let pair =
            |pair: &str| pair.split_once('=').map(|(name, value)| (decoded(name), decoded(value))).expect("a pair");
        let asked = Asked(asked.split('&').filter(|pair| !pair.is_empty()).map(pair).collect());
        let changes = request.method != "GET";
        assert_eq!(request.step.is_some(), changes, "{path}: changes are steps and reads are not");
        if let Some(step) = &request.step {
            let sound = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.:".contains(&byte);
            assert!(step.len() <= 64 && step.bytes().all(sound), "{step}");
        }
        let bare =
            |part: &str| if part.bytes().all(|byte| byte.is_ascii_digit()) { "#".to_owned() } else { part.to_owned() };
        let called = format!("{} {}", request.method, path.split('/').map(bare).collect::<Vec<_>>().join("/"));
        let fault = self.faults.iter().position(|(at, _)| *at == called).and_then(|at| self.faults.remove(at));
        let fault = fault.map(|(_, fault)| fault);
        match &fault {
            Some(Fault::NotSent) => return Err(testing::failure("not-sent")),
            Some(Fault::DropRequest) => return Err(testing::failure("ambiguous")),
            _ => {}
        }
        let refused = match (&fault, &self.down) {
            (Some(Fault::Refuse(status, body)), _) | (None, Some((status, body))) => Some((*status, body.clone())),
            _ => None,
        };
        let (status, body) = if let Some((status, body)) = refused {
            (status, body)
        } else {
            match self.said(request, path, &asked) {
                Ok(Value::Null) => (204, String::new()),
                Ok(body) => (200, body.to_string()),
                Err((status, body)) => (status, body.to_string()),
            }
        };
        let (status, body) =
            if fault == Some(Fault::BreakAfter) { (500, problem(500).1.to_string()) } else { (status, body) };
        self.calls.push((called, status));
        if fault == Some(Fault::DropReply) {
            return Err(testing::failure("ambiguous"));
        }
        if body.len() > MOST_BYTES {
            return Err(testing::failure("too-large"));
        }
        Ok(Response { status, headers: Vec::new(), body: body.into_bytes(), extra: Vec::new() })
    }

    fn said(&mut self, request: &Request, path: &str, asked: &Asked) -> Said {
        let bearer = ("authorization".to_owned(), format!("Bearer {{{{secret:{}}}}}", self.token));
        let has_slot = |slot: &kamurj_sdk::Slot| {
            (slot.secret.as_str(), slot.place.as_str(), slot.field.as_str()) == (self.token, "header", "authorization")
        };
        if !request.headers.contains(&bearer) || !request.slots.iter().any(has_slot) {
            return Err(problem(401));
        }
        let body: Value = match &request.body {
            Some(body) => serde_json::from_slice(body).expect("JSON"),
            None => Value::Null,
        };
        let parts: Vec<&str> = path.split('/').collect();
        let number = |part: &str| part.parse::<u64>().map_err(|_| problem(404));
        match (request.method.as_str(), parts.as_slice()) {
            ("GET", ["account"]) => {
                Ok(json!({ "id": 7001, "name": "Anush", "subdomain": "shop", "currency": self.currency,
                "current_user_id": 8_800_001 }))
            }
            ("GET", ["users"]) => Ok(page(asked, "users", self.users.iter().map(user).collect())),
            ("GET", ["users", id]) => {
                let id = number(id)?;
                self.users.iter().find(|(known, _)| *known == id).map(user).ok_or(problem(404))
            }
            ("GET", ["leads", "pipelines"]) => Ok(self.list_pipelines()),
            ("GET", ["leads", "custom_fields"]) => {
                let field = |(code, kind): &(String, String)| json!({ "id": 1, "code": code, "type": kind });
                Ok(page(asked, "custom_fields", self.fields.iter().map(field).collect()))
            }
            ("POST", ["leads", "custom_fields"]) => self.add_fields(&body),
            ("GET", ["leads"]) => Ok(self.list_leads(asked)),
            ("POST", ["leads"]) => self.add_lead(&body),
            ("GET", ["leads", id]) => {
                // The service says of what it does not have that there is nothing.
                Ok(self.leads.get(&number(id)?).cloned().unwrap_or(Value::Null))
            }
            ("PATCH", ["leads", id]) => self.set_lead(number(id)?, &body),
            ("GET", ["leads", id, "notes"]) => self.list_notes(number(id)?, asked),
            ("POST", ["leads", id, "notes"]) => self.add_note(number(id)?, &body),
            ("GET", ["tasks"]) => Ok(self.list_tasks(asked)),
            ("GET", ["tasks", id]) => {
                let id = number(id)?;
                Ok(self.tasks.iter().find(|task| task["id"] == id).cloned().unwrap_or_default())
            }
            ("POST", ["tasks"]) => self.add_task(&body),
            ("PATCH", ["tasks", id]) => self.set_task(number(id)?, &body),
            ("GET", ["contacts", id]) => Ok(self.contacts.get(&number(id)?).cloned().unwrap_or(Value::Null)),
            ("GET", ["catalogs"]) => {
                let list = |(id, (kind, _)): (&u64, &(&str, Vec<&str>))| json!({ "id": id, "type": kind });
                Ok(page(asked, "catalogs", self.lists.iter().map(list).collect()))
            }
            ("GET", ["catalogs", list, "custom_fields"]) => {
                let (_, codes) = self.lists.get(&number(list)?).ok_or(problem(404))?;
                let fields = codes.iter().map(|code| json!({ "code": code })).collect();
                Ok(page(asked, "custom_fields", fields))
            }
            ("GET", ["catalogs", list, "elements"]) => {
                let list = number(list)?;
                let ids = asked.all("filter[id][]");
                let wanted = |(at, _): &(&(u64, u64), &Value)| at.0 == list && ids.contains(&at.1.to_string().as_str());
                let found = self.elements.iter().filter(wanted).map(|(_, element)| element.clone()).collect();
                Ok(page(asked, "elements", found))
            }
            ("GET", ["catalogs", list, "elements", id]) => {
                Ok(self.elements.get(&(number(list)?, number(id)?)).cloned().unwrap_or(Value::Null))
            }
            ("PATCH", ["catalogs", list, "elements"]) => self.set_element(number(list)?, &body),
            ("GET", ["webhooks"]) => Ok(embedded("webhooks", &self.hooks)),
            ("POST", ["webhooks"]) => Ok(self.add_hook(request, &body)),
            _ => Err(problem(405)),
        }
    }

    fn list_pipelines(&self) -> Value {
        let status = |(id, name): &Status| json!({ "id": id, "name": name, "type": u8::from(*id == 70) });
        let pipeline = |(id, name, statuses): &(u64, &str, Vec<Status>)| {
            let statuses: Vec<Value> = statuses.iter().map(status).collect();
            json!({ "id": id, "name": name, "is_archive": false, "_embedded": { "statuses": statuses } })
        };
        embedded("pipelines", &self.pipelines.iter().map(pipeline).collect::<Vec<_>>())
    }

    fn list_leads(&self, asked: &Asked) -> Value {
        let ids = asked.all("filter[id][]");
        let words = asked.one("query");
        let from = asked.number("filter[updated_at][from]");
        let stages: Vec<(u64, u64)> = (0..20)
            .map_while(|at| {
                let part = |name: &str| asked.number(&format!("filter[statuses][{at}][{name}]"));
                Some((part("pipeline_id")?, part("status_id")?))
            })
            .collect();
        let fits = |lead: &Value| {
            let stage = (lead["pipeline_id"].as_u64().expect("one"), lead["status_id"].as_u64().expect("one"));
            self.ignores_filters
                || (ids.is_empty() || ids.contains(&lead["id"].to_string().as_str()))
                    && words.is_none_or(|words| lead.to_string().contains(words))
                    && (stages.is_empty() || stages.contains(&stage))
                    && from.is_none_or(|from| lead["updated_at"].as_u64().expect("a time") >= from)
        };
        page(asked, "leads", self.leads.values().filter(|lead| fits(lead)).cloned().collect())
    }
}

fn user((id, name): &(u64, &str)) -> Value {
    json!({ "id": id, "name": name, "email": "someone@example.am" })
}

/// A list; nothing at all where it is empty.
pub(crate) fn embedded(key: &str, items: &[Value]) -> Value {
    if items.is_empty() {
        return Value::Null;
    }
    let mut all = json!({});
    all[key] = items.into();
    json!({ "_embedded": all, "_links": { "self": { "href": "…" } } })
}

/// The page that is asked for.
pub(crate) fn page(asked: &Asked, key: &str, all: Vec<Value>) -> Value {
    let (limit, page) = (asked.number("limit").unwrap_or(50), asked.number("page").unwrap_or(1));
    assert!((1..=250).contains(&limit), "a limit of {limit}");
    let (from, to) = ((page - 1) * limit, page * limit);
    let more = all.len() as u64 > to;
    let part: Vec<Value> =
        all.into_iter().skip(from.try_into().expect("small")).take(limit.try_into().expect("small")).collect();
    let mut answer = embedded(key, &part);
    if more {
        answer["_links"]["next"] = json!({ "href": "…" });
    }
    answer
}
