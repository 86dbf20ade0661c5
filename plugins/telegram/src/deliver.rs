//! Shows in the chat how a payment ended: by editing the message that carried the link, so that its button is gone, or
//! by one new message where there is nothing to edit. "Paid" is announced at most once: when nobody can tell whether a
//! plain message arrived, the delivery ends in doubt. It must not look at anything but what the host says.

use kamurj_sdk::{Delivery, Host, Language, Outcome, Payment};
use serde_json::{Value, json};

use crate::api::{Api, Place, Trouble};
use crate::link::{ended, with_sale};
use crate::record::{self, Record};
use crate::settings::Settings;
use crate::texts::{self, Notice};

/// One delivery on its way.
struct Errand<'a, H> {
    host: &'a H,
    api: Api<'a, H>,
    payment: &'a Payment,
    chat: &'a str,
    language: Language,
    record: Option<Record>,
}

pub(crate) fn deliver(host: &impl Host, delivery: &Delivery) -> Result<Outcome, Outcome> {
    let payment = &delivery.payment;
    let Some(channel) = payment.channel.as_ref().filter(|channel| channel.plugin == crate::ID) else {
        return Ok(Outcome::done());
    };
    let event = delivery.event.as_str();
    let shown = ["payment.paid", "payment.failed", "payment.reminder", "payment.expired", "payment.cancelled"];
    if !shown.contains(&event) {
        return Ok(Outcome::done());
    }
    let record = Record::load(host, &payment.id)?;
    if record.as_ref().is_some_and(|record| record.version > payment.version) {
        return Ok(Outcome::done());
    }
    // Only "paid" is worth a try at a chat that blocked the bot: the note of it may be out of date.
    if event != "payment.paid" && record::is_unreachable(host, &channel.conversation) {
        return Err(Outcome::unreachable("blocked", "this chat blocked the bot"));
    }
    let settings = Settings::read(host)?;
    let language = Language::from_tag(channel.language.as_deref().unwrap_or(&payment.locale));
    let errand = Errand {
        host,
        api: Api::new(host, &settings.api_base),
        payment,
        chat: &channel.conversation,
        language,
        record,
    };
    match event {
        "payment.paid" => errand.paid(),
        "payment.failed" => errand.failed(),
        "payment.reminder" => errand.reminder(),
        "payment.expired" => {
            errand.close("edit-expired", &with_sale(host, payment, language, |sale| texts::expired(language, sale)))
        }
        _ => {
            errand.close("edit-cancelled", &with_sale(host, payment, language, |sale| texts::cancelled(language, sale)))
        }
    }
}

impl<H: Host> Errand<'_, H> {
    fn paid(self) -> Result<Outcome, Outcome> {
        let text = with_sale(self.host, self.payment, self.language, |sale| texts::paid(self.language, sale));
        if let Some(place) = self.record.as_ref().and_then(Record::place) {
            match self.api.edit(&place, &text, "edit-paid") {
                Ok(()) => return Ok(self.shown(&place)),
                Err(Trouble::MessageGone | Trouble::MovedTo(_)) => {}
                Err(trouble) => return Err(ended(self.host, self.chat, trouble.into())),
            }
        }
        match self.api.send_once(self.chat, &text, &Value::Null, "send-paid") {
            Ok(place) => Ok(self.shown(&place)),
            Err(Trouble::Lost(cause) | Trouble::Broke(cause)) => Err(Outcome::in_doubt(
                &cause.code,
                "the message that the payment is paid may or may not have arrived; it is not sent twice",
            )),
            Err(trouble) => Err(ended(self.host, self.chat, trouble.into())),
        }
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
        self.invite(&format!("send-failed-{attempts}"), retry, |record| {
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
        self.invite(&step, pay, |record| record.reminded = true)
    }

    /// Whether the payment, which may have gone on since, is in one of these states now: an invitation to pay must not
    /// follow its end.
    fn waits_in(&self, states: &[&str]) -> bool {
        self.host.payment(&self.payment.id).map_or(true, |now| states.contains(&now.status.as_str()))
    }

    /// Sends a notice with the payment's button, which takes the button from the one before it.
    fn invite(&self, step: &str, button: &str, note: impl FnOnce(&mut Record)) -> Result<Outcome, Outcome> {
        let before = self.record.clone();
        let mut record = self.record_at(self.chat);
        note(&mut record);
        let text = self.notice(record.reminded, Notice::Open);
        let buttons = json!([[{ "text": button, "url": self.payment.checkout_url }]]);
        // Like the link itself, a second copy does no harm.
        let place = self
            .api
            .send_again(self.chat, &text, &buttons, step)
            .map_err(|trouble| ended(self.host, self.chat, trouble.into()))?;
        if let Some(before) = before {
            self.close_notice(&before, &format!("{step}-before"));
        }
        record.chat.clone_from(&place.chat);
        record.notice_id = Some(place.message_id);
        record.save(self.host, &self.payment.id);
        Ok(Outcome::done().with_ref(&place.message_id.to_string()))
    }

    /// Takes the button from the record's notice. The page behind that button tells the truth as well, so nothing depends
    /// on this edit.
    fn close_notice(&self, record: &Record, step: &str) {
        if let Some(notice) = record.notice() {
            let _ignored = self.api.edit(&notice, &self.notice(record.reminded, Notice::Closed), step);
        }
    }

    /// Takes the button away from a payment that ended unpaid. Where there is no message there is nothing to take away.
    fn close(self, step: &str, text: &str) -> Result<Outcome, Outcome> {
        let Some(place) = self.record.as_ref().and_then(Record::place) else {
            return Ok(Outcome::done());
        };
        match self.api.edit(&place, text, step) {
            Ok(()) => Ok(self.shown(&place)),
            Err(Trouble::MessageGone | Trouble::MovedTo(_)) => Ok(Outcome::done()),
            Err(trouble) => Err(ended(self.host, self.chat, trouble.into())),
        }
    }

    /// Remembers what the chat shows now, and takes the button from the last notice of a failed try.
    fn shown(&self, place: &Place) -> Outcome {
        let mut record = self.record_at(&place.chat);
        record.message_id = Some(place.message_id);
        self.close_notice(&record, "edit-notice");
        record.notice_id = None;
        record.save(self.host, &self.payment.id);
        Outcome::done().with_ref(&place.message_id.to_string())
    }

    fn notice(&self, reminded: bool, stage: Notice) -> String {
        let say = if reminded { texts::reminder } else { texts::failed };
        with_sale(self.host, self.payment, self.language, |sale| say(self.language, sale, stage))
    }

    fn record_at(&self, chat: &str) -> Record {
        let fresh = Record {
            chat: chat.to_owned(),
            message_id: None,
            notice_id: None,
            reminded: false,
            noticed_attempts: 0,
            version: self.payment.version,
        };
        Record { chat: chat.to_owned(), version: self.payment.version, ..self.record.clone().unwrap_or(fresh) }
    }
}
