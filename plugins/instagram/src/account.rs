//! The account as a chat service: texts with plain addresses, because Instagram in a browser shows no templates, and quick replies. Nothing
//! that was sent can be changed, and later than 24 hours after the customer's last word nothing can be sent. It must not know what
//! messages say.

use kamurj_chat::{Buttons, Kit, Message, Probe, Purpose, Sent, Service, Tag, Trouble};
use kamurj_graph::{Graph, parts, quick_replies, with_url};
use kamurj_sdk::{Host, Measure};
use serde_json::{Value, json};

use crate::echoes;
use crate::settings::Settings;

/// Longest text, in bytes of UTF-8: an Armenian letter takes two ("Send a message").
const TEXT_BYTES: usize = 1000;
/// Thirteen are allowed; so many leave room for long Armenian titles in the text.
const CHOICES: usize = 9;

/// One account, through the host's guarded client.
pub(crate) struct Account<'a, H> {
    host: &'a H,
    graph: Graph<'a, H>,
    node: &'a str,
    /// Stands before every step.
    steps: &'a str,
}

impl<'a, H: Host> Account<'a, H> {
    pub(crate) fn new(host: &'a H, settings: &'a Settings, steps: &'a str) -> Self {
        let graph = Graph::new(host, &settings.api_base, &settings.version, "access_token");
        Self { host, graph, node: settings.node(), steps }
    }
}

impl<H: Host> Service for Account<'_, H> {
    fn id(&self) -> &'static str {
        crate::ID
    }

    fn kit(&self) -> Kit {
        Kit {
            edits: false,
            probe: Probe::Weak,
            choices: CHOICES,
            measure: Measure::Bytes,
            text: TEXT_BYTES,
            talkative: false,
        }
    }

    fn send(&self, chat: &str, message: &Message, tag: &Tag) -> Result<Sent, Trouble> {
        let step = format!("{}{}", self.steps, tag.step);
        let forms = forms(message);
        let last = forms.len().saturating_sub(1);
        let mut sent = String::new();
        for (number, form) in forms.into_iter().enumerate() {
            // The parts of a long text are messages of their own, of which the last one stands for all.
            let step = if number == last { step.clone() } else { format!("{step}.{}", number + 1) };
            if number == last {
                echoes::expect(self.host, chat, form["text"].as_str().unwrap_or_default(), &tag.mark);
            }
            let body = json!({ "recipient": { "id": chat }, "message": form });
            sent = self.graph.send(self.node, &body, &step)?;
        }
        Ok(Sent { chat: chat.to_owned(), message: sent })
    }
}

/// The message, or the several that a long one needs.
fn forms(message: &Message) -> Vec<Value> {
    let measure = Measure::Bytes;
    match &message.buttons {
        Buttons::Open { url, .. } => vec![json!({ "text": with_url(&message.text, url, measure, TEXT_BYTES) })],
        Buttons::Choices { choices, .. } => {
            let (text, replies) = quick_replies(&message.text, choices, measure, TEXT_BYTES);
            vec![json!({ "text": text, "quick_replies": replies })]
        }
        // What was bought is never cut.
        Buttons::None if message.purpose == Purpose::Fulfilment => {
            parts(&message.text, measure, TEXT_BYTES).into_iter().map(|part| json!({ "text": part })).collect()
        }
        Buttons::None => vec![json!({ "text": measure.clip(&message.text, TEXT_BYTES) })],
    }
}
