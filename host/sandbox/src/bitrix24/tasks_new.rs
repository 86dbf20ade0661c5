//! Tasks of REST 3.0, with `Idempotency-Key`: a call that is repeated under its key is answered as it was, and done once. It must not
//! know the tasks of the old address, which are the same ones.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::caller::Via;
use super::refusal::{Refusal, integer};
use super::tasks::Task;
use super::{Asked, State};
use crate::rfc3339;

/// How long a good answer is kept.
const KEPT_MS: i64 = 86_400_000;
/// The longest key.
const LONGEST_KEY: usize = 255;

/// A good answer, and the body that it answered.
struct Kept {
    asked: [u8; 32],
    answer: Value,
    at: i64,
}

/// Answers by caller, method and key.
#[derive(Default)]
pub(super) struct Keys(BTreeMap<(String, &'static str, String), Kept>);

/// An answer, and whether it had been given before.
pub(super) struct Replied {
    pub(super) body: Value,
    pub(super) is_replay: bool,
}

/// Whether this text may be a key: 1 to 255 printable ASCII characters.
pub(super) fn is_key(key: &str) -> bool {
    (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(|byte| matches!(byte, 0x20..=0x7e))
}

impl State {
    /// Does what `method` does, unless it was done under this key within the last day.
    pub(super) fn once(
        &mut self,
        asked: &Asked,
        method: (&'static str, NewMethod),
        key: Option<&str>,
        body: &[u8],
    ) -> Result<Replied, Refusal> {
        let Some(key) = key else {
            return Ok(Replied { body: self.new_answer(asked, method.1)?, is_replay: false });
        };
        if !is_key(key) {
            let word = "INVALIDIDEMPOTENCYKEYEXCEPTION";
            return Err(Refusal::new_style(400, word, "Idempotency key must have 1 to 255 printable ASCII characters"));
        }
        self.keys.0.retain(|_, kept| asked.now < kept.at + KEPT_MS);
        let place = (asked.caller.name.clone(), method.0, key.to_owned());
        let digest: [u8; 32] = match asked.caller.via {
            Via::Webhook => Sha256::digest(body).into(),
            // An app's token stands in the body and changes each hour; it is no part of what is asked.
            Via::App => {
                let rest: BTreeMap<_, _> = asked.parameters.iter().filter(|(name, _)| *name != "auth").collect();
                Sha256::digest(format!("{rest:?}")).into()
            }
        };
        if let Some(kept) = self.keys.0.get(&place) {
            if kept.asked != digest {
                let word = "IDEMPOTENCYKEYREUSEDEXCEPTION";
                return Err(Refusal::new_style(422, word, "Idempotency key was already used with another request"));
            }
            return Ok(Replied { body: kept.answer.clone(), is_replay: true });
        }
        let answer = self.new_answer(asked, method.1)?;
        self.keys.0.insert(place, Kept { asked: digest, answer: answer.clone(), at: asked.now });
        Ok(Replied { body: answer, is_replay: false })
    }

    fn new_answer(&mut self, asked: &Asked, work: NewMethod) -> Result<Value, Refusal> {
        let result = work(self, asked)?;
        Ok(json!({ "result": result, "time": super::refusal::time(asked.now) }))
    }

    fn new_task(&mut self, asked: &Asked) -> Result<Value, Refusal> {
        let Some(Value::Object(fields)) = asked.parameters.get("fields") else {
            return Err(Refusal::validation(vec![required("fields")]));
        };
        let mut faulty = Vec::new();
        for name in ["title", "creatorId", "responsibleId"] {
            if fields.get(name).is_none_or(|value| value.is_null() || value == "") {
                faulty.push(required(name));
            }
        }
        let wrong = |name: &str, kind: &str| {
            (name.to_owned(), format!("Field `{name}` requires data type `{kind}` for this request"))
        };
        let of_type = |name: &str, kind: &str, is_right: fn(&Value) -> bool| {
            fields
                .get(name)
                .filter(|value| !value.is_null() && *value != "" && !is_right(value))
                .map(|_| wrong(name, kind))
        };
        faulty.extend(of_type("title", "string", Value::is_string));
        faulty.extend(of_type("description", "string", Value::is_string));
        faulty.extend(of_type("creatorId", "int", Value::is_i64));
        faulty.extend(of_type("responsibleId", "int", Value::is_i64));
        faulty.extend(of_type("deadline", "DateTime", |value| {
            value.as_str().is_some_and(|text| text.parse::<jiff::Timestamp>().is_ok())
        }));
        faulty.extend(of_type("crmItemIds", "array", |value| {
            value.as_array().is_some_and(|ids| ids.iter().all(Value::is_string))
        }));
        for name in ["creatorId", "responsibleId"] {
            if fields.get(name).and_then(Value::as_i64).is_some_and(|id| !self.users.contains_key(&id)) {
                faulty.push((name.to_owned(), "The user was not found".to_owned()));
            }
        }
        if !faulty.is_empty() {
            return Err(Refusal::validation(faulty));
        }
        let text = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
        let about = fields.get("crmItemIds").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let id = self.make_task(Task {
            id: 0,
            title: text("title").unwrap_or_default(),
            description: text("description").unwrap_or_default(),
            responsible: integer(fields.get("responsibleId")).unwrap_or(0),
            creator: integer(fields.get("creatorId")).unwrap_or(0),
            deadline: text("deadline"),
            about: about.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            made_at: asked.now,
            closed_at: None,
        });
        Ok(json!({ "item": self.tasks.get(&id).map(item) }))
    }

    fn one_task(&mut self, asked: &Asked) -> Result<Value, Refusal> {
        let id = match asked.parameters.get("id") {
            None => return Err(Refusal::validation(vec![required("id")])),
            Some(id) => id.as_i64().ok_or_else(|| {
                Refusal::validation(vec![("id".into(), "Field `id` requires data type `int` for this request".into())])
            })?,
        };
        let found = self.tasks.get(&id).map(item);
        let task = found.ok_or_else(|| Refusal::new_style(400, "ENTITYNOTFOUNDEXCEPTION", "Task was not found"))?;
        Ok(json!({ "item": super::items::select(task, asked.parameters.get("select")) }))
    }
}

/// A method of REST 3.0.
pub(super) type NewMethod = fn(&mut State, &Asked) -> Result<Value, Refusal>;

/// The methods by name, with the scope that each wants.
pub(super) fn known(name: &str) -> Option<(&'static str, &'static str, NewMethod)> {
    const METHODS: [(&str, &str, NewMethod); 2] =
        [("tasks.task.add", "tasks", State::new_task), ("tasks.task.get", "tasks", State::one_task)];
    METHODS.into_iter().find(|(known, _, _)| known.eq_ignore_ascii_case(name))
}

fn required(name: &str) -> (String, String) {
    (name.to_owned(), format!("Required field `{name}` is not specified"))
}

fn item(task: &Task) -> Map<String, Value> {
    let item = json!({
        "id": task.id, "title": task.title, "description": task.description, "deadline": task.deadline, "creatorId": task.creator,
        "responsibleId": task.responsible, "status": if task.closed_at.is_some() { "completed" } else { "pending" },
        "closed": task.closed_at.map(rfc3339), "created": rfc3339(task.made_at), "priority": "average", "crmItemIds": task.about,
    });
    item.as_object().cloned().unwrap_or_default()
}
