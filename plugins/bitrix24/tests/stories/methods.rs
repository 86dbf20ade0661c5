//! The methods of the double, with the refusals of the real service. Parameters of a batch are texts, so numbers are read from both.

use serde_json::{Map, Value, json};

use crate::portal::{Oddity, Portal, Refusal, Task};

const DEAL: u64 = 2;
const CONTACT: u64 = 3;
const INVOICE: u64 = 31;

/// Fields that a portal has by itself.
const STANDARD: [&str; 14] = [
    "title",
    "stageId",
    "categoryId",
    "opportunity",
    "currencyId",
    "isManualOpportunity",
    "originatorId",
    "originId",
    "id",
    "assignedById",
    "contactId",
    "movedTime",
    "updatedTime",
    "stageSemanticId",
];

fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

fn texts(value: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    value.as_array().map_or_else(|| vec![text(value)], |several| several.iter().map(text).collect())
}

fn not_found() -> Refusal {
    (400, json!("NOT_FOUND"), "Element not found")
}

fn nameless(text: &'static str) -> Refusal {
    (400, json!(""), text)
}

impl Portal {
    pub(crate) fn act(&mut self, method: &str, body: &Value) -> Result<Value, Refusal> {
        match method {
            "profile" => Ok(
                json!({ "ID": "7", "NAME": "Ani", "LAST_NAME": "Petrosyan", "ADMIN": !self.is(Oddity::IsPlainUser) }),
            ),
            "user.get" => Ok(
                json!([{ "ID": "7", "NAME": "Ani", "LAST_NAME": "Petrosyan" }, { "ID": "8", "NAME": "", "LAST_NAME": "" }]),
            ),
            "crm.category.list" => {
                let kind = number(&body["entityTypeId"]).expect("a kind");
                let of_kind = self.funnels.iter().filter(|((of, _), _)| *of == kind);
                let categories = of_kind.map(|((_, id), (name, _))| json!({ "id": id, "name": name }));
                Ok(json!({ "categories": categories.collect::<Vec<_>>() }))
            }
            "crm.status.list" => Ok(self.statuses(body["filter"]["ENTITY_ID"].as_str().expect("a directory"))),
            "crm.item.productrow.list" => {
                let owner = body["filter"]["=ownerType"].as_str().expect("a type").to_owned();
                let id = number(&body["filter"]["=ownerId"]).expect("a number");
                Ok(json!({ "productRows": self.rows.get(&(owner, id)).cloned().unwrap_or(json!([])) }))
            }
            "crm.deal.userfield.list" | "userfieldconfig.list" => Ok(self.listed_fields(method, body)),
            "crm.deal.userfield.add" | "userfieldconfig.add" => self.add_field(method, body),
            "event.get" => {
                let bound = self
                    .bound
                    .iter()
                    .map(|(event, handler)| json!({ "event": event, "handler": handler, "offline": 0 }));
                Ok(bound.collect())
            }
            "event.bind" => {
                let text = |name: &str| body[name].as_str().expect("text").to_owned();
                assert!(body["handler"].as_str().is_some_and(|url| url.ends_with("{{secret:hook_secret}}")));
                // The host has put the secret in by now.
                self.bound.push((text("event"), text("handler").replace("{{secret:hook_secret}}", "s3cret")));
                Ok(json!(true))
            }
            _ if method.starts_with("crm.item.payment.") => self.payment(method, body),
            _ if method.starts_with("crm.item.") => self.item(method, body),
            _ if method.starts_with("crm.timeline.") => self.timeline(method, body),
            _ if method.starts_with("tasks.task.") => Ok(self.task(method, body)),
            _ => Err((404, json!("ERROR_METHOD_NOT_FOUND"), "Method not found!")),
        }
    }

    fn statuses(&self, directory: &str) -> Value {
        let place = match directory.rsplit_once('_') {
            Some(("DEAL_STAGE", funnel)) => (DEAL, funnel.parse().expect("a number")),
            Some(("SMART_INVOICE_STAGE", funnel)) => (INVOICE, funnel.parse().expect("a number")),
            _ => (DEAL, 0),
        };
        let status =
            |(code, name): &(String, String)| json!({ "ENTITY_ID": directory, "STATUS_ID": code, "NAME": name });
        self.funnels.get(&place).map_or(json!([]), |(_, stages)| stages.iter().map(status).collect())
    }

    fn listed_fields(&self, method: &str, body: &Value) -> Value {
        let (kind, name) = if method == "crm.deal.userfield.list" {
            (DEAL, &body["filter"]["FIELD_NAME"])
        } else {
            assert_eq!((&body["moduleId"], &body["filter"]["entityId"]), (&json!("crm"), &json!("CRM_SMART_INVOICE")));
            (INVOICE, &body["filter"]["fieldName"])
        };
        let known = self.fields[&kind].iter().filter(|known| *name == known.as_str());
        match kind {
            DEAL => known.map(|name| json!({ "FIELD_NAME": name })).collect(),
            _ => json!({ "fields": known.map(|name| json!({ "fieldName": name })).collect::<Vec<_>>() }),
        }
    }

    fn add_field(&mut self, method: &str, body: &Value) -> Result<Value, Refusal> {
        if self.is(Oddity::IsPlainUser) {
            return Err(nameless("Access denied"));
        }
        let (kind, name, label) = match method {
            "crm.deal.userfield.add" => (DEAL, &body["fields"]["FIELD_NAME"], &body["fields"]["LABEL"]),
            _ => (INVOICE, &body["field"]["fieldName"], &body["field"]["editFormLabel"]["en"]),
        };
        let name = name.as_str().expect("a name").to_owned();
        assert!(name.starts_with(if kind == DEAL { "UF_CRM_" } else { "UF_CRM_SMART_INVOICE_" }) && name.len() <= 50);
        self.labels.push(label.as_str().expect("a label").to_owned());
        let fields = self.fields.entry(kind).or_default();
        assert!(!fields.contains(&name), "{name} is made twice");
        fields.push(name);
        Ok(json!(1))
    }

    fn item(&mut self, method: &str, body: &Value) -> Result<Value, Refusal> {
        let kind = number(&body["entityTypeId"]).expect("a kind");
        let id = number(&body["id"]);
        if kind == CONTACT {
            return id
                .and_then(|id| self.contacts.get(&id))
                .map(|contact| json!({ "item": contact }))
                .ok_or_else(not_found);
        }
        match method {
            "crm.item.get" => {
                let item = self.items.get(&(kind, id.expect("a number"))).ok_or_else(not_found)?;
                Ok(json!({ "item": item }))
            }
            "crm.item.update" => {
                let mut item = self.items.get(&(kind, id.expect("a number"))).cloned().ok_or_else(not_found)?;
                self.write(kind, &mut item, body)?;
                Ok(json!({ "item": item }))
            }
            "crm.item.add" => {
                let id = self.items.len() as u64 + 10;
                let mut item = Map::new();
                for (name, value) in [("id", json!(id)), ("stageId", json!("NEW")), ("assignedById", json!(7))] {
                    item.insert(name.to_owned(), value);
                }
                for name in &self.fields[&kind] {
                    item.insert(name.clone(), Value::Null);
                }
                self.write(kind, &mut item, body)?;
                Ok(json!({ "item": item }))
            }
            _ => {
                let filter = body["filter"].as_object().expect("a filter");
                let of_kind = self.items.iter().filter(|((of, _), _)| *of == kind).map(|(_, item)| item);
                let mut items: Vec<_> =
                    of_kind.filter(|item| self.is(Oddity::IgnoresFilters) || admits(filter, item)).collect();
                if body["order"]["id"] == "DESC" {
                    items.reverse();
                }
                items.truncate(50);
                Ok(json!({ "items": items }))
            }
        }
    }

    /// Unknown fields are ignored without a word, stages that the funnel lacks are not.
    fn write(&mut self, kind: u64, item: &mut Map<String, Value>, body: &Value) -> Result<(), Refusal> {
        assert_eq!(body["useOriginalUfNames"], "Y");
        let fields = body["fields"].as_object().expect("fields");
        let funnel = fields.get("categoryId").or_else(|| item.get("categoryId")).and_then(number).unwrap_or(0);
        if let Some(stage) = fields.get("stageId") {
            let (_, stages) = self.funnels.get(&(kind, funnel)).expect("a funnel");
            if !stages.iter().any(|(code, _)| stage == code.as_str()) {
                return Err((400, json!("CRM_FIELD_ERROR_VALUE_NOT_VALID"), "Invalid value of field \"stageId\""));
            }
        }
        for (name, value) in fields {
            if self.fields[&kind].contains(name) || STANDARD.contains(&name.as_str()) {
                item.insert(name.clone(), value.clone());
            }
        }
        let id = number(&item["id"]).expect("an id");
        self.items.insert((kind, id), item.clone());
        Ok(())
    }

    fn payment(&mut self, method: &str, body: &Value) -> Result<Value, Refusal> {
        if method == "crm.item.payment.list" {
            let place = (number(&body["entityTypeId"]).expect("a kind"), number(&body["entityId"]).expect("a number"));
            return Ok(self.payments.get(&place).cloned().unwrap_or_default().into());
        }
        let mut all = self.payments.values_mut().flatten();
        let payment = all.find(|payment| payment["id"] == body["id"]).ok_or((400, json!(0), "Payment not found"))?;
        payment["paid"] = json!("Y");
        Ok(json!(true))
    }

    fn timeline(&mut self, method: &str, body: &Value) -> Result<Value, Refusal> {
        let fields = &body["fields"];
        match method {
            "crm.timeline.comment.add" => {
                assert_eq!(fields["ENTITY_TYPE"], "deal");
                let deal = fields["ENTITY_ID"].as_u64().expect("a number");
                if !self.items.contains_key(&(DEAL, deal)) {
                    return Err(nameless("Owner not found"));
                }
                self.comments.push((deal, fields["COMMENT"].as_str().expect("text").to_owned()));
                Ok(json!(self.comments.len()))
            }
            "crm.timeline.comment.list" => {
                let deal = body["filter"]["ENTITY_ID"].as_u64().expect("a number");
                assert_eq!(body["order"], json!({ "ID": "DESC" }));
                let found = self.comments.iter().enumerate().rev().filter(|(_, (at, _))| *at == deal).take(50);
                Ok(found.map(|(at, (_, text))| json!({ "ID": at.to_string(), "COMMENT": text })).collect())
            }
            "crm.timeline.logmessage.add" => {
                assert!(fields["title"].is_string() && fields["iconCode"].is_string());
                let invoice = fields["entityId"].as_u64().expect("a number");
                if fields["entityTypeId"] != INVOICE || !self.items.contains_key(&(INVOICE, invoice)) {
                    return Err((400, json!("OWNER_NOT_FOUND"), "Owner was not found"));
                }
                self.logs.push((invoice, fields["text"].as_str().expect("text").to_owned()));
                Ok(json!({ "logMessage": { "id": self.logs.len() } }))
            }
            _ => {
                let (invoice, start) = (number(&body["entityId"]), number(&body["start"]).expect("a start"));
                let found = self.logs.iter().rev().filter(|(at, _)| Some(*at) == invoice);
                let page = found.skip(usize::try_from(start).expect("small")).take(10);
                Ok(page.map(|(_, text)| json!({ "text": text })).collect())
            }
        }
    }

    fn task(&mut self, method: &str, body: &Value) -> Value {
        let shown = |task: &Task| json!({ "id": task.id.to_string(), "description": task.text, "status": if task.is_done { "5" } else { "2" } });
        match method {
            "tasks.task.list" => {
                let about = body["filter"]["UF_CRM_TASK"].as_str().expect("a record").to_owned();
                let found = self.tasks.iter().rev().filter(|task| task.about.contains(&about));
                json!({ "tasks": found.map(shown).collect::<Vec<_>>() })
            }
            "tasks.task.add" => {
                let fields = &body["fields"];
                let text = |name: &str| fields[name].as_str().expect("text").to_owned();
                let id = self.open_task(Task {
                    id: 0,
                    title: text("TITLE"),
                    text: text("DESCRIPTION"),
                    responsible: fields["RESPONSIBLE_ID"].as_u64().expect("a person"),
                    creator: fields["CREATED_BY"].as_u64().expect("a person"),
                    deadline: text("DEADLINE"),
                    about: texts(&fields["UF_CRM_TASK"]),
                    is_done: false,
                });
                json!({ "task": { "id": id.to_string() } })
            }
            _ => {
                let id = body["taskId"].as_u64();
                let Some(task) = self.tasks.iter_mut().find(|task| Some(task.id) == id) else { return json!([]) };
                match method {
                    "tasks.task.update" => {
                        body["fields"]["DESCRIPTION"].as_str().expect("text").clone_into(&mut task.text);
                    }
                    "tasks.task.complete" => task.is_done = true,
                    _ => {}
                }
                json!({ "task": shown(task) })
            }
        }
    }
}

/// Whether an item fits: `@` is one of, `>=` is not before, nothing is equal.
fn admits(filter: &Map<String, Value>, item: &Map<String, Value>) -> bool {
    filter.iter().all(|(name, wanted)| {
        let wanted = texts(wanted);
        let own = |name: &str| item.get(name).map(|value| texts(value).remove(0)).unwrap_or_default();
        match (name.strip_prefix('@'), name.strip_prefix(">=")) {
            (Some(name), _) => wanted.contains(&own(name)),
            (_, Some(name)) => own(name) >= wanted[0],
            _ => wanted.contains(&own(name)),
        }
    })
}
