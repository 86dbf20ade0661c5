//! `POST /{account}/messages`. It must not know how the call arrived, nor which messenger it is for.

use serde_json::{Value, json};

use super::people::{Message, Side};
use super::{Answer, Asked, Content, Parameters, Refusal, State};

const ACTIONS: [&str; 3] = ["typing_on", "typing_off", "mark_seen"];

impl State {
    pub(super) fn send(&mut self, account: &str, asked: &Asked, now: i64) -> Answer {
        let habits = self.habits;
        let missing = || Refusal::unsupported("post", account);
        let house = self.accounts.get(account).ok_or_else(missing)?;
        let recipient = recipient(&asked.parameters)?;
        let person = house.people.get(&recipient).filter(|person| person.thread || person.window_from.is_some());
        let person = person.ok_or_else(|| Refusal::no_such_person(house.door))?;
        let empty = Parameters::new();
        let message = asked.parameters.get("message");
        if let Some(action) = asked.parameters.get("sender_action").and_then(Value::as_str) {
            if message.is_some() {
                return Err(Refusal::parameter("Cannot send both message and state at the same time."));
            }
            if !ACTIONS.contains(&action) {
                return Err(Refusal::one_of("sender_action", &ACTIONS, action));
            }
            return Ok(json!({"recipient_id": recipient}));
        }
        let content = match habits.special(house, &asked.parameters) {
            Some(content) => content?,
            None => Content::read(habits, message.and_then(Value::as_object).unwrap_or(&empty))?,
        };
        if person.blocked {
            return Err(Refusal::unreachable());
        }
        if person.standby {
            return Err(Refusal::thread_of_another());
        }
        habits.may_send(house, person, &asked.parameters, now)?;
        let app = house.app.clone();
        let mid = self.ids.text(habits.mid_prefix());
        // Meta counts what it would deliver, so the limit comes last.
        let house = self.accounts.get_mut(account).ok_or_else(missing)?;
        house.rate.take(now).map_err(|_| Refusal::rate())?;
        if let Some(person) = house.people.get_mut(&recipient) {
            person.messages.push(Message {
                mid: mid.clone(),
                from: Side::Account,
                text: content.text.clone(),
                buttons: content.buttons,
                cards: content.cards,
                quick_replies: content.quick_replies,
                template: content.template.clone(),
            });
        }
        let mut echoed = json!({"mid": mid});
        match content.attachment {
            Some(attachment) => echoed["attachments"] = json!([attachment]),
            None => echoed["text"] = content.text.into(),
        }
        if let Some(metadata) = content.metadata.filter(|_| habits.echoes_metadata()) {
            echoed["metadata"] = metadata.into();
        }
        // Whether utility messages are echoed was never confirmed: they are not, so that nothing is built on it.
        if content.template.is_none() {
            self.echo(account, &recipient, echoed, &app, now);
        }
        Ok(json!({"recipient_id": recipient, "message_id": mid}))
    }
}

/// `recipient.id`, the only way to name a person that this double has.
fn recipient(parameters: &Parameters) -> Result<String, Refusal> {
    let recipient = parameters.get("recipient").filter(|recipient| !recipient.is_null());
    let recipient = recipient.ok_or_else(|| Refusal::required("recipient"))?;
    match recipient.get("id") {
        Some(Value::String(id)) if !id.is_empty() => Ok(id.clone()),
        Some(Value::Number(id)) => Ok(id.to_string()),
        _ => Err(Refusal::parameter("Param recipient must be a JSON object with key \"id\"")),
    }
}
