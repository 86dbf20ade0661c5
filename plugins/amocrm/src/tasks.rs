//! Tasks for people: opened at a lead, found by their marker, finished with a word on why. It must not decide for what there is one.

use kamurj_crm::{Target, Task, Trouble};
use kamurj_sdk::{Host, Outcome, plain};
use serde_json::{Map, Value, json};

use crate::account::{Account, gone, number};
use crate::api::{embedded, id_of, query};
use crate::lead::{LEAD, text_of};
use crate::refusal::Refused;

/// The type of task that every account has.
const FOLLOW_UP: u32 = 1;
const HOUR_MS: u64 = 60 * 60 * 1000;
const USUAL_HOURS: u32 = 24;

impl<H: Host> Account<'_, H> {
    /// The task with this marker: among those of the lead, then among the newest of all, because one whose lead is gone stands alone.
    pub(crate) fn task_with(&self, target: Option<&Target>, marker: &str) -> Result<Option<Task>, Trouble> {
        if let Some(target) = target {
            let id = number(LEAD, &target.id)?;
            let pairs = [
                ("filter[entity_type]", "leads"),
                ("filter[entity_id][]", id),
                ("order[id]", "desc"),
                ("limit", "100"),
            ];
            if let Some(task) = self.marked(&query(&pairs), marker)? {
                return Ok(Some(task));
            }
        }
        self.marked(&query(&[("order[id]", "desc"), ("limit", "100")]), marker)
    }

    fn marked(&self, query: &str, marker: &str) -> Result<Option<Task>, Trouble> {
        let mut answer = match self.api.get(&format!("tasks?{query}")) {
            Err(Refused::Missing(_)) => return Ok(None),
            other => other?,
        };
        let tasks = embedded(&mut answer, "tasks");
        let task = tasks.iter().find(|task| task["text"].as_str().is_some_and(|text| text.contains(marker)));
        Ok(task.and_then(|task| Some(Task { id: id_of(task)?.to_string(), is_open: task["is_completed"] != true })))
    }

    /// Opens a task for whoever the settings name, or for the lead's own responsible person.
    pub(crate) fn open(&self, target: Option<&Target>, title: &str, text: &str, step: &str) -> Result<String, Trouble> {
        let wanted = self.settings.crm.tasks.clone().unwrap_or_default();
        let mut person = wanted.responsible.as_deref().map(str::trim).unwrap_or_default().to_owned();
        let due_ms = self.host.now_ms() + u64::from(wanted.hours.unwrap_or(USUAL_HOURS)) * HOUR_MS;
        let mut task = Map::new();
        let mut put = |name: &str, value: Value| task.insert(name.to_owned(), value);
        put("text", json!(format!("{title}\n{text}")));
        put("complete_till", json!(due_ms / 1000));
        put("task_type_id", json!(FOLLOW_UP));
        if let Some(target) = target {
            let id = number(LEAD, &target.id)?;
            if person.is_empty() {
                person = text_of(&self.read_lead(id)?["responsible_user_id"]);
            }
            put("entity_type", json!("leads"));
            put("entity_id", json!(id.parse::<u64>().unwrap_or_default()));
        }
        if let Ok(person) = person.parse::<u64>() {
            put("responsible_user_id", json!(person));
        }
        let mut answer = match self.api.post("tasks", &json!([task]), step) {
            Ok(answer) => answer,
            Err(Refused::Invalid(faults, outcome)) => {
                let at = |field: &str| faults.iter().any(|fault| fault.is_at(field));
                return Err(match target {
                    _ if at("responsible_user_id") && wanted.responsible.is_some() => {
                        let message = format!(
                            "`tasks.responsible` names the person {}, whom {} does not have: choose another one",
                            plain(&person, 40),
                            self.brand()
                        );
                        Trouble::Setting(Outcome::bad_request("responsible", &message))
                    }
                    Some(target) if at("entity_id") => gone(LEAD, &target.id),
                    _ => Trouble::Ended(outcome),
                });
            }
            Err(refused) => return Err(refused.into()),
        };
        match embedded(&mut answer, "tasks").first().and_then(id_of) {
            Some(id) => Ok(id.to_string()),
            None => Err(Trouble::Lost(Outcome::ambiguous("answer", "The answer names no task."))),
        }
    }

    /// Finishes a task that is open; what a person wrote at one that is finished stays.
    pub(crate) fn close(&self, id: &str, why: &str, step: &str) -> Result<(), Trouble> {
        let path = format!("tasks/{}", number("task", id)?);
        match self.api.get(&path) {
            Ok(task) if task.is_null() || task["is_completed"] == true => return Ok(()),
            Err(Refused::Missing(_)) => return Ok(()),
            other => other?,
        };
        match self.api.patch(&path, &json!({ "is_completed": true, "result": { "text": why } }), step) {
            Ok(_) | Err(Refused::Missing(_)) => Ok(()),
            Err(refused) => Err(refused.into()),
        }
    }
}
