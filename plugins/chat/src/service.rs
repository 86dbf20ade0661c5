//! A chat service as this crate needs it: messages in, buttons below them, and what can go wrong. What the service calls these
//! things, and how its refusals read, is its plugin's.

use kamurj_sdk::{Measure, Outcome};

use crate::sending::Tag;

/// How a message is sent and changed at one service.
pub trait Service {
    /// Id of the plugin, which stands in every channel reference that it makes.
    fn id(&self) -> &'static str;

    /// What the service can do.
    fn kit(&self) -> Kit;

    /// Sends one message. It sends once; whether to send again after a lost answer is decided by the caller.
    fn send(&self, chat: &str, message: &Message, tag: &Tag) -> Result<Sent, Trouble>;

    /// Puts the message in place of one that was sent. Safe to repeat; an edit that changes nothing is a success.
    fn edit(&self, _sent: &Sent, _message: &Message, _step: &str) -> Result<(), Trouble> {
        Err(Trouble::Gone)
    }

    /// Ends the waiting mark on a pressed button, with a note where there is something to say. Answers whether the note is shown
    /// this way. Nothing depends on it.
    fn acknowledge(&self, _press: &str, _note: Option<&str>) -> bool {
        false
    }
}

/// What a service can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kit {
    /// Sent messages can be changed.
    pub edits: bool,
    /// Whether it can be found out that a message arrived whose answer was lost.
    pub probe: Probe,
    /// Most buttons to choose from below one message.
    pub choices: usize,
    /// How the service counts text.
    pub measure: Measure,
    /// Longest text of a message with a button.
    pub text: usize,
    /// Every word is answered: the chat belongs to the bot. Elsewhere people of the shop write in the same chat, and the bot keeps
    /// still unless it is spoken to.
    pub talkative: bool,
}

/// Whether it can be found out that a message arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// It cannot.
    None,
    /// What arrived is told with the message's own mark, so that silence means that it did not.
    Sure,
    /// What arrived may be told, and silence proves nothing.
    Weak,
}

/// What a message is for. A service whose rules differ by purpose looks at this, not at the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Words in a conversation that the customer carries on now.
    Talk,
    /// The payment's link.
    Link,
    /// It is paid.
    Paid,
    /// What the customer gets for the money.
    Fulfilment,
    /// A try did not succeed.
    Failed,
    /// It waits to be paid.
    Reminder,
    /// The link's time is over.
    Expired,
    /// The merchant called it off.
    Cancelled,
    /// Money went back.
    Refunded,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 9] = [
        Self::Talk,
        Self::Link,
        Self::Paid,
        Self::Fulfilment,
        Self::Failed,
        Self::Reminder,
        Self::Expired,
        Self::Cancelled,
        Self::Refunded,
    ];

    /// The word in marks and settings.
    pub fn word(self) -> &'static str {
        match self {
            Self::Talk => "talk",
            Self::Link => "link",
            Self::Paid => "paid",
            Self::Fulfilment => "fulfilment",
            Self::Failed => "failed",
            Self::Reminder => "reminder",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Refunded => "refunded",
        }
    }

    /// Whether a second copy of it does no harm: the link leads to the same page, and words of a conversation bind nobody.
    pub fn may_repeat(self) -> bool {
        matches!(self, Self::Talk | Self::Link | Self::Failed | Self::Reminder)
    }

    /// Whether an operator has to know that the chat could not be told.
    pub fn matters(self) -> bool {
        matches!(self, Self::Link | Self::Paid | Self::Fulfilment | Self::Refunded)
    }
}

/// A message. The text is plain: nothing in it is markup, and strangers' words in it were cleaned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What it is for.
    pub purpose: Purpose,
    /// What it says.
    pub text: String,
    /// What is below it.
    pub buttons: Buttons,
    /// The payment that it speaks of.
    pub about: Option<About>,
}

impl Message {
    /// Words without a button.
    pub fn talk(text: &str) -> Self {
        Self { purpose: Purpose::Talk, text: text.to_owned(), buttons: Buttons::None, about: None }
    }

    /// Words with buttons to choose from.
    pub fn choices(text: &str, caption: &str, choices: Vec<Choice>) -> Self {
        if choices.is_empty() {
            return Self::talk(text);
        }
        let buttons = Buttons::Choices { caption: caption.to_owned(), choices };
        Self { buttons, ..Self::talk(text) }
    }
}

/// What a message says of a payment in single values, for services whose forms are filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Its id.
    pub payment: String,
    /// The order number.
    pub order: String,
    /// The amount, as the host writes it.
    pub money: String,
    /// What is sold.
    pub description: String,
    /// The payment's page.
    pub url: String,
    /// `hy`, `ru` or `en`.
    pub language: &'static str,
}

/// What is below a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Buttons {
    /// Nothing.
    None,
    /// One button that opens a page.
    Open {
        /// What it says.
        label: String,
        /// The page.
        url: String,
    },
    /// Things to choose from.
    Choices {
        /// What opens the list, where the service shows a list.
        caption: String,
        /// No more than [`Kit::choices`].
        choices: Vec<Choice>,
    },
}

/// One thing to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What comes back when it is chosen: 1 to 64 bytes.
    pub data: String,
    /// What it says.
    pub title: String,
    /// More about it, where the service shows that. May be empty.
    pub note: String,
}

/// Where a sent message stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The conversation, which may have got another id.
    pub chat: String,
    /// The service's id of the message.
    pub message: String,
}

/// Why a message was not sent or changed.
#[derive(Debug, Clone, PartialEq)]
pub enum Trouble {
    /// The message that was to be changed is gone, or may not be changed.
    Gone,
    /// The service allows no message here now, and no form that it allows is set up.
    WindowClosed(Outcome),
    /// The request left and no answer was seen. Calling again sends it again.
    Lost(Outcome),
    /// The service broke while it held the request; it may have acted on it.
    Broke(Outcome),
    /// Anything else, with its outcome.
    Ended(Outcome),
}

impl From<Trouble> for Outcome {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Gone => Self::bad_request("gone", "the message to change is gone"),
            Trouble::WindowClosed(outcome)
            | Trouble::Lost(outcome)
            | Trouble::Broke(outcome)
            | Trouble::Ended(outcome) => outcome,
        }
    }
}
