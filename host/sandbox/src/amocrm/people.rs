//! What people do at amoCRM: managers with leads, administrators with stages, fields and tokens, and support with a block. It must
//! not know what an integration makes of it.

use serde_json::json;

use super::acts::{CannotAct, NewLead, Product};
use super::catalogs::{INVOICES, PRODUCTS};
use super::contacts::Contact;
use super::fields::Values;
use super::hooks::{Happening, is_address};
use super::leads::{Linked, Wish};
use super::pipelines::{LOST, WON};
use super::queue::Target;
use super::{Amocrm, State};

impl Amocrm {
    /// A manager makes a lead, with its contact and products; returns its id.
    pub fn add_lead(&self, new: &NewLead) -> Result<i64, CannotAct> {
        self.with(|state, now| {
            if new.name.trim().is_empty() {
                return Err(CannotAct::NoName);
            }
            if new.price < 0 || new.products.iter().any(|product| product.price < 0) {
                return Err(CannotAct::Price);
            }
            let (pipeline, status) = state.place_for(new.pipeline, new.status)?;
            let contact = (!new.contact.trim().is_empty()).then(|| {
                let (id, created_at) = (state.new_id(), now.div_euclid(1000));
                let (name, phone) = (new.contact.clone(), new.phone.clone());
                state.contacts.insert(id, Contact { id, name, phone, created_at });
                id
            });
            let linked = new.products.iter().map(|product| state.product(product, now)).collect();
            let wish = Wish {
                name: Some(new.name.clone()),
                price: Some(new.price),
                pipeline: Some(pipeline),
                status: Some(status),
                contacts: Some(contact.into_iter().collect()),
                ..Wish::default()
            };
            let by = state.users[0].id;
            let id = state.make_lead(wish, by, now);
            if let Some(lead) = state.leads.get_mut(&id) {
                lead.linked = linked;
            }
            Ok(id)
        })
    }

    /// A manager moves a lead.
    pub fn move_lead(&self, lead: i64, pipeline: i64, status: i64) -> Result<(), CannotAct> {
        self.with(|state, now| {
            let place = state.place_for(Some(pipeline), Some(status))?;
            let wish = Wish { pipeline: Some(place.0), status: Some(place.1), ..Wish::default() };
            state.by_hand(lead, wish, now)
        })
    }

    /// A manager changes a lead's price, in whole units.
    pub fn set_price(&self, lead: i64, price: i64) -> Result<(), CannotAct> {
        if price < 0 {
            return Err(CannotAct::Price);
        }
        self.with(|state, now| state.by_hand(lead, Wish { price: Some(price), ..Wish::default() }, now))
    }

    /// A manager puts a lead into the trash.
    pub fn delete_lead(&self, id: i64) -> Result<(), CannotAct> {
        self.with(|state, now| {
            let lead = state.leads.get_mut(&id).filter(|lead| !lead.is_deleted).ok_or(CannotAct::NoLead(id))?;
            (lead.is_deleted, lead.updated_at) = (true, now.div_euclid(1000));
            state.tell_lead(id, &Happening::Delete, now);
            Ok(())
        })
    }

    /// A manager takes a lead out of the trash.
    pub fn restore_lead(&self, id: i64) -> Result<(), CannotAct> {
        self.with(|state, now| {
            let lead = state.leads.get_mut(&id).ok_or(CannotAct::NoLead(id))?;
            if !lead.is_deleted {
                return Err(CannotAct::NotDeleted(id));
            }
            (lead.is_deleted, lead.updated_at) = (false, now.div_euclid(1000));
            state.tell_lead(id, &Happening::Restore, now);
            Ok(())
        })
    }

    /// A manager is done with a task, and writes what came of it.
    pub fn finish_task(&self, id: i64, result: &str) -> Result<(), CannotAct> {
        self.with(|state, now| {
            let task = state.tasks.get_mut(&id).filter(|task| !task.is_completed).ok_or(CannotAct::NoTask(id))?;
            (task.is_completed, task.updated_at) = (true, now.div_euclid(1000));
            task.result = (!result.is_empty()).then(|| result.to_owned());
            state.tell_task(id, "update", now);
            Ok(())
        })
    }

    /// A manager makes an invoice over a lead's price, which hangs at the lead; returns its id.
    pub fn add_invoice(&self, id: i64) -> Result<i64, CannotAct> {
        self.with(|state, now| {
            let (price, number) = match state.lead(id) {
                Ok(lead) => (lead.price, lead.linked.len() + 1),
                Err(_) => return Err(CannotAct::NoLead(id)),
            };
            let invoices = state.catalog(INVOICES).map_err(|_| CannotAct::NoInvoices)?;
            let mut values = Values::new();
            for field in &invoices.fields {
                match field.code.as_deref() {
                    Some("BILL_STATUS") => {
                        let created = field.choices.first().map(
                            |choice| json!({"value": choice.value, "enum_id": choice.id, "enum_code": choice.code}),
                        );
                        values.insert(field.id, created.into_iter().collect());
                    }
                    Some("BILL_PRICE") => {
                        values.insert(field.id, vec![json!({"value": price.to_string()})]);
                    }
                    _ => {}
                }
            }
            let element = state.make_element(INVOICES, &format!("Invoice {id}-{number}"), values, now);
            if let Some(lead) = state.leads.get_mut(&id) {
                lead.linked.push(Linked { element, catalog: INVOICES, quantity: json!(1) });
            }
            Ok(element)
        })
    }

    /// An administrator renames a status.
    pub fn rename_status(&self, pipeline: i64, status: i64, name: &str) -> Result<(), CannotAct> {
        if name.trim().is_empty() {
            return Err(CannotAct::NoName);
        }
        self.with(|state, _| {
            let house = state.pipelines.iter_mut().find(|known| known.id == pipeline);
            let mut statuses = house.ok_or(CannotAct::NoPipeline(pipeline))?.statuses.iter_mut();
            let known = statuses.find(|known| known.id == status).ok_or(CannotAct::NoStatus(status))?;
            name.clone_into(&mut known.name);
            Ok(())
        })
    }

    /// An administrator removes a status; its leads go to the pipeline's first one.
    pub fn remove_status(&self, pipeline: i64, status: i64) -> Result<(), CannotAct> {
        self.with(|state, now| {
            let house = state.pipelines.iter_mut().find(|known| known.id == pipeline);
            let house = house.ok_or(CannotAct::NoPipeline(pipeline))?;
            if !house.takes(status) {
                return Err(CannotAct::NoStatus(status));
            }
            let own = house.statuses.iter().filter(|one| !one.is_unsorted && ![WON, LOST].contains(&one.id)).count();
            if [WON, LOST].contains(&status) || own == 1 {
                return Err(CannotAct::StatusStays(status));
            }
            house.statuses.retain(|known| known.id != status);
            let first = house.first();
            let there = |lead: &&super::Lead| lead.pipeline == pipeline && lead.status == status;
            let moved: Vec<i64> = state.leads.values().filter(there).map(|lead| lead.id).collect();
            let by = state.users[0].id;
            for lead in moved {
                state.save_lead(lead, Wish { status: Some(first), ..Wish::default() }, by, now);
            }
            Ok(())
        })
    }

    /// An administrator removes a custom field of leads, or of a list, and with it every value.
    pub fn remove_field(&self, id: i64) -> Result<(), CannotAct> {
        self.with(|state, _| {
            let lists = state.catalogs.iter_mut().map(|catalog| &mut catalog.fields);
            let mut removed = false;
            for fields in lists.chain([&mut state.fields]) {
                let before = fields.len();
                fields.retain(|field| field.id != id);
                removed |= fields.len() != before;
            }
            for lead in state.leads.values_mut() {
                lead.values.remove(&id);
            }
            for element in state.elements.values_mut() {
                element.values.remove(&id);
            }
            if removed { Ok(()) } else { Err(CannotAct::NoField(id)) }
        })
    }

    /// An administrator removes the list of invoices, which not every account has.
    pub fn remove_invoices(&self) -> Result<(), CannotAct> {
        self.with(|state, _| {
            let before = state.catalogs.len();
            state.catalogs.retain(|catalog| catalog.id != INVOICES);
            state.elements.retain(|_, element| element.catalog != INVOICES);
            for lead in state.leads.values_mut() {
                lead.linked.retain(|linked| linked.catalog != INVOICES);
            }
            if state.catalogs.len() == before { Err(CannotAct::NoInvoices) } else { Ok(()) }
        })
    }

    /// What "send webhook" in a stage of the Digital Pipeline does: tells this address where the lead stands.
    pub fn run_pipeline_hook(&self, id: i64, url: &str) -> Result<(), CannotAct> {
        if !is_address(url) {
            return Err(CannotAct::Address);
        }
        self.with(|state, now| {
            let lead = state.lead(id).map_err(|_| CannotAct::NoLead(id))?;
            let before = lead.moves.iter().rev().nth(1).copied().unwrap_or((lead.pipeline, lead.status));
            let happening = Happening::Status { old_pipeline: before.0, old_status: before.1 };
            let pairs = state.lead_pairs(lead, &happening);
            state.queue.push(Target::Stage(url.to_owned()), "leads", "status", pairs, now);
            Ok(())
        })
    }

    /// An administrator takes the long-lived token back.
    pub fn revoke_long_lived(&self) {
        self.with(|state, _| state.tokens.set_long_lived(None));
    }

    /// An administrator gives the integration another long-lived token; the one before is dead.
    pub fn issue_long_lived(&self, token: &str) {
        self.with(|state, _| state.tokens.set_long_lived(Some(token)));
    }

    /// An administrator changes where browsers are sent back to after consent.
    pub fn set_redirect_uri(&self, uri: &str) {
        self.with(|state, _| uri.clone_into(&mut state.account.redirect_uri));
    }

    /// Every access token that was granted by consent is over; refresh tokens are not.
    pub fn expire_access(&self) {
        self.with(|state, _| state.tokens.expire_access());
    }

    /// An administrator switches the integration off: everything that was granted by consent is dead.
    pub fn withdraw(&self) {
        self.with(|state, _| state.tokens.withdraw());
    }

    /// Support lifts the block of the caller's address.
    pub fn lift_ban(&self) {
        self.with(|state, _| state.limits.lift());
    }
}

impl State {
    fn place_for(&self, pipeline: Option<i64>, status: Option<i64>) -> Result<(i64, i64), CannotAct> {
        let house = match pipeline {
            Some(id) => self.pipeline(id).ok_or(CannotAct::NoPipeline(id))?,
            None => self.pipelines.first().ok_or(CannotAct::NoPipeline(0))?,
        };
        let status = status.unwrap_or_else(|| house.first());
        // Unlike a call, a person may leave a lead among the incoming ones.
        if !house.statuses.iter().any(|known| known.id == status) {
            return Err(CannotAct::NoStatus(status));
        }
        Ok((house.id, status))
    }

    /// Saves a lead in the name of the second user, so that it can be told from what calls do.
    fn by_hand(&mut self, id: i64, wish: Wish, now: i64) -> Result<(), CannotAct> {
        self.lead(id).map_err(|_| CannotAct::NoLead(id))?;
        let by = self.users[self.users.len() - 1].id;
        self.save_lead(id, wish, by, now);
        Ok(())
    }

    fn product(&mut self, product: &Product, now: i64) -> Linked {
        let fields = self.catalog(PRODUCTS).map(|catalog| catalog.fields.clone()).unwrap_or_default();
        let price = fields.iter().find(|field| field.code.as_deref() == Some("PRICE"));
        let values = price.map(|field| (field.id, vec![json!({"value": product.price.to_string()})]));
        let element = self.make_element(PRODUCTS, &product.name, values.into_iter().collect(), now);
        Linked { element, catalog: PRODUCTS, quantity: json!(product.quantity) }
    }
}
