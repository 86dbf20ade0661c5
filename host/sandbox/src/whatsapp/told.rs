//! What webhooks say: a customer's message, and how far a message of the business has come. Shapes are those of "Webhooks
//! components" in Meta's documentation and, for user ids, of its announcement of business-scoped user ids (2026-03). It must not
//! know how a webhook travels.

use serde_json::{Value, json};

use super::content::{Button, Kind};
use super::phone::{Message, Person};
use super::refusal::errors;
use super::{State, Statuses};

/// How late the earlier statuses come where they come out of order, in milliseconds.
const OUT_OF_ORDER_MS: i64 = 30_000;

/// To whom a message went, as far as the business may know.
pub(super) struct Recipient {
    pub(super) phone: Option<String>,
    pub(super) user_id: Option<String>,
}

impl Person {
    pub(super) fn recipient(&self) -> Recipient {
        let phone = self.username.is_none().then(|| self.phone.clone());
        Recipient { phone, user_id: Some(self.user_id.clone()) }
    }
}

impl State {
    /// Queues a customer's message; answers whether anybody is told.
    pub(super) fn tell_message(
        &mut self,
        place: usize,
        id: &str,
        kind: Kind,
        text: &str,
        tapped: Option<&(String, Kind, Button)>,
        now: i64,
    ) -> bool {
        let person = &self.people[place];
        let mut message = json!({"id": id, "from_user_id": person.user_id, "timestamp": seconds(now)});
        if person.username.is_none() {
            message["from"] = person.phone.as_str().into();
        }
        match (kind, tapped) {
            (Kind::Reply, Some((shown, on, button))) => {
                message["context"] = json!({"from": self.account.display_phone_number, "id": shown});
                reply(&mut message, *on, button);
            }
            (Kind::Image, _) => {
                message["type"] = "image".into();
                message["image"] =
                    json!({"id": "1479537139650973", "mime_type": "image/jpeg", "sha256": "MTIz", "caption": text});
            }
            (Kind::Unsupported, _) => {
                message["type"] = "unsupported".into();
                message["errors"] = json!([{
                    "code": 131_051, "title": "Message type unknown", "message": "Message type unknown",
                    "error_data": {"details": "Message type is currently not supported."},
                }]);
            }
            _ => {
                message["type"] = "text".into();
                message["text"] = json!({"body": text});
            }
        }
        let contact = contact(person);
        let value = self.value(json!({"contacts": [contact], "messages": [message]}));
        self.queue(&value, false, now)
    }

    /// Queues `sent` and `delivered`, and where they come in another order, late.
    pub(super) fn tell_delivered(&mut self, place: usize, message: &Message, now: i64) {
        let late = if self.faults.statuses == Statuses::OutOfOrder { OUT_OF_ORDER_MS } else { 0 };
        let to = self.people[place].recipient();
        self.tell_status(&to, message, "sent", now, now + 2 * late);
        self.tell_status(&to, message, "delivered", now, now + late);
    }

    pub(super) fn tell_read(&mut self, place: usize, message: &Message, now: i64) {
        let to = self.people[place].recipient();
        self.tell_status(&to, message, "read", now, now);
    }

    /// Queues one status, which happened at `at` and is told from `due` on.
    pub(super) fn tell_status(&mut self, to: &Recipient, message: &Message, status: &str, at: i64, due: i64) {
        if self.faults.statuses == Statuses::Lose {
            return;
        }
        let mut told = json!({"id": message.id, "status": status, "timestamp": seconds(at)});
        if let Some(user_id) = &to.user_id {
            told["recipient_user_id"] = user_id.as_str().into();
        }
        if let Some(phone) = &to.phone {
            told["recipient_id"] = phone.as_str().into();
        }
        if let Some(data) = &message.callback_data {
            told["biz_opaque_callback_data"] = data.as_str().into();
        }
        if let Some(code) = message.error {
            told["errors"] = errors(code);
        } else {
            let category = if message.kind == Kind::Template { "utility" } else { "service" };
            told["pricing"] = json!({
                "billable": message.kind == Kind::Template, "pricing_model": "PMP", "category": category, "type": "regular",
            });
        }
        let value = self.value(json!({"statuses": [told]}));
        self.queue(&value, true, due);
    }

    /// The value of a change: whose number it is about, and what happened.
    fn value(&self, mut happened: Value) -> Value {
        happened["messaging_product"] = "whatsapp".into();
        happened["metadata"] = json!({
            "display_phone_number": self.account.display_phone_number, "phone_number_id": self.account.phone_number_id,
        });
        if self.faults.unknown_fields {
            happened["since_next_year"] = json!({"list": [1, null, {"deep": true}]});
            for kind in ["messages", "statuses", "contacts"] {
                if let Some(first) = happened.get_mut(kind).and_then(|list| list.get_mut(0)) {
                    first["since_next_year"] = "x".into();
                }
            }
        }
        happened
    }
}

/// What a tap says, by the message that was tapped on.
fn reply(message: &mut Value, on: Kind, button: &Button) {
    let (id, title) = (button.id.as_deref().unwrap_or_default(), button.text.as_str());
    match on {
        Kind::Template => {
            message["type"] = "button".into();
            message["button"] = json!({"text": title, "payload": id});
        }
        Kind::List => {
            let mut row = json!({"id": id, "title": title});
            if let Some(description) = &button.description {
                row["description"] = description.as_str().into();
            }
            message["type"] = "interactive".into();
            message["interactive"] = json!({"type": "list_reply", "list_reply": row});
        }
        _ => {
            message["type"] = "interactive".into();
            message["interactive"] = json!({"type": "button_reply", "button_reply": {"id": id, "title": title}});
        }
    }
}

/// The person as a contact: with a username the number is left out altogether.
fn contact(person: &Person) -> Value {
    match &person.username {
        Some(username) => {
            json!({"profile": {"name": person.name, "username": username}, "user_id": person.user_id})
        }
        None => json!({"profile": {"name": person.name}, "wa_id": person.phone, "user_id": person.user_id}),
    }
}

/// Unix seconds in digits, as all times are here.
fn seconds(at_ms: i64) -> String {
    at_ms.div_euclid(1000).to_string()
}
