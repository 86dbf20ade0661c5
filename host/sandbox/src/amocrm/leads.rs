//! Leads: how they are made, changed, found and shown. It must not know what is sold in them.

use serde_json::{Value, json};

use super::fields::{self, Values};
use super::hooks::Happening;
use super::pipelines::{LOST, Pipeline, WON};
use super::query::Query;
use super::reading::{self, Item};
use super::refusal::{Mistake, Refusal};
use super::{Answer, Found, State};

/// A product of a list that hangs at a lead.
#[derive(Clone)]
pub(super) struct Linked {
    pub(super) element: i64,
    pub(super) catalog: i64,
    pub(super) quantity: Value,
}

/// A lead. Times are Unix seconds, as the service shows them.
#[derive(Clone)]
pub(super) struct Lead {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) price: i64,
    pub(super) pipeline: i64,
    pub(super) status: i64,
    pub(super) responsible: i64,
    pub(super) created_by: i64,
    pub(super) updated_by: i64,
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
    pub(super) closed_at: Option<i64>,
    pub(super) loss_reason: Option<i64>,
    pub(super) is_deleted: bool,
    pub(super) values: Values,
    pub(super) tags: Vec<String>,
    pub(super) contacts: Vec<i64>,
    pub(super) linked: Vec<Linked>,
    /// How often calls of the API saved it.
    pub(super) saves: u32,
    /// Every status it was in, the first one included.
    pub(super) moves: Vec<(i64, i64)>,
}

/// What is wanted of a lead; `None` leaves it as it is.
#[derive(Default)]
pub(super) struct Wish {
    pub(super) name: Option<String>,
    pub(super) price: Option<i64>,
    pub(super) pipeline: Option<i64>,
    pub(super) status: Option<i64>,
    pub(super) responsible: Option<i64>,
    pub(super) loss_reason: Option<i64>,
    pub(super) closed_at: Option<i64>,
    pub(super) values: Values,
    pub(super) tags: Option<Vec<String>>,
    pub(super) contacts: Option<Vec<i64>>,
}

const WRITABLE: [&str; 16] = [
    "id",
    "request_id",
    "name",
    "price",
    "status_id",
    "pipeline_id",
    "created_by",
    "updated_by",
    "created_at",
    "updated_at",
    "closed_at",
    "loss_reason_id",
    "responsible_user_id",
    "custom_fields_values",
    "tags_to_add",
    "_embedded",
];

impl State {
    /// Reads what a call wants of a lead: of `before`, or of a new one.
    fn read_lead(&self, item: &mut Item, before: Option<&Lead>) -> Wish {
        item.only(&WRITABLE);
        for name in ["created_by", "updated_by", "created_at", "updated_at"] {
            item.integer(name);
        }
        let (pipeline, status) = self.read_place(item, before);
        let responsible = item.integer("responsible_user_id");
        if responsible.is_some_and(|id| !self.is_user(id)) {
            item.wrong("responsible_user_id", Mistake::choice);
        }
        let mut tags = before.map(|lead| lead.tags.clone()).unwrap_or_default();
        let added = item.objects("tags_to_add");
        let mut replaced = None;
        let mut contacts = None;
        if let Some(embedded) = item.object("_embedded") {
            let mut inner = item.within(embedded, "_embedded");
            inner.only(&["tags", "contacts", "companies", "source"]);
            replaced = inner.objects("tags");
            contacts = inner.objects("contacts").map(|list| {
                let mut ids = Vec::new();
                for (place, contact) in list.into_iter().enumerate() {
                    let mut contact = inner.within(contact, &format!("contacts.{place}"));
                    contact.need("id");
                    match contact.integer("id") {
                        Some(id) if self.contacts.contains_key(&id) => ids.push(id),
                        Some(_) => contact.wrong("id", Mistake::choice),
                        None => {}
                    }
                    inner.close(contact);
                }
                ids
            });
            item.close(inner);
        }
        if let Some(list) = &replaced {
            tags = names_of(list);
        }
        tags.extend(names_of(&added.unwrap_or_default()));
        let changed = before.is_none_or(|lead| lead.tags != tags);
        Wish {
            name: item.text("name"),
            price: item.unsigned("price"),
            pipeline,
            status,
            responsible,
            loss_reason: item.integer("loss_reason_id"),
            closed_at: item.integer("closed_at"),
            values: fields::read_values(item, &self.fields),
            tags: changed.then_some(tags),
            contacts,
        }
    }

    /// Where the lead shall be: a status has to belong to the pipeline, and a pipeline alone means its first status.
    fn read_place(&self, item: &mut Item, before: Option<&Lead>) -> (Option<i64>, Option<i64>) {
        let (pipeline, status) = (item.integer("pipeline_id"), item.integer("status_id"));
        let wanted = pipeline.or(before.map(|lead| lead.pipeline)).or(self.pipelines.first().map(|first| first.id));
        let Some(house) = wanted.and_then(|id| self.pipeline(id)) else {
            item.wrong("pipeline_id", Mistake::choice);
            return (None, None);
        };
        if let Some(status) = status
            && !house.takes(status)
        {
            item.wrong("status_id", Mistake::choice);
        }
        let moved = before.is_none_or(|lead| lead.pipeline != house.id);
        (Some(house.id), status.or_else(|| moved.then(|| house.first())))
    }

    pub(super) fn pipeline(&self, id: i64) -> Option<&Pipeline> {
        self.pipelines.iter().find(|pipeline| pipeline.id == id)
    }

    /// A lead that is not in the trash.
    pub(super) fn lead(&self, id: i64) -> Result<&Lead, Refusal> {
        self.leads.get(&id).filter(|lead| !lead.is_deleted).ok_or_else(|| Refusal::missing("Lead"))
    }

    /// Makes a lead, and tells those who listen.
    pub(super) fn make_lead(&mut self, wish: Wish, by: i64, now: i64) -> i64 {
        let now_s = now.div_euclid(1000);
        let id = self.new_id();
        let pipeline = wish.pipeline.or(self.pipelines.first().map(|first| first.id)).unwrap_or_default();
        let status = wish.status.or_else(|| self.pipeline(pipeline).map(Pipeline::first)).unwrap_or_default();
        let mut values = Values::new();
        fields::lay(&mut values, wish.values);
        let lead = Lead {
            id,
            name: wish.name.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| format!("Lead #{id}")),
            price: wish.price.unwrap_or_default(),
            pipeline,
            status,
            responsible: wish.responsible.unwrap_or_else(|| self.users[0].id),
            created_by: by,
            updated_by: by,
            created_at: now_s,
            updated_at: now_s,
            closed_at: closes(status).then_some(now_s),
            loss_reason: wish.loss_reason,
            is_deleted: false,
            values,
            tags: wish.tags.unwrap_or_default(),
            contacts: wish.contacts.unwrap_or_default(),
            linked: Vec::new(),
            saves: 0,
            moves: vec![(pipeline, status)],
        };
        self.leads.insert(id, lead);
        self.tell_lead(id, &Happening::Add, now);
        id
    }

    /// Changes a lead and tells those who listen, if it was changed at all.
    pub(super) fn save_lead(&mut self, id: i64, wish: Wish, by: i64, now: i64) {
        let now_s = now.div_euclid(1000);
        let Some(lead) = self.leads.get_mut(&id) else { return };
        let before = (lead.pipeline, lead.status, lead.responsible);
        let mut changed = false;
        let mut set = |place: &mut i64, wanted: Option<i64>| {
            changed |= wanted.is_some_and(|wanted| wanted != *place);
            *place = wanted.unwrap_or(*place);
        };
        set(&mut lead.price, wish.price);
        set(&mut lead.pipeline, wish.pipeline);
        set(&mut lead.status, wish.status);
        set(&mut lead.responsible, wish.responsible);
        changed |= fields::lay(&mut lead.values, wish.values);
        if let Some(tags) = wish.tags {
            changed = true;
            lead.tags = tags;
        }
        if let Some(name) = wish.name {
            changed |= name != lead.name;
            lead.name = name;
        }
        if let Some(contacts) = wish.contacts {
            changed |= contacts != lead.contacts;
            lead.contacts = contacts;
        }
        lead.loss_reason = if lead.status == LOST { wish.loss_reason.or(lead.loss_reason) } else { None };
        (lead.updated_at, lead.updated_by) = (now_s, by);
        let moved = (before.0, before.1) != (lead.pipeline, lead.status);
        if moved {
            lead.closed_at = closes(lead.status).then_some(wish.closed_at.unwrap_or(now_s));
            lead.moves.push((lead.pipeline, lead.status));
        }
        let handed = before.2 != lead.responsible;
        if moved {
            self.tell_lead(id, &Happening::Status { old_pipeline: before.0, old_status: before.1 }, now);
        }
        if handed {
            self.tell_lead(id, &Happening::Responsible { old: before.2 }, now);
        }
        if changed {
            self.tell_lead(id, &Happening::Update, now);
        }
    }

    /// `POST /leads`
    pub(super) fn add_leads(&mut self, body: &Value, now: i64) -> Answer {
        let mut items = reading::items(body)?;
        let wishes: Vec<Wish> = items.iter_mut().map(|item| self.read_lead(item, None)).collect();
        reading::all_right(&items)?;
        let mut made = Vec::new();
        for (item, wish) in items.iter().zip(wishes) {
            let id = self.make_lead(wish, self.users[0].id, now);
            made.push(
                json!({"id": id, "request_id": item.request_id, "_links": self.link(&format!("/api/v4/leads/{id}"))}),
            );
        }
        Ok(Found::some(json!({"_links": self.link("/api/v4/leads"), "_embedded": {"leads": made}})))
    }

    /// `PATCH /leads/{id}`
    pub(super) fn change_lead(&mut self, id: i64, body: &Value, now: i64) -> Answer {
        self.lead(id)?;
        let mut item = reading::single(body)?;
        let wish = self.read_lead(&mut item, self.leads.get(&id));
        reading::all_right([&item])?;
        Ok(Found::some(self.changed(id, wish, now)))
    }

    /// `PATCH /leads`
    pub(super) fn change_leads(&mut self, body: &Value, now: i64) -> Answer {
        let mut items = reading::items(body)?;
        let mut wishes = Vec::new();
        for item in &mut items {
            item.need("id");
            let id = item.integer("id").unwrap_or_default();
            let before = self.leads.get(&id).filter(|lead| !lead.is_deleted);
            if before.is_none() {
                item.wrong("id", Mistake::choice);
            }
            wishes.push((id, self.read_lead(item, before)));
        }
        reading::all_right(&items)?;
        let saved: Vec<Value> = wishes.into_iter().map(|(id, wish)| self.changed(id, wish, now)).collect();
        Ok(Found::some(json!({"_links": self.link("/api/v4/leads"), "_embedded": {"leads": saved}})))
    }

    fn changed(&mut self, id: i64, wish: Wish, now: i64) -> Value {
        self.save_lead(id, wish, self.users[0].id, now);
        if let Some(lead) = self.leads.get_mut(&id) {
            lead.saves += 1;
        }
        json!({"id": id, "updated_at": now.div_euclid(1000), "_links": self.link(&format!("/api/v4/leads/{id}"))})
    }

    /// `GET /leads/{id}`
    pub(super) fn get_lead(&self, id: i64, query: &Query) -> Answer {
        Ok(Found::some(self.shown_lead(self.lead(id)?, query)))
    }

    /// `GET /leads`
    pub(super) fn list_leads(&self, query: &Query) -> Answer {
        let page = query.page()?;
        let ids = query.numbers("filter[id]")?;
        let statuses = query.statuses()?;
        let words = query.one("query").map(str::to_lowercase);
        let trash = query.with("only_deleted");
        let mut found = Vec::new();
        for lead in self.leads.values().filter(|lead| lead.is_deleted == trash) {
            let wanted = ids.as_ref().is_none_or(|ids| ids.contains(&lead.id))
                && statuses.as_ref().is_none_or(|statuses| statuses.contains(&(lead.pipeline, lead.status)))
                && words.as_ref().is_none_or(|words| self.words_of(lead).contains(words))
                && query.updated(lead.updated_at)?;
            if wanted {
                found.push(lead);
            }
        }
        match query.order(&["updated_at", "created_at", "id"])? {
            Some(("updated_at", down)) => {
                found.sort_by_key(|lead| if down { -lead.updated_at } else { lead.updated_at });
            }
            Some((_, true)) => found.reverse(),
            Some((_, false)) | None => {}
        }
        let shown: Vec<Value> = found.into_iter().map(|lead| self.shown_lead(lead, query)).collect();
        Ok(Found::list(page.of(&self.account, "/api/v4/leads", query, "leads", &shown)))
    }

    /// What a search by words looks through.
    fn words_of(&self, lead: &Lead) -> String {
        let contacts = lead.contacts.iter().filter_map(|id| self.contacts.get(id));
        let contacts = contacts.map(|contact| format!("{} {}", contact.name, contact.phone));
        let values = lead.values.values().map(|values| fields::as_text(values));
        let words: Vec<String> =
            [lead.name.clone(), lead.id.to_string()].into_iter().chain(values).chain(contacts).collect();
        words.join("\n").to_lowercase()
    }

    pub(super) fn shown_lead(&self, lead: &Lead, query: &Query) -> Value {
        let tag = |(place, name): (i64, &String)| json!({"id": lead.id * 100 + place, "name": name, "color": null});
        let mut embedded = json!({"tags": (0..).zip(&lead.tags).map(tag).collect::<Vec<_>>(), "companies": []});
        if query.with("contacts") {
            let contact = |(place, id): (usize, &i64)| json!({"id": id, "is_main": place == 0, "_links": self.link(&format!("/api/v4/contacts/{id}"))});
            embedded["contacts"] = lead.contacts.iter().enumerate().map(contact).collect();
        }
        if query.with("catalog_elements") {
            let element = |linked: &Linked| {
                json!({
                    "id": linked.element, "quantity": linked.quantity, "catalog_id": linked.catalog, "price_id": null,
                    "metadata": {"quantity": linked.quantity, "catalog_id": linked.catalog},
                    "_links": self.link(&format!("/api/v4/catalogs/{}/elements/{}", linked.catalog, linked.element)),
                })
            };
            embedded["catalog_elements"] = lead.linked.iter().map(element).collect();
        }
        let closest = self.tasks.values().filter(|task| task.entity == Some(lead.id) && !task.is_completed);
        json!({
            "id": lead.id, "name": lead.name, "price": lead.price, "responsible_user_id": lead.responsible, "group_id": 0,
            "status_id": lead.status, "pipeline_id": lead.pipeline, "loss_reason_id": lead.loss_reason,
            "created_by": lead.created_by, "updated_by": lead.updated_by, "created_at": lead.created_at,
            "updated_at": lead.updated_at, "closed_at": lead.closed_at,
            "closest_task_at": closest.map(|task| task.complete_till).min(), "is_deleted": lead.is_deleted,
            "custom_fields_values": fields::shown(&lead.values, &self.fields), "score": null, "account_id": self.account.id,
            "labor_cost": null, "is_price_computed": false, "_links": self.link(&format!("/api/v4/leads/{}", lead.id)),
            "_embedded": embedded,
        })
    }
}

/// Whether a lead in this status is closed.
fn closes(status: i64) -> bool {
    [WON, LOST].contains(&status)
}

fn names_of(tags: &[serde_json::Map<String, Value>]) -> Vec<String> {
    tags.iter().filter_map(|tag| tag.get("name").and_then(Value::as_str).map(str::to_owned)).collect()
}
