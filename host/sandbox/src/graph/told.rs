//! What an app is told of: each event under its field, in Meta's frame. It must not know how it travels.

use serde_json::{Value, json};

use super::State;

/// The part of an entry that an event stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The app has the thread.
    Messaging,
    /// Another app has it: to be heard, not answered.
    Standby,
    /// What is not a chat, such as comments: `field` and `value`.
    Changes,
}

impl State {
    /// Queues an event for the account's app, where the app and the account are subscribed to `field`; says whether they are.
    /// What nobody is subscribed to is never told later.
    pub(super) fn tell(&mut self, account: &str, field: &str, part: Part, event: &Value, now: i64) -> bool {
        let Some(account) = self.accounts.get(account) else { return false };
        let hook = self.apps.get(&account.app).and_then(|app| app.hook.as_ref());
        let wanted = hook.is_some_and(|hook| !hook.disabled && hook.fields.contains(field));
        if !wanted || !account.subscribed.contains(field) || self.faults.lose_events {
            return false;
        }
        let mut entry = json!({"id": account.id, "time": now});
        match part {
            Part::Messaging => entry["messaging"] = json!([event]),
            Part::Standby => entry["standby"] = json!([event]),
            Part::Changes => entry["changes"] = json!([{"field": field, "value": event}]),
        }
        self.queue.push(&account.app, entry, now);
        true
    }

    /// Tells of what a person did: `what` beside sender, recipient and time.
    pub(super) fn tell_of(&mut self, account: &str, person: &str, field: &str, what: Value, now: i64) -> bool {
        let mut event = json!({"sender": {"id": person}, "recipient": {"id": account}, "timestamp": now});
        if let (Some(event), Value::Object(what)) = (event.as_object_mut(), what) {
            event.extend(what);
        }
        let person = self.accounts.get(account).and_then(|account| account.people.get(person));
        // The field `standby` brings everything that another app's thread has.
        let (field, part) = match person {
            Some(person) if person.standby => ("standby", Part::Standby),
            _ => (field, Part::Messaging),
        };
        self.tell(account, field, part, &event, now)
    }

    /// Tells of what an account wrote: the same, the other way round.
    pub(super) fn echo(&mut self, account: &str, person: &str, mut message: Value, app: &str, now: i64) {
        if self.faults.lose_echoes {
            return;
        }
        message["is_echo"] = true.into();
        // Big as they are, ids of apps travel as numbers.
        message["app_id"] = app.parse::<u64>().map_or_else(|_| app.into(), Value::from);
        let event =
            json!({"sender": {"id": account}, "recipient": {"id": person}, "timestamp": now, "message": message});
        self.tell(account, self.habits.echo_field(), Part::Messaging, &event, now);
    }
}
