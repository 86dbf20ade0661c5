//! Tasks that somebody has to do, most of them about a lead. It must not know what.

use serde_json::{Value, json};

use super::query::Query;
use super::reading::{self, Item};
use super::refusal::{Mistake, Refusal};
use super::{Answer, Found, State};

/// A task. Times are Unix seconds.
#[derive(Clone)]
pub(super) struct Task {
    pub(super) id: i64,
    pub(super) text: String,
    pub(super) kind: i64,
    /// The lead it is about.
    pub(super) entity: Option<i64>,
    pub(super) complete_till: i64,
    pub(super) responsible: i64,
    pub(super) is_completed: bool,
    pub(super) result: Option<String>,
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
}

/// Follow-up and meeting: the types that every account has.
const KINDS: [i64; 2] = [1, 2];

#[derive(Default)]
struct Wish {
    text: Option<String>,
    kind: Option<i64>,
    entity: Option<i64>,
    complete_till: Option<i64>,
    responsible: Option<i64>,
    is_completed: Option<bool>,
    result: Option<String>,
}

impl State {
    fn read_task(&self, item: &mut Item, is_new: bool) -> Wish {
        item.only(&[
            "id",
            "request_id",
            "text",
            "complete_till",
            "entity_id",
            "entity_type",
            "task_type_id",
            "responsible_user_id",
            "is_completed",
            "result",
            "duration",
            "created_by",
            "updated_by",
            "created_at",
            "updated_at",
        ]);
        for name in ["duration", "created_by", "updated_by", "created_at", "updated_at"] {
            item.integer(name);
        }
        if is_new {
            item.need("complete_till");
        }
        let text = if is_new || item.raw("text").is_some() { Some(item.said("text")) } else { None };
        let kind = item.integer("task_type_id");
        if kind.is_some_and(|kind| !KINDS.contains(&kind)) {
            item.wrong("task_type_id", Mistake::choice);
        }
        let responsible = item.integer("responsible_user_id");
        if responsible.is_some_and(|id| !self.is_user(id)) {
            item.wrong("responsible_user_id", Mistake::choice);
        }
        let (entity, of) = (item.integer("entity_id"), item.text("entity_type"));
        match (entity, of.as_deref()) {
            (None, None) => {}
            (Some(id), Some("leads")) if self.lead(id).is_ok() => {}
            (Some(_), Some("leads")) => item.wrong("entity_id", Mistake::choice),
            (Some(_), Some(_)) => item.wrong("entity_type", Mistake::choice),
            (Some(_), None) => item.need("entity_type"),
            (None, Some(_)) => item.need("entity_id"),
        }
        let result = item.object("result").map(|result| {
            let mut inner = item.within(result, "result");
            inner.only(&["text"]);
            let text = inner.said("text");
            item.close(inner);
            text
        });
        let (complete_till, is_completed) = (item.integer("complete_till"), item.yes("is_completed"));
        Wish { text, kind, entity, complete_till, responsible, is_completed, result }
    }

    /// `POST /tasks`
    pub(super) fn add_tasks(&mut self, body: &Value, now: i64) -> Answer {
        let mut items = reading::items(body)?;
        let wishes: Vec<Wish> = items.iter_mut().map(|item| self.read_task(item, true)).collect();
        reading::all_right(&items)?;
        let mut made = Vec::new();
        for (item, wish) in items.iter().zip(wishes) {
            let (id, now_s) = (self.new_id(), now.div_euclid(1000));
            let task = Task {
                id,
                text: wish.text.unwrap_or_default(),
                kind: wish.kind.unwrap_or(KINDS[0]),
                entity: wish.entity,
                complete_till: wish.complete_till.unwrap_or_default(),
                responsible: wish.responsible.unwrap_or_else(|| self.users[0].id),
                is_completed: wish.is_completed.unwrap_or_default(),
                result: wish.result,
                created_at: now_s,
                updated_at: now_s,
            };
            self.tasks.insert(id, task);
            self.tell_task(id, "add", now);
            made.push(
                json!({"id": id, "request_id": item.request_id, "_links": self.link(&format!("/api/v4/tasks/{id}"))}),
            );
        }
        Ok(Found::some(json!({"_links": self.link("/api/v4/tasks"), "_embedded": {"tasks": made}})))
    }

    fn task(&self, id: i64) -> Result<&Task, Refusal> {
        self.tasks.get(&id).ok_or_else(|| Refusal::missing("Task"))
    }

    /// `GET /tasks/{id}`
    pub(super) fn get_task(&self, id: i64) -> Answer {
        Ok(Found::some(self.shown_task(self.task(id)?)))
    }

    /// `PATCH /tasks/{id}`
    pub(super) fn change_task(&mut self, id: i64, body: &Value, now: i64) -> Answer {
        self.task(id)?;
        let mut item = reading::single(body)?;
        let wish = self.read_task(&mut item, false);
        reading::all_right([&item])?;
        let now_s = now.div_euclid(1000);
        if let Some(task) = self.tasks.get_mut(&id) {
            task.text = wish.text.unwrap_or_else(|| task.text.clone());
            task.kind = wish.kind.unwrap_or(task.kind);
            task.entity = wish.entity.or(task.entity);
            task.complete_till = wish.complete_till.unwrap_or(task.complete_till);
            task.responsible = wish.responsible.unwrap_or(task.responsible);
            task.is_completed = wish.is_completed.unwrap_or(task.is_completed);
            task.result = wish.result.or(task.result.take());
            task.updated_at = now_s;
        }
        self.tell_task(id, "update", now);
        Ok(Found::some(json!({"id": id, "updated_at": now_s, "_links": self.link(&format!("/api/v4/tasks/{id}"))})))
    }

    /// `GET /tasks`
    pub(super) fn list_tasks(&self, query: &Query) -> Answer {
        let page = query.page()?;
        let (ids, entities) = (query.numbers("filter[id]")?, query.numbers("filter[entity_id]")?);
        let (kinds, people) = (query.numbers("filter[task_type]")?, query.numbers("filter[responsible_user_id]")?);
        let completed = query.number("filter[is_completed]")?.map(|flag| flag != 0);
        let of = query.all("filter[entity_type]");
        // The service searches by entity only within one type of them.
        if entities.is_some() && of.is_empty() {
            return Err(Refusal::bad("filter[entity_id] needs filter[entity_type]."));
        }
        let mut found = Vec::new();
        for task in self.tasks.values() {
            let is_among = |list: &Option<Vec<i64>>, id: i64| list.as_ref().is_none_or(|list| list.contains(&id));
            let wanted = is_among(&ids, task.id)
                && entities.as_ref().is_none_or(|list| task.entity.is_some_and(|id| list.contains(&id)))
                && is_among(&kinds, task.kind)
                && is_among(&people, task.responsible)
                && completed.is_none_or(|completed| completed == task.is_completed)
                && (of.is_empty() || (task.entity.is_some() && of.contains(&"leads")))
                && query.updated(task.updated_at)?;
            if wanted {
                found.push(task);
            }
        }
        match query.order(&["complete_till", "created_at", "id"])? {
            Some(("complete_till", down)) => {
                found.sort_by_key(|task| if down { -task.complete_till } else { task.complete_till });
            }
            Some((_, true)) => found.reverse(),
            Some((_, false)) | None => {}
        }
        let shown: Vec<Value> = found.into_iter().map(|task| self.shown_task(task)).collect();
        Ok(Found::list(page.of(&self.account, "/api/v4/tasks", query, "tasks", &shown)))
    }

    fn shown_task(&self, task: &Task) -> Value {
        // Without a result the service shows an empty array, as PHP writes an empty object.
        let result = task.result.as_ref().map_or_else(|| json!([]), |text| json!({"text": text}));
        json!({
            "id": task.id, "created_by": self.users[0].id, "updated_by": self.users[0].id, "created_at": task.created_at,
            "updated_at": task.updated_at, "responsible_user_id": task.responsible, "group_id": 0,
            "entity_id": task.entity, "entity_type": task.entity.map(|_| "leads"), "duration": 0,
            "is_completed": task.is_completed, "task_type_id": task.kind, "text": task.text, "result": result,
            "complete_till": task.complete_till, "account_id": self.account.id,
            "_links": self.link(&format!("/api/v4/tasks/{}", task.id)),
        })
    }
}
