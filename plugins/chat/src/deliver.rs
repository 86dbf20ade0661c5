//! Shows in the chat how a payment ended: by changing the message that carried the link, so that its button is gone, or by one new
//! message where messages cannot be changed. What was paid, given or given back is told at most once. It must not look at anything but
//! what the host says.

use kamurj_sdk::{Delivery, Host, Language, Level, Outcome, Payment};

use crate::link;
use crate::notices;
use crate::people;
use crate::record::Record;
use crate::sending::{self, Tag};
use crate::service::{Buttons, Choice, Message, Purpose, Sent, Service, Trouble};
use crate::settings::Settings;
use crate::texts::{self, Notice, Sale};

/// One delivery on its way.
struct Errand<'a, H, S> {
    host: &'a H,
    service: &'a S,
    owner: &'a str,
    payment: &'a Payment,
    chat: &'a str,
    language: Language,
    record: Option<Record>,
}

/// Sends what the payment owes to its conversation.
pub fn deliver<H: Host, S: Service>(
    host: &H,
    service: &S,
    _settings: &Settings,
    delivery: &Delivery,
) -> Result<Outcome, Outcome> {
    let payment = &delivery.payment;
    let Some(channel) = payment.channel.as_ref().filter(|channel| channel.plugin == service.id()) else {
        return Ok(Outcome::done());
    };
    let Some(purpose) = purpose(&delivery.event) else { return Ok(Outcome::done()) };
    let record = Record::load(host, &payment.id)?;
    let send = delivery.event == "payment.send";
    if !send && record.as_ref().is_some_and(|record| record.version > payment.version) {
        return Ok(Outcome::done());
    }
    // Only what matters is worth a try at a chat that blocked the bot: the note of it may be out of date.
    if !purpose.matters() && people::is_unreachable(host, &channel.conversation) {
        return Err(Outcome::unreachable("blocked", "this chat blocked the bot"));
    }
    let errand = Errand {
        host,
        service,
        owner: &delivery.id,
        payment,
        chat: &channel.conversation,
        language: notices::language(payment),
        record,
    };
    let end = match delivery.event.as_str() {
        "payment.send" => errand.link(),
        "payment.paid" => errand.paid(),
        "payment.failed" => errand.failed(),
        "payment.reminder" => errand.reminder(),
        "payment.expired" => errand.expired(),
        "payment.cancelled" => errand.cancelled(),
        _ => errand.refunded(),
    };
    match end {
        Err(outcome) if outcome.kind == "window-closed" && !purpose.matters() => {
            host.log(
                Level::Info,
                "The chat was not told, because the service allows no message there now",
                &[("payment.id", &payment.id), ("event", &delivery.event)],
            );
            Ok(Outcome::done())
        }
        end => end,
    }
}

fn purpose(event: &str) -> Option<Purpose> {
    Some(match event {
        "payment.send" => Purpose::Link,
        "payment.paid" => Purpose::Paid,
        "payment.failed" => Purpose::Failed,
        "payment.reminder" => Purpose::Reminder,
        "payment.expired" => Purpose::Expired,
        "payment.cancelled" => Purpose::Cancelled,
        "payment.refunded" | "payment.partially_refunded" => Purpose::Refunded,
        _ => return None,
    })
}

impl<H: Host, S: Service> Errand<'_, H, S> {
    fn link(self) -> Result<Outcome, Outcome> {
        // It may have been paid since the send was asked for.
        if !self.waits_in(&["created", "pending", "failed"]) {
            return Ok(Outcome::done());
        }
        link::send_again(self.host, self.service, self.payment, self.chat, (self.owner, "send-link"))
    }

    fn paid(self) -> Result<Outcome, Outcome> {
        let mut message = self.message((Purpose::Paid, None), |sale| texts::paid(self.language, sale));
        let given_before = self.record.as_ref().is_some_and(|record| record.given);
        let given = self.payment.fulfilment.as_deref().filter(|_| !given_before);
        let given = given.map(|given| texts::fulfilment(self.language, given));
        let place = self.record.as_ref().and_then(Record::place).filter(|_| self.service.kit().edits);
        let kit = self.service.kit();
        let fits = |given: &String| kit.measure.of(&message.text) + kit.measure.of(given) + 2 <= kit.text;
        // Services without edits have windows: outside of them a form may say that it is paid, but cannot carry what was bought.
        let together = given.as_ref().filter(|given| kit.edits && place.is_none() && fits(given)).cloned();
        if let Some(given) = &together {
            message.text = format!("{}\n\n{given}", message.text);
        }
        let shown = self.change_or_send(place, &message, "paid")?;
        let gives = given.is_some();
        if let Some(given) = given.filter(|_| together.is_none()) {
            // Released after the change above, and by a step of its own: a run that is repeated sends neither twice.
            let message = Message { text: given, purpose: Purpose::Fulfilment, buttons: Buttons::None, ..message };
            self.send(&message, "send-fulfilment")?;
        }
        Ok(self.shown_with(&shown, gives))
    }

    fn failed(self) -> Result<Outcome, Outcome> {
        let attempts = self.payment.attempts;
        if self.record.as_ref().is_some_and(|record| record.noticed_attempts >= attempts.max(1)) {
            return Ok(Outcome::done());
        }
        if !self.waits_in(&["created", "pending", "failed"]) {
            return Ok(Outcome::done());
        }
        let retry = texts::retry_button(self.language);
        self.invite(&format!("send-failed-{attempts}"), (Purpose::Failed, retry), |record| {
            record.reminded = false;
            record.noticed_attempts = attempts.max(1);
        })
    }

    fn reminder(self) -> Result<Outcome, Outcome> {
        // Nobody is reminded while they are paying.
        if !self.waits_in(&["created", "failed"]) {
            return Ok(Outcome::done());
        }
        let (step, pay) = (format!("send-reminder-{}", self.payment.version), texts::pay_button(self.language));
        self.invite(&step, (Purpose::Reminder, pay), |record| record.reminded = true)
    }

    /// Takes the button away, and offers a new link. Where no link was sent there is nothing to say.
    fn expired(self) -> Result<Outcome, Outcome> {
        let mut message = self.message((Purpose::Expired, None), |sale| texts::expired(self.language, sale));
        let renew = Choice {
            data: format!("renew:{}", self.payment.id),
            title: texts::new_link(self.language).to_owned(),
            note: String::new(),
        };
        if renew.data.len() <= 64 {
            message.buttons =
                Buttons::Choices { caption: texts::options(self.language).to_owned(), choices: vec![renew] };
        }
        self.close(&message, "expired")
    }

    fn cancelled(self) -> Result<Outcome, Outcome> {
        let message = self.message((Purpose::Cancelled, None), |sale| texts::cancelled(self.language, sale));
        self.close(&message, "cancelled")
    }

    fn refunded(self) -> Result<Outcome, Outcome> {
        let back = self.host.format_money(&self.payment.refunded, self.language.tag());
        let whole = self.payment.status == "refunded";
        let message =
            self.message((Purpose::Refunded, None), |sale| texts::refunded(self.language, sale, &back, whole));
        let sent = self.send(&message, "send-refunded")?;
        let mut record = self.record_at(self.chat);
        record.version = self.payment.version;
        record.save(self.host, &self.payment.id);
        Ok(Outcome::done().with_ref(&sent.message))
    }

    /// Whether the payment, which may have gone on since, is in one of these states now: an invitation to pay must not
    /// follow its end.
    fn waits_in(&self, states: &[&str]) -> bool {
        self.host.payment(&self.payment.id).map_or(true, |now| states.contains(&now.status.as_str()))
    }

    /// Sends a notice with the payment's button, which takes the button from the one before it.
    fn invite(
        &self,
        step: &str,
        (purpose, button): (Purpose, &str),
        note: impl FnOnce(&mut Record),
    ) -> Result<Outcome, Outcome> {
        let before = self.record.clone();
        let mut record = self.record_at(self.chat);
        note(&mut record);
        let message = self.notice(purpose, Some(button), Notice::Open);
        let sent = self.send(&message, step)?;
        if let Some(before) = before {
            self.close_notice(&before, &format!("{step}-before"));
        }
        record.chat.clone_from(&sent.chat);
        record.notice = Some(sent.message.clone());
        record.save(self.host, &self.payment.id);
        Ok(Outcome::done().with_ref(&sent.message))
    }

    /// Takes the button from the record's notice. The page behind that button tells the truth as well, so nothing depends
    /// on this edit.
    fn close_notice(&self, record: &Record, step: &str) {
        if !self.service.kit().edits {
            return;
        }
        if let Some(notice) = record.notice() {
            let purpose = if record.reminded { Purpose::Reminder } else { Purpose::Failed };
            let _ignored = self.service.edit(&notice, &self.notice(purpose, None, Notice::Closed), step);
        }
    }

    /// Tells that the payment ended unpaid, where its link had been sent.
    fn close(self, message: &Message, what: &str) -> Result<Outcome, Outcome> {
        let Some(place) = self.record.as_ref().and_then(Record::place) else { return Ok(Outcome::done()) };
        if !self.service.kit().edits {
            let sent = self.send(message, &format!("send-{what}"))?;
            return Ok(self.shown(&sent));
        }
        match self.service.edit(&place, message, &format!("edit-{what}")) {
            Ok(()) => Ok(self.shown(&place)),
            Err(Trouble::Gone) => Ok(Outcome::done()),
            Err(trouble) => Err(sending::ended(self.host, self.chat, trouble.into())),
        }
    }

    /// Puts the message in this place, or sends it where that is not possible.
    fn change_or_send(&self, place: Option<Sent>, message: &Message, what: &str) -> Result<Sent, Outcome> {
        if let Some(place) = place {
            match self.service.edit(&place, message, &format!("edit-{what}")) {
                Ok(()) => return Ok(place),
                Err(Trouble::Gone) => {}
                Err(trouble) => return Err(sending::ended(self.host, self.chat, trouble.into())),
            }
        }
        self.send(message, &format!("send-{what}"))
    }

    fn send(&self, message: &Message, step: &str) -> Result<Sent, Outcome> {
        let tag = Tag::new(self.owner, step, message.purpose, &self.payment.id);
        sending::send(self.host, self.service, self.chat, message, &tag)
    }

    /// Remembers what the chat shows now, and takes the button from the last notice of a failed try.
    fn shown(&self, place: &Sent) -> Outcome {
        self.shown_with(place, false)
    }

    fn shown_with(&self, place: &Sent, gave: bool) -> Outcome {
        let mut record = self.record_at(&place.chat);
        record.given |= gave;
        record.message = Some(place.message.clone());
        self.close_notice(&record, "edit-notice");
        record.notice = None;
        record.save(self.host, &self.payment.id);
        Outcome::done().with_ref(&place.message)
    }

    fn message(&self, form: (Purpose, Option<&str>), write: impl FnOnce(&Sale<'_>) -> String) -> Message {
        notices::message(self.host, self.payment, self.language, form, write)
    }

    fn notice(&self, purpose: Purpose, button: Option<&str>, stage: Notice) -> Message {
        let say = if purpose == Purpose::Reminder { texts::reminder } else { texts::failed };
        self.message((purpose, button), |sale| say(self.language, sale, stage))
    }

    fn record_at(&self, chat: &str) -> Record {
        let before = self.record.clone().unwrap_or_default();
        Record { chat: chat.to_owned(), version: self.payment.version, ..before }
    }
}
