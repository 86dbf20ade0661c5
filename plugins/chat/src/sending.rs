//! Sends a message as often as it may be sent: once, and again only where a copy does no harm or where it is known that the first did
//! not arrive. It must not compose messages.

use kamurj_sdk::{Host, Level, Outcome, Shelf};
use serde::{Deserialize, Serialize};

use crate::later;
use crate::people;
use crate::service::{Message, Probe, Purpose, Sent, Service, Trouble};

/// How long the news of a message whose answer was lost is waited for, milliseconds. WhatsApp's and Messenger's come within
/// seconds; this leaves room for a slow day.
const NEWS_MS: u64 = 90_000;

const DOUBTS: Shelf = Shelf::new("doubts");

/// Names one sending: the effect's step, and the mark that the service hands back with news of the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Means the same in every run of the delivery or request.
    pub step: String,
    /// `{delivery or request}|{purpose}|{payment}|{step}`: at most 200 of ASCII. With the step, because one request may be answered by
    /// several messages, and news of one says nothing of another.
    pub mark: String,
}

impl Tag {
    /// The tag of this step of a delivery or request.
    pub fn new(owner: &str, step: &str, purpose: Purpose, payment: &str) -> Self {
        let mark: String =
            format!("{owner}|{}|{payment}|{step}", purpose.word()).chars().filter(char::is_ascii).take(200).collect();
        Self { step: step.to_owned(), mark }
    }

    /// Owner, purpose and payment of a mark of ours; none for any other text.
    pub fn read(mark: &str) -> Option<(&str, Purpose, &str)> {
        let mut parts = mark.split('|');
        let (owner, word, payment) = (parts.next()?, parts.next()?, parts.next()?);
        let purpose = Purpose::ALL.into_iter().find(|purpose| purpose.word() == word)?;
        let _step = parts.next();
        parts.next().is_none().then_some((owner, purpose, payment))
    }
}

/// A message that may or may not have arrived.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Doubt {
    #[serde(rename = "a")]
    at: u64,
    /// No answer was seen, so the host tells the step as ambiguous once before it sends it again.
    #[serde(rename = "l")]
    lost: bool,
}

/// Sends it. The error is how the run ends.
pub fn send<H: Host, S: Service>(
    host: &H,
    service: &S,
    chat: &str,
    message: &Message,
    tag: &Tag,
) -> Result<Sent, Outcome> {
    let sending = Sending { host, service, chat, message, tag };
    sending.send().map_err(|outcome| ended(host, chat, outcome))
}

/// Remembers a chat that turned out to be out of reach, and hands the outcome on.
pub(crate) fn ended(host: &impl Host, chat: &str, outcome: Outcome) -> Outcome {
    if outcome.kind == "unreachable" {
        people::set_reachable(host, chat, false);
    }
    outcome
}

struct Sending<'a, H, S> {
    host: &'a H,
    service: &'a S,
    chat: &'a str,
    message: &'a Message,
    tag: &'a Tag,
}

impl<H: Host, S: Service> Sending<'_, H, S> {
    fn send(&self) -> Result<Sent, Outcome> {
        let probe = self.service.kit().probe;
        let doubt = if probe == Probe::None { None } else { self.doubt() };
        let Some(doubt) = doubt else { return self.judge(self.once(), probe) };
        if let Some(message) = later::sighted(self.host, &self.tag.mark) {
            self.settled();
            return Ok(Sent { chat: self.chat.to_owned(), message });
        }
        let waited = self.host.now_ms().saturating_sub(doubt.at);
        if waited < NEWS_MS {
            return Err(unknown().after_ms(NEWS_MS - waited));
        }
        if probe == Probe::Weak && !self.message.purpose.may_repeat() {
            return Err(given_up("no-news"));
        }
        let again = match self.once() {
            // Told from the record: nothing was sent in this run yet.
            Err(Trouble::Lost(_)) if doubt.lost => self.once(),
            other => other,
        };
        let end = self.judge(again, probe);
        if end.is_ok() {
            self.settled();
        }
        end
    }

    fn once(&self) -> Result<Sent, Trouble> {
        self.service.send(self.chat, self.message, self.tag)
    }

    fn judge(&self, sent: Result<Sent, Trouble>, probe: Probe) -> Result<Sent, Outcome> {
        let repeats = self.message.purpose.may_repeat();
        match sent {
            Ok(sent) => Ok(sent),
            Err(Trouble::Broke(cause)) if repeats => Err(cause),
            Err(Trouble::Lost(cause) | Trouble::Broke(cause)) if probe == Probe::None && !repeats => {
                Err(given_up(&cause.code))
            }
            Err(Trouble::Lost(_)) if probe == Probe::None => self.once().map_err(Into::into),
            Err(trouble @ (Trouble::Lost(_) | Trouble::Broke(_))) => {
                let doubt = Doubt { at: self.host.now_ms(), lost: matches!(trouble, Trouble::Lost(_)) };
                if let Err(error) = DOUBTS.put(self.host, &self.tag.mark, &doubt) {
                    self.log("That a message may not have arrived could not be kept", &error.code);
                }
                Err(unknown().after_ms(NEWS_MS))
            }
            Err(trouble) => Err(trouble.into()),
        }
    }

    fn doubt(&self) -> Option<Doubt> {
        DOUBTS.get(self.host, &self.tag.mark).ok().flatten()
    }

    fn settled(&self) {
        if let Err(error) = DOUBTS.remove(self.host, &self.tag.mark) {
            self.log("What became of a message could not be kept", &error.code);
        }
    }

    fn log(&self, line: &str, code: &str) {
        self.host.log(Level::Warn, line, &[("error.code", code)]);
    }
}

fn unknown() -> Outcome {
    Outcome::ambiguous("no-answer", "the message may or may not have arrived; its news is waited for").this_target()
}

fn given_up(code: &str) -> Outcome {
    Outcome::in_doubt(code, "the message may or may not have arrived; it is not sent twice")
}

#[cfg(test)]
mod tests {
    use super::{Purpose, Tag};

    #[test]
    fn marks_tell_the_messages_of_one_request_apart_and_are_read_again() {
        let tag = |step: &str| Tag::new("inb_1-0", step, Purpose::Talk, "");
        assert_ne!(tag("changed").mark, tag("ask").mark);
        assert_eq!(Tag::read(&tag("ask").mark), Some(("inb_1-0", Purpose::Talk, "")));
        assert_eq!(Tag::read("dlv_1|paid|pay_1"), Some(("dlv_1", Purpose::Paid, "pay_1")));
        for foreign in ["", "hello", "a|b|c", "a|paid|c|d|e"] {
            assert_eq!(Tag::read(foreign), None, "{foreign}");
        }
    }
}
