//! What happens in a chat, whatever the service calls it.

use kamurj_sdk::Language;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Names it among all of this installation: the update's number, the message's id. The same event has the same key.
    pub key: String,
    /// Where.
    pub chat: Chat,
    /// Who.
    pub from: Person,
    /// What.
    pub kind: Kind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Somebody wrote.
    Text(String),
    /// Somebody chose; `press` is what [`Service::acknowledge`](crate::Service::acknowledge) takes.
    Press {
        /// The service's id of the press, where it has one.
        press: String,
        /// The choice's data.
        data: String,
    },
    /// Somebody came by a link that names a thing on sale.
    Open(String),
    /// A person of the shop wrote to the customer from the service's own inbox.
    Inbox(String),
    /// The chat can be reached no more, or again.
    Reachable(bool),
    /// Nothing that matters here.
    Other,
}

/// A chat.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chat {
    /// The service's id of it.
    pub id: String,
    /// One customer and the bot. Of others only the managers' own is heard.
    pub private: bool,
}

/// Who acted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Person {
    /// As they call themselves; cleaned.
    pub name: Option<String>,
    /// Their public name in the service.
    pub handle: Option<String>,
    /// Their number, where the service tells it: E.164 with the plus sign.
    pub phone: Option<String>,
    /// Their language, where the service tells it.
    pub language: Option<Language>,
    /// Another bot: two polite bots never stop.
    pub is_bot: bool,
}

/// What a service tells later about a message that it had accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// The mark that the message was sent with.
    pub mark: String,
    /// The service's id of the message.
    pub message: String,
    /// `delivered`, `read`, `failed`, or another word of the service.
    pub state: String,
    /// The service's code; may be empty.
    pub code: String,
    /// For the operator; may be empty.
    pub text: String,
    /// Unix milliseconds, by the service's clock.
    pub at: u64,
}
