//! Tasks at the old address, `tasks.task.*`: names in capitals go in, camelCase comes out, and numbers are texts. An
//! `Idempotency-Key` means nothing here. It must not know why somebody has to look.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::filter::Filter;
use super::refusal::{Found, Parameters, Refusal, fields_of, integer, object, text};
use super::{Asked, State};
use crate::rfc3339;

/// The portal's numbers for what a task's status is.
const PENDING: i64 = 2;
const COMPLETED: i64 = 5;

/// A task.
pub(super) struct Task {
    pub(super) id: i64,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) responsible: i64,
    pub(super) creator: i64,
    pub(super) deadline: Option<String>,
    /// What it is about: `D_10` is the deal 10.
    pub(super) about: Vec<String>,
    pub(super) made_at: i64,
    pub(super) closed_at: Option<i64>,
}

/// A task as the play page shows it.
#[derive(Clone, Debug, Serialize)]
pub struct TaskView {
    /// Id in the portal.
    pub id: i64,
    /// Its title.
    pub title: String,
    /// What is to be done.
    pub description: String,
    /// Who has to do it.
    pub responsible: i64,
    /// Until when.
    pub deadline: Option<String>,
    /// What it is about: `D_10` is the deal 10.
    pub about: Vec<String>,
    /// Whether it is done.
    pub is_closed: bool,
}

impl Task {
    pub(super) fn view(&self) -> TaskView {
        TaskView {
            id: self.id,
            title: self.title.clone(),
            description: self.description.clone(),
            responsible: self.responsible,
            deadline: self.deadline.clone(),
            about: self.about.clone(),
            is_closed: self.closed_at.is_some(),
        }
    }

    fn row(&self) -> Map<String, Value> {
        let status = if self.closed_at.is_some() { COMPLETED } else { PENDING };
        let row = json!({
            "id": self.id.to_string(), "title": self.title, "description": self.description, "status": status.to_string(),
            "createdBy": self.creator.to_string(), "responsibleId": self.responsible.to_string(), "deadline": self.deadline,
            "createdDate": rfc3339(self.made_at), "closedDate": self.closed_at.map(rfc3339), "priority": "1",
            "ufCrmTask": self.about, "groupId": "0",
        });
        row.as_object().cloned().unwrap_or_default()
    }

    /// As filters see it, by the names that they use.
    fn filtered(&self) -> Map<String, Value> {
        let names = [("ID", "id"), ("TITLE", "title"), ("STATUS", "status"), ("RESPONSIBLE_ID", "responsibleId")];
        let row = self.row();
        names.into_iter().filter_map(|(name, own)| Some((name.to_owned(), row.get(own)?.clone()))).collect()
    }
}

impl State {
    pub(super) fn make_task(&mut self, task: Task) -> i64 {
        self.last_task_id += 1;
        let id = self.last_task_id;
        self.tasks.insert(id, Task { id, ..task });
        id
    }

    /// Somebody closes a task, or opens it again. Returns whether it exists.
    pub(super) fn close_task(&mut self, id: i64, closed_at: Option<i64>) -> bool {
        let Some(task) = self.tasks.get_mut(&id) else { return false };
        task.closed_at = closed_at;
        true
    }

    pub(super) fn add_task(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        let fields = fields_of(asked.parameters)?;
        let core = |description: &str| Refusal::new(400, "ERROR_CORE", description);
        let title = text(&fields, "TITLE").ok_or_else(|| core("Task title is not specified<br>"))?.to_owned();
        let responsible = integer(fields.get("RESPONSIBLE_ID")).filter(|id| self.users.contains_key(id));
        let responsible =
            responsible.ok_or_else(|| core("The user specified in the \"Assignee\" field was not found<br>"))?;
        let id = self.make_task(Task {
            id: 0,
            title,
            description: text(&fields, "DESCRIPTION").unwrap_or_default().to_owned(),
            responsible,
            creator: integer(fields.get("CREATED_BY")).unwrap_or(self.user_id()),
            deadline: text(&fields, "DEADLINE").map(str::to_owned),
            about: bound(&fields),
            made_at: asked.now,
            closed_at: None,
        });
        Ok(self.task_found(id))
    }

    pub(super) fn get_task(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        let id = self.wanted_task(asked.parameters)?;
        Ok(self.task_found(id))
    }

    pub(super) fn update_task(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        let id = self.wanted_task(asked.parameters)?;
        let fields = fields_of(asked.parameters)?;
        if let Some(task) = self.tasks.get_mut(&id) {
            for (name, place) in [("TITLE", &mut task.title), ("DESCRIPTION", &mut task.description)] {
                if let Some(said) = text(&fields, name) {
                    said.clone_into(place);
                }
            }
            match integer(fields.get("STATUS")) {
                Some(COMPLETED) => task.closed_at = Some(asked.now),
                Some(_) => task.closed_at = None,
                None => {}
            }
            if fields.contains_key("UF_CRM_TASK") {
                task.about = bound(&fields);
            }
        }
        Ok(self.task_found(id))
    }

    pub(super) fn complete_task(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        let id = self.wanted_task(asked.parameters)?;
        self.close_task(id, Some(asked.now));
        Ok(self.task_found(id))
    }

    #[expect(clippy::unnecessary_wraps, reason = "every method of the portal has this shape")]
    pub(super) fn list_tasks(&mut self, asked: &Asked) -> Result<Found, Refusal> {
        let mut conditions = object(asked.parameters, "filter");
        // What a task is about is a list, so its condition means "among them".
        let about = ["UF_CRM_TASK", "=UF_CRM_TASK"].into_iter().find_map(|name| conditions.remove(name));
        let about: Option<Vec<String>> = about.map(|wanted| match wanted {
            Value::Array(several) => several.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            one => one.as_str().map(str::to_owned).into_iter().collect(),
        });
        let filter = Filter::read(&conditions);
        let admitted = |task: &&Task| {
            filter.admits(&task.filtered())
                && about.as_ref().is_none_or(|wanted| wanted.iter().any(|one| task.about.contains(one)))
        };
        let mut rows: Vec<Value> = self.tasks.values().filter(admitted).map(|task| Value::Object(task.row())).collect();
        let newest_first = object(asked.parameters, "order").values().any(|way| way == "desc" || way == "DESC");
        if newest_first {
            rows.reverse();
        }
        Ok(Found::paged(rows, asked.parameters, |page| json!({ "tasks": page })))
    }

    fn wanted_task(&self, parameters: &Parameters) -> Result<i64, Refusal> {
        let Some(given) = parameters.get("taskId") else {
            let description = "CTaskItem All parameters in the constructor must have real class type (internal error)";
            return Err(Refusal::new(400, "100", description));
        };
        let wrong = || Refusal::new(400, "0", "wrong task id");
        let id = integer(Some(given)).ok_or_else(wrong)?;
        if self.tasks.contains_key(&id) {
            Ok(id)
        } else {
            Err(Refusal::new(
                400,
                "ERROR_CORE",
                "TASKS_ERROR_EXCEPTION_#8; Task not found or not accessible; 8/TE/ITEM_NOT_FOUND_OR_NOT_ACCESSIBLE<br>",
            ))
        }
    }

    fn task_found(&self, id: i64) -> Found {
        Found::one(json!({ "task": self.tasks.get(&id).map(Task::row) }))
    }
}

fn bound(fields: &Parameters) -> Vec<String> {
    let given = fields.get("UF_CRM_TASK").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    given.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}
