//! The page as a chat service: texts, links as buttons, quick replies, and utility messages where the 24-hour window is closed. Nothing
//! that was sent can be changed. It must not know what messages say.

use kamurj_chat::{Buttons, Kit, Message, Probe, Purpose, Sent, Service, Tag, Trouble, last_heard};
use kamurj_graph::{Graph, parts, quick_replies, with_url};
use kamurj_sdk::{Host, Measure, Outcome};
use serde_json::{Value, json};

use crate::settings::{Settings, Template};
use crate::utility;

/// Longest text, in characters ("Send API").
const TEXT_CHARS: usize = 2000;
/// Longest text above a button, in characters ("Button Template").
const BUTTON_TEXT_CHARS: usize = 640;
/// Longest caption of a button, in characters.
const CAPTION_CHARS: usize = 20;
/// Most quick replies of a message ("Quick Replies").
const QUICK_REPLIES: usize = 13;
/// How long after a customer's last word anything may be said, milliseconds.
const WINDOW_MS: u64 = 24 * 60 * 60 * 1000;

/// One page, through the host's guarded client.
pub(crate) struct Page<'a, H> {
    host: &'a H,
    graph: Graph<'a, H>,
    settings: &'a Settings,
    /// Stands before every step.
    steps: &'a str,
}

impl<'a, H: Host> Page<'a, H> {
    pub(crate) fn new(host: &'a H, settings: &'a Settings, steps: &'a str) -> Self {
        let graph = Graph::new(host, &settings.api_base, &settings.version, "page_token");
        Self { host, graph, settings, steps }
    }

    /// As inside the window. The parts of a long text are messages of their own, of which the last one carries the mark.
    fn usual(&self, chat: &str, message: &Message, tag: &Tag, step: &str) -> Result<String, Trouble> {
        // Both are for the window alone; the words say whether the customer spoke last.
        let kind = if message.purpose == Purpose::Talk { "RESPONSE" } else { "UPDATE" };
        let mut forms = forms(message);
        let last = forms.pop().unwrap_or_default();
        for (number, form) in forms.into_iter().enumerate() {
            let body = json!({ "recipient": { "id": chat }, "messaging_type": kind, "message": form });
            self.graph.send(&self.settings.page_id, &body, &format!("{step}.{}", number + 1))?;
        }
        let mut body = json!({ "recipient": { "id": chat }, "messaging_type": kind, "message": last });
        body["message"]["metadata"] = json!(tag.mark);
        self.graph.send(&self.settings.page_id, &body, step)
    }

    fn utility(&self, body: &Value, purpose: Purpose, step: &str) -> Result<String, Trouble> {
        let sent = self.graph.send(&self.settings.page_id, body, &format!("{step}.utility"));
        match sent {
            // Whether an echo comes of these was never confirmed, so that its silence proves nothing.
            Err(Trouble::Lost(cause) | Trouble::Broke(cause)) if !purpose.may_repeat() => {
                let text = "the message may or may not have arrived; it is not sent twice";
                Err(Trouble::Ended(Outcome::in_doubt(&cause.code, text)))
            }
            other => other,
        }
    }

    /// The filled form for this message, where one is set up.
    fn form(&self, chat: &str, message: &Message) -> Option<Value> {
        let template: &Template = self.settings.template(message.purpose)?;
        utility::message(chat, template, message.about.as_ref()?)
    }

    fn is_late(&self, chat: &str) -> bool {
        last_heard(self.host, chat).is_some_and(|at| self.host.now_ms().saturating_sub(at) >= WINDOW_MS)
    }
}

impl<H: Host> Service for Page<'_, H> {
    fn id(&self) -> &'static str {
        crate::ID
    }

    fn kit(&self) -> Kit {
        Kit {
            edits: false,
            probe: Probe::Sure,
            choices: QUICK_REPLIES,
            measure: Measure::Chars,
            text: TEXT_CHARS,
            talkative: false,
        }
    }

    fn send(&self, chat: &str, message: &Message, tag: &Tag) -> Result<Sent, Trouble> {
        let step = format!("{}{}", self.steps, tag.step);
        let form = self.form(chat, message);
        let sent = match form {
            Some(form) if self.is_late(chat) => self.utility(&form, message.purpose, &step)?,
            form => match (self.usual(chat, message, tag, &step), form) {
                (Err(Trouble::WindowClosed(_)), Some(form)) => self.utility(&form, message.purpose, &step)?,
                (sent, _) => sent?,
            },
        };
        Ok(Sent { chat: chat.to_owned(), message: sent })
    }
}

/// The message, or the several that a long one needs.
fn forms(message: &Message) -> Vec<Value> {
    let measure = Measure::Chars;
    match &message.buttons {
        Buttons::Open { label, url } if measure.of(&message.text) <= BUTTON_TEXT_CHARS => {
            let button = json!({ "type": "web_url", "title": measure.clip(label, CAPTION_CHARS), "url": url });
            let payload = json!({ "template_type": "button", "text": message.text, "buttons": [button] });
            vec![json!({ "attachment": { "type": "template", "payload": payload } })]
        }
        Buttons::Open { url, .. } => vec![json!({ "text": with_url(&message.text, url, measure, TEXT_CHARS) })],
        Buttons::Choices { choices, .. } => {
            let (text, replies) = quick_replies(&message.text, choices, measure, TEXT_CHARS);
            vec![json!({ "text": text, "quick_replies": replies })]
        }
        // What was bought is never cut.
        Buttons::None if message.purpose == Purpose::Fulfilment => {
            parts(&message.text, measure, TEXT_CHARS).into_iter().map(|part| json!({ "text": part })).collect()
        }
        Buttons::None => vec![json!({ "text": measure.clip(&message.text, TEXT_CHARS) })],
    }
}
