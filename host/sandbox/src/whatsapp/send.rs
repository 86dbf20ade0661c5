//! `POST /{phone-number-id}/messages`: sending, marking read, and what becomes of a message that was accepted. It must not know
//! how the call came in.
//!
//! 200 means accepted, not delivered: the verdict is a status webhook ("Messages API" and "Status messages webhook").

use serde_json::{Value, json};

use super::content::{Content, Kind};
use super::fields::{Fields, object, one_of, required, text};
use super::phone::{Message, Progress, Side};
use super::target::Target;
use super::told::Recipient;
use super::{State, filling, interactive};
use crate::graph::Refusal;

/// Longest `text.body`, in characters ("Text messages").
const LONGEST_TEXT: usize = 4096;
/// Longest `biz_opaque_callback_data`, in bytes ("Messages API").
const LONGEST_CALLBACK_DATA: usize = 512;
/// Kinds of messages that the Cloud API has and this double does not take.
const OTHER_KINDS: [&str; 8] = ["audio", "contacts", "document", "image", "location", "reaction", "sticker", "video"];

impl State {
    pub(super) fn messages(&mut self, parameters: &Fields, now: i64) -> Result<Value, Refusal> {
        let product = required(parameters, "messaging_product", "messaging_product")?;
        one_of(&product, "messaging_product", &["whatsapp"])?;
        if parameters.contains_key("status") {
            return self.mark_read(parameters);
        }
        if let Some(given) = text(parameters, "recipient_type") {
            one_of(&given, "recipient_type", &["individual"])?;
        }
        let target = self.target(parameters)?;
        let callback_data = text(parameters, "biz_opaque_callback_data");
        if callback_data.as_ref().is_some_and(|data| data.len() > LONGEST_CALLBACK_DATA) {
            return Err(Refusal::parameter(format!(
                "Param biz_opaque_callback_data must be at most {LONGEST_CALLBACK_DATA} characters long."
            )));
        }
        let content = self.content(parameters)?;
        self.limits(&target, now)?;
        Ok(self.accept(target, content, callback_data, now))
    }

    fn content(&self, parameters: &Fields) -> Result<Content, Refusal> {
        let kind = text(parameters, "type").unwrap_or_else(|| "text".to_owned());
        match kind.as_str() {
            "text" => {
                let said = object(parameters, "text", "text", &["body", "preview_url"])?;
                let body = required(said, "body", "text['body']")?;
                if body.chars().count() > LONGEST_TEXT {
                    let why = format!("Param text['body'] must be at most {LONGEST_TEXT} characters long.");
                    return Err(Refusal::parameter(why));
                }
                Ok(Content::new(Kind::Text, body))
            }
            "interactive" => interactive::read(parameters),
            "template" => filling::read(parameters, &self.account.templates),
            other => {
                let kinds = [&OTHER_KINDS[..], &["interactive", "template", "text"]].concat();
                one_of(other, "type", &kinds)?;
                // A limit of this double's, not of WhatsApp's.
                Err(Refusal::api(400, 131_051, None, "Unsupported message type")
                    .details("the sandbox takes text, interactive and template"))
            }
        }
    }

    /// Takes a message, decides what becomes of it, and answers as Graph does, whatever that is.
    fn accept(&mut self, target: Target, content: Content, callback_data: Option<String>, now: i64) -> Value {
        let id = self.message_id();
        let (place, to, contact) = match target {
            Target::Phone(phone) => {
                let place = self.people.iter().position(|person| person.phone == phone);
                let contact = json!({"input": phone, "wa_id": phone});
                (place, Some(Recipient { phone: Some(phone), user_id: None }), contact)
            }
            Target::User(id) => {
                let place = self.people.iter().position(|person| person.user_id == id);
                let contact = json!({"input": id, "user_id": id});
                (place, Some(Recipient { phone: None, user_id: Some(id) }), contact)
            }
            Target::Nowhere(id) => (None, None, json!({"input": id, "wa_id": id})),
        };
        let mut message = Message {
            id: id.clone(),
            from: Side::Business,
            kind: content.kind,
            text: content.text,
            header: content.header,
            footer: content.footer,
            buttons: content.buttons,
            template: content.template,
            progress: Progress::Silent,
            error: None,
            callback_data,
        };
        if let Some(to) = to {
            message.error = self.verdict(place, message.kind, now);
            message.progress = if message.error.is_some() { Progress::Failed } else { Progress::Delivered };
            match place {
                Some(place) if message.error.is_none() => self.tell_delivered(place, &message, now),
                Some(place) => {
                    let to = self.people[place].recipient();
                    self.tell_status(&to, &message, "failed", now, now);
                }
                None => self.tell_status(&to, &message, "failed", now, now),
            }
        }
        let held = message.kind == Kind::Template && self.faults.assess_templates;
        match place {
            Some(place) => self.people[place].messages.push(message),
            None => self.undelivered.push(message),
        }
        json!({
            "messaging_product": "whatsapp", "contacts": [contact],
            "messages": [{"id": id, "message_status": if held { "held_for_quality_assessment" } else { "accepted" }}],
        })
    }

    /// The code that a message fails with after it was accepted; `None` where it arrives.
    fn verdict(&mut self, place: Option<usize>, kind: Kind, now: i64) -> Option<i64> {
        let Some(person) = place.map(|place| &self.people[place]) else { return Some(131_026) };
        // Meta never says that somebody blocked a business: it is one of the reasons of this code.
        if person.blocked {
            return Some(131_026);
        }
        let open = person.window_until.is_some_and(|until| now < until) && !self.faults.window_closed;
        if kind != Kind::Template && !open {
            return Some(131_047);
        }
        if self.faults.fail_later_next > 0 {
            self.faults.fail_later_next -= 1;
            return Some(self.faults.fail_later_code);
        }
        None
    }

    /// `{"status": "read", "message_id": …}`: two blue ticks on the phone, for this message and all before it.
    fn mark_read(&mut self, parameters: &Fields) -> Result<Value, Refusal> {
        one_of(&text(parameters, "status").unwrap_or_default(), "status", &["read"])?;
        let id = required(parameters, "message_id", "message_id")?;
        for person in &mut self.people {
            let found = person.messages.iter().position(|one| one.id == id && one.from == Side::Customer);
            if let Some(place) = found {
                for message in &mut person.messages[..=place] {
                    if message.from == Side::Customer {
                        message.progress = Progress::Read;
                    }
                }
                return Ok(json!({"success": true}));
            }
        }
        Err(Refusal::value("message_id is not that of a message to this number"))
    }
}
