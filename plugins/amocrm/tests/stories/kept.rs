//! What the double of an account keeps, and what it insists on when something is made or set there.

use kamurj_sdk::{Request, Slot};
use serde_json::{Value, json};

use crate::account::{Amo, Asked, SALES, Said, embedded, invalid, page, problem};

impl Amo {
    pub(crate) fn add_fields(&mut self, body: &Value) -> Said {
        let fields = body.as_array().filter(|fields| !fields.is_empty()).ok_or(problem(400))?;
        for field in fields {
            let text = |name: &str| field[name].as_str().expect("text").to_owned();
            assert!(!text("name").is_empty() && field["is_api_only"] == true);
            if self.fields.iter().any(|(code, _)| *code == text("code")) {
                return Err(invalid("code", "NotUnique"));
            }
            self.fields.push((text("code"), text("type")));
        }
        Ok(json!({}))
    }

    pub(crate) fn add_lead(&mut self, body: &Value) -> Said {
        let lead = body.as_array().filter(|leads| leads.len() == 1).map(|leads| &leads[0]).ok_or(problem(400))?;
        let id = self.leads.len() as u64 + 10;
        self.leads.insert(
            id,
            json!({ "id": id, "name": "", "price": 0, "pipeline_id": SALES, "status_id": 71,
            "responsible_user_id": 8_800_001, "custom_fields_values": null, "is_deleted": false }),
        );
        match self.set_lead(id, lead) {
            Ok(_) => Ok(embedded("leads", &[json!({ "id": id, "request_id": "0" })])),
            Err(refused) => {
                self.leads.remove(&id);
                Err(refused)
            }
        }
    }

    pub(crate) fn set_lead(&mut self, id: u64, body: &Value) -> Said {
        let mut lead = self.leads.get(&id).cloned().ok_or(problem(404))?;
        for (name, value) in body.as_object().ok_or(problem(400))? {
            match name.as_str() {
                "name" => assert!(value.is_string()),
                "price" | "status_id" | "pipeline_id" if !value.is_u64() => return Err(invalid(name, "InvalidType")),
                "price" | "status_id" | "pipeline_id" => {}
                "custom_fields_values" => {
                    self.set_fields(&mut lead, value)?;
                    continue;
                }
                _ => return Err(invalid(name, "UnexpectedField")),
            }
            lead[name] = value.clone();
        }
        let there = self.pipelines.iter().find(|(known, _, _)| lead["pipeline_id"] == *known);
        let statuses = there.map(|(_, _, statuses)| statuses).ok_or(invalid("pipeline_id", "NotSupportedChoice"))?;
        if !statuses.iter().any(|(known, _)| lead["status_id"] == *known) {
            return Err(invalid("status_id", "NotSupportedChoice"));
        }
        lead["updated_at"] = self.now_s.into();
        self.leads.insert(id, lead);
        Ok(json!({ "id": id, "updated_at": self.now_s }))
    }

    fn set_fields(&self, lead: &mut Value, values: &Value) -> Result<(), (u16, Value)> {
        let mut kept: Vec<Value> = lead["custom_fields_values"].as_array().cloned().unwrap_or_default();
        for (at, one) in values.as_array().ok_or(problem(400))?.iter().enumerate() {
            let code = one["field_code"].as_str().expect("a code");
            let known = self.fields.iter().find(|(known, _)| known == code);
            let path = format!("custom_fields_values.{at}.field_code");
            let (_, kind) = known.ok_or(invalid(&path, "NotSupportedChoice"))?;
            kept.retain(|field| field["field_code"] != code);
            let value = &one["values"][0]["value"];
            if one["values"].is_null() {
                continue;
            }
            match kind.as_str() {
                "numeric" | "date_time" => assert!(value.is_u64(), "{code}: {value}"),
                _ => assert!(
                    value.as_str().is_some_and(|text| !text.is_empty() && text.chars().count() <= 256),
                    "{code}"
                ),
            }
            // Numbers come back as text.
            let back = if kind == "numeric" { json!(value.to_string()) } else { value.clone() };
            kept.push(json!({ "field_id": 1, "field_code": code, "field_type": kind, "values": [{ "value": back }] }));
        }
        lead["custom_fields_values"] = Value::Array(kept);
        Ok(())
    }

    pub(crate) fn list_notes(&self, lead: u64, asked: &Asked) -> Said {
        if !self.leads.contains_key(&lead) {
            return Err(problem(404));
        }
        assert_eq!((asked.one("filter[note_type][]"), asked.one("order[id]")), (Some("common"), Some("desc")));
        let notes = self.notes.iter().enumerate().rev().filter(|(_, (at, _))| *at == lead);
        let note = |(id, (_, text)): (usize, &(u64, String))| json!({ "id": id, "params": { "text": text } });
        Ok(page(asked, "notes", notes.map(note).collect()))
    }

    pub(crate) fn add_note(&mut self, lead: u64, body: &Value) -> Said {
        let note = body.as_array().filter(|notes| notes.len() == 1).map(|notes| &notes[0]).ok_or(problem(400))?;
        if !self.leads.contains_key(&lead) {
            return Err(problem(404));
        }
        assert_eq!(
            (&note["note_type"], &note["is_need_to_trigger_digital_pipeline"]),
            (&json!("common"), &json!(false))
        );
        self.notes.push((lead, note["params"]["text"].as_str().expect("a text").to_owned()));
        Ok(embedded("notes", &[json!({ "id": self.notes.len() })]))
    }

    pub(crate) fn list_tasks(&self, asked: &Asked) -> Value {
        let ids = asked.all("filter[entity_id][]");
        let fits = |task: &&Value| ids.is_empty() || ids.contains(&task["entity_id"].to_string().as_str());
        page(asked, "tasks", self.tasks.iter().rev().filter(fits).cloned().collect())
    }

    pub(crate) fn add_task(&mut self, body: &Value) -> Said {
        let task = body.as_array().filter(|tasks| tasks.len() == 1).map(|tasks| &tasks[0]).ok_or(problem(400))?;
        assert!(task["text"].is_string() && task["complete_till"].is_u64() && task["task_type_id"] == 1);
        if task.get("entity_id").is_some() {
            assert_eq!(task["entity_type"], "leads");
            if !task["entity_id"].as_u64().is_some_and(|id| self.leads.contains_key(&id)) {
                return Err(invalid("entity_id", "NotFound"));
            }
        }
        let person = task.get("responsible_user_id").map(|id| id.as_u64().expect("a number"));
        if person.is_some_and(|id| !self.users.iter().any(|(known, _)| *known == id)) {
            return Err(invalid("responsible_user_id", "NotSupportedChoice"));
        }
        let id = self.tasks.len() as u64 + 500;
        let mut task = task.clone();
        (task["id"], task["is_completed"]) = (id.into(), false.into());
        self.tasks.push(task);
        Ok(embedded("tasks", &[json!({ "id": id })]))
    }

    pub(crate) fn set_task(&mut self, id: u64, body: &Value) -> Said {
        let task = self.tasks.iter_mut().find(|task| task["id"] == id).ok_or(problem(404))?;
        for (name, value) in body.as_object().ok_or(problem(400))? {
            task[name] = value.clone();
        }
        Ok(json!({ "id": task["id"] }))
    }

    pub(crate) fn set_element(&mut self, list: u64, body: &Value) -> Said {
        let wanted = body.as_array().filter(|all| all.len() == 1).map(|all| &all[0]).ok_or(problem(400))?;
        let id = wanted["id"].as_u64().ok_or(invalid("id", "InvalidType"))?;
        let codes = self.lists.get(&list).map(|(_, codes)| codes.clone()).ok_or(problem(404))?;
        let element = self.elements.get_mut(&(list, id)).ok_or(problem(404))?;
        let mut kept = element["custom_fields_values"].as_array().cloned().unwrap_or_default();
        for one in wanted["custom_fields_values"].as_array().ok_or(problem(400))? {
            let code = one["field_code"].as_str().expect("a code");
            if !codes.contains(&code) {
                return Err(invalid("custom_fields_values.0.field_code", "NotSupportedChoice"));
            }
            kept.retain(|field| field["field_code"] != code);
            let mut one = one.clone();
            if one["values"][0]["enum_code"] == "paid" {
                one["values"][0]["value"] = "Оплачен".into();
            }
            kept.push(one);
        }
        element["custom_fields_values"] = Value::Array(kept);
        Ok(embedded("elements", &[json!({ "id": id })]))
    }

    pub(crate) fn add_hook(&mut self, request: &Request, body: &Value) -> Value {
        let slot = |slot: &Slot| (slot.secret.as_str(), slot.field.as_str()) == ("hook_secret", "/destination");
        assert!(request.slots.iter().any(slot), "the secret is put in by the host");
        // The host fills the slot, and blackens what comes back.
        let address = body["destination"].as_str().expect("an address");
        let address = address.replace("{{secret:hook_secret}}", "[secret hook_secret]");
        self.hooks.retain(|hook| hook["destination"] != address.as_str());
        self.hooks.push(json!({ "id": 1, "destination": address, "settings": body["settings"], "disabled": false }));
        self.hooks.last().cloned().expect("one")
    }
}
