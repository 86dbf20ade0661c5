//! The number as a chat service. Inside 24 hours of the customer's last message anything may be said; after that approved templates
//! alone ("Customer service windows"). It must not know what the messages say.

use kamurj_chat::{Kit, Message, Probe, Purpose, Sent, Service, Tag, Trouble, last_heard, sighted};
use kamurj_sdk::{Host, Measure, Outcome};
use serde_json::{Value, json};

use crate::api::Api;
use crate::identity::{self, Address};
use crate::refusal::Refusal;
use crate::settings::Settings;
use crate::{content, template};

/// How long after a customer's last message anything may be said, milliseconds.
const WINDOW_MS: u64 = 24 * 60 * 60 * 1000;

/// One number, through the host's guarded client.
pub(crate) struct Cloud<'a, H> {
    host: &'a H,
    settings: &'a Settings,
    run: u32,
    /// What stands before each step's name.
    steps: String,
    templates_only: bool,
}

impl<'a, H: Host> Cloud<'a, H> {
    /// `run` is the delivery's or request's.
    pub(crate) fn new(host: &'a H, settings: &'a Settings, run: u32) -> Self {
        Self { host, settings, run, steps: String::new(), templates_only: false }
    }

    /// Of the event at this place of its request: what the others of the same request send are other steps.
    pub(crate) fn at(self, place: usize) -> Self {
        let steps = if place == 0 { String::new() } else { format!("{place}.") };
        Self { steps, ..self }
    }

    /// Sends templates alone: the service has just said that the window is closed.
    pub(crate) fn with_templates_only(self) -> Self {
        Self { templates_only: true, ..self }
    }

    fn is_open(&self, chat: &str) -> bool {
        let also = identity::digits(chat).and_then(|number| identity::known(self.host, &number));
        let heard = last_heard(self.host, chat).max(also.and_then(|chat| last_heard(self.host, &chat)));
        heard.is_some_and(|at| self.host.now_ms().saturating_sub(at) < WINDOW_MS)
    }

    fn send_template(&self, chat: &str, message: &Message, tag: &Tag) -> Result<Sent, Trouble> {
        // It went out in an earlier run, when the window was open still.
        if self.run > 1
            && let Some(message) = sighted(self.host, &tag.mark)
        {
            return Ok(Sent { chat: chat.to_owned(), message });
        }
        let closed = || {
            let word = message.purpose.word();
            let why = format!("the customer has not written for 24 hours, and no template is set for `{word}`");
            Trouble::WindowClosed(Outcome::window_closed("window-closed", &why))
        };
        let template = self.settings.template(message.purpose).zip(message.about.as_ref());
        let filled = template.and_then(|(template, about)| template::of(self.host, template, about));
        let step = format!("{}.template", tag.step);
        Ok(self.post(chat, filled.ok_or_else(closed)?, tag, &step)?)
    }

    fn post(&self, chat: &str, mut body: Value, tag: &Tag, step: &str) -> Result<Sent, Refusal> {
        match Address::of(self.host, chat).map_err(Refusal::Ended)? {
            Address::Phone(number) => body["to"] = number.into(),
            Address::User(id) => body["recipient"] = id.into(),
        }
        body["messaging_product"] = "whatsapp".into();
        body["recipient_type"] = "individual".into();
        body["biz_opaque_callback_data"] = json!(tag.mark);
        let api = Api::new(self.host, self.settings, self.run);
        let path = format!("{}/messages", self.settings.phone_number_id);
        let answer = api.answer(&api.post(&path, &body, &format!("{}{step}", self.steps)))?;
        let message = answer["messages"][0]["id"].as_str().filter(|id| !id.is_empty());
        let message = message
            .ok_or_else(|| Refusal::Ended(Outcome::bad_request("answer", "WhatsApp's answer names no message")))?;
        Ok(Sent { chat: chat.to_owned(), message: message.to_owned() })
    }
}

impl<H: Host> Service for Cloud<'_, H> {
    fn id(&self) -> &'static str {
        crate::ID
    }

    fn kit(&self) -> Kit {
        Kit {
            edits: false,
            // Each status brings the message's own mark.
            probe: Probe::Sure,
            choices: content::ROWS,
            measure: Measure::Chars,
            text: content::BODY,
            talkative: false,
        }
    }

    fn send(&self, chat: &str, message: &Message, tag: &Tag) -> Result<Sent, Trouble> {
        let talk = message.purpose == Purpose::Talk;
        if self.templates_only || !(talk || self.is_open(chat)) {
            return self.send_template(chat, message, tag);
        }
        match self.post(chat, content::of(message), tag, &tag.step) {
            Err(Refusal::Window) if !talk => self.send_template(chat, message, tag),
            other => Ok(other?),
        }
    }
}
