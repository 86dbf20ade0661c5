//! Notes under leads. It must not know what they say.

use serde_json::{Map, Value, json};

use super::hooks::Happening;
use super::query::Query;
use super::reading::{self, Item};
use super::refusal::{Mistake, Refusal};
use super::{Answer, Found, State};

/// A note. Times are Unix seconds.
#[derive(Clone)]
pub(super) struct Note {
    pub(super) id: i64,
    pub(super) lead: i64,
    pub(super) kind: &'static str,
    pub(super) params: Map<String, Value>,
    pub(super) by: i64,
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
    /// Whether it may start what the merchant has automated.
    pub(super) triggers: bool,
}

/// The types that the double takes, and what each has to say. The service has more: calls, places, files.
const KINDS: [(&str, &[&str]); 4] = [
    ("common", &["text"]),
    ("service_message", &["service", "text"]),
    ("extended_service_message", &["service", "text"]),
    ("invoice_paid", &["service", "text", "icon_url"]),
];

struct Read {
    kind: Option<&'static str>,
    params: Option<Map<String, Value>>,
    triggers: bool,
}

impl State {
    /// Reads a note; one that is changed keeps its type, `before`, and says it anew at most.
    fn read_note(&self, item: &mut Item, before: Option<&'static str>) -> Read {
        item.only(&[
            "id",
            "entity_id",
            "request_id",
            "note_type",
            "params",
            "created_by",
            "updated_by",
            "responsible_user_id",
            "created_at",
            "updated_at",
            "is_need_to_trigger_digital_pipeline",
        ]);
        for name in ["entity_id", "created_by", "updated_by", "responsible_user_id", "created_at", "updated_at"] {
            item.integer(name);
        }
        if before.is_none() {
            item.need("note_type");
            item.need("params");
        }
        let word = item.text("note_type");
        let known = word.as_ref().and_then(|word| KINDS.iter().find(|(kind, _)| kind == word));
        let known = known.filter(|(kind, _)| !(self.faults.no_invoice_notes && *kind == "invoice_paid"));
        if word.is_some()
            && (known.is_none() || before.is_some_and(|before| Some(before) != known.map(|(kind, _)| *kind)))
        {
            item.wrong("note_type", Mistake::choice);
        }
        let kind = known.map(|(kind, _)| *kind).or(before);
        let params = item.object("params");
        if let (Some(params), Some((_, names))) = (&params, KINDS.iter().find(|(known, _)| Some(*known) == kind)) {
            let mut inner = item.within(params.clone(), "params");
            inner.only(names);
            for name in *names {
                inner.said(name);
            }
            item.close(inner);
        }
        Read { kind, params, triggers: item.yes("is_need_to_trigger_digital_pipeline").unwrap_or(true) }
    }

    /// `POST /leads/{id}/notes`
    pub(super) fn add_notes(&mut self, lead: i64, body: &Value, now: i64) -> Answer {
        self.lead(lead)?;
        let mut items = reading::items(body)?;
        let read: Vec<Read> = items.iter_mut().map(|item| self.read_note(item, None)).collect();
        reading::all_right(&items)?;
        let mut made = Vec::new();
        for (item, read) in items.iter().zip(read) {
            let (id, now_s) = (self.new_id(), now.div_euclid(1000));
            let note = Note {
                id,
                lead,
                kind: read.kind.unwrap_or("common"),
                params: read.params.unwrap_or_default(),
                by: self.users[0].id,
                created_at: now_s,
                updated_at: now_s,
                triggers: read.triggers,
            };
            self.notes.insert(id, note);
            self.tell_lead(lead, &Happening::Note { note: id }, now);
            made.push(json!({
                "id": id, "entity_id": lead, "request_id": item.request_id,
                "_links": self.link(&format!("/api/v4/leads/{lead}/notes/{id}")),
            }));
        }
        let links = self.link(&format!("/api/v4/leads/{lead}/notes"));
        Ok(Found::some(json!({"_links": links, "_embedded": {"notes": made}})))
    }

    fn note(&self, lead: i64, id: i64) -> Result<&Note, Refusal> {
        self.lead(lead)?;
        self.notes.get(&id).filter(|note| note.lead == lead).ok_or_else(|| Refusal::missing("Note"))
    }

    /// `GET /leads/{id}/notes/{note}`
    pub(super) fn get_note(&self, lead: i64, id: i64) -> Answer {
        Ok(Found::some(self.shown_note(self.note(lead, id)?)))
    }

    /// `PATCH /leads/{id}/notes/{note}`
    pub(super) fn change_note(&mut self, lead: i64, id: i64, body: &Value, now: i64) -> Answer {
        let kind = self.note(lead, id)?.kind;
        let mut item = reading::single(body)?;
        let read = self.read_note(&mut item, Some(kind));
        reading::all_right([&item])?;
        let now_s = now.div_euclid(1000);
        if let Some(note) = self.notes.get_mut(&id) {
            note.params = read.params.unwrap_or_else(|| note.params.clone());
            note.updated_at = now_s;
        }
        let links = self.link(&format!("/api/v4/leads/{lead}/notes/{id}"));
        Ok(Found::some(json!({"id": id, "entity_id": lead, "updated_at": now_s, "_links": links})))
    }

    /// `GET /leads/{id}/notes`
    pub(super) fn list_notes(&self, lead: i64, query: &Query) -> Answer {
        self.lead(lead)?;
        let page = query.page()?;
        let (ids, kinds) = (query.numbers("filter[id]")?, query.all("filter[note_type]"));
        if kinds.iter().any(|kind| !KINDS.iter().any(|(known, _)| known == kind)) {
            return Err(Refusal::bad("filter[note_type] has a type that does not exist."));
        }
        let mut found = Vec::new();
        for note in self.notes.values().filter(|note| note.lead == lead) {
            let wanted = ids.as_ref().is_none_or(|ids| ids.contains(&note.id))
                && (kinds.is_empty() || kinds.contains(&note.kind))
                && query.updated(note.updated_at)?;
            if wanted {
                found.push(note);
            }
        }
        match query.order(&["updated_at", "id"])? {
            Some(("updated_at", true)) => found.sort_by_key(|note| (-note.updated_at, -note.id)),
            Some(("updated_at", false)) => found.sort_by_key(|note| (note.updated_at, note.id)),
            Some((_, true)) => found.reverse(),
            Some((_, false)) | None => {}
        }
        let shown: Vec<Value> = found.into_iter().map(|note| self.shown_note(note)).collect();
        Ok(Found::list(page.of(&self.account, &format!("/api/v4/leads/{lead}/notes"), query, "notes", &shown)))
    }

    fn shown_note(&self, note: &Note) -> Value {
        json!({
            "id": note.id, "entity_id": note.lead, "created_by": note.by, "updated_by": note.by,
            "created_at": note.created_at, "updated_at": note.updated_at, "responsible_user_id": note.by, "group_id": 0,
            "note_type": note.kind, "params": note.params, "account_id": self.account.id,
            "_links": self.link(&format!("/api/v4/leads/{}/notes/{}", note.lead, note.id)),
        })
    }
}
