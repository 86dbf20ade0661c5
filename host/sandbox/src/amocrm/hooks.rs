//! Webhooks: who listens to what, and how what happened is written as a form with bracketed names. It must not know when it is sent.

use std::collections::{BTreeSet, VecDeque};

use serde_json::{Value, json};

use super::fields;
use super::leads::Lead;
use super::query::Query;
use super::reading::{self, Item};
use super::refusal::{Mistake, Refusal};
use super::{Answer, Found, State};
use crate::is_loopback;

/// Most webhooks of an account.
const MOST: usize = 100;

/// An address that listens.
pub(super) struct Hook {
    pub(super) id: i64,
    pub(super) destination: String,
    pub(super) settings: BTreeSet<String>,
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
    /// It failed too often and gets nothing until it is set anew.
    pub(super) disabled: bool,
    /// When deliveries failed, as Unix milliseconds.
    pub(super) failures: VecDeque<i64>,
    pub(super) last_error: Option<String>,
}

/// What happened to a lead.
pub(super) enum Happening {
    Add,
    Update,
    Delete,
    Restore,
    Status { old_pipeline: i64, old_status: i64 },
    Responsible { old: i64 },
    Note { note: i64 },
}

impl Happening {
    fn word(&self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Restore => "restore",
            Self::Status { .. } => "status",
            Self::Responsible { .. } => "responsible",
            Self::Note { .. } => "note",
        }
    }
}

/// One item of a webhook: the part of its names after the number, and the values. Every value is a text.
pub(super) type Pairs = Vec<(String, String)>;

/// Whether the service has an action of this name.
fn is_action(name: &str) -> bool {
    let Some((word, entity)) = name.split_once('_') else { return false };
    let of_cards = ["add", "update", "delete", "restore", "responsible", "note"];
    match entity {
        "lead" => of_cards.contains(&word) || word == "status",
        "contact" | "company" | "customer" => of_cards.contains(&word),
        "task" => ["add", "update", "delete", "responsible"].contains(&word),
        _ => false,
    }
}

/// Whether webhooks can go there: encrypted, or on this machine.
pub(super) fn is_address(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| match url.scheme() {
        "https" => url.host().is_some(),
        "http" => is_loopback(&url),
        _ => false,
    })
}

impl State {
    fn read_hook(item: &mut Item, needs_settings: bool) -> (String, BTreeSet<String>) {
        item.only(&["destination", "settings", "sort", "request_id"]);
        item.integer("sort");
        let destination = item.said("destination");
        if !destination.is_empty() && !is_address(&destination) {
            item.wrong("destination", Mistake::address);
        }
        let mut settings = BTreeSet::new();
        match item.raw("settings").cloned() {
            Some(Value::Array(list)) => {
                if list.is_empty() && needs_settings {
                    item.wrong("settings", Mistake::blank);
                }
                for (place, action) in list.iter().enumerate() {
                    match action.as_str().filter(|name| is_action(name)) {
                        Some(name) => {
                            settings.insert(name.to_owned());
                        }
                        None => item.wrong(&format!("settings.{place}"), Mistake::choice),
                    }
                }
            }
            Some(_) => item.wrong("settings", |path| Mistake::kind(path, "array")),
            None if needs_settings => item.need("settings"),
            None => {}
        }
        (destination, settings)
    }

    /// `POST /webhooks`: a destination that is there already is set anew.
    pub(super) fn set_hook(&mut self, body: &Value, now: i64) -> Answer {
        let mut item = reading::single(body)?;
        let (destination, settings) = Self::read_hook(&mut item, true);
        reading::all_right([&item])?;
        let at = now.div_euclid(1000);
        if let Some(known) = self.hooks.iter_mut().find(|hook| hook.destination == destination) {
            (known.settings, known.updated_at) = (settings, at);
            known.disabled = false;
            known.failures.clear();
        } else {
            if self.hooks.len() >= MOST {
                return Err(Refusal::mistake(Mistake::too_many("destination", MOST)));
            }
            let id = self.new_id();
            let failures = VecDeque::new();
            let (created_at, updated_at, disabled, last_error) = (at, at, false, None);
            let destination = destination.clone();
            self.hooks.push(Hook { id, destination, settings, created_at, updated_at, disabled, failures, last_error });
        }
        let hook = self.hooks.iter().find(|hook| hook.destination == destination);
        Ok(Found::Some(201, hook.map(|hook| self.shown_hook(hook)).unwrap_or_default()))
    }

    /// `DELETE /webhooks`
    pub(super) fn remove_hook(&mut self, body: &Value) -> Answer {
        let mut item = reading::single(body)?;
        let (destination, _) = Self::read_hook(&mut item, false);
        reading::all_right([&item])?;
        let count = self.hooks.len();
        self.hooks.retain(|hook| hook.destination != destination);
        if self.hooks.len() == count { Err(Refusal::missing("Webhook")) } else { Ok(Found::Empty) }
    }

    /// `GET /webhooks`
    pub(super) fn list_hooks(&self, query: &Query) -> Found {
        let wanted = query.one("filter[destination]");
        let hooks = self.hooks.iter().filter(|hook| wanted.is_none_or(|wanted| wanted == hook.destination));
        let list: Vec<Value> = hooks.map(|hook| self.shown_hook(hook)).collect();
        if list.is_empty() {
            return Found::Empty;
        }
        let links = self.link("/api/v4/webhooks");
        Found::some(json!({"_total_items": list.len(), "_links": links, "_embedded": {"webhooks": list}}))
    }

    fn shown_hook(&self, hook: &Hook) -> Value {
        json!({
            "id": hook.id, "destination": hook.destination, "created_at": hook.created_at, "updated_at": hook.updated_at,
            "account_id": self.account.id, "created_by": self.users[0].id, "sort": 1, "disabled": hook.disabled,
            "settings": hook.settings, "_links": self.link("/api/v4/webhooks"),
        })
    }

    /// Tells those who listen what happened to a lead.
    pub(super) fn tell_lead(&mut self, id: i64, happening: &Happening, now: i64) {
        let Some(lead) = self.leads.get(&id) else { return };
        let pairs = match happening {
            Happening::Note { note } => self.note_pairs(*note),
            other => self.lead_pairs(lead, other),
        };
        self.tell(&format!("{}_lead", happening.word()), "leads", happening.word(), &pairs, now);
    }

    /// Tells those who listen what happened to a task.
    pub(super) fn tell_task(&mut self, id: i64, word: &'static str, now: i64) {
        let Some(task) = self.tasks.get(&id) else { return };
        let text = |name: &str, value: String| (format!("[{name}]"), value);
        let mut pairs = vec![
            text("id", id.to_string()),
            text("text", task.text.clone()),
            text("task_type", task.kind.to_string()),
            text("responsible_user_id", task.responsible.to_string()),
            text("complete_till", task.complete_till.to_string()),
            text("is_completed", i64::from(task.is_completed).to_string()),
            text("last_modified", task.updated_at.to_string()),
            text("account_id", self.account.id.to_string()),
        ];
        if let Some(lead) = task.entity {
            pairs.extend([text("element_id", lead.to_string()), text("element_type", "2".to_owned())]);
        }
        self.tell(&format!("{word}_task"), "task", word, &pairs, now);
    }

    pub(super) fn lead_pairs(&self, lead: &Lead, happening: &Happening) -> Pairs {
        let mut pairs = Pairs::new();
        let mut add = |name: &str, value: String| pairs.push((format!("[{name}]"), value));
        add("id", lead.id.to_string());
        match happening {
            Happening::Delete => {
                add("status_id", lead.status.to_string());
                add("pipeline_id", lead.pipeline.to_string());
                add("last_modified", lead.updated_at.to_string());
                return pairs;
            }
            Happening::Status { old_pipeline, old_status } => {
                add("status_id", lead.status.to_string());
                add("pipeline_id", lead.pipeline.to_string());
                add("old_status_id", old_status.to_string());
                add("old_pipeline_id", old_pipeline.to_string());
            }
            Happening::Responsible { old } => {
                add("status_id", lead.status.to_string());
                add("pipeline_id", lead.pipeline.to_string());
                add("old_responsible_user_id", old.to_string());
            }
            Happening::Add | Happening::Update | Happening::Restore | Happening::Note { .. } => {
                add("status_id", lead.status.to_string());
                add("pipeline_id", lead.pipeline.to_string());
            }
        }
        add("name", lead.name.clone());
        add("price", lead.price.to_string());
        add("responsible_user_id", lead.responsible.to_string());
        add("last_modified", lead.updated_at.to_string());
        add("modified_user_id", lead.updated_by.to_string());
        add("created_user_id", lead.created_by.to_string());
        add("date_create", lead.created_at.to_string());
        add("account_id", self.account.id.to_string());
        add("created_at", lead.created_at.to_string());
        add("updated_at", lead.updated_at.to_string());
        let filled = self.fields.iter().filter_map(|field| Some((field, lead.values.get(&field.id)?)));
        for (place, (field, values)) in filled.enumerate() {
            let mut add = |name: &str, value: String| pairs.push((format!("[custom_fields][{place}]{name}"), value));
            add("[id]", field.id.to_string());
            add("[name]", field.name.clone());
            for (place, value) in values.iter().enumerate() {
                add(&format!("[values][{place}][value]"), fields::as_text(std::slice::from_ref(value)));
                if let Some(choice) = value["enum_id"].as_i64() {
                    add(&format!("[values][{place}][enum]"), choice.to_string());
                }
            }
        }
        pairs
    }

    fn note_pairs(&self, note: i64) -> Pairs {
        let Some(note) = self.notes.get(&note) else { return Pairs::new() };
        let text = note.params.get("text").and_then(Value::as_str).unwrap_or_default();
        // The older interface numbers types of notes: 4 is a common one, 25 one of a service.
        let kind = if note.kind == "common" { "4" } else { "25" };
        let add = |name: &str, value: String| (format!("[note][{name}]"), value);
        vec![
            add("id", note.id.to_string()),
            add("note_type", kind.to_owned()),
            add("element_type", "2".to_owned()),
            add("element_id", note.lead.to_string()),
            add("text", text.to_owned()),
            add("created_by", note.by.to_string()),
            add("date_create", note.created_at.to_string()),
            add("last_update", note.updated_at.to_string()),
            add("account_id", self.account.id.to_string()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::{is_action, is_address};

    #[test]
    fn actions_have_the_names_of_the_service() {
        for (name, right) in [
            ("add_lead", true),
            ("status_lead", true),
            ("note_contact", true),
            ("update_task", true),
            ("status_contact", false),
            ("note_task", false),
            ("lead_status", false),
            ("add", false),
        ] {
            assert_eq!(is_action(name), right, "{name}");
        }
    }

    #[test]
    fn webhooks_go_encrypted_or_stay_on_this_machine() {
        for (address, right) in [
            ("https://pay.example.am/hook/x", true),
            ("http://127.0.0.1:9/hook", true),
            ("http://pay.example.am/hook", false),
            ("ftp://pay.example.am", false),
            ("hook", false),
        ] {
            assert_eq!(is_address(address), right, "{address}");
        }
    }
}
