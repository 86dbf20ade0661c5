//! Contacts, who are people behind leads. It must not know what they buy.

use serde_json::{Value, json};

use super::query::Query;
use super::refusal::Refusal;
use super::{Answer, Found, State};

/// The field that a contact's phone is in.
const PHONE_FIELD: i64 = 770_001;

/// A contact. Times are Unix seconds.
#[derive(Clone)]
pub(super) struct Contact {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) phone: String,
    pub(super) created_at: i64,
}

impl State {
    /// `GET /contacts/{id}`
    pub(super) fn get_contact(&self, id: i64, query: &Query) -> Answer {
        let contact = self.contacts.get(&id).ok_or_else(|| Refusal::missing("Contact"))?;
        Ok(Found::some(self.shown_contact(contact, query)))
    }

    /// `GET /contacts`
    pub(super) fn list_contacts(&self, query: &Query) -> Answer {
        let page = query.page()?;
        let ids = query.numbers("filter[id]")?;
        let words = query.one("query").map(str::to_lowercase);
        let wanted = |contact: &&Contact| {
            let text = format!("{}\n{}", contact.name.to_lowercase(), contact.phone);
            ids.as_ref().is_none_or(|ids| ids.contains(&contact.id))
                && words.as_ref().is_none_or(|words| text.contains(words))
        };
        let found: Vec<Value> =
            self.contacts.values().filter(wanted).map(|contact| self.shown_contact(contact, query)).collect();
        Ok(Found::list(page.of(&self.account, "/api/v4/contacts", query, "contacts", &found)))
    }

    fn shown_contact(&self, contact: &Contact, query: &Query) -> Value {
        let (first, last) = contact.name.split_once(' ').unwrap_or((&contact.name, ""));
        let phone = json!([{
            "field_id": PHONE_FIELD, "field_name": "Phone", "field_code": "PHONE", "field_type": "multitext",
            "values": [{"value": contact.phone, "enum_id": PHONE_FIELD * 10 + 1, "enum_code": "WORK"}],
        }]);
        let mut embedded = json!({"tags": [], "companies": []});
        if query.with("leads") {
            let leads = self.leads.values().filter(|lead| !lead.is_deleted && lead.contacts.contains(&contact.id));
            let lead = |id: i64| json!({"id": id, "_links": self.link(&format!("/api/v4/leads/{id}"))});
            embedded["leads"] = leads.map(|found| lead(found.id)).collect();
        }
        json!({
            "id": contact.id, "name": contact.name, "first_name": first, "last_name": last,
            "responsible_user_id": self.users[0].id, "group_id": 0, "created_by": self.users[0].id,
            "updated_by": self.users[0].id, "created_at": contact.created_at, "updated_at": contact.created_at,
            "closest_task_at": null, "is_deleted": false, "is_unsorted": false,
            "custom_fields_values": if contact.phone.is_empty() { Value::Null } else { phone },
            "account_id": self.account.id, "_links": self.link(&format!("/api/v4/contacts/{}", contact.id)),
            "_embedded": embedded,
        })
    }
}
